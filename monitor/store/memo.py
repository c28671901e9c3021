"""Small facts that the watch remembers of itself, each under a name."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, select

from monitor.store.engine import Tx, upsert
from monitor.store.tables import meta

_ONE = select(meta.c.value).where(meta.c.name == bindparam("name"))
_SOME = select(meta.c.name, meta.c.value).where(meta.c.name.in_(bindparam("names", expanding=True)))


def fact(tx: Tx, name: str) -> str:
    """What is noted under ``name``; empty if nothing is."""
    return tx.connection.execute(_ONE, {"name": name}).scalar() or ""


def facts(tx: Tx, names: Sequence[str]) -> dict[str, str]:
    """What is noted under each of the names, in one question; empty if nothing is."""
    known = {row.name: row.value for row in tx.connection.execute(_SOME, {"names": names})}
    return {name: known.get(name, "") for name in names}


def note(tx: Tx, name: str, value: str) -> None:
    """Note one fact; an empty ``value`` forgets it."""
    if value:
        upsert(tx, meta, [{"name": name, "value": value}], key=["name"])
    else:
        tx.connection.execute(delete(meta).where(meta.c.name == name))


def once(tx: Tx, name: str, value: str) -> bool:
    """Whether ``name`` is done for ``value`` (such as a day) for the first time; notes that it is."""
    if fact(tx, name) == value:
        return False
    note(tx, name, value)
    return True
