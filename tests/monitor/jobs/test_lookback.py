"""Promise: told posts are looked at again, ever less often; what is deleted goes here too, but no threat unseen."""

from __future__ import annotations

import dataclasses
import itertools
import json
from datetime import timedelta

import pytest

from alerts.base import Alert, Reason, Severity
from monitor.jobs import lookback, vanishing
from monitor.jobs.retelling import teller
from monitor.model import DeliveryTask
from monitor.store import afterlife, health, incidents, outbox, polls
from sources.base import Entry
from sources.errors import Denied, Unreachable
from sources.registry import KINDS
from tests.fakes import answer
from tests.journeys.play import THREAT
from tests.monitor.jobs.afterwards import OTHER, QUESTION, Afterwards, comment

DAY = timedelta(days=1)
SLUG = "holm-nook"


def told(after: Afterwards, text: str = QUESTION, *, tube: bool = False) -> Entry:
    """A comment that was found on the platform, and is still there."""
    entry = comment(text=text, at=after.clock())
    after.poll(entry, tube=tube)
    place = after.tube if tube else after.platform
    place.again = {entry.id: entry}
    return entry


def vanish(after: Afterwards) -> None:
    """The comment is deleted, and that is seen twice."""
    after.platform.again = {"c1": None}
    after.later(hours=1)
    after.later(minutes=15)


def mails(after: Afterwards) -> list[DeliveryTask]:
    with after.app.store.write() as tx:
        return list(outbox.claim(tx, after.clock(), limit=100, everything=True))


def lines(after: Afterwards, story: int = 1) -> list[str]:
    settings = after.app.config.schools[SLUG].settings
    with after.app.store.read() as tx:
        found = incidents.get(tx, story)
        assert found is not None
        return list(teller(settings).since(tx, found))


# --- when ------------------------------------------------------------------------------------------


def test_a_post_is_looked_at_less_and_less_often(after: Afterwards) -> None:
    told(after)
    began = after.clock()
    looks = [after.clock() - began for _ in range(31 * 24) if after.later(hours=1)]

    assert looks == list(lookback.STEPS)


def test_where_terms_bind_us_it_goes_on_for_as_long_as_it_is_kept(after: Afterwards) -> None:
    told(after)
    for step in (*lookback.STEPS, 60 * DAY, 90 * DAY):
        after.later(seconds=0)
        after.clock.now = after.post().seen_at + step
        assert after.later(seconds=0) == 1


def test_a_closed_story_of_a_newspaper_is_left_alone(after: Afterwards) -> None:
    page(after)
    with after.app.store.write() as tx:
        incidents.close(tx, 1, outcome="answered", note="", by="head", via="test", now=after.clock())
    calls = len(after.web.calls)

    assert after.later(hours=1) == 0
    assert len(after.web.calls) == calls


def test_one_request_asks_for_no_more_than_a_platform_takes(after: Afterwards) -> None:
    entries = [comment(f"c{n}", f"{QUESTION} Number {n}.", at=after.clock()) for n in range(30)]
    after.poll(*entries)
    after.platform.again = {entry.id: entry for entry in entries}

    assert after.later(hours=1) == lookback.POSTS_AT_ONCE
    assert after.later(minutes=1) == 30 - lookback.POSTS_AT_ONCE


def test_a_flood_at_one_place_holds_up_no_other(after: Afterwards) -> None:
    page(after)
    after.poll(*(comment(f"c{n}", f"{QUESTION} Number {n}.", at=after.clock()) for n in range(60)))
    after.clock.advance(timedelta(minutes=5))
    told(after, tube=True)
    after.later(hours=1)

    assert after.tube.asked
    assert any(call.url == "http://press.test/t1" for call in after.web.calls)


def test_a_platform_that_fails_is_asked_again_at_the_next_step(after: Afterwards) -> None:
    told(after)
    after.platform.error = Unreachable("no answer")
    assert after.later(hours=1) == 0
    after.platform.error = None
    assert after.later(hours=1) == 0
    assert after.later(hours=4) == 1


def test_a_source_in_trouble_is_not_asked_for_single_posts(after: Afterwards) -> None:
    told(after)
    with after.app.store.write() as tx:
        task = polls.named(tx, "bluesky")
        assert task is not None
        polls.record_failure(
            tx,
            task,
            kind="Denied",
            message="no",
            remedy="",
            http_status=403,
            now=after.clock(),
            next_poll_at=after.clock() + DAY,
        )

    assert after.later(hours=1) == 0
    assert after.platform.asked == []


def test_no_poll_asks_at_the_same_moment(after: Afterwards) -> None:
    told(after)
    after.clock.advance(timedelta(hours=1))
    with after.app.store.write() as tx:
        assert polls.lease(tx, 3, after.clock(), after.clock() + DAY)

    assert after.later(seconds=0) == 0
    with after.app.store.write() as tx:
        polls.let_go(tx, 3)
    assert after.later(seconds=0) == 1
    with after.app.store.write() as tx:
        assert polls.lease(tx, 3, after.clock(), after.clock() + DAY)


def test_it_never_raises_at_the_edge_of_its_thread(after: Afterwards) -> None:
    told(after)
    after.platform.again = {"c1": 5}  # type: ignore[dict-item]  # a bug in a source

    after.clock.advance(timedelta(hours=1))
    assert lookback.guarded_look(after.app, after.clock()) == 0


def test_what_must_be_deleted_can_be_looked_at_again_and_says_so() -> None:
    bound = {name: kind for name, kind in KINDS.items() if kind.purge_gone}

    assert {"bluesky", "mastodon", "youtube"} <= set(bound)
    assert all(kind.terms and hasattr(kind.build, "recheck") for kind in bound.values())


# --- edits -----------------------------------------------------------------------------------------


def test_an_edit_for_the_worse_is_told(after: Afterwards) -> None:
    entry = told(after)
    after.deliver()
    after.platform.again = {"c1": dataclasses.replace(entry, text=THREAT)}
    after.later(hours=1)

    assert after.story().severity is Severity.CRITICAL
    reasons = {task.payload.reason for task in mails(after) if isinstance(task.payload, Alert)}
    assert reasons == {Reason.WORSENED}
    assert any("edited after we told you" in line for line in lines(after))


def test_a_look_leaves_the_source_where_it_was(after: Afterwards) -> None:
    told(after)
    with after.app.store.read() as tx:
        before = polls.named(tx, "bluesky")
    after.later(hours=1)
    with after.app.store.read() as tx:
        assert polls.named(tx, "bluesky") == before


# --- deletions -------------------------------------------------------------------------------------


def test_what_is_missing_once_is_kept_and_what_is_missing_twice_goes(after: Afterwards) -> None:
    told(after)
    after.platform.again = {"c1": None}
    after.later(hours=1)
    assert after.post().text
    assert after.fate().fate == "gone"
    after.later(minutes=15)

    post = after.post()
    assert (post.title, post.text, post.author, post.url) == ("", "", "", "")
    assert not any(ground.excerpt for ground in post.grounds)
    assert after.story().closed_at is None
    assert after.history()[-1] == "gone"


def test_what_was_missing_for_a_minute_stays(after: Afterwards) -> None:
    entry = told(after)
    after.platform.again = {"c1": None}
    after.later(hours=1)
    after.platform.again = {"c1": entry}
    after.later(minutes=15)

    assert after.fate().fate == "up"
    assert after.fate().gone_at is None
    assert after.post().text


def test_a_look_that_fails_between_removes_nothing(after: Afterwards) -> None:
    told(after)
    after.platform.again = {"c1": None}
    after.later(hours=1)
    after.platform.again = {}
    after.later(minutes=15)
    assert after.post().text
    after.platform.again = {"c1": None}
    after.later(hours=1)
    assert not after.post().text


def test_what_the_platform_says_is_deleted_goes_at_once(after: Afterwards) -> None:
    told(after)
    after.poll(deleted=("c1", "unknown"))
    after.later(seconds=0)

    assert not after.post().text


def test_no_mail_that_is_remembered_quotes_it(after: Afterwards) -> None:
    told(after)
    after.deliver()
    vanish(after)
    with after.app.store.read() as tx:
        rows = tx.connection.exec_driver_sql("SELECT payload FROM notification").scalars().all()

    assert rows
    assert not any("Homework" in row or "platform.example" in row for row in rows)
    assert any('"mention":"M1"' in row for row in rows)


def test_an_index_that_still_lists_it_brings_nothing_back(after: Afterwards) -> None:
    entry = told(after)
    vanish(after)
    after.poll(entry)

    assert not after.post().text
    assert after.story().count == 1


def test_what_was_posted_anew_is_looked_after_anew(after: Afterwards) -> None:
    entry = told(after)
    vanish(after)
    after.poll(dataclasses.replace(entry, text=OTHER))
    assert after.post().text
    after.platform.again = {"c1": None}
    after.later(seconds=0)
    after.later(minutes=15)

    assert not after.post().text


def test_a_clock_that_leapt_removes_nothing(after: Afterwards) -> None:
    told(after)
    with after.app.store.write() as tx:
        health.set_leap(tx, after.clock())
    vanish(after)

    assert after.post().text


def test_the_words_of_a_threat_stay_for_three_days_and_the_leads_hear_of_it(after: Afterwards) -> None:
    told(after, THREAT)
    mails(after)
    vanish(after)

    heard = {task.recipient.address: task.payload for task in mails(after)}
    assert set(heard) == {"head@school.test", "dsl@school.test"}
    assert all("Our copy of its words will be removed on" in one.notes[0] for one in heard.values())  # type: ignore[union-attr]  # alerts
    after.later(hours=71)
    assert after.post().text
    after.later(hours=1, minutes=1)
    assert not after.post().text


def test_the_leads_hear_of_a_threat_once(after: Afterwards) -> None:
    told(after, THREAT)
    vanish(after)
    mails(after)
    after.poll(deleted=("c1",))

    assert mails(after) == []
    assert after.post().text


def test_of_what_is_about_nobody_s_story_the_words_go_too(after: Afterwards) -> None:
    thanks = "Thank you to everyone at Holm Nook Primary for a lovely sports day."
    entry = Entry(id="c1", text=thanks, author="@x", kind="post")
    after.poll(entry)
    assert after.post().incident_id is None
    vanish(after)

    assert not after.post().text


# --- words that may be kept for a while only -------------------------------------------------------


def test_words_that_may_be_kept_for_thirty_days_are_fetched_anew_in_time(after: Afterwards) -> None:
    told(after, tube=True)
    looks = [after.clock()]
    for _ in range(100):
        if after.later(days=1):
            looks.append(after.clock())
        assert after.post().text

    assert max(later - earlier for earlier, later in itertools.pairwise(looks)) <= 25 * DAY


def test_without_a_fresh_look_they_go_and_the_platform_s_id_stays(after: Afterwards) -> None:
    told(after, tube=True)
    after.tube.error = Unreachable("no answer")
    for _ in range(29):
        after.later(days=1)
    assert after.post().text
    after.later(days=1)

    assert not after.post().text
    assert after.post().url
    assert not after.post().author


def test_what_was_there_before_anybody_looked_is_looked_at_before_it_goes(after: Afterwards) -> None:
    told(after, tube=True)
    after.tube.error = Unreachable("no answer")
    after.later(days=60)
    assert after.post().text
    assert after.tube.asked
    after.later(days=1)
    assert not after.post().text


# --- pages -----------------------------------------------------------------------------------------


def page(after: Afterwards, name: str = "t1", place: str = "press") -> None:
    """An article that a newspaper's feed lists."""
    from tests.journeys.play import Play

    paper = Play(after.app, after.web, after.clock, after.channel)
    paper.publish(
        place,
        (name, "An insult: that useless stuck-up cow of a teacher at Holm Nook Primary School hit my lad."),
    )
    paper.publish("blog" if place == "press" else "press")
    paper.poll()


def test_a_page_is_opened_politely_and_by_its_tag(after: Afterwards) -> None:
    page(after)
    url = "http://press.test/t1"
    after.web.web[url] = [answer("<p>", headers={"etag": '"v1"'}), answer("", 304)]
    assert after.later(hours=1) == 1
    assert after.fate().fate == "up"
    assert after.later(hours=5) == 1

    first, second = (call for call in after.web.calls if call.url == url)
    assert first.obey_robots
    assert "If-None-Match" not in first.headers
    assert second.headers["If-None-Match"] == '"v1"'


@pytest.mark.parametrize(
    ("status", "fate"), [(404, "gone"), (410, "gone"), (200, "up"), (500, ""), (302, "")]
)
def test_what_a_page_answers_is_what_became_of_it(after: Afterwards, status: int, fate: str) -> None:
    page(after)
    after.web.web["http://press.test/t1"] = [answer("", status)]
    after.later(hours=1)

    assert after.fate().fate == fate
    assert after.post().text


def test_a_page_that_robots_may_not_open_is_not_known(after: Afterwards) -> None:
    page(after)
    after.web.disallowed.add("http://press.test/t1")
    after.later(hours=1)

    assert after.fate().fate == ""


def test_a_link_that_nobody_must_open_is_not_opened(after: Afterwards) -> None:
    page(after)
    with after.app.store.write() as tx:
        tx.connection.exec_driver_sql("UPDATE mention SET imagery = 1")
    before = len(after.web.calls)
    after.later(hours=1)

    assert len(after.web.calls) == before


# --- what people read ------------------------------------------------------------------------------


def test_the_next_mail_says_what_became_of_it(after: Afterwards) -> None:
    told(after)
    assert lines(after) == []
    after.later(hours=1)
    assert lines(after) == ["Still there when last looked (Tue 24 Nov 11:15)."]
    after.platform.again = {"c1": None}
    after.later(hours=5)
    after.later(minutes=15)

    [line] = lines(after)
    assert line.startswith("The post has been taken down since (seen Tue 24 Nov 16:15).")
    assert "stays open" in line


def test_of_several_posts_it_says_how_many_are_gone(after: Afterwards) -> None:
    one = dataclasses.replace(comment(at=after.clock()), thread="t")
    two = dataclasses.replace(comment("c2", OTHER, at=after.clock()), thread="t")
    after.poll(one, two)
    after.platform.again = {"c1": None, "c2": two}
    after.later(hours=1)

    assert lines(after) == [
        "1 of its 2 posts have been taken down since (seen Tue 24 Nov 11:15).",
        "The rest was still there when last looked (Tue 24 Nov 11:15).",
    ]


def test_a_refusal_says_nothing_of_a_post(after: Afterwards) -> None:
    told(after)
    after.platform.error = Denied("no")
    after.later(hours=1)

    assert after.fate().checked_at is None


def test_words_are_removed_once(after: Afterwards) -> None:
    told(after)
    vanish(after)

    assert vanishing.blank_due(after.app, after.clock()) == 0
    with after.app.store.read() as tx:
        assert afterlife.overdue(tx, after.clock() + 400 * DAY, 9) == ()


def test_no_bundle_that_is_remembered_quotes_it(after: Afterwards) -> None:
    line = {
        "ref": "R1",
        "excerpt": "Homework",
        "note": "Complaint: “far too much”",
        "url": "http://platform.example/c1",
    }
    told(after)
    with after.app.store.write() as tx:
        bundle = json.dumps({"items": [line, {**line, "ref": "R12"}]}, separators=(",", ":"))
        tx.connection.exec_driver_sql("UPDATE notification SET incident_id = NULL, payload = ?", (bundle,))
    vanish(after)
    with after.app.store.read() as tx:
        kept = tx.connection.exec_driver_sql("SELECT payload FROM notification LIMIT 1").scalar_one()

    its, other = json.loads(kept)["items"]
    assert its == {"ref": "R1", "excerpt": "", "note": "", "url": ""}
    assert other["excerpt"]
