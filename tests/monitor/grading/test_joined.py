"""Promise: rules and wording are joined by the policy: doubt about a floor topic is decided upwards, and every grade has a reason."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from alerts.base import Category, Severity
from monitor.grading import Judge, judge
from monitor.grading.joined import SAYS, claims, grounds, join
from monitor.grading.learned import ASKS, BANDS, HEADS, NEGATIVE, POSITIVE, Learned, Opinion
from monitor.grading.verdict import Verdict
from monitor.model import Certainty, Match
from sources.base import Entry

EVEN = Learned(
    (np.zeros(0, np.uint32), np.zeros(0, np.uint32)),
    np.zeros(0, np.float32),
    np.zeros((0, len(HEADS)), np.int8),
    np.ones(len(HEADS)),
    np.zeros(len(HEADS)),
    dict.fromkeys(HEADS, (1.0, 1.0, 0.0)),
)
NOTHING = Verdict(severity=Severity.NONE, categories=(), tone="neu", needs_response=False)
THREAT = Verdict(
    severity=Severity.CRITICAL, categories=(Category.THREAT_VIOLENCE,), tone="neg", needs_response=True
)


def opinion(familiar: float = 1.0, **logits: float) -> Opinion:
    """What a text of twenty words reads like."""
    known = {head: logits.get(head, -5.0) for head in HEADS}
    return Opinion(logits=known, familiar=familiar, parts=("word",) * 20)


def grave(severity: Severity, **others: float) -> Opinion:
    return opinion(**{band.word: 3.0 if severity >= band else -3.0 for band in BANDS}, **others)


@pytest.mark.parametrize("severity", Severity)
def test_bands_are_reached_one_after_the_other(severity: Severity) -> None:
    found = join(NOTHING, grave(severity, complaint_general=3.0), EVEN)
    assert found.severity == severity
    assert found.needs_response is (severity >= Severity.MEDIUM)


def test_a_band_is_not_reached_over_a_gap() -> None:
    assert join(NOTHING, opinion(low=3.0, medium=-3.0, critical=3.0), EVEN).severity == Severity.LOW


def test_what_a_rule_calls_critical_stands_unless_the_wording_is_sure() -> None:
    assert join(THREAT, opinion(high=-1.0), EVEN).severity == Severity.CRITICAL
    assert join(THREAT, opinion(high=-9.0), EVEN).severity < Severity.HIGH


def test_what_is_written_in_unknown_words_is_left_to_the_rules() -> None:
    assert join(THREAT, opinion(familiar=0.2), EVEN) == THREAT


def test_a_request_for_information_is_no_graver_for_its_wording() -> None:
    assert join(NOTHING, grave(Severity.CRITICAL), EVEN, "foi").severity == Severity.MEDIUM
    assert join(THREAT, grave(Severity.CRITICAL), EVEN, "foi").severity == Severity.CRITICAL
    high = replace(THREAT, severity=Severity.HIGH)
    assert join(high, grave(Severity.NONE), EVEN, "foi").severity == Severity.HIGH


def test_a_few_words_are_nothing_grave_by_their_wording_alone() -> None:
    brief = replace(grave(Severity.CRITICAL, threat_violence=3.0), parts=("see", "you", "there"))
    found = join(NOTHING, brief, EVEN)
    assert (found.severity, Category.THREAT_VIOLENCE in found.categories) == (Severity.MEDIUM, False)
    assert join(THREAT, brief, EVEN).severity is Severity.CRITICAL


COMPLAINS = Verdict(
    severity=Severity.MEDIUM, categories=(Category.COMPLAINT_GENERAL,), tone="neg", needs_response=True
)


@pytest.mark.parametrize("said", [COMPLAINS, replace(COMPLAINS, severity=Severity.LOW), THREAT])
def test_what_is_said_to_the_school_itself_is_owed_an_answer_though_it_does_not_name_it(
    said: Verdict,
) -> None:
    unlike = opinion(high=-9.0, praise_community=1.0, negative=3.0)
    assert join(said, unlike, EVEN).severity == Severity.NONE
    found = join(said, unlike, EVEN, addressed=True)
    assert found.severity == min(said.severity, Severity.MEDIUM)
    assert found.categories == said.categories
    assert found.needs_response


@pytest.mark.parametrize("rule", [NOTHING, COMPLAINS, THREAT])
def test_on_our_own_page_the_wording_has_to_be_surer_of_what_is_grave_unless_a_rule_says_so(
    rule: Verdict,
) -> None:
    doubtful, likely = (opinion(low=3.0, medium=3.0, high=odds, critical=odds) for odds in (0.0, 1.0))
    assert join(rule, doubtful, EVEN).severity is Severity.CRITICAL
    own = Severity.CRITICAL if rule is THREAT else Severity.MEDIUM
    assert join(rule, doubtful, EVEN, addressed=True).severity is own
    own = Severity.MEDIUM if rule is COMPLAINS else Severity.CRITICAL
    assert join(rule, likely, EVEN, addressed=True).severity is own
    sure = opinion(low=3.0, medium=3.0, high=2.0, critical=2.0)
    assert join(rule, sure, EVEN, addressed=True).severity is Severity.CRITICAL


def test_a_complaint_on_our_own_page_is_no_praise() -> None:
    text = "This is a disgrace, my son was left outside in the rain and nobody answers!"
    found = judge().assess(Entry(id="1", text=text, own_account=True), text, source_kind="facebook_comment")
    assert (found.severity, found.needs_response) == (Severity.MEDIUM, True)
    assert found.categories == (Category.COMPLAINT_GENERAL,)


@pytest.mark.parametrize("text", ["Thank you to all the staff", "So proud of Year 4!", "Lol"])
def test_thanks_on_our_own_page_are_owed_nothing(text: str) -> None:
    found = judge().assess(Entry(id="1", text=text, own_account=True), text, source_kind="facebook_comment")
    assert (found.severity, found.needs_response) == (Severity.NONE, False)


def test_likely_categories_are_named_in_the_order_of_precedence() -> None:
    found = join(NOTHING, grave(Severity.MEDIUM, send_inclusion=2.0, pupil_bullying=1.0), EVEN)
    assert found.categories == (Category.PUPIL_BULLYING, Category.SEND_INCLUSION)


def test_nothing_high_is_a_mere_complaint() -> None:
    found = join(NOTHING, grave(Severity.HIGH, complaint_general=2.0, staff_allegation=-2.0), EVEN)
    assert found.categories == (Category.STAFF_ALLEGATION, Category.COMPLAINT_GENERAL)


def test_a_post_of_some_weight_is_never_without_a_category_nor_praise() -> None:
    assert join(NOTHING, grave(Severity.MEDIUM, praise_community=4.0), EVEN).categories
    assert (
        Category.PRAISE_COMMUNITY
        not in join(NOTHING, grave(Severity.MEDIUM, praise_community=4.0), EVEN).categories
    )


def test_what_is_not_grave_is_praise_only_if_it_reads_so() -> None:
    assert join(NOTHING, grave(Severity.NONE, praise_community=1.0), EVEN).categories == (
        Category.PRAISE_COMMUNITY,
    )
    assert join(NOTHING, grave(Severity.NONE), EVEN).categories == ()


@pytest.mark.parametrize(
    ("negative", "positive", "tone"), [(2.0, -2.0, "neg"), (-2.0, 2.0, "pos"), (-2.0, -2.0, "neu")]
)
def test_the_likeliest_tone_is_taken(negative: float, positive: float, tone: str) -> None:
    assert join(NOTHING, opinion(negative=negative, positive=positive), EVEN).tone == tone


@pytest.mark.parametrize(("asks", "wanted"), [(2.0, True), (-2.0, False)])
def test_a_light_post_wants_an_answer_if_it_asks(asks: float, wanted: bool) -> None:  # noqa: FBT001 -- a parameter of the table
    assert join(NOTHING, grave(Severity.LOW, asks=asks), EVEN).needs_response is wanted


def test_what_is_unread_is_put_before_a_human() -> None:
    assert join(replace(NOTHING, unread=True), grave(Severity.NONE), EVEN).severity == Severity.LOW


def test_rules_claim_what_their_verdict_says() -> None:
    said = claims(THREAT)
    assert [head for head, true in said.items() if true] == [
        "threat_violence", "low", "medium", "high", "critical", NEGATIVE, ASKS,
    ]  # fmt: skip
    assert claims(replace(NOTHING, tone="pos"))[POSITIVE]


def test_every_category_can_be_given_as_a_reason() -> None:
    assert set(SAYS) == set(Category)
    found = join(NOTHING, grave(Severity.HIGH, pupil_bullying=2.0), EVEN)
    assert [ground.rule for ground in grounds(found, NOTHING, opinion(), ())] == [
        "Reads like posts about bullying"
    ]


def test_a_grade_beyond_the_rules_has_a_reason_too() -> None:
    low = replace(THREAT, severity=Severity.MEDIUM)
    found = join(low, grave(Severity.CRITICAL, threat_violence=3.0), EVEN)
    assert [ground.rule for ground in grounds(found, low, opinion(), ())] == [
        "Reads like posts about a threat"
    ]
    assert grounds(low, low, opinion(), ()) == ()


@pytest.fixture(scope="module")
def grader() -> Judge:
    return judge()


def test_no_name_is_given_as_a_reason(grader: Judge) -> None:
    text = "mrs tattersall never says hello and oakley tattersall gets all the parts in every play"
    found = grader.assess(Entry(id="e1", text=text), text)
    assert not [
        ground for ground in found.grounds if "tattersall" in ground.excerpt or "oakley" in ground.excerpt
    ]


def test_the_schools_name_changes_no_grade(grader: Judge) -> None:
    text = "Killer Nook dinners are cold again"
    match = Match(school="s", certainty=Certainty.CERTAIN, term="killer nook", place="body", span=(0, 11))
    named = grader.assess(Entry(id="e1", text=text), text, match=match)
    assert named.severity <= Severity.MEDIUM
