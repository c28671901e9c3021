"""The abuse scorer finds threats, hostility and insults, keeps calm talk unflagged, and never fails."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from monitor import abuse
from monitor.abuse import FLAGGED, JointScorer, linear, load
from monitor.abuse.features import BUCKETS, features
from monitor.abuse.identities import GROUP, masked, names_group
from monitor.weights import Damaged
from tests.pace import within

GROUPS = ["women", "Muslims", "gay people", "disabled people", "immigrants", "travellers"]
WEIGHTS = Path(abuse.__file__).with_name("weights.npz")


@pytest.fixture(scope="module")
def scorer() -> JointScorer:
    return load()


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize(
    "sentence",
    [
        "I'm going to strangle some {g}",
        "{g} ought to be hanged",
        "I loathe {g}",
        "{g} are vermin",
        "{g} do not deserve rights",
        "I h4te {g}",
        "Ihate {g}",
        "I haet {g}",
        "{g} are dis gusting",
        "{g} aredisgusting animals",
    ],
)
def test_hostility_towards_a_group_is_flagged_in_any_spelling(
    scorer: JointScorer, sentence: str, group: str
) -> None:
    found = scorer.score(sentence.replace("{g}", group))
    assert found.probability >= FLAGGED
    assert found.heads["identity_hate"] >= FLAGGED


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize(
    "sentence",
    [
        "I am proud of the {g} in our school",
        "There are {g} here",
        "I don't hate {g}",
        "{g} are not vermin",
        "Saying {g} are vermin is racist",
    ],
)
def test_naming_a_group_or_denying_hostility_is_not_flagged(
    scorer: JointScorer, sentence: str, group: str
) -> None:
    assert scorer.score(sentence.replace("{g}", group)).probability < FLAGGED


@pytest.mark.parametrize(
    ("text", "head"),
    [
        ("i will find you and kill you", "threat"),
        ("I hope the head gets run over", "threat"),
        ("you are a fat useless cow", "insult"),
        ("what a cunt", "profanity"),
    ],
)
def test_attacks_on_a_person_are_flagged_and_explained(scorer: JointScorer, text: str, head: str) -> None:
    found = scorer.score(text)
    assert found.probability >= FLAGGED
    assert found.heads[head] >= FLAGGED
    assert found.grounds


@pytest.mark.parametrize(
    "text",
    [
        "I waited two hours and nobody explained why. Very poor communication.",
        "The food was cold and the portions too small.",
        "Staff were lovely but the car park is a nightmare.",
        "Our class killed it on stage tonight",
    ],
)
def test_complaints_and_idioms_are_not_flagged(scorer: JointScorer, text: str) -> None:
    assert scorer.score(text).probability < FLAGGED


HOSTILE = {
    "nothing": "",
    "nul": "\0" * 3000,
    "lone surrogates": "\ud800\udfff" * 3000,
    "ten megabytes": "kill the teacher " * 600_000,
    "a million emoji": "🔪" * 1_000_000,
    "combining marks": "a" + "\u0301" * 100_000,
    "stars": "k*l s*t " * 500,
    "letters": "a " * 5000,
    "glued": "disgustingdisgusting" * 200,
    "strange words": " ".join(f"qzx{number}x" for number in range(900)),
    "override": "\u202e" * 3000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_any_text_is_scored_in_bounded_time(scorer: JointScorer, text: str) -> None:
    scorer.score("warm up")
    with within(0.05):
        found = scorer.score(text)
    assert all(0.0 <= value <= 1.0 for value in (found.probability, *found.heads.values()))


def test_without_weights_the_rules_work_alone_and_say_so(tmp_path: Path) -> None:
    scorer = load(tmp_path / "none.npz")
    assert "missing" in scorer.ailment
    assert scorer.score("i will kill you").probability >= FLAGGED
    assert scorer.score("good morning").probability == 0.0


def test_the_shipped_weights_are_well_and_small() -> None:
    assert not load().ailment
    assert WEIGHTS.stat().st_size <= 2_000_000


def _rewrite(path: Path, **changes: NDArray[Any] | None) -> None:
    with np.load(WEIGHTS) as stored:
        arrays = {name: stored[name] for name in stored.files if name not in changes}
    arrays |= {name: part for name, part in changes.items() if part is not None}
    np.savez_compressed(path, **arrays)


@pytest.mark.parametrize(
    "changes",
    [
        {"weights": None},
        {"weights": np.zeros((2, 2), np.int8)},
        {"weights": np.zeros((len(linear.HEADS), BUCKETS), np.float32)},
        {"scale": None},
        {"bias": np.full(len(linear.HEADS), np.nan)},
        {"slope": np.ones(3)},
        {"shift": np.ones(len(linear.HEADS), np.float32)},
        {"common": None},
        {"common": np.zeros(3, np.int64)},
    ],
    ids=lambda changes: str(sorted(changes)),
)
def test_damaged_weights_are_refused(tmp_path: Path, changes: dict[str, NDArray[Any] | None]) -> None:
    _rewrite(tmp_path / "w.npz", **changes)
    with pytest.raises(Damaged):
        linear.load(tmp_path / "w.npz")


def test_a_cut_or_foreign_or_huge_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.npz"
    path.write_bytes(WEIGHTS.read_bytes()[:5000])
    assert load(path).ailment
    path.write_bytes(b"not a file of numbers")
    assert load(path).ailment
    shutil.copy(WEIGHTS, path)
    with path.open("ab") as file:
        file.truncate(linear.MAX_FILE + 1)
    assert load(path).ailment


def test_groups_are_one_word_to_the_model() -> None:
    assert names_group(["muslims"])
    assert not names_group(["teachers"])
    assert masked("black people and muslims") == f"{GROUP} and {GROUP}"
    assert np.array_equal(features("I like women"), features("I like Muslims"))


def test_features_are_the_same_everywhere() -> None:
    assert features("Hi you").tolist() == features("hi  YOU").tolist()
    assert features("").size >= 1
    assert int(features("a b c " * 50).max()) < BUCKETS
