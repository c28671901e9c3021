"""Where the configuration lies, and what is told of a file that cannot be read, be it a preset or a school."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from monitor import config
from monitor.config import reading
from monitor.errors import ConfigError
from tests.monitor.configurations import MONITOR, PRESET, SCHOOL, changed, loaded, problems, settle, told_of

NOT_FOUND = (
    "not found; give --config FILE, set $MENTION_MONITOR_CONFIG, or write"
    " /etc/mention-monitor/monitor.toml (an example: config/monitor.toml)"
)


@pytest.fixture(autouse=True)
def _beside_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(tmp_path, monkeypatch)


def test_names_in_the_configuration_lie_beside_it_and_absolute_ones_where_they_say(tmp_path: Path) -> None:
    read = loaded()
    assert read.resolve("ca.pem") == tmp_path / "ca.pem"
    assert read.resolve("/etc/ca.pem") == Path("/etc/ca.pem")
    assert loaded(changed(MONITOR, '"var"', '"/var/lib/x"')).state == Path("/var/lib/x")


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm() -> None:
    assert "holm-nook" in loaded("\ufeff" + MONITOR.replace("\n", "\r\n")).schools


def test_a_key_from_a_preset_counts_and_own_keys_go_first() -> None:
    source = 'name = "local paper"\nkind = "feed"\nurl = "https://paper.test/rss"'
    read = loaded(school=changed(SCHOOL, source, 'preset = "evening-news"\nevery = "2h"'))
    paper = read.schools["holm-nook"].sources[1]
    assert (paper.name, paper.host, paper.interval) == ("Evening News", "news.test:443", timedelta(hours=2))


def test_a_mistake_in_a_preset_is_told_of_the_preset_and_once() -> None:
    Path("presets/evening-news.toml").write_text(changed(PRESET, '"20m"', '"often"') + 'preset = "x"\n')
    source = 'kind = "feed"\nurl = "https://paper.test/rss"'
    school = changed(
        SCHOOL,
        source,
        'preset = "evening-news"\n[[source]]\nname = "again"\npreset = "evening-news"\nurl = "https://a.test"',
    )
    assert problems(school=school) == [
        "presets/evening-news.toml: preset: a preset cannot take keys from another",
        "presets/evening-news.toml: every: expected a duration such as \"15m\", got 'often'",
    ]


def test_a_preset_that_is_no_toml_is_told() -> None:
    Path("presets/evening-news.toml").write_text("kind = feed")
    school = changed(SCHOOL, 'kind = "feed"\nurl = "https://paper.test/rss"', 'preset = "evening-news"')
    assert problems(school=school) == [
        'presets/evening-news.toml: line 1: not TOML: invalid value; text stands in straight quotes: name = "…"'
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param(
            b"[school\n", "line 1: not TOML: expected ']' at the end of a table declaration", id="bracket"
        ),
        pytest.param(
            b"[school]\nname = Holm\n",
            'line 2: not TOML: invalid value; text stands in straight quotes: name = "…"',
            id="no quotes",
        ),
        pytest.param(
            "[school]\nname = “Holm”\n".encode(),
            'line 2: not TOML: invalid value; use straight quotes: "',
            id="curly quotes",
        ),
        pytest.param(b"[school]\nname = 'Holm", 'line 2: not TOML: expected "\'"', id="the last line"),
        pytest.param(
            b"[school]\nname = 'a'\nname = 'b'\n", "line 3: not TOML: cannot overwrite a value", id="twice"
        ),
        pytest.param(
            b"[school]\nname = 'caf\xe9'\n",
            "line 2: not UTF-8; save the file with the encoding UTF-8",
            id="latin-1",
        ),
        pytest.param(
            b"a = " + b"[" * 5000, "not a configuration: brackets within brackets without end", id="deep"
        ),
        pytest.param(b"#" * 1_000_001, "cannot be read: it is too large for a configuration", id="too large"),
    ],
)
def test_a_file_that_is_no_toml_is_told_with_its_line(content: bytes, told: str) -> None:
    Path("monitor.toml").write_text(MONITOR)
    Path("schools/holm-nook.toml").write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        config.load(Path("monitor.toml"), environ={})
    assert [str(each) for each in caught.value.problems] == [f"schools/holm-nook.toml: {told}"]


def test_a_configuration_that_is_not_there_says_where_it_was_looked_for() -> None:
    assert told_of("elsewhere.toml") == [f"elsewhere.toml: {NOT_FOUND}"]


def test_a_school_file_that_is_not_there_says_where_it_belongs() -> None:
    Path("monitor.toml").write_text(changed(MONITOR, "holm-nook", "holmnook"))
    assert told_of("monitor.toml") == [
        "schools/holmnook.toml: not found; schools = […] in monitor.toml names files beside it"
    ]


def test_a_directory_a_pipe_and_a_forbidden_file_are_told() -> None:
    os.mkfifo("pipe")
    assert told_of("schools") == ["schools: cannot be read: it is a directory"]
    assert told_of("pipe") == ["pipe: cannot be read: it is not a regular file"]
    Path("monitor.toml").touch()
    assert told_of("monitor.toml/x") == ["monitor.toml/x: cannot be read: not a directory"]


def test_a_file_we_may_not_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    Path("monitor.toml").write_text(MONITOR)
    monkeypatch.setattr(Path, "read_bytes", refuse)  # root may read everything
    assert told_of("monitor.toml") == ["monitor.toml: cannot be read: permission denied"]


def test_the_place_of_the_configuration_is_asked_for_in_order(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    system = tmp_path / "etc.toml"
    monkeypatch.setattr(reading, "SYSTEM", system)
    named = {"MENTION_MONITOR_CONFIG": "/srv/named.toml"}
    assert config.locate("given.toml", named) == Path("given.toml")
    assert config.locate(None, named) == Path("/srv/named.toml")
    assert config.locate(None, {}) == Path("config/monitor.toml")
    system.touch()
    assert config.locate(None, {"MENTION_MONITOR_CONFIG": ""}) == system


def test_printing_a_configuration_shows_no_address_and_no_secret() -> None:
    Path("smtp-password").write_text("hunter2")
    printed = repr(loaded())
    assert "head@school.test" not in printed
    assert "hunter2" not in printed
    assert "smtp-password" in printed


def test_what_systemd_says_is_read_once() -> None:
    told = {"NOTIFY_SOCKET": "/run/notify"}
    assert config.surroundings(told) == config.Surroundings(journal=False, notify_socket="/run/notify")
    assert config.surroundings({}) == config.Surroundings(journal=False, notify_socket="")


def test_the_journal_is_known_by_device_and_inode_of_the_descriptor(tmp_path: Path) -> None:
    log, other = tmp_path / "log", tmp_path / "other"
    other.touch()
    with log.open("w") as stream:
        found = os.fstat(stream.fileno())
        told = {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"}
        assert config.surroundings(told, fd=stream.fileno()).journal
        with other.open() as redirected:
            assert not config.surroundings(told, fd=redirected.fileno()).journal
    assert not config.surroundings(told, fd=9999).journal
