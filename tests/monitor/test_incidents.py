"""Mentions become stories: joined by what they share, never less grave than the worst, told when it matters.

Nothing is said twice for the same reason, and nothing grave is hidden by being sorted in with something else.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.base import Category, Reason, Severity
from monitor.incidents import GROWTH, MOST_EDITS, Move, Rules, Sorted, lead, received, sort
from monitor.kinship import Same
from monitor.model import Certainty, Finding, Known
from monitor.reach import INSISTS, Press
from tests.monitor.findings import NOW, Memory, a_day_later, digest, finding, key, never_same

CRITICAL, HIGH, MEDIUM, LOW, NONE = sorted(Severity, reverse=True)
HOUR = timedelta(hours=1)
THREAT, COMPLAINT, QUERY = Category.THREAT_VIOLENCE, Category.COMPLAINT_GENERAL, Category.QUERY_INFO


def rules(**changes: Any) -> Rules:
    facts: dict[str, Any] = {
        "now": NOW,
        "same": never_same,
        "text": lambda one: one.entry.text,
        "due": a_day_later,
    }
    return Rules(**(facts | changes))


def poll(memory: Memory, *findings: Finding, **changes: Any) -> Sorted:
    """Sort, and remember, as one poll does."""
    outcome = sort(findings, memory.known(), rules(**changes))
    memory.keep(outcome.mentions, outcome.edited, (move.change for move in outcome.moves))
    return outcome


def reasons(outcome: Sorted) -> list[Reason | None]:
    return [move.reason for move in outcome.moves]


def only(outcome: Sorted) -> Move:
    (move,) = outcome.moves
    return move


def opened(**facts: Any) -> Memory:
    """A memory with one story, told already."""
    memory = Memory()
    poll(memory, finding("first", **facts))
    assert list(memory.stories) == [key("first")]
    return memory


# ---------------------------------------------------------------- opening


@pytest.mark.parametrize("severity", [CRITICAL, HIGH, MEDIUM])
def test_what_is_at_least_medium_opens_a_story(severity: Severity) -> None:
    outcome = poll(Memory(), finding(severity=severity, needs=False))
    move = only(outcome)
    assert (move.reason, move.before, move.change.opened) == (Reason.FIRST, None, True)
    assert move.change.subject_key == outcome.mentions[0].incident == key("p1")
    assert (move.change.severity, move.change.count, move.change.certain) == (severity, 1, True)
    assert move.change.grown_to == 0
    assert [one.keys.key for one in move.fresh] == [key("p1")]


def test_what_needs_an_answer_opens_a_story_however_small() -> None:
    move = only(poll(Memory(), finding(severity=LOW, needs=True, categories=())))
    assert move.change.severity is LOW
    assert move.change.categories == (QUERY,) == (move.change.category,)


@pytest.mark.parametrize("severity", [LOW, NONE])
def test_what_is_small_and_needs_no_answer_is_only_stored(severity: Severity) -> None:
    outcome = poll(Memory(), finding(severity=severity))
    (mention,) = outcome.mentions
    assert outcome.moves == ()
    assert (mention.incident, mention.clock, mention.due_at, mention.silent) == (None, "", None, False)


def test_two_stories_stay_two() -> None:
    assert reasons(poll(Memory(), finding("a"), finding("b"))) == [Reason.FIRST, Reason.FIRST]


def test_the_stored_text_is_the_window() -> None:
    outcome = poll(Memory(), finding(), text=lambda one: "only this")
    assert outcome.mentions[0].text == "only this"


@pytest.mark.parametrize(
    ("severity", "categories", "expected"),
    [(HIGH, (THREAT, COMPLAINT), THREAT), (HIGH, (), COMPLAINT), (MEDIUM, (), COMPLAINT), (LOW, (), QUERY)],
)
def test_the_lead_category_is_the_first_or_a_plain_guess(
    severity: Severity, categories: tuple[Category, ...], expected: Category
) -> None:
    assert lead(finding(severity=severity, categories=categories).assessment) is expected


# ---------------------------------------------------------------- clocks


def test_a_post_elsewhere_gets_a_time_to_decide_from_when_we_saw_it() -> None:
    (mention,) = poll(Memory(), finding(published=NOW - 30 * HOUR)).mentions
    assert (mention.clock, mention.due_at) == ("decide", NOW + 24 * HOUR)


def test_a_comment_on_our_own_account_is_answered_by_a_time_that_runs_from_when_it_was_written() -> None:
    outcome = poll(Memory(), finding(own=True, published=NOW - 5 * HOUR))
    assert (outcome.mentions[0].clock, outcome.mentions[0].due_at) == ("answer", NOW + 19 * HOUR)
    assert (only(outcome).change.clock, only(outcome).change.due_at) == ("answer", NOW + 19 * HOUR)


def test_a_comment_on_our_own_account_has_that_clock_even_if_no_answer_is_asked_for() -> None:
    outcome = poll(Memory(), finding(own=True, needs=False, published=NOW - 5 * HOUR))
    assert (outcome.mentions[0].clock, outcome.mentions[0].due_at) == ("answer", NOW + 19 * HOUR)


def test_what_may_not_be_kept_is_compared_and_not_stored() -> None:
    memory = opened(text="alpha one", bands=(1,))
    twin = poll(memory, finding("twin", text="alpha two", quotable=False, bands=(1,)), same=same_start)
    assert (twin.mentions[0].duplicate_of, twin.mentions[0].text) == (key("first"), "")
    edited = poll(memory, edit_of(finding("twin", text="alpha two", quotable=False)))
    assert edited.edited[0].text == ""


@pytest.mark.parametrize("published", [None, NOW + HOUR])
def test_a_time_that_is_missing_or_lies_in_the_future_does_not_count(published: Any) -> None:
    assert received(finding(own=True, published=published), NOW) == NOW


def test_the_very_moment_counts() -> None:
    assert received(finding(own=True, published=NOW), NOW) == NOW
    assert received(finding(own=True, published=NOW - HOUR), NOW) == NOW - HOUR
    assert received(finding(own=False, published=NOW - HOUR), NOW) == NOW


def test_a_repeat_joins_the_clock_of_what_it_repeats() -> None:
    memory = opened(own=True, text="why is the gate shut", published=NOW - 5 * HOUR)
    outcome = poll(
        memory, finding("again", own=True, text="why is the gate shut", published=NOW), now=NOW + HOUR
    )
    assert (outcome.mentions[0].clock, outcome.mentions[0].due_at) == ("answer", NOW + 19 * HOUR)
    assert only(outcome).change.due_at == NOW + 19 * HOUR
    assert only(outcome).reason is None


def test_what_joins_elsewhere_decides_with_its_story() -> None:
    memory = opened(thread="t")
    outcome = poll(memory, finding("again", thread="t"), now=NOW + 3 * HOUR)
    assert outcome.mentions[0].due_at == only(outcome).change.due_at == NOW + 24 * HOUR


def test_each_comment_on_our_own_account_has_its_own_clock_and_is_told() -> None:
    memory = opened(own=True, thread="t")
    outcome = poll(
        memory, finding("second", own=True, thread="t", published=NOW + 2 * HOUR), now=NOW + 3 * HOUR
    )
    assert (outcome.mentions[0].clock, outcome.mentions[0].due_at) == ("answer", NOW + 26 * HOUR)
    assert only(outcome).change.due_at == NOW + 24 * HOUR, "the story's own time never moves later"
    assert only(outcome).reason is Reason.GREW


def test_a_comment_that_needs_no_answer_is_not_told_again() -> None:
    memory = opened(own=True, thread="t")
    outcome = poll(memory, finding("thanks", own=True, thread="t", severity=NONE, categories=()))
    assert only(outcome).reason is None
    assert (outcome.mentions[0].clock, outcome.mentions[0].due_at) == ("answer", NOW + 24 * HOUR)


def test_a_story_without_a_time_gets_that_of_the_promise() -> None:
    memory = opened(thread="t")
    memory.stories[key("first")] = dataclasses.replace(memory.stories[key("first")], clock="", due_at=None)
    change = only(poll(memory, finding("own", own=True, thread="t"))).change
    assert (change.clock, change.due_at) == ("answer", NOW + 24 * HOUR)


def test_a_promise_takes_over_a_story_from_elsewhere_and_only_shortens_its_time() -> None:
    memory = opened(thread="t")
    earlier = poll(memory, finding("own", own=True, thread="t", published=NOW - 2 * HOUR))
    assert (only(earlier).change.clock, only(earlier).change.due_at) == ("answer", NOW + 22 * HOUR)
    later = poll(
        opened(thread="t"), finding("own", own=True, thread="t", published=NOW + HOUR), now=NOW + HOUR
    )
    assert (only(later).change.clock, only(later).change.due_at) == ("answer", NOW + 24 * HOUR)


# ---------------------------------------------------------------- joining


JOINED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "the same text": ({"text": "same words"}, {"text": "same words"}),
    "the same thread": ({"thread": "t"}, {"thread": "t"}),
    "the same link": ({"url": "https://a.example/1"}, {"url": "https://a.example/1"}),
    "an answer": ({}, {"reply_to": "first"}),
}


@pytest.mark.parametrize(("first", "second"), JOINED.values(), ids=JOINED)
@pytest.mark.parametrize("severity", [NONE, LOW, MEDIUM])
def test_what_repeats_answers_or_shares_joins(
    first: dict[str, Any], second: dict[str, Any], severity: Severity
) -> None:
    outcome = poll(opened(**first), finding("second", severity=severity, **second))
    assert outcome.mentions[0].incident == key("first")
    assert (only(outcome).change.count, only(outcome).change.opened) == (2, False)
    assert only(outcome).reason is None


@pytest.mark.parametrize(("first", "second"), JOINED.values(), ids=JOINED)
def test_within_one_poll_they_join_as_well(first: dict[str, Any], second: dict[str, Any]) -> None:
    outcome = poll(
        Memory(), finding("second", published=NOW, **second), finding("first", published=NOW - HOUR, **first)
    )
    assert only(outcome).change.count == 2
    assert only(outcome).change.subject_key == key("first"), "the oldest opens the story, whatever the order"


def test_undated_entries_are_read_from_the_end_because_feeds_name_the_newest_first() -> None:
    batch = (finding("newer", thread="t", published=None), finding("older", thread="t", published=None))
    assert only(poll(Memory(), *batch)).change.subject_key == key("older")


@pytest.mark.parametrize(("first", "second"), JOINED.values(), ids=JOINED)
def test_a_closed_story_is_not_joined(first: dict[str, Any], second: dict[str, Any]) -> None:
    memory = opened(**first)
    memory.close(key("first"))
    move = only(poll(memory, finding("second", **second)))
    assert (move.change.subject_key, move.reason, move.change.count) == (key("second"), Reason.FIRST, 1)


def test_after_a_closed_story_repeats_join_the_new_one() -> None:
    memory = opened(text="same words")
    memory.close(key("first"))
    poll(memory, finding("second", text="same words"))
    third = poll(memory, finding("third", text="same words"))
    assert third.mentions[0].incident == key("second")
    both = poll(memory, finding("fourth", text="same words"), finding("fifth", text="same words"))
    assert only(both).change.count == 4


def test_a_closed_story_does_not_keep_repeats_of_one_poll_apart() -> None:
    memory = opened(text="same words")
    memory.close(key("first"))
    assert (
        only(
            poll(memory, finding("second", text="same words"), finding("third", text="same words"))
        ).change.count
        == 2
    )


def test_only_a_repeat_is_called_one() -> None:
    memory = opened(text="same words", thread="t")
    outcome = poll(memory, finding("twin", text="same words"), finding("other", thread="t"))
    assert {one.finding.entry.id: one.duplicate_of for one in outcome.mentions} == {
        "twin": key("first"),
        "other": None,
    }


def test_a_repeat_of_a_repeat_names_the_first() -> None:
    memory = opened(text="same words")
    poll(memory, finding("second", text="same words"))
    assert poll(memory, finding("third", text="same words")).mentions[0].duplicate_of == key("first")


def test_a_repeat_of_something_small_can_open_a_story_that_later_repeats_join() -> None:
    memory = Memory()
    poll(memory, finding("small", text="same words", severity=LOW))
    graver = poll(memory, finding("graver", text="same words", severity=HIGH))
    assert only(graver).reason is Reason.FIRST
    assert graver.mentions[0].duplicate_of == key("small")
    third = poll(memory, finding("third", text="same words", severity=LOW))
    assert third.mentions[0].incident == key("graver")


def test_repeating_counts_before_answering_and_sharing() -> None:
    memory = Memory()
    poll(memory, finding("a", text="same words"), finding("b", thread="t", url="https://a.example/1"))
    outcome = poll(
        memory, finding("c", text="same words", thread="t", url="https://a.example/1", reply_to="b")
    )
    assert outcome.mentions[0].incident == key("a")


def test_a_grave_post_that_shares_only_a_link_is_told_until_the_story_has_grown() -> None:
    memory, url = Memory(), "https://a.example/1"
    poll(memory, finding("a", url=url, severity=HIGH))
    medium = poll(memory, finding("medium", url=url, severity=MEDIUM))
    assert reasons(medium) == [None]
    told = [
        reasons(poll(memory, finding(f"h{n}", url=url, severity=HIGH)))
        for n in range(memory.stories[key("a")].count, GROWTH[0] + 2)
    ]
    assert told == [[Reason.GREW]] * (len(told) - 2) + [[None]] * 2
    memory = Memory()
    poll(memory, finding("a", thread="t", url=url, severity=HIGH))
    same_thread = poll(memory, finding("b", thread="t", url=url, severity=HIGH))
    repeat = poll(memory, finding("c", text="the text of a", url=url, severity=HIGH))
    assert reasons(same_thread) == reasons(repeat) == [None]


def test_answering_counts_before_thread_and_link() -> None:
    memory = Memory()
    poll(memory, finding("a"), finding("b", thread="t"), finding("c", url="https://a.example/1"))
    url = "https://a.example/1"
    assert poll(memory, finding("d", thread="t", url=url, reply_to="a")).mentions[0].incident == key("a")
    assert poll(memory, finding("e", thread="t", url=url)).mentions[0].incident == key("b")


def test_entries_that_share_an_id_do_not_hide_the_gravest() -> None:
    outcome = poll(
        Memory(), finding(severity=LOW, text="a"), finding(severity=CRITICAL, text="b"), finding(text="c")
    )
    assert [one.finding.entry.text for one in outcome.mentions] == ["b"]


def test_a_story_named_after_a_forgotten_mention_is_joined_when_that_comes_back() -> None:
    memory = opened(thread="t")
    poll(memory, finding("second", thread="t"))
    del memory.mentions[key("first")]
    outcome = poll(memory, finding("first", text="new words"), finding("third", thread="t"))
    assert only(outcome).change.count == 4


# ---------------------------------------------------------------- near-duplicates


def same_start(title: str, text: str, other_title: str, other_text: str) -> bool:
    return text[:5] == other_text[:5]


def test_a_near_duplicate_is_a_repeat_if_the_words_agree() -> None:
    memory = opened(text="alpha one", bands=(1, 2, 3))
    near = poll(memory, finding("near", text="alpha two", bands=(7, 3)), same=same_start)
    far = poll(memory, finding("far", text="gamma two", bands=(3,)), same=same_start)
    unlike = poll(memory, finding("unlike", text="alpha six", bands=(9,)), same=same_start)
    assert near.mentions[0].duplicate_of == key("first")
    assert far.mentions[0].duplicate_of is None
    assert unlike.mentions[0].duplicate_of is None


def test_the_likest_candidates_are_compared_and_only_so_many() -> None:
    asked: list[str] = []

    def same(title: str, text: str, other_title: str, other_text: str) -> bool:
        asked.append(other_text)
        return False

    memory = Memory()
    poll(
        memory,
        *(finding(f"n{number}", text=f"t{number}", bands=(number, number + 100, 99)) for number in range(40)),
        same=never_same,
    )
    poll(memory, finding("new", bands=(99, 3, 103)), same=same)
    assert len(asked) == 16
    assert asked[0] == "t3"


def test_the_text_of_the_first_is_compared_not_that_of_a_repeat() -> None:
    compared: list[tuple[str, str]] = []

    def same(title: str, text: str, other_title: str, other_text: str) -> bool:
        compared.append((other_title, other_text))
        return True

    memory = opened(text="alpha one", title="One", bands=(1,))
    poll(memory, finding("near", text="alpha two", title="Two", bands=(1, 2)), same=same_start)
    memory.mentions = dict(reversed(memory.mentions.items()))
    poll(memory, finding("new", text="alpha six", bands=(2,)), same=same)
    assert compared == [("One", "alpha one")]


def test_a_flood_of_near_duplicates_is_compared_once_each() -> None:
    asked = 0

    def same(title: str, text: str, other_title: str, other_text: str) -> bool:
        nonlocal asked
        asked += 1
        return True

    flood = [finding(f"n{number}", text=f"alpha {number}", bands=(1, number + 10)) for number in range(3000)]
    outcome = sort(flood, Known(), rules(same=same))
    assert asked == 2999
    assert only(outcome).change.count == 3000


# ---------------------------------------------------------------- worsening


def test_a_rude_twin_lifts_the_story_and_is_told() -> None:
    memory = opened(text="same words", severity=LOW, needs=True, categories=(QUERY,))
    move = only(poll(memory, finding("twin", text="same words", severity=HIGH, categories=(THREAT,))))
    assert move.reason is Reason.WORSENED
    assert (move.change.severity, move.change.category) == (HIGH, THREAT)
    assert move.change.categories == (THREAT, QUERY)
    assert move.before is not None
    assert move.before.severity is LOW


def test_a_milder_mention_lowers_nothing() -> None:
    memory = opened(severity=HIGH, thread="t", categories=(THREAT,))
    move = only(poll(memory, finding("milder", severity=LOW, thread="t", categories=(QUERY,))))
    assert (move.change.severity, move.change.category, move.reason) == (HIGH, THREAT, None)


def test_a_grave_post_about_something_else_does_not_hide_in_a_story() -> None:
    memory = opened(severity=HIGH, thread="t", categories=(Category.DISCRIMINATION_HATE,))
    other = poll(
        memory, finding("other", severity=HIGH, thread="t", categories=(Category.PRIVACY_DATA_BREACH,))
    )
    assert only(other).reason is Reason.WORSENED
    again = poll(
        memory, finding("again", severity=HIGH, thread="t", categories=(Category.PRIVACY_DATA_BREACH,))
    )
    assert only(again).reason is None
    small = poll(memory, finding("small", severity=MEDIUM, thread="t", categories=(COMPLAINT,)))
    assert only(small).reason is None


def test_a_grave_post_about_nothing_in_particular_is_no_new_matter() -> None:
    memory = opened(severity=HIGH, thread="t", categories=(THREAT,))
    assert only(poll(memory, finding("other", severity=HIGH, thread="t", categories=()))).reason is None


def test_another_critical_post_is_told_unless_it_only_repeats() -> None:
    memory = opened(severity=CRITICAL, thread="t", text="same words", categories=(THREAT,))
    twin = poll(memory, finding("twin", severity=CRITICAL, text="same words", categories=(THREAT,)))
    assert only(twin).reason is None
    other = poll(memory, finding("other", severity=CRITICAL, thread="t", categories=(THREAT,)))
    assert only(other).reason is Reason.GREW


def test_an_equally_grave_mention_does_not_change_the_lead() -> None:
    memory = opened(severity=MEDIUM, thread="t", categories=(COMPLAINT,))
    move = only(poll(memory, finding("other", severity=MEDIUM, thread="t", categories=(THREAT,))))
    assert (move.change.category, move.change.categories) == (COMPLAINT, (THREAT, COMPLAINT))


def test_only_the_lead_of_a_grave_post_makes_it_a_new_matter() -> None:
    memory = opened(severity=HIGH, thread="t", categories=(COMPLAINT,))
    other = finding("other", severity=HIGH, thread="t", categories=(COMPLAINT, QUERY))
    assert only(poll(memory, other)).reason is None


def test_a_critical_post_in_another_place_is_told_though_its_words_were_seen_before() -> None:
    memory = opened(severity=CRITICAL, thread="t", categories=(THREAT,))
    poll(memory, finding("unsure", text="known words", certain=False))
    told = poll(
        memory, finding("sure", text="known words", severity=CRITICAL, thread="t", categories=(THREAT,))
    )
    assert told.mentions[0].duplicate_of == key("unsure")
    assert only(told).reason is Reason.GREW


def test_what_is_told_is_sorted_by_gravity() -> None:
    memory = opened(thread="t")
    batch = (
        finding("a", thread="t"),
        finding("b", severity=CRITICAL, thread="t"),
        finding("c", severity=HIGH, thread="t"),
    )
    assert [one.entry.id for one in only(poll(memory, *batch)).fresh] == ["b", "c", "a"]


# ---------------------------------------------------------------- growing


def test_growth_is_told_at_ten_thirty_and_a_hundred_and_at_no_other_time() -> None:
    memory = opened(text="same words")
    told = []
    for number in range(2, 131):
        outcome = poll(memory, finding(f"n{number}", text="same words"))
        if only(outcome).reason is Reason.GREW:
            told.append(only(outcome).change.count)
    assert tuple(told) == GROWTH == (10, 30, 100)


def test_a_leap_is_told_once() -> None:
    memory = opened(text="same words")
    leap = poll(memory, *(finding(f"n{number}", text="same words") for number in range(40)))
    assert (only(leap).reason, only(leap).change.grown_to) == (Reason.GREW, 30)
    assert only(poll(memory, finding("more", text="same words"))).reason is None


def test_a_story_that_opens_large_has_told_its_growth() -> None:
    memory = Memory()
    flood = poll(memory, *(finding(f"n{number}", text="same words") for number in range(12)))
    assert (only(flood).reason, only(flood).change.count, only(flood).change.grown_to) == (
        Reason.FIRST,
        12,
        10,
    )
    assert only(poll(memory, finding("more", text="same words"))).reason is None


# ---------------------------------------------------------------- edits


def edit_of(one: Finding, *, severity: Severity | None = None, **changes: Any) -> Finding:
    grade = one.assessment.severity if severity is None else severity
    categories = changes.get("categories", one.assessment.categories)
    judged = dataclasses.replace(
        one.assessment, severity=grade, categories=categories, needs_response=grade >= MEDIUM
    )
    keys = dataclasses.replace(one.keys, content=digest("new content", str(grade), str(changes)))
    return dataclasses.replace(one, assessment=judged, keys=keys)


def test_the_same_post_again_is_nothing_new() -> None:
    memory = opened()
    assert poll(memory, finding("first")) == Sorted(mentions=(), edited=(), moves=())


def test_an_edit_that_changes_little_is_stored_and_not_told() -> None:
    memory = opened(severity=HIGH)
    outcome = poll(memory, edit_of(finding("first", severity=HIGH)))
    assert [one.incident for one in outcome.edited] == [key("first")]
    assert (only(outcome).reason, only(outcome).fresh, only(outcome).change.count) == (None, (), 1)
    assert outcome.mentions == ()


def test_an_edit_can_worsen_its_story() -> None:
    memory = opened()
    move = only(poll(memory, edit_of(finding("first"), severity=HIGH)))
    assert (move.reason, move.change.severity, move.change.count) == (Reason.WORSENED, HIGH, 1)
    assert [one.entry.id for one in move.fresh] == ["first"]


def test_an_edit_never_lowers_its_story() -> None:
    memory = opened(severity=HIGH)
    move = only(poll(memory, edit_of(finding("first"), severity=NONE)))
    assert (move.reason, move.change.severity) == (None, HIGH)


def test_an_edit_about_a_new_grave_matter_is_told() -> None:
    memory = opened(severity=HIGH)
    move = only(poll(memory, edit_of(finding("first"), severity=HIGH, categories=(THREAT,))))
    assert (move.reason, len(move.fresh)) == (Reason.WORSENED, 1)


def test_an_edit_within_the_storys_grade_is_not_told() -> None:
    memory = opened(severity=HIGH, thread="t")
    poll(memory, finding("mild", severity=LOW, thread="t"))
    assert only(poll(memory, edit_of(finding("mild", thread="t"), severity=HIGH))).reason is None
    critical = opened(severity=CRITICAL)
    assert only(poll(critical, edit_of(finding("first", severity=CRITICAL)))).reason is None


def test_an_edit_whose_second_category_is_new_is_not_shown() -> None:
    memory = opened(severity=HIGH)
    move = only(poll(memory, edit_of(finding("first"), severity=HIGH, categories=(COMPLAINT, QUERY))))
    assert (move.fresh, move.reason) == ((), None)


def test_an_answer_joins_the_story_that_an_edit_opens_in_the_same_poll() -> None:
    memory = Memory()
    poll(memory, finding("first", severity=NONE))
    edited = edit_of(finding("first", published=NOW - HOUR), severity=HIGH)
    assert only(poll(memory, edited, finding("answer", severity=NONE, reply_to="first"))).change.count == 2


def test_a_post_that_becomes_critical_in_a_critical_story_is_told() -> None:
    memory = opened(severity=CRITICAL, thread="t")
    poll(memory, finding("mild", severity=LOW, thread="t"))
    assert only(poll(memory, edit_of(finding("mild", thread="t"), severity=CRITICAL))).reason is Reason.GREW


def test_a_harmless_post_that_is_edited_into_a_grave_one_opens_a_story() -> None:
    memory = Memory()
    poll(memory, finding("first", severity=NONE))
    outcome = poll(memory, edit_of(finding("first"), severity=HIGH))
    assert (only(outcome).reason, only(outcome).change.count) == (Reason.FIRST, 1)
    assert [one.incident for one in outcome.edited] == [key("first")]
    joined = poll(memory, finding("answer", severity=NONE, reply_to="first"))
    assert joined.mentions[0].incident == key("first")


def test_a_harmless_post_that_stays_harmless_opens_nothing() -> None:
    memory = Memory()
    poll(memory, finding("first", severity=NONE))
    outcome = poll(memory, edit_of(finding("first"), severity=LOW))
    assert ([one.incident for one in outcome.edited], outcome.moves) == ([None], ())


def test_a_post_of_a_closed_story_reopens_nothing_unless_it_is_graver_than_it_was() -> None:
    memory = opened(severity=MEDIUM)
    memory.close(key("first"))
    assert poll(memory, edit_of(finding("first"))).moves == ()
    move = only(poll(memory, edit_of(finding("first"), severity=HIGH)))
    assert (move.reason, move.change.opened) == (Reason.FIRST, True)


def test_after_so_many_edits_a_post_is_left_alone() -> None:
    memory = opened()
    for number in range(MOST_EDITS):
        assert poll(memory, edit_of(finding("first"), categories=(THREAT,), number=number)).edited
    assert poll(memory, edit_of(finding("first"), severity=CRITICAL)) == Sorted(
        mentions=(), edited=(), moves=()
    )


# ---------------------------------------------------------------- possible places


@pytest.mark.parametrize("severity", [NONE, LOW, MEDIUM, HIGH])
def test_a_post_whose_place_is_not_certain_is_stored_and_no_more(severity: Severity) -> None:
    outcome = poll(
        opened(thread="t"), finding("maybe", severity=severity, certain=False, word=True, thread="t")
    )
    assert (outcome.moves, outcome.mentions[0].incident) == ((), None)


@pytest.mark.parametrize("word", [True, False])
def test_a_critical_one_opens_a_story_that_is_not_certain(*, word: bool) -> None:
    move = only(poll(Memory(), finding(severity=CRITICAL, certain=False, word=word)))
    assert (move.reason, move.change.certain) == (Reason.FIRST, False)


def test_a_school_may_switch_that_off() -> None:
    outcome = poll(Memory(), finding(severity=CRITICAL, certain=False, word=True), possible_alerts=False)
    assert (outcome.moves, outcome.mentions[0].incident) == ((), None)


def test_a_certain_one_makes_the_story_certain_and_is_told() -> None:
    memory = opened(severity=CRITICAL, certain=False, thread="t", categories=(THREAT,))
    move = only(poll(memory, finding("sure", severity=MEDIUM, thread="t")))
    assert (move.reason, move.change.certain) == (Reason.WORSENED, True)
    assert only(poll(memory, finding("sure too", severity=MEDIUM, thread="t"))).reason is None


def test_an_uncertain_critical_post_joins_a_certain_story() -> None:
    move = only(poll(opened(thread="t"), finding("maybe", severity=CRITICAL, certain=False, thread="t")))
    assert (move.reason, move.change.certain, move.change.severity) == (Reason.WORSENED, True, CRITICAL)


def test_an_uncertain_story_is_told_once_until_a_child_or_school_word_is_in_it() -> None:
    facts: dict[str, Any] = {"severity": CRITICAL, "certain": False, "thread": "t", "categories": (THREAT,)}
    memory = opened(**facts)
    for number in range(40):
        assert only(poll(memory, finding(f"n{number}", **facts))).reason is None
    assert only(poll(memory, finding("word", word=True, **facts))).reason is Reason.GREW


# ---------------------------------------------------------------- the first look


OLD = {key("old"), key("older"), key("oldest")}


def test_what_is_older_than_the_watch_is_stored_silently() -> None:
    outcome = poll(Memory(), finding("old", severity=HIGH, own=True), finding("new"), quiet=OLD)
    stored = {one.finding.entry.id: one for one in outcome.mentions}
    assert (stored["old"].silent, stored["old"].incident, stored["old"].clock) == (True, None, "")
    assert (stored["new"].silent, stored["new"].incident) == (False, key("new"))


def test_the_critical_ones_share_one_story() -> None:
    outcome = poll(
        Memory(),
        finding("older", severity=CRITICAL, published=NOW - 90 * HOUR, own=True, categories=(THREAT,)),
        finding("old", severity=CRITICAL, published=NOW - 80 * HOUR),
        finding("oldest", severity=CRITICAL, published=NOW - 99 * HOUR, certain=False),
        quiet=OLD,
    )
    move = only(outcome)
    assert (move.from_the_start, move.change.count, move.reason) == (True, 2, Reason.FIRST)
    assert (move.change.clock, move.change.due_at) == ("decide", NOW + 24 * HOUR)
    assert {one.finding.entry.id: (one.incident, one.silent) for one in outcome.mentions} == {
        "oldest": (None, True),
        "older": (key("older"), False),
        "old": (key("older"), False),
    }
    assert {one.due_at for one in outcome.mentions if one.incident} == {NOW + 24 * HOUR}


def test_an_uncertain_old_one_is_told_only_with_a_child_or_school_word() -> None:
    outcome = poll(Memory(), finding("old", severity=CRITICAL, certain=False, word=True), quiet=OLD)
    assert only(outcome).from_the_start


def test_an_old_post_that_is_known_from_elsewhere_says_nothing_again() -> None:
    memory = opened(severity=CRITICAL, thread="t", categories=(THREAT,))
    outcome = poll(memory, finding("old", severity=CRITICAL, thread="t", categories=(THREAT,)), quiet=OLD)
    assert (only(outcome).reason, only(outcome).from_the_start) == (None, False)


def test_a_new_post_is_not_marked_as_found_at_the_start() -> None:
    assert not only(poll(Memory(), finding("new"), quiet=OLD)).from_the_start


# ---------------------------------------------------------------- what always holds


TOPICS = (THREAT, COMPLAINT, QUERY, Category.PRIVACY_DATA_BREACH)


@st.composite
def batches(draw: st.DrawFn) -> list[list[Finding]]:
    names = st.sampled_from([f"n{number}" for number in range(12)])
    word = st.sampled_from(["", "x", "y"])

    def one(name: str) -> Finding:
        return finding(
            name,
            severity=draw(st.sampled_from(Severity)),
            categories=tuple(draw(st.lists(st.sampled_from(TOPICS), max_size=2, unique=True))),
            needs=draw(st.none() | st.booleans()),
            certain=draw(st.booleans()),
            word=draw(st.booleans()),
            own=draw(st.booleans()),
            text=draw(st.sampled_from(["", "", "", "words", "other words"])),
            url=draw(word),
            thread=draw(word),
            reply_to=draw(st.just("") | names),
            published=draw(st.none() | st.just(NOW - HOUR)),
        )

    return [[one(name) for name in draw(st.lists(names, max_size=6))] for _ in range(draw(st.integers(1, 5)))]


@settings(max_examples=60, deadline=None)
@given(polls=batches(), closing=st.lists(st.integers(0, 4), max_size=3))
def test_the_laws_of_stories_hold_whatever_comes(polls: list[list[Finding]], closing: list[int]) -> None:
    memory = Memory()
    for number, batch in enumerate(polls):
        outcome = poll(memory, *batch)
        _nothing_grave_is_left_out(outcome)
        _nobody_is_told_without_cause(outcome)
        for name, story in memory.stories.items():
            worst = max((one.severity for one in memory.members(name)), default=NONE)
            assert story.severity >= worst, "a group never has less than its worst member"
            assert story.category in story.categories
        again = sort(batch, memory.known(), rules())
        assert again.mentions == (), "the same posts again are nothing new"
        if number in closing and memory.stories:
            memory.close(next(iter(memory.stories)))


def _nothing_grave_is_left_out(outcome: Sorted) -> None:
    changed = {move.change.subject_key for move in outcome.moves}
    for one in outcome.mentions:
        judged = one.finding.assessment
        if one.finding.match.certainty is Certainty.CERTAIN and (
            judged.severity >= MEDIUM or judged.needs_response
        ):
            assert one.incident in changed
            assert one.due_at is not None


def _nobody_is_told_without_cause(outcome: Sorted) -> None:
    for move in outcome.moves:
        before, change = move.before, move.change
        assert (move.reason is Reason.FIRST) is (before is None) is change.opened
        if before is None:
            continue
        assert change.count >= before.count
        assert change.severity >= before.severity
        assert change.certain >= before.certain
        assert change.due_at is None or before.due_at is None or change.due_at <= before.due_at
        if move.reason is Reason.WORSENED:
            graver = change.severity > before.severity or change.certain > before.certain
            assert graver or set(change.categories) > set(before.categories)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=60))
def test_nothing_is_said_twice_for_the_same_reason(texts: Sequence[str]) -> None:
    """Repeats of what is known are told only by their number."""
    memory = Memory()
    told: list[tuple[str, Reason, int]] = []
    for number, text in enumerate(texts):
        for move in poll(memory, finding(f"n{number}", text=text, severity=HIGH)).moves:
            told += [(move.change.subject_key, move.reason, move.change.grown_to)] if move.reason else []
    assert len(set(told)) == len(told)


def test_same_is_a_plain_function_type() -> None:
    check: Same = never_same
    assert not check("", "", "", "")


# ---------------------------------------------------------------- newspapers


def test_an_author_who_insists_makes_the_story_graver_once_and_never_critical() -> None:
    def posts(*numbers: int, severity: Severity = MEDIUM) -> list[Finding]:
        about = (Category.STAFF_ABUSE_HARASSMENT,)
        return [
            dataclasses.replace(one, entry=dataclasses.replace(one.entry, author="@loud"))
            for one in (finding(f"p{n}", thread="t", categories=about, severity=severity) for n in numbers)
        ]

    three = only(poll(Memory(), *posts(1, 2, 3)))
    two = only(poll(Memory(), *posts(1, 2)))
    high = only(poll(Memory(), *posts(1, 2, 3, severity=HIGH)))

    assert (three.change.severity, three.reach) == (HIGH, INSISTS)
    assert (two.change.severity, two.reach) == (MEDIUM, "")
    assert (high.change.severity, high.reach) == (HIGH, "")


def test_copies_in_newspapers_are_no_growth_and_talk_is() -> None:
    press = Press(here="paper", hosts={"paper": "paper.example:443"})
    memory = opened(text="the council may close the nursery class")

    def copies(first: int, last: int) -> list[Finding]:
        return [
            finding(f"p{number}", text="the council may close the nursery class")
            for number in range(first, last)
        ]

    printed = only(poll(memory, *copies(0, 11), press=press))
    shared = only(poll(memory, *copies(11, 12)))

    assert (printed.reason, printed.change.count, printed.change.grown_to) == (None, 12, 0)
    assert (shared.reason, shared.change.count, shared.change.grown_to) == (Reason.GREW, 13, 10)
