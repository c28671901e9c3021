"""What becomes of alerts on a real mail server that has a fault: ``python -m tests.trials.mail_faults``, as root.

The whole path runs as an operator runs it: a feed on loopback tells of Holm Nook, ``mention-monitor run --once --all``
finds it, grades it and hands it to Postfix through a wire that can be broken, and the mailboxes are read over IMAP.
Then the fault is mended and the clock of ``mention-monitor deliver`` is set to the time of the next try. Prints a
table; exit status 1 if a line of it is wrong. Takes some minutes, as one server is slower than our patience.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.trials import mail_cases, mail_place, mail_servers
from tests.trials.mail_cases import CASES, Trial, Verdict
from tests.trials.mail_place import Place
from tests.trials.mail_wire import Wire

_AT_ONCE = 3


def main(argv: Sequence[str]) -> int:
    """Run the cases that are named, or all; return the exit status."""
    parser = argparse.ArgumentParser(prog="mail_faults", description=__doc__)
    parser.add_argument("--first-port", type=int, default=27_500, help="ten ports from here on are used")
    parser.add_argument("--slow", type=float, default=200.0, help="seconds that the slowest server takes")
    parser.add_argument("--keep", type=Path, help="a new folder for all that is written; else it is deleted")
    parser.add_argument("cases", nargs="*", choices=[[], *CASES], default=[])
    arguments = parser.parse_args(argv)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the servers are stopped then, too
    names = ["healthy", *(name for name in arguments.cases or CASES if name != "healthy")]
    with tempfile.TemporaryDirectory(prefix="mail-faults-") as folder:
        home = arguments.keep.absolute() if arguments.keep else Path(folder)
        home.mkdir(mode=0o755, exist_ok=True)
        home.chmod(0o755)
        domains = tuple(f"{name}.test" for name in names)
        try:
            with (
                mail_servers.running(home / "mail", domains, arguments.first_port) as servers,
                mail_place.feed() as web,
            ):
                verdicts = _try_all(names, lambda name: _trial(home, name, servers, web, arguments.slow))
        except mail_servers.Missing as error:
            _say(f"mail_faults: {error}")
            return 2
    _say(mail_cases.table(verdicts))
    return int(any(verdict.wrong for verdict in verdicts))


def _try_all(names: list[str], trial: Callable[[str], Trial]) -> list[Verdict]:
    healthy = mail_cases.run(trial(names[0]), {})

    def one(name: str) -> Verdict:
        verdict = mail_cases.run(trial(name), healthy.identities)
        _say(f"{name}: {'; '.join(verdict.wrong) or 'as it should be'}")
        return verdict

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return [healthy, *pool.map(one, names[1:])]


def _trial(home: Path, name: str, servers: mail_servers.Servers, web: str, slow: float) -> Trial:
    place = Place(home / name, f"{name}.test", web, str(servers.ca_file))
    return Trial(name, servers, Wire(servers.submission), place, slow)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
