"""Promise: nobody gets more than four mails from a flood in an hour, and no flood hides what is not part of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from alerts.base import Category, Recipient, Severity
from alerts.flood import ALONE, FLOOD, HOUR, QUIET, Recent, room_at, share_out

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HEAD, CHAIR = Recipient(address="head@school.test"), Recipient(address="chair@school.test")
CRITICAL, HIGH = Severity.CRITICAL, Severity.HIGH
THREAT, BREACH = Category.THREAT_VIOLENCE, Category.PRIVACY_DATA_BREACH


@dataclass(frozen=True)
class Story:
    name: str
    severity: Severity = HIGH
    topics: tuple[Category, ...] = (THREAT,)
    recipients: tuple[Recipient, ...] = (HEAD,)


def many(number: int, severity: Severity = HIGH, category: Category = THREAT) -> list[Story]:
    return [Story(f"{category.value} {place}", severity, (category,)) for place in range(number)]


def crowd(*minutes_ago: int, stories: int = 0, told: Category = THREAT) -> Recent:
    times = tuple(sorted(NOW - ago * MINUTE for ago in minutes_ago))
    return Recent(mails={HEAD.address: times}, stories=stories, critical=frozenset({(told, "blog")}))


def test_few_stories_are_told_one_by_one_and_of_many_the_rest_together() -> None:
    assert share_out([], QUIET, source="blog").alone == ()
    few = share_out(many(ALONE), QUIET, source="blog")
    assert (len(few.alone), few.together, few.held) == (ALONE, (), ())
    flood = share_out(many(100), QUIET, source="blog")
    assert (len(flood.alone), len(flood.together), flood.held) == (ALONE, 100 - ALONE, ())


def test_the_gravest_come_first_and_of_equals_one_of_each_category() -> None:
    shared = share_out([*many(9), *many(1, HIGH, BREACH), *many(1, CRITICAL)], QUIET, source="blog")
    assert [(one.severity, one.topics) for one in shared.alone] == [
        (CRITICAL, (THREAT,)),
        (HIGH, (THREAT,)),
        (HIGH, (BREACH,)),
    ]


def test_four_mails_in_an_hour_are_enough_and_the_fifth_waits_until_the_first_is_an_hour_old() -> None:
    assert room_at((HEAD,), crowd(50, 40, 30)) is None
    assert room_at((HEAD,), crowd(50, 40, 30, 20)) == NOW - 50 * MINUTE + HOUR
    assert room_at((HEAD,), crowd(55, 50, 40, 30, 20)) == NOW - 50 * MINUTE + HOUR
    assert room_at((CHAIR,), crowd(50, 40, 30, 20)) is None
    assert room_at((), crowd(50, 40, 30, 20)) is None
    waits = share_out(many(2), crowd(50, 40, 30, 20), source="blog")
    assert (waits.alone, waits.together, len(waits.held)) == ((), (), 2)
    room = share_out(many(2), crowd(50, 40, 30), source="blog")
    assert (room.alone, len(room.together), room.held) == ((), 2, ())


def test_critical_stories_wait_only_as_part_of_a_flood() -> None:
    told = crowd(5, 5, 5, 5, stories=FLOOD)
    part = share_out(many(3, CRITICAL), told, source="blog")
    assert (part.alone, part.together, len(part.held)) == ((), (), 3)
    few = share_out(many(3, CRITICAL), crowd(5, 5, 5, 5, stories=FLOOD - 3), source="blog")
    assert (len(few.alone), len(few.together), few.held) == (1, 2, ())


def test_another_matter_or_another_place_is_no_part_of_the_flood() -> None:
    told = crowd(5, 5, 5, 5, stories=9999)
    for other in (
        share_out(many(3, CRITICAL, BREACH), told, source="blog"),
        share_out(many(3, CRITICAL), told, source="forum"),
        share_out(many(3, CRITICAL), crowd(5, 5, 5, 5, stories=9999, told=BREACH), source="blog"),
        share_out(
            [Story("both", CRITICAL, (THREAT, BREACH)), *many(2, CRITICAL, BREACH)], told, source="blog"
        ),
    ):
        assert (len(other.alone), len(other.together), other.held) == (1, 2, ())
