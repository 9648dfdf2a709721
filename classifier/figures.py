"""What held-out scores say: the settings to predict with, and the figures to print and to store with the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from classifier import calibration, learning
from classifier.learning import Array, HeldOut, Ints, Targets
from classifier.taxonomy import IN_SCOPE, OUT_OF_SCOPE, REASONS, SLUGS

Mask = npt.NDArray[np.bool_]

# Below this share of known pairs and words a text is unlike the corpus: a margin under the strangest of its voices.
STRANGEST, MARGIN = 0.002, 0.85
# A wrong secondary label costs an officer more than a missing one.
BETA = 0.5
COVERAGES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


def settings(held: HeldOut, targets: Targets, companions: Array) -> dict[str, float]:
    """Temperature and thresholds, chosen on the held-out scores."""
    main = held.scores[:, : len(SLUGS)]
    heat = calibration.temperature(main, targets.labels)
    chances = calibration.softmax(main * heat)
    top, sure = chances.argmax(axis=1), chances.max(axis=1)
    return {
        "temperature": heat,
        "threshold": _threshold(sure, top == targets.labels, top != SLUGS.index(OUT_OF_SCOPE)),
        "known": float(np.quantile(held.known, STRANGEST)) * MARGIN,
        "secondary": _secondary_threshold(held, targets, companions, top),
    }


def _threshold(sure: Array, right: Mask, in_scope: Mask) -> float:
    """Precise enough over all that is not abstained on, and over what is routed to an office."""
    routed = calibration.threshold(sure[in_scope], right[in_scope])
    return max(routed, calibration.threshold(sure, right))


def _rivals(held: HeldOut, companions: Array, top: Ints) -> Array:
    """How much each category in scope speaks for being a secondary one beside the first; -inf for the first."""
    rivals = learning.rivals(held.scores, companions[top])
    return np.where(top[:, None] == np.arange(len(IN_SCOPE)), -np.inf, rivals)


def _wanted(targets: Targets) -> Mask:
    wanted: Mask = targets.touched & (targets.labels[:, None] != np.arange(len(IN_SCOPE)))
    return wanted


def _two_best(rivals: Array) -> Mask:
    best: Mask = rivals >= -np.sort(-rivals, axis=1)[:, 1:2]
    return best


def _secondary_threshold(held: HeldOut, targets: Targets, companions: Array, top: Ints) -> float:
    rivals, wanted = _rivals(held, companions, top), _wanted(targets)
    best = _two_best(rivals)
    return calibration.best_threshold(rivals[best], wanted[best], int(wanted.sum()), BETA)


@dataclass(frozen=True)
class _Decided:
    """The held-out rows as the settings decide them."""

    labels: Ints
    top: Ints
    sure: Array
    chances: Array
    kept: Mask

    @property
    def right(self) -> Mask:
        right: Mask = self.top == self.labels
        return right

    @property
    def routed(self) -> Mask:
        routed: Mask = self.kept & (self.top != SLUGS.index(OUT_OF_SCOPE))
        return routed


def figures(held: HeldOut, targets: Targets, companions: Array, chosen: dict[str, float]) -> dict[str, Any]:
    """Held-out figures, as plain numbers: overall, of what is not abstained on, per category, calibration."""
    chances = calibration.softmax(held.scores[:, : len(SLUGS)] * chosen["temperature"])
    top, sure = chances.argmax(axis=1), chances.max(axis=1)
    kept = (sure >= chosen["threshold"]) & (held.known >= chosen["known"])
    one = _Decided(targets.labels, top, sure, chances, kept)
    per = {slug: _category(place, one) for place, slug in enumerate(SLUGS)}
    best = np.argsort(-chances, axis=1)[:, :3]
    return {
        "texts": len(top),
        "voices": len(set(targets.voices)),
        "accuracy": float(one.right.mean()),
        "top3": float((best == targets.labels[:, None]).any(axis=1).mean()),
        "macro_f1": float(np.mean([row["f1"] for row in per.values()])),
        "coverage": float(kept.mean()),
        "precision": _mean(one.right[kept]),
        "routed": float(one.routed.mean()),
        "routed_precision": _mean(one.right[one.routed]),
        "ece": calibration.expected_calibration_error(sure, one.right),
        "border": _border(one),
        "secondary": _secondary(held, targets, companions, chosen["secondary"], top),
        "reasons": _reasons(held, targets),
        "risk_coverage": _risk_coverage(one),
        "reliability": calibration.bins(sure, one.right),
        "categories": per,
    }


def _mean(values: Mask) -> float:
    return float(values.mean()) if len(values) else 0.0


def _category(place: int, one: _Decided) -> dict[str, float]:
    called, true = one.top == place, one.labels == place
    hits = int((called & true).sum())
    precision, recall = hits / max(1, int(called.sum())), hits / max(1, int(true.sum()))
    return {
        "texts": int(true.sum()),
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / max(1e-9, precision + recall),
        "coverage": _mean(one.kept[true]),
        "kept_precision": _mean(one.right[one.kept & called]),
    }


def _border(one: _Decided) -> dict[str, float]:
    """Between perfunctory and out of scope: the share taken for the other side; and right outside that border."""
    inner, outer = SLUGS.index("perfunctory"), SLUGS.index(OUT_OF_SCOPE)
    both = np.isin(one.labels, (inner, outer)) & np.isin(one.top, (inner, outer))
    sides = np.where(one.top == outer, inner, one.top), np.where(one.labels == outer, inner, one.labels)
    return {
        "inside_called_outside": _mean(one.top[one.labels == inner] == outer),
        "outside_called_inside": _mean(one.top[one.labels == outer] == inner),
        "outside_called_in_scope": _mean(one.top[one.labels == outer] != outer),
        "right_between_the_two": _mean(one.right[both]),
        "accuracy_with_the_two_as_one": _mean(sides[0] == sides[1]),
    }


def _secondary(held: HeldOut, targets: Targets, companions: Array, threshold: float, top: Ints) -> dict[str, float]:
    """Precision and recall of the secondary labels; and the share of them that is the text's first or second."""
    rivals, wanted = _rivals(held, companions, top), _wanted(targets)
    given = _two_best(rivals) & (rivals >= threshold)
    hits = int((given & wanted).sum())
    return {
        "precision": hits / max(1, int(given.sum())),
        "recall": hits / max(1, int(wanted.sum())),
        "touched": int((given & targets.touched).sum()) / max(1, int(given.sum())),
        "given": float(given.any(axis=1).mean()),
    }


def _reasons(held: HeldOut, targets: Targets) -> float:
    """The share of texts out of scope whose reason is found."""
    rows = targets.reasons >= 0
    return _mean(held.scores[rows][:, -len(REASONS) :].argmax(axis=1) == targets.reasons[rows])


def _risk_coverage(one: _Decided) -> list[list[float]]:
    """The share right among the surest half, six tenths … of the texts."""
    right = one.right[np.argsort(-one.sure)]
    return [[share, _mean(right[: int(share * len(right))])] for share in COVERAGES]
