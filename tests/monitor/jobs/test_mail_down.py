"""Half an hour without mail wakes somebody, once for each outage; at night only while something urgent waits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from alerts.base import Ailment, HealthNotice, NotificationKind, Reason, Recipient, Role, Severity
from alerts.errors import Deferred, MailboxFull
from monitor.jobs import delivering, mail_down, waking
from monitor.model import NewNotification
from monitor.store import health as vitals
from monitor.store import memo, outbox, purge
from tests.journeys.play import THREAT, Play
from tests.monitor.jobs.wakeful import DSL, DUTY, HEAD, RecordingWaker, wakeful

BY_DAY = datetime(2026, 11, 25, 11, 0, tzinfo=UTC)
AT_NIGHT = datetime(2026, 11, 25, 2, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DOWN = "Holm Nook: mail has not gone out for 30 minutes; look at the watch"
AGAIN = "Holm Nook: mail goes out again"


class House:
    """A house whose mail can be down, and what is heard of it."""

    def __init__(self, play: Play, waker: RecordingWaker, at: datetime) -> None:
        self.play, self.waker = play, waker
        play.clock.now = at
        self.mails = 0

    def mail(
        self,
        severity: Severity = Severity.NONE,
        kind: NotificationKind = NotificationKind.HEALTH,
        to: str = "office",
    ) -> None:
        """Let one mail be due."""
        self.mails += 1
        payload = HealthNotice(
            school="Holm Nook",
            short="",
            zone="Europe/London",
            ailments=(Ailment(what="x", since=None, remedy="y"),),
        )
        new = NewNotification(
            school="holm-nook", incident=None, kind=kind, reason=Reason.FIRST, severity=severity, payload=payload,
            recipients=(Recipient(address=f"{to}@school.test", roles=(Role(to),)),), not_before=self.play.clock(),
        )  # fmt: skip
        with self.play.app.store.write() as tx:
            outbox.add(tx, new, f"test-{self.mails}", self.play.clock())

    def break_down(self, error: Exception | None = None) -> None:
        """No mail goes out from now on."""
        self.play.channel.failures[:] = [error or Deferred("the mail server is down")] * 10_000

    def mend(self) -> None:
        """Mail goes out, and what waits is tried."""
        self.play.channel.failures.clear()
        delivering.hurry(self.play.app, self.play.clock())

    def minutes(self, many: int, *, stride: int = 1) -> dict[str, list[tuple[str, str]]]:
        """What is heard in these minutes, by London clock; with ``stride``, a look only every so many."""
        heard: dict[str, list[tuple[str, str]]] = {}
        for _ in range(many // stride):
            before = len(self.waker.said)
            self.play.clock.advance(MINUTE * stride)
            mail_down.look(self.play.app, self.play.clock())
            waking.wake_all(self.play.app, self.play.clock())
            delivering.deliver_all(self.play.app, self.play.clock())
            if len(self.waker.said) > before:
                heard[f"{self.play.clock():%H:%M}"] = self.waker.said[before:]
        return heard


@pytest.fixture
def house(play: Play) -> House:
    play.poll()
    return House(play, wakeful(play, duty=DUTY), BY_DAY)


def test_it_is_told_once_and_once_more_when_it_is_over(house: House) -> None:
    house.break_down()
    house.mail()

    down = house.minutes(60) | house.minutes(140, stride=5)
    house.mend()
    again = house.minutes(200, stride=5)

    assert down == {"11:32": [(DUTY, DOWN)]}
    assert list(again.values()) == [[(DUTY, AGAIN)]]
    assert house.waker.graves == [True, False]


def test_the_next_outage_is_another(house: House) -> None:
    for _ in range(2):
        house.break_down()
        house.mail()
        assert [heard for ((_, heard),) in house.minutes(60).values()] == [DOWN]
        house.mend()
        house.minutes(5)


def test_half_an_hour_is_not_twenty_nine_minutes(house: House) -> None:
    house.break_down()
    house.mail()
    assert house.minutes(30) == {}
    house.mend()

    assert house.minutes(60) == {}


def test_nobody_is_woken_for_a_server_that_was_back_before_the_next_try(house: House) -> None:
    house.break_down()
    house.mail()
    house.minutes(20)
    house.play.channel.failures.clear()

    assert house.minutes(60) == {}


def test_mail_that_flows_to_others_is_not_down(house: House) -> None:
    house.break_down(MailboxFull("full"))
    house.mail()
    assert house.minutes(60) == {}
    house.play.channel.failures[:] = [Deferred("this one is greylisted")]
    house.mail()
    for _ in range(60):
        house.play.channel.failures[:] = [Deferred("greylisted")]
        house.minutes(1)
        house.play.channel.failures.clear()
        house.mail()
        assert house.minutes(1) == {}


def test_a_digest_or_what_was_never_tried_is_no_outage(house: House) -> None:
    house.play.clock.advance(timedelta(hours=-1))
    with house.play.app.store.write() as tx:
        vitals.tick(tx, house.play.clock())
    house.break_down()
    assert house.minutes(60) == {}


@pytest.mark.parametrize(
    ("severity", "heard"),
    [(Severity.MEDIUM, "07:00"), (Severity.HIGH, "02:42"), (Severity.CRITICAL, "02:42")],
    ids=str,
)
def test_at_night_only_what_is_urgent_is_worth_waking_somebody_for(
    house: House, severity: Severity, heard: str
) -> None:
    house.play.clock.now = AT_NIGHT
    house.break_down()
    house.mail(severity)

    assert list(house.minutes(60) | house.minutes(5 * 60, stride=5)) == [heard]


def test_nobody_is_woken_to_hear_that_all_is_well(house: House) -> None:
    house.play.clock.now = AT_NIGHT
    house.break_down()
    house.mail(Severity.HIGH)
    assert len(house.minutes(60)) == 1
    house.mend()

    assert house.minutes(8 * 60, stride=4) == {}


def test_what_failed_before_the_machine_was_off_says_nothing_of_now(house: House) -> None:
    house.break_down()
    house.mail()
    house.minutes(20)
    house.play.clock.advance(timedelta(hours=60))
    house.play.channel.failures.clear()

    assert house.minutes(60) == {}


def test_an_outage_that_outlives_a_night_without_power_is_told_half_an_hour_later(house: House) -> None:
    house.break_down()
    house.mail()
    house.minutes(20)
    house.play.clock.advance(timedelta(hours=24))

    assert list(house.minutes(60)) == ["11:51"]


def test_what_was_given_up_is_over_without_good_news(house: House) -> None:
    house.break_down()
    house.mail()
    assert len(house.minutes(60)) == 1
    with house.play.app.store.write() as tx:
        tx.connection.exec_driver_sql(
            "UPDATE delivery SET state = 'dead', settled_at = due_since WHERE channel = 'mail' AND state = 'pending'"
        )

    assert house.minutes(60) == {}


def test_those_hear_who_look_after_the_watch_and_for_whom_urgent_mail_waits(play: Play) -> None:
    play.poll()
    house = House(play, wakeful(play, head=HEAD, dsl=DSL, office="json://office.test"), AT_NIGHT)
    house.break_down()
    house.mail(Severity.HIGH, to="head")
    house.mail(Severity.LOW, to="dsl")

    assert {at: sorted(told) for at, told in house.minutes(60).items()} == {
        "02:42": [(HEAD, DOWN), ("json://office.test", DOWN)]
    }


def test_without_any_list_nothing_is_looked_at(play: Play) -> None:
    assert not mail_down.look(play.app, play.clock())
    with play.app.store.read() as tx:
        assert memo.fact(tx, "mail_failing") == ""


def test_a_critical_story_wakes_at_once_and_the_outage_after_half_an_hour(play: Play) -> None:
    house = House(play, wakeful(play, duty=DUTY), AT_NIGHT)
    house.break_down()
    play.publish("press", ("t1", THREAT))
    play.poll()

    heard = [line for told in house.minutes(60).values() for _, line in told]

    assert heard == ["Holm Nook: urgent mail waiting, R1", DOWN]


def test_a_notice_without_a_mail_is_forgotten_in_time_like_any_other(house: House) -> None:
    house.break_down()
    house.mail()
    house.minutes(60)
    house.mend()
    house.minutes(5)

    with house.play.app.store.write() as tx:
        gone = purge.purge(tx, BY_DAY + timedelta(days=500))
        left = outbox.waiting(tx)

    assert gone["notifications"] == 3
    assert left == ()
