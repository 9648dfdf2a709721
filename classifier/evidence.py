"""Which words of a text spoke for its label."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from classifier.features import Document
from classifier.text import Token, stop_words
from classifier.vocabulary import Found

MOST_SPANS = 6
# Marking more than a third of a text shows nothing any more.
MOST_SHARE = 0.35
# A word that gave less than this share of what the strongest gave is left unmarked.
LEAST_GAIN = 0.15
_GAP = 1

Span = tuple[int, int]


def spans(document: Document, found: Found, gains: npt.NDArray[np.floating]) -> tuple[Span, ...]:
    """Half-open spans of the body as given, sorted, apart from each other: the strongest words, neighbours joined.

    `gains` is what each of the seen features gave the label over its rivals.
    """
    size = len(document.normal.text)
    total = list(accumulate(accumulate(_steps(size, found, gains)), initial=0.0))
    words = _words(document.tokens, document.start)
    chosen = _strongest([(total[end] - total[start], start, end) for start, end in words], size - document.start)
    given = document.title_given
    marked = (document.normal.original(start, end) for start, end in _merge(chosen, _GAP))
    return tuple(_merge((start - given, end - given) for start, end in marked))


def _steps(size: int, found: Found, gains: npt.NDArray[np.floating]) -> list[float]:
    """How much the gain of each sign is above that of the one before: every occurrence spreads its own evenly over the
    signs it covers."""
    share = gains.take(found.indices) / found.lengths
    steps = np.bincount(found.starts, share, size + 1)
    steps -= np.bincount(found.starts + found.lengths, share, size + 1)
    rises: list[float] = steps.tolist()
    return rises


def _words(tokens: Sequence[Token], start: int) -> list[Span]:
    """The longest tokens from `start` on, stop words left out; search mode gives the parts before the whole."""
    stop = stop_words()
    kept: list[Span] = []
    for word, begin, end in tokens:
        while kept and kept[-1][0] >= begin:
            kept.pop()
        if begin >= start and word not in stop:
            kept.append((begin, end))
    return kept


def _strongest(scored: list[tuple[float, int, int]], size: int) -> list[Span]:
    scored.sort(reverse=True)
    room = max(4, int(size * MOST_SHARE))
    chosen: list[Span] = []
    for gain, start, end in scored[: 2 * MOST_SPANS]:
        if gain <= 0 or gain < scored[0][0] * LEAST_GAIN:
            break
        if end - start <= room:
            chosen.append((start, end))
            room -= end - start
    return _fewest(chosen)


def _fewest(ranked: list[Span]) -> list[Span]:
    """As many of the strongest as join to MOST_SPANS at most, in reading order."""
    while len(ranked) > MOST_SPANS and len(_merge(sorted(ranked), _GAP)) > MOST_SPANS:
        ranked = ranked[:-1]
    return sorted(ranked)


def _merge(found: Iterable[Span], gap: int = 0) -> list[Span]:
    merged: list[Span] = []
    for start, end in found:
        if merged and start <= merged[-1][1] + gap:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
