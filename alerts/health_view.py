"""What a mail about the watch itself shows: what is wrong, since when, and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from alerts import wording
from alerts.base import Envelope, HealthNotice
from alerts.views import delays


@dataclass(frozen=True, slots=True, kw_only=True)
class AilmentView:
    """One thing that is wrong with the watch."""

    what: str
    since: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthView:
    """A mail about the watch itself."""

    subject: str
    lead: str
    remarks: tuple[str, ...]
    title: str
    ailments: tuple[AilmentView, ...]
    foot: tuple[str, ...]


def health_view(notice: HealthNotice, envelope: Envelope) -> HealthView:
    """Decide what a mail about the watch itself says."""
    tz = wording.zone(notice.zone)
    wrong = wording.number(len(notice.ailments), "thing")
    well = not notice.ailments
    return HealthView(
        subject=f"{notice.short}: the watch is well again"
        if well
        else f"{notice.short}: the watch needs a hand – {wrong}",
        lead="The watch is well again. Nothing is left to do."
        if well
        else "The watch itself needs a person. Until this is put right, posts may be missed or mails may come late.",
        remarks=delays(envelope),
        title=f"The watch for {notice.school}",
        ailments=tuple(
            AilmentView(
                what=ailment.what,
                since=f"Since {wording.moment(ailment.since, tz)}" if ailment.since else "",
                remedy=ailment.remedy,
            )
            for ailment in notice.ailments
        ),
        foot=(f"Times are those of {notice.zone}.",),
    )
