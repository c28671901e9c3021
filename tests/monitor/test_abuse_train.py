"""Training reads only known files, gives the same bytes twice, and measuring writes the card's tables."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from monitor import evaluate
from monitor.abuse import corpora, linear, noise, train
from monitor.abuse.corpora import CORPORA, Row, UnknownFile, check_folder

TYPES = {"Insult": 0.5, "Profane/Obscene": 0.0, "Identity based Attack": 0.4, "Threat": 0.3}
EXTRA: dict[str, list[dict[str, Any]]] = {
    "edos_train": [{"category": "1. threats", "abuse": 1}, {"category": "none", "abuse": 0}],
    "civil_spans": [{"types": TYPES, "abuse": 1}, {"types": None, "abuse": 0}],
    "wiki_talk": [{"abuse": 1}, {"abuse": 0}],
    "paradetox": [{"abuse": 1}, {"abuse": 0}],
    "davidson": [{"class": 0, "abuse": 1}, {"class": 1, "abuse": 1}, {"class": 2, "abuse": 0}],
    "misogyny_train": [{"abuse": 1}, {"abuse": 0}],
    "hatemojibuild_train": [{"type": "threateninglanguage", "abuse": 1}, {"type": "none", "abuse": 0}],
    "fox_news": [{"abuse": 1}, {"abuse": 0}],
    "identity_templates": [{"abuse": 1}, {"abuse": 0}],
    "nhs_feedback": [{"criticality": -3, "abuse": 0}, {"criticality": 2, "abuse": 0}],
}
MENTION = {
    "id": "D1", "source_kind": "tweet", "title": "", "text": "gonna stab that teacher at Holm Nook",
    "refers_to_school": True, "categories": ["threat_violence"], "sentiment": "neg", "severity": "critical", "needs_response_24h": True,
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "data"
    place.mkdir()
    for name, kinds in EXTRA.items():
        with gzip.open(place / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
            for number in range(30):
                for kind in kinds:
                    mood = "you vile rotten fool" if kind["abuse"] else "kind calm words"
                    file.write(json.dumps({"text": f"{mood} number {number} of {name}", **kind}) + "\n")
    (place / corpora.PROFANITIES).write_text(
        "text,severity_rating\nrotten,2.0\nx y,3\nmild,1.0\n", encoding="utf-8"
    )
    rows = [MENTION, {**MENTION, "title": "Thanks", "text": "lovely", "refers_to_school": False}]
    (place / "mentions_dev.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return place


@pytest.fixture(autouse=True)
def _few_templates(monkeypatch: pytest.MonkeyPatch) -> None:
    made = [Row("templates", "i like them", {"abuse": (0.0, 1.0)})]
    monkeypatch.setattr(train, "made_up", lambda: iter(made))
    monkeypatch.setattr(train, "EPOCHS", 2)


def test_the_same_data_give_the_same_bytes(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one.npz", "two.npz"):
        assert train.main([str(folder), "--out", str(tmp_path / name)]) == 0
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    model = linear.load(tmp_path / "one.npz")
    assert model.heads("you vile rotten fool")["abuse"] > model.heads("kind calm words")["abuse"]
    told = capsys.readouterr().err
    assert all(corpus.licence in told for corpus in CORPORA.values())


def test_an_unknown_file_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "leaked.jsonl.gz").touch()
    assert train.main([str(folder)]) == 2
    assert "leaked.jsonl.gz" in capsys.readouterr().err


def test_a_missing_corpus_is_refused(folder: Path) -> None:
    (folder / "davidson.jsonl.gz").unlink()
    with pytest.raises(UnknownFile, match="davidson"):
        check_folder(folder)


def test_held_out_texts_are_never_trained_on(folder: Path) -> None:
    fitted, kept = train.split(folder)
    assert kept
    assert not {row.text for row in fitted} & {row.text for row in kept}


def test_noise_changes_texts_and_keeps_labels() -> None:
    dice = np.random.Generator(np.random.PCG64(1))
    source = [Row("x", "perfectly ordinary sentence about schools", {"abuse": (1.0, 1.0)})] * 60
    copies = list(noise.noisy(source, dice))
    assert 5 < len(copies) < 60
    assert len({copy.text for copy in copies}) > 5
    assert all(copy.targets == source[0].targets for copy in copies)
    assert noise.disguised("a b", dice) == "a b"


def test_templates_name_every_group_and_know_what_they_mean() -> None:
    made = list(noise.made_up())
    assert not any("{" in row.text for row in made)
    assert {row.targets["abuse"][0] for row in made} == {0.0, 1.0}


def test_figures_go_between_the_marks_of_the_card(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    card = tmp_path / "CARD.md"
    card.write_text(f"before\n{evaluate.START}\nold\n{evaluate.END}\nafter\n", encoding="utf-8")
    exam = folder / "mentions_dev.jsonl"
    school = Path(__file__).with_name("data") / "holm-nook.toml"
    asked = [str(folder), "--card", str(card), "--school", str(school), "--exam", str(exam)]
    assert evaluate.main(asked) == 0
    text = card.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text
    assert "| severity exact | 1.000 | 1.000 |" in text
    assert "| critical found / missed / wrongly given | 1 / 0 / 0 | 1 / 0 / 0 |" in text
    assert "of VADER's speed" in capsys.readouterr().out


def test_a_card_without_marks_and_a_folder_with_strangers_are_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="marks"):
        evaluate.put_into("no marks", "x")
    (folder / "strange").touch()
    assert evaluate.main([str(folder)]) == 2


def test_auroc_counts_ties_as_halves() -> None:
    assert evaluate.auroc([1, 0], [0.9, 0.1]) == 1.0
    assert evaluate.auroc([1, 0], [0.5, 0.5]) == 0.5
    assert np.isnan(evaluate.auroc([1, 1], [0.5, 0.5]))
