"""Medians and percentiles of histograms, and changes in per cent; pure."""

from __future__ import annotations

from collections.abc import Mapping


def quantile(counts: Mapping[float, int], share: float) -> float | None:
    """The smallest value that at least `share` (0..1) of all do not exceed; None where there is nothing.

    The nearest-rank definition: always a value that occurred.
    """
    total = sum(counts.values())
    seen = 0
    for value in sorted(counts):
        seen += counts[value]
        if seen >= share * total:
            return value
    return None


def median(counts: Mapping[float, int]) -> float | None:
    """The middle value; the mean of the two middle ones where their number is even."""
    values = [v for v in sorted(counts) if counts[v]]
    total = sum(counts[v] for v in values)
    if not total:
        return None
    middle = [_ranked(values, counts, rank) for rank in ((total - 1) // 2, total // 2)]
    return sum(middle) / 2


def percent(now: float, before: float) -> float | None:
    """The change in per cent of `before`, to one decimal; None where `before` was zero."""
    return round(100 * (now - before) / before, 1) if before else None


def _ranked(values: list[float], counts: Mapping[float, int], rank: int) -> float:
    for value in values:
        rank -= counts[value]
        if rank < 0:
            return value
    raise ValueError("no such rank")
