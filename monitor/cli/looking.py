"""Commands that only look: mentions, incidents, outbox, health."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from alerts.base import Category, Severity
from monitor.cli.shell import LOOK, as_json, emit, load_config, local, shortened, table, wrapped

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.facts import IncidentRow, MentionRow, OutboxRow
    from monitor.store import Tx

SHOWN = 100
"""Characters of a masked text in a table."""


class Since(click.ParamType[datetime]):
    """A day, a time, or a span back from now such as ``7d``."""

    name = "WHEN"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Turn ``7d`` or ``2026-11-20`` into an aware time."""
        from monitor.app import utc_now
        from monitor.values import duration

        if isinstance(value, datetime):
            return value
        try:
            return utc_now() - duration(value)
        except ValueError:
            pass
        try:
            return datetime.fromisoformat(value).astimezone()
        except ValueError:
            self.fail(f'expected a span such as "7d" or a day such as 2026-11-20, got {value!r}', param, ctx)


def filters(command: Any) -> Any:
    """The options that lists share."""
    for option in (
        click.option("--since", type=Since(), help="A span such as 7d, or a day such as 2026-11-20."),
        click.option("--severity", type=click.Choice([each.word for each in Severity]), help="At least."),
        click.option("--category", type=click.Choice([each.value for each in Category])),
        click.option("--open", "open_only", is_flag=True, help="Only what nobody has closed."),
        click.option("--school", "slug", help="Only this school."),
        click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True),
    ):
        command = option(command)
    return command


@click.group(invoke_without_command=True)
@filters
@as_json
@click.pass_context
def mentions(ctx: click.Context, /, json_lines: bool, **wanted: Any) -> None:
    """List stored mentions, newest first; names and texts are masked.

    Example: mention-monitor mentions --since 7d --severity high
    """
    if ctx.invoked_subcommand:
        return
    from monitor.store import mentions as store

    with database(ctx) as (config, tx):
        rows = store.listing(tx, **_wanted(wanted))
        masked = masker_of(config)
        zone = zone_of(config)
    if json_lines:
        for row in rows:
            emit(_mention(row, masked))
        return
    columns = ("mention", "seen", "severity", "category", "source", "what", "story")
    table("Mentions", columns, (_mention_row(row, masked, zone) for row in rows), empty="No mentions.")


@mentions.command("show")
@click.argument("reference")
@as_json
@click.pass_context
def show_mention(ctx: click.Context, reference: str, json_lines: bool) -> None:
    """Show one mention with the grounds of its grade.

    Example: mention-monitor mentions show M345
    """
    from monitor.cli import explaining
    from monitor.store import mentions as store

    with database(ctx) as (config, tx):
        row = store.get(tx, number(reference, "M"))
        masked = masker_of(config)
        zone = zone_of(config)
    if row is None:
        raise click.UsageError(f"there is no mention {reference}")
    if json_lines:
        emit(_mention(row, masked))
        return
    click.echo(f"M{row.id}  {row.severity.word}  {', '.join(row.categories) or 'no category'}")
    click.echo(f"Seen {local(row.seen_at, zone)} at {row.source} ({row.source_kind}): {row.url or 'no link'}")
    if row.certainty != "certain":
        click.echo("The place is not certain.")
    click.echo(f"\n{masked(row.title)}\n{masked(row.text)}\n".strip() or "(the text is not kept)")
    explaining.echo_grounds(row)


@click.group(invoke_without_command=True)
@filters
@as_json
@click.pass_context
def incidents(ctx: click.Context, /, json_lines: bool, **wanted: Any) -> None:
    """List stories: related mentions that need a human.

    Example: mention-monitor incidents --open
    """
    if ctx.invoked_subcommand:
        return
    from monitor.store import incidents as store

    with database(ctx) as (config, tx):
        rows = store.listing(tx, **_wanted(wanted))
        zone = zone_of(config)
    if json_lines:
        for row in rows:
            emit(_incident(row))
        return
    columns = ("story", "severity", "category", "posts", "opened", "answer or decide by", "owner", "state")
    table("Stories", columns, (_incident_row(row, zone) for row in rows), empty="No stories.")


@incidents.command("show")
@click.argument("reference")
@click.option("--explain", is_flag=True, help="Say who was told, who hears next, and why it was graded so.")
@click.option("--by", default="", help="Who looks, by role or address.")
@as_json
@click.pass_context
def show_incident(ctx: click.Context, reference: str, explain: bool, by: str, json_lines: bool) -> None:
    """Show one story: its posts, its history, its deadline.

    Example: mention-monitor incidents show R12 --explain
    """
    from monitor.app import utc_now
    from monitor.cli import explaining
    from monitor.jobs import acting
    from monitor.store import incidents as store

    identity, now = number(reference, "R"), utc_now()
    with database(ctx) as (config, tx):
        row = store.get(tx, identity)
        if row is None:
            raise click.UsageError(f"there is no story {reference}")
        acting.refuse_subject(config, tx, row, by, now)
        posts = store.mentions_of(tx, identity)
        events = store.events(tx, identity)
        told = store.told(tx, identity)
        fates, since = explaining.since(tx, row, zone := zone_of(config))
        masked = masker_of(config)
        next_lines = list(explaining.lines(config, tx, row, now, zone)) if explain else []
    if json_lines:
        emit(
            {
                **_incident(row),
                "mentions": [_mention(post, masked) for post in posts],
                "events": events,
                "told": told,
                "since": since,
                "fates": {f"M{post}": fate.strip() for post, fate in fates.items()},
                **({"next": next_lines} if explain else {}),
            }
        )
        return
    click.echo(f"R{row.id}  {row.severity.word}  {', '.join(row.categories)}")
    word = "Answer" if row.clock == "answer" else "Decide"
    click.echo(f"{word} by {local(row.due_at, zone)}; owner: {row.owner or 'nobody yet'}; {_state(row)}")
    click.echo("\n".join(since), nl=bool(since))
    for post in posts:
        click.echo(
            f"\nM{post.id}  {post.severity.word}  {local(post.seen_at, zone)}  {post.source}  {post.url}"
        )
        click.echo(f"  {masked(post.title)} {masked(post.text)}"[: SHOWN * 3])
        click.echo(fates[post.id], nl=bool(fates[post.id]))
        if explain:
            explaining.echo_grounds(post)
    click.echo("\nHistory")
    for event in events:
        click.echo(f"  {local(event.at, zone)}  {event.what}  {event.by}  {event.detail}".rstrip())
    if explain:
        click.echo(f"\nTold: {', '.join(sorted(role.value for role in told)) or 'nobody yet'}")
        click.echo("\n".join(["Next", *(f"  {line}" for line in next_lines)]))


@click.command()
@as_json
@click.pass_context
def outbox(ctx: click.Context, json_lines: bool) -> None:
    """List messages that wait or were given up, and why.

    Example: mention-monitor outbox
    """
    from monitor.store import outbox as store

    with database(ctx) as (config, tx):
        rows = store.waiting(tx)
        zone = zone_of(config)
    if json_lines:
        for row in rows:
            emit(row)
    else:
        columns = ("message", "story", "kind", "severity", "to", "state", "tries", "next try", "why")
        table("Outbox", columns, (_outbox_row(row, zone) for row in rows), empty="Nothing is waiting.")
    ctx.exit(LOOK if any(row.state == "dead" for row in rows) else 0)


@click.command()
@as_json
@click.pass_context
def health(ctx: click.Context, json_lines: bool) -> None:
    """Say whether the watch is alive, in one line and an exit status.

    Example: mention-monitor health || echo "a human should look"
    """
    from monitor import health as vitals
    from monitor.app import utc_now
    from monitor.store import habits
    from monitor.store import health as store

    now = utc_now()
    with database(ctx) as (_, tx):
        facts = store.facts(tx, now)
        doubts = vitals.doubts(facts.sources, habits.of(tx, facts.sources, now))
    found, status = (*vitals.ailments(facts, now), *vitals.endings(facts, now)), vitals.line(facts, now)
    if json_lines:
        told = {"ailments": found, "doubts": doubts, "letters": dict(facts.letters)}
        emit({"healthy": not found, "status": status, **told})
    else:
        click.echo("\n".join((status, *vitals.letters(facts))))
        for ailment in found:
            click.echo(wrapped(f"{ailment.what}: {ailment.remedy}", "- ", "  "))
        for doubt in doubts:
            click.echo(wrapped(f"{doubt.what}: {doubt.remedy}", "? ", "  "))
    ctx.exit(LOOK if found else 0)


def number(reference: str, letter: str) -> int:
    """The number of a reference such as ``R12``; the letter may be left out."""
    digits = reference.strip().upper().removeprefix(letter)
    if not digits.isdecimal() or len(digits) > 18:  # noqa: PLR2004 -- more does not fit a 64-bit row number
        raise click.UsageError(f"expected a reference such as {letter}12, got {reference!r}")
    return int(digits)


@contextmanager
def database(ctx: click.Context) -> Iterator[tuple[Config, Tx]]:
    """The configuration, and a read transaction on its database."""
    from monitor.store import Store

    config = load_config(ctx)
    store = Store.open(config.state)
    try:
        with store.read() as tx:
            yield config, tx
    finally:
        store.close()


def zone_of(config: Config) -> ZoneInfo:
    """The clock by which times are shown."""
    return next(iter(config.schools.values())).settings.school.timezone


def masker_of(config: Config) -> Any:
    """A function that hides people's names for everything that is shown."""
    from monitor import pipeline

    views = {slug: pipeline.masker(school.settings) for slug, school in config.schools.items()}
    return next(iter(views.values()))


def _wanted(wanted: dict[str, Any]) -> dict[str, Any]:
    """The options of ``filters`` as the store takes them."""
    return {
        "school": wanted["slug"],
        "open_only": wanted["open_only"],
        "since": wanted["since"],
        "severity": Severity.of(wanted["severity"]) if wanted["severity"] else None,
        "category": Category(wanted["category"]) if wanted["category"] else None,
        "limit": wanted["limit"],
    }


def _mention(row: MentionRow, masked: Any) -> dict[str, Any]:
    """A mention for programs: masked, without its author."""
    from monitor.cli.shell import plain

    fact: dict[str, Any] = plain(row)
    del fact["author"]
    return {**fact, "id": f"M{row.id}", "title": masked(row.title), "text": masked(row.text)}


def _mention_row(row: MentionRow, masked: Any, zone: ZoneInfo) -> tuple[str, ...]:
    what = shortened(f"{masked(row.title)} {masked(row.text)}", SHOWN)
    story = f"R{row.incident_id}" if row.incident_id else ""
    place = row.category.value if row.category else "–"
    return f"M{row.id}", local(row.seen_at, zone), row.severity.word, place, row.source, what, story


def _incident(row: IncidentRow) -> dict[str, Any]:
    from monitor.cli.shell import plain

    fact: dict[str, Any] = plain(row)
    return {**fact, "id": f"R{row.id}"}


def _incident_row(row: IncidentRow, zone: ZoneInfo) -> tuple[str, ...]:
    due = f"{row.clock} {local(row.due_at, zone)}".strip() if row.due_at else "–"
    return (
        f"R{row.id}",
        row.severity.word,
        row.category.value,
        str(row.count),
        local(row.opened_at, zone),
        due,
        row.owner or "–",
        _state(row),
    )


def _state(row: IncidentRow) -> str:
    if row.exercise:
        return "exercise, closed" if row.closed_at else "exercise, open"
    return f"closed: {row.outcome.replace('_', ' ')}" if row.closed_at else "open"


def _outbox_row(row: OutboxRow, zone: ZoneInfo) -> tuple[str, ...]:
    return (
        str(row.id),
        f"R{row.incident_id}" if row.incident_id else "–",
        row.kind.value if row.channel == "mail" else row.channel,
        row.severity.word,
        ", ".join(role.value for role in row.roles),
        row.state,
        str(row.attempts),
        local(row.next_attempt_at, zone),
        f"{row.error} {row.remedy}".strip(),
    )
