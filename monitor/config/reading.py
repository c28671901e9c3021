"""Files become tables: where the configuration lies, and what can be wrong with a file as such."""

from __future__ import annotations

import re
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from monitor.errors import Problem

VARIABLE = "MENTION_MONITOR_CONFIG"
SYSTEM = Path("/etc/mention-monitor/monitor.toml")
NEAR = Path("config/monitor.toml")
"""In a checkout."""
_LONGEST = 1_000_000
"""Bytes of a configuration file; a larger one is something else."""
_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_CURLY = frozenset("“”„‘’")

Table = dict[str, Any]
"""A file as TOML yields it; it becomes a model before anything else sees it."""


def locate(explicit: str | None, environ: Mapping[str, str]) -> Path:
    """Say which ``monitor.toml`` is meant: ``--config``, the variable, the system's, or a checkout's."""
    if explicit:
        return Path(explicit)
    if environ.get(VARIABLE):
        return Path(environ[VARIABLE])
    return SYSTEM if SYSTEM.exists() else NEAR


def read(path: Path, problems: list[Problem], *, missing: str) -> Table | None:
    """Return the table that a file holds, or say what is wrong with it; ``missing``: what to do without it."""
    found = _parsed(path, missing)
    if isinstance(found, Problem):
        problems.append(found)
        return None
    return found


def _parsed(path: Path, missing: str) -> Table | Problem:
    text = _text(path, missing)
    if isinstance(text, Problem):
        return text
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return _syntax(str(path), text, str(error))
    except RecursionError:
        return Problem(str(path), "", "not a configuration: brackets within brackets without end")


def _text(path: Path, missing: str) -> str | Problem:
    content = b""
    try:
        content = _content(path)
        return content.decode("utf-8-sig")  # Windows editors begin a file with a byte order mark
    except FileNotFoundError:
        return Problem(str(path), "", f"not found; {missing}")
    except OSError as error:
        return Problem(str(path), "", f"cannot be read: {(error.strerror or 'unknown reason').lower()}")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return Problem(str(path), f"line {line}", "not UTF-8; save the file with the encoding UTF-8")


def _content(path: Path) -> bytes:
    found = path.stat()
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(0, "it is a directory")
    if not stat.S_ISREG(found.st_mode):
        raise OSError(0, "it is not a regular file")
    if found.st_size > _LONGEST:
        raise OSError(0, "it is too large for a configuration")
    return path.read_bytes()


def _syntax(file: str, text: str, message: str) -> Problem:
    """A TOML error with its line, and the usual cause in words."""
    found = _AT.search(message)
    lines = text.split("\n")
    number = int(found[1]) if found and found[1] else len(lines)
    plain = _AT.sub("", message)
    hint = ""
    if _CURLY & set(lines[number - 1]):
        hint = '; use straight quotes: "'
    elif plain == "Invalid value":
        hint = '; text stands in straight quotes: name = "…"'
    return Problem(file, f"line {number}", f"not TOML: {plain[:1].lower()}{plain[1:]}{hint}")
