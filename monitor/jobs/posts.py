"""What a person does about a single post (``M345``): it is about us and theirs, or it is not about us.

A post that belongs to a story is acted on as that story.
"""

from __future__ import annotations

from datetime import datetime

from alerts.base import Severity
from alerts.conflicts import conflicts
from monitor import deadlines
from monitor.config import Config
from monitor.errors import NotAllowed
from monitor.facts import MentionRow
from monitor.jobs import acting
from monitor.jobs.acting import Acted, Actor, Verb
from monitor.school import people
from monitor.store import Tx, mentions, posts


def act(  # noqa: PLR0917 -- who does what to which post, and when
    config: Config, tx: Tx, number: int, verb: Verb, actor: Actor, now: datetime, **how: str
) -> Acted:
    """Do one thing to one post, in the caller's transaction. Raises ``NotAllowed``."""
    post = mentions.get(tx, number)
    if post is None or post.school not in config.schools:
        raise NotAllowed(f"there is no post M{number}")
    if post.incident_id is not None:
        return acting.act(config, tx, post.incident_id, verb, actor, now, **how)
    if verb == "not_us":
        return _dismissed(config, tx, post, actor)
    if verb not in {"take", "seen"}:
        raise NotAllowed(f"M{number} is no story yet: say mine M{number} first, or not us M{number}")
    return _taken(config, tx, post, actor, now)


def _taken(config: Config, tx: Tx, post: MentionRow, actor: Actor, now: datetime) -> Acted:
    facts = config.schools[post.school].settings.school
    due_at = deadlines.due(now, facts).at
    number = posts.open_story(tx, post, due_at=due_at, by=actor.by, via=actor.via, now=now)
    scene = acting.scene_of(config, tx, number, actor, now)
    scene.refuse_the_subject()
    if scene.story.severity >= Severity.HIGH:
        scene.spread(scene.story, "Somebody has said that it is about us.")
    acted = scene.plainly("take")
    return Acted(changed=True, said=f"M{post.id} is the story R{number} from now on. {acted.said}")


def _dismissed(config: Config, tx: Tx, post: MentionRow, actor: Actor) -> Acted:
    about = conflicts(f"{post.title}\n{post.text}", people(config.schools[post.school].settings))
    staff = people(config.schools[post.school].settings)
    if any(one.address in about.addresses for one in acting.whom(actor.by, staff)):
        raise NotAllowed(f"M{post.id} may be about you: somebody else has to look at it")
    changed = posts.dismiss(tx, post.id)
    return Acted(changed=changed, said=f"M{post.id} is marked: not us.")
