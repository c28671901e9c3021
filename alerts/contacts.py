"""Finds what leads to a person's door: addresses of every kind, numbers, accounts and links.

Hits are replaced by a word in brackets. The school's own accounts and places stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from alerts.names import Hit, MaskNames, fold, lists

_EMAIL = re.compile(r"[\w.+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")
_LINK = re.compile(
    r"(?:https?://|www\.)[^\s<>\"”)\]]{1,2000}"
    r"|(?<![\w@./-])[a-z0-9][a-z0-9-]{0,62}(?:\.[a-z0-9-]{1,63}){0,4}"
    r"\.(?:com|org|net|info|io|me|tv|ly|co|uk|ru|xyz|site|online|top|app|link|example|test)\b(?:/[^\s<>\"”)\]]{0,2000})?",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?<![\w£$])(?:\+\d|\(?0|7(?=\d{3}[\s-]?\d{3}))[\d\s().-]{7,20}\d(?![\d:])")
_PHONE_DIGITS = range(10, 15)
_POSTCODE = re.compile(
    r"(?<!\w)(?:[BEGLMNSW]|[A-PR-UWYZ][A-HK-Y])\d[A-Z\d]?\s{0,2}\d(?!st\b|nd\b|rd\b|th\b)[ABD-HJLNP-UW-Z]{2}(?!\w)",
    re.IGNORECASE,
)
_STREET = re.compile(
    r"(?<![\w£.:])(?:flat\s+\d{1,4}[a-z]?,?\s+)?\d{1,4}\s?[a-d]?,?\s+(?:[^\W\d_]['’\w]*\s+){1,3}?"
    r"(?:street|st|road|rd|avenue|ave|lane|ln|close|drive|dr|way|court|crescent|cres|gardens|grove|place|terrace"
    r"|walk|row|rise|hill|square|view|mews|brow|fold|croft|parade)(?!\w)\.?",
    re.IGNORECASE,
)
_HANDLE = re.compile(r"(?<![\w.])@\w[\w.-]*(?:@[\w.-]+)?|(?<!\w)/?u/\w[\w-]+")
_HASHTAG = re.compile(r"(?<!\w)#(\w+)")
_CALLS = ("justicefor", "helpfind", "find", "sack", "fire", "save", "free", "ripfor", "rip", "prayfor")
"""Lower-case hashtags that end in a name."""
_CAMEL = re.compile(r"[A-Z][a-z]+|[a-z]+|[A-Z]+(?![a-z])")


def contacts(text: str, names: MaskNames) -> Iterator[Hit]:
    """Everything in ``text`` by which somebody could be reached or found."""
    own = frozenset(handle.lstrip("@#").casefold() for handle in names.handles)
    yield from _accounts(text, own)
    for met in _EMAIL.finditer(text):
        yield met.start(), met.end(), "[e-mail]"
    for met in _LINK.finditer(text):
        yield met.start(), met.end(), "[link]"
    for met in _PHONE.finditer(text):
        if sum(c.isdigit() for c in met.group()) in _PHONE_DIGITS:
            yield met.start(), met.end(), "[phone]"
    for met in _POSTCODE.finditer(text):
        yield met.start(), met.end(), "[postcode]"
    for met in _STREET.finditer(text):
        yield met.start(), met.end(), "[address]"


def _accounts(text: str, own: frozenset[str]) -> Iterator[Hit]:
    for met in _HANDLE.finditer(text):
        handle = met.group().rstrip(".-")
        if handle.lstrip("@/").casefold() not in own:
            yield met.start(), met.start() + len(handle), "[account]"
    for met in _HASHTAG.finditer(text):
        if met.group(1).casefold() not in own and _names_someone(met.group(1)):
            yield met.start(), met.end(), "[hashtag]"


def _names_someone(tag: str) -> bool:
    known = lists()
    if tag.islower():
        return tag.startswith(_CALLS)
    parts = map(fold, _CAMEL.findall(tag))
    return any(part in known.given and part not in known.ordinary | known.places for part in parts)
