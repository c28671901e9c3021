"""Promise: a school that is named only in a list of other stories is possible at most, and a story is never cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.matching import sidebars
from monitor.matching.names import key
from monitor.model import Certainty
from tests.monitor.test_matching import certainty, look
from tests.pace import within

STORY = (
    "A councillor from Chorley was fined for speeding on the motorway on Monday.\nHe said that he was sorry."
)
HEADLINE = "Head of Holm Nook Primary School praised after flood"
PROSE = "A spokesman for the county council said on Tuesday that nobody had been hurt."
HEADINGS = [
    "Related stories",
    "RELATED ARTICLES",
    "Read more",
    "READ MORE:",
    "Read more…",
    "Read next",
    "▶ Read more on this story",
    "More from Preston",
    "More from the Ribbleton Echo",
    "Most read",
    "Most Popular",
    "Most read today",
    "You may also like",
    "You might also enjoy",
    "Trending",
    "Trending now 🔥",
    "Recommended",
    "Recommended for you",
    "Also in the news",
    "Other stories",
    "Latest news",
    "See also",
    "Don’t miss",
    "Editor's picks",
]
NO_HEADINGS = [
    "Read more of it in the letter that the head has sent to all parents.",
    "Trending is not what we want to be",
    "Recommended by Ofsted",
    "More from the head teacher who is to leave in the summer",
    "You may also like to know what the governors said",
    "Top of the class",
    "In other words",
]


# ---- lists ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("heading", HEADINGS)
def test_a_name_under_the_heading_of_other_stories_is_possible_at_most(heading: str) -> None:
    assert certainty(f"{STORY}\n{heading}\nBus crash closes road\n{HEADLINE}") is Certainty.POSSIBLE


@pytest.mark.parametrize(
    "line",
    ["Read more: ", "READ MORE | ", "Related: ", "Read more – ", "Also in the news - ", "▶ See also: "],
)
def test_a_name_in_a_line_that_only_points_elsewhere_is_possible_at_most(line: str) -> None:
    assert certainty(f"{STORY}\n{line}{HEADLINE}\n{PROSE}") is Certainty.POSSIBLE


def test_the_grounds_say_that_it_is_only_a_list_of_other_stories() -> None:
    match = look(f"{STORY}\nRead more\n{HEADLINE}")

    assert match is not None
    assert "named in a list of other stories" in [ground.rule for ground in match.grounds]


@pytest.mark.parametrize("name", ["@HolmNookCP", "the teachers at Holm Nook, where pupils learn"])
def test_no_sort_of_name_is_certain_in_a_list(name: str) -> None:
    assert certainty(f"{STORY}\n{name}") is Certainty.CERTAIN
    assert certainty(f"{STORY}\nMost read\n{name}") is Certainty.POSSIBLE


def test_several_lists_in_one_story_are_all_lists() -> None:
    text = f"{STORY}\nRead more\n{HEADLINE}\n{PROSE}\nTrending\nBus crash\n{HEADLINE}"

    assert certainty(text) is Certainty.POSSIBLE


# ---- stories --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("heading", NO_HEADINGS)
def test_a_line_that_only_begins_like_a_heading_changes_nothing(heading: str) -> None:
    assert certainty(f"{STORY}\n{heading}\n{HEADLINE}") is Certainty.CERTAIN


@pytest.mark.parametrize(
    "text",
    [
        f"{HEADLINE}.\n{STORY}\nRead more\n{HEADLINE}",
        f"{STORY}\nRead more\nBus crash closes road\nThe governors of Holm Nook Primary School said on Monday that they knew.",
        f"{STORY}\nRead more: Bus crash closes road\n{HEADLINE}",
        f"{STORY}\nRead more\nBus crash closes road\n{PROSE}\nParents of Holm Nook Primary School",
        f"{STORY}\nRead more\nBus crash\n{'It rained and rained and ' * 8} so that Holm Nook Primary School closed",
        f"Read more\n{HEADLINE}",
        f"Most read: {HEADLINE}",
    ],
    ids=[
        "also in the story",
        "prose after",
        "line after",
        "goes on",
        "long",
        "nothing else",
        "nothing but one line",
    ],
)
def test_a_name_in_the_story_is_as_certain_as_ever(text: str) -> None:
    assert certainty(text) is Certainty.CERTAIN


def test_a_headline_that_names_the_school_makes_it_the_story() -> None:
    assert certainty(f"{STORY}\nRead more\n{HEADLINE}", title=HEADLINE) is Certainty.CERTAIN


def test_people_who_write_read_more_mean_what_they_say() -> None:
    text = f"This is a scandal\nRead more: {HEADLINE}"

    assert certainty(text, kind="post") is Certainty.CERTAIN
    assert certainty(text, kind="comment") is Certainty.CERTAIN
    assert certainty(text, own_account=True) is Certainty.CERTAIN
    assert certainty(text) is Certainty.POSSIBLE


def test_another_doubt_is_not_hidden_by_the_list() -> None:
    match = look(f"{STORY}\nRead more\nHlom Nok Primary School: head leaves")

    assert match is not None
    assert "more than one typing error in the name" in [ground.rule for ground in match.grounds]


# ---- places and time ------------------------------------------------------------------------------------


@given(
    st.lists(
        st.one_of(
            st.sampled_from(["Read more", "Trending", HEADLINE, PROSE, "", "  ", "“", "St.", "Read more: x"]),
            st.text(alphabet="aé. '\"&;-\u202e\u2028\x0c\u200bﬁ½", max_size=12),
        ),
        max_size=12,
    )
)
def test_lists_lie_where_the_key_has_them(lines: list[str]) -> None:
    text = "\n".join(["Story", *lines, "Read more", "zqlist"])
    whole = key(text)

    assert whole.rindex("zqlist") in range(*sidebars.spans(text)[-1])
    for start, end in sidebars.spans(text):
        assert whole[start:end].startswith(("read more", "trending"))


def test_blanks_at_the_ends_of_lines_move_no_list() -> None:
    text = "Story “\n" + f"“Read more”\n“{HEADLINE}”\n“{PROSE}\n" * 20
    whole = key(text)

    assert [whole[start:end].split()[:2] for start, end in sidebars.spans(text)] == [["read", "more"]] * 20
    assert all(whole[end:].split()[:2] == ["a", "spokesman"] for _, end in sidebars.spans(text))


def test_a_title_moves_no_list() -> None:
    text = f"{STORY}\nRead more\nBus crash\n{PROSE}\n{HEADLINE}"

    assert certainty(text, title="A very long title " * 6) is Certainty.CERTAIN
    assert certainty(f"{STORY}\nRead more\n{HEADLINE}", title="A very long title " * 6) is Certainty.POSSIBLE


def test_a_text_without_a_list_has_none() -> None:
    assert sidebars.spans("") == ()
    assert sidebars.spans(f"{STORY}\n{HEADLINE}") == ()


@pytest.mark.parametrize(
    "line", ["Read more\n", "x\n", f"Read more\n{PROSE}\n", "more from a b c d e f g h i j k\n"]
)
def test_a_flood_of_lines_is_read_in_linear_time(line: str) -> None:
    text = "Story\n" + line * (20_000 // len(line))

    with within(0.25):
        assert len(sidebars.spans(text)) <= 50
