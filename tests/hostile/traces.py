"""Search for a word in every file that a program may have left behind, however it may have written it."""

from __future__ import annotations

import base64
import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

_SHORTEST = 6  # letters of base64 below which a find means nothing


def traces(word: str, *folders: Path) -> list[str]:
    """Where ``word`` stands: names of files, and names of files whose bytes hold it in any usual form."""
    forms = tuple(_forms(word))
    found = []
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if word.lower() in path.name.lower():
                found.append(f"{path.relative_to(folder)} (its name)")
            if path.is_file() and not path.is_symlink():
                found += [f"{path.relative_to(folder)}"] * holds(path.read_bytes(), forms)
    return found


def holds(octets: bytes, forms: tuple[bytes, ...]) -> bool:
    """Whether any of these forms stands in the bytes, or in what they are packed from."""
    return any(form in each for each in (octets.lower(), octets, _unpacked(octets)) for form in forms)


def _forms(word: str) -> Iterator[bytes]:
    plain = word.lower().encode()
    yield plain
    yield word.encode("utf-16-le")
    yield word.encode("utf-16-be")
    yield plain.hex().encode()
    yield word[::-1].lower().encode()
    for shift in range(3):  # where a word may begin among the letters of base64
        coded = base64.b64encode(b"\0" * shift + word.encode())[-(-shift * 8 // 6) :].rstrip(b"=")[:-1]
        if len(coded) >= _SHORTEST:
            yield coded


def _unpacked(octets: bytes) -> bytes:
    try:
        return (
            gzip.decompress(octets).lower() if octets[:2] == b"\x1f\x8b" else zlib.decompress(octets).lower()
        )
    except (OSError, EOFError, zlib.error):
        return b""
