"""Promise: JSON is read as the standard has it and within bounds; addresses are complete and bare of secrets."""

from __future__ import annotations

import pytest

from sources import wire
from sources.errors import Unreadable


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": [1, 2.5, "x", null, true]}', {"a": [1, 2.5, "x", None, True]}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        ('{"a": "ü"}'.encode("utf-16"), {"a": "ü"}),
        (b"7", 7),
    ],
    ids=["all types", "mark of byte order", "UTF-16", "bare number"],
)
def test_json_is_read(body: bytes, value: object) -> None:
    assert wire.parse_json(body) == value


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"{",
        b"NaN",
        b"[Infinity]",
        b'{"a": -Infinity}',
        b"\xff\xff",
        b"9" * 5_000,
        b"[" * 100_000,
        b"[" + b"[]," * wire.MAX_PARTS + b"[]]",
        b"{" + b'"a":{},' * wire.MAX_PARTS + b'"a":1}',
    ],
    ids=lambda body: ascii(body[:12]),
)
def test_what_is_no_json_or_no_honest_json_is_refused(body: bytes) -> None:
    with pytest.raises(Unreadable):
        wire.parse_json(body)


def test_as_many_parts_as_allowed_are_read() -> None:
    assert len(wire.parse_json(b"[" + b"[]," * (wire.MAX_PARTS - 2) + b"[]]")) == wire.MAX_PARTS - 1


def test_steps_into_json_never_fail() -> None:
    assert wire.mapping({"a": 1}) == {"a": 1}
    assert wire.mapping([1]) == wire.mapping(None) == {}
    assert wire.sequence([1]) == [1]
    assert wire.sequence("ab") == wire.sequence({"a": 1}) == ()
    assert [wire.words("x"), wire.words(7), wire.words(7.5)] == ["x", "7", "7.5"]
    nothings: list[object] = [True, None, [], {}]
    for nothing in nothings:
        assert wire.words(nothing) == ""


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Paper.example/feed", "paper.example:443"),
        ("http://paper.example/feed", "paper.example:80"),
        ("http://127.0.0.1:8481/?feed=rss2", "127.0.0.1:8481"),
        ("https://[2001:db8::1]/", "[2001:db8::1]:443"),
    ],
)
def test_a_host_is_named_with_its_port(url: str, host: str) -> None:
    assert wire.host(url) == host


@pytest.mark.parametrize("url", ["https://paper.example/feed?a=1&b=2", "http://127.0.0.1:8481/?feed=rss2"])
def test_a_complete_address_is_let_through_unchanged(url: str) -> None:
    assert wire.web_address(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "paper.example/feed",
        "//paper.example/feed",
        "ftp://paper.example/feed",
        "feed://paper.example/feed",
        "file:///etc/passwd",
        "https://",
        "https:///feed",
        "https://[x/feed",
        "https://paper.example:port/",
        "https://paper.example/a b",
        "https://paper.example/a\nb",
        "",
    ],
)
def test_what_is_no_complete_address_is_refused_in_plain_words(url: str) -> None:
    with pytest.raises(ValueError, match="complete web address"):
        wire.web_address(url)


@pytest.mark.parametrize("url", ["https://user:pw@paper.example/", "https://user@paper.example/"])
def test_an_address_carries_no_password(url: str) -> None:
    with pytest.raises(ValueError, match="user name or password"):
        wire.web_address(url)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a.B-3_~+/=", "a.B-3_~+/="),
        ("", ""),
        ("a b", ""),
        ("a\r\nX: y", ""),
        ("caf\xe9", ""),
        ("\ud800", ""),
        ("a" * 8_193, ""),
        (7, ""),
        (None, ""),
        (["a"], ""),
    ],
)
def test_a_token_is_what_a_header_can_carry(value: object, expected: str) -> None:
    assert wire.token(value) == expected


def test_a_query_says_what_is_asked_and_nothing_empty() -> None:
    assert wire.query({"q": "a b&c+d", "lang": "", "since": "2026-11-23T10:00:00Z"}) == (
        "q=a%20b%26c%2Bd&since=2026-11-23T10%3A00%3A00Z"
    )
    assert wire.query({"cursor": "\ud800x"}) == "cursor=%3Fx"
    assert wire.query([("types[]", "a"), ("types[]", "b")]) == "types%5B%5D=a&types%5B%5D=b"


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (7, 7), ("7", 7), ("0", 0), (0, 0), (-7, 0), ("-7", 0), (7.5, 0), (7.0, 0), (True, 0), (None, 0), ([], 0),
        ("٧", 0), (" 7", 0), ("9" * 18, 10**18 - 1), ("9" * 19, 0),
    ],
)  # fmt: skip
def test_a_whole_number_is_one_whether_written_as_a_number_or_in_digits(value: object, number: int) -> None:
    assert wire.whole(value) == number
