"""Promise: tables about mail that do not fit together are told all at once, each with its place and what to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.monitor.configurations import MONITOR, SCHOOL, loaded, problems, settle

HEAD, FETCH = MONITOR[: MONITOR.index("[mail]")], MONITOR[MONITOR.index("[fetch]") :]
MICROSOFT = """
[microsoft]
tenant = "holm-nook.test"
client_id = "11111111-2222-3333-4444-555555555555"
secret = { file = "microsoft-secret" }
secret_expires = 2027-05-01
"""
GOOGLE = '\n[google]\nservice_account = { file = "key.json" }\nsubject = "alerts@school.test"\n'
MAILBOX = '\n[mailbox]\nhost = "outlook.office365.com"\nuser = "a@school.test"\naddress = "a@school.test"\n'
GRAPH = 'channel = "graph"\nuser = "alerts@school.test"'


@pytest.fixture(autouse=True)
def _beside_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(tmp_path, monkeypatch)


def monitor(mail: str, *tables: str) -> str:
    """``monitor.toml`` with this channel and these tables."""
    return f'{HEAD}[mail]\n{mail}\nfrom = "alerts@school.test"\n\n{FETCH}{"".join(tables)}'


def smtp(more: str, host: str = "smtp.school.test") -> str:
    return f'channel = "smtp"\nhost = "{host}"\n{more}'


@pytest.mark.parametrize(
    "mail", [GRAPH, smtp('auth = "microsoft"\nuser = "a@school.test"')], ids=["graph", "smtp"]
)
def test_what_logs_in_with_microsoft_fits_with_its_table(mail: str) -> None:
    made = loaded(monitor(mail, MICROSOFT))
    assert made.warnings == ()
    assert "11111111" not in repr(made)
    assert "holm-nook.test" not in repr(made.monitor)


@pytest.mark.parametrize(
    ("mail", "path", "table"),
    [
        (GRAPH, "mail.channel", "[microsoft]"),
        (smtp('auth = "microsoft"\nuser = "a@school.test"'), "mail.auth", "[microsoft]"),
        (smtp('auth = "google"\nuser = "a@school.test"'), "mail.auth", "[google]"),
    ],
)
def test_a_missing_table_is_named_where_it_is_needed(mail: str, path: str, table: str) -> None:
    [told] = problems(monitor(mail))
    assert told.startswith(f"monitor.toml: {path}: ")
    assert f"logs in with {table}, which is missing" in told
    assert "config/monitor.toml" in told


@pytest.mark.parametrize(("auth", "there"), [("microsoft", GOOGLE), ("google", MICROSOFT)])
def test_a_mailbox_needs_its_own_table(auth: str, there: str) -> None:
    [told] = problems(monitor(smtp(""), MAILBOX + f'auth = "{auth}"\n', there))
    assert told.startswith("monitor.toml: mailbox.auth: ")
    assert f"[{auth}]" in told


def test_a_mailbox_with_its_table_is_fine() -> None:
    both = MAILBOX + 'auth = "microsoft"\n' + MICROSOFT
    assert loaded(monitor(smtp(""), both)).warnings == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('secret = { file = "microsoft-secret" }\n', "", "microsoft: has neither secret nor certificate"),
        ("secret_expires", 'certificate = { file = "c" }\nsecret_expires', "microsoft: has both secret and certificate"),
        ("secret_expires", 'thumbprint = "' + "ab" * 20 + '"\nsecret_expires', "belongs to a certificate"),
        ('"holm-nook.test"', '"common"', "microsoft.tenant: expected the Directory (tenant) ID"),
        ('"11111111-2222-3333-4444-555555555555"', '"Mention monitor"', "microsoft.client_id: expected the Application (client) ID"),
        ("secret_expires", 'authority = "http://login.test"\nsecret_expires', "microsoft.authority: expected an address"),
        ("secret_expires", 'graph = "https://graph.test/v1.0"\nsecret_expires', "microsoft.graph: expected an address"),
        ('{ file = "microsoft-secret" }', '"zQ8~secret"', 'microsoft.secret: expected { file = "…" }'),
        ("2027-05-01", '"soon"', "microsoft.secret_expires: expected a date"),
        ('secret = { file = "microsoft-secret" }', 'certificate = { file = "c" }\nthumbprint = "zz"', "microsoft.thumbprint: expected the 40"),
    ],
)  # fmt: skip
def test_a_mistake_in_microsoft_is_told_with_what_was_expected(old: str, new: str, said: str) -> None:
    told = problems(monitor(GRAPH, MICROSOFT.replace(old, new)))
    assert any(said in each for each in told), told
    assert "zQ8~secret" not in "".join(told)


def test_everything_is_told_at_once() -> None:
    told = problems(
        monitor(smtp('auth = "google"\nuser = "a@school.test"'), MAILBOX + 'auth = "microsoft"\n')
    )
    assert len(told) == 2


@pytest.mark.parametrize("host", ["smtp.office365.com", "SMTP.Office365.com.", "smtp-mail.outlook.com"])
def test_a_password_for_exchange_online_is_warned_of_before_it_is_switched_off(host: str) -> None:
    mail = smtp('user = "a@school.test"\npassword = { file = "smtp-password" }', host)
    [told] = map(str, loaded(monitor(mail)).warnings)
    assert told.startswith("monitor.toml: mail.host: ")
    assert "end of December 2026" in told
    assert 'channel = "graph"' in told


@pytest.mark.parametrize(
    ("host", "more"),
    [
        ("smtp.office365.com.school.test", 'user = "a@school.test"\npassword = { file = "p" }'),
        ("smtp-relay.gmail.com", ""),
        ("school-test.mail.protection.outlook.com", ""),
    ],
)
def test_others_and_relays_are_not(host: str, more: str) -> None:
    assert loaded(monitor(smtp(more, host))).warnings == ()


def test_a_user_without_a_password_is_told_that_nobody_logs_in() -> None:
    [told] = map(str, loaded(monitor(smtp('user = "a@school.test"'))).warnings)
    assert told.startswith("monitor.toml: mail.password: is missing")


def test_a_password_for_a_mailbox_of_exchange_online_is_told_of() -> None:
    box = MAILBOX + 'password = { file = "imap-password" }\n'
    [told] = map(str, loaded(monitor(smtp(""), box)).warnings)
    assert told.startswith("monitor.toml: mailbox.auth: ")
    assert 'auth = "microsoft"' in told


def test_a_secret_whose_end_nobody_knows_is_told_of() -> None:
    [told] = map(str, loaded(monitor(GRAPH, MICROSOFT.replace("secret_expires = 2027-05-01\n", ""))).warnings)
    assert told.startswith("monitor.toml: microsoft.secret_expires: is missing")


PASSING_ON = '[intake]\nfrom = ["*@school.test", "jo@home.test"]\n'
OPEN = f"{MAILBOX.replace('outlook.office365.com', 'imap.school.test')}password = {{ file = 'imap' }}\n"


def test_whoever_may_pass_posts_on_needs_somebody_who_reads_them() -> None:
    [told] = loaded(school=f"{SCHOOL}{PASSING_ON}").warnings
    assert str(told) == (
        "schools/holm-nook.toml: intake.from: nobody reads what is passed on: [mailbox] is missing in monitor.toml"
    )
    assert loaded(f"{MONITOR}{OPEN}", f"{SCHOOL}{PASSING_ON}").warnings == ()


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ('from = ["jo"]', "expected an address such as"),
        ('from = ["*"]', "expected an address such as"),
        ('from = ["*@*.school.test"]', "expected an address such as"),
        ('from = ["j*@school.test x"]', "expected an address such as"),
        ('from = ["*@gmail.com"]', "anybody can have an address there"),
        ('keep = "12h"', 'expected "1d" to "365d"'),
        ('keep = "400d"', 'expected "1d" to "365d"'),
        ('keep = "2 years"', "expected a duration"),
    ],
)
def test_who_may_pass_posts_on_cannot_be_everybody(written: str, why: str) -> None:
    [told] = problems(school=f"{SCHOOL}[intake]\n{written}\n")
    assert told.startswith("schools/holm-nook.toml: intake.")
    assert why in told
