"""Promise: while nobody answers a grave story, the next people hear in time, and never whoever it is about."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from alerts.base import Category, Recipient, Role, Severity
from alerts.circle import CONTACTS, TRUSTED
from alerts.conflicts import NOBODY, About, Presence, Staff, staff
from alerts.ladder import Ladder, Step, climb, due, explain, freeze, thaw, when
from alerts.routing import RESTRICTED, route

C = Category
CRITICAL, HIGH = Severity.CRITICAL, Severity.HIGH
LONDON = ZoneInfo("Europe/London")
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
TODAY = date(2026, 11, 24)
OPENED = datetime(2026, 11, 24, 2, 10, tzinfo=UTC)
CHAIR_JOINS = "the same people again and chair of governors (no more than the category)"
ENDS = "It ends as soon as somebody says mine or closes the story."


def person(who: str, *roles: Role, presence: Presence = Presence()) -> Staff:  # noqa: B008 -- frozen
    return staff(Recipient(address=f"{who}@holmnook.example", roles=roles), (), presence)


PEOPLE = (
    person("head", Role.HEAD),
    person("dsl", Role.DSL),
    person("deputy", Role.DEPUTY_HEAD),
    person("chair", Role.CHAIR),
    person("office", Role.OFFICE, Role.TECHNICIAN),
    person("outside", Role.OUTSIDE),
    person("night", Role.OUT_OF_HOURS),
)


def ladder(
    severity: Severity = CRITICAL,
    lead: Category = C.THREAT_VIOLENCE,
    people: tuple[Staff, ...] = PEOPLE,
    about: About = NOBODY,
) -> Ladder:
    routed = route(severity, (lead,), lead, people=people, about=about, today=TODAY)
    return climb(routed, severity, (lead,), lead, people=people, about=about, today=TODAY)


def who(step: Step) -> str:
    return " ".join(one.address.partition("@")[0] for one in step.recipients)


def test_the_ladder_of_a_critical_story_is_that_of_the_policy() -> None:
    steps = [(step.after / MINUTE, step.voice, who(step)) for step in ladder().steps]
    hours = [
        step
        for hour in range(1, 7)
        for step in (
            (60.0 * hour, "act_now", "head dsl deputy night"),
            (60.0 * hour, "category_only", "chair"),
        )
    ]
    assert steps == [
        (15, "again", "head dsl deputy"),
        (30, "again", "head dsl deputy"),
        (30, "category_only", "chair"),
        *hours,
    ]
    assert [one.address.partition("@")[0] for one in ladder().first] == ["head", "dsl"]


@pytest.mark.parametrize("severity", [Severity.MEDIUM, Severity.LOW, Severity.NONE])
def test_small_stories_have_no_ladder(severity: Severity) -> None:
    assert ladder(severity, C.COMPLAINT_GENERAL).steps == ()


def test_nobody_at_all_has_no_ladder() -> None:
    assert ladder(people=()) == Ladder()
    assert ladder(HIGH, people=()) == Ladder()


def test_a_story_told_once_has_no_ladder() -> None:
    lead = C.THREAT_VIOLENCE
    routed = route(CRITICAL, (lead,), lead, people=PEOPLE, certain=False, child_or_school_word=False)
    assert routed.once
    assert climb(routed, CRITICAL, (lead,), lead, people=PEOPLE).steps == ()
    routed = route(HIGH, (lead,), lead, people=PEOPLE, certain=False, child_or_school_word=False)
    assert climb(routed, HIGH, (lead,), lead, people=PEOPLE).steps == ()


def test_whoever_it_is_about_is_told_once_at_most_and_only_if_nobody_else_is_left() -> None:
    alone = PEOPLE[:1]
    about = About(addresses=frozenset({"head@holmnook.example"}), roles=frozenset({Role.HEAD}))
    for severity in (HIGH, CRITICAL):
        found = ladder(severity, C.STAFF_ALLEGATION, alone, about)
        assert [one.roles for one in found.first] == [(Role.HEAD,)]
        assert found.steps == ()


@given(
    lead=st.sampled_from(Category),
    severity=st.sampled_from([HIGH, CRITICAL]),
    chosen=st.sets(st.sampled_from(PEOPLE), min_size=1),
    concerned=st.sets(st.sampled_from(PEOPLE)),
    away=st.sets(st.sampled_from(PEOPLE)),
    unclear=st.booleans(),
)
def test_no_step_reaches_whoever_it_is_about_nor_whoever_may_not_read_it(
    lead: Category,
    severity: Severity,
    chosen: set[Staff],
    concerned: set[Staff],
    away: set[Staff],
    *,
    unclear: bool,
) -> None:
    gone = Presence(away=((TODAY, TODAY),), substitutes=("office@holmnook.example", "chair@holmnook.example"))
    people = tuple(
        staff(one.recipient, (), gone) if one in away else one
        for one in sorted(chosen, key=lambda one: one.address)
    )
    about = About(
        addresses=frozenset(one.address for one in concerned),
        roles=frozenset(role for one in concerned for role in one.recipient.roles),
        unclear=unclear,
    )
    found = ladder(severity, lead, people, about)
    first = {one.address for one in found.first}
    for step in found.steps:
        assert step.recipients
        addresses = [one.address for one in step.recipients]
        assert len(set(addresses)) == len(addresses)
        assert not about.addresses & set(addresses)
        if severity is CRITICAL or lead in RESTRICTED:
            trusted = {*TRUSTED, *CONTACTS}
            assert all(set(one.roles) & trusted or one.address in first for one in step.recipients)


@pytest.mark.parametrize(
    ("opened", "again"),
    [
        ("2026-11-24T09:00", "2026-11-24T13:00"),
        ("2026-11-24T17:00", "2026-11-24T21:00"),
        ("2026-11-24T17:01", "2026-11-25T07:01"),
        ("2026-11-24T20:30", "2026-11-25T10:30"),
        ("2026-11-24T02:00", "2026-11-24T11:00"),
        ("2026-11-24T23:00", "2026-11-25T11:00"),
        ("2027-03-27T19:00", "2027-03-28T09:00"),
    ],
)
def test_a_high_story_is_told_again_after_four_waking_hours(opened: str, again: str) -> None:
    (step,) = ladder(HIGH).steps
    assert (step.after, step.waking, step.voice) == (4 * HOUR, True, "again")
    start = datetime.fromisoformat(opened).replace(tzinfo=LONDON)
    assert when(step, start, LONDON) == datetime.fromisoformat(again).replace(tzinfo=LONDON)


def test_the_ladder_of_a_critical_story_takes_no_heed_of_the_night_nor_of_changing_clocks() -> None:
    step = ladder().steps[-1]
    opened = datetime(2027, 3, 27, 22, 0, tzinfo=LONDON)
    assert when(step, opened, LONDON) - opened.astimezone(UTC) == 6 * HOUR


def test_what_is_due_is_known_from_the_time_alone() -> None:
    found = ladder()
    assert due(found, OPENED, OPENED + 14 * MINUTE, LONDON) == ()
    assert due(found, OPENED, OPENED + 15 * MINUTE, LONDON) == found.steps[:1]
    assert due(found, OPENED, OPENED + 30 * MINUTE, LONDON) == found.steps[:3]
    assert due(found, OPENED, OPENED + 9 * HOUR, LONDON) == found.steps


@pytest.mark.parametrize("found", [ladder(), ladder(HIGH), Ladder()], ids=["critical", "high", "none"])
def test_a_ladder_comes_out_of_the_database_as_it_went_in(found: Ladder) -> None:
    assert thaw(json.loads(json.dumps(freeze(found)))) == found


def test_what_is_no_ladder_is_refused() -> None:
    with pytest.raises(ValidationError):
        thaw({"steps": [{"after": "PT1H", "recipients": [], "voice": "shout"}]})


def test_a_ladder_is_explained_in_sentences() -> None:
    assert explain(ladder(), OPENED + 20 * MINUTE, OPENED, LONDON) == (
        "First mail Tue 24 Nov 02:10 to head and DSL.",
        "Due since Tue 24 Nov 02:25: the same people again and deputy head.",
        f"Next, in 10 min, Tue 24 Nov 02:40: {CHAIR_JOINS}; nobody has answered.",
        "Then Tue 24 Nov 03:10: the same people again and out-of-hours contact.",
        "Then every hour from Tue 24 Nov 04:10 to Tue 24 Nov 08:10: the same people again.",
        ENDS,
    )


def test_the_hour_in_which_anybody_must_act_is_explained() -> None:
    lines = explain(ladder(people=PEOPLE[:2]), OPENED + 31 * MINUTE, OPENED, LONDON)
    assert lines[3:] == (
        "Next, in 29 min, Tue 24 Nov 03:10: the same people again; nobody has answered, so whoever reads it first must act.",
        "Then every hour from Tue 24 Nov 04:10 to Tue 24 Nov 08:10: the same people again.",
        ENDS,
    )


def test_a_high_story_is_explained() -> None:
    assert explain(ladder(HIGH, C.COMPLAINT_GENERAL), OPENED, OPENED, LONDON) == (
        "First mail Tue 24 Nov 02:10 to head.",
        "Next, in 9 h, Tue 24 Nov 11:00: the same people again; nobody has answered within four waking hours.",
        ENDS,
    )


def test_the_end_and_the_lack_of_a_ladder_are_explained() -> None:
    assert explain(ladder(), OPENED + 7 * HOUR, OPENED, LONDON)[-2:] == ("Everything has been said.", ENDS)
    assert explain(Ladder(), OPENED, OPENED, LONDON) == (
        "First mail Tue 24 Nov 02:10 to nobody.",
        "Nobody is told again: only critical and high stories are, if nobody answers.",
    )


def test_no_explanation_names_a_person_or_an_address() -> None:
    named = tuple(
        staff(Recipient(address=one.address, roles=one.recipient.roles, name="Zoe Marlowe")) for one in PEOPLE
    )
    told = " ".join(explain(ladder(people=named), OPENED, OPENED, LONDON))
    assert "Marlowe" not in told
    assert "@" not in told
