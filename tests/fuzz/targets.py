"""What is fuzzed: one function for each place where bytes from the world are read, or words become a mail.

Each takes any bytes and raises nothing, unless a promise is broken.
"""

from __future__ import annotations

import gzip
import io
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any, TypeAlias
from unittest.mock import patch

from lxml import etree  # type: ignore[import-untyped] # it brings no types

from alerts import mime
from alerts.base import (
    Ailment,
    Alert,
    Bundle,
    Category,
    Digest,
    HealthNotice,
    Item,
    News,
    NotificationKind,
    Payload,
    Severity,
    Whole,
)
from alerts.base import Answer as Confirmation
from alerts.render import render
from sources import body, jsonfeed, letters, markup, mediawiki, page, prose, robots, unseen
from sources.base import USER_AGENT_TOKEN, Answer, Tools
from sources.errors import Unreadable
from sources.fetch import FetchPolicy, HttpFetcher
from sources.guard import SockAddr
from sources.items import Place
from sources.page import PageSettings
from sources.registry import KINDS
from tests.alerts import mail_samples as samples
from tests.fakes import NOW, FakeFetcher, tools
from tests.fuzz import promises
from tests.fuzz.promises import in_the_cage, keep, only_source_errors

Target: TypeAlias = Callable[[bytes], None]

MOST = 200_000
"""Bytes of one answer: small, so that a bomb shows at once."""

_ANSWER = 65_536  # bytes that a socket takes at once
_HOST = "paper.example"
_PLACE = Place(url=f"https://{_HOST}/feed", configured=f"https://{_HOST}/feed", now=NOW)
_TYPES = (
    "",
    "application/rss+xml; charset=utf-8",
    "text/xml; charset=iso-8859-1",
    "text/html; charset=utf-16",
    "application/atom+xml",
    "text/plain; charset=koi8-r",
    'text/html; charset="utf-7"',
    "text/html; charset=rot13",
)
_PAGES = (
    PageSettings(url=f"https://{_HOST}/news", items="article"),
    PageSettings(url=f"https://{_HOST}/news", items="li, p", title="b", text="span", author="i", link="a"),
    PageSettings(url=f"https://{_HOST}/news", items="a", date="span", own_account=True),
    PageSettings(url=f"https://{_HOST}/news", items="*"),
    PageSettings(url=f"https://{_HOST}/news"),
    PageSettings(url=f"https://{_HOST}/news", part="div, p"),
)
_YOUTUBE = "https://www.googleapis.com/youtube/v3"
_APIS: Sequence[tuple[str, Mapping[str, Any], str]] = (
    ("wikipedia", {"titles": ["Holm Nook"], "talk": False}, "https://en.wikipedia.org/w/api.php"),
    ("whatdotheyknow", {"body": "holm_nook"}, "https://www.whatdotheyknow.com/feed/body/holm_nook.json"),
    ("gdelt", {"query": '"holm nook"'}, "https://api.gdeltproject.org/api/v2/doc/doc"),
    ("petitions", {"query": "holm nook"}, "https://petition.parliament.uk/petitions.json"),
    ("wordpress", {"url": "https://site.example"}, "https://site.example/wp-json/wp/v2/posts"),
    (
        "wordpress",
        {"url": "https://site.example", "own": True},
        "https://site.example/wp-json/wp/v2/comments",
    ),
    (
        "mastodon",
        {"instance": "https://social.example", "hashtags": ["preston"]},
        "https://social.example/api/v1/timelines/tag/preston",
    ),
    ("youtube", {"key": {"file": "k"}, "channel": f"UC{'x' * 22}"}, f"{_YOUTUBE}/commentThreads"),
)
_ENCODINGS = ("", "identity", "gzip", "x-gzip", " GZIP ", "br", "gzip, gzip", "deflate")
_ZIPPED, _CUT, _ANNOUNCED = 0x80, 0x40, 0x20


def decode(octets: bytes) -> None:
    """A body, as it came or compressed, within its limit."""
    rest, flags = _flags(octets)
    headers = {"content-encoding": _ENCODINGS[flags % 8]}
    is_cut, is_zipped = bool(flags & _CUT), bool(flags & _ZIPPED)
    if flags & _ANNOUNCED:
        announced, _, rest = rest.partition(b"\n")
        headers["content-length"] = announced.decode("latin-1")
    sent = b"".join(gzip.compress(part, 1) for part in rest.split(b"\xff\xff")) if is_zipped else rest
    try:
        read = body.read(_Raw(sent), headers, MOST, cut=is_cut)
    except Unreadable:
        return
    keep(that=len(read) <= MOST, promise="a body ends at its limit")
    if headers["content-encoding"] in _ENCODINGS[:2]:
        keep(that=read == sent[:MOST], promise="what is not compressed is left alone")
    elif is_zipped:
        keep(that=read == rest.replace(b"\xff\xff", b"")[:MOST], promise="what was compressed comes back")


def _flags(octets: bytes) -> tuple[bytes, int]:
    """The input but for its last byte, which decides on what else belongs to it."""
    return octets[:-1], octets[-1] if octets else 0


class _Raw(io.BytesIO):
    """An answer as the library hands it over."""

    def read(self, amt: int | None = -1, *, decode_content: bool = False) -> bytes:
        keep(that=not decode_content, promise="the library decodes nothing")
        return super().read(amt)


def fetch(octets: bytes) -> None:
    """A whole answer of a web server, from its first byte: status, headers, framing, body."""
    with ExitStack() as servers:

        def dial(_address: SockAddr, _seconds: float) -> socket.socket:
            ours, theirs = socket.socketpair()
            servers.enter_context(theirs)  # it listens on, or we could not ask
            theirs.sendall(octets[:_ANSWER])
            theirs.shutdown(socket.SHUT_WR)
            return ours

        policy = FetchPolicy(max_bytes=MOST, min_delay=timedelta(0))
        fetcher = HttpFetcher(policy, user_agent=USER_AGENT_TOKEN, resolve=_resolve, dial=dial)
        with only_source_errors():
            answer = fetcher.get(f"http://{_HOST}/feed")
            keep(that=len(answer.body) <= MOST, promise="a body ends at its limit")
            lower = all(name == name.lower() for name in answer.headers)
            keep(that=lower, promise="names of headers are lower case")
        fetcher.close()


def _resolve(host: str, port: int, **_: object) -> Sequence[tuple[Any, ...]]:
    keep(that=host.isascii(), promise="a name that is looked up is plain")
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", port))]


def feed(octets: bytes) -> None:
    """A feed of any format, and the same again with one item more."""
    rest, flags = _flags(octets)
    place = replace(_PLACE, content_type=_TYPES[flags % 8])
    with in_the_cage():
        reading = unseen.read(rest, place=place)
        promises.entries(reading)
        again = unseen.read(rest, place=place, known=reading.marks)
        keep(that=again.entries == (), promise="nothing is new twice")
        half = unseen.read(rest, place=place, known=reading.marks[1::2])
        promises.entries(half)
        if _is_well_formed(rest):
            names = {entry.id for entry in reading.entries}
            keep(that={entry.id for entry in half.entries} <= names, promise="ids stay")


def _is_well_formed(octets: bytes) -> bool:
    try:
        etree.fromstring(octets, etree.XMLParser(resolve_entities=False))
    except etree.XMLSyntaxError:
        return False
    return True


def json_feed(octets: bytes) -> None:
    """A JSON Feed."""
    with in_the_cage():
        promises.feed(jsonfeed.read(octets, _PLACE))


def read_page(octets: bytes) -> None:
    """A web page, through several sets of selectors."""
    rest, flags = _flags(octets)
    settings = _PAGES[(flags >> 3) % len(_PAGES)]
    place = replace(_PLACE, content_type=_TYPES[flags % 8])
    with in_the_cage():
        reading = page.read(rest, settings=settings, place=place)
        promises.entries(reading)
        again = page.read(rest, settings=settings, place=place, known=reading.marks)
        keep(that=again.entries == (), promise="nothing is new twice")
        article = prose.read(rest, content_type=place.content_type)
        keep(that=len(article.text) <= markup.TEXT_LIMIT, promise="a text ends at its limit")
        keep(that="\x00" not in article.text, promise="a text is plain")


def robots_txt(octets: bytes) -> None:
    """A robots.txt; it is read in the main process, so nothing at all may go wrong."""
    asked = robots.Robots(lambda url: Answer(status=200, url=url, body=octets), monotonic=lambda: 0.0)
    origin = f"https://{_HOST}"
    for path in ("/", "/news?page=2", "/a%2Fb/%C3%A9*$"):
        verdict = asked.verdict(origin, origin + path)
        keep(that=verdict.allowed == (verdict.reason == ""), promise="who is refused learns why")
    keep(that=timedelta(0) <= asked.delay(origin) <= robots.LONGEST_DELAY, promise="a delay is bearable")


def bluesky(octets: bytes) -> None:
    """What a search on Bluesky answers; it is read in the main process."""
    kind = KINDS["bluesky"]
    settings = kind.settings.model_validate({"query": "holm nook", "own_handle": "holmnook.example"})
    source = kind.build(settings, _bluesky_tools(octets))
    with only_source_errors():
        batch = source.poll(None)
        promises.entries(unseen.Reading(entries=batch.entries))


def apis(octets: bytes) -> None:
    """What Wikipedia, WhatDoTheyKnow, GDELT, petitions, WordPress, Mastodon or YouTube answer, whatever they were asked."""
    rest, flags = _flags(octets)
    name, told, address = _APIS[flags % len(_APIS)]
    kind = KINDS[name]
    said = Answer(status=200, url="", body=rest)
    web = FakeFetcher({address: said, f"{_YOUTUBE}/comments": said})
    source = kind.build(kind.settings.model_validate(told), tools(web, secrets={"k": "key"}))
    with only_source_errors():
        batch = source.poll(None)
        promises.entries(unseen.Reading(entries=batch.entries))
        again = source.poll(batch.checkpoint)
        keep(that=again.entries == (), promise="nothing is new twice")


def comparison(octets: bytes) -> None:
    """Two versions of an article side by side, as MediaWiki writes them."""
    with in_the_cage():
        change = mediawiki.read_change(octets)
        keep(that=len(change.added) <= markup.TEXT_LIMIT, promise="a text ends at its limit")
        keep(that="\x00" not in change.added + change.removed, promise="a text is plain")


def _filled(payload: Payload, flags: bytes, said: Sequence[str]) -> Payload:
    """The payload with what was said wherever a stranger's words may stand."""
    item = samples.item(said[0], title=said[1], source=said[2], url=said[3])
    match payload:
        case Alert():
            return _alert(payload, flags, said)
        case HealthNotice():
            ailments = (Ailment(what=said[0], since=NOW, remedy=said[1]),)
            return replace(payload, ailments=ailments, short=said[2])
        case Bundle():
            lines = tuple(
                replace(line, excerpt=said[4], source=said[5], url=said[6], note=said[7])
                for line in payload.items
            )
            return replace(payload, items=lines, possible=(item,), short=said[2])
        case News():
            return replace(payload, note=said[0], short=said[1])
        case Confirmation():
            return replace(payload, short=said[1])
        case Digest():
            return replace(
                payload,
                praise=(item,),
                topics=tuple(replace(topic, example=said[4]) for topic in payload.topics),
                blind=tuple(replace(blind, source=said[5], why=said[6]) for blind in payload.blind),
                coming_up=(said[7],),
            )


def _bluesky_tools(octets: bytes) -> Tools:
    answer = Answer(status=200, url="", body=octets)
    return tools(FakeFetcher({"https://public.api.bsky.app/xrpc/app.bsky.feed.searchPosts": answer}))


def mail(octets: bytes) -> None:
    """The words of strangers in a mail of any kind: separated by 0xFF, which is no part of UTF-8."""
    flags = octets[:3].ljust(3, b"\0")
    words = [part.decode("utf-8", "replace") for part in octets[3:].split(b"\xff")]
    name, envelope = _sample(flags[0]), samples.envelope()
    whole = Whole(mention="M345", source=words[0], title=words[-1], text=" ".join(words), url=words[0])
    envelope = replace(envelope, posts=(whole,))
    kind, payload, _ = samples.GOLDENS[name]
    said = (words * 8)[:8]
    message = render(NotificationKind(kind), _filled(payload, flags, said), envelope)
    built = mime.build(message, to=envelope.to.address, key=envelope.message_id)
    promises.mail(message, mime.wire(built))


@cache
def _names() -> tuple[str, ...]:
    return tuple(sorted(samples.GOLDENS))


def _sample(number: int) -> str:
    return _names()[number % len(_names())]


def _alert(payload: Alert, flags: bytes, said: Sequence[str]) -> Alert:
    categories = tuple(Category)
    item: Item = samples.item(said[0], title=said[1], source=said[2], url=said[3])
    return replace(
        payload,
        items=(item, *payload.items[:1]),
        severity=Severity(flags[1] % 5),
        category=categories[flags[2] % len(categories)],
        grounds=(said[4], said[5]),
        notes=(said[6],),
        short=said[7],
    )


def letter(octets: bytes) -> None:
    """A mail of our mailbox. What would be forgiven in the house is not forgiven here."""
    with in_the_cage(), patch.object(letters._Reading, "attempt", lambda _, step, __: step()):
        promises.letter(letters.parse(octets, uid="1.2", received="", whole=True))


TARGETS: Mapping[str, Target] = {
    "body": decode,
    "fetch": fetch,
    "feed": feed,
    "jsonfeed": json_feed,
    "page": read_page,
    "robots": robots_txt,
    "bluesky": bluesky,
    "apis": apis,
    "comparison": comparison,
    "mail": mail,
    "letter": letter,
}
