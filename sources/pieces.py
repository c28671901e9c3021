"""Pieces of HTML that came in JSON, made plain in the parser's cage; one that is hostile hides no other."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sources import markup
from sources.base import Parser
from sources.errors import Unreadable

LONGEST = 200_000
"""Characters of one piece: the longest of articles has half as many, most posts have a few hundred."""


def plain(pieces: Sequence[str], parser: Parser, *, ellipses: bool = False) -> list[str | None]:
    """The visible text of each piece, ``None`` for one that the parser cannot stand; ``ellipses`` as in ``markup``."""
    if not pieces:
        return []
    try:
        return [*_read(pieces, parser, ellipses=ellipses)]
    except Unreadable:
        return [_alone(piece, parser, ellipses=ellipses) for piece in pieces]


def texts(body: bytes, *, ellipses: bool = False) -> list[str]:
    """The visible text of each piece of HTML in a JSON list. Runs in the parser's cage."""
    return [markup.plain(html, ellipses=ellipses) for html in json.loads(body)]


def _read(pieces: Sequence[str], parser: Parser, *, ellipses: bool) -> list[str]:
    return parser.run(texts, json.dumps([piece[:LONGEST] for piece in pieces]).encode(), ellipses=ellipses)


def _alone(piece: str, parser: Parser, *, ellipses: bool) -> str | None:
    try:
        return _read([piece], parser, ellipses=ellipses)[0]
    except Unreadable:
        return None
