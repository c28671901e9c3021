"""A setting that can be read means one thing, and one that cannot be read is refused in words for people."""

from __future__ import annotations

from datetime import time, timedelta
from email.message import EmailMessage
from email.utils import parseaddr
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from alerts.base import Role
from monitor import settings, values
from monitor.values import duration, shown

UNIT = st.sampled_from("smhdw")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("15m", timedelta(minutes=15)),
        ("48h", timedelta(hours=48)),
        ("0s", timedelta(0)),
        ("1h 30m", timedelta(minutes=90)),
        (" 2d ", timedelta(days=2)),
        ("1w2d3h4m5s", timedelta(weeks=1, days=2, hours=3, minutes=4, seconds=5)),
        (timedelta(minutes=3), timedelta(minutes=3)),
    ],
)
def test_a_duration_is_a_number_and_a_unit(text: object, meant: timedelta) -> None:
    assert duration(text) == meant


@pytest.mark.parametrize(
    "text", ["", "soon", "15", "m", "-15m", "1.5h", "15 m", "15M", "15min", "1m,", "1234567s", "1m1m1m1m1m1m", "²m", 15, None, True]
)  # fmt: skip
def test_what_is_no_duration_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match='expected a duration such as "15m", got'):
        duration(text)


@given(st.lists(st.tuples(st.integers(0, 999_999), UNIT), min_size=1, max_size=5))
def test_any_duration_that_can_be_written_can_be_kept(parts: list[tuple[int, str]]) -> None:
    assert duration("".join(f"{number}{unit}" for number, unit in parts)) >= timedelta(0)


@given(st.text() | st.binary() | st.integers() | st.lists(st.text()))
def test_a_shown_value_is_one_printable_line_that_is_not_long(value: object) -> None:
    assert shown(value).isprintable()
    assert len(shown(value)) <= 60


def test_a_short_value_is_shown_whole() -> None:
    assert shown("x" * 58) == repr("x" * 58)
    assert shown("x" * 59) == "'" + "x" * 58 + "…"


ADDRESS: TypeAdapter[str] = TypeAdapter(values.MailAddress)
SENDER: TypeAdapter[str] = TypeAdapter(values.Sender)
HOST: TypeAdapter[str] = TypeAdapter(values.HostPort)
WEB: TypeAdapter[str] = TypeAdapter(values.WebAddress)
LONG = "x" * 64


@pytest.mark.parametrize(
    "address",
    ["head@school.test", "o'neil+alerts@sub.school.sch.uk", "a@b.co", "monitor@localhost", f"{LONG}@x.test", "a@1.2.test"],
)  # fmt: skip
def test_a_mail_address_is_taken_as_it_stands(address: str) -> None:
    assert ADDRESS.validate_python(address) == address


@pytest.mark.parametrize(
    "address",
    ["", "head", "head@", "@school.test", "head@school", "head@@school.test", ".head@school.test", "he..ad@school.test",
     "head@school..test", "head@-school.test", "head@school-.test", "head @school.test", "head@school.test\n",
     "head@school.test\r\nBcc: x@y.test", "a@b.test,c@d.test", "<head@school.test>", "Head <head@school.test>", "hëad@school.test",
     "head@schöol.test", f"{LONG}x@x.test", f"a@{'x.' * 130}test", "head@[127.0.0.1]", "head@localhost.", "\N{FULLWIDTH LATIN SMALL LETTER A}@x.test"],
)  # fmt: skip
def test_what_is_no_mail_address_is_refused(address: str) -> None:
    with pytest.raises(ValidationError, match="expected a mail address such as"):
        ADDRESS.validate_python(address)


@given(st.text(max_size=20), st.text(max_size=20))
def test_no_address_that_is_taken_can_add_a_header(local: str, domain: str) -> None:
    try:
        taken = ADDRESS.validate_python(f"{local}@{domain}.test")
    except ValidationError:
        return
    message = EmailMessage()
    message["To"] = taken
    assert message["To"].addresses[0].addr_spec == taken
    assert not set(taken) & set('\r\n\0 ,;:<>"()[]')


@pytest.mark.parametrize(
    "sender",
    ["alerts@school.test", "<alerts@school.test>", "Mention monitor <alerts@school.test>", '"Nook, Holm" <alerts@school.test>',
     "Ysgol Tŷ <alerts@school.test>", "Mention monitor <monitor@localhost>"],
)  # fmt: skip
def test_a_sender_is_an_address_with_or_without_a_name(sender: str) -> None:
    assert SENDER.validate_python(sender) == sender
    assert "@" in parseaddr(sender)[1]


@pytest.mark.parametrize(
    "sender",
    ["", "Mention monitor", "a@b.test, c@d.test", "Monitor <a@b.test> x", "Monitor <a@b.test>\nBcc: c@d.test", "Monitor <a@b>",
     "Mon\x1bitor <a@b.test>", "Monitor <a@b.test"],
)  # fmt: skip
def test_what_is_no_sender_is_refused(sender: str) -> None:
    with pytest.raises(ValidationError, match="expected a sender such as"):
        SENDER.validate_python(sender)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("127.0.0.1:8481", "127.0.0.1:8481"), ("LocalHost:80", "localhost:80"), ("[::1]:8481", "[::1]:8481"), ("a-b.test:65535", "a-b.test:65535")],
)  # fmt: skip
def test_a_private_host_is_named_with_its_port_in_small_letters(written: str, meant: str) -> None:
    assert HOST.validate_python(written) == meant


@pytest.mark.parametrize(
    "written", ["127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", ":80", "*:80", "10.0.0.0/8:80", "http://a:80", "a:80\n", "::1:80"]
)  # fmt: skip
def test_what_is_no_host_with_port_is_refused(written: str) -> None:
    with pytest.raises(ValidationError, match="expected host:port such as"):
        HOST.validate_python(written)


@pytest.mark.parametrize(
    "written",
    ["", "https://school.test", "http://school.test:8080/watch?x=1#y", "https://school.test/monitoring"],
)
def test_a_notice_is_a_web_address_or_nothing_yet(written: str) -> None:
    assert WEB.validate_python(written) == written


@pytest.mark.parametrize(
    "written",
    [
        "school.test",
        "ftp://school.test",
        "https://",
        "https://u:p@school.test/",
        "https://school.test/a b",
        "https://x\n",
    ],
)
def test_what_is_no_web_address_is_refused(written: str) -> None:
    with pytest.raises(ValidationError, match="expected an address such as"):
        WEB.validate_python(written)


@pytest.mark.parametrize("written", ["holm nook", r"\bholm[- ]?nook\b", "[@#]?holmnook[a-z0-9_]*"])
def test_an_expression_is_kept_as_it_stands(written: str) -> None:
    assert settings.Alias(kind="handle", regex=(written,)).regex == (written,)


@pytest.mark.parametrize("zone", ["Europe/London", ZoneInfo("Europe/London")])
def test_a_time_zone_is_known_by_its_name(zone: object) -> None:
    assert settings.SchoolFacts(name="Holm Nook", timezone=zone).timezone == ZoneInfo("Europe/London")  # type: ignore[arg-type]  # read from text


@pytest.mark.parametrize("zone", ["", "Europe", "../../etc/passwd", "BST!", "Europe/London\0", 1])
def test_what_is_no_time_zone_is_refused(zone: object) -> None:
    with pytest.raises(ValidationError, match="expected a time zone such as"):
        settings.SchoolFacts(name="Holm Nook", timezone=zone)  # type: ignore[arg-type]  # read from text


@pytest.mark.parametrize(
    ("written", "meant"), [("17:00", time(17)), ("00:05", time(0, 5)), (time(16, 30), time(16, 30))]
)
def test_a_time_of_day_has_hours_and_minutes(written: object, meant: time) -> None:
    assert settings.SchoolFacts(name="Holm Nook", day_end=written).day_end == meant  # type: ignore[arg-type]  # read from text


@pytest.mark.parametrize("written", ["24:00", "7:00", "17", "17:60", "17:00:00", 17, "17:00\n"])
def test_what_is_no_time_of_day_is_refused(written: object) -> None:
    with pytest.raises(ValidationError, match="expected a time of day such as"):
        settings.SchoolFacts(name="Holm Nook", day_end=written)  # type: ignore[arg-type]  # read from text


def test_a_person_has_all_the_roles_they_are_given_and_prints_none_of_their_data() -> None:
    person = settings.Person(
        role=Role.HEAD, roles=(Role.DSL, Role.HEAD), mail="jo@school.test", name="Jo Smith", names=("Smithy",)
    )
    assert person.all_roles == (Role.HEAD, Role.DSL)
    printed = f"{person!r} {person}"
    assert "jo@school.test" not in printed
    assert "Smith" not in printed


def test_settings_cannot_be_changed_after_they_were_read() -> None:
    facts = settings.SchoolFacts(name="Holm Nook")
    with pytest.raises(ValidationError, match="frozen"):
        facts.name = "Beck Side"


@pytest.mark.parametrize(("written", "good"), [("1s", True), ("60s", True), ("0s", False), ("61s", False)])
def test_a_fetch_takes_between_a_second_and_a_minute(written: str, good: bool) -> None:  # noqa: FBT001 -- a table of cases
    raw = {"timeout": written}
    if good:
        assert settings.FetchSettings.model_validate(raw).timeout == duration(written)
    else:
        with pytest.raises(ValidationError):
            settings.FetchSettings.model_validate(raw)


def test_terms_run_forward() -> None:
    calendar = settings.Calendar.model_validate(
        {"terms": [["2026-09-02", "2026-12-18"], ["2027-01-05", "2027-01-05"]]}
    )
    assert len(calendar.terms) == 2


BOX = {"host": "imap.school.test", "user": "box", "address": "box@school.test"}


def test_a_mailbox_needs_a_password_or_a_token() -> None:
    with pytest.raises(ValidationError, match="give password"):
        settings.MailboxSettings.model_validate(BOX)
    assert settings.MailboxSettings.model_validate({**BOX, "auth": "microsoft"}).password is None
    kept = settings.MailboxSettings.model_validate({**BOX, "password": {"file": "imap-password"}})
    assert (kept.keep.days, kept.folder, kept.security) == (30, "INBOX", "tls")


def test_letters_are_kept_for_a_day_at_least() -> None:
    with pytest.raises(ValidationError, match="shortest"):
        settings.MailboxSettings.model_validate({**BOX, "auth": "google", "keep": "2h"})
