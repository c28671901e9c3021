"""A stored story in the words of a mail: for reminders, bundles and whoever joins later. Masked, as in the first mail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from alerts import clean, wording
from alerts.base import Alert, BundleLine, Category, Item, Reason, Recipient, Role, Voice
from alerts.circle import first_role, in_order
from alerts.conflicts import About, Staff, conflicts, together
from alerts.routing import RESTRICTED
from monitor import aftermath, staff_posts, text
from monitor.facts import IncidentRow, MentionRow
from monitor.model import Certainty, Ground
from monitor.school import mask_names, people, short_name, today
from monitor.settings import SchoolSettings
from monitor.speech import GROUNDS, ITEMS, PRESS_QUOTE, QUOTE, TITLE
from monitor.store import Tx, afterlife, incidents, standins, stepped_back

_EXERCISE = "An exercise: nothing was posted. Answer as if it were true."


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """Tells stored stories of one school."""

    settings: SchoolSettings
    staff: tuple[Staff, ...]
    names: clean.MaskNames

    def alert(
        self,
        tx: Tx,
        story: IncidentRow,
        told: Iterable[Role],
        *,
        voice: Voice = "",
        reason: Reason = Reason.REMINDER,
        notes: Iterable[str] = (),
    ) -> Alert:
        """The story as an alert that speaks in ``voice``."""
        facts = self.settings.school
        posts = incidents.gravest(tx, story.id, ITEMS)
        return Alert(
            school=facts.name,
            short=short_name(facts),
            severity=story.severity,
            category=story.category,
            categories=story.categories,
            reason=reason,
            items=tuple(map(self.item, posts)),
            count=story.count,
            grounds=(_EXERCISE,) if story.exercise else tuple(self._grounds(posts))[:GROUNDS],
            clock=story.clock,
            due_at=story.due_at,
            zone=str(facts.timezone),
            told=in_order(told),
            restricted=is_restricted(story),
            notes=(*notes, *self.since(tx, story)),
            phones=dict(self.settings.routes),
            voice=voice,
            exercise=story.exercise,
        )

    def since(self, tx: Tx, story: IncidentRow) -> Iterator[str]:
        """What became of its posts, and whether we have answered, in sentences."""
        zone = self.settings.school.timezone
        if story.answered_at is not None:
            yield f"Our own answer was seen on the platform ({wording.moment(story.answered_at, zone)})."
        yield from aftermath.told(afterlife.aftermath(tx, story.id), zone)

    def line(self, tx: Tx, story: IncidentRow) -> BundleLine:
        """The story as one line among others."""
        posts = incidents.gravest(tx, story.id, 1)
        item = self.item(posts[0]) if posts else None
        return BundleLine(
            ref=f"R{story.id}",
            severity=story.severity,
            category=story.category,
            clock=story.clock,
            due_at=story.due_at,
            excerpt=(item.excerpt or item.title) if item else "",
            source=item.source if item else "",
            url=item.url if item else "",
            link_withheld=item.link_withheld if item else False,
            certain=story.certain,
            note=next(self._grounds(posts), ""),
            own_account=story.clock == "answer",
            restricted=is_restricted(story),
            passed_on=item.passed_on if item else False,
        )

    def item(self, post: MentionRow) -> Item:
        """A stored post as a mail shows it."""
        return Item(
            mention=f"M{post.id}",
            source=post.source,
            title=clean.line(self.masked(post.title), TITLE),
            excerpt=self._excerpt(post),
            url="" if post.imagery else post.url,
            seen_at=post.seen_at,
            published=post.published_at,
            severity=post.severity,
            certain=post.certainty is Certainty.CERTAIN,
            link_withheld=post.imagery,
            passed_on=post.source_kind == staff_posts.KIND,
        )

    def masked(self, words: str) -> str:
        """``words`` without people's names."""
        return clean.mask(words, self.names)

    def about(self, tx: Tx, story: IncidentRow) -> About:
        """Whom the story's posts speak of, and who said that they are involved."""
        words = standins.texts(tx, story.school, (story.subject_key,))
        return together([*(conflicts(each, self.staff) for each in words), self.stepped_back(tx, story)])

    def stepped_back(self, tx: Tx, story: IncidentRow) -> About:
        """Who said that they are involved."""
        out = stepped_back.addresses(tx, story.id)
        roles = {role for one in self.staff if one.address in out for role in one.recipient.roles}
        return About(addresses=out, roles=frozenset(roles))

    def today(self, now: datetime) -> date:
        """The school's own day."""
        return today(self.settings, now)

    def _excerpt(self, post: MentionRow) -> str:
        """The words round what the grade rests on. Masked before it is cut: a name cut in two would not be known."""
        masked = self.masked(post.text)
        limit = PRESS_QUOTE if post.category is Category.MEDIA_INSPECTION else QUOTE
        if len(masked) <= limit:
            return clean.excerpt(masked, limit)
        at = _place(post) * len(masked) // max(len(post.text), 1)
        piece = text.window(masked, (at, at), limit - 1)
        return clean.excerpt(piece if masked.startswith(piece) else f"…{piece}", limit)

    def _grounds(self, posts: Sequence[MentionRow]) -> Iterator[str]:
        """Why the gravest post was graded so: what names the school stands first in the database, so it is last here."""
        for ground in reversed(posts[0].grounds if posts else ()):
            yield self._ground(ground)

    def _ground(self, ground: Ground) -> str:
        words = clean.line(self.masked(ground.excerpt), TITLE)
        rule = ground.rule[:1].upper() + ground.rule[1:]
        return f"{rule}: “{words}”" if words else rule


def teller(settings: SchoolSettings) -> Teller:
    """Work out once what telling needs to know of a school."""
    return Teller(settings=settings, staff=people(settings), names=mask_names(settings))


def is_restricted(story: IncidentRow) -> bool:
    """For the leads' eyes only."""
    return bool(RESTRICTED & {*story.categories, story.category})


def roles_of(recipients: Iterable[Recipient]) -> tuple[Role, ...]:
    """As what these people are told."""
    return in_order(first_role(one.roles) for one in recipients if one.roles)


def _place(post: MentionRow) -> int:
    folded = post.text.casefold()
    places = (folded.find(ground.excerpt.casefold()) for ground in reversed(post.grounds) if ground.excerpt)
    return next((place for place in places if place >= 0), 0)
