"""Promise: the bank holidays of England and Wales are known for any year, and asked for a decade at a time."""

from __future__ import annotations

from datetime import date

import pytest

from alerts import aside
from monitor import bank_holidays


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2020, 1, 1), "New Year's Day"),
        (date(2026, 12, 28), "Boxing Day (observed)"),
        (date(2029, 12, 26), "Boxing Day"),
        (date(2026, 11, 30), ""),  # Saint Andrew's Day, in Scotland alone
    ],
)
def test_a_day_is_named(day: date, name: str) -> None:
    assert bank_holidays.name_of(day) == name


def test_a_decade_is_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def ask(function: object, *, first: int, last: int) -> dict[str, str]:
        asked.append((first, last))
        return bank_holidays.england(first, last)

    monkeypatch.setattr(aside, "ask", ask)
    for year in (2080, 2089, 2084):
        assert bank_holidays.name_of(date(year, 12, 25)) == "Christmas Day"

    assert asked == [(2080, 2089)]
