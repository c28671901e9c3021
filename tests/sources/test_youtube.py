"""Promise: YouTube is asked no more than it allows, each comment and answer is found, and the key is never told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from sources.base import Entry
from sources.errors import Denied, Missing, SourceError, Throttled, Unreachable, Unreadable
from sources.youtube import KIND, YouTubeSettings, posts
from sources.youtube.allowance import Allowance, number
from sources.youtube.poll import LOOKED_AT_AGAIN, MAX_THREADS
from tests.fakes import NOW, FixedClock
from tests.sources.http_server import Web
from tests.sources.platforms.frame import Reply, Request, Watch, as_json, instead
from tests.sources.platforms.youtube import CHANNEL, VIDEO, YouTubeComments, YouTubeSearch, error

KEY: dict[str, Any] = {"key": {"file": "k"}}


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def comments(web: Web, clock: FixedClock) -> YouTubeComments:
    return YouTubeComments(web, clock)


@pytest.fixture
def search(web: Web, clock: FixedClock) -> YouTubeSearch:
    return YouTubeSearch(web, clock)


def asked(platform: YouTubeComments, method: str) -> list[Request]:
    return [request for request in platform.requests if request.path.endswith(f"/{method}")]


def with_phrases(search: YouTubeSearch, *phrases: str, **more: Any) -> None:
    told = {**search.settings(), "search": list(phrases), **more}
    search.settings = lambda: told  # type: ignore[method-assign]  # as configured otherwise


# --- the day in California -------------------------------------------------------------------------


def allowance(now: datetime, used: int = 0, searches: int = 100, day: str = "") -> Allowance:
    told = Allowance({}, searches=searches, now=now)
    return Allowance({"day": day or told.day, "searches": used}, searches=searches, now=now)


@pytest.mark.parametrize(
    ("now", "day", "midnight"),
    [
        (datetime(2026, 11, 23, 10, tzinfo=UTC), "2026-11-23", datetime(2026, 11, 24, 8, tzinfo=UTC)),
        (datetime(2026, 11, 23, 7, 59, tzinfo=UTC), "2026-11-22", datetime(2026, 11, 23, 8, tzinfo=UTC)),
        (datetime(2026, 7, 1, 7, tzinfo=UTC), "2026-07-01", datetime(2026, 7, 2, 7, tzinfo=UTC)),
        (datetime(2027, 3, 14, 8, tzinfo=UTC), "2027-03-14", datetime(2027, 3, 15, 7, tzinfo=UTC)),
        (datetime(2026, 11, 1, 7, tzinfo=UTC), "2026-11-01", datetime(2026, 11, 2, 8, tzinfo=UTC)),
    ],
    ids=["winter", "a minute before midnight", "summer", "a day of 23 hours", "a day of 25 hours"],
)
def test_the_day_ends_at_midnight_in_california(now: datetime, day: str, midnight: datetime) -> None:
    assert allowance(now).day == day
    assert allowance(now).renewed_at == midnight


@pytest.mark.parametrize(
    "day", [(2027, 3, 14, 8), (2026, 11, 1, 7), (2026, 11, 23, 8)], ids=["23 h", "25 h", "24 h"]
)
def test_searches_are_spread_over_the_day_and_all_may_be_made(day: tuple[int, int, int, int]) -> None:
    now = datetime(*day, tzinfo=UTC)
    end = allowance(now).renewed_at
    used, by_noon = 0, 0
    middle = now + (end - now) / 2
    while now < end:
        one = allowance(now, used)
        while one.may_search:
            one.searched()
        used = one.searches
        by_noon = used if now <= middle else by_noon
        now += timedelta(minutes=5)

    assert used == 100
    assert 45 <= by_noon <= 55


def test_the_first_minute_of_a_day_has_a_search() -> None:
    assert allowance(datetime(2026, 11, 23, 8, tzinfo=UTC)).may_search
    assert not allowance(datetime(2026, 11, 23, 8, tzinfo=UTC), used=1).may_search


def test_what_was_used_is_forgotten_at_midnight() -> None:
    before = allowance(NOW, used=100)
    after = Allowance(before.checkpoint(), searches=100, now=before.renewed_at)

    assert not before.is_left
    assert after.searches == 0
    assert after.may_search


@pytest.mark.parametrize("used", [-1, "7", 1.5, None, 10**9, [], {}])
def test_a_count_that_was_not_counted_by_us_is_none(used: object) -> None:
    day = allowance(NOW).day
    assert Allowance({"day": day, "searches": used}, searches=100, now=NOW).searches == 0


@pytest.mark.parametrize(
    ("value", "count"),
    [("12", 12), (12, 12), (0, 0), ("", 0), (None, 0), ("x", 0), ("²", 0), (-3, 0), (2.5, 0), ("9" * 40, 0)],
)
def test_a_count_is_a_number_or_a_string(value: object, count: int) -> None:
    assert number(value) == count


# --- searching -------------------------------------------------------------------------------------


def test_the_budget_is_told_and_kept(search: YouTubeSearch) -> None:
    watch = Watch(search)
    for number_ in range(3):
        search.add(f"Holm Nook {number_}", at=NOW - timedelta(minutes=30))
    budget = watch.poll().budget

    assert budget is not None
    assert (budget.used, budget.limit, budget.of) == (2, 100, "searches a day")
    assert budget.renewed_at == datetime(2026, 11, 24, 8, tzinfo=UTC)
    again = watch.poll().budget
    assert again is not None
    assert again.used == 3


def test_without_searches_the_units_are_told(comments: YouTubeComments) -> None:
    budget = Watch(comments).poll().budget

    assert budget is not None
    assert (budget.used, budget.limit, budget.of) == (2, 10_000, "units a day")


def test_a_day_of_polls_makes_no_more_searches_than_are_allowed(
    search: YouTubeSearch, clock: FixedClock
) -> None:
    clock.now = datetime(2026, 11, 23, 8, tzinfo=UTC)
    with_phrases(search, *"abcde", searches_a_day=24)
    search.between = timedelta(minutes=30)
    watch = Watch(search)
    for _ in range(48):
        watch.poll()
    phrases = [request.first("q") for request in asked(search, "search")]

    assert len(phrases) == 24
    assert {phrases.count(phrase) for phrase in "abcde"} == {4, 5}


def test_searches_of_failed_polls_count_too(search: YouTubeSearch) -> None:
    source: Any = search.source()
    search.misbehave(instead(Reply(status=500)))
    for _ in range(9):
        with pytest.raises(Unreachable):
            source.poll(None)
    search.heal()

    assert source.poll(None).budget.used == 9  # at two in the morning there the share is used up
    assert asked(search, "search") == []


def test_looks_at_single_comments_count_with_the_next_poll_also_after_a_restart(
    comments: YouTubeComments,
) -> None:
    name = comments.add("Holm Nook")
    source: Any = comments.source()
    first = source.poll(None)
    before = len(comments.requests)
    source.recheck([name])
    source.recheck([name])
    second = source.poll(first.checkpoint)
    later: Any = comments.source()
    later.recheck([name])
    third = later.poll(second.checkpoint)

    assert before == first.budget.used
    assert second.budget.used == first.budget.used + 2 + before
    assert third.budget.used == len(comments.requests)


def test_a_used_up_search_stops_no_comments(comments: YouTubeComments) -> None:
    told = {**comments.settings(), "search": ["x"]}
    comments.settings = lambda: told  # type: ignore[method-assign]  # as configured otherwise
    name = comments.add("Holm Nook")
    comments.misbehave(instead(error(403, "quotaExceeded")), at=3)
    batch = Watch(comments).poll()

    assert [entry.id for entry in batch.entries] == [name]
    assert batch.budget is not None
    assert batch.budget.used == 100
    assert "midnight in California" in batch.notes[0]


def test_a_search_asks_from_two_days_before_the_newest_video(search: YouTubeSearch) -> None:
    watch = Watch(search)
    watch.poll()
    search.add("Holm Nook", at=NOW - timedelta(hours=3))
    watch.poll()
    watch.poll()

    since = [request.first("publishedAfter") for request in asked(search, "search")]
    assert since == ["2026-10-22T10:00:00Z", "2026-11-21T10:00:00Z", "2026-11-21T10:00:00Z"]
    assert asked(search, "search")[0].first("safeSearch") == "none"


def test_titles_are_read_as_people_see_them_and_videos_whole(search: YouTubeSearch) -> None:
    name = search.add('Holm Nook <3 & "more"')
    entry = Watch(search).poll().entries[0]

    assert entry == Entry(
        id=name,
        url="https://www.youtube.com/watch?v=vid00000001",
        title='Holm Nook <3 & "more"',
        text="Seen at the gate",
        author="Parent & child",
        published=NOW,
        kind="post",
    )


def test_a_video_that_vanishes_between_two_calls_is_none(search: YouTubeSearch) -> None:
    name = search.add("Holm Nook")
    search.before(2, lambda: search.remove(name))
    batch = Watch(search).poll()

    assert batch.entries == ()
    assert batch.skipped == 0


# --- comments --------------------------------------------------------------------------------------


def test_every_answer_is_read_though_the_list_shows_one(comments: YouTubeComments) -> None:
    root = comments.add("Holm Nook?", at=NOW - timedelta(hours=2))
    answers = {
        comments.add(f"Holm Nook! {n}", reply_to=root, at=NOW - timedelta(minutes=60 - n)) for n in range(5)
    }
    watch = Watch(comments)
    watch.poll()

    assert set(watch.found) == {root, *answers}
    assert all(watch.found[answer].thread == root for answer in answers)


def test_a_new_answer_to_an_old_thread_is_found_and_others_are_not_read_again(
    comments: YouTubeComments, clock: FixedClock
) -> None:
    roots = [comments.add(f"Holm Nook {n}?", at=NOW - timedelta(days=3, minutes=n)) for n in range(2)]
    for root in roots:
        for n in range(2):
            comments.add(f"Holm Nook! {n}", reply_to=root, at=NOW - timedelta(days=2, minutes=n))
    watch = Watch(comments)
    watch.poll()
    comments.forget()
    clock.advance(timedelta(days=1))
    watch.poll()
    assert asked(comments, "comments") == []
    late = comments.add("Holm Nook, at last", reply_to=roots[0])
    watch.poll()

    assert late in watch.found
    assert {request.first("parentId") for request in asked(comments, "comments")} == {roots[0]}


def test_videos_that_a_slow_day_leaves_no_time_for_come_first_in_the_next_poll(
    comments: YouTubeComments, clock: FixedClock
) -> None:
    names = [f"vidOther{number:03d}" for number in range(10)]
    told = {**comments.settings(), "channel": "", "videos": names}
    comments.settings = lambda: told  # type: ignore[method-assign]  # as configured otherwise
    answer = comments.answer

    def slow(request: Request) -> Reply:
        clock.advance(timedelta(seconds=15))
        return answer(request)

    comments.answer = slow  # type: ignore[method-assign]  # slower than any real one
    watch = Watch(comments)
    for _ in range(3):
        watch.poll()

    read = [request.first("videoId") for request in comments.requests]
    assert len(read) == 3 * 4
    assert set(read) == set(names)


def test_a_chain_that_takes_too_long_ends_and_is_told_as_a_gap(
    comments: YouTubeComments, clock: FixedClock
) -> None:
    comments.add("Holm Nook first")
    watch = Watch(comments)
    watch.poll()
    for number_ in range(12):
        comments.add(f"Holm Nook {number_}", at=clock.advance(timedelta(minutes=1)))
    answer = comments.answer

    def slow(request: Request) -> Reply:
        clock.advance(timedelta(seconds=25))
        return answer(request)

    comments.answer = slow  # type: ignore[method-assign]  # slower than any real one
    comments.forget()

    assert watch.poll().gap
    assert len(comments.requests) == 3


def test_threads_over_a_fortnight_old_are_left_alone(comments: YouTubeComments, clock: FixedClock) -> None:
    watch = Watch(comments)
    comments.add("Holm Nook now")
    for n in range(8):
        comments.add(f"Holm Nook {n}", at=NOW - LOOKED_AT_AGAIN - timedelta(days=1 + n))
    watch.poll()
    assert len(watch.found) == 9
    comments.forget()
    watch.poll()

    assert len(asked(comments, "commentThreads")) == 1 + 2  # the named video, and two pages of the channel


def test_more_threads_than_are_opened_at_once_wait_and_none_is_lost(comments: YouTubeComments) -> None:
    comments.page_size = 100
    ids = set()
    for n in range(MAX_THREADS + 5):
        root = comments.add(f"Holm Nook {n}?", at=NOW - timedelta(hours=9, minutes=n))
        ids |= {
            root,
            *(
                comments.add(f"Holm Nook! {k}", reply_to=root, at=NOW - timedelta(minutes=n))
                for k in range(2)
            ),
        }
    watch = Watch(comments)
    watch.poll()
    assert len(asked(comments, "comments")) == MAX_THREADS
    assert not ids <= set(watch.found)
    watch.poll()

    assert ids <= set(watch.found)


def test_a_thread_that_is_deleted_before_it_is_opened_has_no_answers(comments: YouTubeComments) -> None:
    root = comments.add("Holm Nook?", at=NOW - timedelta(hours=1))
    for n in range(2):
        comments.add(f"Holm Nook! {n}", reply_to=root)
    comments.misbehave(instead(error(404, "parentCommentNotFound")), at=2)
    batch = Watch(comments).poll()

    assert len(batch.entries) == 2
    assert not batch.gap


def test_switched_off_comments_are_normal(comments: YouTubeComments) -> None:
    comments.break_partly()
    batch = Watch(comments).poll()

    assert batch.notes == ("1 of the videos have comments switched off, or are gone",)
    comments.misbehave(instead(error(404, "videoNotFound")), at=2)
    assert Watch(comments).poll().notes == batch.notes


def test_a_channel_that_is_not_there_is_missing(comments: YouTubeComments) -> None:
    for reason in ("channelNotFound", "videoNotFound"):
        comments.misbehave(instead(error(404, reason)))
        with pytest.raises(Missing):
            Watch(comments).poll()


def test_comments_of_others_are_not_owed_an_answer() -> None:
    told = {"id": "UgInvented00000001", "snippet": {"textDisplay": "x", "channelId": "UCelse"}}
    entry = posts.comment(told, own=CHANNEL, channel="UCelse", video=VIDEO, now=NOW)

    assert entry is not None
    assert not entry.own_account
    assert entry.url == f"https://www.youtube.com/watch?v={VIDEO}&lc=UgInvented00000001"


@pytest.mark.parametrize(
    "told", [None, {}, {"id": "x"}, {"id": "UgInvented00000001"}, {"id": VIDEO, "snippet": {"a": 1}}]
)
def test_what_is_no_comment_is_none(told: object) -> None:
    assert posts.comment(told, own=CHANNEL, now=NOW) is None


def test_a_long_list_of_answers_that_was_cut_is_a_gap(comments: YouTubeComments) -> None:
    root = comments.add("Holm Nook?", at=NOW - timedelta(hours=1))
    for n in range(15):
        comments.add(f"Holm Nook! {n}", reply_to=root)

    assert Watch(comments).poll().gap


# --- refusals --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (error(403, "quotaExceeded"), Throttled),
        (error(403, "dailyLimitExceeded"), Throttled),
        (error(403, "rateLimitExceeded"), Throttled),
        (error(403, "accessNotConfigured"), Denied),
        (error(403, "forbidden"), Denied),
        (error(400, "keyInvalid"), Denied),
        (error(400, "invalidPageToken"), Unreadable),
        (error(400, "processingFailure"), Unreadable),
        (as_json({"error": "no"}, 403), Denied),
        (as_json([], 500), Unreachable),
    ],
    ids=lambda value: "" if isinstance(value, type) else value.body[-90:-60].decode(),
)
def test_errors_are_known_by_their_reason(
    comments: YouTubeComments, reply: Reply, kind: type[SourceError]
) -> None:
    comments.misbehave(instead(reply))

    with pytest.raises(kind) as caught:
        Watch(comments).poll()
    assert kind is not Denied or "console" in caught.value.remedy
    assert "<b>" not in str(caught.value)


def test_a_used_up_allowance_is_waited_for_until_midnight_there(
    comments: YouTubeComments, clock: FixedClock
) -> None:
    clock.now = datetime(2026, 11, 1, 7, tzinfo=UTC)  # the day the clocks go back
    comments.misbehave(instead(error(403, "quotaExceeded")))

    with pytest.raises(Throttled) as caught:
        Watch(comments).poll()
    assert caught.value.retry_after == timedelta(hours=25)


def test_a_wish_for_slowness_names_its_time_or_a_quarter_of_an_hour(comments: YouTubeComments) -> None:
    for headers, wait in (({}, 15), ({"Retry-After": "60"}, 1)):
        reply = error(403, "rateLimitExceeded")
        comments.misbehave(instead(Reply(status=403, body=reply.body, headers=headers)))
        with pytest.raises(Throttled) as caught:
            Watch(comments).poll()
        assert caught.value.retry_after == timedelta(minutes=wait)


# --- looking again ---------------------------------------------------------------------------------


def test_fifty_are_asked_for_at_a_time(comments: YouTubeComments) -> None:
    ids = [comments.add(f"Holm Nook {n}") for n in range(60)]
    source: Any = comments.source()

    assert set(source.recheck(ids)) == set(ids)
    assert [len(request.first("id").split(",")) for request in asked(comments, "comments")] == [50, 10]


def test_a_list_with_strangers_in_it_deletes_nothing(comments: YouTubeComments) -> None:
    known, gone = comments.add("Holm Nook 1"), comments.add("Holm Nook 2")
    told: Mapping[str, Any] = {
        "items": [comments._comment(comments.find(known)), {"id": "UgSomebodyElse0001"}]
    }
    comments.misbehave(instead(as_json(told)))
    source: Any = comments.source()

    assert source.recheck([known, gone]) == {}


def test_a_held_comment_is_gone_and_an_unreadable_one_is_not(comments: YouTubeComments) -> None:
    held, odd = comments.add("Holm Nook 1"), comments.add("Holm Nook 2")
    comments.find(held).public = False
    view = comments._comment
    comments._comment = lambda post: {**view(post), **({} if post.number == 1 else {"snippet": []})}  # type: ignore[method-assign]  # a strange answer
    source: Any = comments.source()

    assert source.recheck([held, odd]) == {held: None}


# --- settings --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({}, "nothing to look at"),
        ({"channel": "@holmnook"}, "begins with"),
        ({"channel": CHANNEL + "x"}, "begins with"),
        ({"videos": ["https://youtu.be/x"]}, "eleven letters"),
        ({"search": [""]}, "at least 1"),
        ({"search": ["x"] * 6}, "at most 5"),
        ({"search": ["x"], "searches_a_day": 0}, "greater than or equal"),
        ({"search": ["x"], "searches_a_day": 101}, "less than or equal"),
        ({"search": ["x"], "service": "http://proxy.example/youtube/v3"}, "https only"),
        ({"search": ["x"], "key": "secret"}, "key"),
    ],
)
def test_settings_that_make_no_sense_are_refused(told: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        YouTubeSettings(**{**KEY, **told})


def test_a_place_is_what_is_looked_for() -> None:
    settings = YouTubeSettings(**KEY, channel=CHANNEL, search=("a b",), videos=(VIDEO,))

    assert (
        KIND.locate(settings) == f"https://www.googleapis.com/youtube/v3?{CHANNEL}&search=a b&video={VIDEO}"
    )
    assert KIND.locate(YouTubeSettings(**KEY, search=("x",))).endswith("?search=x")
    assert KIND.host(settings) == "www.googleapis.com:443"
    assert KIND.keep == timedelta(days=30)


def test_the_key_is_asked_for_and_nowhere_kept(comments: YouTubeComments) -> None:
    watch = Watch(comments)
    comments.add("Holm Nook")
    batch = watch.poll()
    key = comments.secrets()["youtube-key"]

    assert {request.first("key") for request in comments.requests} == {key}
    assert key not in json.dumps(watch.checkpoint)
    assert key not in repr(batch)
