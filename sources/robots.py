"""What robots.txt allows us (RFC 9309), asked once a day for each authority.

Protego matches the paths. The lines are sifted first, so that only the product token of the RFC
decides which group is ours, and so that a hostile file with thousands of groups costs nothing.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from protego import Protego

from sources.base import USER_AGENT_TOKEN, Answer
from sources.errors import SourceError

MAX_BYTES = 500 * 1024
"""Section 2.5: at least 500 KiB are parsed. What follows is ignored."""

LONGEST_DELAY = timedelta(seconds=60)
"""``Crawl-delay`` is no part of the RFC; it is honoured up to here."""

_KEPT_FOR = timedelta(hours=24)  # section 2.4
_RETRY_AFTER = timedelta(minutes=15)  # a short breakdown of theirs shall not blind us for a day
_MOST_AUTHORITIES = 1_000  # far more hosts than a school watches

_FIRST_REDIRECT = 300
_FIRST_SERVER_ERROR = 500
_TOO_MANY_REQUESTS = 429

_LINE_END = re.compile(r"[\r\n]+")
_AGENT = re.compile(r"user[- ]?agent\s*:?\s*(?P<token>\*(?=\s|$)|[a-z_-]*)", re.IGNORECASE)
_RULE = re.compile(r"(?:allow|disallow|dis+al+ow|diasllow|disallaw)\s*[:\s]", re.IGNORECASE)
_DELAY = re.compile(r"crawl[- ]delay\s*[:\s]", re.IGNORECASE)
_NOBODY = "-"  # stands for all groups that are not ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a URL may be fetched, and if not, why and until when."""

    allowed: bool
    reason: str = ""
    again_in: timedelta | None = None
    """When robots.txt will be asked again, where it could not be read."""


@dataclass(slots=True)
class _Rules:
    """What one authority said; ``None`` as ``paths`` means that it could not be asked."""

    paths: Protego | None
    delay: timedelta
    until: float


@dataclass(slots=True)
class _Slot:
    """One authority: the lock lets one thread ask while the others wait for its answer."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    rules: _Rules | None = None


class Robots:
    """Verdicts by authority, from a cache."""

    def __init__(self, fetch: Callable[[str], Answer], *, monotonic: Callable[[], float]) -> None:
        """``fetch`` follows redirects; where they lead nowhere it returns the last of them."""
        self._fetch = fetch
        self._monotonic = monotonic
        self._slots: dict[str, _Slot] = {}
        self._lock = threading.Lock()

    def verdict(self, origin: str, url: str) -> Verdict:
        """Judge ``url``, which belongs to ``origin`` (scheme, host and port)."""
        slot = self._slot(origin)
        with slot.lock:
            if slot.rules is None or slot.rules.until <= self._monotonic():
                slot.rules = self._ask(origin)
            rules = slot.rules
        if rules.paths is None:
            left = timedelta(seconds=rules.until - self._monotonic())
            return Verdict(allowed=False, reason="robots.txt cannot be read", again_in=left)
        if rules.paths.can_fetch(url, USER_AGENT_TOKEN):
            return Verdict(allowed=True)
        return Verdict(allowed=False, reason="robots.txt does not allow this address")

    def delay(self, origin: str) -> timedelta:
        """The ``Crawl-delay`` that ``origin`` asked for, as far as known; asks nobody."""
        slot = self._slots.get(origin)
        rules = slot.rules if slot else None
        return rules.delay if rules else timedelta(0)

    def _slot(self, origin: str) -> _Slot:
        with self._lock:
            if len(self._slots) >= _MOST_AUTHORITIES and origin not in self._slots:
                self._slots.pop(next(iter(self._slots)))  # the one known for longest
            return self._slots.setdefault(origin, _Slot())

    def _ask(self, origin: str) -> _Rules:
        now = self._monotonic()
        try:
            answer = self._fetch(f"{origin}/robots.txt")
        except SourceError:
            answer = None
        if answer is None or answer.status == _TOO_MANY_REQUESTS or answer.status >= _FIRST_SERVER_ERROR:
            # Section 2.3.1.4: unreachable means that everything is disallowed. 429 asks for less, too.
            return _Rules(paths=None, delay=timedelta(0), until=now + _RETRY_AFTER.total_seconds())
        # Section 2.3.1.3: what is "unavailable" (4xx, or lost in redirects) allows everything.
        body = answer.body if answer.status < _FIRST_REDIRECT else b""
        paths, delay = parse(body)
        return _Rules(paths=paths, delay=delay, until=now + _KEPT_FOR.total_seconds())


def parse(body: bytes) -> tuple[Protego, timedelta]:
    """Read a robots.txt: the rules for us, and the delay between requests that it asks for."""
    text = body[:MAX_BYTES].decode("utf-8", "replace").removeprefix("\ufeff")
    lines = _LINE_END.split(text)
    if len(body) > MAX_BYTES:
        lines.pop()  # cut in the middle of a line
    sifted = tuple(_sift(lines))
    # A crawl-delay would end the group for Protego; the RFC knows no such line. So: read twice.
    rules = Protego.parse("\n".join(line for line in sifted if not _DELAY.match(line)))
    seconds = Protego.parse("\n".join(sifted)).crawl_delay(USER_AGENT_TOKEN) or 0.0
    return rules, timedelta(seconds=min(seconds, LONGEST_DELAY.total_seconds()))


def _sift(lines: Iterable[str]) -> Iterable[str]:
    """Keep group heads, rules and delays; name each group ours, everybody's or nobody's."""
    for line in lines:
        plain = line.partition("#")[0].strip()
        head = _AGENT.match(plain)
        if head:
            yield f"User-agent: {_whose(head['token'])}"
        elif _RULE.match(plain) or _DELAY.match(plain):
            yield plain


def _whose(agent: str) -> str:
    if agent == "*" or agent.lower() == USER_AGENT_TOKEN.lower():
        return agent
    return _NOBODY
