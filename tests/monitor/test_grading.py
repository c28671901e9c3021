"""The rules' verdict follows the policy's matrix: floors, caps, contexts, who is owed an answer, and the tone."""

from __future__ import annotations

import pytest

from alerts.base import Category, Severity
from monitor.abuse import AbuseScore, load
from monitor.grading import Judge, rules_alone
from monitor.model import Assessment, Ground
from monitor.sentiment import ToneScorer
from sources.base import Entry


@pytest.fixture(scope="module")
def grader() -> Judge:
    return rules_alone()


def grade(grader: Judge, text: str, *, kind: str = "facebook_comment", title: str = "") -> Assessment:
    return grader.assess(Entry(id="e1", title=title, text=text), text, source_kind=kind)


@pytest.mark.parametrize(
    ("text", "band"),
    [
        ("The bullying at Holm Nook is sorted now, they dealt with it really well", Severity.LOW),
        ("The caretaker at Holm Nook was jailed in 1987 for abusing pupils", Severity.MEDIUM),
        ("Lockdown drill at Holm Nook today, all fine", Severity.NONE),
        ("Lockdown at Holm Nook, armed police outside", Severity.CRITICAL),
        ("All sorted now but I will still kill that teacher", Severity.CRITICAL),
        ("My missing daughter has turned up, found safe, thank you Holm Nook", Severity.LOW),
    ],
    ids=["resolved", "long past", "drill", "no drill", "a threat is never resolved", "found safe"],
)
def test_caps_lower_what_is_over_and_nothing_else(grader: Judge, text: str, band: Severity) -> None:
    assert grade(grader, text).severity == band


@pytest.mark.parametrize(
    "text",
    [
        "ktoś z nożem pod szkołą Holm Nook",
        "Holm Nook school ke bahar chaqu wala larka",
        "سکول کے باہر چاقو",
        "cyllell yn ysgol Holm Nook",
        "un barbat cu un cutit la Holm Nook",
        "un couteau devant Holm Nook",
        "un cuchillo en Holm Nook",
        "an der Schule: chce umrzec",
    ],
    ids=["polish", "urdu roman", "urdu script", "welsh", "romanian", "french", "spanish", "mixed"],
)
def test_grave_words_of_other_languages_are_raised(grader: Judge, text: str) -> None:
    assert grade(grader, text).severity == Severity.CRITICAL


@pytest.mark.parametrize(
    "text",
    [
        "K1LL THE TEACHER",
        "i will k i l l that teacher",
        "ki\u200bll the teacher tonight",
        "ill ｓｔａｂ that teacher",
        "gonna st*b that teacher",
    ],
    ids=["leet", "spaced", "zero width", "full width", "masked"],
)
def test_disguised_threats_are_threats(grader: Judge, text: str) -> None:
    found = grade(grader, text)
    assert found.severity == Severity.CRITICAL
    assert Category.THREAT_VIOLENCE in found.categories


def test_the_lead_category_comes_first_by_precedence(grader: Judge) -> None:
    found = grade(
        grader,
        "if that teaching assistant hits my son again ill be waiting at the gates and he wont be walking home",
    )
    assert found.categories[0] == Category.THREAT_VIOLENCE


@pytest.mark.parametrize(
    ("text", "owed"),
    [
        ("what time does Holm Nook open", True),
        ("the Holm Nook sign is a bit wonky, could they fix it please", True),
        ("@HolmNookCP the bell is a bit loud lol", True),
        ("RT @someone: the Holm Nook bell is a bit loud lol", False),
        ("Thank you Holm Nook, lovely fair", False),
        ("Holm Nook ignored me again, disgraceful", True),
    ],
    ids=["question", "suggestion", "tagged", "shared", "praise", "complaint"],
)
def test_who_is_owed_an_answer(grader: Judge, text: str, owed: bool) -> None:  # noqa: FBT001 -- a column of the table
    assert grade(grader, text).needs_response is owed


@pytest.mark.parametrize(
    ("text", "kind", "wanted", "band"),
    [
        (
            "Please tell me how many children were excluded in 2025",
            "foi",
            Category.MEDIA_INSPECTION,
            Severity.MEDIUM,
        ),
        ("Please list the clubs that hire your hall", "foi", Category.MEDIA_INSPECTION, Severity.LOW),
        (
            "Pupils and parents protest as Holm Nook is to merge",
            "news",
            Category.MEDIA_INSPECTION,
            Severity.MEDIUM,
        ),
        ("We want our playing field back", "petition", Category.CAMPAIGN_INDUSTRIAL, None),
        (
            "Holm Nook pupils opened their new library with a concert",
            "news",
            Category.PRAISE_COMMUNITY,
            Severity.NONE,
        ),
    ],
)
def test_the_medium_counts(
    grader: Judge, text: str, kind: str, wanted: Category, band: Severity | None
) -> None:
    found = grade(grader, text, kind=kind)
    assert wanted in found.categories
    assert band is None or found.severity == band


def test_the_title_is_read_too_and_once(grader: Judge) -> None:
    assert grade(grader, "Who is in?", title="Kill the teacher at the gate").severity == Severity.CRITICAL
    with_title = grader.assess(Entry(id="e1", title="Thanks", text="x"), "Thanks\nx")
    assert with_title.severity == Severity.NONE


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Thank you Holm Nook, what a wonderful day", "pos"),
        ("what time does Holm Nook open", "neu"),
        ("Holm Nook car boot, Saturday 10am", "neu"),
        ("Holm Nook never answers. Disgraceful.", "neg"),
        ("I'm a reporter and would like to speak to Holm Nook parents, please get in touch", "neu"),
    ],
)
def test_the_tone_is_towards_the_school(grader: Judge, text: str, label: str) -> None:
    assert grade(grader, text).sentiment.label == label


def test_the_number_beside_the_tone_is_vaders_on_the_window(grader: Judge) -> None:
    text = "Holm Nook is a disgrace, thanks for nothing"
    assert grade(grader, text).sentiment.compound == ToneScorer().compound(text)


def test_sexual_imagery_is_marked_so_that_the_link_can_be_withheld(grader: Judge) -> None:
    assert grade(grader, "nudes of a year 6 girl on snapchat").imagery
    assert not grade(grader, "lovely photos of year 6").imagery


def test_a_child_or_school_word_is_told(grader: Judge) -> None:
    assert grade(grader, "someone brings a gun to the kids").child_or_school_word
    assert not grade(grader, "fireworks again").child_or_school_word


def test_grounds_name_the_rule_in_words_and_what_met_it(grader: Judge) -> None:
    ground = grade(grader, "gonna knock that teacher out").grounds[0]
    assert ground.rule
    assert "knock that teacher" in ground.excerpt
    assert all("\n" not in one.rule for one in grade(grader, "gonna knock that teacher out").grounds)


class _Furious:
    """A scorer that finds everything abusive."""

    ailment = "made up"

    def score(self, text: str) -> AbuseScore:
        return AbuseScore(
            0.99, {"abuse": 0.99}, (Ground(rule="made up", weight=0.99), Ground(rule="slight", weight=0.1))
        )


def test_abuse_without_a_rule_still_counts_as_an_attack_on_staff() -> None:
    found = grade(Judge(ToneScorer(), _Furious()), "hm, the teacher x")
    assert Category.STAFF_ABUSE_HARASSMENT in found.categories
    assert found.abuse == 0.99
    assert [ground.rule for ground in found.grounds] == ["made up"]


def test_an_ailing_scorer_makes_the_judge_ailing() -> None:
    assert Judge(ToneScorer(), _Furious()).ailment == "made up"
    assert rules_alone().ailment == ""


@pytest.mark.parametrize(
    "text",
    ["", "\0" * 2000, "\ud800" * 2000, "🔪" * 2000, "a" + "\u0301" * 1999, "kill him " * 220, "?" * 2000],
    ids=["nothing", "nul", "surrogates", "emoji", "combining", "flood", "questions"],
)
def test_any_text_is_graded(grader: Judge, text: str) -> None:
    assert isinstance(grade(grader, text).severity, Severity)


def test_the_same_text_gets_the_same_grade_again(grader: Judge) -> None:
    text = "Mrs Dray at Holm Nook is a vile old witch"
    assert grade(grader, text) == grade(Judge(ToneScorer(), load()), text)


def test_nothing_found_is_judged_by_its_sound(grader: Judge) -> None:
    assert grade(grader, "holm nook holm nook").severity == Severity.NONE
    assert grade(grader, "miserable horrible hateful ghastly holm nook").severity >= Severity.LOW


@pytest.mark.parametrize(
    "text",
    ["holm nook holm nook", "apparently somebody said something on the 19"],
    ids=["the name alone", "nothing known"],
)
def test_what_is_not_understood_is_not_called_praise(grader: Judge, text: str) -> None:
    assert Category.PRAISE_COMMUNITY not in grade(grader, text).categories


def test_another_language_is_put_before_a_human(grader: Judge) -> None:
    found = grade(grader, "Pani przy szkole Holm Nook jest jak zawsze i nie wiem czy jutro")
    assert found.severity >= Severity.LOW
    assert found.needs_response
    assert found.grounds


def test_a_threat_that_only_the_abuse_score_saw_is_high() -> None:
    class Threatened(_Furious):
        def score(self, text: str) -> AbuseScore:
            return AbuseScore(0.9, {"threat": 0.9}, ())

    found = grade(Judge(ToneScorer(), Threatened()), "hm hm")
    assert found.severity == Severity.HIGH
    assert found.categories == (Category.THREAT_VIOLENCE,)


def test_a_van_that_nearly_hits_a_child_accuses_nobody(grader: Judge) -> None:
    found = grade(
        grader,
        "A child was nearly hit by a van on the zig-zags outside Holm Nook Community Primary on Monday",
    )
    assert found.severity == Severity.HIGH
    assert found.categories == (Category.HEALTH_SAFETY_SITE,)
