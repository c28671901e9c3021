"""``check``: everything that is wrong with the configuration, and with the world it names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from monitor.cli import box_trial
from monitor.cli.shell import LOOK, as_json, emit, load_config

if TYPE_CHECKING:
    from alerts.base import Channel
    from monitor.config import Config

GOOD, BAD, WARNING = "ok", "problem", "warning"


@click.command()
@click.option("--online", is_flag=True, help="Also log in, send a test mail, and ask each source once.")
@as_json
@click.pass_context
def check(ctx: click.Context, online: bool, json_lines: bool) -> None:
    """Read the configuration and list every problem, with its place and a suggestion.

    Example: mention-monitor --config config/monitor.toml check --online
    """
    config = load_config(ctx)
    worst = GOOD
    for level, message in _findings(config, online=online):
        worst = BAD if BAD in (level, worst) else worst
        if json_lines:
            emit({"level": level, "message": message})
        else:
            click.echo(f"{level}: {message}", err=level != GOOD)
    if not json_lines:
        click.echo("The configuration can be used." if worst == GOOD else "A human should look.")
    ctx.exit(LOOK if worst == BAD else 0)


def _findings(config: Config, *, online: bool) -> Iterator[tuple[str, str]]:
    from monitor import config as configuration

    for problem in configuration.secret_problems(config):
        yield BAD, str(problem)
    yield from _proofs(config)
    for warning in config.warnings:
        yield (BAD if warning in config.blockers else WARNING), str(warning)
    sources = sum(len(school.sources) for school in config.schools.values())
    for school in config.schools.values():
        if school.learned:
            words = ", ".join(f'"{one.words}"' for one in school.learned)
            yield GOOD, f"{school.slug}: accepted from “not us”: {words}"
    schools = len(config.schools)
    yield (
        GOOD,
        f"{schools} school{'s' * (schools != 1)}, {sources} source{'s' * (sources != 1)}, mail by {config.mail.kind}",
    )
    yield from _wakes(config, online=online)
    yield from box_trial.missing(config)
    if online:
        yield from _online(config)


def _wakes(config: Config, *, online: bool) -> Iterator[tuple[str, str]]:
    """Addresses over which nobody can be woken, and people whom nothing wakes; online, one line over each."""
    from alerts.errors import Misconfigured
    from alerts.wake import Waker
    from monitor.config import waking as lists
    from monitor.jobs import waking

    waker = Waker()
    for problem in lists.problems(config, waker.look):
        yield BAD, str(problem)
    for caution in lists.cautions(config):
        yield WARNING, str(caution)
    if online:
        with suppress(Misconfigured):  # told by the first of the problems
            for place, why in waking.ring(config, waker):
                yield (BAD, f"wake: {place}: {why}") if why else (GOOD, f"wake: a test went out over {place}")


def _proofs(config: Config) -> Iterator[tuple[str, str]]:
    """What the monitor logs in with: keys that cannot be used, and secrets that end."""
    from monitor import expiry, oauth
    from monitor.app import utc_now

    for refusal in oauth.problems(config):
        yield BAD, f"{refusal.message}. {refusal.remedy}"
    today = utc_now().date()
    for ending in expiry.near(config.monitor, today):
        yield (BAD if ending.on < today else WARNING), f"{ending.words(today)}. {ending.remedy}"


def _online(config: Config) -> Iterator[tuple[str, str]]:
    """Ask the real world: the mail server first, then each source once."""
    from monitor import log
    from monitor.app import build_channel, build_mailbox
    from monitor.oauth import Tokens
    from sources.cage import InProcess

    log.configure("ERROR")
    channel = build_channel(config)
    yield from _mail(config, channel)
    box = build_mailbox(config, Tokens(config), InProcess())
    if box is not None:
        yield from box_trial.tried(config, channel, box)
    channel.close()
    yield from _ask_sources(config)


def _mail(config: Config, channel: Channel) -> Iterator[tuple[str, str]]:
    from alerts.errors import DeliveryError
    from monitor.app import utc_now
    from monitor.jobs import reporting

    try:
        yield GOOD, channel.check()
        to = reporting.technician(config)
        reporting.send_test(config, channel, to, utc_now())
        yield GOOD, f"a test mail went to {', '.join(role.value for role in to.roles) or 'the sender'}"
    except DeliveryError as error:
        yield BAD, f"mail: {error}. {error.remedy}"


def _ask_sources(config: Config) -> Iterator[tuple[str, str]]:
    from contextlib import closing

    from monitor.app import build_fetcher, build_source, source_tools
    from sources.cage import Cage
    from sources.errors import SourceError

    with closing(build_fetcher(config)) as fetcher, closing(Cage()) as cage:
        tools = source_tools(config, fetcher, cage)
        for source in [each for school in config.schools.values() for each in school.sources]:
            try:
                batch = build_source(source, tools).poll(None)
            except SourceError as error:
                yield BAD, f"{source.name}: {error}. {error.remedy}"
                continue
            robots = f"; robots.txt says {batch.robots}" if batch.robots else ""
            notes = "".join(f"; {note}" for note in (*batch.notes, *(one.words for one in batch.concerns)))
            yield GOOD, f"{source.name}: {len(batch.entries)} entries{robots}{notes}"
