"""A fake Facebook Page: pages whose next address holds the token, comments in no order, errors told by number."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from sources.wire import query
from tests.fakes import FixedClock
from tests.sources.http_server import Web
from tests.sources.platforms.frame import BadCursor, Can, Platform, Post, Reply, Request, as_json

TOKEN = "EAAInventedTokenOfThePage0123456789"
APP, APP_SECRET = "4404404404404", "invented-secret-of-the-app-1234"
PAGE = "1001001001001"
OTHERS = "2002002002002"
SOMEBODY_ID = "3003003003003"
WAIT = timedelta(minutes=25)
FULL = {"call_count": 100, "total_cputime": 40, "total_time": 12, "estimated_time_to_regain_access": 25}


class Meta(Platform):
    """What both front doors have in common."""

    def __init__(self, web: Web, clock: FixedClock) -> None:
        super().__init__(web, clock)
        self.token = TOKEN
        self.secret = TOKEN
        """What stands in the file."""
        self.closed = False
        self.lost: set[str] = set()
        """Objects that are not there any more, or not for us."""
        self.broken: dict[str, Reply] = {}
        """Paths that are always answered so."""
        self.headers: dict[str, str] = {"X-App-Usage": usage(call_count=7)}
        self.about: dict[str, Any] = {"type": "PAGE", "is_valid": True, "expires_at": 0}
        """What is told of the token."""
        self.inspected = 0

    def secrets(self) -> Mapping[str, str]:
        return {"meta-token": self.secret, "meta-app-secret": APP_SECRET}

    def revoke(self) -> None:
        self.token = "another"

    def break_partly(self) -> None:
        self.closed = True

    def quota(self) -> tuple[Reply, timedelta]:
        headers = {"X-Business-Use-Case-Usage": json.dumps({PAGE: [{"type": "pages", **FULL}]})}
        return error(32, headers=headers), WAIT

    def answer(self, request: Request) -> Reply:
        if request.first("access_token"):
            raise AssertionError("a token in an address")
        path = request.path.strip("/").removeprefix("v26.0/")
        if path in self.broken:
            return self.broken[path]
        if request.method == "POST":
            return self.asked_in_the_body(path, request)
        if request.bearer != self.token:
            return error(190, 460)
        try:
            return self.told(path, request)
        except BadCursor:
            return error(100)

    def asked_in_the_body(self, path: str, request: Request) -> Reply:
        form = request.form
        if path == "debug_token" and form["method"] == "get" and form["input_token"] == self.secret:
            self.inspected += 1
            known = request.bearer in {self.token, f"{APP}|{APP_SECRET}"}
            return as_json({"data": self.about}) if known else error(190)
        return error(100)

    def told(self, path: str, request: Request) -> Reply:
        raise NotImplementedError

    def chain(
        self, path: str, request: Request, posts: Iterable[Post], view: Callable[[Post], dict[str, Any]]
    ) -> dict[str, Any]:
        """A page, and the address of the next one: with a token in it, as the real one writes it."""
        found, after = self.page(posts, request.first("after"))
        told: dict[str, Any] = {"data": [view(post) for post in found]}
        if after:
            kept = [(name, ones[0]) for name, ones in request.query.items() if name != "after"]
            asked = query([("access_token", self.token), *kept, ("after", after)])
            told["paging"] = {
                "cursors": {"after": after},
                "next": f"{self.address}/v26.0/{path}?{asked}",
            }
        return told

    def reply(self, told: dict[str, Any]) -> Reply:
        return as_json(told, headers=self.headers)


class FacebookFeed(Meta):
    """A Page on which visitors write; answers are comments below what they wrote."""

    kind = "facebook"
    us = "Holm Nook Primary"
    can: ClassVar[frozenset[Can]] = frozenset(
        {"credentials", "own", "threads", "pages", "short", "loop", "quota", "partial", "recheck", "edits"}
    )

    def settings(self) -> dict[str, Any]:
        return {"token": {"file": "meta-token"}, "page": PAGE, "graph": self.address}

    def number(self, post: Post) -> str:
        """What Facebook calls it."""
        if post.reply_to:
            return f"{post.root.number}_{post.number}"
        return f"{OTHERS if 'tagged' in post.more else PAGE}_{post.number}"

    def entry_id(self, post: Post) -> str:
        if post.reply_to:
            return self.number(post)
        return f"fb:{'tagged' if 'tagged' in post.more else 'post'}:{self.number(post)}"

    def told(self, path: str, request: Request) -> Reply:
        name, _, edge = path.partition("/")
        if name in self.lost:
            return error(100, 33)
        if name == PAGE and edge:
            return self._list(path, edge, request)
        if name == PAGE:
            return self.reply({"id": PAGE})
        post = next((one for one in self.posts if self.number(one) == name and not one.removed), None)
        if edge == "comments" and self.has_comments(name):
            below = self._comments(name)
            if request.first("filter") != "stream":
                below = [one for one in below if "parent" not in self.comment(one)]
            return self.reply(self.chain(path, request, below, self.comment))
        if post is None or edge or "tagged" in post.more:
            return error(100, 33)
        is_comment = post.reply_to or not self.entry_id(post).startswith("fb:")
        return self.reply(self.comment(post) if is_comment else self.view(post))

    def _list(self, path: str, edge: str, request: Request) -> Reply:
        if edge == "feed":
            return self.reply(self.chain(path, request, self.feed(), self.view))
        if edge == "tagged" and not self.closed:
            tagged = [post for post in self.newest_first() if "tagged" in post.more]
            return self.reply(self.chain(path, request, tagged, self.view))
        return error(10) if edge == "tagged" else error(12)

    def has_comments(self, name: str) -> bool:
        return any(self.number(post) == name and not post.removed for post in self.posts if not post.reply_to)

    def feed(self) -> list[Post]:
        return [post for post in self.newest_first() if not post.reply_to and "tagged" not in post.more]

    def _comments(self, name: str) -> list[Post]:
        """In an order of its own, whatever is asked for."""
        below = [post for post in self.posts if self.is_below(post, name)]
        return sorted(below, key=lambda post: (post.number * 37 % 101, post.number))

    def is_below(self, post: Post, name: str) -> bool:
        return post.reply_to is not None and self.number(post.root) == name

    def view(self, post: Post) -> dict[str, Any]:
        below = [one for one in self._comments(self.number(post)) if not one.removed]
        latest = max((one.at for one in below), default=post.at)
        told = {
            **self.comment(post),
            "updated_time": moment(latest),
            "comments": {"data": [], "summary": {"order": "chronological", "total_count": len(below)}},
        }
        if "tagged" in post.more:  # nobody is told who that was
            del told["from"]
        return told

    def comment(self, post: Post) -> dict[str, Any]:
        name = self.number(post)
        told: dict[str, Any] = {
            "id": name,
            "message": post.text,
            "created_time": moment(post.at),
            "permalink_url": f"https://www.facebook.com/holmnook/posts/{name}",
            "from": {"id": PAGE if post.author == self.us else SOMEBODY_ID, "name": post.author},
            "is_hidden": bool(post.more.get("hidden")),
        }
        if post.reply_to and post.reply_to.reply_to:
            told["parent"] = {"id": self.number(post.reply_to), "created_time": moment(post.reply_to.at)}
        return told


class FacebookComments(FacebookFeed):
    """A Page that wrote one post; all the rest is said below it."""

    NAME = f"{PAGE}_900"
    page_size = 4
    can = FacebookFeed.can - {"edits"}  # an edited comment is found when its post is read again

    def number(self, post: Post) -> str:
        return f"900_{post.number}"

    def entry_id(self, post: Post) -> str:
        return self.number(post)

    def has_comments(self, name: str) -> bool:
        return name == self.NAME

    def is_below(self, post: Post, name: str) -> bool:
        return name == self.NAME

    def feed(self) -> list[Post]:
        return [
            Post(
                number=900, text="The fair is on Friday", at=self.clock() - timedelta(days=1), author=self.us
            )
        ]

    def view(self, post: Post) -> dict[str, Any]:
        return {**super().view(post), **self._own(post)} if post.number == 900 else super().view(post)

    def _own(self, post: Post) -> dict[str, Any]:
        below = [one for one in self.posts if not one.removed]
        latest = max((one.at for one in below), default=post.at)
        summary = {"total_count": len(below)}
        return {"id": self.NAME, "updated_time": moment(latest), "comments": {"summary": summary}}

    def comment(self, post: Post) -> dict[str, Any]:
        told = super().comment(post)
        return {**told, "parent": {"id": self.number(post.reply_to)}} if post.reply_to else told


def moment(at: datetime) -> str:
    """As Meta writes it: without a colon in the zone."""
    return at.strftime("%Y-%m-%dT%H:%M:%S%z")


def usage(**told: int) -> str:
    return json.dumps({"call_count": 0, "total_cputime": 0, "total_time": 0, **told})


def error(code: int, second: int = 0, status: int = 400, headers: Mapping[str, str] | None = None) -> Reply:
    told = {"message": "<b>No.</b>", "type": "OAuthException", "code": code, "fbtrace_id": "AInvented"}
    return as_json({"error": {**told, **({"error_subcode": second} if second else {})}}, status, headers)


PLATFORMS = (FacebookFeed, FacebookComments)
