"""Promise: teaching is repeatable to the byte, refuses posts that are not what they should be, and finds what is there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from monitor.grading import teach
from monitor.grading.learned import HEADS, load
from monitor.grading.teach import BadPost, fit, joints, minimised, posts, table, vocabulary
from monitor.grading.wording import hashes, words

GRAVE = ("he hit the child", "the man grabbed a child", "child hit and hurt", "he hurt the boy at the gate")
KIND = (
    "lovely cakes at the fair",
    "thank you for the lovely fair",
    "cakes and a lovely play",
    "the play was lovely",
)


def row(post: str, **changes: Any) -> dict[str, Any]:
    kind = post in KIND
    return {
        "text": post,
        "title": "",
        "source_kind": "forum",
        "categories": ["praise_community" if kind else "child_safeguarding"],
        "severity": "none" if kind else "critical",
        "sentiment": "pos" if kind else "neg",
        "needs_response_24h": not kind,
    } | changes


def folder(tmp_path: Path, *rows: dict[str, Any]) -> Path:
    every = rows or [
        row(f"{text} {ending}") for text in (*GRAVE, *KIND) for ending in ("", "now", "again", "ok", "yes")
    ]
    (tmp_path / "posts.jsonl").write_text("".join(json.dumps(each) + "\n" for each in every))
    return tmp_path


def test_the_same_posts_teach_the_same_bytes(tmp_path: Path) -> None:
    source = folder(tmp_path, *(row(text) for text in (*GRAVE, *KIND) * 3))
    for name in ("one.npz", "other.npz"):
        assert teach.main(["--posts", str(source), "--out", str(tmp_path / name)]) == 0
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "other.npz").read_bytes()
    taught = load(tmp_path / "one.npz")
    assert taught.read(GRAVE[0]).logits["critical"] > 0 > taught.read(KIND[0]).logits["critical"]


@pytest.mark.parametrize(
    "changes",
    [{"categories": ["gossip"]}, {"categories": []}, {"severity": "dire"}, {"sentiment": "?"}, {"text": " "}],
    ids=str,
)
def test_a_wrong_post_is_refused_with_its_place(
    tmp_path: Path, changes: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    source = folder(tmp_path, row(GRAVE[0]), row(GRAVE[1], **changes))
    assert teach.main(["--posts", str(source), "--out", str(tmp_path / "w.npz")]) == 2
    assert "posts.jsonl:2" in capsys.readouterr().err


def test_no_posts_teach_nothing(tmp_path: Path) -> None:
    with pytest.raises(BadPost, match="no posts"):
        posts(tmp_path)


def test_our_own_posts_can_be_read_and_name_no_real_school() -> None:
    every = posts()
    assert len(every) > 4_000
    assert not [
        post for post in every if "moor nook" in post.whole.casefold() or "holm nook" in post.whole.casefold()
    ]


def test_only_what_stands_in_several_posts_is_learned() -> None:
    read = [hashes(words(text)) for text in ("a rare cat", "a dog", "a dog")]
    learned = vocabulary(read)
    known = set(learned.known[0].tolist())
    assert set(hashes(["dog"])[0].tolist()) <= known
    assert not set(hashes(["rare"])[0].tolist()) & known
    assert learned.size == sum(part.size for part in learned.known)


def test_a_head_learns_to_tell_its_posts_from_others() -> None:
    read = [hashes(words(text)) for text in (*GRAVE, *KIND)]
    true = np.array([True] * len(GRAVE) + [False] * len(KIND))
    data = table(read, vocabulary(read))
    scores = data.scores(fit(data, true))
    assert scores[true].min() > 0 > scores[~true].max()


def test_a_text_of_which_nothing_is_known_still_has_a_row() -> None:
    read = [hashes(words(text)) for text in (*GRAVE, *KIND)]
    data = table([*read, hashes([])], vocabulary(read))
    assert data.scores(np.ones(data.width))[-1] == pytest.approx(1.0)


def test_the_least_of_a_bowl_is_found() -> None:
    goal = np.array([3.0, -1.0, 0.5])
    weigh = np.array([1.0, 10.0, 100.0])

    def bowl(
        at: np.ndarray[Any, np.dtype[np.float64]],
    ) -> tuple[float, np.ndarray[Any, np.dtype[np.float64]]]:
        return float((weigh * (at - goal) ** 2).sum()), 2 * weigh * (at - goal)

    assert minimised(bowl, np.zeros(3)) == pytest.approx(goal, abs=0.01)


def test_a_rule_that_is_right_counts_more_than_one_that_guesses() -> None:
    dice = np.random.default_rng(7)
    true = dice.random((400, len(HEADS))) < 0.5
    right, guessing = true.copy(), dice.random(true.shape) < 0.5
    nothing = np.zeros(true.shape)
    assert (joints(nothing, right, true)[:, 1] > joints(nothing, guessing, true)[:, 1] + 1).all()
