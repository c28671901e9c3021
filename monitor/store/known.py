"""What is already known of a batch: asked inside the transaction that will record it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Select, func, select

from alerts.base import Alert, Category, NotificationKind, Severity, thaw
from monitor.model import Finding, Keys, Known, KnownMention, OpenIncident
from monitor.store import rows
from monitor.store.engine import Tx, chunks
from monitor.store.incidents import NOT_US
from monitor.store.outbox import unleased
from monitor.store.tables import bygone, incident, mention, mention_band, school, source

MOST_ALIKE = 200
"""Near-duplicate candidates per school and batch: a flood of one text must not slow us down."""

NEWEST = 20_000
"""Mentions, of all schools, among which near-duplicates are looked for: one in five hundred shares a part of its sketch
with any other by chance, so that without a bound each look-up would take longer the more is stored. Months for most;
the same text, link or thread is found however old it is."""

DIGEST_BYTES = 16


def known(tx: Tx, findings: Sequence[Finding]) -> Known:
    """Stored mentions that share something with the findings, and the open stories they belong to.

    Locks the schools concerned, in the order of their numbers, so that no two workers decide on
    stale knowledge (nothing to do on SQLite, where a writer is alone).
    """
    schools = _lock(tx, {finding.school for finding in findings})
    mentions: list[KnownMention] = []
    stories: set[int] = set()
    for slug, number in schools.items():
        own = [finding for finding in findings if finding.school == slug]
        found = _mentions(tx, _related(tx, number, [finding.keys for finding in own]))
        stories.update(row.incident_id for row in found if row.incident_id is not None)
        bands = _bands(tx, [row.id for row in found])
        mentions += [_known(slug, row, bands.get(row.id, ())) for row in found]
        mentions += _bygone(tx, slug, number, own)
    incidents = _open(tx, sorted(stories))
    return Known(
        mentions=tuple(mentions), incidents={(one.school, one.subject_key): one for one in incidents}
    )


def _lock(tx: Tx, slugs: Iterable[str]) -> dict[str, int]:
    statement = (
        select(school.c.slug, school.c.id)
        .where(school.c.slug.in_(list(slugs)))
        .order_by(school.c.id)
        .with_for_update()
    )
    return {row.slug: row.id for row in tx.connection.execute(statement)}


def _related(tx: Tx, school_id: int, keys: Sequence[Keys]) -> list[int]:
    """Numbers of mentions that are these posts, are answered by them, or share something with them."""
    numbers: set[int] = set()
    for part in chunks(keys):
        own = {key.key for key in part} | {key.reply_to for key in part}
        ask = [
            select(mention.c.id).where(mention.c.school_id == school_id, mention.c.key.in_(own)),
            _firsts(school_id, "url_key", {key.url for key in part}),
            _firsts(school_id, "text_key", {key.text for key in part}),
            _firsts(school_id, "thread_key", {key.thread for key in part}),
        ]
        for statement in ask:
            numbers.update(tx.connection.execute(statement).scalars())
    bands = sorted({band for key in keys for band in key.bands})
    numbers.update(_alike(tx, school_id, bands))
    return sorted(numbers)


def _firsts(school_id: int, column: str, values: set[str]) -> Select[tuple[int]]:
    """Of all that share a value, the first in each story: enough to join and to repeat, however many."""
    shared = mention.c[column]
    return (
        select(func.min(mention.c.id))
        .where(mention.c.school_id == school_id, shared.in_(values), shared != "")
        .group_by(shared, mention.c.incident_id)
    )


def _alike(tx: Tx, school_id: int, bands: Sequence[int]) -> list[int]:
    numbers: list[int] = []
    newest = select(func.max(mention.c.id)).scalar_subquery()
    for part in chunks(bands):
        near = select(mention_band.c.mention_id).where(
            mention_band.c.school_id == school_id,
            mention_band.c.band.in_(part),
            mention_band.c.mention_id > newest - NEWEST,
        )
        statement = (
            select(mention.c.id)
            .where(mention.c.id.in_(near))
            .order_by(mention.c.duplicate_of.is_not(None), mention.c.id.desc())
            .limit(MOST_ALIKE)
        )
        numbers += tx.connection.execute(statement).scalars()
    return numbers


def _mentions(tx: Tx, numbers: Sequence[int]) -> list[rows.AnyRow]:
    first = mention.alias("first")
    found: list[rows.AnyRow] = []
    for part in chunks(numbers):
        statement = (
            select(
                *(mention.c[name] for name in _COLUMNS),
                incident.c.subject_key,
                incident.c.severity.label("story_severity"),
                first.c.key.label("duplicates"),
            )
            .outerjoin(incident, incident.c.id == mention.c.incident_id)
            .outerjoin(first, first.c.id == mention.c.duplicate_of)
            .where(mention.c.id.in_(part))
            .order_by(mention.c.id)
        )
        found += tx.connection.execute(statement)
    return found


_COLUMNS = (
    "id",
    "key",
    "content_key",
    "url_key",
    "text_key",
    "thread_key",
    "reply_key",
    "title",
    "text",
    "severity",
    "edits",
    "incident_id",
    "verdict",
)


def _bands(tx: Tx, numbers: Sequence[int]) -> Mapping[int, Sequence[int]]:
    found: dict[int, list[int]] = {}
    for part in chunks(numbers):
        statement = select(mention_band.c.mention_id, mention_band.c.band).where(
            mention_band.c.mention_id.in_(part)
        )
        for row in tx.connection.execute(statement):
            found.setdefault(row.mention_id, []).append(row.band)
    return found


def _known(slug: str, row: rows.AnyRow, bands: Sequence[int]) -> KnownMention:
    return KnownMention(
        school=slug,
        key=row.key,
        keys=Keys(
            key=row.key,
            content=row.content_key,
            url=row.url_key,
            text=row.text_key,
            thread=row.thread_key,
            reply_to=row.reply_key,
            bands=tuple(bands),
        ),
        title=row.title,
        text=row.text,
        severity=Severity(row.severity),
        edits=row.edits,
        incident=row.subject_key,
        duplicate_of=row.duplicates,
        dismissed=Severity(row.story_severity) if row.verdict == NOT_US and row.subject_key else None,
    )


def _open(tx: Tx, numbers: Sequence[int]) -> list[OpenIncident]:
    found: list[OpenIncident] = []
    for part in chunks(numbers):
        statement = rows.incidents_query().where(incident.c.id.in_(part), incident.c.closed_at.is_(None))
        found += [_open_incident(tx, row) for row in tx.connection.execute(statement).all()]
    return found


def _open_incident(tx: Tx, row: rows.AnyRow) -> OpenIncident:
    waiting = unleased(tx, row.id)
    carried, reported = _sources(tx, row.id)
    pending = thaw(NotificationKind.ALERT, waiting.payload) if waiting is not None else None
    return OpenIncident(
        school=row.slug,
        subject_key=row.subject_key,
        severity=Severity(row.severity),
        category=Category(row.category),
        categories=rows.categories(row.categories),
        certain=row.certain,
        count=row.mentions,
        grown_to=row.grown_to,
        clock=row.clock,
        due_at=None if row.answered_at else row.due_at,  # a clock that stands still hurries nobody
        reported_by=reported,
        carried_by=carried,
        voices=_voices(tx, row.id),
        pending=pending if isinstance(pending, Alert) else None,
    )


def _sources(tx: Tx, number: int) -> tuple[frozenset[str], frozenset[str]]:
    """The sources that have a story, and those of them that said it in words of their own."""
    statement = (
        select(source.c.name, mention.c.duplicate_of.is_(None).label("own"))
        .join(source, source.c.id == mention.c.source_id)
        .where(mention.c.incident_id == number)
        .distinct()
    )
    found = tx.connection.execute(statement).all()
    return frozenset(row.name for row in found), frozenset(row.name for row in found if row.own)


def _voices(tx: Tx, number: int) -> Mapping[tuple[str, str], tuple[datetime, ...]]:
    """When each author wrote of a story that is open; only then are names kept."""
    statement = (
        select(source.c.name, mention.c.author, mention.c.seen_at)
        .join(source, source.c.id == mention.c.source_id)
        .where(mention.c.incident_id == number, mention.c.author != "")
        .order_by(mention.c.id.desc())
        .limit(MOST_ALIKE)
    )
    found: dict[tuple[str, str], tuple[datetime, ...]] = {}
    for row in tx.connection.execute(statement):
        voice = (row.name, row.author)
        found[voice] = (*found.get(voice, ()), row.seen_at)
    return found


def keyed(tx: Tx, digest: str) -> bytes:
    """A digest from which nothing can be read back without this installation's key."""
    return hmac.digest(tx.install_key, digest.encode(), hashlib.sha256)[:DIGEST_BYTES]


def _bygone(tx: Tx, slug: str, school_id: int, findings: Sequence[Finding]) -> list[KnownMention]:
    """Posts whose mention was purged and that read as they did then: known, and nothing to say."""
    asked = {keyed(tx, finding.keys.key): finding for finding in findings}
    found: list[KnownMention] = []
    for part in chunks(list(asked)):
        statement = select(bygone.c.entry, bygone.c.content).where(
            bygone.c.school_id == school_id, bygone.c.entry.in_(part)
        )
        for row in tx.connection.execute(statement):
            keys = asked[row.entry].keys
            if row.content == keyed(tx, keys.content):
                found.append(_forgotten(slug, keys))
    return found


def _forgotten(slug: str, keys: Keys) -> KnownMention:
    return KnownMention(
        school=slug,
        key=keys.key,
        keys=Keys(key=keys.key, content=keys.content),
        title="",
        text="",
        severity=Severity.NONE,
        edits=0,
        incident=None,
        duplicate_of=None,
    )
