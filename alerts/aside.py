"""Asks a large package in a process of its own, so that this one need not hold the package ever after.

Some packages bring ten megabytes of modules for an answer of a hundred lines. What Python has once loaded it
never gives back; a process that ends does.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any, Final, TypeVar

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds for an answer on the slowest machine."""

_BOOT: Final = (
    "import sys, json, importlib; module, name, options, *sys.path[:] = sys.argv[1:];"
    "answer = getattr(importlib.import_module(module), name)(**json.loads(options));"
    "json.dump(answer, sys.stdout)"
)


def ask(function: Callable[..., T], /, **options: Any) -> T:
    """Return ``function(**options)``, worked out aside; worked out here if that cannot be.

    ``function`` is at the top of a small module and imports the large one itself; options and answer are
    plain JSON.
    """
    path = [os.path.abspath(entry) for entry in sys.path]  # noqa: PTH100 -- "" stands for the folder we are in
    command = [sys.executable, "-I", "-c", _BOOT, function.__module__, function.__qualname__]
    try:
        done = subprocess.run(  # noqa: S603 -- our own interpreter and constants
            [*command, json.dumps(options), *path],
            env={},  # it needs no secret
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            check=True,
        )
        answer: T = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return function(**options)  # a machine at its limits shall not cost the answer
    return answer
