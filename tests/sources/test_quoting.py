"""Promise: the words of a mail keep their lines and their quotes, and only what a reader sees is there."""

from __future__ import annotations

import pytest

from sources import quoting


@pytest.mark.parametrize(
    ("flowed", "text"),
    [
        ("one \ntwo\nthree", "one two\nthree"),
        ("> one \n> two\nmine", "> one two\nmine"),
        (">> one \n> two", ">> one \n> two"),
        ("> one \nmine", "> one \nmine"),
        (" >not a quote", ">not a quote"),
        (" From here", "From here"),
        ("mine\n-- \nA. Head", "mine\n-- \nA. Head"),
        ("mine \n-- \nA. Head", "mine \n-- \nA. Head"),
        ("a \n\nb", "a \n\nb"),
        ("", ""),
        (">" * 50 + "x", ">" * 20 + " x"),
    ],
)
def test_flowed_lines_are_put_together(flowed: str, text: str) -> None:
    assert [line.rstrip() for line in quoting.unflowed(flowed).splitlines()] == [
        line.rstrip() for line in text.splitlines()
    ]


def test_a_blank_that_only_flows_is_dropped_if_told() -> None:
    assert quoting.unflowed("on \ne\n-- \nx", drops_space=True) == "one\n-- \nx"


def test_tidy_keeps_lines_and_the_mark_of_a_signature() -> None:
    said = "\n\na\xa0 \r\nb\x00\x1bc\n\n\n\n\n\nd\n-- \ne \n\n"
    assert quoting.tidy(said, 100) == "a\nbc\n\n\nd\n-- \ne"
    assert quoting.tidy("abc", 2) == "ab"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one</p><p>two</p>", "one\ntwo"),
        ("one<br>two<br><br>three", "one\ntwo\n\nthree"),
        ("<div>mine<br></div><div><br></div>x", "mine\n\nx"),
        ("mine<blockquote>old<blockquote>older</blockquote></blockquote>mine", "mine\n> old\n>> older\nmine"),
        ("<blockquote type=cite>a<br>b</blockquote>", "> a\n> b"),
        ("<span>-- </span><br>A. Head", "-- \nA. Head"),
        ("a&nbsp;b &amp; c\n d", "a b & c d"),
        ("<ul><li>a<li>b</ul>", "a\nb"),
        ("</blockquote>mine", "mine"),
        ("<p style='color:#333'>seen</p>", "seen"),
        ("<p style='font-size:0.9em'>seen</p>", "seen"),
        ("<p style='font-size:1em;opacity:0.8'>seen</p>", "seen"),
        ("<p style='font-size:10px;max-height:0'>seen</p>", "seen"),
        ("<p style='left:-5px'>seen</p>", "seen"),
        ("<div style='background:#000'><p style='color:white'>seen</p></div>", "seen"),
        ("<table bgcolor=black><tr><td><font color='#fff'>seen</font></td></tr></table>", "seen"),
        ("<div style='background:#000'><p>x</p></div><p style='color:white'>not</p>", "x"),
        ("<p style='color:rebeccapurple'>seen</p>", "seen"),
        ("<p style='color:rgba(0,0,0,0.9)'>seen</p>", "seen"),
        (
            "<style>.a{color:red} .b, .c{display:none}</style><p class=a>seen<p class=b>not<p class=c>not",
            "seen",
        ),
        ("<style>p{display:none}</style><p>seen", "seen"),
        ("<div hidden><p>not</p></div>seen", "seen"),
        ("<svg><text>not</text></svg>seen", "seen"),
        ("", ""),
    ],
)
def test_a_page_says_what_its_reader_sees(html: str, text: str) -> None:
    assert quoting.tidy(quoting.seen(html), 1_000) == text
