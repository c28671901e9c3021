"""Promise: the same words read the same however they are disguised, for any text, and lead back to the original."""

from __future__ import annotations

import html
import random
import re
import sys
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.letters import INVISIBLE, look_alikes
from monitor.model import WINDOW
from monitor.text import FOLD, Step, bare, fold, origin, window
from tests.pace import within

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=80)
AWKWARD = st.text(st.sampled_from("aB .-&;#1\t\n\u200b\u202e\u202cé’“мﬁ\ufdfa\ud800🏫x8230"), max_size=40)
FLOODS = (
    "\0",
    "o\u0301\u0301",
    "\ud800",
    "&amp;",
    "&",
    "\u202e",
    "\u202ea",
    "Мо ",
    "\n \u2028",
    "\ufdfa",
    "&#",
    "#",
    " a",
    "'",
    "a'",
    "www.",
    "a.com",
    "@",
)


def disguised(name: str) -> dict[str, str]:
    """The ways of writing a name that should fold to it."""
    return {
        "curly quotes": f"‘{name}’",
        "zero-width spaces": "\u200b".join(name),
        "Cyrillic letters": name.translate(str.maketrans("oeacpkHN", "оеасркНИ")),
        "Greek letters": name.translate(str.maketrans("oHNk", "οΗΝκ")),
        "soft hyphens": "\u00ad".join(name),
        "combining strokes": "".join(letter + "\u0336" for letter in name),
        "accents": unicodedata.normalize("NFC", name.replace("o", "o\u0308")),
        "tag characters": "".join(letter + "\U000e0061" for letter in name),
        "variation selectors": "\ufe0f".join(name),
        "full-width letters": "".join(
            chr(ord(letter) + 0xFEE0) if letter != " " else "\u3000" for letter in name
        ),
        "bold mathematical letters": "".join(
            chr((0x1D400 - 65 if letter.isupper() else 0x1D41A - 97) + ord(letter))
            if letter != " "
            else letter
            for letter in name
        ),
        "no-break space": name.replace(" ", "\u00a0"),
        "line breaks": name.replace(" ", " \r\n\t"),
        "flags": "\u200b".join(
            chr(0x1F1E6 + ord(letter.upper()) - 65) if letter != " " else " " for letter in name
        ),
        "black squares": "".join(
            chr(0x1F170 + ord(letter.upper()) - 65) if letter != " " else " " for letter in name
        ),
        "black circles": "".join(
            chr(0x1F150 + ord(letter.upper()) - 65) if letter != " " else " " for letter in name
        ),
        "white squares": "".join(
            chr(0x1F130 + ord(letter.upper()) - 65) if letter != " " else " " for letter in name
        ),
        "small capitals": name.lower().translate(str.maketrans("holmnk", "ʜᴏʟᴍɴᴋ")),
        "backwards": f"\u202e{name[::-1]}\u202c",
        "entities": "".join(f"&#{ord(letter)};" for letter in name),
        "entities escaped again": html.escape("".join(f"&#x{ord(letter):x};" for letter in name)),
        "control characters": "\x00".join(name),
        "lone surrogates": "\ud800".join(name),
        "capitals": name.upper(),
    }


@pytest.mark.parametrize(("how", "text"), disguised("Holm Nook").items(), ids=lambda value: str(value)[:20])
def test_a_disguise_is_seen_through(how: str, text: str) -> None:
    assert fold(text).strip("' ") == "holm nook", how


def test_what_is_written_plainly_keeps_its_marks() -> None:
    assert fold("“Don’t!” – she said… 5½") == '"don\'t!" - she said... 51/2'


def test_digits_of_all_scripts_are_digits() -> None:
    assert fold("Year ٤ and ५") == "year 4 and 5"


def test_spelling_marks_of_indic_scripts_stay() -> None:
    assert fold("कु") != fold("क")


def test_private_and_unassigned_characters_part_words() -> None:
    assert fold("holm\ue000nook\u0378end") == "holm nook end"


def test_a_short_run_shown_backwards_ends_with_its_line() -> None:
    assert fold("\u202ekooN mloH\nis shut") == "holm nook is shut"


@given(ANY_TEXT | AWKWARD)
@example("\u0130\u1e9eﬀ\u0345")
def test_folding_twice_changes_nothing_more(text: str) -> None:
    once = fold(text)
    if "&" not in once:
        assert fold(once) == once


def test_no_look_alike_is_plain_already() -> None:
    assert all(len(plain) <= 2 or plain == "..." for plain in look_alikes().values())
    assert not any(chr(code).isascii() for code in look_alikes())


def test_nothing_invisible_is_left() -> None:
    assert fold("".join(INVISIBLE)) == ""


@given(ANY_TEXT | AWKWARD)
@settings(max_examples=300)
def test_the_quick_way_of_each_step_is_the_plain_way(text: str) -> None:
    for step in FOLD:
        plain = step.pattern.sub(lambda found, step=step: step.replace(found[0]), text)  # type: ignore[misc] # mypy cannot infer a default
        assert step.after(text) == plain
        assert not step.keeps_places or len(plain) == len(text)
        text = plain


@given(ANY_TEXT | AWKWARD)
@settings(max_examples=300)
def test_every_place_leads_back_into_the_text(text: str) -> None:
    folded = fold(text)
    for at in range(len(folded)):
        start, end = origin(text, (at, at + 1))
        assert 0 <= start < end <= len(text)


@pytest.mark.parametrize(
    ("text", "word", "written"),
    [
        ("At HOLM Nook", "holm nook", "HOLM Nook"),
        ("a  \t b Holm&#160;Nook, c", "holm nook", "Holm&#160;Nook"),
        ("\u200b\u200bﬁne: H\u00adolm\u200b  Nook!", "holm nook", "H\u00adolm\u200b  Nook"),
        ("x \u202ekooN mloH\u202c y", "nook", "\u202ekooN mloH"),
        ("&amp;amp; ½ nook", "nook", "nook"),
    ],
)
def test_a_place_leads_back_to_what_was_written(text: str, word: str, written: str) -> None:
    at = fold(text).index(word)
    start, end = origin(text, (at, at + len(word)))
    assert text[start:end] == written


def test_an_empty_place_leads_back_to_one_character() -> None:
    assert origin("Holm Nook", (5, 5)) == (5, 6)
    assert origin("", (0, 0)) == (0, 0)


@pytest.mark.parametrize("flood", FLOODS, ids=ascii)
def test_floods_take_linear_time(flood: str) -> None:
    text = flood * (200_000 // len(flood))
    with within(3):
        fold(text)
        bare(text)
        origin(text, (len(fold(text)) - 1, len(fold(text))))


def test_rare_characters_take_no_memory() -> None:
    letters = [chr(code) for code in range(0x20000, sys.maxunicode)]
    random.Random(1).shuffle(letters)
    assert len(fold("".join(letters[:60_000]))) > 0
    assert fold("Ｈ") == "h"


def test_a_short_text_is_its_own_window() -> None:
    assert window("  Holm Nook ", (2, 6)) == "  Holm Nook "


def test_a_window_lies_round_its_place_and_cuts_between_words() -> None:
    words = [f"word{number}" for number in range(2000)]
    text = " ".join(words)
    place = text.index("word1000")
    seen = window(text, (place, place + 8))
    assert len(seen) <= WINDOW
    assert len(seen) > WINDOW - 30
    assert seen.split()[0] in words
    assert seen.split()[-1] in words
    assert abs(seen.index("word1000") - len(seen) / 2) < 40


@pytest.mark.parametrize(("place", "first", "last"), [(0, "word0", None), (10**9, None, "word1999")])
def test_a_window_at_an_end_of_the_text_is_full(place: int, first: str | None, last: str | None) -> None:
    text = " ".join(f"word{number}" for number in range(2000))
    seen = window(text, (place, place + 1))
    assert len(seen) > WINDOW - 30
    assert first is None or seen.split()[0] == first
    assert last is None or seen.split()[-1] == last


def test_a_window_begins_and_ends_where_a_word_does_by_chance() -> None:
    text = "x " * 40
    assert window(text, (40, 41), size=20) == ("x " * 10).strip()
    assert window(text, (41, 42), size=20) == ("x " * 10).strip()


def test_endless_words_are_cut() -> None:
    assert len(window("a" * 5000, (2500, 2501))) == WINDOW


@given(ANY_TEXT, st.integers(-5, 200), st.integers(-5, 200), st.integers(1, 60))
def test_a_window_is_a_piece_of_the_text(text: str, start: int, end: int, size: int) -> None:
    seen = window(text, (start, end), size)
    assert seen in text
    assert len(seen) <= max(size, 0)


@pytest.mark.parametrize(
    "text",
    [
        "RT @someone_9: Holm Nook's gate is broken",
        "rt @a Holm Nook's gate is broken",
        "Copied from the mums' forum: Holm Nook’s gate is broken",
        "Via @blog: HOLM NOOK'S GATE IS BROKEN!!",
        "Holm Nook’s gate is broken https://t.co/AbC123 #preston @someone 😡",
        "Holm Nook's gate is broken (via @someone)",
        "“Holm Nook's” gate — is… broken news.example/x?y=1",
        "Hоlm N\u200book's  gate\nis broken www.blog.example/a",
    ],
)
def test_a_repost_keeps_the_words_alone(text: str) -> None:
    assert bare(text) == "holm nooks gate is broken"


def test_words_that_only_look_like_links_or_prefixes_stay() -> None:
    assert bare("Broken.The gate at 3.15 is back. Rtain") == "broken the gate at 3 15 is back rtain"


def test_a_step_without_a_quick_way_takes_the_plain_one() -> None:
    assert Step(re.compile("o+"), lambda run: str(len(run))).after("holm nook") == "h1lm n2k"
