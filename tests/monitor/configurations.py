"""A good configuration to break: one school, two sources, everybody who is needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor import config
from monitor.errors import ConfigError

MONITOR = """\
state = "var"
schools = ["schools/holm-nook.toml"]

[mail]
channel = "smtp"
host = "127.0.0.1"
port = 2587
security = "starttls"
user = "alerts@school.test"
password = { file = "smtp-password" }
from = "Mention monitor <alerts@school.test>"
group_wait = "0s"

[fetch]
allow_private = ["127.0.0.1:8481"]
min_delay = "2s"
"""
SCHOOL = """\
[school]
name = "Holm Nook Community Primary School"
timezone = "Europe/London"

[[alias]]
kind = "strong"
any = ["holm nook primary"]

[[alias]]
kind = "weak"
any = ["holm nook"]

[[source]]
name = "local blog"
kind = "feed"
url = "http://127.0.0.1:8481/feed"
every = "15m"

[[source]]
name = "local paper"
kind = "feed"
url = "https://paper.test/rss"

[[person]]
role = "head"
mail = "head@school.test"

[[person]]
roles = ["dsl", "deputy_head"]
mail = "dsl@school.test"

[[person]]
role = "chair"
mail = "chair@school.test"

[governance]
notice_url = "https://school.test/monitoring"
dpia_date = 2026-11-01
"""
PRESET = 'kind = "feed"\nname = "Evening News"\nurl = "https://news.test/rss"\nevery = "20m"\n'
SECOND = SCHOOL.replace("Holm Nook", "Beck Side").replace("holm nook", "beck side")


def loaded(
    monitor: str = MONITOR, school: str = SCHOOL, *, checks: tuple[config.Check, ...] = ()
) -> config.Config:
    Path("monitor.toml").write_text(monitor)
    Path("schools/holm-nook.toml").write_text(school)
    return config.load(Path("monitor.toml"), environ={}, checks=checks)


def problems(
    monitor: str = MONITOR, school: str = SCHOOL, *, checks: tuple[config.Check, ...] = ()
) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        loaded(monitor, school, checks=checks)
    return [str(problem) for problem in caught.value.problems]


def changed(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new, 1)


def told_of(path: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        config.load(Path(path), environ={})
    return [str(each) for each in caught.value.problems]


def settle(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the folder beside ``monitor.toml`` and go there."""
    (folder / "schools").mkdir()
    (folder / "presets").mkdir()
    (folder / "presets" / "evening-news.toml").write_text(PRESET)
    monkeypatch.chdir(folder)
