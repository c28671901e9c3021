"""The headers of a mail as fields, words, addresses and ids; whatever is wrong with them, nothing is raised.

Read by hand and within bounds: the standard library's parser raises half a dozen kinds of errors on hostile
headers, and reads two addresses out of one in some of its versions and not in others.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from sources import markup

Fields: TypeAlias = Sequence[tuple[str, bytes]]
"""Names in lower case, values unfolded, in their order."""

LONGEST_FIELD = 20_000
"""Bytes of a field that are looked at; a hundred recipients have a quarter of this."""
MOST_FIELDS = 1_000
"""Fields of a mail that are kept; one that went through ten relays has a hundred."""
_LONGEST_FROM = 2_000
_MOST_ADDRESSES = 200

_FIELD = re.compile(rb"([!-9;-~]{1,100})[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)(?:\n|\Z)")
_WORD = re.compile(r"=\?([^?*\s]{1,40})(?:\*[^?\s]{0,20})?\?([bBqQ])\?([^?]*)\?=")
_ID = re.compile(r"<[^<>\s]{1,250}>")
_ADDRESS = re.compile(r"[^\s<>()\[\]\\,;:\"@]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,10}")
_PIECE = re.compile(r"\\.|\"(?:[^\"\\]|\\.)*\"|[()<>,;:]|[^\\\"()<>,;:]+|.", re.DOTALL)
_KIND = re.compile(r"\s*([\w!#$&.+^-]{1,60}/[\w!#$&.+^-]{1,127})\s*(?:[;(]|\Z)", re.ASCII)
_CLASS = re.compile(r"\s*(multipart|application|audio|image|video|font|model|message)\b", re.IGNORECASE)
_PARAMETER = re.compile(r";\s*([^\s=;\"]{1,60})\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"?|([^\s;]*))")
_NO_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]+")
_ESCAPED = re.compile(r"\\(.)")

# Python knows more codecs than there are in mails, and some of those unpack, or are no text at all.
_ENCODINGS = re.compile(
    r"utf|us-ascii|ascii|iso-?8859|iso-?2022|windows|cp\d|latin|shift|euc|gb|big5|koi8|mac|hz$", re.IGNORECASE
)
_SHIFTING = re.compile(r"utf-?(7|16|32)|iso-?2022|hz", re.IGNORECASE)
"""Their bytes are also UTF-8, and mean something else there."""


def split(octets: bytes) -> tuple[Fields, bytes]:
    """The fields of a mail or part, and its body. Lines end with a line feed."""
    found: list[tuple[str, bytes]] = []
    position = 0
    while field := _FIELD.match(octets, position):
        position = field.end()
        if len(found) < MOST_FIELDS:
            value = field[2][:LONGEST_FIELD].translate(_ONE_LINE).strip()
            found.append((field[1].decode("ascii").lower(), value))
    if octets.startswith(b"\n", position):
        return found, octets[position + 1 :]
    return found, octets[position:]


_ONE_LINE = bytes.maketrans(b"\n\r\0", b"   ")


def first(fields: Fields, name: str) -> bytes:
    """The first field of a name; empty if there is none."""
    return next((value for known, value in fields if known == name), b"")


def decoded(octets: bytes, charset: str = "") -> str:
    """Text in a charset that may be wrong or unknown: UTF-8 if it can be, else as told, else as Windows has it."""
    told = charset.strip("'\" ") if _ENCODINGS.match(charset.strip("'\" ")) else ""
    names = (told, "utf-8-sig") if _SHIFTING.match(told) else ("utf-8-sig", told)
    for name in filter(None, names):
        try:
            return octets.decode(name)
        except (LookupError, ValueError):
            continue
    return octets.decode("windows-1252", "replace")


def unbase64(octets: bytes) -> bytes:
    """What base64 says, as far as it is any."""
    return b"".join(_run(letters) for letters in re.findall(rb"[A-Za-z0-9+/]+", _NO_BASE64.sub(b"", octets)))


def _run(letters: bytes) -> bytes:
    usable = len(letters) - (len(letters) % 4 == 1)
    return binascii.a2b_base64(letters[:usable] + b"=" * (-usable % 4))


def words(value: bytes, limit: int) -> str:
    """A header for people: encoded words (RFC 2047) decoded, on one line."""
    raw = decoded(value[:LONGEST_FIELD])
    return markup.one_line("".join(_pieces(raw)), limit)


def _pieces(raw: str) -> Iterator[str]:
    """Text and decoded words in turn; the bytes of neighbours are put together, as letters may be parted."""
    end, charset, octets = 0, "", b""
    for word in _WORD.finditer(raw):
        between = raw[end : word.start()]
        if between.strip() or word[1].lower() != charset:
            yield decoded(octets, charset)
            octets = b""
        if between.strip() or not end:
            yield between
        charset, end = word[1].lower(), word.end()
        octets += _word(word[2], word[3])
    yield decoded(octets, charset)
    yield raw[end:]


def _word(encoding: str, text: str) -> bytes:
    octets = text.encode("utf-8", "replace")
    return unbase64(octets) if encoding in "bB" else binascii.a2b_qp(octets, header=True)


def sender(fields: Fields) -> str:
    """The one address of the one ``From``, lower case; empty if there are more, or if it can be read in two ways."""
    values = [value for name, value in fields if name == "from"]
    if len(values) != 1 or len(values[0]) > _LONGEST_FROM:
        return ""
    found = _mailboxes(values[0])
    return found[0] if len(found) == 1 else ""


def addresses(fields: Fields, names: Sequence[str], most: int) -> tuple[str, ...]:
    """All addresses of fields with these names, in the order of the names, each once."""
    found = (
        address
        for wanted in names
        for name, value in fields
        if name == wanted
        for address in _mailboxes(value)
        if address
    )
    return tuple(dict.fromkeys(found))[:most]


def _mailboxes(value: bytes) -> list[str]:
    """What stands between the commas: an address, or nothing for what is none (RFC 5322, 3.4)."""
    found: list[str] = []
    bare, angle, is_inside, is_odd = "", "", False, False
    for piece in _outside_comments(f"{decoded(value)},"):
        if is_inside:
            is_inside, angle = piece != ">", angle + piece
        elif piece == "<":
            is_inside, is_odd, angle = True, is_odd or bool(angle), piece
        elif piece in ",;":
            found.extend(_mailbox(bare, angle, is_odd=is_odd))
            bare, angle, is_odd = "", "", False
        elif piece == ":" and "@" not in bare:
            bare = ""  # the name of a group
        else:
            is_odd = is_odd or piece in {'"', ":"} or bool(angle and piece.strip())
            bare += piece
    if bare.strip() or angle:  # a comment or bracket that never ends
        found.append("")
    return found[:_MOST_ADDRESSES]


def _outside_comments(text: str) -> Iterator[str]:
    deep = 0
    for match in _PIECE.finditer(text):
        if match[0] in "()":
            deep = max(deep + (1 if match[0] == "(" else -1), 0)
        elif not deep:
            yield match[0]


def _mailbox(bare: str, angle: str, *, is_odd: bool) -> Iterator[str]:
    text = angle[1:-1].strip() if angle else bare.strip()
    if text or angle:
        is_address = not is_odd and text.isprintable() and _ADDRESS.fullmatch(text)
        yield text.lower() if is_address else ""


def ids(value: bytes) -> list[str]:
    """Message-IDs with their angle brackets."""
    return _ID.findall(decoded(value))


def kind(value: bytes) -> tuple[str, Mapping[str, str]]:
    """The media type in lower case, and its parameters; plain text where it cannot be read (RFC 2045, 5.2)."""
    text = decoded(value)
    found = _KIND.match(text)
    parameters: dict[str, str] = {}
    for name, quoted, plain in _PARAMETER.findall(text):
        parameters.setdefault(name.lower(), _ESCAPED.sub(r"\1", quoted) or plain)
    return found[1].lower() if found else _guessed(text), parameters


def _guessed(text: str) -> str:
    found = _CLASS.match(text)
    if found is None:
        return "text/plain"
    return "multipart/mixed" if found[1].lower() == "multipart" else "application/octet-stream"
