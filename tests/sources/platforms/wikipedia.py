"""A fake Wikipedia: edits handed out a few at a time, comparisons as HTML, hidden words, a busy database."""

from __future__ import annotations

from datetime import timedelta
from html import escape
from typing import Any, ClassVar

from tests.sources.platforms.frame import BadCursor, Can, Platform, Post, Reply, Request, as_json

TITLE = "Ribbleton"
_BEFORE = 1_000_000
"""The id of the edit that made the article, long ago."""


class Wikipedia(Platform):
    """One wiki with one article; each post is an edit that adds a line."""

    kind = "wikipedia"
    can: ClassVar[frozenset[Can]] = frozenset({"pages", "short", "loop", "quota", "recheck"})
    overlap = timedelta(0)
    """Edits of an article are made one after another."""
    page_size = 4

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.first = Post(number=0, text="The article.", at=self.clock() - timedelta(days=700))

    def settings(self) -> dict[str, Any]:
        return {"titles": [TITLE], "service": self.address}

    def entry_id(self, post: Post) -> str:
        return str(_BEFORE + post.number)

    def quota(self) -> tuple[Reply, timedelta]:
        error = {"code": "maxlag", "info": "Waiting for a database server: 7 seconds lagged.", "lag": 7}
        return as_json({"error": error}, headers={"Retry-After": "90"}), timedelta(seconds=90)

    def answer(self, request: Request) -> Reply:
        if not request.headers.get("user-agent"):
            return Reply(status=403, body=b"Please set a user-agent", headers={"Content-Type": "text/plain"})
        if request.path != "/w/api.php" or request.first("maxlag") != "5":
            return Reply(status=404)
        if request.first("action") == "compare":
            return self._compare(request)
        if request.first("revids"):
            return self._by_id(request)
        return self._history(request)

    def _history(self, request: Request) -> Reply:
        title = request.first("titles")
        if title != TITLE:
            return _query([{"ns": 0, "title": title, "missing": True}])
        posts = self._asked_for(request)
        try:
            found, cursor = self.page(posts, request.first("rvcontinue"))
        except BadCursor:
            return _error("badcontinue")
        page: dict[str, Any] = {"pageid": 7, "ns": 0, "title": title}
        if found:
            page["revisions"] = [self._revision(post) for post in found]
        going_on = (
            {"continue": {"rvcontinue": cursor, "continue": "||"}} if cursor else {"batchcomplete": True}
        )
        return _query([page], **going_on)

    def _asked_for(self, request: Request) -> list[Post]:
        if request.first("rvdir") == "older":
            return [*self.posts[::-1], self.first]
        start = int(request.first("rvstartid") or 0)
        return [post for post in (self.first, *self.posts) if _BEFORE + post.number >= start]

    def _by_id(self, request: Request) -> Reply:
        asked = request.first("revids").split("|")
        there = [post for post in self.posts if self.entry_id(post) in asked]
        bad = [name for name in asked if name not in {self.entry_id(post) for post in there}]
        page = {"pageid": 7, "ns": 0, "title": TITLE, "revisions": [self._revision(post) for post in there]}
        lost = {"badrevids": {name: {"revid": int(name), "missing": True} for name in bad}} if bad else {}
        return _query([page] if there else [], batchcomplete=True, query=lost)

    def _compare(self, request: Request) -> Reply:
        post = next((one for one in self.posts if self.entry_id(one) == request.first("torev")), None)
        if post is None or request.first("fromrev") != str(_BEFORE + post.number - 1):
            return _error("nosuchrevid")
        if post.removed:
            return _error("missingcontent-revid")
        added = f'<td class="diff-addedline diff-side-added"><div>{escape(post.text)}</div></td>'
        row = f'<tr><td colspan="2" class="diff-empty diff-side-deleted"></td><td class="diff-marker"></td>{added}</tr>'
        return as_json({"compare": {"fromrevid": 0, "torevid": 0, "body": row}})

    def _revision(self, post: Post) -> dict[str, Any]:
        hidden = (
            {"sha1hidden": True, "userhidden": True}
            if post.removed
            else {"sha1": "a" * 40, "user": post.author}
        )
        return {
            "revid": _BEFORE + post.number,
            "parentid": _BEFORE + post.number - 1 if post.number else 0,
            "minor": False,
            "timestamp": post.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "size": 4000,
            "comment": "",
            "tags": [],
            **hidden,
        }


def _query(pages: list[dict[str, Any]], *, query: dict[str, Any] | None = None, **more: Any) -> Reply:
    return as_json({**more, "query": {"pages": pages, **(query or {})}})


def _error(code: str) -> Reply:
    return as_json({"error": {"code": code, "info": "No."}}, headers={"MediaWiki-API-Error": code})


PLATFORMS = (Wikipedia,)
