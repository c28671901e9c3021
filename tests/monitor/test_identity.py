"""Promise: a message keeps its name over crash and restore, and no two messages share one."""

from __future__ import annotations

from datetime import UTC, datetime

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
