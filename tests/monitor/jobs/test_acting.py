"""What a person does about a story counts once, is told to the others, and is not open to whom it is about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from alerts.base import News, NotificationKind, Role, Severity
from monitor.errors import NotAllowed
from monitor.facts import IncidentRow
from monitor.jobs import acting, delivering, escalating
from monitor.jobs.acting import Acted, Actor, Verb
from monitor.model import DeliveryTask
from monitor.store import incidents, ladders, outbox
from tests.journeys.play import INSULT, THREAT, Play

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
GRUMBLE = "Homework at Holm Nook Primary is far too much for reception, I have made a complaint."
OF_THE_HEAD = "The headteacher at Holm Nook Primary hit my lad in assembly and everyone saw it."


def _found(play: Play, text: str, at: datetime = NOON) -> None:
    play.clock.now = at
    play.publish("press", ("t1", text))
    play.poll()
    delivering.deliver_all(play.app, play.clock(), everything=True)


def _act(play: Play, verb: Verb, by: str = "head", **how: str) -> Acted:
    with play.app.store.write() as tx:
        return acting.act(play.app.config, tx, 1, verb, Actor(by=by, via="test"), play.clock(), **how)


def _close(play: Play, by: str = "head") -> Acted:
    return _act(play, "close", by, outcome="answered", note="rang Sarah Whittle’s mother")


def _story(play: Play) -> IncidentRow:
    with play.app.store.read() as tx:
        story = incidents.get(tx, 1)
    assert story is not None
    return story


def _waiting(play: Play) -> list[DeliveryTask]:
    with play.app.store.write() as tx:
        return list(outbox.claim(tx, play.clock(), limit=100, everything=True))


def _news(play: Play) -> list[tuple[str, str]]:
    return [
        (task.recipient.address.partition("@")[0], task.payload.deed)
        for task in _waiting(play)
        if isinstance(task.payload, News)
    ]


def test_the_others_are_told_at_once_when_somebody_takes_a_grave_story(play: Play) -> None:
    _found(play, THREAT)

    assert _act(play, "take").changed
    assert not _act(play, "take").changed

    [task] = _waiting(play)
    assert (task.kind, task.recipient.address) == (NotificationKind.NEWS, "dsl@school.test")
    assert isinstance(task.payload, News)
    assert (task.payload.deed, task.payload.by) == ("taken", Role.HEAD)


@pytest.mark.parametrize(("verb", "deed"), [("close", "closed"), ("not_us", "not_us")])
def test_closing_is_told_and_opening_again_too(play: Play, verb: Verb, deed: str) -> None:
    _found(play, THREAT)
    how = {"outcome": "answered", "note": "rang Sarah Whittle’s mother"} if verb == "close" else {}

    assert _act(play, verb, **how).changed
    assert _news(play) == [("dsl", deed)]
    assert _act(play, "reopen", "dsl").changed
    assert _news(play) == [("head", "reopened")]


def test_a_note_in_the_news_spells_no_name(play: Play) -> None:
    _found(play, THREAT)
    _close(play)

    [task] = _waiting(play)

    assert isinstance(task.payload, News)
    assert "Whittle" not in task.payload.note


def test_of_a_small_story_nobody_else_is_told(play: Play) -> None:
    _found(play, GRUMBLE)

    closed = _act(play, "close", outcome="no reply, because", note="rang Sarah Whittle’s mother")
    assert (closed.changed, closed.said) == (True, "R1 is closed: no reply.")
    assert _waiting(play) == []


def test_somebody_who_is_not_named_is_told_like_the_others(play: Play) -> None:
    _found(play, THREAT)

    _act(play, "take", "command line")

    assert sorted(_news(play)) == [("dsl", "taken"), ("head", "taken")]


def test_a_story_that_is_opened_again_climbs_again(play: Play) -> None:
    _found(play, THREAT)
    _act(play, "take")
    _close(play)
    play.clock.advance(timedelta(hours=2))
    _act(play, "reopen", "dsl")
    _waiting(play)

    play.clock.advance(timedelta(minutes=15))

    assert escalating.escalate(play.app, play.clock()) == 1


def test_whoever_disagrees_that_somebody_took_it_sets_the_ladder_going_again(play: Play) -> None:
    _found(play, THREAT)
    assert not _act(play, "reopen", "dsl").changed, "nobody has done anything yet"
    _act(play, "take")
    _waiting(play)

    assert _act(play, "reopen", "dsl").changed
    assert not _act(play, "reopen", "dsl").changed
    assert (_news(play), _story(play).owner) == ([("head", "reopened")], "")
    play.clock.advance(timedelta(minutes=15))
    assert escalating.escalate(play.app, play.clock()) == 1


def test_whoever_disagrees_with_a_lower_grade_brings_the_higher_one_back(play: Play) -> None:
    _found(play, THREAT)
    for by in ("head", "dsl"):
        _act(play, "regrade", by, severity="low")
    _waiting(play)

    assert _act(play, "reopen", "dsl").changed
    assert _story(play).severity is Severity.CRITICAL
    tasks = _waiting(play)
    assert sorted(task.recipient.address.partition("@")[0] for task in tasks) == ["dsl", "head"]
    assert {task.kind for task in tasks} == {NotificationKind.ALERT}
    play.clock.advance(timedelta(minutes=15))
    assert escalating.escalate(play.app, play.clock()) == 1


def test_a_story_that_was_closed_as_small_is_opened_as_small(play: Play) -> None:
    _found(play, INSULT)
    _act(play, "regrade", severity="low")
    _close(play)
    assert _act(play, "reopen", "dsl").changed
    _act(play, "take")
    assert _act(play, "reopen", "dsl").changed
    assert _story(play).severity is Severity.LOW
    _act(play, "regrade", severity="medium")
    _act(play, "regrade", severity="low")
    assert _act(play, "reopen", "dsl").changed
    assert _story(play).severity is Severity.MEDIUM


def test_taking_is_no_answer(play: Play) -> None:
    _found(play, THREAT)
    before = _story(play)

    _act(play, "take")

    after = _story(play)
    assert (after.closed_at, after.outcome, after.due_at) == (None, "", before.due_at)
    assert after.first_look_at == NOON


def test_one_lead_alone_does_not_lower_a_critical_story(play: Play) -> None:
    _found(play, THREAT)

    first = _act(play, "regrade", "head", severity="low")
    again = _act(play, "regrade", "head", severity="low")
    assert "another lead" in first.said
    assert (first.changed, again.changed, _story(play).severity) == (False, False, Severity.CRITICAL)
    assert _news(play) == [("dsl", "proposed")], "at once, once, and not to whoever proposed it"
    play.clock.advance(timedelta(minutes=15))
    assert escalating.escalate(play.app, play.clock()) == 1
    assert any("proposed" in note for task in _waiting(play) for note in getattr(task.payload, "notes", ()))

    assert _act(play, "regrade", "dsl", severity="low").changed
    assert _story(play).severity is Severity.LOW
    assert [deed for _, deed in _news(play)] == ["lowered"]
    play.clock.advance(timedelta(hours=3))
    assert escalating.escalate(play.app, play.clock()) == 0


def test_two_leads_have_to_mean_the_same_grade(play: Play) -> None:
    _found(play, THREAT)

    assert not _act(play, "regrade", "head", severity="low").changed
    assert not _act(play, "regrade", "dsl", severity="medium").changed
    assert _act(play, "regrade", "head", severity="medium").changed


def test_somebody_who_is_no_lead_lowers_nothing_critical(play: Play) -> None:
    _found(play, THREAT)

    with pytest.raises(NotAllowed, match="safeguarding lead"):
        _act(play, "regrade", "office", severity="low")


def test_a_high_story_is_lowered_by_one(play: Play) -> None:
    _found(play, INSULT)

    assert _act(play, "regrade", "head", severity="low").changed
    assert not _act(play, "regrade", "head", severity="low").changed


def test_what_is_graded_higher_is_told_and_climbs(play: Play) -> None:
    _found(play, GRUMBLE)

    assert _act(play, "regrade", "office", severity="critical").changed

    tasks = _waiting(play)
    assert sorted(task.recipient.address.partition("@")[0] for task in tasks) == ["dsl", "head"]
    assert {task.severity for task in tasks} == {Severity.CRITICAL}
    with play.app.store.read() as tx:
        climbing = ladders.get(tx, 1)
    assert climbing is not None
    assert len(climbing.ladder.steps) > 3


def test_whom_it_is_about_neither_closes_nor_sees_it(play: Play) -> None:
    _found(play, OF_THE_HEAD)
    assert "head" not in {to for to, _ in play.subjects}

    for by in ("head", "head@school.test"):
        with pytest.raises(NotAllowed, match="may be about"):
            _close(play, by)
    assert _close(play, "dsl").changed

    with play.app.store.read() as tx:
        story = incidents.get(tx, 1)
        assert story is not None
        acting.refuse_subject(play.app.config, tx, story, "dsl", NOON)
        with pytest.raises(NotAllowed, match="may be about"):
            acting.refuse_subject(play.app.config, tx, story, "head", NOON)


def test_whoever_is_asked_is_told_and_has_not_taken_it(play: Play) -> None:
    _found(play, INSULT)

    assert _act(play, "assign", "head", to="chair").changed
    assert not _act(play, "assign", "head", to="chair").changed

    [task] = _waiting(play)
    assert task.recipient.address == "chair@school.test"
    story = _story(play)
    assert (story.assigned_to, story.owner) == ("chair", "")


@pytest.mark.parametrize("to", ["senco", "nobody", "office"])
def test_only_somebody_who_may_hear_of_it_is_asked(play: Play, to: str) -> None:
    _found(play, THREAT)

    with pytest.raises(NotAllowed, match="nobody who is"):
        _act(play, "assign", "head", to=to)


def test_later_makes_it_theirs_and_says_if_that_is_too_late(play: Play) -> None:
    _found(play, INSULT)

    acted = _act(play, "later", "head", until="Friday")

    assert acted.changed
    assert "Friday 27 November, 07:30" in acted.said
    assert "after it is due" in acted.said
    assert _story(play).owner == "head"
    with pytest.raises(NotAllowed, match="expected a day"):
        _act(play, "later", "head", until="someday")


def test_a_critical_story_that_is_nobodys_is_not_put_off(play: Play) -> None:
    _found(play, THREAT)

    with pytest.raises(NotAllowed, match="say mine first"):
        _act(play, "later", "head", until="Friday")
    _act(play, "take", "head")
    assert _act(play, "later", "head", until="tomorrow").changed


def test_a_story_that_does_not_exist_is_told(play: Play) -> None:
    with pytest.raises(NotAllowed, match="no story R1"):
        _act(play, "take")
