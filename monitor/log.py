"""Log lines: one fact a line, ``event key=value``, without personal data.

Values are JSON with everything but plain ASCII escaped, so no text from the world can start a new line or
steer a terminal. What may hold a post, a name or an address is left out, whoever passes it. Of exceptions
only our own typed ones speak; of any other the type and the places in the code are told, never its message,
which may quote a post.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from itertools import islice
from pathlib import Path
from traceback import walk_tb
from types import MappingProxyType
from typing import TextIO

from alerts.errors import DeliveryError
from monitor.errors import ConfigError, MonitorError
from sources.errors import SourceError

LONGEST_VALUE = 200
"""Characters of a value that are kept: enough for any fact of ours, too few for a post."""
_MASKED = 1000
"""Characters of a value that are searched for addresses before it is cut."""
_FRAMES = 12
"""Innermost places of a traceback that are told."""
_CAUSES = 3
"""Exceptions of a chain that are told."""
_OURS = frozenset({"monitor", "sources", "alerts"})
_EVENT = re.compile(r"[a-z][a-z_]*(\.[a-z_]+)+")
_KEY = re.compile(r"[a-z][a-z0-9_]*")
_ADDRESS = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+")
_QUERY = re.compile(r"(://[^\s?]*)\?\S*")
_PERSONAL = frozenset(
    {"text", "title", "body", "excerpt", "quote", "content", "message", "subject", "words"}
    | {"author", "handle", "name", "names", "address", "mail", "email", "recipient", "sender", "user"}
    | {"password", "secret", "token", "authorization", "cookie", "checkpoint"}
)
"""Keys that would hold what a log must not: they are told as left out."""
_TYPED = (SourceError, DeliveryError, MonitorError)
_PREFIXES = ((logging.ERROR, "<3>"), (logging.WARNING, "<4>"), (logging.INFO, "<6>"), (logging.DEBUG, "<7>"))
"""Syslog priorities as the journal reads them (sd-daemon(3))."""

_context: ContextVar[Mapping[str, object]] = ContextVar("log_context", default=MappingProxyType({}))


def configure(
    level: int | str = logging.INFO, *, stream: TextIO | None = None, journal: bool = False
) -> None:
    """Send every record to ``stream`` (standard error), in our form; may be called again.

    ``journal`` writes priority prefixes and leaves the time to the journal. Other people's libraries are
    heard from WARNING on.
    """
    handler = _Handler(stream or sys.stderr)
    handler.setFormatter(_Formatter(journal=journal))
    root = logging.getLogger()
    for old in [each for each in root.handlers if isinstance(each, _Handler)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper() if isinstance(level, str) else level)


def event(logger: logging.Logger, level: int, name: str, /, **facts: object) -> None:
    """Log one fact. ``name`` is a fixed word such as ``poll.done``; ``error`` may be an exception."""
    if logger.isEnabledFor(level):
        logger.log(level, name, extra={"facts": {**_context.get(), **facts}}, stacklevel=2)


@contextmanager
def bound(
    *,
    school: str | None = None,
    source: str | None = None,
    poll: int | None = None,
    incident: int | str | None = None,
    delivery: int | None = None,
) -> Iterator[None]:
    """Add these to every line of this thread until the end of the block."""
    given = {"school": school, "source": source, "poll": poll, "incident": incident, "delivery": delivery}
    known = {key: value for key, value in given.items() if value is not None}
    token = _context.set(MappingProxyType({**_context.get(), **known}))
    try:
        yield
    finally:
        _context.reset(token)


def describe(error: BaseException) -> str:
    """What may be said of an exception: a typed one's own sentence, of any other only its type."""
    name = type(error).__name__
    if isinstance(error, ConfigError):
        return f"{name}: {len(error.problems)} problems; run `mention-monitor check`"  # they quote settings
    return f"{name}: {error}" if isinstance(error, _TYPED) else name


def places(error: BaseException) -> str:
    """Where an exception came from, innermost first: ``file:line``, through its causes; no values."""
    told = []
    for each in islice(_chain(error), _CAUSES):
        frames = [(frame.f_code.co_filename, line) for frame, line in walk_tb(each.__traceback__)]
        trail = " < ".join(f"{_short(file)}:{line}" for file, line in frames[: -_FRAMES - 1 : -1])
        told.append(f"{type(each).__name__} at {trail or 'an unknown place'}")
    return "; from ".join(told)


def _chain(error: BaseException) -> Iterator[BaseException]:
    following: BaseException | None = error
    while following is not None:
        yield following
        hidden = None if following.__suppress_context__ else following.__context__
        following = following.__cause__ or hidden


def _short(file: str) -> str:
    return "/".join(Path(file).parts[-2:])


class _Handler(logging.StreamHandler[TextIO]):
    """Writes to a stream; a record that cannot be written is told as such, never printed raw."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Ours always; others from WARNING on, because their lower levels tell addresses."""
        ours = record.name.partition(".")[0] in _OURS
        return (ours or record.levelno >= logging.WARNING) and bool(super().filter(record))

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 -- the name that logging calls
        """Say which line of code logged something that could not be written."""
        line = f'log.broken at="{_short(record.pathname)}:{record.lineno}"'.encode(
            "ascii", "backslashreplace"
        )
        try:
            self.stream.write(line.decode() + self.terminator)
        except (OSError, ValueError):
            return  # nobody reads the log any more: the work goes on


class _Formatter(logging.Formatter):
    """One record, one line of printable ASCII."""

    def __init__(self, *, journal: bool) -> None:
        super().__init__()
        self._journal = journal

    def format(self, record: logging.LogRecord) -> str:
        """``event key=value …``, with what the journal would add if there is no journal."""
        name, facts = _read(record)
        line = " ".join([name, *(f"{key}={value}" for key, value in _written(facts))])
        if self._journal:
            return _prefix(record.levelno) + line
        at = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return f'{line} level="{record.levelname.lower()}" at="{at}"'


def _read(record: logging.LogRecord) -> tuple[str, dict[str, object]]:
    """The event and its facts. Of a record that is not ours: who said it, where, and its fixed words."""
    facts = getattr(record, "facts", None)
    if isinstance(facts, dict):
        name = record.msg if _EVENT.fullmatch(str(record.msg)) else "log.unnamed"
        return name, facts
    place = f"{_short(record.pathname)}:{record.lineno}"
    said: dict[str, object] = {**_context.get(), "logger": record.name, "place": place}
    if record.args:  # then ``msg`` is the literal of the code, without the values
        said["template"] = str(record.msg)
    if record.exc_info and record.exc_info[1]:
        said["error"] = record.exc_info[1]
    return "log.other", said


def _written(facts: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for key, value in facts.items():
        if not _KEY.fullmatch(key):
            continue
        if isinstance(value, BaseException):
            yield key, _text(describe(value))
            if not isinstance(value, _TYPED):
                yield f"{key}_trace", json.dumps(places(value))
        elif key in _PERSONAL:
            yield key, '"(left out)"'
        else:
            yield key, _value(value)


def _value(value: object) -> str:
    """A plain value as JSON; of anything else only its type, since its text may hold anything."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, Enum):
        return _text(str(value.name).lower())
    if isinstance(value, timedelta):
        return json.dumps(round(value.total_seconds(), 3))
    return json.dumps(value) if _is_number(value) else _text(_worded(value))


def _worded(value: object) -> str:
    if isinstance(value, str | Path) or _is_number(value):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return ",".join(_worded(each) for each in islice(value, LONGEST_VALUE))
    return f"<{type(value).__name__}>"


def _is_number(value: object) -> bool:
    """A number that JSON can hold; Python refuses to write out very long ones."""
    return isinstance(value, int | float) and abs(value) < sys.maxsize


def _text(text: str) -> str:
    """A JSON string of printable ASCII; addresses and query strings masked, long text cut."""
    if len(text) > _MASKED:  # up to the last whole word, so that no half address is left over
        text = text[:_MASKED].rpartition(" ")[0] + " …"
    if "@" in text:
        text = _ADDRESS.sub("(address)", text)
    text = _QUERY.sub(r"\1?(left out)", text)
    kept = text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
    return json.dumps(kept)


def _prefix(level: int) -> str:
    return next((prefix for floor, prefix in _PREFIXES if level >= floor), "<7>")
