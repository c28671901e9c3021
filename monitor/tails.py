"""What stands behind a command: nothing, thanks, a reason, a remark, doubt."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Kind: TypeAlias = Literal["end", "because", "sentence", "remark", "more", "question"]


@dataclass(frozen=True, slots=True)
class Tail:
    """How it goes on, and the words."""

    kind: Kind
    """``sentence``: the command's own has ended. ``more``: it has not, and what follows belongs to it."""
    text: str = ""


ONLY_ENDS: Final = re.compile(r"[\s.!;,:)-]*")
ONLY_ASKS: Final = re.compile(r"[\s!?.]*")
CASUAL: Final = re.compile(
    r"\s*(?:on it|i'll|i will|will (?:do|ring|call|deal|sort|phone|take|reply|answer)|i've got|got (?:it|this)"
    r"|ringing|calling|taking|dealing|sorting|now$)",
    re.IGNORECASE,
)
"""What people add to *mine* without a comma."""
DOUBT: Final = re.compile(
    r"\?|n't\b|\b(?:not|no|nope|never|nor|unless|wait|actually|hold on|ignore|instead|hers|his|theirs|yours|dont|cant)\b",
    re.IGNORECASE,
)
MORE_DOUBT: Final = re.compile(
    r"\b(?:but|if|maybe|perhaps|possibly|probably|think|sorry|unsure|or|though|until|almost|nearly|tomorrow)\b",
    re.IGNORECASE,
)
"""For what closes a story."""
TAKEN_BACK: Final = re.compile(
    r"^\W*(?:no|not|nope|never|actually|but)\b|\b(?:wait|hold on|scratch that|ignore (?:that|this|my|the above)"
    r"|take that back|changed my mind|on second thoughts?|oops|wrong (?:one|mail|story)|my mistake|or is it)\b",
    re.IGNORECASE,
)
DECLINES: Final = re.compile(
    r"\?(?!\w)|\bnot (?:mine|me|in|at|here|there|available|around|on duty|working|able|well)\b|\b(?:can ?not|can't|cant|couldn't|unable)\b"
    r"|\b(?:somebody|someone|anybody|anyone) (?:else|needs?|must|should|please)\b|\bwon't be\b|\bno longer\b"
    r"|\b(?:am|i'm|im) (?:\w+ )?(?:away|off|out|ill|sick|unwell|abroad|on (?:annual |sick |maternity )?leave|on holiday|in hospital)\b"
    r"|\bwrong person\b|^\W*(?:help|no|sorry)\W*$",
    re.IGNORECASE,
)
"""Who says this is not on it, or asks: whoever else is told must not be held back."""

_COURTESY = re.compile(
    r"[\s,.!-]*\b(?:please|pls|thanks|thank you|many thanks|cheers|ta|thx|x{1,3}|diolch)(?!\w)", re.IGNORECASE
)
_SENTENCE = re.compile(r"\s*[.!;]+(?:\s+|$)(.*)")
_KINDS: Final[tuple[tuple[Kind, re.Pattern[str]], ...]] = (
    ("because", re.compile(r"[\s,;:(-]*\b(?:because|cos|since|reason:)(?:\s+|$)(.*)", re.IGNORECASE)),
    ("sentence", _SENTENCE),
    ("remark", re.compile(r"(?:\s*[,:(]|\s*-+\s|\s-+)\s*(.*)")),
)


def tail(rest: str) -> Tail:
    """What ``rest`` is to the command before it."""
    polite = _COURTESY.match(rest)
    if not polite:
        return _tail(rest)
    found = _tail(rest[polite.end() :])
    if found.kind in {"more", "remark"}:
        return Tail("sentence" if _SENTENCE.match(rest) else "remark", found.text)
    return found


def _tail(rest: str) -> Tail:
    if ONLY_ENDS.fullmatch(rest):
        return Tail("end")
    if "?" in rest and (rest.lstrip().startswith("?") or not _SENTENCE.match(rest)):
        return Tail("question", "" if ONLY_ASKS.fullmatch(rest) else rest)
    for kind, pattern in _KINDS:
        if found := pattern.match(rest):
            return Tail(kind, found[1].strip())
    return Tail("more", rest.strip())
