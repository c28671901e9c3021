"""``sources add`` and ``sources presets``: look at a place, try it, and write it into the school's file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from monitor.cli import finding, trying
from monitor.cli.asking import Asker, Draft, Refused, check_files, fill, given_values
from monitor.cli.shell import LOOK, as_json, emit, load_config, plain, wrapped
from monitor.cli.texts import one_school

if TYPE_CHECKING:
    from monitor.config import Config, SchoolConfig, SourceConfig
    from monitor.jobs.scouting import Trial
    from sources.base import Tools

RELOAD = "The daemon takes it up with: systemctl reload mention-monitor (or SIGHUP)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How the command was given."""

    config: Config
    school: SchoolConfig
    asker: Asker
    yes: bool
    untried: bool
    json_lines: bool

    def say(self, text: str = "") -> None:
        """A line for people; with ``--json`` beside the facts."""
        click.echo(text, err=self.json_lines)


def options(command: Any) -> Any:
    """What both commands take."""
    for option in (
        click.option("--school", "slug", help="Which school, where the configuration has several."),
        click.option("--name", help="What it is called in mails and tables."),
        click.option("--untried", is_flag=True, help="Do not try it first."),
        click.option("--yes", is_flag=True, help="Write it without asking."),
        as_json,
    ):
        command = option(command)
    return command


@click.command()
@click.argument("what", required=False, default="", metavar="[ADDRESS|KIND]")
@click.option("--kind", default="", help="Such as feed, page or wordpress, where it is not to be guessed.")
@click.option(
    "--set", "pairs", multiple=True, metavar="KEY=VALUE", help="A key of the source; of a secret, its file."
)
@options
@click.pass_context
def add(ctx: click.Context, /, what: str, kind: str, pairs: tuple[str, ...], **how: Any) -> None:
    """Watch one more place: find its feed, try it, show what it would have found, write it down.

    ADDRESS is that of any page of a site; KIND one such as bluesky. On a terminal it asks for what is missing.

    Example: mention-monitor sources add https://www.blogpreston.co.uk --yes
    """
    wish = _wish(ctx, how)
    what = (what or kind or wish.asker.text("Address of a page or a feed, or a kind of source")).strip()
    if not what:
        raise click.UsageError("say the address of a page or a feed, or a kind of source")
    with _tools(wish.config) as tools:
        draft = _draft(wish, what, kind, pairs, tools)
        if how["name"]:
            draft.table["name"] = how["name"]
        ctx.exit(_finish(wish, draft, tools))


@click.command()
@click.argument("preset", required=False, default="")
@options
@click.pass_context
def presets(ctx: click.Context, /, preset: str, **how: Any) -> None:
    """List the presets, or watch one of them.

    Example: mention-monitor sources presets blog-preston --yes
    """
    wish = _wish(ctx, how)
    known = sorted((wish.config.path.parent / "presets").glob("*.toml"))
    if not preset:
        _list_presets(wish, known)
        return
    table = {"preset": preset, **({"name": how["name"]} if how["name"] else {})}
    with _tools(wish.config) as tools:
        ctx.exit(_finish(wish, Draft(table, f"the preset {preset}"), tools))


def _wish(ctx: click.Context, how: Mapping[str, Any]) -> Wish:
    config = load_config(ctx)
    asker = Asker(on_terminal() and not how["json_lines"] and not how["yes"])
    school = config.schools[one_school(config, how["slug"])]
    return Wish(
        config=config,
        school=school,
        asker=asker,
        yes=how["yes"],
        untried=how["untried"],
        json_lines=how["json_lines"],
    )


def on_terminal() -> bool:
    """Whether somebody can be asked."""
    import sys

    return sys.stdin.isatty() and sys.stdout.isatty()


@contextmanager
def _tools(config: Config) -> Iterator[Tools]:
    """The real web, guarded and polite, and the parser's cage."""
    from monitor import log
    from monitor.app import build_fetcher, source_tools
    from sources.cage import Cage

    log.configure("ERROR")
    with closing(build_fetcher(config)) as fetcher, closing(Cage()) as cage:
        yield source_tools(config, fetcher, cage)


def _draft(wish: Wish, what: str, kind: str, pairs: tuple[str, ...], tools: Tools) -> Draft:
    """From what was given to a source that can be tried."""
    from sources.registry import KINDS

    if kind and kind not in KINDS:
        raise Refused(f"there is no kind {kind!r}; there is {', '.join(KINDS)}")
    if what in KINDS:
        draft = Draft({"kind": what}, f"kind {what}")
    else:
        address = finding.address_of(what, wish.config.monitor.fetch.allow_private)
        draft = finding.found_at(address, kind, tools, wish.asker, wish.say)
    own = str(draft.table["kind"])
    given = given_values(own, pairs)
    check_files(given, own, lambda name: wish.config.resolve(name).is_file())
    draft.table |= given
    fill(draft, wish.asker, _suggestion(wish.school), wish.config.resolve)
    return draft


def _suggestion(school: SchoolConfig) -> str:
    """The words by which people mostly find the school."""
    strong = [words for alias in school.settings.alias if alias.kind == "strong" for words in alias.any]
    return f'"{strong[0]}"' if strong else ""


def _finish(wish: Wish, draft: Draft, tools: Tools) -> int:
    """Fit, try, show, agree, write. Returns the exit status."""
    source = _fitted(wish, draft)
    with_secrets = trying.with_secrets(tools, draft.secrets)
    trial = None if wish.untried else trying.tried(wish.school, source, with_secrets, wish.say)
    if trial is None and not wish.untried and not wish.asker.agreed("Add it all the same?"):
        wish.say("Nothing was written. To add it unseen: --untried")
        _emit(wish, source, added=False)
        return LOOK
    from monitor.config import adding

    remark = _remark(draft, trial)
    text = adding.block(draft.table, remark)
    wish.say(f"\nFor {wish.school.file}:\n")
    wish.say("".join(f"    {line}\n" for line in text.splitlines()))
    agreed = wish.yes or wish.asker.agreed("Add it?")
    warnings = _written(wish, draft, remark) if agreed else ()
    _emit(wish, source, added=agreed, block=text, tried=plain(trial) if trial else None, warnings=warnings)
    wish.say(f"Added. {RELOAD}" if agreed else "Nothing was written. To add it: --yes")
    return 0 if agreed else LOOK


def _emit(wish: Wish, source: SourceConfig, *, added: bool, **facts: Any) -> None:
    """With ``--json``, the one fact that this came to."""
    if wish.json_lines:
        named = {
            "name": source.name,
            "kind": source.kind,
            "school": wish.school.slug,
            "file": wish.school.file,
        }
        emit({"added": added, **named, **facts})


def _fitted(wish: Wish, draft: Draft) -> SourceConfig:
    """The source as the configuration reads it. Refuses what is watched already."""
    from monitor.config.schools import read_source

    table = draft.table
    if "preset" not in table:
        table.setdefault("name", _name(wish, table))
        draft.table = table = {"name": table["name"], "kind": table["kind"], **table}
    private = frozenset(wish.config.monitor.fetch.allow_private)
    source = read_source(wish.config.path, table, private)
    for other in wish.school.sources:
        if (other.kind, other.locator) == (source.kind, source.locator):
            raise Refused(f"this is watched already, as {other.name!r}")
        if other.name.casefold() == source.name.casefold():
            raise Refused(f"another source is called {other.name!r}; say --name")
    return source


def _name(wish: Wish, table: Mapping[str, Any]) -> str:
    """A name that is still free: the host, or the kind."""
    host = (urlsplit(str(table.get("url", ""))).hostname or "").removeprefix("www.")
    usual = (host or str(table["kind"]).capitalize())[:60]
    taken = {source.name.casefold() for source in wish.school.sources}
    free = (name for number in range(1, len(taken) + 2) if (name := f"{usual} {number}".removesuffix(" 1")))
    first = next(name for name in free if name.casefold() not in taken)
    return wish.asker.text("What to call it", first)


def _remark(draft: Draft, trial: Trial | None) -> str:
    """When, by whom, and what was found; no word from the world."""
    import os
    import pwd

    from monitor.app import utc_now

    try:
        who = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        who = f"user {os.getuid()}"
    found = f"{trial.entries} entries read, {trial.ours} of them about us" if trial else "not tried"
    return f"Added {utc_now():%Y-%m-%d} by {who}: {draft.how}; {found}."


def _written(wish: Wish, draft: Draft, remark: str) -> tuple[str, ...]:
    """Secrets first, then the block, then the whole is looked at; all of it or nothing. Returns new warnings."""
    from monitor.config import adding

    kept: list[Path] = []
    try:
        for name, secret in draft.secrets.items():
            adding.keep_secret(wish.config.resolve(name), secret)
            kept.append(wish.config.resolve(name))
        fresh = adding.add(Path(wish.school.file), draft.table, remark, _again)
    except BaseException:  # an interrupt too: a secret is not left lying about
        for path in kept:
            with suppress(OSError):
                path.unlink()
        raise
    new = tuple(str(each) for each in fresh.warnings if each not in wish.config.warnings)
    for warning in new:
        wish.say(f"warning: {warning}")
    return new


def _again() -> Config:
    """The whole configuration, as ``check`` reads it."""
    return load_config(click.get_current_context())


def _list_presets(wish: Wish, known: list[Path]) -> None:
    from monitor.config.schools import read_source

    if not known:
        wish.say(f"There are none: put files into {wish.config.path.parent / 'presets'}")
    private = frozenset(wish.config.monitor.fetch.allow_private)
    for path in known:
        source = read_source(wish.config.path, {"preset": path.stem}, private)
        watched = any((one.kind, one.locator) == (source.kind, source.locator) for one in wish.school.sources)
        about = _about(path)
        if wish.json_lines:
            emit(
                {
                    "preset": path.stem,
                    "name": source.name,
                    "kind": source.kind,
                    "watched": watched,
                    "about": about,
                }
            )
        else:
            wish.say(wrapped(f"{path.stem}{' (watched)' if watched else ''}: {about}", "", "    "))


def _about(path: Path) -> str:
    """The first two sentences of the remark at the head of a preset: what it is, and what it sees."""
    lines = takewhile(lambda line: line.startswith("#"), path.read_text(encoding="utf-8").splitlines())
    told = " ".join(line.removeprefix("#").strip() for line in lines)
    return " ".join(re.split(r"(?<=\.) ", told)[:2])
