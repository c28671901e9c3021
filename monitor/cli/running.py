"""Commands that work: the daemon, one round, one source, the outbox."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.shell import LOOK, as_json, emit, load_config, local, plain, table
from monitor.errors import ConfigError

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.config import Config
    from monitor.model import DeliveryOutcome, Plan, PollOutcome, SourceTask
    from sources.base import Batch

ROLES = ("all", "fetch", "mail")


@click.command()
@click.option("--once", is_flag=True, help="One round, then end.")
@click.option("--all", "everything", is_flag=True, help="With --once: every source and all pending mail now.")
@click.option("--role", type=click.Choice(ROLES), default="all", show_default=True)
@as_json
@click.pass_context
def run(ctx: click.Context, once: bool, everything: bool, role: str, json_lines: bool) -> None:
    """Run the daemon, as systemd starts it; or one round with --once.

    Example: mention-monitor --config config/monitor.toml run --once --all
    """
    from monitor.store import hold

    if everything and not once:
        raise click.UsageError("--all goes with --once")
    config = load_config(ctx)
    _refuse_blocked(config)
    with hold(config.state, role):
        ctx.exit(_one_round(config, role, everything, json_lines) if once else _daemon(ctx, config, role))


@click.command()
@click.argument("name")
@click.option("--dry-run", is_flag=True, help="Show what would be stored and sent; write nothing.")
@as_json
@click.pass_context
def poll(ctx: click.Context, name: str, dry_run: bool, json_lines: bool) -> None:
    """Look at one source now.

    Example: mention-monitor poll "Blog Preston" --dry-run
    """
    from monitor.jobs import polling

    config = load_config(ctx)
    with _app(config) as app:
        if not dry_run:
            polling.reconcile(app, app.now())
        task = polling.named(app, name)
        if task is None:
            known = ", ".join(source.name for school in config.schools.values() for source in school.sources)
            raise click.UsageError(f"there is no source {name!r}; there is {known}")
        if dry_run:
            ctx.exit(_dry_run(app, task, json_lines=json_lines))
        outcome = polling.poll_source(app, task, app.now())
    _tell(outcome, json_lines)
    ctx.exit(LOOK if outcome.outcome == "failed" else 0)


@click.command()
@click.option("--all", "everything", is_flag=True, help="Also what waits for its hour.")
@as_json
@click.pass_context
def deliver(ctx: click.Context, everything: bool, json_lines: bool) -> None:
    """Send what is due (or all that is pending) now.

    Example: mention-monitor deliver --all
    """
    from monitor.errors import AlreadyRunning
    from monitor.jobs import delivering, rounds
    from monitor.store import hold

    config = load_config(ctx)
    with _app(config) as app:
        try:
            with hold(config.state, "mail"):
                done = rounds.run_round(
                    app, everything=everything, poll=False, tell=lambda outcome: _tell(outcome, json_lines)
                )
        except AlreadyRunning:
            if everything:
                delivering.hurry(app, app.now())
            click.echo("The daemon is running: it sends what is due within seconds.", err=True)
            return
    if not done.deliveries and not json_lines:
        click.echo("Nothing was due.")
    ctx.exit(LOOK if done.failed else 0)


def _dry_run(app: App, task: SourceTask, *, json_lines: bool) -> int:
    from monitor.jobs import polling
    from sources.errors import SourceError

    try:
        batch, plan = polling.dry_run(app, task, app.now())
        _show_batch(batch, json_lines)
        _show_plan(app, plan, json_lines)
    except SourceError as error:
        click.echo(f"{task.name}: {error}. {error.remedy}", err=True)
        return LOOK
    return 0


def _one_round(config: Config, role: str, everything: bool, json_lines: bool) -> int:
    from monitor.jobs import rounds

    with _app(config, mend=role == "all") as app:
        done = rounds.run_round(
            app,
            everything=everything,
            poll=role in ("all", "fetch"),
            mail=role in ("all", "mail"),
            tell=lambda outcome: _tell(outcome, json_lines),
        )
    if not json_lines:
        sent = sum(delivery.outcome == "sent" for delivery in done.deliveries)
        failed = sum(poll.outcome == "failed" for poll in done.polls)
        click.echo(
            f"{len(done.polls)} sources polled, {failed} failed; {sent} of {len(done.deliveries)} mails sent."
        )
    return LOOK if done.failed else 0


def _daemon(ctx: click.Context, config: Config, role: str) -> int:
    import os

    from monitor import config as configuration
    from monitor import log
    from monitor.app import open_app
    from monitor.daemon import Engine
    from monitor.sdnotify import Notifier

    surroundings = configuration.surroundings(os.environ)
    log.configure(journal=surroundings.journal)

    def reload(old: App) -> App:
        fresh = load_config(ctx)
        _refuse_blocked(fresh)
        return old.renewed(fresh)

    with open_app(config, mend=role == "all") as app:
        return Engine(app, role, Notifier(surroundings.notify_socket), reload).run()


@contextmanager
def _app(config: Config, *, mend: bool = False) -> Iterator[App]:
    from monitor import log
    from monitor.app import open_app

    log.configure("WARNING")
    with open_app(config, mend=mend) as app:
        yield app


def _refuse_blocked(config: Config) -> None:
    if config.blockers:
        raise ConfigError(config.blockers)


def _tell(outcome: PollOutcome | DeliveryOutcome, json_lines: bool) -> None:
    """One line for each thing that happened."""
    from monitor.model import PollOutcome

    if json_lines:
        what = "poll" if isinstance(outcome, PollOutcome) else "delivery"
        emit({"what": what, **plain(outcome)})
    elif isinstance(outcome, PollOutcome):
        click.echo(f"{outcome.source}: {_poll_words(outcome)}")
    else:
        click.echo(
            f"{outcome.channel} {outcome.id}: {outcome.outcome}"
            + (f", {outcome.error}" if outcome.error else "")
        )


def _poll_words(outcome: PollOutcome) -> str:
    if outcome.outcome == "failed":
        return f"failed, {outcome.error}. {outcome.remedy}"
    if outcome.outcome == "unchanged":
        return "nothing new"
    gap = "; more than could be read" if outcome.gap else ""
    return (
        f"{outcome.entries} entries, {outcome.mentions} new mentions, "
        f"{outcome.notifications} notifications{gap}"
    )


def _show_batch(batch: Batch, json_lines: bool) -> None:
    """How much was read, and what the source remarked on it."""
    notes = (*batch.notes, *(one.words for one in batch.concerns))
    if json_lines:
        emit({"what": "read", "entries": len(batch.entries), "gap": batch.gap, "notes": notes})
        return
    gap = "; there was more than could be read" if batch.gap else ""
    if batch.unchanged:
        gap = ": nothing is new since the last look"
    entries = "entry was" if len(batch.entries) == 1 else "entries were"
    click.echo("\n".join((f"{len(batch.entries)} {entries} read{gap}.", *(f"- {note}" for note in notes))))


def _show_plan(app: App, plan: Plan, json_lines: bool) -> None:
    """What a poll would store and send, masked; nothing was written."""
    from alerts.base import Alert

    facts: list[dict[str, Any]] = [
        {
            "what": "mention",
            "school": new.finding.school,
            "severity": new.finding.assessment.severity,
            "certainty": new.finding.match.certainty,
            "categories": new.finding.assessment.categories,
            "url": new.finding.entry.url,
            "silent": new.silent,
        }
        for new in plan.mentions
    ]
    facts += [
        {
            "what": "notification",
            "school": note.school,
            "severity": note.severity,
            "reason": note.reason,
            "to": [role for recipient in note.recipients for role in recipient.roles],
            "not_before": note.not_before,
            "excerpt": note.payload.items[0].excerpt
            if isinstance(note.payload, Alert) and note.payload.items
            else "",
        }
        for note in plan.notifications
    ]
    if json_lines:
        for fact in facts:
            emit(fact)
        return
    zone = next(iter(app.config.schools.values())).settings.school.timezone
    stored = [plain(fact) for fact in facts if fact["what"] == "mention"]
    table(
        "Would be stored",
        ("severity", "certainty", "categories", "link"),
        ((m["severity"], m["certainty"], ", ".join(m["categories"]), m["url"]) for m in stored),
        empty="Nothing would be stored.",
    )
    table(
        "Would be sent",
        ("severity", "reason", "to", "not before", "excerpt"),
        (
            (
                n["severity"].word,
                n["reason"].value,
                ", ".join(n["to"]),
                local(n["not_before"], zone),
                n["excerpt"],
            )
            for n in facts
            if n["what"] == "notification"
        ),
        empty="Nothing would be sent.",
    )
