"""A line goes out over real Apprise, in a process that is thrown away; whatever a service does, we hear in time and say no address."""

from __future__ import annotations

import http.server
import json
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from alerts import wake
from alerts.errors import Misconfigured
from alerts.wake import NO_ANSWER, Waker, ways

LINE = "Holm Nook: urgent mail waiting, R12"
SECRET = "s3cret-topic"
HASTE = Waker(deadline=timedelta(seconds=1))


@dataclass
class Service:
    """A server on this machine that keeps what it is told, and answers by the path."""

    port: int
    heard: list[tuple[str, dict[str, str], str]] = field(default_factory=list)

    def url(self, answer: str = "200", scheme: str = "json") -> str:
        return f"{scheme}://127.0.0.1:{self.port}/{answer}/{SECRET}"


@contextmanager
def served() -> Iterator[Service]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            service.heard.append((self.path, dict(self.headers), body.decode()))
            answer = self.path.split("/")[1]
            if answer == "reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
                self.connection.close()
                return
            if answer == "hang":
                done.wait(30)
                return
            self.send_response(int(answer) if answer.isdecimal() else 200)
            if answer == "302":
                self.send_header("Location", f"http://127.0.0.1:{service.port}/elsewhere")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Keep quiet."""

    done = threading.Event()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service = Service(server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield service
    finally:
        done.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def service() -> Iterator[Service]:
    with served() as made:
        yield made


def _nobody() -> str:
    """An address at which nobody listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return f"json://127.0.0.1:{found.getsockname()[1]}/{SECRET}"


def test_the_line_and_nothing_else_arrives(service: Service) -> None:
    assert Waker().say([service.url(), service.url(scheme="ntfy")], LINE) == ("", "")

    bodies = [json.loads(body) for _, _, body in service.heard]
    plain = next(body for body in bodies if "attachments" in body)
    assert plain == {"version": "1.0", "title": "", "message": LINE, "attachments": [], "type": "failure"}
    assert {key: body[key] for body in bodies if body is not plain for key in body if key != "topic"} == {
        "message": LINE
    }
    assert not any("http" in body for _, _, body in service.heard), "no picture is named"


def test_what_a_service_does_is_told_by_address_and_without_it(service: Service) -> None:
    urls = {
        "taken": (service.url(), ""),
        "refused": (service.url("403"), "the service answered 403"),
        "broken": (service.url("500"), "the service answered 500"),
        "moved": (service.url("302"), "the service answered 302"),
        "reset": (service.url("reset"), "the service cannot be reached, or did not take it"),
        "nobody": (_nobody(), "the service cannot be reached, or did not take it"),
        "no such service": (
            f"ntfyz://host/{SECRET}",
            "Apprise knows no service ntfyz://; did you mean ntfy://?",
        ),
    }

    told = Waker().say([url for url, _ in urls.values()], LINE)

    assert dict(zip(urls, told, strict=True)) == {name: why for name, (_, why) in urls.items()}
    assert not any(SECRET in why for why in told)
    assert not any("elsewhere" in path for path, _, _ in service.heard), "it was carried to another place"


def test_a_service_that_hangs_ends_with_the_deadline_and_the_others_were_told(service: Service) -> None:
    told = HASTE.say([service.url("hang"), service.url()], LINE)

    assert told == (NO_ANSWER, "")


def test_a_child_that_never_ends_is_killed_and_what_it_said_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = tmp_path / "child.py"
    child.write_text(
        "import sys, time\nsys.stdin.read()\n"
        'print(\'{"number": 1, "why": ""}\', flush=True)\nprint(\'{"numb\', end="", flush=True)\ntime.sleep(60)\n'
    )
    monkeypatch.setattr(wake, "CHILD", child)
    monkeypatch.setattr(wake, "GRACE", timedelta(seconds=0.5))

    assert HASTE.say(["json://a", "json://b"], LINE) == (NO_ANSWER, "")


def test_a_child_that_breaks_says_nothing_of_anybody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child = tmp_path / "child.py"
    child.write_text("import sys\nsys.stdin.read()\nprint('null')\nprint('[]')\nraise SystemExit(1)\n")
    monkeypatch.setattr(wake, "CHILD", child)

    assert Waker().say(["json://a"], LINE) == (NO_ANSWER,)


def test_without_the_extra_it_is_said_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = tmp_path / "child.py"
    bare.write_text("import sys\nsys.modules['apprise'] = None\n" + wake.CHILD.read_text())
    bare.write_text(bare.read_text().replace("from __future__ import annotations\n", ""))
    monkeypatch.setattr(wake, "CHILD", bare)

    with pytest.raises(Misconfigured, match="not installed") as told:
        Waker().look(["json://127.0.0.1/"])

    assert "requirements-wake.lock" in told.value.remedy


def test_a_program_that_cannot_be_started_is_told() -> None:
    with pytest.raises(Misconfigured, match="cannot be started"):
        Waker(python="/nowhere/python").say(["json://127.0.0.1/"], LINE)


def test_looking_sends_nothing(service: Service) -> None:
    assert Waker().look([service.url()]) == ("",)
    assert service.heard == []


def test_nobody_is_asked_of_nothing() -> None:
    assert Waker(python="/nowhere/python").say([], LINE) == ()


def test_apprise_never_enters_the_main_process(service: Service) -> None:
    before = "apprise" in sys.modules

    Waker().say([service.url()], LINE)

    assert ("apprise" in sys.modules) == before


def test_a_list_has_one_address_a_line_and_comments() -> None:
    found = ways(
        "head-wake",
        f"# the head's own telephone\n\nntfys://host/{SECRET}#not-a-comment\n  # off\n json://b \n",
    )

    assert [(way.place, way.url) for way in found] == [
        ("head-wake, line 3", f"ntfys://host/{SECRET}#not-a-comment"),
        ("head-wake, line 5", "json://b"),
    ]
    assert SECRET not in repr(found)
