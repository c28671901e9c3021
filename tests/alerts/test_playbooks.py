"""Promise: every category has three steps and what not to do; the only numbers written by us are 999 and 101."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from alerts import playbooks
from alerts.base import Category, Role

SOURCE = (Path(playbooks.__file__).parent / "playbooks.toml").read_text(encoding="utf-8")


def advice(
    category: Category, *, imagery: bool = False, phones: Mapping[str, str] | None = None
) -> playbooks.Playbook:
    return playbooks.playbook(category, phones=phones or {}, reply_by="Answer by noon.", imagery=imagery)


@pytest.mark.parametrize("category", Category)
def test_every_category_has_three_steps_two_warnings_and_an_owner(category: Category) -> None:
    book = advice(category)
    assert len(book.actions) == 3
    assert len(book.never) >= 2
    assert book.owner
    assert all(warning.startswith(("Do not ", "Should ", "Words ")) for warning in book.never)
    assert not any("{" in words for words in (*book.actions, *book.never, book.after))


def test_no_number_but_999_and_101_is_written_by_us() -> None:
    words = re.sub(r"#.*", "", SOURCE)
    assert set(re.findall(r"\d{3,}", words)) <= {"999", "101"}


@pytest.mark.parametrize(
    ("category", "route"),
    [
        (Category.CHILD_SAFEGUARDING, "childrens_social_care"),
        (Category.CHILD_SAFEGUARDING, "childrens_social_care_night"),
        (Category.STAFF_ALLEGATION, "lado"),
        (Category.STAFF_ABUSE_HARASSMENT, "posh"),
        (Category.STAFF_ABUSE_HARASSMENT, "education_support"),
        (Category.EXTREMISM_PREVENT, "anti_terrorist_hotline"),
        (Category.PRIVACY_DATA_BREACH, "dpo"),
        (Category.MEDIA_INSPECTION, "press_office"),
        (Category.COMPLAINT_GENERAL, "complaints_procedure"),
        (Category.CAMPAIGN_INDUSTRIAL, "whistleblowing_policy"),
    ],
)
def test_the_schools_own_number_stands_where_it_is_needed(category: Category, route: str) -> None:
    assert any(
        "01632 960077" in action for action in advice(category, phones={route: "01632 960077"}).actions
    )


def test_a_number_that_was_not_entered_is_said_to_be_missing() -> None:
    assert "contact not entered" in advice(Category.STAFF_ALLEGATION).actions[0]
    assert "contact not entered" in advice(Category.STAFF_ALLEGATION, phones={"lado": "  "}).actions[0]


def test_a_number_with_a_line_break_stays_on_its_line() -> None:
    assert (
        "01632 960002 x" in advice(Category.STAFF_ALLEGATION, phones={"lado": "01632 960002\r\nx"}).actions[0]
    )


def test_braces_in_the_schools_own_words_are_not_filled_again() -> None:
    assert "{posh}" in advice(Category.STAFF_ALLEGATION, phones={"lado": "{posh}"}).actions[0]


@pytest.mark.parametrize(
    ("category", "words"),
    [
        (Category.THREAT_VIOLENCE, "ring 999 now"),
        (Category.CHILD_SAFEGUARDING, "ring 999"),
        (Category.STAFF_ALLEGATION, "LADO first"),
        (Category.STAFF_ABUSE_HARASSMENT, "Tell the colleague in private"),
        (Category.COMPLAINT_GENERAL, "Answer by noon."),
        (Category.QUERY_INFO, "Answer by noon."),
    ],
)
def test_the_first_step_comes_first(category: Category, words: str) -> None:
    assert words in advice(category).actions[0]


def test_nobody_is_to_hunt_for_the_author_of_a_grievance() -> None:
    book = advice(Category.CAMPAIGN_INDUSTRIAL)
    assert "Do not try to find out who wrote it." in book.never
    assert "whistleblowing" in " ".join(book.actions)


def test_an_image_of_a_child_is_left_to_the_police() -> None:
    book = advice(Category.STAFF_ALLEGATION, imagery=True, phones={"childrens_social_care": "01632 960001"})
    assert "999" in book.actions[0]
    assert "police" in book.actions[0]
    assert "01632 960001" in book.actions[1]
    assert book.never[0].startswith("Do not look for it.")
    assert sum("image" in words for words in advice(Category.CHILD_SAFEGUARDING, imagery=True).never) == 0
    assert len(book.actions) == 3


def test_owners_are_roles_and_titles_are_plain() -> None:
    assert advice(Category.CHILD_SAFEGUARDING).owner == (Role.DSL, Role.DEPUTY_DSL)
    assert playbooks.title(Category.STAFF_ABUSE_HARASSMENT) == "A colleague needs support"
    assert "lado" in playbooks.routes()


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ("[playbook.query_info]", "[playbook.other]", "playbook"),
        ("({posh})", "({pish})", "pish"),
        ('lado = "contact', 'lada = "contact', "lado"),
        ('"Ring the family today and ask who, what and when.",', "", "pupil_bullying"),
        ('imagery_never = "', 'imagery_always = "', "imagery"),
        ("social care: {childrens_social_care}.", "social care: {nobody}.", "nobody"),
    ],
    ids=[
        "unknown category",
        "unknown name in braces",
        "route without words",
        "two steps only",
        "unknown key",
        "unknown name in the calls",
    ],
)
def test_a_broken_file_is_refused(before: str, after: str, complaint: str) -> None:
    assert before in SOURCE
    with pytest.raises(ValueError, match=complaint):
        playbooks.read(SOURCE.replace(before, after))


def test_a_missing_category_is_named() -> None:
    start = SOURCE.index("[playbook.query_info]")
    end = SOURCE.index("[playbook.praise_community]")
    with pytest.raises(ValueError, match="no playbook for query_info"):
        playbooks.read(SOURCE[:start] + SOURCE[end:])


SILENT = {
    Category.THREAT_VIOLENCE,
    Category.CHILD_SAFEGUARDING,
    Category.STAFF_ALLEGATION,
    Category.EXTREMISM_PREVENT,
    Category.MEDIA_INSPECTION,
}


@pytest.mark.parametrize("category", Category)
def test_words_to_copy_name_nobody_admit_nothing_and_are_missing_where_silence_comes_first(
    category: Category,
) -> None:
    words = advice(category).holding
    assert bool(words) is (category not in SILENT)
    assert not words or len(words) <= 200
    assert not re.search(r"\b(sorry|apologi|our fault|mistake|child|teacher|pupil)", words, re.IGNORECASE)


def test_whoever_must_act_first_gets_the_schools_own_numbers() -> None:
    calls = playbooks.calls({"childrens_social_care": "01632 960077"})
    assert calls[0].startswith("999")
    assert "01632 960077" in calls[2]
    assert "number not entered" in calls[2]
