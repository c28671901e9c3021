"""A log line tells one fact on one line of printable ASCII, and nothing personal, whatever it is given."""

from __future__ import annotations

import io
import json
import logging
import re
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.base import Role, Severity
from alerts.errors import Deferred
from monitor import log
from monitor.errors import ConfigError, Problem, StoreBusy
from sources.errors import Throttled

CANARY = "xCANARYx my son was hit at the gate"
ours = logging.getLogger("monitor.jobs")
_PAIR = re.compile(r' ([a-z][a-z0-9_]*)=("(?:[^"\\]|\\.)*"|[^ "]+)')


def configured(*, level: int | str = logging.DEBUG, journal: bool = True) -> io.StringIO:
    stream = io.StringIO()
    log.configure(level, stream=stream, journal=journal)
    return stream


def line_of(**facts: object) -> str:
    stream = configured()
    log.event(ours, logging.INFO, "poll.done", **facts)
    return stream.getvalue()


def facts_of(line: str) -> dict[str, object]:
    found = re.fullmatch(r"(?:<[0-7]>)?([a-z._]+)((?: .*)?)\n", line)
    assert found
    assert "".join(match[0] for match in _PAIR.finditer(found[2])) == found[2]
    return {key: json.loads(value) for key, value in _PAIR.findall(found[2])}


def fails(error: BaseException, *, then: BaseException | None = None, hide: bool = False) -> None:
    """Raise ``error``, or ``then`` while it is being handled."""
    try:
        raise error
    except type(error):
        if then is None:
            raise
        if hide:
            raise then from None
        raise then  # noqa: B904 -- the implicit context is what is being tried


@pytest.mark.parametrize(
    ("value", "written"),
    [
        pytest.param("moor-nook", '"moor-nook"', id="text is quoted"),
        pytest.param(12, "12", id="a number is bare"),
        pytest.param(True, "true", id="yes and no are bare"),
        pytest.param(None, "null", id="nothing is null"),
        pytest.param(Severity.HIGH, '"high"', id="a severity by its word"),
        pytest.param(Role.DEPUTY_DSL, '"deputy_dsl"', id="a role by its word"),
        pytest.param(timedelta(minutes=15), "900.0", id="a duration in seconds"),
        pytest.param(
            datetime(2026, 11, 27, 16, 5, tzinfo=UTC), '"2026-11-27T16:05:00+00:00"', id="a time in ISO"
        ),
        pytest.param(date(2026, 11, 27), '"2026-11-27"', id="a date in ISO"),
        pytest.param(Path("/var/lib/x"), '"/var/lib/x"', id="a path"),
        pytest.param(("R1", 2), '"R1,2"', id="a list by commas"),
        pytest.param(float("nan"), '"<float>"', id="no number that JSON does not have"),
        pytest.param(10**5000, '"<int>"', id="no number that cannot be written out"),
        pytest.param({"text": CANARY}, '"<dict>"', id="a structure only by its type"),
        pytest.param(b"bytes", '"<bytes>"', id="bytes only by their type"),
        pytest.param(
            "a\r\nb\x1b[31m\x7f\x85\u2028\u202e", r'"a\r\nb\u001b[31m\u007f\u0085\u2028\u202e"', id="controls"
        ),
        pytest.param('say "hi" \\', r'"say \"hi\" \\"', id="quotes and backslashes"),
        pytest.param(
            "write to jo.smith@mail.test now", '"write to (address) now"', id="an address is masked"
        ),
        pytest.param("https://u:pw@h.test/x", '"(address)"', id="a password in a link is masked"),
        pytest.param(
            "at https://h.test/x?key=1", '"at https://h.test/x?(left out)"', id="a query string is left out"
        ),
        pytest.param("x" * 199 + "yz", json.dumps("x" * 199 + "…"), id="long text is cut at 200"),
        pytest.param("x" * 200, json.dumps("x" * 200), id="200 characters stay"),
        pytest.param(
            "a@b.test " * 111 + "secret@b.test",
            json.dumps(("(address) " * 20)[:199] + "…"),
            id="masked, then cut",
        ),
    ],
)
def test_a_value_is_written_as_safe_json(value: object, written: str) -> None:
    assert line_of(fact=value) == f"<6>poll.done fact={written}\n"


@given(value=st.text(), key=st.text())
def test_no_text_and_no_key_can_break_a_line_or_steer_a_terminal(value: str, key: str) -> None:
    stream = configured()
    ours.info("poll.done", extra={"facts": {"fact": value, key: value}})
    line = stream.getvalue()
    assert line.endswith("\n")
    assert all(" " <= character <= "~" for character in line[:-1])
    assert len(line) < 6 * 4 * log.LONGEST_VALUE
    told = facts_of(line)["fact"]
    if len(value) <= log.LONGEST_VALUE and "@" not in value and "://" not in value and key != "fact":
        assert told == value


@pytest.mark.parametrize(
    "key",
    [
        "text",
        "title",
        "excerpt",
        "author",
        "handle",
        "mail",
        "address",
        "recipient",
        "password",
        "secret",
        "token",
    ],
)
def test_what_may_hold_a_post_a_person_or_a_secret_is_left_out(key: str) -> None:
    assert line_of(**{key: CANARY}) == f'<6>poll.done {key}="(left out)"\n'


def test_no_half_of_an_address_is_left_over_where_a_long_value_is_cut() -> None:
    line = line_of(fact=(("x" * 90 + "@b.test ") * 10) + "a.very.secret.person.of.ours@b.test and more")
    assert "secret" not in line
    assert line.count("(address)") == 10


def test_typed_errors_speak_for_themselves() -> None:
    assert facts_of(line_of(error=Throttled("asked too often"))) == {"error": "Throttled: asked too often"}
    assert facts_of(line_of(error=Deferred("not now"))) == {"error": "Deferred: not now"}
    assert facts_of(line_of(error=StoreBusy("locked\nby someone"))) == {
        "error": "StoreBusy: locked\nby someone"
    }


def test_a_configuration_error_quotes_no_setting() -> None:
    error = ConfigError([Problem("monitor.toml", "mail.from", f"got {CANARY!r}")] * 2)
    assert facts_of(line_of(error=error)) == {"error": "ConfigError: 2 problems; run `mention-monitor check`"}


def test_an_unexpected_error_tells_type_and_places_but_no_word_of_the_world() -> None:
    hidden_local = CANARY

    def breaks() -> None:
        raise ValueError(hidden_local)

    def wraps() -> None:
        try:
            breaks()
        except ValueError as error:
            raise KeyError(CANARY) from error

    try:
        wraps()
    except KeyError as error:
        line = line_of(error=error)
    assert "CANARY" not in line
    told = facts_of(line)
    assert told["error"] == "KeyError"
    here = r"monitor/test_log\.py:\d+"
    assert re.fullmatch(
        rf"KeyError at {here} < {here}; from ValueError at {here} < {here}", str(told["error_trace"])
    ), told["error_trace"]


@pytest.mark.parametrize(("hide", "told"), [(False, 2), (True, 1)])
def test_an_error_raised_while_another_was_handled_names_both_unless_hidden(*, hide: bool, told: int) -> None:
    with pytest.raises(OSError) as caught:
        fails(LookupError(CANARY), then=OSError(CANARY), hide=hide)
    assert log.places(caught.value).count(" at ") == told


def test_an_error_that_was_never_raised_has_no_place() -> None:
    assert log.places(ValueError(CANARY)) == "ValueError at an unknown place"


def test_a_deep_traceback_is_told_from_the_innermost_twelve_places() -> None:
    def deeper(depth: int) -> None:
        if depth == 0:
            raise RuntimeError
        deeper(depth - 1)

    with pytest.raises(RuntimeError) as caught:
        deeper(50)
    assert log.places(caught.value).count("test_log.py") == 12


def test_context_is_on_every_line_of_its_block_and_nowhere_else() -> None:
    stream = configured()
    with log.bound(school="moor-nook", source="local blog"), log.bound(poll=7, incident="R12", delivery=3):
        log.event(ours, logging.INFO, "mention.new", entries=2)
    log.event(ours, logging.INFO, "poll.done")
    first, second = stream.getvalue().splitlines(keepends=True)
    assert facts_of(first) == {
        "school": "moor-nook", "source": "local blog", "poll": 7, "incident": "R12", "delivery": 3, "entries": 2,
    }  # fmt: skip
    assert facts_of(second) == {}


def test_context_ends_with_its_block_even_after_an_error() -> None:
    with pytest.raises(LookupError), log.bound(school="moor-nook"):
        raise LookupError
    assert "moor-nook" not in line_of()


@pytest.mark.parametrize(
    ("level", "prefix"),
    [(logging.CRITICAL, "<3>"), (logging.ERROR, "<3>"), (logging.WARNING, "<4>"), (logging.INFO, "<6>"), (logging.DEBUG, "<7>"), (1, "<7>")],
)  # fmt: skip
def test_the_journal_gets_priorities_and_no_time(level: int, prefix: str) -> None:
    stream = configured(level=1)
    log.event(ours, level, "poll.done", entries=1)
    assert stream.getvalue() == f"{prefix}poll.done entries=1\n"


def test_without_a_journal_the_line_ends_with_level_and_utc_time() -> None:
    stream = configured(journal=False)
    log.event(ours, logging.WARNING, "poll.failed", entries=1)
    assert re.fullmatch(
        r'poll\.failed entries=1 level="warning" at="\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"\n', stream.getvalue()
    )


@pytest.mark.parametrize("name", ["Poll done", "poll", "poll.done\nfake.event", "poll.done x=1", ""])
def test_an_event_is_a_fixed_word_or_unnamed(name: str) -> None:
    stream = configured()
    log.event(ours, logging.INFO, name)
    assert stream.getvalue() == "<6>log.unnamed\n"


def test_what_libraries_log_is_told_without_their_values() -> None:
    stream = configured()
    theirs = logging.getLogger("somebody.else")
    theirs.info("a first %s", CANARY)
    theirs.warning("broken by %s", CANARY)
    theirs.warning("already put together: %s" % CANARY)  # noqa: UP031 -- as some libraries do
    first, second = stream.getvalue().splitlines(keepends=True)
    assert "CANARY" not in stream.getvalue()
    assert facts_of(first)["template"] == "broken by %s"
    assert facts_of(first)["logger"] == "somebody.else"
    assert re.fullmatch(r"monitor/test_log\.py:\d+", str(facts_of(first)["place"]))
    assert "template" not in facts_of(second)


def test_a_librarys_exception_is_told_without_its_message() -> None:
    stream = configured()
    try:
        fails(ValueError(CANARY))
    except ValueError:
        logging.getLogger("schedule").exception("job failed")
    assert "CANARY" not in stream.getvalue()
    assert facts_of(stream.getvalue())["error"] == "ValueError"


def test_the_level_is_kept_and_configuring_again_replaces_the_first() -> None:
    first = configured(level="warning")
    log.event(ours, logging.INFO, "poll.done")
    second = configured(level="info")
    log.event(ours, logging.INFO, "poll.done")
    assert first.getvalue() == ""
    assert second.getvalue() == "<6>poll.done\n"


def test_standard_error_is_the_default(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure()
    log.event(ours, logging.INFO, "poll.done")
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("poll.done level=")


class _Breaks(io.StringIO):
    """A stream that fails at its first write."""

    tries = 0

    def write(self, text: str) -> int:
        self.tries += 1
        if self.tries == 1:
            raise ValueError(text)
        return super().write(text)


def test_a_line_that_cannot_be_written_names_its_place_and_nothing_else(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stream = _Breaks()
    log.configure(stream=stream)
    log.event(ours, logging.INFO, "mention.new", fact=CANARY)
    assert re.fullmatch(r'log\.broken at="monitor/test_log\.py:\d+"\n', stream.getvalue())
    assert capsys.readouterr().err == ""


def test_a_closed_stream_does_not_stop_the_work(capsys: pytest.CaptureFixture[str]) -> None:
    stream = configured()
    stream.close()
    log.event(ours, logging.INFO, "mention.new", fact=CANARY)
    assert capsys.readouterr().err == ""


def test_other_handlers_are_left_alone() -> None:
    other = logging.StreamHandler(sys.stdout)
    logging.getLogger().addHandler(other)
    configured()
    assert other in logging.getLogger().handlers
