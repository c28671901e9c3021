"""Promise: the daemon stays small, round after round of new posts, mails and all."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from pathlib import Path
from time import monotonic

import pytest

LIMIT = 109
"""Megabytes after three rounds: a twentieth more than the 101 to 104 that were measured with Python 3.11."""
FEEDS = 5
ROUNDS = 3
POSTS = 20
"""New posts in each feed and round."""
PATIENCE = 60.0
OPEN = "SELECT count(*) FROM source WHERE next_poll_at < '2021' OR leased_until IS NOT NULL OR last_ok_at IS NULL"

CLAIMS = (
    "My daughter in year {n} was pushed down the stairs and nobody rang us, says Mrs Oakenshaw",
    "What a lovely concert class {n} gave, thank you to Mr Kowalski and everyone",
    "I will come to the gate and hurt him, he knows who he is, number {n}",
    "The head is a useless liar and a disgrace, that is {n} letters without an answer",
    "Lollipop patrol needed on route {n}, please ask at the office",
    "Jayden and Zayd from year {n} said a man waited by the fence and took pictures of them",
)


class _Web:
    """Feeds that list twenty more posts after each round."""

    def __init__(self) -> None:
        self.rounds = 1
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                number = re.fullmatch(r"/feed(\d+)", self.path)
                body = web.feed(int(number[1])) if number else b""
                self.send_response(200 if number else 404)
                self.send_header("Content-Type", "application/rss+xml")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class names it so
                pass

        # hosts of their own, or they would be asked one after the other
        self.servers = [ThreadingHTTPServer((f"127.0.0.{1 + number}", 0), Handler) for number in range(FEEDS)]

    @property
    def hosts(self) -> list[str]:
        return [f"127.0.0.{1 + number}:{server.server_port}" for number, server in enumerate(self.servers)]

    def feed(self, number: int) -> bytes:
        posts = range((self.rounds - 1) * POSTS, self.rounds * POSTS)
        items = "".join(
            f"<item><guid>{number}-{post}</guid><link>https://blog.example/{number}/{post}</link>"
            f"<title>Holm Nook Community Primary School, {post}</title>"
            f"<description>{CLAIMS[(number + post) % len(CLAIMS)].format(n=post)}</description></item>"
            for post in posts
        )
        return f'<rss version="2.0"><channel><title>p</title>{items}</channel></rss>'.encode()


@contextmanager
def _serving() -> Iterator[_Web]:
    web = _Web()
    threads = [threading.Thread(target=server.serve_forever, args=(0.05,)) for server in web.servers]
    for thread in threads:
        thread.start()
    try:
        yield web
    finally:
        for server, thread in zip(web.servers, threads, strict=True):
            server.shutdown()
            server.server_close()
            thread.join()


def _set_up(home: Path, hosts: list[str]) -> Path:
    demo = resources.files("monitor.demo").joinpath("set_up")
    school = demo.joinpath("schools", "holm-nook.toml").read_text(encoding="utf-8")
    school = re.sub(r"\[\[source\]\].*?(?=\[\[person)", "", school, flags=re.DOTALL)
    for number, host in enumerate(hosts):
        school += f'[[source]]\nname = "feed {number}"\nkind = "feed"\nurl = "http://{host}/feed{number}"\n'
    (home / "schools").mkdir()
    (home / "schools" / "holm-nook.toml").write_text(school, encoding="utf-8")
    settings = demo.joinpath("monitor.toml").read_text(encoding="utf-8")
    path = home / "monitor.toml"
    settings = settings.replace('"{host}"', str(hosts)[1:-1]).replace("{state}", str(home / "state"))
    path.write_text(settings, encoding="utf-8")
    return path


@contextmanager
def _daemon(config: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "monitor", "--config", str(config), "run"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as daemon:
        assert daemon.stderr is not None
        assert any("daemon.started" in line for line in daemon.stderr)
        try:
            yield daemon
        finally:
            daemon.terminate()


def _wait(until: Callable[[], bool]) -> None:
    ends = monotonic() + PATIENCE
    while not until():
        assert monotonic() < ends, "it took too long"
        threading.Event().wait(0.1)


def _round(state: Path) -> None:
    """Wait until every source was read."""
    with closing(sqlite3.connect(state / "monitor.db")) as base:
        _wait(lambda: base.execute(OPEN).fetchone()[0] == 0)


def _all_due(state: Path) -> None:
    with closing(sqlite3.connect(state / "monitor.db", timeout=10)) as base, base:
        base.execute("UPDATE source SET next_poll_at = '2020-01-01 00:00:00.000000'")


def _megabytes(process: int) -> dict[str, float]:
    status = Path(f"/proc/{process}/status").read_text()
    return {key: int(kilobytes) / 1024 for key, kilobytes in re.findall(r"(VmRSS|Rss\w+):\s+(\d+)", status)}


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="this system does not tell")
def test_the_daemon_stays_small(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with _serving() as web, _daemon(_set_up(tmp_path, web.hosts)) as daemon:
        for _ in range(ROUNDS):
            _round(state)
            web.rounds += 1
            _all_due(state)
        _round(state)
        _wait(lambda: any((state / "mail").glob("new/*")))
        used = _megabytes(daemon.pid)

    assert used["VmRSS"] <= LIMIT, used
