"""Stand-ins for the outermost edge: the web, the clock and the mail; parsers work without their cage.

Everything inside is real. A fake remembers what it was asked, so that a test can look.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from alerts.base import Message, Receipt, Recipient
from sources.base import Answer, Fetcher, Parser, SecretFile, Tools
from sources.cage import InProcess
from sources.errors import Denied

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
"""A school Monday morning in London; the default of every fake clock."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request that was made."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Mapping[str, Any] | None = None
    form: Mapping[str, str] | None = None
    pause: float = 0.0
    obey_robots: bool = False


Reply: TypeAlias = Answer | Exception | Callable[[Call], Answer]


def answer(
    body: bytes | str = b"",
    status: int = 200,
    url: str = "",
    *,
    headers: Mapping[str, str] | None = None,
    **named: str,
) -> Answer:
    """An HTTP answer. Headers may be named arguments: ``retry_after="120"``. ``url`` defaults to what was asked."""
    told = {**(headers or {}), **{name.replace("_", "-"): value for name, value in named.items()}}
    return Answer(status=status, url=url, headers=told, body=body.encode() if isinstance(body, str) else body)


class FakeFetcher:
    """A web of recorded answers, by address; without the query if the whole address is not listed.

    An answer may be an ``Answer``, an exception, a function of the ``Call``, or a sequence of these:
    one for each request, the last for all that follow. An address that is not listed answers 404.
    """

    def __init__(self, web: Mapping[str, Reply | Sequence[Reply]], *, disallowed: Sequence[str] = ()) -> None:
        self.web = {url: [*reply] if isinstance(reply, Sequence) else [reply] for url, reply in web.items()}
        self.disallowed = set(disallowed)
        self.calls: list[Call] = []

    def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        pause: float = 0.0,
        obey_robots: bool = False,
    ) -> Answer:
        if obey_robots and url in self.disallowed:
            raise Denied("robots.txt does not allow this address")
        told = dict(headers or {})
        return self._answer(Call(method="GET", url=url, headers=told, pause=pause, obey_robots=obey_robots))

    def post(
        self,
        url: str,
        *,
        json: Mapping[str, Any] | None = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Answer:
        return self._answer(Call(method="POST", url=url, headers=dict(headers or {}), json=json, form=form))

    def robots(self, url: str) -> str:
        return "disallowed" if url in self.disallowed else "allowed"

    def _answer(self, call: Call) -> Answer:
        self.calls.append(call)
        replies = self.web.get(call.url) or self.web.get(call.url.partition("?")[0])
        if replies is None:
            return Answer(status=404, url=call.url)
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        if isinstance(reply, Exception):
            raise reply
        found = reply if isinstance(reply, Answer) else reply(call)
        if found.url:
            return found
        return Answer(
            status=found.status,
            url=call.url,
            headers=found.headers,
            body=found.body,
            moved_to=found.moved_to,
        )


class FixedClock:
    """A clock that moves only when told to."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta) -> datetime:
        self.now += by
        return self.now


def tools(
    web: Mapping[str, Reply | Sequence[Reply]] | Fetcher | None = None,
    *,
    now: datetime | FixedClock = NOW,
    secrets: Mapping[str, str] | None = None,
    parser: Parser | None = None,
) -> Tools:
    """What a source is given, all of it fake. ``web`` is a fetcher or the answers for one."""
    clock = now if isinstance(now, FixedClock) else FixedClock(now)
    fetcher = FakeFetcher(web or {}) if web is None or isinstance(web, Mapping) else web
    known = dict(secrets or {})

    def secret(of: SecretFile) -> str:
        return known[of.file]

    return Tools(fetcher=fetcher, parser=parser or InProcess(), secret=secret, now=clock)


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One message that a channel was given."""

    message: Message
    to: Recipient
    key: str


class RecordingChannel:
    """A channel that keeps what it is given; ``failures`` are raised first, one for each send."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.sent: list[Sent] = []
        self.closed = False

    def send(self, message: Message, to: Recipient, key: str) -> Receipt:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(Sent(message=message, to=to, key=key))
        return Receipt(key=key, code="250")

    def check(self) -> str:
        if self.failures:
            raise self.failures[0]
        return "a recording channel, always ready"

    def close(self) -> None:
        self.closed = True
