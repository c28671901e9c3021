"""The numbers of the digest in words: how many, compared with before, and how well the promise was kept.

In the governors' edition no small number is told, and none can be worked out from the others.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from math import ceil

from alerts import wording
from alerts.base import Count, Digest

FEW = 5
"""Governors never see a smaller number than this, but for none: a few posts may point to one family."""
LATE_SHOWN = 4
UNKNOWN = "–"
_FOUR_WEEKS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class CountView:
    """One line of the table."""

    name: str
    this: str
    last: str
    mean: str
    percent: int
    """Length of the bar; 0 for none."""


def columns(digest: Digest) -> tuple[str, str, str]:
    """Heads of the columns; the last is empty where nothing is usual yet."""
    if time(digest) == "week":
        return ("This week", "Last week", "Usual")
    return ("This term", "As long before", "")


def counts(digest: Digest, *, seen: bool) -> tuple[CountView, ...]:
    """The table, the gravest first; unless something was ``seen``, no number is told as nought."""
    rows = sorted(digest.counts, key=lambda count: -count.severity)
    most = max((count.this for count in rows), default=0)
    found = tuple(_count(count, most, digest) for count in rows)
    return found if seen or most else tuple(replace(row, this=UNKNOWN) for row in found)


def total(digest: Digest) -> str:
    """How many posts there were; that there were none differs from that nobody could look."""
    posts = posts_of(digest)
    if not digest.entries and not posts:
        return (
            "Nothing was read, so nothing can be said." if digest.blind else "Nothing new stood in any place."
        )
    if digest.governors:
        return _total_for_governors(digest, posts)
    read = f"{wording.number(digest.not_ours, 'other post')} turned out not to be about us."
    if not posts:
        return f"No posts about us. {read}"
    return f"{wording.number(posts, 'post')} about us, {digest.positive:,} of them friendly. {read}"


def compared(digest: Digest) -> str:
    """What to know before the numbers are compared."""
    weekly = time(digest) == "week"
    before = "Last week" if weekly else "Before that"
    known = digest.periods_before
    if not known:
        return f"{before} the watch was not running for all the time: there is nothing to compare with."
    usual = f"Usual: the mean of {'the 4 weeks' if known >= _FOUR_WEEKS else wording.number(known, 'week')} before."
    blind = (
        f"{before} {wording.number(digest.blind_before, 'place was', 'places were')} out of sight for a time."
        if digest.blind_before
        else ""
    )
    return " ".join(part for part in (usual if weekly else "", blind) if part)


def shares(digest: Digest) -> str:
    """The bars in words, for the text."""
    rows = sorted(digest.counts, key=lambda count: -count.severity)
    posts = posts_of(digest)
    said = (f"{wording.GRADES[row.severity]} {round(100 * row.this / posts)} %" for row in rows if row.this)
    return f"Shares: {', '.join(said)}."


def promise(digest: Digest) -> tuple[str, ...]:
    """How many answers came in time, which did not, and how soon somebody had a look at what was grave."""
    return tuple(part for part in (_kept(digest), _late(digest), _first_look(digest)) if part)


def time(digest: Digest) -> str:
    """What the digest is of: a week or a term."""
    return "week" if digest.end - digest.start < timedelta(weeks=1) else "term"


def posts_of(digest: Digest) -> int:
    """Posts of every grade."""
    return sum(count.this for count in digest.counts)


def told(count: int, *, governors: bool) -> str:
    """The number as it may be told."""
    if governors and count < FEW:
        return f"fewer than {FEW}" if count else "none"
    return f"{count:,}"


def _count(count: Count, most: int, digest: Digest) -> CountView:
    governors, known = digest.governors, bool(digest.periods_before)
    mean = told(ceil(count.mean), governors=True) if governors else f"{count.mean:.1f}"
    return CountView(
        name=wording.GRADES[count.severity],
        this=told(count.this, governors=governors),
        last=told(count.last, governors=governors) if known else UNKNOWN,
        mean=mean if known else UNKNOWN,
        percent=0 if (governors and count.this < FEW) or not most else round(100 * count.this / most),
    )


def _total_for_governors(digest: Digest, posts: int) -> str:
    """Nothing if a number is held back: the sum beside the others would spell it out."""
    if any(0 < count.this < FEW for count in digest.counts):
        return ""
    return f"{wording.number(posts, 'post')} about us." if posts else "No posts about us."


def _kept(digest: Digest) -> str:
    owed, kept = digest.answers_owed, digest.answered_in_time
    if not owed:
        return "No answer was owed on our own pages."
    few = f"fewer than {FEW}"
    if digest.governors and owed < FEW:
        return f"{few.capitalize()} answers were owed on our own pages."
    answers = f"{wording.number(owed, 'answer')} on our own pages"
    if digest.governors and 0 < owed - kept < FEW:
        return f"Of {answers} {few} were late."
    if digest.governors and 0 < kept < FEW:
        return f"Of {answers} {few} came in time."
    return f"{kept} of {answers} came in time ({round(100 * kept / owed)} %)."


def _late(digest: Digest) -> str:
    if digest.governors or not digest.late:
        return ""
    said = [
        f"{late.ref} not yet answered"
        if late.hours is None
        else f"{late.ref} by {wording.lasting(timedelta(hours=late.hours))}"
        for late in digest.late[:LATE_SHOWN]
    ]
    rest = len(digest.late) - LATE_SHOWN
    return f"Late: {', '.join([*said, f'{rest} more'] if rest > 0 else said)}."


def _first_look(digest: Digest) -> str:
    looked, waiting = digest.minutes_to_first_look, digest.not_looked_at
    if digest.governors and 0 < digest.looked_at + waiting < FEW:
        return f"Fewer than {FEW} urgent or high stories had to be looked at."
    if looked is None and not waiting:
        return "No urgent or high post had to be looked at."
    parts = []
    if looked is not None and not (digest.governors and digest.looked_at < FEW):
        parts.append(
            f"First look at urgent and high stories: {wording.lasting(timedelta(minutes=looked))} (median)."
        )
    if waiting:
        # one held back must not be told by its grammar
        one = waiting == 1 and not digest.governors
        stories = "urgent or high story" if one else "urgent or high stories"
        parts.append(f"Not looked at: {told(waiting, governors=digest.governors)} {stories}.")
    return " ".join(parts)
