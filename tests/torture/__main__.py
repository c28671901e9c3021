"""Runs every trial in its long form and writes ``RELIABILITY.md``.

``python -m tests.torture [TRIAL …] [--short] [--dry]``, by ``make torture``. Exit status 1 if a promise is broken.
``--one TRIAL`` runs one in this very process and prints its figures as JSON lines: some trials fork, and need a
parent without threads.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.torture import ledger
from tests.torture.ledger import Figure

ROOT = Path(__file__).parents[2]
MEMORY = Path("/dev/shm")  # noqa: S108 -- a folder of its own is made in it; what is tried is not the disk


def main(argv: Sequence[str]) -> int:
    """Run the trials that are named, or all; return the exit status."""
    from tests.torture.trials import TRIALS

    parser = argparse.ArgumentParser(prog="torture", description=__doc__)
    parser.add_argument("--short", action="store_true", help="the form that the tests use")
    parser.add_argument("--dry", action="store_true", help="write nothing down")
    parser.add_argument("--one", choices=list(TRIALS))
    parser.add_argument("trials", nargs="*", choices=[[], *TRIALS], default=[])
    arguments = parser.parse_args(argv)
    if arguments.one:
        logging.getLogger().addHandler(logging.NullHandler())  # what is done to it fills pages
        with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as home:
            for figure in TRIALS[arguments.one](Path(home), full=not arguments.short):
                _say(json.dumps(dataclasses.asdict(figure)))
        return 0
    figures: list[Figure] = []
    for name in arguments.trials or TRIALS:
        figures += _in_a_process(name, short=arguments.short)
    if not arguments.dry:
        ledger.add(figures)
    return int(not all(figure.holds for figure in figures))


def _in_a_process(name: str, *, short: bool) -> list[Figure]:
    start = time.monotonic()
    command = [sys.executable, "-m", "tests.torture", "--one", name, *(["--short"] if short else [])]
    environ = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # its threads would not survive a fork
    run = subprocess.run(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True, check=False)
    if run.returncode:
        return [Figure(section="faults", what=f"the trial “{name}” itself broke", value=1, limit=0)]
    figures = [Figure(**json.loads(line)) for line in run.stdout.splitlines()]
    for figure in figures:
        _say(f"{'  ' if figure.holds else '✗ '}{figure.what}: {figure.value}")
    _say(f"  ({name}: {time.monotonic() - start:.0f} s)")
    return figures


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
