"""What is said of a story: to the right people, masked, in time, once, and never more than anyone can read."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from alerts.base import Alert, Category, NotificationKind, Reason, Role, Severity, freeze, thaw
from alerts.flood import ALONE, QUIET, Recent
from monitor.incidents import Rules, Sorted, sort
from monitor.model import Finding, Ground, IncidentChange, Known, NewNotification, OpenIncident
from monitor.settings import Person, SchoolFacts, SchoolSettings
from monitor.speech import (
    GROUNDS,
    ITEMS,
    PRESS_QUOTE,
    QUOTE,
    STORIES,
    Occasion,
    SchoolView,
    school_view,
    speak,
    window,
)
from tests.monitor.findings import NOW, Memory, a_day_later, finding, key, never_same

CRITICAL, HIGH, MEDIUM, LOW, NONE = sorted(Severity, reverse=True)
C = Category
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NIGHT = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)


def person(who: str, *roles: Role, name: str = "", names: tuple[str, ...] = ()) -> Person:
    return Person(roles=roles, mail=f"{who}@holmnook.example", name=name, names=names)


STAFF = (
    person("head", Role.HEAD, name="Zoe Marlowe"),
    person("dsl", Role.DSL, name="Priya Sandhu"),
    person("ddsl", Role.DEPUTY_DSL),
    person("chair", Role.CHAIR),
    person("office", Role.OFFICE),
    person("dpo", Role.DPO),
    person("senco", Role.SENCO),
    person("tech", Role.TECHNICIAN),
)


def view(*persons: Person, recent: Recent = QUIET, **school: Any) -> SchoolView:
    facts = SchoolFacts(
        name="Holm Nook Community Primary School", locality=("Ribbleton", "Preston"), **school
    )
    settings = SchoolSettings(school=facts, person=persons or STAFF, routes={"police": "999 or 101"})
    return school_view("holm-nook", settings, recent=recent)


SCHOOL = view()


def sorted_in(memory: Memory, findings: Sequence[Finding], **changes: Any) -> Sorted:
    facts: dict[str, Any] = {
        "now": NOW,
        "same": never_same,
        "text": window,
        "due": a_day_later,
    }
    return sort(findings, memory.known(), Rules(**(facts | changes)))


def say(
    *findings: Finding,
    memory: Memory | None = None,
    school: SchoolView = SCHOOL,
    now: datetime = NOW,
    wait: timedelta = timedelta(),
    **changes: Any,
) -> tuple[NewNotification, ...]:
    """What is said of these posts; ``memory`` remembers them."""
    memory = Memory() if memory is None else memory
    outcome = sorted_in(memory, findings, now=now, **changes)
    said = speak(
        outcome.moves, memory.known(), school, Occasion(now=now, source="local blog", group_wait=wait)
    )
    memory.keep(outcome.mentions, outcome.edited, (move.change for move in outcome.moves))
    for one in said:
        _let_wait(memory, one)
    return said


def _let_wait(memory: Memory, one: NewNotification) -> None:
    """As the database does: what was said waits, and may grow, until somebody takes it."""
    assert one.incident is not None
    memory.stories[one.incident] = dataclasses.replace(memory.stories[one.incident], pending=alert(one))


def lease(memory: Memory) -> None:
    for name, story in memory.stories.items():
        memory.stories[name] = dataclasses.replace(story, pending=None)


def alert(one: NewNotification) -> Alert:
    assert isinstance(one.payload, Alert)
    return one.payload


def only(said: Sequence[NewNotification]) -> NewNotification:
    (one,) = said
    return one


def told(one: NewNotification) -> set[str]:
    return {recipient.address.partition("@")[0] for recipient in one.recipients}


def mails(said: Iterable[NewNotification]) -> Counter[str]:
    return Counter(recipient for one in said for recipient in told(one))


# ---------------------------------------------------------------- one story


def test_an_alert_holds_everything_that_is_needed_to_decide() -> None:
    post = finding(
        "p1",
        severity=HIGH,
        title="A title",
        text="What they wrote about holm nook today",
        url="https://forum.example/1",
        categories=(C.COMPLAINT_GENERAL, C.QUERY_INFO),
        grounds=(Ground(rule="A complaint in strong words", excerpt="they wrote"), Ground(rule="Capitals")),
    )
    one = only(say(post))
    assert (one.school, one.incident, one.kind) == ("holm-nook", key("p1"), NotificationKind.ALERT)
    assert (one.reason, one.severity, one.amends) == (Reason.FIRST, HIGH, False)
    said = alert(one)
    assert (said.school, said.short) == ("Holm Nook Community Primary School", "Holm Nook")
    assert (said.severity, said.category, said.reason) == (HIGH, C.COMPLAINT_GENERAL, Reason.FIRST)
    assert said.categories == (C.COMPLAINT_GENERAL, C.QUERY_INFO)
    assert (said.count, said.clock, said.due_at, said.zone) == (1, "decide", NOW + 24 * HOUR, "Europe/London")
    assert (said.told, said.restricted, said.notes, said.stories) == ((Role.HEAD,), False, (), 1)
    assert said.phones == {"police": "999 or 101"}
    assert said.grounds == (
        "A complaint in strong words: “they wrote”",
        "Capitals",
        "Names the school: “holm nook”",
    )
    (item,) = said.items
    assert (item.mention, item.source, item.title) == (key("p1"), "local blog", "A title")
    assert (item.excerpt, item.url) == ("What they wrote about holm nook today", "https://forum.example/1")
    assert (item.seen_at, item.published, item.severity) == (NOW, NOW, HIGH)
    assert (item.certain, item.link_withheld) == (True, False)


def test_a_payload_survives_the_database() -> None:
    said = alert(only(say(finding())))
    assert thaw(NotificationKind.ALERT, freeze(NotificationKind.ALERT, said)) == said


def test_names_are_masked_wherever_they_stand() -> None:
    post = finding(
        title="Mrs Marlowe again",
        text="zoe marlowe shouted at my son Rafferty",
        grounds=(Ground(rule="Shouting", excerpt="marlowe shouted at my son Rafferty"),),
        severity=HIGH,
    )
    said = alert(only(say(post)))
    shown = f"{said.items[0].title} {said.items[0].excerpt} {said.grounds}".casefold()
    assert "marlowe" not in shown
    assert "rafferty" not in shown
    assert "shouted" in shown


def test_a_quote_is_short_and_that_of_the_press_is_shorter() -> None:
    long = "holm nook " + "word " * 300
    assert QUOTE - 20 < len(alert(only(say(finding(text=long)))).items[0].excerpt) <= QUOTE
    press = alert(only(say(finding(text=long, kind="article")))).items[0].excerpt
    assert PRESS_QUOTE - 20 < len(press) <= PRESS_QUOTE


def test_a_quote_shows_the_words_the_grade_rests_on() -> None:
    text = "Opening words. " + "filler " * 100 + "they LOCKED the door on him " + "filler " * 100
    said = alert(
        only(say(finding(text=text, grounds=(Ground(rule="Locked in", excerpt="locked the door"),))))
    )
    assert "LOCKED the door" in said.items[0].excerpt
    assert said.items[0].excerpt.startswith("…")
    plain = alert(only(say(finding(text=text, grounds=(Ground(rule="Locked in", excerpt="not there"),)))))
    assert plain.items[0].excerpt.startswith("Opening words")
    named = alert(only(say(finding(text="filler " * 100 + "at HOLM NOOK " + "filler " * 100))))
    assert "HOLM NOOK" in named.items[0].excerpt


def test_only_the_window_of_a_long_post_is_shown() -> None:
    post = finding(text="first " + "word " * 2000 + "last")
    assert len(window(post)) <= 2000
    body = dataclasses.replace(post, match=dataclasses.replace(post.match, span=(9990, 9999)))
    assert window(body).endswith("last")
    title = dataclasses.replace(body, match=dataclasses.replace(body.match, place="title"))
    assert window(title).startswith("first")


def test_what_may_not_be_quoted_is_not() -> None:
    (item,) = alert(only(say(finding(title="A title", quotable=False, url="https://a.example/1")))).items
    assert (item.title, item.excerpt, item.url) == ("", "", "https://a.example/1")


def test_the_link_is_withheld_where_imagery_of_a_child_is_suspected() -> None:
    (item,) = alert(only(say(finding(severity=CRITICAL, imagery=True, url="https://a.example/1")))).items
    assert (item.url, item.link_withheld) == ("", True)


def test_long_titles_and_many_grounds_are_cut() -> None:
    grounds = tuple(Ground(rule=f"Rule {number}", excerpt="x " * 200) for number in range(20))
    said = alert(only(say(finding(title="word " * 200, grounds=grounds))))
    assert len(said.items[0].title) <= 120
    assert said.grounds[-2].startswith("Rule 3")
    assert said.grounds[-1].startswith("Names the school")
    assert len(said.grounds) < GROUNDS
    assert all(len(line) < 200 for line in said.grounds)


def test_it_is_told_why_a_post_is_taken_to_be_ours() -> None:
    post = finding()
    named = tuple(
        Ground(rule=rule) for rule in ("named in the body", "several schools have this name", "a third")
    )
    post = dataclasses.replace(post, match=dataclasses.replace(post.match, grounds=named))
    assert alert(only(say(post))).grounds == ("Named in the body", "Several schools have this name")


def test_a_story_shows_its_gravest_posts_each_text_once_and_its_true_number() -> None:
    flood = [finding(f"n{number}", thread="t", text=f"text {number % 8}") for number in range(40)]
    said = alert(only(say(*flood, finding("worst", severity=HIGH, thread="t"))))
    assert said.count == 41
    assert len(said.items) == ITEMS
    assert said.items[0].mention == key("worst")
    assert len({item.excerpt for item in said.items}) == ITEMS


# ---------------------------------------------------------------- to whom


def test_safeguarding_is_restricted_and_goes_to_the_leads() -> None:
    one = only(say(finding(severity=CRITICAL, categories=(C.CHILD_SAFEGUARDING,))))
    assert told(one) == {"head", "dsl", "ddsl"}
    assert alert(one).restricted
    assert alert(one).told == (Role.HEAD, Role.DSL, Role.DEPUTY_DSL)


def test_nobody_is_told_of_a_post_about_themselves_whether_in_title_or_text() -> None:
    allegation: dict[str, Any] = {"severity": CRITICAL, "categories": (C.STAFF_ALLEGATION,)}
    assert told(only(say(finding(title="Mrs Marlowe", **allegation)))) == {"chair", "dsl"}
    assert told(only(say(finding(text="Mrs Marlowe hit him", **allegation)))) == {"chair", "dsl"}
    assert told(only(say(finding(text="Mrs Marlowe hit him", quotable=False, **allegation)))) == {
        "chair",
        "dsl",
    }


def test_what_the_story_said_before_still_counts() -> None:
    memory = Memory()
    say(finding("first", text="Mrs Marlowe is useless", thread="t", severity=MEDIUM), memory=memory)
    say(finding("small", severity=NONE), memory=memory)
    lease(memory)
    one = only(say(finding("second", thread="t", severity=HIGH), memory=memory))
    assert told(one) == {"chair"}


def test_a_story_is_told_to_nobody_if_the_school_has_nobody() -> None:
    assert say(finding(), school=view(person("tech", Role.TECHNICIAN))) == ()


def test_a_last_resort_is_confessed() -> None:
    one = only(say(finding(severity=CRITICAL), school=view(person("office", Role.OFFICE))))
    assert alert(one).notes[-1].startswith("Nobody else could be told")


def test_an_uncertain_place_is_marked_and_told_to_the_leads_if_a_child_or_school_word_is_there() -> None:
    facts: dict[str, Any] = {"severity": CRITICAL, "certain": False, "categories": (C.THREAT_VIOLENCE,)}
    leads = only(say(finding(word=True, **facts)))
    assert told(leads) == {"head", "dsl", "ddsl"}
    assert not alert(leads).items[0].certain
    assert leads.not_before == NOW
    assert told(only(say(finding(word=False, **facts)))) == {"head"}


# ---------------------------------------------------------------- when


def test_critical_goes_out_at_once_at_night_and_the_rest_waits() -> None:
    posts = {severity: only(say(finding(severity=severity, needs=True), now=NIGHT)) for severity in Severity}
    assert posts[CRITICAL].not_before == NIGHT
    assert posts[HIGH].not_before == NIGHT + 5 * HOUR
    assert posts[MEDIUM].not_before == NIGHT + 5.5 * HOUR
    assert posts[LOW].not_before == NIGHT + 5.5 * HOUR


def test_all_but_critical_wait_a_little_for_company() -> None:
    assert only(say(finding(severity=CRITICAL), wait=5 * MINUTE)).not_before == NOW
    assert only(say(finding(severity=HIGH), wait=5 * MINUTE)).not_before == NOW + 5 * MINUTE
    assert only(say(finding(severity=HIGH), wait=5 * MINUTE, now=NIGHT)).not_before == NIGHT + 5 * HOUR


def test_no_wait_for_company_leads_into_the_night() -> None:
    evening = NOW.replace(hour=20, minute=57)
    assert only(say(finding(severity=HIGH), wait=5 * MINUTE, now=evening)).not_before == evening
    earlier = evening - 5 * MINUTE
    assert only(say(finding(severity=HIGH), wait=5 * MINUTE, now=earlier)).not_before == evening


def test_a_comment_that_has_waited_already_does_not_wait_for_a_bundle() -> None:
    late = finding(severity=LOW, needs=True, own=True, published=NOW - 16 * HOUR)
    fresh = finding(severity=LOW, needs=True, own=True, published=NOW)
    assert only(say(late)).not_before == NOW
    assert only(say(fresh)).not_before == NOW + 5.25 * HOUR


# ---------------------------------------------------------------- again


def test_nothing_is_said_of_what_only_repeats() -> None:
    memory = Memory()
    say(finding("first", text="same words"), memory=memory)
    lease(memory)
    assert say(finding("second", text="same words"), memory=memory) == ()


def test_what_still_waits_grows_instead() -> None:
    memory = Memory()
    first = only(say(finding("first", thread="t"), memory=memory))
    grown = only(say(finding("second", thread="t"), memory=memory))
    assert (grown.amends, grown.incident, grown.reason) == (True, key("first"), Reason.FIRST)
    assert grown.recipients == first.recipients
    assert alert(grown).count == 2
    assert [item.mention for item in alert(grown).items] == [key("first"), key("second")]


def test_what_waits_can_become_graver_for_the_same_people() -> None:
    memory = Memory()
    say(finding("first", thread="t", grounds=(Ground(rule="Mild"),)), memory=memory)
    worse = finding("second", thread="t", severity=HIGH, grounds=(Ground(rule="Grave"),), needs=True)
    grown = only(say(worse, memory=memory))
    assert (grown.amends, grown.severity, grown.reason) == (True, HIGH, Reason.FIRST)
    assert [item.mention for item in alert(grown).items] == [key("second"), key("first")]
    assert alert(grown).grounds == ("Grave", "Names the school: “holm nook”", "Mild")
    assert alert(grown).notes == ()
    assert grown.not_before == NOW


def test_milder_grounds_come_after_what_waited_and_nothing_is_shown_twice() -> None:
    memory = Memory()
    say(finding("first", thread="t", text="same words", grounds=(Ground(rule="First"),)), memory=memory)
    more = [
        finding(f"n{number}", thread="t", text="same words", grounds=(Ground(rule="Later"),))
        for number in (1, 2)
    ]
    grown = alert(only(say(*more, memory=memory)))
    assert grown.grounds == ("First", "Names the school: “holm nook”", "Later")
    assert [item.mention for item in grown.items] == [key("first")]
    assert grown.count == 3


def test_an_amended_alert_shows_no_more_than_others() -> None:
    memory = Memory()
    say(*(finding(f"a{number}", thread="t") for number in range(4)), memory=memory)
    grown = only(say(*(finding(f"b{number}", thread="t") for number in range(4)), memory=memory))
    assert len(alert(grown).items) == ITEMS
    assert alert(grown).count == 8


def test_what_waits_for_others_is_left_alone() -> None:
    """Who is about to get the old alert must not get the new words, and the other way round."""
    memory = Memory()
    say(finding("first", thread="t"), memory=memory)
    worse = only(
        say(
            finding("second", thread="t", severity=CRITICAL, categories=(C.CHILD_SAFEGUARDING,)),
            memory=memory,
        )
    )
    assert (worse.amends, worse.reason) == (False, Reason.WORSENED)
    assert told(worse) == {"head", "dsl", "ddsl"}
    assert [item.mention for item in alert(worse).items] == [key("second")]
    assert alert(worse).notes == ("Graver than before: the story was medium.",)


def test_who_was_left_out_is_not_added_to_what_waits() -> None:
    memory = Memory()
    first = only(say(finding("first", thread="t", severity=HIGH), memory=memory))
    assert told(first) == {"head"}
    assert (
        say(finding("second", text="Mrs Marlowe is useless", thread="t", severity=HIGH), memory=memory) == ()
    )


def test_who_is_meant_by_the_new_words_does_not_get_them_with_the_old() -> None:
    """The roles are the same, the people are not."""
    memory, school = Memory(), view(person("a", Role.DSL), person("b", Role.DSL, names=("Brown",)))
    facts: dict[str, Any] = {"thread": "t", "severity": CRITICAL, "categories": (C.CHILD_SAFEGUARDING,)}
    first = only(say(finding("first", **facts), memory=memory, school=school))
    assert told(first) == {"a", "b"}
    second = only(say(finding("second", text="Brown did it", **facts), memory=memory, school=school))
    assert (second.amends, told(second)) == (False, {"a"})
    third = only(say(finding("third", text="Brown again", **facts), memory=memory, school=school))
    assert (third.amends, told(third)) == (True, {"a"})


def test_an_alert_about_many_stories_does_not_grow() -> None:
    memory = Memory()
    waiting = alert(only(say(finding("first", thread="t"), memory=memory)))
    story = memory.stories[key("first")]
    memory.stories[key("first")] = dataclasses.replace(story, pending=dataclasses.replace(waiting, stories=2))
    assert say(finding("second", thread="t"), memory=memory) == ()


def test_an_edit_that_changes_nothing_amends_nothing() -> None:
    memory = Memory()
    say(finding("first"), memory=memory)
    edited = dataclasses.replace(
        finding("first"), keys=dataclasses.replace(finding("first").keys, content="new")
    )
    assert say(edited, memory=memory) == ()


def test_growth_and_worsening_are_told_with_their_reason() -> None:
    memory = Memory()
    say(finding("first", text="same words"), memory=memory)
    lease(memory)
    grew = only(say(*(finding(f"n{number}", text="same words") for number in range(9)), memory=memory))
    assert (grew.reason, alert(grew).reason, alert(grew).count) == (Reason.GREW, Reason.GREW, 10)
    lease(memory)
    worse = only(say(finding("rude", text="same words", severity=HIGH), memory=memory))
    assert (worse.reason, alert(worse).reason, alert(worse).severity) == (
        Reason.WORSENED,
        Reason.WORSENED,
        HIGH,
    )


def test_another_comment_that_needs_an_answer_is_told() -> None:
    memory = Memory()
    say(finding("first", own=True, thread="t"), memory=memory)
    lease(memory)
    one = only(say(finding("second", own=True, thread="t"), memory=memory))
    assert one.reason is Reason.GREW
    assert alert(one).notes == ("Another comment on the school's own account needs an answer.",)


def test_the_first_comment_is_not_called_another() -> None:
    assert alert(only(say(finding("first", own=True)))).notes == ()


def test_another_comment_is_told_though_thanks_came_with_it() -> None:
    memory = Memory()
    say(finding("first", own=True, thread="t"), memory=memory)
    lease(memory)
    thanks = finding("thanks", own=True, thread="t", severity=NONE)
    assert alert(only(say(finding("second", own=True, thread="t"), thanks, memory=memory))).notes


def test_posts_that_may_not_be_quoted_are_all_shown() -> None:
    memory = Memory()
    hidden = [
        finding(name, thread="t", quotable=False, url=f"https://a.example/{name}") for name in ("a", "b")
    ]
    say(hidden[0], memory=memory)
    assert len(alert(only(say(hidden[1], memory=memory))).items) == 2


def test_short_posts_that_read_alike_are_all_shown() -> None:
    short = [dataclasses.replace(one, keys=dataclasses.replace(one.keys, text="")) for one in
             (finding("a", thread="t", text="no"), finding("b", thread="t", text="no"))]  # fmt: skip
    assert len(alert(only(say(*short))).items) == 2


def test_one_child_or_school_word_is_enough_for_the_leads() -> None:
    facts: dict[str, Any] = {
        "severity": CRITICAL,
        "certain": False,
        "thread": "t",
        "categories": (C.THREAT_VIOLENCE,),
    }
    assert told(only(say(finding("a", **facts), finding("b", word=True, **facts)))) == {"head", "dsl", "ddsl"}


def test_the_oldest_of_a_story_decides_how_long_it_may_wait() -> None:
    facts: dict[str, Any] = {"severity": LOW, "needs": True, "own": True, "thread": "t"}
    old = finding("old", published=NOW - 10 * HOUR, **facts)
    assert only(say(old, finding("new", published=NOW, **facts))).not_before == NOW


def test_what_was_found_at_the_start_says_so() -> None:
    posts = [finding(name, severity=CRITICAL) for name in ("a", "b")]
    one = only(say(*posts, quiet={one.keys.key for one in posts}))
    assert alert(one).notes == ("Found at the start: these posts are older than the watch.",)
    assert len(alert(one).items) == alert(one).count == 2


# ---------------------------------------------------------------- floods


def test_few_stories_are_told_one_by_one() -> None:
    said = say(*(finding(f"n{number}") for number in range(ALONE + 1)))
    assert len(said) == ALONE + 1
    assert {alert(one).stories for one in said} == {1}


def test_many_stories_are_three_mails_and_one_about_the_rest() -> None:
    said = say(*(finding(f"n{number:04}", severity=HIGH) for number in range(200)))
    assert mails(said) == {"head": 4}
    *single, rest = said
    assert {alert(one).stories for one in single} == {1}
    assert (alert(rest).stories, alert(rest).count, len(alert(rest).items)) == (197, 197, STORIES)
    assert alert(rest).notes[0] == "197 stories came at once; this mail lists the 20 gravest of them."
    assert rest.incident is not None


def test_a_mail_about_several_stories_lists_the_gravest_first_and_names_the_earliest_time() -> None:
    posts = [finding(f"n{number}", severity=HIGH) for number in range(3)]
    rest = [
        finding(
            "low",
            severity=LOW,
            needs=True,
            own=True,
            published=NOW - 5 * HOUR,
            categories=(C.SEND_INCLUSION,),
        ),
        finding("medium", severity=MEDIUM, thread="t", categories=(C.SEND_INCLUSION,)),
        finding("answer", severity=MEDIUM, thread="t", published=NOW + MINUTE),
    ]
    school = view(person("head", Role.HEAD))
    *_, last = say(*posts, *rest, school=school)
    said = alert(last)
    assert [item.severity for item in said.items] == [MEDIUM, LOW]
    assert (said.stories, said.count, said.due_at) == (2, 3, NOW + 19 * HOUR)
    assert (said.severity, said.category) == (MEDIUM, C.SEND_INCLUSION)
    assert said.categories == (C.COMPLAINT_GENERAL, C.SEND_INCLUSION)
    assert said.notes == ("2 stories came at once; this mail lists all of them.",)
    assert last.not_before == NOW + 5.25 * HOUR
    assert said.told == (Role.HEAD,)


def test_the_mail_about_the_rest_goes_out_when_the_most_urgent_of_it_would() -> None:
    school = view(person("head", Role.HEAD))
    posts = [finding(f"n{number}", severity=HIGH) for number in range(4)]
    *_, last = say(*posts, finding("m", severity=MEDIUM), school=school)
    assert alert(last).stories == 2
    assert last.not_before == NOW


def test_everybody_reads_only_what_is_theirs() -> None:
    posts = [
        finding(f"h{number}", severity=HIGH, categories=(C.IMPERSONATION_MISUSE,)) for number in range(3)
    ]
    safe = [finding(f"s{number}", severity=MEDIUM, categories=(C.CHILD_SAFEGUARDING,)) for number in range(2)]
    query = [
        finding(f"q{number}", severity=LOW, needs=True, categories=(C.QUERY_INFO,)) for number in range(2)
    ]
    send = [finding("x", severity=MEDIUM, categories=(C.SEND_INCLUSION,))]
    folded = say(*posts, *safe, *query, *send)[ALONE:]
    by_person = {name: alert(one) for one in folded for name in told(one)}
    assert mails(folded) == dict.fromkeys(["head", "dsl", "ddsl", "office", "senco"], 1)
    assert {name: said.stories for name, said in by_person.items()} == {
        "head": 3, "dsl": 2, "ddsl": 2, "office": 2, "senco": 1
    }  # fmt: skip
    assert {name for name, said in by_person.items() if said.restricted} == {"head", "dsl", "ddsl"}
    assert by_person["office"].categories == (C.QUERY_INFO,)
    assert by_person["senco"].notes == ()


def test_a_critical_story_about_something_else_is_always_told_by_itself() -> None:
    flood = [
        finding(f"n{number:04}", severity=CRITICAL, categories=(C.THREAT_VIOLENCE,)) for number in range(300)
    ]
    other = finding("other", severity=CRITICAL, categories=(C.PRIVACY_DATA_BREACH,), published=NOW + HOUR)
    third = finding("third", severity=CRITICAL, categories=(C.EXTREMISM_PREVENT,), published=NOW + HOUR)
    fourth = finding("fourth", severity=CRITICAL, categories=(C.PUPIL_BULLYING,), published=NOW + HOUR)
    said = say(*flood, other, third, fourth, school=view(*STAFF, recent=told_lately(9)))
    single = {one.incident for one in said if alert(one).stories == 1}
    assert {key("other"), key("third"), key("fourth")} < single
    assert len(single) == 4
    assert mails(said)["head"] == 5


def test_one_kind_of_story_does_not_bury_another_as_grave() -> None:
    flood = [finding(f"n{number:04}", severity=HIGH, published=NOW - HOUR) for number in range(30)]
    other = finding("other", severity=HIGH, categories=(C.IMPERSONATION_MISUSE,))
    single = {one.incident for one in say(*flood, other) if alert(one).stories == 1}
    assert key("other") in single
    assert len(single) == ALONE


def test_a_flood_of_small_things_does_not_hold_up_a_grave_one() -> None:
    flood = [finding(f"n{number:04}", severity=HIGH) for number in range(300)]
    said = say(*flood, finding("grave", severity=CRITICAL, published=NOW + HOUR))
    assert (said[0].incident, said[0].not_before) == (key("grave"), NOW)
    assert mails(said)["head"] == 4


def told_lately(*minutes: int, stories: int = 0, kind: Category | None = None) -> Recent:
    """What the head was told of so many minutes ago, all from the source of the posts."""
    times = tuple(sorted(NOW - ago * MINUTE for ago in minutes))
    critical = frozenset({(kind, "local blog")} if kind else ())
    return Recent(mails={"head@holmnook.example": times}, stories=stories or len(minutes), critical=critical)


def test_who_is_away_on_that_day_of_the_school_is_replaced() -> None:
    head = Person(
        role=Role.HEAD,
        mail="head@holmnook.example",
        substitute="deputy_dsl",
        away=((date(2026, 11, 25),) * 2,),
    )
    school = view(head, *STAFF[1:])
    post = finding("n1", severity=HIGH, categories=(C.PUPIL_BULLYING,))
    last_minute = datetime(2026, 11, 25, 23, 59, tzinfo=UTC)
    assert told(only(say(post, school=school, now=last_minute))) == {"ddsl"}
    assert told(only(say(post, school=school, now=last_minute + MINUTE))) == {"head"}


def test_what_was_told_in_the_last_hour_counts() -> None:
    posts = [finding(f"n{number}", severity=HIGH) for number in range(5)]
    assert len(say(*posts, school=view(*STAFF, recent=told_lately(5, 5)))) == 2
    third = say(*posts, school=view(*STAFF, recent=told_lately(5, 5, 5)))
    assert [(alert(one).stories, one.not_before) for one in third] == [(5, NOW)]


def test_who_was_told_enough_hears_of_the_rest_together_when_the_hour_is_over() -> None:
    posts = [finding(f"n{number}", severity=HIGH) for number in range(5)]
    said = only(say(*posts, school=view(*STAFF, recent=told_lately(50, 40, 30, 20))))
    assert (alert(said).stories, said.not_before) == (5, NOW + 10 * MINUTE)


def test_a_flood_that_goes_on_holds_back_its_own_critical_stories_and_no_others() -> None:
    flood = [
        finding(f"n{number:02}", severity=CRITICAL, categories=(C.THREAT_VIOLENCE,)) for number in range(30)
    ]
    other = finding("other", severity=CRITICAL, categories=(C.PRIVACY_DATA_BREACH,), published=NOW + HOUR)
    crowd = told_lately(5, 5, 5, 5, stories=99, kind=C.THREAT_VIOLENCE)
    school = view(person("head", Role.HEAD), recent=crowd)
    alone, held = say(*flood, other, school=school)
    assert (alone.incident, alone.not_before) == (key("other"), NOW)
    assert (alert(held).stories, held.not_before) == (30, NOW + 55 * MINUTE)
    elsewhere = dataclasses.replace(crowd, critical=frozenset({(C.THREAT_VIOLENCE, "another place")}))
    first, rest = say(*flood, school=view(person("head", Role.HEAD), recent=elsewhere))
    assert (alert(first).stories, alert(rest).stories) == (1, 29)
    assert {first.not_before, rest.not_before} == {NOW}


def test_a_few_critical_stories_within_an_hour_are_no_flood() -> None:
    crowd = told_lately(5, 5, 5, 5, kind=C.THREAT_VIOLENCE)
    posts = [finding(f"n{number}", severity=CRITICAL, categories=(C.THREAT_VIOLENCE,)) for number in range(9)]
    said = say(*posts, school=view(person("head", Role.HEAD), recent=crowd))
    assert {one.not_before for one in said} == {NOW}


def test_nobody_waits_because_somebody_else_was_told_enough() -> None:
    posts = [finding(f"n{number}", severity=HIGH, categories=(C.CHILD_SAFEGUARDING,)) for number in range(5)]
    said = say(*posts, school=view(*STAFF, recent=told_lately(5, 5, 5, 5)))
    assert {name: one.not_before for one in said for name in told(one)} == {
        "head": NOW + 55 * MINUTE,
        "dsl": NOW,
        "ddsl": NOW,
    }


def test_what_grows_adds_no_mail_to_a_flood() -> None:
    memory = Memory()
    say(finding("first", thread="t", severity=HIGH), memory=memory)
    said = say(
        *(finding(f"n{number}", severity=HIGH) for number in range(9)),
        finding("more", thread="t"),
        memory=memory,
    )
    assert [one.amends for one in said].count(True) == 1
    assert len(said) == 5


def test_a_story_of_another_school_does_not_matter() -> None:
    change = IncidentChange(
        school="x", subject_key="k", opened=True, severity=HIGH, category=C.QUERY_INFO, categories=(),
        certain=True, count=1, grown_to=0, clock="", due_at=None,
    )  # fmt: skip
    memory = Memory()
    memory.put_story(change)
    assert isinstance(memory.stories["k"], OpenIncident)
    assert speak((), Known(), SCHOOL, Occasion(now=NOW, source="s", group_wait=HOUR)) == ()
