"""Promise: an audit says that nothing is known only if it asked new data that know what everybody knows."""

from __future__ import annotations

import io
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.supply import audit, osv
from tests.supply.advisories import NoAdvisoriesError
from tests.supply.osv import NOW, record

LOCK = f"urllib3==2.8.0 --hash=sha256:{'a' * 64}\nnot-ours==1.0 ; python_version < '3' --hash=sha256:{'b' * 64}\n"


def _audit(
    folder: Path, *records: dict[str, Any], lock: str = LOCK, late: timedelta = timedelta(0)
) -> tuple[int, str]:
    data = osv.write(folder / "osv", records)
    (folder / "some.lock").write_text(lock, encoding="utf-8")
    said: list[str] = []
    argv = ["--advisories", str(data), str(folder / "some.lock")]
    return audit.main(argv, now=NOW + late, say=said.append), "\n".join(said)


def test_nothing_known_is_good_news_from_new_data(tmp_path: Path) -> None:
    status, said = _audit(tmp_path, *osv.control(), record("urllib3", "PYSEC-9", versions=["2.6.2"]))
    assert status == audit.CLEAN
    assert "the newest of 2026-11-23 (0 days old)" in said
    assert "control: 4 of 4" in said
    assert "2 packages, 0 advisories" in said


@pytest.mark.parametrize("name", ["urllib3", "not-ours"])
def test_a_known_flaw_is_told_even_where_this_machine_would_not_install_it(name: str, tmp_path: Path) -> None:
    version = {"urllib3": "2.8.0", "not-ours": "1.0"}[name]
    flaw = record(name, "GHSA-9", versions=[version]) | {"aliases": ["CVE-9"]}
    status, said = _audit(tmp_path, *osv.control(), flaw)
    assert status == audit.LOOK
    assert f"{name} {version}: GHSA-9 (CVE-9) something is wrong" in said


def test_an_advisory_that_nobody_can_judge_is_not_passed_over(tmp_path: Path) -> None:
    status, said = _audit(tmp_path, *osv.control(), record("urllib3", "GHSA-9"))
    assert (status, "NOT JUDGED" in said) == (audit.LOOK, True)


@pytest.mark.parametrize(("days", "status"), [(30, audit.CLEAN), (31, audit.NOTHING_TO_ASK)])
def test_old_data_are_no_answer(days: int, status: int, tmp_path: Path) -> None:
    told, said = _audit(tmp_path, *osv.control(), late=timedelta(days=days, hours=-2))
    assert told == status
    assert f"({days} days old)" in said
    assert ("NOT AUDITED" in said) == (status != audit.CLEAN)


def test_what_old_data_know_is_told_all_the_same(tmp_path: Path) -> None:
    flaw = record("urllib3", "GHSA-9", versions=["2.8.0"])
    assert _audit(tmp_path, *osv.control(), flaw, late=timedelta(days=99))[0] == audit.LOOK


@pytest.mark.parametrize("missing", range(len(audit.KNOWN_BAD)))
def test_data_that_miss_what_everybody_knows_are_no_data(missing: int, tmp_path: Path) -> None:
    known = osv.control()
    pin = known.pop(missing)["affected"][0]["package"]["name"]
    status, said = _audit(tmp_path, *known)
    assert status == audit.NOTHING_TO_ASK
    assert f"not found: {pin}" in said


def test_a_control_that_nobody_can_judge_proves_nothing(tmp_path: Path) -> None:
    known = osv.control()
    del known[0]["affected"][0]["versions"]
    assert _audit(tmp_path, *known)[0] == audit.NOTHING_TO_ASK


def test_no_data_at_all_is_no_answer(tmp_path: Path) -> None:
    status, said = _audit(tmp_path)
    assert (status, said) == (audit.NOTHING_TO_ASK, "NOT AUDITED: there is no advisory in the data")


@pytest.mark.parametrize("lock", ["", "urllib3>=2\n"], ids=["no package", "not nailed down"])
def test_a_package_that_cannot_be_asked_about_is_not_skipped(lock: str, tmp_path: Path) -> None:
    status, said = _audit(tmp_path, *osv.control(), lock=lock)
    assert (status, said.startswith("not audited: ")) == (audit.LOOK, True)


def test_without_data_of_its_own_it_fetches_them(tmp_path: Path) -> None:
    (tmp_path / "some.lock").write_text(LOCK, encoding="utf-8")

    def fetch(to: Path) -> None:
        shutil.make_archive(str(to.with_suffix("")), "zip", osv.write(tmp_path / "osv", osv.control()))

    assert audit.main([str(tmp_path / "some.lock")], now=NOW, fetch=fetch, say=len) == audit.CLEAN


def test_without_network_it_says_that_it_did_not_audit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_: Any, **__: Any) -> requests.Response:
        raise requests.ConnectionError

    monkeypatch.setattr(requests, "get", unreachable)
    (tmp_path / "some.lock").write_text(LOCK, encoding="utf-8")
    said: list[str] = []
    assert audit.main([str(tmp_path / "some.lock")], now=NOW, say=said.append) == audit.NOTHING_TO_ASK
    assert said[-1].startswith("NOT AUDITED: the advisories cannot be fetched (ConnectionError)")


def test_a_refusal_of_the_server_is_no_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = requests.Response()
    refusal.status_code = 503
    refusal.raw = io.BytesIO()
    monkeypatch.setattr(requests, "get", lambda *_, **__: refusal)
    with pytest.raises(NoAdvisoriesError, match="HTTPError"):
        audit.download(tmp_path / "all.zip")


def test_what_the_server_sends_is_kept_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = requests.Response()
    answer.status_code = 200
    answer.raw = io.BytesIO(b"PK\x03\x04\n\r\n" * 1000)
    monkeypatch.setattr(requests, "get", lambda *_, **__: answer)
    audit.download(tmp_path / "all.zip")
    assert (tmp_path / "all.zip").read_bytes() == b"PK\x03\x04\n\r\n" * 1000
