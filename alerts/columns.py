"""Plain text in columns that every mail program shows whole, and that stay whole when they are quoted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from textwrap import TextWrapper

WIDTH = 76
"""With two signs of quoting it is still no wider than 78 (RFC 5322, section 2.1.1)."""
_ITEM = re.compile(r" *(?:- |\d{1,2}\. )?")
_TERM = re.compile(r"  \S.{0,60}? – ")
"""A word and what it means: what follows is set further in."""
_COMMAND = "  mention-monitor "
"""To be copied as it is."""


def narrow(text: str) -> str:
    """``text`` with its long lines broken between words; an address or a command stays in one piece."""
    return "\n".join(part for line in text.split("\n") for part in _broken(line))


def _broken(line: str) -> Iterator[str]:
    if len(line) <= WIDTH or line.startswith(_COMMAND):
        yield line
        return
    found = _ITEM.match(line)
    begun = found.group() if found else ""
    inset = "    " if _TERM.match(line) else " " * len(begun)
    pen = TextWrapper(
        WIDTH,
        initial_indent=begun,
        subsequent_indent=inset,
        break_long_words=False,
        break_on_hyphens=False,
    )
    yield from pen.wrap(line[len(begun) :]) or [line]
