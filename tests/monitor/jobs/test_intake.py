"""Promise: what staff pass on becomes a story on equal terms, exactly once, and nobody learns who passed it on."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from alerts.base import Category, Severity
from monitor.facts import IncidentRow, MentionRow
from monitor.jobs import bundling, delivering, intake, replying, upkeep
from monitor.model import Certainty
from monitor.staff_posts import KIND, SOURCE, IntakeSettings
from monitor.store import digests, health, incidents, polls
from monitor.store import mentions as posts
from monitor.store.purge import purge
from monitor.store.tables import bygone, delivery, mention, notification, source
from sources.letter import Letter
from tests.fakes import Sent
from tests.journeys.play import INSULT, Play
from tests.journeys.post import BOX, Desk, answer_to

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
INTAKE = "passon@school.test"
TEACHER = "jo@school.test"
NAMELESS = (
    "If they lock that gate on me again I will come down there and smash the office up, and whoever is in it."
)
GRUMBLE = "The queue at the gate was long again this morning, and nobody had opened the second one."
INJURY = "My daughter told me that her teacher hit her in the cloakroom and left a bruise on her arm."
BULLIED = "The head is a useless stuck-up cow who hides in her office and everyone knows it."
PHONE = "01772 000000"


@pytest.fixture
def hall(desk: Desk) -> Desk:
    """A house that hears everybody at the school's own domain, and one address outside."""
    desk.play.clock.now = NOON
    settle(desk.play, IntakeSettings.model_validate({"from": ["*@school.test", "Sam@home.test"]}))
    desk.play.poll()
    return desk


def settle(play: Play, allowed: IntakeSettings, *, own_address: bool = True) -> None:
    config = play.app.config
    school = config.schools["holm-nook"]
    changed = school.settings.model_copy(update={"intake": allowed, "routes": {"dsl": PHONE}})
    box = config.monitor.mailbox
    assert box is not None
    moved = box.model_copy(update={"intake": INTAKE if own_address else ""})
    monitor = config.monitor.model_copy(update={"mailbox": moved})
    schools = {"holm-nook": dataclasses.replace(school, settings=changed)}
    play.app = dataclasses.replace(
        play.app, config=dataclasses.replace(config, monitor=monitor, schools=schools), _views={}
    )


def letter(words: str, sender: str = TEACHER, **other: Any) -> Letter:
    usual = Letter(
        uid="", digest="", sender=sender, to=(INTAKE,), subject="Fwd", text=words, received_at=NOON
    )
    made = dataclasses.replace(usual, **other)
    return dataclasses.replace(made, digest=made.digest or hashlib.sha256(repr(made).encode()).hexdigest())


def hand_in(hall: Desk, words: str, sender: str = TEACHER, **other: Any) -> str:
    """Somebody passes on; what they are answered, empty if nothing."""
    hall.post.letters_there.append(letter(words, sender, **other))
    before = len(hall.play.channel.sent)
    hall.read()
    delivering.deliver_all(hall.play.app, hall.play.clock())
    told = [one for one in hall.play.channel.sent[before:] if "what you passed on" in one.message.subject]
    return "\n".join(" ".join(one.message.text.split()) for one in told)


def stories(hall: Desk) -> tuple[IncidentRow, ...]:
    with hall.play.app.store.read() as tx:
        return incidents.listing(tx)


def kept(hall: Desk) -> tuple[MentionRow, ...]:
    with hall.play.app.store.read() as tx:
        return posts.listing(tx)


def alerts(hall: Desk) -> list[Sent]:
    return [one for one in hall.play.channel.sent if "what you passed on" not in one.message.subject]


def test_a_post_that_does_not_name_the_school_is_graded_and_told_as_any(hall: Desk) -> None:
    told = hand_in(hall, NAMELESS)

    [story], [post] = stories(hall), kept(hall)
    assert (story.severity, story.clock, story.certain) == (Severity.CRITICAL, "decide", True)
    assert story.due_at == NOON + timedelta(days=1)
    assert (post.source, post.source_kind, post.certainty) == (SOURCE, KIND, Certainty.CERTAIN)
    assert {one.to.address for one in alerts(hall)} == {"head@school.test", "dsl@school.test"}
    assert told.startswith("Passed on as R1; the leads are told.")
    assert hall.outcomes() == {"passed on": 1}


def test_a_name_that_may_be_a_place_is_taken_for_the_school(hall: Desk) -> None:
    hand_in(hall, "Holm Nook is closed again and nobody has told us anything.")
    [story], [post] = stories(hall), kept(hall)
    assert story.certain
    assert post.certainty is Certainty.CERTAIN


def test_the_same_words_have_the_same_grade_in_public_and_passed_on(hall: Desk) -> None:
    hall.play.publish("press", ("t1", INSULT))
    hall.play.poll()
    [public] = kept(hall)
    hand_in(hall, INSULT)
    passed, _ = kept(hall)
    assert (passed.severity, passed.categories, passed.abuse) == (
        public.severity,
        public.categories,
        public.abuse,
    )


def test_what_repeats_a_public_post_joins_its_story(hall: Desk) -> None:
    hall.play.publish("press", ("t1", INSULT))
    hall.play.poll()
    told = hand_in(hall, INSULT)
    [story] = stories(hall)
    assert story.count == 2
    assert told.startswith("Passed on as R1")


def test_a_link_to_a_public_post_joins_its_story(hall: Desk) -> None:
    hall.play.publish("press", ("t1", INSULT))
    hall.play.poll()
    hand_in(hall, "Have you seen what she writes here? http://press.test/t1")
    [story] = stories(hall)
    assert story.count == 2


def test_the_leads_read_that_it_is_not_public(hall: Desk) -> None:
    hand_in(hall, NAMELESS)
    for mail in alerts(hall):
        assert "Passed on, not public" in mail.message.text
        assert SOURCE in mail.message.text


def test_a_small_thing_comes_with_the_bundle_marked_as_not_public(hall: Desk) -> None:
    told = hand_in(hall, GRUMBLE)
    assert told.startswith("Passed on as R1; the school hears of it in turn.")
    hall.play.clock.advance(timedelta(hours=4))
    with hall.play.app.store.write() as tx:
        assert bundling.bundle(hall.play.app, tx, hall.play.clock())
    hall.send()
    [bundle] = alerts(hall)
    assert f"{SOURCE}, not public" in " ".join(bundle.message.text.split())


def test_praise_is_looked_at_too(hall: Desk) -> None:
    hand_in(hall, "Thank you to everyone for a lovely sports day.")
    [story], [post] = stories(hall), kept(hall)
    assert story.severity is Severity.LOW
    assert intake.LOOK.rule in {ground.rule for ground in post.grounds}


def test_a_description_in_one_line_is_kept_whole(hall: Desk) -> None:
    said = (
        "screenshot from the Y5 parents' group: a mum says her son was locked in the PE cupboard over lunch"
    )
    hand_in(hall, said)
    [post] = kept(hall)
    assert post.text == said


CHATTER = "Does anybody know whether the swimming kit is needed on Friday? "


@pytest.mark.parametrize("many", [1, 5, 80])
@pytest.mark.parametrize("gap", ["\n", "\n\n"])
def test_a_threat_in_a_pasted_conversation_is_not_drowned(hall: Desk, many: int, gap: str) -> None:
    hand_in(hall, f"{CHATTER * many}{gap}{NAMELESS}{gap}{CHATTER * many}")
    [story], [post] = stories(hall), kept(hall)
    assert story.severity is Severity.CRITICAL
    assert NAMELESS in post.text
    assert len(post.text) <= 2000


def test_what_a_conversation_is_about_otherwise_still_counts(hall: Desk) -> None:
    hand_in(hall, f"{NAMELESS}\n{CHATTER * 10}\n{INJURY}")
    assert {Category.CHILD_SAFEGUARDING, Category.THREAT_VIOLENCE} <= set(stories(hall)[0].categories)


@pytest.mark.parametrize("sender", [TEACHER, "sam@home.test", "office@school.test"])
def test_whoever_is_listed_is_heard_and_answered(hall: Desk, sender: str) -> None:
    assert hand_in(hall, NAMELESS, sender).startswith("Passed on as R1")


@pytest.mark.parametrize("sender", ["parent@home.test", "jo@other.test", "jo@sub.school.test", ""])
def test_others_are_ignored_and_counted(hall: Desk, sender: str) -> None:
    assert hand_in(hall, NAMELESS, sender) == ""
    assert (stories(hall), hall.outcomes()) == ((), {"no code": 1})


def test_without_an_address_of_its_own_the_mailbox_takes_posts_in(hall: Desk) -> None:
    settle(hall.play, hall.play.app.config.schools["holm-nook"].settings.intake, own_address=False)
    assert BOX in hand_in(hall, NAMELESS, to=(BOX,))


def test_a_letter_that_is_read_twice_is_one_post(hall: Desk) -> None:
    hand_in(hall, NAMELESS)
    same = hall.post.letters_there[0]
    assert hand_in(hall, NAMELESS, digest=same.digest) == ""
    assert (len(kept(hall)), hall.outcomes()) == (1, {"passed on": 1})


def test_a_letter_that_could_not_be_finished_leaves_nothing(
    hall: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("monitor.store.letters.note", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError), hall.play.app.store.write() as tx:
            replying._take_up(hall.play.app, tx, letter(NAMELESS), NOON)
    assert (stories(hall), kept(hall)) == ((), ())
    hand_in(hall, NAMELESS)
    assert len(stories(hall)) == 1


def test_the_same_post_from_two_people_is_one_post(hall: Desk) -> None:
    hand_in(hall, NAMELESS)
    before = len(alerts(hall))
    told = hand_in(hall, f"{NAMELESS}!!", "office@school.test")
    assert len(kept(hall)) == 1
    assert len(alerts(hall)) == before
    assert told.startswith("Passed on as R1; the school knows of it.")


def test_what_is_passed_on_again_after_its_story_was_closed_opens_another(hall: Desk) -> None:
    hand_in(hall, NAMELESS)
    close(hall)
    assert hand_in(hall, NAMELESS, "office@school.test").startswith("Passed on as R2; the leads are told.")
    assert hand_in(hall, NAMELESS, "head@school.test").startswith("Passed on as R2")


def close(hall: Desk, number: int = 1) -> None:
    with hall.play.app.store.write() as tx:
        how = {"outcome": "answered", "note": "", "by": "head", "via": "reply"}
        incidents.close(tx, number, **how, now=hall.play.clock())


@pytest.mark.parametrize("sender", [TEACHER, "head@school.test"])
def test_of_what_is_restricted_its_sender_learns_no_number(hall: Desk, sender: str) -> None:
    told = hand_in(hall, INJURY, sender)
    [story] = stories(hall)
    assert story.severity is Severity.CRITICAL
    assert told.startswith("Passed on; the leads are told.")
    assert f"R{story.id}" not in told


def test_whoever_passes_on_what_is_about_them_gets_the_neutral_line_and_no_mail(hall: Desk) -> None:
    told = hand_in(hall, BULLIED, "head@school.test")
    [story] = stories(hall)
    assert told.startswith("Passed on; the leads are told.")
    assert f"R{story.id}" not in told
    assert "head@school.test" not in {one.to.address for one in alerts(hall)}


def test_a_post_about_the_head_does_not_reach_the_head(hall: Desk) -> None:
    assert hand_in(hall, BULLIED).startswith("Passed on as R1")
    readers = {one.to.address for one in alerts(hall)}
    assert readers
    assert "head@school.test" not in readers


def test_who_passed_it_on_stands_nowhere_that_others_see(hall: Desk) -> None:
    hand_in(hall, NAMELESS)
    with hall.play.app.store.read() as tx:
        shown = repr((incidents.listing(tx), incidents.events(tx, 1), incidents.mentions_of(tx, 1)))
        assert incidents.mentions_of(tx, 1)[0].author == ""
    assert "jo@" not in shown
    for mail in alerts(hall):
        assert "jo@" not in repr(mail.message)


def test_after_some_days_the_database_knows_nobody_who_passed_on(hall: Desk) -> None:
    hand_in(hall, NAMELESS)
    assert TEACHER in everything(hall)
    with hall.play.app.store.write() as tx:
        assert purge(tx, NOON + timedelta(days=2))["receipts"] == 0
        assert purge(tx, NOON + timedelta(days=4))["receipts"] == 1
        assert purge(tx, NOON + timedelta(days=5))["receipts"] == 0
        left = tx.connection.execute(select(delivery.c.recipient, notification.c.payload).join(notification))
        told = json.dumps([list(row) for row in left])
    assert "jo@" not in told
    assert TEACHER not in everything(hall)


def everything(hall: Desk) -> str:
    """All that the database holds, as text."""
    found: list[str] = []
    with hall.play.app.store.read() as tx:
        names = tx.connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars()
        for name in list(names):
            found += map(repr, tx.connection.execute(text(f'SELECT * FROM "{name}"')))  # noqa: S608 -- its own names
    return "\n".join(found)


def test_pictures_alone_open_nothing_and_are_answered_with_how_to_describe_them(hall: Desk) -> None:
    told = hand_in(hall, "", images=2)
    assert (stories(hall), hall.outcomes()) == ((), {"nothing passed on": 1})
    assert "pictures are never opened or kept" in told
    assert "Please tell in words where it was" in told


def test_an_empty_letter_to_the_address_is_answered(hall: Desk) -> None:
    assert hand_in(hall, "").startswith("Nothing was passed on")


def test_words_beside_pictures_count(hall: Desk) -> None:
    told = hand_in(hall, NAMELESS, images=1)
    assert told.startswith("Passed on as R1")
    assert "Pictures and films were not opened" in told


@pytest.mark.parametrize(("words", "images"), [(NAMELESS, 0), (INJURY, 0), ("", 1)])
def test_every_receipt_warns_of_pictures_of_children(hall: Desk, words: str, images: int) -> None:
    assert (
        f"Never send a sexual picture of a child to anybody, here neither: do not open, copy or forward it. Ring the DSL: {PHONE}."
        in hand_in(hall, words, images=images)
    )


def test_nobody_gets_more_than_five_receipts_a_day_and_all_posts_are_taken(hall: Desk) -> None:
    texts = [
        f"{GRUMBLE} That was the {word} time."
        for word in ("first", "second", "third", "fourth", "fifth", "sixth")
    ]
    told = [hand_in(hall, words) for words in texts]
    assert [bool(one) for one in told] == [True] * 5 + [False]
    assert hall.outcomes() == {"passed on": 6}
    hall.play.clock.advance(timedelta(days=1, minutes=1))
    assert hand_in(hall, "Another thing altogether: the coach left without three of them.")


def test_a_flood_from_one_address_is_said_once_and_ends_with_the_day(
    hall: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "TAKEN_A_DAY", 2)
    for words in ("The gate was shut again.", "The hall was cold again today."):
        hand_in(hall, words)
    assert hand_in(hall, NAMELESS).startswith(
        "Nothing more is taken in from your address today: 2 have come."
    )
    assert hand_in(hall, f"{NAMELESS} Tomorrow.") == ""
    assert hall.outcomes() == {"passed on": 2, "too many": 2}
    assert hand_in(hall, NAMELESS, "office@school.test").startswith("Passed on")
    hall.play.clock.advance(timedelta(days=1, minutes=1))
    assert hand_in(hall, f"{NAMELESS} Soon.").startswith("Passed on")


def test_passing_on_uses_up_no_answers_to_replies(hall: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from monitor.jobs import answering

    monkeypatch.setattr(answering, "ANSWERS_A_DAY", 1)
    hand_in(hall, NAMELESS, "head@school.test")
    mine = next(one for one in alerts(hall) if one.to.address == "head@school.test")
    assert hall.say("head", "mine", mail=mine).startswith("You have taken R1:")


def test_a_reply_to_the_receipt_acts_on_nothing(hall: Desk) -> None:
    hand_in(hall, NAMELESS)
    receipt = next(one for one in hall.play.channel.sent if one.to.address == TEACHER)
    hall.post.letters_there.append(answer_to(receipt, "mine", at=NOON))
    hall.read()
    assert stories(hall)[0].owner == ""
    assert hall.outcomes() == {"passed on": 1, "stranger": 1}


def test_whoever_writes_from_another_address_of_theirs_is_answered_at_their_own(hall: Desk) -> None:
    config = hall.play.app.config
    school = config.schools["holm-nook"]
    people = tuple(
        one.model_copy(update={"also": ("dsl@home.test",)}) if one.mail == "dsl@school.test" else one
        for one in school.settings.person
    )
    changed = dataclasses.replace(school, settings=school.settings.model_copy(update={"person": people}))
    hall.play.app = dataclasses.replace(
        hall.play.app, config=dataclasses.replace(config, schools={"holm-nook": changed})
    )
    hand_in(hall, GRUMBLE, "dsl@home.test")
    assert [one.to.address for one in hall.play.channel.sent] == ["dsl@school.test"]


@pytest.mark.parametrize(
    "link",
    [
        "https://chat.whatsapp.com/AbCdEf123",
        "https://www.facebook.com/groups/123/posts/456",
        "http://192.168.0.4/post",
        "http://intranet/post",
        "http://[::1]/post",
        "https://nas.local/x",
        "https://me:pw@forum.test/1",
        "https://forum.test:8443/1",
    ],
)
def test_a_link_that_is_not_public_is_neither_kept_nor_mailed(hall: Desk, link: str) -> None:
    hand_in(hall, f"{NAMELESS}\n{link}")
    [post] = kept(hall)
    assert post.url == ""
    for mail in alerts(hall):
        assert link not in mail.message.text + mail.message.html


def test_a_public_link_is_mailed(hall: Desk) -> None:
    hand_in(hall, f"{NAMELESS}\nhttps://forum.test/threads/1")
    assert kept(hall)[0].url == "https://forum.test/threads/1"
    assert all("https://forum.test/threads/1" in mail.message.text for mail in alerts(hall))


def test_the_place_is_never_polled_and_in_no_coverage(hall: Desk) -> None:
    hand_in(hall, NAMELESS)
    hall.play.clock.advance(timedelta(days=10))
    app, now = hall.play.app, hall.play.clock()
    with app.store.read() as tx:
        assert SOURCE not in {task.name for task in polls.active(tx)}
    hall.play.poll()
    with app.store.read() as tx:
        assert SOURCE not in {task.name for task in (*polls.active(tx), *polls.due(tx, now))}
        facts = digests.week_facts(tx, "holm-nook", now - timedelta(days=7), now, now=now)
        vitals = health.facts(tx, now)
        assert [row.active for row in tx.connection.execute(select(source).where(source.c.kind == KIND))] == [
            False
        ]
    assert SOURCE not in {status.name for status in (*facts.sources, *vitals.sources)}
    assert SOURCE not in {spell.source for spell in facts.blind}


@pytest.mark.parametrize(("days", "there"), [(29, True), (31, False)])
def test_it_is_forgotten_a_month_after_its_story_was_closed_however_grave(
    hall: Desk,
    days: int,
    there: bool,  # noqa: FBT001 -- a column of the table
) -> None:
    hand_in(hall, NAMELESS)
    hall.play.clock.advance(timedelta(days=100))
    with hall.play.app.store.write() as tx:
        purge(tx, hall.play.clock())
    assert kept(hall)
    close(hall)
    with hall.play.app.store.write() as tx:
        purge(tx, hall.play.clock() + timedelta(days=days))
        assert tx.connection.execute(select(bygone)).all() == []
    assert bool(kept(hall)) is there


def test_the_school_says_how_long_and_public_posts_keep_their_own_time(hall: Desk) -> None:
    hall.play.publish("press", ("t1", INSULT))
    hall.play.poll()
    settle(hall.play, IntakeSettings.model_validate({"from": ["*@school.test"], "keep": "7d"}))
    hand_in(hall, NAMELESS)
    close(hall, 1)
    close(hall, 2)
    upkeep.nightly(hall.play.app, NOON + timedelta(days=8))
    assert [post.source for post in kept(hall)] == ["press"]


def test_what_was_forgotten_and_is_passed_on_again_is_news(hall: Desk) -> None:
    hand_in(hall, NAMELESS)
    close(hall)
    hall.play.clock.advance(timedelta(days=31))
    with hall.play.app.store.write() as tx:
        purge(tx, hall.play.clock())
    assert hand_in(hall, NAMELESS, "office@school.test").startswith("Passed on as R2; the leads are told.")


def test_what_the_database_refuses_does_not_keep_the_next_letter_out(
    hall: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from monitor.errors import StoreRefused

    def refuse(*_: object) -> None:
        raise StoreRefused("no")

    with monkeypatch.context() as broken:
        broken.setattr("monitor.store.record.record_edits", refuse)
        hand_in(hall, NAMELESS)
    assert hall.outcomes() == {"our fault": 1}
    assert hand_in(hall, f"{NAMELESS} Today.").startswith("Passed on")


def test_strange_letters_are_taken_in_whole(hall: Desk) -> None:
    for words in ("\x00\x00", "\ud800 broken", "🤬🤬🤬", "👍", "ن" * 3000, "a\u0301" * 30_000):
        hand_in(hall, words, "head@school.test")
    assert hall.outcomes()["passed on"] == 6
    with hall.play.app.store.read() as tx:
        assert len(tx.connection.execute(select(mention.c.key).distinct()).all()) == 6
