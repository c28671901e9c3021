"""How English schools are named, and what the words after a name say: ours, another school, or a place.

Works on *keys*: folded text without apostrophes, in which hyphens, quotes, brackets and emoji are blanks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, Flag, auto
from typing import Final

from monitor.matching.english import is_ordinary
from monitor.matching.regions import ABROAD, COUNTIES
from monitor.text import FOLD, Step, apply, fold
from monitor.typing_errors import one_error_apart

_BLANKED: Final = "\"%'()*+-<=>[\\]^_`{}~"
_TO_BLANKS: Final = str.maketrans(_BLANKED, " " * len(_BLANKED))
_SEPARATOR = re.compile(r"[^\w.,;:!?@#/$|]|_")
_SHORTENED: Final = "|".join(
    rf"(?<=\b{word}\.)" for word in ("st", "com", "comm", "cty", "prim", "pri", "sch", "[a-z]")
)


def _blanked(text: str) -> str:
    return text.translate(_TO_BLANKS) if text.isascii() else _SEPARATOR.sub(" ", text)


KEY: Final = (
    Step(re.compile(r"'"), lambda _: "", lambda text: text.replace("'", "")),
    Step(re.compile(r"&"), lambda _: " and ", lambda text: text.replace("&", " and ")),
    Step(re.compile(rf"\.(?:{_SHORTENED})(?![^\W_])|\.(?<=\b[a-z]\.)(?=[a-z]\b)"), lambda _: ""),
    Step(re.compile(r"\.(?<=\bst\.)(?=[a-z])"), lambda _: " "),
    Step(_SEPARATOR, lambda _: " ", _blanked, keeps_places=True),
    Step(re.compile(r"  +"), lambda _: " ", lambda text: re.sub(r"  +", " ", text) if "  " in text else text),
)
"""From folded text to a key. Marks that end a clause stay: no name runs across them."""

FULL: Final = (*FOLD, *KEY)
"""All steps from a text to its key, for tracing a place back."""

SHORTEST_CORE: Final = 5
"""Letters a name needs before anything is derived from it: "Lea Primary" is not looked for as "lea"."""
_LONG_WORD = 6
"""Letters of a school word in which a typing error is forgiven."""
_TAIL_REACH = 100


class Word(Flag):
    """What a word of a school's name tells."""

    NOTHING = 0
    COMMUNITY = auto()
    PRIMARY = auto()
    SCHOOL = auto()
    INFANT = auto()
    JUNIOR = auto()
    ACADEMY = auto()
    ANGLICAN = auto()
    CATHOLIC = auto()
    OTHER_FAITH = auto()
    OLDER = auto()
    """Before "school" only: high, secondary, special, riding …"""
    ELSEWHERE = auto()
    """Never a primary school in England, whatever follows."""
    NEUTRAL = auto()
    """Nursery, first, voluntary, aided and the like."""


_FAITH: Final = Word.ANGLICAN | Word.CATHOLIC | Word.OTHER_FAITH
_WORDS: Final = {
    word: kind
    for kind, words in {
        Word.COMMUNITY: "community|comm|com|commty|cty|county",
        Word.PRIMARY: "primary|prim|pri|cp|cps|ps|jmi|jm",
        Word.PRIMARY
        | Word.SCHOOL: "primaryschool|primschool|cpschool|communityprimary|communityprimaryschool",
        Word.SCHOOL: "school|sch|schl|skool|skl",
        Word.INFANT: "infant|infants|inf",
        Word.JUNIOR: "junior|juniors|jnr|jnrs",
        Word.ACADEMY: "academy|acad",
        Word.ANGLICAN: "ce|cofe|coe|c of e|church of england|anglican",
        Word.CATHOLIC: "rc|catholic|roman catholic",
        Word.OTHER_FAITH: "methodist|muslim|islamic|jewish|hindu|sikh|baptist|quaker",
        Word.OLDER: "high|secondary|grammar|middle|upper|special|independent|prep|preparatory|private|boarding"
        "|comprehensive|senior|language|sunday|riding|driving|dance|stage|karate|ballet|drama|theatre|business",
        Word.ELSEWHERE: "elementary|college|university|kindergarten|preschool|pre school|sixth form|6th form"
        "|montessori|polytechnic|playgroup",
        Word.NEUTRAL: "nursery|first|voluntary|aided|controlled|va|vc|free|foundation|maintained|mixed|lower|village"
        "|parochial|and nursery|and infant|and infants|and junior|and juniors",
    }.items()
    for word in words.split("|")
}
_AFTER_SCHOOL: Final = frozenset({"district", "districts", "board", "lane", "avenue"})
"""What makes "… school" a place or an authority."""
_AFTER_PRIMARY: Final = frozenset(
    {"care", "election", "elections", "substation", "contact", "colour", "colours"}
)
"""What makes "… primary" something else than a school."""
_DEDICATIONS: Final = frozenset(
    {
        "st",
        "saint",
        "ss",
        "holy",
        "our",
        "all",
        "christ",
        "sacred",
        "good",
        "immaculate",
        "blessed",
        "corpus",
        "trinity",
        "emmanuel",
    }
)
_COMPASS: Final = frozenset({"north", "south", "east", "west", "upper", "lower", "nether"})
_A_SCHOOL: Final = Word.PRIMARY | Word.SCHOOL
_LONG_WORDS: Final = tuple(
    (word, kind) for word, kind in _WORDS.items() if len(word) >= _LONG_WORD and " " not in word
)
_NEXT: Final = re.compile(r" ([^\W_]+)")
_WORDS_AHEAD: Final = re.compile(r"( [^\W_]+)( [^\W_]+)?( [^\W_]+)?")
_LAST: Final = re.compile(r"([^\W_]+) $")
_REGION: Final = re.compile(r"( ?,)? ([a-z]+(?: [a-z]+){0,2})")


def key(text: str) -> str:
    """Return the key of ``text``: what names are looked for in."""
    return apply(KEY, fold(text))


class Tail(Enum):
    """What the words after a name say."""

    NOTHING = auto()
    OURS = auto()
    ANOTHER = auto()


class Where(Enum):
    """Where the words after a name put the school."""

    UNKNOWN = auto()
    HERE = auto()
    DOUBTFUL = auto()
    """In a county, and our own is not known."""
    ELSEWHERE = auto()


@dataclass(frozen=True, slots=True)
class SchoolName:
    """A school's name, cut into its own part and the words that many schools share."""

    core: str
    kinds: Word
    region: frozenset[str] = frozenset()
    """The words of its locality."""

    @property
    def is_common(self) -> bool:
        """True for "St Mary's" or "The Grove": there are many, so the town must be known."""
        words = self.core.split(" ")
        return words[0] in _DEDICATIONS or (len(words) == 1 and is_ordinary(self.core))

    @property
    def is_usable(self) -> bool:
        """True if anything may be derived from the core."""
        return len(self.core.replace(" ", "")) >= SHORTEST_CORE


def school_name(name: str, locality: tuple[str, ...] = ()) -> SchoolName:
    """Cut ``name`` into core and kinds: "Holm Nook Community Primary School" is "holm nook" and the rest."""
    words = key(name).strip().split(" ")
    kinds = Word.NOTHING
    while words:
        size = next((n for n in (3, 2, 1) if " ".join(words[-n:]) in _WORDS and n <= len(words)), 0)
        if not size:
            break
        kinds |= _WORDS[" ".join(words[-size:])]
        del words[-size:]
    if words[:1] == ["the"]:
        del words[0]
    return SchoolName(" ".join(words), kinds, frozenset(key(place).strip() for place in locality))


def read_tail(text: str, end: int, own: SchoolName) -> tuple[Tail, int]:
    """Say what the words of ``text`` after a name that ends at ``end`` make of it, and where they end."""
    kinds, last, stop = _tail_words(text, end, may_own=" " in own.core)
    follows = _NEXT.match(text, stop)
    after = follows[1] if follows else ""
    if (Word.ELSEWHERE | Word.OLDER) & kinds & ~own.kinds:
        return Tail.ANOTHER, stop
    if (Word.SCHOOL in last and after in _AFTER_SCHOOL) or (Word.PRIMARY in last and after in _AFTER_PRIMARY):
        return Tail.ANOTHER, stop
    if not _is_a_school(kinds, own):
        return Tail.NOTHING, end
    return (Tail.ANOTHER if _contradicts(kinds, own) else Tail.OURS), stop


def read_region(text: str, end: int, own: SchoolName) -> Where:
    """Say where the county or country that follows a name puts it: "…, Norfolk"."""
    found = _REGION.match(text, end)
    if not found:
        return Where.UNKNOWN
    words = found[2].split(" ")
    named = {" ".join(words[:n]) for n in (1, 2, 3)}
    if named & own.region:
        return Where.HERE
    if named & ABROAD and (found[1] or text[found.end() : found.end() + 1] != " "):
        return Where.ELSEWHERE
    if found[1] and named & COUNTIES:
        return Where.ELSEWHERE if own.region & COUNTIES else Where.DOUBTFUL
    return Where.UNKNOWN


def has_another_before(text: str, start: int) -> bool:
    """Return whether "West" or the like stands before a name that has no such word: another place."""
    before = _LAST.search(text, max(0, start - 12), start)
    return before is not None and before[1] in _COMPASS


def _tail_words(text: str, end: int, *, may_own: bool) -> tuple[Word, Word, int]:
    """All kinds of the school words that follow, the kind of the last, and where that ends."""
    kinds = last = Word.NOTHING
    stop = end
    while stop - end < _TAIL_REACH:
        kind, size = _word_at(text, stop, may_own=may_own)
        if Word.OLDER in kind:
            school, more = _word_at(text, stop + size, may_own=may_own)
            kind, size = (kind | school, size + more) if Word.SCHOOL in school else (Word.NOTHING, 0)
        if not kind or (kinds & _A_SCHOOL and kind & (Word.OLDER | Word.ELSEWHERE)):
            break
        kinds, last, stop = kinds | kind, kind, stop + size
    return kinds, last, stop


def _word_at(text: str, at: int, *, may_own: bool) -> tuple[Word, int]:
    """The kind of the school word or phrase at ``at``, and its length with the blank before it."""
    found = _WORDS_AHEAD.match(text, at)
    if not found:
        return Word.NOTHING, 0
    for size in (3, 2, 1):
        phrase = "".join(word or "" for word in found.groups()[:size])
        kind = _WORDS.get(phrase[1:])
        if kind is not None:
            return kind, len(phrase)
    return _inflected(found[1][1:], may_own=may_own), len(found[1])


def _inflected(word: str, *, may_own: bool) -> Word:
    """The kind of "primary's" or of a word with one typing error. "Schools" are many, unless a name owns them."""
    if may_own and word in {"schools", "primarys", "academys"}:
        return _WORDS[word[:-1]]
    if len(word) < _LONG_WORD - 1 or is_ordinary(word):
        return Word.NOTHING
    return next((kind for known, kind in _LONG_WORDS if one_error_apart(word, known)), Word.NOTHING)


def _is_a_school(kinds: Word, own: SchoolName) -> bool:
    if kinds & (Word.INFANT | Word.JUNIOR | Word.ACADEMY) & own.kinds or Word.PRIMARY in kinds:
        return True
    return Word.SCHOOL in kinds and own.core not in own.region


def _contradicts(kinds: Word, own: SchoolName) -> bool:
    """Another faith than ours, or the infant school where ours is the junior school."""
    faith, ours = kinds & _FAITH, own.kinds & _FAITH
    if faith and not faith & ours and (ours or not own.is_common):
        return True
    if own.kinds & Word.PRIMARY or Word.PRIMARY in kinds:
        return False
    stage, our_stage = kinds & (Word.INFANT | Word.JUNIOR), own.kinds & (Word.INFANT | Word.JUNIOR)
    return bool(stage and our_stage and not stage & our_stage)
