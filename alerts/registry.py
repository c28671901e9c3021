"""The kinds of channel, one line each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alerts import graph, maildir, smtp
from alerts.base import Kind

KINDS: Mapping[str, Kind[Any]] = {
    "smtp": smtp.KIND,
    "graph": graph.KIND,
    "maildir": maildir.KIND,
}
