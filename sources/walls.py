"""What stands before a page instead of the page: a check for a person, or a frame that only a script fills.

Such an answer is no page that "has not changed": it says nothing, and somebody has to hear of that. The marks are
those that the makers of these walls document, or that stand in their pages and in no others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sources import markup
from sources.base import Answer
from sources.errors import Unreadable

GUARDED = "a page that asks whether a person is there stands before it"
EMPTY = "the page is empty without JavaScript"

ASK = (
    "ask the site's owner to let the address of this machine through, or for a feed; "
    "until then look by hand: nothing here gets past such a page"
)
ELSEWHERE = "look for a feed, or for a page of that site which says something without JavaScript"

_STATUSES = frozenset({401, 403, 405, 406, 429, 503})  # with which walls answer; most answer 403, some 200
_READ = 200_000  # bytes that are looked through; such pages are small

# Headers with which a wall says that it is one.
_HEADERS = {"cf-mitigated": "challenge", "x-amzn-waf-action": "", "x-datadome": "", "x-sucuri-block": ""}

# What stands in the source of such pages, and in no other short page: Cloudflare, DDoS-Guard, Imperva, DataDome,
# HUMAN, AWS, SiteGround, Sucuri, Akamai, Anubis, Radware, Kasada.
_MARKS = (b"_cf_chl_opt", b"/cdn-cgi/challenge-platform/", b"ddos-guard", b"_Incapsula_Resource",
          b"Incapsula incident ID", b"captcha-delivery.com", b"px-captcha", b"awsWafCookieDomainList", b"sgcaptcha",
          b"sucuri_cloudproxy_js", b"errors.edgesuite.net", b"/_sec/cp_challenge/", b"sec-if-cpt-container",
          b"anubis_challenge", b"perfdrive.com", b"/ips.js?")  # fmt: skip
_INNOCENT = b"/cdn-cgi/challenge-platform/scripts/jsd/"
"""What Cloudflare puts into proper pages."""
_TITLES = re.compile(
    rb"<title>\s*(?:just a moment|attention required|access to this page has been denied|are you a robot"
    rb"|please wait\s*\.\.\.|bot verification|security check|pardon our interruption)",
    re.IGNORECASE,
)
# Forms have such boxes too: they tell a wall only where there is next to nothing else.
_BOXES = re.compile(
    rb"(?:g-recaptcha|h-captcha|cf-turnstile)[\"' ]"
    rb"|(?:verify|confirm|check\w*) (?:that )?(?:if )?you(?:'re| are) (?:a |not a |an )?(?:human|robot|real person)",
    re.IGNORECASE,
)
LONGEST_WALL = 1_500
"""Characters that such a page shows at most; one that says more has got past it."""

_BLANK = 1  # may fall away where a text is cut
_LITTLE = 200  # characters beside a box that a person has to tick, or beside a large script
_FRAME = 60  # characters that stand in a frame at most before a script fills it: "Loading"
_LARGE = 10_000  # characters of scripts within a page that says little: they are the page
_ASKING = 800  # the same, where the page asks for JavaScript in so many words, or has an empty root
_ASKS = re.compile(
    r"(?:enabl\w*|turn on|activat\w*|requires?|need\w*|without) (?:\w+ ){0,3}javascript"
    r"|javascript (?:\w+ ){0,4}(?:required|disabled|enabled|off)\b",
    re.IGNORECASE,
)
_ROOTS = frozenset({"root", "app", "__next", "__nuxt", "___gatsby", "react-root", "q-app"})
_UNSEEN = frozenset({"script", "style", "template", "title"})


def check(answer: Answer) -> None:
    """Raise ``Unreadable`` where an error status is the work of a wall, and not of the page's owner."""
    if answer.status in _STATUSES and _is_guarded(answer.headers, answer.body[:_READ]):
        raise Unreadable(GUARDED, http_status=answer.status, remedy=ASK)


def _is_guarded(headers: Mapping[str, str], body: bytes) -> bool:
    if any(name in headers and value in headers[name].lower() for name, value in _HEADERS.items()):
        return True
    return _is_marked(body) or bool(_BOXES.search(body))


def _is_marked(body: bytes) -> bool:
    body = body.replace(_INNOCENT, b"")
    return any(mark in body for mark in _MARKS) or bool(_TITLES.search(body[:_READ]))


def before(body: bytes, html: str) -> str:
    """Whether a page that was answered as a proper one checks for a person; for the parser's cage."""
    most = LONGEST_WALL if _is_marked(body) else _LITTLE if _BOXES.search(body[:_READ]) else 0
    return GUARDED if most and len(markup.plain(html, most + _BLANK + 1)) <= most else ""


def emptied(html: str) -> str:
    """Whether only a script would fill a page; for the parser's cage. What stands for the scriptless is no text."""
    from lxml import etree  # type: ignore[import-untyped]  # noqa: PLC0415 -- no types; cage only

    parser = etree.HTMLParser(target=_Frame(), encoding="utf-8")
    parser.feed(markup.printable(html).encode())
    return EMPTY if parser.close() else ""


class _Frame:
    """Weighs a page while lxml reads: is it a frame for a script?"""

    def __init__(self) -> None:
        self._said = 0
        self._asked = ""
        self._open: list[tuple[str, bool, int]] = []
        """Of each open element its name, whether it is a root, and what had been said before it."""
        self._silent = 0
        self._scripts = 0
        self._script_size = 0
        self._empty_root = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._scripts += tag == "script"
        self._silent += tag in _UNSEEN or tag == "noscript"
        is_root = tag == "app-root" or attributes.get("id", "") in _ROOTS
        self._open.append((tag, is_root, self._said))

    def end(self, _tag: str) -> None:
        tag, is_root, said = self._open.pop()
        self._silent -= tag in _UNSEEN or tag == "noscript"
        self._empty_root = self._empty_root or (is_root and said == self._said)

    def data(self, data: str) -> None:
        if self._open and self._open[-1][0] == "script":
            self._script_size += len(data)
            return
        words = " ".join(data.split())
        if not self._silent:
            self._said += len(words)
        if len(self._asked) < _ASKING and (not self._silent or self._open[-1][0] not in _UNSEEN):
            self._asked += f" {words[:_ASKING]}"

    def close(self) -> bool:
        if not self._scripts or self._said > _ASKING:
            return False
        most = _LITTLE if self._script_size > _LARGE else _FRAME
        return self._said <= most or self._empty_root or bool(_ASKS.search(self._asked))
