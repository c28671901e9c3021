"""What lies ahead is told in a few lines: who is on duty and who is away, by role; what closes; what falls due."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from alerts.base import Role
from monitor.outlook import coming_up
from monitor.settings import Account, Calendar, Governance, Person, Routing, SchoolFacts, SchoolSettings

SUNDAY = date(2026, 11, 29)
ADVENT = date(2026, 12, 13)
HOLIDAYS = (
    "Bank holidays: Fri 25 Dec (Christmas Day), Sat 26 Dec (Boxing Day), Mon 28 Dec (Boxing Day),"
    " Fri 1 Jan (New Year's Day)."
)


def school(**changes: Any) -> SchoolSettings:
    head = Person(role=Role.HEAD, mail="head@holmnook.example", name="Zoe Marlowe")
    dsl = Person(roles=(Role.OFFICE, Role.DSL), mail="dsl@holmnook.example", name="Ann Corless")
    facts = SchoolFacts(name="Holm Nook Community Primary School", locality=("Preston",))
    return SchoolSettings(school=facts, person=(head, dsl)).model_copy(update=changes)


def rota(*turns: tuple[date, date, str]) -> Routing:
    return Routing.model_validate({"duty": [{"from": a, "to": b, "person": who} for a, b, who in turns]})


def test_an_ordinary_week_has_nothing_to_tell() -> None:
    assert coming_up(school(), SUNDAY) == ()


def test_terms_and_inset_days_are_announced_three_weeks_ahead() -> None:
    calendar = Calendar(
        terms=((date(2027, 1, 5), date(2027, 2, 12)), (date(2026, 9, 2), date(2026, 12, 18))),
        inset=(date(2027, 1, 4), date(2026, 12, 14), date(2026, 12, 13)),
    )
    assert coming_up(school(calendar=calendar), ADVENT)[1:] == (
        "Term ends on Fri 18 Dec",
        "INSET, pupils are at home: Mon 14 Dec",
    )
    assert coming_up(school(calendar=calendar), date(2026, 12, 20))[1:] == (
        "Term begins on Tue 5 Jan",
        "INSET, pupils are at home: Mon 4 Jan",
    )
    both = coming_up(school(calendar=calendar), date(2026, 12, 16))
    assert "Term ends on Fri 18 Dec, begins on Tue 5 Jan" in both
    edge = Calendar(inset=(SUNDAY + timedelta(days=21), SUNDAY + timedelta(days=22)))
    assert coming_up(school(calendar=edge), SUNDAY) == ("INSET, pupils are at home: Sun 20 Dec",)


def test_bank_holidays_come_with_who_is_on_duty() -> None:
    dsl, head = "dsl@holmnook.example", "head@holmnook.example"
    whole = rota((date(2026, 12, 21), date(2027, 1, 3), dsl))
    assert coming_up(school(routing=whole), ADVENT)[0] == f"{HOLIDAYS} On duty: DSL"
    parts = rota(
        (date(2026, 12, 21), date(2026, 12, 25), head), (date(2026, 12, 26), date(2026, 12, 30), dsl)
    )
    assert coming_up(school(routing=parts), ADVENT)[0] == (
        f"{HOLIDAYS} On duty: head on Fri 25 Dec; DSL on Sat 26 Dec and Mon 28 Dec; nobody on Fri 1 Jan"
    )


def test_without_a_rota_that_is_said_beside_the_bank_holidays() -> None:
    assert coming_up(school(), ADVENT) == (f"{HOLIDAYS} Nobody is on duty: no rota is entered",)


def test_the_turns_of_the_coming_week_are_told_by_role() -> None:
    turns = rota(
        (date(2026, 11, 23), date(2026, 11, 30), "head@holmnook.example"),
        (date(2026, 12, 1), date(2026, 12, 6), "dsl@holmnook.example"),
        (date(2026, 12, 7), date(2026, 12, 13), "head@holmnook.example"),
    )
    assert coming_up(school(routing=turns), SUNDAY) == ("On duty: 23–30 Nov head; 1–6 Dec DSL",)


def test_who_is_away_is_told_with_who_stands_in() -> None:
    head = Person(
        role=Role.HEAD,
        mail="head@holmnook.example",
        name="Zoe Marlowe",
        substitute="dsl",
        away=((date(2026, 12, 21), date(2027, 1, 4)), (date(2026, 12, 1), date(2026, 12, 2))),
    )
    dsl = Person(role=Role.DSL, mail="dsl@holmnook.example", away=((date(2026, 12, 3), date(2026, 12, 3)),))
    told = coming_up(school(person=(head, dsl)), SUNDAY)
    assert told == ("Away: 1–2 Dec head (for them: DSL); Thu 3 Dec DSL (for them: nobody is named)",)
    assert "Marlowe" not in str(told)


REVIEWS: dict[str, tuple[date, str]] = {
    "eight weeks ahead": (date(2027, 1, 24), "is due for review on Sun 24 Jan 2027 (business manager)"),
    "a day more": (date(2027, 1, 25), ""),
    "today": (SUNDAY, "was due for review on Sun 29 Nov 2026 (business manager)"),
    "long ago": (date(2023, 11, 1), "was due for review on Wed 1 Nov 2023 (business manager)"),
}


@pytest.mark.parametrize(("review", "said"), REVIEWS.values(), ids=REVIEWS)
def test_the_review_of_the_policy_is_announced_from_eight_weeks_before(review: date, said: str) -> None:
    settings = school(governance=Governance(policy_review=review, policy_owner="business manager"))
    assert coming_up(settings, SUNDAY) == ((f"The social media policy {said}",) if said else ())


def test_a_policy_without_owner_is_announced_all_the_same() -> None:
    settings = school(governance=Governance(policy_review=date(2026, 12, 1)))
    assert coming_up(settings, SUNDAY) == ("The social media policy is due for review on Tue 1 Dec 2026",)


def test_the_reviews_of_the_schools_own_accounts_are_told_too() -> None:
    def account(platform: str, review: date) -> Account:
        roles = (Role.HEAD, Role.OFFICE)
        return Account(
            platform=platform, purpose="news", in_charge=roles, approved=date(2025, 1, 1), review=review
        )

    accounts = (
        account("Facebook", date(2027, 1, 24)),
        account("Bluesky", SUNDAY),
        account("YouTube", date(2027, 1, 25)),
    )
    assert coming_up(school(governance=Governance(account=accounts)), SUNDAY) == (
        (
            "Accounts to review: Bluesky was due Sun 29 Nov 2026 (head and office);"
            " Facebook by Sun 24 Jan 2027 (head and office)"
        ),
    )
