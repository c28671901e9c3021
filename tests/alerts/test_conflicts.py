"""Nobody is told of a post about themselves: names, nicknames and job words are found, body parts are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.base import Recipient, Role
from alerts.conflicts import NOBODY, About, Staff, conflicts, is_post, staff, together

HEAD = staff(
    Recipient(address="Head@holmnook.example", roles=(Role.HEAD,), name="Zoë Marlowe"),
    ("Marly", "the gaffer"),
)
DSL = staff(Recipient(address="dsl@holmnook.example", roles=(Role.DSL, Role.SENCO), name="Priya Brown"))
DEPUTY = staff(
    Recipient(address="dep@holmnook.example", roles=(Role.DEPUTY_DSL, Role.DEPUTY_HEAD)), ("Mr O'Shea",)
)
CHAIR = staff(
    Recipient(address="chair@holmnook.example", roles=(Role.CHAIR,), name="Al Ng"), ("chair of governors",)
)
OFFICE = staff(Recipient(address="office@holmnook.example", roles=(Role.OFFICE,), name="School Office"))
EVERYBODY = (HEAD, DSL, DEPUTY, CHAIR, OFFICE)


def meant(text: str) -> set[str]:
    return {address.partition("@")[0] for address in conflicts(text, EVERYBODY).addresses}


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("Mrs Marlowe is useless", "head"),
        ("mrs marlowe is useless", "head"),
        ("MARLOWE OUT", "head"),
        ("Marlowe’s excuses again", "head"),
        ("zoe marlowe should resign", "head"),
        ("ZOË  MARLOWE should resign", "head"),
        ("Zo\u00ade Marlowe should resign", "head"),
        ("old marly shouted at my lad", "head"),
        ("the gaffer shouted at my lad", "head"),
        ("The headteacher never answers", "head"),
        ("the head-teacher never answers", "head"),
        ("that head mistress", "head"),
        ("the head is a bully", "head"),
        ("the heads a bully", "head"),
        ("I complained to the head", "head"),
        ("the head of the school", "head"),
        ("the HT knows", "head"),
        ("our principal knows", "head"),
        ("the deputy head shouted", "dep"),
        ("deputy headteacher shouted", "dep"),
        ("the assistant head shouted", "dep"),
        ("mr o’shea shouted", "dep"),
        ("the DDSL did nothing", "dep"),
        ("the deputy safeguarding lead did nothing", "dep"),
        ("the DSL did nothing", "dsl"),
        ("the designated safeguarding lead did nothing", "dsl"),
        ("the SENDCO did nothing", "dsl"),
        ("Mrs Brown did nothing", "dsl"),
        ("Brown did nothing", "dsl"),
        ("the chair of the governors knows", "chair"),
        ("Mr Ng knows", ""),
        ("al ng knows", "chair"),
        ("the school office is closed", ""),
        ("a brown coat was found", ""),
        ("she has nits all over her head", ""),
        ("he was kicked in the head", ""),
        ("a blow to the head", ""),
        ("hit on the head by a ball", ""),
        ("the head lice letter came home again", ""),
        ("the head of year 6 shouted", ""),
        ("the principal reason is money", ""),
        ("ahead of the heading", ""),
        ("the marlowesque garden", ""),
        ("", ""),
    ],
)
def test_a_post_is_about_whom_it_names(text: str, who: str) -> None:
    assert meant(text) == ({who} if who else set())


def test_several_people_can_be_meant() -> None:
    assert meant("Mrs Marlowe and Mrs Brown both knew, and so did the chair of governors") == {
        "head",
        "dsl",
        "chair",
    }


def test_a_short_surname_is_one_and_two_letters_are_none() -> None:
    fox = staff(Recipient(address="fox@holmnook.example", roles=(Role.HEAD,), name="Ann Fox"))
    assert conflicts("Mrs Fox knows", (fox,)).addresses == {"fox@holmnook.example"}
    assert conflicts("a fox in the playground", (fox,)).addresses == frozenset()


def test_all_who_hold_a_job_are_left_out() -> None:
    second = staff(Recipient(address="second@holmnook.example", roles=(Role.DSL,), name="Ann Field"))
    assert conflicts("the DSL did nothing", (*EVERYBODY, second)).addresses == {
        "dsl@holmnook.example",
        "second@holmnook.example",
    }


@pytest.mark.parametrize(
    ("text", "unclear"),
    [
        ("the head is a bully", True),
        ("Mrs Marlowe, the head, is a bully", False),
        ("the deputy head is a bully", True),
        ("the SENCO never rings back", False),
        ("somebody in charge at that school knows", True),
        ("SLT looked away", True),
        ("the leadership team looked away", True),
        ("one of the senior staff did it", True),
        ("a dinner lady did it", False),
    ],
)
def test_it_is_unclear_who_is_meant_by_a_job_without_a_name(text: str, *, unclear: bool) -> None:
    assert conflicts(text, EVERYBODY).unclear is unclear


def test_a_configured_job_word_counts_as_one() -> None:
    executive = staff(Recipient(address="exec@holmnook.example", roles=(Role.CHAIR,)), ("the head",))
    about = conflicts("the head is a bully", (executive,))
    assert about.addresses == {"exec@holmnook.example"}
    assert about.unclear


def test_the_roles_of_a_named_person_are_told() -> None:
    assert conflicts("Mrs Brown", EVERYBODY).roles == {Role.DSL, Role.SENCO}
    assert conflicts("the DSL", EVERYBODY).roles == {Role.DSL}


def test_a_person_without_name_or_names_is_meant_by_job_words_only() -> None:
    plain = staff(Recipient(address="a@holmnook.example", roles=(Role.HEAD,), name="…"), ("", "  "))
    assert plain == Staff(plain.recipient)
    assert conflicts("the headteacher", (plain,)).addresses == {"a@holmnook.example"}


@pytest.mark.parametrize("name", ["Headteacher", "The Head", "Admin Team", "Holm Nook School"])
def test_a_mailbox_is_no_person(name: str) -> None:
    mailbox = staff(Recipient(address="a@holmnook.example", roles=(Role.OFFICE,), name=name))
    assert conflicts("Team School Admin Headteacher holm nook school", (mailbox,)).addresses == frozenset()


@pytest.mark.parametrize("name", ["", " ", "The Gaffer", "our Miss", "Deputy Head", "School Office", "DSL"])
def test_a_job_is_not_what_one_person_is_called(name: str) -> None:
    assert is_post(name)


@pytest.mark.parametrize("name", ["Zoë Marlowe", "Marly", "…", "Thea Ourman"])
def test_a_name_is_no_job(name: str) -> None:
    assert not is_post(name)


def test_what_several_posts_speak_of_is_put_together() -> None:
    both = together([conflicts("Mrs Marlowe", EVERYBODY), conflicts("the deputy head", EVERYBODY)])
    assert both.addresses == {"head@holmnook.example", "dep@holmnook.example"}
    assert both.roles == {Role.HEAD, Role.DEPUTY_HEAD}
    assert both.unclear
    assert together([]) == NOBODY == About()


@given(st.text(max_size=200))
def test_no_text_breaks_the_search(text: str) -> None:
    assert conflicts(text, EVERYBODY).addresses <= {one.recipient.address.casefold() for one in EVERYBODY}


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_name_breaks_the_search(name: str, nickname: str) -> None:
    person = staff(Recipient(address="a@holmnook.example", name=name), (nickname,))
    assert isinstance(conflicts(f"{name} {nickname}", (person,)), About)
