"""What the commands share: the configuration, one JSON object a line, tables, exit statuses."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

import click

from alerts.base import Severity

if TYPE_CHECKING:
    from rich.padding import Padding
    from rich.table import Table

    from monitor.config import Config

F = TypeVar("F", bound=Callable[..., Any])

LOOK = 1
"""Exit status: a human should look."""

WIDTH = 80
"""Columns of a terminal as it opens."""
PIPED_WIDTH = 160
"""Columns of a table that goes into a file or another program."""
NARROWEST = 24
"""Columns below which no sentence is folded further."""
_BETWEEN = 3
"""Columns between two of a table."""
_NOTHING = ("", "–")
"""Cells that tell nothing."""

SEVERITY_STYLES: Mapping[Severity, str] = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
    Severity.NONE: "dim",
}

as_json = click.option("--json", "json_lines", is_flag=True, help="One JSON object a line, for programs.")


def load_config(ctx: click.Context) -> Config:
    """Read the configuration that the user, the environment or the usual places name."""
    import os

    from monitor import config
    from monitor.matching import problems

    path = config.locate(ctx.find_root().obj, os.environ)
    return config.load(path, environ=os.environ, checks=(problems,))


def emit(fact: Any) -> None:
    """Print one JSON object on one line of standard output."""
    click.echo(json.dumps(plain(fact), ensure_ascii=False))


def plain(value: Any) -> Any:  # noqa: PLR0911 -- one line for each kind of value
    """Turn dataclasses, times and enums into JSON-able data."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Severity):
        return value.word
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return [plain(item) for item in value]
    return value


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], *, empty: str) -> None:
    """Print a short table, or the sentence ``empty`` when there are no rows.

    Where a column would have to break words, as on a telephone, each row is a paragraph instead.
    """
    from rich.console import Console
    from rich.text import Text

    rows = list(rows)
    if not rows:
        click.echo(empty)
        return
    console = Console()
    screen = Console(width=None if console.is_terminal else PIPED_WIDTH)
    if _fits(columns, rows, screen.width):
        screen.print(_grid(title, columns, rows))
        return
    screen.print(Text(title, style="italic"))
    for row in rows:
        screen.print(_paragraph(columns, row))


def _fits(columns: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> bool:
    """Whether each column is as wide as its longest word."""
    words = (
        max(len(word) for cell in cells for word in cell.split() or [""])
        for cells in zip(columns, *rows, strict=True)
    )
    return sum(longest + _BETWEEN for longest in words) <= width


def _grid(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    grid = Table(title=title, title_justify="left", box=box.SIMPLE, pad_edge=False)
    for column in columns:
        grid.add_column(column, overflow="fold")
    for row in rows:
        grid.add_row(*(Text(cell, style=_style(cell)) for cell in row))
    return grid


def _paragraph(columns: Sequence[str], row: Sequence[str]) -> Padding:
    """What a row says, each cell behind the name of its column; what is empty is left out."""
    from rich.padding import Padding
    from rich.text import Text

    told = Text(row[0], style="bold")
    for column, cell in zip(columns[1:], row[1:], strict=True):
        if cell not in _NOTHING:
            told.append(f" · {column} ", style="not bold")
            told.append(cell, style=_style(cell) or "not bold")
    return Padding(told, (1, 0, 0, 0))


@contextmanager
def busy(words: str) -> Iterator[None]:
    """Say what is waited for: on a terminal with a moving sign, else in a line beside the facts."""
    import sys

    from rich.console import Console
    from rich.text import Text

    if not sys.stderr.isatty():
        click.echo(words, err=True)
        yield
        return
    with Console(stderr=True).status(Text(words)):
        yield


def wrapped(text: str, first: str = "", then: str = "") -> str:
    """A sentence in lines that fit the terminal, and are never longer than in one as it opens."""
    import shutil
    import textwrap

    return textwrap.fill(
        text,
        max(NARROWEST, min(WIDTH, shutil.get_terminal_size().columns)),
        initial_indent=first,
        subsequent_indent=then,
        break_long_words=False,
        break_on_hyphens=False,
    )


def shortened(text: str, most: int) -> str:
    """The beginning of a text on one line, with a sign where something was left out."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def _style(cell: str) -> str:
    for severity, style in SEVERITY_STYLES.items():
        if cell == severity.word:
            return style
    return ""


def local(at: datetime | None, zone: ZoneInfo) -> str:
    """A time as people of the school read it: ``Tue 24 Nov 10:15``."""
    return at.astimezone(zone).strftime("%a %-d %b %H:%M") if at else "–"
