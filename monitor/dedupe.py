"""Has it been said before? The digests by which a post is known again, and when two posts say the same.

Equal text or an equal address only groups posts. A post's identity includes its source, so that a hostile
feed cannot pass its own post off as somebody else's and make that one disappear. Knows no database.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from monitor.likeness import alike, sketch
from monitor.model import WINDOW, Keys
from monitor.text import bare
from sources.base import Entry

SHORTEST_TEXT: Final = 20
"""Normalised characters, and …"""
FEWEST_WORDS: Final = 4
"""… words below which equal texts mean nothing: "thank you" is not a repost."""
DIGEST: Final = 16
_MOST_COMPARED = 32
"""Earlier posts of a file that one post is compared with, those with most in common first."""
_MOST_FIELDS = 200
"""Parts of a query that are sorted; an address with more is no address that people share."""

_TRACKING = re.compile(
    r"(?:utm|at|ns|mc|ga|pk|mtm|hsa|oly|vero|wt|cm|ito|ocid|xtor|spm)_.*|_ga|fbclid|gclid|gclsrc|dclid|msclkid|yclid|twclid"
    r"|igshid|igsh|mibextid|si|feature|ref|ref_src|ref_url|referrer|cmp|cmpid|ito|ocid|xtor|spm|smid|amp|outputtype|share"
    r"|__twitter_impression|__tn__|__cft__.*|rss|partner|source|via",
    re.IGNORECASE,
)
"""Parameters that tell where a reader came from, not what the page is."""
_SUBDOMAIN = re.compile(r"^(?:www[0-9]?|m|mobile|amp|old|np)\.(?=[^.]+\.)|(?<=\.)m\.(?=[^.]+\.)")
_COPY_OF_PAGE = re.compile(
    r"/amp$|^/amp(?=/)|\.amp(?=\.html?$)|/(?:index|default)\.(?:html?|php|aspx?)$", re.IGNORECASE
)
_SAME_HOSTS: Final = {"twitter.com": "x.com"}
_NOISE: Final[dict[str, tuple[str, ...]]] = {
    "x.com": ("s", "t"),
    "youtube.com": ("t", "list", "index", "pp", "ab_channel"),
}
"""What else changes nothing, on the two hosts whose links are passed on most."""


def keys(source: str, entry: Entry) -> Keys:
    """Return everything by which a post of ``source`` (kind and place, ``"feed:https://…"``) is known again."""
    platform = source.partition(":")[0]
    words = _words(entry.title, entry.text)
    meaningful = len(words) >= SHORTEST_TEXT and words.count(" ") + 1 >= FEWEST_WORDS
    root = entry.thread or (entry.id if entry.kind in {"post", "comment"} else "")
    address = canonical(entry.url)
    return Keys(
        key=_digest(source, entry.id),
        content=_digest(entry.title, entry.text),
        url=_digest(address) if address else "",
        text=_digest(words) if meaningful else "",
        thread=_digest(platform, root) if root else "",
        reply_to=_digest(source, entry.reply_to) if entry.reply_to else "",
        bands=sketch(words) if meaningful else (),
    )


def canonical(url: str) -> str:
    """Return the address without what does not change the page; nothing for what is no page of its own.

    Dropped are scheme, ``www`` and mobile hosts, default port, fragment, tracking, AMP and the last slash;
    what is left of the query is sorted. A bare host is no page: every post of a site may link there.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").rstrip("."), parts.port
        fields = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return ""
    host = _SUBDOMAIN.sub("", host)
    host = _SAME_HOSTS.get(host, host)
    path = _COPY_OF_PAGE.sub("", re.sub(r"/{2,}", "/", parts.path).rstrip("/")).rstrip("/")
    if host == "youtu.be" and path:
        host, fields, path = "youtube.com", [("v", path[1:]), *fields], "/watch"
    noise = _NOISE.get(host, ())
    wanted = sorted(field for field in fields if field[0] not in noise and not _TRACKING.fullmatch(field[0]))
    if parts.scheme.lower() not in {"http", "https"} or not host or not (path or wanted):
        return ""
    place = f":{port}" if port not in {None, 80, 443} else ""
    query = f"?{urlencode(wanted, errors='replace')}" if wanted else ""
    same_path = quote(unquote(path, errors="replace"), safe="/:@!$&'()*+,;=~", errors="replace")
    return f"{host}{place}{same_path}{query}"


def same(a_title: str, a_text: str, b_title: str, b_text: str) -> bool:
    """Return whether two posts say the same: reposted, cut off, quoted, syndicated or lightly edited.

    A headline may have become part of the text, so each post is read with and without its title; posts
    under one title, a thread's, are compared by their texts alone.
    """
    bodies = bare(a_text[:WINDOW]), bare(b_text[:WINDOW])
    titles = bare(a_title[:WINDOW]), bare(b_title[:WINDOW])
    if all(bodies) and titles[0] == titles[1]:
        return alike(*bodies)
    wholes = _words(a_title, a_text), _words(b_title, b_text)
    pairs = {wholes, (bodies[0], wholes[1]), (wholes[0], bodies[1]), bodies}
    return any(alike(one, other) for one, other in sorted(pairs))


def duplicates_in(entries: Sequence[Entry]) -> list[str | None]:
    """Return for each post the id of the first one that it repeats; ``None`` for a first."""
    by_mark: defaultdict[str | int, list[int]] = defaultdict(list)
    first: list[str | None] = []
    for number, entry in enumerate(entries):
        known = keys("", entry)
        marks: tuple[str | int, ...] = (*known.bands, known.text) if known.text else ()
        found = _earlier(entry, entries, Counter(other for mark in marks for other in by_mark[mark]))
        first.append(None if found is None else first[found] or entries[found].id)
        for mark in marks:
            if len(by_mark[mark]) < _MOST_COMPARED:
                by_mark[mark].append(number)
    return first


def _earlier(entry: Entry, entries: Sequence[Entry], candidates: Counter[int]) -> int | None:
    """The earliest of the likeliest candidates that says the same."""
    for number in sorted(number for number, _ in candidates.most_common(_MOST_COMPARED)):
        other = entries[number]
        if same(entry.title, entry.text, other.title, other.text):
            return number
    return None


def seen_digest(install_key: bytes, source: str, entry_id: str) -> bytes:
    """By what an entry that matched nothing is known again; nothing can be read back from it."""
    return _keyed(install_key, "entry", source, entry_id)


def content_digest(install_key: bytes, matcher_version: str, title: str, text: str) -> bytes:
    """Its content as this matcher has read it: another text, or other names, and it is read again."""
    return _keyed(install_key, "content", matcher_version, title, text)


def _words(title: str, text: str) -> str:
    return bare(f"{title}\n{text}"[:WINDOW])


def _digest(*parts: str) -> str:
    return hashlib.sha256(_joined(parts)).hexdigest()


def _keyed(key: bytes, *parts: str) -> bytes:
    return hmac.new(key, _joined(parts), hashlib.sha256).digest()[:DIGEST]


def _joined(parts: Sequence[str]) -> bytes:
    """Unambiguous: no part can be moved over the border to the next."""
    encoded = [part.encode("utf-8", "surrogatepass") for part in parts]
    return b"".join(len(part).to_bytes(8, "big") + part for part in encoded)
