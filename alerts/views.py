"""What a mail about a story shows: every sentence decided, nothing laid out.

The templates for text and for HTML read the same view, so the two parts say the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from alerts import playbooks, replying, wording
from alerts.base import Alert, Category, Envelope, Item, News, Role, Severity
from alerts.clean import QUOTE_LIMIT, Link, domain, excerpt

PRESS_LIMIT = 200
"""Characters of a newspaper that may be quoted."""
POSTS_SHOWN = 5
STORIES_SHOWN = 20
"""Where one mail tells of several stories it shows a post of each."""
STORY_LIMIT = 160
"""Characters of each post where a mail tells of several stories."""
LINK_LIMIT = 600
"""Characters of a link among many, as HTML writes it: a mail is cut off at 100 kB."""
SOURCE_LIMIT = 60
GROUNDS_SHOWN = 6
GROUND_LIMIT = 200
TITLE_LIMIT = 120
PRIVATE = (
    "Please make sure that nobody else can see your screen: what follows is meant for the safeguarding leads alone,"
    " and must not be forwarded."
)
"""Long enough that no topic shows in the preview on a lock screen."""
PROOF = "it shows that an answer is yours, so please leave it in."
_NUMBERED = re.compile(r"M\d{1,12}")
_LEADS = (Role.HEAD, Role.DSL, Role.DEPUTY_DSL)
_DUE_IN_SUBJECT = {"answer": "answer by", "decide": "decide by"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PostView:
    """One post."""

    title: str
    quote: str
    """Empty where the words are not shown."""
    where: str
    """Source, times and reference in one line."""
    host: str
    href: str
    """Empty where there is no link; ``no_link`` says why."""
    no_link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertView:
    """A mail about a story."""

    subject: str
    lead: str
    """The first words: what is asked of whom, without a name or a quote."""
    aside: str
    """What else stands in the preview."""
    remarks: tuple[str, ...]
    title: str
    grade: str
    severity: Severity
    also: str
    promise: str
    posts: tuple[PostView, ...]
    more: str
    """How many posts are not shown."""
    kept_back: str
    """Why there are no posts at all."""
    calls: tuple[str, ...]
    """Whom to ring, for whoever reads this first; empty but in the last reminders."""
    actions: tuple[str, ...]
    holding: str
    """A line to copy under a comment on our own page; empty where nothing should be said."""
    never: tuple[str, ...]
    after: tuple[str, ...]
    grounds: tuple[str, ...]
    told: str
    replies: tuple[tuple[str, str], ...]
    """Words to reply with, and what they do; empty where nobody reads replies."""
    commands: tuple[str, ...]
    foot: tuple[str, ...]


def alert_view(alert: Alert, envelope: Envelope) -> AlertView:
    """Decide what one recipient's mail about a story says."""
    details = not is_untainted(alert, envelope)
    book = playbooks.playbook(
        alert.category,
        phones=alert.phones,
        reply_by=wording.reply_by(alert),
        imagery=details and any(item.link_withheld for item in alert.items),
    )
    shown = posts_shown(alert, envelope)
    hidden = max(alert.count, len(alert.items)) - len(shown)
    ours = details and alert.clock == "answer"
    page = playbooks.shelf().own_page if book.own_account and ours else ""
    return AlertView(
        subject=alert_subject(alert, envelope.ref),
        lead=_lead(alert, envelope),
        aside=PRIVATE if alert.restricted else "",
        remarks=(*delays(envelope), *(_doubts(alert) if details else ()), *alert.notes),
        title=f"{alert.stories} stories at once" if alert.stories > 1 else book.title,
        grade=_grade(alert, envelope.ref),
        severity=alert.severity,
        also=_also(alert) if details else "",
        promise=wording.promise(alert) if details else "",
        posts=tuple(_post(item, alert) for item in shown),
        more=_more(hidden, alert) if details and hidden > 0 else "",
        kept_back=_kept_back(alert, details=details),
        calls=playbooks.calls(alert.phones) if alert.voice == "act_now" else (),
        actions=book.actions if details else playbooks.shelf().chair,
        holding=book.holding if ours and _may_be_answered(alert) else "",
        never=book.never,
        after=tuple(filter(None, (book.after, page))) if details else (),
        grounds=tuple(excerpt(why, GROUND_LIMIT) for why in alert.grounds[:GROUNDS_SHOWN]) if details else (),
        told=told_to(alert.told),
        replies=_replies(alert, envelope.ref, details=details) if envelope.reply_to else (),
        commands=_commands(alert, envelope, details=details),
        foot=foot(alert.zone, envelope),
    )


def alert_subject(alert: Alert, ref: str) -> str:
    """The same for every mail of the story while grade, topic and due time stay."""
    return wording.drill(_subject(alert, ref), exercise=alert.exercise)


def _subject(alert: Alert, ref: str) -> str:
    story = f"{alert.short} {ref}".strip()
    doubt = "place not certain" if _uncertain(alert) else ""
    if alert.restricted:
        return _joined(wording.GRADES[alert.severity], "safeguarding leads only", doubt, story)
    due = ""
    if alert.clock and alert.due_at and alert.severity < Severity.CRITICAL:
        due = f"{_DUE_IN_SUBJECT[alert.clock]} {wording.weekday(alert.due_at, wording.zone(alert.zone))}"
    if alert.stories > 1 and alert.severity < Severity.HIGH:
        return f"{alert.short}: {alert.stories} to look at" + (f", the first to {due}" if due else "")
    several = f"{alert.stories} stories at once"
    topic = several if alert.stories > 1 else wording.lower(playbooks.title(alert.category))
    return _joined(wording.GRADES[alert.severity], topic, doubt, due, story)


def is_untainted(said: Alert | News, envelope: Envelope) -> bool:
    """Whether this reader learns the category alone: a chair who is told because nobody answered, while the head leads.

    Governors may later sit on a panel, and have to come to it without knowing more.
    """
    if isinstance(said, Alert) and said.voice == "category_only":
        return True
    grave = said.restricted or _worst(said) is Severity.CRITICAL
    return grave and set(envelope.to.roles) == {Role.CHAIR} and Role.HEAD in said.told


def posts_shown(alert: Alert, envelope: Envelope) -> tuple[Item, ...]:
    """The posts that this recipient is shown."""
    if is_untainted(alert, envelope):
        return ()
    return alert.items[: STORIES_SHOWN if alert.stories > 1 else POSTS_SHOWN]


def _may_be_answered(alert: Alert) -> bool:
    return alert.severity < Severity.CRITICAL and not alert.restricted and alert.stories == 1


def _worst(said: Alert | News) -> Severity:
    return max(said.severity, said.was) if isinstance(said, News) else said.severity


def _joined(*parts: str) -> str:
    return " – ".join(part for part in parts if part)


def _uncertain(alert: Alert) -> bool:
    return bool(alert.items) and not any(item.certain for item in alert.items)


def _lead(alert: Alert, envelope: Envelope) -> str:
    seen = wording.seen_at(alert)
    facts = (
        f"Seen {wording.clock(seen, wording.zone(alert.zone), now=envelope.sent_at)}" if seen else "",
        f"{wording.roles(alert.told)} told" if alert.told else "",
    )
    known = "; ".join(filter(None, facts))
    parts = (
        wording.ask(alert, now=envelope.sent_at, charge=_charge(alert, envelope)),
        f"{known[:1].upper()}{known[1:]}." if known else "",
    )
    return " ".join(filter(None, parts))


def _charge(alert: Alert, envelope: Envelope) -> str:
    if alert.severity < Severity.HIGH:
        return ""
    if is_untainted(alert, envelope):
        leads = [wording.ROLES[role] for role in alert.told if role in _LEADS]
        return f"Ring the {wording.listed(leads, 'or')}" if leads else "Ring the safeguarding leads"
    return "Reply MINE to take charge" if envelope.reply_to else "Agree by phone who takes charge"


def delays(envelope: Envelope) -> tuple[str, ...]:
    """What went wrong on the way to this reader."""
    found: list[str] = []
    if envelope.may_repeat:
        found.append("You may have had this before: the mail server did not confirm the first try.")
    if envelope.waited is not None:
        found.append(f"This mail waited {wording.lasting(envelope.waited)} before it could be sent.")
    return tuple(found)


def _doubts(alert: Alert) -> tuple[str, ...]:
    """What is not known of the posts, said before anybody acts on them."""
    found: list[str] = []
    if _uncertain(alert):
        found.append("Place not certain: the words may be about somewhere else. Please judge for yourself.")
    if any(item.maybe_child for item in alert.items):
        found.append(
            "May be a child: think first of whoever wrote this, and ask the DSL before you answer in public."
        )
    if any(item.passed_on for item in alert.items):
        found.append("Passed on, not public: staff sent it to us. Do not quote it, or say how we know.")
    return tuple(found)


def _grade(alert: Alert, ref: str) -> str:
    words = {
        Severity.CRITICAL: "Graded urgent, the highest of four grades",
        Severity.HIGH: "Graded high, the second of four grades",
        Severity.MEDIUM: "Graded medium",
        Severity.LOW: "Graded low",
        Severity.NONE: "Not graded: good or neutral",
    }
    story = f"Story {ref}, {alert.school}" if ref else alert.school
    if alert.stories > 1:
        topic = wording.lower(playbooks.title(alert.category))
        return f"The gravest: {topic}. {words[alert.severity]}. {story}."
    return f"{words[alert.severity]}. {story}."


def _kept_back(alert: Alert, *, details: bool) -> str:
    if not details:
        return "What was said, and where, is kept to the safeguarding leads."
    return "" if alert.items else "There is no post to show."


def _more(hidden: int, alert: Alert) -> str:
    return (
        f"{wording.number(hidden, 'more post')} in {'these stories' if alert.stories > 1 else 'this story'}."
    )


def _also(alert: Alert) -> str:
    others = [wording.lower(playbooks.title(c)) for c in alert.categories if c is not alert.category]
    return f"Also: {wording.listed(others[:3])}." if others else ""


def _post(item: Item, alert: Alert) -> PostView:
    several = alert.stories > 1
    quote = excerpt(
        item.excerpt or (item.title if several else ""),
        STORY_LIMIT if several else quote_limit(alert.category),
    )
    title = excerpt(item.title, TITLE_LIMIT)
    tz = wording.zone(alert.zone)
    times = f"seen {wording.moment(item.seen_at, tz)}"
    if item.published:
        times = f"posted {wording.moment(item.published, tz)}, {times}"
    link = domain("" if item.link_withheld else item.url)
    href = "" if several and is_long(link) else link.href
    grade = wording.GRADES[item.severity] if several else ""
    marks = _marks(item) if len(alert.items) > 1 else ()
    command = f"mentions show {reference(item)}" if reference(item) else ""
    return PostView(
        title="" if several or quote.startswith(title.rstrip("…")) else title,
        quote=quote,
        where=", ".join(
            part
            for part in (grade, excerpt(item.source, SOURCE_LIMIT), times, reference(item), *marks)
            if part
        ),
        host=link.host,
        href=href,
        no_link="" if href else no_link(link, withheld=item.link_withheld, command=command),
    )


def quote_limit(category: Category) -> int:
    """Characters that a mail may quote."""
    return PRESS_LIMIT if category is Category.MEDIA_INSPECTION else QUOTE_LIMIT


def is_long(link: Link) -> bool:
    """Whether the link is too long to stand among many."""
    return len(link.href) + 4 * link.href.count("&") > LINK_LIMIT


def _marks(item: Item) -> Iterator[str]:
    """Which of several posts the remarks at the top are about."""
    if not item.certain:
        yield "place not certain"
    if item.maybe_child:
        yield "may be a child"
    if item.passed_on:
        yield "passed on, not public"


def reference(item: Item) -> str:
    """``M345``; empty for a post that has no number yet."""
    return item.mention if _NUMBERED.fullmatch(item.mention) else ""


def no_link(link: Link, *, withheld: bool, command: str) -> str:
    """Why a post has no link; ``command`` would show one that is kept back."""
    if link.href:
        return f"The address at {link.host} is too long to show here."
    if withheld:
        way = f" with: mention-monitor {command} --reveal REASON" if command else ""
        return (
            "The link is kept back, because there may be an image of a child behind it. If the police ask for it,"
            f" the DSL gets it{way} (this is recorded)."
        )
    if link.doubtful:
        return f"No link: the letters of {link.host} may imitate another address."
    if link.host:
        return f"No link: the address at {link.host} is not a plain one."
    return "There is no link."


def told_to(roles: tuple[Role, ...]) -> str:
    """Who else knows."""
    if not roles:
        return "Each person told has a copy of their own. Please do not forward it."
    return (
        f"Told: {wording.roles(roles)}. Each person told has a copy of their own. Please do not forward it."
    )


def _replies(alert: Alert, ref: str, *, details: bool) -> tuple[tuple[str, str], ...]:
    if not details:
        return (("mine", "I have reached somebody who takes charge; the reminders stop"),)
    wrong = "should be high" if alert.severity <= Severity.LOW else "should be low"
    which = f" of {ref}, the gravest" if alert.stories > 1 else ""
    later = () if alert.severity is Severity.CRITICAL else (("later Thursday", "remind me then"),)
    full = (("words", "send me the full words; this is recorded"),) if alert.restricted else ()
    aside = (("conflict", "I am involved myself: leave me out"),) if alert.severity >= Severity.HIGH else ()
    return (
        ("mine", f"I take charge{which}; the reminders stop"),
        ("done", "it is dealt with: “done answered”, “done no reply, because …”"),
        *later,
        (wrong, "the grade is wrong"),
        ("not us", "it is not about our school"),
        *full,
        *aside,
    )


def _commands(alert: Alert, envelope: Envelope, *, details: bool) -> tuple[str, ...]:
    """What to enter where nobody reads replies, and how to see the rest of many stories."""
    ref = envelope.ref
    if not ref:
        return ()
    verbs = ["incidents --open"] if alert.stories > 1 and details else []
    if not envelope.reply_to:
        verbs += [f"mine {ref}", f"done {ref} answered", f"not-us {ref}"] if details else [f"mine {ref}"]
    return tuple(f"mention-monitor {verb}" for verb in verbs)


def foot(zone: str, envelope: Envelope) -> tuple[str, ...]:
    """The last lines of a mail: whose times, what was cut, and the code of its reply."""
    times = f"Times are those of {zone}. Names are cut to initials and strong words starred."
    own = replying.code(envelope)
    return (times, f"Reply code {own}: {PROOF}") if own else (times,)
