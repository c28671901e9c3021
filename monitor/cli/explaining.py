"""Who hears next of a story, when, and why: for ``incidents show --explain``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import click

from monitor.cli.shell import local

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from monitor.config import Config
    from monitor.facts import IncidentRow, MentionRow
    from monitor.store import Tx
    from monitor.store.ladders import Climbing


def lines(config: Config, tx: Tx, story: IncidentRow, now: datetime, zone: ZoneInfo) -> Iterator[str]:
    """Sentences for people; roles, never names or addresses."""
    from alerts.ladder import explain
    from monitor.store import ladders, owed

    climbing = ladders.get(tx, story.id)
    if story.closed_at:
        yield "Closed: nobody is told again."
    elif story.owner:
        yield f"Taken by {story.owner}: only they are reminded, when the time is nearly over."
    elif climbing is None:
        yield from _waiting(tx, story, zone)
        yield "Nobody is told a second time: only critical and high stories are, if nobody answers."
    else:
        yield from explain(climbing.ladder, now, climbing.began, zone)
        yield from _wakes(config, climbing)
    if story.assigned_to and not story.owner:
        yield f"The {story.assigned_to.replace('_', ' ')} was asked to look after it, and has not said mine yet."
    if story.snoozed_until:
        yield f"Put off until {local(story.snoozed_until, zone)}."
    proposal = owed.proposed(tx, story.id)
    if proposal and not story.closed_at:
        yield f"{proposal.by} has proposed {proposal.detail}; a second lead must say the same."


def since(tx: Tx, story: IncidentRow, zone: ZoneInfo) -> tuple[dict[int, str], list[str]]:
    """What became of each post, and of the story as a whole: answered, held."""
    from monitor import aftermath
    from monitor.store import afterlife, holds

    posts = afterlife.aftermath(tx, story.id)
    fates = {post.mention: f"  {told}" if (told := aftermath.line(post, zone)) else "" for post in posts}
    lines = []
    if story.answered_at:
        lines.append(f"Answered: our reply was seen on the platform ({local(story.answered_at, zone)}).")
    hold = holds.of(tx, story.id)
    if hold is not None:
        lines.append(f"Held by {hold.by} until {local(hold.until, zone)}: {hold.reason}")
    return fates, lines


def echo_grounds(row: MentionRow) -> None:
    """Say why a post was graded so."""
    click.echo("Why:")
    for ground in row.grounds:
        click.echo(f"  - {ground.rule}" + (f": “{ground.excerpt}”" if ground.excerpt else ""))


def _waiting(tx: Tx, story: IncidentRow, zone: ZoneInfo) -> Iterator[str]:
    """The mails that wait for their hour."""
    from monitor.store import outbox

    for one in outbox.waiting(tx):
        if one.incident_id == story.id and one.state != "dead":
            to = ", ".join(role.value for role in one.roles)
            yield f"A mail to {to} waits until {local(one.next_attempt_at, zone)}."


def _wakes(config: Config, climbing: Climbing) -> Iterator[str]:
    """Who is woken with these mails, over what."""
    from alerts.base import Severity
    from alerts.circle import listed
    from monitor.config import waking
    from monitor.jobs.retelling import roles_of
    from monitor.model import ON_DUTY

    if climbing.story.severity < Severity.CRITICAL:
        return
    ladder = climbing.ladder
    told = [*ladder.first, *(to for step in ladder.steps for to in step.recipients)]
    own = roles_of(one for one in told if waking.list_of(config, one.address))
    rest = roles_of(one for one in told if not waking.list_of(config, one.address))
    if own:
        yield f"Woken with each of their mails, over a list of their own: the {listed(own)}."
    if rest and waking.list_of(config, ON_DUTY):
        yield f"Woken with each of their mails, over the list of [wake]: the {listed(rest)}."
    elif rest:
        yield f"Not woken, because nothing says over what: the {listed(rest)}."
