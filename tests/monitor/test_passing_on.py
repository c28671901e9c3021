"""Promise: of a post that somebody passes on the words, the link and the day are kept, and nobody's name."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.passing_on import Post, is_forwarded, passed_on
from sources.letter import Letter
from tests.pace import within

NOW = datetime(2026, 11, 24, 10, 15, tzinfo=UTC)
POST = "The dinners at Holm Nook are cold again.\nNobody answers the phone."


def post(text: str, **changes: Any) -> Post:
    told: dict[str, Any] = {"received_at": NOW, **changes}
    return passed_on(Letter(uid="1.1", digest="0" * 64, text=text, **told))


PASSED_ON = {
    "pasted": POST,
    "pasted with a greeting": f"Hi,\n\n{POST}",
    "pasted with an introduction": f"Hi all,\n\nSeen on the Ribbleton group:\n\n{POST}\n\nKind regards\nJane Smith",
    "pasted with a signature": f"{POST}\n\n-- \nJane Smith\nHolm Nook",
    "pasted with a disclaimer": f"{POST}\n\nThis email and any attachments are confidential.",
    "pasted on a phone": f"{POST}\n\nSent from my iPhone",
    "pasted as a quote": "\n".join(f"> {line}" for line in POST.split("\n")),
    "pasted with an author": f"Author: Jane Doe\n{POST}",
    "posted by": f"Posted by: Jane Doe\n{POST}",
    "Gmail": f"fyi\n\n---------- Forwarded message ---------\nFrom: Jane Doe <jane@mail.example>\nDate: Mon, 23 Nov 2026 at 20:15\nSubject: dinners\nTo: <office@holmnook.example>\n\n\n{POST}\n",
    "Apple Mail": f"Begin forwarded message:\n\n> From: Jane Doe <jane@mail.example>\n> Subject: dinners\n> Date: 23 November 2026 at 20:15:00 GMT\n> To: office@holmnook.example\n> \n> {POST.replace(chr(10), chr(10) + '> ')}\n",
    "Outlook": f"Please see below\n\nKind regards\nJane\n________________________________\nFrom: Jane Doe <jane@mail.example>\nSent: 23 November 2026 20:15\nTo: Office\nSubject: dinners\n\n{POST}",
    "Outlook plain": f"-----Original Message-----\nFrom: Jane Doe\nSent: Monday, November 23, 2026 8:15 PM\nTo: Office\nSubject: dinners\n\n{POST}",
    "Thunderbird": f"-------- Forwarded Message --------\nSubject: \tdinners\nDate: \tMon, 23 Nov 2026 20:15:00 +0000\nFrom: \tJane Doe <jane@mail.example>\nTo: \toffice@holmnook.example\n\n{POST}",
    "Samsung": f"-------- Original message --------\nFrom: Jane Doe <jane@mail.example>\nDate: 23/11/2026 20:15 (GMT+00:00)\nTo: Office\nSubject: dinners\n\n{POST}\n\nSent from my Galaxy",
    "forwarded twice": f"---------- Forwarded message ---------\nFrom: Office\nDate: Tue, 24 Nov 2026\n\n---------- Forwarded message ---------\nFrom: Jane Doe\nDate: 23 Nov 2026\n\n{POST}",
}


@pytest.mark.parametrize("text", PASSED_ON.values(), ids=PASSED_ON.keys())
def test_the_words_of_a_post_are_kept_and_nobodys_name(text: str) -> None:
    assert post(text).text == POST


@pytest.mark.parametrize(
    "name", ["Gmail", "Apple Mail", "Outlook", "Outlook plain", "Thunderbird", "Samsung"]
)
def test_the_day_of_a_forwarded_mail_is_kept(name: str) -> None:
    assert post(PASSED_ON[name]).posted == date(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Posted 12 Nov: cold again", date(2026, 11, 12)),
        ("posted on Thursday 12 November 2026", date(2026, 11, 12)),
        ("posted 12/11/2026 at nine", date(2026, 11, 12)),
        ("posted on 2026-11-12", date(2026, 11, 12)),
        ("posted 25 Dec", date(2025, 12, 25)),
        ("posted 3 Dec 2026", None),
        ("posted 31 Feb", None),
        ("posted 5 times", None),
        ("cold again", None),
    ],
)
def test_a_day_that_is_told_is_kept(text: str, expected: date | None) -> None:
    assert post(text).posted == expected


def test_without_a_day_of_its_own_a_letter_tells_none() -> None:
    assert post("posted 12 Nov", received_at=None).posted is None
    assert post(PASSED_ON["Gmail"], received_at=None).posted is None
    assert post("posted 12 Nov", received_at=None, sent_at=NOW).posted == date(2026, 11, 12)
    assert post("From: a\nDate: soon enough\n\nwords").posted is None


SAFE = "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fsocial.example%2Fp%2F1&data=x"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see https://social.example/p/1", "https://social.example/p/1"),
        ("see https://social.example/p/1.", "https://social.example/p/1"),
        ("see <https://social.example/p/1>", "https://social.example/p/1"),
        ("http://a.example http://a.example", "http://a.example"),
        ("https://a.example and https://b.example", ""),
        ("no link", ""),
        ("https://a℀.example", ""),
        ("https://a℀.example https://b.example", "https://b.example"),
        ("ftp://a.example", ""),
        (f"see {SAFE}", "https://social.example/p/1"),
        (SAFE.replace("https%3A", "javascript%3A"), SAFE.replace("https%3A", "javascript%3A")),
        ("cold\n\n-- \nhttps://holmnook.example", ""),
        ("cold\n\nGet Outlook for iOS<https://aka.ms/o0ukef>", ""),
        (
            "https://a.example\n\n---------- Forwarded message ---------\nFrom: x\nDate: y\n\ncold",
            "https://a.example",
        ),
    ],
)
def test_one_link_is_kept(text: str, expected: str) -> None:
    assert post(text).url == expected


def test_an_attached_mail_brings_the_words() -> None:
    found = post("fyi", forwarded=("", POST))

    assert found.text == POST
    assert is_forwarded(Letter(uid="1.1", digest="", forwarded=(POST,)))
    assert not is_forwarded(Letter(uid="1.1", digest="", text=POST))


def test_words_in_the_letter_come_before_attached_ones() -> None:
    assert post(PASSED_ON["Gmail"], forwarded=("other",)).text == POST


def test_only_pictures_are_a_post_without_words() -> None:
    assert post("") == Post(text="", url="", posted=None)
    assert post("Hi,\n\nSent from my iPhone") == Post(text="", url="", posted=None)


@given(st.text(max_size=400))
def test_any_letter_is_passed_on(text: str) -> None:
    assert len(post(text).text) <= 20_000


@pytest.mark.parametrize(
    "piece",
    [
        "https://a",
        "http://a ",
        "posted ",
        "posted mon, 1 jan ",
        "From: a\n",
        "Date: 1 a\n",
        ">",
        "> ",
        "a:\n\n",
        "https://a.example/?url=" + "a&" * 40,
    ],
)
def test_a_hostile_post_takes_no_longer_than_others(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    with within(2):
        post(text)
        post("From: a\nDate: b\n\n" + text)
