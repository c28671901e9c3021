"""Facts on the wire: JSON from the world under bounds, safe steps into it, and addresses.

Knows no source and fetches nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, NoReturn, TypeAlias
from urllib.parse import quote, urlencode, urlsplit

from pydantic import AfterValidator

from sources.errors import Unreadable

MAX_PARTS = 200_000
"""Objects and lists in one body: ten full pages of a search have under 20,000, a bomb has millions."""

_PORTS = {"http": 80, "https": 443}
_WHOLE = re.compile(r"\d{1,18}", re.ASCII)
_TOKEN = re.compile(r"[!-~]{1,8192}", re.ASCII)


def parse_json(body: bytes) -> Any:
    """Read JSON as RFC 8259 has it: no NaN, no bottomless nesting. Raises ``Unreadable``."""
    if body.count(b"[") + body.count(b"{") > MAX_PARTS:
        raise Unreadable("the JSON has too many parts to be honest")
    try:
        return json.loads(body, parse_constant=_refuse)
    except RecursionError:
        raise Unreadable("the JSON is nested too deeply to be honest") from None
    except ValueError:  # also undecodable bytes and numbers of thousands of digits
        raise Unreadable("the answer is not the JSON that was expected") from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def mapping(value: object) -> Mapping[str, Any]:
    """``value`` if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def sequence(value: object) -> Sequence[Any]:
    """``value`` if it is a JSON list, else an empty one."""
    return value if isinstance(value, list) else ()


def words(value: object) -> str:
    """``value`` if it is a string, a number as a string, else an empty one."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return ""


def whole(value: object) -> int:
    """``value`` if it is a positive whole number or the digits of one, else 0."""
    digits = words(value)
    return int(digits) if _WHOLE.fullmatch(digits) else 0


def token(value: object) -> str:
    """``value`` if it is a string that a header can carry (RFC 6750: visible ASCII), else an empty one."""
    return value if isinstance(value, str) and _TOKEN.fullmatch(value) else ""


def query(asked: Mapping[str, str] | Iterable[tuple[str, str]]) -> str:
    """What stands behind the question mark: parameters without a value are left out; half letters do no harm."""
    pairs = asked.items() if isinstance(asked, Mapping) else asked
    return urlencode([(name, value) for name, value in pairs if value], quote_via=quote, errors="replace")


def host(url: str) -> str:
    """``host:port`` that is asked for ``url``."""
    parts = urlsplit(url)
    name = parts.hostname or ""
    bracketed = f"[{name}]" if ":" in name else name
    return f"{bracketed}:{parts.port or _PORTS.get(parts.scheme, 443)}"


def web_address(value: str) -> str:
    """Let a complete web address through; for settings. Raises ``ValueError``."""
    try:
        parts = urlsplit(value)
        usable = parts.scheme in _PORTS and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or any(mark.isspace() for mark in value):
        raise ValueError('expected a complete web address such as "https://paper.example/feed"')
    if parts.username or parts.password:
        raise ValueError("an address must not carry a user name or password")
    return value


WebAddress: TypeAlias = Annotated[str, AfterValidator(web_address)]
