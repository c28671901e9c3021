"""A mailbox of letters for the tests, and letters as a mail program would make them from a mail of ours."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from alerts.base import Answer, NotificationKind
from alerts.channel import SecretFile
from monitor.jobs import delivering, replying
from monitor.settings import MailboxSettings
from monitor.store import letters
from sources.letter import Letter
from sources.mailbox import advance
from tests.fakes import Sent
from tests.journeys.play import Play

BOX = "box@school.test"
SETTINGS = MailboxSettings(
    host="imap.school.test", user="box", password=SecretFile(file="imap-password"), address=BOX
)


@dataclass
class Post:
    """Letters by number; those that are done are not given out again. ``failures`` are raised first."""

    letters_there: list[Letter] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    validity: int = 7
    purged: list[datetime] = field(default_factory=list)

    @contextmanager
    def session(self) -> Iterator[Post]:
        if self.failures:
            raise self.failures.pop(0)
        yield self

    def letters(self, after: Mapping[str, Any] | None) -> Iterator[Letter]:
        for number, letter in enumerate(list(self.letters_there), 1):
            uid = f"{self.validity}.{number}"
            if after is not None and advance(after, uid) == dict(after):
                continue
            yield dataclasses.replace(letter, uid=uid)

    def purge(self, older_than: datetime, done: Mapping[str, Any] | None) -> int:
        self.purged.append(older_than)
        return 1


@dataclass
class Desk:
    """A house that reads replies."""

    play: Play
    post: Post

    def mail(self, who: str, nth: int = -1) -> Sent:
        """A mail that went to somebody, the latest if none is named."""
        mine = [sent for sent in self.play.channel.sent if sent.to.address == f"{who}@school.test"]
        return mine[nth]

    def reply(self, who: str, words: str, **other: Any) -> Letter:
        """Somebody answers the latest mail to them; it lies in the mailbox from then on."""
        at = self.play.clock() + timedelta(
            seconds=len(self.post.letters_there)
        )  # people do not write at once
        letter = answer_to(other.pop("mail", None) or self.mail(who), words, at=at, **other)
        self.post.letters_there.append(letter)
        return letter

    def read(self) -> replying.Reading:
        """Look into the mailbox once."""
        return replying.read_replies(self.play.app, self.play.clock())

    def send(self) -> None:
        """Send everything that waits."""
        delivering.deliver_all(self.play.app, self.play.clock(), everything=True)

    def say(self, who: str, words: str, **other: Any) -> str:
        """Answer, be read, and read the first lines of the answer to that; empty if there is none."""
        self.reply(who, words, **other)
        before = len(self.play.channel.sent)
        self.read()
        self.send()
        told = [
            sent
            for sent in self.play.channel.sent[before:]
            if sent.to.address == f"{who}@school.test" and "your reply" in sent.message.subject
        ]
        return told[-1].message.text if told else ""

    def outcomes(self) -> Mapping[str, int]:
        """What letters came to."""
        with self.play.app.store.read() as tx:
            return letters.counts(tx, datetime.min.replace(tzinfo=self.play.clock().tzinfo))


def answer_to(sent: Sent, words: str, *, at: datetime, **other: Any) -> Letter:
    """What a mail program makes of a reply: the mail below, and its address as it asks for."""
    message = sent.message
    quoted = "\n".join(f"> {line}" for line in message.text.splitlines())
    text = f"{words}\n\nOn Tuesday somebody wrote:\n{quoted}\n"
    usual = Letter(
        uid="",
        digest="",
        message_id=f"<{hashlib.sha256(f'{words}{at}{sent.key}'.encode()).hexdigest()[:20]}@phone.test>",
        sender=sent.to.address,
        to=(message.headers["Reply-To"].lower(),),
        subject=f"Re: {message.subject}",
        text=text,
        sent_at=at,
        received_at=at,
        parents=(sent.key,),
    )
    made = dataclasses.replace(usual, **other)
    return dataclasses.replace(made, digest=made.digest or hashlib.sha256(repr(made).encode()).hexdigest())


def with_box(play: Play) -> Desk:
    """The same house with a mailbox."""
    monitor = play.app.config.monitor.model_copy(update={"mailbox": SETTINGS})
    config = dataclasses.replace(play.app.config, monitor=monitor)
    post = Post()
    play.app = dataclasses.replace(play.app, config=config, mailbox=post.session)
    return Desk(play, post)


@pytest.fixture
def desk(play: Play) -> Desk:
    """A house with two empty feeds, one school, and a mailbox of replies."""
    return with_box(play)


def answers(play: Play) -> list[Answer]:
    """What waits to be said to people who replied."""
    with play.app.store.write() as tx:
        from monitor.store import outbox

        tasks = outbox.claim(tx, play.clock(), limit=100, everything=True)
    return [
        task.payload
        for task in tasks
        if task.kind is NotificationKind.ANSWER and isinstance(task.payload, Answer)
    ]
