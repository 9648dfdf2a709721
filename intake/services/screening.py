"""A large feed (messages of a hotline, a mailbox) screened for clues: candidates by confidence, and a sample of the rest.

Nothing of it is stored. The sample is for a person to read: what he finds in it says how much the screening misses.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from classifier import Classifier, Prediction
from intake.errors import InvalidInput
from intake.services.arrivals import FIELDS
from intake.services.spreadsheet import Sheet
from intake.services.triage import OUT_OF_SCOPE

MOST_ROWS = 20_000
SAMPLE = 200
#: The part of the rest that may be missed without one in a sample of n: 1 - 0.05 ** (1 / n), about 3 / n (rule of three).
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Judged:
    """A row of the feed (number from 1, cells as they came) with what the classifier makes of it."""

    number: int
    cells: tuple[str, ...]
    label: str
    probability: float
    certain: bool


@dataclass(frozen=True)
class Screening:
    """The outcome: candidates the likeliest first, a random sample of the rest, and how the rest was drawn from."""

    head: tuple[str, ...]
    candidates: Sequence[Judged]
    sample: Sequence[Judged]
    rest: int
    seed: int

    @property
    def missed_at_most(self) -> float:
        """The upper end (95 %) of what part of the rest is missed if a person finds no clue in the sample."""
        return 1 - (1 - CONFIDENCE) ** (1 / len(self.sample)) if self.sample else 0.0


def screen(sheet: Sheet, classifier: Classifier, *, column: int, seed: int, size: int = SAMPLE) -> Screening:
    """Judge every row by the text in `column`; `seed` draws the sample. Raises InvalidInput for a column that is not there."""
    if not 0 <= column < len(sheet.head):
        raise InvalidInput("column", "choose_column")
    rows = [(number, row) for number, row in enumerate(sheet.rows, 1) if any(row)]
    predicted = classifier.predict_many(("", row[column]) for _, row in rows)
    judged = [_judged(*pair) for pair in zip(rows, predicted, strict=True)]
    within = sorted(
        (one for one in judged if one.label != OUT_OF_SCOPE), key=lambda one: (not one.certain, -one.probability)
    )
    rest = [one for one in judged if one.label == OUT_OF_SCOPE]
    drawn = random.Random(seed).sample(rest, min(size, len(rest)))  # noqa: S311  a sample to read, not a secret  # nosec B311
    return Screening(sheet.head, within, sorted(drawn, key=lambda one: one.number), len(rest), seed)


def text_column(sheet: Sheet) -> int:
    """The column whose head says that it holds what was reported, else the one with the longest texts."""
    for word in FIELDS["text"]:
        for at, cell in enumerate(sheet.head):
            if word in cell:
                return at
    first = sheet.rows[:200]
    return max(range(len(sheet.head)), key=lambda at: sum(len(row[at]) for row in first))


def _judged(numbered: tuple[int, tuple[str, ...]], prediction: Prediction) -> Judged:
    number, cells = numbered
    return Judged(number, cells, prediction.label, prediction.probability, prediction.abstained is None)
