"""Fitting: sparse features, one linear model a label, held-out scores by voice. The only user of scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from classifier import calibration
from classifier.features import Document
from classifier.taxonomy import IN_SCOPE, REASONS, SLUGS
from classifier.vocabulary import Found, Vocabulary

PENALTY = 1.0
# Share and smoothing of naive Bayes, chosen on held-out voices and held-out writers (search: docs).
BAYES = 0.1
BAYES_SMOOTHING = 0.1
COMPANION_SHARE = 0.5

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Targets:
    """The labels of the training rows as numbers."""

    labels: Ints
    touched: npt.NDArray[np.bool_]  # rows × categories in scope: primary or secondary
    reasons: Ints  # -1 outside out_of_scope
    voices: Sequence[str]
    weights: Array

    @classmethod
    def of(
        cls,
        labels: Sequence[str],
        secondaries: Sequence[Sequence[str]],
        reasons: Sequence[str],
        voices: Sequence[str],
        weights: Sequence[float] | None,
    ) -> Targets:
        """From slugs; ValueError for one that is unknown."""
        touched = np.array(
            [[s == label or s in more for s in IN_SCOPE] for label, more in zip(labels, secondaries, strict=True)]
        )
        return cls(
            _numbers(labels, SLUGS),
            touched,
            _numbers(reasons, REASONS),
            voices,
            np.ones(len(labels)) if weights is None else np.asarray(weights, np.float64),
        )

    def take(self, rows: Ints) -> Targets:
        """The same for some of the rows."""
        voices = [self.voices[row] for row in rows.tolist()]
        return Targets(self.labels[rows], self.touched[rows], self.reasons[rows], voices, self.weights[rows])


def _numbers(names: Sequence[str], known: Sequence[str]) -> Ints:
    unknown = set(names) - set(known) - {""}
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    return np.array([known.index(name) if name else -1 for name in names], np.int64)


@dataclass(frozen=True)
class Learned:
    """A vocabulary and its weights: features × (labels, touched categories, reasons)."""

    vocabulary: Vocabulary
    weights: npt.NDArray[np.float32]
    intercepts: Array

    def scores(self, document: Document) -> tuple[Array, float]:
        """The scores of all columns, and how much of the document was known."""
        seen = self.vocabulary.see(document)
        return seen.values @ self.weights[seen.found.ids] + self.intercepts, seen.known


@dataclass(frozen=True)
class HeldOut:
    """Scores of each row by a model that saw none of its voice."""

    scores: Array
    known: Array
    folds: Ints


def companions(targets: Targets) -> Array:
    """labels × categories in scope: what the log rate, smoothed, at which a category is secondary beside a label
    speaks for it."""
    beside = targets.touched & (targets.labels[:, None] != np.arange(len(IN_SCOPE)))
    counts = np.full((len(SLUGS), len(IN_SCOPE)), 0.3)
    np.add.at(counts, targets.labels, beside)
    rates = counts / (np.bincount(targets.labels, minlength=len(SLUGS))[:, None] + 5)
    return COMPANION_SHARE * np.log(rates)


def rivals(scores: Array, beside: Array) -> Array:
    """How much each category in scope speaks for being secondary: its scores as a rival of the first and as one
    touched at all, and how often it goes along."""
    rival, touched = scores[..., : len(IN_SCOPE)], scores[..., len(SLUGS) : len(SLUGS) + len(IN_SCOPE)]
    summed: Array = rival + touched + beside
    return summed


def learn(documents: Sequence[Document], targets: Targets, penalty: float = PENALTY) -> Learned:
    """Fit vocabulary and weights on all the rows given."""
    vocabulary, found = Vocabulary.learn(documents, targets.labels)
    matrix = as_matrix(vocabulary, found)
    out = np.flatnonzero(targets.reasons >= 0)
    parts = [
        one_vs_rest(matrix, targets.labels, len(SLUGS), targets.weights, penalty),
        _each(matrix, targets.touched, targets.weights, penalty),
        one_vs_rest(matrix[out], targets.reasons[out], len(REASONS), targets.weights[out], penalty),
    ]
    weights = np.concatenate([part[0] for part in parts]).T
    return Learned(vocabulary, np.ascontiguousarray(weights, np.float32), np.concatenate([part[1] for part in parts]))


def as_matrix(vocabulary: Vocabulary, found: Sequence[Found]) -> Any:
    """Documents × features, sparse, from what was found in each."""
    from scipy.sparse import csr_matrix

    starts = np.concatenate([[0], np.cumsum([len(one.ids) for one in found])])
    ids, values = np.concatenate([one.ids for one in found]), np.concatenate([vocabulary.weigh(one) for one in found])
    return csr_matrix((values, ids, starts), shape=(len(found), vocabulary.size), dtype=np.float64)


def one_vs_rest(
    matrix: Any, labels: Ints, count: int, weights: Array, penalty: float, bayes: float = BAYES
) -> tuple[Array, Array]:
    """Slopes (labels × features) and intercepts: one SVM a label, rare labels counting for more, plus a share of
    complement naive Bayes, which knows less but is less easily misled by a stranger's register."""
    texts = np.maximum(1, np.bincount(labels, minlength=count))
    rarity = np.sqrt(len(labels) / (count * texts))
    slopes, intercepts = _each(matrix, labels[:, None] == np.arange(count), weights, penalty, rarity)
    return slopes + bayes * complement_bayes(matrix, labels, count, weights), intercepts


def complement_bayes(matrix: Any, labels: Ints, count: int, weights: Array) -> Array:
    """Log weights (labels × features) of complement naive Bayes (Rennie et al. 2003), centred over the labels."""
    from scipy.sparse import csr_matrix

    rows = np.arange(len(labels))
    inside = (csr_matrix((weights, (labels, rows)), shape=(count, len(labels))) @ matrix).toarray()
    outside = inside.sum(axis=0) - inside + BAYES_SMOOTHING
    logs = -np.log(outside / outside.sum(axis=1, keepdims=True))
    centred: Array = logs - logs.mean(axis=0)
    return centred


def _each(
    matrix: Any, columns: npt.NDArray[np.bool_], weights: Array, penalty: float, rarity: Array | None = None
) -> tuple[Array, Array]:
    """One linear SVM a column, its cases weighed by its rarity; a column without a case stays far below."""
    from sklearn.svm import LinearSVC

    slopes, intercepts = np.zeros((columns.shape[1], matrix.shape[1])), np.full(columns.shape[1], -2.0)
    for place, column in enumerate(columns.T):
        if column.any() and not column.all():
            weighed = weights if rarity is None else np.where(column, weights * rarity[place], weights)
            fitted = LinearSVC(C=penalty, random_state=0).fit(matrix, column, weighed)
            slopes[place], intercepts[place] = fitted.coef_[0], fitted.intercept_[0]
    return slopes, intercepts


def held_out(documents: Sequence[Document], targets: Targets, penalty: float = PENALTY) -> HeldOut:
    """Every row scored by a model that never heard its voice."""
    folds = calibration.folds(targets.voices)
    scores = np.zeros((len(documents), len(SLUGS) + len(IN_SCOPE) + len(REASONS)))
    known = np.ones(len(documents))
    for fold in np.unique(folds[folds >= 0]):
        rest, rows = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        learned = learn([documents[row] for row in rest.tolist()], targets.take(rest), penalty)
        for row in rows.tolist():
            scores[row], known[row] = learned.scores(documents[row])
    return HeldOut(scores, known, folds)


def scored(held: HeldOut, targets: Targets) -> tuple[HeldOut, Targets]:
    """Only the rows that were held out at all: an officer's decisions never are."""
    rows = np.flatnonzero(held.folds >= 0)
    return HeldOut(held.scores[rows], held.known[rows], held.folds[rows]), targets.take(rows)
