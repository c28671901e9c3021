"""What is wrong with the watch is told, each thing with its remedy; a healthy watch is silent about itself."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from alerts.base import Role
from monitor import expiry
from monitor.facts import Allowance, BouncedMail, DeafMailbox, Habit, HealthFacts, SourceStatus, Worry
from monitor.health import ailments, doubts, endings, letters, line, remarks, silence
from tests.monitor.findings import NOW

HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)


def source(**changes: Any) -> SourceStatus:
    well = SourceStatus(
        id=1,
        name="local paper",
        kind="feed",
        host="paper.example:443",
        interval=15 * MINUTE,
        schools=("holm-nook",),
        last_ok_at=NOW - 10 * MINUTE,
        last_poll_at=NOW - 10 * MINUTE,
        next_poll_at=NOW + 5 * MINUTE,
        failures=0,
        error="",
        remedy="",
        gap_at=None,
        robots="allowed",
        entries=100,
        mentions=3,
        added_at=NOW - 900 * HOUR,
        rejected=0,
    )
    return dataclasses.replace(well, **changes)


def facts(*sources: SourceStatus, **changes: Any) -> HealthFacts:
    well = HealthFacts(
        sources=sources or (source(),),
        pending=0,
        oldest_pending_since=None,
        dead=0,
        last_sent_at=NOW - 3 * HOUR,
        last_tick_at=NOW - MINUTE,
        rejected_reload="",
        rejected_entries=0,
    )
    return dataclasses.replace(well, **changes)


def test_a_healthy_watch_has_no_ailment() -> None:
    assert ailments(facts(), NOW) == ()


SPENT = Allowance(used=100, limit=100, of="searches a day", renewed_at=NOW + 6 * HOUR, spent_at=NOW - HOUR)
SICK: dict[str, tuple[HealthFacts, str, str]] = {
    "a silent source": (
        facts(source(last_ok_at=NOW - 30 * HOUR)),
        "Not heard from local paper for 30 h",
        "mention-monitor sources",
    ),
    "a silent source that says why": (
        facts(source(last_ok_at=NOW - 80 * HOUR, failures=9, error="no answer", remedy="open it in a browser")),
        "Not heard from local paper for 3 days: no answer",
        "open it in a browser",
    ),
    "a source that never answered": (
        facts(source(last_ok_at=None, added_at=NOW - 25 * HOUR)),
        "Not heard from local paper for 25 h",
        "mention-monitor sources",
    ),
    "a failing source": (
        facts(source(failures=3, error="access denied", remedy="check the key")),
        "local paper failed 3 times in a row: access denied",
        "check the key",
    ),
    "a gap": (facts(source(gap_at=NOW - 23 * HOUR)), "local paper had more than could be read", "look there by hand"),
    "a source that refuses us": (
        facts(source(failures=2, error="access denied", error_kind="Denied", remedy="check the key")),
        "local paper failed 2 times in a row: access denied",
        "check the key",
    ),
    "a page that asks whether a person is there": (
        facts(source(failures=3, error="a page that asks whether a person is there", error_kind="Unreadable")),
        "a page that asks whether a person is there",
        "mention-monitor sources",
    ),
    "an allowance that is used up": (
        facts(source(allowance=SPENT)),
        "local paper has used up what its platform allows (100 searches a day)",
        "fewer searches",
    ),
    "a token that may not read all": (
        facts(source(worries=(Worry(what="the token may not read all", remedy="tick every box", since=NOW - HOUR),))),
        "At local paper the token may not read all: something may be missed",
        "tick every box",
    ),
    "mail that waits": (
        facts(oldest_pending_since=NOW - 31 * MINUTE, pending=4),
        "Mail has been waiting for 31 min; 4 in the queue",
        "mention-monitor outbox",
    ),
    "one mail given up": (facts(dead=1), "1 message could not be delivered", "tell these people yourself"),
    "mails given up": (facts(dead=3), "3 messages could not be delivered", "tell these people yourself"),
    "a daemon that stopped": (facts(last_tick_at=NOW - 6 * MINUTE), "The monitor has not run for 6 min", "systemctl"),
    "a daemon that never ran": (facts(last_tick_at=None), "The monitor has never run", "systemctl start"),
    "a refused reload": (facts(rejected_reload="school.name: missing"), "refused, the old one still holds: school.name", "check"),
    "a rejected post": (facts(rejected_entries=1), "1 post of the last day could not be examined", "report"),
    "rejected posts": (facts(rejected_entries=2), "2 posts of the last day could not be examined", "report"),
}  # fmt: skip


@pytest.mark.parametrize(("sick", "what", "remedy"), SICK.values(), ids=SICK)
def test_each_ailment_is_told_with_its_remedy(sick: HealthFacts, what: str, remedy: str) -> None:
    (ailment,) = ailments(sick, NOW)
    assert what in ailment.what
    assert remedy in ailment.remedy


def test_a_source_without_a_reason_is_told_without_one() -> None:
    (silent,) = ailments(facts(source(last_ok_at=NOW - 30 * HOUR)), NOW)
    assert silent.what == "Not heard from local paper for 30 h"


def test_a_damaged_scorer_is_told() -> None:
    (ailment,) = ailments(facts(), NOW, scorer="The abuse model is missing")
    assert (ailment.what, ailment.since) == ("The abuse model is missing", None)


def test_a_watch_without_sources_is_no_watch() -> None:
    (ailment,) = ailments(dataclasses.replace(facts(), sources=()), NOW)
    assert ailment.what == "No source is being looked at"


ENDING = Worry(what="the token", remedy="make a new one", since=NOW - HOUR, ends=NOW + timedelta(days=14))


def test_what_ends_soon_is_told_apart_from_what_is_wrong_already() -> None:
    soon = facts(source(worries=(ENDING,), notes=("2 comments are hidden there",)))
    day = f"{ENDING.ends:%a} {ENDING.ends:%-d} {ENDING.ends:%b} {ENDING.ends:%Y}"
    said = f"At local paper the token ends on {day} (in 14 days): without a new one nothing is seen there"

    (ending,) = endings(soon, NOW)
    assert (ending.what, ending.remedy) == (said, "make a new one")
    assert endings(soon, NOW - timedelta(days=1)) == ()
    told = f"{said.removeprefix('At local paper ')}; make a new one"
    assert list(remarks(soon.sources[0], NOW)) == [told, "2 comments are hidden there"]


@pytest.mark.parametrize(("left", "stage"), [(15, None), (14, 14), (4, 14), (3, 3), (-1, 3)])
def test_a_token_that_ends_is_told_of_in_two_stages(left: int, stage: int | None) -> None:
    today = NOW.date() + timedelta(days=14 - left)
    found = expiry.of_sources([source(worries=(ENDING,))], today)
    assert [ending.stage(today) for ending in found] == ([stage] if stage else [])


def test_what_a_human_must_see_to_is_remarked_with_its_remedy() -> None:
    worried = source(worries=(dataclasses.replace(ENDING, what="the token may not read all", ends=None),))
    assert list(remarks(worried, NOW)) == ["the token may not read all; make a new one"]


HARMLESS: dict[str, HealthFacts] = {
    "a token that ends": facts(source(worries=(ENDING,), notes=("2 comments are hidden there",))),
    "a source at the edge of silence": facts(source(last_ok_at=NOW - 24 * HOUR)),
    "a new source": facts(source(last_ok_at=None, added_at=NOW - HOUR)),
    "two failures": facts(source(failures=2, error="no answer", error_kind="Unreachable")),
    "one refusal": facts(source(failures=1, error="access denied", error_kind="Denied")),
    "an allowance that is nearly used up": facts(source(allowance=dataclasses.replace(SPENT, spent_at=None))),
    "an allowance that has been renewed": facts(source(allowance=dataclasses.replace(SPENT, renewed_at=NOW))),
    "a gap that is a day old": facts(source(gap_at=NOW - 24 * HOUR - SECOND)),
    "mail that waits half an hour": facts(oldest_pending_since=NOW - 30 * MINUTE, pending=4),
    "mail that waits for its hour": facts(pending=4),
    "a slow tick": facts(last_tick_at=NOW - 5 * MINUTE),
}


@pytest.mark.parametrize("well", HARMLESS.values(), ids=HARMLESS)
def test_what_may_pass_by_itself_is_not_told(well: HealthFacts) -> None:
    assert ailments(well, NOW) == ()


def test_a_source_that_is_asked_seldom_may_be_silent_longer() -> None:
    weekly = source(interval=timedelta(days=7), last_ok_at=NOW - timedelta(days=21))
    assert silence(weekly) == timedelta(days=21)
    assert silence(source()) == timedelta(hours=24)
    assert ailments(facts(weekly), NOW) == ()
    assert (
        len(ailments(facts(dataclasses.replace(weekly, last_ok_at=NOW - timedelta(days=21, seconds=1))), NOW))
        == 1
    )


def test_after_a_long_stand_still_no_place_is_blamed_for_it() -> None:
    unasked = source(last_ok_at=NOW - 69 * HOUR)
    back = facts(unasked, off=(NOW - 69 * HOUR, NOW))
    (told,) = ailments(back, NOW)
    assert told.what.startswith("Nothing was looked at or mailed for 69 h: the monitor was not running")
    assert told.since == NOW - 69 * HOUR
    (silent,) = ailments(dataclasses.replace(back, last_tick_at=NOW + HOUR), NOW + HOUR)
    assert silent.what.startswith("Not heard from local paper for 70 h")


def test_it_is_told_since_when() -> None:
    silent = source(last_ok_at=NOW - 30 * HOUR)
    gap = source(gap_at=NOW - HOUR)
    sick = facts(silent, gap, oldest_pending_since=NOW - HOUR, last_tick_at=NOW - HOUR)
    assert [ailment.since for ailment in ailments(sick, NOW)] == [
        NOW - HOUR,
        NOW - 30 * HOUR,
        NOW - HOUR,
        NOW - HOUR,
    ]


def test_a_source_that_fails_and_has_a_gap_is_told_of_twice() -> None:
    assert len(ailments(facts(source(failures=3, gap_at=NOW)), NOW)) == 2


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (facts(source(), source()), "2/2 sources ok, queue 0, last mail 3 h ago"),
        (facts(source(), source(failures=5)), "1/2 sources ok, queue 0, last mail 3 h ago"),
        (
            facts(pending=7, dead=2, last_sent_at=None),
            "1/1 sources ok, queue 7, 2 not delivered, no mail yet",
        ),
        (facts(last_sent_at=NOW - 119 * MINUTE), "1/1 sources ok, queue 0, last mail 119 min ago"),
        (facts(last_sent_at=NOW - 120 * MINUTE), "1/1 sources ok, queue 0, last mail 2 h ago"),
        (facts(last_sent_at=NOW - 71 * HOUR), "1/1 sources ok, queue 0, last mail 71 h ago"),
        (facts(last_sent_at=NOW - 72 * HOUR), "1/1 sources ok, queue 0, last mail 3 days ago"),
        (facts(last_sent_at=NOW + HOUR), "1/1 sources ok, queue 0, last mail 0 min ago"),
    ],
)
def test_the_watch_fits_into_one_line(state: HealthFacts, said: str) -> None:
    assert line(state, NOW) == said


def test_somebody_who_cannot_be_woken_is_told_with_what_to_do() -> None:
    failing, late = ailments(facts(wake_failing_since=NOW - 12 * MINUTE, unwoken=2), NOW)

    assert failing.what == "Somebody who was to be woken could not be for 12 min"
    assert failing.since == NOW - 12 * MINUTE
    assert late.what == "2 wake-ups could not get through and came too late"
    assert "check --online" in failing.remedy
    assert "check --online" in late.remedy
    assert "1 wake-up could" in ailments(facts(unwoken=1), NOW)[0].what


def test_what_letters_came_to_is_told_in_one_line() -> None:
    told = facts(letters=(("automatic", 12), ("take", 4), ("forged", 3), ("puzzle", 1)))
    assert list(letters(told)) == ["5 letters acted on; ignored this week: automatic 12, forged 3"]
    assert list(letters(facts(letters=(("take", 1),)))) == ["1 letters acted on"]
    assert list(letters(facts())) == []


def test_people_whose_mails_come_back_and_a_deaf_mailbox_are_ailments() -> None:
    ill = facts(
        bounced=(
            BouncedMail(roles=(Role.DSL,), since=NOW, code=""),
            BouncedMail(roles=(Role.HEAD,), since=NOW, code="5.2.2"),
        ),
        deaf=DeafMailbox(since=NOW - 31 * MINUTE, error="no way in", remedy="look"),
    )
    told = {one.what: one.remedy for one in ailments(ill, NOW)}
    assert told["Replies have not been read for 31 min: no way in"] == "look"
    assert "correct the address" in told["Mails to the DSL are accepted and come back"]
    assert "make room" in told["Mails to the head are accepted and come back (5.2.2)"]
    soon = dataclasses.replace(ill, deaf=DeafMailbox(since=NOW - 29 * MINUTE, error="x", remedy=""))
    assert not [one for one in ailments(soon, NOW) if "Replies" in one.what]


HABIT = Habit(usual=48 * HOUR, last_at=NOW - 217 * HOUR, doubtful_at=NOW - 24 * HOUR)


def test_an_unusual_silence_is_doubted_and_is_no_ailment() -> None:
    quiet = source()

    (doubt,) = doubts([quiet], {1: HABIT})
    assert doubt.what == "local paper has been quiet for 9 days; usually something every 48 h"
    assert doubt.remedy == "look whether the address still works"
    assert doubt.since == HABIT.doubtful_at
    assert ailments(facts(quiet), NOW) == (), "nobody is written to about that"


@pytest.mark.parametrize(
    "quiet",
    [
        pytest.param(source(id=2), id="without a habit"),
        pytest.param(source(last_ok_at=None), id="never heard from"),
        pytest.param(source(last_ok_at=HABIT.doubtful_at), id="not asked since"),
    ],
)
def test_silence_that_can_be_explained_is_not_doubted(quiet: SourceStatus) -> None:
    assert doubts([quiet], {1: HABIT}) == ()
