"""Items on a web page, found by CSS selectors; robots.txt and the page's own wishes are obeyed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict

from sources import markup, unseen, wire
from sources.base import USER_AGENT_TOKEN, Answer, Batch, Checkpoint, Entry, Kind, Tools
from sources.items import Feed, Place, digest, finished
from sources.revisit import Revisit
from sources.unseen import Reading

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

_ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"

_CHARSET = re.compile(r"charset=[\"']?([\w.:-]+)", re.IGNORECASE)

# What stands in the source of pages that check whether a person is there, and in no other short page.
_CHALLENGES = (b"_cf_chl_opt", b"/cdn-cgi/challenge-platform/", b"ddos-guard", b"_Incapsula_Resource",
               b"captcha-delivery.com", b"px-captcha", b"awsWafCookieDomainList", b"sgcaptcha")  # fmt: skip
_CHALLENGE_TEXT = 1_500  # such pages say little
_NO_TEXT = 200  # a frame that a script is to fill
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

    url: wire.WebAddress
    items: Selector
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
        self._revisit = Revisit(tools, settings.url, self._read, accept=_ACCEPT, obey_robots=True)

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
    page = markup.soup(body, charset[1] if charset else "")
    found = page.select(settings.items, limit=unseen.MAX_ENTRIES + 1)
    problem = _problem(body, page, is_found=bool(found))
    if problem:
        return Reading(problem=problem)
    base = _base(page, place.url)
    wishes = [str(meta.get("content", "")) for meta in page.select("meta[name][content]") if _is_for_us(meta)]
    quotable = markup.is_quotable(robots_tag, wishes)
    language = str(page.html.get("lang", "")) if page.html else ""
    entries = [
        replace(entry, quotable=quotable, language=language, own_account=place.own_account)
        for entry in (_entry(tag, settings, base, place.now) for tag in found)
    ]
    items = tuple(finished(entry, place, entry.published) for entry in _named(entries, place.url))
    return unseen.fresh(Feed(items=items), known)


def _entry(tag: Tag, settings: PageSettings, base: str, now: datetime | None) -> Entry:
    title = tag.select_one(settings.title)
    link = tag if tag.name == "a" and tag.get("href") else tag.select_one(settings.link)
    author = tag.select_one(settings.author) if settings.author else None
    parts = tag.select(settings.text) if settings.text else [tag]
    return Entry(
        id="",
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


def _is_for_us(meta: Tag) -> bool:
    return str(meta.get("name", "")).lower() in {"robots", USER_AGENT_TOKEN.lower()}


def _problem(body: bytes, page: BeautifulSoup, *, is_found: bool) -> str:
    if not body.strip():
        return "the answer is empty"
    said = len(markup.plain(str(page), _CHALLENGE_TEXT + 1))
    if said <= _CHALLENGE_TEXT and any(mark in body for mark in _CHALLENGES):
        return "a page that asks whether a person is there stands before the page"
    if is_found:
        return ""
    if said <= _NO_TEXT and page.script:
        return "the page is empty without JavaScript"
    return "the selector finds nothing: has the page changed?"


def _locate(settings: PageSettings) -> str:
    return f"{settings.url} {settings.items}"


def _host(settings: PageSettings) -> str:
    return wire.host(settings.url)


KIND = Kind(
    settings=PageSettings,
    build=PageSource,
    locate=_locate,
    host=_host,
    every=timedelta(minutes=60),
    sees="items on a public web page that has no feed: inspection reports, council and trust news",
    cannot="what a script fills in, what stands behind a log-in, and pages whose robots.txt says no",
)
