"""Writes the README's table of kinds of sources from the registry: python -m tests.house.kinds_table, or make kinds."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from sources.registry import KINDS

README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- kinds: written by make kinds -->\n", "<!-- end of kinds -->\n"
HEAD = (
    "| kind | what it sees | what it cannot see | costs | asked every | credentials | its terms |\n"
    "| --- | --- | --- | --- | --- | --- | --- |\n"
)


def table() -> str:
    """A row for each kind, in the registry's words."""
    return HEAD + "".join(map(row, KINDS))


def row(name: str) -> str:
    """What the registry says of a kind."""
    kind = KINDS[name]
    cells = (
        f"`{name}`", kind.sees, kind.cannot, kind.cost, every(kind.every), kind.credentials,
        kind.terms or "those of each site; robots.txt",
    )  # fmt: skip
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def every(interval: timedelta) -> str:
    """An interval as people say it."""
    minutes = int(interval.total_seconds() // 60)
    if minutes <= 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 24 * 60 else f"{minutes // 1440} d"


def shown(text: str) -> str:
    """The table as a document holds it."""
    return text.partition(BEGIN)[2].partition(END)[0]


def write() -> None:
    """Bring the README into line with the registry."""
    text = README.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    README.write_text(f"{before}{BEGIN}{table()}{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    write()
