"""Somebody says that they are personally involved in a story: they hear no more of it, and the next role hears at once."""

from __future__ import annotations

from alerts.base import Reason, Recipient, Severity
from alerts.circle import said
from alerts.conflicts import About, together
from alerts.routing import route
from monitor.jobs.acting import Acted, Scene
from monitor.store import incidents, outbox, owed, stepped_back

STEPPED_BACK = "conflict"
"""What a story's history says of it."""


def step_back(scene: Scene, person: Recipient) -> Acted:
    """Leave ``person`` out of the story from now on, tell whoever hears instead, and the others."""
    story = scene.story
    before = {one.address.casefold() for one in owed.told(scene.tx, story)}
    joining = _joining(scene, person, before)
    if not stepped_back.add(scene.tx, story.id, person.address, joining, scene.now):
        return Acted(changed=False, said=f"You are left out of R{story.id} already.")
    outbox.note_event(
        scene.tx, story.id, at=scene.now, what=STEPPED_BACK, by=scene.actor.by, via=scene.actor.via
    )
    stepped_back.call_back(scene.tx, story.id, person.address, scene.now)
    incidents.give_up(scene.tx, story.id, names=(scene.actor.by, person.address, person.address.casefold()))
    scene.tell("stepped_back", story.severity)
    role = scene.role()
    who = f"the {said(role)}" if role else "somebody"
    note = f"You hear of this now because {who} is personally involved and hears no more of it."
    scene.alert(joining, Reason.FIRST, note)
    hears = " Somebody else has been told." if joining else ""
    return Acted(
        changed=True,
        said=f"You are left out of R{story.id} from now on.{hears} Please delete the earlier mails about it.",
    )


def _joining(scene: Scene, person: Recipient, told: set[str]) -> tuple[Recipient, ...]:
    """Who would be told of the story if it were about ``person``, and has not been."""
    story, words = scene.story, scene.words
    own = About(addresses=frozenset({person.address.casefold()}), roles=frozenset(person.roles))
    routed = route(
        max(story.severity, Severity.HIGH),
        story.categories,
        story.category,
        people=words.staff,
        about=together([words.about(scene.tx, story), own]),
        today=words.today(scene.now),
    )
    out = {*told, person.address.casefold()}
    return tuple(one for one in routed.recipients if one.address.casefold() not in out)
