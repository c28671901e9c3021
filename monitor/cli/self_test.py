"""``self-test``: let a post of our own in, and wait until it is seen in the mailbox."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from monitor.cli.shell import LOOK, as_json, emit, load_config

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.facts import SelfTest

PAUSE_SECONDS = 5.0
"""Between two looks; the daemon reads the mailbox once a minute."""
LONGEST = 30
"""Minutes, as the weekly one is given."""


@click.command("self-test")
@click.option(
    "--wait",
    "minutes",
    type=click.IntRange(1, LONGEST),
    default=LONGEST,
    show_default=True,
    help="Minutes to wait.",
)
@as_json
@click.pass_context
def self_test(ctx: click.Context, minutes: int, json_lines: bool) -> None:
    """Send a post of our own the whole way now, and wait until its mail is seen in the mailbox.

    It is found, graded, recorded, queued and mailed as any other, to nobody but the mailbox, and is in no figure.
    Without the daemon, whatever else is due goes out as well. Exit status 1: it did not arrive.

    Example: mention-monitor self-test --wait 10
    """
    from monitor import log
    from monitor.app import open_app
    from monitor.jobs import self_testing

    config = load_config(ctx)
    log.configure("WARNING")
    with open_app(config) as app:
        if config.monitor.mailbox is None and not json_lines:
            click.echo("There is no [mailbox]: it can only be followed as far as the mail server.")
        test = self_testing.begin(app, app.now())
        test = follow(app, test, timedelta(minutes=minutes), tell=None if json_lines else click.echo)
        _tell(app, test, json_lines)
    ctx.exit(0 if test.outcome == "passed" else LOOK)


def follow(
    app: App,
    test: SelfTest,
    wait: timedelta,
    *,
    tell: Callable[[str], None] | None,
    sleep: Callable[[float], None] = time.sleep,
    monotonic: Callable[[], float] = time.monotonic,
) -> SelfTest:
    """Look how far it is until it has ended, or for so long; ``tell`` hears of each step.

    One that the daemon follows is not over when nobody waits for it any longer.
    """
    from monitor import self_test as words
    from monitor.facts import Stage
    from monitor.jobs import self_testing

    ends, told, is_followed = monotonic() + wait.total_seconds(), Stage.BEGUN, test.by_clock
    while True:
        for stage in Stage:
            if tell and told < stage <= test.stage:
                tell(f"{stage.value} of {test.goal.value}: {words.reached(stage)}")
        told = max(told, test.stage)
        if test.outcome:
            return test
        if test.stage < Stage.RECORDED or monotonic() >= ends:
            return test if is_followed else self_testing.give_up(app, app.now()) or test
        is_followed = not _do_what_the_daemon_would(app)
        test = self_testing.settle(app, app.now()) or test
        if not test.outcome and test.stage <= told:
            sleep(PAUSE_SECONDS)


def _do_what_the_daemon_would(app: App) -> bool:
    """Mail what is due and read the mailbox; ``False`` if there is a daemon that does so."""
    from monitor.errors import AlreadyRunning
    from monitor.jobs import rounds
    from monitor.store import hold

    try:
        with hold(app.config.state, "mail"):
            rounds.run_round(app, poll=False, tell=lambda _: None)
    except AlreadyRunning:
        return False
    return True


def _tell(app: App, test: SelfTest, json_lines: bool) -> None:
    from monitor import self_test as words

    zone = next(iter(app.config.schools.values())).settings.school.timezone
    if json_lines:
        emit(
            {
                "outcome": test.outcome,
                "stage": test.stage.name.lower(),
                "of": test.goal.name.lower(),
                "why": test.why,
            }
        )
    elif test.outcome == "broken":
        click.echo(f"{test.why}; {words.remedy(test)}", err=True)
    elif not test.outcome:
        until = f"It has until {test.until.astimezone(zone):%H:%M}; then: mention-monitor health"
        click.echo(f"{words.broken(test, zone)}. {until}", err=True)
    else:
        click.echo(f"The {words.line(test, zone)}.")
