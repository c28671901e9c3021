"""Promise: what the documents show can be done, and does what they say."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor.cli import COMMANDS, cli

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(ROOT.glob("*.md"))
README = (ROOT / "README.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^\$ mention-monitor (.+)\n((?:(?!\$|```).+\n)+)", README, re.MULTILINE)
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def test_an_example_with_its_answer_is_shown() -> None:
    assert SHOWN


@pytest.mark.parametrize(("command", "answer"), SHOWN)
def test_a_shown_command_answers_as_shown(
    command: str, answer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MENTION_MONITOR_CONFIG", raising=False)

    told = CliRunner().invoke(cli, command.split())

    assert told.exit_code == 0
    assert told.output.startswith(answer)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_stands_in_the_readme_and_shows_an_example(name: str) -> None:
    told = CliRunner().invoke(cli, [name, "--help"])

    assert re.search(rf"`(?:[^`]*[`, ])?{name}\b", README)
    assert told.exit_code == 0
    assert "Example:" in told.output


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+)\)", text) + re.findall(r'src="([^"]+)"', text)

    missing = [link for link in links if "://" not in link and not (ROOT / link).exists()]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_make_target_exists(document: Path) -> None:
    named = set(re.findall(r"(?:`|^)make ([a-z]+)\b", document.read_text(encoding="utf-8"), re.MULTILINE))

    assert named <= TARGETS


def test_the_version_is_told_once() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    told = subprocess.run(
        [sys.executable, "-m", "monitor", "--version"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert project["version"] in told.stdout
