"""Promise: a school that is named in disguise is found all the same, and an address that imitates is shown as it is.

From the feed through the database to the mail.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor import log, text
from tests.hostile import naughty
from tests.hostile.stage import Post, Stage, json_feed, part, stage, stored

THREAT = "I will come to {} tomorrow with a knife and hurt that teacher."
LOOK_ALIKES = {
    "https://holmn\u043e\u043ek.example/a": "xn--holmnk-0qfa.example",
    "https://h\u1ecdlmnook.example/b": "xn--hlmnook-cx4c.example",
    "https://holmnook.example\u2024evil.test/c": "",
    "https://xn--hlmnook-9ig.example/d": "xn--hlmnook-9ig.example",
}
LOG_LINE = re.compile(r'[a-z_]+(\.[a-z_]+)+( [a-z0-9_]+=("[ -~]*"|[-+.\w]+))*')
CANARY = "qzvkanari"


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path) as made:
        made.set_up({"Paper": made.feed("/paper.json")})
        yield made


def publish(play: Stage, *posts: Post) -> None:
    play.put("/paper.json", json_feed(posts), "application/feed+json")


def found(play: Stage) -> set[str]:
    """Which of the thirteen spellings were stored as mentions."""
    posts = [
        Post(
            guid=name,
            text=f"{' '.join(['different'] * n)} {THREAT.format(spelt)}",
            link=f"https://x.example/{n}",
        )
        for n, (name, spelt) in enumerate(naughty.DISGUISES.items())
    ]
    publish(play, *posts)
    with play.opened(caged=False) as app:
        play.look(app)
        links = {post.link: post.guid for post in posts}
        return {links[mention.url] for mention in stored(app)}


def test_thirteen_spellings_are_found_end_to_end(play: Stage) -> None:
    assert set(naughty.DISGUISES) - found(play) == set()
    told = " ".join(part(mail, "plain") for mail in play.mails())
    assert "knife" in told
    assert not naughty.unseen(told)


def test_without_folding_most_disguises_work(play: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A break: comparing what only lower case makes alike."""
    monkeypatch.setattr(text, "FOLD", ())
    monkeypatch.setattr("monitor.matching.matcher.fold", str.lower, raising=False)
    monkeypatch.setattr("monitor.text.fold", str.lower)
    assert len(set(naughty.DISGUISES) - found(play)) > 5


@pytest.mark.parametrize("url", LOOK_ALIKES)
def test_an_address_that_imitates_is_text_in_letters_that_cannot_deceive(url: str, play: Stage) -> None:
    publish(play, Post(guid="1", text=THREAT.format("Holm Nook Primary"), link=url))
    with play.opened(caged=False) as app:
        play.look(app)
    mails = play.mails()
    assert mails
    for mail in mails:
        plain, html = part(mail, "plain"), part(mail, "html")
        assert "<a " not in html
        assert "Open the post" not in plain
        assert LOOK_ALIKES[url] in plain
        assert LOOK_ALIKES[url] in html.replace("<wbr>", "")
        assert "\u043e" not in plain + html


def test_no_word_of_a_stranger_reaches_the_log(play: Stage) -> None:
    """Posts, names, addresses, servers that shout: the log of a whole run at its most talkative."""
    words = [f"{CANARY} {each} Holm Nook Primary {CANARY}" for each in naughty.ALL]
    posts = [
        Post(
            guid=f"{CANARY}{n}",
            title=each,
            text=each,
            author=CANARY,
            link=f"https://{CANARY}.example/{n}?{CANARY}",
        )
        for n, each in enumerate(words)
    ]
    publish(play, *posts)
    play.set_up({"Paper": play.feed("/paper.json"), "Odd": play.feed("/odd"), "Gone": play.feed("/gone")})
    play.put("/odd", f"<html><title>{CANARY}</title>".encode(), f"text/html; charset={CANARY}")
    said = io.StringIO()
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    log.configure("DEBUG", stream=said)
    try:
        with play.opened() as app:
            done = play.look(app)
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
    lines = said.getvalue().splitlines()
    assert sum(poll.outcome == "failed" for poll in done.polls) == 2
    assert len(lines) >= 3 + len(done.deliveries)
    assert CANARY not in said.getvalue().lower()
    assert [line for line in lines if not LOG_LINE.fullmatch(line)] == []
