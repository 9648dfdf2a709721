"""How good a model is, on voices and clues that it has not seen; and whether another one is better."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from classifier import corpus, training
from classifier.corpus import Example
from classifier.model import Classifier

# A candidate that is worse by less than this on the frozen folds is as good: fold noise (measured, docs).
NOISE = 0.005


@dataclass(frozen=True, slots=True)
class Comparison:
    """A candidate and the model in service, right on the same texts, none of which either has learnt from.

    Accuracies; those on the latest decisions are None where there are none.
    """

    candidate: Classifier
    candidate_frozen: float
    current_frozen: float
    candidate_latest: float | None
    current_latest: float | None
    latest: int
    current_texts: int

    @property
    def better(self) -> bool:
        """The candidate gains somewhere and loses nowhere, the noise of the frozen folds apart."""
        frozen = self.candidate_frozen - self.current_frozen
        if self.candidate_latest is None or self.current_latest is None:
            return frozen > 0
        latest = self.candidate_latest - self.current_latest
        return frozen >= -NOISE and latest >= 0 and (frozen > 0 or latest > 0)


def compare(
    current: Classifier,
    extra: Iterable[Example],
    latest: Sequence[Example],
    shipped: Sequence[Example] | None = None,
) -> Comparison:
    """A candidate trained with `extra` against the model in service.

    The frozen folds are those of the shipped corpus: they depend on its voices only, and officers' decisions are
    never held out. Both models are judged on the corpus' texts, each scored by a fit that saw none of that voice;
    `current` carries its own figure from when it was trained. `latest` are the newest month's decisions: they
    must be neither in `extra` nor among what trained `current`.
    """
    rows = list(shipped) if shipped is not None else corpus.read()
    candidate = training.fit([*rows, *extra])
    return Comparison(
        candidate=candidate,
        candidate_frozen=frozen_accuracy(candidate),
        current_frozen=frozen_accuracy(current),
        candidate_latest=accuracy(candidate, latest),
        current_latest=accuracy(current, latest),
        latest=len(latest),
        current_texts=int(current.figures["texts"]),
    )


def frozen_accuracy(model: Classifier) -> float:
    """The share of the shipped corpus that was right when its voice was held out."""
    return float(model.figures["accuracy"])


def accuracy(model: Classifier, examples: Sequence[Example]) -> float | None:
    """The share of examples whose category the model finds, abstained or not; None for no examples."""
    if not examples:
        return None
    found = [model.predict(row.text, row.title).label == row.category for row in examples]
    return sum(found) / len(found)


def summary(figures: dict[str, Any]) -> str:
    """The held-out figures in four lines of Chinese."""
    border, secondary = figures["border"], figures["secondary"]
    return "\n".join(
        [
            f"留出口吻评估：{figures['texts']} 条，{figures['voices']} 种口吻；准确率 {figures['accuracy']:.1%}，"
            f"前三命中 {figures['top3']:.1%}，宏平均 F1 {figures['macro_f1']:.3f}，校准误差 {figures['ece']:.3f}",
            f"不弃权 {figures['coverage']:.1%}，其中正确 {figures['precision']:.1%}；"
            f"自动转办 {figures['routed']:.1%}，其中正确 {figures['routed_precision']:.1%}",
            f"18 类误作 99 类 {border['inside_called_outside']:.1%}，99 类误作 18 类 "
            f"{border['outside_called_inside']:.1%}；不计两者之分，准确率 {border['accuracy_with_the_two_as_one']:.1%}",
            f"副类精确率 {secondary['precision']:.1%}、召回率 {secondary['recall']:.1%}；"
            f"不受理原因准确率 {figures['reasons']:.1%}",
        ]
    )


def report(figures: dict[str, Any]) -> str:
    """The summary and one line a category: texts, precision, recall, F1, share not abstained on."""
    lines = [summary(figures), f"{'类别':<16}  条数   精确率  召回率      F1  不弃权"]
    for slug, row in figures["categories"].items():
        shares = "  ".join(f"{row[name]:6.3f}" for name in ("precision", "recall", "f1", "coverage"))
        lines.append(f"{slug:<16} {row['texts']:6d}  {shares}")
    return "\n".join(lines)
