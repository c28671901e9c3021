"""Promise: JSON from the world is bounded: too deep, too large, too many parts, no number, twice the same key.

Each of its readers (feeds, Bluesky, the posts given to ``replay``) answers with its own typed error or with what
can be used, at once, and never with anything else.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor.cli import cli
from sources import wire
from sources.base import Answer, Batch
from sources.errors import SourceError, Unreadable
from sources.registry import KINDS
from tests.fakes import FakeFetcher, tools
from tests.hostile.stage import NoWeb, Stage
from tests.pace import within

DEEP, LONG = 100_000, 2_000_000
SECONDS = 2.0

HOSTILE = {
    "lists in lists": b"[" * DEEP + b"]" * DEEP,
    "objects in objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "deep where a text is expected": b'{"items":[{"id":"1","title":' + b"[" * 900 + b"]" * 900 + b"}]}",
    "many parts": b"[" + b"[]," * 300_000 + b"[]]",
    "many small objects": b'{"posts":[' + b"{}," * 300_000 + b"{}]}",
    "a long number": b'{"items":[{"id":' + b"9" * 10_000 + b"}]}",
    "a huge exponent": b'{"items":[{"id":1e999999}],"posts":[1e999999]}',
    "NaN": b'{"items":[{"id":NaN}]}',
    "Infinity": b'{"posts":[-Infinity]}',
    "a long text": b'{"items":[{"id":"1","content_text":"' + b"a" * LONG + b'"}]}',
    "a long key": b'{"' + b"k" * LONG + b'":1}',
    "half a pair": b'{"items":[{"id":"\\ud800","title":"\\udc00\\ud800"}]}',
    "NUL": b'{"items":[{"id":"a\\u0000b","title":"\\u0000"}]}',
    "a mark before it": b'\xef\xbb\xbf{"items":[]}',
    "UTF-16": '{"items":[]}'.encode("utf-16"),
    "no UTF-8": b'{"items":[{"id":"\xff\xfe"}]}',
    "cut off": b'{"items":[{"id":"1","title":"x',
    "two documents": b'{"items":[]}{"items":[]}',
    "a comment": b'{"items":[] /* x */}',
    "single quotes": b"{'items':[]}",
    "another type at the top": b'"items"',
    "nothing": b"",
    "wrong types": b'{"items":{"id":1},"posts":{"uri":2},"version":[],"title":{}}',
    "wrong types inside": b'{"items":[1,null,true,"x",[],{"id":{},"authors":7,"url":[],"date_published":1e308}]}',
}


def _feed(body: bytes) -> Batch:
    source = KINDS["feed"].build(
        KINDS["feed"].settings.model_validate({"url": "https://a.example/f"}),
        tools(FakeFetcher({"https://a.example/f": Answer(status=200, url="", body=body)})),
    )
    return source.poll(None)


def _bluesky(body: bytes) -> Batch:
    url = "https://public.api.bsky.app/xrpc/app.bsky.feed.searchPosts"
    source = KINDS["bluesky"].build(
        KINDS["bluesky"].settings.model_validate({"query": "x"}),
        tools(FakeFetcher({url: Answer(status=200, url="", body=body)})),
    )
    return source.poll(None)


def _read(read: Callable[[bytes], Batch], body: bytes) -> tuple[Batch | None, str]:
    """What came of it, or what was said of it."""
    try:
        return read(body), ""
    except SourceError as error:
        return None, str(error)


@pytest.mark.parametrize("read", [_feed, _bluesky], ids=["feed", "bluesky"])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_source_answers_hostile_json_with_its_own_error_or_with_entries(
    name: str, read: Callable[[bytes], Batch]
) -> None:
    with within(SECONDS):
        batch, said = _read(read, HOSTILE[name])
    assert said.isprintable()
    assert len(said) < 300
    if batch is not None:
        json.dumps(dict(batch.checkpoint))
        assert all(len(entry.text) <= 100_000 for entry in batch.entries)


@pytest.mark.parametrize("name", HOSTILE)
def test_the_reader_itself_raises_nothing_but_unreadable(name: str) -> None:
    with suppress(Unreadable):
        wire.parse_json(HOSTILE[name])


@pytest.mark.parametrize("command", ["replay", "score"])
def test_posts_from_a_file_are_bounded_too(command: str, tmp_path: Path, configured: Path) -> None:
    posts = tmp_path / "posts.jsonl"
    good = json.dumps({"id": "good", "text": "Holm Nook Primary lost his coat"}).encode()
    lines = [body.replace(b"\n", b" ") for name, body in HOSTILE.items() if name != "nothing"]
    posts.write_bytes(b"\n".join([*lines, good]) + b"\n")
    told = CliRunner().invoke(cli, ["--config", str(configured), command, str(posts), "--json"])
    assert told.exception is None or isinstance(told.exception, SystemExit)
    assert told.exit_code == 1
    *wrong, right = [json.loads(line) for line in told.stdout.splitlines()]
    assert right["id"] == "good"
    assert "error" not in right
    assert len(wrong) == len(lines)
    assert all("error" in each for each in wrong)


@pytest.fixture(scope="module")
def configured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A configuration of the invented school, for commands."""
    play = Stage(folder=tmp_path_factory.mktemp("configured"), web=NoWeb())
    play.set_up({"Paper": play.feed("/paper.xml")})
    return play.config


def test_a_key_that_stands_twice_means_its_last_value_in_every_reader() -> None:
    """As RFC 8259 allows; what matters is that nobody who checked one value uses the other."""
    assert wire.parse_json(b'{"a": 1, "a": 2}') == {"a": 2}
    (entry,) = _feed(b'{"version":"x","items":[{"id":"1","id":"2","title":"a","title":"b"}]}').entries
    assert (entry.id, entry.title) == ("2", "b")


def test_without_its_bounds_the_reader_would_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "MAX_PARTS", 10**9)
    monkeypatch.setattr(wire, "_refuse", float)
    assert wire.parse_json(HOSTILE["many parts"])
    assert str(wire.parse_json(b"[NaN]")) == "[nan]"
