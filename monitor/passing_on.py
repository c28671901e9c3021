"""A post that somebody passes on: its words, its link and its day, without whoever passed it on or wrote it.

Pure. Mail programs put a head above what they forward; people paste, and say a word before and after.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import parse_qs, urlsplit

from monitor import days, quoting
from sources.letter import Letter

LONGEST: Final = 20_000
"""Characters of a post that are kept; what is stored of it in the end is far less."""
_LINE = 400
_MOST_LINKS = 50
_HEAD_LINES = 30
"""Lines of a forwarder's head."""
_HEAD = re.compile(
    r"\W*(?:from|sent|date|to|cc|bcc|subject|reply-to|author|posted by|name|von|gesendet|an|betreff|datum|de|à|envoyé|objet"
    r"|od|do|temat|data|wysłano|oddi wrth|at|anfonwyd|pwnc)\W{0,2}:",
    re.IGNORECASE,
)
_AUTHOR = re.compile(
    r"\W*(?:from|author|posted by|written by|name|poster|user(?:name)?)\W{0,2}:", re.IGNORECASE
)
_DATED = re.compile(
    r"\W*(?:sent|date|gesendet|datum|envoyé|wysłano|data|anfonwyd|dyddiad)\W{0,2}:\s*(.{4,60})", re.IGNORECASE
)
_POSTED = re.compile(
    r"\bposted(?: (?:on|at))?:? (?:on )?((?:[a-z]{3,9},? )?\d{1,2}(?:st|nd|rd|th)?(?: of)? [a-z]{3,9}(?: \d{4})?"
    r"|\d{1,2}/\d{1,2}(?:/\d{2,4})?|\d{4}-\d\d-\d\d|[a-z]{3,9} \d{1,2}(?:, \d{4})?)(?![\w/])",
    re.IGNORECASE,
)
_CALENDAR = re.compile(
    r"\d{4}-\d\d-\d\d|\d{1,2}/\d{1,2}/\d{4}|\d{1,2}(?:st|nd|rd|th)? [a-z]{3,9}\.? \d{4}|[a-z]{3,9} \d{1,2},? \d{4}",
    re.IGNORECASE,
)
_LINK = re.compile(r"https?://[^\s<>\"'“”|\\^`{}\[\]]{1,2000}", re.IGNORECASE)
_INTRODUCES = re.compile(r".{0,300}[:–-]\s*")
_FULL_LINE = re.compile(r"\S.*")
_MESSAGE = 400
"""Characters of a message that are judged by themselves: what stands among much chatter is not drowned by it."""
_MOST_MESSAGES = 60
_CLOSED = re.compile(
    r"(?:[^/]*\.)?(?:whatsapp\.com|wa\.me|t\.me|telegram\.me|discord\.(?:com|gg)|messenger\.com|m\.me|signal\.group"
    r"|teams\.microsoft\.com|slack\.com|sharepoint\.com|classdojo\.com)(?:/.*)?"
    r"|(?:[^/]*\.)?(?:facebook|fb)\.com/(?:groups|messages|share|stories)(?:/.*)?"
    r"|(?:drive|docs|photos|mail)\.google\.com(?:/.*)?|photos\.app\.goo\.gl(?:/.*)?",
    re.IGNORECASE,
)
"""Hosts and paths behind which stands a closed group, a chat, an invitation to one, or somebody's own files."""
_NAMED = re.compile(
    r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{2,59})",
    re.IGNORECASE,
)
_INSIDE = (".local", ".internal", ".lan", ".home", ".corp", ".localhost", ".home.arpa", ".onion")
_WEB_PORTS = frozenset({None, 80, 443})
_SAFE_LINKS = (".safelinks.protection.outlook.com", "safelinks.protection.outlook.com")


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What was passed on."""

    text: str
    url: str
    posted: date | None


def passed_on(letter: Letter) -> Post:
    """The post in a letter that is no answer; empty words if there are only pictures."""
    lines = quoting.as_lines(letter.text)
    at = next((at for at in range(len(lines)) if _begins_forwarded(lines, at)), None)
    if at is not None:
        above, head, body = _forwarded(lines, at)
    elif any(map(str.strip, letter.forwarded)):
        above, head, body = lines, [], quoting.as_lines(next(filter(str.strip, letter.forwarded)))
    else:
        above, head, body = [], [], _pasted(lines)
    text = _words(body)
    told = "\n".join(quoting.without_foot(above))
    today = _day_of(letter)
    return Post(
        text=text,
        url=_only_link(text) or _only_link(told),
        posted=_posted(f"{told}\n{text}", today) or _dated(head, today),
    )


def messages(text: str) -> tuple[tuple[int, int], ...]:
    """Where each message of a pasted conversation begins and ends: its lines, long ones cut, many taken together."""
    found = [
        (line.start() + at, min(line.start() + at + _MESSAGE, line.end()))
        for line in _FULL_LINE.finditer(text)
        for at in range(0, line.end() - line.start(), _MESSAGE // 2)
        if not at or line.end() - line.start() - at > _MESSAGE // 2
    ]
    step = -(-len(found) // _MOST_MESSAGES) or 1
    together = [found[at : at + step] for at in range(0, len(found), step)]
    return tuple((some[0][0], some[-1][1]) for some in together) if len(found) > 1 else ()


def public_link(url: str) -> str:
    """``url`` if anybody may open it; nothing for what leads into a closed group, a chat or somebody's own network."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return ""
    plain = parts.scheme in {"http", "https"} and port in _WEB_PORTS and "@" not in parts.netloc
    if not plain or not _NAMED.fullmatch(host) or f".{host}".lower().endswith(_INSIDE):
        return ""
    return "" if _CLOSED.fullmatch(f"{host}{parts.path}") else url


def is_forwarded(letter: Letter) -> bool:
    """Whether a letter has the marks of something that was passed on."""
    lines = quoting.as_lines(letter.text)
    return bool(letter.forwarded) or any(_begins_forwarded(lines, at) for at in range(len(lines)))


def _begins_forwarded(lines: Sequence[str], at: int) -> bool:
    return quoting.is_original_mark(lines[at]) or quoting.head_block(lines, at)


def _forwarded(lines: Sequence[str], at: int) -> tuple[list[str], list[str], list[str]]:
    """What stands above, the head of the last forwarder, and what was forwarded."""
    above, rest = list(lines[:at]), list(lines[at:])
    head: list[str] = []
    while rest and len(head) < _HEAD_LINES:
        bare = rest[0].strip(" \t>*")
        if bare and not (_HEAD.match(bare[:_LINE]) or quoting.is_original_mark(rest[0])):
            break
        head.append(bare)
        rest = rest[1:]
    return above, head, rest


def _pasted(lines: Sequence[str]) -> list[str]:
    """What was pasted into a letter: without a greeting, and without a line that introduces it."""
    body = quoting.without_frame(quoting.unquoted(lines))
    text = quoting.without_greeting("\n".join(body).strip())
    first, gap, rest = text.partition("\n\n")
    return (rest if gap and _INTRODUCES.fullmatch(first) else text).split("\n")


def _words(lines: Sequence[str]) -> str:
    plain = quoting.without_foot(quoting.unquoted(lines))
    return "\n".join(line for line in plain if not _AUTHOR.match(line[:_LINE])).strip()[:LONGEST].strip()


def _only_link(text: str) -> str:
    links = {_direct(link) for link, _ in zip(_links(text), range(_MOST_LINKS), strict=False)} - {""}
    return links.pop() if len(links) == 1 else ""


def _links(text: str) -> Iterator[str]:
    for found in _LINK.finditer(text):
        yield found[0].rstrip(".,;:!?)*_")


def _direct(link: str) -> str:
    """Where a link leads that a mail system has rewritten to look at it first."""
    try:
        parts = urlsplit(link)
        if (parts.hostname or "").endswith(_SAFE_LINKS):
            inner = parse_qs(parts.query, max_num_fields=_MOST_LINKS).get("url", [""])[0]
            return inner if inner.startswith(("http://", "https://")) else link
    except ValueError:
        return ""  # no address at all
    return link


def _day_of(letter: Letter) -> date | None:
    at = letter.received_at or letter.sent_at
    return at.date() if at else None


def _posted(text: str, today: date | None) -> date | None:
    found = _POSTED.search(text[:LONGEST])
    return days.past_day(found[1], today) if found and today else None


def _dated(head: Sequence[str], today: date | None) -> date | None:
    for line in head:
        told = _DATED.match(line[:_LINE])
        found = _CALENDAR.search(told[1]) if told else None
        if found and today:
            return days.past_day(found[0], today)
    return None
