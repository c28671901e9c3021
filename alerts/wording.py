"""The plain words of the mails: times, roles, grades, and the sentences that say why we write.

Pure. Times are told in the school's zone with the weekday, in English whatever the machine's language is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from alerts.base import Alert, Reason, Role, Severity

GRADES = {
    Severity.CRITICAL: "URGENT",
    Severity.HIGH: "HIGH",
    Severity.MEDIUM: "Medium",
    Severity.LOW: "Low",
    Severity.NONE: "Good or neutral",
}
ROLES = {
    Role.HEAD: "head",
    Role.DSL: "DSL",
    Role.DEPUTY_DSL: "deputy DSL",
    Role.DEPUTY_HEAD: "deputy head",
    Role.CHAIR: "chair of governors",
    Role.OFFICE: "office",
    Role.COMMS: "communications lead",
    Role.DPO: "data protection officer",
    Role.SENCO: "SENCO",
    Role.TECHNICIAN: "technician",
    Role.OUTSIDE: "outside substitute",
    Role.OUT_OF_HOURS: "out-of-hours contact",
}
EXERCISE = "This is an exercise: nobody is in danger, so ring nobody outside the school."
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HOUR = timedelta(hours=1)
_TWO_DAYS = timedelta(days=2)


def zone(name: str) -> ZoneInfo:
    """The zone of that name; UTC if there is none, because a mail with odd times beats no mail."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def day(of: date) -> str:
    """``Wed 25 Nov``."""
    return f"{_DAYS[of.weekday()]} {of.day} {_MONTHS[of.month - 1]}"


def moment(at: datetime, tz: ZoneInfo) -> str:
    """``Wed 25 Nov 11:00``."""
    local = at.astimezone(tz)
    return f"{day(local)} {local:%H:%M}"


def weekday(at: datetime, tz: ZoneInfo) -> str:
    """``Wed 11:00``: enough for something that is due within days."""
    local = at.astimezone(tz)
    return f"{_DAYS[local.weekday()]} {local:%H:%M}"


def clock(at: datetime, tz: ZoneInfo, *, now: datetime | None) -> str:
    """``02:10`` if that is today, else ``Tue 24 Nov 02:10``."""
    local = at.astimezone(tz)
    today = now is not None and now.astimezone(tz).date() == local.date()
    return f"{local:%H:%M}" if today else moment(at, tz)


def span(start: date, end: date) -> str:
    """``16–22 Nov``, ``30 Nov–6 Dec``."""
    last = f"{end.day} {_MONTHS[end.month - 1]}"
    return (
        f"{start.day}–{last}"
        if start.month == end.month
        else f"{start.day} {_MONTHS[start.month - 1]}–{last}"
    )


def lasting(time: timedelta) -> str:
    """``40 min``, ``5 h``, ``3 days``."""
    if time < _HOUR:
        return f"{max(round(time.total_seconds() / 60), 1)} min"
    if time < _TWO_DAYS:
        return f"{round(time / _HOUR)} h"
    return f"{round(time / timedelta(days=1))} days"


def listed(words: Sequence[str], last: str = "and") -> str:
    """``head, DSL and office``."""
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def roles(of: Sequence[Role]) -> str:
    """The roles in plain words."""
    return listed([ROLES[role] for role in of])


def lower(words: str) -> str:
    """``words`` for the middle of a sentence."""
    return words[:1].lower() + words[1:]


def drill(subject: str, *, exercise: bool) -> str:
    """``subject``, of what never happened if so."""
    return f"EXERCISE – {subject}" if exercise else subject


def number(count: int, one: str, many: str = "") -> str:
    """``1 post``, ``2 posts``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def promise(alert: Alert) -> str:
    """What is owed by when, and why; empty without a clock."""
    if not alert.clock or alert.due_at is None:
        return ""
    due = moment(alert.due_at, zone(alert.zone))
    if alert.severity is Severity.CRITICAL:
        return f"Safety first: whether anything is said in public can wait until {due}."
    if alert.clock == "answer":
        return (
            f"Answer by {due}. It stands on our own page, where the school promises an answer within 24 hours,"
            " or on the next working day after a weekend. “Thank you, we are looking into it” counts."
        )
    return (
        f"Decide by {due} whether anything is to be said. It was not said on our own page, so no answer is"
        " promised; “no reply, because …” is a good decision."
    )


def reply_by(alert: Alert) -> str:
    """The first action where an answer may be owed."""
    if not alert.clock or alert.due_at is None:
        return "Look at it. No answer is owed."
    due = moment(alert.due_at, zone(alert.zone))
    if alert.clock == "answer":
        return f"Answer or acknowledge it by {due}, without admitting or denying details in public."
    return f"Decide by {due} whether to say anything at all."


def seen_at(alert: Alert) -> datetime | None:
    """When we first saw what the story tells of."""
    return min((item.seen_at for item in alert.items), default=None)


def ask(alert: Alert, *, now: datetime | None, charge: str = "") -> str:
    """Why we write and what is asked, before anything else; names nobody and quotes nothing.

    ``charge`` says how to take charge.
    """
    drill = EXERCISE if alert.exercise else ""
    return " ".join(part for part in (drill, _again(alert, now), _wish(alert, now, charge)) if part)


def _again(alert: Alert, now: datetime | None) -> str:
    if alert.reason is Reason.GREW:
        return f"This story has grown: {number(alert.count, 'post')} by now."
    if alert.reason is Reason.WORSENED:
        return "This is graver than what we wrote before."
    if alert.reason is Reason.REMINDER and not over(alert.due_at if alert.clock else None, now):
        late = alert.severity < Severity.HIGH and alert.due_at
        return "Reminder: the time is nearly over." if late else _nobody(alert, now)
    return ""


def _nobody(alert: Alert, now: datetime | None) -> str:
    first = seen_at(alert)
    since = f"since {clock(first, zone(alert.zone), now=now)}" if first and alert.voice else "yet"
    if alert.voice == "act_now":
        return f"Nobody has taken this on {since}. If you are the first to read this, act."
    if alert.voice == "category_only":
        return f"Nobody has taken this on {since}, so you are told too, without the details."
    return f"Reminder: nobody has taken this on {since}."


def over(due_at: datetime | None, now: datetime | None) -> bool:
    """Whether that time has come and gone."""
    return bool(due_at and now and now >= due_at)


def _wish(alert: Alert, now: datetime | None, charge: str) -> str:
    if alert.severity is Severity.CRITICAL:
        return _urgent(alert, charge)
    return " ".join(part for part in (_owed(alert, now), f"{charge}." if charge else "") if part)


def _urgent(alert: Alert, charge: str) -> str:
    private = ", in private" if alert.restricted else ""
    if alert.exercise:  # whoever has just read that nobody is in danger is not told to ring 999
        return f"Please read now{private}." + (f" {charge}." if charge else "")
    if alert.voice == "act_now":
        return f"Ring 999 if somebody may be in danger now, otherwise 101. Please read now{private}." + (
            f" {charge}." if charge else ""
        )
    danger = f"{charge}; if" if charge else "If"
    return f"Please read now{private}. {danger} danger is immediate, ring 999."


def _owed(alert: Alert, now: datetime | None) -> str:
    if not alert.clock or alert.due_at is None:
        return "Please look at this today." if alert.severity is Severity.HIGH else "For you to look at."
    due = moment(alert.due_at, zone(alert.zone))
    owed = "An answer is owed" if alert.clock == "answer" else "A decision is needed"
    if over(alert.due_at, now):
        return f"{owed}: the time for it ended on {due}."
    return f"{owed} by {due}."
