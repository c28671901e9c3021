"""Pieces of HTML that came in JSON, made plain in the parser's cage; one that is hostile hides no other."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from sources import markup
from sources.base import Parser
from sources.errors import Unreadable

LONGEST = 200_000
"""Characters of one piece: the longest of articles has half as many, most posts have a few hundred."""

_AT_ONCE = 2_000_000  # characters for one job: they take a part of a second, of the five that it has


def plain(pieces: Sequence[str], parser: Parser, *, ellipses: bool = False) -> list[str | None]:
    """The visible text of each piece, ``None`` for one that the parser cannot stand; ``ellipses`` as in ``markup``."""
    cut = (piece[:LONGEST] for piece in pieces)
    return [text for job in _jobs(cut) for text in _read(job, parser, ellipses=ellipses)]


def texts(body: bytes, *, ellipses: bool = False) -> list[str]:
    """The visible text of each piece of HTML in a JSON list. Runs in the parser's cage."""
    return [markup.plain(html, ellipses=ellipses) for html in json.loads(body)]


def _jobs(pieces: Iterable[str]) -> Iterator[list[str]]:
    job: list[str] = []
    size = 0
    for piece in pieces:
        if size + len(piece) > _AT_ONCE:
            yield job
            job, size = [], 0
        job.append(piece)
        size += len(piece)
    if job:
        yield job


def _read(job: Sequence[str], parser: Parser, *, ellipses: bool) -> list[str | None]:
    try:
        return [*parser.run(texts, json.dumps(job).encode(), ellipses=ellipses)]
    except Unreadable:
        if len(job) == 1:
            return [None]
    half = len(job) // 2
    parts = (job[:half], job[half:])
    return [text for part in parts for text in _read(part, parser, ellipses=ellipses)]
