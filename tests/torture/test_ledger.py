"""Promise: the report says what was measured last, and marks what does not hold."""

from __future__ import annotations

from pathlib import Path

from tests.torture import ledger
from tests.torture.ledger import Figure


def test_the_newest_figure_of_a_name_counts(tmp_path: Path) -> None:
    book, page = tmp_path / "figures.jsonl", tmp_path / "page.md"
    ledger.add(
        [Figure(section="lost", what="kills", value=10), Figure(section="clock", what="late", value=0)],
        ledger=book,
        report=page,
    )
    ledger.add([Figure(section="lost", what="kills", value=2000)], ledger=book, report=page)

    assert {(one.what, one.value) for one in ledger.read(ledger=book)} == {("kills", 2000), ("late", 0)}
    assert page.read_text() == ledger.render(ledger.read(ledger=book))


def test_a_broken_promise_is_marked(tmp_path: Path) -> None:
    told = ledger.render(
        [
            Figure(section="lost", what="alerts lost", value=1, limit=0),
            Figure(section="lost", what="memory", value=100.5, limit=300),
            Figure(section="lost", what="kills", value=2000),
        ]
    )

    assert "| alerts lost | 1 ✗ | 0 |" in told
    assert "| memory | 100.5 | ≤ 300 |" in told
    assert "| kills | 2,000 |  |" in told
    assert "## Clocks" not in told


def test_the_report_that_is_kept_is_the_one_of_the_ledger_and_everything_holds() -> None:
    figures = ledger.read()

    assert ledger.REPORT.read_text(encoding="utf-8") == ledger.render(figures)
    assert [one.what for one in figures if not one.holds] == []
