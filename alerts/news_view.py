"""What the others are told once somebody has acted on a grave story: in three lines, and how to disagree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from alerts import playbooks, wording
from alerts.base import Envelope, News, Severity
from alerts.circle import first_role
from alerts.clean import excerpt
from alerts.views import PRIVATE, delays, foot, is_untainted, told_to

_OPEN = frozenset({"reopened", "raised", "stepped_back"})
"""After these somebody has to take charge."""
_DEEDS = {
    "not_us": "marked “not us”",
    "reopened": "opened again",
    "stepped_back": "given back",
    "read": "read in full",
}
_GRADES = {severity: words.lower() for severity, words in wording.GRADES.items()}
_EFFECTS = {
    "taken": "The reminders stop. Nothing more is asked of you; please help if you are asked to.",
    "closed": "Nothing more is asked of you.",
    "not_us": "So it is taken to be about somewhere else. Nothing more is asked of you.",
    "lowered": "Nothing more is asked of you now.",
    "raised": "Please read the first mail about it again.",
    "reopened": "It needs somebody to take charge.",
    "stepped_back": "They hear no more of it. It needs somebody else to take charge.",
    "read": "Somebody asked for the full words. This is recorded; nothing is asked of you.",
    "proposed": "Two of you have to say so before it counts: until then the reminders go on.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsView:
    """A mail about what somebody did."""

    subject: str
    lead: str
    aside: str
    """What else stands in the preview."""
    remarks: tuple[str, ...]
    title: str
    severity: Severity
    grade: str
    outcome: str
    """How it was closed, where a lock screen must not show it."""
    note: str
    told: str
    replies: tuple[tuple[str, str], ...]
    """Words to reply with, and what they do; empty where nobody reads replies."""
    commands: tuple[str, ...]
    foot: tuple[str, ...]


def news_view(news: News, envelope: Envelope) -> NewsView:
    """Decide what one recipient is told of what another did."""
    read = bool(envelope.reply_to)
    topic = "Safeguarding leads only" if news.restricted else playbooks.title(news.category)
    details = not is_untainted(news, envelope)
    note = excerpt(news.note) if details else ""
    words = _words(news)
    return NewsView(
        subject=wording.drill(
            f"{news.short} {envelope.ref}: {_deed(news)}{_by(news)}", exercise=news.exercise
        ),
        lead=_lead(news, envelope),
        aside=PRIVATE if news.restricted else "",
        remarks=delays(envelope),
        title=topic,
        severity=news.severity,
        grade=f"Graded {_GRADES[news.severity]}. Story {envelope.ref}, {news.school}.",
        outcome=f"Closed as: {_outcome(news)}." if details and news.restricted and news.outcome else "",
        note=f"What was written about it: “{note}”" if note else "",
        told=told_to(news.told),
        replies=words if read else (),
        commands=tuple(_commands(news, words, envelope)) if envelope.ref and not read else (),
        foot=foot(news.zone, envelope),
    )


def headline(news: News, envelope: Envelope) -> str:
    """``R12 was taken by the head at 14:05``, as a sentence."""
    tz = wording.zone(news.zone)
    at = wording.clock(news.at, tz, now=envelope.sent_at)
    when = f"on {at}" if " " in at else f"at {at}"
    story = envelope.ref or "The story"
    if news.wish is not None:
        return f"{_proposer(news, begin=True)} proposed {when} to grade {story} {_GRADES[news.wish]}."
    outcome = _outcome(news)
    how = f": {outcome}" if news.deed == "closed" and outcome and not news.restricted else ""
    return f"{story} was {_deed(news)}{_by(news)} {when}{how}."


def _outcome(news: News) -> str:
    """Without its "because": the reason stands in the note, which not everybody gets."""
    return news.outcome.removesuffix(", because")


def _lead(news: News, envelope: Envelope) -> str:
    if news.deed == "read":
        wish = ""
    elif news.wish is not None:
        say = (
            f"reply SHOULD BE {news.wish.word.upper()}"
            if envelope.reply_to
            else "say the same with the command below"
        )
        wish = f"To agree {say}, or do nothing to keep it {_GRADES[news.severity]}."
    elif news.deed in _OPEN:
        wish = "Reply MINE to take charge." if envelope.reply_to else "Agree by phone who takes charge."
    else:
        wish = (
            "Reply REOPEN if you disagree."
            if envelope.reply_to
            else "If you disagree, open it again with the command below, or ring whoever did this."
        )
    drill = wording.EXERCISE if news.exercise else ""
    parts = (drill, headline(news, envelope), _EFFECTS[news.deed], wish)
    return " ".join(filter(None, parts))


def _proposer(news: News, *, begin: bool = False) -> str:
    if news.by is None:
        return "Somebody" if begin else "somebody"
    return f"{'The' if begin else 'the'} {wording.ROLES[news.by]}"


def _deed(news: News) -> str:
    if news.wish is not None:
        return f"{_proposer(news)} proposes to grade it {_GRADES[news.wish]}"
    if news.deed in {"lowered", "raised"}:
        return f"{news.deed} from {_GRADES[news.was]} to {_GRADES[news.severity]}"
    return _DEEDS.get(news.deed, news.deed)


def _by(news: News) -> str:
    return f" by the {wording.ROLES[news.by]}" if news.by and news.wish is None else ""


def _commands(news: News, words: Iterable[tuple[str, str]], envelope: Envelope) -> Iterator[str]:
    for word, _ in words:
        if news.wish is not None and word.startswith("should be"):
            lead = f" --by {first_role(envelope.to.roles)}" if envelope.to.roles else ""
            yield f"mention-monitor regrade {envelope.ref} {news.wish.word}{lead}"
        else:
            yield f"mention-monitor {word} {envelope.ref}"


def _words(news: News) -> tuple[tuple[str, str], ...]:
    mine = ("mine", "I take charge" if news.deed != "taken" else "I take it over")
    if news.deed in _OPEN or news.deed == "read":
        return (mine,)
    if news.wish is not None:
        return ((f"should be {news.wish.word}", f"I agree: it is graded {_GRADES[news.wish]} then"), mine)
    return (("reopen", "I disagree: it is open again, and the others are told"), mine)
