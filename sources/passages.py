"""A whole page as passages, and which of them are news since the last look. Runs in the parser's cage.

A passage is what stands on a line of its own. It is known by a digest of its words, wherever it stands: what moves is
no news, and what comes back is none. What is another at look after look, in the same place of the page, is a clock, a
counter or a turning banner: after a while it is muted, until it stands still.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sources import markup
from sources.items import digest

MUTED_FROM = 3
"""Looks in a row at which all passages of a place were others."""
_MOST_RESTLESS = 5
"""As restless as a place is called: so many quieter looks are needed, less ``MUTED_FROM``, until it is heard again."""

MAX_PASSAGES = 1_000
"""Passages of a page that are watched; a long one has 300."""
MAX_KNOWN = 2_000
"""Passages that are remembered: those on the page, and those that stood there before."""

_UNSEEN = frozenset(
    [
        "head",
        "iframe",
        "noembed",
        "noframes",
        "noscript",
        "script",
        "select",
        "style",
        "svg",
        "template",
        "dialog",
    ]
)
_NEVER_BESIDE = frozenset(["html", "body", "main", "article"])
_BESIDE = re.compile(
    r"(?:^|[\s_-])(?:cookie\w*|consent|gdpr|ccpa|onetrust\w*|captcha)(?=$|[\s_-])", re.IGNORECASE
)
_DIGITS = re.compile(r"\d+")
_LETTERS = re.compile(r"[^\W\d_]{2}")
_LONGEST_NAME = 100  # characters of a class that tell a place
_DEEPEST = 6  # elements above a passage that tell its place

# Where in a mark words, place and restlessness stand; the last is "-" for what has left the page.
_WORDS = slice(0, 12)
_PLACE = slice(12, 20)
_LEVEL = slice(20, 21)
_GONE = "-"
MARK = re.compile(r"[0-9a-f]{20}[0-9-]", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A line of the page."""

    text: str
    place: str
    """A digest of where it stands: the elements above it by their names, not by their numbers."""

    @property
    def words(self) -> str:
        """By what it is known."""
        return digest(" ".join(self.text.split()).casefold(), 12)

    @property
    def counts(self) -> bool:
        """Whether it has numbers, as clocks and counters do."""
        return bool(_DIGITS.search(self.text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a look at a page came to."""

    new: tuple[Passage, ...]
    marks: tuple[str, ...]
    """What to remember."""
    muted: int
    """Passages that are others at each look, and were left out."""


def split(html: str) -> tuple[Passage, ...]:
    """The passages of a page, or of a part of one, in their order; what says nothing is left out."""
    from lxml import etree  # type: ignore[import-untyped]  # noqa: PLC0415 -- no types; cage only

    lines = _Lines()
    parser = etree.HTMLParser(target=lines, encoding="utf-8")
    parser.feed(markup.printable(html).encode())
    return tuple(parser.close())


def changed(passages: Sequence[Passage], known: Iterable[str]) -> Change:
    """What of ``passages`` is news to somebody who remembers ``known``."""
    marks = [mark for mark in known if MARK.fullmatch(mark)]
    levels = _levels(passages, marks)
    seen = {mark[_WORDS] for mark in marks}
    new = {passage.words: passage for passage in passages if passage.words not in seen}.values()
    muted = [passage for passage in new if levels[passage.place] >= MUTED_FROM]
    now = {passage.words: f"{passage.words}{passage.place}{levels[passage.place]}" for passage in passages}
    gone = (f"{mark[:20]}{_GONE}" for mark in marks if mark[_WORDS] not in now)
    return Change(
        new=tuple(passage for passage in new if levels[passage.place] < MUTED_FROM),
        marks=(*now.values(), *gone)[:MAX_KNOWN],
        muted=len(muted),
    )


def _levels(passages: Sequence[Passage], marks: Iterable[str]) -> Mapping[str, int]:
    """How restless each place is: one more for each look that finds nothing there as it was, one less for each other."""
    before: dict[str, set[str]] = defaultdict(set)
    level: dict[str, int] = defaultdict(int)
    for mark in marks:
        if mark[_LEVEL] != _GONE:
            before[mark[_PLACE]].add(mark[_WORDS])
            level[mark[_PLACE]] = max(level[mark[_PLACE]], int(mark[_LEVEL]))
    now: dict[str, set[str]] = defaultdict(set)
    counting: set[str] = set()
    for passage in passages:
        now[passage.place].add(passage.words)
        counting.update([passage.place] if passage.counts else ())
    for place, words in now.items():
        was = before[place]
        is_other = words.isdisjoint(was) or (place in counting and not words <= was)
        step = 1 if was and is_other else -1
        level[place] = min(max(level[place] + step, 0), _MOST_RESTLESS)
    return level


@dataclass(slots=True)
class _Lines:
    """Gathers passages while lxml reads; no tree is built, so nesting costs nothing."""

    _found: list[Passage] = field(default_factory=list)
    _path: list[str] = field(default_factory=list)
    _pieces: list[str] = field(default_factory=list)
    _hidden: int = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if self._hidden or tag in _UNSEEN or _is_hidden(tag, attributes):
            self._hidden += 1
            return
        self._part(tag)
        named = (attributes.get("id", ""), attributes.get("class", ""))
        self._path.append(" ".join((tag, *(_DIGITS.sub("", name[:_LONGEST_NAME]) for name in named))))

    def end(self, tag: str) -> None:
        if self._hidden:
            self._hidden -= 1
            return
        self._part(tag)
        self._path.pop()

    def data(self, data: str) -> None:
        if not self._hidden:
            self._pieces.append(data.replace("\n", " "))

    def close(self) -> Sequence[Passage]:
        self._finish()
        return self._found

    def _part(self, tag: str) -> None:
        gap = markup.gap(tag)
        if gap == "\n":
            self._finish()
        elif gap:
            self._pieces.append(gap)

    def _finish(self) -> None:
        text = markup.one_line("".join(self._pieces), markup.TEXT_LIMIT)
        self._pieces.clear()
        if len(self._found) <= MAX_PASSAGES and _LETTERS.search(text):
            # What only counts has a place of its own: among lines that count, those that do not are news.
            shape = _DIGITS.sub("0", text) if _DIGITS.search(text) else ""
            above = "/".join(self._path[-_DEEPEST:])
            self._found.append(Passage(text=text, place=digest(f"{above}\x00{shape}", 8)))


def _is_hidden(tag: str, attributes: Mapping[str, str]) -> bool:
    if "hidden" in attributes:
        return True
    if tag in _NEVER_BESIDE:  # pages write upon these what they ask for elsewhere
        return False
    return any(
        _BESIDE.search(attributes[name][:_LONGEST_NAME]) for name in ("class", "id") if name in attributes
    )
