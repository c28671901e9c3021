"""The week's facts are right at its edges, survive the purge, and name every hour in which nobody looked."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import false

from alerts.base import Category, Severity
from monitor.facts import BlindSpell, WeekFacts
from monitor.model import Plan, SourceTask
from monitor.store import Store, digests, incidents, mentions, outbox, polls
from monitor.store.purge import purge
from monitor.store.tables import tally
from sources.base import Batch
from tests.monitor.store.given import (
    QUARTER,
    SLUG,
    change,
    finding,
    mention,
    put,
    spec,
    told,
    watched,
)
from tests.torture.mutants import patched

LONDON = ZoneInfo("Europe/London")
START = datetime(2026, 11, 23, tzinfo=LONDON)
END = datetime(2026, 11, 30, tzinfo=LONDON)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def _facts(store: Store, start: datetime = START, end: datetime = END) -> WeekFacts:
    with store.read() as tx:
        return digests.week_facts(tx, SLUG, start, end)


def _ok(store: Store, task: SourceTask, now: datetime) -> None:
    with store.write() as tx:
        polls.record_unchanged(
            tx, [polls.Unchanged(source_id=task.id, checkpoint={}, now=now, next_poll_at=now)]
        )


def _seen_every_quarter(store: Store, task: SourceTask, start: datetime, end: datetime) -> None:
    while start < end:
        _ok(store, task, start)
        start += QUARTER


def _fail(store: Store, task: SourceTask, now: datetime) -> None:
    with store.write() as tx:
        polls.record_failure(
            tx,
            task,
            kind="Unreachable",
            message="no answer",
            remedy="wait",
            http_status=None,
            now=now,
            next_poll_at=now,
        )


def test_an_empty_week_is_told_as_such(store: Store) -> None:
    watched(store, now=END)
    facts = _facts(store)
    assert (facts.mentions, facts.open, facts.closed, facts.owed, facts.entries, facts.dead) == (
        (),
        (),
        (),
        (),
        0,
        0,
    )
    assert facts.severity_by_week == (tuple((severity, 0) for severity in Severity),) * 4
    assert [status.name for status in facts.sources] == ["local blog"]


def test_a_week_begins_with_its_first_instant_and_ends_before_its_last(store: Store) -> None:
    task = watched(store, now=START)
    for name, at in [
        ("before", START - timedelta(microseconds=1)),
        ("first", START),
        ("last", END - timedelta(microseconds=1)),
        ("after", END),
    ]:
        put(store, Plan(mentions=(mention(finding(name)),)), task, now=at)
    facts = _facts(store)
    assert [row.key for row in facts.mentions] == ["first", "last"]
    assert facts.entries == 2


def test_the_four_weeks_before_are_counted_latest_first_by_the_local_clock(store: Store) -> None:
    task = watched(store, now=START)
    begins = datetime(2026, 10, 26, tzinfo=LONDON)  # the Monday after the clocks went back
    for name, at, severity in [
        ("w1", begins - 3 * DAY, Severity.LOW),
        ("w2", begins - 8 * DAY, Severity.HIGH),
        # Midnight of the local Monday is eleven in the evening in Greenwich.
        ("w2b", datetime(2026, 10, 11, 23, tzinfo=UTC), Severity.HIGH),
        ("w4", datetime(2026, 9, 27, 23, tzinfo=UTC), Severity.NONE),
        ("too old", datetime(2026, 9, 27, 22, 59, tzinfo=UTC), Severity.NONE),
    ]:
        put(store, Plan(mentions=(mention(finding(name, severity=severity)),)), task, now=at)
    weeks = [dict(week) for week in _facts(store, begins, begins + 7 * DAY).severity_by_week]
    assert [(week[Severity.NONE], week[Severity.LOW], week[Severity.HIGH]) for week in weeks] == [
        (0, 1, 0),
        (0, 0, 2),
        (0, 0, 0),
        (1, 0, 0),
    ]


def test_what_was_purged_still_counts(store: Store) -> None:
    task = watched(store, now=START)
    put(store, Plan(mentions=(mention(finding("kept")),)), task, now=START - DAY)
    with store.write() as tx:
        tx.connection.execute(
            tally.insert(),
            [
                {
                    "school_id": 1,
                    "hour": START - 2 * DAY,
                    "severity": Severity.HIGH,
                    "category": category,
                    "tone": "neg",
                    "mentions": many,
                }
                for category, many in [(Category.THREAT_VIOLENCE.value, 2), (None, 3)]
            ],
        )
    facts = _facts(store)
    assert dict(facts.severity_by_week[0])[Severity.HIGH] == 6
    assert facts.category_last_week == ((Category.THREAT_VIOLENCE, 2), (Category.STAFF_ABUSE_HARASSMENT, 1))


def _put_kinds(store: Store, seen: datetime) -> None:
    """Five grave posts of a week ago, of which three are, somehow, about safeguarding or an allegation."""
    kinds: list[tuple[Category, ...]] = [
        (Category.COMPLAINT_GENERAL,),
        (),
        (Category.CHILD_SAFEGUARDING,),
        (Category.STAFF_ALLEGATION, Category.COMPLAINT_GENERAL),
        (Category.COMPLAINT_GENERAL, Category.CHILD_SAFEGUARDING),
    ]
    task = watched(store, now=seen)
    posts = [mention(finding(f"k{number}", categories=kind)) for number, kind in enumerate(kinds)]
    put(store, Plan(mentions=tuple(posts)), task, now=seen)


def _grave(store: Store) -> tuple[int, int]:
    """Grave posts of the week before: all, and those of which governors may read the number."""
    facts = _facts(store)
    weeks = facts.severity_by_week[0], facts.unrestricted_by_week[0]
    return dict(weeks[0])[Severity.HIGH], dict(weeks[1])[Severity.HIGH]


def test_for_governors_nothing_restricted_is_counted_in_any_week(store: Store) -> None:
    _put_kinds(store, START - DAY)
    assert _grave(store) == (5, 2)
    assert len(_facts(store).unrestricted_by_week) == 4


def test_nor_after_the_posts_were_purged(store: Store) -> None:
    _put_kinds(store, START - DAY)
    with store.write() as tx:
        purge(tx, START + 370 * DAY)
        assert mentions.listing(tx) == ()
    assert _grave(store) == (5, 2)


def test_the_governors_numbers_find_a_deliberate_break(store: Store) -> None:
    _put_kinds(store, START - DAY)
    with patched((digests, "_HIDDEN", false())):
        assert _grave(store) == (5, 5)


def test_a_purged_threat_may_have_been_about_a_child_and_is_left_out_for_governors(store: Store) -> None:
    watched(store, now=START)
    sort = {"school_id": 1, "hour": START - DAY, "severity": Severity.HIGH, "tone": "neg"}
    with store.write() as tx:
        threats = sort | {"category": Category.THREAT_VIOLENCE.value, "mentions": 2}
        tx.connection.execute(tally.insert(), [threats, sort | {"category": None, "mentions": 3}])
    assert _grave(store) == (5, 3)


def test_what_is_about_safeguarding_too_counts_as_safeguarding(store: Store) -> None:
    task = watched(store, now=START)
    both = finding("k1", categories=(Category.THREAT_VIOLENCE, Category.CHILD_SAFEGUARDING))
    put(store, Plan(mentions=(mention(both),)), task, now=START - DAY)
    assert _facts(store).category_last_week == ((Category.CHILD_SAFEGUARDING, 1),)


def test_a_term_is_compared_with_as_many_days_before_it(store: Store) -> None:
    task = watched(store, now=START)
    begins = datetime(2026, 10, 5, tzinfo=LONDON)  # seven weeks, and the clocks go back in them
    for name, at in [("in", begins - 49 * DAY), ("out", begins - 49 * DAY - HOUR)]:
        put(store, Plan(mentions=(mention(finding(name)),)), task, now=at)
    (before,) = _facts(store, begins, START).severity_by_week
    assert dict(before)[Severity.HIGH] == 1


def test_the_watch_began_with_its_first_place_and_failures_are_counted_by_place(store: Store) -> None:
    task = watched(store, now=START - DAY)
    watched(store, spec(), spec("forum"), now=START)
    _fail(store, task, START + HOUR)
    _fail(store, task, START + 2 * HOUR)
    _fail(store, task, END)
    facts = _facts(store)
    assert (facts.began, facts.failed) == (START - DAY, 1)


def test_what_is_still_to_come_is_no_blind_spell(store: Store) -> None:
    task = watched(store, now=START)
    _ok(store, task, START + HOUR)
    with store.read() as tx:
        assert digests.week_facts(tx, SLUG, START, END, now=START + HOUR).blind == ()
        assert digests.week_facts(tx, SLUG, START, END).blind != ()


def test_the_week_before_may_have_been_blind_too(store: Store) -> None:
    task = watched(store, now=START - 5 * DAY)
    _ok(store, task, START - 2 * DAY)
    assert _facts(store, START, START + HOUR).blind_before == 1
    assert _facts(store, END, END + HOUR).blind_before == 1
    assert _facts(store, START - 7 * DAY, START - 6 * DAY).blind_before == 0


def test_false_alarms_are_listed_and_not_counted(store: Store) -> None:
    task = watched(store, now=START)
    put(store, told(), task, now=START - DAY)
    with store.write() as tx:
        incidents.not_us(tx, 1, by="head", via="mail", now=START)
    assert dict(_facts(store).severity_by_week[0])[Severity.HIGH] == 0
    assert [row.verdict for row in _facts(store, START - 7 * DAY, START).mentions] == ["not_us"]


def test_stories_are_open_closed_and_owed_as_of_that_week(store: Store) -> None:
    task = watched(store, now=START)
    for key, opened, due_at, closed in [
        ("always open", START - 30 * DAY, None, None),
        ("closed before", START - 9 * DAY, START - DAY, START - HOUR),
        ("closed within", START - DAY, START + DAY, START),
        ("closed later", START + DAY, START + 2 * DAY, END),
        ("opened later", END, END + DAY, None),
    ]:
        answer = change(key, clock="answer" if due_at else "decide", due_at=due_at)
        put(store, Plan(incidents=(answer,)), task, now=opened)
        if closed:
            with store.write() as tx:
                number = incidents.listing(tx, limit=1, since=opened)[0].id
                incidents.close(tx, number, outcome="answered", note="", by="head", via="mail", now=closed)
    facts = _facts(store)
    assert [row.subject_key for row in facts.open] == ["always open", "closed later"]
    assert [row.subject_key for row in facts.closed] == ["closed within"]
    assert [row.subject_key for row in facts.owed] == ["closed within", "closed later"]


def test_a_week_in_which_every_poll_succeeded_has_no_blind_spell(store: Store) -> None:
    task = watched(store, now=START)
    _seen_every_quarter(store, task, START - HOUR, START + 5 * HOUR)
    assert _facts(store, START, START + 5 * HOUR).blind == ()


def test_a_source_that_failed_was_unseen_from_its_last_success_on_and_why(store: Store) -> None:
    task = watched(store, now=START - DAY)
    _ok(store, task, START + HOUR)
    _fail(store, task, START + 2 * HOUR)
    _ok(store, task, START + 6 * HOUR)
    _seen_every_quarter(store, task, START + 6 * HOUR, START + 8 * HOUR)
    spells = _facts(store, START + HOUR, START + 8 * HOUR).blind
    assert spells == (
        BlindSpell(source="local blog", start=START + HOUR, end=START + 6 * HOUR, why="no answer"),
    )


def test_a_daemon_that_was_down_saw_nothing(store: Store) -> None:
    task = watched(store, now=START)
    _ok(store, task, START)
    _ok(store, task, START + 9 * HOUR)
    (spell,) = _facts(store, START, START + 9 * HOUR).blind
    assert (spell.start, spell.end, spell.why) == (START, START + 9 * HOUR, "the monitor was not running")


def test_a_source_that_is_still_failing_is_unseen_until_now_and_from_the_beginning_if_it_never_worked(
    store: Store,
) -> None:
    task = watched(store, now=START - DAY)
    _fail(store, task, START + HOUR)
    (spell,) = _facts(store, START, START + 4 * HOUR).blind
    assert (spell.start, spell.end, spell.why) == (START, START + 4 * HOUR, "no answer")


def test_a_short_delay_is_no_blind_spell(store: Store) -> None:
    task = watched(store, now=START)
    for hours in range(4):
        _ok(store, task, START + hours * HOUR)
    assert _facts(store, START, START + 3 * HOUR).blind == ()


def test_a_gap_in_what_could_be_read_is_a_blind_spell(store: Store) -> None:
    task = watched(store, now=START)
    _ok(store, task, START)
    put(store, Plan(), task, now=START + QUARTER, batch=Batch(entries=(), checkpoint={}, gap=True))
    (spell,) = _facts(store, START, START + HOUR).blind
    assert (spell.start, spell.end) == (START, START + QUARTER)
    assert spell.why == "there was more than could be read"


def test_messages_given_up_within_the_week_are_counted(store: Store) -> None:
    task = watched(store, now=START)
    put(store, told(), task, now=START)
    with store.write() as tx:
        (delivery,) = outbox.claim(tx, END, limit=1)
        outbox.dead(tx, delivery, error="550", remedy="check", now=START + DAY)
    assert (_facts(store).dead, _facts(store, END, END + 7 * DAY).dead) == (1, 0)


def test_only_sources_and_stories_of_this_school_are_told(store: Store) -> None:
    with store.write() as tx:
        schools = [(SLUG, "Holm Nook"), ("alder-bank", "Alder Bank")]
        polls.reconcile(tx, schools, [spec("ours"), spec("theirs", schools=("alder-bank",))], START)
        theirs = polls.named(tx, "theirs")
    assert theirs is not None
    other = change("x", school="alder-bank")
    post = mention(finding("x", school="alder-bank"), incident="x")
    put(store, Plan(mentions=(post,), incidents=(other,)), theirs, now=START + DAY)
    facts = _facts(store)
    assert ([status.name for status in facts.sources], facts.mentions, facts.open) == (["ours"], (), ())


def test_a_digest_is_moved_on_by_whoever_saw_it_due_and_by_nobody_else(store: Store) -> None:
    watched(store)
    with store.write() as tx:
        assert digests.due_schools(tx, END) == ()
        assert digests.set_next(tx, SLUG, expected=None, next_at=START)
        assert not digests.set_next(tx, SLUG, expected=None, next_at=END)
        assert digests.due_schools(tx, START - HOUR) == ()
        assert digests.due_schools(tx, START) == ((SLUG, START),)
        assert not digests.set_next(tx, SLUG, expected=START + HOUR, next_at=END)
        assert digests.set_next(tx, SLUG, expected=START, next_at=END)
        assert digests.due_schools(tx, START + HOUR) == ()


def test_of_eight_that_saw_the_digest_due_one_sends_it(store: Store) -> None:
    watched(store)
    with store.write() as tx:
        digests.set_next(tx, SLUG, expected=None, next_at=START)
    moved: list[bool] = []

    def work() -> None:
        with store.write() as tx:
            moved.append(digests.set_next(tx, SLUG, expected=START, next_at=END))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(moved) == [False] * 7 + [True]


def test_a_school_that_was_switched_off_gets_no_digest(store: Store) -> None:
    watched(store)
    with store.write() as tx:
        digests.set_next(tx, SLUG, expected=None, next_at=START)
        polls.reconcile(tx, [], [], START)
        assert digests.due_schools(tx, END) == ()
