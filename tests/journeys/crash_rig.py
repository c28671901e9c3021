"""Kills a process before every statement of two polls and of the mails that follow, and looks what is left.

Run as a program, it prints one JSON object: what became of each of ``WAYS``, and of a first start. The parent imports everything, warms
the statement caches, holds no connection and no thread, and forks a child for each life and each death.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, select, update

from alerts.base import Alert, Category, Item, NotificationKind, Reason, Recipient, Role, Severity
from monitor.facts import SourceSpec
from monitor.model import (
    Assessment,
    Certainty,
    DeliveryTask,
    EditedMention,
    Finding,
    IncidentChange,
    Keys,
    Known,
    Match,
    NewMention,
    NewNotification,
    Plan,
    Sentiment,
    SourceTask,
)
from monitor.store import Store, Tx, outbox, polls, record
from monitor.store.engine import UtcTime
from monitor.store.tables import metadata, source
from sources.base import Batch, Entry
from tests.journeys.lives import Steps, in_a_child, lay_out, room

START = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
INTERVAL = 15 * MINUTE
LEASE = 5 * MINUTE
AFTER_A_CRASH = 6 * MINUTE  # by then every lease of the dead has run out
SCHOOL = "holm-nook"
PEOPLE = (
    Recipient(address="head@holm-nook.example", roles=(Role.HEAD,)),
    Recipient(address="dsl@holm-nook.example", roles=(Role.DSL,)),
)
_STRIDE = 6  # the steps from one settled mail to the next: the rarest fault is met early
UNTOLD = {"attempts", "may_repeat"}  # they tell of the crash, and may

# What the feed lists, in order: each poll reads what comes after its checkpoint.
FEED = (
    (
        Entry(id="a", text="first words", thread="t1"),
        Entry(id="b", text="more of the same", thread="t1"),
        Entry(id="c", text="about another town"),
    ),
    (
        Entry(id="d", text="first words", thread="t9"),
        Entry(id="a", text="first words, edited", thread="t1"),
        Entry(id="e", text="a threat", thread="t2"),
        Entry(id="f", text="about another town again"),
    ),
)


@dataclass(frozen=True)
class Life:
    """One run of the daemon: a store, where its mails arrive, what its clock is late by, when it dies."""

    store: Store
    mails: Path
    late: timedelta
    point: Callable[[], None]


# The journey, as the daemon makes it.


def journey(life: Life, way: Way) -> None:
    """Two polls, as far as they are due, and then every mail."""
    for visit in range(len(FEED)):
        poll(life, way, START + visit * INTERVAL * 2 + life.late)
    deliver(life, way, START + 100 * MINUTE + life.late)


def poll(life: Life, way: Way, now: datetime) -> None:
    with life.store.read() as tx:
        tasks = polls.due(tx, now)
    for task in tasks:
        with life.store.write() as tx:
            ours = polls.lease(tx, task.id, now, now + LEASE)
        if ours:
            way.record(life, task, _read(task), now)


def _read(task: SourceTask) -> Batch:
    done = (task.checkpoint or {}).get("read", 0)
    entries = FEED[done] if done < len(FEED) else ()  # a look after the last edition finds nothing
    return Batch(entries=entries, checkpoint={"read": min(done + 1, len(FEED))})


def deliver(life: Life, way: Way, now: datetime) -> None:
    with life.store.write() as tx:
        tasks = outbox.claim(tx, now, lease=LEASE)
    for task in tasks:
        way.send(life, task, now)


def _mail(life: Life, task: DeliveryTask) -> str:
    """Hand a mail over: the one step that no transaction covers."""
    message_id = f"<{task.subject_key}.{task.sequence}.{task.recipient.address}>"
    life.point()
    with life.mails.open("a") as file:
        file.write(message_id + "\n")
    life.point()
    return message_id


# Ways to do it: ours, and three that others have used.


def _record_together(life: Life, task: SourceTask, batch: Batch, now: datetime) -> None:
    with life.store.write() as tx:
        _record(tx, task, batch, now, lambda plan: plan)


def _record_checkpoint_first(life: Life, task: SourceTask, batch: Batch, now: datetime) -> None:
    with life.store.write() as tx:
        _move(tx, task, batch, now)
    _record_together(life, task, batch, now)


def _record_mentions_first(life: Life, task: SourceTask, batch: Batch, now: datetime) -> None:
    same = replace(batch, checkpoint=dict(task.checkpoint or {}))
    whole: list[Plan] = []

    def only_mentions(plan: Plan) -> Plan:
        whole.append(plan)
        return Plan(mentions=tuple(replace(one, incident=None) for one in plan.mentions))

    with life.store.write() as tx:
        _record(tx, task, same, now, only_mentions)
    with life.store.write() as tx:
        record.record(tx, replace(whole[0], mentions=()), task, batch, _others(batch), now, now + INTERVAL)


def _move(tx: Tx, task: SourceTask, batch: Batch, now: datetime) -> None:
    values = {"checkpoint": dict(batch.checkpoint), "next_poll_at": now + INTERVAL}
    tx.connection.execute(update(source).where(source.c.id == task.id).values(**values))


def _send_then_settle(life: Life, task: DeliveryTask, now: datetime) -> None:
    message_id = _mail(life, task)
    with life.store.write() as tx:
        outbox.sent(tx, task, message_id=message_id, code="250", now=now)


def _settle_then_send(life: Life, task: DeliveryTask, now: datetime) -> None:
    with life.store.write() as tx:
        outbox.sent(tx, task, message_id="<marked>", code="", now=now)
    _mail(life, task)


@dataclass(frozen=True)
class Way:
    """How a poll is recorded and a mail sent."""

    record: Callable[[Life, SourceTask, Batch, datetime], None] = _record_together
    send: Callable[[Life, DeliveryTask, datetime], None] = _send_then_settle


OURS = "ours"
WAYS = {
    OURS: Way(),
    "checkpoint first": Way(record=_record_checkpoint_first),
    "mentions first": Way(record=_record_mentions_first),
    "settled before sent": Way(send=_settle_then_send),
}


# A small examine and decide.


def _record(tx: Tx, task: SourceTask, batch: Batch, now: datetime, cut: Callable[[Plan], Plan]) -> None:
    findings = [_finding(entry) for entry in batch.entries if "town" not in entry.text]
    plan = decide(findings, record.known(tx, findings), now)
    record.record(tx, cut(plan), task, batch, _others(batch), now, now + INTERVAL)


def _others(batch: Batch) -> list[tuple[bytes, bytes]]:
    return [(entry.id.encode() * 16, b"c" * 16) for entry in batch.entries if "town" in entry.text]


def _finding(entry: Entry) -> Finding:
    grave = Severity.CRITICAL if "threat" in entry.text else Severity.HIGH
    return Finding(
        school=SCHOOL,
        entry=entry,
        match=Match(school=SCHOOL, certainty=Certainty.CERTAIN, term="x", place="body", span=(0, 1)),
        assessment=Assessment(
            sentiment=Sentiment(compound=-0.5, label="neg"),
            abuse=0.6,
            severity=grave,
            categories=(Category.THREAT_VIOLENCE,),
        ),
        keys=Keys(
            key=entry.id, content=entry.text, text=entry.text, thread=entry.thread, bands=(len(entry.text),)
        ),
    )


def decide(findings: Sequence[Finding], known: Known, now: datetime) -> Plan:
    """New posts join the story of their thread or text, or open one; every story speaks once a poll."""
    stored = {one.key: one for one in known.mentions}
    stories = {value: one.incident for one in known.mentions for value in (one.keys.text, one.keys.thread)}
    mentions: list[NewMention] = []
    edited: list[EditedMention] = []
    opened: set[str] = set()
    for finding in findings:
        keys = finding.keys
        if keys.key in stored:
            if stored[keys.key].keys.content != keys.content:
                edited.append(EditedMention(finding=finding, text=finding.entry.text, incident=None))
            continue
        story = stories.get(keys.text) or stories.get(keys.thread)
        if story is None:
            story = keys.key
            opened.add(story)
        stories[keys.text] = stories[keys.thread] = story
        mentions.append(_new(finding, story, now))
    named = sorted({one.incident for one in mentions if one.incident})
    return Plan(
        mentions=tuple(mentions),
        edited=tuple(edited),
        incidents=tuple(_change(story, mentions, known, opened=story in opened, now=now) for story in named),
        notifications=tuple(_speak(story, mentions, known, now) for story in named),
    )


def _new(finding: Finding, story: str, now: datetime) -> NewMention:
    return NewMention(
        finding=finding,
        text=finding.entry.text,
        duplicate_of=None,
        incident=story,
        clock="decide",
        due_at=now,
    )


def _change(
    story: str, mentions: Sequence[NewMention], known: Known, *, opened: bool, now: datetime
) -> IncidentChange:
    before = known.incidents.get((SCHOOL, story))
    own = [one for one in mentions if one.incident == story]
    gravest = max(one.finding.assessment.severity for one in own)
    return IncidentChange(
        school=SCHOOL,
        subject_key=story,
        opened=opened,
        severity=max(gravest, before.severity) if before else gravest,
        category=Category.THREAT_VIOLENCE,
        categories=(Category.THREAT_VIOLENCE,),
        certain=True,
        count=len(own) + (before.count if before else 0),
        grown_to=0,
        clock="decide",
        due_at=now,
    )


def _speak(story: str, mentions: Sequence[NewMention], known: Known, now: datetime) -> NewNotification:
    before = known.incidents.get((SCHOOL, story))
    said = before.pending.items if before and before.pending else ()
    new = tuple(
        Item(mention=one.finding.keys.key, source="feed", title="", excerpt="", url="", seen_at=START)
        for one in mentions
        if one.incident == story
    )
    payload = Alert(
        school=SCHOOL,
        short="Holm Nook",
        severity=Severity.HIGH,
        category=Category.THREAT_VIOLENCE,
        categories=(),
        reason=Reason.FIRST,
        items=said + new,
        count=len(said + new),
        grounds=(),
    )
    return NewNotification(
        school=SCHOOL,
        incident=story,
        kind=NotificationKind.ALERT,
        reason=Reason.FIRST,
        severity=Severity.HIGH,
        payload=payload,
        recipients=PEOPLE,
        not_before=now,
        amends=bool(said),
    )


# Lives and deaths.


@dataclass(frozen=True)
class Rig:
    """A state folder that is laid out anew for each life, and a store that was never connected."""

    home: Path
    store: Store

    @property
    def mails(self) -> Path:
        return self.home / "mails"

    @property
    def steps(self) -> Path:
        return self.home / "steps"

    def lay_out(self) -> None:
        """As it was before the first poll."""
        lay_out(self.home)
        self.mails.write_text("")

    def left(self) -> tuple[Any, Counter[str]]:
        """Everything in the database but its times, and every mail that arrived."""
        with self.store.read() as tx:
            rows = {table.name: _told(tx, table) for table in metadata.sorted_tables}
        self.store.close()
        return json.loads(json.dumps(rows)), Counter(self.mails.read_text().splitlines())

    def live(self, way: Way, *, late: timedelta = timedelta(), dies_at: int = 0) -> bool:
        """Live in a child that dies before its ``dies_at``-th step; whether it came to the end."""

        def lived(steps: Steps) -> None:
            journey(Life(store=self.store, mails=self.mails, late=late, point=steps), way)

        return in_a_child(self.store, lived, self.steps, dies_at) > 0


def _told(tx: Tx, table: Any) -> list[list[Any]]:
    columns = [column for column in table.columns if column.name not in UNTOLD]
    told = [column.is_(None) if isinstance(column.type, UtcTime) else column for column in columns]
    found = tx.connection.execute(select(*told).order_by(*table.primary_key.columns))
    return [[str(value) if isinstance(value, bytes) else value for value in row] for row in found]


def set_up(home: Path) -> Rig:
    """Make the state before the first poll, and warm every statement up."""
    store = Store.open(home / "state")
    with store.write() as tx:
        spec = SourceSpec(
            name="feed", kind="feed", locator="x", host="x", interval=INTERVAL, schools=(SCHOOL,)
        )
        polls.reconcile(tx, [(SCHOOL, "Holm Nook")], [spec], START)
    assert store.compact()
    store.close()
    shutil.copy(home / "state" / "monitor.db", home / "before.db")
    rig = Rig(home=home, store=store)
    rig.lay_out()
    journey(Life(store=store, mails=rig.mails, late=timedelta(), point=lambda: None), WAYS[OURS])
    rig.left()
    return rig


def birth(home: Path) -> dict[str, Any]:
    """Die at every few steps of a first start: the tables are all there or none, and the next start works."""
    halves, last = 0, 0
    for step in range(1, 1000, _STRIDE):
        state = home / f"born-{step}"
        child = os.fork()
        if child == 0:
            event.listen(Engine, "before_cursor_execute", Steps(step))
            Store.open(state).close()
            os._exit(0)
        died = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
        with closing(sqlite3.connect(state / "monitor.db")) as base:
            tables = base.execute("SELECT count(*) FROM sqlite_master WHERE type = 'table'").fetchone()[0]
        halves += 0 < tables < len(metadata.tables)
        Store.open(state).close()
        if not died:
            break
        last = step
    return {"steps": last, "wrong": halves}


def trial(rig: Rig, way: Way, *, thorough: bool) -> dict[str, Any]:
    """Die at every step, live again, and compare with an undisturbed life.

    Not ``thorough``: in a mixed order, and only until something is wrong.
    """
    rig.lay_out()
    if not rig.live(way):
        raise SystemExit("the undisturbed life ended early")
    right, mails = rig.left()
    steps = int(rig.steps.read_text())
    deaths, wrong, most = 0, 0, 0
    for step in range(1, steps + 1) if thorough else _mixed(steps):
        rig.lay_out()
        if rig.live(way, dies_at=step):
            raise SystemExit(f"nobody died at step {step} of {steps}")
        deaths += 1
        rig.live(way, late=AFTER_A_CRASH)
        rows, arrived = rig.left()
        most = max(most, *arrived.values(), 0)
        wrong += rows != right or set(arrived) != set(mails)
        if wrong and not thorough:
            break
    return {"steps": steps, "deaths": deaths, "wrong": wrong, "mails": len(mails), "most_copies": most}


def _mixed(steps: int) -> Iterator[int]:
    """Every step once, far apart from one to the next."""
    for number in range(_STRIDE):
        yield from range(steps - number, 0, -_STRIDE)


def main() -> None:
    """Try our way at every step, and the others until they fail."""
    with room() as home:
        rig = set_up(home)
        tried = {name: trial(rig, way, thorough=name == OURS) for name, way in WAYS.items()}
        tried["birth"] = birth(home)
    sys.stdout.write(json.dumps(tried))


if __name__ == "__main__":
    main()
