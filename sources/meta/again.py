"""Looking again at single posts and comments: as they are now, gone, or not to be told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sources import wire
from sources.base import Entry
from sources.errors import SourceError
from sources.meta.client import Graph, Item, Params
from sources.meta.poll import MAX_PAGES, List
from sources.meta.refusals import Forbidden, Gone, Hiccup


@dataclass(frozen=True, slots=True, kw_only=True)
class Single:
    """How one entry is asked for."""

    path: str
    params: Params
    entry: Callable[[Item], Entry | None]


def singles(graph: Graph, wanted: Mapping[str, Single], *, home: str) -> dict[str, Entry | None]:
    """Each entry by itself. Raises ``SourceError``.

    Meta says the same of what was deleted and of what a token may not see, so what it does not know counts as gone only
    if the Page or account, ``home``, can be read.
    """
    found: dict[str, Entry | None] = {}
    lost: list[str] = []
    for name, single in wanted.items():
        if graph.is_late:
            break
        try:
            entry = single.entry(graph.ask(single.path, single.params))
        except Gone:
            lost.append(name)
            continue
        except (Forbidden, Hiccup):
            continue
        if entry and entry.id == name:
            found[name] = entry
    return found | (dict.fromkeys(lost) if lost and _is_open(graph, home) else {})


def _is_open(graph: Graph, home: str) -> bool:
    try:
        return wire.words(graph.ask(home, (("fields", "id"),)).get("id")) == home
    except SourceError:
        return False


def listed(graph: Graph, of: List, wanted: frozenset[str]) -> dict[str, Entry | None]:
    """Entries that only a list shows, since they are somebody else's; gone is what a whole list does not show.

    Raises ``SourceError``.
    """
    if not wanted or graph.is_late:
        return {}
    try:
        pages = graph.pages(of.path, of.params, MAX_PAGES)
    except (Forbidden, Hiccup, Gone):
        return {}
    entries = [of.entry(item) if of.entry else None for item in pages.items]
    found: dict[str, Entry | None] = {entry.id: entry for entry in entries if entry and entry.id in wanted}
    if pages.whole and not pages.junk and all(entries):
        found = {**dict.fromkeys(wanted), **found}
    return found
