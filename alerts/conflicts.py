"""Whom a post speaks of among those who would hear of it.

Finds names, nicknames and job words; guesses rather once too often, because somebody else always hears. Knows
no grade and no recipient list; ``alerts.routing`` decides what follows.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from alerts.base import Recipient, Role

_TITLES = r"(?:mr|mrs|ms|miss|mx|dr|sir|madam|mister|headteacher|head)"
_NOT_THE_PERSON = (
    r"(?<!\bin )(?<!\bon )(?<!\bover )(?<!\boff )(?<!\bround )(?<!\bagainst )"
    r"(?<!\b(?:blow|kick|hurt) to )(?<!\binjury to )(?<!\bpunch to )(?<!\bgun to )"
)
"""Before "the head": a part of the body is meant."""
_JOB_WORDS = {
    Role.HEAD: (
        r"(?<!deputy )(?<!deputy-)(?<!assistant )(?<!vice )head[ -]?(?:teachers?|master|mistress)\b"
        rf"|{_NOT_THE_PERSON}\b(?:the|our|that|new|acting) head(?:'?s)?\b"
        r"(?! (?:of (?!(?:the |this |that |our )?school)|lice|louse|start|count|injur|lock|band|rest|phone|boy|girl|on\b|down\b|first\b|to toe))"
        r"|\bhead of (?:the |this |that |our )?school\b"
        r"|\b(?:the|our) ht\b"
        r"|\b(?:the|our) principal\b(?! (?:reason|aim|concern|cause|issue|problem|goal|point))"
    ),
    Role.DEPUTY_HEAD: r"\b(?:deputy|assistant|vice)[ -]head(?:[ -]?teacher)?\b|\bthe deputy\b",
    Role.DEPUTY_DSL: r"\bddsl\b|\bdeputy (?:dsl|(?:designated )?safeguarding (?:lead|officer))\b",
    Role.DSL: r"(?<!deputy )\bdsl\b|(?<!deputy )(?<!designated )\b(?:designated )?safeguarding (?:lead|officer)\b|\bchild protection (?:lead|officer)\b",
    Role.CHAIR: r"\bchair(?:man|woman|person)? of (?:the )?govern(?:ors|ing)\b|\bthe chair of gov",
    Role.SENCO: r"\bsend?co\b|\bspecial needs co-?ordinator\b",
    Role.DPO: r"\bdpo\b|\bdata protection officer\b",
}
_LEADERSHIP = (
    r"\bslt\b|\b(?:senior )?(?:leadership|management)(?: team)?\b|\bsenior (?:staff|teacher|member|leader)s?\b"
    r"|\b(?:some|any)(?:one|body) (?:in charge|high up|at the top|senior)\b|\bthe (?:person|people|man|woman|one)s? in charge\b"
    r"|\bthe boss\b|\bin charge of (?:the|this|that) school\b"
)
_GROUP = "leadership"
_FINDER = re.compile(
    "|".join(f"(?P<{role.value}>{words})" for role, words in _JOB_WORDS.items())
    + f"|(?P<{_GROUP}>{_LEADERSHIP})"
)
_UNSEEN = frozenset({"Mn", "Me", "Cf"})
_QUOTES = str.maketrans("‘’ʼ‐‑–", "'''---")
_SHORTEST_SURNAME = 3
_POSTS = frozenset(
    [
        "admin",
        "chair",
        "comms",
        "communications",
        "data",
        "deputy",
        "dpo",
        "dsl",
        "governor",
        "governors",
        "head",
        "headteacher",
        "inbox",
        "lead",
        "office",
        "officer",
        "principal",
        "reception",
        "safeguarding",
        "school",
        "secretary",
        "senco",
        "sendco",
        "support",
        "teacher",
        "team",
        "technician",
    ]
)
"""A "name" with such a word in it is a post or a mailbox, not a person."""
_ARTICLES = frozenset({"the", "our", "that"})
_IN_CHARGE = frozenset({Role.HEAD, Role.DEPUTY_HEAD, Role.DSL, Role.DEPUTY_DSL})


Days: TypeAlias = tuple[date, date]
"""The first and the last of several days; both belong to them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """When somebody is away or on duty, in days of the school, and who stands in for them."""

    away: tuple[Days, ...] = ()
    duty: tuple[Days, ...] = ()
    substitutes: tuple[str, ...] = ()
    """Addresses (folded)."""


ALWAYS_THERE = Presence()


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody who may hear from us, and by what words a post would mean them. Made by ``staff``."""

    recipient: Recipient
    named: re.Pattern[str] | None = None
    """Meets folded text: configured names, full name, surname with a title."""
    spelt: re.Pattern[str] | None = None
    """Meets text with its capitals: the bare surname."""
    called: re.Pattern[str] | None = None
    """Meets folded text: configured job words that may mean somebody else."""
    presence: Presence = ALWAYS_THERE

    @property
    def address(self) -> str:
        """The address as it is compared."""
        return self.recipient.address.casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Whom a post seems to speak of."""

    addresses: frozenset[str] = frozenset()
    """Addresses (folded) of those who must not hear of it."""
    roles: frozenset[Role] = frozenset()
    unclear: bool = False
    """Somebody in charge is meant, but not by name: it may be another than we think."""


NOBODY = About()


def staff(recipient: Recipient, names: Iterable[str] = (), presence: Presence = ALWAYS_THERE) -> Staff:
    """A person with the words that mean them: ``names`` as configured, and their own name."""
    words = [folded for folded in map(_fold, names) if folded]
    job_words = [word for word in words if _FINDER.fullmatch(word)]
    plain = [] if is_post(recipient.name) else _plain(recipient.name).split()
    surname = plain[-1] if plain and plain[-1].isalpha() and len(plain[-1]) >= _SHORTEST_SURNAME else ""
    own = [_word(" ".join(plain).casefold())] if len(plain) > 1 else []
    titled = [rf"\b{_TITLES}\.? {_word(surname.casefold())}"] if surname else []
    return Staff(
        recipient,
        named=_any([_word(word) for word in words if word not in job_words] + own + titled),
        spelt=_any([_word(surname[:1].upper() + surname[1:]), _word(surname.upper())] if surname else []),
        called=_any([_word(word) for word in job_words]),
        presence=presence,
    )


def contact(recipient: Recipient) -> Staff:
    """Somebody outside the school. Only their whole name means them: "trust" by itself is a word like any other."""
    name = _fold(recipient.name)
    own = [_word(name)] if " " in name and not is_post(name) else []
    return Staff(recipient, named=_any(own))


def is_post(name: str) -> bool:
    """Whether ``name`` is a job, a mailbox or nothing, rather than what one person is called."""
    tokens = _fold(name).split()
    return not tokens or tokens[0] in _ARTICLES or bool(_POSTS & set(tokens))


def conflicts(text: str, people: Sequence[Staff]) -> About:
    """Say whom of ``people`` the ``text`` seems to speak of."""
    folded, plain = _fold(text), _plain(text)
    jobs = {found.lastgroup or "" for found in _FINDER.finditer(folded)}
    roles = {Role(job) for job in jobs - {_GROUP}}
    named = [person for person in people if _met(person.named, folded) or _met(person.spelt, plain)]
    called = [
        person for person in people if _met(person.called, folded) or roles & set(person.recipient.roles)
    ]
    known = {role for person in named for role in person.recipient.roles}
    return About(
        addresses=frozenset(person.recipient.address.casefold() for person in [*named, *called]),
        roles=frozenset(roles | known),
        unclear=_GROUP in jobs or bool((roles - known) & _IN_CHARGE),
    )


def together(abouts: Iterable[About]) -> About:
    """What several posts of one story speak of."""
    several = list(abouts)
    return About(
        addresses=frozenset().union(*(about.addresses for about in several)),
        roles=frozenset().union(*(about.roles for about in several)),
        unclear=any(about.unclear for about in several),
    )


def _met(pattern: re.Pattern[str] | None, text: str) -> bool:
    return pattern is not None and pattern.search(text) is not None


def _any(patterns: Sequence[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(patterns)) if patterns else None


def _word(word: str) -> str:
    return rf"(?<!\w){re.escape(word)}(?:'?s)?(?!\w)"


def _plain(text: str) -> str:
    """``text`` without accents and invisible characters, with plain apostrophes and single blanks."""
    if not text.isascii():
        parts = unicodedata.normalize("NFKD", text)
        text = "".join(char for char in parts if unicodedata.category(char) not in _UNSEEN).translate(_QUOTES)
    return " ".join(text.split())


def _fold(text: str) -> str:
    return _plain(text).casefold()
