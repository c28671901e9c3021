"""What a school was taught with ``rules``: a file of its own, so that the school's file stays the operator's.

``learned/<school>.toml`` lies beside ``monitor.toml``, where the service cannot write: only a person at the command
line teaches. It holds words and dates, is read by whoever may read the folder, and is replaced as a whole.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path

from monitor.config import replacing
from monitor.config.reading import read
from monitor.config.shape import Place, fit
from monitor.errors import ConfigError, Problem
from monitor.settings import Exclusion, Learned

FOLDER = "learned"
"""The folder beside ``monitor.toml``."""
_HEAD = """\
# Words that speak against a bare name being this school, as if they stood in [context.negative] of its file. Written by
# `mention-monitor rules --accept`; `rules --forget "…"` takes one back. A word with * counts double.
"""
_INSTEAD = "run it as the owner of the folder, or edit the school's file"


def learned_file(beside: Path, slug: str) -> Path:
    """Where the words of a school lie; ``beside`` is the folder of ``monitor.toml``."""
    return beside / FOLDER / f"{slug}.toml"


def read_learned(path: Path, problems: list[Problem]) -> tuple[Exclusion, ...]:
    """Return what was accepted; nothing if there is no such file."""
    with suppress(PermissionError):  # told by ``read``, as of any file
        if not path.is_symlink() and not path.exists():
            return ()
    table = read(path, problems, missing="it was there a moment ago")
    learned = None if table is None else fit(Learned, table, Place(str(path)), problems)
    return () if learned is None else learned.exclusion


def accept(path: Path, words: str, today: date) -> bool:
    """Add ``words``, or change how much they count. False if they stand there already.

    Raises ``ConfigError`` if the file cannot be written, or holds something else than it should.
    """
    with _alone(path):
        known = _known(path)
        if any(one.words == words for one in known):
            return False
        kept = [one for one in known if _bare(one.words) != _bare(words)]
        _write(path, [*kept, Exclusion(words=words, accepted=today)])
    return True


def forget(path: Path, words: str) -> bool:
    """Take ``words`` back. False if they do not stand there. Raises ``ConfigError`` as ``accept`` does."""
    if not path.exists():
        return False
    with _alone(path):
        known = _known(path)
        kept = [one for one in known if _bare(one.words) != _bare(words)]
        if len(kept) == len(known):
            return False
        _write(path, kept)
    return True


def _bare(words: str) -> str:
    return words.removeprefix("*")


def _known(path: Path) -> tuple[Exclusion, ...]:
    problems: list[Problem] = []
    known = read_learned(path, problems)
    if problems:
        raise ConfigError(problems)
    return known


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold the folder, made if need be."""
    folder = path.parent
    try:
        if not folder.is_dir():
            folder.mkdir()
            folder.chmod(0o755)  # the service reads it under another account, whatever our umask
    except OSError as error:
        raise replacing.unwritable(path, error, _INSTEAD) from None
    with replacing.alone(path, _INSTEAD):
        yield


def _write(path: Path, exclusions: Sequence[Exclusion]) -> None:
    entries = (f'\n[[exclusion]]\nwords = "{one.words}"\naccepted = {one.accepted}\n' for one in exclusions)
    try:
        replacing.replace(
            path, (_HEAD + "".join(entries)).encode(), lambda handle, _: os.fchmod(handle, 0o644)
        )
    except OSError as error:
        raise replacing.unwritable(path, error, _INSTEAD) from None
