"""Fetchers for tests: hurried, and with an internet of their own."""

from __future__ import annotations

import socket
from datetime import timedelta
from typing import Any

from sources.fetch import FetchPolicy, HttpFetcher
from sources.guard import SockAddr
from tests.sources.http_server import Web

AGENT = "SchoolMentionMonitor/0.1 (+https://holmnook.example/about-monitor)"
FEED = b"<rss><channel><title>Paper</title></channel></rss>"
PUBLIC = "93.184.215.14"


def fetcher_for(*webs: Web, **options: Any) -> HttpFetcher:
    """A fetcher that may reach these servers, and hurries."""
    policy = FetchPolicy(
        allow_private=frozenset(web.key for web in webs),
        min_delay=options.pop("min_delay", timedelta(0)),
        timeout=options.pop("timeout", timedelta(seconds=5)),
        max_bytes=options.pop("max_bytes", 100_000),
        proxy=options.pop("proxy", ""),
    )
    return HttpFetcher(policy, user_agent=AGENT, **options)


class Internet:
    """Public names whose addresses all lead to one server on loopback, and a record of who was dialled."""

    def __init__(self, web: Web, **hosts: list[list[str]]) -> None:
        self._port = web.port
        self._hosts = {name.replace("_", "."): list(turns) for name, turns in hosts.items()}
        self.asked: list[str] = []
        self.dialled: list[SockAddr] = []

    def resolve(self, host: str, port: int, **_: object) -> list[tuple[Any, ...]]:
        self.asked.append(host)
        turns = self._hosts.get(host, [[PUBLIC]])
        addresses = turns.pop(0) if len(turns) > 1 else turns[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    def dial(self, address: SockAddr, seconds: float) -> socket.socket:
        self.dialled.append(address)
        return socket.create_connection(("127.0.0.1", self._port), seconds)

    def fetcher(self, **options: Any) -> HttpFetcher:
        return fetcher_for(resolve=self.resolve, dial=self.dial, **options)


class Clock:
    """A clock that goes on only when somebody sleeps."""

    def __init__(self) -> None:
        self.time = 1_000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds
