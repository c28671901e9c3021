"""Who may have written a post, guessed from where it stands and how it speaks: a hint for the reader of a mail.

Never stored, never part of a grade. Without words that show it the answer is *unknown*; that most who write in a
place are parents is no ground to take somebody for one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from monitor.model import WINDOW, Ground
from monitor.text import fold


class Author(StrEnum):
    """What a post may have been written as."""

    PARENT = "parent"
    PUPIL = "pupil"
    STAFF = "staff"
    JOURNALIST = "journalist"
    COMMUNITY = "community"
    OFFICIAL = "official"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """What it looks like, and the words that make it so; no grounds, no guess."""

    author: Author = Author.UNKNOWN
    grounds: tuple[Ground, ...] = ()
    maybe_child: bool = False
    """It may have been written by a child: shown, never concluded."""


_CHILD = (
    "(?:son|sons|daughter|daughters|lads?|lass|lasses|boys?|girls?|kids?|child|children|bairns?|twins|eldest|youngest"
    "|middle one|little ones?|little (?:boy|girl|lad|lass|man|fella)|wee one|toddler|(?:step|foster) ?(?:son|daughter)"
    "|(?:three|four|five|six|seven|eight|nine|ten|eleven|[3-9]|1[01])[ -](?:year|yr)[ -]olds?)"
)
_WHICH = r"(?:own |other |disabled |autistic |poor |lovely |shy |fussy |older |younger |oldest |year ?[1-6] |y[1-6] )?"
_GRADE = r"(?:year|yr|y) ?[1-6r]\b|[1-6][a-z]\b"

_ASKED = (
    r"\b(?:pe kit|jumper day|inset|parents evening|breakfast club|wraparound|after ?school club|lost property|dinner money"
    r"|uniform|homework|spellings|reading book|book ?bag|nativity|water bottle|packed lunch|bikeability|school trip|menu|panto"
    r"|swimming|non ?uniform|letter home|pick ?up|drop ?off|half ?term|newsletter|senco|sports day|class list|dress ?up)s?\b"
)
"""What hardly anybody but parents asks about."""

_RULES: Final = {
    Author.PUPIL: (
        r"\b(?:in|from) my (?:class|form)\b(?! (?:of|we|i (?:teach|have)))",
        (
            r"\bmy (?:mum|mam|dad|step ?dad|nan|brother)s? (?:will|is|are|gonna|gets?|says?|said|dont|doesnt|doesn't|don't|comes?"
            r"|hits?|wont|won't|wud|has|needs?)\b"
        ),
        rf"\b(?:im|i'm|i am) (?:in|only in) (?:{_GRADE}|reception)",
        r"\b(?:im|i'm|i am) (?:only )?(?:[7-9]|1[01]|seven|eight|nine|ten|eleven)(?: years old| yrs old)?$",
        r"\b(?:our|my) teacher\b",
        r"\b(?:dont|don't|not|cant|can't) tell (?:my )?(?:mum|mam|dad|miss|sir|teacher)\b|\bnot telling miss\b",
        r"\b(?:miss|sir) (?:gave|gives|made|said|says|shouted at|told) (?:me|us)\b|\bmade me swear not to tell\b",
        r"\bmiss (?:if )?(?:u|ur|you)\b.{0,80} \b(?:luv|wont|read)|\bwe luv (?:u|you)\b",
        r"\b(?:u|ur|gna|gonna|tmrw|2nite|2moro|tonite)\b.{0,80}\b(?:in (?:y|yr|year) ?[4-6]|my class|after school|at lunch|at break|mr \w+|miss)\b",
    ),
    Author.STAFF: (
        r"\bi (?:teach|work|taught) (?:there|here)\b|\bi (?:work|taught) (?:at|for|in) (?:the |this )?\w*(?: \w+)? ?(?:nook|school|primary)\b",
        r"\b(?:i've|ive|i have) (?:worked|taught|been teaching) (?:at|there|here|in)\b",
        r"\bi teach\b|\bas a (?:teacher|ta|teaching assistant|member of staff)\b|\bstaff ?room\b.{0,80}\b(?:we|our|us)\b|\bour staff ?room\b",
        r"\bmy (?:pupils|colleagues?|line manager|marking|mentor)\b|\bcolleagues are\b|\bcovered y(?:ear |r )?[1-6r]\b",
        r"\b(?:ex[ -]staff|former (?:employee|member of staff|ta|teacher)|newly qualified|supply teacher here|lollipop lady here)\b",
        r"\bhas finished me\b|\boff sick (?:as of|since|from)\b|\bhanded (?:in )?my notice\b|\bmy (?:contract|payslip|pay)\b",
        r"\bgood luck finding cover\b|#lovemyjob|\blunchtime supervisor here\b",
    ),
    Author.JOURNALIST: (
        r"\bi(?:'m| am|m) an? (?:\w+ )?(?:reporter|journalist|producer|editor|correspondent|researcher (?:for|at))\b",
        r"\b(?:our|this) (?:newspaper|paper|programme|edition)\b|\blocal democracy report(?:er|ing)\b",
        r"\b(?:journalist|reporter|producer|newsdesk)s? (?:here|looking|at the|from the|with the)\b|\bdm me if you (?:work|teach|have a child)\b",
        r"\b(?:looking|keen|hoping|like|love) to (?:speak|talk|hear) (?:to|with|from) (?:\w+ )?(?:parents|families|staff|teachers)\b",
    ),
    Author.OFFICIAL: (
        r"\b(?:as )?your (?:ward |county |local |city )?(?:councillor|mp)\b|\bcllr\b$|\bmy (?:residents|constituents|surgery)\b|\b(?:ward )?surgery (?:at|outside)\b",
        r"\bthanks for your calls\b|\bour (?:pcso|officers?|patrol)s?\b|\bneighbourhood (?:policing )?team\b|\bwe have (?:seized|arrested)\b|\bnht\b",
        r"\b(?:the )?governors wish to appoint\b|\bhours a week, term time\b|^(?:vacancy|job):|\bapplications? (?:for reception )?(?:close|granted)\b",
        r"\bvisitors are asked\b|\bstatement from (?:the )?(?:county council|police|school)\b|\bofficers will report back\b",
        r"\bi(?:'ve| have) written to (?:county|the cabinet|the director)\b|\bthe children call it\b",
    ),
    Author.COMMUNITY: (
        r"\bmy (?:neighbours|neighbour(?:'s| is| says| works)|drive|driveway|garden|cold frame|cleaner|bedroom window)\b|\bour (?:garden|street|road|drive|side of the fence)\b",
        r"\bi live (?:opposite|next door|across|nearby|near|on|behind|round the corner|over)\b|\bas a (?:resident|neighbour)\b",
        r"\b(?:next door|neighbour)(?:'s|s)? (?:kid|lad|boy|girl|child|little)|\bhi ?vis provided\b|\bcar ?boot\b",
        r"\bwalking (?:the|my) dog\b|\bwhen i was (?:there|a (?:lad|girl|pupil) there)\b|\bi (?:used to go|went) there (?:in|as|when|back)\b",
        r"\bi(?:'m| am) (?:6|7|8)[0-9]\b(?! (?:percent|miles|minutes))",
    ),
    Author.PARENT: (
        rf"\b(?:my|our) {_WHICH}{_CHILD}\b(?! (?:mate|friend|teacher)s?\b)",
        r"\b(?:our kid|mine) (?:got|came|comes|is|was|has|had|goes|went|wont|won't|says|said|needs?|cant|can't|sits?|starts?|loves?|hates?)\b",
        r"\bmy (?:two|three|girls?|boys?|eldest|youngest)\b(?! (?:mate|friend|teacher)s?\b)|\b(?:our|the) (?:eldest|youngest)\b",
        rf"\b(?:what|when|where|which|who|why|is|are|do|does|did|can|has|any(?:one|body)?|how)\b[^.!\n]{{0,80}}{_ASKED}[^.!\n]*\?",
        r"\btelling mine\b|\bwhat mine's\b|\bas (?:a|another) (?:parent|mum|mam|dad|father|mother)\b|\b(?:single|proud|worried) (?:mum|dad|parent)\b",
        r"\b(?:us|we) (?:parents|mums|dads)\b|\bby another (?:mum|dad|parent)\b|\b(?:other|fellow) (?:mums|dads|parents)\b",
        r"\b(?:he|she) (?:came|comes|come) home\b|\bmy (?:five|six|seven|eight|nine|ten|four) ?(?:year|yr) ?old\b",
        r"\b(?:your kid|grandma|grandad) (?:tells|of)\b|\bmy (?:grand(?:son|daughter|child|children|kids))\b",
        r"\bmy own (?:son|daughter|child)\b|\b(?:his|her) (?:care plan|ehcp)\b",
        r"\b(?:letter|text|email|phone ?call) (?:home|from (?:the )?school)\b.{0,80}\b(?:he|she|him|her|mine|we)\b",
        r"\bwe(?:'ve| have)? (?:now )?moved schools\b|\bparents evening (?:was|booking)\b",
    ),
}
"""In the order in which they are asked: a child who tells of its mother is no parent."""
_PATTERNS: Final = {
    author: re.compile("|".join(patterns), re.MULTILINE) for author, patterns in _RULES.items()
}
_CHILDLIKE: Final = re.compile(
    r"\b(?:lmaoo+|no cap|bruh|sigma|skibidi|rizz)\b.{0,80}\b(?:in (?:y|yr|year) ?[3-6]|mr \w+|miss|mrs \w+|assembly)\b"
    r"|\bugliest kid\b|\bslideshow of .{0,30}teachers\b"
)
"""No words about themselves, and yet how children write."""
_PRESS: Final = frozenset({"news"})
_NEVER_PUPILS: Final = frozenset({"news", "foi", "petition", "review", "wiki_edit", "blog"})
_LINK_TO_NEWS = re.compile(r"\b(?:daily|echo|gazette|post|news|herald|telegraph|mail)[.-]\S*/\S")
_LONGEST = 60
"""Characters of the words that are shown as a ground."""


def guess(text: str, *, title: str = "", source_kind: str = "") -> Guess:
    """Guess who wrote ``text``; ``source_kind`` is the kind of medium, such as ``tweet``."""
    words = fold(f"{title}\n{text}"[:WINDOW]).strip()
    if source_kind == "wiki_edit":
        return Guess()
    if source_kind in _PRESS:
        return _in_the_press(words)
    for author, pattern in _PATTERNS.items():
        found = pattern.search(words)
        if found is not None and not (author is Author.PUPIL and source_kind in _NEVER_PUPILS):
            return _guess(author, found[0], maybe_child=author is Author.PUPIL)
    found = _CHILDLIKE.search(words)
    if found is not None and source_kind not in _NEVER_PUPILS:
        return _guess(Author.PUPIL, found[0], maybe_child=True)
    found = _LINK_TO_NEWS.search(words)
    return _guess(Author.JOURNALIST, found[0]) if found is not None else Guess()


def _in_the_press(words: str) -> Guess:
    found = _PATTERNS[Author.OFFICIAL].search(words)
    if found is not None:
        return _guess(Author.OFFICIAL, found[0])
    return Guess(author=Author.JOURNALIST, grounds=(Ground(rule="stands in the press"),))


def _guess(author: Author, words: str, *, maybe_child: bool = False) -> Guess:
    ground = Ground(rule=f"looks like {_NAMES[author]}", excerpt=words[:_LONGEST])
    return Guess(author=author, grounds=(ground,), maybe_child=maybe_child)


_NAMES: Final = {
    Author.PARENT: "a parent",
    Author.PUPIL: "a pupil",
    Author.STAFF: "a member of staff",
    Author.JOURNALIST: "a journalist",
    Author.COMMUNITY: "a neighbour",
    Author.OFFICIAL: "an official",
}
