"""From posts to a plan: matched before anything costly, sorted by school, and one bad post costs no other.

Both halves are pure: the same posts and the same knowledge give the same plan.
"""

from __future__ import annotations

import dataclasses
import random
from collections import Counter
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, Literal

import pytest

from alerts.base import Alert, Category, Reason, Role, Severity
from monitor import dedupe
from monitor.model import (
    Assessment,
    Certainty,
    Examined,
    Finding,
    Ground,
    Known,
    Match,
    Plan,
    Rejected,
    Sentiment,
)
from monitor.pipeline import Context, decide, examine, masker, school_view, window
from monitor.settings import Person, SchoolFacts, SchoolSettings, Thresholds
from sources.base import Entry
from tests.monitor.findings import NOW, Memory, finding, key

HOUR = timedelta(hours=1)
CRITICAL, HIGH, MEDIUM = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM
KEY = b"k" * 32
TOPICS = {
    "threat": Category.THREAT_VIOLENCE,
    "data": Category.PRIVACY_DATA_BREACH,
    "complaint": Category.COMPLAINT_GENERAL,
}


class PlainMatcher:
    """Finds ``holm nook``, and perhaps ``nook``, in title and text."""

    version = "1"

    def __init__(self, *schools: str) -> None:
        self.schools = schools or ("holm-nook",)

    def find(self, entry: Entry) -> tuple[Match, ...]:
        title = "holm nook" in entry.title
        text = entry.title if title else entry.text
        at = text.find("holm nook")
        if at < 0 and "nook" not in text:
            return ()
        certainty = Certainty.CERTAIN if at >= 0 else Certainty.POSSIBLE
        place: Literal["title", "body"] = "title" if title else "body"
        return tuple(
            Match(
                school=school,
                certainty=certainty,
                term="holm nook",
                place=place,
                span=(max(at, 0), max(at, 0) + 9),
            )
            for school in self.schools
        )


class PlainJudge:
    """Grades by the words ``critical``, ``high``, ``medium``; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def assess(
        self, entry: Entry, window: str, *, source_kind: str = "", match: Match | None = None
    ) -> Assessment:
        self.asked.append((window, source_kind))
        if "break" in window:
            raise ZeroDivisionError(entry.text)
        severity = next((grade for grade in reversed(Severity) if grade.word in window), Severity.NONE)
        return Assessment(
            sentiment=Sentiment(compound=0.0, label="neu"),
            abuse=0.0,
            categories=tuple(category for word, category in TOPICS.items() if word in window),
            severity=severity,
            needs_response=severity >= MEDIUM,
            child_or_school_word="child" in window,
        )


def post(name: str = "p1", text: str = "holm nook medium complaint", **facts: Any) -> Entry:
    return Entry(id=name, text=text, **({"published": NOW} | facts))


def look(*entries: Entry, judge: PlainJudge | None = None, **changes: Any) -> Examined:
    facts: dict[str, Any] = {
        "source": "feed:a",
        "matcher": PlainMatcher(),
        "judge": judge or PlainJudge(),
        "source_kind": "feed",
        "install_key": KEY,
        "seen": {},
    }
    return examine(entries, **(facts | changes))


def context(*slugs: str, **changes: Any) -> Context:
    return Context(
        schools={slug: school_view(slug, settings()) for slug in slugs or ("holm-nook",)},
        source="local blog",
        **changes,
    )


def settings(**changes: Any) -> SchoolSettings:
    staff = (
        Person(role=Role.HEAD, mail="head@holmnook.example", name="Zoe Marlowe"),
        Person(role=Role.DSL, mail="dsl@holmnook.example"),
        Person(role=Role.OFFICE, mail="office@holmnook.example"),
    )
    return SchoolSettings(
        school=SchoolFacts(name="Holm Nook Community Primary School"), person=staff, **changes
    )


def plan(*entries: Entry, memory: Memory | None = None, now: Any = NOW, **changes: Any) -> Plan:
    memory = memory or Memory()
    decided = decide(look(*entries), memory.known(), context(**changes), now)
    memory.keep(decided.mentions, decided.edited, decided.incidents)
    return decided


def alerts(decided: Plan) -> list[Alert]:
    return [one.payload for one in decided.notifications if isinstance(one.payload, Alert)]


# ---------------------------------------------------------------- examine


def test_a_post_about_the_school_becomes_a_finding() -> None:
    judge = PlainJudge()
    (found,) = look(post(title="Title"), judge=judge).findings
    assert (found.school, found.match.certainty, found.assessment.severity) == (
        "holm-nook",
        Certainty.CERTAIN,
        MEDIUM,
    )
    assert found.keys == dedupe.keys("feed:a", found.entry)
    assert judge.asked == [("Title\nholm nook medium complaint", "feed")]


def test_what_matches_no_school_is_not_assessed_and_leaves_only_digests() -> None:
    judge = PlainJudge()
    examined = look(post(text="something else"), judge=judge)
    assert (examined.findings, examined.rejected, judge.asked) == ((), (), [])
    ((entry, content),) = examined.others
    assert (entry, content) == (
        dedupe.seen_digest(KEY, "feed:a", "p1"),
        dedupe.content_digest(KEY, "1", "", "something else"),
    )


def test_what_matched_nothing_before_is_passed_over_until_it_or_the_matcher_changes() -> None:
    other = post(text="something else")
    seen = dict(look(other).others)
    found: list[str] = []

    def find(entry: Entry) -> tuple[Match, ...]:
        found.append(entry.id)
        return ()

    matcher = SimpleNamespace(version="1", find=find)
    assert look(other, seen=seen, matcher=matcher) == Examined(findings=(), rejected=(), others=())
    assert found == []
    look(dataclasses.replace(other, text="edited"), seen=seen, matcher=matcher)
    look(dataclasses.replace(other, title="edited"), seen=seen, matcher=matcher)
    look(other, seen=seen, matcher=SimpleNamespace(version="2", find=find))
    look(other, seen=seen, matcher=matcher, source="feed:b")
    assert found == ["p1"] * 4


def test_a_post_about_two_schools_is_a_finding_for_each() -> None:
    examined = look(post(), matcher=PlainMatcher("holm-nook", "moss-lane"))
    assert [one.school for one in examined.findings] == ["holm-nook", "moss-lane"]
    assert examined.findings[0].keys == examined.findings[1].keys


def test_one_broken_post_costs_no_other_and_leaves_no_words() -> None:
    examined = look(
        post("a"), post("b", text="holm nook break secret words"), post("c"), post("d", text="other")
    )
    assert [one.entry.id for one in examined.findings] == ["a", "c"]
    assert len(examined.others) == 1
    (rejected,) = examined.rejected
    assert rejected.entry_id == dedupe.seen_digest(KEY, "feed:a", "b").hex()
    assert rejected.error.startswith("ZeroDivisionError at test_pipeline.py:")
    assert "secret" not in rejected.error


def test_of_a_post_that_may_not_be_quoted_no_words_are_kept_in_pieces() -> None:
    grounds = (Ground(rule="named in the body", excerpt="holm nook"),)
    found = PlainMatcher().find(post())
    matcher = SimpleNamespace(
        version="1", find=lambda entry: (dataclasses.replace(found[0], grounds=grounds),)
    )
    (kept,) = look(post(), matcher=matcher).findings
    (hidden,) = look(post(quotable=False), matcher=matcher).findings
    assert kept.match.grounds == grounds
    assert hidden.match.grounds == (Ground(rule="named in the body"),)


def test_whatever_breaks_is_caught_but_an_order_to_stop() -> None:
    def stop(entry: Entry) -> tuple[Match, ...]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        look(post(), matcher=SimpleNamespace(version="1", find=stop))


def test_the_window_keeps_the_title_and_the_words_round_the_match() -> None:
    match = Match(school="s", certainty=Certainty.CERTAIN, term="t", place="body", span=(15000, 15009))
    entry = post(title="Title", text="before " * 2000 + "x" * 1000 + " holm nook " + "after " * 2000)
    assert len(window(entry, match)) <= 2000
    assert window(entry, match).startswith("Title\n")
    assert "holm nook" in window(entry, match)
    elsewhere = dataclasses.replace(match, place="title")
    assert window(entry, elsewhere) == window(entry, None)
    assert "after" not in window(entry, None)


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [("", "text", "text"), ("title", "", "title"), ("", "", ""), ("a", "b", "a\nb")],
)
def test_the_window_of_a_short_post_is_all_of_it(title: str, text: str, expected: str) -> None:
    assert window(post(title=title, text=text), None) == expected


def test_an_endless_title_leaves_room_for_the_text() -> None:
    assert window(post(title="t" * 10_000_000, text="the text"), None).endswith("t\nthe text")


# ---------------------------------------------------------------- decide


def test_a_plan_holds_mention_story_and_mail() -> None:
    decided = plan(post())
    (mention,), (change,), (mail,) = decided.mentions, decided.incidents, decided.notifications
    assert (mention.text, mention.incident) == ("holm nook medium complaint", change.subject_key)
    assert (change.opened, change.due_at, change.clock) == (True, NOW + 24 * HOUR, "decide")
    assert (mail.incident, mail.school, mail.amends) == (change.subject_key, "holm-nook", False)
    assert alerts(decided)[0].items[0].source == "local blog"
    assert mail.not_before == NOW + 5.25 * HOUR


def test_the_policy_clock_is_the_schools_own() -> None:
    rolled = settings().model_copy(
        update={"school": SchoolFacts(name="Holm Nook School", landing="roll_forward")}
    )
    friday = NOW + timedelta(days=3)
    setting = dataclasses.replace(context(), schools={"holm-nook": school_view("holm-nook", rolled)})
    (change,) = decide(look(post()), Known(), setting, friday).incidents
    assert change.due_at == friday + timedelta(days=3)


def test_the_same_posts_again_come_to_nothing() -> None:
    memory = Memory()
    posts = [post("a"), post("b", "holm nook high data"), post("c", "nook"), post("d", "holm nook")]
    assert len(plan(*posts, memory=memory).mentions) == 4
    assert plan(*posts, memory=memory) == Plan()


def test_deciding_twice_on_the_same_knowledge_gives_the_same_plan() -> None:
    examined = look(*(post(str(number), f"holm nook high data {number}") for number in range(30)))
    assert decide(examined, Known(), context(), NOW) == decide(examined, Known(), context(), NOW)


def test_each_school_decides_for_itself() -> None:
    examined = look(post(), matcher=PlainMatcher("holm-nook", "moss-lane"))
    memory = Memory()
    first = decide(examined, Known(), context("holm-nook", "moss-lane"), NOW)
    assert Counter(one.school for one in first.incidents) == {"holm-nook": 1, "moss-lane": 1}
    assert Counter(one.school for one in first.notifications) == {"holm-nook": 1, "moss-lane": 1}
    memory.keep(first.mentions[:1], (), first.incidents[:1])
    again = decide(examined, memory.known(), context("holm-nook", "moss-lane"), NOW)
    assert [one.school for one in again.incidents] == ["moss-lane"]


def test_a_story_of_one_school_takes_in_nothing_from_another() -> None:
    memory = Memory()
    plan(post(), memory=memory)
    examined = look(post("b"), matcher=PlainMatcher("moss-lane"))
    decided = decide(examined, memory.known(), context("moss-lane"), NOW)
    assert (decided.mentions[0].duplicate_of, decided.incidents[0].opened) == (None, True)


def test_a_school_that_left_the_configuration_is_passed_over() -> None:
    assert decide(look(post()), Known(), context("moss-lane"), NOW) == Plan()


def test_rejected_posts_are_handed_on() -> None:
    rejected = (Rejected(entry_id="b", error="E"),)
    assert (
        decide(Examined(findings=(), rejected=rejected, others=()), Known(), context(), NOW).rejected
        == rejected
    )


def test_an_edit_is_assessed_again() -> None:
    memory = Memory()
    plan(post(), memory=memory)
    decided = plan(post(text="holm nook high data"), memory=memory)
    assert [one.text for one in decided.edited] == ["holm nook high data"]
    assert [one.reason for one in decided.notifications] == [Reason.WORSENED]


def test_what_may_not_be_kept_is_not() -> None:
    (mention,) = plan(post(quotable=False)).mentions
    assert mention.text == ""


def test_the_window_round_the_match_is_what_is_kept() -> None:
    (mention,) = plan(post(text="before " * 900 + "holm nook " + "after " * 900)).mentions
    assert len(mention.text) <= 2000
    assert "holm nook" in mention.text


def test_a_possible_place_alerts_only_if_the_school_wants_it() -> None:
    entry = post(text="nook critical threat child")
    assert len(plan(entry).notifications) == 1
    quiet = dataclasses.replace(
        context(),
        schools={
            "holm-nook": school_view("holm-nook", settings(thresholds=Thresholds(critical_maybe_alert=False)))
        },
    )
    decided = decide(look(entry), Known(), quiet, NOW)
    assert (len(decided.mentions), decided.notifications, decided.incidents) == (1, (), ())


# ---------------------------------------------------------------- the first look


def test_at_the_first_poll_only_what_is_young_alerts() -> None:
    posts = (
        post("young", published=NOW - 48 * HOUR),
        post("old", "holm nook high data", published=NOW - 48 * HOUR - timedelta(seconds=1)),
        post("undated", "holm nook high data 2", published=None),
        post("ahead", "holm nook high data 3", published=NOW + HOUR),
    )
    decided = plan(*posts, first_poll=True)
    assert {one.finding.entry.id: one.silent for one in decided.mentions} == {
        "young": False, "old": True, "undated": True, "ahead": False
    }  # fmt: skip
    assert len(decided.notifications) == 2
    assert not any(one.silent for one in plan(*posts).mentions)
    assert len(plan(*posts, first_poll=True, first_look=HOUR).notifications) == 1


def test_an_old_post_that_had_to_wait_at_the_first_poll_is_silent_when_it_comes() -> None:
    old = NOW - timedelta(days=9)
    decided = plan(
        post("waited", published=old, backlog=True),
        post("young", "holm nook high data", backlog=True),
        post("late", "holm nook high data 2", published=old),
    )

    assert {one.finding.entry.id: one.silent for one in decided.mentions} == {
        "waited": True, "young": False, "late": False
    }  # fmt: skip


def test_critical_posts_from_before_the_watch_are_one_mail() -> None:
    old = NOW - timedelta(days=9)
    posts = [post(str(number), f"holm nook critical threat {number}", published=old) for number in range(7)]
    decided = plan(*posts, post("high", "holm nook high data", published=old), first_poll=True)
    (alert,) = alerts(decided)
    assert alert.notes == ("Found at the start: these posts are older than the watch.",)
    assert alert.count == 7
    assert len(decided.incidents) == 1


# ---------------------------------------------------------------- floods and poison


def test_a_flood_leads_to_few_mails_with_true_numbers_and_loses_nothing() -> None:
    dice = random.Random(7)
    flood = look(*(post(f"n{number}", f"holm nook high data {_babble(dice)}") for number in range(2000)))
    true_one = look(post("real", "holm nook critical threat", published=NOW + HOUR))
    together = Examined(findings=flood.findings + true_one.findings, rejected=(), others=())
    decided = decide(together, Known(), context(), NOW)
    assert len(decided.mentions) == len(decided.incidents) == 2001
    mails = Counter(to.address for one in decided.notifications for to in one.recipients)
    assert max(mails.values()) <= 4
    (real,) = [one for one in decided.notifications if one.severity is CRITICAL]
    assert real.not_before == NOW
    assert {to.address for to in real.recipients} == {"head@holmnook.example", "dsl@holmnook.example"}
    assert sum(alert.count for alert in alerts(decided)) == 2001


def _babble(dice: random.Random) -> str:
    return " ".join("".join(dice.choices("abcdefghijklmnoprstuvwy", k=6)) for _ in range(12))


def test_a_hostile_source_cannot_take_the_place_of_another_post() -> None:
    """It copies the id, the link and the words of a post beforehand; the true one still counts."""
    memory = Memory()
    evil = post("v1", "holm nook", url="https://victim.example/1")
    decide_into(memory, look(evil, source="feed:evil"))
    victim = post("v1", "holm nook critical threat", url="https://victim.example/1")
    decided = decide_into(memory, look(victim, source="feed:good"))
    assert [one.severity for one in decided.notifications] == [CRITICAL]


def test_a_hostile_story_with_the_same_link_hides_no_critical_post() -> None:
    memory = Memory()
    decide_into(
        memory,
        look(post("v1", "holm nook critical threat", url="https://victim.example/1"), source="feed:evil"),
    )
    victim = post("v1", "holm nook critical threat in other words", url="https://victim.example/1")
    assert len(decide_into(memory, look(victim, source="feed:good")).notifications) == 1


def decide_into(memory: Memory, examined: Examined) -> Plan:
    decided = decide(examined, memory.known(), context(), NOW)
    memory.keep(decided.mentions, decided.edited, decided.incidents)
    return decided


@pytest.mark.parametrize("same", [True, False], ids=["one text", "many texts"])
def test_ten_thousand_posts_are_compared_with_few_others_each(
    *, same: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = 0

    def unlike(title: str, text: str, other_title: str, other_text: str) -> bool:
        nonlocal compared
        compared += 1
        return False

    monkeypatch.setattr(dedupe, "same", unlike)
    findings = tuple(_numbered(number, same=same) for number in range(10_000))
    decided = decide(Examined(findings=findings, rejected=(), others=()), Known(), context(), NOW)
    assert compared <= 16 * 10_000
    assert len(decided.mentions) == 10_000
    assert len(decided.incidents) == (1 if same else 10_000)
    assert len(decided.notifications) <= 4


def _numbered(number: int, *, same: bool) -> Finding:
    one = finding(f"n{number}", severity=HIGH, text="the same words" if same else f"words {number}")
    return dataclasses.replace(one, keys=dataclasses.replace(one.keys, bands=(number % 7, number)))


def test_names_are_masked_by_the_schools_own_mask() -> None:
    assert "Marlowe" not in masker(settings())("Mrs Marlowe of Holm Nook")
    assert "Holm Nook" in masker(settings())("Mrs Marlowe of Holm Nook")
    assert key("p1") == finding("p1").keys.key
