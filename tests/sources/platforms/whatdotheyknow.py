"""A fake WhatDoTheyKnow: the 25 newest events of an authority as one list, and a robots.txt that keeps crawlers out."""

from __future__ import annotations

from html import escape
from typing import Any, ClassVar

from tests.sources.platforms.frame import Can, Platform, Post, Reply, Request, as_json

_MOST = 25


class WhatDoTheyKnow(Platform):
    """One authority; each post is an event of a request of its own."""

    kind = "whatdotheyknow"
    can: ClassVar[frozenset[Can]] = frozenset({"edits"})

    def settings(self) -> dict[str, Any]:
        return {"body": "holm_nook", "service": self.address}

    def entry_id(self, post: Post) -> str:
        return f"InfoRequestEvent/{post.number}"

    def answer(self, request: Request) -> Reply:
        if request.path == "/robots.txt":
            return Reply(body=b"User-agent: *\nDisallow: */feed/*\n")
        if request.path != "/feed/body/holm_nook.json":
            return Reply(status=404)
        there = [post for post in self.newest_first() if not post.removed]
        return as_json([_event(post) for post in there[:_MOST]])


def _event(post: Post) -> dict[str, Any]:
    return {
        "id": post.number,
        "event_type": "sent",
        "created_at": post.at.isoformat(),
        "described_state": "waiting_response",
        "incoming_message_id": None,
        "outgoing_message_id": post.number,
        "comment_id": None,
        "snippet": escape(post.text),
        "info_request": {"id": post.number, "url_title": f"request_{post.number}", "title": "A question"},
        "public_body": {"id": 1, "url_name": "holm_nook", "name": "Holm Nook Community Primary School"},
        "user": {"id": 2, "name": post.author},
    }


PLATFORMS = (WhatDoTheyKnow,)
