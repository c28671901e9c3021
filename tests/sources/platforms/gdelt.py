"""A fake GDELT: an index of news by time, 250 articles at a time, that says no in plain words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from tests.sources.platforms.frame import Can, Platform, Post, Reply, Request, as_json

TOO_FAST = b"Please limit requests to one every 5 seconds or contact us for larger queries."


class Gdelt(Platform):
    """The index; each post is an article."""

    kind = "gdelt"
    can: ClassVar[frozenset[Can]] = frozenset({"quota"})

    def settings(self) -> dict[str, Any]:
        return {"query": '"holm nook" preston', "service": self.address}

    def entry_id(self, post: Post) -> str:
        return f"https://paper.example/{post.number}"

    def quota(self) -> tuple[Reply, timedelta]:
        return Reply(body=TOO_FAST, headers={"Content-Type": "text/plain"}), timedelta(seconds=60)

    def answer(self, request: Request) -> Reply:
        if request.path != "/api/v2/doc/doc":
            return Reply(status=404)
        start, end = (_moment(request.first(name)) for name in ("startdatetime", "enddatetime"))
        most = int(request.first("maxrecords"))
        if not request.first("query") or request.first("format") != "json" or most > 250:
            return Reply(body=b"Invalid query.", headers={"Content-Type": "text/html"})
        ascending = self.newest_first()[::-1]
        there = [post for post in ascending if not post.removed and start <= post.at.replace(microsecond=0)]
        there = [post for post in there if post.at <= max(end, self.clock() + timedelta(days=1))]
        return as_json({"articles": [self._article(post) for post in there[:most]]} if there else {})

    def _article(self, post: Post) -> dict[str, Any]:
        return {
            "url": f"{self.entry_id(post)}?utm_source=rss#top",
            "url_mobile": "",
            "title": post.text,
            "seendate": post.at.strftime("%Y%m%dT%H%M%SZ"),
            "socialimage": "",
            "domain": "paper.example",
            "language": "English",
            "sourcecountry": "United Kingdom",
        }


def _moment(told: str) -> datetime:
    return datetime.strptime(told, "%Y%m%d%H%M%S").replace(tzinfo=UTC)


PLATFORMS = (Gdelt,)
