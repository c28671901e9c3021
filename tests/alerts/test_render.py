"""Promise: text and HTML say the same, in plain words, with nothing of a stranger's but its words; no alert is lost."""

from __future__ import annotations

import dataclasses
import email
import email.policy
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts import playbooks, render
from alerts.base import Alert, Envelope, Item, Message, NotificationKind, Severity
from alerts.clean import domain
from alerts.columns import narrow
from alerts.views import alert_view
from tests.alerts import mail_samples as samples
from tests.alerts.mail_samples import (
    ABUSE,
    ALLEGATION,
    BUSY,
    COMPLAINT,
    GOLDEN,
    GOLDENS,
    HEALTH,
    IMAGERY,
    NIGHT,
    THREAT,
    envelope,
    item,
)

ALERTS = [name for name, (_, payload, _) in GOLDENS.items() if isinstance(payload, Alert)]
TAGS = {
    *(
        "html",
        "head",
        "meta",
        "title",
        "body",
        "div",
        "p",
        "h1",
        "h2",
        "h3",
        "ol",
        "ul",
        "li",
        "strong",
        "blockquote",
    ),
    *("br", "a", "code", "table", "thead", "tbody", "tr", "th", "td", "wbr"),
}
ATTRIBUTES = {"lang", "charset", "name", "content", "style", "dir", "href", "rel", "scope"}
FORBIDDEN = re.compile(r"\b(ack|acks|acknowledgements?|incidents?|mentions?|canary|regrade)\b", re.IGNORECASE)
ANYTHING = st.text(st.characters(exclude_categories=()), max_size=200)
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=https://evil.example/x.png onerror=alert(1)>',
    "<svg><a xlink:href='javascript:alert(1)'>x</a></svg>",
    "</p></body><iframe src=//evil.example>",
    "<style>@import url(https://evil.example/a.css)</style>",
    "{{ 7*7 }} {% raw %} {# x #} %(x)s {0.__class__} ${x}",
    "&lt;b&gt; &#60;script&#62; &amp;",
    "a\r\nBcc: evil@evil.example\r\n\r\n<b>body</b>",
    "\u202eexe.txt \u2066 \u200b \x00 \x1b[31m \ud800",
    "1. Ring 0898 123456\nWHAT TO DO\n1. Delete everything",
    "<!-- --!><![CDATA[ x ]]>",
    "x" * 5000,
]


def page(message: Message) -> BeautifulSoup:
    return BeautifulSoup(message.html, "lxml")


def shown(message: Message) -> str:
    """The words of the HTML part, blanks folded, with the addresses that the school entered written out."""
    soup = page(message)
    for link in soup.select("li a[href^=http]"):
        link.string = str(link["href"])
    for place in soup.find_all("wbr"):
        place.unwrap()  # this parser lets it contain what follows
    soup.smooth()
    return " ".join(soup.body.get_text(" ").split()) if soup.body else ""


def flat(words: str) -> str:
    return re.sub(r"[\s“”]+", " ", words).strip()


def leaves(value: object) -> Iterator[str]:
    """Every sentence of a view but subject, web addresses and what is not shown."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from leaves(part)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            if field.name not in {"subject", "href", "host"}:
                yield from leaves(getattr(value, field.name))


def alert_mail(words: str = "", title: str = "", source: str = "forum", url: str = "") -> Message:
    alert = replace(
        ABUSE,
        items=(item(words, title=title, source=source, url=url),),
        grounds=(words,),
        notes=(words,),
        school=f"{ABUSE.school} {words}",
    )
    return render.render(NotificationKind.ALERT, alert, envelope())


@pytest.mark.parametrize("name", GOLDENS)
def test_golden_mails_are_as_reviewed(name: str) -> None:
    assert samples.mail(name).decode() == (GOLDEN / f"{name}.eml").read_bytes().decode()


def test_every_golden_mail_is_a_sample() -> None:
    assert {path.stem for path in GOLDEN.glob("*.eml")} == set(GOLDENS)


@pytest.mark.parametrize("name", GOLDENS)
def test_everything_is_said_in_text_and_in_html(name: str) -> None:
    _, payload, parts = GOLDENS[name]
    message = samples.message(name)
    text, html = (flat(words).replace(" ", "").casefold() for words in (message.text, shown(message)))
    sentences = [flat(words) for words in leaves(render._view(payload, parts)) if flat(words)]
    assert len(sentences) > (2 if name.startswith(("answer", "health")) else 4)
    for sentence in sentences:
        assert sentence.replace(" ", "").casefold() in text  # headings are in capitals there
        assert sentence.replace(" ", "").casefold() in html


@pytest.mark.parametrize("name", GOLDENS)
def test_every_link_of_the_html_is_written_out_in_the_text(name: str) -> None:
    message = samples.message(name)
    for link in page(message).select("a[href^=http]"):
        assert str(link["href"]) in message.text
        assert domain(str(link["href"])).host == link.get_text()
        assert link["rel"] == ["noreferrer"]


@pytest.mark.parametrize("name", GOLDENS)
def test_every_other_link_begins_an_answer_to_this_mail_and_nothing_else(name: str) -> None:
    message, reply_to = samples.message(name), GOLDENS[name][2].reply_to
    links = page(message).select("a:not([href^=http])")
    assert bool(links) is ("Reply to this mail with" in message.text)
    for link in links:
        parts = urlsplit(str(link["href"]))
        fields = parse_qs(parts.query, strict_parsing=True)
        assert (parts.scheme, unquote(parts.path)) == ("mailto", reply_to)
        assert fields.keys() == {"subject", "body"}
        words, _, code = fields["body"][0].partition("\r\n\r\n")
        assert code == "Reply code MZXW6YTBOIQHIZLTOQQGC3DFOI"
        assert link.strong is not None
        assert words.startswith(link.strong.get_text().rstrip("… ,"))
        assert link.parent is not None
        assert link.parent.name == "td"  # Outlook on Windows would run together what is no cell
        assert not link.get_text().removeprefix(link.strong.get_text()).startswith("–")
        assert "…" not in words


@pytest.mark.parametrize("name", GOLDENS)
def test_mails_use_plain_words_alone(name: str) -> None:
    message = samples.message(name)
    words = re.sub(r"mention-monitor \S+( \S+)?|Mention monitor", "", f"{message.subject}\n{message.text}")
    assert not FORBIDDEN.search(words)


@pytest.mark.parametrize(
    "name", [name for name in GOLDENS if name.startswith(("bundle", "reminder", "news"))]
)
def test_a_lock_screen_shows_no_word_of_any_post(name: str) -> None:
    _, payload, _ = GOLDENS[name]
    message = samples.message(name)
    posts = [
        *getattr(payload, "items", ()),
        *getattr(payload, "possible", ()),
        *getattr(payload, "lines", ()),
    ]
    for preview in (message.text[:200], shown(message)[:200], message.subject):
        for post in posts:
            assert not post.excerpt or post.excerpt[:20] not in preview
            assert not getattr(post, "note", "") or post.note not in preview
        assert not getattr(payload, "note", "") or str(getattr(payload, "note", "")) not in preview


@pytest.mark.parametrize("name", ALERTS)
def test_subject_and_preview_carry_no_name_no_quote_and_no_restricted_topic(name: str) -> None:
    _, alert, _ = GOLDENS[name]
    assert isinstance(alert, Alert)
    message = samples.message(name)
    for preview in (message.text[:200], shown(message)[:200]):
        for post in alert.items:
            assert not post.excerpt or post.excerpt[:20] not in preview
            assert not post.title or post.title not in preview
            assert post.source not in preview
        if alert.restricted:
            assert playbooks.title(alert.category) not in preview
    if alert.restricted:
        assert playbooks.title(alert.category).lower() not in message.subject.lower()


@pytest.mark.parametrize("name", GOLDENS)
def test_no_mail_loads_or_carries_anything(name: str) -> None:
    message = samples.message(name)
    soup = page(message)
    assert {tag.name for tag in soup.find_all()} <= TAGS
    assert {attribute for tag in soup.find_all() for attribute in tag.attrs} <= ATTRIBUTES
    assert "url(" not in message.html
    assert len(message.html.encode()) < 100_000
    assert soup.html is not None
    assert soup.html["lang"] == "en-GB"


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_words_arrive_as_words(words: str) -> None:
    benign, message = alert_mail("words", "words", "words"), alert_mail(words, words, words, words)
    tags = [tag.name for tag in page(message).find_all() if tag.name not in {"wbr", "p", "strong"}]
    assert tags == [tag.name for tag in page(benign).find_all() if tag.name not in {"wbr", "p", "strong"}]
    assert {a for tag in page(message).find_all() for a in tag.attrs} <= ATTRIBUTES
    assert not page(message).select("a:not([href^='mailto:watch%2B'])")
    assert message.text.count("WHAT TO DO\n") == 1
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b\x00\x1b]", message.text + message.html)


def test_template_code_in_a_post_is_not_run() -> None:
    words = "{{ 7*7 }} {% if x %} %(x)s {0.__class__}"
    message = alert_mail(words)
    assert words in message.text
    assert words in shown(message)


@settings(max_examples=60, deadline=None, database=None)
@given(ANYTHING, ANYTHING, ANYTHING, ANYTHING)
def test_no_text_makes_a_tag_an_attribute_or_a_header(words: str, title: str, source: str, url: str) -> None:
    message = alert_mail(words, title, source, url)
    soup = page(message)
    assert {tag.name for tag in soup.find_all()} <= TAGS
    assert {attribute for tag in soup.find_all() for attribute in tag.attrs} <= ATTRIBUTES
    assert [link["href"] for link in soup.select("a[href^=http]")] == [
        href for href in [domain(url).href] if href
    ]
    for value in (message.subject, *message.headers.values()):
        assert value.splitlines() == [value]
    assert "plain because" not in message.text


def test_a_mail_answers_no_machine_and_wakes_nobody_needlessly() -> None:
    headers = samples.message("critical_restricted").headers
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["X-Auto-Response-Suppress"] == "DR, RN, NRN"
    assert headers["List-Id"] == "School mentions <mentions.holmnook.example>"
    assert headers["From"] == "Mention monitor <alerts@holmnook.example>"
    assert headers["Reply-To"] == "watch+MZXW6YTBOIQHIZLTOQQGC3DFOI@holmnook.example"
    assert headers["Date"] == "Wed, 25 Nov 2026 02:10:00 +0000"
    assert headers["Importance"] == "high"


@pytest.mark.parametrize(
    "name", [name for name in GOLDENS if name not in {"critical_threat", "critical_restricted"}]
)
def test_only_critical_is_marked_important(name: str) -> None:
    _, payload, _ = GOLDENS[name]
    critical = isinstance(payload, Alert) and payload.severity is Severity.CRITICAL
    assert ("Importance" in samples.message(name).headers) is critical


def test_a_follow_up_joins_the_thread_of_its_story() -> None:
    assert "References" not in samples.message("critical_threat").headers
    headers = samples.message("reminder_critical").headers
    assert headers["In-Reply-To"] == headers["References"] == "<a1@holmnook.example>"
    assert samples.message("reminder_critical").subject == samples.message("critical_threat").subject


def test_a_long_thread_keeps_its_first_and_its_latest_ids() -> None:
    parents = ("<bad id@x>", *(f"<{n}@holmnook.example>" for n in range(40)))
    parts = replace(envelope(), parents=parents)
    references = render.render(NotificationKind.ALERT, THREAT, parts).headers["References"].split()
    assert references == [f"<{n}@holmnook.example>" for n in (0, *range(29, 40))]


def test_without_a_time_there_is_no_date_and_without_a_mailbox_no_reply_to() -> None:
    bare = Envelope(ref="R1", to=samples.HEAD, sender="a@holmnook.example", message_id="<a@b>")
    headers = render.render(NotificationKind.ALERT, THREAT, bare).headers
    assert set(headers) == {"From", "Auto-Submitted", "X-Auto-Response-Suppress", "Importance"}


def test_a_long_word_can_break_on_a_phone_and_is_still_the_same_word() -> None:
    message = alert_mail("y" * 100)
    assert "<wbr>" in message.html
    assert "y" * 100 in shown(message)
    assert "y" * 100 in message.text


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError("secret words of a post")

    monkeypatch.setattr(render, "_environment", fail)


@pytest.mark.usefixtures("broken")
def test_an_alert_goes_out_plainly_when_its_template_fails(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        message = render.render(NotificationKind.ALERT, THREAT, envelope(sent_at=NIGHT))
    assert message.subject == "URGENT – Holm Nook R12"
    for words in (
        "ring 999",
        "coming through those gates",
        "mention-monitor mine R12",
        "https://forum.example/thread/812?page=3",
    ):
        assert words in message.text
        assert words in shown(message)
    assert message.headers["Importance"] == "high"
    assert [(record.message, record.__dict__["facts"]) for record in caplog.records] == [
        ("render.failed", {"kind": "alert"})
    ]


@pytest.mark.usefixtures("broken")
def test_a_plain_alert_keeps_back_what_the_usual_one_would() -> None:
    hidden = replace(IMAGERY, items=(item("", link_withheld=True, url="https://bad.example/"),))
    message = render.render(NotificationKind.ALERT, hidden, envelope())
    assert message.subject == "URGENT – safeguarding leads only – Holm Nook R12"
    assert "bad.example" not in message.text + message.html
    chair = render.render(*GOLDENS["reminder_chair"])
    assert "coming through" not in chair.text + chair.html
    assert "forum.example" not in chair.text + chair.html


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_words_arrive_as_words_in_a_plain_mail_too(words: str) -> None:
    message = alert_mail(words, words, words, words)
    assert {tag.name for tag in page(message).find_all()} <= {"html", "head", "meta", "title", "body", "p"}
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b\x00\x1b]", message.text + message.html)


@pytest.mark.usefixtures("broken")
def test_an_exercise_is_no_alarm_in_a_plain_mail_either() -> None:
    message = render.render(NotificationKind.ALERT, replace(THREAT, exercise=True), envelope())
    assert message.subject == "EXERCISE – URGENT – Holm Nook R12"
    assert message.text.startswith("This is an exercise: nobody is in danger")


@pytest.mark.usefixtures("broken")
def test_digest_and_health_go_out_plainly_too() -> None:
    digest = render.render(NotificationKind.DIGEST, BUSY, envelope(""))
    assert "Out of sight: Ribbleton parents forum, 30 h" in digest.text
    assert "HIGH: 3" in shown(digest)
    health = render.render(NotificationKind.HEALTH, HEALTH, envelope(""))
    assert "the service refused our log-in" in health.text
    governors = render.render(NotificationKind.DIGEST, samples.GOVERNORS, envelope(""))
    assert "URGENT" not in governors.text


def test_a_golden_mail_is_read_back_by_another_parser() -> None:
    for name in GOLDENS:
        parsed = email.message_from_bytes((GOLDEN / f"{name}.eml").read_bytes(), policy=email.policy.default)
        assert parsed["Subject"] == samples.message(name).subject
        plain = parsed.get_body(("plain",))
        assert plain is not None
        assert plain.get_content() == narrow(samples.message(name).text)


def test_a_mail_shows_no_more_than_five_posts_and_stays_small() -> None:
    posts: tuple[Item, ...] = tuple(item("w" * 2000, title="t" * 2000, source="s" * 2000) for _ in range(500))
    many = replace(COMPLAINT, items=posts, count=500, grounds=("g" * 5000,) * 100)
    message = render.render(NotificationKind.ALERT, many, replace(envelope(), waited=timedelta(days=3)))
    assert len(message.html) < 100_000
    assert len(alert_view(many, envelope()).posts) == 5
    assert "495 more posts" in message.text


def test_an_allegation_is_for_the_leads_alone() -> None:
    message = render.render(NotificationKind.ALERT, ALLEGATION, envelope())
    assert "must not be forwarded" in message.text[:300]


def test_a_long_address_from_the_school_file_can_break_too() -> None:
    far = replace(
        COMPLAINT,
        phones={"complaints_procedure": "https://www.policies.holmnookcommunityprimaryschool.example/a"},
    )
    message = render.render(NotificationKind.ALERT, far, envelope())
    assert "<wbr>" in message.html
    assert "https://www.policies.holmnookcommunityprimaryschool.example/a" in shown(message)


def test_an_address_that_the_school_entered_can_be_tapped() -> None:
    links = page(samples.message("medium_complaint")).select("li a[href^=http]")
    assert [(link["href"], link.get_text()) for link in links] == [
        ("https://holmnook.example/complaints", "holmnook.example")
    ]


@pytest.mark.parametrize(
    ("written", "html"),
    [
        (
            "See https://a.example/b, then ring",
            'See <a href="https://a.example/b" rel="noreferrer" style="color: inherit;">a.example</a>, then ring',
        ),
        ("See https://user@a.example/b", "See https://user@a.example/b"),
        ("See <b>javascript:alert(1)</b>", "See &lt;b&gt;javascript:alert(1)&lt;/b&gt;"),
    ],
)
def test_only_a_plain_address_becomes_a_link(written: str, html: str) -> None:
    assert str(render._linked(written)) == html


@pytest.mark.usefixtures("broken")
def test_bundles_news_and_reminders_go_out_plainly_too() -> None:
    bundle = render.render(*GOLDENS["bundle"])
    assert "R17: “Third supply teacher" in bundle.text
    assert "https://facebook.example/holmnook/posts/77" in bundle.text
    assert "M375, place not certain: “Anyone else’s kid" in bundle.text
    news = render.render(*GOLDENS["news_taken"])
    assert "R12 was taken by the head at 02:30." in news.text
    due = render.render(*GOLDENS["reminder_due"])
    assert "R16: safeguarding leads only" in due.text
    assert "R14: “Third day running" in due.text
    assert "mine" not in due.text
    kept = replace(samples.BUNDLE, items=(replace(samples.BUNDLE.items[0], link_withheld=True),), possible=())
    assert "forum.example" not in render.render(NotificationKind.BUNDLE, kept, envelope("")).text


@pytest.mark.parametrize("sign", ['"&', "w ", "&"])
@pytest.mark.parametrize("url", ["https://a.example/?" + "&" * 570, "https://a.example/" + "a" * 560])
def test_a_mail_about_many_stories_is_never_cut_off_for_its_length(sign: str, url: str) -> None:
    words = sign * 999
    lines = tuple(
        replace(line, excerpt=words, note=words, source=words, clock="answer", url=url)
        for line in samples.LONG_BUNDLE.items
    )
    posts = tuple(
        replace(post, excerpt=words, source=words, url=url) for post in samples.LONG_BUNDLE.possible
    )
    bundle = replace(samples.LONG_BUNDLE, items=lines, possible=posts)
    assert len(render.render(NotificationKind.BUNDLE, bundle, envelope("")).html.encode()) < 100_000
    items = tuple(
        replace(post, excerpt=words, title=words, source=words, url=url) for post in samples.SEVERAL.items
    )
    many = replace(samples.SEVERAL, items=items * 8, stories=24, grounds=(words,) * 9)
    assert len(render.render(NotificationKind.ALERT, many, envelope()).html.encode()) < 100_000
