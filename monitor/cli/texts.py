"""Commands that need no database and no network: ``replay``, ``score``, ``due``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any

import click

from alerts.base import Severity
from monitor.cli.shell import LOOK, as_json, emit, load_config, table
from monitor.errors import ConfigError, Problem

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.grading import Judge
    from monitor.matching import Matcher
    from monitor.model import Assessment, Match
    from monitor.settings import SchoolFacts
    from sources.base import Entry

LONGEST_LINE = 20_000_000
"""Characters of one input line: a ten-megabyte post, escaped."""
EXCERPT = 60


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the input: a post, or what is wrong with it."""

    id: Any
    kind: str = ""
    entry: Entry | None = None
    error: str = ""


@click.command()
@click.argument("file", type=click.File("r", encoding="utf-8", errors="replace"))
@click.option("--school", "slug", help="Which school, where the configuration has several.")
@as_json
@click.pass_context
def replay(ctx: click.Context, file: IO[str], slug: str | None, json_lines: bool) -> None:
    """Run posts from a JSON-lines FILE (- for standard input) through the whole judgement.

    Matching, assessment, grading and deduplication; no network, no database.

    Example: mention-monitor replay posts.jsonl --json
    """
    from monitor.grading import judge
    from monitor.matching import Matcher

    config = load_config(ctx)
    slug = one_school(config, slug)
    matcher = Matcher({slug: config.schools[slug].settings})
    lines = list(_read(file))
    judged = judge()
    results = [_replayed(line, matcher, judged) for line in lines]
    for result, first in zip(results, _first_copies(lines), strict=True):
        if "error" not in result:
            result["duplicate_of"] = first
            result["grounds"] = result.pop("grounds")
    _show(results, json_lines, _replay_row, ("id", "school", "severity", "categories", "answer?", "why"))
    ctx.exit(LOOK if any("error" in result for result in results) else 0)


@click.command()
@click.argument("file", type=click.File("r", encoding="utf-8", errors="replace"))
@as_json
@click.pass_context
def score(ctx: click.Context, file: IO[str], json_lines: bool) -> None:
    """Score each text of a JSON-lines FILE (- for standard input) by itself; needs no configuration.

    Example: echo '{"id": "1", "text": "You are all useless"}' | mention-monitor score - --json
    """
    from monitor.grading import judge

    judged = judge()
    results = [_scored(line, judged) for line in _read(file)]
    _show(results, json_lines, _score_row, ("id", "abuse", "tone", "heads"))
    ctx.exit(LOOK if any("error" in result for result in results) else 0)


@click.command()
@click.argument("time")
@click.option("--school", "slug", help="Which school's clock, where the configuration has several.")
@as_json
@click.pass_context
def due(ctx: click.Context, time: str, slug: str | None, json_lines: bool) -> None:
    """Say when the policy wants an answer to something received at TIME, with the arithmetic in words.

    A time without a zone is the school's local time. Without a configuration the clock of the policy's own
    wording is used.

    Example: mention-monitor due 2026-11-28T09:30
    """
    from monitor import deadlines

    facts = _clock_of(ctx, slug)
    try:
        received = deadlines.school_time(time, facts.timezone)
    except ValueError:
        raise click.BadParameter(f"expected a time such as 2026-11-28T09:30, got {time!r}") from None
    answer = deadlines.due(received, facts)
    at = answer.at.astimezone(facts.timezone)
    if json_lines:
        emit({"received": time, "due": at, "why": answer.why})
        return
    click.echo(at.strftime("%A %-d %B %Y %H:%M %Z"))
    click.echo(answer.why)


def _clock_of(ctx: click.Context, slug: str | None) -> SchoolFacts:
    """The school's clock; the policy's defaults when nobody named a configuration and none is there."""
    import os

    from monitor import config
    from monitor.settings import SchoolFacts

    named = ctx.find_root().obj
    if named is None and not config.locate(None, os.environ).exists():
        return SchoolFacts(name="The school")
    loaded = load_config(ctx)
    return loaded.schools[one_school(loaded, slug)].settings.school


def one_school(config: Config, slug: str | None) -> str:
    """The school that is meant. Raises ``ConfigError`` if that is not clear."""
    known = ", ".join(sorted(config.schools))
    if slug is None and len(config.schools) == 1:
        return next(iter(config.schools))
    if slug is None:
        raise ConfigError([Problem(str(config.path), "schools", f"say which school: --school {known}")])
    if slug not in config.schools:
        raise ConfigError([Problem(str(config.path), "schools", f"no school {slug!r}; there is {known}")])
    return slug


def _read(file: IO[str]) -> Iterator[Line]:
    """The posts of a file, one for each line that is not blank."""
    while text := file.readline(LONGEST_LINE):
        if text.strip():
            yield _parse(text)


def _parse(text: str) -> Line:
    from sources.base import Entry

    try:
        data = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return Line(None, error="not a JSON object")
    if not isinstance(data, dict):
        return Line(None, error="not a JSON object")
    identity = data.get("id")
    if not isinstance(identity, str | int) or isinstance(identity, bool):
        return Line(None, error="id: expected text")
    wrong = [key for key in _TEXTS if not isinstance(data.get(key, ""), str | None)]
    if wrong or not isinstance(data.get("text"), str):
        return Line(identity, error=f"{wrong[0] if wrong else 'text'}: expected text")
    entry = Entry(
        id=str(identity),
        title=data.get("title") or "",
        text=data["text"],
        url=data.get("url") or "",
        author=data.get("author") or "",
        published=_when(data.get("published")),
    )
    return Line(identity, kind=data.get("source_kind") or "", entry=entry)


_TEXTS = ("title", "url", "author", "source_kind", "published")


def _no_constant(name: str) -> None:
    """Refuse ``NaN`` and ``Infinity``, which are no JSON (RFC 8259 §6)."""
    raise ValueError(name)


def _when(text: str | None) -> datetime | None:
    try:
        at = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return at if at.tzinfo else None


def _replayed(line: Line, matcher: Matcher, judge: Judge) -> dict[str, Any]:
    from monitor import pipeline

    if line.entry is None:
        return {"id": line.id, "error": line.error}
    match = next(iter(matcher.find(line.entry)), None)
    window = pipeline.window(line.entry, match)
    assessment = judge.assess(line.entry, window, source_kind=line.kind, match=match)
    return _verdict(line.id, match, assessment)


def _verdict(identity: object, match: Match | None, assessment: Assessment) -> dict[str, Any]:
    """One line of ``replay``: a post that is not ours has no categories and needs no answer."""
    ours = match is not None
    return {
        "id": identity,
        "refers_to_school": ours,
        "certainty": match.certainty.value if match else "no",
        "categories": [category.value for category in assessment.categories] if ours else [],
        "sentiment": {
            "compound": assessment.sentiment.compound,
            "label": assessment.sentiment.label,
        },
        "abuse": round(assessment.abuse, 4),
        "severity": (assessment.severity if ours else Severity.NONE).word,
        "needs_response": assessment.needs_response and ours,
        "duplicate_of": None,
        "grounds": [
            {"rule": ground.rule, "excerpt": ground.excerpt, "weight": ground.weight}
            for ground in ((*match.grounds, *assessment.grounds) if match else ())
        ],
    }


def _first_copies(lines: list[Line]) -> list[Any]:
    """For each line, the id of the first post in the file that it repeats; ``None`` otherwise."""
    from monitor import dedupe

    posts = [line for line in lines if line.entry is not None]
    first = dedupe.duplicates_in([line.entry for line in posts if line.entry is not None])
    original = {line.entry.id: line.id for line in reversed(posts) if line.entry is not None}
    by_line = dict(zip(map(id, posts), first, strict=True))
    return [original.get(copied) if (copied := by_line.get(id(line))) else None for line in lines]


def _scored(line: Line, judge: Judge) -> dict[str, Any]:
    from monitor import pipeline

    if line.entry is None:
        return {"id": line.id, "error": line.error}
    assessment = judge.assess(line.entry, pipeline.window(line.entry, None), source_kind=line.kind)
    return {
        "id": line.id,
        "abuse": round(assessment.abuse, 4),
        "heads": {name: round(value, 4) for name, value in assessment.heads.items()},
        "sentiment": {"compound": assessment.sentiment.compound, "label": assessment.sentiment.label},
    }


def _show(results: list[dict[str, Any]], json_lines: bool, row: Any, columns: tuple[str, ...]) -> None:
    if json_lines:
        for result in results:
            emit(result)
        return
    good = [result for result in results if "error" not in result]
    table("", columns, [row(result) for result in good], empty="No posts in this file.")
    for result in results:
        if "error" in result:
            click.echo(f"{result['id'] or 'a line'}: {result['error']}", err=True)


def _replay_row(result: Mapping[str, Any]) -> tuple[str, ...]:
    why = "; ".join(ground["rule"] for ground in result["grounds"])
    return (
        str(result["id"]),
        result["certainty"],
        result["severity"],
        ", ".join(result["categories"]),
        "yes" if result["needs_response"] else "",
        f"repeats {result['duplicate_of']}" if result["duplicate_of"] is not None else why[:EXCERPT],
    )


def _score_row(result: Mapping[str, Any]) -> tuple[str, ...]:
    heads = ", ".join(f"{name} {value:.2f}" for name, value in result["heads"].items())
    sentiment = result["sentiment"]
    tone = f"{sentiment['label']} ({sentiment['compound']:+.2f})"
    return str(result["id"]), f"{result['abuse']:.2f}", tone, heads
