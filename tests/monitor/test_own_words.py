"""Promise: of a letter only what its writer wrote now is read, whatever their mail program puts around it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.quoting import own_words
from tests.pace import within

CODE = "ABCDEFGHIJKLMNOPQRSTUVWXY2"
ALERT = f"""Nobody has taken this yet. Reply MINE to take charge.

Reply with:
mine              I take charge; the reminders stop
not us            it is not about our school

Times are those of Europe/London. Names are cut to initials and strong words starred.
Reply code {CODE}"""
MARKED = "\n".join(f"> {line}" for line in ALERT.split("\n"))
WRAPPED = MARKED.replace("and strong words starred.", "and strong words\nstarred.")
BOX = "alerts@holmnook.example"
RULE = "________________________________"
OUTLOOK = f"From: Mention monitor <{BOX}>\nSent: 24 November 2026 09:58\nTo: A. Head <head@holmnook.example>\nSubject: URGENT – Holm Nook R12\n\n{ALERT}"

LETTERS = {
    "nothing but words": "mine",
    "windows lines": "mine\r\n\r\nJane\r\n",
    "Gmail web": f"mine\n\nOn Tue, 24 Nov 2026 at 09:58, Mention monitor <{BOX}> wrote:\n\n{MARKED}\n",
    "Gmail web, wrapped attribution": f"mine\n\nOn Tue, 24 Nov 2026 at 09:58, Mention monitor <\n{BOX}> wrote:\n\n{MARKED}\n",
    "Gmail app": f"mine\n\nOn Tue, 24 Nov 2026, 09:58 Mention monitor, <{BOX}>\nwrote:\n\n{MARKED}\n",
    "Gmail, the quote without marks": f"mine\n\nOn Tue, 24 Nov 2026 at 09:58, Mention monitor <{BOX}> wrote:\n\n{ALERT}\n",
    "Gmail with a signature": f"mine\n\n-- \nJane Smith\nHeadteacher\n\nOn Tue, 24 Nov 2026 at 09:58, M <{BOX}> wrote:\n{MARKED}",
    "Outlook desktop": f"Mine\n\n{OUTLOOK}",
    "Outlook desktop with a rule": f"mine\n\nKind regards\nJane\n\n{RULE}\n{OUTLOOK}",
    "Outlook plain text": f"mine\n\n-----Original Message-----\n{OUTLOOK}",
    "Outlook web": f"mine\n{RULE}\n{OUTLOOK}",
    "Outlook web in bold": "mine\n\n*From:* Monitor\n*Sent:* Tuesday\n*To:* Head\n*Subject:* R12\n\nnot us\n",
    "Outlook for iOS": f"mine\n\nGet Outlook for iOS<https://aka.ms/o0ukef>\n{RULE}\n{OUTLOOK}",
    "Outlook for Android": f"Mine\n\nGet Outlook for Android<https://aka.ms/AAb9ysg>\n{RULE}\n{OUTLOOK}",
    "Outlook for iOS, new footer": f"mine\n\nSent from Outlook for iOS\n{RULE}\n{OUTLOOK}",
    "Outlook in German": f"mine\n\nVon: Monitor <{BOX}>\nGesendet: Dienstag\nAn: Leitung\nBetreff: R12\n\n{ALERT}",
    "Outlook in French": f"mine\n\nDe : Monitor <{BOX}>\nEnvoyé : mardi\nÀ : Direction\nObjet : R12\n\n{ALERT}",
    "Outlook in Polish": f"mine\n\nOd: Monitor <{BOX}>\nWysłano: wtorek\nDo: Dyrektor\nTemat: R12\n\n{ALERT}",
    "Outlook in Welsh": f"mine\n\nOddi wrth: Monitor <{BOX}>\nAnfonwyd: dydd Mawrth\nAt: Pennaeth\nPwnc: R12\n\n{ALERT}",
    "Apple Mail": f"mine\n\n> On 24 Nov 2026, at 09:58, Mention monitor <{BOX}> wrote:\n> \n{MARKED}\n",
    "Apple Mail with a signature": f"mine\n\nJane\n\n> On 24 Nov 2026, at 09:58, M <{BOX}> wrote:\n> \n{MARKED}",
    "iPhone": f"Mine\n\nSent from my iPhone\n\n> On 24 Nov 2026, at 09:58, Mention monitor <{BOX}> wrote:\n> \n> \ufeff\n{MARKED}",
    "iPhone, footer first": f"Sent from my iPhone\n\nmine\n\nOn 24 Nov 2026, at 09:58, Mention monitor <{BOX}> wrote:\n\n{MARKED}",
    "iPad": f"mine\nSent from my iPad\n\nOn 24 Nov 2026, at 09:58, M <{BOX}> wrote:\n\n{ALERT}",
    "Android": f"mine\n\nSent from my Android phone with Mail. Please excuse my brevity.\n\nOn 24 November 2026 09:58:00 GMT, M <{BOX}> wrote:\n{MARKED}",
    "Samsung": f"mine\n\n\n\nSent from my Galaxy\n\n\n-------- Original message --------\nFrom: Monitor <{BOX}>\nDate: 24/11/2026 09:58 (GMT+00:00)\nTo: Head\nSubject: R12\n\n{ALERT}",
    "Samsung without a footer": f"mine\n\n-------- Original message --------\nFrom: Monitor <{BOX}>\nDate: 24/11/2026\n\n{ALERT}",
    "Huawei": f"mine\n\nSent from my HUAWEI phone\n\n-------- Original Message --------\nSubject: R12\nFrom: M\n\n{ALERT}",
    "Thunderbird": f"mine\n\nOn 24/11/2026 09:58, Mention monitor wrote:\n{MARKED}\n",
    "Thunderbird below": f"On 24/11/2026 09:58, Mention monitor wrote:\n{MARKED}\n\nmine\n",
    "Thunderbird below, wrapped quote": f"On 24/11/2026 09:58, Mention monitor wrote:\n{WRAPPED}\n\nmine\n",
    "Thunderbird below with a signature": f"On 24/11/2026 09:58, M wrote:\n{MARKED}\n\nmine\n\n-- \nJane\n",
    "a greeting above, words below": f"Hi,\n\nOn 24/11/2026 09:58, M wrote:\n{MARKED}\n\nmine\n",
    "Thunderbird in German": f"mine\n\nAm 24.11.2026 um 09:58 schrieb Mention monitor:\n{MARKED}",
    "Apple Mail in German": f"mine\n\nVon meinem iPhone gesendet\n\n> Am 24.11.2026 um 09:58 schrieb M <{BOX}>:\n> \n{MARKED}",
    "Gmail in French": f"mine\n\nLe mar. 24 nov. 2026 à 09:58, Monitor <{BOX}> a écrit :\n\n{MARKED}",
    "iPhone in French": f"mine\n\nEnvoyé de mon iPhone\n\n> Le 24 nov. 2026 à 09:58, M <{BOX}> a écrit :\n{MARKED}",
    "Gmail in Polish": f"mine\n\nwt., 24 lis 2026 o 09:58 Monitor <{BOX}> napisał(a):\n\n{MARKED}",
    "iPhone in Polish": f"mine\n\nWysłane z iPhone'a\n\n{MARKED}",
    "Gmail in Welsh": f"mine\n\nAr ddydd Maw, 24 Tach 2026 am 09:58, ysgrifennodd Monitor <{BOX}>:\n\n{MARKED}",
    "iPhone in Welsh": f"mine\n\nAnfonwyd o fy iPhone\n\n{MARKED}",
    "Gmail in Spanish": f"mine\n\nEl mar, 24 nov 2026 a las 9:58, M (<{BOX}>) escribió:\n\n{MARKED}",
    "Yahoo": f"mine\n\nSent from Yahoo Mail on Android \n \n  On Tue, 24 Nov 2026 at 9:58, Monitor<{BOX}> wrote:   {ALERT}",
    "an address that wrote": f"mine\n\n{BOX} wrote:\n{MARKED}",
    "quoted with a bar": "mine\n\n| not us\n| done answered\n",
    "a quote without attribution": f"mine\n\n{MARKED}",
    "a quote without a blank line": f"mine\n{MARKED}",
    "disclaimer": "mine\n\nThis email and any attachments are confidential.\nnot us\n",
    "disclaimer, confidentiality": "mine\n\nCONFIDENTIALITY NOTICE: this is for the addressee.\nnot us",
    "disclaimer, information": "mine\n\nThe information contained in this email is confidential. done answered",
    "disclaimer in Welsh": "mine\n\nMae'r neges hon yn gyfrinachol.\nnot us",
    "environment": "mine\n\nPlease consider the environment before printing this email.",
    "label above": "OFFICIAL-SENSITIVE\n\nmine",
    "classification above": "Classification: Internal\n\nmine\n\nRegards\nJane",
    "banner above": "[EXTERNAL] This mail came from outside. Do not click links.\n\nmine",
    "two lines of banner above": "CAUTION: This email originated from outside of the organisation.\nDo not click links or open attachments unless you recognise the sender.\n\nmine",
    "Polish signature": "mine\n\nZ poważaniem\nŁukasz Żółć\nDyrektor",
    "Welsh signature": "mine\n\nCofion gorau\nSiân Ŵyn\nPennaeth",
    "Urdu signature": "mine\n\n-- \nعائشہ خان\nنائب سربراہ",
    "Many thanks as a sign-off": "mine\n\nMany thanks,\n\nJane\nnot us",
    "Kind regards": "mine\n\nKind regards,\nJane Smith\nDone well, every day",
    "an old quote below": f"mine\n\nOn 24/11/2026 10:00, Deputy <d@holmnook.example> wrote:\n> not us\n>\n> On 24/11/2026 09:58, M wrote:\n>> {ALERT}",
    "rules of signs": "mine\n\n========== Forwarded message ==========\nnot us",
}
FIRST = {
    "between quoted lines": ("> what do you say?\n\nnot us\n\n> and this?\n\nmine", "mine"),
    "only a quote": (MARKED, ""),
    "only a quote and a footer": (f"Sent from my iPhone\n\n{MARKED}", ""),
    "only a block": (OUTLOOK, ""),
    "the broken end of a quote": (WRAPPED + "\n", ""),
    "a quoted end that is broken": ("> " + "x" * 70 + "\nmine", ""),
    "nothing": ("", ""),
    "blank": (" \n\t\n", ""),
    "dots": ("...", ""),
    "a question": ("?", "?"),
    "an emoji": ("👍", "👍"),
    "only a signature": ("-- \nJane\nmine", ""),
    "only thanks": ("Thanks", "Thanks"),
    "a sentence that begins like an attribution": (
        "On it. I wrote to her: all is well",
        "On it. I wrote to her: all is well",
    ),
    "a question for views": ("Any views on this?", "Any views on this?"),
    "from without a head": ("From: what I hear it is not us", "From: what I hear it is not us"),
    "a dash of words": ("--- see you ---", "--- see you ---"),
    "sent me": ("Sent from me to her", "Sent from me to her"),
    "thanks above": ("Hi all,\n\nMany thanks.\n\nmine", "Hi all,\n\nMany thanks.\n\nmine"),
}


@pytest.mark.parametrize("text", LETTERS.values(), ids=LETTERS.keys())
def test_what_was_written_above_or_below_is_found(text: str) -> None:
    said = own_words(text)

    assert next(line for line in said.replace("Hi,", "").split("\n") if line.strip()).casefold() == "mine"
    assert "not us" not in said
    assert "done" not in said
    assert "sent from" not in said.casefold()
    assert CODE not in said


@pytest.mark.parametrize(("text", "expected"), FIRST.values(), ids=FIRST.keys())
def test_nothing_else_is_taken_for_it(text: str, expected: str) -> None:
    assert own_words(text) == expected


@given(st.text(max_size=500))
def test_any_text_is_read(text: str) -> None:
    assert len(own_words(text)) <= len(text)


@given(st.text(alphabet="mine not us>\n", max_size=80))
def test_what_is_quoted_is_never_said(words: str) -> None:
    marked = "\n".join(f"> {line}" for line in words.split("\n"))

    assert own_words(f"seen\n\n{marked}") == "seen"


@pytest.mark.parametrize(
    "piece",
    ["> ", ">", "\n", "On 1 ", "On 1\n", "1\n", "On 1 wrote", "wrote ", "From:\n", "From: a\nb\n", "From: a\n", "-- \n", "-", "--\n",
     "_" * 30 + "\n", "Thanks\n", "Hi ", "Hi,\n", "Sent from ", "This email ", "---- original ----\n", "@", "Kind regards\n", "a b\n",
     "CAUTION: ", "many ", "\r", "\u2028", "> x\n\ny\n"],
)  # fmt: skip
def test_a_hostile_letter_takes_no_longer_than_others(piece: str) -> None:
    with within(1.5):
        own_words(piece * (100_000 // len(piece)))
        own_words("> a\n\n" + piece * (100_000 // len(piece)))
