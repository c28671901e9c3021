"""Promise: whatever a stranger wrote can be shown: it cannot hide, turn other text round, or reach a header."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.clean import Link, MaskNames, domain, excerpt, header, line, mask, text

ANYTHING = st.text(st.characters(exclude_categories=()), max_size=400)
ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
CHARACTERS = "aé \n\r\x00\x0b\x85\u2028\u200b\u202e\u2066\ud800\U000e0041\u0301\ufeff\u00ad🏴"
NASTY = st.lists(st.sampled_from([*CHARACTERS, ENGLAND]), max_size=60).map("".join)
QUICK = settings(max_examples=150, deadline=None, database=None)


def hidden(shown: str) -> set[str]:
    """The characters that must never be shown; the tags of a nation's flag are part of a picture."""
    return {
        c
        for c in shown.replace(ENGLAND, "")
        if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    }


@QUICK
@given(ANYTHING | NASTY)
def test_a_header_has_no_hidden_character_and_a_bounded_length(raw: str) -> None:
    shown = header(raw)
    assert not hidden(shown)
    assert len(shown) <= 150
    assert shown.splitlines() in ([], [shown])
    shown.encode()


@QUICK
@given(ANYTHING | NASTY)
def test_paragraphs_keep_only_line_breaks(raw: str) -> None:
    shown = text(raw)
    assert hidden(shown) <= {"\n"}
    assert "\n\n\n" not in shown
    assert shown == shown.strip()


@QUICK
@given(ANYTHING | NASTY, st.integers(min_value=20, max_value=400))
def test_an_excerpt_is_one_line_within_its_limit(raw: str, limit: int) -> None:
    shown = excerpt(raw, limit)
    assert len(shown) <= limit
    assert "\n" not in shown


@QUICK
@given(ANYTHING | NASTY)
def test_cleaning_twice_changes_nothing_more(raw: str) -> None:
    assert line(line(raw)) == line(raw)
    assert text(text(raw)) == text(raw)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        pytest.param("a\r\nBcc: x", "a Bcc: x", id="a line break becomes a blank"),
        pytest.param("a\u2028b\x85c\x0bd", "a b c d", id="line breaks that only Unicode knows"),
        pytest.param("exe.\u202etxt.\u202c", "exe.txt.", id="text is not turned round"),
        pytest.param("\u2066left open", "left open", id="an isolate is not left open"),
        pytest.param("t\u200be\u2060r\ufeffr\u00adible", "terrible", id="nothing hides between letters"),
        pytest.param("a\x00b\ud83dc", "abc", id="no NUL, no half character"),
        pytest.param("a\u0301" + "\u0301" * 30, "á" + "\u0301" * 4, id="stacks of accents are cut down"),
        pytest.param(f"up {ENGLAND}", f"up {ENGLAND}", id="the flag of England stays what it is"),
        pytest.param("\U0001f3f4\U000e0078\U000e007f", "\U0001f3f4", id="hidden tags behind another flag go"),
        pytest.param("  a \t b  ", "a b", id="blanks fold"),
    ],
)
def test_a_line_shows_what_can_be_seen(raw: str, shown: str) -> None:
    assert line(raw) == shown


def test_a_longer_line_ends_with_an_ellipsis() -> None:
    assert line("x" * 20, 10) == "x" * 9 + "…"


def test_paragraphs_stay_apart_by_one_empty_line() -> None:
    assert text("one \r\n\r\n\r\n two\n three") == "one\n\ntwo\nthree"


def test_an_excerpt_ends_after_a_whole_word() -> None:
    assert excerpt("the gates were open, again and again", 22) == "the gates were open…"


def test_an_excerpt_of_one_endless_word_is_cut_anyway() -> None:
    assert excerpt("a " + "x" * 100, 30) == "a " + "x" * 27 + "…"


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://Forum.example/a?b=c&d#e", Link("forum.example", "https://forum.example/a?b=c&d#e")),
        ("http://127.0.0.1:8481/?p=3", Link("127.0.0.1:8481", "http://127.0.0.1:8481/?p=3")),
        ("http://[::1]:80/a", Link("[::1]:80", "http://[::1]:80/a")),
        ('https://forum.example/ä "<b>', Link("forum.example", "https://forum.example/%C3%A4%20%22%3Cb%3E")),
        ("javascript:alert(1)", Link("", "")),
        ("data:text/html,<b>", Link("", "")),
        ("//forum.example/a", Link("", "")),
        ("ftp://forum.example/a", Link("", "")),
        ("https:///a", Link("", "")),
        ("https://user:secret@evil.example/", Link("evil.example", "")),
        (r"http://good.example\@evil.example/", Link("evil.example", "")),
        (r"https://evil.example\.good.example/", Link("", "")),
        ("http://forum.example:99999/", Link("", "")),
        ("https://" + "a" * 70 + ".é/", Link("", "")),
        ("https://forum.example/" + "a" * 1000, Link("forum.example", "")),
    ],
)
def test_only_a_plain_web_address_becomes_a_link(url: str, link: Link) -> None:
    assert domain(url) == link


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://аpple.example/", "xn--pple-43d.example"),
        ("https://xn--pple-43d.example/", "xn--pple-43d.example"),
        ("http://①②⑦.⓪.⓪.①/", "127.0.0.1"),
        ("http://127。0。0。1/", "127.0.0.1"),
    ],
    ids=["Cyrillic a", "punycode", "circled digits", "ideographic full stops"],
)
def test_a_host_that_imitates_another_is_shown_plainly_and_never_linked(url: str, host: str) -> None:
    assert domain(url) == Link(host, "", doubtful=True)


SCHOOL = MaskNames(
    people=("Zebedee Quill", "Hope Ward"),
    keep=("Holm Nook Community Primary School", "Holm Nook", "Preston", "PR2 6ZZ"),
    handles=("@HolmNookCP",),
)


def test_people_ways_to_reach_them_and_slurs_are_masked_together() -> None:
    raw = "Mrs Smith is a twat, ring her on 07700 900123 or write to j.smith@mail.example, says @gary99"
    assert mask(raw, SCHOOL) == "Mrs S. is a t***, ring her on [phone] or write to [e-mail], says [account]"


def test_the_school_and_its_place_stay_readable() -> None:
    raw = "Sarah Holm Nook Community Primary School, PR2 6ZZ, Preston is shut, says @HolmNookCP. holm-nook!"
    assert mask(raw, SCHOOL) == (
        "S. Holm Nook Community Primary School, PR2 6ZZ, Preston is shut, says @HolmNookCP. holm-nook!"
    )


def test_an_initial_at_the_end_of_a_sentence_has_one_full_stop() -> None:
    assert mask("It was Jayden. And Zebedee.", SCHOOL) == "It was J. And Z."


@pytest.mark.parametrize(
    "raw",
    [
        "Head teacher Sarah Brown and deputy head Kowalski lied. Mr J. O'Brien-Smith said Mr and Mrs Van der Berg left.",
        "My son Jayden in Year 4 was hit by Mrs Smith at 14 Church Lane PR1 2AB, ring 01772 123456.",
    ],
)
def test_masking_twice_changes_nothing_more(raw: str) -> None:
    once = mask(raw, SCHOOL)
    assert mask(once, SCHOOL) == once


@QUICK
@given(ANYTHING | NASTY)
def test_masking_never_fails_and_never_shows_what_is_hidden(raw: str) -> None:
    assert hidden(mask(raw, SCHOOL)) <= {"\n"}
