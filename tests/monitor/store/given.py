"""Small stories for the tests of the store: a school, a source, findings, plans and payloads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from alerts.base import (
    Ailment,
    Alert,
    Category,
    Clock,
    HealthNotice,
    Item,
    NotificationKind,
    Reason,
    Recipient,
    Role,
    Severity,
)
from monitor.facts import SourceSpec
from monitor.model import (
    Assessment,
    Certainty,
    Finding,
    Ground,
    IncidentChange,
    Keys,
    Match,
    NewMention,
    NewNotification,
    Plan,
    Sentiment,
    SourceTask,
)
from monitor.store import Store, polls, record
from sources.base import Batch, Entry

NOW = datetime(2026, 11, 24, 10, 15, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
SLUG = "holm-nook"
SCHOOLS = [(SLUG, "Holm Nook Community Primary School")]
HEAD = Recipient(address="head@holm-nook.example", roles=(Role.HEAD,), name="The head")
DSL = Recipient(address="dsl@holm-nook.example", roles=(Role.DSL, Role.DEPUTY_HEAD))


def spec(
    name: str = "local blog", *, schools: tuple[str, ...] = (SLUG,), every: timedelta = QUARTER
) -> SourceSpec:
    """A feed whose address is made from its name."""
    host = f"{name.replace(' ', '-')}.example:443"
    return SourceSpec(
        name=name, kind="feed", locator=f"https://{host}/feed", host=host, interval=every, schools=schools
    )


def watched(store: Store, *specs: SourceSpec, now: datetime = NOW) -> SourceTask:
    """Put the sources (one, if none is named) into the store; return the first one's task."""
    chosen = specs or (spec(),)
    with store.write() as tx:
        polls.reconcile(tx, SCHOOLS, chosen, now)
        task = polls.named(tx, chosen[0].name)
    assert task is not None
    return task


def finding(
    key: str = "k1",
    *,
    school: str = SLUG,
    severity: Severity = Severity.HIGH,
    categories: tuple[Category, ...] = (Category.STAFF_ABUSE_HARASSMENT,),
    certainty: Certainty = Certainty.CERTAIN,
    keys: Keys | None = None,
    entry: Entry | None = None,
) -> Finding:
    """A post that matched the school."""
    return Finding(
        school=school,
        entry=entry or Entry(id=f"id-{key}", title=f"Title {key}", text=f"Text {key}", author="@somebody"),
        match=Match(
            school=school,
            certainty=certainty,
            term="holm nook primary",
            place="body",
            span=(0, 4),
            grounds=(Ground(rule="strong", excerpt="holm nook primary"),),
        ),
        assessment=Assessment(
            sentiment=Sentiment(compound=-0.42, label="neg"),
            abuse=0.61,
            severity=severity,
            categories=categories,
            needs_response=True,
            grounds=(Ground(rule="insult", excerpt="useless", weight=0.5),),
        ),
        keys=keys or Keys(key=key, content=f"content-{key}"),
    )


def mention(found: Finding, *, incident: str | None = None, duplicate_of: str | None = None) -> NewMention:
    """The mention that the finding becomes."""
    return NewMention(
        finding=found,
        text=found.entry.text,
        duplicate_of=duplicate_of,
        incident=incident,
        clock="decide",
        due_at=NOW + timedelta(days=1),
    )


def change(
    key: str = "k1",
    *,
    opened: bool = True,
    severity: Severity = Severity.HIGH,
    count: int = 1,
    grown_to: int = 0,
    clock: Clock = "decide",
    due_at: datetime | None = NOW + timedelta(days=1),
    school: str = SLUG,
) -> IncidentChange:
    """A story, opened or changed."""
    return IncidentChange(
        school=school,
        subject_key=key,
        opened=opened,
        severity=severity,
        category=Category.STAFF_ABUSE_HARASSMENT,
        categories=(Category.STAFF_ABUSE_HARASSMENT,),
        certain=True,
        count=count,
        grown_to=grown_to,
        clock=clock,
        due_at=due_at,
    )


def alert(*keys: str, severity: Severity = Severity.HIGH, reason: Reason = Reason.FIRST) -> Alert:
    """What the story has to say; its items name their mentions by key."""
    items = tuple(
        Item(mention=key, source="local blog", title="", excerpt="…", url="", seen_at=NOW) for key in keys
    )
    return Alert(
        school=SLUG,
        short="Holm Nook",
        severity=severity,
        category=Category.STAFF_ABUSE_HARASSMENT,
        categories=(Category.STAFF_ABUSE_HARASSMENT,),
        reason=reason,
        items=items,
        count=len(keys),
        grounds=("strong words against staff",),
    )


def speak(
    key: str | None = "k1",
    *,
    kind: NotificationKind = NotificationKind.ALERT,
    severity: Severity = Severity.HIGH,
    to: Sequence[Recipient] = (HEAD,),
    not_before: datetime = NOW,
    amends: bool = False,
    payload: Alert | None = None,
    school: str = SLUG,
) -> NewNotification:
    """Something to say about a story."""
    reason = Reason.REMINDER if kind is NotificationKind.REMINDER else Reason.FIRST
    return NewNotification(
        school=school,
        incident=key,
        kind=kind,
        reason=reason,
        severity=severity,
        payload=payload or alert(key or "", severity=severity, reason=reason),
        recipients=tuple(to),
        not_before=not_before,
        amends=amends,
    )


def ill(*, to: Sequence[Recipient] = (HEAD,), not_before: datetime = NOW) -> NewNotification:
    """A health notice."""
    notice = HealthNotice(
        school=SLUG,
        short="Holm Nook",
        zone="Europe/London",
        ailments=(Ailment(what="local blog is silent", since=NOW, remedy="look at it"),),
    )
    base = speak(None, kind=NotificationKind.HEALTH, severity=Severity.LOW, to=to, not_before=not_before)
    return replace(base, payload=notice)


def told(key: str = "k1", *, severity: Severity = Severity.HIGH, to: Sequence[Recipient] = (HEAD,)) -> Plan:
    """One mention that opens a story and is spoken of."""
    return Plan(
        mentions=(mention(finding(key, severity=severity), incident=key),),
        incidents=(change(key, severity=severity),),
        notifications=(speak(key, severity=severity, to=to),),
    )


def put(
    store: Store,
    plan: Plan,
    task: SourceTask,
    *,
    now: datetime = NOW,
    batch: Batch | None = None,
    others: Sequence[tuple[bytes, bytes]] = (),
) -> record.Recorded:
    """Record the plan as one poll of the source."""
    with store.write() as tx:
        return record.record(
            tx, plan, task, batch or Batch(entries=(), checkpoint={"etag": "1"}), others, now, now + QUARTER
        )
