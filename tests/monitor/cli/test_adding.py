"""Promise: one command finds a place, tries it, shows what it would have found, and writes it down, or says why not."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor import config
from monitor.cli import adding, cli
from monitor.cli.asking import QUESTIONS, given_values, of_platform
from sources.declined import DECLINED
from sources.registry import KINDS
from tests.monitor.configurations import MONITOR, PRESET, SCHOOL, changed, settle
from tests.sources.http_server import Web
from tests.sources.http_server import answer as page

RSS = b"""<rss version="2.0"><channel><title>Blog</title>
<item><title>Fair at Holm Nook Primary, says Jayden Invented, 9</title><guid>1</guid>
<pubDate>Mon, 23 Nov 2026 10:00:00 GMT</pubDate></item>
<item><title>Buses are late</title><guid>2</guid></item></channel></rss>"""
HOME = b'<html><head><link rel="alternate" type="application/rss+xml" href="/feed"></head><body>News</body></html>'
FILE = Path("schools/holm-nook.toml")


@pytest.fixture(name="said")
def _said(web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    settle(tmp_path, monkeypatch)
    monitor = changed(MONITOR, '["127.0.0.1:8481"]', f'["127.0.0.1:8481", "{web.key}"]')
    Path("monitor.toml").write_text(changed(monitor, 'min_delay = "2s"', 'min_delay = "0s"'))
    FILE.write_text(SCHOOL)
    web.pages |= {"/": page(200, HOME), "/feed": page(200, RSS), "/robots.txt": page(200, b"")}

    def invoke(*words: str, given: str = "") -> Result:
        command = ["--config", "monitor.toml", "sources", *words]
        return CliRunner().invoke(cli, command, input=given, catch_exceptions=False)

    return invoke


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adding, "on_terminal", lambda: True)


def sources() -> list[config.SourceConfig]:
    return list(config.load(Path("monitor.toml"), environ={}).schools["holm-nook"].sources)


def test_from_a_page_to_a_source_in_one_command(said: Callable[..., Result], web: Web) -> None:
    told = said("add", web.url("/"), "--name", "Blog", "--set", "every=1h", "--yes")

    assert told.exit_code == 0, told.output
    assert max(map(len, told.stdout.splitlines())) <= 110, "only the lines of the file may be longer"
    whole = " ".join(told.stdout.split())
    for words in (
        "robots.txt: allowed",
        "2 entries, the newest of Mon 23 Nov 10:00",
        "1 of them would have matched:",
        "ours: Fair at Holm Nook Primary",
        "not ours: Buses are late",
        "cannot see: what the site leaves out",
        "asked every 60 min; costs: free; credentials: none",
        "systemctl reload mention-monitor (or SIGHUP)",
    ):
        assert words in whole
    assert "Jayden" not in told.output + told.stderr, "no name is shown"
    added = sources()[-1]
    assert (added.name, added.kind, added.locator) == ("Blog", "feed", web.url("/feed"))
    text = FILE.read_text()
    assert text.replace(text[text.index("# Added") : text.index("[[person]]")], "") == SCHOOL
    assert ": a feed named by the page; 2 entries read, 1 of them about us.\n[[source]]\n" in text


def test_programs_get_one_object_and_nothing_else(said: Callable[..., Result], web: Web) -> None:
    [told] = [json.loads(line) for line in said("add", web.url("/"), "--yes", "--json").stdout.splitlines()]

    assert told["added"] is True
    assert told["tried"]["ours"] == 1
    assert told["name"] == "127.0.0.1"
    assert [one["certainty"] for one in told["tried"]["samples"]] == ["certain", None]


def test_without_yes_nothing_is_written_where_nobody_can_be_asked(
    said: Callable[..., Result], web: Web
) -> None:
    told = said("add", web.url("/"))

    assert told.exit_code == 1
    assert "Nothing was written. To add it: --yes" in told.stdout
    assert FILE.read_text() == SCHOOL


def test_on_a_terminal_it_asks_which_what_name_and_whether(
    said: Callable[..., Result], web: Web, terminal: None
) -> None:
    link = f'<link rel="https://api.w.org/" href="{web.url("/wp-json/")}">'.encode()
    web.pages["/"] = page(200, HOME.replace(b"</head>", link + b"</head>"))
    told = said("add", given=f"{web.url('/')}\n2\nParents' blog\ny\n")

    assert told.exit_code == 0, told.output
    assert f"1  the whole site, by WordPress's own interface: {web.url('/')}" in told.stdout
    assert f"2  a feed named by the page, 2 entries: {web.url('/feed')}" in told.stdout
    assert "3  the page itself" in told.stdout
    assert sources()[-1].name == "Parents' blog"


def test_no_is_no(said: Callable[..., Result], web: Web, terminal: None) -> None:
    assert said("add", web.url("/"), given="1\n\nn\n").exit_code == 1
    assert FILE.read_text() == SCHOOL


def test_a_page_without_a_feed_is_watched_itself_if_that_is_said(
    said: Callable[..., Result], web: Web
) -> None:
    web.pages["/"] = page(200, b"<html><body><p>Notices of the parish.</p></body></html>")
    told = said("add", web.url("/"), "--yes")

    assert told.exit_code == 2
    assert "--kind page" in told.stderr
    assert said("add", web.url("/"), "--kind", "page", "--yes").exit_code == 0
    assert sources()[-1].kind == "page"


@pytest.mark.parametrize(
    "what",
    [
        "https://www.facebook.com/groups/mums",
        "news.google.com",
        "https://nextdoor.co.uk/x",
        "whatsapp",
        "reddit",
    ],
)
def test_a_place_that_is_not_watched_is_refused_with_its_reason_and_the_nearest_thing(
    what: str, said: Callable[..., Result], web: Web
) -> None:
    told = said("add", what, "--yes")

    assert told.exit_code == 2
    [one] = [each for each in DECLINED if f"{each.name} is not watched" in told.stderr]
    assert one.reason in told.stderr
    assert f"Instead: {one.instead}" in told.stderr
    assert web.asked == []


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("add", "nonsense"), "is no address"),
        (("add", "ftp://blog.test"), "is no address"),
        (("add", "http://[::1"), "is no address"),
        (("add", "https://me:secret@blog.test/feed"), "a password has no place"),
        (("add", "feed", "--kind", "feeed"), "there is no kind"),
        (("add", "https://paper.test/rss", "--kind", "page", "--set", "every"), "KEY=VALUE"),
        (("add", "feed", "--set", "url=https://paper.test/rss"), "watched already, as 'local paper'"),
        (("add", "gdelt", "--set", "query=x", "--name", "Local Paper"), "another source is called"),
        (("add", "gdelt"), "--set query=…"),
        (("add",), "say the address"),
        (("add", "mastodon", "--set", "instance=https://m.test"), "the new source"),
        (("presets", "none"), "no preset"),
    ],
)
def test_what_cannot_be_added_is_said_in_a_sentence(
    words: tuple[str, ...], why: str, said: Callable[..., Result], web: Web
) -> None:
    told = said(*words, "--yes", "--untried")

    assert told.exit_code == 2, told.output
    assert why in told.stderr
    assert (FILE.read_text(), web.asked) == (SCHOOL, [])


def test_what_cannot_be_read_is_not_added_unless_that_is_wanted(
    said: Callable[..., Result], web: Web
) -> None:
    web.pages["/feed"] = page(404, b"")
    words = ("add", "feed", "--set", f"url={web.url('/feed')}", "--yes")
    told = said(*words)

    assert told.exit_code == 1
    assert "It cannot be read" in told.stdout
    assert FILE.read_text() == SCHOOL
    [fact] = [json.loads(line) for line in said(*words, "--json").stdout.splitlines()]
    assert fact["added"] is False
    assert said(*words, "--untried").exit_code == 0
    assert "not tried" in FILE.read_text()


def test_addresses_inside_the_network_are_refused_unless_the_configuration_names_them(
    said: Callable[..., Result], web: Web
) -> None:
    told = said("add", "http://10.0.0.1/feed", "--yes")

    assert told.exit_code == 1
    assert said("add", web.key, "--yes").exit_code == 0, "as it is typed, without http://"
    assert "not public" in told.stderr


def test_what_would_spoil_the_configuration_is_taken_back(
    said: Callable[..., Result], web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adding, "_fitted", lambda wish, draft: wish.school.sources[0])
    draft = ("add", "feed", "--set", "url=https://paper.test/rss", "--name", "twice", "--untried", "--yes")
    told = said(*draft)

    assert told.exit_code == 2
    assert "the same place as source[2]" in told.stderr
    assert FILE.read_text() == SCHOOL


def test_a_secret_is_asked_for_unseen_kept_apart_and_named(
    said: Callable[..., Result], web: Web, terminal: None
) -> None:
    answers = "s3cret-key\nUCxxxxxxxxxxxxxxxxxxxxxx\n\n\ny\n"
    told = said("add", "youtube", "--set", f"service={web.url('/youtube')}", "--untried", given=answers)

    assert told.exit_code == 0, told.output
    assert "s3cret" not in told.output + FILE.read_text()
    assert Path("youtube-key").read_text() == "s3cret-key\n"
    assert stat.S_IMODE(Path("youtube-key").stat().st_mode) == 0o600
    assert 'key = { file = "youtube-key" }' in FILE.read_text()


ANSWERS = {
    "feed": ("https://news.test/feed", "N"),
    "page": ("https://news.test/notices", "N"),
    "wordpress": ("https://parish.test/", "N"),
    "bluesky": ("holm nook", "school.test", "pass-word", "school.test", "N"),
    "mastodon": ("https://social.test", "ribbleton, preston", "to-ken", "N"),
    "youtube": ("the-key", "UCxxxxxxxxxxxxxxxxxxxxxx", "", "N"),
    "facebook": ("the-token", "100000000000001", "N"),
    "instagram": ("the-token", "17800000000000001", "N"),
    "wikipedia": ("Ribbleton, Preston", "N"),
    "whatdotheyknow": ("holm_nook", "", "N"),
    "gdelt": ("", "N"),
    "petitions": ("holm nook", "N"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_can_be_set_up_by_answering_questions(
    kind: str, said: Callable[..., Result], terminal: None
) -> None:
    told = said("add", kind, "--untried", given="\n".join([*ANSWERS[kind], "y", ""]))

    assert told.exit_code == 0, told.output
    added = sources()[-1]
    assert (added.kind, added.name) == (kind, "N")
    assert kind != "gdelt" or "holm nook primary" in added.locator, "the school's name is proposed"
    kept = {path.name for path in Path().iterdir()} - {"monitor.toml", "schools", "presets"}
    for name in kept:
        assert f'{{ file = "{name}" }}' in FILE.read_text()
    assert bool(kept) == (kind in {"bluesky", "mastodon", "youtube", "facebook", "instagram"})


def test_a_secret_that_is_there_is_offered_and_one_typed_in_vain_is_not_left(
    said: Callable[..., Result], web: Web, terminal: None
) -> None:
    Path("youtube-key").write_text("old\n")
    given = ("add", "youtube", "--set", "channel=UCxxxxxxxxxxxxxxxxxxxxxx", "--set", "search=x", "--untried")
    assert said(*given, given="y\nTube\nn\n").exit_code == 1
    FILE.chmod(0o640)
    told = said(*given, "--set", "every=1s", given="n\n\ns3cret\nTube\ny\n")

    assert told.exit_code == 2, "once a second is too often"
    assert Path("youtube-key").read_text() == "old\n"
    assert not Path("youtube-key-2").exists()
    assert FILE.read_text() == SCHOOL


def test_what_may_be_a_secret_on_the_command_line_is_not_repeated(said: Callable[..., Result]) -> None:
    told = said("add", "youtube", "--set", "key=AIzaSECRET", "--yes")

    assert told.exit_code == 2
    assert "install -m 600" in told.stderr
    assert "AIza" not in told.output + told.stderr


def test_presets_are_listed_and_added_by_name(said: Callable[..., Result], web: Web) -> None:
    Path("presets/evening-news.toml").write_text(
        "# The evening\n# paper. Sees news. Not verified.\n"
        + changed(PRESET, "https://news.test/rss", web.url("/feed"))
    )
    assert said("presets").stdout == "evening-news: The evening paper. Sees news.\n"
    told = said("presets", "evening-news", "--yes")

    assert told.exit_code == 0, told.output
    assert '[[source]]\npreset = "evening-news"\n' in FILE.read_text()
    assert sources()[-1].name == "Evening News"
    assert json.loads(said("presets", "--json").stdout)["watched"] is True
    assert "watched already" in said("presets", "evening-news", "--yes").stderr


def test_where_there_are_no_presets_that_is_said(said: Callable[..., Result]) -> None:
    Path("presets/evening-news.toml").unlink()
    assert "There are none" in said("presets").stdout


@pytest.mark.parametrize(
    ("address", "table"),
    [
        ("https://en.wikipedia.org/wiki/Holm_Nook", {"kind": "wikipedia", "titles": ["Holm Nook"], "service": "https://en.wikipedia.org"}),
        ("https://www.whatdotheyknow.com/body/holm_nook", {"kind": "whatdotheyknow", "body": "holm_nook"}),
        ("https://www.youtube.com/channel/UC1", {"kind": "youtube", "channel": "UC1"}),
        ("https://bsky.app/profile/x", {"kind": "bluesky"}),
        ("https://blog.test/", None),
    ],
)  # fmt: skip
def test_an_address_on_a_platform_means_its_kind(address: str, table: object) -> None:
    assert of_platform(address) == table


def test_what_is_asked_are_keys_of_the_kinds_and_no_kind_goes_without_what_it_needs() -> None:
    for kind, questions in QUESTIONS.items():
        assert questions.keys() <= KINDS[kind].settings.model_fields.keys()
    for name, known in KINDS.items():
        needed = {key for key, field in known.settings.model_fields.items() if field.is_required()}
        assert needed <= QUESTIONS[name].keys(), "ask for it in words"


def test_values_are_read_as_the_kind_wants_them() -> None:
    told = given_values("youtube", ["search=a b", "search=c", "searches_a_day=5", "key=youtube-key"])
    assert told == {"search": ["a b", "c"], "searches_a_day": 5, "key": {"file": "youtube-key"}}
    assert given_values("wordpress", ["own=yes", "posts=false", "query=true"]) == {
        "own": True,
        "posts": False,
        "query": "true",
    }
