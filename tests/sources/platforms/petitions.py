"""A fake site of Parliament's petitions: pages by number, and single petitions that are there or not."""

from __future__ import annotations

from typing import Any, ClassVar

from tests.sources.platforms.frame import BadCursor, Can, Platform, Post, Reply, Request, as_json


class Petitions(Platform):
    """The site; each post is a petition."""

    kind = "petitions"
    can: ClassVar[frozenset[Can]] = frozenset({"pages", "short", "loop", "recheck", "edits"})
    page_size = 4

    def settings(self) -> dict[str, Any]:
        return {"query": "holm nook", "service": self.address}

    def entry_id(self, post: Post) -> str:
        return str(post.number)

    def answer(self, request: Request) -> Reply:
        if request.path != "/petitions.json":
            return self._one(request)
        try:
            found, cursor = self.page(self.newest_first(), request.first("page"))
        except BadCursor:
            return Reply(status=400)
        after = f"{self.address}/petitions.json?page={cursor}&q=holm+nook&state=all" if cursor else None
        return as_json(
            {"links": {"next": after, "prev": None}, "data": [self._petition(post) for post in found]}
        )

    def _one(self, request: Request) -> Reply:
        there = [
            post
            for post in self.posts
            if not post.removed and request.path == f"/petitions/{post.number}.json"
        ]
        return as_json({"links": {}, "data": self._petition(there[0])}) if there else Reply(status=404)

    def _petition(self, post: Post) -> dict[str, Any]:
        moment = post.at.isoformat(timespec="milliseconds")
        return {
            "type": "petition",
            "id": post.number,
            "links": {"self": f"{self.address}/petitions/{post.number}.json"},
            "attributes": {
                "action": "Do something about it",
                "background": post.text,
                "additional_details": "",
                "state": "open",
                "signature_count": 7,
                "created_at": moment,
                "opened_at": moment,
                "creator_name": post.author,
            },
        }


PLATFORMS = (Petitions,)
