"""What an error of Meta's means: a number, sometimes a second one, made one of our errors with what to click.

Pure. From the pages on error handling and rate limits of the Graph API; the wording that comes with an error is never
shown, for it may quote what was asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sources import status, wire
from sources.base import Answer
from sources.errors import Denied, Missing, SourceError, Throttled, Unreachable, Unreadable
from sources.meta.usage import Usage


class Gone(Missing):
    """One thing is not there, or not for us."""

    remedy = (
        "see that the number of the Page or account is right, and that the token is one of this very Page"
    )


class Forbidden(Denied):
    """The token is good, but lacks a permission."""

    remedy = (
        "make a new token and tick every permission that OPERATIONS names under Facebook and Instagram, as somebody who"
        " may moderate the Page"
    )


class Dead(Denied):
    """The token is not good any more."""

    remedy = "make a new token (OPERATIONS, Facebook and Instagram), write it into its file and restart"


class Hiccup(Unreachable):
    """Meta failed at this one request, and says that it was its own fault."""

    remedy = "wait; Meta says that the fault is its own"


_NEW_TOKEN = Dead.remedy
_DEAD: Mapping[int, tuple[str, str]] = {
    458: (
        "the app was removed from the account that made the token",
        f"log in to the app again, {_NEW_TOKEN}",
    ),
    459: (
        "Facebook wants to check the account that made the token",
        "log in at facebook.com as that person, answer what is asked there; if the token stays dead, "
        + _NEW_TOKEN,
    ),
    460: ("the password of the account that made the token was changed", _NEW_TOKEN),
    463: (
        "the token has expired",
        f"{_NEW_TOKEN}; a Page's token made from a long-lived one does not expire",
    ),
    464: (
        "the account that made the token is not confirmed",
        "log in at facebook.com as that person and confirm the account; then " + _NEW_TOKEN,
    ),
    467: ("the token is no longer valid: its session was ended, or a role on the Page was lost", _NEW_TOKEN),
}
_DEAD_CODES = frozenset([102, 190])
_THROTTLES = frozenset([4, 17, 32, 341, 613])
_USE_CASES = range(80_000, 80_015)  # each kind of use has its own number; Pages have 80001
_PERMISSIONS = frozenset([3, 10, *range(200, 300)])
_TRANSIENT = frozenset([1, 2])
_DEPRECATED = frozenset([12, 2635])
_BAD_PARAMETER = 100
_NO_SUCH_OBJECT = 33  # the second number beside 100
_NO_SUCH_ALIAS = 803
_BLOCKED = 368


def told(answer: Answer) -> Mapping[str, Any]:
    """The error of an answer; an empty one if there is none in Meta's own words."""
    try:
        return wire.mapping(wire.mapping(wire.parse_json(answer.body)).get("error"))
    except Unreadable:
        return {}


def problem(answer: Answer, usage: Usage, *, now: datetime) -> SourceError | None:
    """What the numbers of an error mean; ``None`` if they say nothing that the status does not say."""
    error = told(answer)
    code, second = wire.whole(error.get("code")), wire.whole(error.get("error_subcode"))
    if code in _DEAD_CODES:
        return _dead(second, answer)
    if code in _THROTTLES or code in _USE_CASES:
        wait = status.retry_after(answer.headers, now=now) or usage.wait
        return Throttled("Meta's allowance is used up", retry_after=wait, http_status=answer.status)
    if code in _TRANSIENT:
        return Hiccup("Meta could not answer just now", http_status=answer.status)
    return _refused(code, second, answer)


def _dead(second: int, answer: Answer) -> Dead:
    what, remedy = _DEAD.get(second, ("Meta refuses the token", _NEW_TOKEN))
    return Dead(what, http_status=answer.status, remedy=remedy)


def _refused(code: int, second: int, answer: Answer) -> SourceError | None:
    if code in _PERMISSIONS:
        return Forbidden("the token lacks a permission for this", http_status=answer.status)
    if code in _DEPRECATED:
        return Unreadable(
            "this version of Meta's API no longer has what we ask for",
            http_status=answer.status,
            remedy='set version = "…" to a newer one (developers.facebook.com, Graph API changelog), or update the program',
        )
    if code == _BLOCKED:
        return Denied(
            "Meta has blocked this for a while",
            http_status=answer.status,
            remedy="look into the Page's support inbox and the app's alerts (developers.facebook.com, My Apps)",
        )
    if code == _NO_SUCH_ALIAS or (code == _BAD_PARAMETER and second == _NO_SUCH_OBJECT):
        return Gone("it is not there, or not for this token", http_status=answer.status)
    if code == _BAD_PARAMETER:
        return Unreadable(
            "Meta does not understand what we ask for",
            http_status=answer.status,
            remedy="check the number of the Page or account, and version = …; else update the program",
        )
    return None
