"""What became of the posts of a story since they were told, in sentences for people. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from alerts import wording
from monitor.fates import Aftermath


def told(posts: Sequence[Aftermath], zone: ZoneInfo) -> Iterator[str]:
    """Of a story: what is gone, what was edited, and when the rest was last seen; nothing before the first look."""
    gone = [post.gone_at for post in posts if post.fate == "gone" and post.gone_at]
    looked = [post.checked_at for post in posts if post.fate == "up" and post.checked_at]
    if gone:
        seen = wording.moment(max(gone), zone)
        yield f"{_how_many(len(gone), len(posts))} (seen {seen}).{_still_open(len(gone), len(posts))}"
    if any(post.edited for post in posts):
        yield (
            "It was edited after we told you."
            if len(posts) == 1
            else "Some of it was edited after we told you."
        )
    if looked:
        there = "Still there" if not gone else "The rest was still there"
        yield f"{there} when last looked ({wording.moment(max(looked), zone)})."


def line(post: Aftermath, zone: ZoneInfo) -> str:
    """Of one post, for lists; empty before the first look."""
    parts = ["edited since"] if post.edited else []
    if post.fate == "gone" and post.gone_at:
        parts.append(f"taken down (seen {wording.moment(post.gone_at, zone)})")
    elif post.checked_at:
        parts.append(f"still there when last looked ({wording.moment(post.checked_at, zone)})")
    if post.blanked_at:
        parts.append(f"our copy of its words was removed ({wording.moment(post.blanked_at, zone)})")
    elif post.blank_at:
        parts.append(f"our copy of its words goes on {wording.moment(post.blank_at, zone)} unless it is held")
    return "; ".join(parts)


def _how_many(gone: int, posts: int) -> str:
    if posts == 1:
        return "The post has been taken down since"
    return f"{'All' if gone == posts else gone} of its {posts} posts have been taken down since"


def _still_open(gone: int, posts: int) -> str:
    return " The story stays open until somebody closes it." if gone == posts else ""
