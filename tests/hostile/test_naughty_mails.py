"""Promise: whatever a stranger writes, in whatever field, arrives in a mail as words and nothing else.

No tag, attribute, style or load of theirs; no header but ours; nothing hidden, nothing turned round; the text
part says what the HTML says.
"""

from __future__ import annotations

import dataclasses
import email
import os
import re
from collections.abc import Iterator
from email.policy import default
from enum import Enum
from typing import Any, TypeVar

import pytest
from bs4 import BeautifulSoup, Tag
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from alerts import clean, mime
from alerts.base import Alert, Bundle, Message, News, NotificationKind, Payload
from alerts.render import _environment, render
from tests.alerts import mail_samples as samples
from tests.fuzz import promises
from tests.fuzz.promises import BrokenPromiseError
from tests.hostile import naughty

T = TypeVar("T")

EXAMPLES = int(os.environ.get("HOSTILE_EXAMPLES", "80"))
"""Of mixed strings; ``make hostile`` takes twenty thousand."""
SHARE = 1 if EXAMPLES > 1_000 else len(samples.GOLDENS) // 2
"""Each kind of mail is tried with one in so many strings, and each string with at least two kinds."""
KEPT = {"zone", "mention", "clock", "voice", "deed"}
"""Fields that are never a stranger's, and that the mail needs to be one."""


def filled(value: T, words: str) -> T:
    """``value`` with ``words`` in every text that it holds, at every depth."""
    filled_in: Any = value
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        filled_in = words
    elif isinstance(value, tuple):
        filled_in = tuple(filled(each, words) for each in value)
    elif isinstance(value, dict):
        filled_in = {name: filled(each, words) for name, each in value.items()}
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        texts = {
            each.name: filled(getattr(value, each.name), words)
            for each in dataclasses.fields(value)
            if each.name not in KEPT
        }
        filled_in = dataclasses.replace(value, **texts)
    made: T = filled_in
    return made


def sent(name: str, words: str) -> tuple[Message, bytes]:
    """A mail of this sample with ``words`` everywhere, and its bytes."""
    kind, payload, _ = samples.GOLDENS[name]
    hostile: Payload = filled(payload, words)
    told = samples.envelope()
    message = render(NotificationKind(kind), hostile, told)
    return message, mime.wire(mime.build(message, to=told.to.address, key=told.message_id))


def headers(octets: bytes) -> list[bytes]:
    """Names of the headers as the simplest reader of all sees them (RFC 5322, section 2.2)."""
    head = octets.partition(b"\r\n\r\n")[0]
    return [line.partition(b":")[0] for line in head.split(b"\r\n") if line[:1] not in b" \t"]


def check(message: Message, octets: bytes) -> None:
    """Every promise about one mail, read by three parsers."""
    promises.mail(message, octets)
    old = email.message_from_bytes(octets)  # the policy of old, which reads headers in another way
    expected = sorted(name.encode() for name in old)
    assert sorted(headers(octets)) == expected
    assert [part.get_content_type() for part in old.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    assert not naughty.unseen(message.text)
    assert not naughty.unseen(message.html)
    assert not naughty.unseen(message.subject)


def spoken(html: str) -> str:
    """The HTML's letters and digits as the text part would have them: links written out, lists numbered.

    What can be tapped at the beginning too, so that nobody has to look for it, counts where it belongs: at the end.
    """
    soup = BeautifulSoup(html.replace("<wbr>", ""), "lxml")
    for tap in soup.h1.find_all_previous("a") if soup.h1 else ():
        tap.decompose()
    for link in soup.select("a[href^=http]"):
        link.string = str(link["href"])
    for listed in soup.find_all("ol"):
        assert isinstance(listed, Tag)
        for number, each in enumerate(listed.find_all("li"), 1):
            assert isinstance(each, Tag)
            each.insert(0, f"{number}. ")
    return letters(soup.body.get_text(" ") if soup.body else "")


def letters(words: str) -> str:
    return re.sub(r"[\W_]+", "", words.casefold())


def stories() -> Iterator[str]:
    """The mails that tell of stories."""
    told = (Alert, Bundle, News)
    return (name for name, (_, payload, _) in samples.GOLDENS.items() if isinstance(payload, told))


@pytest.mark.parametrize("number", range(len(samples.GOLDENS)))
def test_no_string_in_any_field_makes_a_mail_act(number: int) -> None:
    name = sorted(samples.GOLDENS)[number]
    for words in naughty.ALL[number % SHARE :: SHARE]:
        try:
            check(*sent(name, words))
        except Exception as error:
            raise AssertionError(f"{name}: {words[:80]!r}") from error


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(name=st.sampled_from(sorted(samples.GOLDENS)), words=naughty.WORDS)
def test_no_mixture_in_any_field_makes_a_mail_act(name: str, words: str) -> None:
    check(*sent(name, words))


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(name=st.sampled_from(sorted(stories())), words=naughty.WORDS)
def test_text_and_html_say_the_same_whatever_is_said(name: str, words: str) -> None:
    message, _ = sent(name, words)
    assert letters(message.text) == spoken(message.html)


@pytest.mark.parametrize("words", naughty.TEMPLATES)
def test_code_of_templates_and_formats_arrives_as_it_was_written(words: str) -> None:
    message, octets = sent("critical_threat", f"before {words} after")
    built = email.message_from_bytes(octets, policy=default)
    body = built.get_body(("plain",))
    assert body is not None
    for text in (message.text, str(body.get_content())):
        unbroken = " ".join(text.split())
        assert clean.line(f"before {words} after") in unbroken
    assert "49" not in re.sub(r"\d{5} \d{6}|\d\d:\d\d", "", message.text)


@pytest.mark.parametrize("subject", ["\xe9 " * 40 + "end", "\xa1 \xa1", "R\xe9 \U0001f600 \U0001f600 " * 9])
def test_a_subject_loses_no_blank_where_it_is_folded(subject: str) -> None:
    shown = clean.header(subject)
    message = Message(subject=shown, text="x", html="x", headers={})
    built = email.message_from_bytes(
        mime.wire(mime.build(message, to="a@b.example", key="<1@b.example>")), policy=default
    )
    assert built["Subject"] == shown


@pytest.mark.parametrize("field", ["subject", "headers"])
def test_an_encoded_word_that_would_begin_a_header_is_refused(field: str) -> None:
    injected = "=?utf-8?q?a=0D=0ABcc:_victim@evil.example?="
    given: Any = injected if field == "subject" else {"List-Id": injected}
    message = dataclasses.replace(Message(subject="x", text="x", html="x", headers={}), **{field: given})
    with pytest.raises(ValueError, match="line break"):
        mime.build(message, to="a@b.example", key="<1@b.example>")
    assert "=?" not in clean.header(injected)


def test_a_link_that_a_mail_would_cut_is_not_offered() -> None:
    whole = clean.domain("https://paper.example/" + "\xe9" * 300)
    assert whole.href.endswith("%C3%A9")
    assert clean.domain("https://paper.example/" + "\xe9" * 900) == clean.Link("paper.example", "")


BREAKS: list[tuple[str, object]] = [
    ("alerts.clean._HIDDEN", frozenset()),
    ("alerts.render.select_autoescape", lambda _: False),
    ("alerts.render._soft", Markup),
    ("alerts.views.domain", lambda url: clean.Link("x", url)),
    ("alerts.render.header", lambda words, limit: words[:limit]),
]


@pytest.mark.parametrize(("place", "instead"), BREAKS, ids=[place for place, _ in BREAKS])
def test_without_any_one_defence_a_mail_acts(
    place: str, instead: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, instead)
    _environment.cache_clear()
    try:
        with pytest.raises((BrokenPromiseError, AssertionError, ValueError)):
            _check_all("high_press")
    finally:
        monkeypatch.undo()
        _environment.cache_clear()


def _check_all(name: str) -> None:
    for words in naughty.ALL:
        check(*sent(name, words))
