"""Promise: in every situation of the table the right people hear, and nobody of a post about themselves.

``situations.txt`` is written for people: a school can read it and say whether it agrees. Each situation is asserted
whole: who is told and as what, whether it is restricted, why, when the mail goes out, and who hears next while nobody
answers.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from alerts import circle, ladder, routing
from alerts.base import Category, Recipient, Role, Severity
from alerts.conflicts import Presence, Staff, conflicts, contact, staff
from alerts.ladder import OUT_OF_HOURS_AFTER, Ladder, Step, climb
from alerts.routing import not_before, route

TABLE = Path(__file__).with_name("situations.txt").read_text(encoding="utf-8")
HOLIDAY = (date(2026, 12, 21), date(2027, 1, 4))
NIGHT = datetime(2026, 12, 22, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
Change = Mapping[str, str]


def address(who: str) -> str:
    return f"{who}@holmnook.example"


def person(who: str, *roles: Role, name: str = "", names: tuple[str, ...] = ()) -> Staff:
    return staff(Recipient(address=address(who), roles=roles, name=name), names)


def outsider(who: str, role: Role, name: str) -> Staff:
    return contact(Recipient(address=address(who), roles=(role,), name=name))


SCHOOL = (
    person("head", Role.HEAD, name="Zoe Marlowe", names=("Marly", "the gaffer")),
    person("dsl", Role.DSL, Role.DEPUTY_HEAD, name="Priya Brown"),
    person("ddsl", Role.DEPUTY_DSL, name="Sam Whitlock"),
    person("chair", Role.CHAIR, name="Al Ngata"),
    person("office", Role.OFFICE, Role.COMMS),
    person("dpo", Role.DPO),
    person("senco", Role.SENCO, names=("the senco",)),
    person("tech", Role.TECHNICIAN),
    outsider("outside", Role.OUTSIDE, "Red Rose Trust"),
    outsider("night", Role.OUT_OF_HOURS, "Duty desk"),
)
DEPUTY = person("deputy", Role.DEPUTY_HEAD, name="Jo Farrow")


class Times:
    """Bundles at 07:30, or two days later where nothing is owed; the night ends at 07:00."""

    def next_bundle(self, now: datetime, *, owed: bool) -> datetime:
        return now + 5.5 * HOUR if owed else now + 53.5 * HOUR

    def end_of_quiet(self, now: datetime) -> datetime:
        return now + 5 * HOUR


SENT = {0.0: "at once", 5.0: "07:00", 5.5: "next bundle", 53.5: "bundle of the next working day"}


@dataclass(frozen=True)
class Situation:
    """One block of the table."""

    name: str
    severity: Severity
    categories: tuple[Category, ...]
    text: str
    school: str
    answers: Change

    @property
    def today(self) -> date:
        found = re.search(r"on (\d{4}-\d\d-\d\d)", self.school)
        return date.fromisoformat(found[1]) if found else date(2026, 12, 22)

    @property
    def certain(self) -> bool:
        return "place not certain" not in self.school


def situations() -> Iterator[Situation]:
    for block in re.split(r"\n\n+", re.sub(r"^#.*\n", "", TABLE, flags=re.MULTILINE).strip()):
        name, *lines = block.splitlines()
        answers = dict(line.strip().split(": ", 1) for line in lines)
        grade, topics, *text = answers.pop("post").split(", ", 2)
        categories = tuple(Category(topic) for topic in topics.split(" + "))
        school = answers.pop("school", "")
        yield Situation(name, Severity.of(grade), categories, "".join(text).strip('"'), school, answers)


def people(school: str) -> tuple[Staff, ...]:
    """``SCHOOL`` with the changes that a situation names."""
    found = {one.address.partition("@")[0]: one for one in SCHOOL}
    if "deputy is no lead" in school:
        found["dsl"] = dataclasses.replace(
            found["dsl"], recipient=Recipient(address=address("dsl"), roles=(Role.DSL,), name="Priya Brown")
        )
        found["deputy"] = DEPUTY
    for who in re.findall(r"without (\w+)", school):
        del found[who]
    if "head is DSL too" in school:
        del found["dsl"]
        found["head"] = person("head", Role.HEAD, Role.DSL, name="Zoe Marlowe")
    if "one mailbox" in school:
        shared = dataclasses.replace(found["dsl"].recipient, address=address("head"))
        found["dsl"] = dataclasses.replace(found["dsl"], recipient=shared)
    for who in re.findall(r"(\w+) on duty", school):
        found[who] = present(found[who], duty=(HOLIDAY,))
    for who, other in re.findall(r"(\w+) away(?: for (\w+))?", school):
        found[who] = present(found[who], away=(HOLIDAY,), substitutes=(address(other),) if other else ())
    for who, other in re.findall(r"(\w+) names (\w+)", school):
        found[who] = present(found[who], substitutes=(address(other),))
    return tuple(found.values())


def present(one: Staff, **changes: tuple[object, ...]) -> Staff:
    return dataclasses.replace(one, presence=Presence(**{**dataclasses.asdict(one.presence), **changes}))


def answered(one: Situation) -> Change:
    """What the code says of a situation, in the words of the table."""
    staff_ = people(one.school)
    about = conflicts(one.text, staff_)
    lead = one.categories[0]
    routed = route(
        one.severity, one.categories, lead, people=staff_, about=about,
        certain=one.certain, child_or_school_word=one.certain, today=one.today,
    )  # fmt: skip
    owed = re.search(r"owed in (\d+) h", one.school)
    at = not_before(one.severity, NIGHT, Times(), due_at=NIGHT + int(owed[1]) * HOUR if owed else None)
    steps = climb(routed, one.severity, one.categories, lead, people=staff_, about=about, today=one.today)
    return {
        "tells": ", ".join(f"{short(to)} ({' '.join(to.roles)})" for to in routed.recipients),
        "as": ", ".join(routed.roles),
        "why": routed.why,
        "restricted": "yes" if routed.restricted else "no",
        "sent": SENT[(at - NIGHT) / HOUR],
        "then": "; ".join(shown(steps)) or "nobody",
        "alarm": "the set-up wants mending" if routed.last_resort else "none",
    }


def short(to: Recipient) -> str:
    return to.address.partition("@")[0]


def shown(all_: Ladder) -> Iterator[str]:
    """The steps, and "then hourly" where those up to six hours repeat those of the first."""
    for step in all_.steps:
        if step.after <= OUT_OF_HOURS_AFTER or step.waking:
            yield told(step)
    later = [step for step in all_.steps if step.after > OUT_OF_HOURS_AFTER and not step.waking]
    if later:
        first = [step for step in all_.steps if step.after == OUT_OF_HOURS_AFTER]
        assert later == [
            dataclasses.replace(step, after=hours * HOUR) for hours in range(2, 7) for step in first
        ]
        yield "then hourly to 6 h"


def told(step: Step) -> str:
    after = "4 waking hours" if step.waking and step.after == 4 * HOUR else f"{step.after / HOUR * 60:g} min"
    return f"{after} {step.voice} {' '.join(map(short, step.recipients))}"


SITUATIONS = {one.name: one for one in situations()}


@pytest.mark.parametrize("one", SITUATIONS.values(), ids=SITUATIONS)
def test_the_situation_is_met_as_the_table_says(one: Situation) -> None:
    assert answered(one) == {"alarm": "none", **one.answers}


def test_the_table_has_sixty_situations_and_each_its_own_name() -> None:
    assert len(SITUATIONS) == len(list(situations())) >= 60


def disagreeing() -> set[str]:
    return {name for name, one in SITUATIONS.items() if answered(one) != {"alarm": "none", **one.answers}}


def test_the_table_agrees_with_the_code_as_it_is() -> None:
    assert disagreeing() == set()


def test_a_code_that_tells_people_of_posts_about_themselves_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(circle.Circle, "is_meant", lambda *_: False)
    assert len(disagreeing()) >= 15


def test_a_code_that_forgets_who_may_be_meant_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(circle.Circle, "head_may_be_meant", False)
    assert disagreeing()


def test_a_code_that_tells_substitutes_what_is_for_the_leads_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(circle, "TRUSTED", tuple(Role))
    assert "a substitute who may not read it" in disagreeing()


def test_a_code_that_takes_safeguarding_for_a_matter_like_any_other_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(routing, "RESTRICTED", frozenset())
    assert "a worry about a child inside a complaint" in disagreeing()


def test_a_code_that_tells_people_who_are_away_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(circle, "is_away", lambda *_: False)
    assert len(disagreeing()) >= 10


def test_a_code_that_asks_the_head_about_the_head_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routing, "_overseer", lambda _: (Role.DEPUTY_DSL,))
    assert "an allegation about the head by name" in disagreeing()


def test_a_ladder_that_wakes_the_deputy_head_for_an_allegation_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ladder, "_is_allegation", lambda _: False)
    assert "a deputy head who is no lead, and an allegation" in disagreeing()


def test_a_ladder_that_wakes_the_chair_too_soon_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ladder, "CHAIR_AFTER", timedelta(minutes=15))
    assert "a threat" in disagreeing()
