"""A week on one page: true numbers, masked examples, nothing of safeguarding that could be told apart.

The promise counts only what was said on the school's own accounts, and governors read numbers alone.
"""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from alerts.base import Category, Count, Digest, NotificationKind, Role, Severity, Topic, freeze, thaw
from monitor.digest import POSSIBLE, build, terms, week_of
from monitor.facts import BlindSpell, Gone, IncidentRow, MentionRow, SourceStatus, WeekFacts
from monitor.model import Certainty
from monitor.settings import Calendar, Exclusion, Governance, Person, SchoolFacts, SchoolSettings

LONDON = ZoneInfo("Europe/London")
CRITICAL, HIGH, MEDIUM, LOW, NONE = sorted(Severity, reverse=True)
C = Category
START = datetime(2026, 11, 23, tzinfo=UTC)
END = datetime(2026, 11, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def settings(**changes: Any) -> SchoolSettings:
    head = Person(role=Role.HEAD, mail="head@holmnook.example", name="Zoe Marlowe")
    nameless = Person(role=Role.SENCO, mail="senco@holmnook.example")
    facts = SchoolFacts(name="Holm Nook Community Primary School", locality=("Preston",))
    return SchoolSettings(school=facts, person=(head, nameless), **changes)


def mention(number: int = 1, **changes: Any) -> MentionRow:
    row = MentionRow(
        id=number,
        school="holm-nook",
        key=f"k{number}",
        source="local blog",
        source_kind="feed",
        title="",
        text=f"the words of post {number}",
        url=f"https://blog.example/{number}",
        author="",
        published_at=START + HOUR,
        seen_at=START + 2 * HOUR,
        severity=MEDIUM,
        category=C.COMPLAINT_GENERAL,
        categories=(C.COMPLAINT_GENERAL,),
        tone="neg",
        compound=-0.5,
        abuse=0.1,
        certainty=Certainty.CERTAIN,
        needs_response=True,
        grounds=(),
        clock="decide",
        due_at=None,
        duplicate_of=None,
        incident_id=None,
        verdict="",
    )
    if "category" in changes and "categories" not in changes:
        changes["categories"] = (changes["category"],) if changes["category"] else ()
    return dataclasses.replace(row, **changes)


def story(number: int = 1, **changes: Any) -> IncidentRow:
    row = IncidentRow(
        id=number,
        school="holm-nook",
        subject_key=f"k{number}",
        severity=HIGH,
        category=C.COMPLAINT_GENERAL,
        categories=(C.COMPLAINT_GENERAL,),
        certain=True,
        count=1,
        opened_at=START + HOUR,
        last_mention_at=START + HOUR,
        clock="answer",
        due_at=START + 25 * HOUR,
        first_look_at=None,
        owner="",
        closed_at=None,
        outcome="",
    )
    if "category" in changes and "categories" not in changes:
        changes["categories"] = (changes["category"],)
    return dataclasses.replace(row, **changes)


def week(*mentions: MentionRow, **changes: Any) -> WeekFacts:
    facts = WeekFacts(
        school="holm-nook",
        start=START,
        end=END,
        mentions=mentions,
        severity_by_week=(),
        category_last_week=(),
        open=(),
        closed=(),
        owed=(),
        sources=(),
        blind=(),
        entries=0,
        dead=0,
    )
    return dataclasses.replace(facts, **changes)


def digest(
    *mentions: MentionRow, governors: bool = False, school: SchoolSettings | None = None, **changes: Any
) -> Digest:
    return build(week(*mentions, **changes), school or settings(), governors=governors)


def rows(counts: tuple[Count, ...]) -> dict[str, tuple[int, int, float]]:
    return {count.severity.word: (count.this, count.last, count.mean) for count in counts}


# ---------------------------------------------------------------- the week


WEEKS: dict[str, tuple[str | datetime, str, str]] = {
    "by name": ("2026-W48", "2026-11-23T00:00Z", "2026-11-30T00:00Z"),
    "by name, in other spellings": (" 2026w48 ", "2026-11-23T00:00Z", "2026-11-30T00:00Z"),
    "in summer": ("2026-W28", "2026-07-05T23:00Z", "2026-07-12T23:00Z"),
    "when the clocks go back": ("2026-W43", "2026-10-18T23:00Z", "2026-10-26T00:00Z"),
    "when the clocks go forward": ("2026-W13", "2026-03-23T00:00Z", "2026-03-29T23:00Z"),
    "on Monday morning": (datetime(2026, 11, 30, 7, 30, tzinfo=UTC), "2026-11-23T00:00Z", "2026-11-30T00:00Z"),
    "on the Tuesday after a bank holiday": (datetime(2026, 9, 1, 6, 30, tzinfo=UTC), "2026-08-23T23:00Z", "2026-08-30T23:00Z"),
    "on Sunday night": (datetime(2026, 11, 29, 23, 59, tzinfo=UTC), "2026-11-16T00:00Z", "2026-11-23T00:00Z"),
    "Sunday in UTC, Monday in London": (datetime(2026, 7, 5, 23, 30, tzinfo=UTC), "2026-06-28T23:00Z", "2026-07-05T23:00Z"),
}  # fmt: skip


@pytest.mark.parametrize(("moment", "start", "end"), WEEKS.values(), ids=WEEKS)
def test_a_week_runs_from_monday_to_sunday_in_london(moment: str | datetime, start: str, end: str) -> None:
    assert week_of(moment, LONDON) == (datetime.fromisoformat(start), datetime.fromisoformat(end))


@pytest.mark.parametrize("text", ["2026-W54", "2026-48", "last", "", "9999-W52", "2026-W00", "2026-W٤٨"])
def test_what_is_no_week_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match='expected an ISO week such as "2026-W48"'):
        week_of(text, LONDON)


def test_the_digest_names_its_days_in_local_time() -> None:
    quiet = digest()
    assert (quiet.start, quiet.end, quiet.zone) == (date(2026, 11, 23), date(2026, 11, 29), "Europe/London")
    start, end = week_of("2026-W28", LONDON)
    summer = digest(start=start, end=end)
    assert (summer.start, summer.end) == (date(2026, 7, 6), date(2026, 7, 12))


def test_a_quiet_week_is_a_digest_of_zeros() -> None:
    quiet = digest()
    assert (quiet.school, quiet.short) == ("Holm Nook Community Primary School", "Holm Nook")
    assert rows(quiet.counts) == dict.fromkeys(["critical", "high", "medium", "low", "none"], (0, 0, 0.0))
    assert (quiet.topics, quiet.open, quiet.praise, quiet.possible, quiet.blind) == ((), (), (), (), ())
    assert (quiet.answers_owed, quiet.minutes_to_first_look, quiet.governors) == (0, None, False)
    assert thaw(NotificationKind.DIGEST, freeze(NotificationKind.DIGEST, quiet)) == quiet


# ---------------------------------------------------------------- counts


def test_mentions_are_counted_against_the_weeks_before() -> None:
    before = (((HIGH, 2), (LOW, 4)), ((HIGH, 0),), ((HIGH, 1),), ((HIGH, 3),))
    counted = digest(
        mention(severity=HIGH), mention(2, severity=HIGH), mention(3, severity=NONE), severity_by_week=before
    )
    assert rows(counted.counts) == {
        "critical": (0, 0, 0.0),
        "high": (2, 2, 1.5),
        "medium": (0, 0, 0.0),
        "low": (0, 4, 1.0),
        "none": (1, 0, 0.0),
    }


def test_what_staff_marked_as_not_ours_counts_as_a_false_alarm_and_nothing_else() -> None:
    false_alarms = (mention(verdict="not_us", tone="pos"), mention(3, verdict="not_us"))
    marked = digest(*false_alarms, mention(2, tone="pos"), entries=10)
    assert (marked.false_alarms, marked.positive, marked.entries, marked.not_ours) == (2, 1, 10, 9)
    assert sum(count.this for count in marked.counts) == 1
    assert [topic.this for topic in marked.topics] == [1]


def test_friendly_posts_count_if_they_are_surely_ours() -> None:
    posts = (
        mention(tone="pos"),
        mention(2, tone="pos", certainty=Certainty.POSSIBLE),
        mention(3, tone="neu"),
    )
    assert digest(*posts).positive == 1


def test_fewer_entries_than_mentions_is_no_negative_number() -> None:
    assert digest(mention(), mention(2), entries=1).not_ours == 0


def test_places_and_lost_mails_are_told() -> None:
    status = SourceStatus(
        id=1, name="a", kind="feed", host="h", interval=HOUR, schools=(), last_ok_at=None, last_poll_at=None,
        next_poll_at=START, failures=0, error="", remedy="", gap_at=None, robots="", entries=0, mentions=0,
        added_at=START, rejected=0,
    )  # fmt: skip
    told = digest(sources=(status, status), dead=3)
    assert (told.sources, told.undelivered) == (2, 3)


# ---------------------------------------------------------------- open stories


def test_nothing_vanishes_until_it_is_closed() -> None:
    told = digest(
        open=(
            story(7, due_at=END - HOUR, owner="head"),
            story(8, due_at=END),
            story(9, due_at=None, clock=""),
        )
    )
    assert [(one.ref, one.overdue, one.owner, one.restricted) for one in told.open] == [
        ("R7", True, "head", False),
        ("R8", False, "", False),
        ("R9", False, "", False),
    ]
    assert (told.open[0].severity, told.open[0].category, told.open[0].clock) == (
        HIGH,
        C.COMPLAINT_GENERAL,
        "answer",
    )
    assert told.open[0].due_at == END - HOUR


def test_overdue_is_told_as_of_the_end_however_late_it_is_written() -> None:
    facts = week(open=(story(due_at=END - HOUR), story(2, due_at=END)))
    for now in (END, END + DAY, None):
        assert [one.overdue for one in build(facts, settings(), now=now).open] == [True, False]
    early = build(facts, settings(), now=END - 2 * HOUR)
    assert ([one.overdue for one in early.open], early.as_of) == ([False, False], END - 2 * HOUR)
    assert build(facts, settings(), now=END).as_of is None


@pytest.mark.parametrize(
    ("said", "owner"),
    [
        ("head", "head"), ("deputy_dsl", "deputy DSL"), ("HEAD@holmnook.example", "head"), ("Zoe Marlowe", "head"),
        ("the office", "the office"), ("Mrs Bradshaw", "Mrs B."), ("", ""),
    ],
)  # fmt: skip
def test_whoever_is_in_charge_is_told_by_role_or_initials(said: str, owner: str) -> None:
    assert digest(open=(story(owner=said),)).open[0].owner == owner


@pytest.mark.parametrize("category", [C.STAFF_ALLEGATION, C.CHILD_SAFEGUARDING])
def test_an_allegation_cannot_be_told_from_other_safeguarding(category: Category) -> None:
    told = digest(open=(story(category=category), story(2, categories=(C.COMPLAINT_GENERAL, category))))
    assert [(one.category, one.restricted) for one in told.open] == [(C.CHILD_SAFEGUARDING, True)] * 2


# ---------------------------------------------------------------- the promise


PROMISE: dict[str, tuple[IncidentRow, tuple[int, int]]] = {
    "answered in time": (story(closed_at=START + 24 * HOUR, outcome="answered"), (1, 1)),
    "answered at the last moment": (story(closed_at=START + 25 * HOUR, outcome="no reply"), (1, 1)),
    "answered late": (story(closed_at=START + 26 * HOUR, outcome="answered"), (0, 1)),
    "not answered": (story(), (0, 1)),
    "a post elsewhere": (story(clock="decide", closed_at=START + HOUR), (0, 0)),
    "not about us": (story(closed_at=START + HOUR, outcome="not_us"), (0, 0)),
    "without a time": (story(due_at=None, closed_at=START + HOUR), (0, 1)),
}


@pytest.mark.parametrize(("one", "kept"), PROMISE.values(), ids=PROMISE)
def test_only_answers_on_our_own_accounts_are_promised(one: IncidentRow, kept: tuple[int, int]) -> None:
    told = digest(owed=(one,))
    assert (told.answered_in_time, told.answers_owed) == kept


def test_what_came_late_is_told_with_how_late_it_came() -> None:
    told = digest(
        owed=(
            story(1, closed_at=START + 28 * HOUR, outcome="answered"),
            story(2),
            story(3, closed_at=END + HOUR, outcome="answered"),
            story(4, closed_at=START + 2 * HOUR, outcome="answered"),
            story(5, closed_at=END, outcome="not_us"),
        )
    )
    assert [(one.ref, one.hours) for one in told.late] == [("R1", 3.0), ("R2", None), ("R3", None)]
    assert digest(governors=True, owed=(story(),)).late == ()


def test_the_first_look_is_the_median_over_grave_stories_that_opened_in_the_week() -> None:
    def looked(number: int, minutes: int, **changes: Any) -> IncidentRow:
        return story(number, first_look_at=START + HOUR + timedelta(minutes=minutes), **changes)

    told = digest(
        open=(
            looked(1, 10),
            looked(2, 30, severity=CRITICAL),
            story(3),
            story(8, opened_at=END),
            looked(4, 999, severity=MEDIUM),
        ),
        closed=(
            looked(1, 10),
            looked(5, 90),
            looked(6, 999, opened_at=START - HOUR),
            looked(7, 999, opened_at=END),
        ),
    )
    assert (told.minutes_to_first_look, told.looked_at, told.not_looked_at) == (30, 3, 1)


# ---------------------------------------------------------------- topics and quotes


def test_the_five_largest_topics_have_a_masked_example_each() -> None:
    posts = [
        mention(number, category=category, text=f"Mrs Marlowe again, post {number}", severity=LOW)
        for number, category in enumerate(
            [C.QUERY_INFO] * 4 + [C.COMPLAINT_GENERAL] * 3 + [C.SEND_INCLUSION] * 2
            + [C.MEDIA_INSPECTION] * 2 + [C.HEALTH_SAFETY_SITE, C.CAMPAIGN_INDUSTRIAL]
        )
    ]  # fmt: skip
    told = digest(*posts, category_last_week=((C.QUERY_INFO, 9),))
    assert [(topic.category, topic.this, topic.last) for topic in told.topics] == [
        (C.QUERY_INFO, 4, 9),
        (C.COMPLAINT_GENERAL, 3, 0),
        (C.SEND_INCLUSION, 2, 0),
        (C.MEDIA_INSPECTION, 2, 0),
        (C.HEALTH_SAFETY_SITE, 1, 0),
    ]
    assert all("Marlowe" not in topic.example and "again, post" in topic.example for topic in told.topics)


def test_the_example_is_the_gravest_that_is_surely_ours_and_may_be_shown() -> None:
    posts = (
        mention(1, severity=LOW, text="a small one"),
        mention(2, severity=MEDIUM, text="a graver one"),
        mention(3, severity=HIGH, text="", title=""),
        mention(4, severity=CRITICAL, text="perhaps not ours", certainty=Certainty.POSSIBLE),
    )
    assert digest(*posts).topics == (
        Topic(category=C.COMPLAINT_GENERAL, this=4, last=0, example="a graver one"),
    )


def test_a_title_stands_in_for_a_text() -> None:
    assert digest(mention(text="", title="Headline")).topics[0].example == "Headline"


def test_safeguarding_is_one_number_without_example() -> None:
    posts = (
        mention(1, category=C.STAFF_ALLEGATION, text="secret words"),
        mention(2, category=C.CHILD_SAFEGUARDING, text="secret words"),
        mention(
            3,
            category=C.COMPLAINT_GENERAL,
            categories=(C.COMPLAINT_GENERAL, C.STAFF_ALLEGATION),
            text="secret words",
        ),
    )
    told = digest(*posts, category_last_week=((C.STAFF_ALLEGATION, 2), (C.CHILD_SAFEGUARDING, 3)))
    assert told.topics == (Topic(category=C.CHILD_SAFEGUARDING, this=3, last=5, example=""),)
    assert "secret" not in repr(told)


def test_posts_without_a_category_are_no_topic() -> None:
    assert digest(mention(category=None)).topics == ()


def test_two_bits_of_praise_are_worth_passing_on() -> None:
    praise: dict[str, Any] = {"tone": "pos", "category": C.PRAISE_COMMUNITY, "severity": NONE}
    posts = (
        mention(1, compound=0.5, **praise),
        mention(2, compound=0.9, **praise),
        mention(3, compound=0.7, text="Thank you Mrs Marlowe!", **praise),
        mention(4, compound=0.99, duplicate_of=2, **praise),
        mention(5, compound=0.99, certainty=Certainty.POSSIBLE, **praise),
        mention(6, compound=0.99, tone="neu", category=C.PRAISE_COMMUNITY),
        mention(7, compound=0.99, tone="pos", category=C.QUERY_INFO),
        mention(8, compound=0.99, **(praise | {"text": ""})),
    )
    told = digest(*posts).praise
    assert [item.mention for item in told] == ["M2", "M3"]
    assert "Marlowe" not in told[1].excerpt
    assert (told[0].url, told[0].source) == ("https://blog.example/2", "local blog")


def test_posts_that_may_be_ours_are_shown_gravest_first() -> None:
    unsure: dict[str, Any] = {"certainty": Certainty.POSSIBLE}
    posts = (
        mention(1, severity=LOW, **unsure),
        mention(2, severity=HIGH, title="A title", **unsure),
        mention(3),
        mention(4, duplicate_of=1, **unsure),
        mention(5, verdict="not_us", **unsure),
    )
    told = digest(*posts).possible
    assert [(item.mention, item.certain) for item in told] == [("M2", False), ("M1", False)]
    assert (told[0].title, told[1].title) == ("A title", "")
    assert (told[0].seen_at, told[0].published) == (START + 2 * HOUR, START + HOUR)
    assert len(digest(*(mention(number, **unsure) for number in range(99))).possible) == POSSIBLE


def test_of_a_safeguarding_post_that_may_be_ours_only_the_number_is_shown() -> None:
    (item,) = digest(
        mention(3, certainty=Certainty.POSSIBLE, category=C.CHILD_SAFEGUARDING, title="secret")
    ).possible
    assert (item.mention, item.title, item.excerpt, item.url) == ("M3", "", "", "")


def test_the_link_is_withheld_where_imagery_is_suspected() -> None:
    (item,) = digest(mention(certainty=Certainty.POSSIBLE, imagery=True)).possible
    assert (item.url, item.link_withheld) == ("", True)


# ---------------------------------------------------------------- what was not seen


def test_blind_spells_are_added_up_for_each_place_and_overlaps_count_once() -> None:
    spells = (
        BlindSpell(source="a", start=START + 10 * HOUR, end=START + 20 * HOUR, why="later reason"),
        BlindSpell(source="a", start=START - 50 * HOUR, end=START + 12 * HOUR, why="earlier reason"),
        BlindSpell(source="a", start=START + 11 * HOUR, end=START + 15 * HOUR, why="within"),
        BlindSpell(source="b", start=START, end=END + 99 * HOUR, why="all week"),
        BlindSpell(source="c", start=END, end=END + HOUR, why="afterwards"),
    )
    assert [(blind.source, blind.hours, blind.why) for blind in digest(blind=spells).blind] == [
        ("b", 168.0, "all week"),
        ("a", 20.0, "later reason"),
    ]


def test_an_unusual_silence_is_in_doubt_and_not_blindness() -> None:
    spell = BlindSpell(source="a", start=START + 10 * HOUR, end=END + HOUR, why="quiet")
    told = digest(doubtful=(spell,))
    assert [(one.source, one.hours, one.why) for one in told.doubtful] == [("a", 158.0, "quiet")]
    assert told.blind == ()


# ---------------------------------------------------------------- governors


def test_governors_read_numbers_alone() -> None:
    school = settings(
        governance=Governance(policy_review=date(2026, 12, 1)), calendar=Calendar(inset=(date(2026, 12, 4),))
    )
    posts = (
        mention(1, text="secret words", tone="pos", category=C.PRAISE_COMMUNITY),
        mention(2, text="secret words", certainty=Certainty.POSSIBLE),
    )
    told = digest(*posts, school=school, governors=True, open=(story(),))
    assert (told.governors, told.open, told.praise, told.possible) == (True, (), (), ())
    assert {topic.example for topic in told.topics} == {""}
    assert told.coming_up == ("The social media policy is due for review on Tue 1 Dec 2026",)
    assert "secret" not in repr(told)


def test_governors_read_no_number_that_tells_of_safeguarding() -> None:
    restricted = mention(2, severity=CRITICAL, category=C.STAFF_ALLEGATION, tone="pos")
    looked = story(category=C.CHILD_SAFEGUARDING, first_look_at=START + 3 * HOUR, closed_at=START + 3 * HOUR)
    facts: dict[str, Any] = {
        "severity_by_week": (((CRITICAL, 1), (MEDIUM, 2)),),
        "unrestricted_by_week": (((MEDIUM, 2),),),
        "entries": 9,
        "category_last_week": ((C.STAFF_ALLEGATION, 1), (C.COMPLAINT_GENERAL, 2)),
        "closed": (looked,),
        "owed": (looked,),
    }
    told = digest(mention(1), restricted, governors=True, **facts)
    nothing = dict.fromkeys(["critical", "high", "low", "none"], (0, 0, 0.0))
    assert rows(told.counts) == nothing | {"medium": (1, 2, 2.0)}
    # 9 entries less 7 of others would be two posts of ours, and one is told
    assert (told.entries, told.not_ours) == (9, 0)
    assert [topic.category for topic in told.topics] == [C.COMPLAINT_GENERAL]
    assert (told.positive, told.answers_owed, told.minutes_to_first_look) == (0, 0, None)
    plain = story(7, first_look_at=START + 2 * HOUR, closed_at=START + 3 * HOUR)
    mixed = digest(governors=True, closed=(looked, plain), owed=(looked, plain))
    assert (mixed.answered_in_time, mixed.answers_owed, mixed.minutes_to_first_look) == (1, 1, 60.0)
    full = digest(mention(1), restricted, **facts)
    assert (full.positive, full.answers_owed, full.minutes_to_first_look) == (1, 1, 120.0)


def test_what_was_put_off_is_told_until_its_time_has_come() -> None:
    later = END + 2 * DAY
    told = digest(
        open=(story(owner="head", snoozed_until=later), story(2, snoozed_until=END - DAY), story(3))
    )
    assert [each.put_off for each in told.open] == [later, None, None]
    assert told.open[0].owner == "head"


def test_what_was_purged_since_counts_in_its_period() -> None:
    small = Gone(severity=Severity.LOW, category=C.QUERY_INFO, tone="neg", count=3)
    kind = Gone(severity=NONE, category=C.PRAISE_COMMUNITY, tone="pos", count=4)
    nameless = Gone(severity=NONE, category=None, tone="neu", count=1)
    grave = Gone(severity=CRITICAL, category=C.STAFF_ALLEGATION, tone="neg", count=2)
    facts: dict[str, Any] = {"gone": (small, kind, nameless, grave), "entries": 20}
    full = digest(mention(1, category=C.QUERY_INFO), **facts)
    assert {name: row[0] for name, row in rows(full.counts).items()} == {
        "critical": 2, "high": 0, "medium": 1, "low": 3, "none": 5,
    }  # fmt: skip
    assert (full.positive, full.not_ours) == (4, 9)
    assert [(topic.category, topic.this) for topic in full.topics] == [
        (C.QUERY_INFO, 4), (C.PRAISE_COMMUNITY, 4), (C.CHILD_SAFEGUARDING, 2),
    ]  # fmt: skip
    told = digest(mention(1, category=C.QUERY_INFO), governors=True, **facts)
    assert rows(told.counts)["critical"] == (0, 0, 0.0)
    assert [topic.category for topic in told.topics] == [C.QUERY_INFO, C.PRAISE_COMMUNITY]


def test_governors_see_grave_numbers_where_safeguarding_is_left_out_of_all_weeks() -> None:
    told = digest(
        mention(1, severity=HIGH), mention(2, severity=HIGH, category=C.CHILD_SAFEGUARDING),
        governors=True, severity_by_week=(((HIGH, 9),),), unrestricted_by_week=(((HIGH, 4),), ((HIGH, 2),)),
    )  # fmt: skip
    assert rows(told.counts)["high"] == (1, 4, 3.0)
    assert rows(told.counts)["critical"] == (0, 0, 0.0)
    full = digest(severity_by_week=(((HIGH, 9),),), unrestricted_by_week=(((HIGH, 4),),))
    assert rows(full.counts)["high"] == (0, 9, 9.0)


# ---------------------------------------------------------------- the watch itself


def test_weeks_that_were_not_watched_as_a_whole_are_no_usual_ones() -> None:
    weeks = (((HIGH, 4),), ((HIGH, 2),), ((HIGH, 0),), ((HIGH, 0),))
    young = digest(severity_by_week=weeks, began=START - 17 * DAY)
    assert (rows(young.counts)["high"], young.periods_before) == ((0, 4, 3.0), 2)
    exact = digest(severity_by_week=weeks, began=START - 21 * DAY)
    assert (rows(exact.counts)["high"], exact.periods_before) == ((0, 4, 2.0), 3)
    new = digest(severity_by_week=weeks, began=START + DAY)
    assert (rows(new.counts)["high"], new.periods_before, new.began) == ((0, 0, 0.0), 0, date(2026, 11, 24))
    assert digest(began=START).began is None


def test_what_the_watch_was_taught_is_told_without_names() -> None:
    words = [Exclusion(words="moor park", accepted=date(2026, 11, 2)), Exclusion(words="zoe marlowe", accepted=date(2026, 11, 2))]  # fmt: skip
    told = build(week(failed=2, blind_before=1), settings(), learned=words)
    assert told.learned[0] == "moor park"
    assert "marlowe" not in told.learned[1].casefold()
    assert (told.failed, told.blind_before) == (2, 1)


@pytest.mark.parametrize(
    ("roles", "keeper"),
    [((Role.OFFICE, Role.TECHNICIAN), Role.TECHNICIAN), ((Role.OFFICE,), Role.OFFICE), ((), Role.HEAD)],
)
def test_the_page_knows_who_looks_after_the_watch(roles: tuple[Role, ...], keeper: Role) -> None:
    more = (Person(roles=roles, mail="office@holmnook.example"),) if roles else ()
    school = settings().model_copy(update={"person": (*settings().person, *more)})
    assert digest(school=school).keeper is keeper
    assert digest(school=settings().model_copy(update={"person": ()})).keeper is None


NEXT: dict[str, tuple[str, datetime]] = {
    "an ordinary week": ("2026-W47", datetime(2026, 11, 30, 7, 30, tzinfo=UTC)),
    "before a Monday that is a bank holiday": ("2026-W51", datetime(2026, 12, 29, 7, 30, tzinfo=UTC)),
    "after it": ("2026-W52", datetime(2027, 1, 4, 7, 30, tzinfo=UTC)),
    "in summer": ("2026-W28", datetime(2026, 7, 20, 6, 30, tzinfo=UTC)),
}


@pytest.mark.parametrize(("name", "expected"), NEXT.values(), ids=NEXT)
def test_the_page_tells_when_the_next_one_comes(name: str, expected: datetime) -> None:
    start, end = week_of(name, LONDON)
    assert digest(start=start, end=end).next_at == expected


def test_a_term_ends_with_its_last_week_and_half_terms_do_not_end_it() -> None:
    calendar = Calendar(
        terms=(
            (date(2027, 1, 5), date(2027, 2, 12)),
            (date(2026, 11, 2), date(2026, 12, 18)),
            (date(2026, 9, 2), date(2026, 10, 23)),
            (date(2027, 2, 22), date(2027, 3, 25)),
            (date(2027, 4, 12), date(2027, 5, 28)),
        )
    )
    assert [(str(start)[:16], str(end)[:16]) for start, end in terms(settings(calendar=calendar))] == [
        ("2027-04-11 23:00", "2027-05-30 23:00"),
        ("2027-01-05 00:00", "2027-03-28 23:00"),
        ("2026-09-01 23:00", "2026-12-21 00:00"),
    ]
    assert terms(settings()) == ()
