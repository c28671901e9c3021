"""Promise: a digest of each week, once, also of a quiet one and after downtime; governors' numbers after each term."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any

import pytest

from alerts import digest_numbers, digest_view
from alerts.base import Digest
from monitor import digest as digests
from monitor.jobs import reporting
from monitor.jobs.delivering import deliver_all
from monitor.settings import Calendar, Exclusion
from monitor.store import backlog, polls
from monitor.store import digests as stored
from tests.journeys.play import INSULT, THANKS, THREAT, Play
from tests.torture.mutants import patched

SLUG = "holm-nook"
MONDAY = datetime(2026, 11, 30, 7, 30, tzinfo=UTC)
WEEK = timedelta(weeks=1)
HOUR = timedelta(hours=1)
AUTUMN = Calendar(terms=((date(2026, 9, 2), date(2026, 10, 23)), (date(2026, 11, 2), date(2026, 12, 18))))
AFTER_AUTUMN = datetime(2026, 12, 21, 7, 30, tzinfo=UTC)


def at(play: Play, *times: datetime) -> list[tuple[str, str]]:
    """Look at each of these times whether a digest is due; the mails that went out."""
    before = len(play.channel.sent)
    for now in times:
        play.clock.now = now
        reporting.send_due_digests(play.app, now)
        deliver_all(play.app, now, everything=True)
    return play.subjects[before:]


def taught(play: Play, **changes: Any) -> None:
    """Change the school's settings, as a reload does."""
    school = play.app.config.schools[SLUG]
    exclusions = changes.pop("learned", ())
    changed = replace(school, settings=school.settings.model_copy(update=changes), learned=exclusions)
    play.app = replace(play.app, config=replace(play.app.config, schools=MappingProxyType({SLUG: changed})))


def text(play: Play) -> str:
    return play.channel.sent[-1].message.text


# ---------------------------------------------------------------- once


def test_a_quiet_week_is_told_at_half_past_seven_and_not_before(play: Play) -> None:
    play.round()
    assert at(play, MONDAY - timedelta(seconds=1)) == []
    assert sorted(to for to, _ in at(play, MONDAY)) == ["dsl", "head"]
    assert "23–29 Nov" in play.channel.sent[-1].message.subject


def test_a_week_is_told_once_however_often_one_looks(play: Play) -> None:
    play.round()
    assert len(at(play, MONDAY, MONDAY, MONDAY + HOUR, MONDAY + 6 * 24 * HOUR)) == 2
    assert len(at(play, MONDAY + WEEK, MONDAY + WEEK)) == 2


def test_after_a_bank_holiday_monday_it_comes_on_tuesday(play: Play) -> None:
    play.round()
    at(play, MONDAY, MONDAY + WEEK, MONDAY + 2 * WEEK, AFTER_AUTUMN)
    assert at(play, MONDAY + 4 * WEEK, MONDAY + 4 * WEEK + 23 * HOUR) == []
    [(_, subject), _] = at(play, MONDAY + 4 * WEEK + 24 * HOUR)
    assert "21–27 Dec" in subject


def test_what_was_missed_is_caught_up_once_and_told(play: Play) -> None:
    play.round()
    assert len(at(play, MONDAY + 2 * WEEK + 50 * HOUR)) == 2
    assert "7–13 Dec" in play.channel.sent[-1].message.subject
    assert "2 earlier weeks had no mail like this" in text(play)
    assert at(play, MONDAY + 2 * WEEK + 60 * HOUR) == []
    at(play, MONDAY + 3 * WEEK)
    assert "had no mail like this" not in text(play)


def test_the_one_that_waited_a_day_says_nothing_of_missing_weeks(play: Play) -> None:
    play.round()
    assert len(at(play, MONDAY + 26 * HOUR)) == 2
    assert "had no mail like this" not in text(play)


@contextmanager
def _moves_nothing() -> Iterator[None]:
    """Forgets that a digest was sent."""
    with patched((stored, "set_next", lambda *_, **__: True)):
        yield


@contextmanager
def _skips_what_was_missed() -> Iterator[None]:
    """Sends nothing that should have gone an hour ago."""
    whole = reporting._send_due

    def send(app: Any, slug: str, expected: datetime, now: datetime) -> bool:
        return now - expected < HOUR and whole(app, slug, expected, now)

    with patched((reporting, "_send_due", send)):
        yield


BREAKS: dict[str, tuple[Callable[[], AbstractContextManager[None]], int]] = {
    "sends at every look": (_moves_nothing, 4),
    "does not catch up": (_skips_what_was_missed, 0),
}


@pytest.mark.parametrize(("broken", "mails"), BREAKS.values(), ids=BREAKS)
def test_the_trial_finds_a_deliberate_break(
    broken: Callable[[], AbstractContextManager[None]], mails: int, play: Play
) -> None:
    play.round()
    with broken():
        assert len(at(play, MONDAY + 50 * HOUR, MONDAY + 51 * HOUR)) == mails


# ---------------------------------------------------------------- blind and quiet


def test_a_week_in_which_nobody_looked_reads_unlike_a_quiet_one(play: Play) -> None:
    play.round()
    at(play, MONDAY)
    assert "nothing known for" in text(play)
    at(play, MONDAY + WEEK)
    blind = play.channel.sent[-1].message
    assert "we could not look" in blind.subject
    assert "the monitor was not running" in blind.text
    assert "URGENT: 0" not in blind.text


def test_a_week_that_was_watched_is_quiet(play: Play) -> None:
    play.round()
    _watch(play, MONDAY - timedelta(hours=8))
    at(play, MONDAY)
    quiet = play.channel.sent[-1].message
    assert "quiet where we can look" in quiet.subject
    assert "URGENT: 0" in quiet.text
    assert "All 2 places were in sight all week." in quiet.text


def test_the_trial_finds_a_page_that_takes_blind_for_quiet(play: Play) -> None:
    play.round()
    with patched((digest_view, "_unseen", lambda _: 0)):
        at(play, MONDAY, MONDAY + WEEK)
        assert "we could not look" not in play.channel.sent[-1].message.subject


def _watch(play: Play, until: datetime) -> None:
    """Every place answers, and has nothing new, until then."""
    now = play.clock()
    with play.app.store.read() as tx:
        numbers = [status.id for status in polls.statuses(tx)]
    while now < until:
        now += timedelta(minutes=30)
        said = [polls.Unchanged(source_id=n, checkpoint={}, now=now, next_poll_at=now) for n in numbers]
        with play.app.store.write() as tx:
            polls.record_unchanged(tx, said)


def test_a_week_that_is_not_over_is_not_blind_for_what_is_to_come(play: Play) -> None:
    play.round()
    when = reporting.period(play.app, SLUG, "2026-W48", play.clock())
    told = reporting.build_digest(play.app, SLUG, when)
    assert told.blind == ()
    assert told.as_of == play.clock()
    with pytest.raises(ValueError, match="that week has not begun: 2026-W49"):
        reporting.period(play.app, SLUG, "2026-W49", play.clock())


# ---------------------------------------------------------------- no name


def test_no_name_and_no_word_of_safeguarding_stands_on_the_page(play: Play) -> None:
    play.publish("press", ("i1", INSULT), ("t1", THREAT), ("p1", THANKS))
    play.round()
    taught(play, learned=(Exclusion(words="mrs nobody", accepted=date(2026, 11, 2)),))
    at(play, MONDAY)
    mail = play.channel.sent[-1].message
    assert "Nobody" not in mail.text + mail.html
    assert "As you taught it" in mail.text


# ---------------------------------------------------------------- governors


def governors(play: Play) -> list[str]:
    return [to for to, subject in play.subjects if subject.endswith("(governors)")]


def test_after_a_term_the_chair_gets_its_numbers_once(play: Play) -> None:
    taught(play, calendar=AUTUMN)
    play.round()
    at(play, MONDAY, MONDAY + WEEK, MONDAY + 2 * WEEK)
    assert governors(play) == []
    at(play, AFTER_AUTUMN)
    assert governors(play) == ["chair"]
    assert "2 Sep–20 Dec" in str(play.subjects)
    at(play, *(AFTER_AUTUMN + WEEK * n + 24 * HOUR for n in range(1, 6)))
    assert governors(play) == ["chair"]


def test_the_trial_finds_numbers_that_are_sent_each_week(play: Play) -> None:
    taught(play, calendar=AUTUMN)
    play.round()
    with patched((backlog, "was_added", lambda *_: False)):
        at(play, AFTER_AUTUMN, AFTER_AUTUMN + WEEK + 24 * HOUR)
    assert governors(play) == ["chair", "chair"]


def test_numbers_of_a_term_are_caught_up_after_downtime(play: Play) -> None:
    taught(play, calendar=AUTUMN)
    play.round()
    at(play, AFTER_AUTUMN + 3 * WEEK)
    assert governors(play) == ["chair"]


def test_half_a_year_later_they_are_not_sent_any_more(play: Play) -> None:
    taught(play, calendar=AUTUMN)
    play.round()
    at(play, AFTER_AUTUMN + 9 * WEEK)
    assert governors(play) == []


def test_a_term_before_the_watch_began_has_no_numbers(play: Play) -> None:
    taught(play, calendar=Calendar(terms=((date(2026, 9, 2), date(2026, 10, 23)),)))
    play.round()
    at(play, MONDAY)
    assert governors(play) == []


def test_without_terms_they_come_by_hand_alone(play: Play) -> None:
    play.round()
    at(play, MONDAY, AFTER_AUTUMN)
    assert governors(play) == []
    when = reporting.period(play.app, SLUG, None, play.clock(), governors=True)
    assert when == digests.week_of("2026-W51", play.app.config.schools[SLUG].settings.school.timezone)


def test_what_was_sent_by_hand_is_not_sent_again(play: Play) -> None:
    taught(play, calendar=AUTUMN)
    play.round()
    play.clock.now = AFTER_AUTUMN - 2 * HOUR
    when = reporting.period(play.app, SLUG, None, play.clock(), governors=True)
    assert reporting.queue_digest(play.app, SLUG, when, play.clock(), governors=True) == 1
    at(play, AFTER_AUTUMN)
    assert governors(play) == ["chair"]


def test_one_week_by_hand_takes_no_terms_place(play: Play) -> None:
    taught(play, calendar=AUTUMN)
    play.round()
    play.clock.now = AFTER_AUTUMN - 2 * HOUR
    when = reporting.period(play.app, SLUG, "2026-W51", play.clock(), governors=True)
    reporting.queue_digest(play.app, SLUG, when, play.clock(), governors=True)
    at(play, AFTER_AUTUMN)
    assert len(governors(play)) == 2


def _of_governors(play: Play) -> Digest:
    when = reporting.period(play.app, SLUG, "2026-W48", play.clock())
    return reporting.build_digest(play.app, SLUG, when, governors=True)


def test_governors_read_grave_numbers_but_no_small_one(play: Play) -> None:
    insults = ((f"i{n}", INSULT + " Everyone says so." * n) for n in range(6))
    play.publish("press", *insults, ("p1", THANKS))
    play.round()
    told = _of_governors(play)
    assert sum(count.this for count in told.counts) == 7
    view = digest_view.digest_view(told, _envelope(play))
    shown = {row.name: row.this for row in view.counts}
    assert (shown["HIGH"], shown["Good or neutral"]) == ("6", "fewer than 5")
    with patched((digest_numbers, "FEW", 0)):
        assert "1" in [row.this for row in digest_view.digest_view(told, _envelope(play)).counts]


def _envelope(play: Play) -> Any:
    from alerts.base import Envelope, Recipient

    to = Recipient(address="chair@school.test")
    return Envelope(ref="", to=to, sender="alerts@school.test", message_id="", sent_at=play.clock())
