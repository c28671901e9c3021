"""Promise: nothing that is fed to the watch keeps it from telling of a threat beside it: the short form.

``make hostile CORPORA=folder`` does the same with any folder of strange files.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from alerts import clean
from monitor.matching import Matcher
from tests.hostile import foreign, naughty
from tests.hostile.foreign import Tally
from tests.hostile.stage import Post, json_feed

SEEDS = Path(__file__).parents[1] / "fuzz" / "seeds"
TOGETHER = 32
SMALL = 100_000


def _strings() -> list[tuple[str, bytes]]:
    """Our own list, some in each feed."""
    posts = [
        Post(
            title=words, text=f"{words} {foreign.NAME} {words}", link=words, guid=f"{n} {words}", author=words
        )
        for n, words in enumerate(naughty.ALL)
    ]
    return [(f"strings {at}", json_feed(posts[at : at + TOGETHER])) for at in range(0, len(posts), TOGETHER)]


def _seeds(every: int) -> list[tuple[str, bytes]]:
    """What once broke a reader, and is small."""
    paths = [path for kind in ("feed", "jsonfeed", "page") for path in sorted((SEEDS / kind).iterdir())]
    read = [(str(path), path.read_bytes()) for path in paths]
    return [(name, octets) for name, octets in read if len(octets) < SMALL][::every]


@pytest.mark.slow
def test_every_string_and_seed_goes_the_whole_way_and_breaks_nothing() -> None:
    tally = Tally()
    given = [*_strings(), *_seeds(every=4)]
    foreign.run(given, tally)
    tally.slow.clear()  # wall time on a busy machine proves nothing; `make hostile` measures it
    assert tally.good, tally
    assert tally.inputs == len(given)
    assert tally.mails > len(given), "something was told each time"


def test_a_reader_of_lists_gives_every_line_and_every_file(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"one\n\ntwo\xff\n")
    (tmp_path / "b.json").write_text('["<b>", 7, "\\ud800"]')
    (tmp_path / "c.xml").write_bytes(b"<rss/>")
    found = [octets for _, octets in foreign.inputs([tmp_path])]
    assert found[1:3] == [b"one", b"two\xff"]
    assert found[4:6] == [b"<b>", b"\xed\xa0\x80"]
    assert found[-1] == b"<rss/>"


@pytest.mark.parametrize("broken", ["a post that raises", "words that stay hidden"])
def test_what_breaks_is_counted(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if broken == "a post that raises":
        find = Matcher.find

        def stumble(self: Matcher, entry: object) -> object:
            if "plumcake" in str(entry):
                raise ValueError("plumcake")
            return find(self, entry)  # type: ignore[arg-type]  # whatever came, it goes on

        monkeypatch.setattr(Matcher, "find", stumble)
    else:
        monkeypatch.setattr(clean, "_HIDDEN", frozenset())
    tally = Tally()
    foreign.run([("x", "hurt that teacher with a knife, plumcake \u202eturned\u202c".encode())], tally)
    assert bool(tally.broken) is (broken == "a post that raises")
    assert bool(tally.acting or tally.injected) is (broken != "a post that raises")
    assert not tally.untold
