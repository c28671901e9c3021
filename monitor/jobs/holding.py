"""Keep the words of a story whatever its age, because the police or a lawyer asked; and let them go again.

Only a safeguarding lead may, and nobody about whom the story is: it is written into the story's history.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from alerts import wording
from alerts.base import Ailment
from alerts.circle import listed
from alerts.routing import LEADS
from monitor.config import Config
from monitor.errors import NotAllowed
from monitor.fates import Hold
from monitor.jobs.acting import Acted, Actor, Scene, scene_of, whom
from monitor.settings import SchoolSettings
from monitor.store import Tx, holds

LONGEST = timedelta(days=366)
"""After a year somebody has to say again that it is needed."""
AHEAD = timedelta(days=7)
"""How long before its end somebody is told."""
IN_DIGEST = timedelta(days=14)
"""The digest comes once a week: told from there, nobody hears of an end with less than a week left."""


def hold(  # noqa: PLR0917 -- who keeps which story, why and until when
    config: Config, tx: Tx, number: int, reason: str, until: date, actor: Actor, now: datetime
) -> Acted:
    """Keep a story's words through that day. Raises ``NotAllowed``."""
    scene = _lead(config, tx, number, actor, now)
    zone = scene.words.settings.school.timezone
    end = datetime.combine(until + timedelta(days=1), time(), zone)
    if not reason.strip():
        raise NotAllowed('say why: mention-monitor hold R12 "police asked" --until 2027-03-01 --by dsl')
    if not now < end <= now + LONGEST + timedelta(days=1):
        raise NotAllowed("a hold ends on a day to come, within a year; then it can be said again")
    wanted = Hold(story=number, reason=reason.strip(), by=actor.by, until=end)
    changed = holds.hold(tx, number, wanted, via=actor.via, now=now)
    return Acted(
        changed=changed,
        said=f"R{number} is held until {wording.day(until)} {until.year}: nothing of it is removed.",
    )


def unhold(config: Config, tx: Tx, number: int, actor: Actor, now: datetime) -> Acted:
    """Let a story's words go when their time comes. Raises ``NotAllowed``."""
    _lead(config, tx, number, actor, now)
    changed = holds.unhold(tx, number, by=actor.by, via=actor.via, now=now)
    return Acted(changed=changed, said=f"R{number} is held no more: what is past its time is removed now.")


def ending(tx: Tx, slug: str, now: datetime, ahead: timedelta) -> tuple[Hold, ...]:
    """The holds of a school that end soon."""
    return holds.ending(tx, slug, now, now + ahead)


def words(hold: Hold, settings: SchoolSettings) -> str:
    """One line for the digest and for a mail: no reason, which may name somebody."""
    last = (hold.until - timedelta(seconds=1)).astimezone(settings.school.timezone).date()
    return f"The hold on R{hold.story} ends on {wording.day(last)} {last.year}: then its words may be removed"


def ailment(hold: Hold, settings: SchoolSettings) -> Ailment:
    """The same for a mail about the watch itself."""
    return Ailment(
        what=words(hold, settings),
        since=None,
        remedy=f"ask the safeguarding leads whether it is still needed: mention-monitor hold R{hold.story} …",
    )


def _lead(config: Config, tx: Tx, number: int, actor: Actor, now: datetime) -> Scene:
    scene = scene_of(config, tx, number, actor, now)
    scene.refuse_the_subject()
    leads = scene.circle().holders(LEADS)
    if not whom(actor.by, leads):
        raise NotAllowed(
            f"only a safeguarding lead keeps or frees the words of a story: say --by {listed(LEADS)}"
        )
    return scene
