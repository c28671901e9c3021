"""A house whose people can be woken: a waker that keeps what it is told, and lists in secret files."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from alerts.wake import Waker
from monitor import config as configuration
from tests.journeys.play import SCHOOL, Play

DUTY = "json://duty.test/d"
HEAD, DSL, NIGHT = "json://head.test/h", "json://dsl.test/d", "json://night.test/n"


@dataclass(frozen=True, kw_only=True)
class RecordingWaker(Waker):
    """Says nothing to anybody; ``whys``: why an address does not take it, for as long as it stands there."""

    said: list[tuple[str, str]] = field(default_factory=list)
    whys: dict[str, str] = field(default_factory=dict)
    breaks: list[Exception] = field(default_factory=list)
    graves: list[bool] = field(default_factory=list)

    def say(self, urls: Iterable[str], line: str, *, grave: bool = True, proxy: str = "") -> tuple[str, ...]:
        if self.breaks:
            raise self.breaks.pop(0)
        tried = [*urls]
        self.said.extend((url, line) for url in tried if not self.whys.get(url))
        self.graves.append(grave)
        return tuple(self.whys.get(url, "") for url in tried)


def wakeful(play: Play, *, duty: str | None = None, school: str = SCHOOL, **own: str) -> RecordingWaker:
    """Give the house lists: ``duty`` for all, and by role the text of somebody's own; return who hears it."""
    beside = play.app.config.path.parent
    lists = {f"{role}-wake": text for role, text in own.items()} | ({"wake-urls": duty} if duty else {})
    for name, text in lists.items():
        secret(beside / name, text)
    for role in own:
        if role != "night":
            school = school.replace(
                f'mail = "{role}@school.test"',
                f'mail = "{role}@school.test"\nwake = {{ file = "{role}-wake" }}',
            )
    if "night" in own:
        school += '[routing]\nout_of_hours = { name = "Trust", mail = "night@trust.test", wake = { file = "night-wake" } }\n'
    (beside / "schools" / "holm-nook.toml").write_text(school)
    monitor = play.app.config.path.read_text().partition("[wake]")[0]
    more = '[wake]\nurls = { file = "wake-urls" }\n' if duty else ""
    play.app.config.path.write_text(monitor + more)
    waker = RecordingWaker()
    config = configuration.load(play.app.config.path, environ={})
    play.app = dataclasses.replace(play.app, config=config, waker=waker)
    return waker


def secret(path: Path, text: str) -> None:
    """A file that nobody else can read."""
    path.write_text(text)
    path.chmod(0o600)


def by_address(said: Iterable[tuple[str, str]]) -> Mapping[str, list[str]]:
    """What each address was told."""
    found: dict[str, list[str]] = {}
    for url, line in said:
        found.setdefault(url, []).append(line)
    return found
