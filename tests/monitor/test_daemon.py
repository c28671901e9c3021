"""Promise: the engine asks what is due on every beat, outlives every failure, and ends when told to."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, Literal, cast

import pytest

from alerts.base import NotificationKind
from monitor import daemon
from monitor.app import App
from monitor.daemon import Engine
from monitor.errors import ConfigError, Problem, StoreBusy, StoreDamaged
from monitor.jobs import (
    away,
    catching_up,
    delivering,
    lookback,
    mail_down,
    polling,
    replying,
    reporting,
    upkeep,
    waking,
)
from monitor.model import DeliveryOutcome, DeliveryTask, PollOutcome, SourceTask
from monitor.sdnotify import Notifier


class Steady:
    """The steady clock, moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Heard(Notifier):
    """Hears what systemd would hear."""

    def __init__(self) -> None:
        super().__init__()
        self.states: list[str] = []

    def send(self, *states: str) -> None:
        self.states += states


@dataclass
class House:
    """Every job, faked at the engine's door."""

    due: list[SourceTask] = field(default_factory=list)
    mail: list[DeliveryTask] = field(default_factory=list)
    polled: list[str] = field(default_factory=list)
    delivered: list[int] = field(default_factory=list)
    claims: list[int] = field(default_factory=list)
    kept: int = 0
    reloads: list[str] = field(default_factory=list)
    hold: threading.Event = field(default_factory=threading.Event)
    breaks: list[Exception] = field(default_factory=list)
    saves: bool = True
    mail_goes: Literal["sent", "retry"] = "sent"
    waits: list[Exception] = field(default_factory=list)

    wakes: list[DeliveryTask] = field(default_factory=list)
    woken: list[int] = field(default_factory=list)
    hang: threading.Event = field(default_factory=threading.Event)
    looks: list[datetime] = field(default_factory=list)
    readings: list[datetime] = field(default_factory=list)
    silence: threading.Event = field(default_factory=threading.Event)
    stuck: int = 0
    looked_back: list[datetime] = field(default_factory=list)
    patience: threading.Event = field(default_factory=threading.Event)

    def read(self, app: App, now: datetime) -> None:
        self.readings.append(now)
        self.silence.wait(5)

    def look_back(self, app: App, now: datetime) -> int:
        self.looked_back.append(now)
        self.patience.wait(5)
        return 0

    def note_stuck(self, app: App, now: datetime) -> None:
        self.stuck += 1

    def take_over(self, app: App) -> None:
        if self.waits:
            raise self.waits.pop(0)

    def claim_wakes(self, app: App, now: datetime, *, limit: int) -> list[DeliveryTask]:
        taken, self.wakes = self.wakes[:limit], self.wakes[limit:]
        return taken

    def wake(self, app: App, task: DeliveryTask, now: datetime) -> None:
        self.woken.append(task.id)
        self.hang.wait(5)


def _task(number: int, host: str = "") -> SourceTask:
    return SourceTask(
        id=number,
        name=f"source {number}",
        kind="feed",
        locator=f"http://{number}.test/",
        schools=("holm-nook",),
        checkpoint=None,
        failures=0,
        interval=timedelta(minutes=30),
        host=host or f"{number}.test:80",
    )


def _mail(number: int) -> DeliveryTask:
    return cast("DeliveryTask", SimpleNamespace(id=number, kind=NotificationKind.ALERT))


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    house = House()
    house.hold.set()
    house.silence.set()
    house.patience.set()

    def due(app: App, now: datetime) -> list[SourceTask]:
        if house.breaks:
            raise house.breaks.pop(0)
        return house.due

    def poll(app: App, task: SourceTask, now: datetime, *, defer: Any) -> PollOutcome:
        house.hold.wait(5)
        house.polled.append(task.name)
        return PollOutcome(source=task.name, outcome="new", saved=house.saves)

    def claim(app: App, now: datetime, *, limit: int) -> list[DeliveryTask]:
        house.claims.append(limit)
        taken, house.mail = house.mail[:limit], house.mail[limit:]
        return taken

    def deliver(app: App, task: DeliveryTask, now: datetime) -> DeliveryOutcome:
        house.delivered.append(task.id)
        return DeliveryOutcome(id=task.id, outcome=house.mail_goes)

    def keep(app: App, now: datetime) -> None:
        house.kept += 1

    monkeypatch.setattr(away, "taken_up", lambda app: app)
    monkeypatch.setattr(lookback, "guarded_look", house.look_back)
    monkeypatch.setattr(replying, "guarded_read", house.read)
    monkeypatch.setattr(replying, "note_stuck", house.note_stuck)
    monkeypatch.setattr(polling, "due", due)
    monkeypatch.setattr(polling, "guarded_poll", poll)

    monkeypatch.setattr(polling, "take_over", house.take_over)
    monkeypatch.setattr(reporting, "tell_recovery", lambda app, now: False)
    monkeypatch.setattr(catching_up, "catch_up", lambda app, now: 0)
    monkeypatch.setattr(delivering, "take_over", lambda app: None)
    monkeypatch.setattr(polling, "reconcile", lambda app, now: None)
    monkeypatch.setattr(polling, "record_unchanged", lambda app, results: None)
    monkeypatch.setattr(delivering, "claim", claim)
    monkeypatch.setattr(delivering, "guarded_deliver", deliver)
    monkeypatch.setattr(waking, "claim", house.claim_wakes)
    monkeypatch.setattr(waking, "guarded_wake", house.wake)
    monkeypatch.setattr(mail_down, "look", lambda app, now: house.looks.append(now))
    monkeypatch.setattr(upkeep, "note_tick", keep)
    monkeypatch.setattr(upkeep, "nightly", lambda app, now: False)
    monkeypatch.setattr(upkeep, "note_reload", lambda app, problem: house.reloads.append(problem))
    monkeypatch.setattr(reporting, "send_due_digests", lambda app, now: 0)
    monkeypatch.setattr(reporting, "tell_ailments", lambda app, now: False)
    monkeypatch.setattr(reporting, "status_line", lambda app, now: "all well")
    yield house
    house.hold.set()


def _app(threads: int = 4) -> App:
    monitor = SimpleNamespace(threads=threads)
    now = datetime(2026, 11, 24, 10, 15, tzinfo=UTC)
    return cast("App", SimpleNamespace(config=SimpleNamespace(monitor=monitor), now=lambda: now))


def _engine(**more: Any) -> tuple[Engine, Steady, Heard]:
    steady, heard = Steady(), Heard()
    return Engine(_app(), notifier=heard, monotonic=steady, **more), steady, heard


def _settle(engine: Engine) -> None:
    """Wait until everything that was handed out has ended."""
    for running in (*engine._polling.values(), *engine._mailing.values()):
        running.future.result(5)


def test_what_is_due_is_polled_and_delivered(house: House) -> None:
    house.due, house.mail = [_task(1), _task(2)], [_mail(7)]
    engine, _, _ = _engine()

    engine.tick()
    _settle(engine)

    assert sorted(house.polled) == ["source 1", "source 2"]
    assert house.delivered == [7]


def test_a_source_is_not_polled_twice_at_once(house: House) -> None:
    house.due = [_task(1)]
    house.hold.clear()
    engine, _, _ = _engine()

    engine.tick()
    engine.tick()
    house.hold.set()
    _settle(engine)

    assert house.polled == ["source 1"]


def test_one_host_is_asked_by_one_poll_at_a_time(house: House) -> None:
    house.due = [_task(1, "same.test:80"), _task(2, "same.test:80"), _task(3)]
    house.hold.clear()
    engine, _, _ = _engine()

    engine.tick()
    house.hold.set()
    _settle(engine)

    assert sorted(house.polled) == ["source 1", "source 3"]


def test_no_more_polls_run_than_threads(house: House) -> None:
    house.due = [_task(number) for number in range(9)]
    house.hold.clear()
    engine, _, _ = _engine()

    engine.tick()

    assert len(engine._polling) == 4
    house.hold.set()
    _settle(engine)


@pytest.mark.parametrize(("role", "polls", "mails"), [("fetch", 1, 0), ("mail", 0, 1), ("all", 1, 1)])
def test_each_role_does_its_own_half(role: str, polls: int, mails: int, house: House) -> None:
    house.due, house.mail = [_task(1)], [_mail(7)]
    engine, _, _ = _engine(role=role)

    engine.tick()
    _settle(engine)

    assert (len(house.polled), len(house.delivered)) == (polls, mails)


def test_mail_stays_below_what_a_server_takes_in_a_minute(house: House) -> None:
    house.mail = [_mail(number) for number in range(60)]
    engine, steady, _ = _engine()

    for _ in range(60):
        engine.tick()
        _settle(engine)
    first_minute = len(house.delivered)
    steady.now += 61
    engine.tick()
    _settle(engine)

    assert first_minute == daemon.MAILS_A_MINUTE
    assert len(house.delivered) > first_minute


def test_a_mail_server_that_hangs_and_a_spent_minute_hold_up_no_wake_up(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck = threading.Event()
    monkeypatch.setattr(delivering, "guarded_deliver", lambda app, task, now: stuck.wait(30))
    house.mail, house.wakes = [_mail(number) for number in range(40)], []
    engine, _, _ = _engine()

    house.hang.set()
    try:
        for number in (100, 101):
            house.wakes = [_mail(number)]
            engine.tick()
            for running in engine._waking.values():
                running.future.result(5)
    finally:
        stuck.set()

    assert house.woken == [100, 101]


def test_a_service_that_hangs_holds_up_neither_mail_nor_the_next_person(house: House) -> None:
    house.mail, house.wakes = [_mail(7)], [_mail(number) for number in (100, 101, 102, 103)]
    engine, _, _ = _engine()

    engine.tick()
    engine.tick()
    _settle(engine)
    waiting = [task.id for task in house.wakes]
    house.hang.set()

    assert house.delivered == [7]
    assert waiting == [103]
    assert len(engine._waking) == daemon.WAKE_THREADS


def test_whoever_fetches_alone_wakes_nobody_and_each_minute_it_is_seen_whether_mail_goes_out(
    house: House,
) -> None:
    house.wakes = [_mail(100)]
    fetcher, _, _ = _engine(role="fetch")
    fetcher.tick()
    assert (house.wakes, house.looks) == ([_mail(100)], [])

    house.hang.set()
    mailer, steady, _ = _engine(role="mail")
    mailer.tick()
    steady.now += 30
    mailer.tick()
    steady.now += 31
    mailer.tick()

    assert len(house.looks) == 2


@pytest.mark.parametrize("error", [StoreBusy("locked"), RuntimeError("a bug")], ids=["busy", "bug"])
def test_a_failing_tick_is_followed_by_the_next(error: Exception, house: House) -> None:
    house.due, house.breaks = [_task(1)], [error]
    engine, _, _ = _engine()

    engine.tick()
    engine.tick()
    _settle(engine)

    assert house.polled == ["source 1"]


def test_a_stage_that_fails_does_not_stop_the_others(house: House) -> None:
    house.mail, house.breaks = [_mail(7)], [StoreBusy("full")]
    engine, _, heard = _engine()

    engine.tick()
    _settle(engine)

    assert house.delivered == [7]
    assert "WATCHDOG=1" in heard.states


def test_a_place_whose_poll_could_not_be_written_down_is_not_asked_before_its_time(house: House) -> None:
    house.due, house.saves = [_task(1)], False
    engine, steady, _ = _engine()

    for _ in range(3):
        engine.tick()
        _settle(engine)
    steady.now += house.due[0].interval.total_seconds() + 1
    engine.tick()
    _settle(engine)

    assert len(house.polled) == 2


def test_a_damaged_database_ends_the_engine_so_that_the_next_start_mends_it(house: House) -> None:
    house.breaks = [StoreDamaged("damaged")]
    engine, _, _ = _engine()
    engine.tick()

    assert engine.run() == 1


def test_a_start_waits_for_a_database_that_is_kept_by_somebody(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daemon, "START_AGAIN", 0.0)
    house.waits = [StoreBusy("locked"), StoreBusy("locked")]
    engine, _, heard = _engine()

    engine._start()

    assert house.waits == []
    assert heard.states[0] == "READY=1"


def test_a_start_that_waits_can_be_ended(house: House) -> None:
    house.waits = [StoreBusy("locked")] * 3
    engine, _, heard = _engine()
    engine.stop()

    engine._start()

    assert heard.states == ["READY=1", "WATCHDOG=1", "STATUS=waiting for the database"]


def test_systemd_hears_of_progress(house: House) -> None:
    engine, _, heard = _engine()

    engine.tick()

    assert heard.states == ["WATCHDOG=1", "STATUS=all well"]


def test_systemd_hears_at_every_tick_that_we_live_and_now_and_then_how(house: House) -> None:
    engine, steady, heard = _engine()
    engine.tick()
    for _ in range(int(daemon.UPKEEP_EVERY)):
        steady.now += 1
        engine.tick()

    assert heard.states.count("WATCHDOG=1") == daemon.UPKEEP_EVERY + 1
    assert heard.states.count("STATUS=all well") == 2


def test_a_poll_that_never_ends_silences_the_watchdog(house: House) -> None:
    house.due = [_task(1)]
    house.hold.clear()
    engine, steady, heard = _engine()
    engine.tick()
    heard.states.clear()

    steady.now += daemon.LONGEST_POLL + 1
    engine.tick()

    assert heard.states == []
    house.hold.set()
    _settle(engine)


def test_upkeep_is_done_once_a_minute(house: House) -> None:
    engine, steady, _ = _engine()

    engine.tick()
    engine.tick()
    steady.now += daemon.UPKEEP_EVERY
    engine.tick()

    assert house.kept == 2


def test_the_first_mail_after_an_outage_brings_on_the_next_upkeep(house: House) -> None:
    house.mail, house.mail_goes = [_mail(1), _mail(2)], "retry"
    engine, _, _ = _engine()
    engine.tick()
    _settle(engine)
    house.mail, house.mail_goes = [_mail(3)], "sent"

    engine.tick()
    _settle(engine)
    engine.tick()

    assert house.kept == 2


def test_a_metronome_that_the_clock_has_stopped_is_wound_up_again(house: House) -> None:
    engine, steady, _ = _engine()
    engine._wind()
    [job] = engine._metronome.jobs
    job.next_run = datetime.now() + timedelta(hours=2)  # noqa: DTZ005 -- schedule counts in naive local time

    steady.now += daemon.LATE_TICK + 1
    engine._beat()

    [wound] = engine._metronome.jobs
    assert wound is not job
    assert wound.next_run is not None
    assert wound.next_run < datetime.now() + timedelta(minutes=1)  # noqa: DTZ005 -- as above


def test_a_new_configuration_is_taken_up(house: House) -> None:
    fresh = _app()
    engine, _, _ = _engine(reload=lambda old: fresh)

    engine._reload_wanted.set()
    engine.tick()

    assert engine.app is fresh
    assert house.reloads == [""]


def test_a_wrong_configuration_is_refused_and_told(house: House) -> None:
    def refuse(old: App) -> App:
        raise ConfigError([Problem("monitor.toml", "mail.host", "missing")])

    engine, _, _ = _engine(reload=refuse)
    before = engine.app

    engine._reload_wanted.set()
    engine.tick()

    assert engine.app is before
    assert house.reloads == ["monitor.toml: mail.host: missing"]


def test_without_a_way_to_reload_the_wish_is_ignored(house: House) -> None:
    engine, _, _ = _engine()

    engine._reload_wanted.set()
    engine.tick()

    assert house.reloads == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_engine_and_gives_the_signals_back(number: int, house: House) -> None:
    before = signal.getsignal(number)
    heard = Heard()
    engine = Engine(_app(), notifier=heard)
    threading.Timer(0.2, os.kill, (os.getpid(), number)).start()

    start = time.monotonic()
    assert engine.run() == 0

    assert time.monotonic() - start < 5
    assert heard.states[0] == "READY=1"
    assert heard.states[-1] == "STOPPING=1"
    assert signal.getsignal(number) is before


def test_hangup_asks_for_the_configuration(house: House) -> None:
    engine, _, _ = _engine()
    previous = signal.getsignal(signal.SIGHUP)
    handler = dict(engine._handlers())[signal.SIGHUP]

    handler(signal.SIGHUP, None)

    assert engine._reload_wanted.is_set()
    assert signal.getsignal(signal.SIGHUP) is previous


def test_work_that_hangs_does_not_hold_up_the_end(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[int] = []
    monkeypatch.setattr(daemon, "STOP_SECONDS", 0.05)
    monkeypatch.setattr(os, "_exit", left.append)
    house.due = [_task(1)]
    house.hold.clear()
    engine, _, _ = _engine()
    engine.tick()

    engine.stop()
    engine._finish()

    assert left == [0]


def test_a_mailbox_that_hangs_holds_up_no_poll_no_mail_and_no_beat(house: House) -> None:
    house.silence.clear()
    house.due, house.mail = [_task(1)], [_mail(7)]
    engine, steady, _ = _engine()

    for _ in range(3):
        engine.tick()
        _settle(engine)
        steady.now += 61

    assert (len(house.readings), house.stuck) == (1, 2)
    assert (house.polled[:1], house.delivered, house.kept) == (["source 1"], [7], 3)
    house.silence.set()
    assert engine._reading is not None
    engine._reading.future.result(5)
    engine.tick()
    assert engine._reading.since == steady.now


def test_replies_are_looked_for_once_a_minute_by_whoever_sends_mail(house: House) -> None:
    engine, steady, _ = _engine(role="mail")
    for _ in range(3):
        engine.tick()
        assert engine._reading is not None
        engine._reading.future.result(5)
        steady.now += 31
    assert len(house.readings) == 2

    fetcher, _, _ = _engine(role="fetch")
    fetcher.tick()
    assert (fetcher._reading, len(house.readings)) == (None, 2)


def test_told_posts_are_looked_at_again_once_a_minute_by_whoever_fetches(house: House) -> None:
    engine, steady, _ = _engine()
    engine.tick()
    assert engine._looking is not None
    engine._looking.future.result(5)
    engine.tick()
    assert len(house.looked_back) == 1
    steady.now += 61
    engine.tick()
    engine._looking.future.result(5)
    assert len(house.looked_back) == 2

    mailer, _, _ = _engine(role="mail")
    mailer.tick()
    assert mailer._looking is None


def test_a_look_back_that_hangs_is_not_begun_twice(house: House) -> None:
    house.patience.clear()
    engine, steady, _ = _engine()
    engine.tick()
    steady.now += 200
    engine.tick()
    house.patience.set()
    assert engine._looking is not None
    engine._looking.future.result(5)

    assert len(house.looked_back) == 1
