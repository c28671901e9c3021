"""Promise: a WordPress site is read by whichever way it leaves open, once, as it is edited, and deletions are told from doors."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from sources import pieces
from sources.base import Entry
from sources.errors import Denied, Missing, SourceError, Unreachable
from sources.pieces import texts
from sources.wordpress import ASK_AGAIN, KIND, WordPressSettings, words
from sources.wordpress.stream import MAX_PAGES, MAX_SEEN, Memory
from tests.fakes import NOW, FixedClock
from tests.sources.http_server import Web
from tests.sources.platforms.frame import Platform, Reply, Request, Watch, as_json, instead
from tests.sources.platforms.wordpress import OurWordPress, WordPress

CLOSED = "the site's REST interface is closed to us"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def site(web: Web, clock: FixedClock) -> WordPress:
    return WordPress(web, clock)


@pytest.fixture
def ours(web: Web, clock: FixedClock) -> OurWordPress:
    return OurWordPress(web, clock)


def publish(site: WordPress, count: int = 3, *, ago: timedelta = timedelta(hours=3)) -> list[str]:
    start = site.clock() - ago
    return [site.add(f"Holm Nook {n}", at=start + timedelta(minutes=n)) for n in range(count)]


def routes(site: Platform) -> list[str]:
    """By which way each request came; robots.txt is none."""

    def way(request: Request) -> str:
        return "feed" if request.first("feed") else "plain" if request.first("rest_route") else "pretty"

    return [way(request) for request in site.requests if request.path != "/robots.txt"]


def recheck(site: Platform, *names: str) -> dict[str, Entry | None]:
    source: Any = site.source()
    found: dict[str, Entry | None] = source.recheck(names)
    return found


# --- ways in ---------------------------------------------------------------------------------------


def test_a_site_with_plain_addresses_is_asked_by_its_query_and_that_is_remembered(site: WordPress) -> None:
    site.route = "plain"
    ids = publish(site)
    watch = Watch(site)
    watch.poll()
    assert routes(site) == ["pretty", "plain"]
    site.forget()
    watch.poll()

    assert set(watch.found) == set(ids)
    assert routes(site) == ["plain"]


def test_a_closed_interface_is_replaced_by_the_feed_under_the_same_names_and_that_is_told(
    site: WordPress,
) -> None:
    site.closed = True
    ids = publish(site)
    watch = Watch(site)
    batch = watch.poll()

    assert set(watch.found) == set(ids)
    assert watch.found[ids[0]].title == "News – 1"
    assert batch.notes[0].startswith(CLOSED)
    assert batch.robots == "allowed"
    site.forget()
    assert watch.poll().unchanged
    assert routes(site) == ["feed"]


@pytest.mark.parametrize("what", ["posts", "comments"])
def test_feeds_are_asked_for_by_the_search_and_by_what_is_read(
    web: Web, clock: FixedClock, what: str
) -> None:
    site = OurWordPress(web, clock) if what == "comments" else WordPress(web, clock)
    site.closed = True
    told = site.settings()
    site.settings = lambda: {**told, "query": "holm nook"}  # type: ignore[method-assign]  # as another operator has it
    (name,) = publish(site, 1)
    watch = Watch(site)
    watch.poll()

    assert site.requests[-2].first("s") == "holm nook"
    assert site.requests[-2].first("feed") == ("rss2" if what == "posts" else "comments-rss2")
    assert watch.found[name].kind == ("article" if what == "posts" else "comment")
    assert watch.found[name].own_account == (what == "comments")


def test_an_interface_that_opens_again_is_used_after_a_day(site: WordPress, clock: FixedClock) -> None:
    site.closed = True
    publish(site)
    watch = Watch(site)
    watch.poll()
    site.closed = False
    clock.advance(ASK_AGAIN - timedelta(minutes=1))
    site.forget()
    watch.poll()
    assert set(routes(site)) == {"feed"}
    clock.advance(timedelta(minutes=1))
    site.forget()
    batch = site.source().poll(watch.checkpoint)

    assert routes(site) == ["pretty"]
    assert batch.checkpoint["via"] == "pretty"


def test_one_that_stays_closed_is_asked_once_a_day(site: WordPress, clock: FixedClock) -> None:
    site.closed = True
    publish(site)
    watch = Watch(site)
    for _ in range(49):
        watch.poll()
        clock.advance(timedelta(hours=1))
    site.forget()
    asked = 0
    for _ in range(24):
        site.forget()
        watch.poll()
        asked += "pretty" in routes(site)
        clock.advance(timedelta(hours=1))

    assert asked == 1


def test_one_that_is_closed_later_is_replaced_at_once_and_taken_up_again_where_it_was(
    site: WordPress, clock: FixedClock
) -> None:
    publish(site)
    watch = Watch(site)
    watch.poll()
    site.closed = True
    clock.advance(timedelta(hours=1))
    new = site.add("Holm Nook, meanwhile")
    watch.found.clear()
    watch.poll()
    assert new in watch.found
    site.closed = False
    clock.advance(ASK_AGAIN)
    site.forget()
    batch = site.source().poll(watch.checkpoint)

    assert [entry.id for entry in batch.entries] == [new]


def test_a_breakdown_of_a_site_that_was_open_is_no_closing(site: WordPress, clock: FixedClock) -> None:
    publish(site)
    watch = Watch(site)
    watch.poll()
    kept = watch.checkpoint
    wall = b"<html><title>Just a moment...</title></html>"
    for fault in (Reply(status=500), Reply(body=b"<html>Oops</html>"), Reply(status=403, body=wall)):
        site.misbehave(instead(fault))
        with pytest.raises(SourceError):
            watch.poll()
        assert "feed" not in routes(site)
    assert watch.checkpoint == kept


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (as_json({"code": "rest_login_required"}, 401), Denied),
        (Reply(status=404, body=b"<html>"), Missing),
        (Reply(status=503), Unreachable),
    ],
)
def test_where_no_way_is_open_the_first_reason_is_told(
    site: WordPress, reply: Reply, error: type[SourceError]
) -> None:
    site.misbehave(instead(reply))

    with pytest.raises(error):
        Watch(site).poll()


def test_a_wordpress_that_knows_no_times_of_change_is_read_by_its_feed(
    site: WordPress, clock: FixedClock
) -> None:
    publish(site, ago=timedelta(days=200))
    answer = site.answer

    def old(request: Any) -> Reply:
        request.query.pop("modified_after", None)
        return answer(request)

    site.answer = old  # type: ignore[method-assign]  # as before 5.7
    watch = Watch(site)

    assert watch.poll().checkpoint["via"] == "feed"


# --- what is read ----------------------------------------------------------------------------------


def test_an_edited_post_comes_again_with_its_time_and_one_that_was_only_saved_does_not(
    site: WordPress, clock: FixedClock
) -> None:
    edited, saved = publish(site, 2)
    watch = Watch(site)
    watch.poll()
    clock.advance(timedelta(days=3))
    site.edit(edited, "Holm Nook, corrected")
    site.edit(saved, site.find(saved).text)
    (entry,) = watch.poll().entries

    assert (entry.id, entry.text, entry.edited) == (edited, "Holm Nook, corrected", clock())


def test_a_comment_that_was_held_for_days_is_found_when_it_is_let_through(
    ours: OurWordPress, clock: FixedClock
) -> None:
    publish(ours)
    watch = Watch(ours)
    watch.poll()
    clock.advance(timedelta(days=4))
    ours.add("Holm Nook, newest")
    watch.poll()
    held = ours.add("Holm Nook, written long ago", at=clock() - timedelta(days=6))

    assert [entry.id for entry in watch.poll().entries] == [held]


def test_a_comment_is_headed_by_the_post_and_only_its_author_is_us(ours: OurWordPress) -> None:
    asked = ours.add("When is the fair?", to_us=True)
    ours.by_us("On Friday", reply_to=asked)
    watch = Watch(ours)
    watch.poll()

    assert {entry.title for entry in watch.found.values()} == {"Comment on News – 1"}
    assert [entry.by_us for entry in watch.found.values()] == [False, True]


def test_nobody_with_an_account_is_taken_for_us_elsewhere_or_for_having_one() -> None:
    item = {"id": 5, "post": 1, "author": 9, "content": {"rendered": "<p>x</p>"}}
    under = {1: words.Post(title="News", author=3)}

    def by_us(author: int, *, own: bool) -> bool:
        entry = words.comment({**item, "author": author}, plain=str, under=under, own=own, now=NOW)
        assert entry is not None
        return entry.by_us

    assert by_us(3, own=True)
    assert not by_us(9, own=True)
    assert not by_us(0, own=True)
    assert not by_us(3, own=False)
    assert words.comment({**item, "status": "hold"}, plain=str, under={}, own=True, now=NOW) is None


def test_a_text_that_breaks_the_parser_hides_no_other_and_seems_neither_gone_nor_empty(
    site: WordPress, monkeypatch: pytest.MonkeyPatch
) -> None:
    def picky(body: bytes, **told: Any) -> list[str]:
        if b"bomb" in body:
            raise MemoryError
        return texts(body, **told)

    before, bomb, after = (site.add(f"Holm Nook {word}") for word in ("before", "bomb", "after"))
    monkeypatch.setattr(pieces, "texts", picky)
    batch = Watch(site).poll()

    assert [entry.id for entry in batch.entries] == [before, after]
    assert batch.skipped == 1
    assert set(recheck(site, before, bomb, after)) == {before, after}


def test_a_thread_whose_parents_lie_ends() -> None:
    circle = {
        "a": Entry(id="a", reply_to="b", thread="b"),
        "b": Entry(id="b", reply_to="a", thread="a"),
        "c": Entry(id="c", reply_to="c", thread="c"),
    }

    assert words.threaded(circle)["a"].thread in {"a", "b"}
    assert words.threaded(circle)["c"].thread == "c"


def test_more_posts_of_one_second_than_can_be_read_are_told_as_a_gap(
    site: WordPress, clock: FixedClock
) -> None:
    at = clock() - timedelta(hours=1)
    for number in range(MAX_PAGES * site.page_size + 5):
        site.add(f"Holm Nook {number}", at=at)
    watch = Watch(site)
    watch.poll_all()

    assert watch.gap


def test_a_page_that_is_no_longer_there_ends_the_list(site: WordPress, clock: FixedClock) -> None:
    at = clock() - timedelta(hours=1)
    ids = [site.add(f"Holm Nook {number}", at=at) for number in range(site.page_size + 1)]
    site.before(3, lambda: site.remove(ids[0]))
    watch = Watch(site)
    batch = watch.poll()

    assert [request.first("page") for request in site.requests] == ["1", "1", "2"]
    assert set(watch.found) >= set(ids[:-1])
    assert not batch.gap
    watch.poll_all()
    assert set(watch.found) == set(ids)


def test_fifty_posts_of_one_second_are_no_gap(site: WordPress, clock: FixedClock) -> None:
    at = clock() - timedelta(hours=1)
    ids = {site.add(f"Holm Nook {number}", at=at) for number in range(30)}
    later = site.add("Holm Nook later")
    watch = Watch(site)
    watch.poll_all()

    assert set(watch.found) == {*ids, later}
    assert not watch.gap


def test_a_site_whose_clock_is_wrong_loses_nothing(site: WordPress, clock: FixedClock) -> None:
    watch = Watch(site)
    site.add("Holm Nook tomorrow", at=clock() + timedelta(hours=20))
    watch.poll()
    behind = site.add("Holm Nook behind", at=clock() - timedelta(minutes=80))
    watch.poll()

    assert behind in watch.found


def test_what_is_remembered_is_bounded() -> None:
    memory = Memory()
    for number in range(MAX_SEEN + 50):
        memory.is_new(Entry(id=f"post-{number}"), "0" * 12)

    assert len(memory.plain["seen"]) == MAX_SEEN
    assert f"post-{MAX_SEEN + 49}" in memory.plain["seen"]


def test_feed_entries_without_a_number_keep_their_own_name() -> None:
    entry = Entry(id="https://site.example/2026/11/fair/")

    assert words.from_feed(entry, "posts", own=False) == entry
    assert words.number_of(entry.id) is None


# --- looking again ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "gone",
    [
        as_json({"code": "rest_post_invalid_id"}, 404),
        as_json({"code": "rest_already_gone"}, 410),
        as_json({"code": "rest_forbidden"}, 401),
        as_json({"code": "rest_forbidden"}, 403),
    ],
    ids=["404", "410", "401", "403"],
)
def test_a_post_that_was_deleted_or_made_private_is_gone(site: WordPress, gone: Reply) -> None:
    (name,) = publish(site, 1)
    site.misbehave(instead(gone), at=1)

    assert recheck(site, name) == {name: None}


@pytest.mark.parametrize(("status", "gone"), [("spam", 1), ("hold", 1), ("odd", 0)])
def test_a_comment_that_was_taken_back_is_gone_and_one_of_an_unknown_state_is_not(
    ours: OurWordPress, status: str, gone: int
) -> None:
    name = ours.add("Holm Nook")
    proper = ours.told
    ours.told = lambda what, post: {**proper(what, post), "status": status}  # type: ignore[method-assign]  # shown all the same

    assert recheck(ours, name) == dict.fromkeys([name] * gone)
    assert Watch(ours).poll().entries == ()


@pytest.mark.parametrize(
    "closed",
    [
        as_json({"code": "rest_login_required"}, 401),
        as_json({"code": "rest_forbidden"}, 401),
        as_json({"code": "rest_no_route"}, 404),
        Reply(status=404, body=b"<html>Not found</html>"),
        Reply(body=b"<html>Welcome</html>"),
        as_json({"id": 77}),
    ],
    ids=["401", "all forbidden", "no route", "a page of errors", "a page", "another post"],
)
def test_a_door_that_was_shut_is_no_deletion(site: WordPress, closed: Reply) -> None:
    (name,) = publish(site, 1)
    site.misbehave(instead(closed))

    with pytest.raises(SourceError):
        recheck(site, name)


def test_looking_again_works_on_a_site_with_plain_addresses(site: WordPress) -> None:
    site.route = "plain"
    (name,) = publish(site, 1)

    found = recheck(site, name)[name]
    assert found is not None
    assert found.text == "Holm Nook 0"


# --- settings --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "reads"),
    [
        ({}, ["posts"]),
        ({"comments": True}, ["posts", "comments"]),
        ({"own": True}, ["comments"]),
        ({"own": True, "posts": True}, ["posts", "comments"]),
        ({"posts": False, "comments": True}, ["comments"]),
    ],
)
def test_settings_say_what_is_read(told: dict[str, Any], reads: list[str]) -> None:
    settings = WordPressSettings(url="https://site.example/blog/?x=1", **told)

    assert list(settings.reads) == reads
    assert settings.base == "https://site.example/blog"
    assert KIND.locate(settings) == f"https://site.example/blog {'+'.join(reads)}"


def test_settings_that_read_nothing_or_google_news_are_refused() -> None:
    with pytest.raises(ValidationError, match="nothing to look at"):
        WordPressSettings(url="https://site.example", posts=False)
    with pytest.raises(ValidationError, match="Google News"):
        WordPressSettings(url="https://news.google.com/rss")
