"""Has it been said before? The digests by which a post is known again, and when two posts say the same.

Equal text or an equal address only groups posts. A post's identity includes its source, so that a hostile
feed cannot pass its own post off as somebody else's and make that one disappear. Knows no database.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import defaultdict
from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode, urlsplit

import numpy as np
import numpy.typing as npt

from monitor.model import WINDOW, Keys
from monitor.text import bare
from sources.base import Entry

SHORTEST_TEXT = 20
"""Normalised characters, and …"""
FEWEST_WORDS = 4
"""… words below which equal texts mean nothing: "thank you" is not a repost."""
GRAM = 5
"""Characters of a shingle: long enough to tell texts apart, short enough to survive a typing error."""
HASHES, BANDS, ROWS = 64, 21, 3
"""A sketch that finds 98 of 100 pairs with two thirds of their shingles in common."""
ALIKE = 0.6
"""Share of common shingles (Jaccard) from which two texts are the same."""
SHORT_ALIKE = 0.75
"""The same for short texts, of which the school's own name is a large part."""
SHORT = 90
"""Shingles below which a text is short."""
CONTAINED = 0.9
"""Share of the shorter text that stands in the longer one: a cut-off or quoted copy."""
SMALLEST_PART = 45
"""Shingles that a contained text must have: a shorter one is a phrase, not a copy."""
DIGEST = 16

_TRACKING = re.compile(r"utm_.*|at_.*|ns_.*|mc_.*|fbclid|gclid|igshid|ref|cmpid|amp", re.IGNORECASE)
_MOBILE = re.compile(r"(?:www|m|mobile|amp)\.")
_SEED = np.random.default_rng(20261123)
_FACTORS = _SEED.integers(1, 2**63, size=(HASHES, 1), dtype=np.uint64) | np.uint64(1)
_OFFSETS = _SEED.integers(0, 2**63, size=(HASHES, 1), dtype=np.uint64)
_POWERS = np.array([pow(1_000_003, k, 2**64) for k in range(GRAM)], dtype=np.uint64)

Shingles = npt.NDArray[np.uint64]


def keys(source: str, entry: Entry) -> Keys:
    """Everything by which a post of ``source`` (kind and place) is known again."""
    platform = source.partition(":")[0]
    words = bare(f"{entry.title}\n{entry.text}"[:WINDOW])
    meaningful = len(words) >= SHORTEST_TEXT and words.count(" ") + 1 >= FEWEST_WORDS
    root = entry.thread or (entry.id if entry.kind in ("post", "comment") else "")
    return Keys(
        key=_digest(source, entry.id),
        content=_digest(entry.title, entry.text),
        url=_digest(address) if (address := canonical(entry.url)) else "",
        text=_digest(words) if meaningful else "",
        thread=_digest(platform, root) if root else "",
        reply_to=_digest(source, entry.reply_to) if entry.reply_to else "",
        bands=_bands(_shingles(words)) if meaningful else (),
    )


def canonical(url: str) -> str:
    """The address without what does not change the page: scheme, ``www``, tracking, fragment, last slash.

    Empty for what is no web address.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if parts.scheme.lower() not in ("http", "https") or not host:
        return ""
    wanted = sorted(
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True, max_num_fields=None)
        if not _TRACKING.fullmatch(name)
    )
    place = f":{port}" if port not in (None, 80, 443) else ""
    query = f"?{urlencode(wanted)}" if wanted else ""
    path = re.sub(r"/amp/?$", "", parts.path).rstrip("/")
    return f"{_MOBILE.sub('', host, count=1)}{place}{path}{query}"


def same(a_title: str, a_text: str, b_title: str, b_text: str) -> bool:
    """Whether two posts say the same: reposted, cut off, quoted or lightly edited."""
    return _same(bare(f"{a_title}\n{a_text}"[:WINDOW]), bare(f"{b_title}\n{b_text}"[:WINDOW]))


def duplicates_in(entries: Sequence[Entry]) -> list[str | None]:
    """For each post the id of the first one that it repeats; ``None`` for a first."""
    texts = [bare(f"{entry.title}\n{entry.text}"[:WINDOW]) for entry in entries]
    by_band: defaultdict[int, list[int]] = defaultdict(list)
    first: list[str | None] = []
    for number, words in enumerate(texts):
        bands = keys("", entries[number]).bands
        near = sorted({other for band in bands for other in by_band[band]})
        found = next((other for other in near if _same(words, texts[other])), None)
        first.append(None if found is None else first[found] or entries[found].id)
        for band in bands:
            by_band[band].append(number)
    return first


def seen_digest(install_key: bytes, source: str, entry_id: str) -> bytes:
    """By what an entry that matched nothing is known again; nothing can be read back from it."""
    return _keyed(install_key, "entry", source, entry_id)


def content_digest(install_key: bytes, matcher_version: str, title: str, text: str) -> bytes:
    """Its content as this matcher has read it: another text, or other names, and it is read again."""
    return _keyed(install_key, "content", matcher_version, title, text)


def _same(a: str, b: str) -> bool:
    if a == b:
        return bool(a)
    one, other = _shingles(a), _shingles(b)
    shorter = min(len(one), len(other))
    if not shorter:
        return False
    common = len(np.intersect1d(one, other, assume_unique=True))
    if common >= CONTAINED * shorter and shorter >= SMALLEST_PART:
        return True
    return common >= (SHORT_ALIKE if shorter < SHORT else ALIKE) * (len(one) + len(other) - common)


def _shingles(words: str) -> Shingles:
    """The distinct hashes of all runs of ``GRAM`` characters."""
    codes = np.frombuffer(words.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    if len(codes) < GRAM:
        return np.empty(0, dtype=np.uint64)
    runs = np.lib.stride_tricks.sliding_window_view(codes, GRAM)
    mixed: Shingles = (runs * _POWERS).sum(axis=1, dtype=np.uint64)
    return np.unique(mixed)


def _bands(shingles: Shingles) -> tuple[int, ...]:
    """The bands of a MinHash sketch: texts that are alike share at least one."""
    if not len(shingles):
        return ()
    sketch = ((shingles * _FACTORS + _OFFSETS) >> np.uint64(16)).min(axis=1)[: BANDS * ROWS]
    rows = sketch.reshape(BANDS, ROWS)
    return tuple(
        int.from_bytes(
            hashlib.blake2b(number.to_bytes(1, "big") + row.tobytes(), digest_size=8).digest(),
            "big",
            signed=True,
        )
        for number, row in enumerate(rows)
    )


def _digest(*parts: str) -> str:
    return hashlib.sha256(_joined(parts)).hexdigest()


def _keyed(key: bytes, *parts: str) -> bytes:
    return hmac.new(key, _joined(parts), hashlib.sha256).digest()[:DIGEST]


def _joined(parts: Sequence[str]) -> bytes:
    """Unambiguous: no part can be moved over the border to the next."""
    encoded = [part.encode("utf-8", "surrogatepass") for part in parts]
    return b"".join(len(part).to_bytes(8, "big") + part for part in encoded)
