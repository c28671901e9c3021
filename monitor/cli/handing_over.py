"""``handover``: one page for whoever looks after the watch next, and a card for the staff room."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.shell import as_json, emit, load_config, local, wrapped

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.config import Config
    from monitor.facts import HealthFacts

NOT_THERE = "–"


@click.command()
@click.option("--card", "as_card", is_flag=True, help="The card for the staff room: how posts are passed on.")
@click.option("--school", "slug", help="Whose card, where the configuration has several schools.")
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@as_json
@click.pass_context
def handover(
    ctx: click.Context, as_card: bool, slug: str | None, file: Path | None, json_lines: bool
) -> None:
    """Say on one page where everything is; or, with --card, what staff have to know, as text or into an HTML FILE.

    Example: mention-monitor handover --card card.html
    """
    if file is not None and not as_card:
        raise click.UsageError("a FILE goes with --card")
    config = load_config(ctx)
    if as_card:
        _card(config, slug, file, json_lines=json_lines)
        return
    facts = dict(_page(config))
    if json_lines:
        emit(facts)
        return
    click.echo("\n".join(wrapped(f"{name}: {fact}", "", "    ") for name, fact in facts.items()))


def _card(config: Config, slug: str | None, file: Path | None, *, json_lines: bool) -> None:
    from monitor.cli.card import card
    from monitor.cli.texts import one_school

    box = config.monitor.mailbox
    if box is None:
        raise click.UsageError("nobody would read what is passed on: [mailbox] is missing in monitor.toml")
    made = card(config, config.schools[one_school(config, slug)], box.intake or box.address)
    if file is not None:
        file.write_text(made.html(), encoding="utf-8")
        click.echo(f"The card is in {file}: print it on A6, or open it on a phone.")
    elif json_lines:
        emit(made)
    else:
        click.echo(made.text())


def _page(config: Config) -> Iterator[tuple[str, str]]:
    """What a successor asks first, and its answer."""
    from monitor.app import utc_now

    now = utc_now()
    schools = list(config.schools.values())
    yield "schools", ", ".join(one.settings.school.name for one in schools)
    yield (
        "configuration",
        f"{config.path}, {', '.join(one.file for one in schools)}; secrets lie in files beside it",
    )
    yield "state", f"{config.state} (monitor.db, sent.log, install.key, backups/)"
    yield "last back-up", _last_backup(config.state / "backups")
    yield "people", "; ".join(_people(config))
    kinds = Counter(source.kind for one in schools for source in one.sources)
    listed = ", ".join(f"{many} {kind}" for kind, many in sorted(kinds.items()))
    yield "sources", f"{kinds.total()}: {listed}" if kinds else "none"
    yield "mail", _mail(config)
    yield "replies", _replies(config)
    yield from _vitals(config, now)
    yield (
        "pause all",
        "systemctl stop mention-monitor; tell the head first. Start it again: what was missed is read then",
    )
    yield (
        "pause one place",
        "put # before its [[source]] in the school file, then: systemctl reload mention-monitor",
    )
    yield "secrets that end", "; ".join(_endings(config, now)) or "none within 60 days"
    yield "is all well?", "mention-monitor health; mention-monitor check --online; then OPERATIONS.md"


def _people(config: Config) -> Iterator[str]:
    """How many have which role, and which important one nobody has; no name, no address."""
    from alerts import wording
    from alerts.base import Role

    for school in config.schools.values():
        held = Counter(role for person in school.settings.person for role in person.all_roles)
        have = ", ".join(f"{wording.ROLES[role]} {held[role]}" for role in Role if held[role])
        lack = [
            wording.ROLES[role]
            for role in (Role.HEAD, Role.DSL, Role.CHAIR, Role.TECHNICIAN)
            if not held[role]
        ]
        yield (have or "nobody") + (f" (nobody is {wording.listed(lack, 'or')})" if lack else "")


def _mail(config: Config) -> str:
    host = getattr(config.mail.channel, "host", "")
    return f"{config.mail.kind}{f' over {host}' if host else ''}, from {config.mail.settings.sender}"


def _replies(config: Config) -> str:
    box = config.monitor.mailbox
    if box is None:
        return "no mailbox: mails are answered by command"
    return f"{box.address} on {box.host}; posts are passed on to {box.intake or box.address}"


def _last_backup(folder: Path) -> str:
    copies = sorted(folder.glob("daily-*.db"))
    return str(copies[-1]) if copies else "none yet: the first is made in the night"


def _vitals(config: Config, now: datetime) -> Iterator[tuple[str, str]]:
    """What the database tells, if there is one."""
    if not (config.state / "monitor.db").exists():
        yield "last alive", "never: start it with systemctl start mention-monitor"
        return
    facts, stories = _facts(config, now)
    zone = next(iter(config.schools.values())).settings.school.timezone
    yield "last alive", local(facts.last_tick_at, zone) if facts.last_tick_at else "never as a daemon"
    yield "last mail", local(facts.last_sent_at, zone) if facts.last_sent_at else NOT_THERE
    yield "open stories", f"{stories}; see: mention-monitor incidents --open"


def _facts(config: Config, now: datetime) -> tuple[HealthFacts, int]:
    from monitor.store import Store, health, incidents

    store = Store.open(config.state)
    try:
        with store.read() as tx:
            return health.facts(tx, now), len(incidents.listing(tx, open_only=True, limit=10_000))
    finally:
        store.close()


def _endings(config: Config, now: datetime) -> Iterator[str]:
    from monitor import expiry

    yield from (ending.words(now.date()) for ending in expiry.near(config.monitor, now.date()))
