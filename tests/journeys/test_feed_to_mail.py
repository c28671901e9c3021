"""Promise: what is said about the school reaches the right people, once, and nothing else does."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import monitor.app
from alerts.errors import Deferred, Misconfigured, Refused
from monitor import config as configuration
from monitor.errors import StoreBusy, StoreRefused
from monitor.jobs import delivering, polling, reporting, upkeep
from monitor.model import Plan, SourceTask
from monitor.store import health, incidents, mentions, outbox, polls, record
from sources.errors import Unreachable
from sources.fetch import HttpFetcher
from tests.fakes import RecordingChannel
from tests.journeys.play import ELSEWHERE, INSULT, THANKS, THREAT, Play
from tests.torture.mutants import patched


def test_a_threat_goes_to_the_safeguarding_leads_and_thanks_go_to_nobody(play: Play) -> None:
    play.publish("press", ("t1", THREAT), ("t2", THANKS), ("t3", ELSEWHERE))

    play.round()

    assert sorted(to for to, _ in play.subjects) == ["dsl", "head"]
    assert all(subject.startswith("URGENT") for _, subject in play.subjects)
    with play.app.store.read() as tx:
        stored = mentions.listing(tx)
    assert {row.severity.word for row in stored} == {"critical", "none"}


def test_nothing_is_said_twice_however_often_we_look(play: Play) -> None:
    play.publish("press", ("t1", THREAT))

    for _ in range(4):
        play.round()
        with play.app.store.write() as tx:
            incidents.take(tx, 1, by="head", via="test", now=play.clock())
        play.clock.advance(timedelta(hours=1))

    assert len(play.channel.sent) == 2


def test_the_same_post_elsewhere_joins_its_story(play: Play) -> None:
    play.publish("press", ("t1", THREAT))
    play.round()
    play.publish("blog", ("b7", f"RT @someone: {THREAT}"))

    play.round()

    assert len(play.channel.sent) == 2
    with play.app.store.read() as tx:
        [story] = incidents.listing(tx)
    assert story.count == 2


def test_a_story_that_worsens_is_told_again_in_its_thread(play: Play) -> None:
    play.publish("press", ("i1", INSULT))
    play.round()
    first = {sent.to.address: sent.key for sent in play.channel.sent}
    play.publish("press", ("i1", f"{INSULT} {THREAT}"))

    play.round()

    again = [sent for sent in play.channel.sent if sent.key not in first.values()]
    to_head = next(sent for sent in again if sent.to.address == "head@school.test")
    assert first["head@school.test"] in to_head.message.headers["References"]
    assert to_head.message.headers["In-Reply-To"]


def test_old_posts_of_a_new_source_are_kept_quietly_but_critical_ones_are_told_once(play: Play) -> None:
    old = play.clock() - timedelta(days=30)
    play.publish("press", ("o1", INSULT), ("o2", THREAT), at=old)

    play.round()

    assert {subject for _, subject in play.subjects} != set()
    assert all("start" in sent.message.text for sent in play.channel.sent)
    with play.app.store.read() as tx:
        assert len(incidents.listing(tx)) == 1
        assert len(mentions.listing(tx)) == 2


def test_a_source_that_fails_harms_no_other_and_is_asked_later(play: Play) -> None:
    play.publish("press", ("t1", THREAT))
    play.answer("blog", Unreachable("the server does not answer"))

    outcomes = play.poll()

    assert outcomes["press"].mentions == 1
    assert outcomes["blog"].outcome == "failed"
    again = outcomes["blog"].next_poll_at
    assert again is not None
    assert again >= play.clock() + timedelta(hours=1)
    with play.app.store.read() as tx:
        [blog] = [row for row in polls.statuses(tx) if row.name == "blog"]
    assert blog.failures == 1


def test_a_bug_in_one_source_is_told_as_a_failure_of_that_source(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    play.publish("press", ("t1", THREAT))
    play.answer("blog", ZeroDivisionError("a bug of ours"))

    outcomes = play.poll()

    assert outcomes["press"].mentions == 1
    assert "the program itself failed" in outcomes["blog"].error


def test_a_locked_database_loses_nothing(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    play.publish("press", ("t1", THREAT))
    with monkeypatch.context() as broken:

        def busy(*_: object) -> None:
            raise StoreBusy("the database is locked")

        broken.setattr(record, "record", busy)
        assert play.poll()["press"].outcome == "failed"
    play.clock.advance(timedelta(minutes=10))

    assert play.poll()["press"].mentions == 1


def test_a_row_that_the_database_refuses_costs_only_itself(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    play.publish("press", ("bad", INSULT), ("good", THREAT))
    honest = record.record

    def picky(tx: Any, plan: Plan, *rest: Any, **how: Any) -> record.Recorded:
        if any(new.finding.entry.id == "bad" for new in plan.mentions):
            raise StoreRefused("a row breaks a rule")
        return honest(tx, plan, *rest, **how)

    monkeypatch.setattr(record, "record", picky)
    outcome = play.poll()["press"]

    assert outcome.mentions == 1
    assert outcome.rejected == 1
    monkeypatch.setattr(record, "record", honest)
    assert play.poll()["press"].outcome == "unchanged"
    assert {to for to, _ in play.subjects} == set()
    play.deliver()
    assert {to for to, _ in play.subjects} == {"head", "dsl"}


def test_a_mail_that_is_put_off_goes_out_later_under_the_same_id(play: Play) -> None:
    play.publish("press", ("t1", THREAT))
    play.poll()
    play.channel.failures = [Deferred("later", may_have_arrived=True), Deferred("later")]

    first = play.deliver()
    play.clock.advance(timedelta(hours=2))
    second = play.deliver()

    assert [one.outcome for one in first] == ["retry", "retry"]
    assert [one.outcome for one in second] == ["sent", "sent"]
    assert len({sent.key for sent in play.channel.sent}) == 2
    assert sum("had this before" in sent.message.text for sent in play.channel.sent) == 1


def test_one_refused_address_holds_up_nobody_and_is_told_in_health(play: Play) -> None:
    play.publish("press", ("t1", THREAT))
    play.poll()
    play.channel.failures = [Refused("no such user")]

    outcomes = play.deliver()

    assert sorted(one.outcome for one in outcomes) == ["dead", "sent"]
    with play.app.store.read() as tx:
        assert health.facts(tx, play.clock()).dead == 1


def test_wrong_settings_never_give_a_mail_up(play: Play) -> None:
    play.publish("press", ("t1", THREAT))
    play.poll()
    for _ in range(30):
        play.channel.failures = [Misconfigured("wrong password")] * 2
        assert {one.outcome for one in play.deliver()} == {"retry"}
        play.clock.advance(timedelta(days=1))

    play.channel.failures = []
    assert {one.outcome for one in play.deliver()} == {"sent"}


def test_a_bug_while_sending_is_only_a_delay(play: Play) -> None:
    play.publish("press", ("t1", THREAT))
    play.poll()
    play.channel.failures = [ZeroDivisionError("a bug of ours")]

    assert sorted(one.outcome for one in play.deliver()) == ["retry", "sent"]


def test_what_was_sent_before_a_restore_is_not_sent_again(play: Play) -> None:
    play.publish("press", ("t1", THREAT))
    play.poll()
    with play.app.store.read() as tx:
        waiting = outbox.waiting(tx)
    tasks = delivering.claim(play.app, play.clock(), everything=True)
    for task in tasks:
        play.app.sent_log.add(delivering.message_id(play.app, task, task.kind, task.sequence))

    outcomes = [delivering.deliver(play.app, task, play.clock()) for task in tasks]

    assert len(waiting) == len(outcomes) == 2
    assert {one.outcome for one in outcomes} == {"sent"}
    assert play.channel.sent == []


def test_a_full_disk_beside_the_database_does_not_hold_up_settling(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    play.publish("press", ("t1", THREAT))
    play.poll()

    def full(_: str) -> None:
        raise StoreBusy("the disk is full")

    monkeypatch.setattr(play.app.sent_log, "add", full)

    assert {one.outcome for one in play.deliver()} == {"sent"}


def test_the_example_addresses_get_no_mail(play: Play) -> None:
    play.publish("press", ("t1", THREAT))
    play.poll()
    [task, *_] = delivering.claim(play.app, play.clock(), everything=True)
    example = dataclasses.replace(
        task, recipient=dataclasses.replace(task.recipient, address="head@x.example")
    )
    real_mail = dataclasses.replace(play.app.config.mail, kind="smtp")
    app = dataclasses.replace(play.app, config=dataclasses.replace(play.app.config, mail=real_mail))

    assert delivering.deliver(app, example, play.clock()).outcome == "dead"
    assert play.channel.sent == []


def test_a_killed_worker_holds_nothing_up(play: Play) -> None:
    play.publish("press", ("t1", THREAT))
    polling.reconcile(play.app, play.clock())
    with play.app.store.write() as tx:
        for task in polls.active(tx):
            polls.lease(tx, task.id, play.clock(), play.clock() + timedelta(minutes=5))

    play.round()

    assert len(play.channel.sent) == 2


def test_the_digest_is_sent_once_also_after_downtime(play: Play) -> None:
    play.publish("press", ("t1", THREAT), ("t2", THANKS))
    play.round()
    with play.app.store.write() as tx:
        incidents.close(tx, 1, outcome="answered", note="", by="head", via="test", now=play.clock())
    before = len(play.channel.sent)
    play.clock.now = datetime(2026, 12, 2, 14, 0, tzinfo=UTC)

    play.round()
    play.round()

    digests = play.subjects[before:]
    assert sorted(to for to, _ in digests) == ["dsl", "head"]


def test_an_illness_of_the_watch_is_told_once_a_day_to_the_technician(play: Play) -> None:
    play.round()
    play.answer("blog", Unreachable("the server does not answer"))
    play.clock.advance(timedelta(days=2))
    play.poll()

    assert reporting.tell_ailments(play.app, play.clock()) is True
    assert reporting.tell_ailments(play.app, play.clock()) is False
    play.deliver()

    assert {to for to, _ in play.subjects} == {"office"}
    assert "blog" in play.channel.sent[-1].message.text


def test_nothing_is_told_while_all_is_well(play: Play) -> None:
    play.round()
    upkeep.note_tick(play.app, play.clock())

    assert reporting.tell_ailments(play.app, play.clock()) is False
    assert reporting.status_line(play.app, play.clock()).startswith("2/2 sources ok")


def test_at_night_the_database_is_copied_and_what_is_past_its_time_goes(play: Play) -> None:
    play.publish("press", ("t2", THANKS))
    play.round()
    play.clock.now = datetime(2027, 2, 1, 1, 0, tzinfo=UTC)
    assert upkeep.nightly(play.app, play.clock()) is False
    play.clock.advance(timedelta(hours=3))

    assert upkeep.nightly(play.app, play.clock()) is True
    assert upkeep.nightly(play.app, play.clock()) is False

    with play.app.store.read() as tx:
        assert mentions.listing(tx) == ()
    assert list((play.app.config.state / "backups").glob("daily-*.db"))


def test_a_dry_run_decides_and_writes_nothing(play: Play) -> None:
    play.publish("press", ("t1", THREAT))
    polling.reconcile(play.app, play.clock())
    task = next(task for task in polling.active(play.app) if task.name == "press")

    _, plan = polling.dry_run(play.app, task, play.clock())

    assert len(plan.mentions) == len(plan.incidents) == len(plan.notifications) == 1
    with play.app.store.read() as tx:
        assert mentions.listing(tx) == ()


def test_a_dry_run_of_a_source_that_was_never_polled_leaves_the_database_as_it_was(play: Play) -> None:
    play.publish("press", ("t1", THREAT))
    task = polling.named(play.app, "press")
    assert task is not None

    batch, plan = polling.dry_run(play.app, task, play.clock())

    assert len(plan.mentions) == len(batch.entries) == 1
    with play.app.store.read() as tx:
        assert polls.statuses(tx) == ()
    assert polling.named(play.app, "no such source") is None


def test_a_source_that_left_the_configuration_is_not_asked(play: Play) -> None:
    stranger = SourceTask(
        id=99, name="old", kind="feed", locator="http://old.test/", schools=("holm-nook",),
        checkpoint=None, failures=0, interval=timedelta(hours=1), host="old.test:80",
    )  # fmt: skip

    with pytest.raises(LookupError, match="no longer in the configuration"):
        play.app.source(stranger)


def test_a_changed_configuration_keeps_the_database(play: Play) -> None:
    renewed = play.app.renewed(play.app.config)

    assert renewed.store is play.app.store
    assert renewed.channel is not play.app.channel
    assert isinstance(play.app.channel, RecordingChannel)


CHANGES = [
    ('allow_private = ["press.test:80"', 'allow_private = ["other.test:80", "press.test:80"'),
    ('min_delay = "0s"', 'min_delay = "9s"'),
    ('min_delay = "0s"', 'min_delay = "0s"\ntimeout = "7s"'),
    ('min_delay = "0s"', 'min_delay = "0s"\nmax_bytes = 20000'),
    ('min_delay = "0s"', 'min_delay = "0s"\nproxy = "http://proxy.school.test:8080"'),
    ('min_delay = "0s"', 'min_delay = "0s"\ncontact = "office@school.test"'),
]


@pytest.mark.parametrize(("was", "becomes"), CHANGES, ids=[change[1][:24] for change in CHANGES])
def test_a_reload_takes_up_how_the_web_is_to_be_asked(was: str, becomes: str, play: Play) -> None:
    path = play.app.config.path
    path.write_text(path.read_text().replace(was, becomes))
    fresh = configuration.load(path, environ={})

    renewed = play.app.renewed(fresh)

    assert isinstance(renewed.fetcher, HttpFetcher)
    assert renewed.renewed(fresh).fetcher is renewed.fetcher
    assert renewed._sources == {}  # a source holds its fetcher


def test_the_reload_finds_a_deliberate_break(play: Play) -> None:
    path = play.app.config.path
    path.write_text(path.read_text().replace(*CHANGES[0]))

    with patched((monitor.app, "_manners", lambda _: "as ever")):
        assert play.app.renewed(configuration.load(path, environ={})).fetcher is play.app.fetcher


def test_a_reload_that_asks_the_web_as_before_keeps_its_turns(play: Play) -> None:
    path = play.app.config.path
    path.write_text(path.read_text().replace('group_wait = "0s"', 'group_wait = "1m"'))

    assert play.app.renewed(configuration.load(path, environ={})).fetcher is play.app.fetcher


def test_an_unchanged_poll_may_wait_to_be_written(play: Play) -> None:
    play.publish("press", ("t1", THREAT))
    play.poll()
    task = next(task for task in polling.active(play.app) if task.name == "press")
    waiting: list[polls.Unchanged] = []

    outcome = polling.poll_source(play.app, task, play.clock(), defer=waiting.append)
    polling.record_unchanged(play.app, waiting)

    assert outcome.outcome == "unchanged"
    assert len(waiting) == 1
