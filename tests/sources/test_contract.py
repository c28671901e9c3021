"""Promise: every kind of source keeps the same word.

What it yields from recorded answers is what was reviewed; nothing comes twice; what it remembers
survives JSON; whatever a server does ends in a batch or in the fitting ``SourceError``, soon.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree  # type: ignore[import-untyped]  # it brings no types
from pydantic import BaseModel, ValidationError

from sources.base import Answer, Batch, Entry, Parser, Source
from sources.cage import InProcess
from sources.errors import Denied, Missing, SourceError, Throttled, Unreachable, Unreadable
from sources.registry import KINDS
from tests.fakes import NOW, FakeFetcher, tools
from tests.pace import within
from tests.sources.platforms.frame import WAIT, dialects

DATA = Path(__file__).parent / "data"
CASES = sorted(path.relative_to(DATA) for path in DATA.glob("*/*.case.json"))
FIRST_CASES = [next(case for case in CASES if case.parent.name == kind) for kind in KINDS]


class Recorded:
    """One recorded visit: settings, answers, and the entries that they must yield."""

    def __init__(self, case: Path) -> None:
        self.name = case.parent.name
        self.kind = KINDS[self.name]
        told = json.loads((DATA / case).read_text(encoding="utf-8"))
        self.settings: BaseModel = self.kind.settings(**told["settings"])
        self.secrets: Mapping[str, str] = told.get("secrets", {})
        self.entries: list[dict[str, Any]] = told["entries"]
        self.web = {
            url: Answer(
                status=200,
                url=url,
                headers=answer.get("headers", {}),
                body=(DATA / case.parent / answer["file"]).read_bytes(),
            )
            for url, answer in told["web"].items()
        }
        self.looked_at = list(self.web)[-1]

    def source(self, instead: Answer | Exception | None = None, *, parser: Parser | None = None) -> Source:
        """The source in its recorded web; ``instead`` replaces the answer that matters."""
        web: dict[str, Any] = {**self.web} if instead is None else {**self.web, self.looked_at: instead}
        source: Source = self.kind.build(
            self.settings, tools(FakeFetcher(web), secrets=self.secrets, parser=parser)
        )
        return source

    def answer(self, status: int, body: bytes = b"", **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Answer(status=status, url=self.looked_at, headers=named, body=body)


def told(entry: Entry) -> dict[str, Any]:
    """What is not as by default, as JSON has it."""
    empty = Entry(id="")
    values = {field.name: getattr(entry, field.name) for field in dataclasses.fields(entry)}
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
        if name == "id" or value != getattr(empty, name)
    }


def through_json(batch: Batch) -> dict[str, Any]:
    kept: dict[str, Any] = json.loads(json.dumps(batch.checkpoint, allow_nan=False))
    return kept


@pytest.fixture(params=FIRST_CASES, ids=list(KINDS))
def recorded(request: pytest.FixtureRequest) -> Recorded:
    return Recorded(request.param)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_recorded_answers_yield_the_reviewed_entries(case: Path) -> None:
    recorded = Recorded(case)

    batch = recorded.source().poll(None)

    assert [told(entry) for entry in batch.entries] == recorded.entries
    assert not batch.gap


@pytest.mark.parametrize("case", CASES, ids=str)
def test_nothing_comes_twice_and_the_checkpoint_survives_json(case: Path) -> None:
    recorded = Recorded(case)
    first = recorded.source().poll(None)

    second = recorded.source().poll(through_json(first))
    third = recorded.source().poll(through_json(second))

    assert second.entries == third.entries == ()
    assert second.unchanged
    assert not second.gap


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_checkpoint_holds_no_secret_and_no_text(case: Path) -> None:
    recorded = Recorded(case)

    batch = recorded.source().poll(None)

    kept = json.dumps(batch.checkpoint)
    assert not any(secret in kept for secret in recorded.secrets.values())
    assert "access-1" not in kept
    assert "refresh-1" not in kept
    assert not any(entry.text and entry.text in kept for entry in batch.entries)


class Watched(InProcess):
    """A parser that can tell whether it is at work."""

    works = False

    def run(self, job: Any, body: bytes, /, **options: Any) -> Any:
        self.works = True
        try:
            return super().run(job, body, **options)
        finally:
            self.works = False


@pytest.mark.parametrize("case", CASES, ids=str)
def test_markup_from_the_world_is_read_by_nobody_but_the_parser(
    case: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parser, reader = Watched(), etree.HTMLParser
    strays: list[bool] = []

    def watched(*told: Any, **named: Any) -> Any:
        strays.append(not parser.works)
        return reader(*told, **named)

    monkeypatch.setattr(etree, "HTMLParser", watched)
    Recorded(case).source(parser=parser).poll(None)

    assert not any(strays)


def test_times_are_aware_and_never_in_the_future(recorded: Recorded) -> None:
    for entry in recorded.source().poll(None).entries:
        for moment in filter(None, (entry.published, entry.edited)):
            assert moment.utcoffset() == timedelta(0)
            assert moment <= NOW


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, Denied), (403, SourceError), (404, Missing), (410, Missing), (429, Throttled),
        (500, Unreachable), (502, Unreachable), (503, Unreachable), (418, Unreadable),
    ],
)  # fmt: skip
def test_an_error_status_becomes_the_fitting_error(
    recorded: Recorded, status: int, error: type[SourceError]
) -> None:
    with pytest.raises(error) as caught:
        recorded.source(recorded.answer(status, b"<html>no</html>")).poll(None)

    assert caught.value.http_status == status


@pytest.mark.parametrize("dialect", dialects(NOW))
def test_a_server_that_asks_for_time_gets_it_in_every_dialect(recorded: Recorded, dialect: str) -> None:
    headers = {name.lower(): value for name, value in dialects(NOW)[dialect].headers.items()}
    for status in (429, 503) if "retry-after" in headers else (429,):
        reply = dataclasses.replace(recorded.answer(status), headers=headers)
        with pytest.raises(Throttled) as caught:
            recorded.source(reply).poll(None)

        assert caught.value.retry_after == WAIT


@pytest.mark.parametrize("error", [Unreachable("time-out"), Denied("robots.txt"), Unreadable("too large")])
def test_an_error_on_the_way_is_passed_on(recorded: Recorded, error: SourceError) -> None:
    with pytest.raises(type(error)) as caught:
        recorded.source(error).poll(None)

    assert caught.value is error


LISTS = {"mastodon", "whatdotheyknow", "wordpress"}
"""Kinds whose answers are lists: an empty one says that there is nothing yet."""


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" \r\n\t",
        b"\xef\xbb\xbf",
        b"\x00\xff\xfe\x00" * 500,
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20,
        b"Service temporarily unavailable",
        b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Checking</body></html>",
        b"[]",
        b"null",
        b'{"error": "Oops"}',
        b'{"posts": {"0": 1}, "items": {"0": 1}}',
        b'{"posts": NaN, "items": NaN}',
        b'{"posts": [1e400, -Infinity]}',
        b'"' + b"9" * 10_000,
        b"1" * 10_000,
    ],
    ids=lambda body: ascii(body[:24]),
)
def test_what_is_not_what_it_should_be_is_unreadable(recorded: Recorded, body: bytes) -> None:
    if body == b"[]" and recorded.name in LISTS:
        assert len(recorded.source(recorded.answer(200, body)).poll(None).entries) < len(recorded.entries)
        return
    with pytest.raises(Unreadable) as caught:
        recorded.source(recorded.answer(200, body)).poll(None)

    assert str(caught.value)
    assert "Checking" not in str(caught.value)


BOMBS = {
    "lists": b"[" * 200_000,
    "objects": b'{"a":' * 200_000,
    "posts": b'{"posts":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "items": b'{"items":[' + b'{"id":[' * 50_000 + b"]}" * 50_000 + b"]}",
    "many empty lists": b'{"posts":[' + b"[]," * 1_000_000 + b"[]]}",
    "elements": b"<rss version='2.0'><channel><item><title>a</title>" + b"<b>" * 20_000,
    "divs": b"<html><body>" + b"<div>" * 20_000 + b"end",
    "comments": b"<rss version='2.0'><channel><item>" + b"<!--" * 100_000,
    "sections": b"<rss version='2.0'><channel>" + b"<item><![CDATA[" * 10_000,
    "attributes": b"<html><a " + b"x='1' " * 100_000 + b">",
    "open quotes": b"<html>" + b"<a x='" * 20_000,
    "author": b"<rss version='2.0'><channel><item><author>" + b"a" * 500_000 + b"</author></item></channel></rss>",
    "entities": b"<!DOCTYPE r [<!ENTITY a '" + b"a" * 50_000 + b"'>]><rss version='2.0'><channel><item><title>"
    + b"&a;" * 50_000 + b"</title></item></channel></rss>",
    "laughs": b"<!DOCTYPE r [<!ENTITY a 'ha'>"
    + b"".join(b"<!ENTITY %c '%s'>" % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(12))
    + b"]><rss version='2.0'><channel><item><title>&m;</title></item></channel></rss>",
}  # fmt: skip


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_hostile_document_costs_little_and_breaks_nothing(recorded: Recorded, bomb: str) -> None:
    source = recorded.source(recorded.answer(200, BOMBS[bomb]))
    try:
        with within(4):  # the cage allows 5 seconds
            batch = source.poll(None)
    except Unreadable:
        batch = None

    assert batch is None or all(len(entry.text) <= 100_000 for entry in batch.entries)


def test_after_a_failure_nothing_is_lost(recorded: Recorded) -> None:
    first = recorded.source(recorded.answer(500))
    with pytest.raises(Unreachable):
        first.poll(None)

    assert [told(entry) for entry in recorded.source().poll(None).entries] == recorded.entries


def test_settings_are_frozen_and_know_no_strange_keys(recorded: Recorded) -> None:
    settings = recorded.settings
    for name in type(settings).model_fields:
        with pytest.raises(ValidationError, match="frozen"):
            setattr(settings, name, "other")
    with pytest.raises(ValidationError, match="nonsense"):
        type(settings)(**settings.model_dump(), nonsense=1)


def test_a_kind_tells_where_it_looks_and_how_often(recorded: Recorded) -> None:
    kind = recorded.kind

    assert re.fullmatch(r"[\w.-]+:\d+", kind.host(recorded.settings))
    assert kind.host(recorded.settings).partition(":")[0] in kind.locate(recorded.settings)
    assert timedelta(minutes=5) <= kind.every <= timedelta(days=1)
    for sentence in (kind.sees, kind.cannot):
        assert len(sentence) > 20
        assert sentence[0].islower()
        assert not sentence.endswith(".")
