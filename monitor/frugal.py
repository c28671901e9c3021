"""Keeps the C library from setting memory aside for each thread."""

from __future__ import annotations

import ctypes
from typing import Final

_M_ARENA_MAX: Final = -8
"""``mallopt(3)``: how many places threads may take memory from."""


def share_memory() -> None:
    """Let all threads take memory from one place; only one of ours works at a time anyway.

    To be called before there are threads. A C library other than glibc has no such setting and needs none.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 1)
