"""The classifier: fit on labelled texts, predict a Prediction, save and load without pickle."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from classifier import calibration, evidence, figures, learning, storage
from classifier.features import Document, lexicon, read
from classifier.storage import ModelError
from classifier.taxonomy import OUT_OF_SCOPE, REASONS, SLUGS
from classifier.text import Segmenter, segmenter, stop_words
from classifier.vocabulary import Seen, Vocabulary

Array = npt.NDArray[np.float64]

__all__ = ["Classifier", "ModelError", "Prediction"]

TOO_SHORT, CLOSE, UNLIKE = "too_short", "close", "unlike"
# What a feature gave the first label over the mean of the next three: its part in the evidence.
_OVER_RIVALS = np.array([1, -1 / 3, -1 / 3, -1 / 3], np.float32)
# Fewer letters than this say too little to route by ("天天开会" is the shortest that does).
SHORTEST = 4


class Prediction(NamedTuple):
    """What the classifier makes of one text.

    probability: of `label`, calibrated on held-out voices. alternatives: the three likeliest, `label` first.
    evidence: half-open character spans of the body as given, sorted, apart. abstained: why a person must decide
    ("too_short", "close", "unlike"), or None. reason: one of the twelve out-of-scope reasons when `label` is
    out_of_scope. tokens: search-mode words of title and body, for index and similarity.
    """

    label: str
    probability: float
    alternatives: tuple[tuple[str, float], ...]
    secondary: tuple[str, ...]
    evidence: tuple[tuple[int, int], ...]
    abstained: str | None
    reason: str | None
    tokens: tuple[str, ...]


class Classifier:
    """A linear model over character runs, words, title and cues, with calibrated probabilities.

    Learned attributes end in `_`. Instances are safe to share between threads once fitted or loaded.
    """

    def __init__(self, penalty: float = learning.PENALTY, segmenter: Segmenter | None = None) -> None:
        self.penalty = penalty
        self._segmenter = segmenter

    # -- learning

    def fit(
        self,
        texts: Sequence[str],
        titles: Sequence[str],
        labels: Sequence[str],
        secondaries: Sequence[Sequence[str]],
        reasons: Sequence[str],
        voices: Sequence[str],
        weights: Sequence[float] | None = None,
    ) -> Classifier:
        """Learn from labelled texts; thresholds and temperature come from folds that hold out whole voices."""
        documents = [self._read(text, title) for text, title in zip(texts, titles, strict=True)]
        targets = learning.Targets.of(labels, secondaries, reasons, voices, weights)
        held, truth = learning.scored(learning.held_out(documents, targets, self.penalty), targets)
        self.companions_ = learning.companions(truth)
        self.settings_: dict[str, float] = figures.settings(held, truth, self.companions_)
        self.figures_: dict[str, Any] = figures.figures(held, truth, self.companions_, self.settings_)
        self._take(learning.learn(documents, targets, self.penalty))
        self.version_ = self._digest()
        return self

    def _take(self, learned: learning.Learned) -> None:
        self.vocabulary_ = learned.vocabulary
        # Rounded as it is stored, so that a loaded model is the same one.
        self.weights_ = learned.weights.astype(np.float16).astype(np.float32)
        self.intercepts_ = learned.intercepts

    def _digest(self) -> str:
        digest = hashlib.sha256(self.weights_.tobytes())
        digest.update(self.vocabulary_.tells_.tobytes())
        digest.update(repr(sorted(self.settings_.items())).encode())
        return digest.hexdigest()[:10]

    # -- what is known about the model

    @property
    def version(self) -> str:
        """Ten hexadecimal digits that change with the weights and the thresholds, and with nothing else."""
        return self.version_

    @property
    def figures(self) -> dict[str, Any]:
        """Held-out figures (voices unseen in training), stored with the model."""
        return self.figures_

    @property
    def threshold(self) -> float:
        """The probability below which a person decides."""
        return self.settings_["threshold"]

    def words_for(self, slug: str, n: int = 20) -> list[tuple[str, float]]:
        """The words that speak most for a category, with their weight over the mean of the others."""
        block = self.vocabulary_.block("words")
        weights = self.weights_[block, : len(SLUGS)]
        gain = (weights[:, SLUGS.index(slug)] - weights.mean(axis=1)) * self.vocabulary_.tells_[block]
        words = self.vocabulary_.words_
        ranked = (place for place in np.argsort(-gain).tolist() if _telling(words[place]))
        return [(words[place], float(gain[place])) for place in islice(ranked, n)]

    # -- prediction

    def predict(self, text: str, title: str = "") -> Prediction:
        """The prediction for one text."""
        return self._decide(self._read(text, title))

    def predict_many(self, pairs: Iterable[tuple[str, str]]) -> Iterator[Prediction]:
        """One prediction for each (title, text), as they come; never more than one in memory."""
        for title, text in pairs:
            yield self.predict(text, title)

    def _read(self, text: str, title: str) -> Document:
        if self._segmenter is None:
            self._segmenter = segmenter()
        return read(text, title, self._segmenter)

    def _decide(self, document: Document) -> Prediction:
        seen = self.vocabulary_.see(document)
        weights = self.weights_.take(seen.found.ids, axis=0)
        scores = seen.values @ weights + self.intercepts_
        chances = calibration.shares((scores[: len(SLUGS)] * self.settings_["temperature"]).tolist())
        order = sorted(range(len(SLUGS)), key=chances.__getitem__, reverse=True)[:4]
        label, sure = SLUGS[order[0]], chances[order[0]]
        gains = weights.take(order, axis=1) @ _OVER_RIVALS * seen.values
        return Prediction(
            label=label,
            probability=sure,
            alternatives=tuple([(SLUGS[place], chances[place]) for place in order[:3]]),
            secondary=self._secondary(scores, order[0]),
            evidence=evidence.spans(document, seen.found, gains),
            abstained=self._abstains(document, seen, sure),
            reason=self._reason(scores) if label == OUT_OF_SCOPE else None,
            tokens=tuple(document.words),
        )

    def _abstains(self, document: Document, seen: Seen, sure: float) -> str | None:
        if document.letters < SHORTEST:
            return TOO_SHORT
        if seen.known < self.settings_["known"]:
            return UNLIKE
        return CLOSE if sure < self.settings_["threshold"] else None

    def _secondary(self, scores: Array, first: int) -> tuple[str, ...]:
        rivals = learning.rivals(scores, self.companions_[first]).tolist()
        near = [place for place, much in enumerate(rivals) if much >= self.settings_["secondary"] and place != first]
        return tuple([SLUGS[place] for place in sorted(near, key=lambda place: -rivals[place])[:2]])

    def _reason(self, scores: Array) -> str:
        return REASONS[int(np.argmax(scores[-len(REASONS) :]))]

    # -- storage

    def save(self, path: str | Path, about: dict[str, Any] | None = None) -> None:
        """Write `path` (arrays) and `path`.json (what it is, its sha256); whole files or none."""
        storage.save(Path(path), self._arrays(), self._card() | (about or {}))

    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        return {
            "weights": self.weights_.astype(np.float16),
            "intercepts": self.intercepts_,
            "companions": self.companions_,
            **{f"hashes{place}": hashes for place, hashes in enumerate(self.vocabulary_.hashes_)},
            "tells": self.vocabulary_.tells_,
            "words": np.frombuffer("\n".join(self.vocabulary_.words_).encode(), np.uint8),
        }

    def _card(self) -> dict[str, Any]:
        return {
            "version": self.version_,
            "labels": list(SLUGS),
            "cues": list(lexicon().names),
            "settings": self.settings_,
            "figures": self.figures_,
        }

    @classmethod
    def load(cls, path: str | Path) -> Classifier:
        """The saved classifier; ModelError when it is missing, corrupt or made by other versions."""
        arrays, card = storage.load(Path(path), labels=list(SLUGS), cues=list(lexicon().names))
        model = cls()
        words = arrays["words"].tobytes().decode().split("\n")
        hashes = [arrays[name] for name in sorted(arrays) if name.startswith("hashes")]
        model.vocabulary_ = Vocabulary(hashes, words, arrays["tells"])
        model.weights_, model.intercepts_ = arrays["weights"].astype(np.float32), arrays["intercepts"]
        model.companions_ = arrays["companions"]
        model.settings_, model.figures_, model.version_ = card["settings"], card["figures"], card["version"]
        return model


def _telling(word: str) -> bool:
    return len(word) > 1 and word not in stop_words() and not word.isdigit()
