"""Say, as a mail goes out, who its posts may have been written by; nothing of it is stored."""

from __future__ import annotations

import dataclasses

from alerts import playbooks
from alerts.base import Alert, Item
from monitor.app import App
from monitor.grading.author import Author, Guess, guess

MOST_NOTES = 2
"""Kinds of authors that one mail tells of."""


def ascribed(app: App, school: str, alert: Alert) -> Alert:
    """The alert with a mark on posts that a child may have written, and the policy that fits who else wrote them."""
    guesses = [_guessed(app, school, item) for item in alert.items]
    items = tuple(
        dataclasses.replace(item, maybe_child=item.maybe_child or found.maybe_child)
        for item, found in zip(alert.items, guesses, strict=True)
    )
    notes = () if alert.stories > 1 else _notes(alert, guesses)
    return dataclasses.replace(alert, items=items, notes=(*alert.notes, *notes))


def _guessed(app: App, school: str, item: Item) -> Guess:
    return guess(item.excerpt, title=item.title, source_kind=app.medium_of(school, item.source))


def _notes(alert: Alert, guesses: list[Guess]) -> tuple[str, ...]:
    """One line for each kind of author that a policy of the school is about, with the words that show it."""
    found: dict[Author, str] = {}
    for one in guesses:
        advice = playbooks.advice_on(one.author.value, alert.category, phones=alert.phones)
        if advice:
            looks = "; ".join(
                f"{ground.rule}: “{ground.excerpt}”" if ground.excerpt else ground.rule
                for ground in one.grounds
            )
            found.setdefault(one.author, f"{looks[:1].upper()}{looks[1:]}. If so: {advice}")
    return tuple(found.values())[:MOST_NOTES]
