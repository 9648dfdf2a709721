"""From held-out scores to probabilities and thresholds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import exp

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

# What is routed without a person asking must be right this often (held-out, by voice).
PRECISION = 0.97


# Decided clues of an installation: always learnt from, never a fold of their own, so the folds stay frozen.
OFFICER = "officer"


def folds(voices: Sequence[str], count: int = 5) -> npt.NDArray[np.int64]:
    """The fold of each row, whole voices together, sizes evened out; -1 for an officer's decision."""
    sizes = Counter(voice for voice in voices if voice != OFFICER)
    load = [0] * count
    home: dict[str, int] = {OFFICER: -1}
    for voice in sorted(sizes, key=lambda name: (-sizes[name], name)):
        home[voice] = load.index(min(load))
        load[home[voice]] += sizes[voice]
    return np.array([home[voice] for voice in voices], np.int64)


def softmax(scores: Array) -> Array:
    """Rows that sum to one."""
    shifted = np.exp(scores - scores.max(axis=-1, keepdims=True))
    normed: Array = shifted / shifted.sum(axis=-1, keepdims=True)
    return normed


def shares(scores: Sequence[float]) -> list[float]:
    """softmax of one short row; without arrays, whose fixed cost would outweigh nineteen numbers."""
    most = max(scores)
    odds = [exp(score - most) for score in scores]
    total = sum(odds)
    return [odd / total for odd in odds]


def temperature(scores: Array, labels: npt.NDArray[np.int64]) -> float:
    """The factor on the scores at which the held-out labels are likeliest (Guo et al. 2017, its inverse)."""
    grid = np.geomspace(0.3, 30, 120)
    rows = np.arange(len(labels))
    loss = [-np.log(softmax(scores * factor)[rows, labels] + 1e-12).mean() for factor in grid]
    return float(grid[int(np.argmin(loss))])


def threshold(confidence: Array, right: npt.NDArray[np.bool_], precision: float = PRECISION) -> float:
    """The lowest confidence above which the share of right ones reaches `precision`; 1 if none does."""
    order = np.argsort(-confidence)
    share = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(share >= precision)
    return float(confidence[order[good[-1]]]) if len(good) else 1.0


def best_threshold(confidence: Array, right: npt.NDArray[np.bool_], wanted: int, beta: float) -> float:
    """The threshold with the best F-beta when `wanted` positives exist in all; below one, beta prefers precision."""
    order = np.argsort(-confidence)
    hits = np.cumsum(right[order])
    square = beta * beta
    score = (1 + square) * hits / (np.arange(1, len(order) + 1) + square * max(1, wanted))
    return float(confidence[order[int(np.argmax(score))]]) if len(order) else 1.0


def bins(confidence: Array, right: npt.NDArray[np.bool_], count: int = 10) -> list[list[float]]:
    """For each bin of equal width that is not empty: mean confidence, share right, number."""
    place = np.minimum((confidence * count).astype(int), count - 1)
    inside = [place == number for number in range(count)]
    return [
        [float(confidence[some].mean()), float(right[some].mean()), int(some.sum())] for some in inside if some.any()
    ]


def expected_calibration_error(confidence: Array, right: npt.NDArray[np.bool_], count: int = 10) -> float:
    """The mean gap between confidence and share right over equal-width bins, weighted by their sizes."""
    rows = bins(confidence, right, count)
    return sum(abs(mean - share) * number for mean, share, number in rows) / max(1, len(confidence))
