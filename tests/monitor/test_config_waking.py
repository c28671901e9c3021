"""Promise: what is wrong with a list of addresses is told at once, with its file and line, and no word of it; nobody sleeps unnoticed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from alerts.base import SecretFile
from alerts.errors import Misconfigured
from alerts.wake import INSTALL, Waker
from monitor import config
from monitor.config import waking
from monitor.errors import ConfigError
from monitor.model import ON_DUTY
from tests.monitor.configurations import MONITOR, SCHOOL, changed, loaded, problems, settle

TOKEN = "s3cret-topic"
WAKE = '\n[wake]\nurls = { file = "wake-urls" }\n'
OWN = changed(SCHOOL, 'mail = "head@school.test"', 'mail = "head@school.test"\nwake = { file = "head-wake" }')
BOTH = changed(OWN, 'mail = "dsl@school.test"', 'mail = "dsl@school.test"\nwake = { file = "dsl-wake" }')
OUTSIDE = f'{SCHOOL}\n[routing]\noutside = {{ name = "Duty", mail = "Duty@LA.test", wake = {{ file = "la-wake" }} }}\n'


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(tmp_path, monkeypatch)


def _list(name: str, text: str, mode: int = 0o600) -> None:
    Path(name).write_text(text)
    Path(name).chmod(mode)


def _well(urls: Sequence[str]) -> Sequence[str]:
    return [""] * len(urls)


def test_each_list_is_found_by_whose_it_is() -> None:
    whole = loaded(MONITOR + WAKE, changed(OUTSIDE, "[[person]]", "[[person]]"))
    own = loaded(MONITOR + WAKE, OWN)

    assert waking.list_of(whole, ON_DUTY) == SecretFile(file="wake-urls")
    assert waking.list_of(whole, "duty@la.test") == SecretFile(file="la-wake")
    assert waking.list_of(whole, "head@school.test") is None
    assert waking.list_of(own, "HEAD@school.test") == SecretFile(file="head-wake")
    assert waking.list_of(loaded(MONITOR, OWN), ON_DUTY) is None


def test_what_real_apprise_cannot_use_is_told_by_file_and_line_without_the_address() -> None:
    _list("wake-urls", f"# on duty\nntfys://ntfy.school.test/{TOKEN}\nntfyz://ntfy.school.test/{TOKEN}\n")
    _list("head-wake", f"mailto://head:{TOKEN}@school.test\n{TOKEN}\n")

    told = [str(each) for each in waking.problems(loaded(MONITOR + WAKE, OWN), Waker().look)]

    no_address = "expected an address of Apprise such as ntfys://host/topic"
    assert told == [
        "monitor.toml: wake.urls: wake-urls, line 3: Apprise knows no service ntfyz://; did you mean ntfy://?",
        "schools/holm-nook.toml: person[1].wake: head-wake, line 1: mailto:// is mail, which wakes nobody",
        f"schools/holm-nook.toml: person[1].wake: head-wake, line 2: {no_address}",
    ]
    assert TOKEN not in " ".join(told)


def test_a_missing_extra_is_told_once_with_the_way_to_install_it() -> None:
    def bare(_: Sequence[str]) -> Sequence[str]:
        raise Misconfigured("Apprise, which wakes people, is not installed", remedy=INSTALL)

    _list("wake-urls", f"ntfys://a/{TOKEN}\nntfys://b/{TOKEN}\n")

    assert [str(each) for each in waking.problems(loaded(MONITOR + WAKE), bare)] == [
        f"monitor.toml: wake.urls: Apprise, which wakes people, is not installed: {INSTALL}"
    ]


def test_nothing_is_looked_at_where_nothing_is_set_up() -> None:
    assert list(waking.problems(loaded(), Waker(python="/nowhere/python").look)) == []
    assert not waking.is_set_up(loaded())
    assert waking.is_set_up(loaded(MONITOR, OWN))


@pytest.mark.parametrize(
    ("mode", "text", "told"),
    [
        (0o644, "ntfys://a/b", "head-wake: can be read or changed by others (mode 0644); then: chmod 600"),
        (0o600, "", "head-wake: is empty; write the secret into it, and nothing else"),
    ],
    ids=["others can read it", "empty"],
)
def test_a_list_is_kept_like_every_secret(mode: int, text: str, told: str) -> None:
    _list("smtp-password", "x")
    _list("head-wake", text, mode)
    found = [str(each) for each in config.secret_problems(loaded(MONITOR, OWN))]

    assert len(found) == 1
    assert found[0].startswith("schools/holm-nook.toml: person[1].wake: ")
    assert found[0].endswith(told)
    assert list(waking.problems(loaded(MONITOR, OWN), _well)) == []


def test_a_list_that_is_missing_is_told_once() -> None:
    _list("smtp-password", "x")

    (told,) = config.secret_problems(loaded(MONITOR + WAKE))

    assert "wake.urls" in str(told)
    assert "not found" in str(told)


def test_an_address_in_the_configuration_itself_is_refused_and_not_shown() -> None:
    told = problems(
        MONITOR + f'\n[wake]\nurls = "ntfys://a/{TOKEN}"\n',
        changed(OWN, '{ file = "head-wake" }', f'"{TOKEN}"'),
    )

    assert len(told) == 2
    assert all('expected { file = "…" }' in each for each in told)
    assert TOKEN not in " ".join(told)


def test_a_list_that_names_nobody_cannot_be_read() -> None:
    _list("head-wake", "# nothing yet\n")
    with pytest.raises(ConfigError, match="names no address"):
        waking.read(loaded(MONITOR, OWN), SecretFile(file="head-wake"))


@pytest.mark.parametrize(
    ("monitor", "school", "told"),
    [
        pytest.param(MONITOR, SCHOOL, ["monitor.toml: wake: mail at night wakes nobody"], id="nobody"),
        pytest.param(MONITOR, OWN, ["schools/holm-nook.toml: person: nothing wakes the DSL"], id="one of two leads"),
        pytest.param(
            MONITOR + WAKE, SCHOOL,
            ["schools/holm-nook.toml: person: the head, DSL can be woken over the list of [wake] alone"], id="all together",
        ),
        pytest.param(MONITOR, BOTH, [], id="each by their own"),
        pytest.param(MONITOR + WAKE, BOTH, [], id="each by their own, and a list"),
    ],
)  # fmt: skip
def test_who_would_sleep_through_an_urgent_mail_is_told(monitor: str, school: str, told: list[str]) -> None:
    found = [str(each) for each in waking.cautions(loaded(monitor, school))]

    assert len(found) == len(told)
    assert all(one.startswith(start) for one, start in zip(found, told, strict=True)), found
