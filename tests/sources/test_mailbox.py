"""Promise: every letter is read once its turn comes and none is lost; nobody logs in, or waits, where that is unsafe."""

from __future__ import annotations

import json
import logging
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
import trustme

from sources import mailbox
from sources.base import Checkpoint
from sources.cage import InProcess
from sources.errors import Denied, Missing, SourceError, Throttled, Unreachable, Unreadable
from sources.letter import Letter
from sources.mailbox import Account, Mailbox, advance
from tests.sources.imap_server import MORNING, PASSWORD, TOKEN, USER, ImapServer, Talk

T = TypeVar("T")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def tls(authority: trustme.CA) -> ssl.SSLContext:
    return context(authority, "localhost")


def context(authority: trustme.CA, name: str) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(made)
    return made


@pytest.fixture(scope="module")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
def server(tls: ssl.SSLContext) -> Iterator[ImapServer]:
    with ImapServer(tls).running() as running:
        yield running


@pytest.fixture
def box(server: ImapServer, ca_file: str) -> Mailbox:
    return opened(server, ca_file)


def opened(
    server: ImapServer, ca_file: str, *, password: str = PASSWORD, token: str = "", folder: str = "INBOX"
) -> Mailbox:
    account = Account(
        host="localhost",
        port=server.port,
        user=USER,
        security="starttls" if server.starttls else "tls",
        password=None if token else lambda: password,
        token=(lambda: token) if token else None,
        ca_file=ca_file,
        folder=folder,
    )
    return Mailbox(account, InProcess())


def mail(text: str) -> bytes:
    return f"From: head@holmnook.example\r\nSubject: Re\r\n\r\n{text}\r\n".encode()


def read(box: Mailbox, after: Checkpoint | None = None, most: int = mailbox.MOST_LETTERS) -> list[Letter]:
    with box.session() as session:
        return list(session.letters(after, most=most))


def after(found: list[Letter], known: Checkpoint | None = None) -> Checkpoint | None:
    for letter in found:
        known = advance(known, letter.uid)
    return known


def error(box: Mailbox, kind: type[SourceError]) -> SourceError:
    with pytest.raises(kind) as caught:
        read(box)
    told = f"{caught.value} {caught.value.remedy}"
    assert str(caught.value)
    for secret in (USER, PASSWORD, TOKEN, "zwetschge", "holmnook"):
        assert secret not in told
    assert caught.value.__cause__ is None or isinstance(caught.value, SourceError)
    return caught.value


def test_letters_come_oldest_first_and_stay_unread(server: ImapServer, box: Mailbox) -> None:
    for text in ("one", "two", "three"):
        server.put(mail(text))
    found = read(box)
    assert [letter.text for letter in found] == ["one", "two", "three"]
    assert [letter.uid for letter in found] == ["17.1", "17.2", "17.3"]
    assert found[0].received_at == MORNING
    assert all(letter.whole for letter in found)
    assert all(not kept.flags for kept in server.letters.values())
    assert server.words("EXAMINE")
    assert not server.words("SELECT")
    assert all("PEEK" in line for line in server.words("UID FETCH") if "BODY" in line)


def test_an_empty_folder_has_no_letters(server: ImapServer, box: Mailbox) -> None:
    assert read(box) == []


def test_what_is_done_is_not_read_again_and_what_is_not_stored_is(server: ImapServer, box: Mailbox) -> None:
    server.put(mail("one"))
    server.put(mail("two"))
    first, second = read(box)
    assert [letter.uid for letter in read(box)] == [first.uid, second.uid]
    half = json.loads(json.dumps(advance(None, first.uid)))
    assert [letter.uid for letter in read(box, half)] == [second.uid]
    assert read(box, advance(half, second.uid)) == []
    server.put(mail("three"))
    assert [letter.text for letter in read(box, advance(half, second.uid))] == ["three"]


def test_a_letter_that_shows_up_late_under_a_lower_number_is_read(server: ImapServer, box: Mailbox) -> None:
    server.letters = {}
    for number in (4, 6):
        server.put(mail(str(number)))
    server.letters = {4: server.letters[1], 6: server.letters[2]}
    done = after(read(box))
    server.letters[5] = server.letters[4]
    assert [letter.uid for letter in read(box, done)] == ["17.5"]


def test_new_numbers_begin_anew(server: ImapServer, box: Mailbox) -> None:
    server.put(mail("one"))
    done = after(read(box))
    server.validity = 18
    again = read(box, done)
    assert [letter.uid for letter in again] == ["18.1"]
    assert after(again, done) == {"validity": 18, "below": 1, "done": []}


def test_a_checkpoint_stays_small_and_passes_over_nothing_recent() -> None:
    known: Checkpoint | None = None
    for number in range(10, 5_000, 2):
        known = advance(known, f"1.{number}")
    assert known is not None
    assert len(known["done"]) == 1_000
    assert known["below"] == 4_998 - 2 * 1_000
    for number in range(known["below"] + 1, 5_000, 2):
        known = advance(known, f"1.{number}")
    assert known == {"validity": 1, "below": 4_999, "done": []}


def test_a_session_reads_so_many_letters_and_tells_how_many_are_left(
    server: ImapServer, box: Mailbox
) -> None:
    for number in range(5):
        server.put(mail(str(number)))
    with box.session() as session:
        assert [letter.text for letter in session.letters(None, most=2)] == ["0", "1"]
        assert session.left == 3


def test_a_large_letter_is_read_in_part(server: ImapServer, box: Mailbox) -> None:
    server.put(mail("words\r\n" + "x" * mailbox.LARGE))
    server.put(mail("small"))
    large, small = read(box)
    assert large.text.startswith("words")
    assert not large.whole
    assert small.whole
    assert f"UID FETCH 1 (BODY.PEEK[]<0.{mailbox.START}>)" in server.asked


def test_a_letter_larger_than_announced_is_read_in_part_too(server: ImapServer, box: Mailbox) -> None:
    server.put(mail("words\r\n" + "x" * (mailbox.LARGE + 10)))
    server.faults["UID FETCH"] = small_sizes
    (letter,) = read(box)
    assert letter.text.startswith("words")
    assert not letter.whole


def small_sizes(talk: Talk, arguments: str) -> bool:
    if "RFC822.SIZE" in arguments:
        talk.say("* 1 FETCH (UID 1 RFC822.SIZE 10)")
        talk.okay()
        return False
    return True


def test_after_so_many_bytes_the_rest_waits(
    server: ImapServer, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox, "MOST_OCTETS", 100)
    for number in range(4):
        server.put(mail(f"{number}" + "x" * 60))
    found = read(box)
    assert len(found) == 1
    assert len(read(box, after(found))) == 1


def test_when_time_runs_low_the_rest_waits(server: ImapServer, ca_file: str) -> None:
    for number in range(5):
        server.put(mail(str(number)))
    now = [0.0]

    def slowly(_: Talk, arguments: str) -> bool:
        now[0] += 30.0 if "BODY" in arguments else 0.0
        return True

    server.faults["UID FETCH"] = slowly
    box = opened(server, ca_file)
    box._monotonic = lambda: now[0]
    with box.session(100.0) as session:
        assert [letter.text for letter in session.letters(None)] == ["0", "1", "2"]
        assert session.left == 2


def test_the_time_of_the_caller_does_not_count(server: ImapServer, ca_file: str) -> None:
    server.put(mail("one"))
    now = [0.0]
    box = opened(server, ca_file)
    box._monotonic = lambda: now[0]
    with box.session(60.0) as session:
        for letter in session.letters(None):
            now[0] += 1_000
            assert letter.text == "one"
        session.check()


# --- logging in


def test_a_token_logs_in(server: ImapServer, ca_file: str) -> None:
    server.put(mail("one"))
    assert len(read(opened(server, ca_file, token=TOKEN))) == 1


def test_a_refused_token_is_told_and_its_challenge_answered_with_nothing(
    server: ImapServer, ca_file: str
) -> None:
    told = error(opened(server, ca_file, token="wrong"), Denied)
    assert "token" in str(told)
    assert "IMAP.AccessAsApp" in told.remedy
    assert server.words("challenge") == [r"challenge answered with b'\r\n'"]
    assert not any("Bearer wrong" in line for line in server.words("challenge"))


def test_a_wrong_password_is_told(server: ImapServer, ca_file: str) -> None:
    told = error(opened(server, ca_file, password="wrong"), Denied)
    assert "Microsoft 365 takes no password" in told.remedy


@pytest.mark.parametrize("password", [PASSWORD, "wrong"])
def test_a_server_without_sasl_is_told_the_password_by_login(
    server: ImapServer, ca_file: str, password: str
) -> None:
    server.capabilities = "IMAP4rev1"
    box = opened(server, ca_file, password=password)
    if password == PASSWORD:
        assert read(box) == []
    else:
        error(box, Denied)


@pytest.mark.parametrize(
    ("capabilities", "password", "token"),
    [("IMAP4rev1 LOGINDISABLED", "x", ""), ("IMAP4rev1", "caf\u00e9", ""), ("IMAP4rev1 AUTH=PLAIN", "", "x")],
    ids=["no log-in", "letters that LOGIN cannot say", "no token"],
)
def test_a_server_that_takes_no_such_log_in_is_told(
    server: ImapServer, ca_file: str, capabilities: str, password: str, token: str
) -> None:
    server.capabilities = capabilities
    error(opened(server, ca_file, password=password, token=token), Denied)
    assert not server.words("LOGIN")
    assert not server.words("AUTHENTICATE")


def test_what_the_fetcher_of_tokens_raises_is_passed_on_and_nobody_connects(server: ImapServer) -> None:
    def token() -> str:
        raise Throttled("not now")

    box = Mailbox(Account(host="localhost", port=server.port, user=USER, token=token), InProcess())
    with pytest.raises(Throttled, match="not now"):
        read(box)
    assert server.asked == []


@pytest.mark.parametrize("both", [True, False])
def test_a_mailbox_has_a_password_or_a_token(both: bool) -> None:  # noqa: FBT001 -- a table of two lines
    secret = (lambda: "x") if both else None
    with pytest.raises(ValueError, match="not both"):
        Mailbox(Account(host="localhost", user=USER, password=secret, token=secret), InProcess())


def test_no_secret_shows_in_what_is_printed() -> None:
    account = Account(host="localhost", user=USER, password=lambda: PASSWORD)
    assert USER not in repr(account)
    assert "password" not in repr(account)


# --- TLS


@pytest.fixture
def clear(tls: ssl.SSLContext) -> Iterator[ImapServer]:
    with ImapServer(tls, starttls=True).running() as running:
        yield running


def test_starttls_comes_before_the_log_in(clear: ImapServer, ca_file: str) -> None:
    clear.put(mail("one"))
    assert len(read(opened(clear, ca_file))) == 1
    assert [line.split()[0] for line in clear.asked][:4] == [
        "CAPABILITY",
        "STARTTLS",
        "CAPABILITY",
        "AUTHENTICATE",
    ]


def refuse(talk: Talk, _: str) -> None:
    talk.no("not today")


def preauth(talk: Talk, _: str) -> None:
    talk.say("* PREAUTH welcome back")


@pytest.mark.parametrize(
    "strip",
    [
        lambda server: setattr(server, "plain", "IMAP4rev1 AUTH=PLAIN"),
        lambda server: server.faults.update({"STARTTLS": refuse}),
        lambda server: server.faults.update({"GREETING": preauth}),
    ],
    ids=["not offered", "refused", "logged in already"],
)
def test_without_starttls_nobody_logs_in(
    clear: ImapServer, ca_file: str, strip: Callable[[ImapServer], None]
) -> None:
    strip(clear)
    error(opened(clear, ca_file), Denied)
    assert not clear.words("LOGIN")
    assert not clear.words("AUTHENTICATE")


def test_what_was_said_before_tls_is_not_believed(clear: ImapServer, ca_file: str) -> None:
    def inject(talk: Talk, _: str) -> bool:
        talk.say("* CAPABILITY IMAP4rev1 LOGINDISABLED", "* BYE")
        return True

    clear.faults["STARTTLS"] = inject
    with pytest.raises(SourceError):
        read(opened(clear, ca_file))
    assert not clear.words("AUTHENTICATE")


@pytest.mark.parametrize("starttls", [False, True])
@pytest.mark.parametrize("name", ["elsewhere.example", "unknown authority"])
def test_nobody_logs_in_where_the_certificate_is_wrong(
    authority: trustme.CA,
    ca_file: str,
    name: str,
    starttls: bool,  # noqa: FBT001 -- a table
) -> None:
    issuer = trustme.CA() if name == "unknown authority" else authority
    made = context(issuer, "localhost" if name == "unknown authority" else name)
    with ImapServer(made, starttls=starttls).running() as server:
        told = error(opened(server, ca_file), Unreachable)
        assert "certificate" in str(told)
        assert not server.words("LOGIN")
        assert not server.words("AUTHENTICATE")


def test_a_certificate_file_that_is_not_there_is_told(server: ImapServer, tmp_path: Path) -> None:
    error(opened(server, str(tmp_path / "none.pem")), Denied)


# --- servers that fail


def bye(text: str) -> Callable[[Talk, str], None]:
    def told(talk: Talk, _: str) -> None:
        talk.say(f"* BYE {text}")
        hang_up(talk, "")

    return told


def hang_up(talk: Talk, _: str) -> None:
    talk.sock.shutdown(2)


def say_no(text: str) -> Callable[[Talk, str], None]:
    return lambda talk, _: talk.no(text)


def say(*lines: str | bytes) -> Callable[[Talk, str], None]:
    return lambda talk, _: talk.say(*lines)


def answer(*lines: str | bytes) -> Callable[[Talk, str], None]:
    def told(talk: Talk, _: str) -> None:
        talk.say(*lines)
        talk.okay()

    return told


def cut_literal(talk: Talk, _: str) -> None:
    talk.say("* 1 FETCH (UID 1 BODY[] {900}", "x")
    hang_up(talk, "")


def lost(begin: str) -> Callable[[Talk, str], bool]:
    """Hangs up at requests that begin so."""

    def fetch(talk: Talk, arguments: str) -> bool:
        if arguments.startswith(begin):
            hang_up(talk, "")
        return not arguments.startswith(begin)

    return fetch


FAILURES: dict[str, tuple[str, Callable[[Talk, str], object], type[SourceError]]] = {
    "a greeting that says goodbye": ("GREETING", bye("zwetschge"), Unreachable),
    "a greeting that says too many": ("GREETING", bye("Too many connections"), Throttled),
    "a greeting of nonsense": ("GREETING", say("220 mail ESMTP"), Unreadable),
    "a greeting of bytes": ("GREETING", say(b"\xff\xfe\x00"), Unreadable),
    "a silent end": ("GREETING", hang_up, Unreachable),
    "no capabilities": ("CAPABILITY", lambda talk, _: talk.okay(), Unreadable),
    "not IMAP4": ("CAPABILITY", answer("* CAPABILITY POP3"), Unreadable),
    "a goodbye at the log-in": ("AUTHENTICATE", bye("shutting down"), Unreachable),
    "a log-in that fails for now": ("AUTHENTICATE", say_no("[UNAVAILABLE] Temporary failure"), Unreachable),
    "too many log-ins": ("AUTHENTICATE", say_no("[LIMIT] zwetschge"), Throttled),
    "Exchange that throttles": (
        "UID SEARCH",
        say_no("Request is throttled. Suggested Backoff Time: 1 ms"),
        Throttled,
    ),
    "Exchange without a mailbox": ("EXAMINE", say_no("User is authenticated but not connected."), Denied),
    "no folder": ("EXAMINE", say_no("[NONEXISTENT] zwetschge"), Missing),
    "a folder we may not open": ("EXAMINE", say_no("[NOPERM] zwetschge"), Denied),
    "no validity": ("EXAMINE", lambda talk, _: talk.okay(), Unreadable),
    "a validity of letters": ("EXAMINE", answer("* OK [UIDVALIDITY x] y"), Unreadable),
    "a search that is refused": ("UID SEARCH", say_no("zwetschge"), Unreadable),
    "a search of letters": ("UID SEARCH", answer("* SEARCH zwetschge"), Unreadable),
    "a line without an end": ("UID SEARCH", say("* SEARCH " + "1" * 1_000_100), Unreadable),
    "lines without an end": ("UID SEARCH", say("* 1 EXISTS\r\n" * 20_100), Unreadable),
    "brackets in brackets": ("UID FETCH", answer("* 1 FETCH " + "(" * 5_000), Unreadable),
    "a number of a thousand digits": (
        "UID FETCH",
        say("* 1 FETCH (UID 1 BODY[] {" + "9" * 5_000 + "}"),
        Unreadable,
    ),
    "a gigantic literal": ("UID FETCH", say("* 1 FETCH (UID 1 BODY[] {999999999}", "x"), Unreadable),
    "a fetch that is refused": ("UID FETCH", say_no("zwetschge"), Unreadable),
    "a fetch of odd items": ("UID FETCH", answer("* 1 FETCH (UID)"), Unreadable),
    "a fetch of no list": ("UID FETCH", answer("* 1 FETCH NIL"), Unreadable),
    "a strange tag": ("UID FETCH", say("ZZ99 OK done"), Unreadable),
    "a lost connection": ("UID FETCH", hang_up, Unreachable),
    "a literal that is cut": ("UID FETCH", cut_literal, Unreachable),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_server_that_fails_is_told_in_our_words(server: ImapServer, box: Mailbox, failure: str) -> None:
    server.put(mail("zwetschge"))
    word, fault, kind = FAILURES[failure]
    server.faults[word] = fault
    error(box, kind)


def test_a_server_that_drips_is_left_when_the_time_is_over(server: ImapServer, ca_file: str) -> None:
    def drip(talk: Talk, _: str) -> None:
        while not server.leaving.wait(0.01):
            talk.sock.sendall(b"*")

    server.faults["GREETING"] = drip
    with pytest.raises(Unreachable, match=r"within 0\.2 seconds"), opened(server, ca_file).session(0.2):
        pass


def test_nobody_there_is_told(server: ImapServer, ca_file: str) -> None:
    def dial(*_: object) -> None:
        raise ConnectionRefusedError

    box = opened(server, ca_file)
    box._switchboard._dial = dial  # type: ignore[assignment]  # never returns
    error(box, Unreachable)


def test_an_error_of_the_caller_is_the_callers_own(server: ImapServer, box: Mailbox) -> None:
    with pytest.raises(KeyError), box.session():
        raise KeyError("mine")


# --- odd answers to FETCH


def test_letters_in_another_order_and_of_others_are_sorted_out(server: ImapServer, box: Mailbox) -> None:
    server.put(mail("one"))
    server.put(mail("two"))

    def reversed_and_more(talk: Talk, arguments: str) -> bool:
        if "BODY" not in arguments:
            talk.say("* 9 FETCH (FLAGS (\\Seen))", '* 2 FETCH (UID 2 RFC822.SIZE 30 INTERNALDATE "x")')
            talk.say("* 1 FETCH (UID 1 RFC822.SIZE 30 INTERNALDATE NIL)", "* 5 EXPUNGE")
            talk.okay()
            return False
        talk.say("* 7 FETCH (UID 7 BODY[]<0> {5}\r\nother)")
        return True

    server.faults["UID FETCH"] = reversed_and_more
    found = read(box)
    assert [letter.text for letter in found] == ["one", "two"]
    assert found[0].received_at is None


@pytest.mark.parametrize("told", ["* 1 FETCH (UID 1 BODY[]<0> NIL)", "* 1 FETCH (UID 1)", "* 1 EXPUNGE"])
def test_a_letter_that_is_not_given_is_asked_for_again(server: ImapServer, box: Mailbox, told: str) -> None:
    server.put(mail("one"))
    server.faults["UID FETCH"] = answer(told)
    assert read(box) == []
    assert read(box) == []
    del server.faults["UID FETCH"]
    assert [letter.text for letter in read(box)] == ["one"]


def test_a_letter_that_breaks_every_session_holds_up_no_other_and_is_given_up_at_last(
    server: ImapServer, box: Mailbox
) -> None:
    for text in ("poison", "two", "three", "four", "five", "six"):
        server.put(mail(text))
    server.faults["UID FETCH"] = lost("1 (BODY")
    known: Checkpoint | None = None
    read_so_far: list[Letter] = []
    for _ in range(10):
        with box.session() as session:
            try:
                for letter in session.letters(known, most=2):
                    read_so_far.append(letter)
                    known = advance(known, letter.uid)
            except Unreachable:
                server.put(mail("another"))
    given_up = [letter for letter in read_so_far if letter.uid == "17.1"]
    assert [letter.uid for letter in read_so_far][:5] == ["17.2", "17.3", "17.4", "17.5", "17.6"]
    assert len(given_up) == 1
    assert not given_up[0].whole
    assert not given_up[0].text
    assert given_up[0].received_at == MORNING


def test_a_letter_that_is_alone_is_never_given_up(server: ImapServer, box: Mailbox) -> None:
    server.put(mail("one"))
    server.faults["UID FETCH"] = lost("1 (BODY")
    for _ in range(8):
        error(box, Unreachable)
    del server.faults["UID FETCH"]
    assert [letter.text for letter in read(box)] == ["one"]


class Stumbling(InProcess):
    """A cage in which the parser dies."""

    def __init__(self, failure: SourceError) -> None:
        self.failure = failure

    def run(self, job: Callable[..., T], body: bytes, /, **options: object) -> T:
        raise self.failure


def test_a_letter_that_breaks_its_reader_is_a_letter_without_words(server: ImapServer, box: Mailbox) -> None:
    server.put(mail("one"))
    whole = read(box)[0]
    box._parser = Stumbling(Unreadable("it crashed the parser"))
    (letter,) = read(box)
    assert (letter.text, letter.whole, letter.digest, letter.uid) == ("", False, whole.digest, whole.uid)


def test_a_cage_that_is_closing_costs_no_letter(server: ImapServer, box: Mailbox) -> None:
    server.put(mail("one"))
    box._parser = Stumbling(Unreachable("the program is about to end"))
    with pytest.raises(Unreachable):
        read(box)


# --- marks and deletion


def test_reading_marks_no_letter(server: ImapServer, box: Mailbox) -> None:
    server.put(mail("one"))
    with box.session() as session:
        assert list(session.letters(None))
        session.check()
    assert not server.letters[1].flags


def old_and_new(server: ImapServer) -> datetime:
    for number in range(4):
        server.put(mail(str(number)), MORNING + timedelta(hours=number))
    return MORNING + timedelta(hours=2)


def test_old_letters_that_are_done_are_deleted_and_no_others(server: ImapServer, box: Mailbox) -> None:
    limit = old_and_new(server)
    server.letters[4].flags.add(r"\Deleted")  # by somebody else
    with box.session() as session:
        assert session.purge(limit, advance(None, "17.1")) == 1
        assert set(server.letters) == {2, 3, 4}
        assert session.purge(limit, {"validity": 17, "below": 9, "done": []}) == 1
        assert session.purge(limit, {"validity": 17, "below": 9, "done": []}) == 0
    assert set(server.letters) == {3, 4}
    assert server.words("UID EXPUNGE") == ["UID EXPUNGE 1", "UID EXPUNGE 2"]
    assert not server.words("EXPUNGE")
    assert not server.words("CLOSE")


def test_what_was_not_read_under_this_validity_is_never_deleted(server: ImapServer, box: Mailbox) -> None:
    limit = old_and_new(server)
    with box.session() as session:
        assert session.purge(limit, None) == 0
        assert session.purge(limit, {"validity": 16, "below": 9, "done": []}) == 0
    assert len(server.letters) == 4


@pytest.mark.parametrize("others", [True, False])
def test_a_server_that_deletes_all_or_nothing_deletes_only_ours(
    server: ImapServer,
    box: Mailbox,
    others: bool,  # noqa: FBT001 -- a table of two lines
) -> None:
    server.capabilities = "IMAP4rev1 AUTH=PLAIN"
    limit = old_and_new(server)
    if others:
        server.letters[4].flags.add(r"\Deleted")
    with box.session() as session:
        assert session.purge(limit, {"validity": 17, "below": 9, "done": []}) == (0 if others else 2)
    assert set(server.letters) == ({1, 2, 3, 4} if others else {3, 4})


def test_a_folder_that_may_only_be_read_is_told(server: ImapServer, box: Mailbox) -> None:
    server.faults["SELECT"] = answer("* OK [UIDVALIDITY 17] x", "* OK [READ-ONLY] x")
    with pytest.raises(Denied, match="may not open"):
        box.check()


def test_a_folder_that_is_numbered_anew_meanwhile_is_left_alone(server: ImapServer, box: Mailbox) -> None:
    server.put(mail("one"))
    with box.session() as session:
        list(session.letters(None))
        server.validity = 18
        with pytest.raises(Unreadable, match="anew"):
            session.check()


def test_check_says_where_it_logged_in(server: ImapServer, box: Mailbox) -> None:
    assert box.check() == f"logged in to localhost:{server.port} with verified TLS"


# --- quiet and light


def test_no_letter_and_no_secret_comes_into_a_log(
    server: ImapServer, ca_file: str, caplog: pytest.LogCaptureFixture
) -> None:
    server.put(mail("zwetschge"))
    server.capabilities = "IMAP4rev1"
    with caplog.at_level(logging.DEBUG):
        assert len(read(opened(server, ca_file))) == 1
        error(opened(server, ca_file, password="wrong"), Denied)
    for secret in ("zwetschge", PASSWORD, "staple", "wrong", USER):
        assert secret not in caplog.text


def test_who_has_no_mailbox_does_not_load_the_library() -> None:
    code = "import sys, sources.mailbox; print([name for name in sys.modules if 'imap' in name])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_moments_have_a_zone(server: ImapServer, box: Mailbox) -> None:
    server.put(mail("one"))
    moment = read(box)[0].received_at
    assert moment is not None
    assert moment.tzinfo is UTC
