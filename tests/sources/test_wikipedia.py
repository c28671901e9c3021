"""Promise: every edit of a watched article comes once, with the words that it brought, and none is lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import ValidationError

from alerts.base import Severity
from monitor.app import MEDIA
from monitor.grading import judge
from monitor.matching import Matcher
from monitor.pipeline import window
from sources.base import Answer, Batch
from sources.cage import Cage, InProcess
from sources.errors import Missing, Throttled, Unreadable
from sources.wikipedia import FIRST_LOOK, KIND, MAX_COMPARES, MAX_PAGES, WikipediaSettings, WikipediaSource
from tests.fakes import NOW, Call, FakeFetcher, FixedClock, answer, tools
from tests.monitor.test_matching import PLAIN

API = "https://en.wikipedia.org/w/api.php"
TITLE = "Holm Nook Community Primary School"


def as_json(value: object) -> Answer:
    return answer(json.dumps(value))


def revision(number: int, *, minutes: float = 0, **told: Any) -> dict[str, Any]:
    moment = NOW - timedelta(minutes=minutes or 1_000 - number)
    stamp = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"revid": number, "parentid": number - 1, "user": "Somebody", "timestamp": stamp, **told}


class Wiki:
    """A wiki of pages, asked through a fake fetcher."""

    def __init__(self, **pages: list[dict[str, Any]]) -> None:
        self.pages = {name.replace("_", " "): edits for name, edits in pages.items()}
        self.calls: list[Mapping[str, str]] = []
        self.unknown: set[str] = set()
        """Edits from which nobody may ask on."""
        self.texts: dict[str, str] = {}
        self.fetcher = FakeFetcher({API: self.answer})
        self.clock = FixedClock()
        self.slowness = timedelta(0)

    def answer(self, call: Call) -> Answer:
        self.clock.advance(self.slowness)
        asked = {name: values[0] for name, values in parse_qs(urlsplit(call.url).query).items()}
        self.calls.append(asked)
        if asked["action"] == "compare":
            return self._compare(asked["torev"])
        if "revids" in asked:
            return self._one(asked)
        if asked.get("rvstartid") in self.unknown:
            return as_json({"error": {"code": "nosuchrevid_rvstartid"}})
        title = asked["titles"]
        edits = self.pages.get(title)
        if edits is None:
            return as_json({"query": {"pages": [{"title": title, "missing": True}]}})
        start = int(asked.get("rvstartid", 0))
        there = [
            one for one in edits if one["revid"] >= start and one["timestamp"] >= asked.get("rvstart", "")
        ]
        found = (there[::-1] if asked["rvdir"] == "older" else there)[: int(asked["rvlimit"])]
        return as_json({"query": {"pages": [{"title": title, "revisions": found}]}})

    def _compare(self, name: str) -> Answer:
        text = self.texts.get(name, f"words of {name}")
        row = f'<tr><td></td><td class="diff-addedline">{text}</td></tr>'
        return as_json({"compare": {"body": row}} if text else {"error": {"code": "missingcontent"}})

    def _one(self, asked: Mapping[str, str]) -> Answer:
        content = {"slots": {"main": {"content": "The [[first]] words"}}}
        if asked["rvprop"] == "content":
            return as_json({"query": {"pages": [{"title": TITLE, "revisions": [content]}]}})
        edits = [
            one
            for edits in self.pages.values()
            for one in edits
            if str(one["revid"]) in asked["revids"].split("|")
        ]
        return as_json(
            {
                "query": {
                    "badrevids": {"999": {"missing": True}},
                    "pages": [{"title": TITLE, "revisions": edits}],
                }
            }
        )

    def poll(self, checkpoint: Any = None, **settings: Any) -> Batch:
        told = {"titles": [TITLE], "talk": False, **settings}
        batch = WikipediaSource(WikipediaSettings(**told), tools(self.fetcher, now=self.clock)).poll(
            checkpoint
        )
        assert json.loads(json.dumps(batch.checkpoint)) == batch.checkpoint
        return batch

    def compared(self) -> list[str]:
        return [call["torev"] for call in self.calls if call["action"] == "compare"]


def wiki(*edits: dict[str, Any]) -> Wiki:
    return Wiki(**{TITLE: list(edits)})


def ids(batch: Batch) -> list[str]:
    return [entry.id for entry in batch.entries]


# --- what is told ----------------------------------------------------------------------------------


def test_an_edit_tells_its_article_its_words_and_where_to_see_it() -> None:
    entry = wiki(revision(10, minutes=5)).poll().entries[0]

    assert entry.title == f"{TITLE}: edit on Wikipedia"
    assert entry.text == "words of 10"
    assert entry.url == "https://en.wikipedia.org/w/index.php?diff=10&oldid=9"
    assert (entry.author, entry.kind, entry.published) == ("Somebody", "edit", NOW - timedelta(minutes=5))


def test_each_edit_of_the_school_s_article_is_about_the_school_though_its_words_name_nobody() -> None:
    entry = wiki(revision(10)).poll().entries[0]

    (match,) = Matcher({"holm-nook": PLAIN}).find(entry)
    assert match.certainty == "certain"
    assert match.place == "title"


@pytest.mark.parametrize(
    ("words", "graves"),
    [
        ("The headteacher hits the children and is a paedophile.", {Severity.HIGH, Severity.CRITICAL}),
        ("The school has 210 pupils.", {Severity.NONE, Severity.LOW, Severity.MEDIUM}),
    ],
)
def test_vandalism_of_the_school_s_article_is_grave_and_an_honest_edit_is_not(
    words: str, graves: set[Severity]
) -> None:
    here = wiki(revision(10, tags=["possible vandalism"]))
    here.texts["10"] = words
    (entry,) = here.poll().entries
    (match,) = Matcher({"holm-nook": PLAIN}).find(entry)

    assessed = judge().assess(entry, window(entry, match), source_kind=MEDIA["wikipedia"], match=match)

    assert assessed.severity in graves


def test_words_that_are_undone_are_not_told_again() -> None:
    here = wiki(revision(10, tags=["mw-rollback"], comment="Reverted edits by X"))
    here.texts["10"] = 'was kind</td><td class="diff-deletedline"><del>is a thief</del>'
    entry = here.poll().entries[0]

    assert "thief" not in entry.text
    assert "X" not in entry.text
    assert "An earlier edit was undone." in entry.text


def test_words_that_were_removed_are_told_as_removed() -> None:
    here = wiki(revision(10))
    here.texts["10"] = '</td><td class="diff-deletedline"><del>Ofsted said good.</del>'

    assert here.poll().entries[0].text == "removed: Ofsted said good."


def test_the_first_edit_of_an_article_brings_all_its_words() -> None:
    here = wiki(revision(10, parentid=0))
    entry = here.poll().entries[0]

    assert entry.text == "The first words"
    assert entry.url.endswith("?diff=10")


@pytest.mark.parametrize(
    "pages", [[], [7], [{"title": TITLE}], [{"title": TITLE, "revisions": [{"slots": 7}]}]]
)
def test_a_first_edit_that_cannot_be_read_has_no_words(pages: list[Any]) -> None:
    here = wiki(revision(10, parentid=0))
    here.fetcher.web[API] = [here.answer, as_json({"query": {"pages": pages}})]

    assert here.poll().entries[0].text == ""


def test_hidden_words_and_names_cost_no_entry_and_no_question() -> None:
    here = wiki(revision(10, sha1hidden=True, user=None, userhidden=True, comment=None))
    entry = here.poll().entries[0]

    assert (entry.text, entry.author) == ("(its words have been hidden)", "")
    assert here.compared() == []


def test_words_that_are_hidden_at_the_last_moment_cost_no_entry() -> None:
    here = wiki(revision(10))
    here.texts["10"] = ""

    assert ids(here.poll()) == ["10"]


@pytest.mark.parametrize("told", [{"error": {"code": "invalidparam"}}, {}, {"compare": []}])
def test_a_comparison_that_fails_otherwise_is_tried_again(told: dict[str, Any]) -> None:
    here = wiki(revision(10))
    here.fetcher.web[API] = [here.answer, as_json(told)]

    with pytest.raises(Unreadable):
        here.poll()


def test_the_school_s_own_edits_are_no_news() -> None:
    here = wiki(revision(10), revision(11, user="Holm Nook Office"), revision(12))
    batch = here.poll(own_user="Holm Nook Office")

    assert ids(batch) == ["10", "12"]
    assert here.compared() == ["10", "12"]


# --- what is asked ---------------------------------------------------------------------------------


def test_it_goes_on_from_the_last_edit_which_it_knows() -> None:
    here = wiki(revision(10), revision(11))
    first = here.poll()
    here.pages[TITLE].append(revision(12))
    second = here.poll(first.checkpoint)
    third = here.poll(second.checkpoint)

    assert (ids(first), ids(second), ids(third)) == (["10", "11"], ["12"], [])
    assert third.unchanged
    asked = [(call["rvdir"], call.get("rvstartid")) for call in here.calls if "rvdir" in call]
    assert asked == [("older", None), ("newer", "11"), ("newer", "12")]


def test_the_first_look_is_at_the_last_week() -> None:
    here = wiki(revision(10, minutes=60 * 24 * 8), revision(11, minutes=60 * 24 * 6))
    batch = here.poll()

    assert ids(batch) == ["11"]
    assert ids(here.poll(batch.checkpoint)) == []


def test_an_old_article_is_only_read_from_now_on() -> None:
    here = wiki(*(revision(number, minutes=60 * 24 * 30) for number in range(10, 60)))
    batch = here.poll()
    here.pages[TITLE].append(revision(60))

    assert batch.entries == ()
    assert here.calls[0]["rvlimit"] == str(FIRST_LOOK)
    assert ids(here.poll(batch.checkpoint)) == ["60"]


def test_more_edits_than_one_poll_compares_wait_for_the_next() -> None:
    here = wiki(revision(1, minutes=60 * 24 * 30))
    checkpoint = here.poll().checkpoint
    here.pages[TITLE] += [revision(number) for number in range(2, 47)]
    found = []
    for size in (MAX_COMPARES, MAX_COMPARES, 5, 0):
        batch = here.poll(checkpoint)
        assert len(batch.entries) == size
        assert bool(batch.notes) == (size == MAX_COMPARES)
        assert not batch.gap
        found += ids(batch)
        checkpoint = batch.checkpoint

    assert found == [str(number) for number in range(2, 47)]


def test_many_articles_share_what_one_poll_may_compare_and_lose_nothing() -> None:
    here = Wiki(A=[revision(n) for n in range(100, 115)], B=[revision(n) for n in range(200, 215)])
    first = here.poll(titles=["A", "B"])
    second = here.poll(first.checkpoint, titles=["A", "B"])

    assert len(first.entries) == MAX_COMPARES
    assert ids(first) + ids(second) == [str(n) for n in (*range(100, 115), *range(200, 215))]


def test_an_article_that_has_to_wait_at_the_first_look_is_read_from_there_and_not_from_before() -> None:
    here = Wiki(A=[revision(n) for n in range(100, 120)], B=[revision(n) for n in range(200, 230)])
    first = here.poll(titles=["A", "B"])
    second = here.poll(first.checkpoint, titles=["A", "B"])

    assert ids(first) == [str(n) for n in range(100, 120)]
    assert ids(second) == [str(n) for n in range(210, 230)]


def test_a_slow_wiki_is_read_a_part_at_a_time_and_every_article_has_its_turn() -> None:
    here = Wiki(A=[revision(100), revision(101)], B=[revision(200)], C=[revision(300)])
    here.slowness = timedelta(seconds=25)
    checkpoint = None
    found = []
    for _ in range(4):
        before = len(here.calls)
        batch = here.poll(checkpoint, titles=["A", "B", "C"])
        assert len(here.calls) - before <= 6
        checkpoint = batch.checkpoint
        found.append(ids(batch))

    assert found == [["100", "101"], ["200"], ["300"], []]


def test_a_slow_wiki_without_news_is_left_after_a_while_too() -> None:
    names = [chr(65 + number) for number in range(10)]
    here = Wiki(**{name: [revision(100 + n, minutes=60 * 24 * 30)] for n, name in enumerate(names)})
    here.slowness = timedelta(seconds=25)
    checkpoint = None
    for _ in range(4):
        batch = here.poll(checkpoint, titles=names)
        checkpoint = batch.checkpoint

    assert [call["titles"] for call in here.calls] == [*names, "A", "B"]


def test_a_very_slow_wiki_gets_on_all_the_same() -> None:
    here = Wiki(A=[revision(100), revision(101)], B=[revision(200)])
    here.slowness = timedelta(seconds=70)
    checkpoint = None
    found = []
    for _ in range(4):
        batch = here.poll(checkpoint, titles=["A", "B"])
        checkpoint = batch.checkpoint
        found.append(ids(batch))

    assert found == [["100"], ["101"], ["200"], []]


def test_where_the_last_edit_is_gone_it_goes_on_from_its_moment() -> None:
    here = wiki(revision(10), revision(11))
    first = here.poll()
    here.pages[TITLE].append(revision(12))
    here.unknown = {"11"}

    assert ids(here.poll(first.checkpoint)) == ["12"]


def test_where_no_moment_is_known_either_it_looks_as_if_for_the_first_time() -> None:
    here = wiki(revision(12))
    here.unknown = {"11"}

    assert ids(here.poll({"pages": {TITLE: {"id": 11}}})) == ["12"]


def test_another_refusal_is_an_error() -> None:
    here = wiki(revision(10))
    here.fetcher.web[API] = [as_json({"error": {"code": "badcontinue"}})]

    with pytest.raises(Unreadable):
        here.poll({"pages": {TITLE: {"id": 9, "at": "2026-11-01T00:00:00Z"}}})


def test_talk_pages_are_watched_from_their_first_word() -> None:
    here = wiki(revision(10, minutes=60 * 24 * 30))
    checkpoint = here.poll(talk=True).checkpoint
    here.pages[f"Talk:{TITLE}"] = [revision(20, parentid=0), revision(21)]
    batch = here.poll(checkpoint, talk=True)

    assert ids(batch) == ["20", "21"]
    assert batch.entries[0].title == f"Talk:{TITLE}: edit on Wikipedia"


@pytest.mark.parametrize("parent", [7, 8])
def test_an_edit_that_is_called_its_own_or_a_later_one_s_child_comes_once(parent: int) -> None:
    place = wiki(revision(7, parentid=parent), revision(8))
    first = place.poll()

    assert ids(first) == ["7", "8"]
    assert ids(place.poll(first.checkpoint)) == []


def test_two_titles_that_lead_to_one_article_tell_each_edit_once() -> None:
    here = Wiki(A=[revision(10)], B=[revision(10)])

    assert ids(here.poll(titles=["A", "B"])) == ["10"]


def test_an_article_that_does_not_exist_needs_a_human() -> None:
    with pytest.raises(Missing, match="no such article") as caught:
        Wiki().poll(talk=True)
    assert "titles" in caught.value.remedy

    batch = Wiki(A=[revision(10)]).poll(titles=["A", "B"])
    assert ids(batch) == ["10"]
    assert batch.notes == ("one of the articles does not exist",)


@pytest.mark.parametrize("told", [{}, {"query": {}}, {"query": {"pages": [7, {}, {"title": ""}]}}])
def test_an_answer_without_the_page_is_an_error(told: dict[str, Any]) -> None:
    here = wiki()
    here.fetcher.web[API] = [as_json(told)]

    with pytest.raises(Unreadable, match="without the page"):
        here.poll()


def test_a_busy_wiki_loses_nothing() -> None:
    here = wiki(revision(10), revision(11))
    here.fetcher.web[API] = [here.answer, here.answer, as_json({"error": {"code": "maxlag"}}), here.answer]

    with pytest.raises(Throttled):
        here.poll()
    assert ids(here.poll()) == ["10", "11"]


def test_a_list_that_goes_round_in_a_circle_is_no_list() -> None:
    page = {
        "query": {"pages": [{"title": TITLE, "revisions": [revision(10)]}]},
        "continue": {"rvcontinue": "x"},
    }
    here = wiki()
    here.fetcher.web[API] = [as_json(page)]

    with pytest.raises(Unreadable, match="circle"):
        here.poll()


def test_an_endless_history_is_read_a_part_at_a_time() -> None:
    here = wiki(*(revision(number) for number in range(10, 60)))
    numbers = iter(range(10, 60))

    def one_by_one(call: Call) -> Answer:
        if "action=compare" in call.url:
            return here.answer(call)
        page = {"title": TITLE, "revisions": [revision(next(numbers))]}
        return as_json({"query": {"pages": [page]}, "continue": {"rvcontinue": "x", "continue": "||"}})

    here.fetcher.web[API] = [one_by_one]
    batch = here.poll({"pages": {TITLE: {"id": 9}}})

    assert ids(batch) == [str(10 + n) for n in range(MAX_PAGES)]


def test_an_edit_that_breaks_its_reader_hides_no_other() -> None:
    here = wiki(revision(10), revision(11))
    cages = iter([Unreadable("reading it took longer than 10 seconds"), None])

    class Trapped(InProcess):
        def run(self, job: Callable[..., Any], body: bytes, /, **options: Any) -> Any:
            error = next(cages)
            if error:
                raise error
            return super().run(job, body, **options)

    settings = WikipediaSettings(titles=(TITLE,), talk=False)
    batch = WikipediaSource(settings, tools(here.fetcher, parser=Trapped())).poll(None)

    assert [entry.text for entry in batch.entries] == ["(its words could not be read)", "words of 11"]


def test_the_words_of_an_edit_are_read_in_the_cage() -> None:
    here = wiki(revision(10, minutes=5))
    cage = Cage()
    try:
        settings = WikipediaSettings(titles=(TITLE,), talk=False)
        batch = WikipediaSource(settings, tools(here.fetcher, parser=cage)).poll(None)
    finally:
        cage.close()

    assert [entry.text for entry in batch.entries] == ["words of 10"]


# --- looking again ---------------------------------------------------------------------------------


def test_looking_again_tells_what_was_hidden_and_what_is_gone() -> None:
    here = wiki(revision(10), revision(11, sha1hidden=True), revision(12, tags=["mw-reverted"]))
    source = WikipediaSource(WikipediaSettings(titles=(TITLE,)), tools(here.fetcher))
    found = source.recheck(["10", "11", "12", "999", "nonsense"])

    assert found["11"] is found["999"] is None
    assert found.keys() == {"10", "11", "12", "999"}
    assert found["10"]
    assert found["12"]
    assert "since undone" in found["12"].text
    assert source.recheck(["nonsense"]) == {}


def test_looking_again_hears_nothing_of_what_was_not_asked() -> None:
    other = {"query": {"pages": [{"title": TITLE, "revisions": [revision(77)]}], "badrevids": {"78": {}}}}
    source = WikipediaSource(WikipediaSettings(titles=(TITLE,)), tools({API: as_json(other)}))

    assert source.recheck(["10"]) == {}


def test_looking_again_leaves_out_what_there_is_no_time_for() -> None:
    here = wiki(*(revision(n) for n in range(10, 20)))
    here.slowness = timedelta(seconds=15)
    source = WikipediaSource(WikipediaSettings(titles=(TITLE,)), tools(here.fetcher, now=here.clock))

    assert source.recheck([str(n) for n in range(10, 20)]).keys() == {"10", "11", "12"}


# --- settings --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"titles": []}, "at least 1"),
        ({"titles": ["x"] * 11}, "at most 10"),
        ({"titles": [" _ "]}, "expected the title of an article"),
        ({"titles": ["a|b"]}, "expected the title of an article"),
        ({"titles": ["é" * 200]}, "expected the title of an article"),
        ({"titles": ["https://en.wikipedia.org/wiki/Ribbleton"]}, "not its address"),
        ({"titles": ["Talk:Ribbleton"]}, "talk page is watched with it"),
        ({"titles": ["user:Somebody"]}, "talk page is watched with it"),
        ({"titles": ["x"], "service": "en.wikipedia.org"}, "complete web address"),
    ],
)
def test_settings_that_make_no_sense_are_refused(told: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        WikipediaSettings(**told)


def test_a_watch_is_one_place_by_wiki_and_titles() -> None:
    settings = WikipediaSettings(
        titles=("ribbleton", "Ribbleton_", "Moor: Nook"), service="https://cy.wikipedia.org/"
    )

    assert settings.titles == ("Ribbleton", "Moor: Nook")
    assert KIND.locate(settings) == "https://cy.wikipedia.org?titles=Ribbleton|Moor: Nook"
    assert (
        KIND.locate(WikipediaSettings(titles=("X",), talk=False))
        == "https://en.wikipedia.org?titles=X&talk=no"
    )
    assert KIND.host(settings) == "cy.wikipedia.org:443"


def test_a_single_title_needs_no_brackets() -> None:
    assert WikipediaSettings.model_validate({"titles": "Ribbleton"}).titles == ("Ribbleton",)
