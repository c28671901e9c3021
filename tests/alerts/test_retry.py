"""A message that did not go out is tried again: soon at first, patiently later, and never for ever in vain.

Nothing is given up during an outage of fourteen days, and wrong settings never kill a message.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.errors import Deferred, DeliveryError, Misconfigured, Refused
from alerts.retry import next_attempt, next_wake

NOW = datetime(2026, 11, 24, 10, 15, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def wait(
    error: DeliveryError, *, attempts: int = 1, spread: float = 0.0, age: timedelta = timedelta()
) -> timedelta:
    again = next_attempt(NOW, attempts, error, spread=spread, age=age)
    assert again is not None
    return again - NOW


@pytest.mark.parametrize(
    ("attempts", "minutes"),
    [(0, 1), (1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 32), (7, 60), (8, 60), (5000, 60)],
)
def test_the_wait_doubles_from_a_minute_to_an_hour(attempts: int, minutes: int) -> None:
    assert wait(Deferred("busy"), attempts=attempts) == minutes * MINUTE


def test_waiting_messages_are_spread_by_up_to_a_quarter() -> None:
    assert wait(Deferred("busy"), attempts=3, spread=1.0) == 5 * MINUTE
    assert wait(Deferred("busy"), attempts=7, spread=1.0) == 75 * MINUTE


def test_a_plain_delivery_error_is_tried_again() -> None:
    assert wait(DeliveryError("who knows")) == MINUTE


@pytest.mark.parametrize("days", [14, 18, 21])
def test_a_deferred_message_outlasts_a_closed_school(days: int) -> None:
    assert wait(Deferred("down"), attempts=400, age=timedelta(days=days)) == timedelta(hours=1)


def test_after_three_weeks_a_deferred_message_is_given_up() -> None:
    age = timedelta(days=21, seconds=1)
    assert next_attempt(NOW, 500, Deferred("down"), spread=0.5, age=age) is None


def test_a_refused_message_is_given_up_at_once() -> None:
    assert next_attempt(NOW, 1, Refused("no such person"), spread=0.0, age=timedelta()) is None


@pytest.mark.parametrize(("spread", "minutes"), [(0.0, 15), (1.0, 30)])
def test_wrong_settings_are_tried_every_quarter_to_half_hour(spread: float, minutes: int) -> None:
    assert wait(Misconfigured("log-in"), attempts=900, spread=spread) == minutes * MINUTE


def test_wrong_settings_never_kill_a_message() -> None:
    assert wait(Misconfigured("log-in"), attempts=9000, age=timedelta(days=300)) == 15 * MINUTE


def test_a_server_that_asks_for_time_gets_it() -> None:
    assert wait(Deferred("slow down", retry_after=timedelta(hours=3))) == timedelta(hours=3)
    assert wait(Misconfigured("quota", retry_after=timedelta(hours=2))) == timedelta(hours=2)


def test_a_shorter_wish_does_not_hurry_us() -> None:
    assert wait(Deferred("soon", retry_after=timedelta(seconds=1)), attempts=7) == timedelta(hours=1)


def test_an_absurd_wish_counts_as_a_day() -> None:
    assert wait(Deferred("never", retry_after=timedelta(days=9999))) == timedelta(days=1)


@given(
    attempts=st.integers(0, 10**6),
    spread=st.floats(0, 1),
    wish=st.none() | st.timedeltas(timedelta(days=-1), timedelta(days=10**6)),
)
def test_the_next_attempt_is_always_later_and_within_a_day(
    attempts: int, spread: float, wish: timedelta | None
) -> None:
    pause = wait(Deferred("busy", retry_after=wish), attempts=attempts, spread=spread)
    assert MINUTE <= pause <= timedelta(days=1)


def test_waking_somebody_is_tried_often_and_given_up_after_two_hours() -> None:
    waits = [next_wake(NOW, attempts, spread=0, age=timedelta()) for attempts in range(1, 8)]
    assert [(at - NOW) // MINUTE for at in waits if at] == [1, 2, 4, 8, 10, 10, 10]
    assert next_wake(NOW, 5, spread=0, age=timedelta(minutes=110)) == NOW + 10 * MINUTE
    assert next_wake(NOW, 5, spread=0, age=timedelta(minutes=111)) is None
