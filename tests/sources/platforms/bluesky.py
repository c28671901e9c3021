"""A fake Bluesky: sessions that run out, a search whose pages may be short, an outer wall of HTML."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from tests.sources.platforms.frame import BadCursor, Can, Platform, Post, Reply, Request, as_json

PASSWORD = "abcd-efgh-ijkl"


class Bluesky(Platform):
    """The personal data server of an account, which passes searches on."""

    kind = "bluesky"
    can: ClassVar[frozenset[Can]] = frozenset(
        {"credentials", "renews", "own", "threads", "pages", "short", "loop", "recheck"}
    )

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.password = PASSWORD
        self.sessions = 0
        self.refreshes = 0
        self.access = self.refresh = ""

    def settings(self) -> dict[str, Any]:
        return {
            "query": "holm nook",
            "handle": "watcher.example",
            "password": {"file": "bluesky-password"},
            "own_handle": self.us,
            "service": self.address,
        }

    def secrets(self) -> Mapping[str, str]:
        return {"bluesky-password": PASSWORD}

    def entry_id(self, post: Post) -> str:
        return f"at://{did(post.author)}/app.bsky.feed.post/3k{post.number}"

    def expire(self, *, refresh_too: bool = False) -> None:
        self.access = "spent"
        self.refresh = "spent" if refresh_too else self.refresh

    def revoke(self) -> None:
        self.expire(refresh_too=True)
        self.password = "another"

    def answer(self, request: Request) -> Reply:
        method = request.path.removeprefix("/xrpc/")
        if method == "com.atproto.server.createSession":
            self.sessions += 1
            return self._session() if request.json["password"] == self.password else _refused()
        if method == "com.atproto.server.refreshSession":
            self.refreshes += 1
            return self._session() if request.bearer == self.refresh else _expired()
        if request.bearer != self.access:
            return _expired()
        return self._asked(method, request)

    def _asked(self, method: str, request: Request) -> Reply:
        if method == "com.atproto.identity.resolveHandle":
            return as_json({"did": did(request.first("handle"))})
        if method == "app.bsky.feed.getAuthorFeed":
            ours = [post for post in self.newest_first() if post.author == self.us]
            return as_json({"feed": [{"post": self._view(post)} for post in ours]})
        if method == "app.bsky.notification.listNotifications":
            to_us = [post for post in self.newest_first() if post.to_us]
            return as_json({"notifications": [{**self._view(post), "reason": "mention"} for post in to_us]})
        return self._searched(method, request)

    def _searched(self, method: str, request: Request) -> Reply:
        if method == "app.bsky.feed.getPosts":
            asked = request.query.get("uris", [])
            there = [post for post in self.posts if self.entry_id(post) in asked and not post.removed]
            return as_json({"posts": [self._view(post) for post in there]})
        if method != "app.bsky.feed.searchPosts":
            return as_json({"error": "MethodNotImplemented"}, 501)
        since = request.first("since")
        there = [post for post in self.newest_first() if not since or _iso(post) >= since]
        try:
            posts, cursor = self.page(there, request.first("cursor"))
        except BadCursor:
            return as_json({"error": "InvalidRequest", "message": "Invalid cursor format"}, 400)
        told: dict[str, Any] = {"posts": [self._view(post) for post in posts]}
        return as_json({**told, "cursor": cursor} if cursor else told)

    def _session(self) -> Reply:
        number = self.sessions + self.refreshes
        self.access, self.refresh = f"access-{number}", f"refresh-{number}"
        return as_json(
            {
                "accessJwt": self.access,
                "refreshJwt": self.refresh,
                "handle": "watcher.example",
                "did": did("watcher.example"),
            }
        )

    def _view(self, post: Post) -> dict[str, Any]:
        to_us = f"@{self.us} " if post.to_us else ""
        text = f"🎉 {to_us}{post.text}"
        start = len("🎉 ".encode())
        mention = {
            "index": {"byteStart": start, "byteEnd": start + len(to_us.encode()) - 1},
            "features": [{"$type": "app.bsky.richtext.facet#mention", "did": did(self.us)}],
        }
        record: dict[str, Any] = {
            "$type": "app.bsky.feed.post",
            "text": text,
            "createdAt": post.at.isoformat(),
            "langs": ["en"],
            "facets": [mention] if post.to_us else [],
        }
        if post.reply_to:
            record["reply"] = {"root": self._ref(post.root), "parent": self._ref(post.reply_to)}
        return {
            "uri": self.entry_id(post),
            "cid": f"bafy{post.number}",
            "author": {"did": did(post.author), "handle": post.author, "labels": []},
            "record": record,
            "indexedAt": post.more.get("indexed", post.at + timedelta(seconds=1)).isoformat(),
            "likeCount": 3,
            "labels": [],
        }

    def _ref(self, post: Post) -> dict[str, str]:
        return {"uri": self.entry_id(post), "cid": f"bafy{post.number}"}


def did(handle: str) -> str:
    return f"did:plc:{handle.partition('.')[0]}"


def _iso(post: Post) -> str:
    return post.at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _expired() -> Reply:
    return as_json({"error": "ExpiredToken", "message": "Token has expired"}, 400)


def _refused() -> Reply:
    return as_json({"error": "AuthenticationRequired", "message": "Invalid identifier or password"}, 401)


PLATFORMS = (Bluesky,)
