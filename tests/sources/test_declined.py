"""Promise: every place that is not watched is told with its reason, and its addresses are known when somebody gives one."""

from __future__ import annotations

import pytest

from sources.declined import DECLINED, NEVER, meant_by, named
from sources.registry import KINDS

ASKED = (
    "X", "Reddit", "Threads", "Discourse forums", "Lemmy", "Google News", "Google reviews", "Facebook groups",
    "Facebook ratings", "WhatsApp", "TikTok", "LinkedIn", "Trustpilot", "NewsAPI", "Bing Search",
    "Google Custom Search", "Mumsnet", "Telegram", "Nextdoor", "Snapchat", "The Guardian's API", "Hacker News",
    "Planning portals", "Rightmove", "Companies House", "Change.org",
)  # fmt: skip
"""What somebody who knows the web of a school will ask for."""


@pytest.mark.parametrize("name", ASKED)
def test_a_place_that_people_ask_for_has_its_reason(name: str) -> None:
    found = named(name)

    assert found
    assert found.reason
    assert found.takes


def test_each_place_stands_there_once_and_in_short_plain_words() -> None:
    assert len({one.name for one in DECLINED}) == len(DECLINED) == len(ASKED)
    for one in DECLINED:
        for words in (one.reason, one.takes, one.instead):
            assert words == words.strip()
            assert not words.endswith(".")
            assert len(words) <= 160


def test_no_address_is_claimed_twice_and_none_begins_with_www() -> None:
    claimed = [address for one in DECLINED for address in one.addresses]

    assert len(set(claimed)) == len(claimed)
    assert not [address for address in claimed if address.startswith("www.") or "://" in address]


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://www.facebook.com/groups/prestonmums/?ref=share", "Facebook groups"),
        ("https://m.facebook.com/GROUPS/123", "Facebook groups"),
        ("facebook.com/groups", "Facebook groups"),
        ("https://news.google.com/rss/search?q=holm+nook", "Google News"),
        ("nextdoor.co.uk", "Nextdoor"),
        ("https://chat.whatsapp.com/abc", "WhatsApp"),
        ("https://X.com./holmnook", "X (Twitter)"),
        ("https://www.google.co.uk/maps/place/x", "Google reviews"),
        ("https://old.reddit.com/r/preston/.rss", "Reddit"),
        ("https://t.me/s/channel", "Telegram"),
    ],
)
def test_an_address_of_such_a_place_is_recognised(address: str, name: str) -> None:
    found = meant_by(address)

    assert found
    assert found.name == name


@pytest.mark.parametrize(
    "address",
    [
        "https://www.facebook.com/holmnookprimary",
        "https://www.facebook.com/groupsofpreston",
        "https://www.google.com/alerts/feeds/1/2",
        "https://notreddit.com/",
        "https://bax.com/",
        "https://news.ycombinator.example/",
        "http://[::1",
        "",
    ],
)
def test_other_addresses_are_not(address: str) -> None:
    assert meant_by(address) is None


@pytest.mark.parametrize("word", ["", " ", "goo", "feed", "facebook"])
def test_half_a_name_or_none_means_no_place(word: str) -> None:
    assert named(word) is None


def test_a_name_may_be_written_as_people_do() -> None:
    assert [one.name for word in ("x", "google news", "discourse", "HACKER NEWS") if (one := named(word))] == [
        "X (Twitter)", "Google News", "Discourse forums", "Hacker News",
    ]  # fmt: skip


def test_what_nobody_can_see_is_named() -> None:
    for words in ("closed and private groups", "private accounts", "direct messages"):
        assert words in NEVER


def test_no_kind_of_source_is_declined_at_the_same_time() -> None:
    assert not [kind for kind in KINDS if named(kind)]
