"""From places where a name stands to matches: what each hit means, and the best of them for each school."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from monitor.matching import evidence, sidebars
from monitor.matching.context import MARK, Evidence
from monitor.matching.index import Hit, Index, Kind
from monitor.matching.names import FULL, Tail, Where, has_another_before, key, read_region, read_tail
from monitor.matching.profiles import Profile, names_of, profile
from monitor.model import Certainty, Ground, Match
from monitor.settings import SchoolSettings
from monitor.text import origin
from sources.base import Entry

Place: TypeAlias = Literal["title", "body", "sender", "link"]
Span: TypeAlias = tuple[int, int]

METHOD: Final = 1
"""Raised whenever the same configuration would match more than before: entries are looked at again."""
_BETWEEN = " | "
_SHORT_POST = 400
"""Characters of a post that is weighed as a whole."""
_SIDE = 300
"""Characters on one side of a bare name that are weighed at most, however long its words are."""
_TITLE_SHARE = 200
_MOST_BARE = 10
"""Bare names of one school that are weighed in one entry."""
_MOST_GROUNDS = 8
_LISTED = "named in a list of other stories"
_EXCERPT = 80
_LINK_REACH = 200
_RANKS: Final = {Certainty.CERTAIN: 2, Certainty.POSSIBLE: 1, Certainty.NO: 0}
_PLACES: Final[tuple[Place, ...]] = ("title", "body", "link", "sender")
"""In the order in which a place is told if a name stands in several."""


@dataclass(frozen=True, slots=True)
class _Section:
    """One field of an entry within the key of the whole entry."""

    place: Place
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Page:
    """An entry as one key: title, body, link and sender, in this order."""

    key: str
    sections: tuple[_Section, ...]

    def section(self, at: int) -> _Section:
        return next(section for section in reversed(self.sections) if section.start <= at)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What one hit means."""

    hit: Hit
    end: int
    """After the school words that follow the name."""
    certainty: Certainty = Certainty.CERTAIN
    context: int = 0
    evidence: tuple[Evidence, ...] = ()
    remark: str = ""
    """Why it is not certain though the name is."""


class Matcher:
    """Finds the schools that entries are about. Reading from several threads is safe."""

    def __init__(self, schools: Mapping[str, SchoolSettings]) -> None:
        self.version = _version(schools)
        """Another one means that entries which matched no school should be looked at again."""
        self._profiles = tuple(profile(slug, at, schools[slug]) for at, slug in enumerate(sorted(schools)))
        self._index = Index(name for one in self._profiles for name in names_of(one))

    def find(self, entry: Entry) -> tuple[Match, ...]:
        """Return the best match of each school that ``entry`` is, or may be, about."""
        return tuple(match for match in self.weigh(entry) if match.certainty is not Certainty.NO)

    def weigh(self, entry: Entry) -> tuple[Match, ...]:
        """Return what ``find`` returns, and bare names that were judged to mean something else."""
        page = _page(entry)
        hits = self._index.hits(page.key)
        matches = self._matches(page, hits, _lists(entry, page)) if hits else ()
        if entry.own_account and all(match.certainty is Certainty.NO for match in matches):
            return self._on_own_account()
        return matches

    def _on_own_account(self) -> tuple[Match, ...]:
        """What is said on the school's own account is said to the school, named or not."""
        certainty = Certainty.CERTAIN if len(self._profiles) == 1 else Certainty.POSSIBLE
        grounds = (Ground(rule="said on the school's own account"),)
        return tuple(
            Match(
                school=one.slug,
                certainty=certainty,
                term=one.settings.school.name,
                place="link",
                span=(0, 0),
                grounds=grounds,
            )
            for one in self._profiles
        )

    def _matches(self, page: _Page, hits: Sequence[Hit], lists: Sequence[Span]) -> tuple[Match, ...]:
        others = [hit for hit in hits if hit.name.kind is Kind.OTHER]
        by_school: dict[int, list[Hit]] = defaultdict(list)
        for hit in hits:
            if hit.name.kind is not Kind.OTHER and _is_allowed(hit, self._profiles[hit.name.school]):
                by_school[hit.name.school].append(hit)
        placed = {number for number in by_school if self._profiles[number].is_placed(page.key)}
        named = {
            number: _read_named(page, self._profiles[number], found, others, placed=number in placed)
            for number, found in by_school.items()
        }
        rivals: dict[int, set[int]] = defaultdict(set)
        for number, readings in named.items():
            for reading in readings:
                rivals[reading.hit.start].add(number)
        matches: list[Match] = []
        for number, found in sorted(by_school.items()):
            one = self._profiles[number]
            settled = (_among_rivals(number, reading, rivals, placed) for reading in named[number])
            readings = [_unless_listed(reading, lists) for reading in settled]
            if not any(reading.certainty is Certainty.CERTAIN for reading in readings):
                readings += (_unless_listed(bare, lists) for bare in _read_bare(page, one, found, others))
            if readings:
                matches.append(_match(page, one, max(readings, key=lambda reading: _rank(page, reading))))
        return tuple(matches)


def _page(entry: Entry) -> _Page:
    sections: list[_Section] = []
    keys: list[str] = []
    start = 0
    texts = (entry.title, entry.text, entry.url, entry.author)
    for place, text in zip(_PLACES, texts, strict=True):
        keys.append(key(text) if text else "")
        sections.append(_Section(place, text, start, start + len(keys[-1])))
        start += len(keys[-1]) + len(_BETWEEN)
    return _Page(_BETWEEN.join(keys), tuple(sections))


def _lists(entry: Entry, page: _Page) -> tuple[Span, ...]:
    """Where in the key lists of other stories stand: articles have them, posts by people do not."""
    if entry.kind != "article" or entry.own_account:
        return ()
    body = page.sections[1].start
    return tuple((body + start, body + end) for start, end in sidebars.spans(entry.text))


def _unless_listed(reading: _Reading, lists: Iterable[Span]) -> _Reading:
    """What stands in a list of other stories only says that there is another story."""
    listed = any(start <= reading.hit.start < end for start, end in lists)
    if not listed or reading.certainty is not Certainty.CERTAIN:
        return reading
    return replace(reading, certainty=Certainty.POSSIBLE, remark=_LISTED)


def _is_allowed(hit: Hit, one: Profile) -> bool:
    """False for a disguise that the school's file does not want undone."""
    switches = one.settings.normalise
    return {"": True, "leet": switches.leet, "spaced": switches.join_spaced}[hit.disguise]


def _read_named(
    page: _Page, one: Profile, hits: Iterable[Hit], others: Sequence[Hit], *, placed: bool
) -> list[_Reading]:
    """The hits that name a school and not just a place: by alias, by handle, or with "primary" behind."""
    readings = (_read_one(page, one, hit, placed=placed) for hit in hits)
    return [reading for reading in readings if reading and not _is_other(reading, others)]


def _read_one(page: _Page, one: Profile, hit: Hit, *, placed: bool) -> _Reading | None:
    if hit.name.kind in {Kind.HANDLE, Kind.DOMAIN, Kind.SCRIPT, Kind.URN}:
        return _Reading(hit, hit.end)
    tail, end = _tail(page, one, hit)
    if tail is Tail.ANOTHER or has_another_before(page.key, hit.start):
        return None
    if tail is Tail.NOTHING and not hit.tagged and hit.name.kind is not Kind.STRONG:
        return None
    where = read_region(page.key, end, one.own)
    if where is Where.ELSEWHERE:
        return None
    if placed or where is Where.HERE:
        return _Reading(hit, end)
    remark = _doubt(one, hit, where)
    return _Reading(hit, end, Certainty.POSSIBLE if remark else Certainty.CERTAIN, remark=remark)


def _among_rivals(
    number: int, reading: _Reading, rivals: Mapping[int, Collection[int]], placed: Collection[int]
) -> _Reading:
    """A name that several watched schools have is only certain beside the right town."""
    numbers = rivals[reading.hit.start]
    if len(numbers) == 1 or number in placed:
        return reading
    if any(other in placed for other in numbers):
        return replace(reading, certainty=Certainty.NO, remark="another school of this name is meant")
    return replace(reading, certainty=Certainty.POSSIBLE, remark="several schools have this name")


def _doubt(one: Profile, hit: Hit, where: Where) -> str:
    if where is Where.DOUBTFUL:
        return "a county is named, and the file does not tell ours"
    if hit.errors > 1:
        return "more than one typing error in the name"
    if one.own.is_common and (hit.name.derived or hit.name.kind is not Kind.STRONG):
        return "many schools have this name"
    return ""


def _tail(page: _Page, one: Profile, hit: Hit) -> tuple[Tail, int]:
    """What the words after the name make of it; those within a strong name count too."""
    written_in_full = hit.end - hit.start >= len(hit.name.words) > hit.name.stem and not hit.errors
    tail, end = read_tail(page.key, hit.start + hit.name.stem if written_in_full else hit.end, one.own)
    return tail, max(end, hit.end)


def _is_other(reading: _Reading, others: Sequence[Hit]) -> bool:
    """Whether another school's name stands here: written out it beats a misspelling of ours, and a shorter name."""
    hit = reading.hit
    return any(
        other.name.school == hit.name.school
        and other.start < reading.end
        and hit.start < other.end
        and (hit.errors > 0 or other.end - other.start > reading.end - hit.start)
        for other in others
    )


def _read_bare(page: _Page, one: Profile, hits: Iterable[Hit], others: Sequence[Hit]) -> list[_Reading]:
    """The hits on a bare name, each weighed by the words near it."""
    end = page.sections[1].end
    bare = {
        (hit.start, hit.end): hit
        for hit in sorted(hits, key=lambda hit: -hit.errors)
        if hit.start < end and _is_bare(page, one, hit, others)
    }
    spans = sorted(bare)
    thresholds = one.settings.thresholds
    readings: list[_Reading] = []
    for span in spans[:_MOST_BARE]:
        found = one.weigher.weigh(_window(page, span, spans, one.reach))
        points = sum(piece.weight for piece in found) - (1 if bare[span].errors else 0)
        certainty = Certainty.NO
        if points >= thresholds.maybe:
            certainty = Certainty.CERTAIN if points >= thresholds.accept else Certainty.POSSIBLE
        readings.append(_Reading(bare[span], span[1], certainty, points, found))
    return readings


def _is_bare(page: _Page, one: Profile, hit: Hit, others: Sequence[Hit]) -> bool:
    if hit.name.kind is not Kind.WEAK or (hit.errors and not hit.name.fuzzy):
        return False
    if _is_other(_Reading(hit, hit.end), others) or has_another_before(page.key, hit.start):
        return False
    tail, end = read_tail(page.key, hit.end, one.own)
    if tail is not Tail.NOTHING or read_region(page.key, end, one.own) is Where.ELSEWHERE:
        return False  # with "primary" behind it the name has been read as a school's, and judged
    return not _is_in_link(page.key, hit)


def _is_in_link(text: str, hit: Hit) -> bool:
    """Whether a name is part of an address, where every word is near every other."""
    before = text[max(0, hit.start - _LINK_REACH) : hit.start].rsplit(" ", 1)[-1]
    follows = text[hit.end : hit.end + 2]
    return "//" in before or before.startswith("www.") or (follows[:1] == "." and follows[1:].isalnum())


def _window(page: _Page, span: Span, spans: Sequence[Span], reach: int) -> str:
    """The words round a bare name, title included, with ``MARK`` for every bare name."""
    title, body = page.sections[:2]
    if body.end <= _SHORT_POST:
        return _marked(page.key, 0, body.end, spans)
    start = _reach_back(page.key, span[0], reach)
    end = min(body.end, _reach_on(page.key, span[1], reach))
    if start <= title.end:
        return _marked(page.key, 0 if start < _TITLE_SHARE else start, end, spans)
    heading = _marked(page.key, title.start, min(title.end, _TITLE_SHARE), spans)
    return heading + _BETWEEN + _marked(page.key, start, end, spans)


def _reach_back(text: str, start: int, words: int) -> int:
    before = text[max(0, start - _SIDE) : start]
    return start - len(" ".join(before.split(" ")[-words - 1 :]))


def _reach_on(text: str, end: int, words: int) -> int:
    return end + len(" ".join(text[end : end + _SIDE].split(" ")[: words + 1]))


def _marked(text: str, start: int, end: int, spans: Iterable[Span]) -> str:
    pieces: list[str] = []
    for first, last in spans:
        if start <= first and last <= end:
            pieces += (text[start:first], MARK)
            start = last
    return "".join((*pieces, text[start:end]))


def _rank(page: _Page, reading: _Reading) -> tuple[int, int, int, int]:
    place = _PLACES.index(page.section(reading.hit.start).place)
    return _RANKS[reading.certainty], reading.context, -place, -reading.hit.start


def _match(page: _Page, one: Profile, reading: _Reading) -> Match:
    section = page.section(reading.hit.start)
    start = reading.hit.start - section.start
    end = min(reading.end, section.end) - section.start
    span = origin(section.text, (start, end), FULL)
    return Match(
        school=one.slug,
        certainty=reading.certainty,
        term=reading.hit.name.term,
        place=section.place,
        span=span,
        context=reading.context,
        grounds=tuple(_grounds(reading, section, section.text[slice(*span)])),
    )


def _grounds(reading: _Reading, section: _Section, written: str) -> Iterator[Ground]:
    slip = ", with a typing error" if reading.hit.errors else ""
    yield Ground(rule=f"named in the {section.place}{slip}", excerpt=written[:_EXCERPT])
    if reading.remark:
        yield Ground(rule=reading.remark, weight=0.0)
    for piece in reading.evidence[:_MOST_GROUNDS]:
        rule = "school word near the name" if piece.weight > 0 else "word of another sense near the name"
        words = piece.words.replace(MARK, "…").strip()
        yield Ground(rule=rule, excerpt=words[:_EXCERPT], weight=float(piece.weight))


def _version(schools: Mapping[str, SchoolSettings]) -> str:
    """A digest of all that decides what matches: the files, the built-in lists and the method."""
    told = {
        slug: settings.model_dump(
            mode="json",
            include={
                "school": {"name", "urn", "locality", "postcode"},
                "alias": True,
                "context": True,
                "other_schools": True,
                "normalise": True,
                "thresholds": True,
            },
        )
        for slug, settings in schools.items()
    }
    lists = [value for name, value in sorted(vars(evidence).items()) if name.isupper()]
    text = json.dumps([METHOD, lists, told], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
