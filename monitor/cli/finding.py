"""What there is at an address that somebody gave: which place is meant, and which source it could be."""

from __future__ import annotations

from collections.abc import Container
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from monitor.cli.asking import Asker, Draft, Refused, of_platform
from monitor.cli.shell import busy, wrapped
from monitor.cli.trying import Say, sentences

if TYPE_CHECKING:
    from sources.base import Tools
    from sources.declined import Declined
    from sources.discovery import Found

_LONGEST_ADDRESS = 2_000


def address_of(what: str, private: Container[str]) -> str:
    """The address that was meant. Refuses places that are not watched, and what is no address."""
    from sources import declined

    if refused := declined.named(what) or declined.meant_by(what):
        raise Refused(_declined(refused))
    address = (
        what if "://" in what else f"{'http' if what.partition('/')[0] in private else 'https'}://{what}"
    )
    try:
        parts = urlsplit(address)
        usable = parts.scheme in {"http", "https"} and parts.hostname and address.isprintable()
    except ValueError:
        usable = False
    if (
        not usable
        or " " in address
        or len(address) > _LONGEST_ADDRESS
        or ("." not in what and "://" not in what)
    ):
        raise Refused(f"{what[:80]!r} is no address, no kind of source and no place that is known")
    if "@" in parts.netloc:
        raise Refused(
            "a password has no place in an address: it would stand in the school's file and in logs"
        )
    return address


def found_at(address: str, kind: str, tools: Tools, asker: Asker, say: Say) -> Draft:
    """What there is at an address; of several things, the one that is chosen."""
    if (known := of_platform(address)) and kind in ("", known["kind"]):
        return Draft(known, f"an address of {known['kind']}")
    if kind and kind != "feed":
        return Draft({"kind": kind, "url": address}, f"kind {kind}")
    found = _looked(address, tools, say)
    choices = [each for each in _choices(found, address) if kind in ("", each[1]["kind"])]
    if not choices or (not asker.prompts and choices[0][1]["kind"] == "page"):
        raise Refused(
            f"no feed was found there ({found.tried} addresses tried). To watch the page itself for what changes on it:"
            f" mention-monitor sources add {address} --kind page"
        )
    chosen = choices[asker.one_of("Which one", [words for words, _, _ in choices])]
    return Draft(dict(chosen[1]), chosen[2])


def _declined(one: Declined) -> str:
    instead = f" Instead: {one.instead}." if one.instead else ""
    return f"{one.name} is not watched: {one.reason}. It would take: {one.takes}.{instead}"


def _looked(address: str, tools: Tools, say: Say) -> Found:
    from sources import discovery
    from sources.errors import SourceError

    try:
        with busy(f"Looking at {address} …"):
            found = discovery.find(address, tools)
    except SourceError as error:
        raise click.ClickException(wrapped(sentences(error))) from None
    runs = "; the site runs on WordPress" if found.site else ""
    say(f"robots.txt: {found.robots or 'not asked'}{runs}")
    return found


def _choices(found: Found, address: str) -> list[tuple[str, dict[str, Any], str]]:
    """What can be watched, the best first: words, keys, and how it was found."""
    from sources.discovery import ITSELF

    site = [
        (
            f"the whole site, by WordPress's own interface: {found.site}",
            {"kind": "wordpress", "url": found.site},
            "a site that runs on WordPress",
        )
    ]
    feeds = [
        (
            f"a feed {offer.how}, {offer.entries} entries: {offer.url}",
            {"kind": "feed", "url": offer.url},
            "a feed" if offer.how == ITSELF else f"a feed {offer.how}",
        )
        for offer in found.offers
    ]
    page = [
        (
            f"the page itself, for what changes on it: {address}",
            {"kind": "page", "url": address},
            "the page itself",
        )
    ]
    itself = any(offer.how == ITSELF for offer in found.offers)
    return [*(site if found.site else []), *feeds, *([] if itself else page)]
