"""Secrets: read by what uses them, when it uses them, from files that nobody else can read.

A file in systemd's credentials directory comes first; there systemd sees to the permissions. Everywhere
else a secret that others can read is refused, as ssh does with its keys.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

import alerts.base
import sources.base
from monitor.config import waking
from monitor.config.base import Config, SecretFile
from monitor.config.shape import Place
from monitor.errors import ConfigError, Problem

_OTHERS = 0o077
_ROOT = 0
_LONGEST = 65_536
"""Bytes; a password, a token or a key with its certificate is far shorter."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """Reads the secrets that a configuration names."""

    beside: Path
    """The folder of ``monitor.toml``."""
    credentials: Path | None
    """systemd's credentials directory, if it made one (systemd.exec(5))."""

    def __call__(self, name: SecretFile) -> str:
        """The secret that ``name`` means. Raises ``ConfigError``."""
        path, guarded = self._find(name.file)
        try:
            return _read(path, guarded=guarded)
        except _Unfit as error:
            raise ConfigError([Problem(str(path), "", str(error))]) from None

    def _find(self, name: str) -> tuple[Path, bool]:
        """The file, and whether systemd guards it."""
        if self.credentials and name == Path(name).name:
            given = self.credentials / name
            if given.exists():
                return given, True
        return self.beside / name, False


def secret_problems(config: Config) -> tuple[Problem, ...]:
    """Try every secret that the configuration names, and say which cannot be used and why."""
    return tuple(_problems(config))


def _problems(config: Config) -> Iterator[Problem]:
    for place, name in dict.fromkeys(_named(config)):  # one list may be named twice over
        try:
            config.secret(name)
        except ConfigError as error:
            yield from (place.problem(f"{found.file}: {found.message}") for found in error.problems)


def _named(config: Config) -> Iterator[tuple[Place, SecretFile]]:
    top = Place(str(config.path))
    yield from _within(config.monitor, top)
    yield from _within(config.mail.channel, top.under("mail"))
    yield from waking.named(config)
    for school in config.schools.values():
        for number, source in enumerate(school.sources, 1):
            yield from _within(source.settings, Place(school.file, ("source", number)))


def _within(value: object, place: Place) -> Iterator[tuple[Place, SecretFile]]:
    if isinstance(value, alerts.base.SecretFile | sources.base.SecretFile):
        yield place, value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _within(getattr(value, name), place.under(name))


class _Unfit(Exception):
    """Why a file cannot be used as a secret; says nothing of what is in it."""


def _read(path: Path, *, guarded: bool) -> str:
    try:
        # O_NONBLOCK: a pipe without a writer must not hang us
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise _Unfit(_why(error)) from None
    except ValueError:
        raise _Unfit("is no name that a file can have") from None
    try:
        _judge(os.fstat(fd), guarded=guarded)
        text = os.read(fd, _LONGEST + 1).decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        raise _Unfit("is not UTF-8 text") from None
    finally:
        os.close(fd)
    if not text.strip():
        raise _Unfit("is empty; write the secret into it, and nothing else")
    if len(text) > _LONGEST:
        raise _Unfit("is too large for a secret")
    return text


def _why(error: OSError) -> str:
    if error.errno == errno.ENOENT:
        return "not found; write the secret into this file, then: chmod 600"
    if error.errno == errno.ELOOP:
        return "is a symbolic link; name the file itself"
    return f"cannot be read: {(error.strerror or 'unknown reason').lower()}"


def _judge(found: os.stat_result, *, guarded: bool) -> None:
    """Refuse what is no ordinary file, or not ours alone. Raises ``_Unfit``."""
    if not stat.S_ISREG(found.st_mode):
        raise _Unfit("is not a regular file")
    if guarded:
        return
    if found.st_uid not in (os.geteuid(), _ROOT):
        raise _Unfit("belongs to somebody else; give it to the user that runs the monitor: chown")
    if found.st_mode & _OTHERS:
        mode = stat.S_IMODE(found.st_mode)
        raise _Unfit(f"can be read or changed by others (mode {mode:04o}); then: chmod 600")
