"""The faults of a mail server one by one, how each is mended, and what must become of the mails."""

from __future__ import annotations

import base64
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

from tests.trials import mail_servers
from tests.trials.mail_place import Place
from tests.trials.mail_servers import PASSWORD, Servers
from tests.trials.mail_wire import Wire

READERS = ("head", "dsl", "chair", "office", "it")
GRADES = ("URGENT", "HIGH")
REPEATED = "may have had this before"
MUCH_LATER = timedelta(minutes=40)
"""By then somebody must have been told that mail waits."""
_TILL_DELIVERED = 30.0
"""Seconds that Postfix and Dovecot may take with what they accepted."""
_GREY = mail_servers.GREY_SECONDS + 1


@dataclass
class Trial:
    """One fault on one monitor."""

    name: str
    servers: Servers
    wire: Wire
    place: Place
    slow: float

    @property
    def head(self) -> str:
        return f"head@{self.place.domain}"


def _nothing(_: Trial) -> None:
    """Leave everything as it is."""


def _answer(mood: str) -> Callable[[Trial], None]:
    return lambda trial: trial.servers.answer(trial.head, mood)


def _set(**attributes: Any) -> Callable[[Trial], None]:
    """Change the wire."""
    return lambda trial: vars(trial.wire).update(attributes)


def _lead_to(port: str) -> Callable[[Trial], None]:
    """Lead the wire to another of the servers."""
    return lambda trial: setattr(trial.wire, "target", getattr(trial.servers, port))


def _configure(**settings: str) -> Callable[[Trial], None]:
    def configure(trial: Trial) -> None:
        vars(trial.place).update(settings)
        trial.place.write()

    return configure


def _own_certificate(trial: Trial) -> None:
    _lead_to("own")(trial)
    _configure(ca_file="")(trial)


def _trust_own_certificate(trial: Trial) -> None:
    _configure(ca_file=str(trial.servers.own_certificate))(trial)


def _misspell(trial: Trial) -> None:
    _configure(head=f"haed@{trial.place.domain}")(trial)


def _implicit(trial: Trial) -> None:
    _lead_to("tls")(trial)
    _configure(security="tls")(trial)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One line of the table."""

    what: str
    fault: Callable[[Trial], None] = _nothing
    mend: Callable[[Trial], None] = _nothing
    after: float = 0.0
    """Seconds until the fault is over by itself."""
    first: str = "retry"
    """What the first try comes to."""
    only_head: bool = False
    """The others get their mail at once."""
    says: str = ""
    """What the outbox says of it."""
    waits: tuple[int, int] = (60, 75)
    """Seconds from which to which the first wait may last."""
    lasting: bool = True
    """Lasts until a human acts; forty minutes later somebody must have been told."""
    copies: int = 1
    """Copies of one mail at most."""
    doubtful: bool = False
    """A mail that did not arrive may say that it is perhaps a repeat: nobody here could know."""
    in_clear: bool = False
    """Nothing at all may be said to this server but a greeting."""


_BY_HAND = (15 * 60, 30 * 60)
CASES: Mapping[str, Case] = {
    "healthy": Case(what="no fault, STARTTLS", first="sent"),
    "implicit-tls": Case(what="no fault, implicit TLS", fault=_implicit, first="sent"),
    "greylisted": Case(what="greylisted (postgrey, 450)", fault=_answer("greylisted"), after=_GREY, only_head=True, lasting=False, says="put the recipient off .45"),
    "put-off": Case(what="451 at RCPT", fault=_answer("451 4.3.0 later"), mend=_answer(""), only_head=True, says="put the recipient off .451"),
    "unknown": Case(what="550 at RCPT: address misspelt", fault=_misspell, first="dead", only_head=True, says="refused the recipient .550 5.1.1"),
    "full-452": Case(what="452 4.2.2 at RCPT: mailbox full", fault=_answer("452 4.2.2 full"), mend=_answer(""), only_head=True, says="mailbox is full .452"),
    "full-552": Case(what="552 5.2.2 at RCPT: over quota (Dovecot)", fault=lambda t: t.servers.fill(t.head, mail_servers.ROOM + 9), mend=lambda t: t.servers.empty(t.head), only_head=True, says="mailbox is full .552"),
    "nearly-full": Case(what="room for 2 kB left (Dovecot)", fault=lambda t: t.servers.fill(t.head, mail_servers.ROOM - 2000), mend=lambda t: t.servers.empty(t.head), only_head=True, says="mailbox is full .552"),
    "cut-message": Case(what="reset in the middle of the mail", fault=_set(cut_message=True), mend=_set(cut_message=False), says="broke after the message was handed over", doubtful=True),
    "cut-answer": Case(what="reset after the final dot, before 250", fault=_set(cut_answer=True), mend=_set(cut_answer=False), says="broke after the message was handed over", copies=3),
    "slow-answer": Case(what="250 after 20 s", fault=_set(hold_answer=20.0), first="sent"),
    "slower-answer": Case(what="250 later than our patience", fault=lambda t: setattr(t.wire, "hold_answer", t.slow), says="broke after the message was handed over", copies=2, lasting=False),
    "expired": Case(what="certificate expired", fault=_lead_to("expired"), mend=_lead_to("submission"), says="certificate is not valid: certificate has expired", waits=_BY_HAND),
    "elsewhere": Case(what="certificate for another name", fault=_lead_to("elsewhere"), mend=_lead_to("submission"), says="certificate is not valid: Hostname mismatch", waits=_BY_HAND),
    "self-signed": Case(what="self-signed, no ca_file", fault=_own_certificate, mend=_trust_own_certificate, says="certificate is not valid: self-signed", waits=_BY_HAND),
    "stripped": Case(what="STARTTLS taken out on the way", fault=_set(strip=True), mend=_set(strip=False), says="offers no STARTTLS", waits=_BY_HAND, in_clear=True),
    "bare": Case(what="no TLS, log-in offered in clear", fault=_lead_to("bare"), mend=_lead_to("submission"), says="offers no STARTTLS", waits=_BY_HAND, in_clear=True),
    "wrong-password": Case(what="535: wrong password", fault=_configure(password="no"), mend=_configure(password=PASSWORD), says="refused user or password,.* .535", waits=_BY_HAND),
    "refused": Case(what="connection refused", fault=lambda t: t.wire.hang_up(), mend=lambda t: t.wire.listen(), says="cannot be reached"),
}  # fmt: skip


@dataclass
class Verdict:
    """What became of one case."""

    what: str
    first: str = ""
    said: str = ""
    wait: float | None = None
    sent: set[int] = field(default_factory=set)
    """Deliveries that the monitor calls sent."""
    statuses: list[int] = field(default_factory=list)
    """Exit statuses of ``outbox`` and ``health`` after the first try, and of ``health`` forty minutes later."""
    told_later: str = ""
    identities: dict[str, Counter[str]] = field(default_factory=dict)
    """Copies by Message-ID, by reader."""
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def note_sent(self, told: list[dict[str, Any]]) -> None:
        """Remember what was sent."""
        self.sent |= {one["id"] for one in told if one.get("outcome") == "sent" and one["what"] == "delivery"}

    def expect(self, fact: bool, otherwise: str) -> None:  # noqa: FBT001 -- reads as a sentence where it is called
        """Note what is wrong unless it is as it should be."""
        if not fact:
            self.wrong.append(otherwise)


def run(trial: Trial, healthy: Mapping[str, Counter[str]]) -> Verdict:
    """Break, send, look, mend, send again, and look into every mailbox."""
    case = CASES[trial.name]
    verdict = Verdict(case.what)
    trial.wire.listen()
    trial.place.port = trial.wire.port
    trial.place.write()
    case.fault(trial)
    start, began = datetime.now(UTC), time.monotonic()
    _, told = trial.place.tell("run", "--once", "--all", at=start)
    verdict.seconds = time.monotonic() - began
    verdict.note_sent(told)
    rows = _judge_first_try(case, verdict, trial, told, start)
    if rows and case.first == "retry":
        rows = _judge_much_later(case, verdict, trial, start) if case.lasting else rows
        time.sleep(case.after)
        case.mend(trial)
        _judge_next_try(verdict, trial, rows)
    mails = _collect(trial)
    _judge_mailboxes(case, verdict, mails, healthy)
    _judge_wire(case, verdict, trial)
    return verdict


def _judge_first_try(
    case: Case, verdict: Verdict, trial: Trial, told: list[dict[str, Any]], start: datetime
) -> list[dict[str, Any]]:
    outcomes = [one for one in told if one.get("what") == "delivery"]
    failed = [one["outcome"] for one in outcomes if one["outcome"] != "sent"]
    verdict.first = (
        f"{len(outcomes) - len(failed)} sent, {len(failed)} {'/'.join(sorted(set(failed)))}".rstrip(" ,")
    )
    status, rows = trial.place.tell("outbox")
    verdict.statuses = [status, trial.place.tell("health")[0]]
    verdict.said = "; ".join(sorted({row["error"] for row in rows}))
    waits = [_seconds(row["next_attempt_at"], start) for row in rows if row["state"] == "pending"]
    verdict.wait = min(waits, default=None)
    verdict.expect(bool(outcomes), "nothing was sent at all")
    verdict.expect(set(failed) == ({case.first} - {"sent"}), f"the first try came to {verdict.first}")
    verdict.expect(len(failed) < len(outcomes) or not case.only_head, "others had to wait, too")
    verdict.expect(
        not rows or re.search(case.says, verdict.said) is not None, "the outbox does not say what is wrong"
    )
    lowest, highest = case.waits
    early, late = min(waits, default=lowest), max(waits, default=lowest)
    verdict.expect(
        lowest <= early and late <= highest + verdict.seconds, f"waits {early:.0f} to {late:.0f} s"
    )
    dead = case.first == "dead"
    verdict.expect(verdict.statuses == [int(dead)] * 2, f"exit statuses {verdict.statuses}")
    return rows


def _judge_much_later(case: Case, verdict: Verdict, trial: Trial, start: datetime) -> list[dict[str, Any]]:
    """Nothing was mended: another try fails, and ``health`` says so."""
    later = start + MUCH_LATER
    verdict.note_sent(trial.place.tell("deliver", at=later)[1])
    status, told = trial.place.tell("health", at=later)
    ailments = [one["what"] for one in told[0]["ailments"]]
    verdict.statuses.append(status)
    verdict.told_later = next((one for one in ailments if re.search("waiting for|been full", one)), "")
    verdict.expect(status == 1 and bool(verdict.told_later), "forty minutes later health says nothing")
    return trial.place.tell("outbox", at=later)[1]


def _judge_next_try(verdict: Verdict, trial: Trial, rows: list[dict[str, Any]]) -> None:
    """Mended: at the time of the next try everything goes out, without a hand."""
    due = max(datetime.fromisoformat(row["next_attempt_at"]) for row in rows)
    verdict.note_sent(trial.place.tell("deliver", at=due + timedelta(seconds=1))[1])
    status, left = trial.place.tell("outbox", at=due + timedelta(seconds=1))
    verdict.expect(not left and status == 0, f"{len(left)} mails still wait")


def _collect(trial: Trial) -> dict[str, list[EmailMessage]]:
    """Every mailbox, once what Postfix accepted has arrived there, or should have."""
    end = time.monotonic() + _TILL_DELIVERED
    while True:
        if not trial.servers.busy() or time.monotonic() > end:
            return {reader: trial.servers.mails(f"{reader}@{trial.place.domain}") for reader in READERS}
        time.sleep(0.5)


def _judge_mailboxes(
    case: Case, verdict: Verdict, mails: dict[str, list[EmailMessage]], healthy: Mapping[str, Counter[str]]
) -> None:
    """All that was sent is there, under one Message-ID each, and what may be there twice says so."""
    for reader, found in mails.items():
        verdict.identities[reader] = copies = Counter(str(mail["Message-ID"]) for mail in found)
        wanted = 0 if case.first == "dead" and reader == "head" else len(healthy.get(reader, copies))
        verdict.expect(len(copies) >= wanted, f"{reader} has {len(copies)} of {wanted} mails")
        verdict.expect(
            len(copies) == wanted or (case.lasting and case.first != "sent"),
            f"{reader} has {len(copies)} mails, not {wanted}",
        )
        most = max(copies.values(), default=1)
        verdict.expect(most <= case.copies, f"{reader} has {most} copies of one mail")
        alerts = [
            mail for mail in found if str(mail["Subject"]).startswith(GRADES)
        ]  # a digest does no harm twice
        marked = Counter(str(mail["Message-ID"]) for mail in alerts if REPEATED in _text(mail))
        first = {str(mail["Message-ID"]) for mail in alerts}
        verdict.expect(
            all(marked[one] >= copies[one] - 1 for one in first), f"{reader}: a repeat is not marked"
        )
        doubtful = case.copies > 1 or case.doubtful
        verdict.expect(doubtful or not marked, f"{reader}: marked as a repeat without need")
    arrived = sum(len(copies) for copies in verdict.identities.values())
    verdict.expect(arrived == len(verdict.sent), f"{len(verdict.sent)} were sent, {arrived} arrived")


def _judge_wire(case: Case, verdict: Verdict, trial: Trial) -> None:
    """No secret ever went over the wire, and to a server without TLS nothing but a greeting."""
    heard = bytes(trial.wire.heard)
    for secret in (PASSWORD, f"alerts@{trial.place.domain}"):
        for form in (
            secret.encode(),
            base64.b64encode(secret.encode()),
            base64.b64encode(f"\0{secret}".encode())[:16],
        ):
            verdict.expect(form not in heard, "a secret went over the wire in clear")
    verdict.expect(b"AUTH" not in heard and b"MAIL FROM" not in heard.upper(), "a log-in in clear")
    if case.in_clear:
        log = trial.servers.log()
        verdict.expect(
            "sasl_username=" not in "".join(re.findall(r"/bare/.*", log)), "somebody logged in in clear"
        )


def _text(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    return " ".join(str(part.get_content()).split()) if part else ""


def _seconds(moment: str, start: datetime) -> float:
    return (datetime.fromisoformat(moment) - start).total_seconds()


def table(verdicts: list[Verdict]) -> str:
    """The verdicts as a Markdown table."""
    lines = [
        "| fault | first try | next try | outbox says | exit: outbox, health, 40 min later | arrived/copies | wrong |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for one in verdicts:
        arrived = sum(len(copies) for copies in one.identities.values())
        copies = sum(sum(copies.values()) for copies in one.identities.values())
        cells = (
            one.what,
            f"{one.first} in {one.seconds:.0f} s",
            "–" if one.wait is None else f"{one.wait:.0f} s",
            one.said or "–",
            ", ".join(str(status) for status in one.statuses),
            f"{arrived}/{copies}",
            "; ".join(one.wrong) or "–",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
