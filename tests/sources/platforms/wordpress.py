"""A fake WordPress site: lists by time of change, single posts and comments, and the feeds beside them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, ClassVar
from xml.sax.saxutils import escape

from tests.sources.platforms.frame import Can, Platform, Post, Reply, Request, as_json

API = "/wp-json/wp/v2/"
OURS, THEIRS = 1, 0


class WordPress(Platform):
    """A site of somebody else; each post of the frame is a post."""

    kind = "wordpress"
    can: ClassVar[frozenset[Can]] = frozenset({"pages", "recheck", "edits"})
    page_size = 4
    """Each page begins with the last of the one before: with two a chain would get on by one at a time."""
    route = "pretty"
    """``plain`` where the site has no addresses like ``/wp-json``."""
    closed = False
    """The owner has closed the REST interface."""

    def settings(self) -> dict[str, Any]:
        return {"url": self.address}

    def entry_id(self, post: Post) -> str:
        return f"post-{post.number}"

    def answer(self, request: Request) -> Reply:
        if request.first("feed"):
            return self.feed(request)
        path = self._path(request)
        if path is None:
            return Reply(status=404, body=b"<html>Not found</html>", headers={"Content-Type": "text/html"})
        if self.closed:
            return as_json({"code": "rest_login_required", "message": "No.", "data": {"status": 401}}, 401)
        what, _, number = path.partition("/")
        return self._one(what, number) if number else self._list(what, request)

    def _path(self, request: Request) -> str | None:
        told = request.first("rest_route").removeprefix("/wp/v2/")
        if told:
            return told
        if self.route == "pretty" and request.path.startswith(API):
            return request.path.removeprefix(API)
        return None

    def _list(self, what: str, request: Request) -> Reply:
        """A page of what was changed after a time, the longest unchanged first."""
        found = [post for post in self.of(what) if not post.removed]
        after = request.first("modified_after") or request.first("after")
        if after:
            found = [post for post in found if stamp(post) > datetime.fromisoformat(after)]
        if request.first("include"):
            wanted = request.first("include").split(",")
            found = [post for post in found if str(post.number) in wanted]
        found.sort(key=lambda post: (stamp(post), post.number))
        size = min(self.page_size, int(request.first("per_page") or 10))
        number = int(request.first("page") or 1)
        pages = -(-len(found) // size)
        if number > max(pages, 1):
            told = {"code": "rest_post_invalid_page_number", "message": "No.", "data": {"status": 400}}
            return as_json(told, 400)
        page = found[(number - 1) * size : number * size]
        headers = {"X-WP-Total": str(len(found)), "X-WP-TotalPages": str(pages)}
        return as_json([self.told(what, post) for post in page], headers=headers)

    def of(self, what: str) -> Sequence[Post]:
        """What a list is made of."""
        return self.posts if what == "posts" else ()

    def _one(self, what: str, number: str) -> Reply:
        there = [post for post in self.of(what) if not post.removed and str(post.number) == number]
        if not there:
            code = f"rest_{what.removesuffix('s')}_invalid_id"
            return as_json({"code": code, "message": "Invalid.", "data": {"status": 404}}, 404)
        return as_json(self.told(what, there[0]))

    def told(self, what: str, post: Post) -> dict[str, Any]:
        """An item as the interface tells it."""
        return {
            "id": post.number,
            "date_gmt": bare(post.at),
            "modified_gmt": bare(stamp(post)),
            "link": f"{self.address}/{what}/{post.number}/",
            "title": {"rendered": f"News &#8211; {post.number}"},
            "content": {"rendered": f"<p>{escape(post.text)}</p>\n", "protected": False},
            "excerpt": {"rendered": "<p>News [&hellip;]</p>\n", "protected": False},
            "author": OURS,
        }

    def feed(self, request: Request) -> Reply:
        """The newest ten, as everybody may read them."""
        what = "comments" if "comments" in request.first("feed") else "posts"
        there = sorted((post for post in self.of(what) if not post.removed), key=lambda post: post.at)
        items = "".join(self._item(what, post) for post in reversed(there[-10:]))
        body = f"<rss version='2.0'><channel><title>Site</title>{items}</channel></rss>"
        return Reply(body=body.encode("utf-8", "replace"), headers={"Content-Type": "application/rss+xml"})

    def _item(self, what: str, post: Post) -> str:
        guid = (
            f"{self.address}/?p={post.number}"
            if what == "posts"
            else f"{self.address}/?p=1#comment-{post.number}"
        )
        return (
            f"<item><title>News &#8211; {post.number}</title><link>{self.address}/{what}/{post.number}/</link>"
            f"<guid isPermaLink='false'>{guid}</guid><pubDate>{format_datetime(post.at)}</pubDate>"
            f"<description>{escape(escape(post.text))}</description></item>"
        )


class OurWordPress(WordPress):
    """The school's own site; each post of the frame is a comment, under one post of ours."""

    can: ClassVar[frozenset[Can]] = frozenset({"own", "threads", "pages", "recheck", "edits"})
    page_size = 8
    """A week of comments is read at each poll, in case one was let through late."""

    def settings(self) -> dict[str, Any]:
        return {"url": self.address, "own": True}

    def entry_id(self, post: Post) -> str:
        return f"comment-{post.number}"

    def of(self, what: str) -> Sequence[Post]:
        if what == "comments":
            return self.posts
        return [Post(number=1, text="Welcome", at=datetime(2026, 1, 1, tzinfo=UTC), author=self.us)]

    def told(self, what: str, post: Post) -> dict[str, Any]:
        if what == "posts":
            return super().told(what, post)
        return {
            "id": post.number,
            "post": 1,
            "parent": post.reply_to.number if post.reply_to else 0,
            "author": OURS if post.author == self.us else THEIRS,
            "author_name": post.author,
            "date_gmt": bare(post.at),
            "link": f"{self.address}/posts/1/#comment-{post.number}",
            "content": {"rendered": f"<p>{escape(post.text)}</p>\n"},
            "status": "approved",
        }


def stamp(post: Post) -> datetime:
    """When it was written or changed."""
    return max(post.at, post.edited or post.at)


def bare(moment: datetime) -> str:
    """As WordPress writes times: to the second, and without a zone."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


PLATFORMS = (WordPress, OurWordPress)
