"""What a real Bluesky and our watch make of each other: ``python -m tests.trials.bluesky_trial``, beside a network of its own.

Needs a personal data server and an index that are not the public ones, with two accounts. A parent posts, we mail into
a Maildir; the school's account replies, and the clock stops; posts are deleted, and our copies go, but not at once that of a threat. Prints
what it saw; exit status 1 if a line of it is wrong.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from monitor import config as configuration
from monitor.app import App, open_app
from monitor.jobs import delivering, holding, lookback, polling
from monitor.jobs.acting import Actor
from monitor.store import incidents

PATIENCE = 30.0
"""Seconds that the index may take to learn of a post."""
SCHOOL = "Holm Nook Community Primary School"
GRUMBLE = (
    "{us} Homework at {school} is far too much for reception, I have made a complaint. When will you answer?"
)
SECOND = (
    "{us} The coat pegs at {school} are far too high and nobody answers, I will complain again. Zuglifan."
)
THREAT = "If that year 4 teacher at {school} keeps my lad in I will come down there and smash his face in. Quorbix."
MONITOR = """
state = "{home}/state"
schools = ["holm-nook.toml"]
[mail]
channel = "maildir"
path = "{home}/mail"
from = "Mention monitor <alerts@school.test>"
group_wait = "0s"
[fetch]
allow_private = ["{place}"]
min_delay = "0s"
"""
HOUSE = """
[school]
name = "Holm Nook Community Primary School"
locality = ["Ribbleton", "Preston"]
[[alias]]
kind = "strong"
any = ["holm nook community primary school"]
[[source]]
name = "bluesky"
kind = "bluesky"
query = "Holm Nook Community Primary School"
notifications = true
handle = "{us}"
own_handle = "{us}"
password = {{ file = "{home}/password" }}
service = "{service}"
[[person]]
role = "head"
mail = "head@school.test"
[[person]]
roles = ["dsl", "deputy_head"]
mail = "dsl@school.test"
[[person]]
roles = ["office", "technician"]
mail = "office@school.test"
[[person]]
role = "chair"
mail = "chair@school.test"
"""


@dataclass
class Clock:
    """The wall clock, and how far we have gone ahead of it."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Member:
    """Somebody with an account."""

    service: str
    handle: str
    password: str
    did: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        told = self._call("com.atproto.server.createSession", identifier=self.handle, password=self.password)
        self.did = told["did"]
        self.headers = {"Authorization": f"Bearer {told['accessJwt']}"}

    def post(self, text: str, *, to: dict[str, Any] | None = None) -> dict[str, Any]:
        """Say something; return its address and digest."""
        written = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        record = {"$type": "app.bsky.feed.post", "text": text, "createdAt": written, "langs": ["en"]}
        if to:
            record["reply"] = {"root": to, "parent": to}  # type: ignore[assignment]  # a record holds what it holds
        told = self._call(
            "com.atproto.repo.createRecord", repo=self.did, collection="app.bsky.feed.post", record=record
        )
        return {"uri": told["uri"], "cid": told["cid"]}

    def delete(self, uri: str) -> None:
        """Take it back."""
        _, _, _, collection, key = uri.split("/")
        self._call("com.atproto.repo.deleteRecord", repo=self.did, collection=collection, rkey=key)

    def _call(self, method: str, **body: Any) -> dict[str, Any]:
        answer = requests.post(f"{self.service}/xrpc/{method}", json=body, headers=self.headers, timeout=20)
        answer.raise_for_status()
        told: dict[str, Any] = answer.json() if answer.content else {}
        return told


def main(argv: Sequence[str]) -> int:
    """Run the trial; return the exit status."""
    parser = argparse.ArgumentParser(prog="bluesky_trial", description=__doc__)
    parser.add_argument("--service", default="http://127.0.0.1:2583")
    parser.add_argument("--school", default="poller.test")
    parser.add_argument("--parent", default="parent.test")
    parser.add_argument("--password", required=True, help="of both accounts")
    told = parser.parse_args(argv)
    school = Member(told.service, told.school, told.password)
    parent = Member(told.service, told.parent, told.password)
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="bluesky-trial-") as folder:
        home = Path(folder)
        place = told.service.partition("//")[2]
        (home / "password").write_text(told.password)
        (home / "password").chmod(0o600)
        (home / "holm-nook.toml").write_text(HOUSE.format(home=home, us=told.school, service=told.service))
        (home / "monitor.toml").write_text(MONITOR.format(home=home, place=place))
        clock = Clock()
        with open_app(configuration.load(home / "monitor.toml", environ={}), now=clock) as app:
            for what, is_good in _lines(Stage(app, clock, home, school, parent)):
                sys.stdout.write(f"{'good ' if is_good else 'WRONG'} {what}\n")
                wrong += not is_good
    return int(bool(wrong))


@dataclass
class Stage:
    """Everybody and everything."""

    app: App
    clock: Clock
    home: Path
    school: Member
    parent: Member

    def wait(self, is_there: Callable[[], bool]) -> bool:
        """Poll until something is so."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            polling.reconcile(self.app, self.clock())
            for task in polling.active(self.app):
                polling.guarded_poll(self.app, task, self.clock())
            if is_there():
                return True
            time.sleep(1)
        return False

    def story(self, number: int) -> Any:
        with self.app.store.read() as tx:
            return incidents.get(tx, number)

    def words(self, number: int) -> str:
        with self.app.store.read() as tx:
            return "".join(post.text + post.author + post.url for post in incidents.mentions_of(tx, number))

    def history(self, number: int) -> list[str]:
        with self.app.store.read() as tx:
            return [f"{event.what} {event.detail}".strip() for event in incidents.events(tx, number)]

    def mails(self) -> int:
        delivering.deliver_all(self.app, self.clock(), everything=True)
        return sum(1 for path in (self.home / "mail").rglob("*") if path.is_file())

    def look_later(self, by: timedelta) -> None:
        self.clock.ahead += by
        lookback.look(self.app, self.clock())

    def say(self, text: str) -> dict[str, Any]:
        return self.parent.post(text.format(us=f"@{self.school.handle}", school=SCHOOL))

    def is_on_disk(self, word: str) -> bool:
        self.app.store.compact()
        return any(word.encode() in path.read_bytes() for path in (self.home / "state").glob("monitor.db*"))


def _lines(stage: Stage) -> Iterator[tuple[str, bool]]:
    first = stage.say(GRUMBLE)
    yield "a comment to the school's account is a story", stage.wait(lambda: stage.story(1) is not None)
    yield f"with a clock: answer by {stage.story(1).due_at:%a %H:%M}", stage.story(1).clock == "answer"
    mails = stage.mails()
    yield f"{mails} mail(s) lie in the Maildir", mails > 0
    stage.school.post("Thank you, we are looking into it.", to=first)
    yield (
        "our reply is seen and stops the clock",
        stage.wait(lambda: stage.story(1).answered_at is not None),
    )
    yield f"its history: {stage.history(1)}", stage.story(1).outcome == "answered"
    yield from _deleted(stage)
    yield from _threat(stage)
    stage.parent.delete(first["uri"])


def _deleted(stage: Stage) -> Iterator[tuple[str, bool]]:
    second = stage.say(SECOND)
    yield "another comment is another story", stage.wait(lambda: stage.story(2) is not None)
    stage.mails()
    stage.look_later(timedelta(minutes=61))
    yield "an hour later it is still there", "Zuglifan" in stage.words(2)
    stage.parent.delete(second["uri"])
    time.sleep(3)  # the index learns of it
    stage.look_later(timedelta(hours=5))
    yield "once missing, its words are not removed yet", "Zuglifan" in stage.words(2)
    stage.look_later(timedelta(minutes=16))
    yield f"missing twice, they are: {stage.history(2)[-1]}", not stage.words(2)
    yield "nothing of them is left on the disk", not stage.is_on_disk("Zuglifan")
    yield "the story is open until somebody closes it", stage.story(2).closed_at is None
    stage.wait(lambda: True)
    yield "the next poll brings nothing back", not stage.words(2) and stage.story(3) is None


def _threat(stage: Stage) -> Iterator[tuple[str, bool]]:
    threat = stage.say(THREAT)
    yield "a threat is a critical story", stage.wait(lambda: stage.story(3) is not None)
    before = stage.mails()
    stage.parent.delete(threat["uri"])
    time.sleep(3)
    stage.look_later(timedelta(minutes=61))
    stage.look_later(timedelta(minutes=16))
    told = stage.mails() - before
    yield (
        f"deleted, its words stay for three days, and {told} lead(s) hear of it",
        told > 0 and bool(stage.words(3)),
    )
    lead, until = Actor(by="dsl", via="trial"), stage.clock().date() + timedelta(days=60)
    with stage.app.store.write() as tx:
        held = holding.hold(stage.app.config, tx, 3, "police asked", until, lead, stage.clock())
    stage.look_later(timedelta(hours=73))
    yield f"held, they stay for longer: {held.said}", "Quorbix" in stage.words(3)
    with stage.app.store.write() as tx:
        holding.unhold(stage.app.config, tx, 3, lead, stage.clock())
    stage.look_later(timedelta(minutes=1))
    yield "and go when the hold ends", not stage.words(3) and not stage.is_on_disk("Quorbix")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
