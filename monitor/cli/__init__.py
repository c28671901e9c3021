"""The command line: one file per group of commands, each imported when it is asked for.

This module finds the command and turns every expected error into one sentence and an exit status:
0 fine, 1 a human should look, 2 wrong usage or configuration, 3 try again later.
"""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from monitor import __version__
from monitor.errors import ConfigError, MonitorError, StoreError

COMMANDS: Mapping[str, str] = {
    "run": "monitor.cli.running:run",
    "demo": "monitor.cli.demo:demo",
    "check": "monitor.cli.checking:check",
    "sources": "monitor.cli.sources:sources",
    "poll": "monitor.cli.running:poll",
    "replay": "monitor.cli.texts:replay",
    "score": "monitor.cli.texts:score",
    "mentions": "monitor.cli.looking:mentions",
    "incidents": "monitor.cli.looking:incidents",
    "mine": "monitor.cli.acting:mine",
    "done": "monitor.cli.acting:done",
    "not-us": "monitor.cli.acting:not_us",
    "later": "monitor.cli.acting:later",
    "regrade": "monitor.cli.acting:regrade",
    "assign": "monitor.cli.acting:assign",
    "reopen": "monitor.cli.acting:reopen",
    "hold": "monitor.cli.holding:hold",
    "unhold": "monitor.cli.holding:unhold",
    "drill": "monitor.cli.acting:drill",
    "self-test": "monitor.cli.self_test:self_test",
    "rules": "monitor.cli.rules:rules",
    "due": "monitor.cli.texts:due",
    "digest": "monitor.cli.digest:digest",
    "deliver": "monitor.cli.running:deliver",
    "outbox": "monitor.cli.looking:outbox",
    "health": "monitor.cli.looking:health",
    "handover": "monitor.cli.handing_over:handover",
}
"""Command name to ``module:attribute``, in the order that ``--help`` shows."""


class LazyGroup(click.Group):
    """Imports a command's module only when that command is asked for: ``--help`` stays fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in the order of ``COMMANDS``."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an expected error becomes one sentence and its exit status."""
        try:
            return super().invoke(ctx)
        except ConfigError as error:
            for problem in error.problems:
                click.echo(str(problem), err=True)
            many = len(error.problems)
            click.echo(
                f"{many} problem{'s' if many > 1 else ''} in the configuration; nothing was done.", err=True
            )
            ctx.exit(error.exit_status)
        except MonitorError as error:
            click.echo(f"{error}", err=True)
            if isinstance(error, StoreError) and error.remedy:
                click.echo(error.remedy, err=True)
            ctx.exit(error.exit_status)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--config", "config_file", metavar="FILE", help="The configuration (monitor.toml).")
@click.version_option(__version__, prog_name="mention-monitor")
@click.pass_context
def cli(ctx: click.Context, config_file: str | None) -> None:
    """Watch the public internet for posts about a school, and tell the right people.

    Without --config: $MENTION_MONITOR_CONFIG, else /etc/mention-monitor/monitor.toml, else
    config/monitor.toml.

    Example: mention-monitor --config config/monitor.toml check
    """
    ctx.obj = config_file


def main() -> None:
    """Entry point of the console script."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core would hold posts and passwords
    try:
        cli.main(prog_name="mention-monitor")
    except BrokenPipeError:
        # the reader of our output (head, less) went away: say nothing more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
