"""Promise: a mail says who may have written a post where that changes what is done, and nothing of it is stored."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text

from alerts import playbooks
from alerts.base import Alert, Category
from monitor.app import App
from monitor.jobs import ascribing, delivering
from tests.alerts.mail_samples import ABUSE, ALLEGATION, COMPLAINT, SEVERAL, item
from tests.journeys.play import Play

PARENT = "My son says Mrs Nobody who teaches year 4 at Holm Nook Primary School is a useless stuck-up cow."
CHILD = "mrs nobody in my class at Holm Nook Primary is a useless fat cow and im in year 6 lol"


def told(app: App, alert: Alert, *words: str) -> Alert:
    items = tuple(item(mention=f"M{number}", excerpt=said, title="") for number, said in enumerate(words, 1))
    return ascribing.ascribed(app, "holm-nook", replace(alert, items=items))


def test_a_mail_tells_of_the_complaints_procedure_where_a_parent_may_have_written(play: Play) -> None:
    play.publish("blog", ("p1", PARENT))
    play.poll()
    play.deliver()

    mail = play.channel.sent[0].message
    assert "Looks like a parent: “my son”. If so: offer a talk first" in " ".join(mail.text.split())


def test_nothing_of_a_guess_is_stored(play: Play) -> None:
    play.publish("blog", ("p1", PARENT), ("p2", CHILD))
    play.poll()
    play.deliver()

    assert any("May be a child" in sent.message.text for sent in play.channel.sent)
    with play.app.store.read() as tx:
        dump = repr(
            [
                tx.connection.execute(text(f"SELECT * FROM {table}")).all()  # noqa: S608 -- names of our own tables
                for table in ("mention", "incident", "incident_event", "notification", "delivery")
            ]
        )
    assert "ooks like" not in dump
    assert '"maybe_child": true' not in dump


def test_each_kind_of_author_is_told_once(play: Play) -> None:
    alert = told(
        play.app, ABUSE, "My son says so", "our daughter says so", "I teach there", "in my class", "our paper"
    )

    parent, staff = alert.notes
    assert parent.startswith("Looks like a parent: “my son”. If so: offer")
    assert staff.startswith("Looks like a member of staff: “i teach there”. If so: a matter for the head")
    assert [one.maybe_child for one in alert.items] == [False, False, False, True, False]


def test_what_was_marked_before_stays(play: Play) -> None:
    marked = replace(ABUSE, items=(item(excerpt="Who knows", maybe_child=True),), notes=("Passed on.",))

    alert = ascribing.ascribed(play.app, "holm-nook", marked)

    assert alert.items[0].maybe_child
    assert alert.notes == ("Passed on.",)


def test_of_several_stories_only_children_are_told(play: Play) -> None:
    alert = told(play.app, SEVERAL, "My son says so", "someone in my class says so")

    assert alert.notes == SEVERAL.notes
    assert [one.maybe_child for one in alert.items] == [False, True]


@pytest.mark.parametrize(
    ("category", "words"),
    [
        (Category.STAFF_ALLEGATION, "I teach there"),
        (Category.CAMPAIGN_INDUSTRIAL, "I teach there"),
        (Category.CHILD_SAFEGUARDING, "someone in my class"),
        (Category.THREAT_VIOLENCE, "someone in my class"),
        (Category.CHILD_SAFEGUARDING, "My son says so"),
    ],
)
def test_who_tells_of_harm_is_not_looked_for(play: Play, category: Category, words: str) -> None:
    assert not told(play.app, replace(ALLEGATION, category=category, notes=()), words).notes


def test_the_medium_of_a_source_counts(play: Play) -> None:
    source = play.app.config.schools["holm-nook"].sources[0]
    object.__setattr__(source, "medium", "news")
    press = replace(
        COMPLAINT, items=(item(source="press", excerpt="My son was hit, a mother said", title=""),)
    )

    alert = ascribing.ascribed(play.app, "holm-nook", press)

    assert alert.notes[-1].startswith("Stands in the press. If so: the media policy")
    assert play.app.medium_of("holm-nook", "press") == "news"
    assert play.app.medium_of("holm-nook", "gone") == ""
    assert play.app.medium_of("gone", "press") == ""


def test_who_learns_the_category_alone_learns_no_guess(play: Play) -> None:
    play.publish("blog", ("p1", PARENT))
    play.poll()
    (task, *_) = delivering.claim(play.app, play.clock(), everything=True)
    assert isinstance(task.payload, Alert)

    whole = delivering.compose(play.app, task, play.clock()).text
    untold = replace(task, payload=replace(task.payload, voice="category_only"))

    assert "Looks like a parent" in whole
    assert "ooks like" not in delivering.compose(play.app, untold, play.clock()).text


def test_advice_has_the_numbers_of_the_school() -> None:
    advice = playbooks.advice_on(
        "parent", Category.COMPLAINT_GENERAL, phones={"complaints_procedure": "holm-nook.example/complaints"}
    )

    assert "(holm-nook.example/complaints)" in advice
    assert playbooks.advice_on("community", Category.COMPLAINT_GENERAL, phones={}) == ""
