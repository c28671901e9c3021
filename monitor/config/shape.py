"""Tables become models; what does not fit is said in plain words, all of it at once, with a suggestion."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Protocol, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from monitor.config.reading import Table
from monitor.errors import Problem
from monitor.values import shown

M = TypeVar("M", bound=BaseModel)

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SECRET = re.compile(r"password|passwd|secret|token|key", re.IGNORECASE)
"""Keys whose values are not shown: somebody may have written the secret itself there."""
_MANY = 14
"""Known keys that are listed when an unknown one resembles none of them."""
_CHOICES = re.compile(r"'([^']*)'")


class Kind(Protocol):
    """What the registries of both leaves have in common."""

    @property
    def settings(self) -> type[BaseModel]:
        """The model of the kind's own keys."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where a table stands: in which file, and under which keys. Numbers count from 1, as people do."""

    file: str
    keys: tuple[str | int, ...] = ()
    preset: str = ""
    """The preset's file, if the table takes keys from one …"""
    inherited: frozenset[str] = frozenset()
    """… and which those are."""

    def __str__(self) -> str:
        """The path as messages write it: ``source[2].every``."""
        text = "".join(f"[{key}]" if isinstance(key, int) else f".{_key(key)}" for key in self.keys)
        return text.removeprefix(".")

    def under(self, *keys: str | int) -> Place:
        """The place of something within this table."""
        return Place(self.file, (*self.keys, *keys), self.preset, self.inherited)

    def problem(self, message: str) -> Problem:
        """A problem with what stands here."""
        return Problem(self.file, str(self), message)

    def of(self, loc: Iterable[str | int]) -> Place:
        """The place that a validator names, counting from 0; in the preset if the key came from there."""
        keys = tuple(key + 1 if isinstance(key, int) else key for key in loc)
        if keys and keys[0] in self.inherited:
            return Place(self.preset, keys)
        return self.under(*keys)


def fit(
    model: type[M], table: Table, place: Place, problems: list[Problem], *, also: Iterable[str] = ()
) -> M | None:
    """Return ``table`` as a ``model``, or ``None`` and say what is wrong with it.

    ``also`` names keys that belong to the same table but not to this model; they are suggested too.
    """
    try:
        return model.model_validate(table)
    except ValidationError as error:
        found = [each for each in error.errors(include_url=False) if not _echoes(each)]
        problems += [place.of(each["loc"]).problem(_words(model, each, tuple(also))) for each in found]
        return None


def fit_kind(
    common: type[M],
    kinds: Mapping[str, Kind],
    table: Table,
    place: Place,
    problems: list[Problem],
    *,
    word: str,
) -> tuple[M, BaseModel] | None:
    """Return the keys that all kinds have and those of the table's own kind, or say what is wrong.

    ``word`` is the key that names the kind; without it the model's default counts.
    """
    names = _keys(common)
    shared = fit(common, {key: value for key, value in table.items() if key in names}, place, problems)
    named = table.get(word, common.model_fields[word].get_default())
    if not isinstance(named, str) or named not in kinds:
        if isinstance(named, str):
            problems.append(place.of((word,)).problem(one_of(kinds, named)))
        return None
    rest = {key: value for key, value in table.items() if key not in names}
    own = fit(kinds[named].settings, rest, place, problems, also=names)
    return (shared, own) if shared is not None and own is not None else None


def one_of(options: Iterable[str], got: object) -> str:
    """Say which words are possible, and which was probably meant."""
    options = list(options)
    return f"expected one of {', '.join(options)}, got {shown(got)}{meant(str(got), options)}"


def meant(got: str, options: Iterable[str]) -> str:
    """``; did you mean 'name'?``, or nothing if no option resembles ``got``."""
    close = get_close_matches(got, list(options), 1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else json.dumps(key)


def _keys(model: type[BaseModel]) -> tuple[str, ...]:
    """The keys of a table as the file spells them."""
    return tuple(field.alias or name for name, field in model.model_fields.items())


def _words(model: type[BaseModel], found: ErrorDetails, also: tuple[str, ...]) -> str:
    """One validation error in plain words."""
    kind, got = found["type"], found["input"]
    if kind == "extra_forbidden":
        owner = _at(model, found["loc"][:-1])
        known = (_keys(owner) if owner else ()) + (also if owner is model else ())
        return _unknown(str(found["loc"][-1]), known)
    if kind in _SAID:
        return _SAID[kind](found)
    expected = _EXPECTED.get(kind) or _plain(found["msg"])
    return f"expected {expected}{_got(found['loc'], got)}"


def _plain(message: str) -> str:
    """What the validator says, as the end of a sentence that begins with "expected"."""
    for old, new in _PLAIN:
        message = message.replace(old, new)
    return message


def _echoes(found: ErrorDetails) -> bool:
    """Whether a list is called too short only because what stands in it is wrong, which is told by itself."""
    return found["type"] == "too_short" and len(found["input"]) >= found["ctx"]["min_length"]


def _unknown(key: str, known: tuple[str, ...]) -> str:
    suggestion = meant(key, known)
    if not suggestion and 0 < len(known) <= _MANY:
        suggestion = f"; known here: {', '.join(known)}"
    return f"unknown key{suggestion}"


def _got(loc: Iterable[str | int], value: object) -> str:
    """The wrong value, unless it may be a secret or is a whole table."""
    hidden = isinstance(value, dict | list) or any(_SECRET.search(str(key)) for key in loc)
    return "" if hidden else f", got {shown(value)}"


def _at(model: type[BaseModel], loc: Iterable[str | int]) -> type[BaseModel] | None:
    """The model within ``model`` that ``loc`` leads to, if it is one."""
    at: type[BaseModel] | None = model
    for key in loc:
        if at and isinstance(key, str):
            fields = {field.alias or name: field.annotation for name, field in at.model_fields.items()}
            at = next(iter(_models(fields.get(key))), None)
    return at


def _models(annotation: Any) -> Iterable[type[BaseModel]]:
    """The models within an annotation such as ``tuple[Person, ...]`` or ``Mailbox | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def _choice(found: ErrorDetails) -> str:
    expected = found["ctx"]["expected"]
    return one_of(
        _CHOICES.findall(expected) or [expected.lower()], found["input"]
    )  # ``True`` stands there bare


def _table(found: ErrorDetails) -> str:
    if found.get("ctx", {}).get("class_name") == "SecretFile":
        return 'expected { file = "…" }, the name of a file that holds the secret; the secret itself stands nowhere here'
    return f"expected a table such as [{_last(found)}]{_got(found['loc'], found['input'])}"


def _last(found: ErrorDetails) -> str:
    return next(key for key in reversed(found["loc"]) if isinstance(key, str))


def _list(found: ErrorDetails) -> str:
    if isinstance(found["input"], dict):
        return f"expected a list: write [[{_last(found)}]] with two brackets"
    return f'expected a list such as ["…"]{_got(found["loc"], found["input"])}'


def _few(found: ErrorDetails) -> str:
    least = found["ctx"]["min_length"]
    return "must not be empty" if least == 1 else f"needs at least {least} entries"


_PLAIN = (
    ("Input should be ", ""),
    ("String should have ", ""),
    ("greater than or equal to", "at least"),
    ("less than or equal to", "at most"),
)
_SAID: Mapping[str, Callable[[ErrorDetails], str]] = {
    "missing": lambda _: "is missing",
    "value_error": lambda found: str(found["ctx"]["error"]),
    "literal_error": _choice,
    "enum": _choice,
    "model_type": _table,
    "dict_type": _table,
    "tuple_type": _list,
    "list_type": _list,
    "too_short": _few,
}
_EXPECTED: Mapping[str, str] = {
    "string_type": 'text in quotes: "…"',
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "date_type": "a date such as 2026-11-01, without quotes",
    "date_parsing": "a date such as 2026-11-01, without quotes",
    "date_from_datetime_parsing": "a date such as 2026-11-01, without quotes",
    "date_from_datetime_inexact": "a date such as 2026-11-01, without quotes",
}
