"""The ways a story is closed, for the command line and for replies."""

from __future__ import annotations

from typing import Final

OUTCOMES: Final = {
    "answered": "answered",
    "acknowledged": "acknowledged",
    "no-reply": "no reply, because",
    "removed": "asked to remove",
    "reported": "reported to platform",
    "hidden": "hidden or blocked",
    "complaints": "complaints procedure",
    "agency": "police, LADO or social care",
    "dpo": "data protection officer",
}
"""Words for ``done``, and what is recorded: the ways a story's clock stops."""
NEED_A_REASON: Final = ("no-reply", "hidden")
