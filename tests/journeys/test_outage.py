"""Promise: a mail server that is away for days costs nothing but time, and its return floods nobody."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor import daemon
from monitor.jobs import catching_up, delivering
from monitor.store import backlog, outbox
from tests.torture import outage
from tests.torture.mutants import patched
from tests.torture.outage import Outage

ALERTS = 60


def _keeps(found: Outage) -> bool:
    return (
        found.lost == 0
        and found.mails <= found.urgent + outage.ALLOWED
        and found.urgent_after_others <= 2
        and found.most_in_a_minute <= daemon.MAILS_A_MINUTE
        and found.minutes_until_told <= 31
        and found.unmarked == 0
    )


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outage, "DAYS", 2)  # the long form waits for fourteen


def test_after_days_without_mail_the_urgent_go_first_and_the_rest_is_one_mail(tmp_path: Path) -> None:
    found = outage.run(tmp_path, ALERTS)

    assert _keeps(found), found
    assert found.catch_ups == 1


def _never(*_: Any, **__: Any) -> int:
    return 0


@pytest.mark.parametrize(
    "broken",
    [
        (catching_up, "catch_up", _never),
        (
            backlog,
            "replace",
            lambda tx, tasks, payload, now: outbox.dead(tx, tasks[0], error="", remedy="", now=now),
        ),
        (delivering, "LATE", timedelta(days=400)),
    ],
    ids=["folds nothing", "drops what it folds", "does not say how long"],
)
def test_the_trial_finds_a_deliberate_break(broken: Any, tmp_path: Path) -> None:
    with patched(broken):
        assert not _keeps(outage.run(tmp_path, ALERTS))
