"""A fake YouTube: comment threads that show one answer only, searches with an allowance, errors told by reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from html import escape
from typing import Any, ClassVar

from tests.sources.platforms.frame import BadCursor, Can, Platform, Post, Reply, Request, as_json

KEY = "AIzaSyInventedForTests-0123456789"
CHANNEL = "UCholmnookholmnookholmno"
OTHERS = "UCotherotherotherotherot"
VIDEO = "vidHolmNook"


class YouTubeComments(Platform):
    """The comments under a school's videos, and under one of somebody else."""

    kind = "youtube"
    us = "@holmnook"
    can: ClassVar[frozenset[Can]] = frozenset(
        {
            "credentials",
            "own",
            "threads",
            "private",
            "pages",
            "short",
            "loop",
            "quota",
            "partial",
            "recheck",
            "edits",
        }
    )

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.key = KEY
        self.disabled = False

    def settings(self) -> dict[str, Any]:
        return {
            "key": {"file": "youtube-key"},
            "service": self.address + "/youtube/v3",
            "channel": CHANNEL,
            "videos": [VIDEO],
        }

    def secrets(self) -> Mapping[str, str]:
        return {"youtube-key": KEY}

    def entry_id(self, post: Post) -> str:
        return (
            f"{self.entry_id(post.root)}.{post.number:08d}answer"
            if post.reply_to
            else f"UgInvented{post.number:08d}"
        )

    def revoke(self) -> None:
        self.key = "another"

    def break_partly(self) -> None:
        self.disabled = True

    def quota(self) -> tuple[Reply, timedelta]:
        midnight = self.clock().replace(hour=8, minute=0)  # in California, by winter time
        return error(403, "quotaExceeded"), (midnight - self.clock()) % timedelta(days=1) or timedelta(days=1)

    def answer(self, request: Request) -> Reply:
        if request.first("key") != self.key:
            told = {"code": 400, "message": "API key not valid.", "details": [{"reason": "API_KEY_INVALID"}]}
            return as_json({"error": told}, 400)
        try:
            return self._answer(request.path.removeprefix("/youtube/v3/"), request)
        except BadCursor:
            return error(400, "invalidPageToken")

    def _answer(self, method: str, request: Request) -> Reply:
        if method == "commentThreads":
            if request.first("videoId"):
                return error(403, "commentsDisabled") if self.disabled else self._list([], request)
            return self._list([post for post in self.newest_first() if not post.reply_to], request)
        if method == "comments" and request.first("parentId"):
            return self._list(self._answers(request.first("parentId")), request)
        if method == "comments":
            asked = request.first("id").split(",")
            there = [post for post in self.posts if self.entry_id(post) in asked and not post.removed]
            return as_json({"items": [self._comment(post) for post in there]})
        return error(404, "notFound")

    def _answers(self, name: str) -> list[Post]:
        return [post for post in self.posts if post.reply_to and self.entry_id(post.root) == name]

    def _list(self, posts: Iterable[Post], request: Request) -> Reply:
        found, token = self.page(posts, request.first("pageToken"))
        items = [self._comment(post) if post.reply_to else self._thread(post) for post in found]
        told = {
            "kind": "youtube#list",
            "pageInfo": {"totalResults": len(self.posts), "resultsPerPage": 2},
            "items": items,
        }
        return as_json({**told, "nextPageToken": token} if token else told)

    def _thread(self, post: Post) -> dict[str, Any]:
        answers = [one for one in self._answers(self.entry_id(post)) if not one.removed]
        return {
            "id": self.entry_id(post),
            "snippet": {
                "channelId": CHANNEL,
                "videoId": "vidOfSchool",
                "totalReplyCount": len(answers),
                "topLevelComment": self._comment(post),
            },
            "replies": {"comments": [self._comment(one) for one in answers[:1]]},
        }

    def _comment(self, post: Post) -> dict[str, Any]:
        told: dict[str, Any] = {
            "channelId": CHANNEL,
            "videoId": "vidOfSchool",
            "textDisplay": post.text,
            "authorDisplayName": post.author,
            "authorChannelId": {"value": CHANNEL if post.author == self.us else OTHERS},
            "likeCount": 3,
            "publishedAt": post.at.isoformat(),
            "updatedAt": (post.edited or post.at).isoformat(),
        }
        told |= {"parentId": self.entry_id(post.root)} if post.reply_to else {}
        told |= {} if post.public else {"moderationStatus": "heldForReview"}
        return {"kind": "youtube#comment", "id": self.entry_id(post), "snippet": told}


class YouTubeSearch(YouTubeComments):
    """Videos that a search finds; every post is one."""

    can: ClassVar[frozenset[Can]] = frozenset(
        {"credentials", "private", "pages", "short", "loop", "quota", "recheck"}
    )
    between = timedelta(minutes=30)

    def settings(self) -> dict[str, Any]:
        return {
            "key": {"file": "youtube-key"},
            "service": self.address + "/youtube/v3",
            "search": ['"holm nook"'],
        }

    def entry_id(self, post: Post) -> str:
        return f"yt:video:vid{post.number:08d}"

    def _answer(self, method: str, request: Request) -> Reply:
        if method == "search":
            return self._search(request)
        if method == "videos":
            asked = request.first("id").split(",")
            there = [post for post in self.posts if self._name(post) in asked and not post.removed]
            return as_json(
                {"items": [{"id": self._name(post), **self._video(post, post.text)} for post in there]}
            )
        return error(404, "notFound")

    def _search(self, request: Request) -> Reply:
        since = request.first("publishedAfter")
        there = [post for post in self.newest_first() if post.at.strftime("%Y-%m-%dT%H:%M:%SZ") >= since]
        found, token = self.page(there, request.first("pageToken"))
        items = [
            {
                "id": {"kind": "youtube#video", "videoId": self._name(post)},
                **self._video(post, escape(post.text)),
            }
            for post in found
        ]
        return as_json({"items": items, **({"nextPageToken": token} if token else {})})

    def _name(self, post: Post) -> str:
        return self.entry_id(post).removeprefix("yt:video:")

    def _video(self, post: Post, title: str) -> dict[str, Any]:
        return {
            "snippet": {
                "publishedAt": post.at.isoformat(),
                "channelId": OTHERS,
                "channelTitle": "Parent &amp; child",
                "title": title,
                "description": "Seen at the gate",
            },
            "statistics": {"viewCount": "12"},
            "status": {"privacyStatus": "public" if post.public else "private"},
        }


def error(status: int, reason: str) -> Reply:
    told = {
        "code": status,
        "message": "<b>No.</b>",
        "errors": [{"domain": "youtube", "reason": reason, "message": "No."}],
    }
    return as_json({"error": told}, status)


PLATFORMS = (YouTubeComments, YouTubeSearch)
