"""Two words one typing error apart: a letter too many, missing, wrong, or two swapped."""

from __future__ import annotations

from typing import Final

SHORTEST: Final = 4
"""Letters a word must have before an error in it is forgiven: "oak" and "oat" are two words."""


def one_error_apart(first: str, second: str) -> bool:
    """Return whether one typing error makes ``first`` into ``second``; equal words are not apart."""
    if len(first) > len(second):
        first, second = second, first
    if len(second) - len(first) > 1 or first == second:
        return False
    at = next((i for i, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), len(first))
    if len(first) < len(second):
        return first[at:] == second[at + 1 :]
    swapped = second[at + 1 : at + 2] + second[at : at + 1] + second[at + 2 :]
    return first[at + 1 :] == second[at + 1 :] or first[at:] == swapped
