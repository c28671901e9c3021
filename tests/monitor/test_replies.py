"""Promise: a letter is understood as what it is, and only a person's own words with a code act.

A machine's letter acts on nothing, a question closes nothing, and no letter makes the reader fail.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.base import NotificationKind
from monitor.identity import reply_address, reply_code
from monitor.replies import Act, Bounce, Ignored, Intake, OutOfOffice, Puzzle, Understood, understand
from sources.letter import Letter, Report
from sources.letters import parse
from tests.hostile.letters import letters
from tests.pace import within

BOX = "alerts@holmnook.example"
HEAD = "head@holmnook.example"
CODE = "K7QXM2PA5TDWHN4CZYEVBJ3RLQ"
OTHER = "A" * 26
OURS = "<b3a1f0@holmnook.example>"
PLUS = f"alerts+{CODE}@holmnook.example"
ALERT = f"> Somebody should look at story R12.\n> Reply with: mine, done, not us.\n>\n> Reply code {CODE}\n"


def letter(text: str = "mine", **changes: Any) -> Letter:
    """A person's reply, as most mail systems bring it."""
    told: dict[str, Any] = {
        "uid": "1.1",
        "digest": "0" * 64,
        "sender": HEAD,
        "to": (PLUS.lower(),),
        "subject": "Re: URGENT – safeguarding leads only – Holm Nook R12",
        "parents": (OURS,),
        "received_at": datetime(2026, 11, 24, 10, 15, tzinfo=UTC),
    }
    return Letter(**(told | {"text": text} | changes))


def read(text: str = "mine", *, intake: str = BOX, **changes: Any) -> Understood:
    return understand(letter(text, **changes), box=BOX, intake=intake, senders={HEAD})


def test_a_reply_acts() -> None:
    assert read("Mine R12 – on it") == Act(code=CODE, command="take", refs=("R12",))
    assert read("done no reply, because lawful") == Act(
        code=CODE, command="close", how={"outcome": "no reply, because", "note": "lawful"}
    )
    assert read("Thanks, ringing her now") == Act(code=CODE, command="seen")


def test_a_puzzle_brings_a_sentence_that_helps() -> None:
    found = read("doen")

    assert isinstance(found, Puzzle)
    assert found.code == CODE
    assert "done" in found.hint


PLACES: dict[str, dict[str, Any]] = {
    "address": {},
    "address as it was written": {"to": (PLUS,)},
    "second address": {"to": ("office@holmnook.example", PLUS.lower())},
    "address of the tenant": {"to": (f"alerts+{CODE.lower()}@holmnook.onmail.example",)},
    "subject": {"to": (BOX,), "subject": f"Re: Holm Nook [R12 {CODE}]"},
    "subject in lower case": {"to": (BOX,), "subject": f"Re: Holm Nook [R12 {CODE.lower()}]"},
    "subject of a link": {"to": (BOX,), "subject": f"mine R12 {CODE}"},
    "quoted text": {"to": (BOX,), "text": f"mine\n\n{ALERT}"},
    "quoted text, with a colon": {"to": (BOX,), "text": f"mine\n\n> Reply code: {CODE}"},
    "quoted text, in lower case": {"to": (BOX,), "text": f"mine\n\n> reply code {CODE.lower()}"},
    "quoted text, broken": {"to": (BOX,), "text": f"mine\n\n> Reply code\n> {CODE}"},
    "text without marks": {"to": (BOX,), "text": f"mine\n\nReply code\xa0{CODE}\nRegards"},
}
NO_PLACES: dict[str, dict[str, Any]] = {
    "the sender": {"sender": f"alerts+{CODE.lower()}@mail.example", "to": (BOX,)},
    "another's address": {"to": (f"office+{CODE.lower()}@holmnook.example",)},
    "too short": {"to": (f"alerts+{CODE[:-1].lower()}@holmnook.example",)},
    "too long": {"to": (f"alerts+{CODE.lower()}a@holmnook.example",)},
    "digits that are none": {"to": (f"alerts+{CODE[:-1]}1@holmnook.example",)},
    "too long in the subject": {"to": (BOX,), "subject": f"R12 {CODE}A"},
    "too long in the text": {"to": (BOX,), "text": f"mine\nReply code {CODE}A"},
    "text without its words": {"to": (BOX,), "text": f"mine\n\n{CODE}"},
    "an attached mail": {"to": (BOX,), "forwarded": (f"Reply code {CODE}",)},
    "look-alike letters": {"to": (f"alerts+{CODE.replace('A', 'А')}@holmnook.example",)},
    "nowhere": {"to": (BOX,)},
}


@pytest.mark.parametrize("changes", PLACES.values(), ids=PLACES.keys())
def test_the_code_is_found(changes: dict[str, Any]) -> None:
    assert read(**changes) == Act(code=CODE, command="take", refs=())


@pytest.mark.parametrize("changes", NO_PLACES.values(), ids=NO_PLACES.keys())
def test_a_code_is_found_nowhere_else(changes: dict[str, Any]) -> None:
    assert not isinstance(read(**changes), Act)


def test_the_address_counts_more_than_what_is_quoted() -> None:
    found = read(f"mine\n\nReply code {OTHER}")

    assert isinstance(found, Act)
    assert found.code == CODE


def test_a_code_that_we_make_is_found() -> None:
    code = reply_code(
        b"k" * 32,
        school="holm-nook",
        subject_key="s",
        kind=NotificationKind.ALERT,
        sequence=1,
        recipient=HEAD,
    )

    assert read(to=(reply_address(BOX, code).lower(),)) == Act(code=code, command="take")


def test_a_subject_acts_if_nothing_else_was_said() -> None:
    assert read("", subject="mine R12") == Act(code=CODE, command="take", refs=("R12",))
    assert read("Sent from my iPhone", subject=f"not us [R12 {CODE}]") == Act(code=CODE, command="not_us")
    assert read("", subject="Re: mine") == Ignored(why="empty")
    assert read("", subject="Holm Nook R12: marked “not us” by the head") == Ignored(why="empty")
    assert read("Ringing her now", subject="mine") == Act(code=CODE, command="seen")


@pytest.mark.parametrize(
    "text", ["Thanks", "Thanks!\n\nSent from my iPhone", "Thank you", "👍", "Ok", f"Thanks\n\n{ALERT}"]
)
def test_thanks_alone_is_seen(text: str) -> None:
    assert read(text) == Act(code=CODE, command="seen")


@pytest.mark.parametrize("text", ["", " ", "...", "Sent from my iPhone", ALERT, "-- \nJane"])
def test_an_answer_without_words_is_ignored(text: str) -> None:
    assert read(text) == Ignored(why="empty")


def test_a_letter_that_breaks_off_closes_nothing() -> None:
    assert isinstance(read("not us", whole=False), Puzzle)
    assert read("mine", whole=False) == Act(code=CODE, command="take")
    assert read(f"not us\n\n{ALERT}", whole=False) == Act(code=CODE, command="not_us")
    assert read("", whole=False) == Ignored(why="broken")


AWAY: dict[str, dict[str, Any]] = {
    "Exchange": {"subject": "Automatic reply: R12", "headers": {"auto-submitted": "auto-generated", "x-auto-response-suppress": "All"}},
    "Exchange, by a rule": {"headers": {"x-ms-exchange-inbox-rules-loop": HEAD}},
    "old Exchange": {"subject": "Out of Office: R12"},
    "Gmail": {"subject": "Out of office Re: R12", "headers": {"auto-submitted": "auto-replied", "precedence": "bulk"}},
    "vacation(1)": {"headers": {"auto-submitted": "auto-replied", "precedence": "bulk", "x-mailer": "vacation 1.2.8"}},
    "Sieve": {"subject": "Auto: R12", "headers": {"auto-submitted": "auto-replied (vacation)", "precedence": "bulk"}},
    "Zimbra": {"headers": {"auto-submitted": "Auto-Replied (zimbra; vacation)"}},
    "GroupWise": {"subject": "Auto Reply: R12", "headers": {"x-autogenerated": "Reply"}},
    "Notes": {"headers": {"x-autoreply": "yes"}},
    "cPanel": {"subject": "Autoreply", "headers": {"precedence": "auto_reply", "x-autorespond": "R12"}},
    "Postfix Admin": {"subject": "Out of office", "headers": {"precedence": "junk", "x-loop": "PostfixAdmin Virtual Vacation"}},
    "German": {"subject": "Abwesenheitsnotiz: R12"},
    "German, short": {"subject": "Abwesend bis 5.1."},
    "French": {"subject": "Réponse automatique : R12"},
    "Welsh": {"subject": "Ateb awtomatig: R12"},
    "Polish": {"subject": "Odpowiedź automatyczna: R12"},
    "in words": {"headers": {"auto-submitted": "auto-generated"}, "text": "I am on annual leave until 5 January."},
    "headers in capitals": {"headers": {"Auto-Submitted": "AUTO-REPLIED"}},
}  # fmt: skip
MACHINES: dict[str, tuple[str, dict[str, Any]]] = {
    "list": ("list", {"headers": {"list-id": "<staff.holmnook.example>"}}),
    "newsletter": ("list", {"headers": {"list-unsubscribe": "<https://list.example/u>"}}),
    "bulk": ("list", {"headers": {"precedence": "bulk"}}),
    "list that holds it": ("list", {"headers": {"auto-submitted": "auto-replied", "x-mailman-version": "2"}}),
    "help desk": ("automatic", {"subject": "[Request received] R12", "headers": {"auto-submitted": "auto-generated"}}),
    "ticket": ("automatic", {"text": "Your ticket 12 was opened.", "headers": {"auto-submitted": "auto-replied"}}),
    "challenge": ("automatic", {"text": "Please confirm.", "headers": {"auto-submitted": "auto-replied"}}),
    "notified": ("automatic", {"headers": {"auto-submitted": "auto-notified; owner-email=x"}}),
    "cron": ("automatic", {"headers": {"x-cron-env": "<SHELL=/bin/sh>"}}),
    "nobody": ("automatic", {"sender": "no-reply@holmnook.example"}),
    "daemon": ("automatic", {"sender": "mailer-daemon@holmnook.example"}),
    "empty envelope": ("automatic", {"headers": {"return-path": "<>"}}),
    "read receipt": ("automatic", {"subject": "Read: R12", "headers": {"content-type": 'multipart/report; report-type="disposition-notification"'}}),
    "read receipt, by its subject": ("automatic", {"subject": "Read: R12"}),
    "invitation accepted": ("automatic", {"subject": "Accepted: R12", "headers": {"auto-submitted": "auto-replied"}}),
    "complaint": ("automatic", {"headers": {"feedback-type": "abuse"}}),
    "own": ("own", {"sender": BOX}),
    "own, with a code": ("own", {"sender": PLUS.lower()}),
    "own, forwarded by a list": ("own", {"sender": "x@y.example", "headers": {"list-id": "Holm Nook <mentions.holmnook.example>"}}),
}  # fmt: skip


@pytest.mark.parametrize("changes", AWAY.values(), ids=AWAY.keys())
@pytest.mark.parametrize("text", ["I am out of the office until 5 January.", "mine", f"not us\n\n{ALERT}"])
def test_an_absence_is_noticed_and_acts_on_nothing(changes: dict[str, Any], text: str) -> None:
    found = read(**({"text": text} | changes))

    assert found == OutOfOffice(code=CODE, parents=(OURS,))


@pytest.mark.parametrize("changes", AWAY.values(), ids=AWAY.keys())
def test_an_absence_that_answers_nothing_of_ours_is_ignored(changes: dict[str, Any]) -> None:
    assert read(**({"to": (BOX,), "parents": ()} | changes)) == Ignored(why="automatic")


@pytest.mark.parametrize(("why", "changes"), MACHINES.values(), ids=MACHINES.keys())
def test_other_machines_are_ignored(why: str, changes: dict[str, Any]) -> None:
    assert read(**({"text": "mine"} | changes)) == Ignored(why=why)  # type: ignore[arg-type]  # a word of the table


@pytest.mark.parametrize(
    "headers",
    [
        {"x-auto-response-suppress": "All"},
        {"auto-submitted": "no"},
        {"return-path": f"<{HEAD}>"},
        {"precedence": "normal"},
        {"x-mailer": "iPhone Mail"},
        {"content-type": "multipart/alternative"},
    ],
)
def test_a_person_is_not_taken_for_a_machine(headers: dict[str, str]) -> None:
    assert read(headers=headers) == Act(code=CODE, command="take")


def test_a_person_may_quote_a_machine() -> None:
    quoted = "mine\n\n> Auto-Submitted: auto-generated\n> Precedence: bulk\n> I am out of the office\n"

    assert read(quoted) == Act(code=CODE, command="take")
    assert read(subject="Re: Automatic reply: Holm Nook R12") == Act(code=CODE, command="take")


FAILED = Report(recipient=HEAD, action="failed", status="5.1.1")
DELAYED = Report(recipient=HEAD, action="delayed", status="4.4.1")


def test_a_delivery_report_is_handed_on() -> None:
    daemon = "mailer-daemon@mail.example"
    found = read(sender=daemon, subject="Undelivered Mail Returned to Sender", reports=(FAILED, DELAYED))

    assert found == Bounce(code=CODE, parents=(OURS,), reports=(FAILED, DELAYED))


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "Undeliverable: R12", "sender": "postmaster@holmnook.example"},
        {"subject": "Delivery Status Notification (Failure)", "headers": {"return-path": "<>"}},
        {"headers": {"content-type": 'multipart/report; report-type="delivery-status"'}},
        {"subject": "failure notice", "sender": "MAILER-DAEMON@mail.example"},
    ],
)
def test_a_bounce_without_a_report_is_one_too(changes: dict[str, Any]) -> None:
    assert read(**changes) == Bounce(code=CODE, parents=(OURS,), reports=())
    assert read(**({"to": (BOX,), "parents": ()} | changes)) == Ignored(why="automatic")


def test_an_old_server_names_who_failed() -> None:
    found = read(headers={"x-failed-recipients": f"{HEAD}, Deputy@holmnook.example"})

    assert isinstance(found, Bounce)
    assert [(one.recipient, one.action) for one in found.reports] == [
        (HEAD, "failed"),
        ("deputy@holmnook.example", "failed"),
    ]


def test_a_post_is_passed_on() -> None:
    text = (
        "Saw this on the Ribbleton group:\n\nThe dinners are cold again. https://social.example/p/1\n\nJane"
    )
    found = read(text, to=(BOX,), parents=(), subject="Look")

    assert isinstance(found, Intake)
    assert found.url == "https://social.example/p/1"
    assert found.text.startswith("The dinners are cold again.")


def test_only_those_who_may_pass_posts_on() -> None:
    plain: dict[str, Any] = {"to": (BOX,), "parents": (), "subject": "Look", "text": "The dinners are cold."}
    stranger = letter(**(plain | {"sender": "parent@mail.example"}))

    assert understand(stranger, box=BOX, intake=BOX, senders={HEAD}) == Ignored(why="no code")
    allowed = understand(stranger, box=BOX, intake=BOX, senders=lambda one: one.endswith("mail.example"))
    assert isinstance(allowed, Intake)
    assert read(**(plain | {"sender": ""})) == Ignored(why="no code")
    assert read(**(plain | {"to": ("office@holmnook.example",)})) == Ignored(why="no code")


@pytest.mark.parametrize(
    "changes", [{"text": "mine"}, {"text": "thanks"}, {"text": "not us R12", "parents": ()}]
)
def test_an_answer_that_lost_its_code_is_no_post(changes: dict[str, Any]) -> None:
    found = read(**({"to": (BOX,)} | changes))

    assert isinstance(found, Puzzle)
    assert found.code == ""
    assert "reply code" in found.hint


def test_whatever_goes_to_the_address_for_posts_is_one() -> None:
    posts = "posts@holmnook.example"

    assert read("mine", intake=posts, to=(posts,)) == Intake(text="mine")
    assert read("The dinners are cold", intake=posts, to=(BOX,), subject="x") == Intake(
        text="The dinners are cold"
    )


def test_pictures_alone_are_a_post_without_words() -> None:
    assert read("", to=(BOX,), parents=(), subject="Fwd", images=2) == Intake(text="", images=2)
    assert read("", to=(BOX,), parents=(), subject="x") == Ignored(why="empty")
    assert read("", to=(BOX,), parents=(), subject="x", whole=False) == Ignored(why="broken")


def test_a_forwarded_alert_whose_code_came_along_is_no_post() -> None:
    for words, kind in (("What now?", Puzzle), ("Thanks", Act)):
        forwarded = f"{words}\n\n---------- Forwarded message ---------\n{ALERT}"
        assert isinstance(read(forwarded, to=(BOX,)), kind)


@dataclass(frozen=True)
class Met:
    """One of the hostile letters, and what became of it."""

    name: str
    sender: str
    understood: Understood

    @property
    def family(self) -> str:
        return self.name.partition(":")[0]


@pytest.fixture(scope="module")
def hostile() -> list[Met]:
    """All but those that are only large, which the reader of mails has already cut."""
    met = []
    for name, octets in letters(CODE, BOX, HEAD):
        if not name.startswith("bomb:"):
            found = parse(octets, uid="1.1", received="2026-11-24T10:15:00+00:00", whole=True)
            met.append(Met(name, found.sender, understand(found, box=BOX, intake=BOX, senders={HEAD})))
    return met


def test_no_hostile_letter_acts(hostile: list[Met]) -> None:
    acted = {
        met.name
        for met in hostile
        if isinstance(met.understood, Act) and met.understood.command != "seen"
        if met.family in {"automatic", "bounce", "hidden", "attached"}
    }

    assert acted == set()


def test_no_machine_has_seen_anything(hostile: list[Met]) -> None:
    machines = [met for met in hostile if met.family in {"automatic", "bounce"}]

    assert {met.name for met in machines if isinstance(met.understood, Act | Puzzle | Intake)} == set()
    assert {type(met.understood) for met in machines} == {OutOfOffice, Ignored, Bounce}


def test_every_honest_letter_with_a_footer_takes(hostile: list[Met]) -> None:
    honest = [met for met in hostile if met.family in {"footer", "replayed"}]

    assert honest
    assert {met.name for met in honest if met.understood != Act(code=CODE, command="take")} == set()


def test_a_letter_with_a_code_that_is_not_quite_ours_brings_another_or_none(hostile: list[Met]) -> None:
    wrong = [met for met in hostile if met.name.startswith("forged: a code")]

    assert wrong
    assert {
        met.name for met in wrong if isinstance(met.understood, Act) and met.understood.code == CODE
    } == set()


WORDS = st.text(max_size=200)
LETTERS = st.builds(
    Letter,
    uid=st.just("1.1"),
    digest=st.just("0" * 64),
    sender=st.sampled_from([HEAD, "", BOX, "x@y.example"]) | WORDS,
    to=st.lists(st.sampled_from([BOX, PLUS, "", "@", "+@"]) | WORDS, max_size=3).map(tuple),
    subject=WORDS,
    text=WORDS
    | st.sampled_from(["mine", "From: a\nDate: 31 Feb 2026\n\nx", "https://[", "http://[::1/ posted 31 Feb"]),
    forwarded=st.lists(WORDS, max_size=2).map(tuple),
    received_at=st.sampled_from([None, datetime(2026, 11, 24, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)]),
    parents=st.lists(WORDS, max_size=1).map(tuple),
    headers=st.dictionaries(
        st.sampled_from(["auto-submitted", "precedence", "return-path", "list-id"]), WORDS, max_size=2
    ),
    reports=st.lists(st.builds(Report, recipient=WORDS, action=WORDS), max_size=1).map(tuple),
    images=st.integers(0, 3),
    whole=st.booleans(),
)


@given(LETTERS, st.sampled_from([BOX, "", "@", "posts@holmnook.example"]))
def test_any_letter_is_understood(any_letter: Letter, intake: str) -> None:
    assert understand(any_letter, box=BOX, intake=intake, senders={HEAD}) is not None


@pytest.mark.parametrize(
    "piece",
    ["Reply code ", "Reply code " + "A" * 25 + " ", "https://a ", "http://", "posted ", "posted on 1 a", "From: a\nTo: b\n", "+", "[R12 ",
     "A" * 26, "out of ", "I am ", "> ", "On 1 wrote:\n", "ticket", "? "],
)  # fmt: skip
def test_a_hostile_letter_takes_no_longer_than_others(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    with within(3):
        read(text)
        read(text, to=(BOX,), parents=(), subject=text[:500])
        read("x", headers={"auto-submitted": "auto-generated"}, subject=text)
        read(text, headers={"auto-submitted": "auto-generated"})


def test_a_day_is_kept_with_a_post() -> None:
    found = read("The gate was open, posted 12 Nov", to=(BOX,), parents=(), subject="x")

    assert isinstance(found, Intake)
    assert found.posted == date(2026, 11, 12)
