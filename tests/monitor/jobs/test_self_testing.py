"""Promise: a post of our own comes out in the mailbox within half an hour, or the step it did not get past is told.

Nobody else hears of it, and it is in no figure.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from alerts.errors import Deferred, Refused
from monitor import self_test
from monitor.daemon import FETCH, MAIL, Engine
from monitor.errors import StoreBusy
from monitor.facts import SelfTest, Stage
from monitor.jobs import delivering, lookback, polling, reporting, self_testing
from monitor.matching import Matcher
from monitor.settings import SelfTestSettings
from monitor.store import Store, Tx, incidents, mentions, outbox, record, self_tests
from monitor.store import health as vitals
from sources.base import Batch
from sources.errors import Unreachable
from sources.letter import Letter
from tests.fakes import Sent
from tests.journeys.play import THREAT
from tests.journeys.post import Desk, answer_to

TUESDAY = datetime(2026, 11, 24, 6, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HALF_AN_HOUR = timedelta(minutes=30)


@pytest.fixture
def due(desk: Desk) -> Desk:
    """The hour of the weekly self-test has just come."""
    desk.play.clock.now = TUESDAY - timedelta(days=1)
    polling.reconcile(desk.play.app, desk.play.clock())
    assert not self_testing.begin_due(desk.play.app, desk.play.clock())
    desk.play.clock.now = TUESDAY
    return desk


def last(desk: Desk) -> SelfTest:
    with desk.play.app.store.read() as tx:
        test = self_tests.last(tx)
    assert test is not None
    return test


def arrive(desk: Desk, sent: Sent | None = None, **change: Any) -> Letter:
    """The mail server puts the latest mail of ours into our mailbox."""
    mail = sent or desk.play.channel.sent[-1]
    letter = Letter(
        uid="",
        digest=hashlib.sha256(mail.key.encode()).hexdigest(),
        message_id=mail.key,
        sender="alerts@school.test",
        to=(mail.to.address.lower(), "box@school.test"),
        subject=mail.message.subject,
        text=mail.message.text,
        headers={"list-id": mail.message.headers["List-Id"]},
    )
    letter = dataclasses.replace(letter, **change)
    desk.post.letters_there.append(letter)
    return letter


def minutes(desk: Desk, many: int, *, each: Callable[[], object] = lambda: None) -> None:
    """So many minutes pass, as the daemon has it."""
    for _ in range(many):
        desk.play.clock.advance(MINUTE)
        self_testing.begin_due(desk.play.app, desk.play.clock())
        each()
        self_testing.settle(desk.play.app, desk.play.clock())


def ailments(desk: Desk) -> list[str]:
    told = reporting.current_ailments(desk.play.app, desk.play.clock())
    return [one.what for one in told if "self-test" in one.what]


def run_through(desk: Desk) -> Sent:
    """All goes well."""
    app, clock = desk.play.app, desk.play.clock
    assert self_testing.begin_due(app, clock())
    clock.advance(MINUTE)
    desk.send()
    arrive(desk)
    clock.advance(MINUTE)
    desk.read()
    return desk.play.channel.sent[-1]


def test_a_post_of_our_own_comes_out_in_the_mailbox_and_is_cancelled(due: Desk) -> None:
    mail = run_through(due)

    test = last(due)
    assert (test.stage, test.outcome, test.by_clock) == (Stage.ARRIVED, "passed", True)
    assert test.left_at == TUESDAY + MINUTE
    assert ailments(due) == []
    assert mail.to.address.startswith("box+")
    assert mail.message.subject.startswith("EXERCISE – ")
    assert "self-test" in mail.message.subject
    assert self_testing.NOTE.partition(":")[0] in mail.message.text
    with due.play.app.store.read() as tx:
        story = incidents.get(tx, test.story or 0)
    assert story is not None
    assert (story.exercise, story.outcome, story.closed_at) == (
        True,
        self_tests.OUTCOME,
        TUESDAY + 2 * MINUTE,
    )
    assert self_testing.settle(due.play.app, due.play.clock()) == test


def test_what_is_over_stays_as_it_is(due: Desk) -> None:
    mail = run_through(due)
    test = last(due)
    arrive(due, mail, digest="another copy of it")
    minutes(due, 1, each=due.read)

    assert self_testing.give_up(due.play.app, due.play.clock()) == test
    assert last(due) == test
    assert due.outcomes() == {}


def test_it_goes_the_way_of_every_post(due: Desk) -> None:
    run_through(due)

    with due.play.app.store.read() as tx:
        events = [event.what for event in incidents.events(tx, last(due).story or 0)]
    assert events == ["opened", "mail sent", self_tests.OUTCOME]


def test_nobody_hears_of_it_but_the_mailbox(due: Desk) -> None:
    run_through(due)
    minutes(due, 60, each=due.send)

    assert [sent.to.address.partition("+")[0] for sent in due.play.channel.sent] == ["box"]
    with due.play.app.store.read() as tx:
        assert outbox.waiting(tx) == ()


def test_it_wakes_nobody_and_is_not_said_again(due: Desk) -> None:
    self_testing.begin_due(due.play.app, due.play.clock())

    with due.play.app.store.read() as tx:
        rows = tx.connection.exec_driver_sql(
            "SELECT channel, severity FROM delivery JOIN notification ON notification.id = notification_id"
        ).all()
        ladders = tx.connection.exec_driver_sql(
            "SELECT count(*) FROM incident WHERE ladder IS NOT NULL"
        ).scalar()
    assert [tuple(row) for row in rows] == [("mail", 0)]
    assert ladders == 0


def test_what_is_true_goes_out_before_it(due: Desk) -> None:
    self_testing.begin_due(due.play.app, due.play.clock())
    due.play.publish("press", ("t1", THREAT))
    due.play.poll()

    tasks = delivering.claim(due.play.app, due.play.clock())

    assert [task.school for task in tasks][-1] == self_tests.SLUG
    assert len(tasks) > 1


def test_it_is_in_no_figure(due: Desk) -> None:
    run_through(due)
    app = due.play.app
    due.play.clock.now = datetime(2026, 11, 30, 7, 30, tzinfo=UTC)
    when = reporting.period(app, "holm-nook", None, due.play.clock())

    digest = reporting.build_digest(app, "holm-nook", when)

    assert sum(count.this for count in digest.counts) == digest.entries == digest.positive == 0
    assert (digest.open, digest.topics, digest.sources, digest.undelivered) == ((), (), 2, 0)
    assert due.outcomes() == {}
    with app.store.read() as tx:
        assert mentions.listing(tx) == ()
        assert [source.name for source in vitals.facts(tx, due.play.clock()).sources] == ["blog", "press"]


def test_it_is_in_no_figure_while_it_is_under_way(due: Desk) -> None:
    self_testing.begin_due(due.play.app, due.play.clock())
    due.play.clock.advance(MINUTE)
    when = reporting.period(due.play.app, "holm-nook", "2026-W48", due.play.clock())

    digest = reporting.build_digest(due.play.app, "holm-nook", when)

    assert sum(count.this for count in digest.counts) == 0
    assert (digest.open, digest.topics, digest.self_test) == ((), (), "self-test: begun on Tue 06:10")


def test_the_digest_says_that_it_passed(due: Desk) -> None:
    run_through(due)
    due.play.clock.now = datetime(2026, 11, 30, 7, 30, tzinfo=UTC)
    app = due.play.app
    when = reporting.period(app, "holm-nook", None, due.play.clock())

    message = reporting.preview(app, "holm-nook", when)
    numbers = reporting.preview(app, "holm-nook", when, governors=True)

    for words in (message.text, message.html):
        assert "self-test: passed on Tue 06:12." in words
    assert "self-test" not in numbers.text


def test_the_digest_says_that_there_was_none(due: Desk) -> None:
    app, now = due.play.app, datetime(2026, 12, 7, 7, 30, tzinfo=UTC)
    run_through(due)
    due.play.clock.now = now
    last_week = reporting.period(app, "holm-nook", None, now)
    long_ago = reporting.period(app, "holm-nook", "2026-W40", now)

    assert self_testing.line(app, last_week, now) == "self-test: none this week"
    assert self_testing.line(app, long_ago, now) == ""
    off = with_settings(due, on=False)
    assert self_testing.line(off.play.app, last_week, now) == ""


def with_settings(desk: Desk, **settings: Any) -> Desk:
    app = desk.play.app
    changed = app.config.monitor.model_copy(update={"selftest": SelfTestSettings(**settings)})
    desk.play.app = dataclasses.replace(app, config=dataclasses.replace(app.config, monitor=changed))
    return desk


def test_it_comes_once_a_week(due: Desk) -> None:
    run_through(due)
    begun = []
    for _ in range(14 * 24):
        due.play.clock.advance(timedelta(hours=1))
        if self_testing.begin_due(due.play.app, due.play.clock()):
            begun.append(due.play.clock())
            self_testing.give_up(due.play.app, due.play.clock())

    assert [at.date().isoformat() for at in begun] == ["2026-12-01", "2026-12-08"]


def test_one_that_was_missed_is_made_up_for_once(due: Desk) -> None:
    due.play.clock.now = TUESDAY + timedelta(days=9)

    assert self_testing.begin_due(due.play.app, due.play.clock())
    self_testing.give_up(due.play.app, due.play.clock())
    due.play.clock.advance(timedelta(hours=5))
    assert not self_testing.begin_due(due.play.app, due.play.clock())


def test_after_the_clock_was_set_back_it_comes_as_soon_as_it_should(due: Desk) -> None:
    run_through(due)
    due.play.clock.now = TUESDAY - timedelta(days=300)
    begun = 0
    for _ in range(9):
        begun += self_testing.begin_due(due.play.app, due.play.clock())
        due.play.clock.advance(timedelta(days=1))

    assert begun == 1


def test_without_a_mailbox_it_is_off_and_by_hand_ends_at_the_mail_server(due: Desk) -> None:
    play = due.play
    plain = play.app.config.monitor.model_copy(update={"mailbox": None})
    play.app = dataclasses.replace(
        play.app, config=dataclasses.replace(play.app.config, monitor=plain), mailbox=None
    )
    assert not self_testing.begin_due(play.app, play.clock())

    test = self_testing.begin(play.app, play.clock())
    due.send()
    test = self_testing.settle(play.app, play.clock()) or test

    assert (test.goal, test.stage, test.outcome) == (Stage.LEFT, Stage.LEFT, "passed")
    assert play.channel.sent[-1].to.address == "alerts@school.test"
    assert "as far as the mail server, since there is no mailbox" in self_test.line(
        test, ZoneInfo("Europe/London")
    )


# Each step broken in turn.


def broken(desk: Desk, *, each: Callable[[], object] = lambda: None) -> str:
    """What the technician reads half an hour later; nothing before, and nobody else hears anything."""
    app = desk.play.app
    self_testing.begin_due(app, desk.play.clock())
    each()
    minutes(desk, 29, each=each)
    assert ailments(desk) == []
    minutes(desk, 1, each=each)
    (what,) = ailments(desk)
    before = len(desk.play.channel.sent)
    assert reporting.tell_ailments(app, desk.play.clock())
    desk.play.app = dataclasses.replace(app, channel=desk.play.channel)
    desk.play.channel.failures.clear()
    desk.send()
    (told,) = desk.play.channel.sent[before:]
    words = " ".join(told.message.text.split())
    assert told.to.address == "office@school.test"
    assert what in words
    assert f"{self_test.remedy(last(desk))}; then: mention-monitor self-test" in words
    assert last(desk).outcome == "broken"
    return what


def test_it_is_told_when_nothing_is_read_at_sources(due: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(self: object, checkpoint: object) -> None:
        raise Unreachable("the network is gone")

    monkeypatch.setattr(self_testing._OwnPost, "poll", unreachable)

    assert broken(due) == (
        "The weekly self-test got stuck at its first step, its post was not read: the network is gone"
    )
    assert last(due).stage is Stage.BEGUN


def test_it_is_told_when_the_school_is_not_found_in_posts(due: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Matcher, "find", lambda self, entry: ())

    assert broken(due) == "The weekly self-test was read, but not found to be about the school, or not graded"


def test_it_is_told_when_posts_are_not_graded(due: Desk) -> None:
    class Mild:
        ailment = ""

        def __init__(self, judge: Any) -> None:
            self._judge = judge

        def assess(self, *args: Any, **kwargs: Any) -> Any:
            from alerts.base import Severity

            judged = self._judge.assess(*args, **kwargs)
            return dataclasses.replace(judged, severity=Severity.NONE, needs_response=False)

    due.play.app = dataclasses.replace(due.play.app, judge=Mild(due.play.app.judge))  # type: ignore[arg-type]  # as it would be

    assert "or not graded" in broken(due)
    assert last(due).stage is Stage.READ


def test_it_is_told_when_posts_are_not_recorded(due: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object, **kwargs: object) -> None:
        raise StoreBusy("the disk is full")

    monkeypatch.setattr(record, "record", full)

    assert broken(due) == "The weekly self-test was graded, but could not be recorded: the disk is full"


def test_it_is_told_when_recording_breaks_the_program(due: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def odd(*args: object, **kwargs: object) -> None:
        raise KeyError("words of a post")

    monkeypatch.setattr(record, "record", odd)

    assert broken(due).endswith("could not be recorded: the program itself failed here (KeyError)")


def test_it_is_told_when_no_mail_is_queued(due: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "_put_notifications", lambda *args: None)

    assert broken(due) == "The weekly self-test was recorded, but no mail was queued for it"


def test_it_is_told_when_nobody_takes_what_is_queued(due: Desk) -> None:
    assert broken(due) == "The weekly self-test was queued, but the mail server has not taken its mail"


def test_it_is_told_when_the_mail_server_takes_no_mail(due: Desk) -> None:
    due.play.channel.failures += [Deferred("the mail server answers 451")] * 40

    said = broken(due, each=due.send)

    assert (
        said
        == "The weekly self-test was queued, but the mail server has not taken its mail: the mail server answers 451"
    )


def test_it_is_told_at_once_when_the_mail_server_refuses_it(due: Desk) -> None:
    due.play.channel.failures.append(Refused("550 no such address"))
    self_testing.begin_due(due.play.app, due.play.clock())
    due.send()

    test = self_testing.settle(due.play.app, due.play.clock())

    assert test is not None
    assert (test.outcome, test.stage) == ("broken", Stage.QUEUED)
    with due.play.app.store.read() as tx:
        assert vitals.facts(tx, due.play.clock()).dead == 0, "nobody has to be told anything instead"


def test_it_is_told_when_its_mail_does_not_arrive(due: Desk) -> None:
    due.play.clock.advance(MINUTE)
    self_testing.begin_due(due.play.app, due.play.clock())
    due.send()

    said = broken(due, each=due.read)

    assert said == (
        "The weekly self-test was not seen in the mailbox: mail left at 06:11, the mailbox was read at 06:41"
    )


def test_it_is_told_when_the_mailbox_cannot_be_read(due: Desk) -> None:
    due.post.failures += [Unreachable("the mailbox does not answer")] * 100
    self_testing.begin_due(due.play.app, due.play.clock())
    due.send()

    assert broken(due, each=due.read).endswith(
        "mail left at 06:10, the mailbox cannot be read: the mailbox does not answer"
    )


def test_it_is_told_when_nobody_reads_the_mailbox(due: Desk) -> None:
    self_testing.begin_due(due.play.app, due.play.clock())
    due.send()

    assert broken(due).endswith("mail left at 06:10, the mailbox has not been read since")


def test_a_break_does_not_wait_for_tomorrows_notice_and_is_told_once(due: Desk) -> None:
    app, clock = due.play.app, due.play.clock
    for _ in range(2):
        broken(due)
        minutes(due, 60, each=due.send)
        assert not reporting.tell_ailments(app, clock())
        self_testing.begin(app, clock())

    notices = [sent for sent in due.play.channel.sent if sent.to.address == "office@school.test"]
    assert len({sent.key for sent in notices}) == len(notices) == 2
    assert clock().date() == TUESDAY.date()


# Killed at any moment, and two at a time.


class Killed(BaseException):
    """As the power goes: nothing is tidied up."""


def killed(monkeypatch: pytest.MonkeyPatch, nth: int) -> None:
    """Let the program die before it writes for the nth time."""
    real, counted = Store.write, iter(range(1, 999))

    def write(store: Store) -> AbstractContextManager[Tx]:
        if next(counted) == nth:
            raise Killed
        return real(store)

    monkeypatch.setattr(Store, "write", write)


def one_life(desk: Desk) -> None:
    """From a start of the daemon on, until all is done; what is sent lies in the box at once."""
    app, clock = desk.play.app, desk.play.clock
    delivering.take_over(app)
    for _ in range(3):
        self_testing.begin_due(app, clock())
        desk.send()
        desk.post.letters_there.clear()
        for sent in desk.play.channel.sent:
            arrive(desk, sent)
        desk.read()
        self_testing.settle(app, clock())
        clock.advance(MINUTE)


def test_killed_between_any_two_steps_there_is_one_mail_and_no_open_story(
    due: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    deaths = 0
    for nth in range(1, 99):
        due.play.clock.now = TUESDAY + nth * timedelta(days=7)
        before = len(due.play.channel.sent)
        with monkeypatch.context() as fatal:
            killed(fatal, nth)
            try:
                one_life(due)
            except Killed:
                deaths += 1
        due.play.clock.advance(MINUTE)
        one_life(due)

        test = last(due)
        assert (test.began_at >= TUESDAY + nth * timedelta(days=7), test.outcome) == (True, "passed"), nth
        assert len(due.play.channel.sent) == before + 1, nth
        with due.play.app.store.read() as tx:
            (story,) = incidents.listing(tx)
            assert story.closed_at is not None, nth
        if deaths < nth:
            break
    assert deaths > 7


def test_two_that_begin_at_the_same_time_are_one(due: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command polls; before it has written what it found, the daemon does all the rest."""
    real, first = self_testing._OwnPost.poll, [True]

    def meanwhile(post: Any, checkpoint: Any) -> Batch:
        if first:
            first.clear()
            minutes(due, 1)
            due.send()
            arrive(due)
            due.read()
            assert last(due).outcome == "passed"
        return real(post, checkpoint)

    monkeypatch.setattr(self_testing._OwnPost, "poll", meanwhile)
    test = self_testing.begin(due.play.app, due.play.clock())

    assert (test.outcome, last(due).outcome) == ("passed", "passed")
    due.send()
    assert len(due.play.channel.sent) == 1


# What is no break, and what is not taken for an arrival.


def test_a_moment_in_which_nothing_can_be_written_is_made_up_for(
    due: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, failures = record.record, [StoreBusy("the disk is full")]

    def once(*args: Any, **kwargs: Any) -> Any:
        if failures:
            raise failures.pop()
        return real(*args, **kwargs)

    monkeypatch.setattr(record, "record", once)
    self_testing.begin_due(due.play.app, due.play.clock())
    assert last(due).stage is Stage.GRADED

    minutes(due, 1)

    assert (last(due).stage, last(due).why) == (Stage.QUEUED, "")


def test_time_in_which_the_machine_was_off_does_not_count(due: Desk) -> None:
    self_testing.begin_due(due.play.app, due.play.clock())
    minutes(due, 3)
    due.play.clock.advance(timedelta(hours=5))
    minutes(due, 1)

    assert last(due).outcome == ""
    due.send()
    arrive(due)
    due.read()
    assert last(due).outcome == "passed"


def test_one_that_arrives_late_is_well_again_and_said_to_be_late(due: Desk) -> None:
    self_testing.begin_due(due.play.app, due.play.clock())
    due.send()
    minutes(due, 30)
    assert ailments(due)

    due.play.clock.advance(timedelta(hours=3))
    arrive(due)
    due.read()

    assert last(due).outcome == "late"
    assert ailments(due) == []
    assert self_test.line(last(due), ZoneInfo("Europe/London")) == (
        "self-test: late, it arrived on Tue 09:40, 4 h after it began"
    )


def test_its_mail_does_not_go_out_once_it_is_broken(due: Desk) -> None:
    self_testing.begin_due(due.play.app, due.play.clock())
    minutes(due, 30)
    due.send()

    assert due.play.channel.sent == []


@pytest.mark.parametrize(
    "change",
    [
        {"to": ("alerts@school.test",)},
        {"to": ("box@school.test",)},
        {"to": (f"box+{'a' * 26}@school.test",)},
        {"to": ("",)},
        {"to": ("box+",), "sender": "box@school.test"},
    ],
    ids=["sent back", "without its tag", "another tag", "nowhere", "a bare tag"],
)
def test_nothing_else_counts_as_its_arrival(due: Desk, change: Mapping[str, Any]) -> None:
    """Each has the words, the subject and the name of the true one, which outsiders do not even know."""
    self_testing.begin_due(due.play.app, due.play.clock())
    due.send()
    before = last(due)
    arrive(due, **change)
    due.read()
    due.send()

    after = last(due)
    assert dataclasses.replace(after, read_at=None) == before
    assert len(due.play.channel.sent) == 1
    with due.play.app.store.read() as tx:
        (story,) = incidents.listing(tx)
    assert story.closed_at is None


def test_its_story_takes_no_orders(due: Desk) -> None:
    """Not even with the code of its mail: nobody of the school has it, and it is nobody's story."""
    self_testing.begin_due(due.play.app, due.play.clock())
    due.send()
    mail = due.play.channel.sent[-1]
    for number, (who, words) in enumerate([("head", "not us"), ("box", "done answered"), ("head", "mine")]):
        at = due.play.clock() + number * MINUTE
        due.post.letters_there.append(answer_to(mail, words, at=at, sender=f"{who}@school.test"))
    due.read()
    due.send()

    assert (last(due).outcome, len(due.play.channel.sent)) == ("", 1)
    with due.play.app.store.read() as tx:
        (story,) = incidents.listing(tx)
    assert (story.closed_at, story.owner) == (None, "")


def test_the_mail_of_an_earlier_one_is_not_taken_for_this_one(due: Desk) -> None:
    self_testing.begin_due(due.play.app, due.play.clock())
    due.send()
    old = due.play.channel.sent[-1]
    minutes(due, 30)
    self_testing.begin(due.play.app, due.play.clock())

    arrive(due, old)
    due.read()

    assert last(due).outcome == ""
    assert due.outcomes() == {"own": 1}


def test_a_mail_system_may_write_its_domain_anew(due: Desk) -> None:
    self_testing.begin_due(due.play.app, due.play.clock())
    due.send()
    tag = due.play.channel.sent[-1].to.address.partition("@")[0]
    arrive(due, to=(f"{tag}@tenant.test".lower(),))
    due.read()

    assert last(due).outcome == "passed"


def test_one_that_is_under_way_is_joined(due: Desk) -> None:
    first = self_testing.begin(due.play.app, due.play.clock())

    assert self_testing.begin(due.play.app, due.play.clock()).id == first.id
    assert not self_testing.begin_due(due.play.app, due.play.clock())


def test_each_leaves_nothing_of_the_one_before(due: Desk) -> None:
    for _ in range(3):
        due.play.clock.advance(timedelta(hours=1))
        self_testing.begin(due.play.app, due.play.clock())
        due.send()
        arrive(due)
        due.read()
        assert last(due).outcome == "passed"

    with due.play.app.store.read() as tx:
        number = tx.connection.exec_driver_sql("SELECT count(*) FROM incident").scalar()
        mails = tx.connection.exec_driver_sql("SELECT count(*) FROM delivery").scalar()
    assert (number, mails, len(due.play.channel.sent)) == (1, 1, 3)


def test_a_full_mailbox_lets_nobody_stand_in_for_it(due: Desk) -> None:
    from alerts.errors import MailboxFull

    due.play.channel.failures += [MailboxFull("452 full")] * 99
    self_testing.begin_due(due.play.app, due.play.clock())
    due.send()
    due.play.clock.advance(timedelta(days=2))
    due.send()

    assert due.play.channel.sent == []


def test_looking_again_at_posts_leaves_it_alone(due: Desk) -> None:
    self_testing.begin_due(due.play.app, due.play.clock())
    due.play.clock.advance(timedelta(hours=2))

    assert lookback.look(due.play.app, due.play.clock()) == 0


def test_the_fetching_half_begins_it_and_the_mailing_half_follows_it(due: Desk) -> None:
    mailing, fetching = Engine(due.play.app, MAIL), Engine(due.play.app, FETCH)
    mailing._keep_up(due.play.clock())
    with due.play.app.store.read() as tx:
        assert self_tests.last(tx) is None

    fetching._keep_up(due.play.clock())
    begun = last(due)
    mailing._kept = float("-inf")
    mailing._keep_up(due.play.clock() + HALF_AN_HOUR)

    assert (begun.stage, begun.outcome) == (Stage.QUEUED, "")
    assert last(due).seen_at == due.play.clock() + HALF_AN_HOUR
