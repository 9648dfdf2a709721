"""Statistical disclosure control: small cells are hidden, and as many more as it takes that none can be computed.

A publication is a set of cells and of sums among them. What anybody can conclude from it about a hidden cell is the
range between two linear programmes: the least and the most it can be where every shown cell is what it is, every
sum holds and nothing hidden is under 1 (zeros are as a rule shown, so whoever looks may assume that). A publication
is safe when for every small cell that range reaches THRESHOLD and is at least THRESHOLD - 1 wide: nobody can even
tell that the cell is small.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

#: Counts from 1 to THRESHOLD - 1 are not shown (domain.md 4.2).
THRESHOLD = 5
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Sum(Generic[Key]):
    """A cell that is the sum of others."""

    whole: Key
    parts: tuple[Key, ...]


def small(value: int) -> bool:
    """Whether a count must not be shown."""
    return 0 < value < THRESHOLD


def hidden(cells: Mapping[Key, int], sums: Sequence[Sum[Key]]) -> frozenset[Key]:
    """The cells to leave out of a publication of `cells` so that it is safe.

    Zero is shown unless it must cover for another. Where nothing else helps, everything goes, the totals included.
    """
    gone = {key for key, value in cells.items() if small(value)}
    for key in sorted(gone, key=lambda one: (cells[one], repr(one))):
        while not _covered(key, cells, sums, gone):  # hiding more only widens what others can be: no second look
            more = _cover(key, cells, sums, gone)
            if more is None:
                return frozenset(cells)
            gone.add(more)
    return frozenset(gone)


def ranges(
    keys: Sequence[Key], cells: Mapping[Key, int], sums: Sequence[Sum[Key]], gone: set[Key]
) -> list[tuple[float, float]]:
    """What each of these hidden cells can be, at least and at most, for somebody who sees the rest."""
    unknown = sorted(gone, key=repr)
    at = {key: n for n, key in enumerate(unknown)}
    matrix, right = _equations(at, cells, sums)
    floors = [(min(1, cells[key]), None) for key in unknown]
    found = []
    for key in keys:
        aim = [0.0] * len(unknown)
        aim[at[key]] = 1.0
        least, most = (_extreme(aim, sign, matrix, right, floors) for sign in (1, -1))
        found.append((least, most))
    return found


def _covered(key: Key, cells: Mapping[Key, int], sums: Sequence[Sum[Key]], gone: set[Key]) -> bool:
    ((least, most),) = ranges([key], cells, sums, gone)
    return most >= THRESHOLD and most - least >= THRESHOLD - 1


def _equations(
    at: Mapping[Key, int], cells: Mapping[Key, int], sums: Sequence[Sum[Key]]
) -> tuple[list[list[float]], list[float]]:
    """The sums that touch a hidden cell, with everything shown brought to the right side."""
    matrix, right = [], []
    for one in sums:
        signed = [(one.whole, -1.0), *((part, 1.0) for part in one.parts)]
        if not any(key in at for key, _ in signed):
            continue
        row, rest = [0.0] * len(at), 0.0
        for key, sign in signed:
            if key in at:
                row[at[key]] += sign
            else:
                rest -= sign * cells[key]
        matrix.append(row)
        right.append(rest)
    return matrix, right


def _extreme(
    aim: list[float],
    sign: int,
    matrix: list[list[float]],
    right: list[float],
    floors: Sequence[tuple[int, None]],
) -> float:
    from scipy.optimize import linprog  # half a second, which only a publication needs

    done = linprog([sign * a for a in aim], A_eq=matrix or None, b_eq=right or None, bounds=floors, method="highs")
    return float("inf") if done.status == 3 else round(sign * float(done.fun), 6)


def _cover(key: Key, cells: Mapping[Key, int], sums: Sequence[Sum[Key]], gone: set[Key]) -> Key | None:
    """The next cell to hide: the smallest shown part of a sum that touches the cell, else the whole of one."""
    near = _near(key, sums, gone)
    parts = [p for one in near for p in one.parts if p not in gone and cells[p]]
    wholes = [one.whole for one in near if one.whole not in gone]
    zeros = [p for one in near for p in one.parts if p not in gone]
    for choices in (parts, wholes, zeros):
        if choices:
            return min(choices, key=lambda one: (cells[one], repr(one)))
    return None


def _near(key: Key, sums: Sequence[Sum[Key]], gone: set[Key]) -> list[Sum[Key]]:
    """The sums that the cell takes part in, and those its hidden neighbours take part in."""
    reached = {key}
    own = [one for one in sums if key in (one.whole, *one.parts)]
    if any(p not in gone for one in own for p in (one.whole, *one.parts)):
        return own
    for one in own:
        reached.update(k for k in (one.whole, *one.parts) if k in gone)
    return [one for one in sums if reached & {one.whole, *one.parts}]
