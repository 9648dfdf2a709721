"""Who tells the same story: keys to find near duplicates by, and a likeness to judge them with. Pure.

People who tell one burden again change words and order, but hardly the rare characters: a name, a thing, a verb that few
texts need. Both keys and likeness therefore look at single characters in normal form, each weighed by how rare it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import combinations

import numpy as np
import numpy.typing as npt

from classifier.text import normalise, read_words

#: Keys are the pairs of a text's eight rarest characters: at most 28. Of rewritten texts 99 in 100 share one, and who
#: shares more of the characters shares more of the pairs.
RAREST = 8
#: From here on two texts are worth a person's look: chosen on the first half of tests/data/rewritten_pairs.jsonl.
ALIKE = 0.33
#: From here on one text is a copy of the other: a character or two in a hundred differ.
COPIED = 0.97

_TEXTS, _LETTERS = 5_876, 368_546  # of the corpus that data/characters.txt was counted in
_STRETCH = 8  # characters; an opening that both share letter for letter must not count for the rest
_PRIME = np.uint64(0x9E3779B97F4A7C15)

Codes = npt.NDArray[np.uint32]
Figures = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Letters:
    """A text as it is compared: the code points of its letters in reading order, and which there are at all."""

    codes: Codes
    held: npt.NDArray[np.bool_]


@cache
def _rates() -> Figures:
    """For each code point of the basic plane how many times it is expected in one letter of text (a Poisson rate)."""
    known = np.full(0x10000, 0.5)
    for line in read_words("characters.txt"):
        count, signs = line.split(" ", 1)
        known[[ord(sign) for sign in signs if ord(sign) < 0x10000]] = int(count)
    rates: Figures = -np.log1p(-known / (_TEXTS + 1)) * _TEXTS / _LETTERS
    return rates


def letters(text: str) -> Letters:
    """The letters of a text in normal form; punctuation, spaces and script make no difference."""
    plain = "".join(sign for sign in normalise(text) if sign.isalnum())
    codes = np.minimum(np.frombuffer(plain.encode("utf-32-le", "replace"), np.uint32), 0xFFFF)
    held = np.zeros(0x10000, bool)
    held[codes] = True
    return Letters(codes, held)


def keys(text: str) -> tuple[int, ...]:
    """What texts of one matter share at least one of: 0 to 2^63-1, distinct, the same on every machine; empty for no text."""
    distinct = np.unique(letters(text).codes)
    rarest = distinct[np.argsort(_rates()[distinct], kind="stable")[:RAREST]]
    packed = np.array([low | high << 21 for low, high in combinations(sorted(rarest.tolist()), 2)], np.uint64)
    return tuple(int(key) >> 1 for key in np.unique(_mix(packed * _PRIME)))


def likeness(a: str | Letters, b: str | Letters) -> float:
    """0 to 1: how far two texts say the same, chance taken out; 1 for the same letters, about 0 for different matters.

    The share of each text's characters that the other has, weighed by how surprising that is, and corrected for what a
    text of that length has by chance (as Cohen's kappa is); by stretches of eight characters, whose roots are averaged,
    so that many that agree in part count for more than few that agree wholly. The geometric mean of both directions.
    """
    left, right = (letters(one) if isinstance(one, str) else one for one in (a, b))
    if not len(left.codes) or not len(right.codes):
        return 0.0
    return float(np.sqrt(_covered(left, right) * _covered(right, left)))


def _covered(told: Letters, by: Letters) -> float:
    chance = -np.expm1(-_rates()[told.codes] * len(by.codes))
    weights = np.maximum(-np.log(chance), 1e-6)
    starts = np.arange(0, max(1, len(told.codes) - _STRETCH // 2), _STRETCH)
    whole, found, expected = (
        np.add.reduceat(figures, starts) for figures in (weights, weights * by.held[told.codes], weights * chance)
    )
    beyond = np.maximum(found - expected, 0) / np.maximum(whole - expected, 1e-9)
    return float((np.average(np.sqrt(np.minimum(beyond, 1)), weights=whole)) ** 2)


def _mix(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """The finaliser of splitmix64: every bit of the result depends on every bit given."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def shared_spans(text: str, other: str, least: int = 4) -> list[tuple[int, int]]:
    """Where `text` says, letter for letter, what `other` says too: spans [start, end) of at least `least` characters."""
    runs = {other[at : at + least] for at in range(len(other) - least + 1)}
    spans: list[tuple[int, int]] = []
    for at in range(len(text) - least + 1):
        if text[at : at + least] not in runs:
            continue
        if spans and at <= spans[-1][1]:
            spans[-1] = (spans[-1][0], at + least)
        else:
            spans.append((at, at + least))
    return spans
