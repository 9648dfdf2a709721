"""When one matter suddenly comes in far more often than it used to."""

from __future__ import annotations

from math import exp, lgamma, log

#: The window that is judged and the time before it that says what is usual, in days.
RECENT_DAYS = 2
USUAL_DAYS = 28
#: Fewer are no burst, however quiet it was before.
LEAST = 5
#: A cluster without a history is taken to bring one clue in four days.
_QUIETEST = 0.5
#: A cluster of steady growth gives a false alarm about once in five years of windows.
_RARE = 0.001


def is_burst(recent: int, before: int) -> bool:
    """Whether `recent` clues in RECENT_DAYS are too many after `before` clues in the USUAL_DAYS before them.

    They are if a Poisson variable with the usual mean would reach that number less than once in a thousand windows: the
    rule by which outbreaks of disease are detected (Farrington and others, 1996, J. R. Statist. Soc. A 159, 547–563),
    without its corrections for season and trend, for which a cluster's history is too short.
    """
    return recent >= LEAST and chance(recent, usual(before)) < _RARE


def usual(before: int) -> float:
    """How many clues are to be expected in RECENT_DAYS after `before` clues in USUAL_DAYS."""
    return max(_QUIETEST, before * RECENT_DAYS / USUAL_DAYS)


def chance(count: int, mean: float) -> float:
    """The probability (0..1) that a Poisson variable of that mean is `count` or more."""
    below = sum(exp(n * log(mean) - mean - lgamma(n + 1)) for n in range(count))
    return max(0.0, 1 - below)
