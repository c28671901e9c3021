"""What runs beside the watch says one line and no more: to no public place, no mail, no screen; and no address in its answers."""

from __future__ import annotations

import io
import json
import socket
import sys
from typing import Any

import pytest

from alerts import wake_child
from tests.alerts.test_wake import LINE, SECRET, served

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning"
)  # some plug-ins of Apprise, when they are loaded

NOT_FOR_WAKING = [
    (f"toots://{SECRET}@holm-nook.test", "toots:// is a public place, where everybody reads it"),
    (f"bluesky://holm-nook.test:{SECRET}", "bluesky:// is a public place, where everybody reads it"),
    (f"mailto://head:{SECRET}@holm-nook.test", "mailto:// is mail, which wakes nobody"),
    (
        f"mailtos://head:{SECRET}@holm-nook.test?to=dsl@holm-nook.test",
        "mailtos:// is mail, which wakes nobody",
    ),
    ("syslog://", "syslog:// is this machine or a screen, where nobody looks at night"),
    (
        f"discord://{'1' * 18}/{SECRET * 6}?avatar_url=https://holm-nook.test/a.png",
        "avatar_url= would put more than the one line there; leave it out",
    ),
    (
        f"ntfys://holm-nook.test/{SECRET}?attach=https://holm-nook.test/a.pdf",
        "attach= would put more than the one line there; leave it out",
    ),
    (SECRET, "expected an address of Apprise such as ntfys://host/topic"),
    (f"ntfsy://host/{SECRET}", "Apprise knows no service ntfsy://; did you mean ntfy://?"),
    (f"qwxyzz://host/{SECRET}", "Apprise knows no service qwxyzz://"),
    (
        "tgram://1",
        "tgram:// needs more than this, or a library that is not installed; see the documentation of Apprise",
    ),
]
FOR_WAKING = [
    f"ntfys://ntfy.holm-nook.test/{SECRET}",
    f"ntfy://user:{SECRET}@192.168.1.20:8080/leads?priority=max",
    f"gotifys://gotify.holm-nook.test/{SECRET}xyz",
    "signal://192.168.1.20:8080/+447700900123/+447700900124",
    f"pagerduty://{'A' * 20}@{'B' * 32}",
]


def _asked(*urls: str, line: str | None = LINE, **more: Any) -> tuple[int, list[str]]:
    told = io.StringIO()
    question = {"urls": urls, "line": line, "seconds": 5, "grave": True, "proxy": "", **more}
    status = wake_child.main(io.StringIO(json.dumps(question)), told)
    answers = [json.loads(each) for each in told.getvalue().splitlines()]
    return status, [each["why"] for each in sorted(answers, key=lambda each: int(each["number"]))]


@pytest.mark.parametrize(("url", "why"), NOT_FOR_WAKING)
@pytest.mark.parametrize("line", [None, LINE], ids=["looking", "saying"])
def test_what_is_no_way_to_wake_anybody_is_told_and_never_used(url: str, why: str, line: str | None) -> None:
    status, told = _asked(url, line=line)

    assert (status, told) == (0, [why])
    assert SECRET not in why


def test_ways_to_wake_people_are_taken() -> None:
    assert _asked(*FOR_WAKING, line=None) == (0, [""] * len(FOR_WAKING))


def test_a_name_that_cannot_be_found_is_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)

    assert _asked(f"json://ntfy.holm-nook.test/{SECRET}") == (
        0,
        ["the service cannot be reached, or did not take it"],
    )


def test_a_plug_in_that_raises_is_told_without_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError(SECRET)

    monkeypatch.setattr(wake_child, "_service", broken)

    assert _asked("json://127.0.0.1") == (0, ["the plug-in failed (ValueError)"])


def test_the_line_goes_out_graver_than_good_news() -> None:
    with served() as service:
        assert _asked(service.url()) == (0, [""])
        assert _asked(service.url(), grave=False) == (0, [""])

        assert [json.loads(body)["type"] for _, _, body in service.heard] == ["failure", "info"]


def test_a_server_that_answers_too_late_is_told_as_such() -> None:
    with served() as service:
        assert _asked(service.url("hang"), seconds=0.2) == (0, ["no answer in time"])


def test_a_proxy_is_asked_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "no_proxy"):
        monkeypatch.setenv(name, "")
    with served() as service:
        proxy = f"http://127.0.0.1:{service.port}"

        assert _asked("json://ntfy.holm-nook.test/200", proxy=proxy) == (0, [""])

        assert [path for path, _, _ in service.heard] == ["http://ntfy.holm-nook.test/200"]


def test_without_apprise_the_exit_status_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)

    assert _asked("json://127.0.0.1") == (wake_child.NOT_INSTALLED, [])


def test_no_service_that_is_refused_is_one_that_apprise_does_not_know() -> None:
    from apprise.manager_plugins import NotificationManager

    known = set(NotificationManager().schemas())  # type: ignore[no-untyped-call]  # as it is shipped
    refused = {scheme for schemes in wake_child.REFUSED.values() for scheme in schemes.split()}

    assert refused <= known | {
        "blink1",
        "dbus",
        "gio",
        "glib",
        "gnome",
        "growl",
        "kde",
        "macosx",
        "qt",
        "windows",
    }
