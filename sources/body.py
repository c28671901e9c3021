"""Reads the body of an answer within its limits, whether it comes plain or as gzip.

Only gzip is asked for. A chain of encodings is refused, and a bomb is inflated no further than the
limit.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from sources.errors import Unreadable

ACCEPTED = "gzip"
"""What ``Accept-Encoding`` says."""

_PLAIN = frozenset({"", "identity"})
_GZIPPED = frozenset({"gzip", "x-gzip"})
_PIECE = 65_536  # bytes read or inflated at a time
_GZIP = 16 + zlib.MAX_WBITS  # zlib's way of saying: gzip format, largest window
_MOST_MEMBERS = 8  # gzip streams one after the other in one body; honest servers send one


class Readable(Protocol):
    """The raw answer, not decoded."""

    def read(self, amt: int, *, decode_content: bool) -> bytes:
        """Return at most ``amt`` bytes, none at the end."""
        ...


def read(raw: Readable, headers: Mapping[str, str], most: int, *, cut: bool = False) -> bytes:
    """Return the body, of at most ``most`` bytes both before and after inflating.

    With ``cut`` the rest of a longer body is left unread, else it is ``Unreadable``.
    """
    encoding = headers.get("content-encoding", "").strip().lower()
    if encoding not in _PLAIN | _GZIPPED:
        raise Unreadable("the answer is compressed in a way that was not asked for")
    announced = headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:20]) > most and not cut:
        raise _too_large(most)
    body = bytearray()
    pieces = _pieces(raw, most, cut=cut)
    for piece in _inflated(pieces) if encoding in _GZIPPED else pieces:
        body += piece
        if len(body) > most:
            if cut:
                return bytes(body[:most])
            raise _too_large(most)
    return bytes(body)


def _pieces(raw: Readable, most: int, *, cut: bool) -> Iterator[bytes]:
    total = 0
    while piece := _piece(raw):
        total += len(piece)
        if total > most and not cut:
            raise _too_large(most)
        yield piece


def _piece(raw: Readable) -> bytes:
    try:
        return raw.read(_PIECE, decode_content=False)
    except ValueError:  # http.client takes "-5" for the length of a chunk, and stumbles over it
        raise Unreadable("the answer is malformed") from None


def _inflated(pieces: Iterable[bytes]) -> Iterator[bytes]:
    member = None
    members = 0
    for piece in pieces:
        rest = piece
        while rest:
            if member is None or member.eof:
                members += 1
                if members > _MOST_MEMBERS:
                    raise Unreadable("the compressed answer has too many parts")
                member = zlib.decompressobj(_GZIP)
            yield from _drained(member, rest)
            rest = member.unused_data
    if member is not None and not member.eof:
        raise Unreadable("the compressed answer is cut off")


def _drained(member: zlib._Decompress, octets: bytes) -> Iterator[bytes]:
    """Inflate ``octets`` bit by bit, so that whoever adds up can stop in time."""
    full = True
    while octets or full:
        try:
            inflated = member.decompress(octets, _PIECE)
        except zlib.error:
            raise Unreadable("the compressed answer is damaged") from None
        yield inflated
        octets = member.unconsumed_tail
        full = len(inflated) == _PIECE and not member.eof


def _too_large(most: int) -> Unreadable:
    return Unreadable(f"the answer is larger than {most:,} bytes")
