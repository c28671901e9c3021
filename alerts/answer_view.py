"""What somebody reads who answered a mail: what came of it, in a line or two."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from alerts import wording
from alerts.base import Answer, Envelope, Whole
from alerts.clean import domain, excerpt, text
from alerts.views import PRIVATE, SOURCE_LIMIT, delays, foot, told_to

CHOICES = (
    ("mine", "I take charge; the reminders stop"),
    ("done answered", "it is dealt with; also: acknowledged, complaints procedure, no reply, because …"),
    ("later Thursday", "remind me then"),
    ("should be low", "the grade is wrong"),
    ("not us", "it is not about our school"),
    ("conflict", "I am involved myself: leave me out"),
    ("reopen", "it is not settled"),
    ("away until 5 January", "somebody else hears instead of me; “back” ends it"),
)
"""The words that are understood, for somebody whose words were not."""
TITLE_LIMIT = 200
AS_WRITTEN = "The words are as they were written; names are not cut."
GONE = "The words are no longer kept, or never were."
WITHHELD = (
    "There may be an image of a child behind this post: its words are not sent, and nobody should open it."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeView:
    """One post in full."""

    where: str
    title: str
    words: tuple[str, ...]
    """Paragraphs."""
    host: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerView:
    """A mail about a reply."""

    subject: str
    lead: str
    aside: str
    """What else stands in the preview."""
    remarks: tuple[str, ...]
    title: str
    lines: tuple[str, ...]
    posts: tuple[WholeView, ...]
    replies: tuple[tuple[str, str], ...]
    """Words to reply with, and what they do; empty where there is nothing to choose."""
    told: str
    foot: tuple[str, ...]
    commands: tuple[str, ...] = ()


def answer_view(answer: Answer, envelope: Envelope) -> AnswerView:
    """Decide what the answer says."""
    about = f"{answer.short} {envelope.ref}".strip()
    topic = "the full words" if answer.words else "your reply"
    if answer.passed_on:
        topic = "what you passed on"
    if answer.choices:
        topic = "your reply was not understood"
    said = answer.said or ("Your reply has arrived.",)
    return AnswerView(
        subject=wording.drill(f"{about}: {topic}", exercise=answer.exercise),
        lead=said[0],
        aside=PRIVATE if answer.words or answer.restricted else "",
        remarks=delays(envelope),
        title=f"Story {envelope.ref}, {answer.school}" if envelope.ref else answer.school,
        lines=said[1:],
        posts=tuple(_whole(post) for post in envelope.posts) if answer.words else (),
        replies=CHOICES if answer.choices and envelope.reply_to else (),
        told=f"{AS_WRITTEN} {told_to(())}" if answer.words else "",
        foot=foot(answer.zone, envelope)[1:],
    )


def plain_lines(answer: Answer, envelope: Envelope) -> Iterator[str]:
    """The same without a template."""
    yield from answer.said
    for post in envelope.posts if answer.words else ():
        yield f"{post.mention}: {WITHHELD if post.withheld else text(post.text) or GONE}"


def _whole(post: Whole) -> WholeView:
    words = text(post.text)
    link = domain("" if post.withheld else post.url)
    return WholeView(
        where=", ".join(filter(None, (post.mention, excerpt(post.source, SOURCE_LIMIT)))),
        title="" if post.withheld else excerpt(post.title, TITLE_LIMIT),
        words=(WITHHELD,) if post.withheld else tuple(filter(None, words.split("\n"))) or (GONE,),
        host=link.host,
        href=link.href,
    )
