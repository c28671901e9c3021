"""Regular expressions from the configuration: compiled if they can do no harm, refused with a reason if not.

Python's ``re`` can take time without end on a short text if repeats stand within repeats. So patterns of
the configuration may repeat without limit twice at most, never within a repeat, and never refer back.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from typing import Final

MOST_REPEATS: Final = 2
LONGEST: Final = 4000
"""Characters of a pattern; the longest sensible list of alternatives is a quarter of it."""
_MANY = 4
"""From here on a limited repeat counts as one without limit: limits multiply too."""
_TOKEN = re.compile(
    r"\\."
    r"|\[\^?\]?(?:\\.|[^\]\\])*\]"
    r"|\(\?P=\w+\)|\(\?\(\w+\)|\(\?[a-zA-Z-]+\)"
    r"|\((?:\?(?:<?[=!]|P?<\w+>|[a-zA-Z-]*:|>))?"
    r"|[)|*+?]|\{[0-9]*,?[0-9]*\}|.",
    re.DOTALL,
)
_RANGE = re.compile(r"\{([0-9]*)(,?)([0-9]*)\}")
_CHOICE, _CLOSES = frozenset("|"), frozenset(")")
_LITERAL = re.compile(r"[a-z0-9 ]+")
_BEFORE_LITERAL = re.compile(r"\^|\\b|\[@#\]\??|\[#@\]\??|@\??|#\??|\(\?:@\|#\)\??")


@dataclass(slots=True)
class _Group:
    """What stands in a pair of brackets so far."""

    repeats: bool = False
    choices: bool = False


def why_not(pattern: str) -> str:
    """Return why ``pattern`` is refused, in plain words; nothing if it is accepted."""
    if len(pattern) > LONGEST:
        return f"longer than {LONGEST} characters"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # what Python will read differently one day is no pattern to keep
            re.compile(pattern)
    except (re.error, OverflowError, RecursionError, Warning) as error:
        return f"not a regular expression: {error}"
    return _danger(pattern)


def compiled(pattern: str) -> re.Pattern[str] | None:
    """Return ``pattern`` compiled, without regard to case, or nothing if it is refused."""
    return None if why_not(pattern) else re.compile(pattern, re.IGNORECASE)


def literal_start(pattern: str) -> str:
    """Return the letters with which every match of ``pattern`` begins, after an optional @ or #."""
    at = 0
    while found := _BEFORE_LITERAL.match(pattern, at):
        at = found.end()
    literal = _LITERAL.match(pattern.lower(), at)
    if not literal or _has_choice_outside(pattern):
        return ""
    follows = pattern[literal.end() : literal.end() + 1]
    return literal[0][:-1] if follows and follows in "?*{" else literal[0]


def _has_choice_outside(pattern: str) -> bool:
    """True for ``a|b``: a match need not begin with ``a``."""
    depth = 0
    for found in _TOKEN.finditer(pattern):
        depth += found[0].startswith("(") and not found[0].endswith(")")
        depth -= found[0] in _CLOSES
        if found[0] in _CHOICE and not depth:
            return True
    return False


def _danger(pattern: str) -> str:
    """Why matching could take very long; nothing if it cannot."""
    groups, last, repeats = [_Group()], _Group(), 0
    for found in _TOKEN.finditer(pattern):
        token = found[0]
        if re.fullmatch(r"\\[1-9]", token) or token.startswith(("(?P=", "(?(")):
            return "refers back to an earlier group"
        many, twice = _repeats(token)
        if (last.repeats and twice) or (last.choices and many):
            return "repeats something that itself repeats or has alternatives"
        repeats += many
        last = _step(token, groups, many=many)
    if repeats > MOST_REPEATS:
        return f"repeats without limit more than {MOST_REPEATS} times"
    return ""


def _repeats(token: str) -> tuple[bool, bool]:
    """Whether ``token`` lets what stands before it come many times, and whether more than once."""
    if token in {"*", "+"}:
        return True, True
    limits = _RANGE.fullmatch(token)
    if not limits or token in {"{}", "{,}"}:
        return False, False
    low, comma, high = limits.groups()
    most = int(high or 0) if comma and high else (_MANY if comma else int(low))
    return bool(comma) and most >= _MANY, most > 1


def _step(token: str, groups: list[_Group], *, many: bool) -> _Group:
    """Note what ``token`` adds, and return what a repeat after it would repeat."""
    if token.startswith("(") and not token.endswith(")"):
        groups.append(_Group())
    elif token in _CLOSES and len(groups) > 1:
        closed = groups.pop()
        groups[-1].repeats |= closed.repeats
        return closed
    elif token in _CHOICE:
        groups[-1].choices = True
    groups[-1].repeats |= many
    return _Group(repeats=many)
