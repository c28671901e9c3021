"""A school file gives people, names to mask and a name that people say."""

from __future__ import annotations

from typing import Any

import pytest

from alerts.base import Role
from alerts.conflicts import conflicts
from monitor.school import mask_names, people, short_name
from monitor.settings import Alias, Person, SchoolFacts, SchoolSettings

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
