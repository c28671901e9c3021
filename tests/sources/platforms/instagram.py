"""A fake Instagram account: one picture, comments newest first, each with the first of its answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from tests.sources.platforms.facebook import Meta, error, moment
from tests.sources.platforms.frame import Can, Post, Reply, Request

ACCOUNT = "17841400000000001"
MEDIA = "17900000000000009"


class InstagramComments(Meta):
    """Comments below the one picture of the school's account."""

    kind = "instagram"
    us = "holmnook"
    page_size = 4
    can: ClassVar[frozenset[Can]] = frozenset(
        {"credentials", "own", "threads", "pages", "short", "loop", "quota", "partial", "recheck"}
    )

    def settings(self) -> dict[str, Any]:
        return {"token": {"file": "meta-token"}, "account": ACCOUNT, "graph": self.address}

    def number(self, post: Post) -> str:
        return f"{18_000_000_000 + post.number}"

    def entry_id(self, post: Post) -> str:
        return f"ig:tagged:{self.number(post)}" if "tagged" in post.more else self.number(post)

    def told(self, path: str, request: Request) -> Reply:
        name, _, edge = path.partition("/")
        if name in self.lost:
            return error(100, 33)
        if name == ACCOUNT:
            return self._account(path, edge, request)
        if path == f"{MEDIA}/comments":
            roots = [post for post in self.newest_first() if not post.reply_to and "tagged" not in post.more]
            return self.reply(self.chain(path, request, roots, self.thread))
        post = next((one for one in self.posts if self.number(one) == name and not one.removed), None)
        if post is None or "tagged" in post.more:
            return error(100, 33)
        if edge == "replies":
            return self.reply(self.chain(path, request, self._answers(post), self.comment))
        return self.reply({**self.comment(post), "media": {"id": MEDIA, "permalink": LINK}})

    def _account(self, path: str, edge: str, request: Request) -> Reply:
        if not edge:
            return self.reply({"id": ACCOUNT, "username": "HolmNook"})
        if edge == "media":
            count = sum(not post.removed for post in self.posts)
            at = moment(self.clock() - timedelta(days=1))
            told = {
                "id": MEDIA,
                "permalink": LINK,
                "timestamp": at,
                "caption": "The fair",
                "comments_count": count,
            }
            return self.reply({"data": [told]})
        if edge == "tags" and not self.closed:
            tagged = [post for post in self.newest_first() if "tagged" in post.more]
            return self.reply(self.chain(path, request, tagged, self.picture))
        return error(10)

    def _answers(self, post: Post) -> list[Post]:
        return [one for one in self.posts if one.reply_to and one.root is post]

    def thread(self, post: Post) -> dict[str, Any]:
        """A comment with the first page of its answers."""
        told = self.comment(post)
        if not any(not one.removed for one in self._answers(post)):
            return told
        path = f"{self.number(post)}/replies"
        first = Request(method="GET", path=path, query={"fields": ["id,text"]}, headers={})
        return {**told, "replies": self.chain(path, first, self._answers(post), self.comment)}

    def comment(self, post: Post) -> dict[str, Any]:
        told: dict[str, Any] = {
            "id": self.number(post),
            "text": post.text,
            "timestamp": moment(post.at),
            "username": post.author,
            "hidden": bool(post.more.get("hidden")),
        }
        return {**told, "parent_id": self.number(post.root)} if post.reply_to else told

    def picture(self, post: Post) -> dict[str, Any]:
        return {
            "id": self.number(post),
            "caption": post.text,
            "permalink": f"https://www.instagram.com/p/tagged{post.number}/",
            "timestamp": moment(post.at),
        }


LINK = "https://www.instagram.com/p/HolmNookFair/"

PLATFORMS = (InstagramComments,)
