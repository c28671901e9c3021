"""What a real Dovecot and our mailbox make of each other: ``python -m tests.trials.mailbox_trial``, as root.

Starts mail servers of its own, puts the hostile letters into a mailbox, and reads them as the house does: session by
session, in the parser's cage, over verified TLS. Prints what it saw; exit status 1 if a line of it is wrong.
"""

from __future__ import annotations

import argparse
import imaplib
import ssl
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sources.base import Checkpoint
from sources.cage import Cage
from sources.errors import Denied, Missing, SourceError, Unreachable
from sources.letter import Letter
from sources.mailbox import LARGE, Account, Mailbox, advance
from tests.hostile.letters import letters
from tests.trials import mail_servers
from tests.trials.mail_servers import PASSWORD, Servers

USER = "box@trial.test"
FOLDER = "Replies"
FIRST = "From: head@trial.test\r\nSubject: Re\r\n\r\nmine\r\n"


def main(argv: Sequence[str]) -> int:
    """Run the trial; return the exit status."""
    parser = argparse.ArgumentParser(prog="mailbox_trial", description=__doc__)
    parser.add_argument("--first-port", type=int, default=27_600, help="ten ports from here on are used")
    arguments = parser.parse_args(argv)
    cage = Cage(children=1)
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="mailbox-trial-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        try:
            with mail_servers.running(home / "mail", ("trial.test",), arguments.first_port) as servers:
                for what, is_good in _lines(servers, cage):
                    sys.stdout.write(f"{'good ' if is_good else 'WRONG'} {what}\n")
                    wrong += not is_good
        except mail_servers.Missing as error:
            sys.stdout.write(f"mailbox_trial: {error}\n")
            return 2
        finally:
            cage.close()
    return int(bool(wrong))


def _box(
    servers: Servers, cage: Cage, *, ca_file: str = "", password: str = PASSWORD, folder: str = FOLDER
) -> Mailbox:
    account = Account(
        host="localhost",
        port=servers.imap,
        user=USER,
        password=lambda: password,
        ca_file=ca_file or str(servers.ca_file),
        folder=folder,
    )
    return Mailbox(account, cage)


def _lines(servers: Servers, cage: Cage) -> Iterator[tuple[str, bool]]:
    box = _box(servers, cage)
    yield "a folder that is missing is told", _told(box, Missing)
    put = _put(servers)
    yield f"{put} letters were taken by the server", put > 1_000
    yield "a wrong password is told", _told(_box(servers, cage, password="wrong"), Denied)
    strange = _box(servers, cage, ca_file=str(servers.own_certificate))
    yield "an authority we do not trust is told", _told(strange, Unreachable)
    begun = time.monotonic()
    done, found = _all(box, None)
    took = time.monotonic() - begun
    yield (
        f"{len(found)} letters were read in {took:.0f} s, each once",
        len(found) == put == len({x.uid for x in found}),
    )
    yield "all are done then", _all(box, done)[1] == []
    yield "large ones were read in part", any(not x.whole and x.text for x in found)
    yield "nothing was marked by reading", _flagged(servers, "SEEN") == 0
    yield from _deletions(box, servers, done, put)
    _again(servers)
    anew = _all(box, done)[1]
    yield "a folder that was made anew is read from its beginning", [x.text for x in anew] == ["mine"]
    yield box.check(), True


def _deletions(
    box: Mailbox, servers: Servers, done: Checkpoint | None, put: int
) -> Iterator[tuple[str, bool]]:
    now = datetime.now(UTC)
    with box.session() as session:
        yield "nothing young is deleted", session.purge(now - timedelta(days=1), done) == 0
        yield "nothing unread is deleted", session.purge(now + timedelta(days=1), None) == 0
        gone = session.purge(now + timedelta(days=1), done)
        yield f"{gone} old ones are deleted at once", gone == min(put, 1_000)
        rest = session.purge(now + timedelta(days=1), done)
        yield f"{rest} more the next time", gone + rest == put
    yield "the folder is empty then", _flagged(servers, "ALL") == 0


def _told(box: Mailbox, kind: type[SourceError]) -> bool:
    try:
        with box.session() as session:
            list(session.letters(None))
    except kind as error:
        sys.stdout.write(f"      {error}: {error.remedy}\n")
        return True
    return False


def _all(box: Mailbox, done: Checkpoint | None) -> tuple[Checkpoint | None, list[Letter]]:
    found: list[Letter] = []
    while True:
        with box.session() as session:
            some = list(session.letters(done))
        for letter in some:
            done = advance(done, letter.uid)
        found += some
        if not some:
            return done, found


def _imap(servers: Servers) -> imaplib.IMAP4_SSL:
    context = ssl.create_default_context(cafile=str(servers.ca_file))
    client = imaplib.IMAP4_SSL("localhost", servers.imap, ssl_context=context, timeout=30)
    client.login(USER, PASSWORD)
    return client


def _put(servers: Servers) -> int:
    """Put letters into the folder, and say how many were taken: no server keeps one with a NUL, or none at all."""
    with _imap(servers) as client:
        client.create(FOLDER)
        taken = 0
        for _, octets in letters():
            if octets and b"\0" not in octets:
                taken += client.append(FOLDER, "", "", octets)[0] == "OK"
        large = FIRST.encode() + b"x" * (LARGE * 2)
        return taken + (client.append(FOLDER, "", "", large)[0] == "OK")


def _flagged(servers: Servers, flag: str) -> int:
    with _imap(servers) as client:
        client.select(FOLDER, readonly=True)
        return len(client.search(None, flag)[1][0].split())


def _again(servers: Servers) -> None:
    with _imap(servers) as client:
        client.delete(FOLDER)
        client.create(FOLDER)
        client.append(FOLDER, "", "", FIRST.encode())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
