"""Promise: all that is written on the school's own Page is found once, whatever Meta withholds, counts or takes away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from sources.base import Batch, Entry
from sources.errors import Denied, SourceError, Throttled, Unreachable, Unreadable
from sources.meta.poll import MAX_THREADS, SHORTEST_REST
from tests.fakes import NOW, FixedClock
from tests.sources.http_server import Web
from tests.sources.platforms.facebook import (
    OTHERS,
    PAGE,
    WAIT,
    FacebookComments,
    FacebookFeed,
    error,
    usage,
)
from tests.sources.platforms.frame import Reply, Watch, instead, twisted

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def feed(web: Web, clock: FixedClock) -> FacebookFeed:
    return FacebookFeed(web, clock)


@pytest.fixture
def comments(web: Web, clock: FixedClock) -> FacebookComments:
    return FacebookComments(web, clock)


def lively(feed: FacebookFeed) -> set[str]:
    """A Page with a post of its own, one of a visitor, comments below both, and a post elsewhere that tags it."""
    own = feed.by_us("The fair is on Friday", at=NOW - 5 * HOUR)
    visit = feed.add("Holm Nook, a scarf was lost", at=NOW - 4 * HOUR)
    question = feed.add("Holm Nook, at what time?", reply_to=own, at=NOW - 3 * HOUR)
    return {
        visit,
        question,
        feed.by_us("At two", reply_to=question, at=NOW - 2 * HOUR),
        feed.add("Blue, I think", reply_to=visit, at=NOW - HOUR),
        feed.add("Lovely concert at Holm Nook", tagged=True, at=NOW - HOUR),
    }


def entries(batch: Batch) -> dict[str, Entry]:
    return {entry.id: entry for entry in batch.entries}


def read(feed: FacebookFeed) -> list[str]:
    """The posts whose comments were asked for, in order."""
    return [request.path.split("/")[2] for request in feed.requests if request.path.endswith("/comments")]


# --- what is found ---------------------------------------------------------------------------------


def test_everything_on_a_page_is_found_with_who_is_owed_an_answer(feed: FacebookFeed) -> None:
    ids = lively(feed)
    found = entries(Watch(feed).poll())

    assert set(found) == ids
    by = {entry.text: entry for entry in found.values()}
    owed = {text for text, entry in by.items() if entry.own_account}
    assert owed == {"Holm Nook, a scarf was lost", "Holm Nook, at what time?", "Blue, I think"}
    question, reply = by["Holm Nook, at what time?"], by["At two"]
    assert (reply.by_us, reply.reply_to, reply.thread) == (True, question.id, question.id)
    assert (question.thread, question.reply_to) == ("", f"fb:post:{PAGE}_1")
    assert by["Blue, I think"].thread == f"fb:post:{PAGE}_2"  # a visitor's post is one conversation
    tagged = by["Lovely concert at Holm Nook"]
    assert (tagged.author, tagged.own_account, tagged.by_us) == ("", False, False)
    assert tagged.id == f"fb:tagged:{OTHERS}_6"


def test_the_token_travels_in_a_header_and_the_number_of_requests_is_small(feed: FacebookFeed) -> None:
    lively(feed)
    watch = Watch(feed)
    watch.poll()
    feed.forget()
    watch.poll()

    assert {request.bearer for request in feed.requests} == {feed.token}
    assert read(feed) == []  # nothing changed, and an hour has not passed
    assert len(feed.requests) == 2


FAILURES: dict[str, tuple[Reply, type[SourceError]]] = {
    "a token that expired": (error(190, 463), Denied),
    "a changed password": (error(190, 460), Denied),
    "the app's allowance": (error(4), Throttled),
    "the Page's allowance": (error(32), Throttled),
    "a hiccup": (error(2, status=500), Unreachable),
    "an old version": (error(12), Unreadable),
    "a lack of permission": (error(10), Denied),
    "a wrong parameter": (error(100), Unreadable),
    "a block": (error(368), Denied),
}


@pytest.mark.parametrize(("reply", "kind"), FAILURES.values(), ids=FAILURES)
def test_what_fails_in_mid_chain_loses_nothing(
    feed: FacebookFeed, reply: Reply, kind: type[SourceError]
) -> None:
    ids = lively(feed)
    whole = Watch(feed)
    whole.poll()
    for number in range(1, len(feed.requests) + 1):
        watch = Watch(feed)
        feed.misbehave(instead(reply), at=number)
        try:
            watch.poll()
        except SourceError as problem:
            assert isinstance(problem, kind), number  # noqa: PT017 -- some failures leave the rest worth reading
            assert watch.checkpoint is None
        assert number > 1 or watch.checkpoint is None  # without its own posts there is no Page
        feed.heal()
        feed.clock.advance(2 * HOUR)
        watch.poll_for(ids)
        assert set(watch.found) == ids, number


def test_a_wait_is_as_long_as_the_headers_say(feed: FacebookFeed) -> None:
    feed.misbehave(instead(feed.quota()[0]))
    with pytest.raises(Throttled) as caught:
        Watch(feed).poll()
    assert caught.value.retry_after == WAIT


def test_a_comment_whose_author_is_withheld_is_owed_an_answer(comments: FacebookComments) -> None:
    name = comments.add("Holm Nook")
    answer = comments.comment

    def withheld(post: Any) -> dict[str, Any]:
        return {key: value for key, value in answer(post).items() if key != "from" or post.number == 900}

    comments.comment = withheld  # type: ignore[method-assign]  # as Meta tells it to some
    entry = entries(Watch(comments).poll())[name]
    assert (entry.author, entry.own_account, entry.by_us) == ("", True, False)


# --- again and again -------------------------------------------------------------------------------


def test_a_comment_below_an_old_post_is_found_at_once_and_others_are_not_read_for_it(
    feed: FacebookFeed, clock: FixedClock
) -> None:
    posts = [feed.by_us(f"News {number}", at=NOW - (number + 3) * DAY) for number in range(3)]
    for post in posts:
        feed.add("Holm Nook!", reply_to=post, at=NOW - 2 * DAY)
    watch = Watch(feed)
    watch.poll()
    feed.forget()
    clock.advance(15 * MINUTE)
    late = feed.add("Holm Nook, at last", reply_to=posts[1])
    watch.poll()

    assert late in watch.found
    assert read(feed) == [f"{PAGE}_2"]


def test_a_post_that_seems_unchanged_is_read_again_the_rarer_the_older(
    feed: FacebookFeed, clock: FixedClock
) -> None:
    feed.add("Holm Nook", reply_to=feed.by_us("News", at=NOW - DAY))
    watch = Watch(feed)
    watch.poll()
    feed.forget()
    for _ in range(40 * 4):  # ten days, the post is a day old at the beginning
        clock.advance(HOUR * 1.5)
        watch.poll()

    assert 10 <= len(read(feed)) <= 30  # every 2.4 hours at first, once a day at last
    clock.advance(SHORTEST_REST / 2)
    feed.forget()
    watch.poll()
    assert read(feed) == []


def test_an_edited_comment_comes_again_when_its_post_is_read_again(
    comments: FacebookComments, clock: FixedClock
) -> None:
    name = comments.add("Holm Nook", at=NOW - HOUR)
    watch = Watch(comments)
    watch.poll()
    comments.edit(name, "Holm Nook, in other words")
    clock.advance(3 * HOUR)

    entry = entries(watch.poll())[name]
    assert (entry.text, entry.backlog) == ("Holm Nook, in other words", False)
    clock.advance(3 * HOUR)
    assert watch.poll().unchanged


def test_more_posts_than_are_opened_at_once_wait_and_what_stood_there_is_old(feed: FacebookFeed) -> None:
    feed.page_size = 100
    ids = {
        feed.add(
            "Holm Nook!",
            reply_to=feed.by_us(f"News {number}", at=NOW - 5 * DAY),
            at=NOW - (number + 1) * HOUR,
        )
        for number in range(MAX_THREADS + 3)
    }
    watch = Watch(feed)
    watch.poll()
    assert len(watch.found) == MAX_THREADS == len(read(feed))
    feed.clock.advance(15 * MINUTE)
    new = feed.add("Holm Nook now", reply_to=feed.entry_id(feed.posts[0]))
    later = entries(watch.poll())

    assert set(watch.found) == {*ids, new}
    assert {name for name, entry in later.items() if not entry.backlog} == {new}
    assert not any(watch.found[name].backlog for name in ids - set(later))


# --- the allowance and the time --------------------------------------------------------------------


@pytest.mark.parametrize(("percent", "pause"), [(74, None), (75, HOUR)])
def test_from_three_quarters_of_the_allowance_on_it_is_asked_once_an_hour(
    feed: FacebookFeed, percent: int, pause: timedelta | None
) -> None:
    feed.headers = {"X-App-Usage": usage(call_count=percent)}
    batch = Watch(feed).poll()

    assert batch.fresh_for == pause
    assert batch.budget is not None
    assert (batch.budget.used, batch.budget.limit) == (percent, 100)


def test_a_spent_allowance_ends_the_poll_and_the_rest_comes_first_in_the_next(feed: FacebookFeed) -> None:
    ids = lively(feed)
    watch = Watch(feed)
    feed.headers = {"X-App-Usage": usage(call_count=100)}
    batch = watch.poll()
    assert len(feed.requests) == 1
    assert "allowance is used up" in batch.notes[0]
    assert not batch.gap
    for _ in range(3):
        watch.poll()
    edges = [request.path.rpartition("/")[2] for request in feed.requests]
    assert edges == ["feed", "tagged", "comments", "feed"]  # one request a poll, and each has its turn
    watch.poll_for(ids)

    assert set(watch.found) == ids


def test_a_slow_day_is_no_gap_and_loses_nothing(feed: FacebookFeed, clock: FixedClock) -> None:
    feed.page_size = 1
    ids = {feed.add("Holm Nook", tagged=True, at=NOW - HOUR)}
    watch = Watch(feed)
    watch.poll()
    answer = feed.answer

    def slow(request: Any) -> Reply:
        clock.advance(timedelta(seconds=25))
        return answer(request)

    feed.answer = slow  # type: ignore[method-assign]  # slower than any real one
    ids |= {feed.add(f"Holm Nook again {number}", tagged=True) for number in range(2)}
    watch.poll_for(ids)

    assert set(watch.found) == ids
    assert not watch.gap


# --- what Meta takes away --------------------------------------------------------------------------


def test_a_visitors_post_that_vanished_is_told_as_gone(feed: FacebookFeed, clock: FixedClock) -> None:
    visit = feed.add("Holm Nook, a scarf was lost", at=NOW - HOUR)
    feed.add("Blue, I think", reply_to=visit, at=NOW - HOUR)
    watch = Watch(feed)
    watch.poll()
    clock.advance(3 * HOUR)
    feed.lost.add(feed.number(feed.find(visit)))
    assert watch.poll().gone == ()  # the list still shows it: that is no proof
    feed.remove(visit)
    clock.advance(3 * HOUR)
    assert watch.poll().gone == (visit,)
    clock.advance(3 * HOUR)
    assert watch.poll().gone == ()


def test_the_note_of_a_look_names_what_is_hidden_withheld_or_closed(feed: FacebookFeed) -> None:
    post = feed.by_us("News", at=NOW - HOUR)
    feed.add("Rubbish", reply_to=post, hidden=True)
    feed.break_partly()
    notes = Watch(feed).poll().notes

    assert "1 of the comments that were read are hidden there" in notes
    assert "the token may not read: posts that tag the Page" in notes


@pytest.mark.parametrize(("counted", "more"), [(1, False), (5, True)])
def test_comments_that_are_counted_but_not_shown_are_remarked(
    comments: FacebookComments, counted: int, *, more: bool
) -> None:
    comments.add("Holm Nook")
    own = comments._own
    comments._own = lambda post: {  # type: ignore[method-assign]  # as to a token that may see few people
        **own(post),
        "comments": {"summary": {"total_count": counted}},
    }
    notes = Watch(comments).poll().notes

    assert any("Meta counts 4 comments more than it shows us" in note for note in notes) is more


def test_comments_that_may_not_be_read_are_a_concern_and_the_rest_is_read(feed: FacebookFeed) -> None:
    ids = lively(feed)
    feed.broken[f"{PAGE}_1/comments"] = error(200)
    batch = Watch(feed).poll()

    assert set(entries(batch)) < ids
    assert [concern.what for concern in batch.concerns] == ["the token may not read all comments"]
    assert "the token may not read the comments of 1 posts" in batch.notes


def test_a_hiccup_at_one_post_leaves_the_others_readable(feed: FacebookFeed, clock: FixedClock) -> None:
    ids = lively(feed)
    feed.broken[f"{PAGE}_1/comments"] = error(1, status=500)
    watch = Watch(feed)
    assert "could not be read just now" in watch.poll().notes[0]
    feed.broken.clear()
    clock.advance(15 * MINUTE)
    watch.poll()

    assert set(watch.found) == ids


# --- looking again ---------------------------------------------------------------------------------


CHANGES: dict[str, tuple[Callable[[FacebookFeed], None], set[str]]] = {
    "nothing": (lambda _: None, set()),
    "removed": (lambda feed: feed.remove(f"fb:post:{PAGE}_1"), {f"fb:post:{PAGE}_1"}),
    "removed elsewhere": (lambda feed: feed.remove(f"fb:tagged:{OTHERS}_2"), {f"fb:tagged:{OTHERS}_2"}),
}


@pytest.mark.parametrize(("change", "gone"), CHANGES.values(), ids=CHANGES)
def test_looking_again_tells_what_is_gone(
    feed: FacebookFeed, change: Callable[[FacebookFeed], None], gone: set[str]
) -> None:
    ids = [feed.add("Holm Nook"), feed.add("Holm Nook", tagged=True)]
    change(feed)
    source: Any = feed.source()
    found = source.recheck([*ids, "nonsense", "fb:post:../1"])

    assert {name for name, entry in found.items() if entry is None} == gone
    assert set(found) == set(ids)


def test_nothing_is_gone_where_the_page_itself_is_closed_to_us(feed: FacebookFeed) -> None:
    ids = [feed.add("Holm Nook"), feed.add("Holm Nook", tagged=True)]
    feed.lost |= {PAGE, f"{PAGE}_1"}
    feed.broken[f"{PAGE}/tagged"] = error(10)
    source: Any = feed.source()
    assert source.recheck(ids) == {}


def test_looking_again_ends_with_the_allowance_and_says_nothing_of_the_rest(feed: FacebookFeed) -> None:
    ids = [feed.add(f"Holm Nook {number}") for number in range(3)]
    feed.headers = {"X-App-Usage": usage(call_count=100)}
    source: Any = feed.source()
    assert set(source.recheck(ids)) == {ids[0]}


def test_a_list_that_is_not_whole_proves_no_deletion(feed: FacebookFeed) -> None:
    name = feed.add("Holm Nook", tagged=True)
    feed.remove(name)
    feed.misbehave(twisted(lambda told: {**told, "data": [*told.get("data", []), 7]}))
    source: Any = feed.source()
    assert source.recheck([name]) == {}
