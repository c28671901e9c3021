"""A newspaper's page to the article on it: its text, without what stands beside it. Runs in the parser's cage.

What is not surely something else counts as the article: a name that is missed there is worse than one too many. Lists
of other stories that are not marked as such are the matcher's to doubt.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sources import markup, walls
from sources.base import USER_AGENT_TOKEN

SHORTEST = 200
"""Characters of paragraphs from which a part of a page may be the article."""

_BESIDE_TAGS = frozenset(
    ["aside", "button", "dialog", "form", "footer", "head", "iframe", "menu", "nav", "noscript", "script", "select",
     "style", "svg", "template"]
)  # fmt: skip
_BESIDE_ROLES = frozenset(["banner", "complementary", "contentinfo", "dialog", "navigation", "search"])
_NEVER_BESIDE = frozenset(["html", "body", "main", "article"])
# Words of class and id by which the makers of pages call what stands beside an article.
_BESIDE = re.compile(
    r"(?:^|[\s_-])(?:related|sidebar|side-bar|promos?|promoted|newsletter|sign-?up|subscribe|shar(?:e|ing)|social"
    r"|comments?|most-?(?:read|popular|viewed)|trending|popular|recommend\w*|recirc\w*|more-(?:on|from|stories|news)"
    r"|read-?(?:more|next)|further-reading|onward|outbrain|taboola|teasers?|advert\w*|ads?|sponsor\w*|cookies?|consent"
    r"|breadcrumbs?|site-?(?:header|footer|nav)|navigation|menu|masthead|up-?next|also-?like|in-?other-?news)(?=$|[\s_-])",
    re.IGNORECASE,
)
_LONGEST_NAME = 200  # characters of a class that are looked at
_BODIES = re.compile(r"(?:^|[\s_-])(?:article-?body|entry-content|story-body)(?=$|[\s_-])", re.IGNORECASE)
_RANKS = {"articleBody": 0, "article": 1, "main": 2}
_CHARSET = re.compile(r"charset=[\"']?([\w.:-]+)", re.IGNORECASE)
_OURS = frozenset(["robots", USER_AGENT_TOKEN.lower()])


@dataclass(frozen=True, slots=True, kw_only=True)
class Prose:
    """What a page says."""

    text: str = ""
    quotable: bool = True
    problem: str = ""
    """Why there is no article."""


def read(body: bytes, *, content_type: str = "", robots_tag: str = "") -> Prose:
    """The article on a page."""
    charset = _CHARSET.search(content_type)
    html = markup.decoded(body, charset[1] if charset else "")
    problem = walls.before(body, html)
    if problem:
        return Prose(problem=problem)
    page = _read(html)
    text = page.article()
    problem = walls.emptied(html) if len(text) < SHORTEST else ""
    return Prose(text=text, quotable=markup.is_quotable(robots_tag, page.wishes), problem=problem)


def _read(html: str) -> _Page:
    from lxml import etree  # type: ignore[import-untyped]  # noqa: PLC0415 -- no types; cage only

    page = _Page()
    parser = etree.HTMLParser(target=page, encoding="utf-8")
    parser.feed(markup.printable(html).encode())
    parser.close()
    return page


@dataclass(slots=True)
class _Part:
    """An element that may be the article, as a span of pieces."""

    rank: int
    first: int
    last: int = 0
    prose: int = 0
    """Characters that stand in its paragraphs."""


@dataclass(slots=True)
class _Page:
    """Gathers text and the parts that it stands in while lxml reads; no tree is built, so nesting costs nothing."""

    wishes: list[str] = field(default_factory=list)
    """What the page asks of robots like us."""
    _pieces: list[str] = field(default_factory=list)
    _aside: list[str] = field(default_factory=list)
    """What stands in elements that are beside an article by their name alone."""
    _parts: list[_Part] = field(default_factory=list)
    _open: list[_Part | None] = field(default_factory=list)
    """For each open element the part that it is, if it is one."""
    _beside: int = 0
    _unseen: int = 0
    _paragraphs: int = 0
    _prose: int = 0
    _aside_prose: int = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "meta" and attributes.get("name", "").lower() in _OURS:
            self.wishes.append(attributes.get("content", ""))
        part = None
        if self._unseen or _is_unseen(tag, attributes):
            self._unseen += 1
        else:
            self._paragraphs += tag == "p" or self._paragraphs > 0
            self._beside += self._beside > 0 or _is_beside(tag, attributes)
            rank = None if self._beside else _rank(tag, attributes)
            if rank is not None:
                part = _Part(rank=rank, first=len(self._pieces), prose=-self._prose)
        self._break(tag)
        self._open.append(part)

    def end(self, tag: str) -> None:
        self._break(tag)
        part = self._open.pop()
        if self._unseen:
            self._unseen -= 1
        else:
            self._beside -= self._beside > 0
            self._paragraphs -= self._paragraphs > 0
        if part is not None:
            part.last = len(self._pieces)
            part.prose += self._prose
            self._parts.append(part)

    def data(self, data: str) -> None:
        if self._unseen:
            return
        words = " ".join(data.split("\n"))
        (self._aside if self._beside else self._pieces).append(words)
        if self._paragraphs and self._beside:
            self._aside_prose += len(words)
        elif self._paragraphs:
            self._prose += len(words)

    def close(self) -> None:
        """Nothing is left to do."""

    def article(self) -> str:
        """The part that says most in paragraphs, of the surest kind that says enough; else all that is not beside."""
        enough = [part for part in self._parts if part.prose >= SHORTEST]
        best = min(enough, key=lambda part: (part.rank, -part.prose), default=None)
        if self._aside_prose > (best.prose if best else self._prose):  # then it only bears such a name
            return markup.tidy("".join([*self._pieces, "\n", *self._aside]))
        return markup.tidy("".join(self._pieces[best.first : best.last] if best else self._pieces))

    def _break(self, tag: str) -> None:
        gap = "" if self._unseen else markup.gap(tag)
        if gap:
            (self._aside if self._beside else self._pieces).append(gap)


def _is_unseen(tag: str, attributes: Mapping[str, str]) -> bool:
    return tag in _BESIDE_TAGS or attributes.get("role", "") in _BESIDE_ROLES or "hidden" in attributes


def _is_beside(tag: str, attributes: Mapping[str, str]) -> bool:
    if tag in _NEVER_BESIDE:
        return False
    return any(
        _BESIDE.search(attributes[name][:_LONGEST_NAME]) for name in ("class", "id") if name in attributes
    )


def _rank(tag: str, attributes: Mapping[str, str]) -> int | None:
    named = attributes.get("itemprop", "")
    if named == "articleBody" or _BODIES.search(attributes.get("class", "")[:_LONGEST_NAME]):
        return _RANKS["articleBody"]
    return _RANKS.get("main" if attributes.get("role") == "main" else tag)
