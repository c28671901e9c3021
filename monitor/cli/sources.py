"""``sources``: how each place is doing, what no source can see, and which places are not watched and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from monitor.cli.adding import add, presets
from monitor.cli.forgetting import forget
from monitor.cli.looking import database, zone_of
from monitor.cli.shell import as_json, emit, local, plain, table, wrapped

if TYPE_CHECKING:
    from alerts.base import Ailment
    from monitor.facts import Allowance, SourceStatus

_STANDINGS = {
    "closed": "No way in for anybody",
    "declined": "A way in that we do not take",
    "waiting": "Waiting for money, an approval, or somebody to ask for it",
}


@click.group(invoke_without_command=True)
@click.option("--declined", is_flag=True, help="Which places are not watched, why, and what it would take.")
@as_json
@click.pass_context
def sources(ctx: click.Context, declined: bool, json_lines: bool) -> None:
    """Show how each source is doing, and what none of them can see.

    Example: mention-monitor sources
    """
    if ctx.invoked_subcommand:
        return
    if declined:
        _tell_declined(json_lines)
        return
    from monitor import health
    from monitor.app import utc_now
    from monitor.store import habits, polls

    with database(ctx) as (config, tx):
        rows = polls.statuses(tx)
        learnt = habits.of(tx, rows, utc_now())
        zone = zone_of(config)
    doubts = {row.id: health.doubt(row, learnt.get(row.id)) for row in rows}
    if json_lines:
        for row in rows:
            doubt = doubts[row.id]
            emit({**plain(row), "doubt": doubt.what if doubt else "", "cannot": _cannot(row.kind)})
        return
    _tell(rows, doubts, zone)


sources.add_command(add)
sources.add_command(presets)
sources.add_command(forget)


def _tell_declined(json_lines: bool) -> None:
    """Every place that is not watched; needs no configuration."""
    from sources.declined import DECLINED, NEVER

    if json_lines:
        for one in DECLINED:
            emit(one)
        return
    click.echo(wrapped(f"Never visible, whatever is set up: {NEVER}."))
    for standing, title in _STANDINGS.items():
        click.echo(f"\n{title}")
        for one in DECLINED:
            if one.standing == standing:
                instead = f" Instead: {one.instead}." if one.instead else ""
                words = f"{one.name}: {one.reason}. It would take: {one.takes}.{instead}"
                click.echo(wrapped(words, "  ", "    "))


def _tell(rows: Iterable[SourceStatus], doubts: dict[int, Ailment | None], zone: ZoneInfo) -> None:
    from sources.declined import NEVER

    rows = list(rows)
    columns = ("source", "last success", "next poll", "robots", "entries", "mentions")
    table(
        "Sources",
        columns,
        (_row(row, zone) for row in rows),
        empty="No source was polled yet: run the daemon, or run --once.",
    )
    notes = [(row.name, note) for row in rows for note in _notes(row, doubts[row.id], zone)]
    if notes:
        click.echo("To know")
    for name, note in notes:
        click.echo(wrapped(f"{name}: {note}", "  ", "    "))
    click.echo("\nWhat they can never see" if rows else "\nWhat no source can see")
    for kind in sorted({row.kind for row in rows}):
        click.echo(wrapped(f"{kind}: {_cannot(kind)}", "  ", "    "))
    click.echo(wrapped(f"all: {NEVER}", "  ", "    "))
    click.echo("Places that are not watched, and why: mention-monitor sources --declined")


def _row(row: SourceStatus, zone: ZoneInfo) -> tuple[str, ...]:
    return (
        f"{row.name} ({row.kind})",
        _short(row.last_ok_at, zone),
        _short(row.next_poll_at, zone),
        row.robots or "–",
        str(row.entries),
        str(row.mentions),
    )


def _short(at: datetime | None, zone: ZoneInfo) -> str:
    """A time without its weekday: two of them stand in one line."""
    return at.astimezone(zone).strftime("%-d %b %H:%M") if at else "–"


def _notes(row: SourceStatus, doubt: Ailment | None, zone: ZoneInfo) -> Iterator[str]:
    """What is odd or limited about a source, each in a sentence."""
    from monitor import health
    from monitor.app import utc_now

    if row.failures:
        often = "failed" if row.failures == 1 else f"failed {row.failures} times in a row"
        yield f"{often}: {row.error}; {row.remedy}".rstrip("; .")
    if row.gap_at:
        yield f"on {local(row.gap_at, zone)} it had more than could be read; look there by hand"
    if row.allowance:
        yield _budget(row.allowance, zone)
    if row.robots == "disallowed":
        yield "robots.txt refuses crawlers; only what the site offers to its readers is read"
    if row.rejected:
        yield f"{row.rejected} of its entries could not be examined"
    if doubt:
        yield f"{doubt.what.removeprefix(f'{row.name} has been ')}: {doubt.remedy}"
    yield from health.remarks(row, utc_now())


def _budget(allowed: Allowance, zone: ZoneInfo) -> str:
    renewed = f", renewed {local(allowed.renewed_at, zone)}" if allowed.renewed_at else ""
    spent = f"; nothing left since {local(allowed.spent_at, zone)}" if allowed.spent_at else ""
    return f"used {allowed.used} of {allowed.limit} {allowed.of}{renewed}{spent}"


def _cannot(kind: str) -> str:
    """What a kind of source can never see."""
    from sources.registry import KINDS

    known: Any = KINDS.get(kind)
    return known.cannot if known else ""
