"""Promise: of a newspaper's page the article is read, whatever stands beside it, and nothing of the article is lost."""

from __future__ import annotations

import pytest

from sources import prose, walls
from tests.pace import within

STORY = "".join(
    f"<p>Paragraph {number}: the council met again, and said at some length what it always says.</p>"
    for number in range(1, 7)
)
SEVENTH = "<p>Parents at Holm Nook Primary in Ribbleton had asked for it.</p>"


def page(body: str, head: str = "") -> bytes:
    return f"<html lang=en-GB><head><title>Paper</title>{head}</head><body>{body}</body></html>".encode()


def text(body: str, head: str = "") -> str:
    return prose.read(page(body, head)).text


@pytest.mark.parametrize(
    "frame",
    [
        "<article><h1>Council meets</h1>{}</article>",
        "<main><h1>Council meets</h1>{}</main>",
        "<div role=main>{}</div>",
        "<div itemprop=articleBody>{}</div>",
        "<article><div class='article-body'>{}</div></article>",
        "<div class='entry-content'>{}</div>",
        "<div>{}</div>",
        "<table><tr><td>{}</td></tr></table>",
    ],
)
def test_the_seventh_paragraph_is_read_wherever_the_article_stands(frame: str) -> None:
    found = text(frame.format(STORY + SEVENTH))

    assert "Paragraph 1:" in found
    assert found.endswith("Parents at Holm Nook Primary in Ribbleton had asked for it.")


@pytest.mark.parametrize(
    "beside",
    [
        "<nav><p>Beck Side Primary</p></nav>",
        "<aside><p>Beck Side Primary</p></aside>",
        "<footer><p>Beck Side Primary</p></footer>",
        "<div role=navigation><p>Beck Side Primary</p></div>",
        "<div class='related-stories'><p>Beck Side Primary</p></div>",
        "<ul id=most-read><li>Beck Side Primary</li></ul>",
        "<section class='c-sidebar'><p>Beck Side Primary</p></section>",
        "<div class='newsletter signup'><p>Beck Side Primary</p></div>",
        "<form><p>Beck Side Primary</p></form>",
        "<div hidden><p>Beck Side Primary</p></div>",
        "<script>'Beck Side Primary'</script>",
    ],
)
@pytest.mark.parametrize(
    "frame", ["<article>{story}{beside}</article>", "<main>{story}</main>{beside}", "{beside}{story}"]
)
def test_what_stands_beside_the_article_is_left_out(beside: str, frame: str) -> None:
    found = text(frame.format(story=STORY + SEVENTH, beside=beside))

    assert "Beck Side" not in found
    assert "Holm Nook" in found


def test_other_articles_on_the_page_are_not_the_article() -> None:
    cards = "<article class=card><h3>Beck Side Primary wins a prize</h3><p>Read on</p></article>" * 3

    found = text(f"{cards}<article>{STORY}{SEVENTH}</article>{cards}")

    assert "Holm Nook" in found
    assert "Beck Side" not in found


def test_an_article_that_only_bears_the_name_of_a_sidebar_is_read_all_the_same() -> None:
    found = text(f"<div class='content-with-sidebar'>{STORY}{SEVENTH}</div><p>Read our terms of use.</p>")

    assert "Holm Nook" in found


def test_a_short_notice_is_read_whole() -> None:
    assert (
        text("<h1>Closed</h1><div>Holm Nook Primary is closed today.</div>")
        == "Closed\nHolm Nook Primary is closed today."
    )


@pytest.mark.parametrize(("head", "header"), [("<meta name=robots content=noarchive>", ""), ("", "noindex")])
def test_a_publisher_who_asks_not_to_be_kept_is_heard(head: str, header: str) -> None:
    assert not prose.read(page(STORY, head), robots_tag=header).quotable
    assert prose.read(page(STORY)).quotable


def test_pages_that_are_none_are_told() -> None:
    wall = page("<p>Checking</p>", "<title>Just a moment...</title>")
    frame = page("<div id=root></div><script src=app.js></script>")

    assert prose.read(wall.replace(b"<title>Paper</title>", b"")).problem == walls.GUARDED
    assert prose.read(frame).problem == walls.EMPTY
    assert prose.read(b"").text == ""


def test_old_pages_in_old_letters_are_read() -> None:
    body = page(f"<article>{STORY}<p>caf\xe9</p></article>").decode().encode("latin-1")

    assert prose.read(body, content_type="text/html; charset=iso-8859-1").text.endswith("café")


@pytest.mark.parametrize(
    "bomb",
    [b"<div>" * 100_000, b"<p>" * 100_000, b"<article>" * 3_000 + b"<p>x" * 30_000,
     b"<div class=related><p>a" * 50_000, b"</div></p>" * 50_000, b"<p class='" + b"ad-" * 500_000],
    ids=["deep", "flat", "articles", "beside", "ends", "a long name"],
)  # fmt: skip
def test_a_hostile_page_costs_little(bomb: bytes) -> None:
    with within(4):
        prose.read(bomb)
