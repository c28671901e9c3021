"""Promise: a body is read up to its limit, raw and inflated, and not a piece further."""

from __future__ import annotations

import contextlib
import gzip
import io
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources import body
from sources.errors import Unreadable

GZIP = {"content-encoding": "gzip"}


class _Raw:
    """A raw answer that counts what is taken from it."""

    def __init__(self, octets: bytes, step: int = 65_536) -> None:
        self._file = io.BytesIO(octets)
        self._step = step
        self.taken = 0

    def read(self, amt: int, *, decode_content: bool) -> bytes:
        assert not decode_content
        piece = self._file.read(min(amt, self._step))
        self.taken += len(piece)
        return piece


def test_a_plain_body_is_returned_as_it_is() -> None:
    assert body.read(_Raw(b"words"), {}, 5) == b"words"
    assert body.read(_Raw(b"words"), {"content-encoding": "Identity"}, 5) == b"words"
    assert body.read(_Raw(b""), {}, 5) == b""


def test_an_announced_size_above_the_limit_is_not_read_at_all() -> None:
    raw = _Raw(b"words")
    with pytest.raises(Unreadable, match="larger than 4 bytes"):
        body.read(raw, {"content-length": "5"}, 4)
    assert raw.taken == 0


@pytest.mark.parametrize("announced", ["-1", "many", "9" * 5000, "²"])
def test_an_odd_announcement_is_no_permission(announced: str) -> None:
    with pytest.raises(Unreadable):
        body.read(_Raw(b"words"), {"content-length": announced}, 4)


def test_a_body_without_end_is_left_at_the_limit() -> None:
    raw = _Raw(b"x" * 10_000_000)
    with pytest.raises(Unreadable, match="larger than 100,000 bytes"):
        body.read(raw, {}, 100_000)
    assert raw.taken <= 100_000 + 65_536


@pytest.mark.parametrize("step", [1, 7, 65_536])
@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "GZIP", " gzip "])
def test_gzip_is_inflated(encoding: str, step: int) -> None:
    packed = _Raw(gzip.compress(b"words " * 1_000), step)
    assert body.read(packed, {"content-encoding": encoding}, 6_000) == b"words " * 1_000


@given(st.lists(st.binary(max_size=200_000), max_size=3), st.integers(min_value=1, max_value=70_000))
def test_whatever_was_packed_comes_out_again(parts: list[bytes], step: int) -> None:
    packed = b"".join(map(gzip.compress, parts))
    assert body.read(_Raw(packed, step), GZIP, 700_000) == b"".join(parts)


def test_a_bomb_is_inflated_no_further_than_the_limit() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(bytes(1_000_000)) for _ in range(100)) + packer.flush()
    tracemalloc.start()
    with pytest.raises(Unreadable, match="larger than 200,000 bytes"):
        body.read(_Raw(bomb), GZIP, 200_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


def test_a_packed_body_is_bounded_before_inflating_too() -> None:
    many_empty_blocks = gzip.compress(b"")[:10] + b"\x00\x00\x00\xff\xff" * 100_000
    with pytest.raises(Unreadable, match="larger than 100,000 bytes"):
        body.read(_Raw(many_empty_blocks), GZIP, 100_000)


@pytest.mark.parametrize(
    "encoding", ["gzip, gzip", "gzip,gzip,gzip", "deflate", "br", "zstd", "compress", "gzip, identity", "?"]
)
def test_an_encoding_that_was_not_asked_for_is_refused(encoding: str) -> None:
    raw = _Raw(gzip.compress(gzip.compress(b"words")))
    with pytest.raises(Unreadable, match="not asked for"):
        body.read(raw, {"content-encoding": encoding}, 100)
    assert raw.taken == 0


def test_a_packed_body_that_is_cut_off_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="cut off"):
        body.read(_Raw(gzip.compress(b"words" * 100)[:-4]), GZIP, 1_000)


def test_a_packed_body_that_is_damaged_is_unreadable() -> None:
    for broken in (b"no gzip at all", gzip.compress(b"words")[:-8] + b"\0" * 8):
        with pytest.raises(Unreadable, match="damaged"):
            body.read(_Raw(broken), GZIP, 1_000)


def test_an_empty_body_may_be_called_packed() -> None:
    assert body.read(_Raw(b""), GZIP, 10) == b""


def test_a_body_of_very_many_parts_is_refused() -> None:
    assert body.read(_Raw(gzip.compress(b"a") * 8), GZIP, 300) == b"a" * 8
    with pytest.raises(Unreadable, match="too many parts"):
        body.read(_Raw(gzip.compress(b"a") * 9), GZIP, 300)


@pytest.mark.parametrize("headers", [{}, GZIP, {"content-length": "1000"}])
def test_a_long_body_may_be_cut(headers: dict[str, str]) -> None:
    octets = b"abcdefghij" * 100
    raw = _Raw(gzip.compress(octets) if headers is GZIP else octets)
    assert body.read(raw, headers, 15, cut=True) == b"abcdefghijabcde"


@given(st.binary(max_size=500), st.sampled_from(["gzip", "", "x-gzip"]))
def test_no_bytes_break_it(octets: bytes, encoding: str) -> None:
    with contextlib.suppress(Unreadable):
        assert len(body.read(_Raw(octets), {"content-encoding": encoding}, 300)) <= 300
