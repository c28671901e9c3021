"""RSS 0.9x to 2.0, RDF and Atom to items, by feedparser.

Feedparser is given bounded bytes and never an address: with an address it fetches without a limit
of time or size. It is loaded only when a feed is read, that is in the cage.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, TypeAlias
from xml.sax import SAXException  # feedparser's own; we parse no XML with it

from sources import google, markup
from sources.base import Entry
from sources.items import UNCUT, Feed, Item, Place, digest, finished

Found: TypeAlias = dict[str, Any]
"""A dictionary of feedparser's. It is asked past its aliases (``dict.get``), which warn and guess."""

BLANK = b"\xef\xbb\xbf\xff\xfe \t\r\n\0"
"""What may stand before the first character that matters: marks of byte order, white space."""

# feedparser looks for e-mail addresses in authors, which takes a minute for 100,000 letters in a row
# (its issue 562). No word, name or address is this long.
_LONG_RUN = re.compile(rb"([\w.+-]{1000})[\w.+-]+")

# References to characters that are none: halves of surrogate pairs, numbers beyond Unicode.
_NO_CHARACTER = re.compile(
    rb"&#(?:[xX]0*(?:[dD][89a-fA-F][0-9a-fA-F]{2}|[2-9a-fA-F][0-9a-fA-F]{5}|1[1-9a-fA-F][0-9a-fA-F]{4}"
    rb"|[1-9a-fA-F][0-9a-fA-F]{6,})|0*(?:5529[6-9]|55[3-9]\d\d|56\d{3}|57[0-2]\d\d|573[0-3]\d|5734[0-3]|\d{7,}))\b;?"
)
_REPLACEMENT = b"&#xFFFD;"  # what browsers show instead

_PAGE = re.compile(rb"<!doctype\s+html|<html[\s>]", re.IGNORECASE)
_ROOT_END = re.compile(rb"</(\w+:)?(rss|feed|rdf|channel)\s*>", re.IGNORECASE)
_HEAD = 2_000  # bytes at either end that tell what a document is

_MAIL_ADDRESS = re.compile(r"(?<![@\w.+-])[\w.+-]+@[\w.-]+")  # but not @name@instance of the fediverse
_ALONE = 3  # one item, and what stands before and after it


def read(body: bytes, parts: Sequence[bytes] | None, place: Place) -> Feed:
    """Read a feed; ``parts`` are its bytes cut into between, item, between, item, …, between."""
    try:
        found = _parsed(body, place)
    except Exception as error:  # noqa: BLE001 -- feedparser raises whatever its innards meet
        if parts and len(parts) > _ALONE:
            return _one_by_one(parts, place)
        return Feed(problem=f"the feed breaks its reader ({type(error).__name__})")
    entries = found["entries"]
    raws = [digest(part, 12) for part in parts[1::2]] if parts else []
    if len(raws) != len(entries):
        raws = [UNCUT] * len(entries)
    items = [_item(entry, found, place, raw) for entry, raw in zip(entries, raws, strict=True)]
    broken = isinstance(found.get("bozo_exception"), SAXException)
    return Feed(
        items=tuple(items),
        problem=_problem(body, found, broken=broken),
        cut_off=broken and not _ROOT_END.search(body[-_HEAD:].replace(b"\0", b"")),
        ttl=_minutes(dict.get(found["feed"], "ttl")),
    )


def _parsed(body: bytes, place: Place) -> Found:
    import feedparser  # noqa: PLC0415 -- in the cage only: the main process stays small

    # Headers and prologs are often wrong about the encoding; bytes that are UTF-8 are not.
    is_utf8 = markup.is_utf8(body) and not body.isascii()
    headers = {
        "content-type": "application/xml; charset=utf-8" if is_utf8 else place.content_type,
        "content-location": place.url,
        "content-language": place.language,
    }
    harmless = _NO_CHARACTER.sub(_REPLACEMENT, _LONG_RUN.sub(rb"\1", body))
    # Its sanitizer and its resolver cost more than all the rest, and we take nothing but visible text.
    parsed: Found = feedparser.parse(
        io.BytesIO(harmless),
        response_headers={name: value for name, value in headers.items() if value},
        resolve_relative_uris=False,
        sanitize_html=False,
    )
    return parsed


def _one_by_one(parts: Sequence[bytes], place: Place) -> Feed:
    """Read each item by itself, so that one that breaks the reader does not hide the others."""
    singles = [(parts[0], part, parts[-1]) for part in parts[1::2]]
    feeds = [read(b"".join(single), single, place) for single in singles]
    items = tuple(item for feed in feeds for item in feed.items)
    return Feed(
        items=items,
        problem="" if items else feeds[0].problem,
        unread=sum(bool(feed.problem) for feed in feeds),
    )


def _problem(body: bytes, found: Found, *, broken: bool) -> str:
    if not found.get("version") and _PAGE.search(body[:_HEAD]):
        return "a web page stands where a feed should be"
    if found["entries"]:
        return ""
    if not body.strip(BLANK):
        return "the answer is empty"
    if not found.get("version"):
        return "the answer is no feed"
    return "the feed is broken before its first entry" if broken else ""


def _item(entry: Found, found: Found, place: Place, raw: str) -> Item:
    feed = found["feed"]
    details: list[Found] = [*dict.get(entry, "content", []), dict.get(entry, "summary_detail") or {}]
    texts = [(_said(detail), detail) for detail in details]
    text, spoken = max(texts, key=lambda pair: len(pair[0]))
    inherited = _author(feed) if str(found.get("version")).startswith("atom") else ""  # RFC 4287, 4.2.1
    complete = Entry(
        id=str(dict.get(entry, "id") or ""),
        url=google.unwrapped(markup.absolute(str(dict.get(entry, "link") or ""), place.url)),
        title=markup.one_line(_said(dict.get(entry, "title_detail")), markup.TITLE_LIMIT),
        text=text,
        author=_author(entry) or inherited,
        language=str(spoken.get("language") or dict.get(feed, "language") or place.language),
        own_account=place.own_account,
    )
    published, created, updated = (
        markup.when(dict.get(entry, name), now=place.now) for name in ("published", "created", "updated")
    )
    return finished(complete, place, published or created, updated, raw)


def _said(detail: Found | None) -> str:
    value = str((detail or {}).get("value") or "")
    if "html" in str((detail or {}).get("type") or "html"):
        return markup.plain(value)
    return markup.tidy(value)


def _author(found: Found) -> str:
    """The name without an address; feedparser's own guess knows no domain like .school."""
    told = markup.one_line(markup.plain(str(dict.get(found, "author") or "")), 2 * markup.NAME_LIMIT)
    return _MAIL_ADDRESS.sub("", told).strip(" ()<>[],;")[: markup.NAME_LIMIT]


def _minutes(ttl: object) -> timedelta | None:
    text = str(ttl).strip()
    return timedelta(minutes=int(text)) if re.fullmatch(r"[1-9]\d{0,5}", text) else None
