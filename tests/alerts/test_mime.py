"""Promise: a mail has the headers we gave it and no other, and every try sends the same bytes."""

from __future__ import annotations

import email
import email.policy
from email.header import decode_header, make_header
from email.message import EmailMessage

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from alerts.base import Message
from alerts.clean import header, text
from alerts.columns import narrow
from alerts.mime import build, wire

KEY = "<a1@holmnook.example>"
LONG = "<" + "a" * 90 + "@alerts.holmnook.example>"
HEADERS = {
    "From": "Mention monitor – Holm Nook <alerts@holmnook.example>",
    "Auto-Submitted": "auto-generated",
}
EXPECTED = ["Message-ID", "To", "Subject", "From", "Auto-Submitted", "MIME-Version", "Content-Type"]
ANYTHING = st.text(st.characters(exclude_categories=()), max_size=300)


def mail(
    subject: str = "HIGH – a question", body: str = "Grüße\n", html: str = "<p>Grüße</p>\n", **headers: str
) -> EmailMessage:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return build(
        Message(subject=subject, text=body, html=html, headers={**HEADERS, **named}),
        to="head@holmnook.example",
        key=KEY,
    )


def test_text_comes_first_then_html() -> None:
    parsed = email.message_from_bytes(wire(mail()), policy=email.policy.default)
    assert parsed.get_content_type() == "multipart/alternative"
    parts = list(parsed.iter_parts())
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    assert parts[0].get_content() == "Grüße\r\n"
    assert parts[1].get_content() == "<p>Grüße</p>\r\n"
    assert [part.get_content_charset() for part in parts] == ["utf-8", "utf-8"]


def test_every_try_sends_the_same_bytes() -> None:
    assert wire(mail()) == wire(mail())


def test_every_line_ends_as_smtp_wants_it_and_is_short() -> None:
    sent = wire(mail(subject="ü" * 140, body="word " * 2000 + "\n" + "x" * 5000))
    assert sent.endswith(b"\r\n")
    assert sent.count(b"\n") == sent.count(b"\r\n")
    assert max(map(len, sent.split(b"\r\n"))) <= 78


def test_the_ids_of_a_thread_are_never_encoded() -> None:
    sent = wire(mail(In_Reply_To=LONG, References=f"{KEY} {LONG}"))
    assert f"In-Reply-To: {LONG}\r\n".encode() in sent
    assert f"References: {KEY}\r\n {LONG}\r\n".encode() in sent
    assert f"References: {KEY}\r\n {LONG}\r\n" in mail(References=f"{KEY} {LONG}").as_string()
    assert "Subject: HIGH" in mail().as_string()


@pytest.mark.parametrize("bad", ["a\nBcc: x@evil.example", "a\r\nb", "a\u2028b", "a\x85b", "a\x0bb"])
def test_a_line_break_in_a_header_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="line break"):
        mail(subject=bad)
    with pytest.raises(ValueError, match="line break"):
        mail(List_Id=bad)
    with pytest.raises(ValueError, match="line break"):
        build(Message(subject="a", text="a", html="a", headers={}), to=bad, key=KEY)


@settings(max_examples=150, deadline=None, database=None)
@given(ANYTHING, ANYTHING)
@example("=\x1b?utf-8?q?=0AX?=", "")
def test_no_text_adds_a_header_and_every_text_comes_back(title: str, body: str) -> None:
    sent = wire(mail(subject=header(title), body=text(body) + "\n", html="<p></p>"))
    old = email.message_from_bytes(sent)
    assert old.keys() == EXPECTED
    assert str(make_header(decode_header(old["Subject"]))).split() == header(title).split()
    new = email.message_from_bytes(sent, policy=email.policy.default)
    part = new.get_body(("plain",))
    assert part is not None
    came = part.get_content().replace("\r\n", "\n")
    assert came == narrow(text(body) + "\n")
    assert came.split() == text(body).split()
    assert max(map(len, sent.split(b"\r\n"))) <= 998
