"""A configuration that is well formed may still not be meant, or not be ready: that is told before anything runs."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import BaseModel

import sources.registry
from monitor.settings import SchoolSettings
from sources.base import Kind
from tests.monitor.configurations import MONITOR, SCHOOL, SECOND, changed, loaded, problems, settle

LIVE = '\n[[source]]\nname = "local paper"\nkind = "feed"\nurl = "https://paper.test/rss"\n'
INSIDE = changed(SCHOOL, LIVE, "")
"""Only a source on a private address: nobody outside is watched."""
GOVERNANCE = SCHOOL[SCHOOL.index("[governance]") :]
PEOPLE = SCHOOL[SCHOOL.index("[[person]]") : SCHOOL.index("[governance]")]
FOLDER = '[mail]\nchannel = "maildir"\nfrom = "alerts@school.test"\n'
IN_A_FOLDER = MONITOR[: MONITOR.index("[mail]")] + FOLDER + MONITOR[MONITOR.index("[fetch]") :]
TOLD_OF_FOLDER = "monitor.toml: mail.channel: mails are only written into a folder on this machine, where nobody reads them at night"
UNGOVERNED = 'the public is told of the watch and its risks are weighed before it starts; or record why not: override = "…"'


@pytest.fixture(autouse=True)
def _beside_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(tmp_path, monkeypatch)


def warnings(monitor: str = MONITOR, school: str = SCHOOL) -> list[str]:
    return [str(each) for each in loaded(monitor, school).warnings]


def blockers(monitor: str = MONITOR, school: str = SCHOOL) -> list[str]:
    return [str(each) for each in loaded(monitor, school).blockers]


def two_schools() -> str:
    return changed(MONITOR, '"schools/holm-nook.toml"', '"schools/holm-nook.toml", "schools/beck-side.toml"')


def test_schools_may_share_a_place_if_they_read_it_the_same_way() -> None:
    Path("schools/beck-side.toml").write_text(SECOND)
    assert list(loaded(two_schools()).schools) == ["holm-nook", "beck-side"]


def test_one_place_cannot_be_read_in_two_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    class BoardSettings(BaseModel):
        url: str
        lines: int

    board = Kind(
        settings=BoardSettings,
        build=lambda *_: pytest.fail("nothing is built by reading"),
        locate=lambda settings: settings.url,
        host=lambda _: "board.test:443",
        every=timedelta(hours=1),
        sees="",
        cannot="",
    )
    monkeypatch.setattr(sources.registry, "KINDS", {**sources.registry.KINDS, "board": board})
    told = "with other settings; one place is read in one way"
    entry = '\n[[source]]\nname = "{}"\nkind = "board"\nurl = "https://board.test"\nlines = {}\n'
    one, other, again = entry.format("one", 10), entry.format("other", 20), entry.format("again", 10)
    assert problems(school=SCHOOL + one + other) == [
        f"schools/holm-nook.toml: source[4]: the same place as source[3], {told}"
    ]
    assert problems(school=SCHOOL + one + again) == [
        "schools/holm-nook.toml: source[4]: the same place as source[3]; leave one of them out"
    ]
    Path("schools/beck-side.toml").write_text(SECOND + other)
    assert problems(two_schools(), SCHOOL + one) == [
        f"schools/beck-side.toml: source[3]: the same place as source[3] of schools/holm-nook.toml, {told}"
    ]


def test_a_public_server_may_be_asked_once_a_minute() -> None:
    url = 'url = "https://paper.test/rss"\n'
    source = loaded(school=changed(SCHOOL, url, f'{url}every = "60s"\n')).schools["holm-nook"].sources[1]
    assert source.interval == timedelta(minutes=1)


def test_private_addresses_may_be_asked_as_often_as_one_likes() -> None:
    source = loaded(school=changed(SCHOOL, '"15m"', '"0s"')).schools["holm-nook"].sources[0]
    assert source.interval == timedelta(0)


def test_further_checks_speak_of_the_school_file() -> None:
    def strict(settings: SchoolSettings) -> list[tuple[str, str]]:
        return [("alias[2].any[1]", f"too short for {settings.school.name}")]

    assert problems(checks=(strict,)) == [
        "schools/holm-nook.toml: alias[2].any[1]: too short for Holm Nook Community Primary School"
    ]


@pytest.mark.parametrize(
    ("governance", "told"),
    [
        pytest.param("", f"notice_url and dpia_date are missing: {UNGOVERNED}", id="neither"),
        pytest.param("dpia_date = 2026-11-01", f"notice_url is missing: {UNGOVERNED}", id="no notice"),
        pytest.param(
            'notice_url = "https://school.test/"', f"dpia_date is missing: {UNGOVERNED}", id="no DPIA"
        ),
        pytest.param(
            'override = "  "', f"notice_url and dpia_date are missing: {UNGOVERNED}", id="an empty reason"
        ),
    ],
)
def test_a_live_source_waits_for_notice_and_dpia(governance: str, told: str) -> None:
    school = changed(SCHOOL, GOVERNANCE, f"[governance]\n{governance}\n")
    line = f"schools/holm-nook.toml: governance: {told}"
    assert (blockers(school=school), warnings(school=school)) == ([line], [line])
    assert blockers(school=changed(school, LIVE, "")) == []


def test_a_recorded_reason_lets_it_start_and_stays_visible() -> None:
    reason = 'override = "the governors meet on Thursday"'
    school = changed(SCHOOL, GOVERNANCE, f"[governance]\n{reason}\n")
    assert blockers(school=school) == []
    assert warnings(school=school) == [
        "schools/holm-nook.toml: governance.override: the watch runs without notice or DPIA for the recorded reason; settle it soon"
    ]
    assert warnings(school=f"{SCHOOL}{reason}\n") == []


def test_where_nobody_would_hear_of_a_critical_post_a_live_watch_does_not_start() -> None:
    nobody = changed(SCHOOL, PEOPLE, "")
    assert blockers(school=nobody) == warnings(school=nobody)
    assert all(line.startswith("schools/holm-nook.toml: person: ") for line in blockers(school=nobody))
    assert len(blockers(school=nobody)) == 1
    in_the_lab = changed(nobody, LIVE, "")
    assert (blockers(school=in_the_lab), warnings(school=in_the_lab)) == ([], warnings(school=nobody))


def test_a_head_alone_is_told_that_a_post_about_the_head_reaches_nobody_else() -> None:
    alone = changed(SCHOOL, PEOPLE, '[[person]]\nrole = "head"\nmail = "head@school.test"\n')
    assert any("about the head" in line for line in blockers(school=alone))


def test_example_addresses_are_told_and_not_mailed() -> None:
    monitor = changed(MONITOR, "<alerts@school.test>", "<alerts@School.EXAMPLE>")
    monitor += (
        '[mailbox]\nhost = "m.test"\nuser = "x"\npassword = { file = "p" }\naddress = "box@school.example"\n'
    )
    school = changed(SCHOOL, "head@school.test", "head@moor-nook.example")
    school = changed(school, "https://school.test/", "https://www.school.example/")
    monitor = changed(monitor, '"127.0.0.1"', '"smtp.school.example"')
    unchanged = "still an address of the example (.example), which reaches nobody"
    lines = [
        f"monitor.toml: mail.host: {unchanged}",
        f"monitor.toml: mail.from: {unchanged}",
        f"monitor.toml: mailbox.address: {unchanged}",
        f"schools/holm-nook.toml: person[1].mail: {unchanged}",
        f"schools/holm-nook.toml: governance.notice_url: {unchanged}",
    ]
    assert (blockers(monitor, school), warnings(monitor, school)) == (lines, lines)


def test_example_addresses_may_be_written_into_a_folder() -> None:
    school = changed(INSIDE, "head@school.test", "head@school.example")
    assert blockers(IN_A_FOLDER, school) == []
    assert len(warnings(IN_A_FOLDER, school)) == 1


def test_mails_that_nobody_gets_are_told_where_the_public_is_watched() -> None:
    assert (blockers(IN_A_FOLDER), warnings(IN_A_FOLDER)) == ([], [TOLD_OF_FOLDER])
    assert warnings(IN_A_FOLDER, INSIDE) == []


def test_haste_is_impolite_where_the_public_is_asked() -> None:
    hasty = changed(MONITOR, '"2s"', '"0s"')
    assert warnings(hasty) == [
        'monitor.toml: fetch.min_delay: less than "1s" between two requests to a public server is impolite; leave it out for "2s"'
    ]
    assert warnings(hasty, INSIDE) == []


def test_a_route_that_no_mail_names_is_told() -> None:
    routes = '[routes]\nlado = "form"\nladdo = "form"\n"x y" = "z"\n[governance]'
    told = warnings(school=changed(SCHOOL, "[governance]", routes))
    assert told[0] == "schools/holm-nook.toml: routes.laddo: no mail names it; did you mean 'lado'?"
    assert told[1].startswith('schools/holm-nook.toml: routes."x y": no mail names it; known: ')
    assert len(told) == 2


def test_a_school_that_cannot_find_anything_is_told_so() -> None:
    bare = SCHOOL[: SCHOOL.index("[[alias]]")] + PEOPLE
    assert warnings(school=bare) == [
        "schools/holm-nook.toml: source: there is none: nothing is watched",
        "schools/holm-nook.toml: alias: there is none: nothing is recognised as ours",
    ]
