"""Finds people in a text by over-masking: better ten words too many than one child named.

Knows lists of given names and surnames (the ``Faker`` package) and what the school adds; everything else
is guessed from titles, capitals, and words such as "my son". Loads the lists at the first question.
"""

from __future__ import annotations

import importlib
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from alerts import aside
from alerts.wordlist import WordList

LOCALES = (
    *(
        "en_GB",
        "en_IE",
        "en_US",
        "en_IN",
        "en_PK",
        "en_NG",
        "en_KE",
        "pl_PL",
        "ro_RO",
        "lt_LT",
        "lv_LV",
        "pt_PT",
    ),
    *("es_ES", "it_IT", "hu_HU", "sk_SK", "cs_CZ", "tr_TR", "fr_FR", "ar_AA", "fa_IR", "uk_UA", "bg_BG"),
    *("yo_NG", "ig_NG", "ha_NG", "tw_GH"),
)
"""Languages that many families in English schools bring their children's names from."""
SURNAME_LOCALES = (
    *(
        "en_GB",
        "en_IE",
        "en_US",
        "en_IN",
        "en_PK",
        "en_NG",
        "pl_PL",
        "ro_RO",
        "lt_LT",
        "lv_LV",
        "pt_PT",
        "hu_HU",
    ),
)
_GIVEN = ("first_names", "first_names_male", "first_names_female", "first_names_nonbinary")
_SURNAMES = ("last_names", "last_names_male", "last_names_female")

_SURNAME_SHAPE = re.compile(
    r"(?:Mc|Mac|Fitz|O['’])[A-Z]\w+|[A-Z]\w+(?:ski|ska|wicz|czyk|escu|enko|auskas|ienė|aitė)"
)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_OPENS = re.compile(r"[.!?…]+[\"”’')]*\s|[:;\n\"“‘•*>|\u2190-\U0010ffff]")
"""Between two words: the second begins a sentence, a quotation or a line."""
_POSSESSIVE = re.compile(r"['’](?:s|d|ll|re|ve|m)?$", re.IGNORECASE)
_TITLE_CASE = 0.6
"""A text with more than this share of capitals in mid-sentence is a headline: capitals tell nothing."""
_FEW_WORDS = 4
"""A text with fewer words in mid-sentence is too short to judge its capitals."""
_LONG_ENOUGH = 3
"""Letters a part of a listed name needs before it is masked by itself."""
_SURNAMES_SWALLOWED = 2
"""A given name takes so many surnames with it at most."""

Hit = tuple[int, int, str]
"""Start, end, and what stands there instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskNames:
    """What the school says of names: whom to mask besides the lists, and what must stay readable."""

    people: tuple[str, ...] = ()
    """Pupils, staff and others, as "Given Surname" or one name; masked however they are spelt."""
    keep: tuple[str, ...] = ()
    """The school's own names and its places."""
    handles: tuple[str, ...] = ()
    """The school's own accounts, with or without ``@``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """Names and words, folded; what each list is for stands in ``names.toml``."""

    given: WordList
    surnames: WordList
    ordinary: frozenset[str]
    both: frozenset[str]
    places: frozenset[str]
    acts: frozenset[str]
    before: frozenset[str]
    words: frozenset[str]
    never: frozenset[str]
    titles: frozenset[str]
    weak_titles: frozenset[str]
    jobs: frozenset[str]
    family: frozenset[str]
    particles: frozenset[str]


@dataclass(frozen=True, slots=True)
class Word:
    """A word where it stands."""

    text: str
    start: int
    end: int
    folded: str
    capital: bool
    """A capital that tells something: not in a headline."""
    opens: bool
    """First of its sentence."""


def fold(word: str) -> str:
    """``word`` without case, accents and apostrophes, for looking up."""
    flat = unicodedata.normalize("NFKD", word.casefold().translate(_FLAT))
    return "".join(c for c in flat if c.isalpha() or c == "-")


_FLAT = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})


@lru_cache(maxsize=1)
def lists() -> Lists:
    """The lists, loaded once."""
    with (Path(__file__).parent / "names.toml").open("rb") as file:
        own = {key: frozenset(text.split()) for key, text in tomllib.load(file).items()}
    given = WordList([*aside.ask(listed, locales=LOCALES, kinds=_GIVEN), *own.pop("also")])
    no_name = own["words"] | own["never"]
    listed_surnames = aside.ask(listed, locales=SURNAME_LOCALES, kinds=_SURNAMES)
    surnames = WordList(name for name in listed_surnames if name not in no_name)
    return Lists(given=given, surnames=surnames, **own)


def listed(locales: Sequence[str], kinds: Sequence[str]) -> list[str]:
    """The names of those ``locales`` and ``kinds`` as the package lists them, folded."""
    found: set[str] = set()
    for locale in locales:
        provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
        for kind in kinds:
            for name in getattr(provider, kind, ()):
                found.update(map(fold, name.split()))
    return sorted(found - {""})


def people(text: str, names: MaskNames) -> Iterator[Hit]:
    """Every person in ``text``, the surest first; hits may overlap."""
    yield from _listed(text, names)
    words = _words(text)
    for find in (_titled, _given, _family, _lone):
        for at in range(len(words)):
            hit = None if _is_saint(text, words, at) else find(text, words, at)
            if hit:
                yield hit


def initial(name: str) -> str:
    """``J.`` for any name."""
    return f"{name[0].upper()}."


def _listed(text: str, names: MaskNames) -> Iterator[Hit]:
    for person in names.people:
        parts = [part for part in person.split() if part[:1].isupper()]
        choices = [person, *(p for p in parts if len(p) >= _LONG_ENOUGH)] if parts else []
        for choice in choices:
            spelt = r"[\s'’-]*".join(map(re.escape, re.split(r"[\s'’-]+", choice)))
            common = fold(choice) in lists().ordinary | lists().words
            for met in re.finditer(rf"(?<!\w){spelt}(?!\w)", text, 0 if common else re.IGNORECASE):
                if not (common and _OPENS.search(f".{text[: met.start()]} "[-4:])):
                    yield met.start(), met.end(), initial(met.group())


def _words(text: str) -> list[Word]:
    met = list(_WORD.finditer(text))
    opening = [_opens(text, met, at) for at in range(len(met))]
    inner = [m.group() for m, opens in zip(met, opening, strict=True) if not opens and len(m.group()) > 1]
    capitals = sum(word[0].isupper() for word in inner)
    mixed = len(inner) < _FEW_WORDS or capitals <= _TITLE_CASE * len(inner)
    tells = mixed and not text.isupper()
    return [_word(m, tells=tells, opens=opens) for m, opens in zip(met, opening, strict=True)]


def _opens(text: str, met: list[re.Match[str]], at: int) -> bool:
    if at == 0:
        return True
    before = met[at - 1]
    gap = text[before.end() : met[at].start()]
    if gap.strip() == "." and (
        len(before.group()) == 1 or fold(before.group()) in lists().titles | lists().weak_titles
    ):
        return False  # an initial or a title, not the end of a sentence
    return _OPENS.search(gap) is not None


def _word(met: re.Match[str], *, tells: bool, opens: bool) -> Word:
    bare = _POSSESSIVE.sub("", met.group()) or met.group()
    capital = tells and bare[0].isupper()
    return Word(bare, met.start(), met.start() + len(bare), fold(bare), capital, opens)


def _titled(text: str, words: list[Word], at: int) -> Hit | None:
    """``Mrs Smith``, ``miss J Smith-Jones``, ``Dr van der Berg``."""
    title, known = words[at].folded, lists()
    if title not in known.titles | known.weak_titles | known.jobs:
        return None
    name = at + 1
    while name < len(words) and _follows(text, words, name) and _leads_in(words[name]):
        name += 1
    if name >= len(words) or not _follows(text, words, name):
        return None
    dotted = "." in text[words[name - 1].end : words[name].start]
    sure = title in known.titles and len(words[name - 1].text) > 1
    if not _may_bear(words[name], title, sure=sure, dotted=dotted):
        return None
    last = _swallow(text, words, name, 1)
    return words[at + 1].start, words[last].end, initial(words[name].text)


def _leads_in(word: Word) -> bool:
    return len(word.text) == 1 or word.folded in lists().particles


def _may_bear(word: Word, title: str, *, sure: bool, dotted: bool) -> bool:
    """Whether ``word`` can be the name after that title."""
    known = lists()
    if word.folded in known.never:
        return False
    if sure or word.folded in known.surnames or _only_a_name(word.folded):
        return True
    if title in known.jobs or dotted:
        return word.capital and not word.opens and word.folded not in known.words
    return word.capital or word.text.istitle()  # "Miss Oakenshaw" even in a headline


def _only_a_name(folded: str) -> bool:
    return folded in lists().given and folded not in lists().ordinary


def _is_saint(text: str, words: list[Word], at: int) -> bool:
    """A church, a school or a feast."""
    return at > 0 and words[at - 1].folded in {"st", "saint"} and _follows(text, words, at)


def _given(text: str, words: list[Word], at: int) -> Hit | None:
    """``Jayden``, ``jayden smith``, ``Lily-Mae``."""
    if not _is_given(text, words, at):
        return None
    last = _swallow(text, words, at, _SURNAMES_SWALLOWED)
    return words[at].start, words[last].end, initial(words[at].text)


def _is_given(text: str, words: list[Word], at: int) -> bool:
    known, word = lists(), words[at]
    if word.folded in known.places or word.folded in known.both or word.folded in known.ordinary:
        return _sure(text, words, at) or (word.capital and _tells(text, words, at))
    if word.folded in known.given:
        return True
    parts = word.folded.split("-")
    return len(parts) > 1 and word.capital and any(p in known.given or p in known.ordinary for p in parts)


def _tells(text: str, words: list[Word], at: int) -> bool:
    """Whether the capital of an ambiguous word means a person."""
    known, word = lists(), words[at]
    if word.folded in known.places or (word.text.isupper() and len(word.text) > 1):
        return False
    if word.opens:
        acts = at + 1 < len(words) and words[at + 1].folded in known.acts
        return acts or text[word.end : word.end + 1] == ","
    return word.folded in known.ordinary or not _dated(text, words, at)


def _sure(text: str, words: list[Word], at: int) -> bool:
    """A surname follows or a word of the family stands before."""
    word, known = words[at], lists()
    if not word.text[0].isupper():
        return False
    if at and not word.opens and words[at - 1].folded in known.family and words[at - 1].text.islower():
        return True
    after = words[at + 1] if at + 1 < len(words) else None
    return (
        after is not None
        and _follows(text, words, at + 1)
        and after.text[0].isupper()
        and (after.folded in known.surnames or _SURNAME_SHAPE.fullmatch(after.text) is not None)
    )


def _dated(text: str, words: list[Word], at: int) -> bool:
    """``in April``, ``12 April``, ``next summer``: a time or a place, not a child."""
    before = text[words[at - 1].end : words[at].start] if at else ""
    after = text[words[at].end : words[at].end + 2]
    if any(c.isdigit() for c in before + after):
        return True
    return bool(at) and words[at - 1].folded in lists().before


def _family(text: str, words: list[Word], at: int) -> Hit | None:
    """A capital after "my son", or beside a name we know: "Emma and Zayd"."""
    word, known = words[at], lists()
    if not word.capital or word.opens or word.folded in known.never | known.words:
        return None
    before = words[at - 1]
    related = before.folded in known.family and before.text.islower() and _follows(text, words, at)
    if related or _beside(text, words, at, -1) or _beside(text, words, at, 1):
        last = _swallow(text, words, at, _SURNAMES_SWALLOWED)
        return word.start, words[last].end, initial(word.text)
    return None


def _beside(text: str, words: list[Word], at: int, step: int) -> bool:
    other = at + 2 * step
    return 0 <= other < len(words) and words[at + step].folded == "and" and _is_given(text, words, other)


def _lone(text: str, words: list[Word], at: int) -> Hit | None:
    """``Kowalski`` without title or given name, in mid-sentence."""
    del text  # the other finders look between the words
    word, known = words[at], lists()
    if word.folded in known.words or word.folded in known.never:
        return None
    shaped = _SURNAME_SHAPE.fullmatch(word.text) is not None
    ambiguous = known.ordinary | known.both | known.places
    plain = word.capital and not word.opens and word.folded in known.surnames and word.folded not in ambiguous
    return (word.start, word.end, initial(word.text)) if shaped or plain else None


def _swallow(text: str, words: list[Word], at: int, most: int) -> int:
    """The last word that belongs to the name at ``at``."""
    last = at
    for step in range(1, most + 1):
        if at + step >= len(words) or not _follows(text, words, at + step):
            break
        if not _continues(words[at + step], like=words[at]):
            break
        last = at + step
    return last


def _continues(word: Word, *, like: Word) -> bool:
    known = lists()
    if word.folded in known.never or len(word.text) == 1:
        return False
    if word.folded in known.surnames:
        return word.capital or not like.capital
    return word.capital and word.folded not in known.words


def _follows(text: str, words: list[Word], at: int) -> bool:
    """Nothing but blanks (or a full stop after a title or an initial) stands before the word."""
    gap = text[words[at - 1].end : words[at].start]
    return gap.strip() in {"", "."} and "\n" not in gap and not words[at].opens
