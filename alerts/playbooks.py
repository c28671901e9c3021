"""What to do about a post, by category: three actions, what not to do, and who owns it.

The words are data (``playbooks.toml``); telephone numbers and links come from the school.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from alerts.base import Category, Role
from alerts.clean import line

Words = Annotated[str, Field(min_length=3, max_length=300)]

_PLACE = re.compile(r"\{([a-z_]+)\}")
_OF_THE_STORY = frozenset({"reply_by"})
"""Filled in for each story, not from the school file."""


class Playbook(BaseModel):
    """What a mail advises about one category."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Words
    owner: Annotated[tuple[Role, ...], Field(min_length=1)]
    actions: tuple[Words, Words, Words]
    never: Annotated[tuple[Words, ...], Field(min_length=2)]
    after: str = ""
    holding: str = ""
    """A line to copy under a comment on the school's own account; empty where nothing should be said."""
    own_account: bool = False
    """Posts of this kind may be hidden or removed from the school's own pages."""


class Advice(BaseModel):
    """What to do if somebody of a kind wrote it, and in which matters that is worth saying."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    words: Words
    about: Annotated[frozenset[Category], Field(min_length=1)]


class Playbooks(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    routes: dict[str, Words]
    """What stands for a number or link that the school has not entered."""
    own_page: Words
    """Added where abuse stands on the school's own account."""
    chair: tuple[Words, Words, Words]
    """Three actions for a chair of governors who is told without details."""
    calls: tuple[Words, ...]
    """Whom to ring where nobody has answered: for whoever reads it first."""
    imagery: tuple[Words, Words, Words]
    """Three actions where a sexual image of a child is suspected."""
    imagery_never: Words
    author: dict[str, Advice]
    """By whom a post looks written; where a kind of author is missing there is nothing to say."""
    playbook: dict[Category, Playbook]


def playbook(
    category: Category, *, phones: Mapping[str, str], reply_by: str, imagery: bool = False
) -> Playbook:
    """The advice for ``category`` with everything in braces filled in.

    ``imagery``: an image of a child may stand behind the link, which changes what is done first.
    """
    book = shelf()
    values = {**_numbers(phones), "reply_by": reply_by}

    def fill(words: str) -> str:
        return _fill(words, values)

    found = book.playbook[category]
    actions = book.imagery if imagery else found.actions
    never = (book.imagery_never, *(w for w in found.never if "image" not in w)) if imagery else found.never
    filled = {
        "actions": tuple(map(fill, actions)),
        "never": tuple(map(fill, never)),
        "after": fill(found.after),
    }
    return found.model_copy(update=filled)


def advice_on(author: str, category: Category, *, phones: Mapping[str, str]) -> str:
    """The policy that applies if ``author`` (such as ``parent``) wrote it; empty where that changes nothing."""
    advice = shelf().author.get(author)
    return _fill(advice.words, _numbers(phones)) if advice and category in advice.about else ""


def calls(phones: Mapping[str, str]) -> tuple[str, ...]:
    """Whom to ring where nobody has answered, with the school's own numbers."""
    values = _numbers(phones)
    return tuple(_fill(words, values) for words in shelf().calls)


def title(category: Category) -> str:
    """What the category is called in mails, in plain words."""
    return shelf().playbook[category].title


def routes() -> frozenset[str]:
    """The names in ``[routes]`` of a school file that some playbook uses."""
    return frozenset(shelf().routes)


@lru_cache(maxsize=1)
def shelf() -> Playbooks:
    """The playbooks that come with the program."""
    return read((Path(__file__).parent / "playbooks.toml").read_text(encoding="utf-8"))


def read(text: str) -> Playbooks:
    """Read and check playbooks. Raises ``ValueError`` that says what is missing."""
    data: dict[str, Any] = tomllib.loads(text)
    book = Playbooks.model_validate(data)
    missing = [category.value for category in Category if category not in book.playbook]
    if missing:
        raise ValueError(f"no playbook for {', '.join(missing)}")
    entries = [words for entry in book.playbook.values() for words in _all(entry)]
    advice = [one.words for one in book.author.values()]
    used = {
        name for words in (*entries, *book.calls, *book.imagery, *advice) for name in _PLACE.findall(words)
    }
    unknown = used - set(book.routes) - _OF_THE_STORY
    if unknown:
        raise ValueError(f"unknown names in braces: {', '.join(sorted(unknown))}")
    return book


def _all(entry: Playbook) -> tuple[str, ...]:
    return (*entry.actions, *entry.never, entry.after, entry.holding)


def _numbers(phones: Mapping[str, str]) -> dict[str, str]:
    """What the school has entered, and what stands for the rest."""
    return {**shelf().routes, **{name: line(value) for name, value in phones.items() if value.strip()}}


def _fill(words: str, values: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda met: values[met.group(1)], words)
