"""Acting by reply with a real mail program and real mail servers: ``python -m tests.trials.reply_trial``, as root.

The daemon itself finds a threat, mails it, and reads its mailbox while people answer with neomutt, servers return
mails and machines answer for who is away. Prints what it saw; exit status 1 if a line of it is wrong. Takes some minutes,
as replies are read once a minute.
"""

from __future__ import annotations

import argparse
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.trials import mail_place, mail_servers
from tests.trials.mail_client import Client, links
from tests.trials.mail_place import Place
from tests.trials.mail_servers import ROOM, Servers

DOMAIN = "trial.test"
THREAT = ("Tomorrow", "I will come to Holm Nook Community Primary School with a knife tomorrow morning.")
"""About nobody in particular: the head and the DSL are told first."""
_MAILBOX = """
[mailbox]
host = "localhost"
port = {port}
user = "alerts@trial.test"
password = {{ file = "smtp-password" }}
address = "alerts@trial.test"
intake = "alerts+passon@trial.test"
ca_file = "{ca_file}"
"""
_INTAKE = """
[intake]
from = ["it@trial.test"]
"""
_PASSED_ON = (
    "In the group of Y5 parents a mum wrote: the gate at Holm Nook stands open all day and nobody cares."
)
_AWAY = """\
require ["vacation", "vacation-seconds"];
vacation :seconds 0 :subject "Out of office" "I am on leave until Monday.";
"""
"""It answers no machine, as RFC 3834 asks; mail systems that do not look are played by hiding ours."""
_PATIENCE = 150.0
"""Seconds in which what was sent must have been read, once a minute, and answered."""


def main(argv: Sequence[str]) -> int:
    """Run the trial; return the exit status."""
    parser = argparse.ArgumentParser(prog="reply_trial", description=__doc__)
    parser.add_argument("--first-port", type=int, default=27_700, help="ten ports from here on are used")
    parser.add_argument("--keep", type=Path, help="a new folder for all that is written; else it is deleted")
    arguments = parser.parse_args(argv)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the servers are stopped then, too
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="reply-trial-") as folder:
        home = arguments.keep.absolute() if arguments.keep else Path(folder)
        home.mkdir(mode=0o755, exist_ok=True)
        home.chmod(0o755)
        try:
            for what, is_good in _tried(home, arguments.first_port):
                sys.stdout.write(f"{'good ' if is_good else 'WRONG'} {what}\n")
                sys.stdout.flush()
                wrong += not is_good
        except mail_servers.Missing as error:
            sys.stdout.write(f"reply_trial: {error}\n")
            return 2
    return int(bool(wrong))


def _tried(home: Path, first_port: int) -> Iterator[tuple[str, bool]]:
    with (
        mail_servers.running(home / "mail", (DOMAIN,), first_port, sieve=True) as servers,
        mail_place.feed((THREAT,)) as web,
    ):
        place = Place(home / "watch", DOMAIN, web, str(servers.ca_file), port=servers.submission)
        place.write()
        with (place.home / "monitor.toml").open("a", encoding="utf-8") as toml:
            toml.write(_MAILBOX.format(port=servers.imap, ca_file=servers.ca_file))
        with (place.home / "holm-nook.toml").open("a", encoding="utf-8") as toml:
            toml.write(_INTAKE)
        people = {
            name: Client(home=home / name, address=f"{name}@{DOMAIN}", servers=servers)
            for name in mail_servers.PEOPLE
        }
        for client in people.values():
            client.set_up()
        yield from _lines(_Trial(place, servers, people))


@dataclass
class _Trial:
    """One school, its people and what they see."""

    place: Place
    servers: Servers
    people: dict[str, Client]

    def mails(self, name: str, words: str) -> list[EmailMessage]:
        """Somebody's mails with these words in their subject."""
        return [mail for mail in self.servers.mails(f"{name}@{DOMAIN}") if words in str(mail["Subject"])]

    def threat(self) -> dict[str, Any]:
        """The story of the threat."""
        return next(one for one in self.place.tell("incidents")[1] if one["severity"] == "critical")

    def history(self) -> list[tuple[str, str, str]]:
        """What was done about it, by whom, and what was said."""
        told = self.place.tell("incidents", "show", str(self.threat()["id"]))[1][0]
        return [(one["what"], one["by"], one["detail"]) for one in told["events"]]

    def counted(self) -> dict[str, int]:
        """What letters came to."""
        letters: dict[str, int] = self.place.tell("health")[1][0]["letters"]
        return letters


def _lines(trial: _Trial) -> Iterator[tuple[str, bool]]:
    servers, people = trial.servers, trial.people
    # Postfix takes what is for the DSL, whatever Dovecot says of their room: it comes back later, as a report.
    servers.fill(f"dsl@{DOMAIN}", ROOM + 9)
    servers.answer(f"dsl@{DOMAIN}", "OK")
    servers.hide_machine(f"head@{DOMAIN}")
    for name in ("head", "chair"):
        servers.answer_for(f"{name}@{DOMAIN}", _AWAY)
    with _daemon(trial.place):
        yield "the head has the alert", _comes(lambda: trial.mails("head", "URGENT"))
        yield "a mail that came back is counted", _comes(lambda: trial.counted().get("bounce"))
        yield "an automatic answer is counted", _comes(lambda: trial.counted().get("out of office"))
        known = {(what, by) for what, by, _ in trial.history()}
        yield "the DSL counts as not reached", ("not reached", f"dsl@{DOMAIN}") in known
        yield "the head counts as away", ("away", f"head@{DOMAIN}") in known
        yield "the ladder went on: the chair is told", _comes(lambda: trial.mails("chair", "URGENT"))
        status, told = trial.place.tell("health")
        yield (
            "health says who is not reached",
            status == 1 and "DSL" in str(told[0]["ailments"]) and "(5.2.2)" in str(told),
        )
        yield from _acts(trial, people)


def _acts(trial: _Trial, people: dict[str, Client]) -> Iterator[tuple[str, bool]]:
    """Four replies by four ways, and two that are nobody's to make."""
    alert = trial.mails("chair", "URGENT")[-1]
    others = trial.mails("head", "URGENT")[-1]
    code = str(others["Reply-To"]).partition("+")[2].partition("@")[0]
    people["office"].tap(f"mailto:{others['Reply-To']}?subject=R1&body=not%20us")
    people["head"].tap(f"mailto:alerts@{DOMAIN}?subject=R1&body=not%20us")
    people["it"].tap(f"mailto:alerts+passon@{DOMAIN}?subject=Seen&body={quote(_PASSED_ON)}")
    people["chair"].reply("URGENT", "Mine")
    yield "the chair's typed reply takes charge", _comes(lambda: trial.threat()["owner"] == "chair")
    quoted = _text(trial.mails("alerts", str(alert["Subject"]))[-1])
    yield "it was quoted, and signed", "> " in quoted and "Sent from my phone" in quoted
    yield "the chair is told in one line", _comes(lambda: _said(trial, "chair", "You have taken"))
    yield (
        "the head is told, too",
        _comes(lambda: any("taken" in _text(one) for one in trial.mails("head", ""))),
    )
    counted = trial.counted()
    yield (
        f"a forwarded code and a lost one count, and do nothing: {counted}",
        (counted.get("forged") == counted.get("no code") == 1),
    )
    receipt = _text(trial.mails("it", "")[-1])
    yield "what staff pass on is taken in", counted.get("passed on") == 1 and "Passed on" in receipt
    yield "they are warned of pictures of children", "Never send a sexual picture of a child" in receipt
    told = "".join(
        map(_text, (*trial.mails("head", ""), *trial.mails("chair", ""), *trial.mails("office", "")))
    )
    yield "nobody hears who passed it on", f"it@{DOMAIN}" not in told + str(trial.place.tell("mentions"))
    done = next(link for link in links(others) if "done" in link)
    people["head"].tap(done)
    yield "the head's tap on “done” closes it", _comes(lambda: trial.threat()["closed_at"])
    yield "the head is told what it came to", _comes(lambda: _said(trial, "head", "is closed: answered"))
    people["head"].tap(f"mailto:alerts@{DOMAIN}?subject={quote(f'Re: it [{code}]')}&body=reopen")
    yield "a code in the subject alone opens it again", _comes(lambda: not trial.threat()["closed_at"])
    people["chair"].reply("URGENT", "Thanks, ringing her now")
    yield "thanks count as seen", _comes(lambda: trial.counted().get("seen"))
    yield "and close nothing", not trial.threat()["closed_at"]
    people["head"].reply("URGENT", "doen")
    yield "a slip brings the choices", _comes(lambda: _said(trial, "head", "done"))
    kept = b"".join(path.read_bytes() for path in (trial.place.home / "state").glob("monitor.db*"))
    kept += (trial.place.home / "daemon.log").read_bytes()
    yield (
        "no word of a reply is kept",
        not any(word in kept for word in (b"ringing her", b"my phone", b"doen")),
    )
    counted = trial.counted()
    yield f"each letter counted: {counted}", counted.get("our fault") is None


def _said(trial: _Trial, name: str, words: str) -> bool:
    """Whether the watch answered somebody so."""
    return any(words in _text(one) for one in trial.mails(name, "your reply"))


def _text(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    return re.sub(r"\s*\n(?!> )", " ", part.get_content()) if part else ""


def _comes(fact: Callable[[], object]) -> bool:
    """Whether it comes true in time."""
    end = time.monotonic() + _PATIENCE
    while not fact():
        if time.monotonic() > end:
            return False
        time.sleep(2)
    return True


@contextmanager
def _daemon(place: Place) -> Iterator[None]:
    with (place.home / "daemon.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "monitor", "--config", "monitor.toml", "run"],
            cwd=place.home, env=place._environment(), stdout=log, stderr=log,
        )  # fmt: skip
        try:
            yield
        finally:
            process.terminate()
            process.wait(30)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
