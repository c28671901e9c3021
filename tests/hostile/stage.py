"""A watch of the invented school on a small web of loopback, with everything real from fetch to mailbox.

Used by the tests of hostile text: they write the web, let the watch look, and search what it left behind.
"""

from __future__ import annotations

import json
import mailbox
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html import escape
from pathlib import Path

from monitor import config as configuration
from monitor.app import App, open_app
from monitor.facts import MentionRow
from monitor.jobs import rounds
from monitor.store import mentions
from sources.cage import InProcess
from tests.sources.http_server import Web, answer

TUESDAY = datetime(2026, 11, 24, 10, 15, tzinfo=UTC)
ROOT = Path(__file__).parents[2]

_MONITOR = """\
state = "{state}"
schools = ["schools/holm-nook.toml"]

[mail]
channel = "maildir"
path = "mail"
from = "Mention monitor <monitor@holmnook.example>"
group_wait = "0s"

[fetch]
allow_private = ["{host}"]
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
any = ["holm nook community primary school", "holm nook primary school", "holm nook primary"]
fuzzy = 1

[[alias]]
kind = "weak"
any = ["holm nook"]
fuzzy = 1

[[person]]
role = "head"
mail = "head@holmnook.example"
names = ["the head"]

[[person]]
roles = ["dsl", "deputy_head"]
mail = "dsl@holmnook.example"

[[person]]
role = "chair"
mail = "chair@holmnook.example"

[[person]]
roles = ["office", "comms", "technician"]
mail = "office@holmnook.example"

[governance]
notice_url = "https://holmnook.example/monitoring"
dpia_date = 2026-11-01
"""


@dataclass(frozen=True, kw_only=True)
class Post:
    """One item of a feed, as its publisher writes it."""

    text: str
    title: str = ""
    link: str = ""
    guid: str = ""
    author: str = ""
    more: str = ""
    """Further elements, as they are."""
    at: datetime = TUESDAY - timedelta(hours=1)


@dataclass
class Stage:
    """A folder with a configuration, and the web that it watches."""

    folder: Path
    web: Web
    now: datetime = TUESDAY

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def config(self) -> Path:
        return self.folder / "monitor.toml"

    def set_up(self, sources: Mapping[str, str], *more: Web) -> None:
        """Write the configuration; ``sources`` names each source and gives the rest of its table."""
        hosts = '", "'.join(web.key for web in (self.web, *more))
        tables = "".join(f'\n[[source]]\nname = "{name}"\n{rest}\n' for name, rest in sources.items())
        (self.folder / "schools").mkdir(parents=True, exist_ok=True)
        self.config.write_text(_MONITOR.format(state=self.state, host=hosts), encoding="utf-8")
        (self.folder / "schools" / "holm-nook.toml").write_text(_SCHOOL + tables, encoding="utf-8")

    def feed(self, path: str) -> str:
        """The table of a feed at ``path`` of the web."""
        return f'kind = "feed"\nurl = "{self.web.url(path)}"'

    def publish(self, path: str, *posts: Post) -> None:
        """Put a feed of these posts on the web."""
        self.put(path, rss(posts), "application/rss+xml; charset=utf-8")

    def put(self, path: str, body: bytes, media_type: str = "application/json") -> None:
        """Put these bytes on the web."""
        self.web.pages[path] = answer(200, body, {"Content-Type": media_type})

    def clock(self) -> datetime:
        return self.now

    @contextmanager
    def opened(self, *, caged: bool = True) -> Iterator[App]:
        """The running watch, on the clock of this stage; not ``caged`` where only time would be lost."""
        config = configuration.load(self.config, environ={})
        with open_app(config, now=self.clock) as app:
            yield app if caged else replace(app, parser=InProcess())

    def look(self, app: App) -> rounds.Round:
        """Poll every source and send every mail."""
        return rounds.run_round(app, everything=True, tell=lambda _: None)

    def mails(self) -> list[EmailMessage]:
        """Every mail that went out, read by another parser than ours."""
        return [parsed(raw) for raw in self.raw_mails()]

    def raw_mails(self) -> list[bytes]:
        """Their bytes."""
        if not (self.state / "mail").exists():
            return []
        folder = mailbox.Maildir(self.state / "mail", create=False)
        return [folder.get_bytes(key) for key in sorted(folder.iterkeys())]

    def said(self) -> str:
        """What the program said when it ran by itself."""
        return (self.folder / "log").read_text(encoding="utf-8")

    def run(self, *words: str, given: bytes = b"", **more: str) -> subprocess.Popen[bytes]:
        """Start the program itself; what it says goes into files, its temporary files into the stage."""
        temporary = self.folder / "tmp"
        temporary.mkdir(exist_ok=True)
        said = (self.folder / "log").open("ab")
        command = [sys.executable, "-m", "monitor", "--config", str(self.config), *words]
        with said:
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TMPDIR": str(temporary), **more},
                stdin=subprocess.PIPE,
                stdout=said,
                stderr=said,
            )
        assert process.stdin is not None
        process.stdin.write(given)
        process.stdin.close()
        return process


class NoWeb(Web):
    """Holds no socket: a fake fetcher answers."""

    def __init__(self) -> None:
        """Leave everything undone."""
        self.tls = None

    @property
    def key(self) -> str:
        """A place where nobody answers."""
        return "127.0.0.1:9"


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """A stage with an empty web."""
    web = Web()
    web.start()
    try:
        yield Stage(folder=folder, web=web)
    finally:
        web.stop()


def rss(posts: Sequence[Post]) -> bytes:
    """RSS 2.0, properly escaped: the hostility lies in the words. What XML cannot say is left out."""
    items = "".join(
        "<item>"
        f"<title>{_said(post.title)}</title><description>{_said(post.text)}</description>"
        f"<link>{_said(post.link)}</link><guid isPermaLink='false'>{_said(post.guid)}</guid>"
        f"<author>{_said(post.author)}</author><pubDate>{post.at:%a, %d %b %Y %H:%M:%S} GMT</pubDate>"
        f"{post.more}</item>"
        for post in posts
    )
    head = "<rss version='2.0' xmlns:media='http://search.yahoo.com/mrss/'><channel><title>Paper</title>"
    return f"<?xml version='1.0' encoding='utf-8'?>{head}{items}</channel></rss>".encode()


def _said(words: str) -> str:
    legal = "".join(c for c in words if c in "\t\n" or (c >= " " and not "\ud800" <= c <= "\udfff"))
    return escape(legal.replace("\ufffe", "").replace("\uffff", ""))


def json_feed(posts: Sequence[Post]) -> bytes:
    """JSON Feed 1.1: it can carry every string there is, unpaired surrogates included."""
    items = [
        {
            "id": post.guid,
            "url": post.link,
            "title": post.title,
            "content_text": post.text,
            "authors": [{"name": post.author}],
            "date_published": post.at.isoformat(),
        }
        for post in posts
    ]
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "x", "items": items}).encode()


def parsed(raw: bytes) -> EmailMessage:
    """A mail as the standard library reads it."""
    found = message_from_bytes(raw, policy=default)
    assert isinstance(found, EmailMessage)
    return found


def part(mail: EmailMessage, kind: str) -> str:
    """The text or HTML part of a mail."""
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def stored(app: App) -> tuple[MentionRow, ...]:
    """Every mention that is kept."""
    with app.store.read() as tx:
        return mentions.listing(tx, limit=10_000)
