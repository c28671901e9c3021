"""Promise: a message keeps its name over crash and restore, and no two messages share one."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from alerts.base import NotificationKind
from monitor import identity

MESSAGE = {
    "school": "holm-nook",
    "subject_key": "ab12",
    "kind": NotificationKind.ALERT,
    "sequence": 0,
    "recipient": "head@school.test",
    "domain": "school.test",
}
KEY = b"k" * 32


def test_the_same_message_has_the_same_id() -> None:
    assert identity.message_id(KEY, **MESSAGE) == identity.message_id(KEY, **MESSAGE)  # type: ignore[arg-type]  # one table


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("school", "moss-nook"),
        ("subject_key", "ab13"),
        ("kind", NotificationKind.REMINDER),
        ("sequence", 1),
        ("recipient", "office@school.test"),
        ("domain", "other.test"),
    ],
)
def test_any_other_message_has_another_id(part: str, other: object) -> None:
    changed = {**MESSAGE, part: other}

    assert identity.message_id(KEY, **changed) != identity.message_id(KEY, **MESSAGE)  # type: ignore[arg-type]  # one table


def test_another_installation_has_other_ids() -> None:
    assert identity.message_id(KEY, **MESSAGE) != identity.message_id(b"x" * 32, **MESSAGE)  # type: ignore[arg-type]  # one table


def test_an_id_tells_nothing_of_school_or_recipient() -> None:
    told = identity.message_id(KEY, **MESSAGE)  # type: ignore[arg-type]  # one table

    assert told.startswith("<")
    assert told.endswith("@school.test>")
    assert "head" not in told
    assert "holm" not in told


def test_a_test_mail_is_named_after_its_moment() -> None:
    at = datetime(2026, 11, 24, 10, 15, 0, 7, tzinfo=UTC)

    assert identity.test_id(at, "school.test") == "<test-20261124101500000007@school.test>"


@pytest.mark.parametrize(
    ("sender", "address", "domain"),
    [
        ("Mention monitor <alerts@school.test>", "alerts@school.test", "school.test"),
        ("alerts@school.test", "alerts@school.test", "school.test"),
        ("nobody", "nobody", "localhost"),
    ],
)
def test_the_sender_names_the_domain(sender: str, address: str, domain: str) -> None:
    assert identity.address(sender) == address
    assert identity.mail_domain(sender) == domain


def test_the_list_is_named_for_filters() -> None:
    assert identity.list_id("School mentions", "school.test") == "School mentions <mentions.school.test>"


CODE = {name: value for name, value in MESSAGE.items() if name != "domain"}


def _code(key: bytes = KEY, **changed: Any) -> str:
    return identity.reply_code(key, **{**CODE, **changed})


def test_a_reply_code_stays_the_same_and_has_128_bits() -> None:
    assert _code() == _code(recipient="Head@School.test")
    assert re.fullmatch(r"[A-Z2-7]{26}", _code())


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("school", "moss-nook"),
        ("subject_key", "ab13"),
        ("kind", NotificationKind.REMINDER),
        ("sequence", 1),
        ("recipient", "office@school.test"),
    ],
)
def test_any_other_copy_has_another_code(part: str, other: object) -> None:
    assert _code(KEY, **{part: other}) != _code()


def test_a_code_cannot_be_worked_out_from_what_strangers_see() -> None:
    public = identity.message_id(KEY, **MESSAGE)[1:].partition("@")[0]  # type: ignore[arg-type]  # one table
    seen = base64.b32encode(bytes.fromhex(public)).decode()

    assert _code()[:8] not in seen
    assert _code(b"x" * 32) != _code()


def test_an_address_for_answers_is_the_box_with_the_code() -> None:
    assert identity.reply_address("box@school.test", "ABC") == "box+ABC@school.test"
