"""The example configuration works as it is shipped, says everything there is to set, and is quickly read."""

from __future__ import annotations

import re
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

import sources.registry
from alerts import playbooks
from monitor import config
from monitor.settings import MailSettings, MonitorSettings, SchoolSettings

CONFIG = Path(__file__).parents[2] / "config"
SCHOOL = CONFIG / "schools" / "moor-nook.toml"
PRESETS = sorted((CONFIG / "presets").glob("*.toml"))
FILES = (CONFIG / "monitor.toml", SCHOOL)


@pytest.fixture(name="shipped", scope="module")
def _shipped() -> config.Config:
    return config.load(CONFIG / "monitor.toml", environ={})


def test_the_example_loads_and_only_what_must_be_changed_is_told(shipped: config.Config) -> None:
    assert shipped.blockers
    for warning in shipped.warnings:
        assert ".example" in warning.message or warning.path == "governance", warning


def test_the_example_watches_what_it_says(shipped: config.Config) -> None:
    found = {source.name: (source.kind, source.host) for source in shipped.schools["moor-nook"].sources}
    assert found == {
        "LancsLive": ("feed", "www.lancs.live:443"),
        "Lancashire Post": ("feed", "www.lep.co.uk:443"),
        "Lancashire Telegraph": ("feed", "www.lancashiretelegraph.co.uk:443"),
        "BBC Lancashire": ("feed", "feeds.bbci.co.uk:443"),
        "Blog Preston": ("feed", "www.blogpreston.co.uk:443"),
        "BBC News, Education": ("feed", "feeds.bbci.co.uk:443"),
        "The Guardian, education": ("feed", "www.theguardian.com:443"),
        "Ofsted": ("page", "reports.ofsted.gov.uk:443"),
        "Bluesky": ("bluesky", "public.api.bsky.app:443"),
    }


def test_a_technician_who_changes_the_marked_lines_is_done(tmp_path: Path) -> None:
    shutil.copytree(CONFIG, tmp_path / "config")
    for name in ("monitor.toml", "schools/moor-nook.toml"):
        file = tmp_path / "config" / name
        lines = file.read_text().splitlines()
        file.write_text("\n".join(_changed(line) if "# CHANGE" in line else line for line in lines))
    changed = config.load(tmp_path / "config" / "monitor.toml", environ={})
    assert (changed.blockers, changed.warnings) == ((), ())


def _changed(line: str) -> str:
    line = line.removeprefix("# ").replace(".example", ".test")
    return line.replace('notice_url = ""', 'notice_url = "https://moor-nook.test/monitoring"')


def test_about_ten_lines_have_to_be_changed() -> None:
    marked = [line for file in FILES for line in file.read_text().splitlines() if "# CHANGE" in line]
    assert 8 <= len(marked) <= 12, marked


def test_both_files_are_read_in_six_minutes() -> None:
    words = [word for file in FILES for word in file.read_text().split() if re.search(r"\w", word)]
    assert len(words) < 6 * 300


def _names(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield field.alias or name
        for inner in _models(field.annotation):
            yield from _names(inner)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


@pytest.mark.parametrize(
    ("file", "models"),
    [
        pytest.param(FILES[0], (MonitorSettings, MailSettings), id="monitor.toml"),
        pytest.param(SCHOOL, (SchoolSettings,), id="the school file"),
    ],
)
def test_every_setting_is_in_the_example(file: Path, models: tuple[type[BaseModel], ...]) -> None:
    text = file.read_text()
    for model in models:
        for name in set(_names(model)):
            assert re.search(rf"(?<![a-z_]){name} = |\[([a-z_]+\.)*{name}[\].]", text), (
                f"{name} is not in {file.name}"
            )


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_what_is_off_can_be_switched_on(file: Path, tmp_path: Path) -> None:
    shutil.copytree(CONFIG, tmp_path / "config")
    copy = tmp_path / "config" / file.relative_to(CONFIG)
    on = re.compile(r"^# (?=\[+[a-z_.]+\]|[a-z_]+ = )", re.MULTILINE)
    copy.write_text(on.sub("", file.read_text()))
    config.load(tmp_path / "config" / "monitor.toml", environ={})


@pytest.mark.parametrize("file", PRESETS, ids=lambda file: file.stem)
def test_a_preset_is_a_whole_source_with_an_honest_note(file: Path) -> None:
    text = file.read_text()
    note, _, _ = text.partition("name = ")
    preset = tomllib.loads(text)
    kind = sources.registry.KINDS[preset.pop("kind")]
    assert preset.keys() >= {"name", "url", "every"}
    assert kind.settings.model_validate(
        {key: preset[key] for key in preset.keys() - {"name", "every", "medium", "reach"}}
    )
    assert all(line.startswith("# ") for line in note.splitlines())
    assert "Sees " in note
    assert re.search(r"[Vv]erified|was seen", note)
    assert "check --online" in note
    assert "https://<site>" in note or "<section>" in note


def test_every_preset_is_used_by_the_example() -> None:
    used = re.findall(r'^preset = "(.*)"', SCHOOL.read_text(), re.MULTILINE)
    assert sorted(used) == [file.stem for file in PRESETS]


def test_numbers_in_the_example_are_named_by_some_mail(shipped: config.Config) -> None:
    assert shipped.schools["moor-nook"].settings.routes.keys() <= playbooks.routes()


def test_the_example_names_nobody(shipped: config.Config) -> None:
    for person in shipped.schools["moor-nook"].settings.person:
        assert (person.name, person.names) == ("", ())
        assert person.mail.endswith("@moor-nook.example")


def test_the_choice_of_landing_is_explained_by_a_friday_afternoon() -> None:
    before, _, _ = SCHOOL.read_text().partition("landing = ")
    assert "Friday at 16:05" in before.rpartition("\n\n")[2]
