"""Every mistake in the configuration is told at once: where it stands, what is wrong, what was probably meant."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict
from typing_extensions import TypedDict

import alerts.registry
import sources.registry
from monitor.config import shape
from monitor.errors import ConfigError, Problem
from tests.monitor.configurations import MONITOR, SCHOOL, changed, loaded, problems, settle


@pytest.fixture(autouse=True)
def _beside_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(tmp_path, monkeypatch)


def test_a_good_configuration_is_read_whole() -> None:
    read = loaded()
    school = read.schools["holm-nook"]
    blog, paper = school.sources
    assert read.state == Path.cwd() / "var"
    assert read.mail.kind == "smtp"
    assert read.mail.settings.sender == "Mention monitor <alerts@school.test>"
    assert read.mail.settings.group_wait == timedelta(0)
    assert read.mail.channel.model_dump()["port"] == 2587
    assert read.monitor.fetch.allow_private == ("127.0.0.1:8481",)
    assert school.settings.school.name == "Holm Nook Community Primary School"
    assert (blog.name, blog.kind, blog.interval, blog.live) == (
        "local blog",
        "feed",
        timedelta(minutes=15),
        False,
    )
    assert (blog.host, blog.locator) == ("127.0.0.1:8481", "http://127.0.0.1:8481/feed")
    assert (paper.live, paper.interval) == (True, sources.registry.KINDS["feed"].every)
    assert (read.warnings, read.blockers) == ((), ())


def test_mail_goes_into_a_maildir_if_nothing_is_said() -> None:
    read = loaded(MONITOR.partition("[mail]")[0] + '[fetch]\nallow_private = ["127.0.0.1:8481"]\n')
    assert read.mail.kind == "maildir"


KINDS = ", ".join(sources.registry.KINDS)
CHANNELS = ", ".join(alerts.registry.KINDS)
ROLES = "head, dsl, deputy_dsl, deputy_head, chair, office, comms, dpo, senco, technician"

IN_MONITOR = [
    ("an unknown key of a channel", "port = 2587", "prot = 2587", ["mail.prot: unknown key; did you mean 'port'?"]),
    ("a common key misspelt", "group_wait", "groupwait", ["mail.groupwait: unknown key; did you mean 'group_wait'?"]),
    ("an unknown table", "[fetch]", "[fetcher]", ["fetcher: unknown key; did you mean 'fetch'?"]),
    ("an unknown key like no other", "[mail]", "[mail]\nzzz = 1", [
        "mail.zzz: unknown key; known here: host, port, security, auth, user, password, ehlo, ca_file, channel, from, group_wait",
    ]),
    ("a short list of known keys", "[fetch]", "[fetch]\nzzz = 1", [
        "fetch.zzz: unknown key; known here: allow_private, min_delay, first_look, timeout, max_bytes, proxy, contact",
    ]),
    ("an unknown channel", '"smtp"', '"smpt"', [
        f"mail.channel: expected one of {CHANNELS}, got 'smpt'; did you mean 'smtp'?",
    ]),
    ("a number for a channel", 'channel = "smtp"', "channel = 5", ['mail.channel: expected text in quotes: "…", got 5']),
    ("mail that is no table", MONITOR[MONITOR.index("[mail]"):MONITOR.index("[fetch]")], 'mail = "smtp"\n', [
        "mail: expected a table such as [mail]",
    ]),
    ("a key of the wrong kind of number", "2587", '"many"', ["mail.port: expected a whole number, got 'many'"]),
    ("a number out of bounds", "2587", "99999", ["mail.port: expected at most 65535, got 99999"]),
    ("a word out of a list", '"starttls"', '"startls"', [
        "mail.security: expected one of starttls, tls, got 'startls'; did you mean 'starttls'?",
    ]),
    ("a duration", '"0s"', '"soon"', ["mail.group_wait: expected a duration such as \"15m\", got 'soon'"]),
    ("a sender without address", "<alerts@school.test>", "", [
        'mail.from: expected a sender such as "Name <alerts@school.example>", got \'Mention monitor \'',
    ]),
    ("a password in the file", '{ file = "smtp-password" }', '"hunter2"', [
        'mail.password: expected { file = "…" }, the name of a file that holds the secret; the secret itself stands nowhere here',
    ]),
    ("a password under a wrong name", 'password = { file = "smtp-password" }', 'pasword = "hunter2"', [
        "mail.pasword: unknown key; did you mean 'password'?",
    ]),
    ("a password from the environment", "{ file =", "{ env =", [
        "mail.password.file: is missing",
        "mail.password.env: unknown key; known here: file",
    ]),
    ("a number as the password file", '"smtp-password"', "12345", ['mail.password.file: expected text in quotes: "…"']),
    ("a host without port", '"127.0.0.1:8481"', '"127.0.0.1"', [
        "fetch.allow_private[1]: expected host:port such as \"127.0.0.1:8481\", got '127.0.0.1'",
    ]),
    ("text for a list", '["127.0.0.1:8481"]', '"127.0.0.1:8481"', [
        "fetch.allow_private: expected a list such as [\"…\"], got '127.0.0.1:8481'",
    ]),
    ("a table for a list", 'schools = ["schools/holm-nook.toml"]', "[[schools]]\nx = 1\n[y]", [
        'schools[1]: expected text in quotes: "…"',
        "y: unknown key; known here: state, schools, threads, fetch, mailbox, selftest, wake, microsoft, google, mail",
    ]),
    ("no schools", '["schools/holm-nook.toml"]', "[]", ["schools: must not be empty"]),
    ("nothing about schools", "schools = ", "school = ", [
        "schools: is missing",
        "school: unknown key; did you mean 'schools'?",
    ]),
    ("a second file of the same name", '"schools/holm-nook.toml"]', '"schools/holm-nook.toml", "x/holm-nook.toml"]', [
        "schools[2]: a second file called 'holm-nook'; the file's name tells schools apart",
    ]),
    ("a file name with capitals", "schools/holm-nook", "schools/Holm Nook", [
        "schools[1]: expected the name of a file in small letters, digits and hyphens, got 'schools/Holm Nook.toml'",
    ]),
    ("a folder's name with a line end", '"schools/holm-nook', r'"sch\nools/holm-nook', [
        r"schools[1]: expected the name of a file in small letters, digits and hyphens, got 'sch\nools/holm-nook.toml'",
    ]),
    ("text for a table", "[mail]", 'mailbox = "m.test"\n[mail]', ["mailbox: expected a table such as [mailbox], got 'm.test'"]),
]  # fmt: skip

IN_SCHOOL = [
    ("a misspelt key", "name =", "nmae =", ["school.name: is missing", "school.nmae: unknown key; did you mean 'name'?"]),
    ("a misspelt table", "[governance]", "[goverance]", ["goverance: unknown key; did you mean 'governance'?"]),
    ("a table with one bracket too few", '[[person]]\nrole = "chair"', '[[persons]]\nrole = "chair"', [
        "persons: unknown key; did you mean 'person'?",
    ]),
    ("a list written as a table", SCHOOL[SCHOOL.index("[[person]]"):SCHOOL.index("[governance]")], '[person]\nrole = "head"\n', [
        "person: expected a list: write [[person]] with two brackets",
    ]),
    ("a source written as a table", SCHOOL[SCHOOL.index("[[source]]"):SCHOOL.index("[[person]]")], '[source]\nname = "x"\n', [
        "source: expected a list: write [[source]] with two brackets",
    ]),
    ("text where a table belongs", '[governance]\nnotice_url = "https://school.test/monitoring"\ndpia_date = 2026-11-01', "[x]", [
        "x: unknown key; known here: school, normalise, alias, context, other_schools, thresholds, person, routes, routing, intake, calendar, governance, source",
    ]),
    ("a time zone", "Europe/London", "Europe/Londno", [
        "school.timezone: expected a time zone such as \"Europe/London\", got 'Europe/Londno'",
    ]),
    ("a time of day", 'timezone = "Europe/London"', 'day_end = "17.00"', [
        "school.day_end: expected a time of day such as \"17:00\", got '17.00'",
    ]),
    ("a landing", 'timezone = "Europe/London"', 'landing = "rollforward"', [
        "school.landing: expected one of literal, roll_forward, got 'rollforward'; did you mean 'roll_forward'?",
    ]),
    ("a number for a name", '"Holm Nook Community Primary School"', "7", ['school.name: expected text in quotes: "…", got 7']),
    ("a short name", '"Holm Nook Community Primary School"', '"HN"', ["school.name: expected at least 5 characters, got 'HN'"]),
    ("a kind of alias", 'kind = "weak"', 'kind = "waek"', [
        "alias[2].kind: expected one of strong, handle, domain, script, weak, got 'waek'; did you mean 'weak'?",
    ]),
    ("an alias without words", 'any = ["holm nook"]', "any = []", [
        'alias[2]: names nothing; give any = ["…"] or regex = ["…"]',
    ]),
    ("an expression that is none", 'any = ["holm nook"]', 'regex = ["holm(nook"]', [
        "alias[2].regex[1]: not a regular expression: missing ), unterminated subpattern at position 4, got 'holm(nook'",
    ]),
    ("a duration of a source", 'every = "15m"', 'every = "soon"', [
        "source[1].every: expected a duration such as \"15m\", got 'soon'",
    ]),
    ("a duration as a number", 'every = "15m"', "every = 15", ['source[1].every: expected a duration such as "15m", got 15']),
    ("a kind of source", 'kind = "feed"\nurl = "http:', 'kind = "fede"\nurl = "http:', [
        f"source[1].kind: expected one of {KINDS}, got 'fede'; did you mean 'feed'?",
    ]),
    ("no kind", 'kind = "feed"\nurl = "http:', 'url = "http:', ["source[1].kind: is missing"]),
    ("a key of the kind misspelt", 'url = "http:', 'ulr = "http:', [
        "source[1].url: is missing",
        "source[1].ulr: unknown key; did you mean 'url'?",
    ]),
    ("a common key of a source misspelt", 'every = "15m"', 'evry = "15m"', ["source[1].evry: unknown key; did you mean 'every'?"]),
    ("a source without name", 'name = "local paper"\n', "", ["source[2].name: is missing"]),
    ("two sources of one name", '"local paper"', '"Local Blog"', [
        "source[2].name: source[1] has the same name; logs and commands could not tell them apart",
    ]),
    ("one place under two names", '"https://paper.test/rss"', '"http://127.0.0.1:8481/feed"', [
        "source[2]: the same place as source[1]; leave one of them out",
    ]),
    ("a public server asked too often", 'url = "https://paper.test/rss"', 'url = "https://paper.test/rss"\nevery = "59s"', [
        'source[2].every: expected at least "60s"; only addresses of allow_private may be asked more often',
    ]),
    ("a preset that is not there", 'kind = "feed"\nurl = "https://paper.test/rss"', 'preset = "evening-nwes"', [
        "source[2].preset: no preset 'evening-nwes' in presets; did you mean 'evening-news'?",
    ]),
    ("a preset like no other", 'kind = "feed"\nurl = "https://paper.test/rss"', 'preset = "../x"', [
        "source[2].preset: no preset '../x' in presets; known: evening-news",
    ]),
    ("a preset that is another file", 'kind = "feed"\nurl = "https://paper.test/rss"', 'preset = "../schools/holm-nook"', [
        "source[2].preset: no preset '../schools/holm-nook' in presets; known: evening-news",
    ]),
    ("a key of its own that a preset has too", 'kind = "feed"\nurl = "https://paper.test/rss"', 'preset = "evening-news"\nevery = "x"', [
        "source[2].every: expected a duration such as \"15m\", got 'x'",
    ]),
    ("a preset that is no name", 'kind = "feed"\nurl = "https://paper.test/rss"', "preset = 5", [
        "source[2].preset: no preset 5 in presets; known: evening-news",
    ]),
    ("a role", 'role = "head"', 'role = "haed"', [f"person[1].role: expected one of {ROLES}, got 'haed'; did you mean 'head'?"]),
    ("a role of several", '"deputy_head"]', '"deputy"]', [
        f"person[2].roles[2]: expected one of {ROLES}, got 'deputy'; did you mean 'deputy_dsl'?",
    ]),
    ("a person without role", 'role = "head"\n', "", [f"person[1]: has no role; give role = one of {ROLES}"]),
    ("a person without mail", 'mail = "head@school.test"', "", ["person[1].mail: is missing"]),
    ("an address without domain", '"head@school.test"', '"head"', [
        "person[1].mail: expected a mail address such as \"head@school.example\", got 'head'",
    ]),
    ("an address with a second line", '"head@school.test"', r'"head@school.test\nBcc: x@y.test"', [
        "person[1].mail: expected a mail address such as \"head@school.example\", got 'head@school.test\\nBcc: x@y.test'",
    ]),
    ("an address twice", '"dsl@school.test"', '"HEAD@school.test"', [
        'person[2].mail: person[1] has the same address; one person is one entry with roles = ["…"]',
    ]),
    ("a notice that is no address", '"https://school.test/monitoring"', '"our website"', [
        "governance.notice_url: expected an address such as \"https://…\", got 'our website'",
    ]),
    ("a date in words", "2026-11-01", '"last autumn"', [
        "governance.dpia_date: expected a date such as 2026-11-01, without quotes, got 'last autumn'",
    ]),
    ("yes for true", "[governance]", '[normalise]\nleet = "sometimes"\n[governance]', [
        "normalise.leet: expected true or false, got 'sometimes'",
    ]),
    ("what is always done", "[governance]", "[normalise]\ncasefold = false\n[governance]", [
        "normalise.casefold: expected one of true, got False",
    ]),
    ("a key that needs quoting", "[governance]", '"a\\nb" = 1\n[governance]', [r'person[3]."a\nb": unknown key; known here: role, roles, name, mail, also, names, away, substitute, wake']),
    ("a route that is no text", "[governance]", "[routes]\nlado = 1\n[governance]", ['routes.lado: expected text in quotes: "…", got 1']),
    ("term dates backwards", "[governance]", "[calendar]\nterms = [[2026-12-18, 2026-09-02]]\n[governance]", [
        "calendar: a term ends on 2026-09-02 before it begins on 2026-12-18",
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "told"), [pytest.param(*case[1:], id=case[0]) for case in IN_MONITOR])
def test_a_mistake_in_monitor_toml_is_told(old: str, new: str, told: list[str]) -> None:
    assert problems(changed(MONITOR, old, new)) == [f"monitor.toml: {each}" for each in told]


@pytest.mark.parametrize(("old", "new", "told"), [pytest.param(*case[1:], id=case[0]) for case in IN_SCHOOL])
def test_a_mistake_in_a_school_file_is_told(old: str, new: str, told: list[str]) -> None:
    assert problems(school=changed(SCHOOL, old, new)) == [f"schools/holm-nook.toml: {each}" for each in told]


def test_ten_mistakes_in_two_files_are_ten_lines() -> None:
    monitor, school = MONITOR, SCHOOL
    for old, new in (
        ("2587", '"x"'),
        ("host =", "hots ="),
        ('"0s"', '"soon"'),
        ('"2s"', "2"),
        ("starttls", "stattls"),
    ):
        monitor = changed(monitor, old, new)
    for old, new in (("Europe/London", "Mars"), ('"15m"', '"x"'), ('"weak"', '"week"'), ('"head"', '"haed"')):
        school = changed(school, old, new)
    told = problems(monitor, school)
    assert len(told) == 10, told
    assert sum(each.startswith("monitor.toml: ") for each in told) == 6
    assert len({re.sub(": .*", "", each.partition(": ")[2]) for each in told}) == 10


TOML_VALUES = st.sampled_from([
    '""', '"x"', r'"\u001b[31m\r\n"', '"0s"', '"holm-nook"', "0", "-1", "1.5", "nan", "99999999999999999999", "true",
    "2026-11-27", "07:32:00", "2026-11-27T07:32:00Z", "[]", "[[]]", '["a"]', "[1, {}]", "{}", '{ x = "y" }',
])  # fmt: skip


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_in_the_files_is_told_in_single_printable_lines(data: st.DataObject) -> None:
    texts = [MONITOR, SCHOOL]
    for _ in range(data.draw(st.integers(1, 4))):
        which = data.draw(st.sampled_from([0, 1]))
        lines = texts[which].splitlines()
        at = data.draw(st.integers(0, len(lines) - 1))
        key, _, value = lines[at].partition(" = ")
        value = data.draw(TOML_VALUES | st.just(value))
        key = data.draw(st.sampled_from([key, key[1:], r'"\u001b\n"', "key"]))
        lines[at] = data.draw(st.sampled_from([f"{key} = {value}", f"[{key}]", f"[[{key}]]", lines[at]]))
        texts[which] = "\n".join(lines)
    told: tuple[Problem, ...] = ()
    try:
        loaded(*texts)
    except ConfigError as error:
        told = error.problems
    assert all(str(problem).isprintable() for problem in told), told


def test_a_shape_that_no_model_describes_is_told_all_the_same() -> None:
    class Inner(TypedDict):
        __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]  # pydantic's way
        x: int

    class Outer(BaseModel):
        inner: Inner

    found: list[Problem] = []
    assert shape.fit(Outer, {"inner": {"x": 1, "inr": 2}}, shape.Place("f.toml"), found) is None
    assert [str(each) for each in found] == ["f.toml: inner.inr: unknown key"]


def test_sense_is_looked_at_only_when_the_shape_is_right() -> None:
    twice = changed(SCHOOL, '"local paper"', '"local blog"')
    assert len(problems(school=changed(twice, "Europe/London", "Mars"))) == 1
