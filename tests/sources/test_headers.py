"""Promise: a header says one thing or nothing, in words if it can be, and never raises."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources import headers


def fields(head: str) -> headers.Fields:
    return headers.split(head.encode())[0]


def test_fields_are_unfolded_and_the_body_begins_behind_the_empty_line() -> None:
    found, body = headers.split(b"A: one\n two\nB:three\n\nC: body\n")
    assert found == [("a", b"one  two"), ("b", b"three")]
    assert body == b"C: body\n"


def test_a_line_that_is_no_field_begins_the_body() -> None:
    assert headers.split(b"A: b\nmine\n") == ([("a", b"b")], b"mine\n")
    assert headers.split(b"mine\n") == ([], b"mine\n")
    assert headers.split(b"\nA: b\n") == ([], b"A: b\n")


def test_fields_are_bounded() -> None:
    found, body = headers.split(b"A: b\n" * 5_000 + b"\nbody")
    assert len(found) == headers.MOST_FIELDS
    assert body == b"body"
    assert len(headers.split(b"A: " + b"x" * 99_999)[0][0][1]) <= headers.LONGEST_FIELD


def test_a_carriage_return_or_nul_begins_no_field() -> None:
    assert fields("A: b\rFrom: c\0d\n") == [("a", b"b From: c d")]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("plain", "plain"),
        ("=?utf-8?q?caf=C3=A9_au_lait?=", "café au lait"),
        ("=?utf-8?B?Y2Fmw6k=?= x", "café x"),
        ("=?utf-8?b?4oI=?= =?utf-8?b?rA==?=", "€"),
        ("=?utf-8?q?a?= =?iso-8859-1?q?=E9?=", "aé"),
        ("a =?utf-8?q?b?= c =?utf-8?q?d?=", "a b c d"),
        ("=?utf-8*en?q?mine?=", "mine"),
        ("=?nowhere?q?caf=E9?=", "café"),
        ("=?utf-8?z?mine?=", "=?utf-8?z?mine?="),
        ("=?utf-8?q?a=0D=0ABcc:_b?=", "a Bcc: b"),
        ("caf\u00e9", "café"),
        ("a\x00\x1b[2J", "a [2J"),
    ],
)
def test_words_are_decoded_on_one_line(value: str, said: str) -> None:
    assert headers.words(value.encode().replace(b"\0", b" "), 100) == said


@pytest.mark.parametrize(
    ("octets", "charset", "said"),
    [
        (b"caf\xc3\xa9", "iso-8859-1", "café"),
        (b"caf\xe9 \x93x\x94", "utf-8", "café “x”"),
        (b"caf\xe9", "", "café"),
        (b"\xef\xbb\xbfx", "utf-8", "x"),
        ("日本".encode("iso-2022-jp"), "ISO-2022-JP", "日本"),
        ("x–".encode("utf-16"), "utf-16", "x–"),
        ("до".encode("koi8-r"), "koi8-r", "до"),
        (b"zvar", "rot13", "zvar"),
        (b"x", "zlib", "x"),
        (b"\xd8", "utf-16", "Ø"),
    ],
)
def test_text_is_read_though_its_charset_lies(octets: bytes, charset: str, said: str) -> None:
    assert headers.decoded(octets, charset) == said


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("a@x.example", "a@x.example"),
        ("A. Head <Head@X.example>", "head@x.example"),
        ('"Head, A. <b@y.example>" <a@x.example>', "a@x.example"),
        ("a@x.example (A. Head)", "a@x.example"),
        ("b@y.example <a@x.example>", "a@x.example"),
        ("Leads: a@x.example;", "a@x.example"),
        ("a@x.example,", "a@x.example"),
        ("a@x.example, b@x.example", ""),
        ("<a@x.example> <b@x.example>", ""),
        ("<a@x.example> b", ""),
        ("a@x.example (unclosed", ""),
        ("<a@x.example", ""),
        ('"unclosed <a@x.example>', ""),
        ("a@x.example: b@x.example", ""),
        ("a@x.example)b@x.example", ""),
        ("", ""),
        ("nobody", ""),
        ("a@x.example" + " " * 3_000, "a@x.example"),
        ("(" + "a" * 3_000 + ") a@x.example", ""),
    ],
)
def test_a_sender_is_one_address_or_nobody(value: str, address: str) -> None:
    assert headers.sender(fields(f"From: {value}\n")) == address


def test_two_senders_are_nobody() -> None:
    assert headers.sender(fields("From: a@x.example\nFrom: a@x.example\n")) == ""


def test_addresses_come_in_the_order_of_the_names_and_once() -> None:
    found = fields("To: a@x.example, b@x.example\nDelivered-To: c@x.example\nCc: A@x.example, nobody\n")
    assert headers.addresses(found, ("delivered-to", "to", "cc"), 9) == (
        "c@x.example",
        "a@x.example",
        "b@x.example",
    )
    assert len(headers.addresses(found, ("delivered-to", "to"), 2)) == 2


@pytest.mark.parametrize(
    ("value", "kind", "parameters"),
    [
        ("Text/HTML; Charset=UTF-8", "text/html", {"charset": "UTF-8"}),
        ('multipart/mixed; boundary="a\\"b;c"', "multipart/mixed", {"boundary": 'a"b;c'}),
        ("text/plain; a=1; a=2", "text/plain", {"a": "1"}),
        ("multipart", "multipart/mixed", {}),
        ("application", "application/octet-stream", {}),
        ("text", "text/plain", {}),
        ("nonsense", "text/plain", {}),
        ("", "text/plain", {}),
    ],
)
def test_a_type_is_told_with_its_parameters(value: str, kind: str, parameters: dict[str, str]) -> None:
    assert headers.kind(value.encode()) == (kind, parameters)


def test_base64_is_read_as_far_as_it_is_any() -> None:
    assert headers.unbase64(b"bWlu\x00ZQ*o=%%%") == b"mine\n"
    assert headers.unbase64(b"bWluZQo=\nbWluZQo=") == b"mine\nmine\n"
    assert headers.unbase64(b"b") == b""


@given(st.binary(max_size=300))
def test_no_bytes_break_anything(octets: bytes) -> None:
    found, _ = headers.split(octets)
    for value in (octets, *(value for _, value in found)):
        assert headers.words(value, 50).isprintable() or len(headers.words(value, 50)) <= 50
        headers.kind(value)
        headers.ids(value)
        headers.sender([("from", value)])
        headers.unbase64(value)
        for charset in ("", "utf-16", "iso-2022-jp", "euc-kr", value[:20].decode("latin-1")):
            assert isinstance(headers.decoded(value, charset), str)
