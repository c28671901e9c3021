"""The tone is VADER's own number, on a bounded text."""

from __future__ import annotations

import pytest
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from monitor.model import WINDOW
from monitor.sentiment import ToneScorer


@pytest.fixture(scope="module")
def tone() -> ToneScorer:
    return ToneScorer()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Holm Nook is GREAT!!!",
        "not good at all :(",
        "The office never answers, but the staff are lovely 😀",
    ],
    ids=["nothing", "praise", "complaint", "mixed"],
)
def test_the_number_is_vaders(tone: ToneScorer, text: str) -> None:
    assert tone.compound(text) == SentimentIntensityAnalyzer().polarity_scores(text)["compound"]


def test_what_lies_beyond_the_window_is_not_read(tone: ToneScorer) -> None:
    filler = "a " * (WINDOW // 2)
    assert tone.compound(filler + "terrible") == tone.compound(filler)


def test_a_flood_that_hangs_vader_is_cut(tone: ToneScorer) -> None:
    assert -1.0 <= tone.compound("good but " * 200_000) <= 1.0
