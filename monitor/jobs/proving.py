"""Whose letter it is: somebody of the list, from their own address, with the code of a mail that went to them.

A sender's address alone proves nothing, and a code alone neither: the two must belong to each other.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from alerts.base import Recipient
from monitor import identity
from monitor.app import App
from monitor.config import SchoolConfig
from monitor.school import people
from monitor.settings import SchoolSettings
from monitor.store import Tx, letters
from monitor.store.letters import Copy

LASTS = timedelta(days=60)
"""A code is good for so long after its mail went out."""
_LOOKED_BACK = timedelta(days=200)
"""A code that is older is told from one that never was, for the figures only."""

Doubt: TypeAlias = Literal["no code", "forged", "expired", "stranger"]
"""Why a letter counts for nothing. ``stranger``: who had the mail is no longer on the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """A letter of somebody who had a mail of ours."""

    copy: Copy
    person: Recipient
    """As the configuration names them now."""
    school: SchoolConfig


def prove(app: App, tx: Tx, sender: str, code: str, now: datetime) -> Proven | Doubt:
    """Find the mail that ``code`` belongs to among those that went to ``sender``, and who that is now."""
    if not code:
        return "no code"
    copy = _answered(app, tx, sender, code, now)
    if copy is None:
        return "forged"
    if now - copy.sent_at > LASTS:
        return "expired"
    school = app.config.schools.get(copy.school)
    person = _person(school.settings, copy.recipient.address) if school else None
    if school is None or person is None or not _is_theirs(school.settings, person, sender):
        return "stranger"
    return Proven(copy=copy, person=person, school=school)


def owner(settings: SchoolSettings, sender: str) -> Recipient | None:
    """Who of the list writes from this address (folded)."""
    known = (one.recipient for one in people(settings))
    return next((one for one in known if sender in set(_addresses(settings, one.address))), None)


def _answered(app: App, tx: Tx, sender: str, code: str, now: datetime) -> Copy | None:
    """The mail of that code; each is compared, in the same time whether it is right or not."""
    mails = letters.copies(tx, _mailed_at(app, sender), now - _LOOKED_BACK)
    found = [one for one in mails if hmac.compare_digest(_code(app, one).encode(), code.upper().encode())]
    return found[0] if found else None


def _code(app: App, one: Copy) -> str:
    return identity.reply_code(
        app.store.install_key,
        school=one.school,
        subject_key=one.subject_key,
        kind=one.kind,
        sequence=one.sequence,
        recipient=one.recipient.address,
    )


def _mailed_at(app: App, sender: str) -> tuple[str, ...]:
    """The addresses (folded) at which whoever writes from ``sender`` gets mail."""
    owners = (
        person.mail.casefold()
        for school in app.config.schools.values()
        for person in school.settings.person
        if sender in {also.casefold() for also in person.also}
    )
    return (sender, *owners)


def _person(settings: SchoolSettings, address: str) -> Recipient | None:
    return next((one.recipient for one in people(settings) if one.address == address.casefold()), None)


def _is_theirs(settings: SchoolSettings, person: Recipient, sender: str) -> bool:
    return sender in set(_addresses(settings, person.address))


def _addresses(settings: SchoolSettings, mail: str) -> Iterator[str]:
    yield mail.casefold()
    for person in settings.person:
        if person.mail.casefold() == mail.casefold():
            yield from (also.casefold() for also in person.also)
