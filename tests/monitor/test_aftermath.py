"""Promise: a mail says in plain words what became of a story's posts, and nothing before anybody looked."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor import aftermath
from monitor.fates import Aftermath

ZONE = ZoneInfo("Europe/London")
SEEN = datetime(2026, 11, 24, 18, 20, tzinfo=UTC)
NEW = Aftermath(mention=1, fate="", checked_at=None, gone_at=None, edited=False)
UP = dataclasses.replace(NEW, fate="up", checked_at=SEEN)
GONE = dataclasses.replace(UP, fate="gone", gone_at=SEEN)
OPEN = " The story stays open until somebody closes it."
EDITED = dataclasses.replace(UP, edited=True)


@pytest.mark.parametrize(
    ("posts", "lines"),
    [
        ([], []),
        ([NEW], []),
        ([UP], ["Still there when last looked (Tue 24 Nov 18:20)."]),
        (
            [EDITED],
            [
                "It was edited after we told you.",
                "Still there when last looked (Tue 24 Nov 18:20).",
            ],
        ),
        (
            [EDITED, NEW],
            [
                "Some of it was edited after we told you.",
                "Still there when last looked (Tue 24 Nov 18:20).",
            ],
        ),
        (
            [GONE],
            [f"The post has been taken down since (seen Tue 24 Nov 18:20).{OPEN}"],
        ),
        (
            [GONE, GONE],
            [f"All of its 2 posts have been taken down since (seen Tue 24 Nov 18:20).{OPEN}"],
        ),
        ([GONE, NEW], ["1 of its 2 posts have been taken down since (seen Tue 24 Nov 18:20)."]),
    ],
)
def test_a_story_says_what_became_of_its_posts(posts: list[Aftermath], lines: list[str]) -> None:
    assert list(aftermath.told(posts, ZONE)) == lines


@pytest.mark.parametrize(
    ("post", "line"),
    [
        (NEW, ""),
        (EDITED, "edited since; still there when last looked (Tue 24 Nov 18:20)"),
        (
            dataclasses.replace(GONE, blank_at=SEEN + timedelta(days=3)),
            "taken down (seen Tue 24 Nov 18:20); our copy of its words goes on Fri 27 Nov 18:20 unless it is held",
        ),
        (
            dataclasses.replace(GONE, blanked_at=SEEN),
            "taken down (seen Tue 24 Nov 18:20); our copy of its words was removed (Tue 24 Nov 18:20)",
        ),
    ],
)
def test_a_post_says_what_became_of_it(post: Aftermath, line: str) -> None:
    assert aftermath.line(post, ZONE) == line
