"""Which post another one answers, and where the conversation began: by ``uri``, though the server says its own ids."""

from __future__ import annotations

from sources import wire
from sources.errors import SourceError, Throttled
from sources.mastodon import posts
from sources.mastodon.posts import Ends, Post
from sources.mastodon.streams import Ask

MAX_ASKED = 10
"""Conversations that are asked for in one poll: most answers are to posts that were met."""
_MOST_MET = 2_000


class Conversations:
    """Posts that were met while the program runs, by the server's own ids."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._met: dict[str, Ends] = {}
        """Each post's ``uri``, as ``parent``, and the root of its conversation."""
        self._left = 0

    def begin(self) -> None:
        """A new poll: the server may be asked again."""
        self._left = MAX_ASKED

    def ends(self, post: Post, *, look_up: bool) -> Ends:
        """What the post answers; the server is asked if nobody knows. Raises ``Throttled``."""
        if not post.parent:
            self._meet(post.id, Ends(root=post.uri, parent=post.uri))
            return Ends()
        known = self._met.get(post.parent)
        if known is None and look_up and self._left:
            self._left -= 1
            known = self._asked(post)
        if known is None:
            return Ends()
        self._meet(post.id, Ends(root=known.root, parent=post.uri))
        return known

    def _asked(self, post: Post) -> Ends | None:
        try:
            _, told = self._ask(f"/api/v1/statuses/{post.id}/context", ())
        except Throttled:
            raise
        except SourceError:
            return None  # the post is worth more than its place in a conversation
        above = [one for one in map(posts.public, wire.sequence(wire.mapping(told).get("ancestors"))) if one]
        parent = next((one for one in above if one.id == post.parent), None)
        if parent is None:
            return None
        ends = Ends(root=above[0].uri, parent=parent.uri)
        self._meet(parent.id, ends)
        return ends

    def _meet(self, name: str, ends: Ends) -> None:
        if len(self._met) >= _MOST_MET:
            self._met.pop(next(iter(self._met)))
        self._met[name] = ends
