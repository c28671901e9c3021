"""Somebody who is entitled to them asks for the full words of a story: recorded, told to the DSL, and stored in no mail."""

from __future__ import annotations

from alerts.base import Recipient, Role, Whole
from alerts.routing import LEADS
from monitor.errors import NotAllowed
from monitor.facts import MentionRow
from monitor.jobs.acting import Acted, Scene
from monitor.jobs.retelling import is_restricted
from monitor.model import DeliveryTask
from monitor.store import Tx, incidents, outbox, owed

MOST_POSTS = 10
"""Posts in one mail: the gravest; the rest can be read at the computer."""
READ = "words"
"""What a story's history says of it."""


def ask(scene: Scene, person: Recipient) -> Acted:
    """Note that ``person`` asked for the full words, and tell the DSL. Raises ``NotAllowed`` if they may not read them."""
    story = scene.story
    told = owed.told(scene.tx, story)
    restricted = is_restricted(story)
    was_told = any(one.address.casefold() == person.address.casefold() for one in told)
    if not was_told or (restricted and not set(person.roles) & {*LEADS}):
        raise NotAllowed(f"The full words of R{story.id} are for the safeguarding leads who were told of it.")
    outbox.note_event(scene.tx, story.id, at=scene.now, what=READ, by=scene.actor.by, via=scene.actor.via)
    dsl = tuple(one for one in told if Role.DSL in one.roles)
    scene.tell_these(dsl, "read", story.severity)
    audit = "and the DSL is told" if dsl and Role.DSL not in person.roles else "in the story's history"
    return Acted(
        changed=True, said=f"Here are the full words of R{story.id}, as you asked. This is recorded, {audit}."
    )


def of(tx: Tx, task: DeliveryTask) -> tuple[Whole, ...]:
    """The posts of a task's story with all their words, as they are now: for the mail that is going out."""
    if task.incident_id is None:
        return ()
    return tuple(map(_whole, incidents.gravest(tx, task.incident_id, MOST_POSTS)))


def _whole(post: MentionRow) -> Whole:
    shown = not post.imagery
    return Whole(
        mention=f"M{post.id}",
        source=post.source,
        title=post.title if shown else "",
        text=post.text if shown else "",
        url=post.url if shown else "",
        withheld=post.imagery,
    )
