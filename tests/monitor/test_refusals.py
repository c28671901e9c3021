"""Promise: each refusal of a token means one thing, says what to click, and names neither tenant nor app nor person."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from monitor.refusals import refusal

GUID = "8d6b3a1c-1111-2222-3333-444455556666"


def _told(who: str, error: object, description: str = "", status: int = 400) -> str:
    body = json.dumps({"error": error, "error_description": f"{description} {GUID} alerts@school.test"})
    found = refusal(who, status, {}, body.encode())
    said = f"{found.message}. {found.remedy}"
    assert found.lasting
    assert GUID not in said
    assert "alerts@" not in said
    return said


@pytest.mark.parametrize(
    ("error", "description", "means", "click"),
    [
        ("invalid_client", "AADSTS7000215: Invalid client secret", "does not know this client secret", "Value (not its Secret ID)"),
        ("invalid_client", "AADSTS7000222: keys are expired", "has expired", "New client secret"),
        ("invalid_client", "AADSTS700027: bad signature", "this certificate", "upload the certificate"),
        ("invalid_client", "AADSTS700024: not within its valid time range", "a clock is wrong", "timedatectl"),
        ("invalid_client", "in words of its own", "proof of who we are", "New client secret"),
        ("unauthorized_client", "AADSTS700016: app not found", "no app with this ID", "Application (client) ID"),
        ("unauthorized_client", "AADSTS7000112: disabled", "switched off", "Enabled for users to sign-in"),
        ("unauthorized_client", "", "may not log in by itself", "API permissions"),
        ("invalid_request", "AADSTS90002: Tenant not found", "no such tenant", "Tenant ID"),
        ("invalid_request", "AADSTS900023: not a valid DNS name", "no such tenant", "Tenant ID"),
        ("invalid_scope", "AADSTS1002012: scope", "does not know the permission", "leave graph"),
        ("invalid_resource", "AADSTS500011: resource principal", "does not have the service", "Exchange Online"),
        ("interaction_required", "AADSTS50076: MFA", "wants a person to sign in", "admin consent"),
        ("access_denied", "AADSTS53003: blocked", "Conditional Access", "Policies"),
        ("something_new", "AADSTS9999999: who knows", "gives us no token (AADSTS9999999)", "login.microsoftonline.com/error"),
        (["a", "list"], "", "no reason given", "compare tenant"),
        ("x" * 5000, "", "no reason given", "compare tenant"),
    ],
)  # fmt: skip
def test_what_microsoft_says_becomes_a_sentence_and_a_place_to_click(
    error: object, description: str, means: str, click: str
) -> None:
    said = _told("Microsoft", error, description, 401)
    assert means in said
    assert click in said


@pytest.mark.parametrize(
    ("error", "description", "means", "click"),
    [
        ("invalid_grant", "Invalid JWT Signature.", "does not know this key", "Add key"),
        ("invalid_grant", "Invalid JWT: Token must be a short-lived token (60 minutes)", "a clock is wrong", "timedatectl"),
        ("invalid_grant", "Invalid email or User ID", "mailbox in whose name", "Directory > Users"),
        ("invalid_grant", "Invalid grant: account not found", "does not know this service account", "Add key"),
        ("invalid_grant", "", "refuses the log-in", "domain-wide delegation"),
        ("unauthorized_client", "Client is unauthorized", "may not act for mailboxes", "domain-wide delegation"),
        ("access_denied", "", "may not act for mailboxes", "https://mail.google.com/"),
        ("disabled_client", "", "switched off", "Enable"),
        ("admin_policy_enforced", "", "policy", "trust the service account"),
        ("something_new", "", "gives us no token (something_new)", "delegation"),
    ],
)  # fmt: skip
def test_what_google_says_becomes_a_sentence_and_a_place_to_click(
    error: str, description: str, means: str, click: str
) -> None:
    said = _told("Google", error, description)
    assert means in said
    assert click in said


@pytest.mark.parametrize(
    ("status", "body"),
    [(429, b""), (500, b"<html>"), (503, b"{}"), (400, b'{"error": "temporarily_unavailable"}')],
)
@pytest.mark.parametrize("who", ["Microsoft", "Google"])
def test_what_passes_by_itself_is_only_a_delay(who: str, status: int, body: bytes) -> None:
    found = refusal(who, status, {"retry-after": "30"}, body)
    assert not found.lasting
    assert found.retry_after == timedelta(seconds=30)


@pytest.mark.parametrize("status", [200, 302, 403])
def test_a_page_for_people_in_place_of_an_answer_is_told_as_such(status: int) -> None:
    found = refusal("Microsoft", status, {}, b"<html>Sign in to the school network")
    assert "no such service" in found.message
    assert "filter" in found.remedy


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after": "5"}, timedelta(seconds=5)),
        ({"retry-after": "99999999999999"}, timedelta(days=1)),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "soon"}, None),
        ({}, None),
        (
            {"retry-after": "Tue, 24 Nov 2026 10:20:00 GMT", "date": "Tue, 24 Nov 2026 10:15:00 GMT"},
            timedelta(minutes=5),
        ),
        (
            {"retry-after": "Tue, 24 Nov 2026 10:10:00 GMT", "date": "Tue, 24 Nov 2026 10:15:00 GMT"},
            timedelta(),
        ),
    ],
)
def test_a_wish_to_be_left_alone_is_read(headers: dict[str, str], wait: timedelta | None) -> None:
    assert refusal("Google", 429, headers, b"").retry_after == wait
