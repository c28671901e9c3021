"""Promise: what is asked aside is answered as if it were asked here, and leaves nothing behind."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from alerts import aside
from alerts.names import LOCALES, listed


def test_the_answer_is_the_one_of_this_process() -> None:
    options = {"locales": list(LOCALES[:2]), "kinds": ["first_names"]}

    assert aside.ask(listed, **options) == listed(**options) != []


def test_the_large_package_is_not_loaded_here() -> None:
    program = (
        "import sys; from datetime import date; from alerts import names; from monitor import bank_holidays;"
        "assert 'oliver' in names.lists().given; assert bank_holidays.name_of(date(2026, 12, 25)) == 'Christmas Day';"
        "print(sorted({'faker', 'holidays'} & set(sys.modules)))"
    )

    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert told.stdout == "[]\n"


@pytest.mark.parametrize("broken", ["", "not JSON"])
def test_without_an_answer_it_is_worked_out_here(monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    def run(*args: Any, **options: Any) -> subprocess.CompletedProcess[bytes]:
        if not broken:
            raise OSError("no room for another process")
        return subprocess.CompletedProcess(args, 0, broken.encode())

    monkeypatch.setattr(subprocess, "run", run)

    assert "jane" in aside.ask(listed, locales=["en_GB"], kinds=["first_names"])
