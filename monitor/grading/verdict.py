"""From what was found to a verdict: categories, severity, tone and whether an answer is owed.

Pure tables and arithmetic; the policy's bands (severity matrix, floor rules and caps) in one place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from alerts.base import PRECEDENCE, Category, Severity
from monitor.model import Tone
from monitor.phrases import Hit

PRAISE: Final = Category.PRAISE_COMMUNITY
QUERY: Final = Category.QUERY_INFO
COMPLAINT: Final = Category.COMPLAINT_GENERAL
ABUSE: Final = Category.STAFF_ABUSE_HARASSMENT
_MENACE: Final = Category.THREAT_VIOLENCE
PRESS: Final = Category.MEDIA_INSPECTION

GOOD = 0.3
"""VADER's compound from which a text sounds kind."""

BAD = -0.3
"""VADER's compound from which a text sounds hostile or sad; British grumbles often stay above it."""

GRIPE = 0.5
"""Probability of the complaint head from which prose counts as a complaint."""

HINT = 0.25
"""Probability of the complaint head that is enough when something is also denied ("no", "never")."""

_NEUTRAL: Final = frozenset(
    {
        QUERY,
        PRESS,
        Category.CAMPAIGN_INDUSTRIAL,
        PRAISE,
        Category.ATTENDANCE_ADMISSIONS,
        Category.SEND_INCLUSION,
        Category.HEALTH_SAFETY_SITE,
    }
)
"""Topics that say nothing about the tone by themselves."""


_FAINT: Final = frozenset({"praise.event", "praise.school_life"})
"""Rules that name a topic of school life; whether the news is good, the rest of the text tells."""

_FORGIVEN: Final = _NEUTRAL - {PRAISE} | {COMPLAINT, Category.PUPIL_BULLYING}
"""What thanks and "never once" take back; a floor topic is never among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything the verdict rests on."""

    hits: Sequence[Hit]
    compound: float
    complaint: float
    """Probability of the complaint head."""
    abusive: bool
    source_kind: str
    tags_account: bool
    contexts: frozenset[str] = frozenset()
    idiom: bool = False
    """Has a phrase that only sounds grave ("killed it")."""
    menacing: bool = False
    """The abuse score says that somebody is threatened, or is very high."""

    @property
    def kind(self) -> bool:
        """Sounds kind, and nothing complains."""
        return self.compound >= GOOD

    @property
    def sour(self) -> bool:
        """Sounds hostile, sad or like a complaint."""
        return self.compound <= BAD or self.complaint >= GRIPE


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the text says by itself."""

    severity: Severity
    categories: tuple[Category, ...]
    tone: Tone
    needs_response: bool
    hits: tuple[Hit, ...] = field(default_factory=tuple)
    """The hits that counted, gravest first."""
    unread: bool = False
    """Written in another language, and nothing in it was recognised."""


def judge(evidence: Evidence) -> Verdict:
    """Weigh the evidence by the policy's matrix."""
    hits = _counted(evidence)
    graded = {hit.rule.name: _severity(hit, hits, evidence) for hit in hits}
    categories = _categories(hits, evidence)
    solid = [graded[hit.rule.name] for hit in hits if hit.rule.name not in _FAINT]
    severity = max(solid, default=_unfounded(evidence))
    severity = _raised(_capped(severity, hits, evidence), hits, evidence)
    if _menaces(severity, evidence):
        severity = Severity.HIGH
        categories = (categories - {PRAISE, QUERY, COMPLAINT}) | {_MENACE}
    hits.sort(key=lambda hit: (-graded[hit.rule.name], PRECEDENCE[_given(hit)[0]]))
    unread = not hits and "foreign" in evidence.contexts
    if unread:
        severity, categories = max(severity, Severity.LOW), {QUERY}
    elif severity == Severity.NONE:
        categories = {PRAISE} if _good(hits, evidence) else set()
    elif not categories:
        categories = {COMPLAINT}
    return Verdict(
        severity=severity,
        categories=tuple(sorted(categories, key=PRECEDENCE.__getitem__)),
        tone=_tone(categories, severity, evidence, hits),
        needs_response=_needs_response(severity, categories, hits, evidence),
        hits=tuple(hits),
        unread=unread,
    )


def _given(hit: Hit) -> list[Category]:
    return [Category(name) for name in hit.rule.facts.get("gives", ())]


def _flag(hit: Hit, name: str) -> bool:
    return bool(hit.rule.facts.get(name))


def _counted(evidence: Evidence) -> list[Hit]:
    """The hits that remain after context: drills silence soft ones, firm ones outdo weak ones."""
    hits = [hit for hit in evidence.hits if "gives" in hit.rule.facts]
    if "calm" in evidence.contexts:
        hits = [hit for hit in hits if not _flag(hit, "soft")]
    if "resolved_well" in evidence.contexts:
        hits = [hit for hit in hits if _given(hit)[0] not in _FORGIVEN]
    if _pleased(hits, evidence):
        hits = [
            hit for hit in hits if not (_flag(hit, "topic") or _flag(hit, "weak")) or PRAISE in _given(hit)
        ]
    firm = [hit for hit in hits if not _flag(hit, "weak")]
    if any(set(_given(hit)) - {PRAISE, QUERY} for hit in firm):
        return [hit for hit in firm if PRAISE not in _given(hit)]
    return firm or hits


def _pleased(hits: Iterable[Hit], evidence: Evidence) -> bool:
    """Praise, and nothing that complains: then topics are only what the praise is about."""
    names = {hit.rule.name for hit in hits}
    firm = {hit.rule.name for hit in hits if not (_flag(hit, "topic") or _flag(hit, "weak"))}
    positive = bool(names & {"praise", "praise.negated"})
    return (
        positive
        and (not evidence.sour or "praise.negated" in names)
        and firm <= {"praise", "praise.negated", "query", "complaint"}
    )


def _severity(hit: Hit, hits: Sequence[Hit], evidence: Evidence) -> Severity:
    severity = Severity.of(hit.rule.facts["severity"])
    if _flag(hit, "topic"):
        return _topic_severity(hits, evidence)
    if hit.rule.name == "complaint" and "petty" in evidence.contexts and evidence.compound > BAD:
        return Severity.LOW
    if hit.rule.name == "complaint.plain":
        return Severity.MEDIUM if evidence.sour and "petty" not in evidence.contexts else Severity.LOW
    return severity


def _topic_severity(hits: Sequence[Hit], evidence: Evidence) -> Severity:
    names = {hit.rule.name for hit in hits}
    if names & {"complaint", "complaint.handling"} or evidence.sour:
        return Severity.MEDIUM
    if "query" in names or "petty" in evidence.contexts or evidence.kind:
        return Severity.LOW
    return Severity.MEDIUM


def _unfounded(evidence: Evidence) -> Severity:
    """Nothing firm was found. Good news has to sound good; the rest is a grumble until a human has looked."""
    if evidence.idiom or {"calm", "resolved_well"} & evidence.contexts:
        return Severity.NONE
    if {"event", "life"} & evidence.contexts and evidence.complaint < GRIPE:
        return Severity.NONE
    if evidence.complaint >= GRIPE or (evidence.compound <= BAD and "family" in evidence.contexts):
        return Severity.MEDIUM
    if "denies" in evidence.contexts and evidence.complaint >= HINT:
        return Severity.MEDIUM
    worth_a_look = evidence.sour or {"family", "denies", "staff"} & evidence.contexts
    return Severity.LOW if worth_a_look else Severity.NONE


def _capped(severity: Severity, hits: Sequence[Hit], evidence: Evidence) -> Severity:
    """Settled matters are low at most, past ones and plain requests for information medium at most."""
    if (
        "resolved" in evidence.contexts
        and evidence.source_kind != "news"
        and not any(
            _flag(hit, "imagery") or (hit.rule.negation == "inside" and hit.rule.name.startswith("threat"))
            for hit in hits
        )
    ):
        return min(severity, Severity.LOW)
    if "past" in evidence.contexts and not any(
        hit.rule.name.startswith(("threat.future", "child.suicide", "child.farewell", "adult.long_ago"))
        for hit in hits
    ):
        return min(severity, Severity.MEDIUM)
    return severity


def _raised(severity: Severity, hits: Sequence[Hit], evidence: Evidence) -> Severity:
    """What the medium and the abuse score add, and what requests for information may be at most."""
    if evidence.source_kind == "foi":
        grave = any(set(_given(hit)) - {QUERY, PRESS, PRAISE} for hit in hits)
        return Severity.MEDIUM if grave else Severity.LOW
    if evidence.source_kind == "petition" or _attacks_staff(evidence):
        return max(severity, Severity.MEDIUM)
    return severity


def _menaces(severity: Severity, evidence: Evidence) -> bool:
    """A threat that only the abuse score saw: high, unless something explains the words."""
    explained = evidence.idiom or {"calm", "resolved", "past", "resolved_well"} & evidence.contexts
    return evidence.menacing and severity < Severity.HIGH and not explained


def _good(hits: Iterable[Hit], evidence: Evidence) -> bool:
    """Praise rests on something that was read: thanks, pride or an event; that nothing was found is none."""
    return (
        bool({"calm", "event", "resolved_well", "life"} & evidence.contexts)
        or evidence.idiom
        or any(PRAISE in _given(hit) for hit in hits)
    )


def _attacks_staff(evidence: Evidence) -> bool:
    return evidence.abusive and "staff" in evidence.contexts


def _categories(hits: Sequence[Hit], evidence: Evidence) -> set[Category]:
    found = {category for hit in hits for category in _given(hit)}
    grave = {
        c for hit in hits for c in _given(hit) if Severity.of(hit.rule.facts["severity"]) >= Severity.HIGH
    }
    handling = any(_flag(hit, "handling") for hit in hits)
    if COMPLAINT in found and not handling and found - {COMPLAINT, QUERY, PRAISE}:
        found.discard(COMPLAINT)
    if evidence.source_kind in {"news", "foi"}:
        found.discard(QUERY)
        if found != {PRAISE}:
            found.add(PRESS)
    if evidence.source_kind == "petition":
        found.add(Category.CAMPAIGN_INDUSTRIAL)
    if _attacks_staff(evidence) and not grave:
        found.add(ABUSE)
    if found - {PRAISE}:
        found.discard(PRAISE)
    return found


def _tone(
    categories: Iterable[Category], severity: Severity, evidence: Evidence, hits: Sequence[Hit]
) -> Tone:
    kinds = set(categories)
    names = {hit.rule.name for hit in hits}
    if kinds == {PRAISE}:
        return "pos" if names & {"praise", "praise.negated"} or evidence.compound > GOOD else "neu"
    if evidence.source_kind == "foi" or "press.seek" in names:
        return "neu"
    if kinds <= _NEUTRAL and severity <= Severity.LOW and not evidence.sour:
        return "neu"
    return "neg"


def _needs_response(
    severity: Severity, categories: Iterable[Category], hits: Sequence[Hit], evidence: Evidence
) -> bool:
    if severity >= Severity.MEDIUM:
        return True
    if severity == Severity.NONE:
        return False
    suggests = "suggest" in evidence.contexts or any(hit.rule.name == "suggestion" for hit in hits)
    asks = QUERY in set(categories) or suggests or evidence.source_kind == "foi"
    return asks or evidence.tags_account


def contexts_of(hits: Iterable[Hit]) -> frozenset[str]:
    """The contexts among the hits."""
    return frozenset(str(hit.rule.facts["context"]) for hit in hits if "context" in hit.rule.facts)


def heads_complaint(heads: Mapping[str, float]) -> float:
    """The complaint head, if the model is there."""
    return heads.get("complaint", 0.0)
