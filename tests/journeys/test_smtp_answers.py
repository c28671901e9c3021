"""Promise: whatever a mail server answers, no mail is lost, none is tried for ever without a word, none holds up another."""

from __future__ import annotations

import smtplib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import alerts.smtp
from alerts import mail_codes, retry
from alerts.errors import Deferred, MailboxFull, Refused
from monitor.jobs import delivering
from tests.fakes import NOW
from tests.torture import answers
from tests.torture.answers import (
    AGAIN,
    CODES,
    DROPS,
    FULL,
    NONSENSE,
    SENT,
    SETTINGS,
    STEPS,
    Case,
    Office,
    Verdict,
)
from tests.torture.mutants import patched


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Case, Verdict]]:
    """What became of each case of the table."""
    return Office(tmp_path_factory.mktemp("office")).try_all(list(answers.cases()))


def test_every_answer_has_the_right_consequence(told: list[tuple[Case, Verdict]]) -> None:
    wrong = [(case, verdict) for case, verdict in told if verdict.moody != case.wanted]

    assert len(told) == len(STEPS) * (len(CODES) + 1) + 1 + len(DROPS)
    assert wrong == []


def test_a_refusal_of_one_reader_never_holds_up_another(told: list[tuple[Case, Verdict]]) -> None:
    assert {verdict.other for _, verdict in told} == {SENT}


def test_what_is_tried_again_arrives_once_the_server_is_in_a_good_mood(
    told: list[tuple[Case, Verdict]],
) -> None:
    lost = [case for case, verdict in told if verdict.moody == AGAIN and not verdict.copies]

    assert lost == []


def test_only_what_may_have_arrived_is_repeated_and_under_its_first_name(
    told: list[tuple[Case, Verdict]],
) -> None:
    twice = [
        (case.step, case.drop or case.code, len(set(verdict.copies)))
        for case, verdict in told
        if len(verdict.copies) > 1
    ]

    assert twice == [
        ("message", NONSENSE, 1),
        ("after the message", "after the message", 1),
        ("silence", "silence", 1),
    ]


def test_a_slow_answer_to_a_whole_message_is_waited_for_longer_than_any_other(tmp_path: Path) -> None:
    waits = _waits(tmp_path)

    assert waits.pop() == alerts.smtp.ANSWER_SECONDS
    assert set(waits) == {alerts.smtp.STEP_SECONDS}


def test_nobody_else_takes_up_a_mail_while_its_answer_is_waited_for() -> None:
    longest = alerts.smtp.TOTAL_SECONDS + alerts.smtp.ANSWER_SECONDS

    assert timedelta(seconds=longest) < delivering.LEASE


def _waits(home: Path) -> list[float | None]:
    """How long the channel would have waited for each answer, until the message was taken."""
    found: list[float | None] = []
    whole = smtplib.SMTP.getreply

    def noted(smtp: smtplib.SMTP) -> Any:
        assert smtp.sock is not None
        found.append(smtp.sock.gettimeout())
        return whole(smtp)

    with patched((smtplib.SMTP, "getreply", noted), (smtplib.SMTP, "quit", lambda _: None)):
        Office(home).try_all([Case(step="message", code="451 4.3.0")])
    return found[: len(found) // 3]  # the rest was said to the other reader, and at the second try


def test_wrong_settings_wait_for_a_human_and_are_no_loop(told: list[tuple[Case, Verdict]]) -> None:
    refused = [
        one for one in told if one[0].step == "mail" and one[0].code[:1] == "5" and one[0].code not in FULL
    ]
    settings = [verdict for case, verdict in told if case.code in SETTINGS] + [
        verdict for _, verdict in refused
    ]

    assert settings
    assert all(
        verdict.next_in and verdict.next_in >= timedelta(minutes=15) for verdict in settings if verdict.error
    )


def test_a_full_mailbox_is_tried_for_a_day_and_then_left_to_a_human(told: list[tuple[Case, Verdict]]) -> None:
    full = [verdict for case, verdict in told if case.code in FULL and case.step != "mail"]
    again = {"attempts": 9, "spread": 0.0}

    assert all("full" in verdict.error for verdict in full)
    assert retry.next_attempt(NOW, error=MailboxFull("full"), age=timedelta(hours=23), **again) is not None  # type: ignore[arg-type]
    assert retry.next_attempt(NOW, error=MailboxFull("full"), age=timedelta(hours=25), **again) is None  # type: ignore[arg-type]
    assert retry.next_attempt(NOW, error=Deferred("down"), age=timedelta(days=14), **again) is not None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("broken", "case"),
    [
        ((mail_codes, "_KNOWN", {}), Case(step="data", code="550 5.7.60")),
        ((alerts.smtp, "MailboxFull", Refused), Case(step="data", code="552 5.2.2")),
        ((delivering, "next_attempt", lambda *_, **__: None), Case(step="rcpt", code="451 4.3.0")),
        ((alerts.smtp, "Deferred", Refused), Case(step="rcpt", code="450 4.2.1")),
        ((alerts.smtp, "_LOG_IN", ()), Case(step="data", code="530 5.7.0")),
        ((alerts.smtp, "_DONE", range(-1, 300)), Case(step="message", code=NONSENSE)),
    ],
    ids=[
        "settings refuse",
        "a full box refuses",
        "gives up at once",
        "puts nothing off",
        "wants no log-in",
        "takes anything for yes",
    ],
)
def test_the_table_finds_a_deliberate_break(broken: Any, case: Case, tmp_path: Path) -> None:
    with patched(broken):
        [(_, verdict)] = Office(tmp_path).try_all([case])

    assert verdict.moody != case.wanted


def test_the_wait_finds_a_deliberate_break(tmp_path: Path) -> None:
    with patched((alerts.smtp._Deadline, "put_off", lambda *_: None)):
        assert _waits(tmp_path).pop() != alerts.smtp.ANSWER_SECONDS
