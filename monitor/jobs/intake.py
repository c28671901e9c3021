"""Posts that staff pass on: where a letter from somebody who may send them goes on from."""

from __future__ import annotations

import logging
from datetime import datetime

from monitor import log
from monitor.app import App
from monitor.replies import Intake
from monitor.store import Tx
from sources.letter import Letter

logger = logging.getLogger(__name__)

PASSED_ON = "passed on"
"""What is counted of a letter that was handed over."""


def take_in(app: App, tx: Tx, letter: Letter, intake: Intake, sender: str, now: datetime) -> str:  # noqa: PLR0917 -- what came, from whom, and when
    """Take a post in, in the transaction that remembers the letter; return the word under which it is counted."""
    del app, tx, letter, sender, now
    log.event(logger, logging.INFO, "intake.came", images=intake.images)
    return PASSED_ON
