"""Our own replies, as the platforms show them: they are no mentions, but they stop the clock of what they answer.

*Seen* is not *answered*: nobody is taken to be on a story because of a reply, and a grave one stays open.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from monitor import dedupe
from monitor.app import App
from monitor.model import Plan, SourceTask
from monitor.store import Tx, answers
from sources.base import Entry

_ANSWERED = "answered"
"""Sets the digests of replies apart from those of posts that matched nothing."""


def settle(  # noqa: PLR0917 -- what was found where, and what was decided on it
    app: App, tx: Tx, task: SourceTask, entries: Iterable[Entry], plan: Plan, now: datetime
) -> int:
    """Let the replies of a batch, and those that came before their comments, stop clocks; return how many stories.

    Part of the transaction that records the batch.
    """
    own = _targets(entries, now)
    owed = {one.finding.entry.id: one.finding.keys.key for one in plan.mentions if one.clock == "answer"}
    if not own and not owed:
        return 0
    digest = {name: _digest(app, task.kind, name) for name in {*own, *owed}}
    answers.remember(tx, {digest[name]: at for name, at in own.items()})
    before = answers.replied(tx, (digest[name] for name in owed))
    replies = {key: before[digest[name]] for name, key in owed.items() if digest[name] in before}
    for place in answers.places(tx, task.kind) if own else ():
        for name, at in own.items():
            replies.setdefault(dedupe.keys(f"{task.kind}:{place}", Entry(id=name)).key, at)
    return answers.stop(tx, task.schools, replies, now)


def _targets(entries: Iterable[Entry], now: datetime) -> dict[str, datetime]:
    """What our replies answer, and when first: the post itself; the thread, where the platform tells no more."""
    found: dict[str, datetime] = {}
    for entry in entries:
        target = entry.reply_to or (entry.thread if entry.thread != entry.id else "")
        if entry.by_us and target:
            at = min(entry.published or now, now)
            found[target] = min(found.get(target, at), at)
    return found


def _digest(app: App, kind: str, entry_id: str) -> bytes:
    return dedupe.seen_digest(app.store.install_key, f"{_ANSWERED}:{kind}", entry_id)
