"""Removing our copy of what a post said, from its mention and from what was said about it; numbers and keys stay.

The mention stays as a tombstone: by its key the post is known again if an index still lists it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Text, cast, delete, or_, select, update

from monitor.store.engine import Tx, chunks
from monitor.store.tables import mention, mention_band, notification

_QUOTES = ("title", "excerpt", "url")
"""What an item of a mail says of a post."""


def blank(tx: Tx, numbers: Sequence[int], *, keep_ids: bool) -> None:
    """Remove the words, names and quotes of these mentions; ``keep_ids``: their address and the platform's id stay."""
    for part in chunks(list(numbers)):
        found = tx.connection.execute(
            select(mention.c.id, mention.c.incident_id, mention.c.grounds).where(mention.c.id.in_(part))
        ).all()
        gone = {} if keep_ids else {"url": "", "entry_id": ""}
        words = {"title": "", "text": "", "author": "", "text_key": "", **gone}
        for row in found:
            grounds = [[rule, "", weight] for rule, _, weight in row.grounds]
            tx.connection.execute(
                update(mention).where(mention.c.id == row.id).values(grounds=grounds, **words)
            )
            _unquote(tx, row.id, row.incident_id)
        tx.connection.execute(delete(mention_band).where(mention_band.c.mention_id.in_(part)))


def _unquote(tx: Tx, number: int, story: int | None) -> None:
    """Take the quote out of every mail that is remembered; what was sent lies in its reader's mailbox."""
    told = cast(notification.c.payload, Text)
    names = [told.contains(f'"M{number}"')]
    if story is not None:
        names += [notification.c.incident_id == story, told.contains(f'"ref":"R{story}"')]
    statement = select(notification.c.id, notification.c.payload).where(or_(*names))
    for row in tx.connection.execute(statement).all():
        without = _without(row.payload, f"M{number}", f"R{story}")
        if without != row.payload:
            tx.connection.execute(
                update(notification).where(notification.c.id == row.id).values(payload=without)
            )


def _without(part: Any, post: str, story: str) -> Any:
    if isinstance(part, list):
        return [_without(one, post, story) for one in part]
    if not isinstance(part, dict):
        return part
    is_its = part.get("mention") == post or part.get("ref") == story
    silenced: dict[str, Any] = {name: "" for name in _QUOTES if is_its and part.get(name)}
    if "items" in part and part.get("grounds") and any(one.get("mention") == post for one in part["items"]):
        silenced["grounds"] = []  # they quote the words that a grade rests on
    if is_its and part.get("note"):
        silenced["note"] = ""
    return {name: silenced.get(name, _without(value, post, story)) for name, value in part.items()}
