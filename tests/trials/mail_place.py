"""A school's monitor as an operator sets it up: its folder, its commands, its clock, and a feed that tells of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from tests.trials.mail_servers import PASSWORD

ROOT = Path(__file__).parents[2]
POSTS = (
    ("Tonight", "I will smash the head's car outside Holm Nook Community Primary School tonight."),
    (
        "Nobody listens",
        "Mrs Ashworth at Holm Nook Community Primary School is a lying bully and must be sacked.",
    ),
    ("Fair at Holly Nook", "Cakes and a tombola at Holly Nook Nursery this Saturday."),
)
"""A threat, an insult, and another place."""
_MONITOR = """\
state = "state"
schools = ["holm-nook.toml"]

[mail]
channel = "smtp"
host = "localhost"
port = {port}
security = "{security}"
user = "alerts@{domain}"
password = {{ file = "smtp-password" }}
from = "Mention monitor <alerts@{domain}>"
ca_file = "{ca_file}"
group_wait = "0s"

[fetch]
allow_private = ["{web}"]
min_delay = "0s"
"""
_SCHOOL = """\
[school]
name = "Holm Nook Community Primary School"
short = "Holm Nook"
locality = ["Ribbleton", "Preston"]
timezone = "Europe/London"

[[alias]]
kind = "strong"
any = ["holm nook community primary school", "holm nook primary"]

[[source]]
name = "Parents' forum"
kind = "feed"
every = "6h"
url = "http://{web}/forum.xml"

[[person]]
role = "head"
mail = "{head}"
names = ["the head"]

[[person]]
roles = ["dsl", "deputy_head"]
mail = "dsl@{domain}"

[[person]]
role = "chair"
mail = "chair@{domain}"

[[person]]
roles = ["office", "comms"]
mail = "office@{domain}"

[[person]]
role = "technician"
mail = "it@{domain}"

[routes]
childrens_social_care = "01632 960001"
lado = "01632 960002"
press_office = "01632 960003"
complaints_procedure = "https://holmnook.test/complaints"
media_policy = "https://holmnook.test/media-policy"

[governance]
notice_url = "https://holmnook.test/monitoring"
dpia_date = 2026-11-01
"""
_AT = (
    "import sys, time_machine; from monitor.cli import main\n"
    "with time_machine.travel(float(sys.argv.pop(1)), tick=True): main()"
)
"""The same program, at another time."""


@dataclass
class Place:
    """One configured monitor."""

    home: Path
    domain: str
    web: str
    ca_file: str
    port: int = 0
    security: str = "starttls"
    password: str = PASSWORD
    head: str = ""

    def write(self) -> None:
        """Write the configuration as it is now."""
        self.home.mkdir(parents=True, exist_ok=True)
        facts = {name: value for name, value in vars(self).items() if name != "password"}
        (self.home / "monitor.toml").write_text(_MONITOR.format(**facts), encoding="utf-8")
        facts["head"] = self.head or f"head@{self.domain}"
        (self.home / "holm-nook.toml").write_text(_SCHOOL.format(**facts), encoding="utf-8")
        secret = self.home / "smtp-password"
        secret.touch(mode=0o600)
        secret.write_text(self.password, encoding="ascii")

    def tell(self, *command: str, at: datetime | None = None) -> tuple[int, list[dict[str, Any]]]:
        """Run one command, now or at another time; its exit status and what it said."""
        moment = at or datetime.now(UTC)
        run = subprocess.run(
            [*self._program(moment), *command, "--json"],
            cwd=self.home, env=self._environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip
        with (self.home / "commands.log").open("a", encoding="utf-8") as log:
            log.write(
                f"$ {' '.join(command)}  # at {moment:%H:%M:%S}\n{run.stdout}{run.stderr}= {run.returncode}\n"
            )
        return run.returncode, [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]

    def _program(self, moment: datetime) -> list[str]:
        return [sys.executable, "-c", _AT, str(moment.timestamp()), "--config", "monitor.toml"]

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}


@contextmanager
def feed(posts: tuple[tuple[str, str], ...] = POSTS) -> Iterator[str]:
    """A feed with these posts, fresh each time; yields its host and port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("_Paper", (_Feed,), {"posts": posts}))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class _Feed(BaseHTTPRequestHandler):
    posts = POSTS

    def do_GET(self) -> None:
        """Answer with the feed, and to all else that there is no such thing."""
        listed = self.path == "/forum.xml"
        body = _rss(self.posts, datetime.now(UTC)) if listed else b""
        self.send_response(200 if listed else 404)
        self.send_header("Content-Type", "application/rss+xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def _rss(posts: tuple[tuple[str, str], ...], now: datetime) -> bytes:
    posted = format_datetime(now - timedelta(minutes=5))
    items = "".join(
        f"<item><title>{escape(title)}</title><description>{escape(text)}</description>"
        f"<link>https://forum.example/{number}</link><pubDate>{posted}</pubDate></item>"
        for number, (title, text) in enumerate(posts)
    )
    return f'<rss version="2.0"><channel><title>Parents</title>{items}</channel></rss>'.encode()
