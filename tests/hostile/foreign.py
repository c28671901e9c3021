"""Run any folder of strange files and lines through the whole path, and count what broke.

``python -m tests.hostile.foreign FOLDER …``: every file is served as a feed and as a web page; every line of a list
(``.txt``, ``.json``, ``.jsonl``) and everything that a file was read as is posted about the school in each field of a post. All
is fetched, read in the cage, examined, decided, recorded, rendered and read back. Beside it stands a source with
one threat each round, which must be told. Exits 1 if anything broke.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import islice
from pathlib import Path

from alerts import mime
from alerts.base import Message, Receipt, Recipient
from monitor.app import App
from monitor.jobs import rounds
from monitor.model import DeliveryOutcome, PollOutcome
from sources.items import Place
from sources.unseen import read
from tests.fakes import FakeFetcher, answer
from tests.fuzz import promises
from tests.fuzz.promises import BrokenPromiseError
from tests.hostile.stage import NoWeb, Post, Stage, json_feed
from tests.torture import ledger
from tests.torture.ledger import Figure

ROUNDS = 60
"""Inputs on one database; then a new one, so that stories and floods stay small."""
MOST_BYTES = 4_000_000
MOST_POSTS = 8
"""Posts of one file that are posted again about the school."""
SLOW = 2.0
"""Seconds for one poll, in which the cage and the judge work."""
LISTS = {".txt", ".json", ".jsonl"}
NAME = "Holm Nook Primary"
BESIDE = "Tonight somebody is going to burn down Holm Nook Primary with petrol"
THREAT = "I will come to Holm Nook Primary tomorrow with a knife and hurt that teacher"
_WEB = "http://127.0.0.1:9"
_PATHS = {"Strange feed": "/feed", "Strange page": "/page", "Strange posts": "/posts", "Good paper": "/good"}
_ACTIVE = ("tags", "attributes", "tags and text", "a link", "a style", "hidden")
_OURS = "the program itself failed"


@dataclass
class Tally:
    """What came of it."""

    inputs: int = 0
    posts: int = 0
    mails: int = 0
    refused: int = 0
    """Files that are no feed and no page, and said so."""
    broken: list[str] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)
    acting: list[str] = field(default_factory=list)
    injected: list[str] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)
    slowest: float = 0.0

    @property
    def good(self) -> bool:
        return not (self.broken or self.slow or self.acting or self.injected or self.untold)

    def figures(self) -> Iterator[Figure]:
        """As the ledger has them."""
        yield Figure(section="hostile", what="foreign inputs through the whole path", value=self.inputs)
        yield Figure(section="hostile", what="posts about the school made of them", value=self.posts)
        yield Figure(section="hostile", what="mails made of them and read back", value=self.mails)
        yield Figure(section="hostile", what="uncaught exceptions", value=len(self.broken), limit=0)
        yield Figure(section="hostile", what="hangs of more than 2 s", value=len(self.slow), limit=0)
        yield Figure(section="hostile", what="mails with active content", value=len(self.acting), limit=0)
        yield Figure(section="hostile", what="header injections", value=len(self.injected), limit=0)
        yield Figure(
            section="hostile", what="threats beside them that were not told", value=len(self.untold), limit=0
        )
        own, children = (
            resource.getrusage(who).ru_maxrss // 1024
            for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        )
        yield Figure(section="hostile", what="peak memory of the watch, MB", value=own, limit=300)
        yield Figure(section="hostile", what="peak memory of a parser child, MB", value=children, limit=512)


@dataclass
class Postbox:
    """A channel that reads back every mail it is given."""

    tally: Tally
    said: list[str] = field(default_factory=list)
    now: str = ""

    def send(self, message: Message, to: Recipient, key: str) -> Receipt:
        self.tally.mails += 1
        self.said.append(message.text)
        try:
            promises.mail(message, mime.wire(mime.build(message, to=to.address, key=key)))
        except BrokenPromiseError as broken:
            acts = any(word in str(broken) for word in _ACTIVE)
            (self.tally.acting if acts else self.tally.injected).append(f"{self.now}: {broken}")
        return Receipt(key=key, code="250")

    def check(self) -> str:
        return "reads everything"

    def close(self) -> None:
        """Nothing is held."""


def inputs(places: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    """Every file below, and every line of each list."""
    for place in places:
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if not path.is_file() or path.is_symlink() or path.stat().st_size > MOST_BYTES:
                continue
            octets = path.read_bytes()
            yield str(path), octets
            if path.suffix in LISTS:
                yield from ((f"{path}:{number}", line) for number, line in enumerate(_lines(octets), 1))


def _lines(octets: bytes) -> Iterator[bytes]:
    try:
        listed = json.loads(octets)
    except (ValueError, RecursionError):
        listed = None
    if isinstance(listed, list):
        yield from (each.encode("utf-8", "surrogatepass") for each in listed if isinstance(each, str))
    else:
        yield from (line for line in octets.splitlines() if line.strip())


def run(given: Iterable[tuple[str, bytes]], tally: Tally) -> None:
    """All of them, some rounds on each database; what was slow is tried once more by itself."""
    waiting = iter(given)
    while some := list(islice(waiting, ROUNDS)):
        _run(some, tally)
        late = {line.rpartition(": ")[0] for line in tally.slow}
        again = Tally()
        for one in some:
            if one[0] in late:
                _run([one], again)
        tally.slow = [line for line in tally.slow if line.rpartition(": ")[0] not in dict(some)] + again.slow


def _run(some: Iterable[tuple[str, bytes]], tally: Tally) -> None:
    with tempfile.TemporaryDirectory() as folder, _watch(Path(folder), tally) as (app, play, box, web):
        for name, octets in some:
            _round(app, play, box, web, name, octets)


@contextmanager
def _watch(folder: Path, tally: Tally) -> Iterator[tuple[App, Stage, Postbox, FakeFetcher]]:
    play = Stage(folder=folder, web=NoWeb())
    tables = {
        name: f'kind = "{"page" if path == "/page" else "feed"}"\nurl = "{_WEB}{path}"'
        + ('\nitems = "article, li, p, div, td"' * (path == "/page"))
        for name, path in _PATHS.items()
    }
    play.set_up(tables)
    box, web = Postbox(tally), FakeFetcher({})
    with play.opened() as app:
        yield replace(app, channel=box, fetcher=web), play, box, web


def _round(app: App, stage: Stage, box: Postbox, web: FakeFetcher, name: str, octets: bytes) -> None:  # noqa: PLR0917 -- one round of the watch, and what it needs
    tally = box.tally
    tally.inputs += 1
    stage.now += timedelta(minutes=20)
    box.now, box.said[:] = name, []
    posts = _about_the_school(name, octets, stage)
    tally.posts += len(posts)
    dice = random.Random(name)
    marker, *others = ("q" + "".join(dice.choices("bcdfghjklm", k=9)) for _ in range(13))
    words = " ".join(others)  # nobody's name or number, and no two threats alike
    good = Post(text=f"{BESIDE} {marker} {words}", guid=marker, at=stage.now)
    web.web = {
        f"{_WEB}/feed": [answer(octets, content_type="application/rss+xml")],
        f"{_WEB}/page": [answer(octets, content_type="text/html")],
        f"{_WEB}/posts": [answer(json_feed(posts))],
        f"{_WEB}/good": [answer(json_feed([good]))],
    }
    took: dict[str, float] = {}
    start = time.monotonic()

    def tell(outcome: PollOutcome | DeliveryOutcome) -> None:
        if isinstance(outcome, PollOutcome):
            took[outcome.source] = time.monotonic() - start
            tally.refused += outcome.outcome == "failed"
            if outcome.rejected:
                tally.broken.append(f"{name}: {outcome.rejected} posts of {outcome.source}")
        if outcome.error.startswith(_OURS):
            tally.broken.append(f"{name}: {outcome.error}")

    rounds.run_round(app, everything=True, tell=tell)
    slowest = max(took.values())
    tally.slowest = max(tally.slowest, slowest)
    if slowest > SLOW:
        tally.slow.append(f"{name}: {slowest:.1f} s")
    if not any(marker in said for said in box.said):
        tally.untold.append(name)


def _about_the_school(name: str, octets: bytes, stage: Stage) -> Sequence[Post]:
    """What is in the file, in every field of a post about the school."""
    words = octets[:6_000].decode(
        "utf-8", "surrogatepass" if name.rpartition(":")[2].isdigit() else "replace"
    )[:1_500]
    found = [
        Post(
            title=words,
            text=f"{words} {NAME} {words}",
            link=words,
            guid=f"{name} {words}",
            author=words,
            at=stage.now,
        )
    ]
    try:
        entries = read(octets, place=Place(url=_WEB, now=stage.now)).entries if octets[:1] == b"<" else ()
    except Exception:  # noqa: BLE001 -- here it is only taken apart; whether the cage holds is asked elsewhere
        entries = ()
    found += [
        Post(
            title=entry.title,
            text=f"{THREAT} {entry.text}" if number % 2 else f"{entry.text} {NAME} is a disgrace",
            link=entry.url,
            guid=f"{name} {number}",
            author=entry.author,
            at=stage.now,
        )
        for number, entry in enumerate(entries[:MOST_POSTS])
    ]
    return found


def main(arguments: Sequence[str]) -> int:
    """Run, print, and write the figures down."""
    tally = Tally()
    start = time.monotonic()
    run(inputs(map(Path, arguments)), tally)
    say = sys.stdout.write
    for what in ("broken", "slow", "acting", "injected", "untold"):
        for line in getattr(tally, what)[:20]:
            say(f"{what}: {line}\n")
    figures = list(tally.figures())
    for figure in figures:
        say(f"{figure.what}: {figure.value}\n")
    say(
        f"refused as no feed or page: {tally.refused}; slowest poll {tally.slowest:.2f} s; {time.monotonic() - start:.0f} s\n"
    )
    ledger.add(figures)
    return 0 if tally.good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
