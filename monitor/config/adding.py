"""Adds a ``[[source]]`` to a school's file, which otherwise stays as the operator wrote it, to the byte.

The file is replaced as a whole, under a lock, with the mode and the owner that it had; if the configuration cannot
be used afterwards, the old file comes back.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from monitor.config import replacing
from monitor.config.reading import Table
from monitor.errors import ConfigError, Problem

T = TypeVar("T")

_SOURCE = re.compile(rb"\s*\[\[\s*[\"']?source[\"']?\s*\]\]")
_TABLE = re.compile(rb"\s*\[")
_DELETE = "\x7f"
"""The one control character that JSON allows in a text, and TOML does not."""
_INSTEAD = "run it as the owner of the file, or as root"


def block(table: Mapping[str, Any], remark: str) -> str:
    """The table as a ``[[source]]`` under a remark of one line."""
    lines = [
        f"# {' '.join(remark.split())}",
        "[[source]]",
        *(f"{key} = {_value(table[key])}" for key in table),
    ]
    return "\n".join(lines) + "\n"


def add(path: Path, table: Mapping[str, Any], remark: str, check: Callable[[], T]) -> T:
    """Write the table behind the last source of the file; return what ``check`` makes of the whole.

    Raises ``ConfigError`` if that cannot be; then the file is as it was.
    """
    path = path.resolve()
    with replacing.alone(path, _INSTEAD):
        try:
            old = path.read_bytes()
            _replace(path, inserted(old, block(table, remark), table))
            try:
                return check()
            except BaseException:  # whatever it was, an interrupt too: what was not checked does not stay
                _replace(path, old)
                raise
        except OSError as error:
            raise replacing.unwritable(path, error, _INSTEAD) from None
        except _Unfit:
            message = (
                "cannot be added to by a program (is source = [ … ] written there?); write the block by hand"
            )
            raise ConfigError([Problem(str(path), "", message)]) from None


def inserted(old: bytes, text: str, table: Mapping[str, Any]) -> bytes:
    """The file with ``text``, which says ``table``, behind its last source, or else at its end."""
    lines = old.splitlines(keepends=True)
    for place in (_behind_last(lines), len(lines)):
        new = _joined(lines, place, text)
        if _says(new, old, table):
            return new
    raise _Unfit


def keep_secret(path: Path, secret: str) -> None:
    """Write a secret into a file of its own that nobody else can read. Raises ``ConfigError``, also if there is one."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(f"{secret}\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise replacing.unwritable(path, error, _INSTEAD) from None


class _Unfit(Exception):
    """A file to which nothing can be added so that it says the same and one source more."""


def _value(value: object) -> str:
    """A value as TOML writes it."""
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{key} = {_value(each)}' for key, each in value.items())} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps(value, ensure_ascii=False).replace(_DELETE, "\\u007f")


def _behind_last(lines: Sequence[bytes]) -> int:
    """The line behind the last source and the remarks that stand close below it; the end if there is none."""
    begins = [number for number, line in enumerate(lines) if _SOURCE.match(line)]
    if not begins:
        return len(lines)
    behind = range(begins[-1] + 1, len(lines))
    end = next((number for number in behind if _TABLE.match(lines[number])), len(lines))
    said = [
        number for number in range(begins[-1], end) if lines[number].strip() and not _is_remark(lines[number])
    ]
    place = said[-1] + 1
    while place < end and _is_remark(lines[place]):
        place += 1
    return place


def _is_remark(line: bytes) -> bool:
    return line.lstrip().startswith(b"#")


def _joined(lines: Sequence[bytes], place: int, text: str) -> bytes:
    """The lines with ``text`` between blank lines, with the line ends of the file."""
    newline = b"\r\n" if any(line.endswith(b"\r\n") for line in lines) else b"\n"
    before, after = b"".join(lines[:place]), b"".join(lines[place:])
    gap = newline if before.endswith(b"\n") else newline * 2
    below = newline if after.strip() and lines[place].strip() else b""
    return before + (gap if before else b"") + text.encode().replace(b"\n", newline) + below + after


def _says(new: bytes, old: bytes, table: Mapping[str, Any]) -> bool:
    """Whether the new file says what the old one said, and the new source besides."""
    before = _parsed(old)
    sources = before.get("source", [])
    try:
        return isinstance(sources, list) and _parsed(new) == {**before, "source": [*sources, dict(table)]}
    except tomllib.TOMLDecodeError:
        return False


def _parsed(content: bytes) -> Table:
    return tomllib.loads(content.decode("utf-8-sig"))


def _replace(path: Path, content: bytes) -> None:
    """Put the content in place of the file, with the same owner and mode."""

    def as_it_was(handle: int, name: str) -> None:
        known, ours = path.stat(), os.fstat(handle)
        if (known.st_uid, known.st_gid) != (ours.st_uid, ours.st_gid):
            os.fchown(handle, known.st_uid, known.st_gid)
        shutil.copystat(path, name)  # mode and access lists
        os.utime(name)

    replacing.replace(path, content, as_it_was)
