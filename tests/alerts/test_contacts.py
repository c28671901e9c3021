"""Promise: no address, number, account or link of a person leaves in a mail; dates, prices and the school's own stay."""

from __future__ import annotations

import pytest

from alerts.clean import mask
from alerts.names import MaskNames

OWN = MaskNames(handles=("HolmNookCP", "#HolmNookPride"))


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("write to j.smith+x@mail.example.", "write to [e-mail]."),
        ("07700 900123, 07700900123, 7700 900123", "[phone], [phone], [phone]"),
        ("+44 (0)7700 900123 or (01772) 123-456", "[phone] or [phone]"),
        ("PR1 2AB or pr12ab", "[postcode] or [postcode]"),
        ("she lives at 14 Church Lane", "she lives at [address]"),
        ("flat 3, 22a Acorn Rd. now", "[address] now"),
        ("14 holm street", "[address]"),
        ("see https://facebook.example/john.smith?x=1", "see [link]"),
        ("see www.forum.example/a or bit.ly/abc", "see [link] or [link]"),
        ("@gary99 and @anna.bsky.social. And u/gary", "[account] and [account]. And [account]"),
        ("@a@social.example", "[account]"),
        ("#JusticeForJayden #justiceforxanthippus #SackSmith", "[hashtag] [hashtag] #SackSmith"),
    ],
)
def test_what_leads_to_a_person_is_replaced(raw: str, shown: str) -> None:
    assert mask(raw, OWN) == shown


@pytest.mark.parametrize(
    "raw",
    [
        "£160 fine, 12 children, 8.45am on 25/11/2026 10:30, room 3",
        "Y6 1st place, KS2 5th",
        "0123 45 67 and 0800 and 1234567890",
        "@HolmNookCP #HolmNookPride #Homework",
        "3 weeks to go",
    ],
)
def test_what_leads_to_nobody_stays(raw: str) -> None:
    assert mask(raw, OWN) == raw
