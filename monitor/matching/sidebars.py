"""Lists of other stories within a story: "Read more", "Related stories", "Most read" and what follows them.

A school that is named only there is not what the article is about. A list begins with its heading and ends
where prose goes on; what is not surely a list counts as the story, because a miss is worse than a doubt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, TypeAlias

from monitor.matching.names import key

Span: TypeAlias = tuple[int, int]

FEWEST_PROSE: Final = 8
"""Words from which a line with a full stop at its end is a sentence of the story, not a headline."""
LONGEST_HEADLINE: Final = 30
"""Words; a longer line is prose however it ends."""
_LONGEST_HEADING = 60
"""Characters of a heading, and of what stands before the colon of "Read more: …"."""

_MOST_LISTS = 50
"""Lists in one text that are told apart; a flood of headings is no news site."""

_NAMED = r"\w+(?: \w+){0,4}"
_STORIES = "(?:stories|articles|news|posts|headlines|content|topics|links|coverage|reading|features)"
_HEADINGS: Final = re.compile(
    rf"related(?: {_STORIES})?|related (?:story|article)|see also|also read|also in (?:the|todays?) news|also of interest"
    r"|read (?:more|next|also|on|this next)(?: (?:on|about|from) (?:\w+ ?){1,5})?|on this (?:topic|story)"
    rf"|more (?:from|on|about) {_NAMED}|more (?:like this|(?:top |local )?{_STORIES})"
    rf"|most (?:read|popular|viewed|shared|commented)(?: {_STORIES})?(?: (?:today|now|this week))?"
    r"|you (?:may|might) (?:also )?(?:like|enjoy|be interested in)|what others are reading|dont miss|up next"
    rf"|(?:trending|popular)(?: {_STORIES})?(?: (?:now|today))?|recommended(?: (?:for you|{_STORIES}))?"
    rf"|(?:other|latest|top|similar|further|recent) {_STORIES}|in other news|editors picks|(?:from )?around the web"
)
"""The whole of a line, or of what stands before its colon; as a key, without other signs."""
_MAY_HEAD = re.compile(
    r"\W*(?:related|see|also|read|on|more|most|you|what|dont?|up|trending|popular|recommended|other|latest|top|similar"
    r"|further|recent|in|editors?|from|around)\b",
    re.IGNORECASE,
)
"""Nearly no other line is looked at closely."""
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_AHEAD = re.compile(r"\s*(?:[:|»>–—]|\s-\s)\s*(?=\S)")
_SIGNS = re.compile(r"[^\w ]+")
_SENTENCE_END = re.compile(r"\.[\"'”’)\]]*$")


def spans(text: str) -> tuple[Span, ...]:
    """Return where in the key of ``text`` lists of other stories stand."""
    found: list[Span] = []
    end = 0
    ends_blank = False
    for listed, piece in _pieces(text):
        words = key(piece)
        length = len(words) - (ends_blank and words.startswith(" "))  # of two blanks the key keeps one
        if listed and len(found) < _MOST_LISTS:
            found.append((end, end + length))
        end += length
        ends_blank = words.endswith(" ")
    return tuple(found)


def _pieces(text: str) -> Iterator[tuple[bool, str]]:
    """``text`` cut into runs of lines, each with whether it is a list of other stories."""
    run: list[str] = []
    was_listed = False
    for listed, line in _lines(text):
        if listed != was_listed:
            yield was_listed, "".join(run)
            run, was_listed = [], listed
        run.append(line)
    yield was_listed, "".join(run)


def _lines(text: str) -> Iterator[tuple[bool, str]]:
    has_begun = in_list = False
    for line in _LINE.findall(text):
        words = line.strip()
        may_head = _MAY_HEAD.match(words) is not None
        alone = may_head and _is_heading(words)
        in_list = has_begun and (alone or (in_list and not _is_prose(words)))
        listed = in_list or (has_begun and may_head and _is_headed(words))
        has_begun = has_begun or bool(words and not alone)
        yield listed, line


def _is_heading(line: str) -> bool:
    if len(line) > _LONGEST_HEADING or _SENTENCE_END.search(line):
        return False
    return bool(_HEADINGS.fullmatch(" ".join(_SIGNS.sub("", key(line)).split())))


def _is_headed(line: str) -> bool:
    """Whether it is "Read more: …": a list of one story."""
    found = _AHEAD.search(line[:_LONGEST_HEADING])
    return found is not None and _is_heading(line[: found.start()])


def _is_prose(line: str) -> bool:
    words = len(line.split())
    return words > LONGEST_HEADLINE or (words >= FEWEST_PROSE and bool(_SENTENCE_END.search(line)))
