"""What lies ahead of a school: days likely to draw comment or to leave nobody on duty, and reviews that fall due.

Pure. People are named by what they are in the school, never by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from alerts import absence, wording
from alerts.circle import first_role, held
from alerts.conflicts import Days, Staff
from monitor.deadlines import bank_holiday
from monitor.school import people
from monitor.settings import Account, SchoolSettings

HORIZON = timedelta(weeks=3)
"""How far ahead is looked: long enough to arrange who is on duty."""
REVIEW_NOTICE = timedelta(weeks=8)
"""How early a review is announced: a governors' meeting lies within it."""
WEEK = 7
"""Days of which every turn of duty is told."""
_DAY = timedelta(days=1)


def coming_up(settings: SchoolSettings, end: date) -> tuple[str, ...]:
    """What to know in the week after ``end``; each matter is one line, however many days it has."""
    ahead = [end + _DAY * number for number in range(1, HORIZON // _DAY + 1)]
    everybody = people(settings)
    lines = (
        _holidays(settings, everybody, ahead),
        _terms(settings, ahead),
        _inset(settings, ahead),
        _turns(everybody, ahead[:WEEK]),
        _absences(everybody, ahead),
    )
    return (*(line for line in lines if line), *reviews(settings, end))


def reviews(settings: SchoolSettings, end: date) -> tuple[str, ...]:
    """The reviews of the policy and of the school's own accounts, from eight weeks before they are due."""
    accounts = sorted(
        (account for account in settings.governance.account if account.review - end <= REVIEW_NOTICE),
        key=lambda account: account.review,
    )
    due = f"Accounts to review: {'; '.join(_account(each, end) for each in accounts)}" if accounts else ""
    return tuple(line for line in (_policy(settings, end), due) if line)


def _holidays(settings: SchoolSettings, everybody: Sequence[Staff], ahead: Iterable[date]) -> str:
    named = [(day, bank_holiday(day, settings.school)) for day in ahead]
    free = [(day, name) for day, name in named if name]
    if not free:
        return ""
    said = ", ".join(f"{wording.day(day)} ({name.removesuffix(' (observed)')})" for day, name in free)
    return f"Bank holidays: {said}. {_duty(everybody, [day for day, _ in free])}"


def _duty(everybody: Sequence[Staff], days: Sequence[date]) -> str:
    """Who is on duty on ``days``, and on which of them nobody is."""
    if not any(person.presence.duty for person in everybody):
        return "Nobody is on duty: no rota is entered"
    by_role: dict[str, list[date]] = {}
    for day in days:
        person = absence.on_duty(everybody, day)
        by_role.setdefault(_role(person) if person else "nobody", []).append(day)
    if len(by_role) == 1:
        return f"On duty: {next(iter(by_role))}"
    turns = (f"{role} on {wording.listed(list(map(wording.day, of)))}" for role, of in by_role.items())
    return f"On duty: {'; '.join(turns)}"


def _terms(settings: SchoolSettings, ahead: Sequence[date]) -> str:
    days = sorted(
        (day, what)
        for first, last in settings.calendar.terms
        for day, what in ((first, "begins"), (last, "ends"))
        if day in ahead
    )
    return f"Term {', '.join(f'{what} on {wording.day(day)}' for day, what in days)}" if days else ""


def _inset(settings: SchoolSettings, ahead: Sequence[date]) -> str:
    days = [wording.day(day) for day in sorted(settings.calendar.inset) if day in ahead]
    return f"INSET, pupils are at home: {', '.join(days)}" if days else ""


def _turns(everybody: Sequence[Staff], ahead: Sequence[date]) -> str:
    turns = [(days, _role(person)) for person in everybody for days in person.presence.duty]
    return _periods("On duty", turns, ahead)


def _absences(everybody: Sequence[Staff], ahead: Sequence[date]) -> str:
    away = [
        (days, f"{_role(person)} (for them: {_instead(person, everybody)})")
        for person in everybody
        for days in person.presence.away
    ]
    return _periods("Away", away, ahead)


def _instead(person: Staff, everybody: Sequence[Staff]) -> str:
    mails = person.presence.substitutes
    found = [_role(one) for one in everybody if one.address in mails]
    return wording.listed(found) or "nobody is named"


def _periods(what: str, periods: Iterable[tuple[Days, str]], ahead: Sequence[date]) -> str:
    met = sorted(each for each in periods if each[0][0] <= ahead[-1] and each[0][1] >= ahead[0])
    said = "; ".join(f"{_span(*days)} {who}" for days, who in met)
    return f"{what}: {said}" if met else ""


def _span(first: date, last: date) -> str:
    return wording.day(first) if first == last else wording.span(first, last)


def _role(person: Staff) -> str:
    return wording.ROLES[first_role(held(person))]


def _policy(settings: SchoolSettings, end: date) -> str:
    review = settings.governance.policy_review
    if review is None or review - end > REVIEW_NOTICE:
        return ""
    owner = f" ({settings.governance.policy_owner})" if settings.governance.policy_owner else ""
    verb = "was" if review <= end else "is"
    return f"The social media policy {verb} due for review on {_dated(review)}{owner}"


def _account(account: Account, end: date) -> str:
    word = "was due" if account.review <= end else "by"
    in_charge = wording.listed([wording.ROLES[role] for role in dict.fromkeys(account.in_charge)])
    return f"{account.platform} {word} {_dated(account.review)} ({in_charge})"


def _dated(day: date) -> str:
    return f"{wording.day(day)} {day.year}"
