"""Throws mutated bytes at a target until the time is up (atheris), and keeps what broke it as a seed.

``python -m tests.fuzz.run [--seconds 60] [TARGET …]``, by ``make fuzz``. Exit status 1 if something broke: the
input lies under ``tests/fuzz/seeds/``, and the tests fail until the code is repaired.
"""

from __future__ import annotations

import argparse
import importlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

NAMES = (
    "body",
    "fetch",
    "feed",
    "jsonfeed",
    "page",
    "robots",
    "bluesky",
    "apis",
    "comparison",
    "mail",
    "letter",
)
"""The targets; they are imported only after the fuzzer can watch them."""
HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CORPUS = ROOT / "build" / "corpus"
SAMPLES = ROOT / "tests" / "alerts"
RECORDED = ROOT / "tests" / "sources" / "data"

_LONGEST_INPUT = 20_000  # bytes; longer ones are slower and find little more
_PATIENCE = 10  # seconds for one input, watched code being many times slower
_MEMORY = 2_048  # megabytes
_WATCHED = ("sources", "alerts", "feedparser", "sgmllib", "bs4", "protego", "urllib3", "http.client")


def main(argv: Sequence[str]) -> int:
    """Run each target in a process of its own; return the exit status."""
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--here", action="store_true", help="run the one target in this very process")
    parser.add_argument("targets", nargs="*", choices=[[], *NAMES], default=[])
    arguments = parser.parse_args(argv)
    if arguments.here:
        _fuzz(arguments.targets[0], arguments.seconds)
    return max([_in_a_child(name, arguments.seconds) for name in arguments.targets or NAMES])


def _in_a_child(name: str, seconds: int) -> int:
    sys.stdout.write(f"== {name}\n")
    sys.stdout.flush()
    command = [sys.executable, "-m", "tests.fuzz.run", "--here", "--seconds", str(seconds), name]
    environ = {**os.environ, "PYTHONPATH": str(SAMPLES)}
    return int(subprocess.run(command, cwd=ROOT, env=environ, check=False).returncode != 0)


def _fuzz(name: str, seconds: int) -> None:
    """Never returns: the fuzzer ends the process."""
    atheris = importlib.import_module("atheris")  # in the fuzzer's own environment alone
    with atheris.instrument_imports(include=list(_WATCHED)):
        for module in ("feedparser", "bs4", "lxml.html"):  # loaded late by those who need them
            importlib.import_module(module)
        targets = importlib.import_module("tests.fuzz.targets").TARGETS
    seeds, corpus = HERE / "seeds" / name, CORPUS / name
    for folder in (seeds, corpus):
        folder.mkdir(parents=True, exist_ok=True)
    options = [
        f"-max_total_time={seconds}",
        f"-max_len={_LONGEST_INPUT}",
        f"-timeout={_PATIENCE}",
        f"-rss_limit_mb={_MEMORY}",
        f"-artifact_prefix={seeds}/",
        "-print_final_stats=1",
        "-verbosity=0",
    ]
    recorded = RECORDED / {"jsonfeed": "feed"}.get(name, name)
    folders = [str(folder) for folder in (corpus, seeds, recorded) if folder.is_dir()]
    atheris.Setup([sys.argv[0], *options, *folders], targets[name])
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
