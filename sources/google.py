"""What is peculiar to Google's feeds: alerts with an address that is a secret and wrapped links, and news we may not use."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from sources import markup
from sources.items import digest

ALERT_TIMES = "the times are those at which Google found the pages, not those of the pages"

_HOST = re.compile(r"(?:www\.)?google\.[a-z.]{2,6}")
_NEWS = re.compile(r"news\.google\.[a-z.]{2,7}")
_ALERTS = "/alerts/feeds/"


def is_alerts(url: str) -> bool:
    """Whether it is the feed of an alert; whoever knows its address can read it."""
    parts = urlsplit(url)
    return parts.path.startswith(_ALERTS) and bool(_HOST.fullmatch(_host(url)))


def shown(url: str) -> str:
    """``url``, or a name for it that tells one alert from another and gives none of them away."""
    if not is_alerts(url):
        return url
    return f"https://{_host(url)}{_ALERTS}… ({digest(url, 12)})"


def licensed(url: str) -> str:
    """Let an address through, unless it is Google News. Raises ``ValueError``."""
    is_news = urlsplit(url).path.startswith("/news") and _HOST.fullmatch(_host(url))
    if is_news or _NEWS.fullmatch(_host(url)):
        raise ValueError(
            "Google News licenses its feeds to personal readers only, not to a school; "
            "make a Google Alert that is delivered to a feed, or name the papers' own feeds"
        )
    return url


def unwrapped(link: str) -> str:
    """The article behind a link of Google Alerts."""
    parts = urlsplit(link)
    if parts.path != "/url" or not _HOST.fullmatch(_host(link)):
        return link
    asked = parse_qs(parts.query)
    wrapped = (markup.absolute(asked.get(name, [""])[0]) for name in ("url", "q"))
    return next(filter(None, wrapped), link)


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").rstrip(".")
