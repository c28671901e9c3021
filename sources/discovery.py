"""Finds the feeds of a site from the address of one of its pages.

A page may be hostile: it is read in the parser's cage, what it names is counted and bounded, and every address is
fetched by the guarded fetcher, which refuses those inside a network. Nothing is believed before it has been read as
a feed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit, urlunsplit

from sources import declined, feed, markup, status, unseen, walls
from sources.base import Answer, Tools
from sources.errors import Denied, SourceError, Unreadable
from sources.items import Place

MOST_NAMED = 8
"""Feeds that a page may name; those of sites for every category and comment are more, and nobody reads on."""
MOST_FOUND = 3
"""Feeds that are offered."""

NAMED, LINKED, USUAL, ITSELF = "named by the page", "linked on the page", "at a usual place", "a feed itself"

_MOST_USUAL = 10
_MOST_TAGS = 2_000  # links that are looked at; an honest page has some hundreds
_TITLE = 80
_TYPES = re.compile(
    r"application/(?:rss|atom|rdf|feed)\+(?:xml|json)|(?:application|text)/xml", re.IGNORECASE
)
_FEED_WORDS = re.compile(r"(?<![a-z])(?:feeds?|rss2?|atom|index\.rdf)(?![a-z])", re.IGNORECASE)
_CHARSET = re.compile(r"charset=[\"']?([\w.:-]+)", re.IGNORECASE)
_USUAL = ("feed/", "rss", "rss.xml", "feed.xml", "atom.xml", "feed.json", "?feed=rss2")
"""Where WordPress, Drupal, the makers of news sites and of static ones put them."""
_WORDPRESS = "https://api.w.org/"
_REST_HEADER = re.compile(r"<([^<>]{1,2000})>;\s*rel=\"?https://api\.w\.org/")
_ACCEPT = "text/html, application/xhtml+xml, application/xml;q=0.9, application/feed+json;q=0.9, */*;q=0.5"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A feed that a page may have."""

    url: str
    title: str = ""
    """What the page calls it; text from the world."""
    how: str = NAMED
    entries: int = 0
    """How many entries were read; 0 before it was tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clues:
    """What a page says of its feeds."""

    offers: tuple[Offer, ...] = ()
    site: str = ""
    """The front page, where the site runs on WordPress: it names its REST interface."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found at an address."""

    offers: tuple[Offer, ...] = ()
    """Feeds that could be read, the likeliest first."""
    tried: int = 0
    site: str = ""
    """The front page of a site that runs on WordPress."""
    robots: str = ""


def find(url: str, tools: Tools) -> Found:
    """Look at the page and try the feeds that it names, else the usual places. Raises ``SourceError``."""
    robots = tools.fetcher.robots(url)
    if robots == "disallowed" and not _FEED_WORDS.search(urlsplit(url).path):
        raise Denied(
            "robots.txt does not allow this page to be read",
            remedy="give the address of the feed itself, as the site offers it to its readers",
        )
    answer = tools.fetcher.get(url, headers={"Accept": _ACCEPT}, obey_robots=robots != "disallowed")
    walls.check(answer)
    status.check(answer, now=tools.now())
    if _is_feed(answer, tools):
        itself = _tried([Offer(url=url, how=ITSELF)], tools, 1)
        return Found(offers=itself, tried=1, robots=robots)
    clues = _clues(answer, tools)
    offers, tried = _tried(clues.offers, tools, MOST_FOUND), len(clues.offers)
    if not offers:
        known = {offer.url for offer in clues.offers}
        usual = [Offer(url=each, how=USUAL) for each in _usual(answer.url) if each not in known]
        offers, tried = _tried(usual, tools, 1), tried + len(usual)
    return Found(offers=offers, tried=tried, site=clues.site or _site_of_header(answer), robots=robots)


def clues(body: bytes, *, url: str, charset: str = "") -> Clues:
    """What a page names as its feeds, whole addresses of the web alone. Runs in the parser's cage."""
    html = markup.decoded(body, charset)
    if guarded := walls.before(body, html):
        raise Unreadable(guarded, remedy=walls.ASK)
    page = markup.tree(html)
    base = page.select_one("base[href]")
    home = markup.absolute(str(base.get("href", "")), url) or url if base else url
    links = page.find_all("link", href=True, limit=_MOST_TAGS)
    named = (
        (str(tag.get("href")), str(tag.get("title") or ""), NAMED)
        for tag in links
        if "alternate" in _words(tag.get("rel")) and _TYPES.fullmatch(str(tag.get("type") or "").strip())
    )
    anchors = page.find_all("a", href=True, limit=_MOST_TAGS)
    linked = (
        (href, tag.get_text(" "), LINKED)
        for tag in anchors
        if _FEED_WORDS.search(_behind_host(href := str(tag.get("href"))))
    )
    rest = next((str(tag.get("href")) for tag in links if _WORDPRESS in _words(tag.get("rel"))), "")
    return Clues(offers=_distinct([*named, *linked], home), site=_site(markup.absolute(rest, home), url))


def _site(rest: str, url: str) -> str:
    """The front page of the site whose REST interface that is; nothing if it is another host's."""
    try:
        named, asked = urlsplit(rest), urlsplit(url)
    except ValueError:
        return ""
    if not rest or named.hostname != asked.hostname:
        return ""
    return urlunsplit((asked.scheme, asked.netloc, named.path.partition("wp-json")[0], "", ""))


def _site_of_header(answer: Answer) -> str:
    """WordPress names its REST interface in a header too (RFC 8288), which no theme leaves out."""
    named = _REST_HEADER.search(answer.headers.get("link", ""))
    return _site(markup.absolute(named[1], answer.url), answer.url) if named else ""


def _behind_host(link: str) -> str:
    """Path and query of a link; nothing if it is none."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return ""
    return f"{parts.path}?{parts.query}"


def _words(told: object) -> Sequence[str]:
    return [str(word).lower() for word in told] if isinstance(told, list) else str(told or "").lower().split()


def _distinct(told: Iterable[tuple[str, str, str]], home: str) -> tuple[Offer, ...]:
    found: dict[str, Offer] = {}
    for link, title, how in told:
        url = markup.absolute(link, home).partition("#")[0]
        if _is_offered(url) and len(found) < MOST_NAMED:
            found.setdefault(url, Offer(url=url, title=markup.one_line(title, _TITLE), how=how))
    return tuple(found.values())


def _is_offered(url: str) -> bool:
    """Whether an address may stand in a school's file: shown as it is, without a password, and not of a place that is declined."""
    return url.isprintable() and bool(url) and "@" not in urlsplit(url).netloc and not declined.meant_by(url)


def _usual(url: str) -> tuple[str, ...]:
    """Below the page first, then below the root of the site."""
    here, root = urljoin(url, "."), urljoin(url, "/")
    places = dict.fromkeys(urljoin(place, each) for place in (here, root) for each in _USUAL)
    return tuple(places)[:_MOST_USUAL]


def _is_feed(answer: Answer, tools: Tools) -> bool:
    place = Place(url=answer.url, configured=answer.url, content_type=answer.headers.get("content-type", ""))
    try:
        return not tools.parser.run(unseen.read, answer.body, place=place).problem
    except Unreadable:
        return False


def _clues(answer: Answer, tools: Tools) -> Clues:
    charset = _CHARSET.search(answer.headers.get("content-type", ""))
    return tools.parser.run(clues, answer.body, url=answer.url, charset=charset[1] if charset else "")


def _tried(offers: Iterable[Offer], tools: Tools, most: int) -> tuple[Offer, ...]:
    """Those that can be read, as the source itself would read them, until there are enough."""
    found: list[Offer] = []
    for offer in offers:
        if len(found) == most:
            break
        try:
            settings = feed.FeedSettings(url=offer.url)
            batch = feed.KIND.build(settings, tools).poll(None)
        # not allowed, not there, no feed, or one that its licence keeps for others
        except (SourceError, ValueError):
            continue
        found.append(Offer(url=offer.url, title=offer.title, how=offer.how, entries=len(batch.entries)))
    return tuple(sorted(found, key=lambda one: not one.entries))
