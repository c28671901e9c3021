"""What every format of feed comes to: a document of items, each with an entry and an identity.

Pure. Runs in the parser's cage together with the readers of the formats.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urljoin, urlsplit

from sources import markup
from sources.base import Entry

UNCUT = "0" * 12
"""The digest of an item whose own bytes are not known."""

_ID_LIMIT = 500
_LANGUAGE_LIMIT = 35  # RFC 5646, section 4.4.1
_COUNTED = re.compile(r"(https?://[^#]+)#\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What is known of a feed besides its bytes."""

    url: str = ""
    """The address that answered."""
    configured: str = ""
    """The address that is configured, and stays while the other may change."""
    content_type: str = ""
    language: str = ""
    own_account: bool = False
    now: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item as it stands in the document."""

    entry: Entry | None
    """``None`` if it is no item at all."""
    raw: str = UNCUT
    """Digest of the item's bytes."""

    @property
    def mark(self) -> str:
        """How the item is remembered: 12 hex digits for its bytes, 8 for its id, 8 for its content."""
        if not self.entry:
            return self.raw + "-" * 16
        said = f"{self.entry.title}\x00{self.entry.text}\x00{self.entry.url}"
        return f"{self.raw}{digest(self.entry.id, 8)}{digest(said, 8)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A document that was read, whatever its format."""

    items: tuple[Item, ...] = ()
    problem: str = ""
    """Why it is no feed at all."""
    cut_off: bool = False
    """Its end is missing."""
    expired: bool = False
    ttl: timedelta | None = None
    unread: int = 0
    """Items that could not even be parsed."""


def finished(
    entry: Entry, place: Place, first: datetime | None, last: datetime | None = None, raw: str = UNCUT
) -> Item:
    """The item of ``entry``, with its identity, and the dates when it was first and last written."""
    complete = replace(
        entry,
        id=_identity(entry, place),
        language=markup.one_line(entry.language, _LANGUAGE_LIMIT),
        published=first or last,
        edited=last if first and last and last > first else None,
    )
    return Item(entry=complete, raw=raw)


def _identity(entry: Entry, place: Place) -> str:
    """The publisher's id, else the link, else a digest of what is said.

    The BBC counts ``#0``, ``#1`` … at the end of its guids while the article stays the same. Where
    the link itself has a fragment the number may tell one comment from the next, and stays.
    """
    told = markup.one_line(entry.id, markup.TEXT_LIMIT)
    counted = _COUNTED.fullmatch(told)
    if counted and not urlsplit(entry.url).fragment:
        told = counted[1]
    said = f"{entry.title}\x00{entry.text}\x00{entry.author}"
    return short_id(_settled(told or markup.untracked(entry.url), place)) or f"sha256:{digest(said, 64)}"


def _settled(told: str, place: Place) -> str:
    """An id that was completed with the address that answered, as if the configured one had."""
    here, home = urljoin(place.url, "."), urljoin(place.configured, ".")
    return home + told.removeprefix(here) if here and home and told.startswith(here) else told


def short_id(told: str) -> str:
    """``told``, or a digest of it if it is too long to be kept."""
    return told if len(told) <= _ID_LIMIT else f"sha256:{digest(told, 64)}"


def digest(told: str | bytes, length: int) -> str:
    """The first hex digits of SHA-256."""
    data = told if isinstance(told, bytes) else told.encode("utf-8", "surrogatepass")
    return hashlib.sha256(data).hexdigest()[:length]
