"""Says what is wrong with what a school's file tells the matcher: for the configuration check."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Final

from monitor.matching.context import own_pattern
from monitor.matching.english import is_ordinary
from monitor.matching.expressions import literal_start, why_not
from monitor.matching.names import key, school_name
from monitor.matching.profiles import SHORTEST_LITERAL, domain, handle_pattern
from monitor.settings import SchoolSettings

_SHORTEST: Final = {"strong": 4, "handle": 4, "weak": 3, "script": 3}
"""Letters an alias must have at least, by kind."""
_SHARED_DOMAINS: Final = frozenset(
    {
        "sch.uk",
        "co.uk",
        "org.uk",
        "ac.uk",
        "gov.uk",
        "facebook.com",
        "instagram.com",
        "x.com",
        "twitter.com",
        "youtube.com",
    }
)


def problems(settings: SchoolSettings) -> list[tuple[str, str]]:
    """Return everything that is wrong, as path in the file and message; paths count from 1, as people do."""
    return [*_aliases(settings), *_contexts(settings), *_thresholds(settings)]


def _aliases(settings: SchoolSettings) -> Iterator[tuple[str, str]]:
    others = {key(name).strip() for name in settings.other_schools.names}
    for at, alias in enumerate(settings.alias, 1):
        path = f"alias[{at}]"
        yield from _each(f"{path}.any", alias.any, partial(_why_no_alias, alias.kind, others))
        if alias.kind == "handle":
            yield from _each(f"{path}.regex", alias.regex, _why_no_handle)
    if not settings.alias and not school_name(settings.school.name).is_usable:
        yield "alias", "the school's name alone is too short to be looked for: add aliases"


def _each(path: str, texts: Iterable[str], why_not: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """Number ``texts`` and yield the message of each that has one."""
    for number, text in enumerate(texts, 1):
        message = why_not(text)
        if message:
            yield f"{path}[{number}]", message


def _why_no_alias(kind: str, others: set[str], text: str) -> str:
    """Why an alias would find nothing, or everything; nothing if it is fine."""
    words = key(text).strip()
    if not any(map(str.isalnum, words)):
        return "nothing is left of it when texts are compared"
    if kind == "domain":
        return _why_no_domain(text)
    if words in others:
        return "also listed under other_schools.names"
    if sum(map(str.isalnum, words)) < _SHORTEST[kind]:
        return f"so short that it would match everything: at least {_SHORTEST[kind]} letters"
    return _why_not_strong(text, words) if kind == "strong" else ""


def _why_not_strong(text: str, words: str) -> str:
    if not school_name(text).core:
        return "only words that all schools share"
    return "an ordinary English word: make it a weak alias" if is_ordinary(words) else ""


def _why_no_domain(text: str) -> str:
    host = domain(text)
    if "." not in host or host in _SHARED_DOMAINS:
        return "not a domain of the school's own"
    return ""


def _why_no_handle(pattern: str) -> str:
    refused = why_not(handle_pattern(pattern))
    if refused:
        return refused
    if len(literal_start(handle_pattern(pattern))) < SHORTEST_LITERAL:
        return f"must begin, after an optional [@#]?, with at least {SHORTEST_LITERAL} plain letters"
    return ""


def _contexts(settings: SchoolSettings) -> Iterator[tuple[str, str]]:
    for name, side in (("positive", settings.context.positive), ("negative", settings.context.negative)):
        if side is not None:
            yield from _each(f"context.{name}.words", side.words, _why_no_word)
            yield from _each(f"context.{name}.grammar", side.grammar, lambda text: why_not(own_pattern(text)))


def _why_no_word(word: str) -> str:
    bare = word.removeprefix("*")
    return why_not(bare) if key(bare).strip() else "nothing is left of it when texts are compared"


def _thresholds(settings: SchoolSettings) -> Iterator[tuple[str, str]]:
    if settings.thresholds.accept < settings.thresholds.maybe:
        yield "thresholds", "accept is below maybe: nothing would only be possible"
