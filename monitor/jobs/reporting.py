"""Speak about the watch as a whole: the weekly digest, and what is wrong with the watch itself."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from alerts import routing
from alerts.base import (
    Ailment,
    Channel,
    Digest,
    Envelope,
    HealthNotice,
    Message,
    NotificationKind,
    Payload,
    Reason,
    Recipient,
    Severity,
)
from alerts.render import render
from monitor import deadlines, digest, expiry, health, identity, log, self_test
from monitor.app import App
from monitor.config import Config, SchoolConfig
from monitor.jobs import holding, self_testing
from monitor.model import NewNotification
from monitor.school import people, short_name
from monitor.store import Tx, backlog, clock, digests, memo, outbox, polls, self_tests
from monitor.store import health as vitals

logger = logging.getLogger(__name__)

Period: TypeAlias = tuple[datetime, datetime]
"""From (inclusive) to (exclusive), in UTC; both at a local midnight."""

AFTER_TERM = timedelta(weeks=8)
"""How long after a term its numbers are still sent to the governors: the summer holidays, and a machine that was off."""
TERM = "-term"
"""Marks the governors' edition of a whole term."""
SETTLE = timedelta(minutes=30)
"""An ailment younger than this may pass by itself; nobody is written to about it."""


def period(app: App, slug: str, week: str | None, now: datetime, *, governors: bool = False) -> Period:
    """The time that is meant: an ISO week, or the last whole one; for governors the last whole term, if terms are known.

    Raises ``ValueError`` with a sentence for people.
    """
    settings = _school(app, slug).settings
    if governors and week is None:
        for term in digest.terms(settings):
            if term[1] <= now:
                return term
    when = digest.week_of(week or now, settings.school.timezone)
    if when[0] > now:
        raise ValueError(f"that week has not begun: {week}")
    return when


def preview(app: App, slug: str, when: Period, *, governors: bool = False) -> Message:
    """The digest as a mail to nobody."""
    return _rendered(
        app.config, NotificationKind.DIGEST, build_digest(app, slug, when, governors=governors), app.now()
    )


def queue_digest(app: App, slug: str, when: Period, now: datetime, *, governors: bool = False) -> int:
    """Queue the digest of a period for everyone who gets it. Returns how many do."""
    payload = build_digest(app, slug, when, governors=governors)
    with app.store.write() as tx:
        return _queue(app, tx, slug, payload, now)


def send_due_digests(app: App, now: datetime) -> int:
    """Queue the digests whose hour has come: once, however long the daemon was down. Returns how many."""
    with app.store.read() as tx:
        due = digests.due_schools(tx, now)
    return sum(_send_due(app, slug, expected, now) for slug, expected in due if slug in app.config.schools)


def _send_due(app: App, slug: str, expected: datetime, now: datetime) -> bool:
    """Queue one school's digest and move its next hour, together or not at all; after a term the governors' too."""
    settings = _school(app, slug).settings
    following = deadlines.next_digest(now, settings.school)
    when = digest.week_of(now, settings.school.timezone)
    missed = when[0] - digest.week_of(expected, settings.school.timezone)[0]
    payload = replace(build_digest(app, slug, when), skipped=max(round(missed / timedelta(weeks=1)), 0))
    term = _term_to_tell(app, slug, now)
    numbers = build_digest(app, slug, term, governors=True) if term else None
    with app.store.write() as tx:
        ours = digests.set_next(tx, slug, expected=expected, next_at=following)
        if ours:
            _queue(app, tx, slug, payload, now)
        if ours and numbers:
            _queue(app, tx, slug, numbers, now)
    log.event(logger, logging.INFO, "digest.queued", school=slug)
    return ours


def _term_to_tell(app: App, slug: str, now: datetime) -> Period | None:
    """The last term, if it has ended, was watched, and the governors have not had its numbers."""
    settings = _school(app, slug).settings
    term = next((term for term in digest.terms(settings) if term[1] <= now), None)
    if term is None or now - term[1] > AFTER_TERM:
        return None
    with app.store.read() as tx:
        began = digests.began(tx, slug)
        last = term[1].astimezone(settings.school.timezone) - timedelta(days=1)
        told = backlog.was_added(tx, slug, _subject(last) + TERM)
    return None if told or began is None or began >= term[1] else term


def mind_clock(app: App, tx: Tx, now: datetime) -> None:
    """The clock was set back: no digest waits for a date that is far off now, and none comes a second time."""
    for slug, school in app.config.schools.items():
        facts = school.settings.school
        at = deadlines.next_digest(now, facts)
        if backlog.was_added(
            tx, slug, _subject(digest.week_of(at, facts.timezone)[0].astimezone(facts.timezone))
        ):
            at = deadlines.next_digest(at, facts)
        clock.latest_digest(tx, slug, at)


def build_digest(app: App, slug: str, when: Period, *, governors: bool = False) -> Digest:
    """The week's facts in the shape of a digest; nothing is queued."""
    school, now = _school(app, slug), app.now()
    with app.store.read() as tx:
        facts = digests.week_facts(tx, slug, *_local(when, school.settings.school.timezone), now=now)
    built = digest.build(facts, school.settings, governors=governors, now=now, learned=school.learned)
    if governors:
        return built
    with app.store.read() as tx:
        ending = _ending(app, tx, built.end)
        held = holding.ending(tx, slug, now, holding.IN_DIGEST)
    soon = (
        *(each.words(built.end) for each in ending),
        *(holding.words(one, school.settings) for one in held),
    )
    tested = self_testing.line(app, when, now)
    return replace(built, coming_up=(*built.coming_up, *soon), self_test=tested)


def _queue(app: App, tx: Tx, slug: str, payload: Digest, now: datetime) -> int:
    readers = routing.digest_readers(people(_school(app, slug).settings), governors=payload.governors)
    said = _of_the_watch(slug, NotificationKind.DIGEST, payload, readers, now)
    outbox.add(tx, said, _subject(payload.end) + _edition(payload), now)
    return len(readers)


def _of_the_watch(
    slug: str, kind: NotificationKind, payload: Payload, readers: tuple[Recipient, ...], now: datetime
) -> NewNotification:
    """Something to say at once that belongs to no story."""
    return NewNotification(
        school=slug,
        incident=None,
        kind=kind,
        reason=Reason.FIRST,
        severity=Severity.NONE,
        payload=payload,
        recipients=readers,
        not_before=now,
    )


def _of_health(
    slug: str, school: SchoolConfig, ailments: tuple[Ailment, ...], now: datetime
) -> NewNotification:
    readers = routing.health_readers(people(school.settings))
    return _of_the_watch(slug, NotificationKind.HEALTH, _notice(school, ailments), readers, now)


def _local(when: Period, zone: ZoneInfo) -> Period:
    """The same by the school's clock: weeks are counted back from it, and some have an hour more or less."""
    return when[0].astimezone(zone), when[1].astimezone(zone)


def _edition(payload: Digest) -> str:
    if not payload.governors:
        return ""
    return TERM if payload.end - payload.start > timedelta(weeks=1) else "-governors"


def _subject(day: date) -> str:
    """The name of the week, under which its digest is queued; a term's has that of its last week."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def tell_ailments(app: App, now: datetime) -> bool:
    """Write to the technician about what is wrong with the watch, once a day, and about each self-test; ``True`` if queued."""
    ailments = [
        each for each in current_ailments(app, now) if each.since is None or now - each.since >= SETTLE
    ]
    if not ailments:
        return False
    slug, school = next(iter(app.config.schools.items()))
    day = now.astimezone(school.settings.school.timezone).date()
    notice = _of_health(slug, school, tuple(ailments), now)
    with app.store.write() as tx:
        is_first = memo.once(tx, "notice_day", day.isoformat())
        broken = _newly_broken(tx, ailments)
        if not (is_first or broken):
            return False
        outbox.add(tx, notice, f"health-{day.isoformat() if is_first else broken}", now)
    return True


def _newly_broken(tx: Tx, ailments: Sequence[Ailment]) -> str:
    """The self-test that is among what is wrong, and was in no notice before: it does not wait for tomorrow's."""
    test = self_tests.last(tx)
    if test is None or self_test.ailment(test) not in ailments:
        return ""
    return test.id if memo.once(tx, "notice_selftest", test.id) else ""


def tell_endings(app: App, now: datetime) -> int:
    """Write to the technician when a secret ends soon, at each stage once; return how many notices were queued."""
    slug, school = next(iter(app.config.schools.items()))
    today = now.astimezone(school.settings.school.timezone).date()
    told = 0
    with app.store.read() as tx:
        near = _ending(app, tx, today)
    for ending in near:
        stage = f"{ending.on} {ending.stage(today)}"
        notice = _of_health(slug, school, (ending.ailment(today),), now)
        with app.store.write() as tx:
            if memo.once(tx, f"ending_{ending.table}", stage):
                outbox.add(tx, notice, f"ending-{ending.table}-{stage}".replace(" ", "-"), now)
                told += 1
    return told + sum(_tell_holds(app, each, now) for each in app.config.schools.items())


def _ending(app: App, tx: Tx, today: date) -> tuple[expiry.Ending, ...]:
    """What ends soon: what mail goes out with, and what places are read with."""
    return (*expiry.near(app.config.monitor, today), *expiry.of_sources(polls.statuses(tx), today))


def _tell_holds(app: App, place: tuple[str, SchoolConfig], now: datetime) -> int:
    """Write once about each hold that ends within a week."""
    slug, school = place
    with app.store.read() as tx:
        held = holding.ending(tx, slug, now, holding.AHEAD)
    told = 0
    for one in held:
        notice = _of_health(slug, school, (holding.ailment(one, school.settings),), now)
        with app.store.write() as tx:
            if memo.once(tx, f"hold_{one.story}", one.until.isoformat()):
                outbox.add(tx, notice, f"hold-{one.story}-{one.until:%Y-%m-%d}", now)
                told += 1
    return told


def tell_recovery(app: App, now: datetime) -> bool:
    """Write to the technician at once if the database had to be replaced; ``True`` if a notice was queued."""
    done = app.recovery
    if done is None:
        return False
    slug, school = next(iter(app.config.schools.items()))
    zone = school.settings.school.timezone
    since = done.made_at.astimezone(zone).strftime("%-d %B, %H:%M") if done.made_at else ""
    lost = (
        f"what was noted after {since}, such as who took charge of a story, has to be noted again"
        if since
        else "there was no good copy of it: the memory begins anew"
    )
    said = Ailment(
        what=f"The database was damaged and has been replaced; {lost}",
        since=now,
        remedy=f"have the disk checked; the damaged file lies in {done.aside.parent.name}/{done.aside.name}",
    )
    notice = _of_health(slug, school, (said,), now)
    with app.store.write() as tx:
        outbox.add(tx, notice, f"damage-{done.aside.name}", now)
    log.event(logger, logging.CRITICAL, "store.recovered", copy=done.copy.stem if done.copy else "none")
    return True


def current_ailments(app: App, now: datetime) -> tuple[Ailment, ...]:
    """What is wrong with the watch as it is now."""
    with app.store.read() as tx:
        facts = vitals.facts(tx, now)
    return health.ailments(facts, now, scorer=app.judge.ailment)


def status_line(app: App, now: datetime) -> str:
    """One line for systemd: ``12/12 sources ok, queue 0, last mail 3 h ago``."""
    with app.store.read() as tx:
        facts = vitals.facts(tx, now)
    return health.line(facts, now)


def technician(config: Config) -> Recipient:
    """Who hears about the watch itself; the sender's own address if the school names nobody."""
    for school in config.schools.values():
        if readers := routing.health_readers(people(school.settings)):
            return readers[0]
    return Recipient(address=identity.address(config.mail.settings.sender))


def send_test(config: Config, channel: Channel, to: Recipient, now: datetime) -> None:
    """Send a marked test mail. Raises ``DeliveryError``."""
    school = next(iter(config.schools.values()))
    said = Ailment(what="This is a test: mail works", since=now, remedy="Nothing needs to be done.")
    message = _rendered(config, NotificationKind.HEALTH, _notice(school, (said,)), now, to=to)
    channel.send(message, to, identity.test_id(now, identity.mail_domain(config.mail.settings.sender)))


def _notice(school: SchoolConfig, ailments: tuple[Ailment, ...]) -> HealthNotice:
    facts = school.settings.school
    return HealthNotice(
        school=facts.name, short=short_name(facts), zone=str(facts.timezone), ailments=ailments
    )


def _rendered(
    config: Config, kind: NotificationKind, payload: Payload, now: datetime, *, to: Recipient | None = None
) -> Message:
    sender = config.mail.settings.sender
    envelope = Envelope(
        ref="",
        to=to or Recipient(address=identity.address(sender)),
        sender=sender,
        message_id="",
        list_id=identity.list_id("School mentions", identity.mail_domain(sender)),
        sent_at=now,
    )
    return render(kind, payload, envelope)


def _school(app: App, slug: str) -> SchoolConfig:
    return app.config.schools[slug]
