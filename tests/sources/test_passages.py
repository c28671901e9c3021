"""Promise: of a whole page only what changed is news: not what moved, came back, or is another at each look."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from sources import passages, walls
from sources.base import Answer, Batch, Checkpoint
from sources.errors import Unreadable
from sources.page import PageSettings, PageSource
from tests.fakes import FakeFetcher, answer, tools
from tests.pace import within

URL = "https://council.example/schools/holm-nook"


def page(*lines: str, head: str = "<title>Holm Nook Primary - Council</title>") -> str:
    body = "".join(line if line.startswith("<") else f"<p>{line}</p>" for line in lines)
    return f"<html lang=en-GB><head>{head}</head><body><main>{body}</main></body></html>"


class Looks:
    """One look after another at a page, by a monitor that is restarted for each."""

    def __init__(self, **settings: Any) -> None:
        self.settings = PageSettings(url=URL, **settings)
        self.checkpoint: Checkpoint | None = None
        self.batch = Batch(entries=(), checkpoint={})

    def at(self, html: str | Answer) -> str:
        """What the look finds, in one text."""
        web = FakeFetcher({URL: html if isinstance(html, Answer) else answer(html)})
        self.batch = PageSource(self.settings, tools(web)).poll(self.checkpoint)
        self.checkpoint = json.loads(json.dumps(self.batch.checkpoint))
        assert len(self.batch.entries) <= 1
        return self.batch.entries[0].text if self.batch.entries else ""


def test_the_first_look_brings_the_page_and_the_next_only_what_changed() -> None:
    looks = Looks()

    assert looks.at(page("Places for 2027", "The hall is closed.")) == "Places for 2027\nThe hall is closed."
    first = looks.batch.entries[0]
    assert (first.title, first.url, first.language) == ("Holm Nook Primary - Council", URL, "en-GB")
    assert looks.at(page("Places for 2027", "The hall is closed.", "Inspectors came.")) == "Inspectors came."
    assert looks.batch.entries[0].id != first.id
    assert looks.at(page("Places for 2027", "Inspectors came.")) == ""
    assert not looks.batch.gap


def test_the_heading_of_the_page_is_its_title() -> None:
    looks = Looks()
    looks.at(page("<h1>Holm Nook</h1>", "News"))

    assert looks.batch.entries[0].title == "Holm Nook"


def test_what_moves_or_comes_back_is_no_news() -> None:
    looks = Looks()
    looks.at(page("One thing", "Another thing", "A third"))

    assert looks.at(page("A third", "<div><ul><li>One thing</li></ul></div>", "Another  thing")) == ""
    assert looks.at(page("A third")) == ""
    assert looks.at(page("One thing", "A third", "Another thing")) == ""


def test_numbers_and_signs_alone_are_no_news() -> None:
    looks = Looks()
    looks.at(page("News", "10:01", "1,204"))

    assert looks.at(page("News", "10:02", "1,207", "»")) == ""


@pytest.mark.parametrize(
    "restless",
    [
        ["<p class=clock>Updated at 10:0{n}</p>"],
        ["<p>Visited by 1,2{n}4 people</p>"],
        ["<ul><li>Read {n} minutes ago</li><li>Read 7 minutes ago</li></ul>"],
        ["<aside class=quote><p>{word} is our motto</p></aside>"],
        ["<aside><p>{word} one</p><p>{word} two</p></aside>"],
    ],
    ids=["a clock", "a counter", "ages", "a turning quotation", "two of them"],
)
def test_what_is_another_at_each_look_is_muted_after_a_while_and_that_is_told(
    restless: Sequence[str],
) -> None:
    looks = Looks()
    words = ["Alpha", "Beta", "Gamma", "Delta", "Epsilon", "Zeta", "Eta"]
    found = [
        looks.at(page("News", *(line.format(n=number, word=word) for line in restless)))
        for number, word in enumerate(words)
    ]

    assert all(found[: passages.MUTED_FROM])
    assert found[passages.MUTED_FROM + 1 :] == [""] * (len(words) - passages.MUTED_FROM - 1)
    assert looks.batch.notes == ("passages that are others at each look are left out",)
    text = looks.at(
        page("News", "The hall is closed.", *(line.format(n=8, word="Theta") for line in restless))
    )
    assert text == "The hall is closed."


def test_what_has_stood_still_for_a_while_is_heard_again() -> None:
    looks = Looks()
    for number in range(8):
        looks.at(
            page(
                f"<p class=clock>Notice Nr {chr(97 + number)}</p>",
                f"Item {chr(97 + number)}{chr(97 + number)}",
            )
        )
    for number in range(8, 14):
        looks.at(page("<p class=clock>Notice Nr h</p>", f"Item {chr(97 + number)}{chr(97 + number)}"))

    assert "Notice of closure" in looks.at(page("<p class=clock>Notice of closure</p>", "Item zz"))


def test_a_list_with_something_new_at_each_look_is_never_muted() -> None:
    looks = Looks()
    titles = [f"Story {chr(97 + number) * 3}" for number in range(20)]
    found = [
        looks.at(
            page(
                "<ul class=news>"
                + "".join(f"<li>{title}</li>" for title in titles[number : number + 5])
                + "</ul>"
            )
        )
        for number in range(10)
    ]

    assert found[1:] == [titles[number + 4] for number in range(1, 10)]


@pytest.mark.parametrize(
    "banner",
    [
        "<div id=cookie-banner><p>We use cookies</p></div>",
        "<section hidden>x y</section>",
        "<noscript>no script</noscript>",
    ],
)
def test_banners_about_cookies_and_what_nobody_sees_are_no_news(banner: str) -> None:
    looks = Looks()
    looks.at(page("News"))

    assert looks.at(page("News", banner)) == ""
    assert (
        looks.at(page("News", "Closed today").replace("<body>", "<body class=cookies-not-set>"))
        == "Closed today"
    )


def test_a_part_of_the_page_may_be_watched_alone() -> None:
    looks = Looks(part="#reports")
    html = page("<div id=reports><p>Report of 2023</p></div>", "The weather is fine")

    assert looks.at(html) == "Report of 2023"
    assert looks.at(html.replace("fine", "bad")) == ""
    with pytest.raises(Unreadable, match="the selector finds nothing"):
        looks.at(page("News"))


@pytest.mark.parametrize(
    ("html", "says", "remedy"),
    [
        (page("<div id=root></div><script src=a.js></script>"), walls.EMPTY, walls.ELSEWHERE),
        (
            page("<p>You need to enable JavaScript to run this app.</p><script>1</script>"),
            walls.EMPTY,
            walls.ELSEWHERE,
        ),
        (page("<p>Checking</p>", head="<title>Just a moment...</title>"), walls.GUARDED, walls.ASK),
        (answer("<title>Just a moment...</title>", 403), walls.GUARDED, walls.ASK),
        (answer("<title>Attention Required! | Cloudflare</title>", 503), walls.GUARDED, walls.ASK),
        (page(), "the page says nothing", walls.ELSEWHERE),
        ("", "the answer is empty", Unreadable.remedy),
    ],
    ids=[
        "a frame",
        "asks for JavaScript",
        "a wall",
        "a wall with 403",
        "a wall with 503",
        "nothing",
        "empty",
    ],
)
def test_what_is_no_page_is_told_and_not_called_unchanged(html: Any, says: str, remedy: str) -> None:
    looks = Looks()
    looks.at(page("News"))
    kept = looks.checkpoint
    for _ in range(2):
        with pytest.raises(Unreadable, match=says) as caught:
            looks.at(html)
        assert caught.value.remedy == remedy
        assert looks.checkpoint == kept
    assert looks.at(page("News", "Closed")) == "Closed"


def test_what_is_remembered_holds_no_words_and_has_bounds() -> None:
    looks = Looks()
    for round_ in range(4):
        looks.at(page(*(f"Line {round_} {number} with words" for number in range(900))))
    kept = json.dumps(looks.checkpoint)

    assert "words" not in kept
    assert len(looks.checkpoint["marks"] if looks.checkpoint else ()) == passages.MAX_KNOWN
    looks.at(page(*(f"Row {number} with words" for number in range(1_200))))
    assert "there were more entries than are looked at" in looks.batch.notes


@pytest.mark.parametrize("marks", [["x"], ["0" * 21], [None, 7], ["-" * 21], ["0" * 20 + "-"], ["é" * 21]])
def test_strange_memories_break_nothing(marks: list[Any]) -> None:
    looks = Looks()
    looks.checkpoint = {"marks": marks}

    assert looks.at(page("News")) == "News"


@pytest.mark.parametrize(
    "bomb",
    [
        b"<div>" * 50_000,
        b"<p>a" * 50_000,
        b"<p class=cookie>" * 50_000,
        b"</p></div>" * 50_000,
        b"a b " * 200_000,
    ],
    ids=["deep", "flat", "hidden", "ends", "one line"],
)
def test_a_hostile_page_costs_little(bomb: bytes) -> None:
    with within(4):
        passages.changed(passages.split(bomb.decode()), ())
