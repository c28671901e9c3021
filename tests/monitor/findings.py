"""Findings as tests need them, and a memory that keeps what was decided, as the database would."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from alerts.base import Alert, Category, Severity
from monitor.model import (
    Assessment,
    Certainty,
    EditedMention,
    Finding,
    Ground,
    IncidentChange,
    Keys,
    Known,
    KnownMention,
    Match,
    NewMention,
    OpenIncident,
    Sentiment,
)
from sources.base import Entry, EntryKind

NOW = datetime(2026, 11, 24, 10, 15, tzinfo=UTC)
"""A Tuesday in term."""
SCHOOL = "holm-nook"


def digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def finding(
    name: str = "p1",
    *,
    severity: Severity = Severity.MEDIUM,
    categories: tuple[Category, ...] = (Category.COMPLAINT_GENERAL,),
    needs: bool | None = None,
    certain: bool = True,
    word: bool = False,
    own: bool = False,
    text: str = "",
    title: str = "",
    url: str = "",
    thread: str = "",
    reply_to: str = "",
    published: datetime | None = NOW,
    school: str = SCHOOL,
    imagery: bool = False,
    quotable: bool = True,
    kind: EntryKind = "post",
    grounds: tuple[Ground, ...] = (),
    source: str = "feed:a",
    bands: tuple[int, ...] = (),
) -> Finding:
    """A finding named ``name``; what it shares with others is told by equal words."""
    said = text or f"the text of {name}"
    entry = Entry(
        id=name,
        url=url,
        title=title,
        text=said,
        published=published,
        own_account=own,
        quotable=quotable,
        kind=kind,
    )
    match = Match(
        school=school,
        certainty=Certainty.CERTAIN if certain else Certainty.POSSIBLE,
        term="holm nook",
        place="body",
        span=(0, 5),
    )
    assessment = Assessment(
        sentiment=Sentiment(compound=0.0, label="neu"),
        abuse=0.0,
        categories=categories,
        severity=severity,
        needs_response=severity >= Severity.MEDIUM if needs is None else needs,
        child_or_school_word=word,
        imagery=imagery,
        grounds=grounds,
    )
    keys = Keys(
        key=key(name, source),
        content=digest("content", title, said),
        url=url and digest("url", url),
        text=digest("text", said),
        thread=thread and digest("thread", thread),
        reply_to=reply_to and key(reply_to, source),
        bands=bands,
    )
    return Finding(school=school, entry=entry, match=match, assessment=assessment, keys=keys)


def key(name: str, source: str = "feed:a") -> str:
    return digest("key", source, name)


def never_same(title: str, text: str, other_title: str, other_text: str) -> bool:
    return False


def a_day_later(received: datetime) -> datetime:
    return received + timedelta(hours=24)


class Memory:
    """Keeps mentions and stories of one school in the way the database does."""

    def __init__(self) -> None:
        self.mentions: dict[str, KnownMention] = {}
        self.findings: dict[str, Finding] = {}
        self.stories: dict[str, OpenIncident] = {}
        self.past: set[str] = set()
        """Keys of mentions whose story is closed, though another may have its name."""

    def known(self) -> Known:
        return Known(
            mentions=tuple(self.mentions.values()),
            incidents={(story.school, name): story for name, story in self.stories.items()},
        )

    def keep(
        self,
        mentions: Iterable[NewMention],
        edited: Iterable[EditedMention],
        changes: Iterable[IncidentChange],
    ) -> None:
        for new in mentions:
            assert new.finding.keys.key not in self.mentions, "stored twice"
            self._put(new.finding, new.text, new.incident, new.duplicate_of, 0)
        for edit in edited:
            old = self.mentions[edit.finding.keys.key]
            self._put(edit.finding, edit.text, edit.incident or old.incident, old.duplicate_of, old.edits + 1)
            if edit.incident:
                self.past.discard(old.key)
        for change in changes:
            self.put_story(change)

    def put_story(self, change: IncidentChange, pending: Alert | None = None) -> None:
        known = {one.name for one in dataclasses.fields(OpenIncident)}
        values = {
            one.name: getattr(change, one.name) for one in dataclasses.fields(change) if one.name in known
        }
        self.stories[change.subject_key] = OpenIncident(**values, pending=pending)

    def close(self, subject_key: str) -> None:
        self.past.update(mention.key for mention in self.members(subject_key))
        del self.stories[subject_key]

    def members(self, subject_key: str) -> Sequence[KnownMention]:
        present = (mention for mention in self.mentions.values() if mention.key not in self.past)
        return [mention for mention in present if mention.incident == subject_key]

    def _put(self, one: Finding, text: str, story: str | None, first: str | None, edits: int) -> None:
        self.findings[one.keys.key] = one
        self.mentions[one.keys.key] = KnownMention(
            school=one.school,
            key=one.keys.key,
            keys=one.keys,
            title=one.entry.title,
            text=text,
            severity=one.assessment.severity,
            edits=edits,
            incident=story,
            duplicate_of=first,
        )
