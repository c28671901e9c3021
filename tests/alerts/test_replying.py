"""Promise: a tap on a word begins an answer to us that holds the word and the proof, whatever the word is made of."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from alerts.replying import LONGEST, code, mailto
from tests.alerts.mail_samples import envelope

TOLD = envelope("R12")


def _read(link: str) -> tuple[str, str, str]:
    parts = urlsplit(link)
    fields = parse_qs(parts.query, strict_parsing=True)
    return unquote(parts.path), fields["subject"][0], fields["body"][0]


def test_a_link_fills_in_address_words_and_code() -> None:
    link = mailto(TOLD, "not us")
    assert _read(link) == (
        "watch+MZXW6YTBOIQHIZLTOQQGC3DFOI@holmnook.example",
        "R12 not us",
        "not us\r\n\r\nReply code MZXW6YTBOIQHIZLTOQQGC3DFOI",
    )
    assert "+" not in link


@pytest.mark.parametrize(
    ("words", "body"),
    [("done", "done answered"), ("done R12 no reply, because …", "done R12 no reply, because")],
)
def test_what_a_word_leaves_open_is_filled_in_or_left_to_the_reader(words: str, body: str) -> None:
    assert _read(mailto(TOLD, words))[2].startswith(f"{body}\r\n")


def test_where_nobody_reads_answers_there_is_no_link() -> None:
    assert mailto(replace(TOLD, reply_to=""), "mine") == code(replace(TOLD, reply_to="")) == ""


def test_an_address_without_a_code_is_no_proof() -> None:
    bare = replace(TOLD, reply_to="watch@holmnook.example")
    assert _read(mailto(bare, "mine")) == ("watch@holmnook.example", "R12 mine", "mine")


def test_words_from_the_world_end_nothing_and_hide_nothing() -> None:
    link = mailto(TOLD, 'mine R1&bcc=evil@evil.example\r\nBcc: x "><b>\u202e' + "x" * 5000)
    _, subject, body = _read(link)
    assert parse_qs(urlsplit(link).query).keys() == {"subject", "body"}
    assert "\n" not in subject
    assert len(body.partition("\r\n")[0]) <= LONGEST
    assert link.isascii()
