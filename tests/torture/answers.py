"""Gives every answer that a mail server may give, at every step, and asks what becomes of the mail.

A real server on loopback with TLS; the real channel; the real outbox. Two readers: one of whom the server answers
something else, and one whom it always serves.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.smtp import SMTP, Envelope, Session

import alerts.smtp
from monitor import app as wiring
from monitor.app import App
from monitor.facts import OutboxRow
from monitor.jobs import delivering, polling
from monitor.model import DeliveryOutcome
from monitor.store import Store, outbox
from tests.alerts.smtp_sink import Sink, serve
from tests.torture import house
from tests.torture.mutants import patched

AGAIN, PARKED, SENT = "retry", "dead", "sent"
CODES = (
    "421 4.3.2", "432 4.7.12", "450 4.2.1", "451 4.3.0", "452 4.2.2", "452 4.3.1", "454 4.7.0", "455", "500 5.5.2",
    "501 5.1.3", "503 5.5.1", "521", "530 5.7.0", "530 5.7.57", "535 5.7.8", "550 5.1.1", "550 5.2.2", "550 5.7.30", "550 5.7.60", "551 5.1.6", "552 5.2.2",
    "553 5.1.8", "554 5.7.1", "556 5.1.10",
)  # fmt: skip
SETTINGS = ("530 5.7.0", "530 5.7.57", "535 5.7.8", "550 5.7.30", "550 5.7.60", "553 5.1.8")
"""Our own settings are wrong: a human must act, and no mail is given up."""
FULL = ("550 5.2.2", "552 5.2.2")
STEPS = ("mail", "rcpt", "data", "message")
"""``data`` is the command, ``message`` the whole of it with its final dot."""
DROPS = ("mail", "rcpt", "data", "after the message", "silence")
NONSENSE = "hello"
"""No answer at all: a broken proxy stands between."""
_IMPATIENT = 0.3
"""Seconds; what a server that never answers is given here."""


def expected(step: str, code: str) -> str:
    """What must become of the mail."""
    if code.startswith(("2", "4")) or step == "mail" or code in (*SETTINGS, *FULL, NONSENSE):
        return AGAIN  # whatever is wrong with the sender is a matter of settings
    return PARKED


@dataclass
class Moody(Sink):
    """Answers one reader otherwise than the rest."""

    moody_about: str = ""
    step: str = ""
    answer: str = ""
    drop: str = ""

    async def handle_MAIL(  # noqa: N802 -- aiosmtpd names its hooks so
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.step == "mail" and self.moody_about:
            self._maybe_drop(server, "mail")
            return self.answer or "250 2.1.0 ok"
        return await super().handle_MAIL(server, session, envelope, address, options)

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd names its hooks so
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.step == "rcpt" and address == self.moody_about:
            self._maybe_drop(server, "rcpt")
            return self.answer or "250 2.1.5 ok"
        if self.step == "data" and address == self.moody_about:
            server._smtp_methods["DATA"] = self._refuse_data(server)  # the one command without a hook
        return await super().handle_RCPT(server, session, envelope, address, options)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 -- aiosmtpd names its hooks so
        if envelope.rcpt_tos == [self.moody_about]:
            if self.drop == "after the message":
                self.received.append(envelope)
                self._maybe_drop(server, "after the message")
            elif self.drop == "silence":
                self.received.append(envelope)
                await asyncio.Event().wait()  # until the client gives up
            elif self.step == "message":
                if self.answer.startswith(NONSENSE):
                    self.received.append(envelope)
                return self.answer
        return await super().handle_DATA(server, session, envelope)

    def _refuse_data(self, server: SMTP) -> Any:
        async def refuse(_: str | None) -> None:
            self._maybe_drop(server, "data")
            await server.push(self.answer)

        return refuse

    def _maybe_drop(self, server: SMTP, where: str) -> None:
        if self.drop == where:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()


@dataclass(frozen=True)
class Case:
    """One answer at one step."""

    step: str
    code: str = ""
    drop: str = ""

    @property
    def wanted(self) -> str:
        return AGAIN if self.drop else expected(self.step, self.code)


def cases() -> Iterator[Case]:
    """The whole table."""
    for step in STEPS:
        for code in CODES:
            yield Case(step=step, code=code)
        yield Case(step=step, code=NONSENSE)
    yield Case(step="data", code="250 2.0.0")
    for drop in DROPS:
        yield Case(step=drop, drop=drop)


@dataclass
class Verdict:
    """What became of the mails of one case."""

    moody: str
    other: str
    error: str
    next_in: timedelta | None
    copies: tuple[str, ...] = ()
    """Message-IDs of all that arrived at the moody reader until the server was in a good mood again."""


class Office:
    """A house with a mail server that can be put in any mood."""

    def __init__(self, home: Path) -> None:
        self.authority, self.sink, self.home = trustme.CA(), Moody(), home
        self.number = 0

    def try_all(self, which: list[Case]) -> list[tuple[Case, Verdict]]:
        self.home.mkdir(parents=True, exist_ok=True)
        self.authority.cert_pem.write_to_path(str(self.home / "ca.pem"))
        with serve(self.sink, self.authority) as sink:
            place = house.build(self.home, port=sink.port)
            Store.open(place.config.state).close()
            with place.app(channel=wiring.build_channel(place.config)) as app:
                polling.reconcile(app, app.now())
                return [(case, self._try(app, case)) for case in which]

    def _try(self, app: App, case: Case) -> Verdict:
        moody, other = f"moody{self.number}@holmnook.test", f"other{self.number}@holmnook.test"
        self.number += 1
        self.sink.moody_about, self.sink.step = moody, case.step
        self.sink.answer, self.sink.drop = f"{case.code} no" if case.code else "", case.drop
        now = app.now()
        house.fill(app, 1, now, first=self.number, readers=(moody,))
        patience = _IMPATIENT if case.drop == "silence" else alerts.smtp.ANSWER_SECONDS
        with patched((alerts.smtp, "ANSWER_SECONDS", patience)):
            first = self._deliver(app, moody)
        self.sink.moody_about = ""
        house.fill(app, 1, now, first=self.number + 50_000, readers=(other,))
        second = self._deliver(app, other)
        row = self._row(app, first.id)
        if first.outcome == AGAIN:
            later = dataclasses.replace(app, now=lambda: now + timedelta(days=1))
            delivering.deliver_all(later, now + timedelta(days=1))
        copies = tuple(str(mail["message-id"]) for mail in self._received(moody))
        waits = row.next_attempt_at - now if row and row.state == "pending" else None
        return Verdict(
            moody=first.outcome, other=second.outcome, error=first.error, next_in=waits, copies=copies
        )

    def _deliver(self, app: App, reader: str) -> DeliveryOutcome:
        [task] = [each for each in delivering.claim(app, app.now()) if each.recipient.address == reader]
        return delivering.guarded_deliver(app, task, app.now())

    def _row(self, app: App, number: int) -> OutboxRow | None:
        with app.store.read() as tx:
            return next((row for row in outbox.waiting(tx) if row.id == number), None)

    def _received(self, reader: str) -> Iterator[dict[str, str]]:
        for envelope in self.sink.received:
            if envelope.rcpt_tos == [reader]:
                content = bytes(envelope.original_content or b"").decode("ascii", "replace")
                head = content.replace("\r\n ", " ").split("\r\n\r\n")[0]
                lines = (line.partition(":") for line in head.split("\r\n"))
                yield {name.lower(): value.strip() for name, _, value in lines}
