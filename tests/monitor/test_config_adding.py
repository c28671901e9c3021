"""Promise: a source is added to a school's file, and every other byte, the mode and the owner stay; a fault leaves it as it was."""

from __future__ import annotations

import os
import stat
import tomllib
from pathlib import Path
from typing import Any

import pytest

from monitor.config import adding
from monitor.errors import ConfigError
from tests.monitor.configurations import SCHOOL

TABLE: dict[str, Any] = {"name": "Blog", "kind": "feed", "url": "https://blog.test/feed"}
BLOCK = '# found\n[[source]]\nname = "Blog"\nkind = "feed"\nurl = "https://blog.test/feed"\n'


@pytest.fixture(name="file")
def _file(tmp_path: Path) -> Path:
    path = tmp_path / "holm-nook.toml"
    path.write_text(SCHOOL)
    path.chmod(0o640)
    return path


def nothing_wrong() -> None:
    """The whole is as it should be."""


def added(old: bytes) -> bytes:
    new = adding.inserted(old, BLOCK, TABLE)
    before, after = tomllib.loads(old.decode("utf-8-sig")), tomllib.loads(new.decode("utf-8-sig"))
    assert after == {**before, "source": [*before.get("source", []), TABLE]}
    return new


def test_the_block_comes_behind_the_last_source_and_nothing_else_is_touched(file: Path) -> None:
    adding.add(file, TABLE, "found", nothing_wrong)

    before, after = SCHOOL.split("\n[[person]]", 1)
    assert file.read_text() == f"{before}\n{BLOCK}\n[[person]]{after}"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(b"[[source]]\nname = 'a'\n# own = true\n\n# [[source]]\n# off\n",
                     b"[[source]]\nname = 'a'\n# own = true\n\n%s\n# [[source]]\n# off\n", id="remarks stay with theirs"),
        pytest.param(b"[[source]]\nname = 'a'", b"[[source]]\nname = 'a'\n\n%s", id="no end of line"),
        pytest.param(b"[[source]]\r\nname = 'a'\r\n[x]\r\n", b"[[source]]\r\nname = 'a'\r\n\r\n%s\r\n[x]\r\n", id="Windows"),
        pytest.param(b"\xef\xbb\xbf[school]\nname = 'a'\n", b"\xef\xbb\xbf[school]\nname = 'a'\n\n%s", id="a mark, no source"),
        pytest.param(b"", b"%s", id="empty"),
        pytest.param(b"[[source]]\nname = '''\n[[source]]\n[x]\n'''\n", b"[[source]]\nname = '''\n[[source]]\n[x]\n'''\n\n%s",
                     id="what only looks like a table"),
        pytest.param(b"[[source]]\nx = [\n  1,\n  2,\n]  # x\n[y]\n", b"[[source]]\nx = [\n  1,\n  2,\n]  # x\n\n%s\n[y]\n", id="a list"),
    ],
)  # fmt: skip
def test_other_files_keep_their_bytes_too(old: bytes, new: bytes) -> None:
    ends = b"\r\n" if b"\r\n" in old else b"\n"
    assert added(old) == new.replace(b"%s", BLOCK.encode().replace(b"\n", ends))


def test_every_value_reads_as_it_was_meant() -> None:
    table = {
        "name": 'O\'Brien "x" \\ \x7f é', "own": True, "count": 7, "titles": ["a", "b, c"], "key": {"file": "youtube-key"},
    }  # fmt: skip
    [read] = tomllib.loads(adding.block(table, "one\ntwo"))["source"]

    assert read == table
    assert adding.block(table, "one\ntwo").startswith("# one two\n[[source]]\n")


def test_mode_and_owner_stay(file: Path) -> None:
    if os.geteuid() == 0:
        os.chown(file, 12345, 54321)
    known = file.stat()
    adding.add(file, TABLE, "found", nothing_wrong)

    told = file.stat()
    assert stat.S_IMODE(told.st_mode) == 0o640
    assert (told.st_uid, told.st_gid) == (known.st_uid, known.st_gid)


def test_a_link_stays_a_link(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "school.toml"
    link.symlink_to(file.name)
    adding.add(link, TABLE, "found", nothing_wrong)

    assert link.is_symlink()
    assert b"Blog" in file.read_bytes()


@pytest.mark.parametrize("fault", [ConfigError([]), KeyboardInterrupt(), RuntimeError("no")])
def test_what_makes_the_whole_unusable_is_taken_back(
    fault: BaseException, file: Path, tmp_path: Path
) -> None:
    def check() -> None:
        assert b"Blog" in file.read_bytes()
        raise fault

    with pytest.raises(type(fault)):
        adding.add(file, TABLE, "found", check)
    assert file.read_text() == SCHOOL
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


@pytest.mark.parametrize("call", ["fsync", "fchown", "utime"])
def test_an_interrupted_write_leaves_the_old_file_and_nothing_beside_it(
    call: str, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    if call == "fchown":
        if os.geteuid() != 0:
            pytest.skip("only root can give a file away")
        os.chown(file, 12345, 54321)
    monkeypatch.setattr(os, call, full)
    with pytest.raises(ConfigError, match="no space left"):
        adding.add(file, TABLE, "found", nothing_wrong)
    assert file.read_text() == SCHOOL
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_a_file_that_cannot_be_added_to_is_told_and_left(file: Path) -> None:
    file.write_text("source = []\n")

    with pytest.raises(ConfigError, match="by hand"):
        adding.add(file, TABLE, "found", nothing_wrong)
    assert file.read_text() == "source = []\n"


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be written"):
        adding.add(tmp_path / "none" / "x.toml", TABLE, "found", nothing_wrong)


def test_a_secret_is_written_for_its_owner_alone_and_never_over_another(tmp_path: Path) -> None:
    path, umask = tmp_path / "youtube-key", os.umask(0)
    try:
        adding.keep_secret(path, "s3cret")
    finally:
        os.umask(umask)
    assert path.read_text() == "s3cret\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(ConfigError, match="exists"):
        adding.keep_secret(path, "other")
    assert path.read_text() == "s3cret\n"
