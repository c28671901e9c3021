"""Promise: whoever is away is replaced by whoever they named, and if that fails by whoever is on duty."""

from __future__ import annotations

from datetime import date

import pytest

from alerts.absence import back_on, is_away, on_duty, stand_ins
from alerts.base import Recipient, Role
from alerts.circle import Circle
from alerts.conflicts import NOBODY, Days, Presence, Staff, conflicts, contact, staff

FIRST, LAST = date(2026, 12, 21), date(2027, 1, 4)
DAY = date(2026, 12, 24)
HOLIDAY: tuple[Days, ...] = ((FIRST, LAST),)


def person(
    who: str,
    *substitutes: str,
    away: tuple[Days, ...] = (),
    duty: tuple[Days, ...] = (),
    roles: tuple[Role, ...] = (Role.DSL,),
) -> Staff:
    presence = Presence(
        away=away, duty=duty, substitutes=tuple(f"{one}@holmnook.example" for one in substitutes)
    )
    return staff(Recipient(address=f"{who}@holmnook.example", roles=roles), (), presence)


def asked(first: Staff, *others: Staff, unfit: str = "") -> list[str]:
    def may(one: Staff) -> bool:
        return not is_away(one, DAY) and one.address[0] not in unfit

    found = stand_ins(first, (first, *others), DAY, may=may)
    return [one.address[0] for one in found]


@pytest.mark.parametrize(
    ("day", "away"),
    [
        (date(2026, 12, 20), False),
        (FIRST, True),
        (DAY, True),
        (LAST, True),
        (date(2027, 1, 5), False),
        (None, False),
    ],
)
def test_first_and_last_day_belong_to_an_absence(day: date | None, *, away: bool) -> None:
    assert is_away(person("a", away=HOLIDAY), day) is away


def test_who_is_away_comes_back_after_the_last_of_holidays_without_a_gap() -> None:
    one = person(
        "a", away=((date(2027, 1, 5), date(2027, 1, 6)), (FIRST, LAST), (date(2027, 1, 8), date(2027, 1, 9)))
    )
    assert back_on(one, DAY) == date(2027, 1, 7)
    assert back_on(one, date(2027, 1, 7)) == date(2027, 1, 7)


def test_the_rota_says_who_is_on_duty() -> None:
    rota = (person("a", duty=((FIRST, DAY),)), person("b", duty=((date(2026, 12, 25), LAST),)), person("c"))
    assert on_duty(rota, DAY) is rota[0]
    assert on_duty(rota, LAST) is rota[1]
    assert on_duty(rota, date(2027, 1, 5)) is None
    assert on_duty(rota, None) is None


def test_the_substitute_is_asked_before_the_rota() -> None:
    duty = person("c", duty=HOLIDAY)
    assert asked(person("a", "b", away=HOLIDAY), person("b"), duty) == ["b"]
    assert asked(person("a", away=HOLIDAY), person("b"), duty) == ["c"]
    assert asked(person("a", "b", away=HOLIDAY), person("b", away=HOLIDAY), duty) == ["c"]


def test_a_substitute_who_cannot_is_replaced_by_their_own() -> None:
    chain = (person("b", "c", away=HOLIDAY), person("c", "d"), person("d"))
    assert asked(person("a", "b", away=HOLIDAY), *chain) == ["c"]
    assert asked(person("a", "b", away=HOLIDAY), *chain, unfit="c") == ["d"]
    assert asked(person("a", "b", away=HOLIDAY), *chain, unfit="cd") == []


def test_several_who_hold_the_role_of_the_substitute_all_hear() -> None:
    assert asked(person("a", "b", "c", away=HOLIDAY), person("b"), person("c")) == ["b", "c"]
    assert asked(person("a", "b", "c", away=HOLIDAY), person("b", away=HOLIDAY), person("c")) == ["c"]


def test_a_circle_of_substitutes_ends() -> None:
    assert asked(person("a", "b", away=HOLIDAY), person("b", "a", away=HOLIDAY)) == []
    assert asked(person("a", "a", away=HOLIDAY)) == []


def test_nobody_stands_in_for_themselves_nor_does_the_rota_override_who_may_hear() -> None:
    assert asked(person("a", away=HOLIDAY, duty=HOLIDAY)) == []
    assert asked(person("a", away=HOLIDAY), person("b", duty=HOLIDAY), unfit="b") == []


def test_two_of_one_role_are_told_apart() -> None:
    people = (person("a", "b", away=HOLIDAY), person("b"))
    circle = Circle(people=people, about=NOBODY, topics=frozenset(), grave=True, today=DAY)
    assert circle.told((Role.DSL,)).notes == ("another DSL stands in for the DSL, who is away until 5 Jan",)


def test_two_who_stand_in_are_both_named() -> None:
    people = (
        person("a", "b", "c", away=HOLIDAY),
        person("b", roles=(Role.DEPUTY_HEAD, Role.OFFICE)),
        person("c", roles=(Role.CHAIR,)),
    )
    circle = Circle(people=people, about=NOBODY, topics=frozenset(), grave=True, today=DAY)
    found = circle.told((Role.DSL,))
    assert found.notes == ("deputy head and chair stand in for the DSL, who is away until 5 Jan",)
    assert found.roles == (Role.DEPUTY_HEAD, Role.CHAIR)


@pytest.mark.parametrize(
    ("name", "text", "meant"),
    [
        ("Red Rose Trust", "the red rose trust hid it", True),
        ("Red Rose Trust", "I trust nobody", False),
        ("Trust", "I trust nobody", False),
        ("Duty officer", "the duty officer hid it", False),
    ],
)
def test_only_their_whole_name_means_a_contact_outside(name: str, text: str, *, meant: bool) -> None:
    outside = contact(Recipient(address="duty@authority.test", roles=(Role.OUTSIDE,), name=name))
    assert bool(conflicts(text, (outside,)).addresses) is meant
