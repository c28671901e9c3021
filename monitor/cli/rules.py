"""``rules``: what people closed as *not us* as proposals for the school's file; a person accepts or leaves them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.shell import LOOK, as_json, emit, load_config, table

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.config.base import SchoolConfig
    from monitor.facts import History
    from monitor.learning import Bench, Proposal

FEW = 10
"""Posts that were ours from which a loss of none means something."""


@dataclass(frozen=True, slots=True)
class _Lesson:
    """What one school's history has to teach."""

    school: SchoolConfig
    history: History
    bench: Bench
    unsafe: Callable[[str], str]

    @property
    def short(self) -> str:
        from monitor.school import short_name

        return short_name(self.school.settings.school)


@click.command()
@click.option("--accept", metavar="N|WORDS", help="Take up a proposal: its number, or its words.")
@click.option("--forget", metavar="WORDS", help="Take back what was accepted.")
@click.option(
    "--force", is_flag=True, help="Accept though a past critical or high alert would have been lost."
)
@click.option("--all", "everything", is_flag=True, help="Also what only one author or source speaks for.")
@click.option("--school", "slug", help="Which school, where the configuration has several.")
@as_json
@click.pass_context
def rules(
    ctx: click.Context,
    accept: str | None,
    forget: str | None,
    force: bool,
    everything: bool,
    slug: str | None,
    json_lines: bool,
) -> None:
    """Propose words that tell other things of the school's name apart, learnt from "not us".

    Each proposal is tried on the stored posts: how many that are not about the school would no longer match, and
    how many that are would be lost. Nothing changes until you --accept one. A word with * counts double.

    Example: mention-monitor rules --accept 1
    """
    from monitor.cli.texts import one_school

    if accept is not None and forget is not None:
        raise click.UsageError("either --accept or --forget")
    config = load_config(ctx)
    if forget is not None:
        _forget(config, one_school(config, slug), forget, json_lines)
    elif accept is not None:
        lesson = next(_lessons(config, [one_school(config, slug)]))
        one = _chosen(lesson, accept, everything=everything, quiet=json_lines)
        ctx.exit(_accept(ctx, lesson, one, force=force, json_lines=json_lines))
    else:
        slugs = [one_school(config, slug)] if slug or len(config.schools) == 1 else list(config.schools)
        for lesson in _lessons(config, slugs):
            _show(lesson, everything, json_lines)


def _lessons(config: Config, slugs: Iterable[str]) -> Iterator[_Lesson]:
    from monitor import learning
    from monitor.grading.grave import guard
    from monitor.store import Store
    from monitor.store.history import history

    unsafe = guard()
    store = Store.open(config.state)
    try:
        for slug in slugs:
            with store.read() as tx:
                found = history(tx, slug)
            school = config.schools[slug]
            tried = learning.bench(found.mentions, school.settings)
            yield _Lesson(school, found, tried, unsafe)
    finally:
        store.close()


def _proposals(lesson: _Lesson, *, quiet: bool) -> tuple[Proposal, ...]:
    from monitor import learning

    tried = learning.candidates(lesson.bench)
    if quiet or not tried:
        return learning.propose(lesson.bench, tried, lesson.unsafe)
    label = f"Trying {len(tried)} words on {len(lesson.bench.posts)} posts"
    with click.progressbar(tried, label=label, file=sys.stderr) as bar:
        return learning.propose(lesson.bench, bar, lesson.unsafe)


def _show(lesson: _Lesson, everything: bool, json_lines: bool) -> None:
    found = list(enumerate(_proposals(lesson, quiet=json_lines), 1))
    shown = [(number, one) for number, one in found if everything or one.is_shared]
    if json_lines:
        emit(_read(lesson, hidden=len(found) - len(shown)))
        for number, one in shown:
            emit(_fact(lesson, number, one))
        for learned in lesson.school.learned:
            emit({"what": "accepted", "school": lesson.school.slug, **learned.model_dump()})
        return
    for sentence in _sentences(lesson):
        click.echo(sentence)
    columns = ("no.", "words", "not ours: gone", "less sure", "ours: lost", "less sure", "from", "note")
    rows = [(str(number), *_row(lesson, one)) for number, one in shown]
    table(f"{lesson.short}: proposals", columns, rows, empty="Nothing to propose.")
    if len(found) > len(shown):
        click.echo(
            f"{len(found) - len(shown)} more stand in the posts of one author or source only: rules --all"
        )
    if shown:
        click.echo("Less sure: only in the daily list from then on. A word with * counts double.")
        click.echo("Nothing has changed. Accept one: mention-monitor rules --accept 1")
    for learned in lesson.school.learned:
        click.echo(f'Accepted on {learned.accepted}: "{learned.words}"')


def _read(lesson: _Lesson, *, hidden: int) -> dict[str, Any]:
    """What was looked at, for programs."""
    return {
        "what": "history",
        "school": lesson.school.slug,
        "not_us_stories": lesson.history.not_us,
        "unreadable_stories": lesson.history.unreadable,
        "not_us": len(lesson.bench.not_us),
        "named_in_full": lesson.bench.named,
        "ours": lesson.bench.ours,
        "unmatched": lesson.bench.unmatched,
        "hidden": hidden,
    }


def _fact(lesson: _Lesson, number: int, one: Proposal) -> dict[str, Any]:
    return {
        "what": "proposal",
        "school": lesson.school.slug,
        "number": number,
        "words": one.words,
        "gains": {"gone": _mentions(one.gone), "doubted": _mentions(one.doubted)},
        "loses": {"gone": _mentions(one.lost), "doubted": _mentions(one.weakened)},
        "alerts_lost": _mentions(one.alerts),
        "stories": [f"R{story}" for story in one.stories],
        "independent": one.independent,
        "refused": one.is_refused,
        "line": _line(lesson.school, one.words),
    }


def _sentences(lesson: _Lesson) -> Iterator[str]:
    history, bench = lesson.history, lesson.bench
    yield f"{lesson.short}: {_many(history.not_us, 'story was', 'stories were')} closed as not us."
    if history.unreadable:
        yield f"{history.unreadable} of them cannot be looked at: no text is left, or none was kept."
    if bench.unmatched:
        yield f"{_many(bench.unmatched, 'stored post', 'stored posts')} would not match any more as it is."
    if bench.named:
        yield (
            f"{_many(bench.named, 'post that is', 'posts that are')} not ours nevertheless had a full name: words near"
            " it change nothing there; look at the strong aliases."
        )
    yield f"Tried on {len(bench.not_us)} posts that were not ours and {bench.ours} that were."
    if bench.ours < FEW:
        yield "So few are ours that “lost: 0” means little: read each proposal with care."


def _row(lesson: _Lesson, one: Proposal) -> tuple[str, ...]:
    stories = " ".join(f"R{story}" for story in one.stories)
    note = f"refused: {_lost_alerts(one)}" if one.is_refused else ""
    return (
        one.words,
        f"{len(one.gone)} of {len(lesson.bench.not_us)}",
        str(len(one.doubted)),
        f"{len(one.lost)} of {lesson.bench.ours}",
        str(len(one.weakened)),
        stories,
        note,
    )


def _accept(ctx: click.Context, lesson: _Lesson, one: Proposal, *, force: bool, json_lines: bool) -> int:
    from monitor import config as configuration
    from monitor.app import utc_now

    if one.is_refused and not force:
        click.echo(
            f'Refused: with "{one.words}" a mail at once would not have been sure for {_lost_alerts(one)}.',
            err=True,
        )
        click.echo("Nothing was changed; --force accepts it all the same.", err=True)
        return LOOK
    line = _line(lesson.school, one.words)
    if not json_lines:
        click.echo(f"The line for {lesson.school.file}, if you would rather have it there:\n{line}\n")
    file = lesson.school.learned_in
    changed = configuration.accept(file, one.words, utc_now().date())
    load_config(ctx)  # it must be good for the service too
    if json_lines:
        facts = {
            "school": lesson.school.slug,
            "words": one.words,
            "file": str(file),
            "line": line,
            "changed": changed,
        }
        emit({"what": "accept", **facts, "alerts_lost": _mentions(one.alerts)})
    else:
        click.echo(f'"{one.words}" {"now stands" if changed else "stands already"} in {file}.')
        click.echo(f"{_AFTER} Take it back: mention-monitor rules --forget {_quoted(one.words)}")
    return 0


def _chosen(lesson: _Lesson, chosen: str, *, everything: bool, quiet: bool) -> Proposal:
    """The proposal that is meant. Raises ``UsageError`` for one that must not be, or does nothing."""
    one = _numbered(lesson, int(chosen), quiet=quiet) if chosen.isdecimal() else _worded(lesson, chosen)
    if not one.is_shared and not everything:
        raise click.UsageError(
            f'"{one.words}" stands in the posts of one author or source only; if you are sure: --all'
        )
    return one


def _numbered(lesson: _Lesson, number: int, *, quiet: bool) -> Proposal:
    found = _proposals(lesson, quiet=quiet)
    if not 0 < number <= len(found):
        raise click.UsageError(f"there is no proposal {number}; mention-monitor rules lists them")
    return found[number - 1]


def _worded(lesson: _Lesson, chosen: str) -> Proposal:
    from monitor import learning

    words = learning.spelt(chosen)
    why = learning.why_never(words.removeprefix("*"), lesson.bench, lesson.unsafe)
    if why:
        raise click.UsageError(f"{chosen!r} is never learned: {why}")
    one = learning.try_out(lesson.bench, words)
    if not one.gone and not one.doubted:
        raise click.UsageError(f"{chosen!r} would have changed nothing in the posts that were not ours")
    return one


def _forget(config: Config, slug: str, chosen: str, json_lines: bool) -> None:
    from monitor import config as configuration
    from monitor import learning

    file, words = config.schools[slug].learned_in, learning.spelt(chosen)
    if not configuration.forget(file, words):
        known = ", ".join(f'"{one.words}"' for one in config.schools[slug].learned) or "nothing"
        raise click.UsageError(f"{chosen!r} was not accepted; accepted so far: {known}")
    if json_lines:
        emit({"what": "forget", "school": slug, "words": words, "file": str(file), "changed": True})
    else:
        click.echo(f'"{words}" is no longer in {file}. {_AFTER}')


_AFTER = "The service takes it up with: systemctl reload mention-monitor."


def _line(school: SchoolConfig, words: str) -> str:
    """What the operator would write: the whole list, as it would then be."""
    side = school.settings.context.negative
    learned = {one.words for one in school.learned}
    own = [word for word in (side.words if side else ()) if word not in learned]
    return f"[context.negative]\nwords = [{', '.join(map(_quoted, [*own, words]))}]"


def _quoted(words: str) -> str:
    import json

    return json.dumps(words, ensure_ascii=False)


def _lost_alerts(one: Proposal) -> str:
    return f"{', '.join(_mentions(one.alerts))} (critical or high)"


def _mentions(numbers: Iterable[int]) -> list[str]:
    return [f"M{number}" for number in numbers]


def _many(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"
