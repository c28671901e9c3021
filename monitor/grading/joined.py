"""The rules' verdict and the learned opinion, joined into one grade.

Both are counted as odds; how much each counts was measured on posts that neither had seen. What a rule calls
critical stays critical unless the wording speaks clearly against it (policy, 1.3 rule 5: when in doubt about a
floor topic, take the higher band).
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping
from dataclasses import replace
from typing import Final

from alerts.base import PRECEDENCE, Category, Severity
from monitor.grading.learned import ASKS, BANDS, HEADS, NEGATIVE, POSITIVE, Learned, Opinion
from monitor.grading.verdict import COMPLAINT, PRAISE, QUERY, Verdict
from monitor.model import Ground, Tone
from monitor.weights import odds as chance

NAMED = 0.4
"""A category as likely as this is named."""
SURELY = 0.5
"""An allegation against an adult has to be as likely as this: it keeps the mail from some who should act."""
REACHED: Final = {Severity.LOW: 0.5, Severity.MEDIUM: 0.5, Severity.HIGH: 0.4, Severity.CRITICAL: 0.4}
"""A band as likely as this is reached: a missed critical post costs more than a look too many."""
ADDRESSED: Final = {Severity.NONE: 0.6, Severity.LOW: 0.6, Severity.MEDIUM: 0.8}
"""What ``high`` and ``critical`` take on the school's own account, by what the rules say: most there is everyday."""
WANTED = 0.6
"""A post of little weight wants an answer if that is as likely as this."""
PLEASANT = 0.3
"""Of a post that is not grave at all, praise or harmless news is as good as this: the rest was not understood."""
KEPT = 0.3
"""As long as "at least high" is as likely as this, a rule's critical stands."""
HELD = 0.2
"""As long as "at least high" is as likely as this, what a rule calls high is medium at least."""
STRANGE = 0.5
"""Where fewer of the words are known than this, the wording has no say: the rules know words of other languages."""
BRIEF = 5
"""Of fewer words than this the wording alone makes nothing graver than medium: it has read few posts so short."""
FLOOR: Final = frozenset({Category.THREAT_VIOLENCE, Category.CHILD_SAFEGUARDING, Category.STAFF_ALLEGATION})
"""What makes a post critical by the policy (1.3 rule 1): where rule and wording agree on the grade, the rule's topic stands."""
_MILD: Final = frozenset({COMPLAINT, QUERY, PRAISE})
"""What no post is high for alone."""
_REQUEST: Final = Severity.MEDIUM
"""A request for information is no graver than this by its wording; a rule may still say more."""

SAYS: Final = {
    Category.THREAT_VIOLENCE: "Reads like posts about a threat",
    Category.CHILD_SAFEGUARDING: "Reads like posts about a child at risk",
    Category.STAFF_ALLEGATION: "Reads like posts about an adult's conduct",
    Category.STAFF_ABUSE_HARASSMENT: "Reads like posts that run staff down",
    Category.DISCRIMINATION_HATE: "Reads like posts about unequal treatment or hostility",
    Category.EXTREMISM_PREVENT: "Reads like posts about extremism",
    Category.PUPIL_BULLYING: "Reads like posts about bullying",
    Category.PRIVACY_DATA_BREACH: "Reads like posts about private data that got out",
    Category.IMPERSONATION_MISUSE: "Reads like posts about a fake or misused account",
    Category.RUMOUR_DEFAMATION: "Reads like posts that spread a damaging claim",
    Category.COMPLAINT_GENERAL: "Reads like a complaint",
    Category.SEND_INCLUSION: "Reads like posts about special needs",
    Category.ATTENDANCE_ADMISSIONS: "Reads like posts about attendance or places",
    Category.HEALTH_SAFETY_SITE: "Reads like posts about health, safety or the site",
    Category.MEDIA_INSPECTION: "Reads like press or inspection news",
    Category.CAMPAIGN_INDUSTRIAL: "Reads like posts about a campaign or dispute",
    Category.QUERY_INFO: "Reads like a question",
    Category.PRAISE_COMMUNITY: "Reads like praise or community news",
}  # fmt: skip
"""The ground of a category that no rule named."""


def claims(verdict: Verdict) -> dict[str, bool]:
    """What the rules say, head by head."""
    said = dict.fromkeys(HEADS, False)
    said |= {category.value: True for category in verdict.categories}
    said |= {band.word: verdict.severity >= band for band in BANDS}
    return said | {
        NEGATIVE: verdict.tone == "neg",
        POSITIVE: verdict.tone == "pos",
        ASKS: verdict.needs_response,
    }


def join(
    verdict: Verdict, opinion: Opinion, model: Learned, source_kind: str = "", *, addressed: bool = False
) -> Verdict:
    """The verdict as it is with both opinions; ``addressed``: it was said to the school on its own account."""
    if opinion.familiar < STRANGE:
        return verdict
    odds = _odds(claims(verdict), opinion, model)
    wanted = _wanted(verdict) if addressed else REACHED
    severity, known = _severity(verdict, odds, source_kind, wanted), frozenset(Category)
    if severity > verdict.severity and len(opinion.parts) < BRIEF:
        severity = min(severity, max(verdict.severity, Severity.MEDIUM))
        known = _MILD.union(verdict.categories)
    result = replace(
        verdict,
        severity=severity,
        categories=_sorted(_categories(verdict, severity, odds, known)),
        tone=_tone(odds),
        needs_response=_needs_response(severity, odds),
    )
    return _not_below(verdict, result) if addressed else result


def _not_below(verdict: Verdict, result: Verdict) -> Verdict:
    """What is said to the school itself does not name it, and the wording takes that for a post about others.

    A complaint or a question on the school's own account is owed an answer within 24 hours (policy): there the wording
    makes nothing milder than the rules do, up to medium.
    """
    severity = max(result.severity, min(verdict.severity, Severity.MEDIUM))
    if severity is result.severity and (result.tone != "neg" or PRAISE not in result.categories):
        return replace(result, needs_response=result.needs_response or verdict.needs_response)
    meant = {*result.categories, *verdict.categories} - {PRAISE} or {COMPLAINT}
    return replace(
        result,
        severity=severity,
        categories=_sorted(meant),
        needs_response=result.needs_response or verdict.needs_response or severity >= Severity.MEDIUM,
    )


def _sorted(categories: Iterable[Category]) -> tuple[Category, ...]:
    return tuple(sorted(categories, key=PRECEDENCE.__getitem__))


def grounds(
    verdict: Verdict, before: Verdict, opinion: Opinion, sayable: Container[str]
) -> tuple[Ground, ...]:
    """Why categories were named that no rule had named; and what raised the grade beyond the rules."""
    named = [category for category in verdict.categories if category not in before.categories]
    if not named and verdict.severity > before.severity:
        named = list(verdict.categories[:1])
    return tuple(
        Ground(rule=SAYS[category], excerpt=", ".join(opinion.because(category.value, sayable)))
        for category in named
    )


def _odds(said: Mapping[str, bool], opinion: Opinion, model: Learned) -> dict[str, float]:
    found: dict[str, float] = {}
    for head, logit in opinion.logits.items():
        gain, rule, offset = model.joints[head]
        total = gain * logit + (rule if said[head] else 0.0) + offset
        found[head] = chance(total)
    return found


def _wanted(verdict: Verdict) -> Mapping[Severity, float]:
    """How likely a band has to be where the school itself is spoken to: a plain complaint was understood already."""
    least = ADDRESSED.get(verdict.severity, REACHED[Severity.HIGH])
    return {**REACHED, Severity.HIGH: least, Severity.CRITICAL: least}


def _severity(
    verdict: Verdict, odds: Mapping[str, float], source_kind: str, wanted: Mapping[Severity, float]
) -> Severity:
    if verdict.severity is Severity.CRITICAL and odds[Severity.HIGH.word] >= KEPT:
        return Severity.CRITICAL
    reached = Severity.NONE
    for band in BANDS:
        if odds[band.word] < wanted[band]:
            break
        reached = band
    if source_kind == "foi":
        return max(min(reached, _REQUEST), verdict.severity)
    if verdict.severity >= Severity.HIGH and odds[Severity.HIGH.word] >= HELD:
        reached = max(reached, Severity.MEDIUM)
    return max(reached, Severity.LOW) if verdict.unread else reached


def _categories(
    verdict: Verdict, severity: Severity, odds: Mapping[str, float], known: Collection[Category]
) -> set[Category]:
    """The categories among ``known`` that it is about."""
    if severity is Severity.NONE:
        return {PRAISE} if odds[PRAISE.value] >= PLEASANT else set()
    ranked = sorted(known, key=lambda category: -odds[category.value])
    named = {category for category in ranked if odds[category.value] >= NAMED}
    if odds[Category.STAFF_ALLEGATION.value] < SURELY:
        named.discard(Category.STAFF_ALLEGATION)
    if severity > Severity.LOW:
        named.discard(PRAISE)
    if severity is verdict.severity is Severity.CRITICAL:
        named |= set(verdict.categories) & FLOOR
    if not named:
        named = set(verdict.categories) - {PRAISE} or {next(one for one in ranked if one is not PRAISE)}
    if severity >= Severity.HIGH and named <= _MILD:
        named.update([category for category in ranked if category not in _MILD][:1])
    return named


def _tone(odds: Mapping[str, float]) -> Tone:
    neutral = 1.0 - odds[NEGATIVE] - odds[POSITIVE]
    if odds[NEGATIVE] >= max(neutral, odds[POSITIVE]):
        return "neg"
    return "pos" if odds[POSITIVE] > neutral else "neu"


def _needs_response(severity: Severity, odds: Mapping[str, float]) -> bool:
    if severity >= Severity.MEDIUM:
        return True
    return severity is Severity.LOW and odds[ASKS] >= WANTED
