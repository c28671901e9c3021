"""What people closed as *not us* becomes proposals: words near a bare name that tell the other thing apart.

Pure, and only a proposal: each is tried on the stored history with the matcher itself, with it and without, so that
whoever accepts it sees what it would have gained and what it would have cost. Nothing is learned here.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from alerts.base import Severity
from alerts.names import MaskNames, fold, lists, people
from monitor.facts import PastMention
from monitor.matching import Matcher
from monitor.matching.context import Weigher, weigher
from monitor.matching.names import key
from monitor.model import Certainty
from monitor.school import mask_names, masker
from monitor.settings import SchoolSettings
from sources.base import Entry

ENOUGH: Final = 2
"""Stories of different authors or sources that must agree: one person's habit, or one mistake, teaches nothing."""
SHORTEST: Final = 3
"""Letters of a word: shorter ones stand for too much."""
MORE_OFTEN: Final = 3
"""How many times more often a word stands in posts that are not ours than in ours, to be worth trying."""
MOST_TRIED: Final = 150
"""Words that are tried, the most frequent first: a hundredth of a second each."""
MOST_PROPOSED: Final = 20
"""More than anybody reads."""
GRAVE: Final = Severity.HIGH
"""From here on a past alert must not be lost."""
_LOSS: Final = 3
"""How many posts that are not ours a lost one of ours weighs."""

_WORD = re.compile(r"[^\W\d_][^\W_]*")
_PAIR = re.compile(r"(?=(?<![^\W_])([^\W\d_][^\W_]* [^\W\d_][^\W_]*)(?![^\W_]))")
_HIDDEN = re.compile(r"\[[a-z-]+\]")
"""What masking leaves of addresses and accounts."""
_AUTHOR = re.compile(r"//[^/]+/(?:profile/|users?/|u/|@)([^/?#]+)")
_RANK: Final = {Certainty.NO: 0, Certainty.POSSIBLE: 1, Certainty.CERTAIN: 2}
_SAYS_NOTHING: Final = """
about after afternoon again all also always and another any anyone anything are around ask asked back bad because
been before being best better big both but buy call came can cannot cant come could days did didnt does doesnt doing
done dont down each early else end ever every everyone everything far few find first for free from full gave get gets
getting give going good got great had happy hard has have having hear heard her here him his how into its ive join
just keep know last late later least left less let like little local long look looking lost lot love lovely made
make many may maybe might more morning most much must near need needs never new next nice nobody none not nothing
now old once one only other our own part people place please post put read really right said same saturday
saw say says see seen she should since some someone something soon sorry start started still such sunday sure take taken
tell than thank thanks that the their them then there these they thing things think this those though thought three
through today together told tomorrow tonight too took two under until use used very via want wants was way week
weekend weeks well went were what when where which while who whole why will with wont would year years yes yesterday yet
you young your monday tuesday wednesday thursday friday
"""
_EMPTY: Final = frozenset(_SAYS_NOTHING.split())
"""Words that say nothing of what is meant."""
_PARTICLES: Final = frozenset(["away", "day", "home", "live", "night", "off", "out", "over", "time"])
"""Words that say something only beside another: "kick off", "quiz night"."""


@dataclass(frozen=True, slots=True)
class _Post:
    """A stored mention as the matcher reads it today."""

    mention: PastMention
    entry: Entry
    key: str
    certainty: Certainty
    by_context: bool
    """Found by a bare name: words near it can change what it is taken for."""


@dataclass(frozen=True, kw_only=True)
class Bench:
    """A school's history, read with today's settings: what proposals are tried on."""

    settings: SchoolSettings
    posts: tuple[_Post, ...]
    unmatched: int
    """Stored mentions that today's settings would not match any more."""

    @cached_property
    def not_us(self) -> tuple[_Post, ...]:
        """Those that people closed as not about the school."""
        return tuple(post for post in self.posts if post.mention.not_us)

    @property
    def ours(self) -> int:
        """How many are left to be lost."""
        return len(self.posts) - len(self.not_us)

    @property
    def named(self) -> int:
        """Posts that are not ours and yet name the school in full: no word near the name helps there."""
        return sum(not post.by_context for post in self.not_us)

    def weight(self, words: str) -> int:
        """What a word counts near a bare name today; 0 if it is not known."""
        found = self._weigher.words.fullmatch(words)
        return self._weigher.weights[(found.lastindex or 1) - 1] if found else 0

    @cached_property
    def _weigher(self) -> Weigher:
        return weigher(self.settings.context, (), has_article=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Words that might count against a bare name, and what that would have done. Mentions by number."""

    words: str
    """As the school's file spells them; with ``*`` they count double."""
    stories: tuple[int, ...]
    """Closed as *not us*, with these words."""
    independent: int
    """How many of the stories are of different authors or sources, and not the same text."""
    gone: tuple[int, ...]
    """Not ours: would not match any more …"""
    doubted: tuple[int, ...]
    """… or would only possibly be ours."""
    lost: tuple[int, ...]
    """Ours: would not match any more …"""
    weakened: tuple[int, ...]
    """… or would only possibly be ours."""
    alerts: tuple[int, ...] = field(default=())
    """Of the last two those that were high or critical: they alerted at once, and would not."""

    @property
    def is_refused(self) -> bool:
        """Whether it would have cost a past alert."""
        return bool(self.alerts)

    @property
    def is_shared(self) -> bool:
        """Whether enough independent stories speak for it."""
        return self.independent >= ENOUGH

    @property
    def effect(self) -> tuple[tuple[int, ...], ...]:
        """What it would have done to which mentions."""
        return self.gone, self.doubted, self.lost, self.weakened

    @property
    def worth(self) -> int:
        """Gain less loss."""
        return 2 * (len(self.gone) - _LOSS * len(self.lost)) + len(self.doubted) - _LOSS * len(self.weakened)


def spelt(words: str) -> str:
    """``words`` as they are stored: like the key of a text, with the star in front if there was one."""
    return ("*" if words.strip().startswith("*") else "") + key(words).strip()


def bench(past: Iterable[PastMention], settings: SchoolSettings) -> Bench:
    """Read the stored mentions again, with today's settings."""
    matcher = Matcher({_SCHOOL: settings})
    read = tuple(_read(one, matcher) for one in past)
    posts = tuple(post for post in read if post.certainty is not Certainty.NO)
    return Bench(settings=settings, posts=posts, unmatched=len(read) - len(posts))


def candidates(on: Bench) -> tuple[str, ...]:
    """Return words and pairs of words that stand more often in what is not ours, the most frequent first."""
    mask = masker(on.settings)
    shown = (mask(f"{post.mention.title} . {post.mention.text}") for post in on.not_us if post.by_context)
    theirs = Counter(words for text in shown for words in _phrases(key(_HIDDEN.sub(" . ", text))))
    ours = Counter(words for post in on.posts if not post.mention.not_us for words in _phrases(post.key))
    telling = [
        words
        for words, many in theirs.items()
        if many * max(1, on.ours) >= MORE_OFTEN * ours[words] * len(on.not_us)
    ]
    return tuple(sorted(telling, key=lambda words: (-theirs[words], -len(words), words))[:MOST_TRIED])


def why_never(words: str, on: Bench, unsafe: Callable[[str], str]) -> str:
    """Return why ``words`` must not be learned, in plain words; nothing if they may.

    ``unsafe`` says it of words that no post may be passed over for.
    """
    parts = words.split(" ")
    if any(len(part) < SHORTEST for part in parts):
        return f"a word of fewer than {SHORTEST} letters stands for too much"
    if _says_nothing(parts):
        return "it says nothing of what is meant"
    if not _own_words(on.settings).isdisjoint(parts):
        return "it is part of the school's own names or of its place"
    if any(map(_is_name, parts)) or not _people(on.settings).isdisjoint(parts):
        return "it is, or may be, a person's name"
    if on.weight(words) > 0:
        return "it speaks for the school"
    return unsafe(words)


def try_out(on: Bench, words: str) -> Proposal:
    """Say what ``words`` would have done: the history is read again by a matcher that has them."""
    bare = words.removeprefix("*")
    found = _standing(bare)
    matcher = Matcher({_SCHOOL: on.settings.excluding([words])})
    effect: dict[tuple[bool, bool], list[PastMention]] = defaultdict(list)
    for post in on.posts:
        if bare in post.key and found.search(post.key):  # the first is far cheaper
            now = _certainty(matcher, post.entry)
            if _RANK[now] < _RANK[post.certainty]:
                effect[post.mention.not_us, now is Certainty.NO].append(post.mention)
    told = [post.mention for post in on.not_us if found.search(post.key)]
    ours = [*effect[False, True], *effect[False, False]]
    return Proposal(
        words=words,
        stories=tuple(sorted({one.story for one in told if one.story is not None})),
        independent=_independent(told),
        gone=_numbers(effect[True, True]),
        doubted=_numbers(effect[True, False]),
        lost=_numbers(effect[False, True]),
        weakened=_numbers(effect[False, False]),
        alerts=_numbers(one for one in ours if one.severity >= GRAVE),
    )


def propose(on: Bench, tried: Iterable[str], unsafe: Callable[[str], str]) -> tuple[Proposal, ...]:
    """Try each of the words, plain and, where that is too little, doubled; the most useful first.

    Those that enough independent stories speak for come before all others, so that numbers stay the same
    whether the others are shown or not.
    """
    found = [best for words in tried if (best := _best(on, words)) and not why_never(words, on, unsafe)]
    found.sort(key=lambda one: (not one.is_shared, one.is_refused, -one.worth, one.words.removeprefix("*")))
    return tuple(one for one in found if not _is_told_better(one, found))[:MOST_PROPOSED]


def _best(on: Bench, words: str) -> Proposal | None:
    """The plain or the doubled word; nothing if neither gains."""
    tries = [
        try_out(on, spelt) for spelt, weight in ((words, -2), (f"*{words}", -4)) if on.weight(words) > weight
    ]
    useful = [one for one in tries if one.gone or one.doubted]
    return max(useful, key=lambda one: (not one.is_refused, one.worth), default=None)


def _is_told_better(one: Proposal, others: Iterable[Proposal]) -> bool:
    """Whether another does the same and says more ("quiz league" for "league"), or is the singular of it."""
    mine = one.words.removeprefix("*")
    for other in others:
        words = other.words.removeprefix("*")
        if mine in {f"{words}s", f"{words}es"} and not other.is_refused:
            return True
        if words != mine and mine in words.split(" ") and other.effect == one.effect:
            return True
    return False


_SCHOOL: Final = "school"
"""One school at a time is tried; by what name does not matter."""


def _read(one: PastMention, matcher: Matcher) -> _Post:
    entry = Entry(id=str(one.id), title=one.title, text=one.text, url=one.url, own_account=one.own_account)
    matches = matcher.find(entry)
    by_context = any(match.context or match.certainty is Certainty.POSSIBLE for match in matches)
    certainty = matches[0].certainty if matches else Certainty.NO
    return _Post(one, entry, key(f"{one.title} | {one.text}"), certainty, by_context)


def _certainty(matcher: Matcher, entry: Entry) -> Certainty:
    matches = matcher.find(entry)
    return matches[0].certainty if matches else Certainty.NO


def _phrases(text: str) -> frozenset[str]:
    """The words and pairs of words of a key that may mean something, each once."""
    found = (*_WORD.findall(text), *(pair[1] for pair in _PAIR.finditer(text)))
    return frozenset(words for words in found if not _says_nothing(words.split(" ")))


def _says_nothing(parts: Sequence[str]) -> bool:
    short = any(len(part) < SHORTEST or part in _EMPTY for part in parts)
    return short or _PARTICLES.issuperset(parts)


def _standing(words: str) -> re.Pattern[str]:
    """``words`` in a key, as the matcher would find them."""
    return re.compile(rf"\b{re.escape(words)}(?:e?s)?\b")


def _independent(told: Sequence[PastMention]) -> int:
    """Stories, authors or sources, and texts: the least of the three."""
    stories = {one.story for one in told}
    texts = {one.text_key or key(f"{one.title} {one.text}") for one in told}
    return min(len(stories), len(set(map(_voice, told))), len(texts))


def _voice(one: PastMention) -> str:
    """Who speaks: the account that the address names, else the source."""
    author = _AUTHOR.search(one.url)
    return f"{one.source} {author[1]}" if author else one.source


def _numbers(mentions: Iterable[PastMention]) -> tuple[int, ...]:
    return tuple(sorted(one.id for one in mentions))


def _own_words(settings: SchoolSettings) -> frozenset[str]:
    """Every word of the school's names and places."""
    facts = settings.school
    names = (facts.name, facts.short, facts.postcode, *facts.locality)
    names += tuple(text for alias in settings.alias for text in alias.any)
    return frozenset(_WORD.findall(" ".join(map(key, names))))


def _people(settings: SchoolSettings) -> frozenset[str]:
    return frozenset(_WORD.findall(" ".join(map(key, mask_names(settings).people))))


def _is_name(word: str) -> bool:
    """Whether it would be masked somewhere, or is on a list of names."""
    known, folded = lists(), fold(word)
    listed = any(folded in names for names in (known.given, known.surnames, known.ordinary, known.both))
    return listed or any(people(f"ask {word.capitalize()} about", MaskNames()))
