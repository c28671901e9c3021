"""Promise: a source is polled at its own pace, less often while it fails or asks for rest, daily at worst."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.cadence import LONGEST_WAIT, Outcome, next_poll

NOW = datetime(2026, 11, 24, 10, 15, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)


@pytest.mark.parametrize(
    ("interval", "failures", "server_wait", "wait"),
    [
        pytest.param(HALF_HOUR, 0, timedelta(0), HALF_HOUR, id="after a success"),
        pytest.param(HALF_HOUR, 1, timedelta(0), timedelta(hours=1), id="one failure"),
        pytest.param(HALF_HOUR, 3, timedelta(0), timedelta(hours=4), id="three failures"),
        pytest.param(HALF_HOUR, 6, timedelta(0), DAY, id="six failures"),
        pytest.param(HALF_HOUR, 10**9, timedelta(0), DAY, id="failing for ever"),
        pytest.param(timedelta(seconds=1), 100, timedelta(0), DAY, id="a short interval, failing for ever"),
        pytest.param(HALF_HOUR, 0, timedelta(hours=3), timedelta(hours=3), id="the server wants rest"),
        pytest.param(HALF_HOUR, 0, timedelta(minutes=5), HALF_HOUR, id="the server wants us sooner"),
        pytest.param(HALF_HOUR, 0, timedelta(days=30), DAY, id="the server wants too much rest"),
        pytest.param(HALF_HOUR, 2, timedelta(hours=1), timedelta(hours=2), id="failures beat the wish"),
        pytest.param(HALF_HOUR, 1, timedelta(hours=6), timedelta(hours=6), id="the wish beats failures"),
        pytest.param(HALF_HOUR, 0, timedelta(hours=-6), HALF_HOUR, id="a wish in the past"),
        pytest.param(WEEK, 0, timedelta(0), WEEK, id="weekly"),
        pytest.param(WEEK, 5, timedelta(days=3), WEEK, id="weekly and failing"),
    ],
)
def test_the_wait_before_the_next_poll(
    interval: timedelta, failures: int, server_wait: timedelta, wait: timedelta
) -> None:
    outcome = Outcome(failures=failures, server_wait=server_wait)
    assert next_poll(NOW, interval, outcome, spread=0) == NOW + wait


def test_the_spread_adds_up_to_a_tenth_of_the_interval() -> None:
    assert next_poll(NOW, HALF_HOUR, Outcome(), spread=1) == NOW + HALF_HOUR + timedelta(minutes=3)
    assert next_poll(NOW, HALF_HOUR, Outcome(), spread=0.5) == NOW + HALF_HOUR + timedelta(seconds=90)


@given(
    interval=st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=400)),
    failures=st.integers(min_value=0, max_value=10**6),
    server_wait=st.timedeltas(),
    spread=st.floats(min_value=0, max_value=1),
)
def test_the_wait_lies_between_the_interval_and_a_day_or_the_interval(
    interval: timedelta, failures: int, server_wait: timedelta, spread: float
) -> None:
    outcome = Outcome(failures=failures, server_wait=server_wait)
    wait = next_poll(NOW, interval, outcome, spread=spread) - NOW
    assert interval <= wait <= max(interval, LONGEST_WAIT) + interval / 10
