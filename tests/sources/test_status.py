"""Promise: every answer is taken for what it means, and no header keeps us away for more than a day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.base import Answer
from sources.errors import Denied, Missing, SourceError, Throttled, Unreachable, Unreadable
from sources.status import LONGEST_WAIT, check, fresh_for, reset_after, retry_after

NOW = datetime(2026, 11, 24, 10, 15, tzinfo=UTC)
IN_AN_HOUR = format_datetime(NOW + timedelta(hours=1), usegmt=True)
AN_HOUR_AGO = format_datetime(NOW - timedelta(hours=1), usegmt=True)
IN_A_YEAR = format_datetime(NOW + timedelta(days=365), usegmt=True)


def _answer(status: int, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, url="https://paper.example/feed?token=s3cret", headers=named, body=b"words")


@pytest.mark.parametrize("status", [200, 204, 206, 226, 300, 301, 304, 399])
def test_an_answer_below_400_is_returned_as_it_is(status: int) -> None:
    answer = _answer(status)
    assert check(answer, now=NOW) is answer


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Unreadable),
        (401, Denied),
        (402, Denied),
        (403, Denied),
        (404, Missing),
        (405, Unreadable),
        (406, Unreadable),
        (407, Denied),
        (408, Unreachable),
        (410, Missing),
        (418, Unreadable),
        (421, Unreachable),
        (422, Unreadable),
        (425, Unreachable),
        (429, Throttled),
        (451, Denied),
        (500, Unreachable),
        (502, Unreachable),
        (503, Unreachable),
        (504, Unreachable),
        (511, Denied),
        (599, Unreachable),
        (600, Denied),
        (999, Denied),
    ],
)
def test_a_status_is_the_error_that_it_means(status: int, kind: type[SourceError]) -> None:
    with pytest.raises(SourceError) as caught:
        check(_answer(status), now=NOW)
    assert type(caught.value) is kind
    assert caught.value.http_status == status


def test_the_message_names_the_status_and_nothing_from_the_world() -> None:
    with pytest.raises(Missing) as caught:
        check(_answer(404), now=NOW)
    assert str(caught.value) == "the server answered 404 Not Found"
    with pytest.raises(Denied) as caught_odd:
        check(_answer(999), now=NOW)
    assert str(caught_odd.value) == "the server answered 999"


def test_503_with_a_time_is_throttling() -> None:
    with pytest.raises(Throttled) as caught:
        check(_answer(503, retry_after="120"), now=NOW)
    assert caught.value.retry_after == timedelta(minutes=2)


def test_any_error_carries_the_time_that_it_names() -> None:
    with pytest.raises(Unreachable) as caught:
        check(_answer(500, retry_after="120"), now=NOW)
    assert caught.value.retry_after == timedelta(minutes=2)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        pytest.param({}, timedelta(seconds=60), id="no time named"),
        pytest.param({"retry_after": "5"}, timedelta(seconds=5), id="a short time named"),
        pytest.param({"retry_after": "later"}, timedelta(seconds=60), id="garbage"),
        pytest.param({"x_ratelimit_reset": "300"}, timedelta(seconds=300), id="a reset"),
        pytest.param({"x_ratelimit_reset": "3"}, timedelta(seconds=60), id="a reset too soon"),
        pytest.param({"retry_after": "7", "ratelimit_reset": "300"}, timedelta(seconds=7), id="both"),
    ],
)
def test_429_says_how_long_to_stay_away(headers: dict[str, str], wait: timedelta) -> None:
    with pytest.raises(Throttled) as caught:
        check(_answer(429, **headers), now=NOW)
    assert caught.value.retry_after == wait


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("120", timedelta(seconds=120)),
        (" 120 ", timedelta(seconds=120)),
        ("1000000000", LONGEST_WAIT),
        ("9" * 5000, LONGEST_WAIT),
        (IN_AN_HOUR, timedelta(hours=1)),
        (IN_A_YEAR, LONGEST_WAIT),
        ("Tue, 24 Nov 2026 11:15:00 -0000", timedelta(hours=1)),
        ("0", None),
        ("-5", None),
        ("1.5", None),
        ("１２０", None),
        (AN_HOUR_AGO, None),
        ("", None),
        ("soon", None),
        ("Tue, 99 Nov 2026 99:99:99 GMT", None),
    ],
)
def test_retry_after_is_read_and_bounded(value: str, wait: timedelta | None) -> None:
    assert retry_after({"retry-after": value}, now=NOW) == wait


def test_no_retry_after_is_no_wait() -> None:
    assert retry_after({}, now=NOW) is None


@pytest.mark.parametrize(
    ("headers", "fresh"),
    [
        pytest.param({}, None, id="nothing said"),
        pytest.param({"cache-control": "max-age=600"}, timedelta(minutes=10), id="max-age"),
        pytest.param({"cache-control": 'public, Max-Age="600"'}, timedelta(minutes=10), id="quoted"),
        pytest.param({"cache-control": "max-age=600", "age": "120"}, timedelta(minutes=8), id="aged"),
        pytest.param({"cache-control": "max-age=600", "age": "700"}, None, id="too old"),
        pytest.param({"cache-control": "max-age=600", "age": "x"}, timedelta(minutes=10), id="odd age"),
        pytest.param({"cache-control": "max-age=0"}, None, id="never fresh"),
        pytest.param({"cache-control": "max-age=-1"}, None, id="negative"),
        pytest.param({"cache-control": "max-age"}, None, id="no number"),
        pytest.param({"cache-control": "max-age=99999999"}, LONGEST_WAIT, id="a year"),
        pytest.param({"cache-control": "no-cache, max-age=600"}, None, id="no-cache"),
        pytest.param({"cache-control": "no-store", "expires": IN_AN_HOUR}, None, id="no-store"),
        pytest.param({"cache-control": "s-maxage=600"}, None, id="for shared caches only"),
        pytest.param({"expires": IN_AN_HOUR}, timedelta(hours=1), id="expires"),
        pytest.param({"expires": IN_A_YEAR}, LONGEST_WAIT, id="expires in a year"),
        pytest.param({"expires": IN_AN_HOUR, "date": AN_HOUR_AGO}, timedelta(hours=2), id="their clock"),
        pytest.param({"expires": IN_AN_HOUR, "date": "x"}, timedelta(hours=1), id="odd date"),
        pytest.param({"expires": AN_HOUR_AGO}, None, id="expired"),
        pytest.param({"expires": "0"}, None, id="expires 0"),
        pytest.param({"cache-control": "max-age=60", "expires": IN_AN_HOUR}, timedelta(minutes=1), id="both"),
    ],
)
def test_freshness_is_read_and_bounded(headers: dict[str, str], fresh: timedelta | None) -> None:
    assert fresh_for(headers, now=NOW) == fresh


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        pytest.param({}, None, id="nothing said"),
        pytest.param(
            {"ratelimit-reset": str(int(NOW.timestamp()) + 300)},
            timedelta(minutes=5),
            id="Unix time, Bluesky",
        ),
        pytest.param(
            {"x-rate-limit-reset": str(int(NOW.timestamp()) + 900)}, timedelta(minutes=15), id="Unix time, X"
        ),
        pytest.param(
            {"x-ratelimit-reset": "2026-11-24T10:20:00.000000Z"},
            timedelta(minutes=5),
            id="ISO date, Mastodon",
        ),
        pytest.param({"x-ratelimit-reset": "2026-11-24T10:20:00"}, timedelta(minutes=5), id="ISO, no zone"),
        pytest.param({"x-ratelimit-reset": "47"}, timedelta(seconds=47), id="seconds, Reddit"),
        pytest.param({"x-ratelimit-reset": "47.5"}, timedelta(seconds=47.5), id="fractions"),
        pytest.param({"x-ratelimit-reset": "0"}, None, id="now"),
        pytest.param({"x-ratelimit-reset": "-3"}, None, id="the past"),
        pytest.param({"x-ratelimit-reset": "1e30"}, LONGEST_WAIT, id="never"),
        pytest.param({"x-ratelimit-reset": "inf"}, None, id="infinite"),
        pytest.param({"x-ratelimit-reset": "٤٧"}, None, id="other digits"),
        pytest.param({"x-ratelimit-reset": "soon"}, None, id="garbage"),
        pytest.param({"x-ratelimit-reset": "2025-01-01T00:00:00Z"}, None, id="last year"),
    ],
)
def test_a_reset_is_read_in_every_dialect(headers: dict[str, str], wait: timedelta | None) -> None:
    assert reset_after(headers, now=NOW) == wait


@given(st.text(), st.integers(min_value=100, max_value=999))
def test_no_header_breaks_us_or_keeps_us_away_for_longer(value: str, status: int) -> None:
    headers = dict.fromkeys(
        ("retry-after", "cache-control", "expires", "date", "age", "ratelimit-reset"), value
    )
    for read in (retry_after, fresh_for, reset_after):
        wait = read(headers, now=NOW)
        assert wait is None or timedelta(0) < wait <= LONGEST_WAIT
    if status >= 400:
        with pytest.raises(SourceError) as caught:
            check(Answer(status=status, url="https://paper.example/", headers=headers), now=NOW)
        assert (caught.value.retry_after or timedelta(0)) <= LONGEST_WAIT
