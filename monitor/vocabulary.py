"""The words of replies: what people may say for an outcome, a grade, a role, and what we say to help them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from alerts.base import Role, Severity
from monitor.outcomes import OUTCOMES

WORDS: Final = (
    "mine", "done", "not us", "later", "should be", "conflict", "words", "reopen", "assign", "away", "back",
)  # fmt: skip

THE_WORDS: Final = (
    "Reply with one of these words first: mine, done answered, later Thursday, should be low, not us, conflict, words,"
    " reopen, assign deputy head, away until 5 Jan."
)
WHICH_OUTCOME: Final = (
    "Say what came of it: “done answered”, “done acknowledged”, “done no reply, because …”, “done asked to remove”, "
    "“done reported”, “done hidden, because …”, “done complaints procedure”, “done police”, “done LADO”, "
    "“done social care” or “done DPO”."
)
WHY: Final = "Say why: “done {}, because …”."
UNTIL_WHEN: Final = "Say until when: “{0} Thursday”, “{0} 3 Dec” or “{0} tomorrow”."
WHICH_GRADE: Final = "The grades are low, medium, high and urgent: “should be high”."
WHOM: Final = (
    "Say whom, by role: “assign deputy head”; also head, DSL, deputy DSL, chair, office, comms, DPO, SENCO."
)
TAKE_IT: Final = (
    "Nobody counts as being on it. If you are, reply “mine”; if somebody else is, “assign deputy head”."
)
ALONE: Final = "If you mean “{}”, reply with that alone on the first line."
MEANT: Final = "Did you mean “{}”?"
ONE_AT_A_TIME: Final = "Your answer asks for several things. Please reply once for each of them."
NO_CODE: Final = "There is no reply code in your mail. Please answer the alert itself, and leave its last line in your answer."
NOT_WHOLE: Final = (
    "Your mail could not be read to its end. Please answer in a few words, without attachments."
)

OTHER_WORDS: Final = frozenset(
    [
        "fine",
        "nine",
        "line",
        "wine",
        "pine",
        "mind",
        "mint",
        "mini",
        "mane",
        "vine",
        "gone",
        "none",
        "bone",
        "tone",
        "dune",
        "don",
        "one",
        "late",
        "latest",
        "alter",
        "water",
        "word",
        "wards",
        "way",
        "sway",
        "pack",
        "bank",
        "black",
        "lack",
        "down",
        "cone",
        "lone",
        "hone",
        "zone",
        "min",
        "men",
        "mice",
        "doe",
        "does",
        "dove",
        "dome",
        "dose",
        "sign",
        "design",
        "assigned",
        "assigns",
        "swords",
        "conflicts",
    ]
)
"""Words in their own right that are one letter away from a command."""
NEAR: Final = {
    "not ours": "not us",
    "not our school": "not us",
    "not about us": "not us",
    "not about our school": "not us",
}

SAID_FOR_NO_REPLY: Final = "no reply"
OUTCOME_WORDS: Final[Mapping[str, str]] = {
    **{word: word for word in OUTCOMES},
    "no reply needed": "no-reply",
    SAID_FOR_NO_REPLY: "no-reply",
    "no answer": "no-reply",
    "asked to remove it": "removed",
    "asked to remove": "removed",
    "asked them to remove it": "removed",
    "asked for removal": "removed",
    "reported to the platform": "reported",
    "reported to platform": "reported",
    "hidden or blocked": "hidden",
    "blocked": "hidden",
    "complaints procedure": "complaints",
    "complaint procedure": "complaints",
    "police, lado or social care": "agency",
    "police and lado": "agency",
    "police and social care": "agency",
    "lado and social care": "agency",
    "lado and police": "agency",
    "police": "agency",
    "lado": "agency",
    "children's social care": "agency",
    "social care": "agency",
    "data protection officer": "dpo",
    "data protection": "dpo",
}
"""What people say, in the order of the command line's words, for its words."""

ROLE_WORDS: Final[Mapping[str, Role]] = {
    "head": Role.HEAD,
    "headteacher": Role.HEAD,
    "head teacher": Role.HEAD,
    "dsl": Role.DSL,
    "safeguarding lead": Role.DSL,
    "deputy dsl": Role.DEPUTY_DSL,
    "deputy head": Role.DEPUTY_HEAD,
    "deputy headteacher": Role.DEPUTY_HEAD,
    "deputy": Role.DEPUTY_HEAD,
    "chair of governors": Role.CHAIR,
    "chair": Role.CHAIR,
    "school office": Role.OFFICE,
    "office": Role.OFFICE,
    "communications lead": Role.COMMS,
    "communications": Role.COMMS,
    "comms": Role.COMMS,
    "data protection officer": Role.DPO,
    "dpo": Role.DPO,
    "senco": Role.SENCO,
    "technician": Role.TECHNICIAN,
    **{role.value: role for role in Role},
}
GRADE_WORDS: Final[Mapping[str, str]] = {
    **{each.word: each.word for each in Severity if each},
    "urgent": Severity.CRITICAL.word,
}
NO_GRADES: Final = frozenset(
    {"lower", "higher", "raised", "lowered", "none", "nothing", "upgraded", "downgraded"}
)
