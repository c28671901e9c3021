"""Promise: of each edit of a wiki it is told what came, what went and who, as far as the wiki still shows it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sources.errors import Denied, SourceError, Throttled, Unreachable, Unreadable
from sources.mediawiki import MAX_TEXT, Api, Edit, Refused, read_change, unwiki
from tests.fakes import FakeFetcher, answer, tools
from tests.pace import within

API = "https://wiki.example/w/api.php"


def row(came: str = "", went: str = "", marker: str = "") -> bytes:
    """A row of a comparison; ``None`` where a side is empty."""
    left = f'<td class="diff-deletedline diff-side-deleted"><div>{went}</div></td>' if went else "<td></td>"
    right = f'<td class="diff-addedline diff-side-added"><div>{came}</div></td>' if came else "<td></td>"
    return (
        f'<tr><td class="diff-marker">{marker}</td>{left}<td class="diff-marker"></td>{right}</tr>'.encode()
    )


def edit(**told: Any) -> Edit:
    found = Edit.of({"revid": 7, "parentid": 6, **told})
    assert found
    return found


def ask(body: str, status: int = 200, headers: dict[str, str] | None = None) -> Any:
    return Api("https://wiki.example", tools({API: answer(body, status, headers=headers)})).ask(
        action="query"
    )


# --- what came and what went -----------------------------------------------------------------------


def test_a_new_line_is_added_and_a_lost_one_removed() -> None:
    change = read_change(row("A new line &lt;b&gt; &amp;amp;") + row(went="An old line"))

    assert change.added == "A new line <b> &amp;"
    assert change.removed == "An old line"


def test_of_a_changed_line_only_the_marked_words_are_new() -> None:
    change = read_change(
        row(
            "The head <ins>was a liar</ins> and is <ins class='diffchange'>cruel</ins>.",
            "The head <del>is</del> and is kind.",
        )
    )

    assert change.added == "was a liar … cruel"
    assert change.removed == "is"


def test_a_line_that_was_moved_is_not_new() -> None:
    moved = "<a class='mw-diff-movedpara-right' href='#x'>&#x26AB;</a>"
    left = "<a class='mw-diff-movedpara-left' href='#x'>&#x26AB;</a>"

    assert read_change(row("Moved <ins>and more</ins>", marker=moved)).added == "and more"
    assert read_change(row("Moved", marker=moved)).added == ""
    assert read_change(row(went="Moved", marker=left)).removed == ""


def test_what_stands_round_a_change_is_neither() -> None:
    context = b'<tr><td class="diff-context diff-side-added"><div>Always there</div></td></tr>'
    lines = b'<tr><td colspan="2" class="diff-lineno">Line 1:</td></tr>'
    change = read_change(lines + context + row("New"))

    assert (change.added, change.removed) == ("New", "")


@pytest.mark.parametrize(
    "body", [b"", b"<table>", b"no table", b"<tr><td class='diff-addedline'>", b"\xff\xfe\x00"]
)
def test_a_comparison_that_is_none_says_nothing(body: bytes) -> None:
    assert read_change(body).added == ""


def test_a_huge_comparison_is_cut_and_costs_little() -> None:
    with within(4):
        change = read_change(row("w" * 50 + " ") * 50_000)

    assert 0 < len(change.added) <= MAX_TEXT
    assert len(read_change(row(went="word " * 1_000)).removed) <= 2_000


def test_rows_within_rows_cost_little() -> None:
    with within(2):
        assert read_change(b'<tr><td class="diff-addedline"><ins>a' * 500).added == "a"


@pytest.mark.parametrize(
    ("told", "plain"),
    [
        ("[[Preston, Lancashire|Preston]] and [[Ribbleton]]", "Preston and Ribbleton"),
        ("'''bold''' and ''slanted'' and it's", "bold and slanted and it's"),
        ('Said<ref name="a">a book</ref>.<ref name="a" />', "Said a book ."),
        ("[[", "[["),
    ],
)
def test_the_marks_of_the_wiki_do_not_part_words(told: str, plain: str) -> None:
    assert unwiki(told) == plain


@pytest.mark.parametrize("mark", ["[[", "[[a|", "<ref ", "''", "[[]]", "<ref>"])
def test_marks_without_end_cost_little(mark: str) -> None:
    with within(2):
        unwiki((mark * MAX_TEXT)[:MAX_TEXT])


# --- edits -----------------------------------------------------------------------------------------


def test_an_edit_is_known_by_a_positive_number() -> None:
    junk: list[Any] = [0, -1, True, None, "x", [], 1.5]
    assert [Edit.of({"revid": name}) for name in junk] == [None] * 7
    assert Edit.of(None) is None
    assert edit(revid="8", parentid="7").parent == 7
    assert edit(parentid=0).parent == 0


@pytest.mark.parametrize("hidden", ["sha1hidden", "texthidden", "suppressed"])
def test_hidden_words_are_noticed(hidden: str) -> None:
    assert edit(**{hidden: True}).is_hidden
    assert list(edit(**{hidden: True}).remarks) == ["its words have been hidden"]
    assert not edit(**{hidden: False}).is_hidden
    assert not edit(userhidden=True).is_hidden


@pytest.mark.parametrize(
    ("told", "remarks"),
    [
        ({"user": "Somebody"}, []),
        ({"user": "~2026-1"}, ["not signed in"]),
        ({"user": "192.0.2.1", "anon": True}, ["not signed in"]),
        ({"user": "x", "temp": True}, ["not signed in"]),
        ({"tags": ["mw-reverted"]}, ["since undone"]),
        ({"tags": ["possible vandalism"]}, ["doubted by the wiki's own filters"]),
        ({"tags": ["possible libel or vandalism", "visualeditor"]}, ["doubted by the wiki's own filters"]),
        ({"tags": ["visualeditor", 7, None]}, []),
        ({"tags": "possible vandalism"}, []),
    ],
)
def test_what_the_wiki_thinks_of_an_edit_is_told_in_our_words(
    told: dict[str, Any], remarks: list[str]
) -> None:
    assert list(edit(**told).remarks) == remarks


def test_a_summary_is_what_its_author_says() -> None:
    assert edit(comment="/* History */ the truth").summary == "the truth"
    assert edit(comment="/* History */").summary == ""
    assert edit(comment="Reverted edits by X", tags=["mw-undo"]).summary == ""
    assert edit(commenthidden=True).summary == edit(comment=None).summary == ""


# --- asking ----------------------------------------------------------------------------------------


def test_it_asks_in_the_newest_format_and_steps_back_when_the_wiki_is_busy() -> None:
    fetcher = FakeFetcher({API: answer("{}")})
    Api("https://wiki.example", tools(fetcher)).ask(action="query", titles="A|b & c", rvstart="")

    assert (
        fetcher.calls[0].url
        == f"{API}?action=query&titles=A%7Cb%20%26%20c&format=json&formatversion=2&maxlag=5"
    )


@pytest.mark.parametrize("code", ["maxlag", "ratelimited", "readonly"])
def test_a_busy_wiki_is_left_alone_for_a_while(code: str) -> None:
    with pytest.raises(Throttled) as caught:
        ask(f'{{"error": {{"code": "{code}", "info": "secret words"}}}}', headers={"retry-after": "5"})
    assert caught.value.retry_after == timedelta(seconds=5)
    assert "secret" not in str(caught.value)

    with pytest.raises(Throttled) as caught:
        ask(f'{{"error": {{"code": "{code}"}}}}')
    assert caught.value.retry_after == timedelta(seconds=60)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ('{"error": {"code": "internal_api_error_DBQueryError"}}', Unreachable),
        ('{"error": {"code": "badvalue"}}', Refused),
        ('{"error": "Oops"}', Unreadable),
        ('{"error": null}', Unreadable),
        ("[]", Unreadable),
        ("<html>", Unreadable),
    ],
)
def test_an_error_in_an_answer_that_looks_well_is_an_error(body: str, error: type[SourceError]) -> None:
    with pytest.raises(error):
        ask(body)


def test_who_is_refused_for_having_no_name_learns_what_to_do() -> None:
    with pytest.raises(Denied) as caught:
        ask("Please set a user-agent and respect our robot policy", 403)

    assert caught.value.http_status == 403
    assert "notice_url" in caught.value.remedy
