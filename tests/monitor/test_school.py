"""A school file gives people, names to mask and a name that people say."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from alerts.base import Role
from alerts.conflicts import conflicts
from monitor.school import mask_names, people, short_name, today
from monitor.settings import Alias, Person, Routing, SchoolFacts, SchoolSettings

NAME = "Holm Nook Community Primary School"


def settings(*persons: Person, **school: Any) -> SchoolSettings:
    return SchoolSettings(school=SchoolFacts(name=NAME, **school), person=persons)


@pytest.mark.parametrize(
    ("name", "short"),
    [
        (NAME, "Holm Nook"),
        ("Holm Nook C of E (VA) Primary School", "Holm Nook"),
        (
            "St Agnes' Roman Catholic Primary School, Ribbleton",
            "St Agnes' Roman Catholic Primary School, Ribbleton",
        ),
        ("Primary School", "Primary"),
    ],
)
def test_the_short_name_leaves_out_what_people_leave_out(name: str, short: str) -> None:
    assert short_name(SchoolFacts(name=name)) == short


def test_the_school_may_say_its_short_name() -> None:
    assert short_name(SchoolFacts(name=NAME, short="The Nook")) == "The Nook"


def test_people_carry_their_roles_and_the_words_that_mean_them() -> None:
    head = Person(
        role=Role.HEAD, roles=(Role.DSL,), name="Zoe Marlowe", mail="head@holmnook.example", names=("Marly",)
    )
    (one,) = people(settings(head))
    assert one.recipient.roles == (Role.HEAD, Role.DSL)
    assert one.recipient.name == "Zoe Marlowe"
    assert conflicts("old marly again", (one,)).addresses == {"head@holmnook.example"}


OUTSIDE = {"outside": {"name": "Red Rose Trust", "mail": "Duty@trust.test"}}
NIGHT = {"out_of_hours": {"name": "Night desk", "mail": "night@authority.test"}}
SAME = {"out_of_hours": {"name": "Red Rose Trust", "mail": "duty@trust.test"}}
A_LEAD = {"out_of_hours": {"name": "the DSL", "mail": "DSL@holmnook.example"}}


@pytest.mark.parametrize(
    ("routing", "expected"),
    [
        ({}, {"head@holmnook.example": ["head"], "dsl@holmnook.example": ["dsl"]}),
        ({**OUTSIDE, **NIGHT}, {"Duty@trust.test": ["outside"], "night@authority.test": ["out_of_hours"]}),
        ({**OUTSIDE, **SAME}, {"Duty@trust.test": ["outside", "out_of_hours"]}),
        (A_LEAD, {"head@holmnook.example": ["head"], "dsl@holmnook.example": ["dsl", "out_of_hours"]}),
    ],
    ids=["none", "two", "one for both", "one of the leads"],
)
def test_contacts_outside_are_known_by_what_they_are(routing: Any, expected: dict[str, list[str]]) -> None:
    head = Person(role=Role.HEAD, mail="head@holmnook.example", substitute="dsl")
    dsl = Person(role=Role.DSL, mail="dsl@holmnook.example", substitute="outside")
    school = settings(head, dsl).model_copy(update={"routing": Routing.model_validate(routing)})
    found = {one.recipient.address: list(one.recipient.roles) for one in people(school)}
    assert found.items() >= expected.items()
    assert len(found) == 2 + len([mail for mail in expected if "holmnook" not in mail])


def test_a_substitute_may_be_a_contact_outside() -> None:
    dsl = Person(role=Role.DSL, mail="dsl@holmnook.example", substitute="outside")
    school = settings(dsl).model_copy(update={"routing": Routing.model_validate(OUTSIDE)})
    assert people(school)[0].presence.substitutes == ("duty@trust.test",)


def test_the_day_is_that_of_the_school() -> None:
    late = datetime(2026, 8, 11, 23, 30, tzinfo=UTC)
    assert today(settings(), late) == date(2026, 8, 12)


def test_staff_are_masked_but_jobs_and_the_school_stay_readable() -> None:
    head = Person(
        role=Role.HEAD,
        name="Zoe Marlowe",
        mail="h@holmnook.example",
        names=("Marly", "the head", "headteacher"),
    )
    office = Person(role=Role.OFFICE, name="School Office", mail="o@holmnook.example")
    nameless = Person(role=Role.DSL, mail="d@holmnook.example")
    facts = settings(head, office, nameless, locality=("Ribbleton",)).model_copy(
        update={"alias": (Alias(kind="handle", any=("@holmnookps",)), Alias(kind="weak", any=("holm nook",)))}
    )
    names = mask_names(facts)
    assert names.people == ("Marly", "Zoe Marlowe")
    assert names.keep == (NAME, "Holm Nook", "Ribbleton")
    assert names.handles == ("@holmnookps",)
