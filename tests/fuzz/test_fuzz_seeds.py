"""Promise: whatever once broke a parser or a mail, or nearly did, breaks nothing any more, and quickly."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from alerts import mime
from alerts.base import NotificationKind
from alerts.render import render
from sources import page, unseen
from sources.base import Entry
from sources.errors import Unreadable
from sources.items import Feed, Item
from tests.alerts.mail_samples import THREAT, envelope
from tests.fuzz import promises, run, targets
from tests.fuzz.promises import BrokenPromiseError
from tests.fuzz.targets import TARGETS
from tests.pace import within

SEEDS = Path(__file__).parent / "seeds"
LONGEST = 2.0
"""Seconds of processor time for one input: the cage allows five, in which it also loads the parser."""


def _seeds(target: str) -> list[Path]:
    return sorted((SEEDS / target).iterdir())


def test_every_target_can_be_run_and_has_seeds() -> None:
    assert set(run.NAMES) == set(TARGETS) == {folder.name for folder in SEEDS.iterdir()}
    assert all(_seeds(target) for target in TARGETS)


@pytest.mark.parametrize("target", TARGETS)
def test_no_seed_breaks_a_promise(target: str) -> None:
    for seed in _seeds(target):
        try:
            with within(LONGEST):
                TARGETS[target](seed.read_bytes())
        except Exception as error:
            raise AssertionError(f"{target}/{seed.name}") from error


@pytest.mark.parametrize("target", TARGETS)
def test_nothing_at_all_breaks_no_promise(target: str) -> None:
    TARGETS[target](b"")


def _stumble(*_: object, **__: object) -> None:
    [].pop()  # in a file of ours


def _stumble_in_the_library(*_: object, **__: object) -> None:
    json.loads("{")


@pytest.mark.parametrize(("target", "module"), [("feed", unseen), ("page", page)])
def test_a_bug_of_ours_is_noticed_in_the_cage_too(
    target: str, module: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "read", _stumble)
    with pytest.raises(IndexError):
        TARGETS[target](b"<rss/>\0")


@pytest.mark.parametrize(("target", "module"), [("feed", unseen), ("page", page)])
def test_what_a_library_makes_of_mischief_is_for_the_cage(
    target: str, module: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "read", _stumble_in_the_library)
    TARGETS[target](b"<rss/>\0")


def test_an_error_that_quotes_what_was_read_is_noticed() -> None:
    with pytest.raises(BrokenPromiseError, match="one sentence"), promises.in_the_cage():
        raise Unreadable("cannot read:\n" + "x" * 2_000)


@pytest.mark.parametrize(
    ("entry", "promise"),
    [
        pytest.param(Entry(id=""), "an id is there", id="no id"),
        pytest.param(Entry(id="x" * 501), "an id is there", id="a long id"),
        pytest.param(Entry(id="1", title="a\nb"), "one short line", id="a title of two lines"),
        pytest.param(Entry(id="1", author="x" * 201), "one short line", id="a long name"),
        pytest.param(Entry(id="1", text="\x00"), "no control character in text", id="a NUL"),
        pytest.param(Entry(id="1", text="\ud800"), "no control character in text", id="half a character"),
        pytest.param(Entry(id="1", url="javascript:x"), "leads into the web", id="a script for a link"),
        pytest.param(Entry(id="1", url="https://x/ y"), "leads into the web", id="a link with a blank"),
    ],
)
def test_an_entry_that_promises_too_much_is_noticed(entry: Entry, promise: str) -> None:
    with pytest.raises(BrokenPromiseError, match=promise):
        promises.feed(Feed(items=(Item(entry=entry),)))


@pytest.mark.parametrize(
    ("instead", "promise"),
    [
        pytest.param(("</body>", "<script>x</script></body>"), "only our own tags", id="a script"),
        pytest.param(("</body>", "<img src=https://x></body>"), "only our own tags", id="an image"),
        pytest.param(("<p ", "<p onclick=x "), "only our own attributes", id="an action"),
        pytest.param(("</body>", "<!--[if mso]>x<![endif]--></body>"), "nothing but tags", id="a comment"),
        pytest.param(
            ("</body>", "<a href=javascript:x>y</a></body>"), "leads into the web", id="a script for a link"
        ),
        pytest.param(
            ("</body>", "<a href='https://x/\u0430'>y</a></body>"), "deceives nobody", id="a look-alike"
        ),
        pytest.param(("</body>", "\u202eabc</body>"), "nothing turned", id="turned text"),
        pytest.param(
            ("</body>", "<p style='x: url(y)'>z</p></body>"), "loads nothing", id="a style that loads"
        ),
    ],
)
def test_a_mail_that_acts_is_noticed(instead: tuple[str, str], promise: str) -> None:
    told = envelope()
    message = render(NotificationKind.ALERT, THREAT, told)
    octets = mime.wire(mime.build(message, to=told.to.address, key=told.message_id))
    promises.mail(message, octets)
    acting = type(message)(
        subject=message.subject,
        text=message.text,
        html=message.html.replace(*instead),
        headers=message.headers,
    )
    with pytest.raises(BrokenPromiseError, match=promise):
        promises.mail(acting, octets)


@pytest.mark.parametrize(
    ("change", "promise"),
    [
        pytest.param((b"Subject:", b"Bcc: x@y.example\r\nSubject:"), "no header was added", id="a header"),
        pytest.param((b"Subject: ", b"Subject: Re: "), "the subject arrives", id="another subject"),
        pytest.param((b"\r\n", b"\n"), "lines end", id="bare line ends"),
        pytest.param((b"\r\n\r\n", b"\r\n\r\n" + b"x" * 999 + b"\r\n"), "short enough", id="a long line"),
        pytest.param((b"Subject:", b"X: \xe9\r\nSubject:"), "ASCII", id="a letter that is none"),
    ],
)
def test_a_mail_that_breaks_on_the_wire_is_noticed(change: tuple[bytes, bytes], promise: str) -> None:
    told = envelope()
    message = render(NotificationKind.ALERT, THREAT, told)
    octets = mime.wire(mime.build(message, to=told.to.address, key=told.message_id))
    with pytest.raises(BrokenPromiseError, match=promise):
        promises.mail(message, octets.replace(*change, 1))


def test_a_bomb_that_went_off_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sources.body.read", lambda *_, **__: b"x" * (targets.MOST + 1))
    with pytest.raises(BrokenPromiseError, match="ends at its limit"):
        TARGETS["body"](b"x\0")
