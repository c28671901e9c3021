"""Promise: a version is matched with every advisory that holds for it and with no other, and doubt is told."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.supply import advisories, osv
from tests.supply.advisories import Database, NoAdvisoriesError
from tests.supply.lockfile import Pin
from tests.supply.osv import NOW, record, span


def _database(folder: Path, *records: dict[str, Any]) -> Database:
    return advisories.load(osv.write(folder / "osv", records), now=NOW)


def _held_against(version: str, folder: Path, **affected: Any) -> list[str]:
    database = _database(folder, record("Some_Package", "PYSEC-1", **affected))
    return [finding.problem or finding.id for finding in database.findings([Pin("some-package", version)])]


@pytest.mark.parametrize(
    ("version", "is_bad"),
    [
        ("0.1", False), ("1.0", True), ("1.9.post1", True), ("2.0rc1", True), ("2.0", False), ("2.0.0", False),
        ("2.4", False), ("3.0", True), ("3.1", True), ("3.1.0", True), ("3.1.1", False), ("4.0", False),
        ("10.0", True), ("99", True),
    ],
)  # fmt: skip
def test_ranges_are_walked_in_the_order_of_versions(*, version: str, is_bad: bool, tmp_path: Path) -> None:
    ranges = [
        span(("fixed", "2.0"), ("introduced", "1.0")),
        span(("introduced", "3.0"), ("last_affected", "3.1")),
        span(("introduced", "10.0")),
    ]
    assert _held_against(version, tmp_path, ranges=ranges) == ["PYSEC-1"] * is_bad


@pytest.mark.parametrize("version", ["0.dev0", "0a1", "0.0.1", "1.9"])
def test_from_the_beginning_means_from_the_very_first(version: str, tmp_path: Path) -> None:
    assert _held_against(version, tmp_path, ranges=[span(("introduced", "0"), ("fixed", "2"))])


@pytest.mark.parametrize(("version", "is_bad"), [("1.0", True), ("1.0.0", True), ("1.0.1", False)])
def test_listed_versions_are_compared_as_versions(*, version: str, is_bad: bool, tmp_path: Path) -> None:
    listed = ["2004-11-a", "1.0"]
    assert _held_against(version, tmp_path, versions=listed) == ["PYSEC-1"] * is_bad


@pytest.mark.parametrize(
    "affected",
    [
        pytest.param({}, id="says nothing"),
        pytest.param({"ranges": [span(("introduced", "0"), kind="GIT")]}, id="only commits"),
        pytest.param({"ranges": [span(("introduced", "0"), kind="SEMVER")]}, id="another order"),
        pytest.param({"ranges": [span(("introduced", "0"), ("fixed", "tomorrow"))]}, id="no version"),
        pytest.param({"ranges": [span(("introduced", "0"), ("limit", "2"))]}, id="an unknown event"),
        pytest.param({"ranges": [{"type": "ECOSYSTEM"}]}, id="no events"),
    ],
)
def test_what_cannot_be_judged_is_told(affected: dict[str, Any], tmp_path: Path) -> None:
    assert _held_against("1.0", tmp_path, **affected) == ["its versions cannot be compared with ours"]


def test_a_pin_that_is_no_version_is_told(tmp_path: Path) -> None:
    assert _held_against("latest", tmp_path, versions=["1.0"]) == [
        "its versions cannot be compared with ours"
    ]


def test_commits_beside_versions_are_left_to_others(tmp_path: Path) -> None:
    ranges = [span(("introduced", "0"), kind="GIT"), span(("introduced", "2"))]
    assert _held_against("1.0", tmp_path, ranges=ranges) == []


def test_one_part_that_holds_is_enough(tmp_path: Path) -> None:
    both = record("six", "PYSEC-1", versions=["1.0"])
    both["affected"] = [*record("six", "", ranges=[{"type": "ECOSYSTEM"}])["affected"], *both["affected"]]
    (finding,) = _database(tmp_path, both).findings([Pin("six", "1.0")])
    assert finding.problem == ""


def test_other_packages_other_ecosystems_and_withdrawn_advisories_are_none_of_ours(tmp_path: Path) -> None:
    other = record("sixth", "PYSEC-1", versions=["1.0"])
    npm = record("six", "GHSA-1", versions=["1.0"])
    npm["affected"][0]["package"]["ecosystem"] = "npm"
    two = record("six", "GHSA-2", versions=["9.0"])
    two["affected"] += record("sixth", "", versions=["1.0"])["affected"]
    withdrawn = record("six", "PYSEC-2", versions=["1.0"]) | {"withdrawn": "2026-01-01T00:00:00Z"}
    database = _database(tmp_path, other, npm, two, withdrawn)
    assert list(database.findings([Pin("six", "1.0")])) == []
    assert database.count == 4


def test_a_finding_is_known_by_all_its_numbers(tmp_path: Path) -> None:
    known = record("six", "GHSA-1", versions=["1.0"]) | {"aliases": ["CVE-1"], "summary": "bad\nvery bad"}
    (finding,) = _database(tmp_path, known).findings([Pin("six", "1.0")])
    assert (sorted(finding.names), finding.summary) == (["CVE-1", "GHSA-1"], "bad")


def test_the_newest_is_the_newest_that_can_be_true(tmp_path: Path) -> None:
    told = (
        "2026-11-20T10:00:00.123456789Z",
        "2026-11-21T10:00:00",
        "2036-01-01T00:00:00Z",
        "2020-01-01T00:00:00Z",
    )
    records = [record("six", "PYSEC-1", versions=[]) | {"modified": modified} for modified in told]
    assert _database(tmp_path, *records).newest == datetime(2026, 11, 21, 10, tzinfo=UTC)


def test_a_zip_is_read_like_a_folder(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("PYSEC-1.json", json.dumps(record("six", "PYSEC-1", versions=["1.0"])))
        archive.writestr("readme.txt", "not an advisory")
    database = advisories.load(tmp_path / "all.zip", now=NOW)
    assert (database.count, len(list(database.findings([Pin("six", "1.0")])))) == (1, 1)


@pytest.mark.parametrize(
    "octets",
    [b"PK no zip", b'{"id": "PYSEC-1"}', b"[]", b"{", b'{"modified": 1}'],
    ids=lambda octets: octets.decode(),
)
def test_data_that_cannot_be_read_are_no_data(octets: bytes, tmp_path: Path) -> None:
    (tmp_path / "1.json").write_bytes(octets)
    for source in (tmp_path, tmp_path / "1.json", tmp_path / "missing"):
        if source.is_dir() and octets.startswith(b"PK"):
            octets = b"{"
        with pytest.raises(NoAdvisoriesError, match="cannot be read"):
            advisories.load(source, now=NOW)
