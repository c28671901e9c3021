"""Items on a web page, found by CSS selectors, or what changed on a whole one; robots.txt and the page's wishes are obeyed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict

from sources import google, markup, unseen, walls, wire
from sources.base import USER_AGENT_TOKEN, Answer, Batch, Checkpoint, Entry, Kind, Tools
from sources.items import Feed, Place, digest, finished
from sources.passages import MAX_KNOWN, MAX_PASSAGES, changed, split
from sources.revisit import Revisit
from sources.unseen import Reading

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

_ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"

_CHARSET = re.compile(r"charset=[\"']?([\w.:-]+)", re.IGNORECASE)

_SELECTOR_LOST = "the selector finds nothing: has the page changed?"
_HEADINGS = "h1, h2, h3, h4, h5, h6"


def _selector(value: str) -> str:
    """Let a CSS selector through. Raises ``ValueError``."""
    import soupsieve  # noqa: PLC0415 -- it loads BeautifulSoup, which only owners of pages need

    try:
        soupsieve.compile(value)
    except (soupsieve.SelectorSyntaxError, NotImplementedError):  # the latter for ::before and its like
        raise ValueError(f"expected a CSS selector such as 'article.news', got {value!r}") from None
    return value


Selector: TypeAlias = Annotated[str, AfterValidator(_selector)]


class PageSettings(BaseModel):
    """The keys of a page. Selectors other than ``items`` look inside an item; all have a default."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Annotated[wire.WebAddress, AfterValidator(google.licensed)]
    items: Selector | None = None
    """What on the page is an item; without it the page is watched as a whole, and what changes on it is an entry."""
    part: Selector = "body"
    """The part of the page that is watched as a whole."""
    title: Selector = _HEADINGS
    link: Selector = "a[href]"
    text: Selector | None = None
    date: Selector = "time"
    author: Selector | None = None
    own_account: bool = False
    """It is the school's own page, where others comment: the promise to answer holds there."""


class PageSource:
    """One page."""

    def __init__(self, settings: PageSettings, tools: Tools) -> None:
        self._settings = settings
        self._tools = tools
        self._revisit = Revisit(
            tools, settings.url, self._read, accept=_ACCEPT, obey_robots=True, most_marks=MAX_KNOWN
        )

    def poll(self, checkpoint: Checkpoint | None) -> Batch:
        """Look once at the page. Raises ``SourceError``."""
        return self._revisit.poll(checkpoint)

    def _read(self, answer: Answer, known: Sequence[str]) -> Reading:
        place = Place(
            url=answer.url,
            configured=self._settings.url,
            content_type=answer.headers.get("content-type", ""),
            own_account=self._settings.own_account,
            now=self._tools.now(),
        )
        return self._tools.parser.run(
            read,
            answer.body,
            settings=self._settings,
            place=place,
            robots_tag=answer.headers.get("x-robots-tag", ""),
            known=known,
        )


def read(
    body: bytes,
    *,
    settings: PageSettings,
    place: Place,
    robots_tag: str = "",
    known: Sequence[str] = (),
) -> Reading:
    """Find the items of a page that are new. Runs in the parser's cage."""
    charset = _CHARSET.search(place.content_type)
    html = markup.decoded(body, charset[1] if charset else "")
    page = markup.tree(html)
    found = page.select(settings.items or settings.part, limit=unseen.MAX_ENTRIES + 1)
    problem, remedy = _problem(body, html, is_found=bool(found and settings.items))
    if problem:
        return Reading(problem=problem, remedy=remedy)
    common = Entry(
        id="",
        quotable=markup.is_quotable(robots_tag, _wishes(page)),
        language=str(page.html.get("lang", "")) if page.html else "",
        own_account=place.own_account,
    )
    if not found:
        return Reading(problem=_SELECTOR_LOST)
    if settings.items is None:
        return _whole(page, found, common, place, known)
    base = _base(page, place.url)
    entries = [_entry(tag, settings, base, place.now, common) for tag in found]
    items = tuple(finished(entry, place, entry.published) for entry in _named(entries, place.url))
    return unseen.fresh(Feed(items=items), known)


def _whole(
    page: BeautifulSoup, found: Sequence[Tag], common: Entry, place: Place, known: Sequence[str]
) -> Reading:
    """What stands on the page that did not stand there before, as one entry under the page's title."""
    passages = split("".join(map(str, found)))
    if not passages:
        return Reading(problem="the page says nothing", remedy=walls.ELSEWHERE)
    change = changed(passages[:MAX_PASSAGES], known)
    entry = replace(
        common,
        id=f"sha256:{digest(chr(0).join((place.configured, *(passage.words for passage in change.new))), 64)}",
        url=place.url,
        title=_heading(page),
        text=markup.tidy("\n".join(passage.text for passage in change.new)),
    )
    return Reading(
        entries=(finished(entry, place, None).entry or entry,) if change.new else (),
        marks=change.marks,
        overlaps=True,
        overfull=len(passages) > MAX_PASSAGES,
        muted=change.muted,
    )


def _heading(page: BeautifulSoup) -> str:
    heading = page.select_one("h1") or page.select_one("title")
    return markup.one_line(heading.get_text(" "), markup.TITLE_LIMIT) if heading else ""


def _entry(tag: Tag, settings: PageSettings, base: str, now: datetime | None, common: Entry) -> Entry:
    title = tag.select_one(settings.title)
    link = tag if tag.name == "a" and tag.get("href") else tag.select_one(settings.link)
    author = tag.select_one(settings.author) if settings.author else None
    parts = tag.select(settings.text) if settings.text else [tag]
    return replace(
        common,
        url=markup.absolute(_address(link), base) if link else "",
        title=markup.one_line(_text(title or link), markup.TITLE_LIMIT),
        text=markup.tidy("\n".join(_text(part) for part in parts)),
        author=markup.one_line(_text(author), markup.NAME_LIMIT),
        published=_date(tag.select_one(settings.date), now),
    )


def _text(tag: Tag | None) -> str:
    return markup.plain(str(tag)) if tag else ""


def _address(tag: Tag) -> str:
    inner = tag if tag.get("href") else tag.select_one("a[href]")
    return str(inner.get("href", "")) if inner else ""


def _date(tag: Tag | None, now: datetime | None) -> datetime | None:
    if not tag:
        return None
    told = (str(tag.get("datetime", "")), str(tag.get("content", "")), _text(tag))
    return next(filter(None, (markup.when(value, now=now) for value in told)), None)


def _named(entries: Sequence[Entry], url: str) -> list[Entry]:
    """Entries that share a link, or only point back to the page, are known by what they say."""
    links = Counter(entry.url for entry in entries)
    here = url.partition("#")[0]
    return [
        entry
        if links[entry.url] == 1 and entry.url and entry.url.partition("#")[0] != here
        else replace(entry, id=f"sha256:{digest(entry.url + chr(0) + entry.text, 64)}", url=entry.url or url)
        for entry in entries
    ]


def _base(page: BeautifulSoup, url: str) -> str:
    base = page.select_one("base[href]")
    return markup.absolute(str(base.get("href", "")), url) or url if base else url


def _wishes(page: BeautifulSoup) -> list[str]:
    """What the page asks of robots like us."""
    ours = {"robots", USER_AGENT_TOKEN.lower()}
    metas = page.select("meta[name][content]")
    return [str(meta.get("content", "")) for meta in metas if str(meta.get("name", "")).lower() in ours]


def _problem(body: bytes, html: str, *, is_found: bool) -> tuple[str, str]:
    """Why this is not the page, and what to do then."""
    if not body.strip():
        return "the answer is empty", ""
    if walls.before(body, html):
        return walls.GUARDED, walls.ASK
    problem = "" if is_found else walls.emptied(html)
    return problem, walls.ELSEWHERE if problem else ""


def _locate(settings: PageSettings) -> str:
    watched = settings.items or ("" if settings.part == "body" else f"in {settings.part}")
    return f"{settings.url} {watched}".strip()


def _host(settings: PageSettings) -> str:
    return wire.host(settings.url)


KIND = Kind(
    settings=PageSettings,
    build=PageSource,
    locate=_locate,
    host=_host,
    every=timedelta(minutes=60),
    sees="a public web page that has no feed: its items, or whatever changes on it: inspection reports, council, trust",
    cannot="what a script fills in, what stands behind a log-in or a check for a person (told), and pages whose robots.txt"
    " says no",
)
