"""``sources forget``: remove what was read at a place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from monitor.cli.acting import who
from monitor.cli.shell import LOOK, as_json, emit, load_config, plain

if TYPE_CHECKING:
    from monitor.fates import Forgotten


@click.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do it; without this it is only counted.")
@who
@as_json
@click.pass_context
def forget(ctx: click.Context, name: str, by: str, *, yes: bool, json_lines: bool) -> None:
    """Remove words, names and links of all posts that were read at a source, except what a lead holds.

    Example: mention-monitor sources forget Facebook --yes --by dpo
    """
    from monitor.app import open_app
    from monitor.jobs import acting, forgetting

    with open_app(load_config(ctx)) as app:
        if yes:
            done = forgetting.forget(app, name, by=by, via=acting.COMMAND_LINE, now=app.now())
        else:
            done = forgetting.would_forget(app, name, app.now())
    if json_lines:
        emit({"source": name, "done": yes, **plain(done)})
    else:
        click.echo(_said(name, done, yes=yes))
    ctx.exit(0 if yes else LOOK)


def _said(name: str, done: Forgotten, *, yes: bool) -> str:
    posts = "1 post" if done.posts == 1 else f"{done.posts} posts"
    kept = f" {done.held} under a hold stay until it ends." if done.held else ""
    if yes:
        return f"{name}: {posts} forgotten.{kept}"
    return (
        f"{name}: {posts} would lose words, names and links.{kept} Add --yes to do it; it cannot be undone."
    )
