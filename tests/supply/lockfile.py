"""Reads a lock as pip does, and refuses every line whose package pip would take on trust.

A lock names exact versions, each with the digests of its files, and nothing else: no address, no option, no
range.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


class NotALockError(ValueError):
    """A line that does not nail down a package."""


@dataclass(frozen=True, slots=True, order=True)
class Pin:
    """One package at one version."""

    name: str
    """In the one spelling that the index compares (PEP 503)."""
    version: str
    hashes: tuple[str, ...] = ()
    here: bool = True
    """Whether this machine's Python installs it: some pins are for other versions or systems."""


def read(lock: Path) -> tuple[Pin, ...]:
    """The pins of ``lock``, by name. Raises ``NotALockError``."""
    return tuple(sorted(_pin(line) for line in _lines(lock.read_text(encoding="utf-8"))))


def _lines(text: str) -> Iterator[str]:
    """Logical lines: continued ones joined, comments and empty ones left out."""
    for line in re.sub(r"\\\n\s*", " ", text).splitlines():
        if said := re.sub(r"(^|\s)#.*", "", line).strip():
            yield said


def _pin(line: str) -> Pin:
    named = _HASH.sub("", line).strip()
    hashes = tuple(_HASH.findall(line))
    try:
        requirement = Requirement(named)
    except InvalidRequirement:
        raise NotALockError(f"not understood: {named}") from None
    exact = [
        each.version for each in requirement.specifier if each.operator == "==" and "*" not in each.version
    ]
    if len(requirement.specifier) != 1 or not exact:
        raise NotALockError(f"no exact version: {named}")
    if not hashes:
        raise NotALockError(f"no digest: {named}")
    here = requirement.marker is None or requirement.marker.evaluate()
    return Pin(canonicalize_name(requirement.name), exact[0], hashes, here)
