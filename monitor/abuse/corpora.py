"""The corpora that may train the abuse model: names, licences, and what each label is worth.

A row trains only the heads that its corpus says something about; the others are left out (weight 0).
"""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

Targets: TypeAlias = Mapping[str, tuple[float, float]]
"""For each head that is known: the label (0 or 1) and its weight."""

LONGEST = 700
"""Characters of a training text that are read: what comes later in a long one is rarely why it was labelled."""

VOTED = 0.3
"""Share of annotators from which a type of toxicity counts as present."""


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled text."""

    corpus: str
    text: str
    targets: Targets = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Corpus:
    """A corpus we know: whose it is, on what terms, and how its labels are read."""

    origin: str
    licence: str
    targets: Callable[[Mapping[str, Any]], Targets]


class UnknownFile(Exception):
    """The folder holds something that is not a known corpus, or lacks one."""


def _clean(weight: float) -> dict[str, tuple[float, float]]:
    """A text that is not abusive is none of the special things either."""
    return dict.fromkeys(("abuse", "threat", "insult", "identity_hate", "sexism"), (0.0, weight))


def _edos(row: Mapping[str, Any]) -> Targets:
    if not row["abuse"]:
        return {"abuse": (0.0, 0.12), "sexism": (0.0, 1.0), "threat": (0.0, 0.5)}
    threat = 1.0 if str(row["category"]).startswith("1") else 0.0
    return {"abuse": (1.0, 1.0), "sexism": (1.0, 1.0), "threat": (threat, 1.0 + 3.0 * threat)}


def _civil(row: Mapping[str, Any]) -> Targets:
    types = row.get("types") or {}
    insult, profane, identity, threat = (
        float(types.get(name, 0.0) >= VOTED)
        for name in ("Insult", "Profane/Obscene", "Identity based Attack", "Threat")
    )
    return {
        "abuse": (float(row["abuse"]), 1.0 if row["abuse"] else 0.6),
        "insult": (insult, 1.0),
        "profanity": (profane, 1.0),
        "identity_hate": (identity, 1.0),
        "threat": (threat, 1.0 + threat),
    }


def _wiki(row: Mapping[str, Any]) -> Targets:
    return {"abuse": (1.0, 4.0), "insult": (1.0, 1.0)} if row["abuse"] else _clean(0.7)


def _paradetox(row: Mapping[str, Any]) -> Targets:
    return {"abuse": (1.0, 1.0)} if row["abuse"] else {**_clean(0.8), "complaint": (0.0, 0.03)}


def _davidson(row: Mapping[str, Any]) -> Targets:
    hate, neither = row["class"] == 0, row["class"] == 2  # noqa: PLR2004 -- the corpus numbers its classes
    if neither:
        return _clean(0.6)
    return {"abuse": (1.0, 0.8 if hate else 0.2), "identity_hate": (float(hate), 1.0 if hate else 0.3)}


def _misogyny(row: Mapping[str, Any]) -> Targets:
    if not row["abuse"]:
        return {"abuse": (0.0, 0.15), "sexism": (0.0, 1.0)}
    return {"abuse": (1.0, 1.0), "sexism": (1.0, 1.5)}


def _hatemoji(row: Mapping[str, Any]) -> Targets:
    if not row["abuse"]:
        return _clean(1.0)
    threat = float(row["type"] == "threateninglanguage")
    return {"abuse": (1.0, 1.0), "identity_hate": (1.0, 1.0), "threat": (threat, 1.0 + 2.0 * threat)}


def _fox(row: Mapping[str, Any]) -> Targets:
    return {"abuse": (1.0, 0.6), "identity_hate": (1.0, 0.6)} if row["abuse"] else {"abuse": (0.0, 0.3)}


def _templates(row: Mapping[str, Any]) -> Targets:
    return {"abuse": (1.0, 0.5)} if row["abuse"] else _clean(0.7)


def _nhs(row: Mapping[str, Any]) -> Targets:
    return {**_clean(3.0), "profanity": (0.0, 1.0), "complaint": (float(row["criticality"] < 0), 1.0)}


CORPORA: Mapping[str, Corpus] = {
    "edos_train": Corpus("rewire-online/edos", "CC0-1.0", _edos),
    "civil_spans": Corpus("ipavlopoulos/toxic_spans (Civil Comments)", "CC0-1.0", _civil),
    "wiki_talk": Corpus(
        "ipavlopoulos/context_toxicity, conversationai/unintended-ml-bias-analysis",
        "labels Apache-2.0 / CC-BY-4.0; comments by Wikipedia contributors, CC-BY-SA",
        _wiki,
    ),
    "paradetox": Corpus("s-nlp/paradetox", "CC0-1.0", _paradetox),
    "davidson": Corpus("t-davidson/hate-speech-and-offensive-language", "MIT", _davidson),
    "misogyny_train": Corpus("ellamguest/online-misogyny-eacl2021", "MIT", _misogyny),
    "hatemojibuild_train": Corpus("HannahKirk/Hatemoji (HatemojiBuild)", "CC-BY-4.0", _hatemoji),
    "fox_news": Corpus("sjtuprog/fox-news-comments", "MIT", _fox),
    "identity_templates": Corpus("conversationai/unintended-ml-bias-analysis", "CC-BY-4.0", _templates),
    "nhs_feedback": Corpus("CDU-data-science-team/pxtextmining", "MIT", _nhs),
}
"""Every corpus that may be read; the file is the name with ``.jsonl.gz``."""

PROFANITIES = "lexicon_surge_profanity_en.csv"
"""surge-ai/profanity, MIT: marks which texts swear, for the head *profanity*."""

ALSO_THERE = frozenset(
    {"lexicon_dsojevic_en.json", "mentions_dev.jsonl", "MENTIONS.md", "README.md", PROFANITIES}
)
"""Files that may lie in the same folder."""


def check_folder(folder: Path) -> None:
    """Refuse a folder that holds a file we do not know, or lacks one. Raises ``UnknownFile``."""
    names = {path.name for path in folder.iterdir()}
    known = {f"{name}.jsonl.gz" for name in CORPORA}
    if strange := sorted(names - known - ALSO_THERE):
        raise UnknownFile(f"{folder} holds files whose licence nobody has told us: {', '.join(strange)}")
    if missing := sorted((known | {PROFANITIES}) - names):
        raise UnknownFile(f"{folder} lacks {', '.join(missing)}")


def rows(folder: Path) -> Iterator[Row]:
    """Every labelled text of the known corpora, in a fixed order."""
    for name, corpus in CORPORA.items():
        with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                yield Row(name, row["text"][:LONGEST], corpus.targets(row))


def profanities(folder: Path) -> frozenset[str]:
    """Single swear words of at least middling strength, for weak labels."""
    with (folder / PROFANITIES).open(encoding="utf-8", newline="") as file:
        return frozenset(
            entry["text"].lower()
            for entry in csv.DictReader(file)
            if entry["text"].isalpha() and float(entry["severity_rating"]) >= 1.4  # noqa: PLR2004 -- "69" and "arse" rate less
        )
