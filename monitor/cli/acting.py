"""Commands that act on a story: what a reply to its mail can also say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from alerts.base import Severity
from monitor.cli.looking import number
from monitor.cli.shell import as_json, emit, load_config
from monitor.outcomes import NEED_A_REASON, OUTCOMES

if TYPE_CHECKING:
    from monitor.jobs.acting import Verb


def who(command: Any) -> Any:
    """The option that says who acts."""
    return click.option(
        "--by", default="command line", show_default=True, help="Who does this, by role or address."
    )(command)


@click.command()
@click.argument("reference")
@who
@as_json
@click.pass_context
def mine(ctx: click.Context, reference: str, by: str, json_lines: bool) -> None:
    """Take charge of a story: stops reminders; the policy's clock runs on until an outcome.

    A post that may be about us (M345) becomes a story.

    Example: mention-monitor mine R12 --by head
    """
    _act(ctx, "take", reference, json_lines, by)


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
    _act(ctx, "close", reference, json_lines, by, outcome=OUTCOMES[outcome], note=reason)


@click.command("not-us")
@click.argument("reference")
@who
@as_json
@click.pass_context
def not_us(ctx: click.Context, reference: str, by: str, json_lines: bool) -> None:
    """Close a story that is not about the school, or mark a post (M345) that may have been.

    Example: mention-monitor not-us R12
    """
    _act(ctx, "not_us", reference, json_lines, by)


@click.command()
@click.argument("reference")
@who
@as_json
@click.pass_context
def reopen(ctx: click.Context, reference: str, by: str, json_lines: bool) -> None:
    """Open a story again that was closed, taken or graded lower.

    Example: mention-monitor reopen R12
    """
    _act(ctx, "reopen", reference, json_lines, by)


@click.command()
@click.argument("reference")
@click.argument("until")
@who
@as_json
@click.pass_context
def later(ctx: click.Context, reference: str, until: str, by: str, json_lines: bool) -> None:
    """Be reminded of a story on a day (Thursday, tomorrow, 2026-12-03) or at a time; it is yours until then.

    Example: mention-monitor later R12 Thursday --by head
    """
    _act(ctx, "later", reference, json_lines, by, until=until)


@click.command()
@click.argument("reference")
@click.argument("severity", type=click.Choice([each.word for each in Severity]))
@who
@as_json
@click.pass_context
def regrade(ctx: click.Context, reference: str, severity: str, by: str, json_lines: bool) -> None:
    """Grade a story anew; a critical one is lowered when a second lead says the same.

    Example: mention-monitor regrade R12 low --by head
    """
    _act(ctx, "regrade", reference, json_lines, by, severity=severity)


@click.command()
@click.argument("reference")
@click.argument("to", metavar="ROLE")
@who
@as_json
@click.pass_context
def assign(ctx: click.Context, reference: str, to: str, by: str, json_lines: bool) -> None:
    """Ask somebody, by role, to look after a story, and tell them; it is theirs when they say mine.

    Example: mention-monitor assign R12 deputy_head --by head
    """
    _act(ctx, "assign", reference, json_lines, by, to=to)


@click.command()
@click.option("--school", "slug", help="Which school, where there are several.")
@as_json
@click.pass_context
def drill(ctx: click.Context, slug: str | None, json_lines: bool) -> None:
    """Begin an exercise: mails marked EXERCISE climb the whole ladder until somebody says mine.

    Example: mention-monitor drill
    """
    from monitor.app import utc_now
    from monitor.cli.texts import one_school
    from monitor.jobs import drilling
    from monitor.store import Store

    config = load_config(ctx)
    slug = one_school(config, slug)
    store = Store.open(config.state)
    try:
        with store.write() as tx:
            identity = drilling.drill(config, tx, slug, utc_now())
    finally:
        store.close()
    if json_lines:
        emit({"story": f"R{identity}", "exercise": True})
    else:
        click.echo(
            f"The exercise R{identity} has begun: the daemon mails it, and it stops at: mine R{identity}"
        )


def _act(ctx: click.Context, verb: Verb, reference: str, json_lines: bool, by: str, **how: str) -> None:
    """Do one thing to one story, or post, and say so; doing it twice says that nothing changed."""
    from monitor.app import utc_now
    from monitor.jobs import acting, posts
    from monitor.store import Store

    config = load_config(ctx)
    letter = "M" if verb in _OF_POSTS and reference.strip().upper().startswith("M") else "R"
    identity = number(reference, letter)
    act = posts.act if letter == "M" else acting.act
    store = Store.open(config.state)
    try:
        with store.write() as tx:
            actor = acting.Actor(by=by, via=acting.COMMAND_LINE)
            acted = act(config, tx, identity, verb, actor, utc_now(), **how)
    finally:
        store.close()
    if json_lines:
        emit({"story" if letter == "R" else "post": f"{letter}{identity}", "changed": acted.changed})
    elif acted.changed or verb == "regrade":
        click.echo(acted.said)
    else:
        click.echo(f"{letter}{identity}: nothing changed, it was so already.")


_OF_POSTS = frozenset({"take", "not_us"})
"""What can be said of a single post too."""
