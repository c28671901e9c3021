"""The tone of a text: VADER's own number, untouched, on a bounded piece of it."""

from __future__ import annotations

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from monitor.model import WINDOW


class ToneScorer:
    """VADER with its lexicon read once. Stateless after that: several threads may share one."""

    def __init__(self) -> None:
        self._analyser = SentimentIntensityAnalyzer()
        self._analyser.lexicon_full_filepath = self._analyser.emoji_full_filepath = ""  # what it has read

    def compound(self, text: str) -> float:
        """VADER's compound, -1 to 1, of at most the first ``WINDOW`` characters (it is quadratic)."""
        return float(self._analyser.polarity_scores(text[:WINDOW])["compound"])
