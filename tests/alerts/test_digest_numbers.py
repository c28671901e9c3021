"""Promise: numbers are compared only with what is known, and governors can work out no small one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from alerts import digest_numbers as numbers
from alerts.base import Digest, LateAnswer
from tests.alerts.mail_samples import BLIND, BUSY, GOVERNORS, QUIET

FOR_GOVERNORS = replace(BUSY, governors=True)


def test_counts_stand_beside_last_week_and_the_usual() -> None:
    rows = numbers.counts(BUSY, seen=True)
    assert [(row.name, row.this, row.last, row.mean, row.percent) for row in rows] == [
        ("URGENT", "1", "0", "0.3", 6),
        ("HIGH", "3", "1", "0.8", 18),
        ("Medium", "9", "4", "3.5", 53),
        ("Low", "12", "9", "8.0", 71),
        ("Good or neutral", "17", "11", "12.3", 100),
    ]
    assert numbers.total(BUSY) == (
        "42 posts about us, 15 of them friendly. 398 other posts turned out not to be about us."
    )
    assert numbers.columns(BUSY) == ("This week", "Last week", "Usual")


def test_what_was_not_seen_is_no_nought() -> None:
    assert {row.this for row in numbers.counts(BLIND, seen=False)} == {"–"}
    assert {row.this for row in numbers.counts(BLIND, seen=True)} == {"0"}
    assert {row.percent for row in numbers.counts(BLIND, seen=True)} == {0}
    assert numbers.counts(BUSY, seen=False) == numbers.counts(BUSY, seen=True)


@pytest.mark.parametrize(
    ("digest", "said"),
    [
        (replace(QUIET, periods_before=4), "Usual: the mean of the 4 weeks before."),
        (replace(QUIET, periods_before=1), "Usual: the mean of 1 week before."),
        (replace(QUIET, periods_before=0), "Last week the watch was not running for all the time: there is nothing to compare with."),
        (replace(QUIET, blind_before=2), "Usual: the mean of the 4 weeks before. Last week 2 places were out of sight for a time."),
        (replace(GOVERNORS, blind_before=0), ""),
        (replace(GOVERNORS, blind_before=1), "Before that 1 place was out of sight for a time."),
        (replace(GOVERNORS, periods_before=0), "Before that the watch was not running for all the time: there is nothing to compare with."),
    ],
)  # fmt: skip
def test_what_the_numbers_are_compared_with_is_said(digest: Digest, said: str) -> None:
    assert numbers.compared(digest) == said


def test_where_nothing_is_known_of_before_no_number_is_told() -> None:
    rows = numbers.counts(replace(BUSY, periods_before=0), seen=True)
    assert {(row.last, row.mean) for row in rows} == {("–", "–")}


def test_the_bars_are_told_in_words_too() -> None:
    assert (
        numbers.shares(BUSY) == "Shares: URGENT 2 %, HIGH 7 %, Medium 21 %, Low 29 %, Good or neutral 40 %."
    )


@pytest.mark.parametrize(
    ("count", "said"), [(0, "none"), (1, "fewer than 5"), (4, "fewer than 5"), (5, "5"), (1000, "1,000")]
)
def test_governors_are_told_no_number_under_five(count: int, said: str) -> None:
    assert numbers.told(count, governors=True) == said
    assert numbers.told(count, governors=False) == f"{count:,}"


def test_no_small_number_stands_in_the_table_for_governors() -> None:
    rows = numbers.counts(FOR_GOVERNORS, seen=True)
    assert [row.this for row in rows] == ["fewer than 5", "fewer than 5", "9", "12", "17"]
    assert [row.last for row in rows] == ["none", "fewer than 5", "fewer than 5", "9", "11"]
    assert [row.mean for row in rows] == ["fewer than 5", "fewer than 5", "fewer than 5", "8", "13"]
    assert [row.percent for row in rows] == [0, 0, 53, 71, 100]


def test_no_sum_gives_away_what_is_held_back() -> None:
    assert numbers.total(FOR_GOVERNORS) == ""
    large = replace(FOR_GOVERNORS, counts=tuple(replace(row, this=8) for row in BUSY.counts))
    assert numbers.total(large) == "40 posts about us."
    none = replace(FOR_GOVERNORS, counts=BLIND.counts)
    assert numbers.total(none) == "No posts about us."
    one = replace(none, counts=(replace(BLIND.counts[0], this=1), *BLIND.counts[1:]))
    assert numbers.total(one) == ""


KEPT: dict[str, tuple[Digest, str]] = {
    "most": (BUSY, "5 of 6 answers on our own pages came in time (83 %)."),
    "one": (QUIET, "1 of 1 answer on our own pages came in time (100 %)."),
    "none owed": (BLIND, "No answer was owed on our own pages."),
    "governors, few owed": (
        replace(QUIET, governors=True),
        "Fewer than 5 answers were owed on our own pages.",
    ),
    "governors, few late": (FOR_GOVERNORS, "Of 6 answers on our own pages fewer than 5 were late."),
    "governors, few in time": (
        replace(FOR_GOVERNORS, answered_in_time=1),
        "Of 6 answers on our own pages fewer than 5 came in time.",
    ),
    "governors, all": (
        replace(FOR_GOVERNORS, answered_in_time=6),
        "6 of 6 answers on our own pages came in time (100 %).",
    ),
    "governors, none": (
        replace(FOR_GOVERNORS, answered_in_time=0),
        "0 of 6 answers on our own pages came in time (0 %).",
    ),
    "governors, many of both": (
        replace(FOR_GOVERNORS, answered_in_time=15, answers_owed=20),
        "15 of 20 answers on our own pages came in time (75 %).",
    ),
}


@pytest.mark.parametrize(("digest", "kept"), KEPT.values(), ids=KEPT)
def test_the_promise_is_counted(digest: Digest, kept: str) -> None:
    assert numbers.promise(digest)[0] == kept


def test_what_came_late_is_named_for_the_leadership_alone() -> None:
    late = tuple(LateAnswer(ref=f"R{n}", hours=float(n)) for n in range(2, 8))
    assert numbers.promise(replace(BUSY, late=late))[1] == (
        "Late: R2 by 2 h, R3 by 3 h, R4 by 4 h, R5 by 5 h, 2 more."
    )
    assert numbers.promise(BUSY)[1] == "Late: R17 not yet answered."
    assert not any(line.startswith("Late") for line in numbers.promise(FOR_GOVERNORS))


LOOKS: dict[str, tuple[Digest, str]] = {
    "some": (
        BUSY,
        "First look at urgent and high stories: 14 min (median). Not looked at: 1 urgent or high story.",
    ),
    "none": (QUIET, "No urgent or high post had to be looked at."),
    "nobody looked": (replace(QUIET, not_looked_at=2), "Not looked at: 2 urgent or high stories."),
    "governors, few": (FOR_GOVERNORS, "Fewer than 5 urgent or high stories had to be looked at."),
    "governors, few not": (
        replace(FOR_GOVERNORS, looked_at=6),
        "First look at urgent and high stories: 14 min (median). Not looked at: fewer than 5 urgent or high stories.",
    ),
    "governors, few looked": (
        replace(FOR_GOVERNORS, looked_at=1, not_looked_at=7),
        "Not looked at: 7 urgent or high stories.",
    ),
}


@pytest.mark.parametrize(("digest", "look"), LOOKS.values(), ids=LOOKS)
def test_the_first_look_is_told_and_that_nobody_looked(digest: Digest, look: str) -> None:
    assert numbers.promise(digest)[-1] == look
