"""Promise: whoever looks after the watch hears 60, 30 and 7 days before a secret ends, in words that say what to do."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from monitor import expiry
from monitor.settings import MonitorSettings

END = date(2027, 5, 1)


def settings(**more: object) -> MonitorSettings:
    return MonitorSettings.model_validate({"schools": ["holm-nook.toml"], **more})


def microsoft(proof: str = "secret", on: date | None = END) -> dict[str, object]:
    app = "11111111-2222-3333-4444-555555555555"
    table = {"tenant": "school.test", "client_id": app, proof: {"file": "x"}, "secret_expires": on}
    return {"microsoft": table}


GOOGLE = {"google": {"service_account": {"file": "x"}, "subject": "a@school.test", "secret_expires": END}}


@pytest.mark.parametrize(
    ("left", "stage"),
    [(61, None), (60, 60), (31, 60), (30, 30), (8, 30), (7, 7), (1, 7), (0, 7), (-1, 7), (-400, 7)],
)
def test_each_stage_lasts_until_the_next(left: int, stage: int | None) -> None:
    near = expiry.near(settings(**microsoft()), END - timedelta(days=left))
    assert [ending.stage(END - timedelta(days=left)) for ending in near] == ([stage] if stage else [])


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (30, "ends on Sat 1 May 2027 (in 30 days): without a new one no mail goes out"),
        (1, "(in 1 day)"),
        (0, "(today)"),
        (-1, "The client secret of [microsoft] ended on Sat 1 May 2027"),
    ],
)
def test_the_day_is_told_in_words(left: int, said: str) -> None:
    today = END - timedelta(days=left)
    [ending] = expiry.near(settings(**microsoft()), today)
    assert said in ending.words(today)
    assert ending.ailment(today).what == ending.words(today)
    assert "Certificates & secrets" in ending.ailment(today).remedy


def test_a_certificate_and_a_key_end_too() -> None:
    found = expiry.near(settings(**microsoft("certificate"), **GOOGLE), END)
    assert [ending.what for ending in found] == ["The certificate of [microsoft]", "The key of [google]"]
    assert "console.cloud.google.com" in found[1].remedy


def test_what_has_no_end_is_not_told_of() -> None:
    assert expiry.near(settings(), END) == ()
    assert expiry.near(settings(**microsoft(on=None)), END) == ()
