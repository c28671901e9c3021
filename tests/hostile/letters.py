"""A thousand letters nobody wants, the same at every run: ``letters(code, box, sender)``.

Aimed at the mailbox ``box`` of a watch, with a reply code and the address of somebody who may reply. Names are
``family: what``. What an honest reader makes of a family:

* ``forged`` seems to come from ``sender`` and does not, or its code is not the right one: no act;
* ``replayed`` is one honest reply that comes again and again: one act;
* ``automatic`` was written by a machine for somebody who is away, or by a list, or by a receipt: no act;
* ``bounce`` says what became of a mail: reports, no act;
* ``footer`` is an honest *mine* with what mail programs and gateways add: one act, its note without the rest;
* ``hidden`` has its command where no reader sees it, or where it was not written by the sender now: no act;
* ``attached`` has its command in something that is attached: no act;
* ``malformed``, ``charset`` and ``bomb`` break what reads them: anything but an exception.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from tests.hostile import letter_breaks, letter_machines, letter_tricks
from tests.hostile.letter_parts import Aim

CODE = "K7QX-M2PA-9TDW-HN4C"
BOX = "mentions@holmnook.example"
SENDER = "head@holmnook.example"
FAMILIES = (
    "forged",
    "replayed",
    "automatic",
    "bounce",
    "footer",
    "hidden",
    "attached",
    "malformed",
    "charset",
    "bomb",
)


def letters(code: str = CODE, box: str = BOX, sender: str = SENDER) -> Iterator[tuple[str, bytes]]:
    """Each letter's name, which is its own, and its bytes."""
    aim = Aim(code=code, box=box, sender=sender)
    return chain(
        letter_tricks.forged(aim),
        letter_tricks.replayed(aim),
        letter_machines.automatic(aim),
        letter_machines.bounces(aim),
        letter_tricks.footers(aim),
        letter_tricks.hidden(aim),
        letter_tricks.attached(aim),
        letter_breaks.malformed(aim),
        letter_breaks.charsets(aim),
        letter_breaks.bombs(aim),
    )
