"""The right people hear, in time, and nobody hears of a post about themselves; never does nobody hear."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.base import Category, Recipient, Role, Severity
from alerts.circle import CONTACTS, TRUSTED
from alerts.conflicts import NOBODY, About, Presence, Staff, conflicts, staff
from alerts.routing import (
    OWNERS,
    Routed,
    cautions,
    digest_readers,
    health_readers,
    not_before,
    problems,
    route,
)

C = Category
CRITICAL, HIGH, MEDIUM, LOW = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW


def person(who: str, *roles: Role, names: tuple[str, ...] = ()) -> Staff:
    return staff(Recipient(address=f"{who}@holmnook.example", roles=roles), names)


FULL = (
    person("head", Role.HEAD, names=("Marlowe",)),
    person("dsl", Role.DSL, names=("Brown",)),
    person("ddsl", Role.DEPUTY_DSL),
    person("ddsl2", Role.DEPUTY_DSL),
    person("deputy", Role.DEPUTY_HEAD),
    person("chair", Role.CHAIR),
    person("office", Role.OFFICE),
    person("comms", Role.COMMS),
    person("dpo", Role.DPO),
    person("senco", Role.SENCO),
    person("tech", Role.TECHNICIAN),
)


def told(routed: Routed) -> set[str]:
    return {one.address.partition("@")[0] for one in routed.recipients}


def said(
    severity: Severity,
    lead: Category,
    text: str = "",
    *others: Category,
    people: tuple[Staff, ...] = FULL,
    certain: bool = True,
    word: bool = True,
) -> Routed:
    return route(
        severity,
        (lead, *others),
        lead,
        people=people,
        about=conflicts(text, people),
        certain=certain,
        child_or_school_word=word,
    )


ROUTES = {
    "a threat": (CRITICAL, C.THREAT_VIOLENCE, "", {"head", "dsl", "ddsl", "ddsl2"}),
    "a child at risk": (CRITICAL, C.CHILD_SAFEGUARDING, "", {"head", "dsl", "ddsl", "ddsl2"}),
    "a critical privacy breach": (CRITICAL, C.PRIVACY_DATA_BREACH, "", {"head", "dsl", "ddsl", "ddsl2"}),
    "a critical post about the head by name": (
        CRITICAL,
        C.THREAT_VIOLENCE,
        "Marlowe",
        {"dsl", "ddsl", "ddsl2"},
    ),
    "a critical post about the DSL by name": (
        CRITICAL,
        C.CHILD_SAFEGUARDING,
        "Brown",
        {"head", "ddsl", "ddsl2"},
    ),
    "a critical post about an unnamed head": (
        CRITICAL,
        C.CHILD_SAFEGUARDING,
        "the headteacher",
        {"dsl", "ddsl", "ddsl2", "chair"},
    ),
    "a critical post about somebody in charge": (
        CRITICAL,
        C.CHILD_SAFEGUARDING,
        "somebody in charge",
        {"head", "dsl", "ddsl", "ddsl2", "chair"},
    ),
    "an allegation about a teacher": (CRITICAL, C.STAFF_ALLEGATION, "", {"head", "dsl"}),
    "a low-level concern": (HIGH, C.STAFF_ALLEGATION, "", {"head", "dsl"}),
    "a small concern about an adult": (LOW, C.STAFF_ALLEGATION, "", {"head", "dsl"}),
    "an allegation about the head": (CRITICAL, C.STAFF_ALLEGATION, "Marlowe", {"chair", "dsl"}),
    "an allegation about an unnamed head": (HIGH, C.STAFF_ALLEGATION, "the head", {"chair", "dsl"}),
    "an allegation about somebody in charge": (CRITICAL, C.STAFF_ALLEGATION, "SLT", {"chair", "dsl"}),
    "an allegation about the DSL": (CRITICAL, C.STAFF_ALLEGATION, "Brown", {"head"}),
    "a worry about a child": (HIGH, C.CHILD_SAFEGUARDING, "", {"head", "dsl", "ddsl", "ddsl2"}),
    "an unnamed head and a worry": (HIGH, C.CHILD_SAFEGUARDING, "the head", {"dsl", "ddsl", "ddsl2"}),
    "a small worry about a child": (LOW, C.CHILD_SAFEGUARDING, "", {"head", "dsl", "ddsl", "ddsl2"}),
    "personal data": (HIGH, C.PRIVACY_DATA_BREACH, "", {"head", "dpo"}),
    "special needs": (MEDIUM, C.SEND_INCLUSION, "", {"head", "senco"}),
    "special needs, about the SENCO": (MEDIUM, C.SEND_INCLUSION, "the senco", {"head"}),
    "extremism": (HIGH, C.EXTREMISM_PREVENT, "", {"head", "dsl"}),
    "hate": (HIGH, C.DISCRIMINATION_HATE, "", {"head"}),
    "a complaint": (MEDIUM, C.COMPLAINT_GENERAL, "", {"head"}),
    "a complaint about the head": (MEDIUM, C.COMPLAINT_GENERAL, "Marlowe", {"chair"}),
    "a complaint about a fine": (MEDIUM, C.ATTENDANCE_ADMISSIONS, "", {"head", "office"}),
    "a campaign": (MEDIUM, C.CAMPAIGN_INDUSTRIAL, "", {"head", "chair"}),
    "a question": (LOW, C.QUERY_INFO, "", {"office"}),
    "a grumble": (LOW, C.COMPLAINT_GENERAL, "", {"office"}),
    "a question about the head": (LOW, C.QUERY_INFO, "Marlowe", {"office"}),
    "praise that asks something": (LOW, C.PRAISE_COMMUNITY, "", {"comms"}),
    "a listing in the press": (LOW, C.MEDIA_INSPECTION, "", {"comms"}),
    "nothing much": (Severity.NONE, C.QUERY_INFO, "", {"office"}),
}


@pytest.mark.parametrize(("severity", "lead", "text", "who"), ROUTES.values(), ids=ROUTES)
def test_each_story_reaches_those_who_act_on_it(
    severity: Severity, lead: Category, text: str, who: set[str]
) -> None:
    assert told(said(severity, lead, text)) == who


@pytest.mark.parametrize("category", list(Category))
def test_the_head_hears_of_everything_that_is_high(category: Category) -> None:
    assert "head" in told(said(HIGH, category))
    owners = set(OWNERS.get(category, ()))
    assert owners <= set(said(HIGH, category).roles) | {Role.DEPUTY_DSL}


def test_an_allegation_in_second_place_keeps_the_circle_small() -> None:
    routed = said(CRITICAL, C.THREAT_VIOLENCE, "", C.STAFF_ALLEGATION)
    assert told(routed) == {"head", "dsl"}
    assert routed.restricted


@pytest.mark.parametrize("category", list(Category))
def test_safeguarding_and_allegations_are_restricted(category: Category) -> None:
    restricted = category in {C.CHILD_SAFEGUARDING, C.STAFF_ALLEGATION}
    assert said(HIGH, category).restricted is restricted


def test_a_place_that_is_not_certain_goes_to_the_duty_lead_alone() -> None:
    assert told(said(CRITICAL, C.THREAT_VIOLENCE, certain=False, word=False)) == {"head"}
    assert told(said(CRITICAL, C.THREAT_VIOLENCE, "Marlowe", certain=False, word=False)) == {"dsl"}
    assert told(said(CRITICAL, C.THREAT_VIOLENCE, certain=False)) == {"head", "dsl", "ddsl", "ddsl2"}
    assert told(said(CRITICAL, C.THREAT_VIOLENCE, word=False)) == {"head", "dsl", "ddsl", "ddsl2"}


def test_the_roles_told_are_those_that_were_asked_for() -> None:
    both = person("both", Role.HEAD, Role.SENCO)
    assert said(MEDIUM, C.COMPLAINT_GENERAL, people=(both,)).roles == (Role.HEAD,)
    assert said(CRITICAL, C.THREAT_VIOLENCE).roles == (Role.HEAD, Role.DSL, Role.DEPUTY_DSL)


def test_recipients_are_named_in_the_order_of_their_highest_role() -> None:
    people = (person("dsl", Role.DSL), person("both", Role.OFFICE, Role.HEAD))
    assert [one.address[:3] for one in said(CRITICAL, C.THREAT_VIOLENCE, people=people).recipients] == [
        "bot",
        "dsl",
    ]


def test_one_person_gets_one_message_however_many_roles_and_rows_they_have() -> None:
    people = (person("a", Role.HEAD, Role.DSL), person("A", Role.DEPUTY_DSL), person("b", Role.DSL))
    recipients = said(CRITICAL, C.THREAT_VIOLENCE, people=people).recipients
    assert [one.address for one in recipients] == ["a@holmnook.example", "b@holmnook.example"]


def test_a_shared_mailbox_does_not_reach_the_person_concerned() -> None:
    people = (
        person("team", Role.HEAD, names=("Marlowe",)),
        person("team", Role.DSL),
        person("chair", Role.CHAIR),
    )
    assert told(said(CRITICAL, C.STAFF_ALLEGATION, "Marlowe", people=people)) == {"chair"}


def test_a_head_who_is_also_dsl_is_left_out_as_both() -> None:
    people = (person("both", Role.HEAD, Role.DSL), person("chair", Role.CHAIR), person("office", Role.OFFICE))
    assert told(said(CRITICAL, C.STAFF_ALLEGATION, "the headteacher", people=people)) == {"chair"}
    assert told(said(CRITICAL, C.STAFF_ALLEGATION, "somebody in charge", people=people)) == {"chair"}
    assert told(said(CRITICAL, C.THREAT_VIOLENCE, "somebody in charge", people=people)) == {"both", "chair"}


STAND_INS = {
    "no DSL at all": (CRITICAL, C.CHILD_SAFEGUARDING, "", (Role.HEAD, Role.OFFICE), {Role.HEAD}, False),
    "no office": (LOW, C.QUERY_INFO, "", (Role.HEAD, Role.COMMS), {Role.COMMS}, False),
    "neither office nor communications": (LOW, C.QUERY_INFO, "", (Role.HEAD, Role.DSL), {Role.HEAD}, False),
    "a complaint, no head": (MEDIUM, C.COMPLAINT_GENERAL, "", (Role.DSL, Role.DEPUTY_HEAD), {Role.DEPUTY_HEAD}, False),
    "a complaint, only the office": (MEDIUM, C.COMPLAINT_GENERAL, "", (Role.OFFICE, Role.DPO), {Role.OFFICE}, False),
    "about the head, no chair": (
        MEDIUM, C.COMPLAINT_GENERAL, "the headteacher", (Role.HEAD, Role.DEPUTY_HEAD), {Role.DEPUTY_HEAD}, False
    ),
    "critical, only a chair": (CRITICAL, C.THREAT_VIOLENCE, "", (Role.CHAIR, Role.DEPUTY_HEAD), {Role.CHAIR}, False),
    "critical, only the office": (CRITICAL, C.THREAT_VIOLENCE, "", (Role.OFFICE, Role.SENCO), {Role.OFFICE}, True),
    "an allegation, only the office": (HIGH, C.STAFF_ALLEGATION, "", (Role.OFFICE,), {Role.OFFICE}, True),
    "everybody is meant": (CRITICAL, C.STAFF_ALLEGATION, "the headteacher", (Role.HEAD,), {Role.HEAD}, True),
}  # fmt: skip


@pytest.mark.parametrize(
    ("severity", "lead", "text", "roles", "who", "last"), STAND_INS.values(), ids=STAND_INS
)
def test_somebody_always_stands_in(
    severity: Severity, lead: Category, text: str, roles: tuple[Role, ...], who: set[Role], *, last: bool
) -> None:
    people = tuple(person(role.value, role) for role in roles)
    routed = said(severity, lead, text, people=people)
    assert {role for one in routed.recipients for role in one.roles} == who
    assert set(routed.roles) == who
    assert routed.last_resort is last


@pytest.mark.parametrize("severity", list(Severity))
@pytest.mark.parametrize("category", list(Category))
def test_the_technician_hears_of_no_story(severity: Severity, category: Category) -> None:
    tech = (person("tech", Role.TECHNICIAN),)
    assert said(severity, category, people=tech).recipients == ()
    assert "tech" not in told(said(severity, category))


@given(
    severity=st.sampled_from(Severity),
    categories=st.lists(st.sampled_from(Category), min_size=1, max_size=4),
    chosen=st.sets(st.sampled_from(FULL[:-1]), min_size=1),
    concerned=st.sets(st.sampled_from(FULL)),
    unclear=st.booleans(),
    certain=st.booleans(),
    word=st.booleans(),
)
def test_somebody_hears_and_never_the_person_concerned_while_another_is_left(  # noqa: PLR0917 -- hypothesis calls by keyword
    severity: Severity,
    categories: list[Category],
    chosen: set[Staff],
    concerned: set[Staff],
    unclear: bool,  # noqa: FBT001 -- as above
    certain: bool,  # noqa: FBT001 -- as above
    word: bool,  # noqa: FBT001 -- as above
) -> None:
    about = About(
        addresses=frozenset(one.recipient.address for one in concerned),
        roles=frozenset(role for one in concerned for role in one.recipient.roles),
        unclear=unclear,
    )
    routed = route(
        severity, categories, categories[0], people=tuple(chosen), about=about,
        certain=certain, child_or_school_word=word,
    )  # fmt: skip
    addresses = [one.address for one in routed.recipients]
    assert addresses
    assert len(set(addresses)) == len(addresses)
    assert set(routed.roles) <= {role for one in routed.recipients for role in one.roles}
    assert not about.addresses & set(addresses) or routed.last_resort


OUTSIDERS = (person("outside", Role.OUTSIDE), person("night", Role.OUT_OF_HOURS))
TODAY = date(2026, 12, 24)


@given(
    severity=st.sampled_from(Severity),
    lead=st.sampled_from(Category),
    chosen=st.sets(st.sampled_from(FULL[:-1]), min_size=1),
    outsiders=st.sets(st.sampled_from(OUTSIDERS)),
    concerned=st.sets(st.sampled_from(FULL)),
    away=st.sets(st.sampled_from(FULL)),
    substitutes=st.lists(st.sampled_from((*FULL, *OUTSIDERS)), max_size=3),
)
def test_whoever_is_away_and_whoever_stands_in_somebody_hears_who_may(  # noqa: PLR0917 -- hypothesis calls by keyword
    severity: Severity,
    lead: Category,
    chosen: set[Staff],
    outsiders: set[Staff],
    concerned: set[Staff],
    away: set[Staff],
    substitutes: list[Staff],
) -> None:
    gone = Presence(away=((TODAY, TODAY),), substitutes=tuple(one.address for one in substitutes))
    people = [
        dataclasses.replace(one, presence=gone) if one in away else one for one in (*chosen, *outsiders)
    ]
    about = About(
        addresses=frozenset(one.address for one in concerned),
        roles=frozenset(role for one in concerned for role in one.recipient.roles),
    )
    routed = route(severity, (lead,), lead, people=people, about=about, today=TODAY)
    told = {one.address: set(one.roles) for one in routed.recipients}
    assert told
    if routed.last_resort:
        return
    assert not about.addresses & told.keys()
    if severity is CRITICAL or routed.restricted:
        assert all(roles & {*TRUSTED, *CONTACTS} for roles in told.values())
        assert not {one.address for one in away} & told.keys()


def test_it_is_told_why_these_people() -> None:
    assert said(CRITICAL, C.STAFF_ALLEGATION).why == "told: head, DSL"
    assert said(MEDIUM, C.COMPLAINT_GENERAL, "Marlowe").why == (
        "told: chair; not told, because the post may be about them: head"
    )
    assert said(LOW, C.QUERY_INFO, people=FULL[:1]).why == "none of office, comms can be told; head stands in"
    assert said(CRITICAL, C.THREAT_VIOLENCE, people=(FULL[5],)).why == (
        "none of head, DSL, deputy DSL can be told; chair stands in"
    )
    assert said(HIGH, C.STAFF_ALLEGATION, "Marlowe", people=FULL[:1]).why.startswith("nobody is left")


@dataclass(frozen=True)
class Times:
    """A calendar with one bundle and one end of the night."""

    bundle: datetime
    day: datetime

    def next_bundle(self, now: datetime, *, owed: bool) -> datetime:
        return self.bundle if owed else self.bundle + timedelta(days=2)

    def end_of_quiet(self, now: datetime) -> datetime:
        return self.day


NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
NIGHT = Times(bundle=NOW + 5.5 * HOUR, day=NOW + 5 * HOUR)


def test_critical_goes_out_at_any_hour() -> None:
    assert not_before(CRITICAL, NOW, NIGHT) == NOW


def test_high_waits_for_the_end_of_the_night() -> None:
    assert not_before(HIGH, NOW, NIGHT, due_at=NOW + HOUR) == NOW + 5 * HOUR


@pytest.mark.parametrize("severity", [MEDIUM, LOW])
def test_the_rest_waits_for_a_bundle(severity: Severity) -> None:
    assert not_before(severity, NOW, NIGHT, due_at=NOW + 24 * HOUR) == NOW + 5.5 * HOUR
    assert not_before(severity, NOW, NIGHT) == NOW + 53.5 * HOUR


@pytest.mark.parametrize(
    ("received", "due", "wait"),
    [
        (NOW, NOW + 11 * HOUR, 5.5),
        (NOW, NOW + 10.9 * HOUR, 5.0),
        (None, NOW + 10.9 * HOUR, 5.0),
        (NOW - 10 * HOUR, NOW + 14 * HOUR, 5.0),
        (NOW - 10 * HOUR, NOW - HOUR, 5.0),
    ],
)
def test_what_would_lose_half_its_time_goes_out_by_day(
    received: datetime | None, due: datetime, wait: float
) -> None:
    assert not_before(LOW, NOW, NIGHT, received=received, due_at=due) == NOW + wait * HOUR


def test_going_out_at_once_is_never_later_than_the_bundle() -> None:
    times = Times(bundle=NOW + HOUR, day=NOW + 5 * HOUR)
    assert not_before(LOW, NOW, times, due_at=NOW + HOUR) == NOW + HOUR


def test_the_technician_hears_that_the_watch_is_ill() -> None:
    assert [one.address for one in health_readers(FULL)] == ["tech@holmnook.example"]
    assert [one.address for one in health_readers(FULL[:-1])] == ["office@holmnook.example"]
    assert [one.address for one in health_readers(FULL[:2])] == ["head@holmnook.example"]
    assert [one.address for one in health_readers(FULL[8:9])] == ["dpo@holmnook.example"]
    assert health_readers(()) == ()


def test_the_digest_goes_to_the_leadership_and_a_bare_one_to_the_chair() -> None:
    assert {one.address.partition("@")[0] for one in digest_readers(FULL)} == {
        "head",
        "dsl",
        "ddsl",
        "ddsl2",
        "deputy",
    }
    assert [one.address for one in digest_readers(FULL, governors=True)] == ["chair@holmnook.example"]
    assert [one.address for one in digest_readers(FULL[6:7])] == ["office@holmnook.example"]
    assert digest_readers(FULL[6:7], governors=True) == ()


PROBLEMS: dict[str, tuple[tuple[tuple[Role, ...], ...], list[str]]] = {
    "a full school": (((Role.HEAD,), (Role.DSL,), (Role.CHAIR,)), []),
    "head and deputy head": (((Role.HEAD,), (Role.DEPUTY_HEAD,)), []),
    "one person for both, and a chair": (((Role.HEAD, Role.DSL), (Role.CHAIR,)), []),
    "the head alone": (((Role.HEAD,),), ["is about the head", "head is away"]),
    "the head and the office": (((Role.HEAD,), (Role.OFFICE,)), ["is about the head", "head is away"]),
    "one person for everything": (
        ((Role.HEAD, Role.DSL),),
        ["is about the head", "is about the DSL", "head is away"],
    ),
    "a chair alone": (((Role.CHAIR,),), ["chair is away"]),
    "the office alone": (((Role.OFFICE,),), ["nobody hears of a critical post"]),
    "a deputy DSL alone": (((Role.DEPUTY_DSL,),), ["is about the deputy DSL", "deputy DSL is away"]),
    "a DSL who is deputy head, and the office": (
        ((Role.DSL, Role.DEPUTY_HEAD), (Role.OFFICE,)),
        ["is about the DSL", "DSL is away"],
    ),
    "head and outside substitute": (((Role.HEAD,), (Role.OUTSIDE,)), []),
    "head and out-of-hours contact": (((Role.HEAD,), (Role.OUT_OF_HOURS,)), []),
    "the outside substitute alone": (((Role.OUTSIDE,),), ["nobody hears of a critical post"]),
    "an unnamed head, and nobody else": (
        ((Role.HEAD,), (Role.TECHNICIAN,)),
        ["is about the head", "head is away"],
    ),
    "nobody": ((), ["nobody hears of a critical post"]),
}


@pytest.mark.parametrize(("roles", "expected"), PROBLEMS.values(), ids=PROBLEMS)
def test_a_school_learns_before_it_matters_that_nobody_would_hear(
    roles: tuple[tuple[Role, ...], ...], expected: list[str]
) -> None:
    people = tuple(person(str(number), *several) for number, several in enumerate(roles))
    found = problems(people)
    assert len(found) == len(expected)
    assert all(words in problem for words, problem in zip(expected, found, strict=True))


NIGHT_MAIL, TWO_AWAY, UNCLEAR = "at night may not be read", "are away at once", "unclear whom a post is about"
CAUTIONS: dict[str, tuple[tuple[tuple[Role, ...], ...], list[str]]] = {
    "a full school": (((Role.HEAD,), (Role.DSL,), (Role.CHAIR,)), []),
    "head and chair": (((Role.HEAD,), (Role.CHAIR,)), [NIGHT_MAIL, TWO_AWAY]),
    "head and chair and somebody for the night": (
        ((Role.HEAD,), (Role.CHAIR,), (Role.OUT_OF_HOURS,)),
        ["there is one safeguarding lead: add"],
    ),
    "chair and deputy head": (
        ((Role.CHAIR,), (Role.DEPUTY_HEAD,)),
        ["there is no safeguarding lead", TWO_AWAY],
    ),
    "all leads are one person": (
        ((Role.HEAD, Role.DSL, Role.DEPUTY_DSL), (Role.CHAIR,)),
        [
            "there is one safeguarding lead, and nobody for the hours",
            "if the head and the chair are away at once",
        ],
    ),
    "head and DSL": (((Role.HEAD,), (Role.DSL,)), ["if the head and the DSL are away at once", UNCLEAR]),
    "head, DSL and outside substitute": (((Role.HEAD,), (Role.DSL,), (Role.OUTSIDE,)), []),
    "three leads": (((Role.HEAD,), (Role.DSL,), (Role.DEPUTY_DSL,)), [UNCLEAR]),
    "nobody": ((), []),
    "the head alone": (((Role.HEAD,),), []),
}


@pytest.mark.parametrize(("roles", "expected"), CAUTIONS.values(), ids=CAUTIONS)
def test_a_school_learns_before_it_matters_that_hardly_anybody_would_hear(
    roles: tuple[tuple[Role, ...], ...], expected: list[str]
) -> None:
    found = cautions(tuple(person(str(number), *several) for number, several in enumerate(roles)))
    assert len(found) == len(expected)
    assert all(words in caution for words, caution in zip(expected, found, strict=True))


def test_absences_entered_for_a_while_do_not_change_what_is_played_through() -> None:
    always = Presence(away=((date(2000, 1, 1), date(2100, 1, 1)),))
    people = tuple(dataclasses.replace(one, presence=always) for one in FULL)
    assert problems(people) == cautions(people) == []


def test_nobody_is_meant_unless_told() -> None:
    assert route(CRITICAL, (C.STAFF_ALLEGATION,), C.STAFF_ALLEGATION, people=FULL) == route(
        CRITICAL, (C.STAFF_ALLEGATION,), C.STAFF_ALLEGATION, people=FULL, about=NOBODY
    )
