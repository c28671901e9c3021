"""A school year in posts, at the worst moments that a calendar has, and what people did about them."""

from __future__ import annotations

from datetime import timedelta

from tests.journeys.year_policy import CRITICAL, HIGH, LOW, MEDIUM, NONE, Act, Off, Post, london

OFF = Off(london("2027-02-19 23:00"), london("2027-02-22 20:00"))
"""Three days without power, over a Monday morning."""
RESTARTS = ("2026-09-15 03:05", "2026-10-25 01:15 again", "2027-03-28 02:10", "2027-08-11 03:20")
"""The program is started again in the middle of ladders and of both nights in which the clocks change."""


def act(at: str, verb: str, by: str, **how: str | int) -> Act:
    return Act(at=at, verb=verb, by=by, **how)  # type: ignore[arg-type]  # as the script below writes them


AUTUMN = (
    Post(name="first question", seen="2026-09-01 10:15", grade=LOW, topic="query_info", own=True,
         acts=(act("2026-09-01 16:00", "close", "office"),)),
    Post(name="friday 16:05", seen="2026-09-04 16:05", grade=MEDIUM, own=True,
         acts=(act("2026-09-05 14:00", "close", "head"),)),
    Post(name="friday 23:59", seen="2026-09-04 23:59", grade=MEDIUM),
    Post(name="saturday", seen="2026-09-05 09:30", grade=MEDIUM, own=True,
         acts=(act("2026-09-06 12:00", "close", "head"),)),
    Post(name="sunday 00:30", seen="2026-09-06 00:30", grade=LOW, topic="query_info", own=True),
    Post(name="monday 00:00", seen="2026-09-07 00:00", grade=MEDIUM, own=True,
         acts=(act("2026-09-07 23:00", "take", "head"), act("2026-09-08 08:00", "close", "head"))),
    Post(name="bundled 1", seen="2026-09-08 08:00", grade=MEDIUM, topic="send_inclusion",
         acts=(act("2026-09-08 14:00", "close", "senco"),)),
    Post(name="bundled 2", seen="2026-09-08 09:10", grade=MEDIUM, topic="send_inclusion",
         acts=(act("2026-09-08 16:00", "take", "senco"), act("2026-09-11 10:00", "close", "senco"))),
    Post(name="bundled 3", seen="2026-09-08 10:20", grade=MEDIUM, own=True,
         acts=(act("2026-09-08 17:00", "close", "head"),)),
    Post(name="bundled 4", seen="2026-09-08 11:30", grade=LOW, topic="query_info", own=True),
    Post(name="on the bundle's minute", seen="2026-09-08 15:30", grade=MEDIUM, topic="complaint_general"),
    Post(name="high 21:01", seen="2026-09-09 21:01", grade=HIGH, topic="staff_abuse_harassment",
         acts=(act("2026-09-10 19:00", "close", "head"),)),
    Post(name="high 06:59", seen="2026-09-10 06:59", grade=HIGH, topic="discrimination_hate",
         acts=(act("2026-09-10 08:00", "take", "head"), act("2026-09-11 12:00", "close", "head"))),
    Post(name="high 20:57", seen="2026-09-11 20:57", grade=HIGH, topic="discrimination_hate",
         acts=(act("2026-09-12 09:00", "close", "head"),)),
    Post(name="high 18:30", seen="2026-09-13 18:30", grade=HIGH, topic="extremism_prevent",
         acts=(act("2026-09-14 12:00", "close", "dsl"),)),
    Post(name="the full ladder", seen="2026-09-15 02:10", grade=CRITICAL, topic="threat_violence",
         acts=(act("2026-09-25 12:00", "close", "head"),)),
    Post(name="taken at the second step", seen="2026-09-17 13:00", grade=CRITICAL, topic="staff_allegation",
         acts=(act("2026-09-17 13:32", "take", "dsl"), act("2026-09-18 09:00", "close", "dsl"))),
    Post(name="taken at once", seen="2026-09-19 23:50", grade=CRITICAL, topic="child_safeguarding",
         acts=(act("2026-09-19 23:55", "take", "ddsl"), act("2026-09-21 16:00", "close", "ddsl"))),
    Post(name="reopened", seen="2026-09-22 10:00", grade=HIGH, topic="extremism_prevent",
         acts=(act("2026-09-22 11:00", "close", "dsl"), act("2026-09-22 12:00", "reopen", "head"),
               act("2026-09-23 09:00", "close", "head"))),
    Post(name="not us", seen="2026-09-24 13:00", grade=HIGH, topic="extremism_prevent",
         acts=(act("2026-09-24 14:00", "not_us", "dsl"),)),
    Post(name="put off beyond its time", seen="2026-09-28 10:00", grade=MEDIUM,
         acts=(act("2026-09-28 16:00", "later", "head", until="2026-10-01 07:30"),
               act("2026-10-01 12:00", "close", "head"))),
    Post(name="put off", seen="2026-10-03 10:00", grade=MEDIUM, own=True,
         acts=(act("2026-10-04 10:00", "later", "head", until="2026-10-05 07:30"),
               act("2026-10-05 15:00", "close", "head"))),
    Post(name="lowered by two", seen="2026-10-07 10:00", grade=CRITICAL, topic="threat_violence",
         acts=(act("2026-10-07 10:05", "regrade", "head", to=HIGH),
               act("2026-10-07 10:25", "regrade", "dsl", to=HIGH),
               act("2026-10-07 16:00", "close", "dsl"))),
    Post(name="about the head", seen="2026-10-08 11:00", grade=CRITICAL, topic="staff_allegation", about_head=True,
         acts=(act("2026-10-08 11:20", "take", "chair"), act("2026-10-09 09:00", "close", "chair"))),
    Post(name="written long before", written="2026-10-13 09:00", seen="2026-10-13 13:00", grade=MEDIUM, own=True,
         acts=(act("2026-10-14 08:30", "close", "head"),)),
    Post(name="friday before the clocks", seen="2026-10-23 18:30", grade=MEDIUM, own=True,
         acts=(act("2026-10-24 18:00", "close", "head"),)),
    Post(name="friday in utc", seen="2026-10-24 00:30", grade=MEDIUM, own=True,
         acts=(act("2026-10-26 16:00", "close", "head"),)),
    Post(name="high before the clocks", seen="2026-10-24 22:00", grade=HIGH, topic="pupil_bullying",
         acts=(act("2026-10-26 12:00", "take", "head"),)),
    Post(name="over the hour that comes twice", seen="2026-10-25 00:50", grade=CRITICAL, topic="threat_violence",
         acts=(act("2026-10-25 01:20 again", "take", "dsl"), act("2026-10-26 10:00", "close", "dsl"))),
    Post(name="01:30 the first time", seen="2026-10-25 01:30", grade=LOW, topic="query_info", own=True,
         acts=(act("2026-10-26 16:30", "close", "office"),)),
    Post(name="01:30 the second time", seen="2026-10-25 01:30 again", grade=LOW, topic="query_info", own=True),
)  # fmt: skip

WINTER = (
    Post(name="wednesday in november", seen="2026-11-25 10:15", grade=MEDIUM, topic="campaign_industrial"),
    Post(name="christmas eve", seen="2026-12-24 15:00", grade=MEDIUM, own=True,
         acts=(act("2026-12-25 14:00", "close", "head"),)),
    Post(name="christmas day 03:00", seen="2026-12-25 03:00", grade=CRITICAL, topic="child_safeguarding",
         acts=(act("2026-12-25 03:40", "take", "dsl"),)),
    Post(name="christmas day", seen="2026-12-25 11:00", grade=LOW, topic="query_info", own=True),
    Post(name="boxing day", seen="2026-12-26 12:00", grade=MEDIUM, own=True,
         acts=(act("2026-12-29 17:00", "close", "head"),)),
    Post(name="boxing day's substitute", seen="2026-12-28 08:00", grade=MEDIUM,
         acts=(act("2026-12-30 10:00", "close", "head"),)),
    Post(name="new year's eve", seen="2026-12-31 23:30", grade=MEDIUM, own=True),
    Post(name="new year's day", seen="2027-01-01 00:10", grade=LOW, topic="query_info", own=True,
         acts=(act("2027-01-04 16:00", "close", "office"),)),
    Post(name="just before the power fails", seen="2027-02-19 22:30", grade=MEDIUM,
         acts=(act("2027-02-23 10:00", "close", "head"),)),
    Post(name="urgent before the power fails", seen="2027-02-19 22:50", grade=CRITICAL, topic="threat_violence",
         acts=(act("2027-02-22 20:10", "take", "head"), act("2027-02-23 09:00", "close", "head"))),
    Post(name="while the power is off", written="2027-02-20 10:00", seen="2027-02-22 20:00", grade=MEDIUM, own=True,
         acts=(act("2027-02-23 09:30", "close", "head"),)),
)  # fmt: skip

SUMMER = (
    Post(name="good friday", seen="2027-03-26 11:00", grade=MEDIUM, own=True,
         acts=(act("2027-03-30 16:59", "close", "head"),)),
    Post(name="high before summer time", seen="2027-03-27 21:30", grade=HIGH, topic="pupil_bullying",
         acts=(act("2027-03-29 12:00", "close", "head"),)),
    Post(name="easter sunday 00:45", seen="2027-03-28 00:45", grade=LOW, topic="query_info", own=True),
    Post(name="over the hour that is left out", seen="2027-03-28 00:40", grade=CRITICAL, topic="threat_violence",
         acts=(act("2027-03-28 03:00", "take", "dsl"), act("2027-03-30 12:00", "close", "dsl"))),
    Post(name="easter monday", seen="2027-03-29 14:00", grade=MEDIUM, own=True,
         acts=(act("2027-03-30 17:05", "close", "head"),)),
    Post(name="may day", seen="2027-05-03 09:00", grade=MEDIUM),
    Post(name="sunday in utc", seen="2027-05-10 00:30", grade=MEDIUM, own=True),
    Post(name="spring bank holiday", seen="2027-05-31 14:00", grade=MEDIUM, own=True,
         acts=(act("2027-06-01 09:00", "close", "head"),)),
    Post(name="an august evening", seen="2027-08-10 21:40", grade=MEDIUM, own=True),
    Post(name="an august wednesday 03:00", seen="2027-08-11 03:00", grade=CRITICAL, topic="threat_violence",
         acts=(act("2027-08-11 04:30", "take", "ddsl"), act("2027-08-11 12:00", "close", "ddsl"))),
    Post(name="summer bank holiday", seen="2027-08-30 10:00", grade=MEDIUM, own=True,
         acts=(act("2027-08-31 10:00", "close", "head"),)),
)  # fmt: skip

POSSIBLE = tuple(
    Post(name=f"perhaps us {seen}", seen=seen, grade=LOW, certain=False)
    for seen in ("2026-09-12 12:00", "2026-12-24 20:00", "2027-03-26 12:00", "2027-07-01 07:30", "2027-08-28 12:00")
)  # fmt: skip
"""A name that may be a place: listed on the next working morning."""

_EDGES = (
    "2026-10-25 23:59", "2026-10-26 00:00", "2027-03-28 23:59", "2027-03-29 00:00", "2026-12-21 00:00",
    "2027-07-18 23:59",
)  # fmt: skip
"""The last and the first minutes of weeks and terms."""
_FIRST = london("2026-09-02 12:20")
QUIET = (
    *(Post(name=f"thanks {seen}", seen=seen) for seen in _EDGES),
    *(
        Post(
            name=f"chatter {number}",
            seen=(_FIRST + timedelta(days=3, hours=7) * number).strftime("%Y-%m-%d %H:%M"),
            grade=LOW if number % 3 == 0 else NONE,
        )
        for number in range(105)
    ),
)
"""What is told nobody, and counted."""

POSTS = (*AUTUMN, *WINTER, *SUMMER, *POSSIBLE, *QUIET)
