"""Tries a place that is to be watched, and shows people what came of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from monitor.cli.shell import busy, local, wrapped

if TYPE_CHECKING:
    from monitor.config import SchoolConfig, SourceConfig
    from monitor.jobs.scouting import Trial
    from sources.base import Tools
    from sources.errors import SourceError

Say: TypeAlias = Callable[[str], None]

_HOW = {"certain": "  ours: ", "possible": "  possibly ours: ", None: "  not ours: "}


def sentences(error: SourceError) -> str:
    """What is wrong, and what to do."""
    remedy = error.remedy.rstrip(".")
    return f"{error}. {remedy[:1].upper()}{remedy[1:]}."


def with_secrets(tools: Tools, typed: Mapping[str, str]) -> Tools:
    """What was typed in is tried before it is written anywhere."""
    return dataclasses.replace(tools, secret=lambda of: typed.get(of.file) or tools.secret(of))


def tried(school: SchoolConfig, source: SourceConfig, tools: Tools, say: Say) -> Trial | None:
    """What it yields, shown; ``None`` if it cannot be read."""
    from monitor.jobs import scouting
    from sources.errors import SourceError

    try:
        with busy(f"Trying {source.kind} at {source.host} …"):
            trial = scouting.tried(source, school, tools)
    except SourceError as error:
        say(wrapped(f"It cannot be read: {sentences(error)}"))
        return None
    _show(school, trial, say)
    _show_kind(source, say)
    return trial


def _show(school: SchoolConfig, trial: Trial, say: Say) -> None:
    facts = school.settings.school
    newest = f", the newest of {local(trial.newest, facts.timezone)}" if trial.newest else ""
    robots = f"; robots.txt: {trial.robots}" if trial.robots else ""
    say(wrapped(f"{trial.entries} entries{newest}{robots}"))
    if trial.budget:
        say(wrapped(f"used {trial.budget.used} of {trial.budget.limit} {trial.budget.of}", "  ", "    "))
    for note in (*trial.notes, *(["there was more than could be read"] if trial.gap else [])):
        say(wrapped(note, "  ", "    "))
    say(f"{trial.ours} of them would have matched:" if trial.ours else "None of them would have matched.")
    for sample in trial.samples:
        say(wrapped(sample.words, _HOW[sample.certainty], "    "))


def _show_kind(source: SourceConfig, say: Say) -> None:
    from sources.registry import KINDS

    kind = KINDS[source.kind]
    minutes = int(source.interval.total_seconds() // 60)
    say(wrapped(f"sees: {kind.sees}", "  ", "    "))
    say(wrapped(f"cannot see: {kind.cannot}", "  ", "    "))
    say(
        wrapped(
            f"asked every {minutes} min; costs: {kind.cost}; credentials: {kind.credentials}", "  ", "    "
        )
    )
    if kind.terms:
        say(wrapped(f"terms: {kind.terms}", "  ", "    "))
