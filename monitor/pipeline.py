"""The way of a post, from a source to the decision who hears of it. Read this first.

::

    sources that are due            the database knows which
      poll                          the network; nothing is held meanwhile
      examine   entries  -> Examined    which are about a school, and what each says        here, pure
      decide    Examined -> Plan        new? part of a story? worse? who hears, and when?   here, pure
      record    Plan     -> database    mentions, stories, mails, checkpoint: all or nothing
    mails that are due              the database knows which
      render and send               the network; nothing is held meanwhile
      settle                        sent, again later, or given up

``examine`` is the costly half and looks at nothing but the posts. ``decide`` runs inside the transaction that
records its plan, on what the database knows of these posts, so that no two decisions are made on stale
knowledge. Neither knows a clock, a file, a network or a database: ``now`` is an argument.
"""

from __future__ import annotations

import dataclasses
import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Protocol

from monitor import deadlines, dedupe, incidents, speech
from monitor.model import (
    WINDOW,
    Assessment,
    Examined,
    Finding,
    Ground,
    Known,
    Match,
    NewNotification,
    Plan,
    Rejected,
)
from monitor.reach import Press
from monitor.school import masker
from monitor.settings import SchoolFacts
from monitor.speech import SchoolView, school_view
from monitor.text import window as cut
from sources.base import Entry

__all__ = ["Context", "SchoolView", "decide", "examine", "masker", "school_view", "window"]

LONGEST_TITLE = 300
"""Characters of a title that are assessed: a headline says what it says well before."""


class Matcher(Protocol):
    """Finds the schools that an entry may be about."""

    @property
    def version(self) -> str:
        """Changes whenever the same text might match differently."""
        ...

    def find(self, entry: Entry) -> tuple[Match, ...]:
        """Every school that the entry is, or may be, about."""
        ...


class Judge(Protocol):
    """Says what a text is about and how grave it is."""

    def assess(
        self, entry: Entry, window: str, *, source_kind: str = "", match: Match | None = None
    ) -> Assessment:
        """Assess the ``window`` of ``entry``; ``match`` tells where the school is named."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What deciding needs besides the posts and what is known of them."""

    schools: Mapping[str, SchoolView]
    source: str
    """The source's name, as people see it."""
    kind: str = ""
    first_poll: bool = False
    """The source was never polled before: what is old was there before the watch."""
    first_look: timedelta = timedelta(hours=48)
    press: Press = field(default_factory=Press)
    group_wait: timedelta = timedelta(minutes=5)


def examine(
    entries: Iterable[Entry],
    *,
    source: str,
    matcher: Matcher,
    judge: Judge,
    source_kind: str,
    install_key: bytes,
    seen: Mapping[bytes, bytes],
) -> Examined:
    """Learn everything that can be learnt from the posts alone.

    ``source`` is the identity of the source that keys are made with. ``seen`` holds digests of entries that
    matched nothing earlier, with that of their content: they are passed over while both are the same.
    """
    findings: list[Finding] = []
    rejected: list[Rejected] = []
    others: list[tuple[bytes, bytes]] = []
    for entry in entries:
        if entry.by_us:  # what the school itself says is no mention
            continue
        try:
            mark = _mark(entry, source, matcher, install_key)
            if seen.get(mark[0]) == mark[1]:
                continue
            found = _findings(entry, source, matcher, judge, source_kind)
        except Exception as error:  # noqa: BLE001 -- whatever one entry breaks must not cost the others; it is kept for the operator
            name = dedupe.seen_digest(install_key, source, entry.id).hex()  # it may be about somebody else
            rejected.append(Rejected(entry_id=name, error=_place(error)))
            continue
        findings += found
        others += [] if found else [mark]
    return Examined(findings=tuple(findings), rejected=tuple(rejected), others=tuple(others))


def window(entry: Entry, match: Match | None) -> str:
    """What is assessed of an entry: its title and the text round the match, at most ``WINDOW`` characters."""
    title = entry.title[:LONGEST_TITLE]
    span = match.span if match and match.place == "body" else (0, 0)
    return f"{title}\n{cut(entry.text, span, WINDOW - len(title) - 1)}".strip()


def decide(examined: Examined, known: Known, context: Context, now: datetime) -> Plan:
    """Decide what the posts mean: what is stored, which stories move, and who hears of it."""
    plans = [
        _decide(findings, _known_of(known, slug), context.schools[slug], context, now)
        for slug, findings in _by_school(examined.findings).items()
        if slug in context.schools
    ]
    return Plan(
        mentions=tuple(one for plan in plans for one in plan.mentions),
        edited=tuple(one for plan in plans for one in plan.edited),
        incidents=tuple(one for plan in plans for one in plan.incidents),
        notifications=tuple(one for plan in plans for one in plan.notifications),
        rejected=examined.rejected,
    )


def _decide(
    findings: Sequence[Finding], known: Known, view: SchoolView, context: Context, now: datetime
) -> Plan:
    facts: SchoolFacts = view.settings.school
    rules = incidents.Rules(
        now=now,
        same=dedupe.same,
        text=speech.window,
        due=lambda received: deadlines.due(received, facts).at,
        possible_alerts=view.settings.thresholds.critical_maybe_alert,
        press=context.press,
        quiet=_older_than_the_watch(findings, context, now),
    )
    outcome = incidents.sort(findings, known, rules)
    occasion = speech.Occasion(now=now, source=context.source, group_wait=context.group_wait)
    notifications: tuple[NewNotification, ...] = speech.speak(outcome.moves, known, view, occasion)
    return Plan(
        mentions=outcome.mentions,
        edited=outcome.edited,
        incidents=tuple(move.change for move in outcome.moves),
        notifications=notifications,
    )


def _mark(entry: Entry, source: str, matcher: Matcher, install_key: bytes) -> tuple[bytes, bytes]:
    """By what an entry that matches nothing is known again; nothing can be read back from it."""
    content = dedupe.content_digest(install_key, matcher.version, entry.title, entry.text)
    return dedupe.seen_digest(install_key, source, entry.id), content


def _findings(entry: Entry, source: str, matcher: Matcher, judge: Judge, source_kind: str) -> list[Finding]:
    matches = matcher.find(entry)
    keys = dedupe.keys(source, entry) if matches else None
    found = [
        Finding(
            school=match.school,
            entry=entry,
            match=match,
            assessment=judge.assess(entry, window(entry, match), source_kind=source_kind, match=match),
            keys=keys,
        )
        for match in matches
        if keys is not None
    ]
    return found if entry.quotable else [_wordless(finding) for finding in found]


def _wordless(finding: Finding) -> Finding:
    """The same without the words that its grounds quote: who asks not to be quoted is not kept in pieces."""
    match, judged = finding.match, finding.assessment
    return dataclasses.replace(
        finding,
        match=dataclasses.replace(match, grounds=_unquoted(match.grounds)),
        assessment=dataclasses.replace(judged, grounds=_unquoted(judged.grounds)),
    )


def _unquoted(grounds: Sequence[Ground]) -> tuple[Ground, ...]:
    return tuple(dataclasses.replace(ground, excerpt="") for ground in grounds)


def _place(error: BaseException) -> str:
    """The type of an error and where it came from; nothing of its message, which may quote the post."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {PurePath(frame.filename).name}:{frame.lineno}"


def _by_school(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        found.setdefault(finding.school, []).append(finding)
    return found


def _known_of(known: Known, slug: str) -> Known:
    return Known(
        mentions=tuple(mention for mention in known.mentions if mention.school == slug),
        incidents={place: story for place, story in known.incidents.items() if place[0] == slug},
    )


def _older_than_the_watch(findings: Iterable[Finding], context: Context, now: datetime) -> frozenset[str]:
    """Keys of posts that a source already had when it was first looked at; those without a date count as old."""
    oldest = now - context.first_look
    return frozenset(
        one.keys.key
        for one in findings
        if (context.first_poll or one.entry.backlog)
        and (one.entry.published is None or one.entry.published < oldest)
    )
