"""Promise: a token is fetched when it is needed and no oftener, renewed in time, and told to nobody but its service."""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import trustme

from alerts.errors import Deferred, Misconfigured
from monitor import config, log, oauth
from monitor.oauth import Tokens
from monitor.refusals import TokenError
from sources.errors import Denied, Unreachable
from tests.alerts.graph_server import (
    APP,
    GRAPH_SCOPE,
    SECRET,
    TENANT,
    Cloud,
    aadsts,
    cloud,
    microsoft_table,
    secret_file,
    told,
)
from tests.monitor.configurations import MONITOR, SCHOOL
from tests.sources.http_server import Page, Visitor, answer, redirect


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def sky(authority: trustme.CA, tmp_path: Path) -> Iterator[Cloud]:
    with cloud(authority, tmp_path) as made:
        yield made


class Clock:
    """A steady clock that a test sets."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def configured(folder: Path, tables: str) -> config.Config:
    """A configuration with these tables besides."""
    (folder / "schools").mkdir(exist_ok=True)
    (folder / "schools" / "holm-nook.toml").write_text(SCHOOL)
    (folder / "monitor.toml").write_text(MONITOR + tables)
    return config.load(folder / "monitor.toml", environ={})


@pytest.fixture
def tokens(sky: Cloud, tmp_path: Path, clock: Clock) -> Tokens:
    return Tokens(configured(tmp_path, microsoft_table(sky)), monotonic=clock)


def refused(tokens: Tokens, purpose: oauth.Purpose = "graph", word: str = "") -> TokenError:
    with pytest.raises(TokenError) as raised:
        tokens.token(purpose, word)
    return raised.value


def test_a_token_is_fetched_once_and_kept(sky: Cloud, tokens: Tokens) -> None:
    assert tokens.token("graph") == tokens.token("graph")
    [asked] = sky.web.asked
    assert asked.target == f"/{TENANT}/oauth2/v2.0/token"
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"


def test_each_service_gets_a_token_of_its_own(sky: Cloud, tokens: Tokens) -> None:
    assert tokens.token("graph") != tokens.token("microsoft")
    assert GRAPH_SCOPE.encode() not in sky.web.asked[0].body  # escaped in a form
    assert b"office365" not in sky.web.asked[0].body
    assert b"office365" in sky.web.asked[1].body


def test_a_token_is_renewed_before_it_ends(sky: Cloud, tokens: Tokens, clock: Clock) -> None:
    first = tokens.token("graph")
    clock.now += sky.life - oauth.RENEW_BEFORE - 1
    assert tokens.token("graph") == first
    clock.now += 2
    assert tokens.token("graph") != first


@pytest.mark.parametrize(
    ("life", "kept"),
    [
        (200, 99),
        ("3599", 3298),
        (None, 29),
        ("for ever", 29),
        (-5, 29),
        (10**9, 86_099),
        (10**400, 29),
        (float("nan"), 29),
        ([3599], 29),
    ],
    ids=lambda value: str(value)[:10],
)
def test_a_token_is_believed_for_a_sensible_time(
    life: object, kept: float, sky: Cloud, tokens: Tokens, clock: Clock
) -> None:
    sky.life = life
    first = tokens.token("graph")
    clock.now += kept
    assert tokens.token("graph") == first
    clock.now += 2
    assert tokens.token("graph") != first


def test_an_old_token_serves_on_while_no_new_one_can_be_had(sky: Cloud, tokens: Tokens, clock: Clock) -> None:
    first = tokens.token("graph")
    sky.for_tokens = [answer(503)] * 2
    clock.now += sky.life - oauth.RENEW_BEFORE + 1
    assert tokens.token("graph") == first
    assert tokens.token("graph") == first
    assert len(sky.web.asked) == 2
    clock.now += oauth.RENEW_BEFORE
    refused(tokens)
    clock.now += oauth.PAUSE
    assert tokens.token("graph") != first


def test_a_token_that_a_service_refuses_is_replaced_once(sky: Cloud, tokens: Tokens) -> None:
    first = tokens.token("graph")
    second = tokens.token("graph", first)
    assert second != first
    assert tokens.token("graph", first) == second
    assert sky.handed_out == 2


def test_two_threads_make_one_fetch(sky: Cloud, tokens: Tokens) -> None:
    both = threading.Barrier(2)
    arrived = threading.Event()

    def slow(visitor: Visitor) -> None:
        arrived.wait(5)
        sky._token(visitor)(visitor)

    sky.for_tokens = [slow]
    found: list[str] = []

    def fetch() -> None:
        both.wait(5)
        found.append(tokens.token("graph"))

    threads = [threading.Thread(target=fetch, daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    arrived.set()
    for thread in threads:
        thread.join(10)

    assert len(found) == 2
    assert found[0] == found[1]
    assert len(sky.web.asked) == 1


def test_after_a_refusal_nothing_is_asked_for_a_while(sky: Cloud, tokens: Tokens, clock: Clock) -> None:
    sky.secret = "another"
    first = refused(tokens)
    assert refused(tokens).refusal == first.refusal
    assert len(sky.web.asked) == 1
    sky.secret = SECRET
    clock.now += oauth.PAUSE
    assert tokens.token("graph")


def test_a_wish_to_be_left_alone_is_kept(sky: Cloud, tokens: Tokens, clock: Clock) -> None:
    sky.for_tokens = [told(429, {"error": "temporarily_unavailable"}, {"Retry-After": "120"})]
    assert refused(tokens).refusal.retry_after == timedelta(minutes=2)
    clock.now += 119
    refused(tokens)
    assert len(sky.web.asked) == 1
    clock.now += 1
    assert tokens.token("graph")


def _hang(visitor: Visitor) -> None:
    visitor.leaving.wait(5)


def _drip(visitor: Visitor) -> None:
    visitor.send(b"HTTP/1.1 200 OK\r\n")
    visitor.drip(b"X: y\r\n" * 99)


PAGES: dict[str, tuple[Page, bool]] = {
    "a sign-in page of the network": (answer(200, b"<html>SECRETIVE"), False),
    "a redirect": (redirect("https://elsewhere.test/"), False),
    "JSON that is no object": (answer(200, b'["SECRETIVE"]'), False),
    "no token in it": (told(200, {"token_type": "Bearer"}), False),
    "a token that splits a header": (told(200, {"access_token": "SECRETIVE\r\nX: y"}), False),
    "a token that is no text": (told(200, {"access_token": 5}), False),
    "brackets without end": (answer(200, b"[" * 200_000), False),
    "an error": (answer(500, b"<html>SECRETIVE"), False),
    "nothing": (lambda _: None, False),
    "no end": (_hang, False),
    "a drip": (_drip, False),
}


@pytest.mark.parametrize("name", PAGES)
def test_what_is_no_token_is_told_in_a_sentence_without_its_text(
    name: str, sky: Cloud, tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oauth, "FETCH_SECONDS", 0.3)
    page, lasting = PAGES[name]
    sky.for_tokens = [page]
    error = refused(tokens)

    assert error.refusal.lasting == lasting
    assert error.refusal.remedy
    assert ("in time" in error.refusal.message) == (page in (_hang, _drip))
    assert "SECRETIVE" not in repr(error)
    assert len(sky.web.asked) == 1


def test_a_secret_is_read_anew_for_each_token(sky: Cloud, tokens: Tokens, tmp_path: Path) -> None:
    first = tokens.token("graph")
    sky.secret = "renewed"
    (tmp_path / "microsoft-secret").write_text("renewed\n")
    assert tokens.token("graph", first) != first


def test_a_secret_that_others_can_read_is_not_sent(sky: Cloud, tokens: Tokens, tmp_path: Path) -> None:
    (tmp_path / "microsoft-secret").chmod(0o644)
    error = refused(tokens)

    assert "chmod 600" in str(error)
    assert error.refusal.lasting
    assert sky.web.asked == []


def test_a_log_in_service_that_nobody_vouches_for_gets_no_secret(
    sky: Cloud, tmp_path: Path, clock: Clock
) -> None:
    tables = microsoft_table(sky).replace('ca_file = "ca.pem"\n', "")
    error = refused(Tokens(configured(tmp_path, tables), monotonic=clock))

    assert "certificate" in str(error)
    assert error.refusal.lasting
    assert sky.web.asked == []


@pytest.mark.parametrize(
    ("page", "delivery", "source"),
    [
        (aadsts("invalid_client", 7000215, "no"), Misconfigured, Denied),
        (answer(503, b"", {"Retry-After": "9"}), Deferred, Unreachable),
    ],
)
def test_channels_and_mailboxes_get_errors_of_their_own(
    page: Page, delivery: type[Exception], source: type[Exception], sky: Cloud, tokens: Tokens
) -> None:
    sky.for_tokens = [page, page]
    with pytest.raises(delivery) as channel:
        tokens.logins()["graph"].token()
    with pytest.raises(source) as mailbox:
        tokens.for_mailbox("microsoft")("")

    for raised in (channel.value, mailbox.value):
        assert isinstance(raised, Misconfigured | Deferred | Denied | Unreachable)
        assert raised.remedy
        assert raised.retry_after == (timedelta(seconds=9) if delivery is Deferred else None)


def test_channels_and_mailboxes_share_one_token(sky: Cloud, tokens: Tokens) -> None:
    word = tokens.logins()["microsoft"].token()
    mailbox: Callable[..., str] = tokens.for_mailbox("microsoft")

    assert mailbox() == word
    assert mailbox(word) == tokens.logins()["microsoft"].token() != word
    assert sky.handed_out == 2


def test_what_is_not_configured_is_named() -> None:
    nothing = Tokens()
    assert nothing.logins() == {}
    assert "[microsoft]" in str(refused(nothing))
    assert "[google]" in str(refused(nothing, "google"))


def test_neither_secret_nor_token_is_in_a_log_or_a_repr(
    sky: Cloud, tokens: Tokens, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    log.configure("DEBUG")
    caplog.set_level("DEBUG")
    word = tokens.token("graph")
    sky.for_tokens = [aadsts("invalid_client", 7000215, f"Invalid {SECRET} for {APP}")]
    error = refused(tokens, word=word)
    log.event(logging.getLogger("monitor.test"), logging.ERROR, "token.refused", error=error)
    shown = [capsys.readouterr().err, caplog.text, repr(error), repr(tokens), repr(vars(tokens))]
    shown += [repr(vars(keeper)) for keeper in tokens._keepers.values()]

    assert "token.refused" in shown[0]
    for text in shown:
        for kept in (word, SECRET, APP, TENANT):
            assert kept not in text


# -- a certificate, a service account ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pem(authority: trustme.CA) -> str:
    """A private key with its certificate."""
    made = authority.issue_cert("monitor.school.test", key_type=trustme.KeyType.RSA)
    return str(made.private_key_and_cert_chain_pem.bytes().decode())


def by_certificate(folder: Path, sky: Cloud, pem: str, more: str = "") -> Tokens:
    secret_file(folder, "certificate", pem)
    proof = f'certificate = {{ file = "certificate" }}\n{more}'
    return Tokens(configured(folder, microsoft_table(sky, proof)))


def test_a_certificate_proves_who_we_are(sky: Cloud, tmp_path: Path, pem: str) -> None:
    assert by_certificate(tmp_path, sky, pem).token("graph") in sky.good
    [proof] = sky.assertions
    assert (proof["iss"], proof["sub"]) == (APP, APP)
    assert proof["aud"] == f"{sky.url}/{TENANT}/oauth2/v2.0/token"
    assert "PRIVATE" not in json.dumps(proof)


def test_a_key_alone_goes_with_the_thumbprint_of_its_certificate(
    sky: Cloud, tmp_path: Path, pem: str
) -> None:
    key = pem[: pem.index("-----BEGIN CERTIFICATE")]
    tokens = by_certificate(
        tmp_path, sky, key, 'thumbprint = "AA:BB:CC:DD:EE:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE"'
    )

    assert tokens.token("graph") in sky.good
    assert sky.assertions[0]["alg"] == "RS256"


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (aadsts("invalid_client", 700027, "unknown key"), "AADSTS700027"),
        (answer(200, b"<html>"), "no such service"),
        (told(200, {"token_type": "Bearer"}), "no such service"),
        (answer(503), "no time"),
    ],
)
def test_a_refused_certificate_is_told_as_a_refused_secret_would_be(
    page: Page, said: str, sky: Cloud, tmp_path: Path, pem: str
) -> None:
    sky.for_tokens = [page]
    assert said in str(refused(by_certificate(tmp_path, sky, pem)))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no key at all", "no private key"),
        ("-----BEGIN PRIVATE KEY-----\nzzzz\n-----END PRIVATE KEY-----\n-----BEGIN CERTIFICATE-----\nzz", "no private key"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_certificate_is_told(text: str, said: str, sky: Cloud, tmp_path: Path) -> None:
    error = refused(by_certificate(tmp_path, sky, text))

    assert said in str(error)
    assert error.refusal.lasting
    assert "zzzz" not in repr(error)


def test_a_key_without_certificate_or_thumbprint_is_told(sky: Cloud, tmp_path: Path, pem: str) -> None:
    key = pem[: pem.index("-----BEGIN CERTIFICATE")]
    assert "private key alone" in str(refused(by_certificate(tmp_path, sky, key)))


def test_a_key_that_microsoft_does_not_take_is_told(
    sky: Cloud, tmp_path: Path, authority: trustme.CA
) -> None:
    elliptic = authority.issue_cert("x.test").private_key_and_cert_chain_pem.bytes().decode()
    assert "(RSA)" in str(refused(by_certificate(tmp_path, sky, elliptic)))


def test_an_authority_that_makes_no_sense_is_told(
    sky: Cloud, tmp_path: Path, pem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Cloud, "_discovery", lambda _: told(200, {"issuer": "SECRETIVE"}))
    error = refused(by_certificate(tmp_path, sky, pem))

    assert "cannot be used" in str(error)
    assert "SECRETIVE" not in repr(error)


def google(folder: Path, sky: Cloud, pem: str, **changed: object) -> config.Config:
    key = pem[: pem.index("-----BEGIN CERTIFICATE")]
    account = {
        "type": "service_account",
        "client_email": "monitor@play.iam.gserviceaccount.test",
        "private_key": key,
        "private_key_id": "0123",
        "token_uri": f"{sky.url}/google/token",
    }
    secret_file(folder, "google-service-account", json.dumps(account | changed))
    table = (
        '\n[google]\nservice_account = { file = "google-service-account" }\nsubject = "alerts@school.test"\n'
    )
    return configured(folder, f'{table}ca_file = "ca.pem"\n')


def test_a_service_account_acts_for_the_mailbox_and_for_mail_alone(
    sky: Cloud, tmp_path: Path, pem: str
) -> None:
    assert Tokens(google(tmp_path, sky, pem)).token("google") in sky.good
    [proof] = sky.assertions
    assert proof["iss"] == "monitor@play.iam.gserviceaccount.test"
    assert proof["sub"] == "alerts@school.test"
    assert proof["scope"] == "https://mail.google.com/"
    assert proof["aud"] == f"{sky.url}/google/token"
    assert proof["exp"] - proof["iat"] == 3600


def test_a_service_account_without_delegation_is_told_where_to_click(
    sky: Cloud, tmp_path: Path, pem: str
) -> None:
    sky.for_tokens = [told(401, {"error": "unauthorized_client", "error_description": "SECRETIVE"})]
    error = refused(Tokens(google(tmp_path, sky, pem)), "google")

    assert "domain-wide delegation" in error.refusal.remedy
    assert "SECRETIVE" not in repr(error)


@pytest.mark.parametrize(
    "changed",
    [
        {"private_key": "zzzz"},
        {"client_email": 5},
        {"token_uri": "http://oauth2.googleapis.test/token"},
        {"token_uri": None},
        {"private_key": None},
    ],
    ids=str,
)
def test_a_file_that_is_no_service_account_is_told(
    changed: dict[str, object], sky: Cloud, tmp_path: Path, pem: str
) -> None:
    made = google(tmp_path, sky, pem, **changed)
    error = refused(Tokens(made), "google")

    assert "no key of a service account" in str(error)
    assert oauth.problems(made) == [error.refusal]
    assert sky.web.asked == []


@pytest.mark.parametrize("text", ["", "[]", "zzzz", '{"client_email": "x"}'])
def test_a_file_of_another_kind_is_no_service_account(
    text: str, sky: Cloud, tmp_path: Path, pem: str
) -> None:
    made = google(tmp_path, sky, pem)
    (tmp_path / "google-service-account").write_text(text)
    assert refused(Tokens(made), "google").refusal.lasting


@pytest.mark.parametrize("extra", ["microsoft", "google"])
def test_a_missing_library_is_named_with_what_brings_it(
    extra: str, sky: Cloud, tmp_path: Path, pem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = {"microsoft": "msal", "google": "google.auth"}[extra]
    secret_file(tmp_path, "certificate", pem)
    made = (
        google(tmp_path, sky, pem)
        if extra == "google"
        else configured(tmp_path, microsoft_table(sky, 'certificate = { file = "certificate" }'))
    )
    monkeypatch.setitem(sys.modules, module, None)
    [problem] = oauth.problems(made)

    assert "not installed" in problem.message
    assert f"make {extra}" in problem.remedy


def test_what_can_be_told_offline_is_told_without_asking_anybody(
    sky: Cloud, tmp_path: Path, pem: str
) -> None:
    good = configured(tmp_path, microsoft_table(sky))
    assert oauth.problems(good) == []
    (tmp_path / "microsoft-secret").unlink()
    assert oauth.problems(good) == []  # a secret that cannot be read is told by another check
    secret_file(tmp_path, "certificate", "nothing")
    bad = configured(tmp_path, microsoft_table(sky, 'certificate = { file = "certificate" }'))
    assert len(oauth.problems(bad)) == 1
    assert sky.web.asked == []
