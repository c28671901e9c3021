"""Promise: who is named only in the article is found, five articles at a poll, with leave, and none is asked for twice."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest

from sources import articles
from sources.base import Answer, Batch, Checkpoint, Entry, Tools
from sources.errors import Denied, Throttled, Unreachable
from sources.feed import FeedSettings, FeedSource
from tests.fakes import Call, FakeFetcher, FixedClock, answer, tools
from tests.sources.fetchers import fetcher_for
from tests.sources.http_server import Web
from tests.sources.http_server import answer as page_saying

FEED = "https://paper.example/rss"
STORY = "<p>The council met again, and said at some length what it always says about such things.</p>" * 6
NAMED = "Parents at Holm Nook Primary had asked for it."


def link(number: int) -> str:
    return f"https://paper.example/story/{number}"


def feed(*numbers: int, word: str = "Ribbleton") -> Answer:
    items = "".join(
        f"<item><title>{word} story {number}</title><link>{link(number)}</link><guid isPermaLink='false'>{number}</guid>"
        f"<description>About {number}.</description></item>"
        for number in numbers
    )
    return answer(f"<rss version='2.0'><channel>{items}</channel></rss>", etag='"1"')


def story(number: int, head: str = "") -> Answer:
    page = f"<html><head>{head}</head><body><nav>Beck Side</nav><article>{STORY}<p>{NAMED} {number}.</p></article></body></html>"
    return answer(page, content_type="text/html; charset=utf-8")


def hints(entry: Entry) -> int:
    """As the house says it: a place is a hint, and "primary" a stronger one; who is named is hinted at no more."""
    if "Holm Nook" in entry.title:
        return 0
    return ("Ribbleton" in entry.title) + 2 * ("primary" in entry.title)


class Paper:
    """A feed and its articles, and a monitor that is restarted for every poll."""

    def __init__(self, *numbers: int, disallowed: Sequence[str] = (), **settings: Any) -> None:
        self.web: dict[str, Any] = {
            FEED: feed(*numbers),
            **{link(number): story(number) for number in numbers},
        }
        self.disallowed = disallowed
        self.settings = {"url": FEED, "articles": True, **settings}
        self.clock = FixedClock()
        self.hints: Callable[[Entry], int] = hints
        self.checkpoint: Checkpoint | None = None
        self.asked: list[Call] = []
        self.found: dict[str, Entry] = {}

    def tools(self) -> Tools:
        fetcher = FakeFetcher(self.web, disallowed=self.disallowed)
        fetcher.calls = self.asked
        made = tools(fetcher, now=self.clock)
        return Tools(
            fetcher=fetcher, parser=made.parser, secret=made.secret, now=self.clock, hints=self.hints
        )

    def poll(self, *, kept: bool = True) -> Batch:
        batch = FeedSource(FeedSettings(**self.settings), self.tools()).poll(self.checkpoint)
        ids = [entry.id for entry in batch.entries]
        assert len(ids) == len(set(ids))
        if kept:
            self.checkpoint = json.loads(json.dumps(batch.checkpoint))
            self.found.update((entry.id, entry) for entry in batch.entries)
        return batch

    @property
    def fetched(self) -> list[str]:
        return [call.url for call in self.asked if call.url != FEED]

    @property
    def named(self) -> set[str]:
        return {name for name, entry in self.found.items() if NAMED in entry.text}


def test_a_school_that_is_named_in_the_seventh_paragraph_is_found() -> None:
    paper = Paper(1)
    (entry,) = paper.poll().entries

    assert entry.title == "Ribbleton story 1"
    assert entry.text.startswith("About 1.\nThe council met")
    assert f"{NAMED} 1." in entry.text
    assert "Beck Side" not in entry.text
    assert (entry.id, entry.url) == ("1", link(1))
    assert [call.obey_robots for call in paper.asked] == [False, True]


def test_without_the_setting_or_without_a_hint_no_article_is_asked_for() -> None:
    for paper in (Paper(1, articles=False), Paper(1)):
        paper.web[FEED] = feed(1, word="Elsewhere" if paper.settings["articles"] else "Ribbleton")
        (entry,) = paper.poll().entries
        assert entry.text == "About 1."
        assert paper.fetched == []


def test_a_headline_that_names_the_school_is_enough() -> None:
    paper = Paper(1)
    paper.web[FEED] = feed(1, word="Holm Nook in Ribbleton,")

    paper.poll()

    assert paper.fetched == []


def test_fifty_articles_are_read_in_ten_polls_five_at_a_time_each_once() -> None:
    numbers = range(50)
    paper = Paper(*numbers)
    for poll in range(1, 11):
        batch = paper.poll()
        assert len(paper.fetched) == 5 * poll
        assert len(batch.entries) == (50 if poll == 1 else 5)
        assert any("wait" in note for note in batch.notes) == (poll < 10)
        paper.clock.advance(timedelta(minutes=30))

    assert paper.named == {str(number) for number in numbers}
    assert Counter(paper.fetched) == dict.fromkeys(map(link, numbers), 1)
    assert paper.poll().unchanged
    assert len(paper.fetched) == 50


def test_whatever_is_told_late_is_told_as_old_if_it_stood_there_at_the_first_look() -> None:
    paper = Paper(*range(7))
    assert not any(entry.backlog and NAMED not in entry.text for entry in paper.poll().entries)
    paper.web[FEED] = feed(9, *range(7))
    paper.web[link(9)] = story(9)
    late = {entry.id: entry.backlog for entry in paper.poll().entries}

    assert late == {"9": False, "5": True, "6": True}


def test_the_strongest_hint_comes_first() -> None:
    paper = Paper(*range(12))
    both = feed(*range(10)).body.replace(b"</channel></rss>", b"")
    strong = feed(10, 11, word="Ribbleton primary").body.partition(b"<channel>")[2]
    paper.web[FEED] = answer(both + strong)

    paper.poll()

    assert paper.fetched == [link(10), link(11), link(0), link(1), link(2)]


def test_a_program_that_dies_between_two_polls_loses_nothing_and_asks_again_for_five_at_most() -> None:
    paper = Paper(*range(12))
    paper.poll()
    paper.poll(kept=False)  # it died before anything was written down
    for _ in range(3):
        paper.poll()

    assert paper.named == {str(number) for number in range(12)}
    assert max(Counter(paper.fetched).values()) == 2
    assert len(paper.fetched) == 12 + 5


def test_what_the_feed_lists_no_more_is_waited_for_no_more() -> None:
    paper = Paper(*range(8))
    paper.poll()
    paper.web[FEED] = feed(0, 1)
    batch = paper.poll()

    assert len(paper.fetched) == 5
    assert batch.checkpoint["articles"]["waiting"] == {}
    assert batch.notes == ()


def test_an_article_that_robots_txt_forbids_is_not_asked_for_and_that_is_told() -> None:
    paper = Paper(1, 2, disallowed=[link(1)])
    batch = paper.poll()

    assert paper.fetched == [link(2)]
    assert any("robots.txt" in note for note in batch.notes)
    assert paper.poll().unchanged
    assert paper.fetched == [link(2)]
    assert paper.found["1"].text == "About 1."


@pytest.mark.parametrize("status", [401, 402, 403, 404, 410, 451])
def test_who_shuts_the_door_is_not_asked_again(status: int) -> None:
    paper = Paper(1)
    paper.web[link(1)] = answer("no", status)
    for _ in range(4):
        paper.poll()

    assert paper.fetched == [link(1)]


@pytest.mark.parametrize(
    "failure",
    [
        answer("", 500),
        answer("", 503),
        Unreachable("no answer"),
        Denied("robots.txt cannot be read", retry_after=timedelta(minutes=15)),
        answer("<html><title>Just a moment...</title>", content_type="text/html"),
        answer("<div id=root></div><script src=a.js></script>", content_type="text/html"),
        answer("", 429),
    ],
    ids=["500", "503", "no answer", "no robots.txt", "a wall", "a frame", "429"],
)
def test_what_may_pass_is_tried_three_times_and_then_left(failure: Any) -> None:
    paper = Paper(1)
    paper.web[link(1)] = failure
    notes = [paper.poll().notes for _ in range(5)]

    assert len(paper.fetched) == articles.MAX_TRIES
    assert notes[0]
    assert notes[-1] == ()
    assert paper.found["1"].text == "About 1."


def test_an_article_that_can_be_had_at_the_second_try_is_read() -> None:
    paper = Paper(1)
    paper.web[link(1)] = answer("", 500)
    paper.poll()

    assert paper.named == set()
    paper.web[link(1)] = story(1)
    paper.poll()
    assert paper.named == {"1"}


@pytest.mark.parametrize("stop", [Throttled("wait"), answer("<title>Just a moment...</title>", 403)])
def test_who_asks_for_patience_is_left_alone_for_this_poll(stop: Any) -> None:
    paper = Paper(*range(4))
    paper.web[link(0)] = stop
    paper.poll()

    assert paper.fetched == [link(0)]
    for _ in range(4):
        paper.poll()
    assert paper.named == {"1", "2", "3"}


def test_one_that_fails_lets_the_others_go_first() -> None:
    paper = Paper(*range(7))
    paper.web[link(0)] = answer("", 500)
    paper.poll()
    paper.poll()

    assert paper.fetched[5:] == [link(5), link(6), link(0)]


def test_slow_articles_end_the_poll_and_wait() -> None:
    paper = Paper(*range(5))

    def slow(call: Call) -> Answer:
        paper.clock.advance(timedelta(seconds=40))
        return story(int(call.url.rpartition("/")[2]))

    paper.web.update({link(number): slow for number in range(5)})
    paper.poll()
    assert len(paper.fetched) == 2
    for _ in range(2):
        paper.poll()
    assert len(paper.named) == 5


def test_a_pdf_or_a_film_is_no_article() -> None:
    paper = Paper(1)
    paper.web[link(1)] = answer("%PDF", content_type="application/pdf")

    assert paper.poll().entries[0].text == "About 1."
    paper.poll()
    assert len(paper.fetched) == 1


@pytest.mark.parametrize(("head", "header"), [("<meta name=robots content=noindex>", ""), ("", "noarchive")])
def test_a_publisher_who_asks_not_to_be_kept_is_heard(head: str, header: str) -> None:
    paper = Paper(1)
    page = story(1, head)
    paper.web[link(1)] = answer(page.body, headers={**page.headers, "x-robots-tag": header})

    assert not paper.poll().entries[0].quotable


def test_another_headline_over_an_article_that_was_read_takes_nothing_away() -> None:
    paper = Paper(1)
    paper.poll()
    paper.web[FEED] = feed(1, word="Ribbleton now:")

    assert paper.poll().entries == ()
    assert len(paper.fetched) == 1
    paper.web[FEED] = feed(1, word="Holm Nook in Ribbleton:")
    assert [entry.title for entry in paper.poll().entries] == ["Holm Nook in Ribbleton: story 1"]


def test_another_headline_over_an_article_that_waits_comes_at_once_and_waits_on() -> None:
    paper = Paper(*range(6))
    paper.poll()
    paper.web[FEED] = feed(*range(6), word="Ribbleton now:")
    titles = {entry.id: entry.title for entry in paper.poll().entries}

    assert titles == {"5": "Ribbleton now: story 5"}
    assert "5" in paper.named


def test_other_hints_after_a_reload_break_nothing() -> None:
    paper = Paper(*range(8))
    paper.poll()
    paper.hints = lambda _: 0
    paper.poll()
    assert len(paper.named) == 8
    paper.checkpoint = None  # as after a change of what is looked for
    paper.hints = hints
    paper.poll()
    paper.poll()
    assert len(paper.named) == 8


def test_a_checkpoint_holds_no_words_and_stays_small() -> None:
    paper = Paper(*range(200))
    for _ in range(3):
        paper.poll()
    kept = json.dumps(paper.checkpoint)

    assert "Ribbleton" not in kept
    assert "paper.example/story" not in kept
    assert len(kept) < 20_000


def test_over_the_wire_robots_txt_decides_what_is_read(web: Web) -> None:
    web.pages["/robots.txt"] = page_saying(200, b"User-agent: *\nDisallow: /story/2")
    web.pages["/rss"] = page_saying(
        200, feed(1, 2).body.replace(b"https://paper.example", web.url("").encode())
    )
    for number in (1, 2):
        web.pages[f"/story/{number}"] = page_saying(200, story(number).body, {"Content-Type": "text/html"})
    fetcher = fetcher_for(web)
    made = tools(fetcher)
    told = Tools(fetcher=fetcher, parser=made.parser, secret=made.secret, now=made.now, hints=hints)

    batch = FeedSource(FeedSettings(url=web.url("/rss"), articles=True), told).poll(None)

    assert [NAMED in entry.text for entry in batch.entries] == [True, False]
    assert [asked.target for asked in web.asked].count("/story/2") == 0
    assert any("robots.txt" in note for note in batch.notes)


STRANGE: Sequence[Mapping[str, Any]] = (
    {"articles": None}, {"articles": []}, {"articles": {"waiting": []}}, {"articles": {"waiting": {"a": "x"}}},
    {"articles": {"waiting": {"": -1}, "backlog": 7, "read": {"a": 1}}}, {"articles": {"read": [None, 7]}, "marks": 7},
    {"marks": [None, {}], "articles": {"waiting": {"a": 1}}},
)  # fmt: skip


@pytest.mark.parametrize("strange", STRANGE, ids=str)
def test_a_strange_checkpoint_is_as_good_as_none(strange: Mapping[str, Any]) -> None:
    paper = Paper(1)
    paper.checkpoint = strange
    paper.poll()

    assert paper.named == {"1"}


def test_a_feed_that_cannot_be_read_costs_no_article() -> None:
    paper = Paper(*range(7))
    paper.poll()
    before = len(paper.fetched)
    good = paper.web[FEED]
    paper.web[FEED] = answer("", 500)
    with pytest.raises(Unreachable):
        paper.poll()
    paper.web[FEED] = good
    paper.poll()

    assert len(paper.fetched) == before + 2
    assert len(paper.named) == 7
