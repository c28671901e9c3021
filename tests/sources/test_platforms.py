"""Promise: every platform is watched by the same rules, over real HTTP and through whatever goes wrong.

Nothing is lost and nothing comes twice: not when the program dies between two pages, not when the platform fails in
the middle of a chain, not when it lies. What fails says so in the fitting ``SourceError``, which tells no secret.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sources.base import Entry
from sources.errors import Denied, Missing, SourceError, Throttled, Unreachable, Unreadable
from tests.fakes import FixedClock
from tests.pace import within
from tests.sources.http_server import Web
from tests.sources.platforms.frame import (
    FAULTS,
    HOSTILE,
    WAIT,
    WALL,
    Can,
    Fault,
    Killed,
    Platform,
    Reply,
    Request,
    Watch,
    dialects,
    hang,
    instead,
    littered,
    twisted,
)

FOLDER = Path(__file__).parent / "platforms"
MODULES = [
    importlib.import_module(f"tests.sources.platforms.{path.stem}")
    for path in sorted(FOLDER.glob("*.py"))
    if path.stem != "frame"
]
PLATFORMS: Sequence[type[Platform]] = [platform for module in MODULES for platform in module.PLATFORMS]

LONG = 12
"""Shorter values of parameters are words that may stand in any sentence, such as "statuses"."""

MOST_REQUESTS = 60
"""More than any poll makes; a poll that makes them goes round in a circle."""


def those_that(*abilities: Can) -> pytest.MarkDecorator:
    """Only the platforms that can do all of this."""
    able = [platform for platform in PLATFORMS if platform.can.issuperset(abilities)]
    return pytest.mark.parametrize("platform", able, ids=lambda one: one.__name__, indirect=True)


everyone = those_that()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def platform(request: pytest.FixtureRequest, web: Web, clock: FixedClock) -> Platform:
    made: Platform = request.param(web, clock)
    return made


def publish(platform: Platform, count: int = 5, *, minutes: float = 60, word: str = "first") -> list[str]:
    """So many posts, the first of them so long ago, a minute after one another."""
    start = platform.clock() - timedelta(minutes=minutes)
    return [
        platform.add(f"Holm Nook {word} {number}", at=start + timedelta(minutes=number))
        for number in range(count)
    ]


def told(error: BaseException) -> str:
    """All that an error and those behind it say; a log may show any of it."""
    texts = []
    seen: BaseException | None = error
    while seen:
        texts += [str(seen), getattr(seen, "remedy", "") if isinstance(seen, SourceError) else ""]
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return "\n".join(texts)


def lengthy(platform: Platform) -> int:
    """How many requests a first poll makes that finds five posts."""
    platform.forget()
    Watch(platform).poll()
    count = len(platform.requests)
    platform.forget()
    return count


def moments(count: int) -> list[int]:
    """The first, second, middle and last of so many requests: where a chain behaves differently."""
    return sorted({1, min(2, count), (count + 1) // 2, count})


# --- what is found ---------------------------------------------------------------------------------


@everyone
def test_the_first_poll_finds_all_that_there_is_and_the_second_nothing(platform: Platform) -> None:
    ids = publish(platform)
    watch = Watch(platform)
    watch.poll()

    assert set(watch.found) == set(ids)
    for number, name in enumerate(ids):
        entry = watch.found[name]
        assert f"Holm Nook first {number}" in f"{entry.title}\n{entry.text}"
        assert entry.url.startswith(("http://", "https://"))
    assert watch.poll().entries == ()
    assert not watch.gap


@everyone
def test_what_is_new_is_found_once_though_it_was_found_late(platform: Platform) -> None:
    publish(platform)
    watch = Watch(platform)
    watch.poll()
    platform.clock.advance(timedelta(hours=1))
    newest = platform.add("Holm Nook newest")
    watch.poll_all()
    late = platform.add("Holm Nook late", at=platform.clock() - platform.overlap)
    platform.clock.advance(timedelta(minutes=20))
    watch.poll_all()

    assert {newest, late} <= set(watch.found)


@everyone
def test_polls_in_an_empty_place_find_nothing_and_then_what_comes(platform: Platform) -> None:
    watch = Watch(platform)
    for _ in range(2):
        assert watch.poll().entries == ()
        platform.clock.advance(timedelta(minutes=30))
    name = platform.add("Holm Nook at last")
    watch.poll_all()

    assert set(watch.found) == {name}


@everyone
def test_entries_have_sane_times_and_words_and_whole_letters(platform: Platform) -> None:
    publish(platform, 2)
    platform.add("Holm Nook \U0001f389 tomorrow", at=platform.clock() + timedelta(hours=20))
    watch = Watch(platform)
    watch.poll()

    assert len(watch.found) == 3
    for entry in watch.found.values():
        assert sane(entry, platform)
        assert "\U0001f389" not in entry.text or "\U0001f389 " in entry.text


def sane(entry: Entry, platform: Platform) -> bool:
    """Whether the rest of the house can work with an entry, whatever it says."""
    for value in (getattr(entry, one.name) for one in dataclasses.fields(entry)):
        if isinstance(value, datetime):
            assert value.utcoffset() == timedelta(0)
            assert value <= platform.clock() + timedelta(days=1)
        elif isinstance(value, str):
            assert "\x00" not in value
            assert len(value.encode()) <= 400_000
    assert entry.id
    assert len(entry.id) <= 500
    return True


@those_that("threads")
def test_an_answer_names_what_it_answers(platform: Platform) -> None:
    root = platform.add("Holm Nook, what time is the fair?", at=platform.clock() - timedelta(minutes=9))
    answer = platform.add("Holm Nook says two", reply_to=root)
    watch = Watch(platform)
    watch.poll_all()

    assert watch.found[answer].reply_to == watch.found[answer].thread == root
    assert watch.found[answer].kind == "comment"


@those_that("own")
def test_what_is_said_to_the_school_is_told_from_what_the_school_says(platform: Platform) -> None:
    asked = platform.add(
        "Holm Nook, when is the fair?", to_us=True, at=platform.clock() - timedelta(minutes=9)
    )
    ours = platform.by_us("Holm Nook: on Friday", reply_to=asked)
    watch = Watch(platform)
    watch.poll_all()

    assert watch.found[asked].own_account
    assert not watch.found[asked].by_us
    if ours in watch.found:  # some platforms do not show us our own words
        assert watch.found[ours].by_us
        assert watch.found[ours].reply_to == asked


@those_that("private")
def test_what_is_not_public_never_becomes_an_entry(platform: Platform) -> None:
    public = publish(platform, 2)
    platform.add_private("Holm Nook, between us")
    watch = Watch(platform)
    watch.poll_all()
    later = platform.add("Holm Nook in public", to_us=True)
    platform.add_private("Holm Nook, between us once more")
    watch.poll_all()

    assert set(watch.found) == {*public, later}
    assert "between us" not in json.dumps(watch.checkpoint)


@everyone
def test_a_checkpoint_holds_no_secret_and_no_words(platform: Platform) -> None:
    publish(platform)
    watch = Watch(platform)
    watch.poll()

    kept = json.dumps(watch.checkpoint)
    assert "Holm Nook first" not in kept
    assert not any(secret in kept for secret in platform.secrets().values())


@everyone
def test_an_edited_post_keeps_its_id(platform: Platform) -> None:
    ids = publish(platform)
    watch = Watch(platform)
    watch.poll()
    platform.clock.advance(timedelta(minutes=30))
    platform.edit(ids[-1], "Holm Nook, in other words")
    watch.poll_all()

    assert set(watch.found) == set(ids)
    entry = watch.found[ids[-1]]
    assert ("in other words" in f"{entry.title}\n{entry.text}") is ("edits" in platform.can)


# --- chains ----------------------------------------------------------------------------------------


@everyone
def test_a_program_that_dies_at_any_request_loses_nothing(platform: Platform) -> None:
    ids = publish(platform)
    for number in range(1, lengthy(platform) + 1):
        watch = Watch(platform)
        with pytest.raises(Killed):
            watch.poll(dies_at=number)
        watch.poll_for(ids)
        assert set(watch.found) == set(ids), f"died at request {number}"
        assert not watch.gap


@everyone
def test_a_program_that_dies_in_a_later_poll_loses_nothing(platform: Platform) -> None:
    watch = Watch(platform)
    publish(platform)
    watch.poll()
    platform.clock.advance(timedelta(hours=1))
    number = 0
    dead = True
    while dead:
        number += 1
        new = publish(platform, 3, minutes=4, word=f"later {number}")
        try:
            watch.poll(dies_at=number)
            dead = False
        except Killed:
            platform.clock.advance(timedelta(minutes=20))
            watch.poll_for(new)
        assert set(new) <= set(watch.found), f"died at request {number}"
        assert number < MOST_REQUESTS
    assert not watch.gap


@everyone
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_anywhere_in_the_chain_loses_nothing(platform: Platform, fault: str) -> None:
    ids = publish(platform)
    for number in moments(lengthy(platform)):
        watch = Watch(platform)
        platform.misbehave(FAULTS[fault], at=number)
        safely(platform, watch)
        platform.heal()
        platform.clock.advance(timedelta(minutes=20))
        watch.poll_for(ids)
        assert set(watch.found) == set(ids) or watch.gap, f"at request {number}"


def safely(platform: Platform, watch: Watch) -> SourceError | None:
    """Poll; whatever the platform does is told as a ``SourceError`` at most, and never a secret with it."""
    try:
        watch.poll()
    except SourceError as error:
        failed = error
    else:
        return None
    said = told(failed)
    secrets = [*platform.secrets().values(), *queries(platform)]
    assert str(failed)
    assert not any(secret in said for secret in secrets), said
    assert "Checking your browser" not in said
    assert "Holm Nook" not in said
    return failed


def queries(platform: Platform) -> list[str]:
    """What was asked for, as it went over the wire: nothing of it may stand in an error or a log."""
    pairs = [
        (name, one) for request in platform.requests for name, ones in request.query.items() for one in ones
    ]
    return [f"{name}={one}" for name, one in pairs] + [one for _, one in pairs if len(one) >= LONG]


@those_that("pages")
def test_more_than_one_poll_can_read_comes_later_or_is_told_as_a_gap(platform: Platform) -> None:
    publish(platform)
    watch = Watch(platform)
    watch.poll_all()
    platform.clock.advance(timedelta(hours=2))
    flood = publish(platform, platform.flood, word="flood")
    platform.forget()
    watch.poll()
    assert len(platform.requests) <= MOST_REQUESTS
    watch.poll_all()

    assert set(flood) <= set(watch.found) or watch.gap


@those_that("short")
def test_a_short_page_is_no_end(platform: Platform) -> None:
    ids = publish(platform, 3)
    platform.paging = "short"
    watch = Watch(platform)
    watch.poll()

    assert set(watch.found) == set(ids)


@those_that("loop")
def test_cursors_that_go_round_in_a_circle_end_and_lose_nothing(platform: Platform) -> None:
    ids = publish(platform)
    platform.paging = "loop"
    watch = Watch(platform)
    platform.forget()
    safely(platform, watch)
    assert len(platform.requests) <= MOST_REQUESTS
    platform.heal()
    watch.poll_all()

    assert set(watch.found) == set(ids) or watch.gap


@those_that("pages")
def test_a_post_that_vanishes_between_two_pages_takes_no_other_with_it(platform: Platform) -> None:
    ids = publish(platform)
    for number in range(2, lengthy(platform) + 1):
        gone = platform.add("Holm Nook, soon gone")
        watch = Watch(platform)
        platform.before(number, partial(platform.remove, gone))
        watch.poll_for(ids)
        platform.heal()
        assert set(ids) <= set(watch.found), f"vanished before request {number}"


@those_that("pages")
def test_a_post_that_arrives_between_two_pages_hides_no_other(platform: Platform) -> None:
    ids = publish(platform)
    for number in range(2, lengthy(platform) + 1):
        watch = Watch(platform)
        platform.before(number, lambda: platform.add("Holm Nook, just now"))
        watch.poll()
        platform.heal()
        new = [platform.entry_id(post) for post in platform.posts[len(ids) :] if not post.removed]
        platform.clock.advance(timedelta(minutes=20))
        watch.poll_for([*ids, *new])
        assert {*ids, *new} <= set(watch.found), f"arrived before request {number}"
        for name in new:
            platform.remove(name)


@those_that("partial")
def test_where_one_part_is_closed_the_rest_still_comes(platform: Platform) -> None:
    ids = publish(platform)
    platform.break_partly()
    watch = Watch(platform)
    watch.poll()

    assert set(ids) <= set(watch.found)


# --- refusals --------------------------------------------------------------------------------------


@everyone
@pytest.mark.parametrize("dialect", dialects(FixedClock()()))
def test_a_wish_to_wait_is_understood_in_every_dialect(platform: Platform, dialect: str) -> None:
    publish(platform)
    watch = Watch(platform)
    platform.misbehave(instead(dialects(platform.clock())[dialect]))

    error = safely(platform, watch)
    assert isinstance(error, Throttled)
    assert error.retry_after == WAIT
    assert error.http_status == 429


@those_that("quota")
def test_a_quota_that_is_used_up_is_waited_for(platform: Platform) -> None:
    ids = publish(platform)
    for number in range(1, lengthy(platform) + 1):
        watch = Watch(platform)
        reply, wait = platform.quota()
        platform.misbehave(instead(reply), at=number)
        error = safely(platform, watch)
        platform.heal()
        assert error is None or isinstance(error, Throttled)
        if error:
            assert error.retry_after == wait
        platform.clock.advance(wait)
        watch.poll_for(ids)
        assert set(watch.found) == set(ids)


@everyone
@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(body=WALL, headers={"Content-Type": "text/html"}), Unreadable),
        (Reply(status=500), Unreachable),
        (Reply(status=503), Unreachable),
        (Reply(status=404), Missing),
        (Reply(status=410), Missing),
    ],
    ids=["HTML", "500", "503", "404", "410"],
)
def test_an_answer_to_everything_that_is_none_keeps_the_place(
    platform: Platform, reply: Reply, error: type[SourceError]
) -> None:
    publish(platform)
    watch = Watch(platform)
    watch.poll()
    kept = watch.checkpoint
    platform.misbehave(instead(reply))
    platform.clock.advance(timedelta(hours=1))

    assert isinstance(safely(platform, watch), error)
    assert watch.checkpoint == kept
    platform.heal()
    name = platform.add("Holm Nook, after all")
    watch.poll_all()
    assert name in watch.found


@everyone
def test_a_server_that_says_nothing_is_left_after_a_while(platform: Platform) -> None:
    publish(platform)
    watch = Watch(platform)
    platform.timeout = timedelta(milliseconds=60)
    platform.misbehave(hang)

    assert isinstance(safely(platform, watch), Unreachable)


def slow_down(platform: Platform) -> None:
    """Let it take longer than any real one, yet stay within the deadline."""
    answer = platform.answer

    def slow(request: Request) -> Reply:
        platform.clock.advance(timedelta(seconds=15))
        return answer(request)

    platform.answer = slow  # type: ignore[method-assign]  # its own words, late


@everyone
def test_a_slow_platform_is_left_after_a_while_and_nothing_is_lost(platform: Platform) -> None:
    ids = publish(platform)
    slow_down(platform)
    watch = Watch(platform)
    for _ in range(20):
        platform.forget()
        watch.poll()
        assert len(platform.requests) <= 12, "three minutes: the daemon would take the poll for stuck"

    assert set(ids) <= set(watch.found) or watch.gap


@those_that("credentials")
def test_worthless_credentials_need_a_human_who_is_told_what_to_do(platform: Platform) -> None:
    publish(platform)
    platform.revoke()
    error = safely(platform, Watch(platform))

    assert isinstance(error, Denied)
    assert error.remedy != Denied.remedy
    assert len(error.remedy) > 20


@those_that("credentials")
def test_credentials_that_die_between_two_polls_are_noticed(platform: Platform) -> None:
    publish(platform)
    watch = Watch(platform)
    watch.poll()
    platform.revoke()

    assert isinstance(safely(platform, watch), Denied)


@those_that("credentials")
def test_credentials_that_die_in_the_middle_of_a_chain_are_noticed_and_it_is_taken_up_whole(
    platform: Platform,
) -> None:
    ids = publish(platform)
    for number in moments(lengthy(platform)):
        kept = dict(vars(platform))
        platform.before(number, platform.revoke)
        watch = Watch(platform)
        error = safely(platform, watch)
        vars(platform).update(kept)

        # who asks last how its token is has read everything by then
        assert isinstance(error, Denied) or set(watch.found) == set(ids), f"before request {number}"
        assert (watch.checkpoint is None) is (error is not None)


@those_that("renews")
def test_a_token_that_runs_out_in_the_middle_is_renewed(platform: Platform) -> None:
    ids = publish(platform)
    for number in range(1, lengthy(platform) + 1):
        watch = Watch(platform)
        platform.before(number, platform.expire)
        watch.poll()
        platform.heal()
        assert set(watch.found) == set(ids), f"ran out before request {number}"


# --- mischief --------------------------------------------------------------------------------------


@everyone
@pytest.mark.parametrize("mischief", HOSTILE)
def test_hostile_answers_end_soon_in_a_known_error_or_in_entries_left_out(
    platform: Platform, mischief: str
) -> None:
    publish(platform, 3)
    places = (None, *moments(lengthy(platform)))
    with within(4):
        for at in places:
            survives(platform, HOSTILE[mischief], at)


def survives(platform: Platform, fault: Fault, at: int | None) -> None:
    watch = Watch(platform)
    platform.misbehave(fault, at=at)
    safely(platform, watch)
    assert all(sane(entry, platform) for entry in watch.found.values())
    assert len(platform.requests) <= MOST_REQUESTS
    platform.heal()
    watch.poll()  # what was remembered of it does no harm


@everyone
def test_junk_among_the_posts_spoils_no_post(platform: Platform) -> None:
    ids = publish(platform)
    platform.misbehave(twisted(littered))
    watch = Watch(platform)
    watch.poll_all()

    assert set(ids) <= set(watch.found)


@everyone
def test_numbers_written_as_strings_are_numbers(platform: Platform) -> None:
    ids = publish(platform)
    platform.misbehave(twisted(as_strings))
    watch = Watch(platform)
    watch.poll_all()

    assert set(watch.found) == set(ids)


def as_strings(value: Any) -> Any:
    """``value`` with strings for its numbers."""
    if isinstance(value, dict):
        return {name: as_strings(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [as_strings(inner) for inner in value]
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


STRANGE: Sequence[Any] = ({}, {"a": 1}, {"watermark": []}, {"recent": {"a": None}, "watermark": "yesterday"})


@everyone
@pytest.mark.parametrize("strange", STRANGE, ids=str)
def test_a_strange_checkpoint_is_as_good_as_none(platform: Platform, strange: dict[str, Any]) -> None:
    ids = publish(platform)
    watch = Watch(platform)
    watch.checkpoint = strange
    watch.poll_all()

    assert set(watch.found) == set(ids)


@everyone
def test_a_checkpoint_of_wrong_types_breaks_nothing(platform: Platform) -> None:
    publish(platform)
    watch = Watch(platform)
    watch.poll()
    wrongs: list[Any] = [None, 7, "x", [], {}, [None], "9" * 400]
    for wrong in wrongs:
        damaged = Watch(platform)
        damaged.checkpoint = dict.fromkeys(watch.checkpoint or {}, wrong)
        damaged.poll_all()


@everyone
def test_nothing_of_it_is_logged(platform: Platform, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    publish(platform)
    watch = Watch(platform)
    watch.poll()
    for fault in (FAULTS["a server error"], FAULTS["nothing at all"], FAULTS["half the announced bytes"]):
        platform.misbehave(fault)
        safely(platform, watch)

    secrets = [*platform.secrets().values(), *queries(platform), "Holm Nook"]
    logged = "\n".join(record.getMessage() for record in caplog.records if record.name != "asyncio")
    assert not any(secret in logged for secret in secrets)


# --- looking again ---------------------------------------------------------------------------------


def rechecker(platform: Platform) -> Callable[[Sequence[str]], Any]:
    source: Any = platform.source()
    look: Callable[[Sequence[str]], Any] = source.recheck
    return look


@those_that("recheck")
def test_looking_again_tells_what_was_edited_and_what_is_gone(platform: Platform) -> None:
    same, edited, gone = publish(platform, 3)
    watch = Watch(platform)
    watch.poll()
    platform.clock.advance(timedelta(hours=1))
    platform.edit(edited, "Holm Nook, in other words")
    platform.remove(gone)

    found = rechecker(platform)([same, edited, gone])

    assert set(found) == {same, edited, gone}
    assert found[gone] is None
    assert found[same].id == same
    assert found[same].text == watch.found[same].text
    assert found[same].published == watch.found[same].published
    assert found[edited].id == edited
    assert "in other words" in f"{found[edited].title}\n{found[edited].text}"
    assert all(sane(entry, platform) for entry in found.values() if entry)


@those_that("recheck")
def test_looking_again_says_nothing_of_what_cannot_be_asked(platform: Platform) -> None:
    (known,) = publish(platform, 1)
    strange = [
        "",
        "x",
        "at://",
        "https://",
        "../../etc",
        "?a=b&c",
        "\ud800",
        "a" * 600,
        "https://evil.example/1",
    ]

    found = rechecker(platform)([*strange, known])

    assert set(found) == {known}
    assert rechecker(platform)(strange) == rechecker(platform)([]) == {}


@those_that("recheck")
def test_looking_again_at_many_takes_few_requests(platform: Platform) -> None:
    ids = publish(platform, 25)
    platform.forget()

    assert set(rechecker(platform)(ids)) == set(ids)
    assert len(platform.requests) <= 30


@those_that("recheck")
def test_looking_again_at_a_slow_platform_ends_after_a_while(platform: Platform) -> None:
    ids = publish(platform, 25)
    slow_down(platform)
    found = rechecker(platform)(ids)

    assert found
    assert None not in found.values()
    assert set(found) <= set(ids)
    assert len(platform.requests) <= 12


@those_that("recheck")
@pytest.mark.parametrize("fault", [*FAULTS, *HOSTILE])
def test_looking_again_takes_no_failure_for_a_deletion(platform: Platform, fault: str) -> None:
    ids = publish(platform, 2)
    platform.forget()
    rechecker(platform)(ids)
    for number in (None, *moments(len(platform.requests))):  # a log-in may come first
        platform.heal()
        platform.misbehave({**FAULTS, **HOSTILE}[fault], at=number)
        try:
            found = rechecker(platform)(ids)
        except SourceError:
            continue
        assert number or fault in HOSTILE
        assert all(entry and sane(entry, platform) for entry in found.values())


@those_that("recheck", "private")
def test_looking_again_shows_nothing_that_is_not_public(platform: Platform) -> None:
    (known,) = publish(platform, 1)
    platform.find(known).public = False

    assert rechecker(platform)([known]).get(known) is None
