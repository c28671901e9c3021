"""Promise: words that act are read strictly; in doubt somebody has seen it or is asked, and nothing is closed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.grammar import Guess, Wish, wish
from monitor.outcomes import NEED_A_REASON, OUTCOMES
from monitor.quoting import without_greeting
from tests.pace import within

TAKES = [
    "mine", "Mine", "MINE", "Mine.", "mine!", "MINE!!!", "mine 👍", "👍 mine", "mine 🙏🏽", "mine :)", "Mine x", "- mine", "* Mine",
    "Hi,\nmine", "Hi all, mine", "Hello Jane,\n\nMine.\n", "Dear Mrs Smith,\n\nmine", "Good morning\n\nMine", "Morning all – mine",
    "Thanks – mine", "Thank you. Mine.", "Many thanks, mine", "Ok, mine", "Yes - mine", "Bore da,\nmine", "Dzień dobry,\nmine",
    "mine – on it", "mine - on it", "mine, on it", "mine on it", "Mine thanks", "mine, thanks", "mine thanks Jane", "Mine please",
    "Mine. Ringing her now.", "mine: will ring at nine", "Mine I'll ring her", "mine will do", "mine, because I know the family",
    "Mine\n\nJane Smith\nHeadteacher", "mine\nJane", "Mine, but the office may ring first", "m\u200bine",
    "Mine (I know the mum)", "mine; ringing now", "Thanks for letting me know. Mine.",
]  # fmt: skip
TAKES_REFS = {
    "mine M375": ("M375",),
    "mine R12": ("R12",),
    "mine r12": ("R12",),
    "Mine R0012": ("R12",),
    "R12 mine": ("R12",),
    "R12: mine": ("R12",),
    "R12, R14 mine": ("R12", "R14"),
    "R12 – mine": ("R12",),
    "mine R12 and R17": ("R12", "R17"),
    "mine R12, R17 and M4": ("R12", "R17", "M4"),
    "mine R12 & R17": ("R12", "R17"),
    "mine R12 R17": ("R12", "R17"),
    "mine R12/R17": ("R12", "R17"),
    "mine R12 R12": ("R12",),
    "mine R12 – on it": ("R12",),
    "mine\nR12, R14": ("R12", "R14"),
    "mine R12, thanks": ("R12",),
    "mine R12\nmine R12": ("R12",),
}
CLOSES = {
    "done answered": ("answered", ""),
    "Done answered.": ("answered", ""),
    "DONE ANSWERED": ("answered", ""),
    "done, answered": ("answered", ""),
    "Done – answered": ("answered", ""),
    "Done: answered": ("answered", ""),
    "done answered thanks": ("answered", ""),
    "Done answered. Thank you.": ("answered", ""),
    "done answered – rang her mother": ("answered", "rang her mother"),
    "done answered, because she asked twice": ("answered", "she asked twice"),
    "done acknowledged": ("acknowledged", ""),
    "done no reply, because lawful": ("no-reply", "lawful"),
    "done no reply because Civil Criticism": ("no-reply", "Civil Criticism"),
    "done no-reply, because it is not abusive": ("no-reply", "it is not abusive"),
    "done no reply – lawful criticism": ("no-reply", "lawful criticism"),
    "done no reply: lawful": ("no-reply", "lawful"),
    "done no reply, because it is civil\nand lawful": ("no-reply", "it is civil and lawful"),
    "done asked to remove": ("removed", ""),
    "done asked to remove it": ("removed", ""),
    "done removed": ("removed", ""),
    "done reported": ("reported", ""),
    "done reported to the platform": ("reported", ""),
    "done hidden, because swearing": ("hidden", "swearing"),
    "done blocked, because he came back": ("hidden", "he came back"),
    "done complaints procedure": ("complaints", ""),
    "done complaints": ("complaints", ""),
    "done police": ("agency", ""),
    "done LADO": ("agency", ""),
    "done social care": ("agency", ""),
    "done police and LADO": ("agency", ""),
    "done police, LADO or social care": ("agency", ""),
    "done DPO": ("dpo", ""),
    "done data protection officer": ("dpo", ""),
    "Thanks – done answered": ("answered", ""),
    "done answered\n\nJane Smith\nDone well every day": ("answered", ""),
}
CLOSES_REFS = {
    "done R12 answered": ("R12",),
    "done answered R12": ("R12",),
    "R12 done answered": ("R12",),
    "R12: done, answered": ("R12",),
    "done R12, R14 answered": ("R12", "R14"),
    "done R12 no reply, because lawful": ("R12",),
    "done no reply R12, because lawful": ("R12",),
}
NOT_US = {
    "not us": (),
    "Not us.": (),
    "NOT US": (),
    "not us!": (),
    "not us, thanks": (),
    "Not us thanks": (),
    "Not us. Thanks, Jane": (),
    "not us 🙂": (),
    "not-us R12": ("R12",),
    "not us M375": ("M375",),
    "not us R12, R14": ("R12", "R14"),
    "M375 not us": ("M375",),
    "not us, because it is in Rochdale": (),
    "not us because it's another Holm Nook": (),
    "Not us. This is the one in Rochdale.": (),
    "Hi,\n\nNot us.\n\nJane": (),
    "not us\nR12, R14": ("R12", "R14"),
}
OTHERS = {
    "later Thursday": Wish(command="later", how={"until": "Thursday"}),
    "later tomorrow": Wish(command="later", how={"until": "tomorrow"}),
    "later until Thursday": Wish(command="later", how={"until": "until Thursday"}),
    "later 3 Dec": Wish(command="later", how={"until": "3 Dec"}),
    "later 2026-12-03": Wish(command="later", how={"until": "2026-12-03"}),
    "later R17 Thursday": Wish(command="later", refs=("R17",), how={"until": "Thursday"}),
    "later Thursday R17": Wish(command="later", refs=("R17",), how={"until": "Thursday"}),
    "later Thursday for R17 and R18": Wish(command="later", refs=("R17", "R18"), how={"until": "Thursday"}),
    "R17 later Thursday": Wish(command="later", refs=("R17",), how={"until": "Thursday"}),
    "later Thursday 14:00": Wish(command="later", how={"until": "Thursday 14:00"}),
    "later Thursday 2.30pm, thanks": Wish(command="later", how={"until": "Thursday 2.30pm"}),
    "later next week please": Wish(command="later", how={"until": "next week"}),
    "later in 2 hours": Wish(command="later", how={"until": "in 2 hours"}),
    "later Thursday – in a meeting": Wish(command="later", how={"until": "Thursday"}),
    "later Thursday, 3 December": Wish(command="later", how={"until": "Thursday, 3 December"}),
    "later Thursday. Thanks": Wish(command="later", how={"until": "Thursday"}),
    "should be low": Wish(command="regrade", how={"severity": "low"}),
    "Should be LOW.": Wish(command="regrade", how={"severity": "low"}),
    "should be medium please": Wish(command="regrade", how={"severity": "medium"}),
    "should be high R17": Wish(command="regrade", refs=("R17",), how={"severity": "high"}),
    "should be R17 low": Wish(command="regrade", refs=("R17",), how={"severity": "low"}),
    "R17 should be critical": Wish(command="regrade", refs=("R17",), how={"severity": "critical"}),
    "should be urgent": Wish(command="regrade", how={"severity": "critical"}),
    "should be low, because it is an old story": Wish(command="regrade", how={"severity": "low"}),
    "conflict": Wish(command="conflict"),
    "Conflict.": Wish(command="conflict"),
    "conflict R12": Wish(command="conflict", refs=("R12",)),
    "Conflict of interest": Wish(command="conflict"),
    "conflict – I'm her aunt": Wish(command="conflict"),
    "conflict, because he is my husband": Wish(command="conflict"),
    "words": Wish(command="words"),
    "Words please": Wish(command="words"),
    "words R12": Wish(command="words", refs=("R12",)),
    "reopen": Wish(command="reopen"),
    "re-open R12": Wish(command="reopen", refs=("R12",)),
    "REOPEN – I disagree": Wish(command="reopen"),
    "away until 5 Jan": Wish(command="away", how={"until": "5 Jan"}),
    "Away until 5 January 2027.": Wish(command="away", how={"until": "5 January 2027"}),
    "away until Monday, thanks": Wish(command="away", how={"until": "Monday"}),
    "away till Monday": Wish(command="away", how={"until": "Monday"}),
    "back": Wish(command="away", how={"until": ""}),
    "Back, thanks": Wish(command="away", how={"until": ""}),
    "assign deputy": Wish(command="assign", how={"to": "deputy_head"}),
    "assign to the deputy head": Wish(command="assign", how={"to": "deputy_head"}),
    "assign dsl": Wish(command="assign", how={"to": "dsl"}),
    "assign deputy DSL please": Wish(command="assign", how={"to": "deputy_dsl"}),
    "assign R12 to dsl": Wish(command="assign", refs=("R12",), how={"to": "dsl"}),
    "assign SENCO R12": Wish(command="assign", refs=("R12",), how={"to": "senco"}),
    "assign it to the office": Wish(command="assign", how={"to": "office"}),
    "assign chair of governors": Wish(command="assign", how={"to": "chair"}),
    "assign head teacher": Wish(command="assign", how={"to": "head"}),
    "assign out_of_hours": Wish(command="assign", how={"to": "out_of_hours"}),
}
SEEN = [
    "Thanks, ringing her now", "Thanks", "Thank you", "👍", "🙏", "ok", "Noted.", "Will look tomorrow", "Fine", "Fine, thanks", "Line manager told",
    "this is not us it's them", "This is not us, it's them", "Thanks\n\nhttps://school.test/?page=1",
    "I'm done with this", "mine is broken", "mine's broken", "Mine was the first comment", "don't mark it done",
    "She said mine", "I would say not us", "Looks like not us to me", "I think this is mine",
    "No, mine", "No. Not us", "words fail me", "conflict between two families again", "back at three",
    "Back to you later", "back in school on Monday", "later today I'll ring her mum", "Later on I will go and see her mother",
    "should be fine", "should be low risk, I think", "should be easy to sort", "assign the task of ringing her to whoever is in the office",
    "reopening of the pool is next week", "None of us saw it", "Gone home", "Not as bad as it looks", "R12", "R12 is terrible", "M375 looks like us",
    "Jane is dealing with this. Mine", "the head should be told", "minecraft again", "mine field",
    "Donede answered yesterday evening by phone",
]  # fmt: skip
NOT_ON_IT = [
    "not mine", "Not mine – can the deputy take it?", "done? no!", "Done? Not yet!", "is this done?", "Is it mine?", "mine or yours?",
    "mine? I thought the deputy had it", "words cannot describe this", "Can somebody reopen this?", "not us who said it? who then?",
    "done, is it? really?", "I am away until Monday", "Sorry, I’m off sick", "I can’t look at this today", "I cannot do this from here",
    "I am on annual leave", "I'm not in until Thursday, somebody else please", "Someone else must take it", "Wrong person", "help", "No.",
    "What do I do with this?", "Thanks.\nI am in hospital", "Thank you, who is this about?", "I no longer work there", "Not me, ask the office",
]  # fmt: skip
GUESSES = {
    **dict.fromkeys(NOT_ON_IT, "nobody counts as being on it"),
    "done": "what came of it",
    "Done.": "what came of it",
    "done!": "what came of it",
    "done R12": "what came of it",
    "Done – rang the mum": "what came of it",
    "done with it": "what came of it",
    "done deal": "what came of it",
    "done?": "what came of it",
    "done anwsered": "what came of it",
    "done no reply": "why",
    "done no reply needed": "why",
    "done no reply, because": "why",
    "done no reply, because …": "why",
    "done no reply because ?": "why",
    "done hidden": "why",
    "done hidden.": "why",
    "done answered?": "done answered",
    "done answered – not really": "done answered",
    "done answered, I think": "done answered",
    "done answered but she wrote again": "done answered",
    "done answered the phone": "done answered",
    "done answered\nor is it?": "done answered",
    "done answered\n\nActually wait, she wrote again": "done answered",
    "mine?": "mine",
    "mine - no, hers": "mine",
    "Mine. No, wait": "mine",
    "mine – not sure": "mine",
    "mine 👎": "mine",
    "mine\n\nSorry, wrong one": "mine",
    "not us?": "not us",
    "not us it's them": "not us",
    "not us – it's them": "not us",
    "Not us, I think": "not us",
    "not us, maybe": "not us",
    "not us but close": "not us",
    "not us. Or is it?": "not us",
    "not us\n?": "not us",
    "Not us. Hold on, it is our trip.": "not us",
    "Not us who did this": "not us",
    "not ours": "not us",
    "Not our school": "not us",
    "not uss": "not us",
    "notus": "not us",
    "nt us": "not us",
    "mien": "mine",
    "Mien R12": "mine",
    "R12 mien": "mine",
    "minr, thanks": "mine",
    "dine answered": "done",
    "doen": "done",
    "doen answered": "done",
    "latter Thursday": "later",
    "latr Thursday": "later",
    "reopne": "reopen",
    "shuld be low": "should be",
    "awya until Monday": "away",
    "asign deputy": "assign",
    "conflct": "conflict",
    "wrods": "words",
    "later": "until when",
    "later?": "until when",
    "later someday": "until when",
    "Later, Thursday or so": "until when",
    "away": "until when",
    "away Thursday": "until when",
    "away until": "until when",
    "should be": "grades",
    "should be lower": "grades",
    "should be low?": "should be low",
    "assign": "role",
    "assign Jane": "role",
    "assign to head of year": "role",
    "mine\nnot us R14": "once for each",
    "mine R12\ndone R14 answered": "once for each",
    "mine R12, not us R14": "once for each",
    "mine R12 · not us R14": "once for each",
    "mine. done answered": "once for each",
    "mine\ndone": "once for each",
    "not us R1\nnot us R2": "once for each",
    "done R1 answered. not us R2": "done answered",
    "?": "one of these words",
    "???": "one of these words",
    '"mine"': "mine",
    "\u202emine\u202c": "mine",
    "“done answered”": "done answered",
    "«not us»": "not us",
}


@pytest.mark.parametrize("words", TAKES)
def test_mine_takes(words: str) -> None:
    assert wish(words) == Wish(command="take")


@pytest.mark.parametrize(("words", "refs"), TAKES_REFS.items())
def test_mine_takes_what_is_named(words: str, refs: tuple[str, ...]) -> None:
    found = wish(words)

    assert isinstance(found, Wish)
    assert found.command == "take"
    assert found.refs == refs


@pytest.mark.parametrize(("words", "expected"), CLOSES.items())
def test_done_closes_with_an_outcome(words: str, expected: tuple[str, str]) -> None:
    outcome, note = expected

    assert wish(words) == Wish(command="close", how={"outcome": OUTCOMES[outcome], "note": note})


@pytest.mark.parametrize(("words", "refs"), CLOSES_REFS.items())
def test_done_closes_what_is_named(words: str, refs: tuple[str, ...]) -> None:
    found = wish(words)

    assert isinstance(found, Wish)
    assert (found.command, found.refs) == ("close", refs)


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_every_outcome_of_the_command_line_can_be_replied(outcome: str) -> None:
    reason = ", because it is so" if outcome in NEED_A_REASON else ""
    found = wish(f"done {outcome}{reason}")

    assert isinstance(found, Wish)
    assert found.how["outcome"] == OUTCOMES[outcome]


@pytest.mark.parametrize(("words", "refs"), NOT_US.items())
def test_not_us_closes(words: str, refs: tuple[str, ...]) -> None:
    assert wish(words) == Wish(command="not_us", refs=refs)


@pytest.mark.parametrize(("words", "expected"), OTHERS.items())
def test_the_other_words_act(words: str, expected: Wish) -> None:
    assert wish(words) == expected


@pytest.mark.parametrize("words", SEEN)
def test_everything_else_has_been_seen(words: str) -> None:
    assert wish(words) == Wish(command="seen")


@pytest.mark.parametrize(("words", "told"), GUESSES.items())
def test_what_may_be_a_command_is_asked_about(words: str, told: str) -> None:
    found = wish(words)

    assert isinstance(found, Guess)
    assert told in found.hint.casefold() or told in found.hint


def test_a_reason_is_kept_as_it_was_written_and_no_longer_than_it_may_be() -> None:
    found = wish("done no reply, because Élodie ASKED us. " + "x " * 500)

    assert isinstance(found, Wish)
    assert found.how["note"].startswith("Élodie ASKED us.")
    assert len(found.how["note"]) <= 300


def test_more_stories_than_anybody_names_are_refused() -> None:
    assert isinstance(wish("not us " + " ".join(f"R{number}" for number in range(1, 60))), Guess)


PIECES = st.sampled_from(
    ["mine", "done", "not us", "answered", "no", "not", "?", "R12", "because", "I", "think", "it's", "\n", ",", ".",
     "Thanks", "later", "Thursday", "should be", "low", "!", "-", "us", "them", "Hi", "wait", "“", "”", "reported"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=8).map(" ".join))
def test_nothing_closes_that_does_not_begin_with_the_words(words: str) -> None:
    found = wish(words)

    if isinstance(found, Wish) and found.command in {"close", "not_us"}:
        first = next(line for line in without_greeting(words).split("\n") if line.strip(" -.,"))
        assert re.match(r"[\W]*(?:R12\W*)*(?:not us|done)\b", first.strip())
        assert "wait" not in words


@given(st.lists(PIECES, min_size=1, max_size=5).map(" ".join), st.sampled_from(["not us", "done answered"]))
def test_words_before_a_closing_command_keep_it_from_closing(before: str, command: str) -> None:
    sentence = f"I say {before.replace(chr(10), ' ')} {command}"
    found = wish(sentence)

    assert isinstance(found, Guess) or found.command not in {"close", "not_us"}


@given(st.text(max_size=300))
def test_any_words_are_read(words: str) -> None:
    assert isinstance(wish(words), Wish | Guess)


@pytest.mark.parametrize(
    "piece",
    ["mine ", "R1 ", "R1,", "not us ", "done ", "later ", ", ", ". ", "because ", "- ", "? ", "\n", "mine\n", "thanks ",
     "Hi ", "hi, ", "a", "1 ", "👍", "\u0301", '"', "R1 and ", "done answered, because ", "should be ", "away until "],
)  # fmt: skip
def test_hostile_words_take_no_longer_than_others(piece: str) -> None:
    with within(0.4):
        wish(piece * (100_000 // len(piece)))
        wish("mine" + piece * (100_000 // len(piece)))
