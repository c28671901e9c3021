"""Promise: what stands before a page is told from the page, with what to do; and no honest page is taken for it."""

from __future__ import annotations

import pytest

from sources import markup, walls
from sources.base import Answer
from sources.errors import Unreadable

CLOUDFLARE = b"<html><head><title>Just a moment...</title></head><body><script>window._cf_chl_opt={}</script></body></html>"
AKAMAI = (
    b"<HTML><TITLE>Access Denied</TITLE><BODY>Reference #18.1 https://errors.edgesuite.net/18.1</BODY></HTML>"
)
DATADOME = (
    b"<html><script>var dd={'host':'geo.captcha-delivery.com'}</script><body>Please enable JS</body></html>"
)
IMPERVA = b"<html><body><iframe src='/_Incapsula_Resource?x=1'>Request unsuccessful. Incapsula incident ID: 1</iframe></body></html>"
ANUBIS = b"<html><head><title>Making sure you're not a bot!</title></head><script id=anubis_challenge>{}</script></html>"
BOX = b"<html><body><p>Please verify you are human</p><div class='g-recaptcha'></div></body></html>"
WALLS = {
    "Cloudflare": CLOUDFLARE,
    "Akamai": AKAMAI,
    "DataDome": DATADOME,
    "Imperva": IMPERVA,
    "Anubis": ANUBIS,
    "a box": BOX,
}
LONG = "<p>The council met again and said at some length what it always says.</p>" * 40


def emptied(body: str) -> str:
    return walls.emptied(
        f"<html><head><title>A title of some length</title></head><body>{body}</body></html>"
    )


@pytest.mark.parametrize("status", [403, 429, 503])
@pytest.mark.parametrize("wall", WALLS)
def test_an_error_that_is_the_work_of_a_wall_says_so(wall: str, status: int) -> None:
    with pytest.raises(Unreadable, match="whether a person is there") as caught:
        walls.check(Answer(status=status, url="https://a.example/", body=WALLS[wall]))

    assert caught.value.http_status == status
    assert caught.value.remedy == walls.ASK


@pytest.mark.parametrize(
    "headers", [{"cf-mitigated": "challenge"}, {"x-amzn-waf-action": "captcha"}, {"x-datadome": "protected"}]
)
def test_a_wall_may_say_it_in_a_header_alone(headers: dict[str, str]) -> None:
    with pytest.raises(Unreadable):
        walls.check(Answer(status=403, url="https://a.example/", headers=headers))


@pytest.mark.parametrize("status", [200, 304, 404, 403, 503])
def test_other_answers_are_left_alone(status: int) -> None:
    walls.check(Answer(status=status, url="https://a.example/", body=b"<html><body>Forbidden</body></html>"))


@pytest.mark.parametrize("wall", WALLS)
def test_a_wall_is_known_though_it_says_200(wall: str) -> None:
    body = WALLS[wall]

    assert walls.before(body, body.decode()) == walls.GUARDED


def test_a_long_page_with_the_same_marks_is_a_page() -> None:
    for wall in WALLS.values():
        body = wall.replace(b"</body>", LONG.encode() + b"</body>").replace(
            b"</BODY>", LONG.encode() + b"</BODY>"
        )
        if LONG.encode() in body:
            assert walls.before(body, body.decode()) == ""


def test_short_pages_with_a_box_in_a_form_or_a_harmless_script_are_pages() -> None:
    said = (
        "<p>The school is closed on Friday because the boiler has broken down again. Please ring the office.</p>"
        * 3
    )
    for extra in (
        "<div class='g-recaptcha'></div>",
        "<script src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'></script>",
    ):
        html = f"<html><body>{said}{extra}</body></html>"
        assert walls.before(html.encode(), html) == ""


@pytest.mark.parametrize(
    "body",
    [
        "<div id=root></div><script src=app.js></script>",
        "<noscript>You need to enable JavaScript to run this app.</noscript><div id=root></div><script src=a.js></script>",
        f"<noscript>{LONG}</noscript><div id=app></div><script src=a.js></script>",
        f"<header>{'Our site. ' * 40}</header><div id=__next></div><script src=a.js></script>",
        f"<p>{'Our site. ' * 40}</p><p>This page requires JavaScript.</p><script>1</script>",
        "<app-root></app-root><script src=main.js></script>",
        f"<script>{'var words = 1;' * 2_000}</script><p>Our site. Our site. Our site. Our site. Our site. Our site. Our site.</p>",
        "<script src=a.js></script><p>Loading…</p>",
    ],
    ids=["root", "noscript", "long noscript", "empty root", "asks", "Angular", "large script", "loading"],
)
def test_a_frame_that_only_a_script_fills_is_told(body: str) -> None:
    assert emptied(body) == walls.EMPTY


@pytest.mark.parametrize(
    "body",
    [
        LONG,
        f"{LONG}<script>1</script><noscript>Please enable JavaScript</noscript>",
        f"<div id=root>{LONG}</div><script src=app.js></script>",
        f"<div id=root>{'Words of a page. ' * 20}</div><script src=app.js></script>",
        "<p>Closed today.</p>",
        "<p>Holm Nook Community Primary School is closed today. Rating: Good.</p><script>track()</script>",
    ],
    ids=["no script", "asks and says", "filled root", "short filled root", "short", "short with a script"],
)
def test_a_page_that_says_something_is_a_page(body: str) -> None:
    assert emptied(body) == ""


def test_unclosed_and_stray_tags_break_nothing() -> None:
    for html in ("<div id=root><p>", "</div></p></html>", "<noscript><script>", "\x00<p>", "", "<!-- x"):
        walls.emptied(html)
        walls.before(html.encode(), html)
    assert markup.printable("a\x00b") == "ab"
