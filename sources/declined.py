"""The places that are not watched, each with its reason and with what it would take.

A school that hears nothing from a place must know whether nothing was said there or nobody could look. Data
alone; asks nothing. The facts are of November 2026, from what the platforms themselves publish.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

Standing: TypeAlias = Literal["closed", "declined", "waiting"]
"""No way in for anybody; a way that we do not take; a way that needs money, an approval or a request."""

NEVER = (
    "closed and private groups, private accounts, direct messages, WhatsApp and other chats, and what is"
    " deleted before anybody looks"
)
"""What no kind of source can see, by design."""

_ALERTS = "a Google Alert that is delivered to a feed (kind feed)"
_FORWARD = "staff who are members may pass a post on by mail to the monitor's mailbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """One place that is not watched."""

    name: str
    standing: Standing
    reason: str
    takes: str
    """What would have to change, or be paid, or be asked for."""
    instead: str = ""
    """The nearest thing that can be done."""
    addresses: tuple[str, ...] = ()
    """``host`` or ``host/path``, without ``www.``; hosts under them count too."""


def meant_by(address: str) -> Declined | None:
    """The place that an address leads to, if it is one of these."""
    try:
        parts = urlsplit(address if "://" in address else f"https://{address}")
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return None
    return next((one for one in DECLINED if any(_is_at(host, parts.path, at) for at in one.addresses)), None)


def named(word: str) -> Declined | None:
    """The place of that name, or the only one of which the name begins with that word: ``reddit``, ``x``."""
    folded = word.strip().casefold()
    begun = [one for one in DECLINED if f"{one.name.casefold()} ".startswith(f"{folded} ")]
    return begun[0] if folded and len(begun) == 1 else None


def _is_at(host: str, path: str, at: str) -> bool:
    name, _, below = at.partition("/")
    if host != name and not host.endswith(f".{name}"):
        return False
    folded = path.casefold().rstrip("/")
    return not below or folded == f"/{below}" or folded.startswith(f"/{below}/")


DECLINED: Sequence[Declined] = (
    Declined(
        name="Facebook groups",
        standing="closed",
        reason="Meta withdrew the Groups API on 22 April 2024; nothing may read a group but its members",
        takes="nothing that a school can do; a new API of Meta's",
        instead=_FORWARD,
        addresses=("facebook.com/groups", "fb.com/groups"),
    ),
    Declined(
        name="Facebook ratings",
        standing="closed",
        reason="the recommendations of a Page cannot be read since version 22 of the Graph API (error 12)",
        takes="nothing that a school can do",
        instead="look at the Page by hand now and then",
        addresses=("facebook.com/ratings",),
    ),
    Declined(
        name="WhatsApp",
        standing="closed",
        reason="chats are encrypted and private, and no lawful way in exists",
        takes="nothing; it is to stay so",
        instead=_FORWARD,
        addresses=("whatsapp.com", "wa.me"),
    ),
    Declined(
        name="Snapchat",
        standing="closed",
        reason="no API reads what people say to each other there, and it vanishes",
        takes="nothing that a school can do",
        instead=_FORWARD,
        addresses=("snapchat.com",),
    ),
    Declined(
        name="Nextdoor",
        standing="closed",
        reason="neighbourhoods are closed to all but their verified residents, and its API is for agencies and partners",
        takes="a partnership with Nextdoor, which schools are not offered",
        instead=_FORWARD,
        addresses=("nextdoor.com", "nextdoor.co.uk"),
    ),
    Declined(
        name="Google reviews",
        standing="closed",
        reason="Google deleted all reviews of British schools in February 2025 and takes no new ones",
        takes="nothing: there is nothing to read; a nursery with a profile of its own could use the Business Profile API",
        addresses=("maps.google.com", "maps.app.goo.gl", "google.com/maps", "google.co.uk/maps", "g.page"),
    ),
    Declined(
        name="Google News",
        standing="declined",
        reason="its feeds are licensed to personal readers for personal use, and robots.txt refuses them to programs",
        takes="a licence from Google",
        instead=f"{_ALERTS}, kind gdelt, or the papers' own feeds",
        addresses=("news.google.com", "news.google.co.uk"),
    ),
    Declined(
        name="Google Custom Search",
        standing="declined",
        reason="closed to new customers, and ends on 1 January 2027",
        takes="nothing: it is going",
        instead=_ALERTS,
        addresses=("customsearch.googleapis.com", "cse.google.com", "googleapis.com/customsearch"),
    ),
    Declined(
        name="Bing Search",
        standing="declined",
        reason="Microsoft retired the Bing search APIs on 11 August 2025; the feed of its news search is undocumented",
        takes="nothing: it is gone",
        instead=f"{_ALERTS}, or kind gdelt",
        addresses=("bing.com", "api.bing.microsoft.com"),
    ),
    Declined(
        name="NewsAPI",
        standing="declined",
        reason="the free plan is for development only and a day late; for use it costs 449 dollars a month",
        takes="449 dollars a month, for papers that kind gdelt mostly reads as well",
        instead="kind gdelt, or the papers' own feeds",
        addresses=("newsapi.org",),
    ),
    Declined(
        name="TikTok",
        standing="declined",
        reason="research access is for approved academic and non-profit research only, and there is no other search",
        takes="an API that is open to schools",
        instead=_ALERTS,
        addresses=("tiktok.com",),
    ),
    Declined(
        name="LinkedIn",
        standing="declined",
        reason="access needs an approved product that manages Pages, and shows comments on one's own posts alone",
        takes="LinkedIn's approval and a yearly new version, for next to no parents",
        instead="notifications of LinkedIn itself, for the admin of the school's Page",
        addresses=("linkedin.com", "lnkd.in"),
    ),
    Declined(
        name="Mumsnet",
        standing="declined",
        reason="no API and no feed, no licence to copy, and threads of identifiable parents about children",
        takes="Mumsnet's permission",
        instead=f"{_ALERTS}, with site:mumsnet.com in its search",
        addresses=("mumsnet.com",),
    ),
    Declined(
        name="Trustpilot",
        standing="declined",
        reason="keys are for its paying customers, and state schools are hardly listed",
        takes="a paid contract",
        instead=_ALERTS,
        addresses=("trustpilot.com",),
    ),
    Declined(
        name="Telegram",
        standing="declined",
        reason="groups are closed, and the public preview of channels promises nothing to programs",
        takes="an official way to read public channels without an account",
        instead="where one public channel matters, a person who follows it",
        addresses=("telegram.org", "t.me", "telegram.me"),
    ),
    Declined(
        name="Planning portals",
        standing="declined",
        reason="each council has another system and no feed, and the school's good name is not at stake there",
        takes="a feed of the council's",
        instead="the local press reports what matters; a council's news page can be watched (kind page)",
    ),
    Declined(
        name="Rightmove",
        standing="declined",
        reason="no API, and its pages say nothing about a school that Ofsted does not say",
        takes="nothing is to be had there",
        addresses=("rightmove.co.uk",),
    ),
    Declined(
        name="Companies House",
        standing="declined",
        reason="filings of trusts, not what people say",
        takes="nothing is to be had there",
        addresses=("company-information.service.gov.uk",),
    ),
    Declined(
        name="Change.org",
        standing="declined",
        reason="no public API; its pages are for people",
        takes="an API of Change.org's",
        instead=f"{_ALERTS}, or kind petitions for those to Parliament",
        addresses=("change.org",),
    ),
    Declined(
        name="X (Twitter)",
        standing="waiting",
        reason="the API is paid by use: half a cent a post read, a tenth of one for posts that mention the school's own account",
        takes="an account with a spending limit, about three dollars a month for one school, and somebody to ask for it",
        instead=_ALERTS,
        addresses=("x.com", "twitter.com", "t.co"),
    ),
    Declined(
        name="Reddit",
        standing="waiting",
        reason="since November 2025 every key needs Reddit's approval, and without one its pages and feeds refuse programs",
        takes="an approval for the school under the Responsible Builder Policy",
        instead=f"{_ALERTS}, with site:reddit.com in its search",
        addresses=("reddit.com", "redd.it"),
    ),
    Declined(
        name="Threads",
        standing="waiting",
        reason="without Meta's App Review the search finds the school's own posts only",
        takes="App Review of an app of the school's for threads_keyword_search and threads_manage_mentions",
        instead=_ALERTS,
        addresses=("threads.net", "threads.com"),
    ),
    Declined(
        name="Lemmy",
        standing="waiting",
        reason="free and open, but next to nobody talks about a primary school there",
        takes="somebody to ask for it, and the name of a server",
        instead="the feed of a community (kind feed): https://SERVER/feeds/c/NAME.xml?sort=New",
        addresses=("feddit.uk", "lemmy.world"),
    ),
    Declined(
        name="Discourse forums",
        standing="waiting",
        reason="each forum stands alone; its search has an API, but no forum about Preston is known",
        takes="the address of a forum that matters",
        instead="its feed (kind feed): https://FORUM/posts.rss",
    ),
    Declined(
        name="Hacker News",
        standing="waiting",
        reason="free and open, but no primary school is talked about there",
        takes="somebody to ask for it",
        addresses=("news.ycombinator.com", "hn.algolia.com"),
    ),
    Declined(
        name="The Guardian's API",
        standing="waiting",
        reason="a free key for non-commercial use, for a national paper whose education feed is a preset already",
        takes="somebody to ask for it, and a key",
        instead="the preset guardian-education, or kind gdelt",
        addresses=("content.guardianapis.com", "open-platform.theguardian.com"),
    ),
)
