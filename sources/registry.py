"""All kinds of sources, one line each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sources import (
    bluesky,
    facebook,
    feed,
    gdelt,
    instagram,
    mastodon,
    page,
    petitions,
    whatdotheyknow,
    wikipedia,
    wordpress,
    youtube,
)
from sources.base import Kind

KINDS: Mapping[str, Kind[Any]] = {
    "feed": feed.KIND,
    "page": page.KIND,
    "bluesky": bluesky.KIND,
    "mastodon": mastodon.KIND,
    "youtube": youtube.KIND,
    "facebook": facebook.KIND,
    "instagram": instagram.KIND,
    "wikipedia": wikipedia.KIND,
    "whatdotheyknow": whatdotheyknow.KIND,
    "wordpress": wordpress.KIND,
    "gdelt": gdelt.KIND,
    "petitions": petitions.KIND,
}
