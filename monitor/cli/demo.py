"""``demo``: the whole product in a minute, offline, on a small invented web."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import click

from alerts.base import Severity
from monitor.cli.shell import shortened, table

if TYPE_CHECKING:
    from alerts.base import Message
    from monitor.app import App
    from monitor.facts import MentionRow

OUT = Path("demo-out")
MARK = ".made-by-mention-monitor-demo"
"""Only a folder that holds this file is emptied: nobody's own work is."""
TUESDAY = datetime(2026, 11, 24, 10, 15, tzinfo=UTC)
"""The demo's own clock: a school Tuesday."""
NEXT_MONDAY = datetime(2026, 11, 30, 7, 30, tzinfo=UTC)
"""When the digest of that week goes out."""
PAUSE = timedelta(hours=6)
LONGEST_WHY = 120
"""Characters of the grounds of one mention."""
LOOKS = 24
"""From Tuesday to Monday, one look after each pause."""
FILES = ("monitor.toml", "schools/holm-nook.toml")
PASSWORD = "bluesky-app-password"  # noqa: S105 -- a file's name


@click.command()
def demo() -> None:
    """Show the whole product offline: a small local web, real polls, real mails to look at.

    Everything is invented, and everything stays in ./demo-out and on this machine.

    Example: mention-monitor demo
    """
    from monitor.demo import web

    _empty(OUT)
    with web.serve() as host:
        path = _set_up(OUT, host)
        _play(path)


def _empty(folder: Path) -> None:
    if folder.exists() and not (folder / MARK).exists():
        raise click.UsageError(f"{folder} was not made by the demo; move it away, or start in another folder")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    (folder / MARK).touch()


def _set_up(folder: Path, host: str) -> Path:
    """Write the demo's configuration for the web at ``host``; return its path."""
    for name in FILES:
        text = resources.files("monitor.demo").joinpath("set_up", name).read_text(encoding="utf-8")
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        state = (folder / "state").absolute().as_posix()
        target.write_text(text.replace("{host}", host).replace("{state}", state), encoding="utf-8")
    secret = folder / PASSWORD
    secret.touch(mode=0o600)
    secret.write_text("demo\n", encoding="utf-8")
    return folder / FILES[0]


def _play(path: Path) -> None:
    import os

    from monitor import config as configuration
    from monitor import log
    from monitor.app import open_app

    log.configure("WARNING")
    config = configuration.load(path, environ=os.environ)
    clock = Clock()
    with open_app(config, now=clock) as app:
        click.echo(f"It is {clock():%A %-d %B %Y, %H:%M} at Holm Nook, an invented school.\n")
        with click.progressbar(length=LOOKS, label="A week of looking at the invented web") as bar:
            _live(app, clock, bar.update)
        _show_mentions(_mentions(app))
        _show_mails(_mails(app.config.state / "mail"), _digest(app))
    _show_next()


class Clock:
    """The demo's clock: it moves only when told to."""

    def __init__(self) -> None:
        self.now = TUESDAY

    def __call__(self) -> datetime:
        """The time of the demo."""
        return self.now


def _live(app: App, clock: Clock, looked: Callable[[int], None]) -> None:
    """Let the week go by: a look every six hours, and a head who takes each story and closes most."""
    from monitor.jobs import rounds

    for look in range(LOOKS):
        clock.now = TUESDAY + look * PAUSE if look < LOOKS - 1 else NEXT_MONDAY
        rounds.run_round(app, everything=True, tell=lambda _: None)
        if look < len(ANSWERS):
            clock.now += timedelta(minutes=40)
            ANSWERS[look](app, clock.now)
        looked(1)


def _take_all(app: App, now: datetime) -> None:
    from monitor.store import incidents

    with app.store.write() as tx:
        for story in incidents.listing(tx, open_only=True):
            incidents.take(tx, story.id, by="head", via="demo", now=now)


def _close_most(app: App, now: datetime) -> None:
    from monitor.store import incidents

    with app.store.write() as tx:
        for story in incidents.listing(tx, open_only=True):
            if story.severity < Severity.CRITICAL:
                incidents.close(tx, story.id, outcome="answered", note="", by="head", via="demo", now=now)


ANSWERS = (_take_all, _close_most)
"""What the head does after the first looks."""


def _mentions(app: App) -> tuple[MentionRow, ...]:
    from monitor.store import mentions

    with app.store.read() as tx:
        return mentions.listing(tx)


def _show_mentions(rows: tuple[MentionRow, ...]) -> None:
    ordered = sorted(rows, key=lambda row: (-row.severity, row.id))
    table(
        "What was said about Holm Nook",
        ("mention", "severity", "category", "where", "why"),
        (
            (
                f"M{row.id}",
                row.severity.word,
                row.category.value if row.category else "–",
                row.source,
                _why(row),
            )
            for row in ordered
        ),
        empty="Nothing was found: that should not happen in the demo.",
    )


def _why(row: MentionRow) -> str:
    if row.duplicate_of:
        return f"repeats M{row.duplicate_of}"
    return shortened("; ".join(dict.fromkeys(ground.rule for ground in row.grounds)), LONGEST_WHY)


def _mails(folder: Path) -> list[tuple[str, str, Path]]:
    """Subject and text of each mail, gravest first; the HTML is written beside the Maildir."""
    import mailbox
    from email import policy
    from email.message import EmailMessage
    from email.parser import BytesParser

    html = OUT / "html"
    html.mkdir(exist_ok=True)
    mails: list[tuple[str, str, Path]] = []
    folder_of_mails = mailbox.Maildir(folder, create=False)
    for key in sorted(folder_of_mails.iterkeys()):
        raw = folder_of_mails.get_bytes(key)
        mail: EmailMessage = BytesParser(policy=policy.default).parsebytes(raw)
        plain, rich = mail.get_body(("plain",)), mail.get_body(("html",))
        page = html / f"{len(mails) + 1:02}.html"
        page.write_text(rich.get_content() if rich else "", encoding="utf-8")
        mails.append((str(mail["Subject"]), plain.get_content() if plain else "", page))
    return sorted(mails, key=lambda mail: _rank(mail[0]))


def _digest(app: App) -> Message:
    """The digest of the demo's week, as the leadership gets it."""
    from monitor.jobs import reporting

    slug = next(iter(app.config.schools))
    return reporting.preview(app, slug, reporting.period(app, slug, None, app.now()))


def _rank(subject: str) -> int:
    return next((rank for rank, word in enumerate(("URGENT", "HIGH")) if subject.startswith(word)), 2)


def _show_mails(mails: list[tuple[str, str, Path]], digest: Message) -> None:
    subject, text, _ = mails[0]
    click.echo(f"\nThe most urgent mail\n{'=' * 20}\nSubject: {subject}\n\n{text}")
    click.echo(f"\nThe week's digest\n{'=' * 17}\nSubject: {digest.subject}\n\n{digest.text}")
    click.echo(f"\n{len(mails)} mails are in {OUT / 'state' / 'mail'}; their HTML is in {OUT / 'html'}.")


def _show_next() -> None:
    click.echo(
        "\nNext, for your own school:\n"
        "  1. Copy config/ and change the ten lines marked CHANGE.\n"
        "  2. mention-monitor --config config/monitor.toml check --online\n"
        "  3. mention-monitor --config config/monitor.toml run --once, then the service (see README).\n"
    )
