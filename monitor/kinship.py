"""What mentions have in common: a text that is repeated, a thread, a link, an answer.

Remembers each mention by everything others could share with it. A flood of one text is remembered once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from alerts.base import Severity
from monitor.model import Keys, KnownMention

MOST_ALIKE = 16
"""Candidates for a near-duplicate that are compared with one mention: a flood must not slow us down."""

Same: TypeAlias = Callable[[str, str, str, str], bool]
"""Whether (title, text) and (title, text) say the same."""


@dataclass(slots=True, kw_only=True, eq=False)
class Group:
    """A text and all that repeat it."""

    first: str
    """Key of the first mention that said it."""
    title: str
    text: str
    story: str | None = None
    """Subject key of the open story that it belongs to."""
    dismissed: tuple[Severity, str] | None = None
    """The gravest story of it that a person has closed as not about the school: how grave, and its subject key."""

    def dismissed_as(self, severity: Severity) -> str | None:
        """The closed story that another copy of this text joins without a word, unless it is graver than that was.

        Never one that is high or critical: whoever repeats a grave text first could have it closed as nonsense, and
        so silence those whom it really concerns.
        """
        if self.story is not None or self.dismissed is None:
            return None
        return None if severity > min(self.dismissed[0], Severity.MEDIUM) else self.dismissed[1]


class Kinship:
    """Finds the kin of a mention among all that were learnt."""

    def __init__(self, same: Same) -> None:
        self._same = same
        self._groups: dict[str, Group] = {}
        self._by_text: dict[str, Group] = {}
        self._by_band: dict[int, list[Group]] = {}
        self._story_of: dict[str, str] = {}
        """Open stories by key of a mention, thread or link: all digests, so they cannot be mistaken."""

    def learn(self, mention: KnownMention, story: str | None) -> None:
        """Remember a stored mention, with its story if that is open."""
        group = self._group(mention.duplicate_of or mention.key, mention.title, mention.text)
        if mention.key == group.first:
            group.title, group.text = mention.title, mention.text
        if mention.dismissed is not None and mention.incident:
            group.dismissed = max(
                group.dismissed or (Severity.NONE, ""), (mention.dismissed, mention.incident)
            )
        self._index(mention.keys, group, story)

    def add(self, keys: Keys, title: str, text: str, *, group: Group | None, story: str | None) -> None:
        """Remember a new mention; ``group`` is what it repeats."""
        self._index(keys, group or self._group(keys.key, title, text), story)

    def original(self, keys: Keys, title: str, text: str) -> Group | None:
        """What this mention repeats: the same normalised text, or one so near that ``same`` agrees."""
        if keys.text in self._by_text:
            return self._by_text[keys.text]
        alike = Counter(group for band in keys.bands for group in self._by_band.get(band, ()))
        groups = (group for group, _ in alike.most_common(MOST_ALIKE))
        return next((group for group in groups if self._same(title, text, group.title, group.text)), None)

    def related(self, keys: Keys, group: Group | None) -> str:
        """The open story it belongs to by repeating, answering, or sharing thread or link; or nothing."""
        if group is not None and group.story is not None:
            return group.story
        ties = (keys.key, keys.reply_to, keys.thread, keys.url)
        return next((self._story_of[tie] for tie in ties if tie in self._story_of), keys.key)

    def has_only_the_link(self, keys: Keys, group: Group | None) -> bool:
        """Whether nothing but a shared link makes it kin: anybody can write any link."""
        if group is not None and group.story is not None:
            return False
        return keys.url in self._story_of and not any(
            tie in self._story_of for tie in (keys.key, keys.reply_to, keys.thread)
        )

    def _group(self, first: str, title: str, text: str) -> Group:
        return self._groups.setdefault(first, Group(first=first, title=title, text=text))

    def _index(self, keys: Keys, group: Group, story: str | None) -> None:
        """Let later mentions find this one; what shares something first stays the first."""
        if keys.text:
            self._by_text.setdefault(keys.text, group)
        for band in keys.bands:
            near = self._by_band.setdefault(band, [])
            if len(near) < MOST_ALIKE and group not in near:
                near.append(group)
        if story is None:
            return
        group.story = group.story or story
        for tie in filter(None, (keys.key, keys.thread, keys.url)):
            self._story_of.setdefault(tie, story)
