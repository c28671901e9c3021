"""Who is away today, who is on duty, and who stands in for whom.

Pure; knows neither post nor recipient list. ``alerts.routing`` says who may stand in, this module in what order
they are asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from alerts.conflicts import Days, Staff

_DAY = timedelta(days=1)


def is_away(person: Staff, today: date | None) -> bool:
    """Whether ``person`` is away ``today``; without a day everybody is there."""
    return today is not None and _within(person.presence.away, today)


def back_on(person: Staff, today: date) -> date:
    """The first day from ``today`` on which ``person`` is there: holidays may follow each other without a gap."""
    day = today
    while current := next((days for days in person.presence.away if days[0] <= day <= days[1]), None):
        day = current[1] + _DAY
    return day


def on_duty(people: Sequence[Staff], today: date | None) -> Staff | None:
    """Who is on the duty rota for ``today``."""
    if today is None:
        return None
    return next((person for person in people if _within(person.presence.duty, today)), None)


def stand_ins(
    person: Staff, people: Sequence[Staff], today: date, *, may: Callable[[Staff], bool]
) -> list[Staff]:
    """Who of those who ``may`` stands in for ``person``.

    Their substitutes; else the substitutes of these, and so on; else whoever is on duty.
    """
    asked, met = [person], {person.address}
    while asked:
        wanted = {address for one in asked for address in one.presence.substitutes} - met
        asked = [one for one in people if one.address in wanted]
        found = [one for one in asked if may(one)]
        if found:
            return found
        met |= wanted
    duty = on_duty(people, today)
    return [duty] if duty and duty.address != person.address and may(duty) else []


def _within(periods: Sequence[Days], day: date) -> bool:
    return any(first <= day <= last for first, last in periods)
