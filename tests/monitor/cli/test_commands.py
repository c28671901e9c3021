"""Promise: every command answers people in sentences and programs in JSON, with the exit status it says."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from monitor.cli import COMMANDS, cli
from monitor.jobs import polling
from monitor.model import Plan
from sources.base import Batch, Concern, Entry

POSTS = [
    {
        "id": "a",
        "source_kind": "forum",
        "title": "",
        "text": "Holm Nook Primary lost my lad's coat again, third time.",
    },
    {"id": "b", "source_kind": "tweet", "text": "RT Holm Nook Primary lost my lad's coat again, third time."},
    {"id": "c", "text": "Lovely weather in Preston today."},
    {"id": 4, "text": "I will come to Holm Nook Primary tomorrow with a knife and hurt that teacher."},
]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the demo has been played: a configuration with a database full of mentions."""
    place = tmp_path_factory.mktemp("commands")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        played = CliRunner().invoke(cli, ["demo"], catch_exceptions=False)
    assert played.exit_code == 0
    assert ".failed " not in played.output  # nobody's first sight of it is an error
    return place


@pytest.fixture
def do(base: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(base)

    def invoke(*words: str, given: str = "") -> Result:
        return CliRunner().invoke(
            cli, ["--config", "demo-out/monitor.toml", *words], input=given, catch_exceptions=False
        )

    return invoke


def _lines(told: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in told.stdout.splitlines()]


def test_replay_answers_each_line_in_order(do: Any) -> None:
    told = do("replay", "-", "--json", given="\n".join(map(json.dumps, POSTS)))

    results = _lines(told)
    assert told.exit_code == 0
    assert [result["id"] for result in results] == ["a", "b", "c", 4]
    assert [result["refers_to_school"] for result in results] == [True, True, False, True]
    assert [result["duplicate_of"] for result in results] == [None, "a", None, None]
    assert results[3]["severity"] == "critical"
    assert results[2] == {
        "id": "c",
        "refers_to_school": False,
        "certainty": "no",
        "categories": [],
        "sentiment": results[2]["sentiment"],
        "abuse": results[2]["abuse"],
        "severity": "none",
        "needs_response": False,
        "duplicate_of": None,
        "grounds": [],
    }
    assert set(results[0]["sentiment"]) == {"compound", "label"}
    assert all(set(ground) == {"rule", "excerpt", "weight"} for ground in results[0]["grounds"])


@pytest.mark.parametrize(
    "line",
    [
        "nothing like JSON",
        "[1, 2]",
        '{"id": "x"}',
        '{"id": "x", "text": 7}',
        '{"text": "no id"}',
        '{"id": true, "text": "odd id"}',
        '{"id": "x", "text": "t", "title": []}',
        '{"id": "x", "text": NaN}',
        "[" * 100_000,
    ],
)
def test_a_line_that_is_no_post_is_told_and_stops_nothing(line: str, do: Any) -> None:
    told = do("replay", "-", "--json", given=f"{line}\n{json.dumps(POSTS[0])}\n")

    wrong, good = _lines(told)
    assert told.exit_code == 1
    assert wrong["error"]
    assert good["refers_to_school"] is True


def test_replay_and_score_for_people_are_tables(do: Any) -> None:
    given = "\n".join(map(json.dumps, POSTS)) + "\nbroken"

    assert "repeats a" in do("replay", "-", given=given).stdout
    told = do("score", "-", given=given)
    assert told.exit_code == 1
    assert "abuse" in told.stdout
    assert "not a JSON object" in told.stderr


def test_score_needs_no_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    told = CliRunner().invoke(cli, ["score", "-", "--json"], input=json.dumps(POSTS[0]))

    [result] = _lines(told)
    assert told.exit_code == 0
    assert set(result) == {"id", "abuse", "heads", "sentiment"}
    assert 0 <= result["abuse"] <= 1
    assert all(0 <= value <= 1 for value in result["heads"].values())


def test_a_school_that_is_not_there_is_told(do: Any) -> None:
    told = do("replay", "-", "--school", "moss-nook", given="")

    assert told.exit_code == 2
    assert "holm-nook" in told.stderr


def test_due_tells_time_and_reason(do: Any) -> None:
    [result] = _lines(do("due", "2026-11-28T09:30", "--json"))

    assert result["due"] == "2026-11-30T17:00:00+00:00"
    assert "Saturday" in result["why"]
    assert do("due", "soon").exit_code == 2


@pytest.mark.parametrize("command", ["sources", "mentions", "incidents", "outbox"])
def test_what_only_looks_has_a_table_and_lines(command: str, do: Any) -> None:
    people, program = do(command), do(command, "--json")

    assert people.exit_code == program.exit_code == 0
    assert people.stdout.strip()
    assert all(isinstance(line, dict) for line in _lines(program))


def test_no_name_and_no_author_is_shown(do: Any) -> None:
    told = do("mentions", "--json").stdout + do("mentions").stdout

    assert "Mrs Invented" not in told
    assert "gatesdad77" not in told


def test_filters_narrow_what_is_listed(do: Any) -> None:
    grave = _lines(do("mentions", "--json", "--severity", "critical"))

    assert {line["severity"] for line in grave} == {"critical"}
    assert _lines(do("mentions", "--json", "--category", "praise_community"))
    assert _lines(do("incidents", "--json", "--open", "--since", "2026-11-01"))
    assert do("mentions", "--since", "whenever").exit_code == 2


def test_one_mention_and_one_story_can_be_looked_at(do: Any) -> None:
    story = _lines(do("incidents", "--json", "--severity", "critical"))[0]["id"]
    shown = do("incidents", "show", story, "--explain")
    [whole] = _lines(do("incidents", "show", story, "--json"))

    assert shown.exit_code == 0
    assert "Told:" in shown.stdout
    assert "Why:" in shown.stdout
    mention = do("mentions", "show", whole["mentions"][0]["id"])
    assert mention.stdout.startswith(whole["mentions"][0]["id"])


@pytest.mark.parametrize(
    "words",
    [
        ("incidents", "show", "R9999"),
        ("mentions", "show", "M9999"),
        ("mine", "R9999"),
        ("mine", "R12x"),
        ("mine", "R" + "9" * 30),
    ],
)
def test_a_reference_that_leads_nowhere_is_a_wrong_usage(words: tuple[str, ...], do: Any) -> None:
    assert do(*words).exit_code == 2


def test_a_story_is_taken_closed_and_reopened_once_each(do: Any) -> None:
    story = _lines(do("incidents", "--json", "--severity", "high"))[0]["id"]

    assert "open again" in do("reopen", story).stdout
    assert "You have taken" in do("mine", story, "--by", "dsl").stdout
    assert "nothing changed" in do("mine", story, "--by", "dsl").stdout
    assert do("done", story, "no-reply").exit_code == 2
    assert "is closed" in do("done", story, "no-reply", "lawful criticism").stdout
    assert "open again" in do("reopen", story).stdout
    assert _lines(do("not-us", story, "--json")) == [{"story": story, "changed": True}]
    assert "not us" in do("incidents").stdout


def test_the_digest_can_be_read_written_and_sent(do: Any, base: Path) -> None:
    text = do("digest", "--week", "2026-W48")
    page = base / "digest.html"

    assert text.exit_code == 0
    assert "Holm Nook" in text.stdout
    assert do("digest", "--week", "2026-W48", "--preview", str(page)).exit_code == 0
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    governors = do("digest", "--week", "2026-W48", "--governors").stdout
    assert not re.search(r"\bR\d", governors), "no story, only numbers"
    assert "mails sent" in do("digest", "--week", "2026-W48", "--send").stdout
    assert do("digest", "--week", "soon").exit_code == 2
    [facts] = _lines(do("digest", "--week", "2026-W48", "--json"))
    assert facts["start"] == "2026-11-23"
    assert facts["counts"]


def test_health_is_a_line_and_an_exit_status(do: Any) -> None:
    told = do("health", "--json")
    [state] = _lines(told)

    assert told.exit_code == (0 if state["healthy"] else 1)
    assert "sources ok" in do("health").stdout


def test_a_dry_run_writes_nothing(do: Any) -> None:
    before = do("mentions", "--json").stdout

    told = do("poll", "Bluesky", "--dry-run")

    assert told.exit_code == 1  # the demo's web is gone: one sentence, no traceback
    assert "Traceback" not in told.output
    assert do("mentions", "--json").stdout == before
    assert do("poll", "no such source").exit_code == 2


def test_a_dry_run_says_how_much_was_read_and_what_the_source_remarks(
    do: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    concerns = (
        Concern(what="the token may not read all", remedy="tick every box"),
        Concern(what="the token", remedy="make a new one", ends=datetime(2026, 12, 1, tzinfo=UTC)),
    )
    batch = Batch(
        entries=(Entry(id="a"), Entry(id="b")),
        checkpoint={},
        gap=True,
        notes=("2 comments are hidden",),
        concerns=concerns,
    )
    monkeypatch.setattr(polling, "dry_run", lambda *_: (batch, Plan()))
    said = [
        "2 comments are hidden",
        "the token may not read all: tick every box",
        "the token ends on 1 December 2026: make a new one",
    ]

    told = do("poll", "Bluesky", "--dry-run")
    assert told.stdout.splitlines()[:4] == [
        "2 entries were read; there was more than could be read.",
        *(f"- {one}" for one in said),
    ]
    assert _lines(do("poll", "Bluesky", "--dry-run", "--json")) == [
        {"what": "read", "entries": 2, "gap": True, "notes": said}
    ]
    monkeypatch.setattr(
        polling, "dry_run", lambda *_: (Batch(entries=(), checkpoint={}, unchanged=True), Plan())
    )
    assert (
        "0 entries were read: nothing is new since the last look."
        in do("poll", "Bluesky", "--dry-run").stdout
    )


def test_delivering_nothing_says_so(do: Any) -> None:
    do("deliver", "--all")

    assert do("deliver").stdout == "Nothing was due.\n"


def test_a_missing_configuration_is_one_sentence(tmp_path: Path) -> None:
    told = CliRunner().invoke(cli, ["--config", str(tmp_path / "none.toml"), "sources"])

    assert told.exit_code == 2
    assert "none.toml" in told.stderr
    assert "Traceback" not in told.output


def test_an_unknown_command_is_wrong_usage() -> None:
    assert CliRunner().invoke(cli, ["fly"]).exit_code == 2


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name: str) -> None:
    assert "Example:" in CliRunner().invoke(cli, [name, "--help"]).output
