"""Promise: pieces of HTML are read in jobs of a bearable size, and one that breaks the parser costs itself alone."""

from __future__ import annotations

import json
from typing import Any

from sources import pieces
from sources.cage import InProcess
from sources.errors import Unreadable


class _Picky(InProcess):
    """A parser that some pieces are too much for."""

    def __init__(self) -> None:
        self.jobs: list[list[str]] = []

    def run(self, job: Any, body: bytes, /, **options: Any) -> Any:
        self.jobs.append(json.loads(body))
        if b"bomb" in body:
            raise Unreadable("too much")
        return super().run(job, body, **options)


def test_one_that_breaks_the_parser_costs_itself_alone() -> None:
    told = [f"<p>{number}</p>" for number in range(64)]
    told[40] = "a bomb"
    parser = _Picky()

    assert pieces.plain(told, parser) == [str(number) if number != 40 else None for number in range(64)]
    assert len(parser.jobs) == 13  # halved six times, not read one by one


def test_a_job_is_no_larger_than_it_can_be_read_in_time() -> None:
    parser = _Picky()
    long = "<p>" + "w " * 200_000

    assert {len(text or "") for text in pieces.plain([long] * 25, parser)} == {99_999}
    assert [len(job) for job in parser.jobs] == [10, 10, 5]


def test_nothing_needs_no_parser() -> None:
    parser = _Picky()

    assert pieces.plain([], parser) == []
    assert parser.jobs == []
