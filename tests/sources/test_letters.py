"""Promise: of any bytes that are called a mail, what can be told is told, quickly, and nothing else is.

Words that no reader sees are not read, nobody is taken for somebody else, and pictures are counted only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache

import pytest

from sources import letters, quoting
from sources.cage import Cage
from sources.letter import Letter, Report
from tests.hostile import letters as corpus
from tests.hostile.letter_parts import COMMANDS, PNG, Aim, base64, letter, multipart, part, wire
from tests.hostile.letters import BOX, CODE, FAMILIES, SENDER
from tests.pace import within

AIM = Aim(code=CODE, box=BOX, sender=SENDER)
MIXED = 'multipart/mixed; boundary="=_b1"'
MOST = 1_000_000


def parsed(octets: bytes, *, whole: bool = True) -> Letter:
    return letters.parse(octets[:MOST], uid="17.42", received="2026-11-24T10:15:00+01:00", whole=whole)


def text_of(body: str | bytes, kind: str = "text/plain; charset=utf-8", extra: str = "") -> str:
    return parsed(letter(AIM, body, kind=kind, extra=extra)).text


@cache
def the_corpus() -> Mapping[str, Letter]:
    """All letters, read once; nothing may stumble on the way, and nothing may take long."""
    with pytest.MonkeyPatch.context() as patch, within(8.0):
        patch.setattr(letters._Reading, "attempt", lambda _, step, __: step())
        return {name: parsed(octets) for name, octets in corpus.letters()}


def family(name: str) -> dict[str, Letter]:
    return {what: found for what, found in the_corpus().items() if what.startswith(f"{name}: ")}


def own_words(text: str) -> str:
    """What stands outside quotes, below no signature and above no old mail."""
    above = text.partition("\n-- \n")[0].partition("-----Original Message-----")[0]
    return "\n".join(line for line in above.splitlines() if not line.startswith((">", "|")))


# --- the whole corpus


def test_the_corpus_is_large_the_same_every_time_and_can_be_aimed() -> None:
    assert len(the_corpus()) >= 1_000
    assert {name.partition(":")[0] for name in the_corpus()} == set(FAMILIES)
    first, second = (dict(corpus.letters("ABC", "in@x.example", "a@y.example")) for _ in range(2))
    assert first == second
    assert not any(CODE.encode() in octets for octets in first.values())


def test_every_letter_is_bounded_and_plain() -> None:
    for name, found in the_corpus().items():
        assert len(found.text) <= letters.TEXT_LIMIT, name
        assert len(found.subject) <= letters.SUBJECT_LIMIT, name
        assert all(len(text) <= letters.TEXT_LIMIT for text in found.forwarded), name
        assert len(found.forwarded) <= letters.MOST_FORWARDED, name
        assert len(found.to) <= letters.MOST_RECIPIENTS, name
        assert len(found.parents) <= letters.MOST_PARENTS, name
        assert len(found.reports) <= letters.MOST_REPORTS, name
        assert all(len(value) <= letters.HEADER_LIMIT for value in found.headers.values()), name
        assert set(found.headers) <= set(letters.TELLING), name
        for line in (found.subject, found.sender, found.message_id, *found.to, *found.headers.values()):
            assert line.isprintable() or not set(line) & set("\r\n\0"), name
        assert not set(found.text) & set("\r\0\x1b"), name


def test_who_is_somebody_else_is_never_taken_for_the_sender() -> None:
    for name, found in family("forged").items():
        assert (found.sender == SENDER) == name.startswith("forged: a code "), name


def test_what_no_reader_sees_is_not_read() -> None:
    spoken = ("a sentence", "a question", "a denial", "letters apart", "only in the subject")
    for name, found in family("hidden").items():
        if not any(f": {way}," in name for way in spoken):
            assert not any(command in own_words(found.text) for command in COMMANDS), name


def test_what_hangs_on_a_letter_is_not_read_as_its_words() -> None:
    for name, found in family("attached").items():
        assert found.text == "See what I was sent.", name
        assert bool(found.forwarded) == (": a mail" in name), name
        assert found.images == (": a picture," in name), name


def test_an_honest_reply_begins_with_its_words() -> None:
    for name, found in family("footer").items():
        assert found.sender == SENDER, name
        assert "mine" in own_words(found.text).splitlines(), name
        assert CODE in found.text, name
        assert not any(CODE in line for line in own_words(found.text).splitlines()), name


def test_machines_and_receipts_show_by_their_headers() -> None:
    for name, found in family("automatic").items():
        told = set(found.headers) - {"return-path", "content-type", "x-mailer"}
        assert told or "only the subject" in name or "receipt" in name, name
        if "receipt" in name:
            assert "disposition-notification" in found.headers["content-type"]
            assert AIM.ours in found.parents


@pytest.mark.parametrize("system", ["Postfix", "Exchange", "Gmail", "Exim", "Sendmail", "iCloud"])
@pytest.mark.parametrize(
    ("fate", "action", "status"),
    [
        ("no such user", "failed", "5.1.1"),
        ("mailbox full", "failed", "5.2.2"),
        ("delayed", "delayed", "4.4.1"),
        ("delivered", "delivered", "2.0.0"),
        ("an unknown word", "", ""),
    ],
)
def test_a_report_tells_what_became_of_our_mail(system: str, fate: str, action: str, status: str) -> None:
    found = the_corpus()[f"bounce: {system}, {fate}"]
    assert found.reports == (Report(recipient=SENDER, action=action, status=status),)
    assert AIM.ours in found.parents
    assert found.headers["return-path"] == "<>"
    assert found.headers["x-failed-recipients"] == SENDER
    assert not found.forwarded
    assert "mine" not in found.text


@pytest.mark.parametrize("system", ["qmail", "old Exim", "Courier"])
def test_an_old_bounce_is_known_and_names_our_mail(system: str) -> None:
    found = the_corpus()[f"bounce: {system}, from MAILER-DAEMON"]
    assert found.headers["return-path"] == "<>"
    assert found.parents == (AIM.ours,)


def test_odd_reports_are_read_as_far_as_they_can_be() -> None:
    bounces = family("bounce")
    failed = Report(recipient=SENDER, action="failed", status="5.1.1")
    for encoding in ("7bit", "base64"):
        assert [each.recipient for each in bounces[f"bounce: three recipients, {encoding}"].reports] == [
            SENDER,
            "dsl@holmnook.example",
            "chair@holmnook.example",
        ]
        assert len(bounces[f"bounce: three thousand recipients, {encoding}"].reports) == letters.MOST_REPORTS
        assert not bounces[f"bounce: three thousand recipients, {encoding}"].whole
        for same in ("no blank line", "capitals", "comments", "folded fields"):
            assert bounces[f"bounce: {same}, {encoding}"].reports == (failed,), same
        assert bounces[f"bounce: an encoded recipient, {encoding}"].reports[0].recipient == SENDER
        assert bounces[f"bounce: no recipient, {encoding}"].reports == ()
        assert bounces[f"bounce: no action, {encoding}"].reports == (Report(recipient=SENDER, action=""),)


def test_a_bomb_yields_what_stands_before_it() -> None:
    bombs = family("bomb")
    for what in (
        "a text of a megabyte",
        "one line of a megabyte",
        "a megabyte of quotes",
        "a megabyte of NULs",
    ):
        assert bombs[f"bomb: {what}"].text.startswith("mine"), what
    for what in ("a header of a megabyte in folds", "ten thousand headers", "comments in comments"):
        found = bombs[f"bomb: {what}"]
        assert (found.sender, found.subject) == (SENDER, "Re: Holm Nook R12"), what
    for deep in (100, 1_000):
        assert not bombs[f"bomb: {deep} multiparts in each other"].whole
        assert not bombs[f"bomb: {deep} mails in each other"].whole
        assert bombs[f"bomb: {deep} blocks in each other"].text == "mine"
        assert bombs[f"bomb: {deep} quote blocks in each other"].text == f"{'>' * 20} mine"


def test_a_real_cage_hands_over_the_same_letter() -> None:
    cage = Cage(children=1)
    try:
        for name in (
            "bounce: Postfix, no such user",
            "footer: iPhone, no banner, HTML",
            "attached: a mail, mine",
        ):
            octets = dict(corpus.letters())[name]
            told = cage.run(
                letters.parse, octets, uid="17.42", received="2026-11-24T10:15:00+01:00", whole=True
            )
            assert told == the_corpus()[name]
    finally:
        cage.close()


# --- what a letter says


def test_a_letter_tells_who_wrote_what_to_whom_and_when() -> None:
    octets = letter(AIM, "mine\n", extra=f"Cc: Deputy <DSL@holmnook.example>, {SENDER}\nX-Original-To: {BOX}")
    found = parsed(octets)
    assert found == Letter(
        uid="17.42",
        digest=hashlib.sha256(octets).hexdigest(),
        message_id="<letter-1@holmnook.example>",
        sender=SENDER,
        to=(AIM.plus.lower(), BOX, "dsl@holmnook.example", SENDER),
        subject="Re: Holm Nook R12",
        text="mine",
        sent_at=datetime(2026, 11, 24, 10, 15, tzinfo=UTC),
        received_at=datetime(2026, 11, 24, 9, 15, tzinfo=UTC),
        parents=(AIM.ours,),
        headers={"return-path": f"<{SENDER}>", "content-type": "text/plain; charset=utf-8"},
    )


def test_a_letter_without_anything_is_a_letter() -> None:
    found = letters.parse(b"", uid="1.1", received="", whole=True)
    assert found == Letter(uid="1.1", digest=hashlib.sha256(b"").hexdigest())


def test_the_start_of_a_letter_is_not_the_whole() -> None:
    assert not parsed(letter(AIM, "mine\n"), whole=False).whole


def test_parents_begin_with_the_one_that_is_answered() -> None:
    extra = "References: <a@x> <b@x>\n <c@x>"
    found = parsed(letter(AIM, "x", extra=f"In-Reply-To: <c@x>\n{extra}", reply=False))
    assert found.parents == ("<c@x>", "<b@x>", "<a@x>")


def test_the_first_header_of_a_name_tells() -> None:
    extra = "Authentication-Results: mx; dmarc=pass\nAuthentication-Results: evil; dmarc=fail"
    assert parsed(letter(AIM, "x", extra=extra)).headers["authentication-results"] == "mx; dmarc=pass"


def test_a_step_that_stumbles_costs_its_own_part_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_: object) -> str:
        raise RecursionError

    monkeypatch.setattr(quoting, "seen", stumble)
    body = multipart(part("text/plain", "one"), part("text/html", "<p>two"), part("text/plain", "three"))
    found = parsed(letter(AIM, body, kind=MIXED))
    assert (found.text, found.whole, found.sender) == ("one\nthree", False, SENDER)


def test_plain_text_goes_before_html_unless_it_is_empty() -> None:
    kind = 'multipart/alternative; boundary="=_b1"'
    page = part("text/html", "<p>page</p>")
    assert text_of(multipart(part("text/plain", "plain"), page), kind) == "plain"
    assert text_of(multipart(page, part("text/plain", "plain")), kind) == "plain"
    assert text_of(multipart(part("text/plain", " \n"), page), kind) == "page"


def test_pictures_and_films_are_counted_wherever_they_are() -> None:
    picture = part("image/png", PNG, "Content-Transfer-Encoding: base64", "Content-Disposition: inline")
    film = part("video/mp4", "x", 'Content-Disposition: attachment; filename="a.mp4"')
    unnamed = part('application/octet-stream; name="IMG_1.HEIC"', "x")
    related = part(
        'multipart/related; boundary="r"', multipart(part("text/html", "<p>x"), picture, boundary="r")
    )
    found = parsed(letter(AIM, multipart(related, film, unnamed, part("application/pdf", "x")), kind=MIXED))
    assert found.images == 3
    assert found.text == "x"


def test_of_related_parts_the_first_is_seen_alone() -> None:
    body = multipart(part("text/html", "<p>seen"), part("text/html", "<p>mine"))
    assert text_of(body, 'multipart/related; boundary="=_b1"') == "seen"


def test_a_digest_is_made_of_mails() -> None:
    inner = part("", "").replace("Content-Type: \n", "") + "Subject: x\n\none\n"
    body = multipart(inner, inner)
    assert parsed(letter(AIM, body, kind='multipart/digest; boundary="=_b1"')).forwarded == ("one", "one")


def test_mails_in_mails_come_in_their_order_and_only_so_many() -> None:
    inmost = letter(AIM, "inmost").decode()
    outer = letter(
        AIM,
        multipart(part("text/plain", "outer"), part("message/rfc822", inmost), boundary="i"),
        kind='multipart/mixed; boundary="i"',
    )
    body = multipart(part("text/plain", "said"), part("message/rfc822", outer.decode()))
    found = parsed(letter(AIM, body, kind=MIXED))
    assert (found.text, found.forwarded) == ("said", ("outer", "inmost"))
    many = parsed(letter(AIM, multipart(*[part("message/rfc822", inmost)] * 9), kind=MIXED))
    assert len(many.forwarded) == letters.MOST_FORWARDED
    assert not many.whole


def test_a_complaint_shows_by_its_type() -> None:
    assert the_corpus()["automatic: a spam complaint"].headers["feedback-type"] == "abuse"


def test_parts_beyond_the_limit_are_not_read() -> None:
    body = multipart(*[part("text/plain", str(number)) for number in range(letters.MOST_PARTS + 5)])
    found = parsed(letter(AIM, body, kind=MIXED))
    assert not found.whole
    assert str(letters.MOST_PARTS + 4) not in found.text.split()


def test_text_is_decoded_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letters, "MOST_DECODED", 10)
    body = multipart(part("text/plain", "a" * 8), part("text/plain", "b" * 8), part("text/plain", "c"))
    found = parsed(letter(AIM, body, kind=MIXED))
    assert found.text.split() == ["a" * 8, "bb"]
    assert not found.whole


def test_a_gigantic_report_costs_no_more_than_its_start() -> None:
    body = multipart(part("message/delivery-status", "a: b\n\n" * 150_000))
    octets = letter(AIM, body, kind='multipart/report; boundary="=_b1"')
    with within(0.5):
        assert parsed(octets).reports == ()


def test_line_ends_of_any_kind_do() -> None:
    octets = letter(AIM, "mine\n\nthanks\n")
    for ends in (b"\n", b"\r", b"\r\r\n"):
        found = parsed(octets.replace(b"\r\n", ends))
        assert (found.sender, found.text) == (SENDER, "mine\n\nthanks")


def test_base64_lines_are_lines() -> None:
    octets = base64(wire(b"mine\n\nthanks\n"))
    assert text_of(octets, extra="Content-Transfer-Encoding: base64") == "mine\n\nthanks"
