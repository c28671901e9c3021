"""Tries the kind ``wordpress`` on a real WordPress: by hand, not in the suite.

Usage: ``python -m tests.trials.wordpress_trial http://127.0.0.1:8080 CONTROL``, where CONTROL is a command that understands
``post TITLE TEXT`` (prints the number), ``edit NUMBER TEXT``, ``delete NUMBER`` and ``comment NUMBER TEXT``. It posts, edits,
comments and deletes, looks after each step, and says what it saw; the first that is not as it should be ends it.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sources.base import Answer, Batch, Checkpoint, Tools
from sources.cage import Cage
from sources.fetch import FetchPolicy, HttpFetcher
from sources.registry import KINDS

TEXT = "Holm Nook Primary has a fair on Friday."


def say(*words: str) -> None:
    """Tell whoever tries it."""
    sys.stdout.write(" ".join(words) + "\n")


class Counting:
    """A fetcher that remembers what was asked, and may find the REST interface closed."""

    def __init__(self, fetcher: HttpFetcher) -> None:
        self.fetcher = fetcher
        self.asked: list[str] = []
        self.closed = False
        self.plain = False
        """The site has no addresses like ``/wp-json``."""

    def get(self, url: str, **told: Any) -> Answer:
        self.asked.append(url)
        if self.plain and "wp-json" in url:
            return Answer(status=404, url=url)
        answer = self.fetcher.get(url, **told)
        if self.closed and ("wp-json" in url or "rest_route" in url):
            return replace(answer, status=401, body=b'{"code": "rest_login_required"}')
        return answer

    def post(self, url: str, **told: Any) -> Answer:
        return self.fetcher.post(url, **told)

    def robots(self, url: str) -> str:
        return self.fetcher.robots(url)


class Trial:
    """One site, watched in one way."""

    def __init__(self, url: str, control: str, web: Counting, cage: Cage, **settings: Any) -> None:
        self.control, self.web = shlex.split(control), web
        kind = KINDS["wordpress"]
        tools = Tools(fetcher=web, parser=cage, secret=lambda _: "", now=lambda: datetime.now(UTC))
        self.source: Any = kind.build(kind.settings(url=url, **settings), tools)
        self.checkpoint: Checkpoint | None = None

    def do(self, *words: str) -> str:
        """Have something done at the site; the last number that it tells."""
        done = subprocess.run([*self.control, *words], check=True, capture_output=True, text=True)
        told: list[str] = re.findall(r"\d+", done.stdout)
        return told[-1] if told else ""

    def look(self) -> Mapping[str, str]:
        """What a poll brings: texts by id."""
        self.web.asked.clear()
        batch: Batch = self.source.poll(self.checkpoint)
        self.checkpoint = batch.checkpoint
        found = {entry.id: f"{entry.title}: {entry.text}"[:90] for entry in batch.entries}
        say(
            f"  {len(found)} entries, {len(self.web.asked)} requests, via {batch.checkpoint['via']}",
            *batch.notes,
        )
        return found


def main(url: str, control: str) -> None:
    """Go through it all."""
    place = urlsplit(url).netloc
    policy = FetchPolicy(allow_private=frozenset([place]), min_delay=timedelta(0))
    web, cage = Counting(HttpFetcher(policy, user_agent="SchoolMentionMonitor/0 (trial)")), Cage()
    try:
        posts(Trial(url, control, web, cage))
        comments(Trial(url, control, web, cage, own=True))
        say("search")
        found = Trial(url, control, web, cage, query="holm nook").look()
        assert found, "the search finds nothing"
        say("a site with plain addresses")
        web.plain = True
        posts(Trial(url, control, web, cage))
        say("a closed interface")
        web.closed = True
        trial = Trial(url, control, web, cage, comments=True)
        assert trial.look()
        assert not trial.look()
    finally:
        cage.close()
    say("all as it should be")


def posts(trial: Trial) -> None:
    """A post is written, edited and deleted."""
    say("first look, and a second")
    trial.look()
    assert not trial.look()
    say("a new post")
    number = trial.do("post", "The fair", TEXT)
    assert any(TEXT in text for text in trial.look().values())
    name = f"post-{number}"
    say("the post is edited")
    trial.do("edit", number, "Holm Nook Primary has no fair.")
    assert "no fair" in trial.look()[name]
    assert "no fair" in trial.source.recheck([name])[name].text
    say("the post is deleted")
    trial.do("delete", number)
    assert not trial.look()
    assert trial.source.recheck([name]) == {name: None}


def comments(trial: Trial) -> None:
    """Somebody comments on a post of the school's own site."""
    say("comments of the school's own site")
    trial.look()
    number = trial.do("post", "Our fair", TEXT)
    trial.do("comment", number, "Holm Nook Primary, will there be cake?")
    found = trial.look()
    assert any("cake" in text for text in found.values()), found
    trial.do("delete", number)
    assert set(trial.source.recheck(list(found)).values()) == {None}


if __name__ == "__main__":
    main(*sys.argv[1:3])
