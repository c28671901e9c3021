"""Promise: a post is known again by what it is, and no stranger can make another's post disappear."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import dedupe
from sources.base import Entry

KEY = b"k" * 32
POST = (
    "Nobody opened the door at Holm Nook this morning and the little ones stood in the rain for half an hour"
)


def entry(**facts: Any) -> Entry:
    return Entry(**{"id": "1", "text": POST, **facts})


def test_an_identity_has_its_source_in_it() -> None:
    victim = dedupe.keys("feed:https://blog.example/feed", entry())
    thief = dedupe.keys(
        "feed:https://evil.example/feed", entry(id="1", text="nothing to see here at all, move on")
    )
    assert victim.key != thief.key


def test_no_part_of_an_identity_can_be_moved_over_its_border() -> None:
    assert dedupe.keys("ab", entry(id="c")).key != dedupe.keys("a", entry(id="bc")).key
    first, second = entry(title="ab", text="c"), entry(title="a", text="bc")
    assert dedupe.keys("s", first).content != dedupe.keys("s", second).content


def test_an_edit_changes_the_content_and_nothing_else_of_identity() -> None:
    before, after = dedupe.keys("s", entry()), dedupe.keys("s", entry(text=POST + "!"))
    assert before.content != after.content
    assert (before.key, before.text, before.bands) == (after.key, after.text, after.bands)


def test_the_same_words_from_elsewhere_have_the_same_text() -> None:
    copy = entry(id="2", text=f"RT @mum: {POST.upper()} #preston")
    assert dedupe.keys("s", entry()).text == dedupe.keys("t", copy).text != ""


@pytest.mark.parametrize(
    "text", ["thank you", "Holm Nook is shut", "a b c d e f g h", "Congratulations everybody"]
)
def test_what_many_people_say_means_nothing(text: str) -> None:
    keys = dedupe.keys("s", entry(text=text))
    assert (keys.text, keys.bands) == ("", ())


def test_a_headline_is_part_of_the_words() -> None:
    keys = dedupe.keys("s", entry(title="Gate at Holm Nook closed again", text=""))
    assert keys.text == dedupe.keys("s", entry(text="Gate at Holm Nook closed again")).text != ""


def test_answers_share_a_thread_with_what_they_answer() -> None:
    root = dedupe.keys("bluesky:q", entry(id="at://root", kind="post"))
    answer = dedupe.keys(
        "bluesky:q", entry(id="at://2", kind="post", thread="at://root", reply_to="at://root")
    )
    elsewhere = dedupe.keys("mastodon:q", entry(id="3", kind="post", thread="at://root"))
    assert answer.thread == root.thread != ""
    assert answer.reply_to == root.key
    assert elsewhere.thread != root.thread


def test_a_thread_is_shared_by_all_sources_of_a_platform() -> None:
    one = dedupe.keys("bluesky:holm nook", entry(thread="at://root"))
    other = dedupe.keys("bluesky:preston school", entry(id="2", thread="at://root"))
    assert one.thread == other.thread


def test_an_article_is_no_thread() -> None:
    keys = dedupe.keys("s", entry(kind="article"))
    assert (keys.thread, keys.reply_to, keys.url) == ("", "", "")


SAME_PAGE = (
    "https://www.blog.example/news/gate-closed?b=2&a=1",
    "http://blog.example:80/news/gate-closed/?a=1&b=2#comments",
    "HTTPS://BLOG.EXAMPLE:443//news/gate-closed?a=1&b=2&utm_source=x&at_medium=RSS&fbclid=9&gclid=1&ns_campaign=2&mc_cid=3",
    "https://m.blog.example/amp/news/gate-closed?a=1&b=2&utm_id=7",
    "https://mobile.blog.example/news/gate-closed/amp?b=2&a=1",
    "https://amp.blog.example./news/gate%2Dclosed/index.html?a=1&b=2",
)


@pytest.mark.parametrize("url", SAME_PAGE)
def test_one_page_has_one_address(url: str) -> None:
    assert dedupe.canonical(url) == "blog.example/news/gate-closed?a=1&b=2"
    assert dedupe.keys("s", entry(url=url)).url == dedupe.keys("t", entry(url=SAME_PAGE[0])).url


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("https://youtu.be/abc?si=1", "youtube.com/watch?v=abc"),
        ("https://m.youtube.com/watch?v=abc&t=9s&feature=share", "youtube.com/watch?v=abc"),
        ("https://twitter.com/a/status/1?s=20", "x.com/a/status/1"),
        ("https://en.m.wikipedia.org/wiki/Holm", "en.wikipedia.org/wiki/Holm"),
        ("https://old.reddit.com/r/preston/1/", "reddit.com/r/preston/1"),
        ("https://blog.example/a.amp.html", "blog.example/a.html"),
        ("https://blog.example:8443/a", "blog.example:8443/a"),
        ("https://blog.example/%7Ea/é", "blog.example/~a/%C3%A9"),
        ("https://blog.example/?p=12", "blog.example?p=12"),
        ("https://user:secret@blog.example/a", "blog.example/a"),
        ("https://m.uk/a", "m.uk/a"),
        ("https://youtu.be/", ""),
    ],
)
def test_known_forms_of_addresses(url: str, canonical: str) -> None:
    assert dedupe.canonical(url) == canonical


@pytest.mark.parametrize(
    "url",
    ["", "https://blog.example/", "https://blog.example?utm_source=x", "mailto:a@b.example", "javascript:alert(1)",
     "//blog.example/a", "http://[::1", "https://blog.example:99999/a", "https:///a", "https://h.example/a?" + "x=1&" * 500],
)  # fmt: skip
def test_what_is_no_page_of_its_own_has_no_address(url: str) -> None:
    assert dedupe.canonical(url) == ""
    assert dedupe.keys("s", entry(url=url)).url == ""


@given(st.text(st.characters(exclude_categories=()), max_size=60))
def test_no_address_breaks_us(rest: str) -> None:
    dedupe.canonical(rest)
    once = dedupe.canonical(f"https://blog.example/{rest}")
    assert "utm_" not in once or "utm_" in rest
    dedupe.keys(rest, entry(id=rest, url=rest, title=rest, thread=rest, reply_to=rest))


def test_a_headline_may_have_become_part_of_the_post() -> None:
    title, text = (
        "Author opens library corner",
        "A children's author cut the ribbon at Holm Nook and stayed for the toast.",
    )
    tweet = (
        "Author opens library corner: a children's author cut the ribbon at Holm Nook, stayed for the toast"
    )
    assert dedupe.same(title, text, "", tweet)
    assert dedupe.same("", tweet, title, text)
    assert dedupe.same("Another headline", POST, "", POST)


def test_posts_under_one_title_are_compared_by_their_texts() -> None:
    title = "Has anybody else had trouble with the morning drop off at the gate of Holm Nook lately?"
    assert not dedupe.same(title, "Yes, it was awful on Monday", title, "No, all fine with us so far")
    assert dedupe.same(title, POST, title, POST)


def test_headlines_alone_can_be_the_same() -> None:
    assert dedupe.same("Gate at Holm Nook closed again today", "", "Gate at Holm Nook closed again today", "")
    assert not dedupe.same("", "", "", "")


def test_only_the_window_of_a_text_is_compared() -> None:
    assert dedupe.same("", POST + " x" * 3000, "", POST + " x" * 2000)


def test_each_repeat_of_a_file_names_the_first() -> None:
    posts = [
        entry(id="a"),
        entry(id="b", text="Sports day at Holm Nook was rained off, the cakes were lovely all the same"),
        entry(id="c", text=f"RT @x: {POST}"),
        entry(id="d", text="thank you"),
        entry(id="e", text=POST.replace("half an hour", "ages") + " 😡"),
        entry(id="f", text="thank you"),
        entry(id="g", text=f"wow. {POST}"),
    ]
    assert dedupe.duplicates_in(posts) == [None, None, "a", None, "a", None, "a"]
    assert dedupe.duplicates_in([]) == []


def test_answers_under_one_long_title_are_no_repeats() -> None:
    title = "Has anybody else had trouble with the morning drop off at the gate of Holm Nook lately?"
    posts = [
        entry(id="a", title=title, text="Yes, awful"),
        entry(id="b", title=title, text="No, all fine here"),
    ]
    assert dedupe.duplicates_in(posts) == [None, None]


def test_a_flood_of_copies_in_a_file_is_compared_with_few() -> None:
    posts = [entry(id=str(number), text=f"{POST} {number}") for number in range(300)]
    assert dedupe.duplicates_in(posts) == [None, *["0"] * 299]


def test_what_matched_nothing_is_remembered_as_a_keyed_digest() -> None:
    digest = dedupe.seen_digest(KEY, "feed:a", "1")
    assert len(digest) == dedupe.DIGEST == 16
    assert digest == dedupe.seen_digest(KEY, "feed:a", "1")
    assert len({digest, dedupe.seen_digest(b"other", "feed:a", "1"), dedupe.seen_digest(KEY, "feed:b", "1"),
                dedupe.seen_digest(KEY, "feed:a", "2"), dedupe.seen_digest(KEY, "feed:", "a1")}) == 5  # fmt: skip
    assert digest not in {
        hashlib.sha256(b"feed:a1").digest()[:16],
        hmac.new(KEY, b"feed:a1", hashlib.sha256).digest()[:16],
    }


def test_other_names_or_another_text_are_read_again() -> None:
    digest = dedupe.content_digest(KEY, "1", "t", "x")
    assert len({digest, dedupe.content_digest(KEY, "2", "t", "x"), dedupe.content_digest(KEY, "1", "t", "y"),
                dedupe.content_digest(KEY, "1", "u", "x"), dedupe.seen_digest(KEY, "t", "x")}) == 5  # fmt: skip
