"""Near duplicates: band keys to find candidates by, and a similarity to judge them with. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from classifier.text import normalise

# 64 minima in 32 bands of 2: a pair with Jaccard 0.3 shares a band with probability 0.95, one with 0.1 with 0.28.
BANDS = 32
_ROWS = 2
_MASK = (1 << 63) - 1
_PRIME = np.uint64(0x9E3779B97F4A7C15)

Codes = npt.NDArray[np.uint64]


def _seeds() -> Codes:
    """Odd multipliers, the same on every machine and for ever: the keys are stored."""
    seeds = np.arange(1, BANDS * _ROWS + 1, dtype=np.uint64) * np.uint64(0xD1B54A32D192ED03)
    return _mix(seeds) | np.uint64(1)


def _mix(values: Codes) -> Codes:
    """The finaliser of splitmix64: every bit of the result depends on every bit given."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


_SEEDS = _seeds()


def _text(text: str | Sequence[str]) -> str:
    plain = normalise(text if isinstance(text, str) else "".join(text))
    return "".join(sign for sign in plain if sign.isalnum())


def shingles(text: str | Sequence[str]) -> Codes:
    """The sorted set of hashed three-character runs of a text (or of the words of one), punctuation left out."""
    plain = _text(text)
    codes = np.frombuffer(plain.encode("utf-32-le", "replace"), np.uint32).astype(np.uint64)
    if len(codes) < 3:
        return _mix(np.unique(codes) * _PRIME)
    runs = (codes[:-2] << np.uint64(42)) ^ (codes[1:-1] << np.uint64(21)) ^ codes[2:]
    return np.unique(_mix(runs))


def fingerprint(text: str | Sequence[str]) -> tuple[int, ...]:
    """Band keys of a text or its words, 0 to 2^63-1; texts that share one are candidates. Empty for no text."""
    runs = shingles(text)
    if not len(runs):
        return ()
    minima = _minima(runs)
    bands = _mix(minima[0::2] * _PRIME ^ minima[1::2] ^ np.arange(BANDS, dtype=np.uint64))
    return tuple(int(key) & _MASK for key in bands)


def _minima(runs: Codes, chunk: int = 2048) -> Codes:
    """The least of each seed's permutation; in chunks, so that 10,000 characters take no 5 MB."""
    parts = [_mix(runs[at : at + chunk, None] * _SEEDS).min(axis=0) for at in range(0, len(runs), chunk)]
    least: Codes = np.minimum.reduce(parts)
    return least


def similarity(a: str | Sequence[str], b: str | Sequence[str]) -> float:
    """0 to 1: the shared three-character runs of two texts (or word lists) over all of theirs."""
    left, right = shingles(a), shingles(b)
    if not len(left) or not len(right):
        return 0.0
    shared = len(np.intersect1d(left, right, assume_unique=True))
    return shared / (len(left) + len(right) - shared)


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
