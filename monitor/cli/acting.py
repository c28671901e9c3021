"""Commands that act on a story: what a reply to its mail can also say."""

from __future__ import annotations

from typing import Any

import click

from monitor.cli.looking import number
from monitor.cli.shell import as_json, emit, load_config

OUTCOMES = {
    "answered": "answered",
    "acknowledged": "acknowledged",
    "no-reply": "no reply, because",
    "removed": "asked to remove",
    "reported": "reported to platform",
    "hidden": "hidden or blocked",
    "complaints": "complaints procedure",
    "agency": "police, LADO or social care",
    "dpo": "data protection officer",
}
"""Words for ``done``, and what is recorded: the ways a story's clock stops."""
NEED_A_REASON = ("no-reply", "hidden")


def who(command: Any) -> Any:
    """The option that says who acts."""
    return click.option("--by", default="command line", show_default=True, help="Who does this, by role.")(
        command
    )


@click.command()
@click.argument("reference")
@who
@as_json
@click.pass_context
def mine(ctx: click.Context, reference: str, by: str, json_lines: bool) -> None:
    """Take charge of a story: stops reminders; the policy's clock runs on until an outcome.

    Example: mention-monitor mine R12 --by head
    """
    _act(ctx, "take", reference, json_lines, f"You have taken R{number(reference, 'R')}.", by=by)


@click.command()
@click.argument("reference")
@click.argument("outcome", type=click.Choice(list(OUTCOMES)))
@click.argument("reason", default="")
@who
@as_json
@click.pass_context
def done(ctx: click.Context, reference: str, outcome: str, reason: str, by: str, json_lines: bool) -> None:
    """Close a story with an outcome; no-reply and hidden need a reason.

    Example: mention-monitor done R12 no-reply "civil criticism, lawful"
    """
    if outcome in NEED_A_REASON and not reason.strip():
        raise click.UsageError(f'say why: mention-monitor done {reference} {outcome} "because …"')
    said = f"R{number(reference, 'R')} is closed: {OUTCOMES[outcome]}."
    _act(ctx, "close", reference, json_lines, said, outcome=OUTCOMES[outcome], note=reason, by=by)


@click.command("not-us")
@click.argument("reference")
@who
@as_json
@click.pass_context
def not_us(ctx: click.Context, reference: str, by: str, json_lines: bool) -> None:
    """Close a story that is not about the school.

    Example: mention-monitor not-us R12
    """
    _act(ctx, "not_us", reference, json_lines, f"R{number(reference, 'R')} is closed: not us.", by=by)


@click.command()
@click.argument("reference")
@who
@as_json
@click.pass_context
def reopen(ctx: click.Context, reference: str, by: str, json_lines: bool) -> None:
    """Open a closed story again.

    Example: mention-monitor reopen R12
    """
    _act(ctx, "reopen", reference, json_lines, f"R{number(reference, 'R')} is open again.", by=by)


def _act(ctx: click.Context, verb: str, reference: str, json_lines: bool, said: str, **how: str) -> None:
    """Do one thing to one story and say so; doing it twice says that nothing changed."""
    from monitor.app import utc_now
    from monitor.store import Store, incidents

    config = load_config(ctx)
    identity = number(reference, "R")
    store = Store.open(config.state)
    try:
        with store.write() as tx:
            if incidents.get(tx, identity) is None:
                raise click.UsageError(f"there is no story {reference}")
            changed = getattr(incidents, verb)(tx, identity, via="command line", now=utc_now(), **how)
    finally:
        store.close()
    if json_lines:
        emit({"story": f"R{identity}", "changed": changed})
    else:
        click.echo(said if changed else f"R{identity}: nothing changed, it was so already.")
