"""Promise: threads take memory from one place, where the C library can be told so."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from types import SimpleNamespace

import pytest

from monitor import frugal

PROGRAM = """
import ctypes, sys, threading
from monitor import frugal
if sys.argv[1] == "shared":
    frugal.share_memory()
threads = [threading.Thread(target=bytearray, args=(50_000,)) for _ in range(2)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
ctypes.CDLL(None).malloc_stats()
"""


def _places(how: str) -> int:
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM, how], capture_output=True, text=True, check=True
    ).stderr
    return told.count("Arena ")


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_stats"), reason="not glibc")
def test_threads_share_one_place() -> None:
    assert _places("shared") == 1
    assert _places("apart") > 1


def test_another_library_needs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda name: SimpleNamespace())
    frugal.share_memory()
