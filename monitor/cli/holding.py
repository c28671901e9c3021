"""Commands that keep the words of a story whatever its age, and let them go again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from monitor.cli.acting import who
from monitor.cli.looking import number
from monitor.cli.shell import as_json, emit, load_config

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from monitor.config import Config
    from monitor.jobs.acting import Acted, Actor
    from monitor.store import Tx


@click.command()
@click.argument("reference")
@click.argument("reason")
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The last day, at most a year from now."
)
@who
@as_json
@click.pass_context
def hold(ctx: click.Context, reference: str, reason: str, until: datetime, by: str, json_lines: bool) -> None:
    """Keep the words of a story, even if its posts are taken down or it grows old; only for leads.

    Example: mention-monitor hold R12 "police asked" --until 2027-03-01 --by dsl
    """
    from monitor.jobs import holding

    def wanted(config: Config, tx: Tx, identity: int, actor: Actor, now: datetime) -> Acted:
        return holding.hold(config, tx, identity, reason, until.date(), actor, now)

    _do(ctx, reference, json_lines, by, wanted)


@click.command()
@click.argument("reference")
@who
@as_json
@click.pass_context
def unhold(ctx: click.Context, reference: str, by: str, json_lines: bool) -> None:
    """Let the words of a story go when their time comes; only for leads.

    Example: mention-monitor unhold R12 --by dsl
    """
    from monitor.jobs import holding

    _do(ctx, reference, json_lines, by, holding.unhold)


def _do(ctx: click.Context, reference: str, json_lines: bool, by: str, act: Callable[..., Any]) -> None:
    from monitor.app import utc_now
    from monitor.jobs import acting
    from monitor.store import Store

    config, identity = load_config(ctx), number(reference, "R")
    store = Store.open(config.state)
    try:
        with store.write() as tx:
            acted = act(config, tx, identity, acting.Actor(by=by, via=acting.COMMAND_LINE), utc_now())
    finally:
        store.close()
    if json_lines:
        emit({"story": f"R{identity}", "changed": acted.changed})
    else:
        click.echo(acted.said if acted.changed else f"R{identity}: nothing changed, it was so already.")
