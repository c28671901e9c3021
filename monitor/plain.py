"""The writing of a letter made plain: plain dashes and quotes, no pictures, no hidden characters."""

from __future__ import annotations

import re
import unicodedata
from string import ascii_lowercase, ascii_uppercase
from typing import Final

LONGEST: Final = 20_000
"""Characters of somebody's own words that are looked at."""
LONGEST_LINE: Final = 500

_SIGNS: Final = str.maketrans(
    {
        **dict.fromkeys("’‘´`", "'"),
        **dict.fromkeys("“”„«»", '"'),
        **dict.fromkeys("–—‐‑−", "-"),
        **dict.fromkeys("·•|", ";"),
        "…": ".",
    }
    | dict.fromkeys("\u202d\u202e", "?")  # what follows is shown backwards
    | dict.fromkeys("👎❌🚫✖❎🤷🙅❓❔⁉⛔🛑", "?")
)
"""A thumb down is at least a question."""
_NOT_SHOWN: Final = frozenset({"So", "Sk", "Cf", "Mn", "Cn", "Cs", "Co", "Cc"})
_EMOTICON = re.compile(r"(?<!\w)[:;=]-?[)(DPp](?!\w)")
_LOWER: Final = str.maketrans(ascii_uppercase, ascii_lowercase)


def plain(words: str) -> str:
    """``words`` in lines without pictures, each with single spaces."""
    text = unicodedata.normalize("NFC", words[:LONGEST]).translate(_SIGNS)
    kept = "".join(
        " " if char == "\t" else char
        for char in text
        if char in "\n\t" or unicodedata.category(char) not in _NOT_SHOWN
    )
    return "\n".join(" ".join(_EMOTICON.sub(" ", line[:LONGEST_LINE]).split()) for line in kept.split("\n"))


def lower(text: str) -> str:
    """``text`` in lower case as far as commands are concerned, and exactly as long."""
    return text.translate(_LOWER)
