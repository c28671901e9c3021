"""A mail taken apart: each part with its kind and its bytes, split where the boundaries stand and nowhere else.

Nothing is recursive here, and each function is linear in what it is given.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sources import headers
from sources.headers import Fields

_LONGEST_BOUNDARY = 200  # RFC 2046 allows 70
_BEFORE = re.compile(rb"(?:\xef\xbb\xbf)?(?:[ \t]*\n)*(?:>?From [^\n]*\n)?")
"""Byte order mark, empty lines, the first line of an mbox: no part of a mail, but some programs leave them there."""
_LINE_ENDS = re.compile(rb"\r+\n")
_NAME = re.compile(
    r"\.(?:jpe?g|png|gif|webp|heic|heif|bmp|tiff?|mp4|mov|m4v|avi|3gp|webm|mkv)\Z", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a mail, or the whole."""

    fields: Fields
    body: bytes
    kind: str
    """Such as ``text/plain``."""
    parameters: Mapping[str, str]
    is_attached: bool
    """It is to be saved, not read: by its disposition, or because it has a file name."""
    is_picture: bool
    """An image or a film, by its kind or its file name."""

    @property
    def content(self) -> bytes:
        """The body without its transfer encoding; as it is if that is unknown."""
        encoding = headers.first(self.fields, "content-transfer-encoding").strip().lower()
        if encoding == b"base64":
            return _lines(headers.unbase64(self.body))
        if encoding == b"quoted-printable":
            return _lines(binascii.a2b_qp(self.body))
        return self.body


def whole(octets: bytes) -> Part:
    """A mail as it came."""
    return part(_BEFORE.sub(b"", _lines(octets), count=1))


def part(octets: bytes, otherwise: str = "text/plain") -> Part:
    """What ``octets`` are; ``otherwise`` where they do not say."""
    fields, body = headers.split(octets)
    kind, parameters = headers.kind(headers.first(fields, "content-type") or otherwise.encode())
    disposition, told = headers.kind(b"x/" + headers.first(fields, "content-disposition"))
    name = told.get("filename", "") or parameters.get("name", "")
    return Part(
        fields=fields,
        body=body,
        kind=kind,
        parameters=parameters,
        is_attached=disposition == "x/attachment" or any(each.startswith("filename") for each in told),
        is_picture=kind.startswith(("image/", "video/")) or bool(_NAME.search(name.strip())),
    )


def inner(of: Part) -> Iterator[Part]:
    """The parts of a multipart; none if its boundary is missing or never comes."""
    boundary = of.parameters.get("boundary", "").rstrip().encode("utf-8", "replace")
    if not boundary or len(boundary) > _LONGEST_BOUNDARY:
        return
    otherwise = "message/rfc822" if of.kind == "multipart/digest" else "text/plain"
    for octets in _between(b"\n" + of.body, b"\n--" + boundary):
        yield part(octets, otherwise)


def _between(body: bytes, mark: bytes) -> Iterator[bytes]:
    """What stands between the boundaries (RFC 2046, 5.1.1); the last one may be missing."""
    start, position = -1, body.find(mark)
    while position >= 0:
        after = position + len(mark)
        end = body.find(b"\n", after)
        rest = body[after : end if end >= 0 else len(body)]
        is_last = rest.startswith(b"--")
        if not rest[2 * is_last :].strip():
            if start >= 0:
                yield body[start:position]
            if is_last or end < 0:
                return
            start = end + 1
        position = body.find(mark, after if end < 0 else end)
    if start >= 0:
        yield body[start:]


def _lines(octets: bytes) -> bytes:
    """With line feeds alone. Where there are none at all, carriage returns stood for them."""
    clean = _LINE_ENDS.sub(b"\n", octets)
    return clean if b"\n" in clean else clean.replace(b"\r", b"\n")
