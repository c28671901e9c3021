"""Promise: our own reply on a platform stops the clock of what it answers, once, and closes nothing grave."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from monitor import digest
from monitor.jobs import escalating, reporting
from monitor.store import Tx, answers, incidents
from sources.base import Entry
from tests.journeys.play import THANKS, THREAT
from tests.monitor.jobs.afterwards import OTHER, Afterwards, comment, reply

HOUR = timedelta(hours=1)


def test_a_reply_of_ours_is_no_mention(after: Afterwards) -> None:
    ours = reply("c1")
    outcome = after.poll(comment("c9", at=after.clock()), comment("x"), ours)

    assert outcome.matched == 2


def test_a_reply_closes_a_small_story_as_answered_at_its_own_time(after: Afterwards) -> None:
    after.poll(comment(at=after.clock()))
    said = after.clock() + HOUR
    after.clock.advance(3 * HOUR)
    after.poll(reply(at=said))

    story = after.story()
    assert story.outcome == "answered"
    assert (story.answered_at, story.closed_at) == (said, after.clock())
    assert after.history()[-2:] == ["answered", "done"]


def test_the_reply_may_be_known_before_the_comment(after: Afterwards) -> None:
    said = after.clock()
    after.poll(reply(at=said))
    after.clock.advance(HOUR)
    after.poll(comment(at=said - HOUR))

    assert after.story().answered_at == said


def test_reply_and_comment_may_come_together(after: Afterwards) -> None:
    after.poll(reply(at=after.clock()), comment(at=after.clock() - HOUR))

    assert after.story().outcome == "answered"


def test_a_reply_that_waits_for_its_comment_is_forgotten_after_a_month(after: Afterwards) -> None:
    said = after.clock()
    after.poll(reply(at=said))
    with after.app.store.write() as tx:
        assert answers.purge(tx, said + answers.REMEMBERED) == 0
        assert answers.purge(tx, said + answers.REMEMBERED + HOUR) == 1


def test_a_grave_story_is_answered_and_stays_open(after: Afterwards) -> None:
    after.poll(comment(text=THREAT, at=after.clock()))
    after.poll(reply(at=after.clock()))

    story = after.story()
    assert story.answered_at == after.clock()
    assert story.closed_at is None
    assert not story.owner


def test_nobody_is_reminded_of_what_was_answered(after: Afterwards) -> None:
    insult = "Mrs Nobody who teaches year 4 at Holm Nook Primary School is a useless stuck-up cow and everyone knows it."
    after.poll(comment(text=insult, at=after.clock()))
    assert after.story().clock == "answer"
    after.deliver()
    with after.app.store.write() as tx:
        _take(tx, after)
    after.poll(reply(at=after.clock()))
    after.clock.now = after.story().due_at or after.clock()

    assert escalating.escalate(after.app, after.clock()) == 0


def test_it_counts_once(after: Afterwards) -> None:
    after.poll(comment(text=THREAT, at=after.clock()))
    first = after.clock()
    after.poll(reply(at=first))
    after.clock.advance(HOUR)
    after.poll(reply(at=after.clock()))

    assert after.story().answered_at == first
    assert after.history().count("answered") == 1


def test_of_two_comments_the_other_still_waits(after: Afterwards) -> None:
    one, other = comment("c1", at=after.clock()), comment("c2", OTHER, at=after.clock() + 5 * HOUR)
    thread = "root"
    after.poll(_in(one, thread))
    after.clock.advance(5 * HOUR)
    after.poll(_in(other, thread))
    assert after.story().count == 2
    after.poll(reply("c1", at=after.clock()))

    assert after.story().closed_at is None
    assert after.story().answered_at is None
    assert after.story().due_at == after.post(2).due_at
    after.poll(reply("c2", at=after.clock()))
    assert after.story().outcome == "answered"


def test_a_new_comment_in_an_answered_story_is_owed_an_answer_of_its_own(after: Afterwards) -> None:
    after.poll(_in(comment(text=THREAT, at=after.clock()), "root"))
    after.poll(reply(at=after.clock()))
    after.clock.advance(timedelta(days=2))
    after.poll(_in(comment("c2", OTHER, at=after.clock()), "root"))

    assert after.story().answered_at is None
    assert after.story().due_at == after.post(2).due_at


def test_what_joins_an_answered_story_without_a_question_leaves_it_answered(after: Afterwards) -> None:
    after.poll(_in(comment(text=THREAT, at=after.clock()), "root"))
    due = after.story().due_at
    after.poll(reply(at=after.clock()))
    elsewhere = _in(comment("c2", OTHER, at=after.clock()), "root", own_account=False)
    after.poll(elsewhere)

    assert after.story().count == 2
    assert after.story().answered_at is not None
    assert after.story().due_at == due


def test_a_reply_to_thanks_below_an_answered_story_changes_nothing(after: Afterwards) -> None:
    first = after.clock()
    after.poll(_in(comment(text=THREAT, at=first), "root"))
    after.poll(reply(at=first))
    after.clock.advance(HOUR)
    after.poll(_in(comment("c2", THANKS, at=after.clock()), "root"))
    after.poll(reply("c2", at=after.clock()))

    assert after.story().count == 2
    assert after.story().answered_at == first


@pytest.mark.parametrize("target", ["elsewhere", ""])
def test_a_reply_to_something_else_stops_nothing(after: Afterwards, target: str) -> None:
    after.poll(comment(at=after.clock()))
    after.poll(reply(target, at=after.clock()))

    assert after.story().answered_at is None


def test_where_a_platform_tells_no_parent_the_thread_counts(after: Afterwards) -> None:
    after.poll(comment(at=after.clock()))
    after.poll(reply("", thread="c1", at=after.clock()))

    assert after.story().answered_at is not None


def test_a_post_elsewhere_has_no_promise_that_a_reply_could_keep(after: Afterwards) -> None:
    after.poll(_in(comment(at=after.clock()), "", own_account=False))
    after.poll(reply(at=after.clock()))

    assert after.story().clock == "decide"
    assert after.story().answered_at is None


def test_a_reply_of_the_future_counts_from_now(after: Afterwards) -> None:
    after.poll(comment(at=after.clock()))
    after.poll(reply(at=after.clock() + timedelta(days=9)))

    assert after.story().answered_at == after.clock()


def test_the_promise_is_kept_by_the_time_of_the_reply(after: Afterwards) -> None:
    after.poll(comment(text=THREAT, at=after.clock()))
    due = after.story().due_at
    assert due is not None
    after.clock.now = due + 5 * HOUR
    after.poll(reply(at=due - HOUR))
    week = digest.week_of(
        due + timedelta(days=7), after.app.config.schools["holm-nook"].settings.school.timezone
    )
    after.clock.now = week[1] + HOUR
    built = reporting.build_digest(after.app, "holm-nook", week)

    assert (built.answered_in_time, built.answers_owed) == (1, 1)
    assert not any(story.overdue for story in built.open)


def test_opening_it_again_lets_its_clock_run(after: Afterwards) -> None:
    after.poll(comment(at=after.clock()))
    after.poll(reply(at=after.clock()))
    with after.app.store.write() as tx:
        assert incidents.reopen(tx, 1, by="head", via="test", now=after.clock())

    assert after.story().answered_at is None


def _take(tx: Tx, after: Afterwards) -> None:
    assert incidents.take(tx, 1, by="head", via="test", now=after.clock())


def _in(entry: Entry, thread: str, *, own_account: bool = True) -> Entry:
    return dataclasses.replace(entry, thread=thread, own_account=own_account)
