"""Promise: robots.txt is read as RFC 9309 has it, asked for once a day, and never stalls us."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from sources import robots
from sources.base import USER_AGENT_TOKEN, Answer
from sources.errors import Unreachable, Unreadable
from sources.robots import Robots
from tests.pace import within

ORIGIN = "https://paper.example"


def _allows(text: str | bytes, path: str = "/news/today") -> bool:
    rules, _ = robots.parse(text if isinstance(text, bytes) else text.encode())
    return bool(rules.can_fetch(ORIGIN + path, USER_AGENT_TOKEN))


US = "User-agent: SchoolMentionMonitor\n"
ALL = "User-agent: *\n"

ALLOWED = {
    "empty": "",
    "nobody else": "User-agent: OtherBot\nDisallow: /\n",
    "empty disallow": ALL + "Disallow:\n",
    "our group beats the general one": ALL + "Disallow: /\n\n" + US + "Disallow: /private\n",
    "our group beats the general one, whatever the order": US
    + "Disallow: /private\n\n"
    + ALL
    + "Disallow: /\n",
    "a part of our name is not our name": "User-agent: School\nDisallow: /\n",
    "our name and more is not our name": "User-agent: SchoolMentionMonitorPlus\nDisallow: /\n",
    "more octets win": ALL + "Disallow: /news\nAllow: /news/today\n",
    "more octets win, whatever the order": ALL + "Allow: /news/today\nDisallow: /news\n",
    "a tie allows": ALL + "Disallow: /news/today\nAllow: /news/today\n",
    "case of the path counts": ALL + "Disallow: /NEWS\n",
    "end anchor": ALL + "Disallow: /news$\n",
    "comment": ALL + "# Disallow: /\n",
    "rules without a group": "Disallow: /\n",
    "an HTML page": "<html><body>Disallow: everything</body></html>",
    "wildcard elsewhere": ALL + "Disallow: */feed/*\n",
    "an absolute address": ALL + "Disallow: https://paper.example/\n",
}
DISALLOWED = {
    "everything": ALL + "Disallow: /\n",
    "us": US + "Disallow: /\n",
    "us in another case": "USER-AGENT: schoolmentionMONITOR\nDISALLOW: /\n",
    "us with a version": "User-agent: SchoolMentionMonitor/1.0\nDisallow: /\n",
    "no blank after the colon": "User-agent:SchoolMentionMonitor\nDisallow:/\n",
    "blanks before the colon": "User-agent : *\nDisallow : /\n",
    "no colon": "User-agent *\nDisallow /\n",
    "several names for one group": "User-agent: OtherBot\n" + US + "Disallow: /\n",
    "our groups are merged": US + "Disallow: /a\n\n" + US + "Disallow: /news\n",
    "general groups are merged": ALL + "Disallow: /a\n\n" + ALL + "Disallow: /news\n",
    "byte order mark": "\ufeff" + ALL + "Disallow: /\n",
    "CRLF": ALL.replace("\n", "\r\n") + "Disallow: /\r\n",
    "CR": ALL.replace("\n", "\r") + "Disallow: /\r",
    "wildcard in front": ALL + "Disallow: */today\n",
    "wildcard": ALL + "Disallow: /n*y$\n",
    "comment behind": ALL + "Disallow: /news # keep out\n",
    "a sitemap ends no group": "User-agent: OtherBot\nSitemap: https://paper.example/s\n"
    + ALL
    + "Disallow: /\n",
    "an unknown line ends no group": "User-agent: OtherBot\nNoise: 1\n" + ALL + "Disallow: /\n",
    "a crawl-delay ends no group": US + "Crawl-delay: 3\nUser-agent: OtherBot\nDisallow: /\n",
    "misspelt": "Useragent: *\nDissallow: /\n",
    "after much else": "User-agent: A\nDisallow: /x\n\n" * 1000 + ALL + "Disallow: /\n",
}


@pytest.mark.parametrize("text", ALLOWED.values(), ids=ALLOWED.keys())
def test_this_allows_us(text: str) -> None:
    assert _allows(text)


@pytest.mark.parametrize("text", DISALLOWED.values(), ids=DISALLOWED.keys())
def test_this_does_not_allow_us(text: str) -> None:
    assert not _allows(text)


def test_the_query_is_judged_too() -> None:
    assert not _allows(ALL + "Disallow: /*?s=\n", "/search?s=x")


def test_escapes_and_letters_mean_the_same() -> None:
    assert not _allows(ALL + "Disallow: /schül\n", "/sch%C3%BCler")
    assert not _allows(ALL + "Disallow: /sch%c3%bcl\n", "/sch%C3%BCler")


def test_bytes_that_are_no_text_do_no_harm() -> None:
    assert not _allows(b"\xff\xfe\n" + ALL.encode() + b"Disallow: /\xff\nDisallow: /news\n")


def test_what_comes_after_500_kib_is_ignored() -> None:
    filling = b"# " + b"x" * 997 + b"\n"
    text = ALL.encode() + filling * 500 + b"Disallow: /\n"
    assert len(text) < robots.MAX_BYTES
    assert not _allows(text)
    assert _allows(ALL.encode() + filling * 1024 + b"Disallow: /\n")


def test_a_rule_that_is_cut_at_500_kib_is_ignored() -> None:
    start = b"Disallow: /"
    filling = b"#" * (robots.MAX_BYTES - len(ALL) - 1 - len(start)) + b"\n"
    text = ALL.encode() + filling + start
    assert len(text) == robots.MAX_BYTES
    assert not _allows(text)
    assert _allows(text + b"archive/2019\n")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("".join(f"User-agent: a{n}\n" for n in range(30_000)) + "Disallow: /x\n", id="agents"),
        pytest.param("User-agent: a\n" * 30_000 + "Disallow: /x\n" * 5_000, id="the same agent"),
        pytest.param(ALL + "Disallow: /*a*a*a*a*a*a*a*a*b\n" * 15_000, id="wildcards"),
        pytest.param(ALL + "Disallow: /" + "*a" * 250_000 + "\n", id="one long wildcard rule"),
        pytest.param("user agent " * 40_000, id="one line"),
    ],
)
def test_a_hostile_file_costs_little(text: str) -> None:
    with within(2):
        _allows(text, "/" + "a" * 2_000)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (US + "Crawl-delay: 10\n", 10),
        (ALL + "Crawl-delay: 2.5\n", 2.5),
        (ALL + "Crawl-delay: 86400\n", 60),
        (ALL + "Crawl-delay: 9\n\n" + US + "Crawl-delay: 4\n", 4),
        ("User-agent: OtherBot\nCrawl-delay: 9\n", 0),
        (ALL + "Crawl-delay: soon\n", 0),
        (ALL + "Crawl-delay: -3\n", 0),
        (ALL + "Crawl-delay: inf\n", 0),
        ("", 0),
    ],
)
def test_a_crawl_delay_is_honoured_up_to_a_minute(text: str, seconds: float) -> None:
    assert robots.parse(text.encode())[1] == timedelta(seconds=seconds)


class _Site:
    """Answers for robots.txt, counts the questions, and owns the clock."""

    def __init__(self, *answers: int | bytes | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []
        self.time = 1_000.0
        self.robots = Robots(self.fetch, monotonic=lambda: self.time)

    def fetch(self, url: str) -> Answer:
        self.asked.append(url)
        said = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(said, Exception):
            raise said
        if isinstance(said, int):
            return Answer(status=said, url=url, body=(ALL + "Disallow: /\n").encode())
        return Answer(status=200, url=url, body=said)

    def allows(self, path: str = "/news", origin: str = ORIGIN) -> bool:
        return self.robots.verdict(origin, origin + path).allowed


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451, 499, 301, 302, 308])
def test_where_there_is_no_robots_txt_everything_is_allowed(status: int) -> None:
    assert _Site(status).allows()


@pytest.mark.parametrize("status", [429, 500, 502, 503, 599])
def test_while_the_server_is_in_trouble_nothing_is_allowed(status: int) -> None:
    verdict = _Site(status).robots.verdict(ORIGIN, ORIGIN + "/")
    assert not verdict.allowed
    assert verdict.reason == "robots.txt cannot be read"
    assert verdict.again_in == timedelta(minutes=15)


@pytest.mark.parametrize("error", [Unreachable("x"), Unreadable("x")])
def test_while_there_is_no_answer_nothing_is_allowed(error: Exception) -> None:
    assert not _Site(error).allows()


def test_a_refusal_says_so() -> None:
    verdict = _Site((ALL + "Disallow: /news\n").encode()).robots.verdict(ORIGIN, ORIGIN + "/news/1")
    assert not verdict.allowed
    assert verdict.reason == "robots.txt does not allow this address"
    assert verdict.again_in is None


def test_it_is_asked_for_once_a_day() -> None:
    site = _Site((ALL + "Disallow: /news\n").encode(), b"")
    assert not site.allows()
    assert site.allows("/other")
    site.time += 24 * 3600 - 1
    assert not site.allows()
    assert len(site.asked) == 1
    site.time += 1
    assert site.allows()
    assert site.asked == [f"{ORIGIN}/robots.txt"] * 2


def test_after_a_failure_it_is_asked_for_again_soon() -> None:
    site = _Site(500, b"")
    assert not site.allows()
    site.time += 15 * 60 - 1
    assert not site.allows()
    assert len(site.asked) == 1
    site.time += 1
    assert site.allows()


def test_each_scheme_host_and_port_speaks_for_itself() -> None:
    site = _Site((ALL + "Disallow: /news\n").encode(), b"")
    assert not site.allows()
    assert site.allows(origin="http://paper.example")
    assert site.allows(origin="https://paper.example:80")
    assert len(site.asked) == 3


def test_the_delay_is_known_once_it_was_asked_for() -> None:
    site = _Site((ALL + "Crawl-delay: 7\n").encode())
    assert site.robots.delay(ORIGIN) == timedelta(0)
    site.allows()
    assert site.robots.delay(ORIGIN) == timedelta(seconds=7)
    assert len(site.asked) == 1


def test_threads_that_ask_at_the_same_time_ask_once() -> None:
    site = _Site(b"")
    gate = threading.Barrier(4)
    seen: list[bool] = []

    def ask() -> None:
        gate.wait()
        seen.append(site.allows())

    _in_threads(ask, 4)
    assert seen == [True] * 4
    assert len(site.asked) == 1


def test_no_more_than_a_thousand_authorities_are_remembered() -> None:
    site = _Site(b"")
    for number in range(1_001):
        site.allows(origin=f"https://h{number}.example")
    site.allows(origin="https://h1000.example")
    assert len(site.asked) == 1_001
    site.allows(origin="https://h0.example")
    assert len(site.asked) == 1_002


def _in_threads(job: Callable[[], None], count: int) -> None:
    threads = [threading.Thread(target=job) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
