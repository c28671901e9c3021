"""What is known of a batch: the same posts, what they answer, repeat or share a thread with, and the open stories of these; little, however much is stored."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event

from alerts.base import Category, Severity
from monitor.facts import SourceSpec
from monitor.model import Finding, Keys, Known, Plan
from monitor.store import Store, incidents, outbox, polls
from monitor.store.known import MOST_ALIKE, keyed, known
from monitor.store.tables import bygone
from sources.base import Entry
from tests.monitor.store.given import (
    NOW,
    SCHOOLS,
    SLUG,
    alert,
    change,
    finding,
    mention,
    put,
    speak,
    told,
    watched,
)


def _known(store: Store, *findings: Finding) -> Known:
    with store.write() as tx:
        return known(tx, findings)


def _keys(store: Store, *findings: Finding) -> set[str]:
    return {one.key for one in _known(store, *findings).mentions}


def _full(key: str, **more: Any) -> Keys:
    own = Keys(key=key, content=f"c-{key}", url=f"u-{key}", text=f"t-{key}", thread=f"h-{key}")
    return replace(own, **more)


def _store_one(store: Store, keys: Keys) -> Finding:
    found = finding(keys.key, keys=keys)
    put(store, Plan(mentions=(mention(found),)), watched(store))
    return found


def test_nothing_is_known_of_a_new_post(store: Store) -> None:
    _store_one(store, _full("k1"))
    assert _known(store, finding("k2", keys=_full("k2", bands=(7000,)))) == Known()
    assert _known(store) == Known()


def test_a_stored_post_comes_back_with_all_its_keys(store: Store) -> None:
    keys = _full("k1", reply_to="k0", bands=(-7, 7))
    found = _store_one(store, keys)
    (one,) = _known(store, found).mentions
    assert one.keys == keys
    assert (one.school, one.title, one.text) == (SLUG, "Title k1", "Text k1")
    assert (one.severity, one.edits, one.incident, one.duplicate_of) == (Severity.HIGH, 0, None, None)


@pytest.mark.parametrize(
    "shared",
    [
        {"url": "u-k1"},
        {"text": "t-k1"},
        {"thread": "h-k1"},
        {"reply_to": "k1"},
        {"bands": (11, 4242)},
    ],
    ids=lambda shared: next(iter(shared)),
)
def test_a_post_that_shares_one_thing_brings_the_other_back(store: Store, shared: dict[str, Any]) -> None:
    _store_one(store, _full("k1", bands=(4242, 4343)))
    assert _keys(store, finding("k2", keys=_full("k2", bands=(1,)))) == set()
    assert _keys(store, finding("k2", keys=_full("k2", **({"bands": (1,)} | shared)))) == {"k1"}


def test_empty_keys_share_nothing(store: Store) -> None:
    _store_one(store, Keys(key="k1", content="c"))
    assert _keys(store, finding("k2", keys=Keys(key="k2", content="c"))) == set()


def test_one_school_knows_nothing_of_another(store: Store) -> None:
    schools = [*SCHOOLS, ("alder-bank", "Alder Bank School")]
    found = _store_one(store, _full("k1"))
    with store.write() as tx:
        spec = SourceSpec(
            name="x", kind="feed", locator="x", host="x", interval=NOW - NOW.replace(hour=9), schools=(SLUG,)
        )
        polls.reconcile(tx, schools, [spec], NOW)
    assert _keys(store, replace(found, school="alder-bank")) == set()


def test_the_open_story_comes_with_its_mention_and_what_it_has_not_said_yet(store: Store) -> None:
    found = _store_one(store, _full("k1"))
    put(
        store,
        Plan(
            mentions=(mention(finding("k2", keys=_full("k2", bands=(1,))), incident="k2"),),
            incidents=(change("k2", count=12, grown_to=10),),
            notifications=(speak("k2"),),
        ),
        watched(store),
    )
    facts = _known(store, found, finding("k3", keys=_full("k3", thread="h-k2", bands=(2,))))
    story = facts.incidents[SLUG, "k2"]
    assert list(facts.incidents) == [(SLUG, "k2")]
    assert {one.key: one.incident for one in facts.mentions} == {"k1": None, "k2": "k2"}
    assert (story.severity, story.category) == (Severity.HIGH, Category.STAFF_ABUSE_HARASSMENT)
    assert (story.count, story.grown_to, story.clock, story.certain) == (12, 10, "decide", True)
    assert story.pending == alert("M2")


def test_what_has_been_leased_may_not_grow_any_more(store: Store) -> None:
    put(store, told(), watched(store))
    with store.write() as tx:
        outbox.claim(tx, NOW)
    assert _known(store, finding()).incidents[SLUG, "k1"].pending is None


def test_a_closed_story_is_named_and_not_open(store: Store) -> None:
    put(store, told(), watched(store))
    with store.write() as tx:
        incidents.close(tx, 1, outcome="answered", note="", by="head", via="mail", now=NOW)
    facts = _known(store, finding())
    assert [one.incident for one in facts.mentions] == ["k1"]
    assert facts.incidents == {}


def test_a_duplicate_names_the_first(store: Store) -> None:
    put(
        store,
        Plan(mentions=(mention(finding("k1")), mention(finding("k2"), duplicate_of="k1"))),
        watched(store),
    )
    assert {one.key: one.duplicate_of for one in _known(store, finding("k2")).mentions} == {"k2": "k1"}


def test_a_thread_of_a_thousand_posts_brings_back_one_for_each_story(store: Store) -> None:
    task = watched(store)
    many = [
        finding(f"k{n}", keys=Keys(key=f"k{n}", content="c", thread="big", text="same")) for n in range(1000)
    ]
    half = [mention(found, incident="k0" if n % 2 else None) for n, found in enumerate(many)]
    put(store, Plan(mentions=tuple(half), incidents=(change("k0"),)), task)
    asked = finding("new", keys=Keys(key="new", content="c", thread="big", text="same"))
    assert _keys(store, asked) == {"k0", "k1"}


def test_a_flood_of_similar_posts_brings_back_the_latest_and_originals_first(store: Store) -> None:
    task = watched(store)
    many = [finding(f"k{n}", keys=Keys(key=f"k{n}", content="c", bands=(5,))) for n in range(MOST_ALIKE + 50)]
    plans = [mention(found, duplicate_of="k0" if n else None) for n, found in enumerate(many)]
    put(store, Plan(mentions=tuple(plans)), task)
    found = _keys(store, finding("new", keys=Keys(key="new", content="c", bands=(5,))))
    assert len(found) == MOST_ALIKE
    assert {"k0", f"k{MOST_ALIKE + 49}"} <= found
    assert "k1" not in found


def test_a_batch_larger_than_one_statement_can_hold_is_known(store: Store) -> None:
    task = watched(store)
    many = [finding(f"k{n}", keys=Keys(key=f"k{n}", content="c", bands=(n,))) for n in range(1200)]
    put(store, Plan(mentions=tuple(map(mention, many))), task)
    assert len(_known(store, *many).mentions) == 1200


def test_the_number_of_questions_does_not_depend_on_the_number_of_findings(store: Store) -> None:
    task = watched(store)
    many = [finding(f"k{n}", keys=_full(f"k{n}", bands=(n, -n))) for n in range(60)]
    put(store, Plan(mentions=tuple(map(mention, many))), task)
    asked: list[str] = []
    event.listen(
        store._writer, "before_cursor_execute", lambda _c, _cur, statement, *_: asked.append(statement)
    )
    counts = []
    for batch in (many[:2], many):
        asked.clear()
        _known(store, *batch)
        counts.append(len(asked))
    assert counts[0] == counts[1]
    assert counts[1] <= 10


def test_a_purged_post_that_reads_as_it_did_is_known_and_one_that_changed_is_new(store: Store) -> None:
    watched(store)
    found = finding("k1")
    with store.write() as tx:
        row = {"school_id": 1, "entry": keyed(tx, "k1"), "content": keyed(tx, "content-k1"), "at": NOW}
        tx.connection.execute(bygone.insert(), row)
    (one,) = _known(store, found).mentions
    assert (one.key, one.keys.content, one.text, one.incident) == ("k1", "content-k1", "", None)
    edited = replace(
        found, keys=replace(found.keys, content="another"), entry=Entry(id="id-k1", text="worse")
    )
    assert _known(store, edited) == Known()


def test_digests_of_purged_posts_say_nothing_without_the_key_of_this_installation(store: Store) -> None:
    with store.read() as tx:
        ours = keyed(tx, "k1")
        theirs = keyed(replace(tx, install_key=b"another" * 5), "k1")
    assert len(ours) == 16
    assert ours != theirs


def test_a_story_tells_which_sources_said_it_and_which_only_passed_it_on(store: Store) -> None:
    first = watched(store)
    put(store, told("k1"), first)
    copying = SourceSpec(
        name="copying paper",
        kind="feed",
        locator="https://copy.example/feed",
        host="copy.example:443",
        interval=first.interval,
        schools=(SLUG,),
    )
    second = watched(store, copying)
    put(store, Plan(mentions=(mention(finding("k2"), incident="k1", duplicate_of="k1"),)), second)

    (story,) = _known(store, finding("k1")).incidents.values()

    assert story.voices == {("local blog", "@somebody"): (NOW,), ("copying paper", "@somebody"): (NOW,)}
    assert story.reported_by == {"local blog"}
    assert story.carried_by == {"local blog", "copying paper"}
