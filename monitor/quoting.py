"""What somebody wrote themselves in a letter: without what is quoted, and what their mail program or school adds.

Pure and in linear time: each line is looked at once or a few times, and only its beginning.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import takewhile
from typing import Final

LONGEST: Final = 400_000
"""Characters of a letter that are looked at."""
_LINES = 20_000
_LINE = 400
"""Characters of a line that are looked at to know what it is."""
_ATTRIBUTION_LINES = 4
"""Over how many lines "On … wrote:" may be broken."""
_BLOCK_LINES = 5
"""Within how many lines of "From:" there must be "Sent:" or "Subject:"."""
_FIRST_LINES = 8
"""In the first lines thanks are a greeting; further down they end the letter."""
_LONG = 60
"""Characters of a quoted line that a mail program may have broken in two."""

_BREAKS = re.compile(r"\r\n?|[\u2028\u2029\x0b\x0c\x85]")
_QUOTED = re.compile(r"[ \t\u00a0]*[>|›]")
_WROTE = re.compile(
    r"\b(?:wrote|writes|a écrit|schrieb|escribió|ha scritto|schreef|escreveu|skrev|napisał(?:\(a\)|a)?|pisze|ysgrifennodd)\b[^:]{0,120}:$",
    re.IGNORECASE,
)
_WROTE_AT_ONCE = re.compile(
    r"@[\w.-]{1,200}>?,? {0,3}(?:wrote|a écrit|escribió|ha scritto) ?:", re.IGNORECASE
)
"""The quote begins in the same line, as Yahoo's app writes it."""
_LEAD_IN = re.compile(
    r"(?:on|le|am|el|il|op|em|den|w dniu|dnia|ar|\d{1,4}[-./ ]|(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?)\b|\d",
    re.IGNORECASE,
)
_TELLING = re.compile(r"[\d@<]")
_DASHES = re.compile(r"\s*[-_—–=*]{2,}\s*[^\W\d_][^-_=]{3,60}?\s*[-_—–=*]{2,}\s*")
_ORIGINAL = re.compile(
    r"original|forward|urspr|weitergeleitet|origine|transfér|reenvia|inoltrat|oryginaln|przekaz|gwreiddiol|ymlaen",
    re.IGNORECASE,
)
_BEGIN = re.compile(
    r"begin forwarded message|start of forwarded message|anfang der weitergeleiteten", re.IGNORECASE
)
_FROM = re.compile(r"\W*(?:from|von|de|od|oddi wrth|van|da|från)\W{0,2}:", re.IGNORECASE)
_HEADER = re.compile(
    r"\W*(?:sent|date|to|subject|cc|gesendet|datum|an|betreff|envoyé|à|objet|wysłano|data|do|temat|anfonwyd|at|pwnc)\W{0,2}:",
    re.IGNORECASE,
)
_RULE = re.compile(r"\s*[_=\u2500-\u2501]{8,}\s*")

_SIGNATURE = re.compile(r"--\s?")
_FOOTER = re.compile(
    r"""\W*(?:
      (?:sent|posted|written|composed)\ (?:from|via|using|with)\ (?!me\b)
    | get\ outlook\ for | get\ \S+\ for\ (?:ios|android)
    | download\ outlook
    | sent\ by\ (?:outlook|mail|gmail)
    | envoyé\ (?:de|depuis|à\ partir)
    | von\ mein\w*\ .{1,40}\ gesendet | gesendet\ (?:von|mit)
    | anfonwyd\ (?:o|gan|oddi)
    | wysłan[eoy]\ (?:z|ze)\b
    | enviado\ (?:desde|do) | inviato\ da | verzonden\ (?:vanaf|met)
    | میرے\ .{1,40}\ سے\ بھیجا
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_DISCLAIMER = re.compile(
    r"""\W*(?:
      this\ (?:e-?mail|message|communication|transmission)s?,?\ (?:\(?and\b|\(?including|is\ (?:confidential|intended|for|private|only|sent)
        |may\b|has\ been|contains?\b|originated|was\ (?:sent|scanned)|together|with\b|transmission)
    | the\ (?:information|content)s?\ (?:contained\ )?in\ this
    | the\ information\ (?:contained|transmitted)
    | confidential(?:ity)?\b(?:\ (?:notice|note|e-?mail|and\ privileged))?\s*(?:[:.]|$|notice|note)
    | disclaimer\b
    | legal\ notice\b
    | mae'?r\ (?:neges|e-?bost|wybodaeth)\b
    | any\ (?:views|opinions)\ (?:or\ \w+\ )?(?:expressed|presented|contained|stated)\b
    | please\ (?:consider|think\ (?:of|about))\ the\ environment
    | (?:think|think\ twice)\ before\ you\ print
    | if\ you\ (?:are\ not\ the\ intended|have\ received\ this)
    | (?:registered\ in\ england|registered\ office|company\ (?:number|no))\b
    | scanned\ (?:by|for)\b | virus-free
    | (?:caution|warning|external)\b.{0,40}(?:originated|outside|external)
    | \[?external(?:\ e?-?mail)?\]?\s*$
    | you\ don'?t\ often\ get\ email
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_LABEL = re.compile(
    r"\W*(?:(?:sensitivity|classification|protective marking)\s*:.*|official(?:[ -]+sensitive)?|internal|public"
    r"|unclassified|\[external\].*|external(?: e?-?mail)?|(?:caution|warning|external|notice)\b.*(?:outside|external).*"
    r"|do not (?:click|open|reply)\b.*(?:links?|attachments?|sender).*|you don'?t often get email.*"
    r"|(?:attachments?|links?|the sender|recognise)\b.*(?:sender|safe|content).*)\W*",
    re.IGNORECASE,
)
"""What a school's mail system writes above a letter."""
_SIGN_OFF = re.compile(
    r"(?:(?:kind|warm|best|many|with)\s+)*(?:regards|wishes|thanks|yours(?:\s+\w+)?|sincerely|best|cofion(?:\s+\w+)?|pozdrawiam|z poważaniem|diolch(?:\s+\w+)?|kr|cheers)\s*[,.!–-]*\s*",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"""(?:hi|hello|hey|hiya|dear|good\ (?:morning|afternoon|evening|day)|morning|afternoon|evening
    | bore\ da|prynhawn\ da|shwmae|helo|dzień\ dobry|cześć|salaam|assalam\w*(?:\ o)?\ alaikum|asalaam\w*
    )(?:\ (?!(?:mine|done|not|later|should|words|conflict|away|back|reopen|assign)\b)[\w.'&-]+){0,5}""",
    re.IGNORECASE | re.VERBOSE,
)
_THANKS = re.compile(
    r"(?:many thanks|thank you|thanks|thx|cheers|ta|ok|okay|yes|yep|right|sure|great|noted|diolch|dziękuję|shukriya)"
    r"(?: (?:for this|for letting me know|all|both|very much|so much|again))?",
    re.IGNORECASE,
)
_AFTER_GREETING = re.compile(r"\s*[,.!:;–—-]+\s*")


def own_words(text: str) -> str:
    """What the writer says: above what is quoted, or below it if above there is nothing but a greeting."""
    said = ["\n".join(without_frame(part)).strip() for part in _own_parts(as_lines(text))]
    more = (words for words in said if _says_something(without_greeting(words)))
    return next(more, next(filter(_says_something, said), ""))


def as_lines(text: str) -> list[str]:
    """The lines of a letter, whatever ends them."""
    return _BREAKS.sub("\n", text[:LONGEST]).split("\n", _LINES)[:_LINES]


def without_greeting(words: str) -> str:
    """``words`` after "Hi all," or "Thanks –"; empty if they are nothing but a greeting."""
    for _ in range(_BLOCK_LINES):
        rest = _after(words, _GREETING) if words else ""
        rest = _after_thanks(words) if rest == words else rest
        if rest == words:
            break
        words = rest
    return words


def without_foot(lines: Sequence[str]) -> list[str]:
    """The lines without a signature, disclaimers, and the advertisement of a mail program."""
    kept: list[str] = []
    for line in lines:
        start = line[:_LINE]
        if _SIGNATURE.fullmatch(start) or _DISCLAIMER.match(start):
            break
        if not _FOOTER.match(start):
            kept.append(line)
    return kept


def unquoted(lines: Iterable[str]) -> list[str]:
    """The lines without the marks before them."""
    return [re.sub(r"^(?:[ \t\u00a0]{0,3}>){1,50} ?", "", line) for line in lines]


def head_block(lines: Sequence[str], at: int) -> bool:
    """Whether the headers of another mail begin in this line, as Outlook writes them."""
    if not _FROM.match(lines[at][:_LINE]):
        return False
    following = [line for line in lines[at + 1 : at + 1 + _BLOCK_LINES * 2] if line.strip()][:_BLOCK_LINES]
    return any(_HEADER.match(line[:_LINE]) for line in following)


def is_original_mark(line: str) -> bool:
    """Whether ``line`` says that another mail follows."""
    start = line[:_LINE]
    marked = _DASHES.fullmatch(start) and _ORIGINAL.search(start)
    return bool(marked) or bool(_BEGIN.match(start.strip(" \t>*-")))


def _own_parts(lines: Sequence[str]) -> list[list[str]]:
    """What stands above the first quoted line, and what stands below the last."""
    end = next((at for at in range(len(lines)) if _begins_quote(lines, at)), len(lines))
    above = list(lines[:end])
    marked = [at for at in range(end, len(lines)) if _QUOTED.match(lines[at][:_LINE])]
    if not marked or _is_block(lines, end):
        return [above]
    below = list(lines[marked[-1] + 1 :])
    if below and below[0].strip() and len(lines[marked[-1]]) >= _LONG:
        below = below[1:]  # the end of a quoted line that was broken
    stop = next((at for at in range(len(below)) if _begins_quote(below, at)), len(below))
    return [above, below[:stop]]


def _begins_quote(lines: Sequence[str], at: int) -> bool:
    start = lines[at][:_LINE]
    if not start.strip():
        return False
    return bool(_QUOTED.match(start)) or _is_block(lines, at) or _is_attribution(lines, at)


def _is_block(lines: Sequence[str], at: int) -> bool:
    """Whether a quote without marks begins here: all that follows is part of it."""
    ruled = _RULE.fullmatch(lines[at][:_LINE]) and any(
        head_block(lines, next_) for next_ in range(at + 1, min(at + 3, len(lines)))
    )
    return bool(ruled) or is_original_mark(lines[at]) or head_block(lines, at)


def _is_attribution(lines: Sequence[str], at: int) -> bool:
    """Whether "On … wrote:" begins in this line."""
    first = lines[at][:_LINE].strip()
    if not (_LEAD_IN.match(first) or "@" in first):
        return False
    if _WROTE_AT_ONCE.search(first):
        return True
    paragraph = takewhile(str.strip, lines[at : at + _ATTRIBUTION_LINES])
    joined = ""
    for line in paragraph:
        joined = f"{joined} {line[:_LINE].strip()}"
        if _WROTE.search(joined[-_LINE:]):
            return bool(_TELLING.search(joined))
    return False


def without_frame(lines: Sequence[str]) -> list[str]:
    """The lines without a label of the school's mail system above, and without foot and sign-off below."""
    first = next(
        (at for at, line in enumerate(lines) if line.strip() and not _LABEL.fullmatch(line[:_LINE])), 0
    )
    body = without_foot(lines[first:])
    said = [at for at, line in enumerate(body) if line.strip()]
    for count, at in enumerate(said):
        if _SIGN_OFF.fullmatch(body[at][:_LINE].strip()) and (
            count > _FIRST_LINES or _says_something(without_greeting("\n".join(body[:at])))
        ):
            return body[:at]
    return body


def _says_something(words: str) -> bool:
    return any(unicodedata.category(char)[0] in "LNS" or char == "?" for char in words[:LONGEST])


def _after(words: str, greeting: re.Pattern[str]) -> str:
    """What follows a greeting that is ended by a comma, a dash or the line."""
    line, _, below = words.lstrip().partition("\n")
    found = greeting.match(line[:_LINE])
    if not found:
        return words
    rest = line[found.end() :]
    if not rest.strip():
        return below.strip()
    ended = _AFTER_GREETING.match(rest[:_LINE])
    if not ended:
        return words
    return f"{rest[ended.end() :]}\n{below}".strip()


def _after_thanks(words: str) -> str:
    found = _THANKS.match(words.lstrip())
    if not found or words.lstrip()[found.end() : found.end() + 1].isalnum():
        return words
    return _after(words, _THANKS)
