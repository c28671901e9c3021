"""Payloads of every kind and grade, all invented, and the golden mails made from them.

``python tests/alerts/mail_samples.py`` writes the golden mails anew; they are reviewed as a diff.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from alerts.base import (
    Ailment,
    Alert,
    Answer,
    Blind,
    Bundle,
    BundleLine,
    Category,
    Count,
    Digest,
    Envelope,
    HealthNotice,
    Item,
    LateAnswer,
    Message,
    News,
    NotificationKind,
    OpenStory,
    Payload,
    Reason,
    Recipient,
    Role,
    Severity,
    Topic,
    Whole,
)
from alerts.mime import build, wire
from alerts.render import render

GOLDEN = Path(__file__).parent / "data"
SCHOOL = "Holm Nook Community Primary School"
PHONES = MappingProxyType(
    {
        "childrens_social_care": "01632 960001",
        "childrens_social_care_night": "01632 960009",
        "lado": "01632 960002",
        "press_office": "01632 960003",
        "posh": "01632 960004",
        "complaints_procedure": "https://holmnook.example/complaints",
    }
)
SEEN = datetime(2026, 11, 24, 11, 4, tzinfo=UTC)
NIGHT = datetime(2026, 11, 25, 2, 10, tzinfo=UTC)
HEAD = Recipient(address="head@holmnook.example", roles=(Role.HEAD,))
OFFICE = Recipient(address="office@holmnook.example", roles=(Role.OFFICE, Role.COMMS))
CHAIR = Recipient(address="chair@holmnook.example", roles=(Role.CHAIR,))
OUT_OF_HOURS = Recipient(address="duty@council.example", roles=(Role.OUT_OF_HOURS,))
TECHNICIAN = Recipient(address="it@holmnook.example", roles=(Role.TECHNICIAN,))


def envelope(
    ref: str = "R12", to: Recipient = HEAD, sent_at: datetime = SEEN, *, name: str = "a1"
) -> Envelope:
    """The usual envelope: replies are read."""
    return Envelope(
        ref=ref,
        to=to,
        sender="Mention monitor <alerts@holmnook.example>",
        message_id=f"<{name}@holmnook.example>",
        list_id="School mentions <mentions.holmnook.example>",
        sent_at=sent_at,
        reply_to="watch+MZXW6YTBOIQHIZLTOQQGC3DFOI@holmnook.example",
    )


def item(excerpt: str, **other: Any) -> Item:
    """A post on a local forum."""
    usual = Item(
        mention="M345",
        source="Ribbleton parents forum",
        title="",
        excerpt=excerpt,
        url="https://forum.example/thread/812?page=3",
        seen_at=SEEN,
        published=SEEN - timedelta(minutes=20),
    )
    return replace(usual, **other)


def alert(severity: Severity, category: Category, *items: Item, **other: Any) -> Alert:
    """A story, decided by Wednesday 11:04."""
    usual = Alert(
        school=SCHOOL,
        short="Holm Nook",
        severity=severity,
        category=category,
        categories=(category,),
        reason=Reason.FIRST,
        items=items,
        count=len(items),
        grounds=(),
        clock="decide",
        due_at=SEEN + timedelta(days=1),
        told=(Role.HEAD, Role.DSL),
        phones=dict(PHONES),
    )
    return replace(usual, **other)


THREAT = alert(
    Severity.CRITICAL,
    Category.THREAT_VIOLENCE,
    item(
        "If that head so much as looks at my lad again I am coming through those gates at home time and"
        " nobody will stop me. You have been warned Holm Nook.",
        seen_at=NIGHT,
        published=NIGHT - timedelta(minutes=6),
    ),
    categories=(Category.THREAT_VIOLENCE, Category.STAFF_ABUSE_HARASSMENT),
    grounds=(
        "a threat with a place and a time: “coming through those gates at home time”",
        "a warning: “you have been warned”",
    ),
    told=(Role.HEAD, Role.DSL, Role.DEPUTY_DSL),
)
IMAGERY = alert(
    Severity.CRITICAL,
    Category.CHILD_SAFEGUARDING,
    item("", url="", link_withheld=True, seen_at=NIGHT, published=None, mention="M351", source="Bluesky"),
    grounds=("words that point to an image of a child",),
    clock="",
    due_at=None,
    told=(Role.HEAD, Role.DSL),
    restricted=True,
)
ALLEGATION = alert(
    Severity.HIGH,
    Category.STAFF_ALLEGATION,
    item(
        "Something is off about how Mr P. is always alone with the Year 2s after club. Nobody at Holm Nook listens."
    ),
    grounds=("a worry about an adult alone with children: “always alone with”",),
    restricted=True,
)
ABUSE = alert(
    Severity.HIGH,
    Category.STAFF_ABUSE_HARASSMENT,
    item(
        "Miss B. at Holm Nook is a lying c** and thick as mince, everyone at the gate says so. Get her out. Share this."
    ),
    item(
        "Third day running: Miss B. must go, t*** of a teacher, who is with me?",
        mention="M346",
        published=None,
    ),
    count=14,
    grounds=("a member of staff is insulted by name: “lying c**”", "a call to join in: “share this”"),
    told=(Role.HEAD,),
)
COMPLAINT = alert(
    Severity.MEDIUM,
    Category.COMPLAINT_GENERAL,
    item(
        "Third supply teacher this half term in Year 4 and still no reading books home. Two emails to the office, no"
        " answer. Not good enough Holm Nook.",
        source="our Facebook page",
        url="https://facebook.example/holmnook/posts/77",
    ),
    clock="answer",
    due_at=datetime(2026, 11, 28, 16, 5, tzinfo=UTC),
    grounds=("a complaint: “not good enough”", "an answer is missed: “two emails to the office, no answer”"),
    told=(Role.HEAD, Role.OFFICE),
)
QUERY = alert(
    Severity.LOW,
    Category.QUERY_INFO,
    item(
        "Does anyone know if breakfast club runs on the INSET day at Holm Nook?",
        title="Breakfast club?",
        source="our Bluesky account",
    ),
    clock="answer",
    grounds=("a question",),
    told=(Role.OFFICE,),
)
POSSIBLE = alert(
    Severity.CRITICAL,
    Category.CHILD_SAFEGUARDING,
    item(
        "Found my cousin’s little girl crying by the nook fence, she says she is never going home again.",
        certain=False,
        seen_at=NIGHT,
    ),
    grounds=("a child in distress: “never going home again”", "only a weak name for the school was found"),
    restricted=True,
)
UNCERTAIN_THREAT = replace(THREAT, items=tuple(replace(post, certain=False) for post in THREAT.items))
PRESS = alert(
    Severity.HIGH,
    Category.MEDIA_INSPECTION,
    item(
        "Inspectors have told Holm Nook Community Primary School that it must improve how it records absence, in a report"
        " that also praises reading and behaviour. " * 2,
        title="Primary told to improve its records",
        source="Ribbleton Gazette",
        url="https://gazette.example/news/primary-told-to-improve",
    ),
    grounds=("a newspaper writes about an inspection",),
    told=(Role.HEAD, Role.COMMS),
)
SEVERAL = replace(
    COMPLAINT,
    items=(
        replace(COMPLAINT.items[0], severity=Severity.MEDIUM),
        replace(QUERY.items[0], severity=Severity.LOW, mention="M347"),
        item("Cars on the zig-zags again at Holm Nook", severity=Severity.MEDIUM, mention="M348"),
    ),
    categories=(Category.COMPLAINT_GENERAL, Category.HEALTH_SAFETY_SITE, Category.QUERY_INFO),
    count=9,
    notes=("3 stories came at once; this mail lists all of them.",),
    stories=3,
)
UNCLAIMED = replace(THREAT, reason=Reason.REMINDER, voice="again", told=(*THREAT.told, Role.DEPUTY_HEAD))
FOR_THE_CHAIR = replace(UNCLAIMED, voice="category_only", told=(*UNCLAIMED.told, Role.CHAIR))
ACT_NOW = replace(UNCLAIMED, voice="act_now", told=(*FOR_THE_CHAIR.told, Role.OUT_OF_HOURS))
OWED = replace(COMPLAINT, reason=Reason.REMINDER, voice="due")
PUPIL = alert(
    Severity.HIGH,
    Category.STAFF_ABUSE_HARASSMENT,
    item(
        "my teacher at holm nook is the worst n she knows it, hate her",
        source="our Facebook page",
        url="https://facebook.example/holmnook/posts/78",
        maybe_child=True,
    ),
    clock="answer",
    grounds=("a member of staff is insulted: “the worst”", "words of a child: “my teacher”"),
    told=(Role.HEAD,),
)
PASSED_ON = alert(
    Severity.HIGH,
    Category.CAMPAIGN_INDUSTRIAL,
    item(
        "Nobody in Year 5 is to turn up on Monday until they listen, pass it to the other mums",
        source="passed on by staff",
        url="",
        passed_on=True,
        certain=False,
    ),
    grounds=("a call to keep children away: “nobody in Year 5 is to turn up”",),
    told=(Role.HEAD, Role.COMMS),
)


def story(ref: str, category: Category, excerpt: str, **other: Any) -> BundleLine:
    """A story of medium grade on a forum, to be decided by Wednesday 11:04."""
    usual = BundleLine(
        ref=ref,
        severity=Severity.MEDIUM,
        category=category,
        clock="decide",
        due_at=SEEN + timedelta(days=1),
        excerpt=excerpt,
        source="Ribbleton parents forum",
        url="https://forum.example/thread/812?page=3",
    )
    return replace(usual, **other)


BUNDLE = Bundle(
    school=SCHOOL,
    short="Holm Nook",
    zone="Europe/London",
    items=(
        story(
            "R19",
            Category.HEALTH_SAFETY_SITE,
            "Cars on the zig-zags again at Holm Nook, somebody will be hurt before anyone moves them on.",
            note="a hazard: “somebody will be hurt”",
        ),
        story(
            "R17",
            Category.COMPLAINT_GENERAL,
            COMPLAINT.items[0].excerpt,
            clock="answer",
            due_at=COMPLAINT.due_at,
            source="our Facebook page",
            url="https://facebook.example/holmnook/posts/77",
            note="a complaint: “not good enough”",
            own_account=True,
        ),
        story(
            "R20",
            Category.QUERY_INFO,
            QUERY.items[0].excerpt,
            severity=Severity.LOW,
            due_at=SEEN + timedelta(days=2),
            certain=False,
            note="a question",
        ),
    ),
    possible=(
        item("Anyone else’s kid home with the bug from the nook?", mention="M375", certain=False),
        item("nook lot get away with everything", mention="M376", certain=False, maybe_child=True, url=""),
    ),
    told=(Role.HEAD, Role.OFFICE),
)
LONG_BUNDLE = replace(
    BUNDLE,
    items=tuple(
        replace(BUNDLE.items[n % 3], ref=f"R{n}", due_at=SEEN + timedelta(hours=n), link_withheld=n == 1)
        for n in range(30, 48)
    ),
    possible=BUNDLE.possible * 4,
)
DUE = replace(
    OWED,
    lines=(
        story("R14", Category.STAFF_ABUSE_HARASSMENT, ABUSE.items[1].excerpt, severity=Severity.HIGH),
        story("R16", Category.STAFF_ALLEGATION, "", severity=Severity.HIGH, url="", restricted=True),
        BUNDLE.items[1],
    ),
    told=(Role.HEAD,),
)
TAKEN = News(
    school=SCHOOL,
    short="Holm Nook",
    zone="Europe/London",
    severity=Severity.CRITICAL,
    was=Severity.CRITICAL,
    category=Category.THREAT_VIOLENCE,
    deed="taken",
    at=NIGHT + timedelta(minutes=20),
    by=Role.HEAD,
    told=THREAT.told,
)
CLOSED = replace(
    TAKEN,
    severity=Severity.HIGH,
    was=Severity.HIGH,
    category=Category.STAFF_ALLEGATION,
    deed="closed",
    by=Role.DSL,
    at=SEEN,
    outcome="police, LADO or social care",
    note="The LADO has it, reference in the safeguarding record.",
    restricted=True,
    told=ALLEGATION.told,
)
PROPOSED = replace(TAKEN, deed="proposed", wish=Severity.HIGH, told=(Role.HEAD, Role.DSL))
LOWERED = replace(TAKEN, deed="lowered", severity=Severity.MEDIUM, by=Role.DSL)
REOPENED = replace(TAKEN, deed="reopened", by=Role.DEPUTY_DSL)


def _counts(*rows: tuple[int, int, float]) -> tuple[Count, ...]:
    grades = sorted(Severity, reverse=True)
    return tuple(Count(severity=g, this=t, last=w, mean=m) for g, (t, w, m) in zip(grades, rows, strict=True))


QUIET = Digest(
    school=SCHOOL,
    short="Holm Nook",
    start=date(2026, 11, 16),
    end=date(2026, 11, 22),
    zone="Europe/London",
    counts=_counts((0, 0, 0.0), (0, 1, 0.3), (0, 2, 1.5), (1, 2, 1.8), (4, 6, 5.3)),
    positive=4,
    not_ours=112,
    entries=117,
    possible=(),
    open=(),
    answered_in_time=1,
    answers_owed=1,
    minutes_to_first_look=None,
    topics=(
        Topic(
            category=Category.PRAISE_COMMUNITY,
            this=4,
            last=6,
            example="Lovely harvest boxes at Holm Nook, thank you all",
        ),
        Topic(category=Category.QUERY_INFO, this=1, last=1, example="What time is the fair on Friday?"),
    ),
    praise=(item("Lovely harvest boxes at Holm Nook, thank you all", mention="M340"),),
    coming_up=("INSET, pupils are at home: Mon 30 Nov",),
    sources=9,
    blind=(),
    keeper=Role.TECHNICIAN,
    next_at=datetime(2026, 11, 30, 7, 30, tzinfo=UTC),
)
BLIND = replace(
    QUIET,
    counts=_counts((0, 0, 0.0), (0, 0, 0.3), (0, 2, 1.5), (0, 2, 1.8), (0, 6, 5.3)),
    positive=0,
    not_ours=0,
    entries=0,
    answered_in_time=0,
    answers_owed=0,
    topics=(),
    praise=(),
    coming_up=(),
    sources=2,
    blind=(
        Blind(source="Bluesky", hours=168.0, why="the service refused our log-in"),
        Blind(source="Ribbleton Gazette", hours=168.0, why="the address answers 404"),
    ),
    failed=2,
    undelivered=0,
)
BUSY = replace(
    QUIET,
    counts=_counts((1, 0, 0.3), (3, 1, 0.8), (9, 4, 3.5), (12, 9, 8.0), (17, 11, 12.3)),
    positive=15,
    not_ours=398,
    entries=440,
    possible=(
        item(
            "That nook place has the worst parking in Preston at three o’clock", mention="M371", certain=False
        ),
        item("Anyone else’s kid home with the bug from the nook?", mention="M375", certain=False),
    ),
    open=(
        OpenStory(
            ref="R12",
            severity=Severity.CRITICAL,
            category=Category.CHILD_SAFEGUARDING,
            clock="",
            due_at=None,
            overdue=False,
            owner="DSL",
            restricted=True,
        ),
        OpenStory(
            ref="R14",
            severity=Severity.HIGH,
            category=Category.STAFF_ABUSE_HARASSMENT,
            clock="decide",
            due_at=datetime(2026, 11, 24, 11, 0, tzinfo=UTC),
            overdue=False,
            owner="head",
            put_off=datetime(2026, 11, 26, 7, 30, tzinfo=UTC),
        ),
        OpenStory(
            ref="R17",
            severity=Severity.MEDIUM,
            category=Category.COMPLAINT_GENERAL,
            clock="answer",
            due_at=datetime(2026, 11, 21, 16, 5, tzinfo=UTC),
            overdue=True,
            owner="",
        ),
        OpenStory(
            ref="R19",
            severity=Severity.MEDIUM,
            category=Category.CAMPAIGN_INDUSTRIAL,
            clock="decide",
            due_at=datetime(2026, 11, 24, 17, 0, tzinfo=UTC),
            overdue=False,
            owner="",
        ),
    ),
    answered_in_time=5,
    answers_owed=6,
    minutes_to_first_look=14.0,
    topics=(
        Topic(
            category=Category.COMPLAINT_GENERAL,
            this=11,
            last=5,
            example="Third supply teacher this half term in Year 4 and still no reading books home",
        ),
        Topic(
            category=Category.PRAISE_COMMUNITY,
            this=10,
            last=8,
            example="So proud of the Year 6 choir in the market hall",
        ),
        Topic(
            category=Category.HEALTH_SAFETY_SITE,
            this=7,
            last=7,
            example="Cars on the zig-zags again, somebody will be hurt",
        ),
        Topic(
            category=Category.CAMPAIGN_INDUSTRIAL,
            this=4,
            last=0,
            example="Sign to save the crossing patrol outside Holm Nook",
        ),
        Topic(category=Category.CHILD_SAFEGUARDING, this=1, last=0, example="never shown"),
    ),
    praise=(
        item("So proud of the Year 6 choir in the market hall, well done Holm Nook", mention="M360"),
        item(
            "The office staff sorted our forms in five minutes, stars",
            mention="M362",
            source="Google Alerts",
            url="https://reviews.example/holm-nook",
        ),
    ),
    blind=(Blind(source="Ribbleton parents forum", hours=30.0, why="the server was out of order"),),
    false_alarms=3,
    undelivered=1,
    late=(LateAnswer(ref="R17", hours=None),),
    looked_at=3,
    not_looked_at=1,
    failed=3,
    blind_before=1,
    coming_up=(
        "Bank holidays: Fri 25 Dec (Christmas Day), Sat 26 Dec (Boxing Day), Mon 28 Dec (Boxing Day). On duty: deputy DSL",
        "Term ends on Fri 18 Dec",
        "On duty: 21–27 Dec deputy DSL",
        "Away: 21 Dec–4 Jan head (for them: DSL)",
        "The social media policy was due for review on Wed 1 Nov 2023 (head)",
    ),
    learned=("moor park", "*holm nook lane"),
)
GOVERNORS = replace(
    BUSY,
    governors=True,
    start=date(2026, 9, 2),
    end=date(2026, 12, 20),
    counts=_counts((1, 0, 0.0), (6, 3, 3.0), (41, 30, 30.0), (77, 80, 80.0), (102, 95, 95.0)),
    topics=tuple(replace(topic, this=topic.this * 4, last=topic.last * 4) for topic in BUSY.topics[:4]),
    not_ours=0,
    entries=5310,
    open=(),
    late=(),
    praise=(),
    possible=(),
    coming_up=BUSY.coming_up[-1:],
    learned=(),
    undelivered=0,
    answered_in_time=38,
    answers_owed=40,
    looked_at=6,
    not_looked_at=0,
    periods_before=1,
)
HEALTH = HealthNotice(
    school=SCHOOL,
    short="Holm Nook",
    zone="Europe/London",
    ailments=(
        Ailment(
            what="Bluesky has not been read for 26 h: the service refused our log-in.",
            since=datetime(2026, 11, 23, 9, 2, tzinfo=UTC),
            remedy="make a new app password for the school's account and put it into bluesky-app-password",
        ),
        Ailment(
            what="1 mail could not be delivered for good.", since=None, remedy="run: mention-monitor outbox"
        ),
    ),
)

ANSWER = Answer(
    school=SCHOOL,
    short="Holm Nook",
    zone="Europe/London",
    said=("You have taken R12: nobody else is reminded of it. Say “done”, and how, when it is dealt with.",),
)
FULL_WORDS = replace(
    ANSWER,
    said=("Here are the full words of R13, as you asked. This is recorded, and the DSL is told.",),
    words=True,
    restricted=True,
)
NOT_UNDERSTOOD = replace(
    ANSWER,
    said=(
        "Your words were not understood, so nothing was changed.",
        "Say why: “done no reply, because …”.",
    ),
    choices=True,
)
SICK = replace(
    HEALTH,
    ailments=(
        Ailment(
            what="The key for Microsoft 365 in [microsoft] ends on Sat 1 May 2027: 7 days are left",
            since=None,
            remedy="entra.microsoft.com > App registrations > Mention monitor > Certificates & secrets: make a new one, put"
            " its Value into microsoft-secret, and its day into secret_expires",
        ),
        Ailment(
            what="Mails to the head and DSL are accepted and come back (5.1.1)",
            since=datetime(2026, 11, 23, 9, 2, tzinfo=UTC),
            remedy="correct the address in the school file; until one arrives tell them yourself what is urgent",
        ),
        Ailment(
            what="Replies have not been read for 3 h: the mailbox refused user or password",
            since=datetime(2026, 11, 23, 6, 2, tzinfo=UTC),
            remedy="check user and the password file in [mailbox]",
        ),
        Ailment(
            what="YouTube has used up what its platform allows (10,000 units a day): it sees less",
            since=datetime(2026, 11, 23, 6, 2, tzinfo=UTC),
            remedy="ask for less (fewer searches, every = …), or for a larger allowance at the platform",
        ),
        Ailment(
            what="Somebody who was to be woken could not be for 40 min",
            since=datetime(2026, 11, 23, 2, 12, tzinfo=UTC),
            remedy="see: mention-monitor outbox; then mention-monitor check --online",
        ),
    ),
)
FLOOD = replace(
    ABUSE,
    items=tuple(
        item(
            f"Miss B. at Holm Nook has to go, says parent number {n}, and everybody at the gate agrees. Share it with all.",
            mention=f"M{400 + n}",
            severity=Severity.HIGH,
            url=f"https://forum.example/thread/{n}?page={n}",
        )
        for n in range(24)
    ),
    count=61,
    stories=24,
    notes=("24 stories came at once; this mail lists the gravest of them.",),
)
WHOLE_POSTS = (
    Whole(
        mention="M345",
        source="Ribbleton parents forum",
        title="Worried about a friend of my daughter",
        text="She says that a man waits for them at the shop every day.\nHe knows their names. What should I do?",
        url="https://forum.example/thread/812?page=3",
    ),
    Whole(mention="M346", source="Bluesky", title="", text="", url="https://bsky.example/post/9"),
    Whole(mention="M347", source="Bluesky", title="", text="", withheld=True),
)

ANSWERS = {
    "refused": ("R12", "There is no story R99 that you could act on."),
    "later": (
        "R17",
        "You will be reminded of R17 on Thursday 26 November, 07:30. That is after it is due: Wednesday 25 November, 11:04.",
    ),
    "two_leads": (
        "R12",
        "R12 stays urgent until another lead says the same; what you said is recorded.",
    ),
    "seen": (
        "R12",
        "Counted as: you have seen R12 and are on it. Say “done”, and how, when it is dealt with.",
    ),
    "away": (
        "",
        (
            "You are away until Tuesday 5 January 2027, that day included. The DSL hears instead. Reply BACK when you are"
            " here again."
        ),
    ),
    "conflict": (
        "R12",
        (
            "You are left out of R12 from now on. Somebody else has been told. Please delete the earlier mails about"
            " it."
        ),
    ),
    "several": (
        "",
        "You have taken R17: nobody else is reminded of it. Say “done”, and how, when it is dealt with.",
        "R19: nothing was changed, it was so already.",
        "There is no story R20 that you could act on.",
    ),
    "which_one": (
        "",
        "That mail was about several stories, so nothing was changed: please say which, such as “mine R17”.",
    ),
}
"""What is said to whoever replied, and the story that it is about."""

GOLDENS: dict[str, tuple[NotificationKind, Payload, Envelope]] = {
    "critical_threat": (NotificationKind.ALERT, THREAT, replace(envelope("R12", sent_at=NIGHT), reply_to="")),
    "critical_restricted": (NotificationKind.ALERT, IMAGERY, envelope("R13", sent_at=NIGHT)),
    "high_allegation": (NotificationKind.ALERT, ALLEGATION, envelope("R16")),
    "high_staff_abuse": (NotificationKind.ALERT, ABUSE, envelope("R14")),
    "high_press": (NotificationKind.ALERT, PRESS, envelope("R18")),
    "medium_complaint": (NotificationKind.ALERT, COMPLAINT, envelope("R17")),
    "medium_several": (NotificationKind.ALERT, SEVERAL, envelope("R17")),
    "low_query": (NotificationKind.ALERT, QUERY, replace(envelope("R20", OFFICE), reply_to="")),
    "possible_child": (NotificationKind.ALERT, POSSIBLE, envelope("R21", sent_at=NIGHT)),
    "possible_threat": (NotificationKind.ALERT, UNCERTAIN_THREAT, envelope("R22", sent_at=NIGHT)),
    "late_and_again": (
        NotificationKind.ALERT,
        replace(ABUSE, reason=Reason.GREW, notes=("Found at the start: older than the watch.",)),
        replace(
            envelope("R14", name="a2"),
            parents=("<a1@holmnook.example>",),
            waited=timedelta(hours=5),
            may_repeat=True,
        ),
    ),
    "reminder_critical": (
        NotificationKind.REMINDER,
        UNCLAIMED,
        replace(
            envelope("R12", sent_at=NIGHT + timedelta(minutes=15), name="a2"),
            parents=("<a1@holmnook.example>",),
        ),
    ),
    "reminder_chair": (
        NotificationKind.REMINDER,
        FOR_THE_CHAIR,
        envelope("R12", CHAIR, sent_at=NIGHT + timedelta(minutes=30)),
    ),
    "reminder_act_now": (
        NotificationKind.REMINDER,
        ACT_NOW,
        replace(envelope("R12", OUT_OF_HOURS, sent_at=NIGHT + timedelta(hours=1)), reply_to=""),
    ),
    "reminder_act_now_restricted": (
        NotificationKind.REMINDER,
        replace(POSSIBLE, reason=Reason.REMINDER, voice="act_now"),
        envelope("R21", sent_at=NIGHT + timedelta(hours=1)),
    ),
    "reminder_due": (NotificationKind.REMINDER, DUE, envelope("", sent_at=SEEN + timedelta(hours=22))),
    "reminder_answer": (
        NotificationKind.REMINDER,
        OWED,
        replace(
            envelope("R17", sent_at=datetime(2026, 11, 28, 13, 40, tzinfo=UTC), name="a2"),
            parents=("<a1@holmnook.example>",),
        ),
    ),
    "high_own_page": (NotificationKind.ALERT, PUPIL, envelope("R23")),
    "high_passed_on": (NotificationKind.ALERT, PASSED_ON, envelope("R24")),
    "bundle": (NotificationKind.BUNDLE, BUNDLE, envelope("", OFFICE)),
    "bundle_long": (NotificationKind.BUNDLE, LONG_BUNDLE, replace(envelope("", OFFICE), reply_to="")),
    "bundle_possible": (NotificationKind.BUNDLE, replace(BUNDLE, items=()), envelope("", OFFICE)),
    "news_taken": (
        NotificationKind.NEWS,
        TAKEN,
        replace(
            envelope("R12", sent_at=NIGHT + timedelta(minutes=21), name="n1"),
            parents=("<a1@holmnook.example>",),
        ),
    ),
    "news_closed": (NotificationKind.NEWS, CLOSED, envelope("R16")),
    "news_lowered": (
        NotificationKind.NEWS,
        LOWERED,
        replace(envelope("R12", sent_at=SEEN), reply_to=""),
    ),
    "news_proposed": (
        NotificationKind.NEWS,
        PROPOSED,
        envelope("R12", sent_at=NIGHT + timedelta(minutes=21)),
    ),
    "news_reopened": (NotificationKind.NEWS, REOPENED, envelope("R12", sent_at=NIGHT + timedelta(hours=1))),
    "digest_busy": (NotificationKind.DIGEST, BUSY, envelope("")),
    "digest_quiet": (NotificationKind.DIGEST, QUIET, envelope("")),
    "digest_blind": (NotificationKind.DIGEST, BLIND, envelope("")),
    "governors": (NotificationKind.DIGEST, GOVERNORS, envelope("", CHAIR)),
    "health": (NotificationKind.HEALTH, HEALTH, replace(envelope("", TECHNICIAN), reply_to="")),
    "health_answered": (NotificationKind.HEALTH, HEALTH, envelope("", TECHNICIAN)),
    "critical_answered": (NotificationKind.ALERT, THREAT, envelope("R12", sent_at=NIGHT)),
    "bundle_long_answered": (NotificationKind.BUNDLE, LONG_BUNDLE, envelope("", OFFICE)),
    "news_stepped_back": (
        NotificationKind.NEWS,
        replace(TAKEN, deed="stepped_back"),
        envelope("R12", sent_at=NIGHT + timedelta(minutes=30)),
    ),
    "news_read": (
        NotificationKind.NEWS,
        replace(TAKEN, deed="read", restricted=True),
        envelope("R13", sent_at=NIGHT + timedelta(minutes=30)),
    ),
    "answer": (
        NotificationKind.ANSWER,
        ANSWER,
        replace(
            envelope("R12", sent_at=NIGHT + timedelta(minutes=16), name="y1"),
            parents=("<a1@holmnook.example>",),
        ),
    ),
    "answer_choices": (
        NotificationKind.ANSWER,
        replace(ANSWER, said=("Your words were not understood, so nothing was changed.",), choices=True),
        envelope("R12"),
    ),
    "answer_words": (NotificationKind.ANSWER, FULL_WORDS, replace(envelope("R13"), posts=WHOLE_POSTS)),
    "answer_puzzle": (NotificationKind.ANSWER, NOT_UNDERSTOOD, envelope("R12")),
    **{
        f"answer_{name}": (NotificationKind.ANSWER, replace(ANSWER, said=tuple(said)), envelope(ref))
        for name, (ref, *said) in ANSWERS.items()
    },
    "answer_exercise": (NotificationKind.ANSWER, replace(ANSWER, exercise=True), envelope("R12")),
    "answer_restricted": (
        NotificationKind.ANSWER,
        replace(ANSWER, said=("You are left out of R13 from now on.",), restricted=True),
        envelope("R13"),
    ),
    "exercise": (NotificationKind.ALERT, replace(THREAT, exercise=True), envelope("R12")),
    "exercise_reminder": (
        NotificationKind.REMINDER,
        replace(ACT_NOW, exercise=True),
        envelope("R12", OUT_OF_HOURS, sent_at=NIGHT + timedelta(hours=1)),
    ),
    "exercise_news": (NotificationKind.NEWS, replace(TAKEN, exercise=True), envelope("R12", sent_at=NIGHT)),
    "flood": (NotificationKind.ALERT, FLOOD, envelope("R14")),
    "flood_by_hand": (NotificationKind.ALERT, FLOOD, replace(envelope("R14"), reply_to="")),
    "low_query_answered": (NotificationKind.ALERT, QUERY, envelope("R20", OFFICE)),
    "reminder_act_now_answered": (
        NotificationKind.REMINDER,
        ACT_NOW,
        envelope("R12", OUT_OF_HOURS, sent_at=NIGHT + timedelta(hours=1)),
    ),
    "news_lowered_answered": (NotificationKind.NEWS, LOWERED, envelope("R12", sent_at=SEEN)),
    "news_not_us": (NotificationKind.NEWS, replace(TAKEN, deed="not_us"), envelope("R12", sent_at=NIGHT)),
    "news_raised": (
        NotificationKind.NEWS,
        replace(TAKEN, deed="raised", was=Severity.MEDIUM),
        envelope("R12", sent_at=NIGHT),
    ),
    "health_many": (NotificationKind.HEALTH, SICK, envelope("", TECHNICIAN)),
    "health_well": (NotificationKind.HEALTH, replace(HEALTH, ailments=()), envelope("", TECHNICIAN)),
}


def message(name: str) -> Message:
    """The golden message of that name, rendered now."""
    return render(*GOLDENS[name])


def mail(name: str) -> bytes:
    """The golden mail of that name, built now, with the line ends of this repository."""
    _, _, parts = GOLDENS[name]
    built = build(message(name), to=parts.to.address, key=parts.message_id)
    return wire(built).replace(b"\r\n", b"\n")


def write(say: Callable[[str], object] = print) -> None:
    """Write every golden mail anew."""
    GOLDEN.mkdir(exist_ok=True)
    for name in GOLDENS:
        (GOLDEN / f"{name}.eml").write_bytes(mail(name))
        say(name)


if __name__ == "__main__":
    write()
