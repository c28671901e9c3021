"""Promise: what is not about the school never touches the disk, and pictures are never fetched.

Searched is every byte of the state folder (base, log beside it, sent.log, backups), of the mails, of what the
program said and of its temporary files: after a run, after a death in mid-run, after the nightly purge.
"""

from __future__ import annotations

import base64
import gzip
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest

from monitor import dedupe
from monitor.jobs import upkeep
from monitor.matching import Matcher
from monitor.store import incidents
from tests.hostile.stage import Post, Stage, part, rss, stage, stored
from tests.hostile.traces import traces
from tests.sources.http_server import Visitor, Web, answer, say_nothing

CANARY = "qzvkanari"
"""Stands in every post that is not about the school: in its words, its name, its author, its links."""
KEPT = "wrenfeather"
"""Stands in the post that is about the school, so that the search is seen to find what there is."""
MANY, FEW = 1_000, 100
THREAT = "I will come to Holm Nook Primary tomorrow with a knife and hurt that teacher."


def others(count: int = MANY) -> list[Post]:
    """Posts about anything else."""
    return [
        Post(
            title=f"{CANARY} {number} wins the marrow show",
            text=f"The {CANARY}{number} was seen at the canal again, says Mrs {CANARY.title()}. " * 3,
            link=f"https://{CANARY}.example/{CANARY}-{number}.html",
            guid=f"{CANARY}-{number}",
            author=f"{CANARY}{number}@mail.example",
            more=f"<category>{CANARY}</category><media:thumbnail url='https://{CANARY}.example/t.png'/>",
        )
        for number in range(count)
    ]


def ours() -> Post:
    return Post(
        title="Coats", text=f"Holm Nook Primary lost my lad's {KEPT} coat again, third time.", guid="ours-1"
    )


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path) as made:
        made.set_up({"Paper": made.feed("/paper.xml"), "Blog": made.feed("/blog.xml")})
        made.publish("/paper.xml", *others(FEW), ours())
        made.publish("/blog.xml", Post(text="nothing", guid="b-1"))
        yield made


@pytest.fixture
def other() -> Iterator[Web]:
    """A second place to look at: one host is asked by one at a time."""
    web = Web()
    web.start()
    yield web
    web.stop()


def test_the_search_finds_a_word_however_it_was_written(tmp_path: Path) -> None:
    ways = {
        "plain": CANARY.upper().encode(),
        "wide": CANARY.encode("utf-16-le"),
        "hex": CANARY.encode().hex().encode(),
        "base64": base64.b64encode(b"x" + CANARY.encode() + b"yz"),
        "packed": gzip.compress(CANARY.encode()),
    }
    for name, octets in ways.items():
        (tmp_path / name).write_bytes(b"\0\xff" * 9 + octets if name != "packed" else octets)
    (tmp_path / f"a-{CANARY}.tmp").touch()
    assert len(traces(CANARY, tmp_path)) == len(ways) + 1


def test_a_thousand_posts_about_something_else_leave_no_trace_by_day_by_night_and_in_backups(
    play: Stage,
) -> None:
    play.publish("/paper.xml", *others(), ours())
    with play.opened() as app:
        assert not play.look(app).failed
        assert len(stored(app)) == 1
        assert traces(CANARY, play.folder) == []
        assert traces(KEPT, play.state), "the search would have found them"
        play.now += timedelta(hours=20)
        assert upkeep.nightly(app, play.now)
        assert list((play.state / "backups").glob("*.db"))
        assert traces(CANARY, play.folder) == []
        play.publish("/paper.xml", *(replace(post, text=f"{post.text} edited") for post in others(50)))
        play.look(app)
        assert traces(CANARY, play.folder) == []
    assert traces(CANARY, play.folder) == []


def test_a_mention_that_was_purged_leaves_no_trace_but_in_backups(play: Stage) -> None:
    with play.opened(caged=False) as app:
        play.look(app)
        with app.store.write() as tx:
            for story in incidents.listing(tx):
                incidents.close(
                    tx, story.id, outcome="answered", note="", by="office", via="cli", now=play.now
                )
        play.now += timedelta(days=500)
        assert upkeep.nightly(app, play.now)
        assert stored(app) == ()
        kept = [place for place in traces(KEPT, play.state) if not place.startswith(("backups", "mail"))]
        assert kept == []


def test_what_is_remembered_of_others_cannot_be_read(play: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A break: were they remembered by their own names, the search would tell."""
    monkeypatch.setattr(dedupe, "seen_digest", lambda key, place, name: name.encode()[:16].ljust(16))
    with play.opened(caged=False) as app:
        play.look(app)
    assert traces(CANARY, play.state)


def test_a_post_that_breaks_us_leaves_its_words_nowhere(
    play: Stage, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def stumble(self: Matcher, entry: object) -> tuple[()]:
        raise ValueError(f"cannot read {entry}")

    monkeypatch.setattr(Matcher, "find", stumble)
    with play.opened(caged=False) as app:
        found = play.look(app)
    assert sum(poll.rejected for poll in found.polls) == FEW + 2
    assert traces(CANARY, play.folder) == []
    assert CANARY not in "".join(capfd.readouterr())


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["as it is read", "once it is written"])
def test_a_killed_run_leaves_no_trace(moment: str, play: Stage, other: Web) -> None:
    sent, pages = Event(), rss([*others(FEW), ours()])

    def canaries(visitor: Visitor) -> None:
        answer(200, pages)(visitor)
        sent.set()

    play.web.pages["/paper.xml"] = canaries
    other.pages["/slow.xml"] = say_nothing  # the run is not over before it is killed
    play.set_up(
        {"Paper": play.feed("/paper.xml"), "Slow": f'kind = "feed"\nurl = "{other.url("/slow.xml")}"'}, other
    )
    process = play.run("run", "--once", "--all")
    try:
        assert sent.wait(30), play.said()
        if moment == "as it is read":
            time.sleep(0.1)  # the child is parsing, or the parent matching
        else:
            _until_written(play.state / "monitor.db-wal")
    finally:
        process.kill()
        process.wait()
    assert (play.state / "monitor.db").exists()
    assert traces(CANARY, play.folder) == []
    if moment == "once it is written":
        assert traces(KEPT, play.state), "the search would have found them"


def _until_written(log: Path) -> None:
    """Wait until the poll stands in the log beside the base: the death then finds it full."""
    ends = time.monotonic() + 30
    while not (log.exists() and KEPT.encode() in log.read_bytes()):
        assert time.monotonic() < ends, "the poll was never written"
        time.sleep(0.02)


def _search(text: str, *labels: str) -> bytes:
    post = {
        "uri": "at://did:plc:them/app.bsky.feed.post/3k1",
        "author": {
            "did": "did:plc:them",
            "handle": "them.example",
            "labels": [{"val": each} for each in labels],
        },
        "indexedAt": "2026-11-24T09:00:00Z",
        "record": {"text": text, "createdAt": "2026-11-24T09:00:00Z", "langs": ["en"]},
    }
    return json.dumps({"posts": [post]}).encode()


@pytest.mark.parametrize(("labels", "kept"), [([], True), (["!no-unauthenticated"], False)])
def test_who_asks_not_to_be_quoted_leaves_no_words(labels: list[str], *, kept: bool, tmp_path: Path) -> None:
    with stage(tmp_path) as play:
        query = f'kind = "bluesky"\nquery = "Holm Nook"\nappview = "http://{play.web.key}"'
        play.set_up({"Bluesky": query})
        play.put("/xrpc/app.bsky.feed.searchPosts", _search(THREAT, *labels))
        with play.opened(caged=False) as app:
            play.look(app)
            (mention,) = stored(app)
            mails = play.mails()
        assert mention.url.startswith("https://bsky.app/")
        assert mails, "it is told all the same"
        found = {word for word in ("with a knife", "hurt that teacher") if traces(word, play.folder)}
        found |= {word for mail in mails for word in ("knife",) if word in part(mail, "plain")}
        assert bool(found) is kept


def test_only_what_is_configured_is_asked(tmp_path: Path) -> None:
    with stage(tmp_path) as play:
        here = play.web.url()
        lures = (
            f"<enclosure url='{here}lure.mp3' type='audio/mpeg' length='1'/>"
            f"<media:content url='{here}lure.jpg'/><media:thumbnail url='{here}lure-t.jpg'/>"
        )
        words = f"Holm Nook Primary <img src='{here}pixel.png'><iframe src='{here}frame'></iframe> terrible"
        post = Post(text=words, title=words, link=f"{here}article", guid=f"{here}guid", more=lures)
        play.publish("/paper.xml", post)
        page = (
            f"<html><head><link rel=stylesheet href=/style.css><link rel=icon href=/favicon.ico>"
            f"<meta http-equiv=refresh content='0;url=/elsewhere'></head><body background=/wall.png>"
            f"<div class=post><a href=/article2>x</a><img src=/p.png srcset='/q.png 2x'>{words}</div></body></html>"
        )
        play.put("/page", page.encode(), "text/html; charset=utf-8")
        play.set_up(
            {
                "Paper": play.feed("/paper.xml"),
                "Page": f'kind = "page"\nurl = "{play.web.url("/page")}"\nitems = "div.post"\nlink = "a"',
            }
        )
        with play.opened(caged=False) as app:
            assert not play.look(app).failed
            assert len(stored(app)) == 2
        assert set(play.web.targets()) == {"/paper.xml", "/page", "/robots.txt"}
