"""Promise: over real HTTP, Bluesky's sessions end and begin as its servers have it, and its posts are read as written."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sources.errors import Throttled, Unreadable
from tests.fakes import NOW, FixedClock
from tests.sources.http_server import Web
from tests.sources.platforms.bluesky import Bluesky
from tests.sources.platforms.frame import WALL, Reply, Watch, as_json, instead


@pytest.fixture
def platform(web: Web) -> Bluesky:
    return Bluesky(web, FixedClock())


def test_where_both_tokens_have_run_out_it_logs_in_again(platform: Bluesky) -> None:
    name = platform.add("Holm Nook")
    platform.before(3, lambda: platform.expire(refresh_too=True))
    watch = Watch(platform)
    watch.poll()

    assert set(watch.found) == {name}
    assert platform.sessions == 2
    assert platform.refreshes == 1  # tried, and refused


def test_a_log_in_that_is_asked_to_wait_waits(platform: Bluesky) -> None:
    headers = {"RateLimit-Reset": str(int((NOW + timedelta(minutes=7)).timestamp()))}
    platform.misbehave(
        instead(Reply(status=429, body=b'{"error": "RateLimitExceeded"}', headers=headers)), at=1
    )

    with pytest.raises(Throttled) as caught:
        Watch(platform).poll()
    assert caught.value.retry_after == timedelta(minutes=7)


def test_an_invalid_cursor_loses_nothing(platform: Bluesky) -> None:
    ids = {platform.add(f"Holm Nook {number}", at=NOW - timedelta(minutes=9 - number)) for number in range(5)}
    bad = as_json({"error": "InvalidRequest", "message": "Invalid cursor format"}, 400)
    platform.misbehave(instead(bad), at=4)
    watch = Watch(platform)
    with pytest.raises(Unreadable):
        watch.poll()
    platform.heal()
    watch.poll()

    assert set(watch.found) == ids


def test_a_wall_before_the_log_in_is_no_wrong_password(platform: Bluesky) -> None:
    platform.misbehave(instead(Reply(status=403, body=WALL)))

    with pytest.raises(Unreadable, match="a web page stands where Bluesky should answer"):
        Watch(platform).poll()


def test_a_post_that_claims_to_be_of_tomorrow_counts_from_its_arrival(platform: Bluesky) -> None:
    name = platform.add("Holm Nook", at=NOW + timedelta(hours=20), indexed=NOW - timedelta(minutes=1))
    watch = Watch(platform)
    watch.poll()

    assert watch.found[name].published == NOW - timedelta(minutes=1)


def test_a_mention_is_known_behind_letters_of_four_bytes(platform: Bluesky) -> None:
    name = platform.add("when is the fair? 🎪", to_us=True)
    watch = Watch(platform)
    watch.poll()

    assert watch.found[name].own_account
    assert watch.found[name].text == "🎉 @holmnook.example when is the fair? 🎪"


def test_a_post_that_cannot_be_read_makes_no_other_seem_deleted(platform: Bluesky) -> None:
    known, gone = platform.add("Holm Nook 1"), platform.add("Holm Nook 2")
    source: Any = platform.source()
    platform.remove(gone)
    assert source.recheck([known, gone])[gone] is None

    view = platform._view(platform.find(known))
    platform.misbehave(instead(as_json({"posts": [view, {"uri": gone}]})))
    assert set(source.recheck([known, gone])) == {known}
    platform.misbehave(
        instead(as_json({"posts": [{**view, "uri": "at://did:plc:x/app.bsky.feed.post/else"}]}))
    )
    assert source.recheck([known, gone]) == {}
    platform.misbehave(instead(as_json({"posts": None})))
    with pytest.raises(Unreadable):
        source.recheck([known])
