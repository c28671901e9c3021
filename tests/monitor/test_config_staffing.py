"""Promise: people, substitutes and the duty rota fit together, or the mistake is told with its place and a way out."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from monitor.school import people
from tests.monitor.configurations import SCHOOL, changed, loaded, problems, settle

FILE = "schools/holm-nook.toml: "
HEAD = 'mail = "head@school.test"\n'
DSL = 'mail = "dsl@school.test"\n'
CHAIR = 'mail = "chair@school.test"\n'
OFFICE = '[[person]]\nrole = "office"\nmail = "office@school.test"\n[[person]]\nrole = "technician"\nmail = "tech@school.test"\n'
HOLIDAY = 'away = [["2026-12-21", "2027-01-04"]]\n'
TRUSTED = "head, DSL, deputy DSL, chair, deputy head"


@pytest.fixture(autouse=True)
def _beside_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(tmp_path, monkeypatch)


def school(*, head: str = "", dsl: str = "", chair: str = "", routing: str = "") -> str:
    found = changed(SCHOOL, HEAD, HEAD + head)
    found = changed(found, DSL, DSL + dsl)
    found = changed(found, CHAIR, CHAIR + chair)
    return changed(found, "[governance]", f"{OFFICE}{routing}\n[governance]")


def turn(first: str, last: str, who: str = "dsl@school.test") -> str:
    return f'[[routing.duty]]\nfrom = {first}\nto = {last}\nperson = "{who}"\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(
            school(head='substitute = "dls"\n'),
            "person[1].substitute: nobody has this role, got 'dls'; did you mean 'dsl'?",
            id="a role that is none",
        ),
        pytest.param(
            school(head='substitute = "senco"\n'),
            "person[1].substitute: nobody has this role, got 'senco'; there are: head, dsl, deputy_head, chair, office, technician",
            id="a role that nobody has",
        ),
        pytest.param(
            school(head='substitute = "dls@school.test"\n'),
            "person[1].substitute: nobody has this address, got 'dls@school.test'; did you mean 'dsl@school.test'?",
            id="an address that nobody has",
        ),
        pytest.param(
            school(head='substitute = "head"\n'),
            "person[1].substitute: nobody else is that: name somebody else; there are: dsl, deputy_head, chair, office, technician",
            id="oneself by role",
        ),
        pytest.param(
            school(chair='substitute = "Chair@school.test"\n'),
            "person[3].substitute: nobody else is that: name somebody else; there are: head, dsl, deputy_head, office, technician",
            id="oneself by address",
        ),
        pytest.param(
            school(dsl='substitute = "office"\n'),
            f"person[2].substitute: the office may not read what goes to the DSL: name one of {TRUSTED}",
            id="somebody who may not read it",
        ),
        pytest.param(
            school(dsl='substitute = "technician"\n'),
            f"person[2].substitute: the technician may not read what goes to the DSL: name one of {TRUSTED}",
            id="the technician",
        ),
        pytest.param(
            school(head='substitute = "dsl"\n', dsl='substitute = "head"\n'),
            "person[1].substitute: person[1] and person[2] stand in for each other in a circle: if all are away, nobody does; give one of them another substitute",
            id="two for each other",
        ),
        pytest.param(
            school(
                head='substitute = "chair"\n',
                dsl='substitute = "head"\n',
                chair='substitute = "dsl@school.test"\n',
            ),
            "person[1].substitute: person[1] and person[2] and person[3] stand in for each other in a circle: if all are away, nobody does; give one of them another substitute",
            id="three for each other",
        ),
        pytest.param(
            school(chair='substitute = "head"\n', head='substitute = "dsl"\n', dsl='substitute = "head"\n'),
            "person[1].substitute: person[1] and person[2] stand in for each other in a circle: if all are away, nobody does; give one of them another substitute",
            id="a way into a circle",
        ),
        pytest.param(
            school(head='away = [["2027-01-04", "2026-12-21"]]\n'),
            "person[1].away[1]: ends on 2026-12-21 before it begins on 2027-01-04; swap the two",
            id="backwards",
        ),
        pytest.param(
            school(head='away = [["2026-12-21", "2027-01-04"], [2027-01-04, 2027-01-05]]\n'),
            "person[1].away: entries 1 and 2 both hold 2027-01-04: join them, or let one end the day before",
            id="twice the same day",
        ),
        pytest.param(
            school(head='away = [["2026-12-21", "soon"]]\n'),
            "person[1].away[1][2]: expected a date such as 2026-11-01, without quotes, got 'soon'",
            id="no date",
        ),
        pytest.param(
            school(routing=turn("2026-12-27", "2026-12-21")),
            "routing.duty[1]: ends on 2026-12-21 before it begins on 2026-12-27; swap the two",
            id="a turn backwards",
        ),
        pytest.param(
            school(routing=turn("2026-12-21", "2026-12-27") + turn("2026-12-27", "2027-01-03")),
            "routing.duty: entries 1 and 2 both hold 2026-12-27: join them, or let one end the day before",
            id="two turns at once",
        ),
        pytest.param(
            school(routing=turn("2026-12-21", "2026-12-27", "dls@school.test")),
            "routing.duty[1].person: nobody has this address, got 'dls@school.test'; did you mean 'dsl@school.test'?",
            id="a turn of nobody",
        ),
        pytest.param(
            school(routing=turn("2026-12-21", "2026-12-27", "x@y.test")),
            "routing.duty[1].person: nobody has this address, got 'x@y.test'; give the mail of one of [[person]]",
            id="a turn of somebody else",
        ),
        pytest.param(
            school(routing=turn("2026-12-21", "2026-12-27", "office@school.test")),
            f"routing.duty[1].person: the office may not read critical posts: name one of {TRUSTED}",
            id="a turn of the office",
        ),
        pytest.param(
            school(routing='[routing]\noutside = { name = "Duty", mail = "Chair@school.test" }\n'),
            "routing.outside.mail: that is person[3]: name somebody outside the school, such as the local authority's duty officer",
            id="an outside substitute inside",
        ),
        pytest.param(
            school(routing='[routing]\nout_of_hours = { name = "Office", mail = "office@school.test" }\n'),
            f"routing.out_of_hours.mail: the office may not read critical posts: name one of {TRUSTED}, or somebody outside",
            id="the office at night",
        ),
        pytest.param(
            school(routing='[routing]\noutsider = { name = "Duty", mail = "d@y.test" }\n'),
            "routing.outsider: unknown key; did you mean 'outside'?",
            id="an unknown key",
        ),
        pytest.param(
            school(routing='[routing]\noutside = "d@y.test"\n'),
            "routing.outside: expected a table such as [outside], got 'd@y.test'",
            id="an address instead of a contact",
        ),
        pytest.param(
            school(routing='[routing]\noutside = { mail = "d@y.test" }\n'),
            "routing.outside.name: is missing",
            id="no name",
        ),
        pytest.param(
            changed(SCHOOL, 'role = "chair"', 'role = "outside"'),
            "person[3].role: expected one of head, dsl, deputy_dsl, deputy_head, chair, office, comms, dpo, senco, technician, got 'outside'",
            id="a contact among the people",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place_and_a_way_out(text: str, told: str) -> None:
    assert problems(school=text) == [FILE + told]


@pytest.mark.parametrize(
    "text",
    [
        school(head='substitute = "dsl"\n' + HOLIDAY, dsl='substitute = "chair@school.test"\n'),
        school(head='substitute = "deputy_head"\n'),
        school(
            head='substitute = "outside"\n',
            routing='[routing]\noutside = { name = "Duty", mail = "duty@authority.test" }\n',
        ),
        school(
            routing=turn("2026-12-21", "2026-12-27") + turn("2026-12-28", "2027-01-03", "Head@school.test")
        ),
        school(routing='[routing]\nout_of_hours = { name = "DSL", mail = "dsl@school.test" }\n'),
    ],
    ids=["a chain", "by role", "outside", "a rota", "a lead at night"],
)
def test_what_fits_together_is_told_nothing_of(text: str) -> None:
    assert loaded(school=text).warnings == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(
            school(head=HOLIDAY),
            "person[1].away[1]: on 2026-12-21 nobody stands in for the head",
            id="nobody",
        ),
        pytest.param(
            school(head='substitute = "dsl"\n' + HOLIDAY, dsl='away = [["2026-12-24", "2026-12-24"]]\n'),
            "person[1].away[1]: on 2026-12-24 nobody stands in for the head",
            id="one day on which the substitute is away",
        ),
        pytest.param(
            school(head=HOLIDAY, routing=turn("2026-12-21", "2026-12-27")),
            "person[1].away[1]: on 2026-12-28 nobody stands in for the head",
            id="a rota that ends",
        ),
    ],
)
def test_days_on_which_nobody_stands_in_are_told(text: str, told: str) -> None:
    assert [str(each).partition(":")[0] + ": " for each in loaded(school=text).warnings][:1] == [FILE]
    assert str(loaded(school=text).warnings[0]).startswith(FILE + told)


def test_an_office_that_is_away_needs_no_substitute_but_the_one_it_names_must_be_there() -> None:
    office = 'mail = "office@school.test"\n'
    alone = changed(school(), office, office + HOLIDAY)
    assert loaded(school=alone).warnings == ()
    named = changed(school(), office, office + HOLIDAY + 'substitute = "chair"\n')
    assert loaded(school=named).warnings == ()
    away = changed(named, CHAIR, CHAIR + 'away = [["2027-01-04", "2027-01-10"]]\n')
    (told,) = loaded(school=away).warnings
    assert str(told).startswith(f"{FILE}person[4].away[1]: on 2027-01-04 nobody stands in for the office")


def test_contacts_of_the_example_are_told() -> None:
    routing = (
        '[routing]\noutside = { name = "Duty", mail = "duty@authority.example" }\n'
        'out_of_hours = { name = "Trust", mail = "night@trust.example" }\n'
    )
    unchanged = "still an address of the example (.example), which reaches nobody"
    assert [str(each) for each in loaded(school=school(routing=routing)).blockers] == [
        f"{FILE}routing.outside.mail: {unchanged}",
        f"{FILE}routing.out_of_hours.mail: {unchanged}",
    ]


def test_one_lead_and_nobody_for_the_night_is_told_and_does_not_stop_the_watch() -> None:
    text = changed(SCHOOL, '[[person]]\nroles = ["dsl", "deputy_head"]\nmail = "dsl@school.test"\n', "")
    config = loaded(school=text)
    assert config.blockers == ()
    assert "an urgent mail at night may not be read before morning" in str(config.warnings[0])


def test_people_carry_when_they_are_away_who_stands_in_and_when_they_are_on_duty() -> None:
    text = school(
        head='substitute = "DSL@school.test"\n' + HOLIDAY,
        chair='substitute = "deputy_head"\n',
        routing=turn("2026-12-21", "2026-12-27", "Head@school.test"),
    )
    head, _, chair, *_ = people(loaded(school=text).schools["holm-nook"].settings)
    assert head.presence.away == ((date(2026, 12, 21), date(2027, 1, 4)),)
    assert head.presence.duty == ((date(2026, 12, 21), date(2026, 12, 27)),)
    assert head.presence.substitutes == chair.presence.substitutes == ("dsl@school.test",)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (school(head='also = ["DSL@school.test"]\n'), "person[1].also: person[2] has the same address"),
        (
            school(head='also = ["me@home.test"]\n', dsl='also = ["me@home.test"]\n'),
            "person[2].also: person[1] has the same address",
        ),
    ],
    ids=["another person's", "named twice"],
)
def test_no_address_from_which_answers_come_is_that_of_two(text: str, told: str) -> None:
    assert problems(school=text) == [f"{FILE}{told}: an answer from it would be whose?"]


def test_a_person_may_answer_from_several_addresses() -> None:
    found = loaded(school=school(head='also = ["me@home.test", "h@trust.test"]\n'))
    assert found.schools["holm-nook"].settings.person[0].also == ("me@home.test", "h@trust.test")
