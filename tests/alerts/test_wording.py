"""Promise: times, roles and reasons read as a colleague would say them, in the school's own time."""

from __future__ import annotations

import locale
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from alerts import wording
from alerts.base import Clock, Reason, Role, Severity
from tests.alerts.mail_samples import ABUSE, COMPLAINT, IMAGERY, THREAT

LONDON = wording.zone("Europe/London")
SUMMER = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
AFTER = datetime(2026, 12, 1, tzinfo=UTC)


def test_times_are_the_schools_and_carry_the_weekday() -> None:
    assert wording.moment(datetime(2026, 11, 25, 11, 0, tzinfo=UTC), LONDON) == "Wed 25 Nov 11:00"
    assert wording.moment(SUMMER, LONDON) == "Wed 1 Jul 00:30"
    assert wording.weekday(SUMMER, LONDON) == "Wed 00:30"


def test_times_do_not_follow_the_language_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locale, "setlocale", lambda *_: "pl_PL")
    assert wording.day(date(2026, 11, 25)) == "Wed 25 Nov"


def test_a_zone_that_does_not_exist_becomes_utc() -> None:
    assert wording.moment(SUMMER, wording.zone("Mars/Olympus")) == "Tue 30 Jun 23:30"


def test_a_time_of_the_same_day_needs_no_day() -> None:
    assert wording.clock(SUMMER, LONDON, now=datetime(2026, 7, 1, 9, tzinfo=UTC)) == "00:30"
    assert wording.clock(SUMMER, LONDON, now=datetime(2026, 6, 30, 9, tzinfo=UTC)) == "Wed 1 Jul 00:30"
    assert wording.clock(SUMMER, LONDON, now=None) == "Wed 1 Jul 00:30"


@pytest.mark.parametrize(
    ("start", "end", "shown"),
    [
        (date(2026, 11, 16), date(2026, 11, 22), "16–22 Nov"),
        (date(2026, 11, 30), date(2026, 12, 6), "30 Nov–6 Dec"),
        (date(2026, 12, 28), date(2027, 1, 3), "28 Dec–3 Jan"),
    ],
)
def test_a_week_is_named_by_its_ends(start: date, end: date, shown: str) -> None:
    assert wording.span(start, end) == shown


@pytest.mark.parametrize(
    ("time", "shown"),
    [
        (timedelta(seconds=5), "1 min"),
        (timedelta(minutes=40), "40 min"),
        (timedelta(hours=5), "5 h"),
        (timedelta(hours=72), "3 days"),
    ],
)
def test_a_span_of_time_is_told_roughly(time: timedelta, shown: str) -> None:
    assert wording.lasting(time) == shown


def test_lists_and_numbers_read_well() -> None:
    assert wording.roles((Role.HEAD,)) == "head"
    assert wording.roles((Role.HEAD, Role.DSL, Role.DPO)) == "head, DSL and data protection officer"
    assert wording.listed([]) == ""
    assert wording.listed(["head", "DSL"], "or") == "head or DSL"
    assert wording.lower("A colleague") == "a colleague"
    assert wording.number(1, "post") == "1 post"
    assert wording.number(1200, "post") == "1,200 posts"
    assert wording.number(2, "story is", "stories are") == "2 stories are"
    assert set(wording.ROLES) == set(Role)
    assert set(wording.GRADES) == set(Severity)


@pytest.mark.parametrize(
    ("severity", "clock", "begins"),
    [
        (Severity.MEDIUM, "answer", "Answer by Sat 28 Nov 16:05. It stands on our own page"),
        (Severity.MEDIUM, "decide", "Decide by Sat 28 Nov 16:05 whether anything is to be said."),
        (Severity.CRITICAL, "decide", "Safety first: whether anything is said in public can wait until Sat"),
        (Severity.MEDIUM, "", ""),
    ],
)
def test_the_promise_says_by_when_and_why(severity: Severity, clock: Clock, begins: str) -> None:
    said = wording.promise(replace(COMPLAINT, severity=severity, clock=clock))
    assert said.startswith(begins)
    assert bool(said) is bool(begins)


@pytest.mark.parametrize(
    ("clock", "said"),
    [
        (
            "answer",
            "Answer or acknowledge it by Sat 28 Nov 16:05, without admitting or denying details in public.",
        ),
        ("decide", "Decide by Sat 28 Nov 16:05 whether to say anything at all."),
        ("", "Look at it. No answer is owed."),
    ],
)
def test_the_first_step_says_by_when(clock: Clock, said: str) -> None:
    assert wording.reply_by(replace(COMPLAINT, clock=clock)) == said


def test_no_due_time_means_no_promise() -> None:
    assert wording.promise(replace(COMPLAINT, due_at=None)) == ""
    assert wording.reply_by(replace(COMPLAINT, due_at=None)) == "Look at it. No answer is owed."


def test_critical_asks_to_read_now() -> None:
    assert wording.ask(THREAT, now=None) == "Please read now. If danger is immediate, ring 999."
    assert wording.ask(IMAGERY, now=None) == "Please read now, in private. If danger is immediate, ring 999."


def test_what_is_owed_is_said_first() -> None:
    assert wording.ask(COMPLAINT, now=None) == "An answer is owed by Sat 28 Nov 16:05."
    assert wording.ask(ABUSE, now=None) == "A decision is needed by Wed 25 Nov 11:04."
    assert (
        wording.ask(COMPLAINT, now=AFTER) == "An answer is owed: the time for it ended on Sat 28 Nov 16:05."
    )
    assert wording.ask(replace(ABUSE, clock=""), now=None) == "Please look at this today."
    assert wording.ask(replace(COMPLAINT, clock=""), now=None) == "For you to look at."


@pytest.mark.parametrize(
    ("reason", "begins"),
    [
        (Reason.GREW, "This story has grown: 14 posts by now."),
        (Reason.WORSENED, "This is graver than what we wrote before."),
        (Reason.REMINDER, "Reminder: nobody has taken this on yet."),
    ],
)
def test_why_we_write_again_comes_first(reason: Reason, begins: str) -> None:
    assert wording.ask(replace(ABUSE, reason=reason), now=None).startswith(begins)


def test_a_reminder_of_an_owed_answer_says_that_time_runs_out() -> None:
    again = replace(COMPLAINT, reason=Reason.REMINDER)
    assert wording.ask(again, now=None).startswith("Reminder: the time is nearly over.")
    assert wording.ask(again, now=AFTER).startswith("An answer is owed: the time for it ended")
    assert wording.ask(replace(again, due_at=None), now=None).startswith(
        "Reminder: nobody has taken this on yet."
    )


def test_how_to_take_charge_stands_before_the_danger() -> None:
    asked = wording.ask(THREAT, now=None, charge="Reply MINE to take charge")
    assert asked == "Please read now. Reply MINE to take charge; if danger is immediate, ring 999."
    assert wording.ask(ABUSE, now=None, charge="Reply MINE to take charge").endswith(
        ". Reply MINE to take charge."
    )


def test_the_voice_of_a_reminder_says_since_when_nobody_has_taken_it_on() -> None:
    again = replace(THREAT, reason=Reason.REMINDER, voice="again")
    now = THREAT.items[0].seen_at + timedelta(minutes=15)
    assert wording.ask(again, now=now).startswith("Reminder: nobody has taken this on since 02:10.")
    assert wording.ask(replace(again, items=()), now=now).startswith(
        "Reminder: nobody has taken this on yet."
    )
    act = wording.ask(replace(again, voice="act_now", restricted=True), now=now, charge="Reply MINE")
    assert act.endswith("otherwise 101. Please read now, in private. Reply MINE.")
    assert wording.ask(replace(again, voice="act_now"), now=now).endswith("otherwise 101. Please read now.")
