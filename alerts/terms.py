"""The words that everything else is said in: how grave, what about, who, why now, and by which clock."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from typing import Literal, TypeAlias


class Severity(IntEnum):
    """How grave; ordered."""

    NONE = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def word(self) -> str:
        """The lower-case word used in files, tables and ``--json``."""
        return self.name.lower()

    @classmethod
    def of(cls, word: str) -> Severity:
        """The severity of that word. Raises ``KeyError``."""
        return cls[word.upper()]


class Category(StrEnum):
    """What a post is about; in the order of precedence for the lead playbook (policy, section 2)."""

    THREAT_VIOLENCE = "threat_violence"
    CHILD_SAFEGUARDING = "child_safeguarding"
    STAFF_ALLEGATION = "staff_allegation"
    STAFF_ABUSE_HARASSMENT = "staff_abuse_harassment"
    DISCRIMINATION_HATE = "discrimination_hate"
    EXTREMISM_PREVENT = "extremism_prevent"
    PUPIL_BULLYING = "pupil_bullying"
    PRIVACY_DATA_BREACH = "privacy_data_breach"
    IMPERSONATION_MISUSE = "impersonation_misuse"
    RUMOUR_DEFAMATION = "rumour_defamation"
    COMPLAINT_GENERAL = "complaint_general"
    SEND_INCLUSION = "send_inclusion"
    ATTENDANCE_ADMISSIONS = "attendance_admissions"
    HEALTH_SAFETY_SITE = "health_safety_site"
    MEDIA_INSPECTION = "media_inspection"
    CAMPAIGN_INDUSTRIAL = "campaign_industrial"
    QUERY_INFO = "query_info"
    PRAISE_COMMUNITY = "praise_community"


PRECEDENCE: Mapping[Category, int] = {category: rank for rank, category in enumerate(Category)}


class Role(StrEnum):
    """Who a person is in the school; one person may hold several. The last two are the school's contacts outside."""

    HEAD = "head"
    DSL = "dsl"
    DEPUTY_DSL = "deputy_dsl"
    DEPUTY_HEAD = "deputy_head"
    CHAIR = "chair"
    OFFICE = "office"
    COMMS = "comms"
    DPO = "dpo"
    SENCO = "senco"
    TECHNICIAN = "technician"
    OUTSIDE = "outside"
    OUT_OF_HOURS = "out_of_hours"


class Reason(StrEnum):
    """Why we speak now."""

    FIRST = "first"
    GREW = "grew"
    WORSENED = "worsened"
    REMINDER = "reminder"


class NotificationKind(StrEnum):
    """What sort of thing we say."""

    ALERT = "alert"
    REMINDER = "reminder"
    DIGEST = "digest"
    HEALTH = "health"
    BUNDLE = "bundle"
    """Stories of medium and low grade, several times a day."""
    NEWS = "news"
    """What somebody else did about a grave story."""
    ANSWER = "answer"
    """What came of somebody's reply."""


Clock: TypeAlias = Literal["answer", "decide", ""]
"""``answer`` by: own-account comments, the policy's promise. ``decide`` by: posts elsewhere."""

Voice: TypeAlias = Literal["", "again", "category_only", "act_now", "due"]
"""How a reminder speaks. ``again``: nobody has taken it yet. ``category_only``: the category and the reference, no
detail. ``act_now``: if you are the first to read this, act. ``due``: the time is nearly over, to whoever owes it.
"""

Deed: TypeAlias = Literal[
    "taken", "closed", "not_us", "lowered", "raised", "reopened", "stepped_back", "read", "proposed"
]
"""What one person did about a story, of which the others are told."""
