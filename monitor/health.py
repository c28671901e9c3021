"""What we cannot see or say: the watch looked at by itself.

A silent monitor must not look like a quiet week. Pure: facts and ``now`` go in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from alerts.base import Ailment
from alerts.circle import listed
from monitor import expiry, self_test
from monitor.facts import FullMailbox, Habit, HealthFacts, SourceStatus

MISSED_TURNS = 3
"""A source is silent when it has missed so many turns, but never within a day: feeds rest at night."""
SHORTEST_SILENCE = timedelta(hours=24)
FAILURES = 3
"""Failures in a row that are no longer a hiccup …"""
DENIALS = 2
"""… and refusals: waiting changes nothing, but the outer wall of a platform refuses everybody at times."""
PENDING_TOO_LONG = timedelta(minutes=30)
TICK_TOO_OLD = timedelta(minutes=5)
"""The daemon notes that it is alive every minute."""
DEAF_TOO_LONG = timedelta(minutes=30)
"""A mailbox that cannot be read for a moment is no trouble."""
_IGNORED = frozenset(
    [
        "automatic",
        "list",
        "empty",
        "own",
        "broken",
        "no code",
        "forged",
        "expired",
        "stranger",
        "again",
        "our fault",
        "nothing passed on",
        "too many",
    ]
)
"""What is counted of letters on which nothing was done."""
GAP_REMEMBERED = timedelta(days=1)
OFF_REMEMBERED = timedelta(hours=1)
"""How long a stand-still is told of after it; until then no place is called silent that may not have been asked yet."""


def ailments(facts: HealthFacts, now: datetime, *, scorer: str = "") -> tuple[Ailment, ...]:
    """Everything that is wrong, what cannot be seen first.

    ``scorer`` says what is wrong with the judgement itself; empty while it is whole.
    """
    off = facts.off if facts.off and now - facts.off[1] < OFF_REMEMBERED else None
    return (
        *_daemon(facts, now),
        *_stood_still(off),
        *_clock(facts),
        *(ailment for source in facts.sources if (ailment := _source(source, now, off)) is not None),
        *(ailment for source in facts.sources if (ailment := _gap(source, now))),
        *(ailment for source in facts.sources if (ailment := _spent(source, now))),
        *(ailment for source in facts.sources for ailment in _worries(source)),
        *_mail(facts, now),
        *_wakes(facts, now),
        *_replies(facts, now),
        *filter(None, (self_test.ailment(facts.self_test),)),
        *_rest(facts, scorer),
    )


def endings(facts: HealthFacts, now: datetime) -> tuple[Ailment, ...]:
    """What ends soon at the sources. It is mailed by stages, not every day like what is wrong already."""
    return tuple(ending.ailment(now.date()) for ending in expiry.of_sources(facts.sources, now.date()))


def remarks(source: SourceStatus, now: datetime) -> Iterator[str]:
    """What its last poll said of a source that answers: what ends, what somebody must see to, and its notes."""
    for ending in expiry.of_sources([source], now.date()):
        words = ending.words(now.date()).removeprefix(f"At {source.name} ")
        yield f"{words}; {ending.remedy}"
    for worry in source.worries:
        if worry.ends is None:
            yield f"{worry.what}; {worry.remedy}"
    yield from source.notes


def doubts(sources: Iterable[SourceStatus], habits: Mapping[int, Habit]) -> tuple[Ailment, ...]:
    """Sources that answer, and have brought nothing for longer than is their habit; ``habits`` by source.

    Nobody is written to about that: it may well be that nothing was said.
    """
    return tuple(
        ailment for source in sources if (ailment := doubt(source, habits.get(source.id))) is not None
    )


def doubt(source: SourceStatus, habit: Habit | None) -> Ailment | None:
    """What is odd about a source's silence, if anything is."""
    heard = source.last_ok_at
    if habit is None or heard is None or heard <= habit.doubtful_at:
        return None
    return Ailment(
        what=f"{source.name} has been quiet for {_ago(heard - habit.last_at)}; usually something every {_ago(habit.usual)}",
        since=habit.doubtful_at,
        remedy="look whether the address still works",
    )


def silence(source: SourceStatus) -> timedelta:
    """How long nothing may be heard from a source before that is an ailment."""
    return max(source.interval * MISSED_TURNS, SHORTEST_SILENCE)


def line(facts: HealthFacts, now: datetime) -> str:
    """The watch in one line: ``12/12 sources ok, queue 0, last mail 3 h ago``."""
    well = sum(_source(source, now) is None for source in facts.sources)
    sent = f"last mail {_ago(now - facts.last_sent_at)} ago" if facts.last_sent_at else "no mail yet"
    dead = f", {facts.dead} not delivered" if facts.dead else ""
    waiting = facts.oldest_pending_since
    late = waiting is not None and now - waiting > PENDING_TOO_LONG
    mail = f"MAIL WAITS for {_ago(now - waiting)}, " if late and waiting else ""
    return f"{mail}{well}/{len(facts.sources)} sources ok, queue {facts.pending}{dead}, {sent}"


def letters(facts: HealthFacts) -> Iterator[str]:
    """What the letters of the week came to, in one line: what was acted on, and why the others were not."""
    acted = sum(many for word, many in facts.letters if word not in _IGNORED)
    ignored = ", ".join(f"{word} {many}" for word, many in facts.letters if word in _IGNORED)
    if facts.letters:
        why = f"; ignored this week: {ignored}" if ignored else ""
        yield f"{acted} letters acted on{why}"


def _daemon(facts: HealthFacts, now: datetime) -> Iterator[Ailment]:
    if not facts.sources:
        yield Ailment(
            what="No source is being looked at", since=None, remedy="add a [[source]] to the school file"
        )
    if facts.last_tick_at is None:
        yield Ailment(
            what="The monitor has never run", since=None, remedy="start it: systemctl start mention-monitor"
        )
    elif now - facts.last_tick_at > TICK_TOO_OLD:
        yield Ailment(
            what=f"The monitor has not run for {_ago(now - facts.last_tick_at)}",
            since=facts.last_tick_at,
            remedy="see: systemctl status mention-monitor",
        )


def _stood_still(off: tuple[datetime, datetime] | None) -> Iterator[Ailment]:
    if off is not None:
        since, until = off
        yield Ailment(
            what=f"Nothing was looked at or mailed for {_ago(until - since)}:"
            " the monitor was not running, or its clock was set",
            since=since,
            remedy="what was due meanwhile goes out now; for why, see: journalctl -u mention-monitor",
        )


def _clock(facts: HealthFacts) -> Iterator[Ailment]:
    if facts.leapt_at is not None:
        yield Ailment(
            what="The clock leapt forward by more than a month; nothing is deleted before it has agreed with itself for a day",
            since=facts.leapt_at,
            remedy="see that date and time are right: timedatectl",
        )


def _source(
    source: SourceStatus, now: datetime, off: tuple[datetime, datetime] | None = None
) -> Ailment | None:
    heard = source.last_ok_at or source.added_at
    because = f": {source.error}" if source.error else ""
    remedy = source.remedy or "see: mention-monitor sources"
    if now - heard > silence(source) and off is None:
        what = f"Not heard from {source.name} for {_ago(now - heard)}{because}"
        return Ailment(what=what, since=heard, remedy=remedy)
    if source.failures >= (DENIALS if source.error_kind == "Denied" else FAILURES):
        what = f"{source.name} failed {source.failures} times in a row{because}"
        return Ailment(what=what, since=heard, remedy=remedy)
    return None


def _gap(source: SourceStatus, now: datetime) -> Ailment | None:
    if source.gap_at is None or now - source.gap_at > GAP_REMEMBERED:
        return None
    return Ailment(
        what=f"{source.name} had more than could be read: something may have been missed",
        since=source.gap_at,
        remedy="look there by hand, and look more often (every = …)",
    )


def _spent(source: SourceStatus, now: datetime) -> Ailment | None:
    allowed = source.allowance
    if allowed is None or allowed.spent_at is None or (allowed.renewed_at and allowed.renewed_at <= now):
        return None
    return Ailment(
        what=f"{source.name} has used up what its platform allows ({allowed.limit} {allowed.of}): it sees less",
        since=allowed.spent_at,
        remedy="ask for less (fewer searches, every = …), or for a larger allowance at the platform",
    )


def _worries(source: SourceStatus) -> Iterator[Ailment]:
    for worry in source.worries:
        if worry.ends is None:
            yield Ailment(
                what=f"At {source.name} {worry.what}: something may be missed",
                since=worry.since,
                remedy=worry.remedy,
            )


def _mail(facts: HealthFacts, now: datetime) -> Iterator[Ailment]:
    yield from (_full(mailbox, now) for mailbox in facts.full)
    waiting = facts.oldest_pending_since
    if waiting is not None and now - waiting > PENDING_TOO_LONG:
        yield Ailment(
            what=f"Mail has been waiting for {_ago(now - waiting)}; {facts.pending} in the queue",
            since=waiting,
            remedy="see: mention-monitor outbox; then mention-monitor check --online",
        )
    if facts.dead:
        messages = "message" if facts.dead == 1 else "messages"
        yield Ailment(
            what=f"{facts.dead} {messages} could not be delivered for good",
            since=None,
            remedy="see: mention-monitor outbox; tell these people yourself",
        )


def _wakes(facts: HealthFacts, now: datetime) -> Iterator[Ailment]:
    since = facts.wake_failing_since
    if since is not None:
        yield Ailment(
            what=f"Somebody who was to be woken could not be for {_ago(now - since)}",
            since=since,
            remedy="see: mention-monitor outbox; then mention-monitor check --online",
        )
    if facts.unwoken:
        wakes = "wake-up" if facts.unwoken == 1 else "wake-ups"
        yield Ailment(
            what=f"{facts.unwoken} {wakes} could not get through and came too late",
            since=None,
            remedy="see: mention-monitor outbox; then mention-monitor check --online",
        )


def _mended(code: str) -> str:
    """What ends a mail's coming back with this status (RFC 3463, section 3.3)."""
    return (
        "ask them to make room in their mailbox"
        if code.endswith(".2.2")
        else "correct the address in the school file"
    )


def _replies(facts: HealthFacts, now: datetime) -> Iterator[Ailment]:
    for address in facts.bounced:
        said = f" ({address.code})" if address.code else ""
        yield Ailment(
            what=f"Mails to the {listed(address.roles)} are accepted and come back{said}",
            since=address.since,
            remedy=f"{_mended(address.code)}; until one arrives tell them yourself what is urgent",
        )
    deaf = facts.deaf
    if deaf is not None and now - deaf.since > DEAF_TOO_LONG:
        yield Ailment(
            what=f"Replies have not been read for {_ago(now - deaf.since)}: {deaf.error}",
            since=deaf.since,
            remedy=deaf.remedy or "see: mention-monitor check --online; until then act by command",
        )


def _full(mailbox: FullMailbox, now: datetime) -> Ailment:
    hears = f"; {listed(mailbox.instead)} hears instead" if mailbox.instead else "; nobody hears instead"
    return Ailment(
        what=f"The mailbox of the {listed(mailbox.roles)} has been full for {_ago(now - mailbox.since)}{hears}",
        since=mailbox.since,
        remedy="ask them to make room; until then tell them yourself what is urgent",
    )


def _rest(facts: HealthFacts, scorer: str) -> Iterator[Ailment]:
    if facts.rejected_reload:
        yield Ailment(
            what=f"The changed configuration was refused, the old one still holds: {facts.rejected_reload}",
            since=None,
            remedy="mend it, then: mention-monitor check; systemctl reload mention-monitor",
        )
    if facts.rejected_entries:
        posts = "post" if facts.rejected_entries == 1 else "posts"
        yield Ailment(
            what=f"{facts.rejected_entries} {posts} of the last day could not be examined",
            since=None,
            remedy="report this with the log: the program has a fault",
        )
    if scorer:
        yield Ailment(what=scorer, since=None, remedy="install the program again: a file of it is damaged")


def _ago(time: timedelta) -> str:
    """A length of time as people say it, rounded down: ``12 min``, ``30 h``, ``5 days``."""
    minutes = max(int(time.total_seconds() // 60), 0)
    if minutes < 120:  # noqa: PLR2004 -- "90 min" says more than "1 h"
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h" if hours < 72 else f"{hours // 24} days"  # noqa: PLR2004 -- "30 h" says more than "1 day"
