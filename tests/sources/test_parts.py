"""Promise: a mail is taken apart where its boundaries stand, and nowhere else."""

from __future__ import annotations

import pytest

from sources import parts


def inside(body: str, kind: str = 'multipart/mixed; boundary="b"') -> list[bytes]:
    whole = parts.whole(f"Content-Type: {kind}\n\n{body}".encode())
    return [each.body for each in parts.inner(whole)]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("--b\n\none\n--b\n\ntwo\n--b--\n", [b"one", b"two"]),
        ("before\n--b\n\none\n--b--\nbehind\n--b\n\nx", [b"one"]),
        ("--b\n\none\n", [b"one\n"]),
        ("--b\n\none\n--b--", [b"one"]),
        ("--b\n\none\n--b", [b"one"]),
        ("--b \t\n\none\n--b-- \n", [b"one"]),
        ("--b\n\none\n--bc\ntwo\n--b--\n", [b"one\n--bc\ntwo"]),
        ("--b\n\none --b\ntwo\n--b--\n", [b"one --b\ntwo"]),
        ("--b\n--b\n--b--\n", [b"", b""]),
        ("--b--\n--b\n\none", []),
        ("none", []),
        ("", []),
    ],
)
def test_parts_stand_between_the_boundaries(body: str, found: list[bytes]) -> None:
    assert inside(body) == found


@pytest.mark.parametrize("boundary", ["", '""', '"  "', f'"{"b" * 300}"'])
def test_without_a_boundary_there_are_no_parts(boundary: str) -> None:
    assert inside("--\n\none\n----\n", f"multipart/mixed; boundary={boundary}") == []


def test_what_programs_put_before_a_mail_is_left_out() -> None:
    for before in (b"\xef\xbb\xbf", b"\n\n", b"From a@x.example Tue Nov 24\n", b" \n"):
        assert parts.whole(before + b"Content-Type: text/html\n\nx").kind == "text/html"


@pytest.mark.parametrize(
    ("head", "attached", "picture"),
    [
        ("Content-Type: text/plain\n", False, False),
        ("Content-Disposition: inline\n", False, False),
        ("Content-Disposition: attachment\n", True, False),
        ('Content-Disposition: inline; filename="a.txt"\n', True, False),
        ("Content-Disposition: inline; filename*=utf-8''a.txt\n", True, False),
        ("Content-Type: image/heic\n", False, True),
        ('Content-Type: application/octet-stream; name="a.JPG"\n', False, True),
        ('Content-Disposition: attachment; filename="a.png"\n', True, True),
        ('Content-Disposition: attachment; filename="a.png.txt"\n', True, False),
    ],
)
def test_what_is_to_be_saved_and_what_is_a_picture_is_known(head: str, attached: bool, picture: bool) -> None:  # noqa: FBT001 -- a table
    found = parts.part(f"{head}\nx".encode())
    assert (found.is_attached, found.is_picture) == (attached, picture)


@pytest.mark.parametrize(
    ("encoding", "body", "content"),
    [
        ("base64", "bWluZQ0KeA==", b"mine\nx"),
        ("BASE64", "bWluZQ", b"mine"),
        ("quoted-printable", "caf=C3=A9=\n x", "café x".encode()),
        ("x-unknown", "mine", b"mine"),
        ("", "mine", b"mine"),
    ],
)
def test_the_transfer_encoding_is_undone(encoding: str, body: str, content: bytes) -> None:
    assert parts.part(f"Content-Transfer-Encoding: {encoding}\n\n{body}".encode()).content == content
