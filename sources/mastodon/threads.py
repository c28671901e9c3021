"""Which post another one answers, and where the conversation began: by ``uri``, though the server says its own ids."""

from __future__ import annotations

from collections.abc import Sequence

from sources import wire
from sources.errors import Missing, SourceError, Throttled
from sources.mastodon import posts
from sources.mastodon.posts import Account, Ends, Post
from sources.mastodon.streams import Ask, Late

MAX_ASKED = 10
"""Conversations that are asked for in one poll: most answers are to posts that were met."""
_MOST_MET = 2_000


class Conversations:
    """Posts that were met while the program runs, by the server's own ids."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._met: dict[str, Ends] = {}
        """Each post's ``uri``, as ``parent``, and the root of its conversation."""

    def look_up(self, new: Sequence[Post], own: Account, is_late: Late) -> list[Post]:
        """Ask the server for what nobody knows; return our own answers to what could not be asked for.

        Those are asked for first, because they stop a clock. Raises ``Throttled``.
        """
        here = {post.id for post in new}
        unknown = [post for post in new if post.parent and post.parent not in here | self._met.keys()]
        ours = [post for post in unknown if own.is_author(post.status)]
        unsure: set[str] = set()
        wanted = {post.parent: post for post in (*unknown, *ours)}
        in_turn = sorted(wanted, key=lambda parent: (wanted[parent] in ours, posts.order(wanted[parent].id)))
        for number, parent in enumerate(reversed(in_turn)):
            if number >= MAX_ASKED or is_late() or not self._is_answered(wanted[parent]):
                unsure.add(parent)
        return [post for post in ours if post.parent in unsure]

    def ends(self, post: Post) -> Ends:
        """What the post answers, if that is known."""
        if not post.parent:
            self._meet(post.id, Ends(root=post.uri, parent=post.uri))
            return Ends()
        known = self._met.get(post.parent)
        if known is None:
            return Ends()
        self._meet(post.id, Ends(root=known.root, parent=post.uri))
        return known

    def _is_answered(self, post: Post) -> bool:
        """Ask for what stands above a post; whether the server says anything about it."""
        try:
            _, told = self._ask(f"/api/v1/statuses/{post.id}/context", ())
        except Throttled:
            raise
        except SourceError as error:  # the post is worth more than its place in a conversation
            return isinstance(error, Missing)
        above = [one for one in map(posts.public, wire.sequence(wire.mapping(told).get("ancestors"))) if one]
        parent = next((one for one in above if one.id == post.parent), None)
        if parent:
            self._meet(parent.id, Ends(root=above[0].uri, parent=parent.uri))
        return True

    def _meet(self, name: str, ends: Ends) -> None:
        if len(self._met) >= _MOST_MET:
            self._met.pop(next(iter(self._met)))
        self._met[name] = ends
