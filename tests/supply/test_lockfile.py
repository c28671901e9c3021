"""Promise: a lock nails down every package by version and digest, and a line that does not is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.supply import lockfile
from tests.supply.lockfile import NotALockError, Pin

A, B = "a" * 64, "b" * 64


def _read(folder: Path, text: str) -> tuple[Pin, ...]:
    lock = folder / "some.lock"
    lock.write_text(text, encoding="utf-8")
    return lockfile.read(lock)


def test_pins_are_read_with_all_their_digests_in_the_spelling_of_the_index(tmp_path: Path) -> None:
    text = (
        "# made by hand\n"
        f"Vader_Sentiment==3.3.2 \\\n    --hash=sha256:{A} \\\n    --hash=sha256:{B}\n    # via us\n"
        f"jinja2==3.1.6 --hash=sha256:{A}  # and why\n"
    )
    assert _read(tmp_path, text) == (Pin("jinja2", "3.1.6", (A,)), Pin("vader-sentiment", "3.3.2", (A, B)))


@pytest.mark.parametrize(
    ("marker", "here"), [("python_version >= '3'", True), ("python_version < '3'", False)]
)
def test_a_pin_for_another_machine_is_kept_but_told_apart(*, marker: str, here: bool, tmp_path: Path) -> None:
    assert _read(tmp_path, f"six==1.17.0 ; {marker} \\\n  --hash=sha256:{A}\n") == (
        Pin("six", "1.17.0", (A,), here),
    )


@pytest.mark.parametrize(
    ("line", "why"),
    [
        pytest.param("six==1.17.0", "no digest", id="no digest"),
        pytest.param(f"six==1.17.0 --hash=sha256:{A[1:]}", "not understood", id="a digest that is too short"),
        pytest.param(f"six==1.17.0 --hash=sha256:{A}0", "not understood", id="a digest that is too long"),
        pytest.param(f"six==1.17.0 --hash=md5:{A}", "not understood", id="a digest that can be forged"),
        pytest.param(f"six>=1.17.0 --hash=sha256:{A}", "no exact version", id="a range"),
        pytest.param(f"six==1.* --hash=sha256:{A}", "no exact version", id="any of a series"),
        pytest.param(f"six==1.17.0,!=1.17.1 --hash=sha256:{A}", "no exact version", id="two conditions"),
        pytest.param(f"six --hash=sha256:{A}", "no exact version", id="any version"),
        pytest.param(
            f"six @ https://six.example/six.whl --hash=sha256:{A}", "no exact version", id="an address"
        ),
        pytest.param("--index-url https://index.example/simple", "not understood", id="an index of its own"),
        pytest.param("-e .", "not understood", id="a folder"),
    ],
)
def test_a_line_that_leaves_something_open_is_refused(line: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(NotALockError, match=why):
        _read(tmp_path, line + "\n")
