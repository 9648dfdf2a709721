"""A text as the model reads it: one normal form of title and body, its words, the hashes of its character runs."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from classifier.text import Normalised, Segmenter, Token, normalise, normalise_with_offsets, read_words

Hashes = npt.NDArray[np.uint64]
Ids = npt.NDArray[np.int64]

# Cues are the longest runs that are looked up; the model's own runs end at three.
LONGEST = 6
# The rest of a longer text goes to the index, not to the model: time stays bounded.
READ_LIMIT = 10_000
NONE: Hashes = np.zeros(0, np.uint64)
CUT = 1  # stands for all that is no letter: a run with it in is in no vocabulary
_POWERS = np.array(
    [[pow(0x100000001B3, row - place, 1 << 64) * (place <= row) for place in range(LONGEST)] for row in range(LONGEST)],
    np.uint64,
)


@cache
def _signs() -> npt.NDArray[np.uint16]:
    """Each code point of the basic plane as the model reads it: every digit 0, all that is no letter CUT."""
    table = np.full(0x10000, CUT, np.uint16)
    for code in range(0xFFFF):
        sign = chr(code)
        if sign.isalnum():
            table[code] = ord("0") if sign.isdigit() else code
    return table


def letters(normalised: str) -> npt.NDArray[np.uint16]:
    """The letters of a text in normal form as numbers, digits made equal, anything else CUT."""
    raw = np.frombuffer(normalised.encode("utf-32-le", "replace"), np.uint32)
    return _signs().take(raw, mode="clip")


def runs(signs: npt.NDArray[np.uint16]) -> Hashes:
    """For each length up to LONGEST a row with the hash of the run at every place; where the text ends before the run
    does, it means nothing."""
    padded = np.zeros(len(signs) + LONGEST, np.uint64)
    padded[: len(signs)] = signs
    windows: Hashes = np.ndarray((LONGEST, len(signs)), np.uint64, padded, 0, (8, 8))
    hashed: Hashes = _POWERS.dot(windows)
    return hashed


class Document(NamedTuple):
    """A text read once. The normal form is that of title, newline and body; the body starts at `start`."""

    normal: Normalised
    title_given: int  # length of title and newline as given
    start: int
    tokens: list[Token]
    runs: Hashes
    letters: int  # how many of its signs are letters

    @property
    def words(self) -> list[str]:
        """The search-mode words of title and body."""
        return [token[0] for token in self.tokens]

    def all_runs(self, longest: int) -> list[Hashes]:
        """For each length up to `longest` the runs of title and body."""
        return self._slice(0, self.runs.shape[1], longest)

    def title_runs(self, longest: int) -> list[Hashes]:
        """The runs that lie in the title."""
        return self._slice(0, self.start - 1, longest) if self.start else []

    def opening_runs(self, size: int, longest: int) -> list[Hashes]:
        """The runs that lie in the first `size` signs of the body."""
        return self._slice(self.start, self.start + size, longest)

    def _slice(self, start: int, end: int, longest: int) -> list[Hashes]:
        end = min(end, self.runs.shape[1])
        return [row[start : max(start, end - place)] for place, row in enumerate(self.runs[:longest])]


def read(text: str, title: str, segmenter: Segmenter) -> Document:
    """The document of a text and its title (may be empty)."""
    given = f"{title}\n{text}" if title else text
    normal = normalise_with_offsets(given)
    before = len(given) - len(text)
    start = before if normal.offsets is None else bisect_left(normal.offsets, before)
    tokens = segmenter.tokens(normal.text)
    signs = letters(normal.text[:READ_LIMIT])
    return Document(normal, before, start, tokens, runs(signs), len(signs) - signs.tolist().count(CUT))


def intact(found: Sequence[Hashes]) -> list[Hashes]:
    """The distinct runs of each length, sorted, without those that punctuation cuts."""
    if not found:
        return []
    cut = found[0] == CUT
    kept = []
    for length, row in enumerate(found, 1):
        broken = np.zeros(len(row), bool)
        for shift in range(length):
            broken |= cut[shift : shift + len(row)]
        kept.append(np.unique(row[~broken]))
    return kept


class Table:
    """Known hashes and their ids, each at one of two places: no search, two looks (cuckoo hashing, Pagh and Rodler 2001)."""

    def __init__(self, hashes: Hashes, ids: Ids) -> None:
        """Of a hash that stands twice the first id counts; no hash is 0."""
        known, first = np.unique(hashes, return_index=True)
        bits = len(known).bit_length() + 1  # a quarter to half of the places taken
        while (settled := _settled(_places(known, _shift(bits)), 1 << bits)) is None:
            bits += 1
        self._shift = _shift(bits)
        self._hashes, self._ids = np.zeros(1 << bits, np.uint64), np.zeros(1 << bits, np.int64)
        self._hashes[settled], self._ids[settled] = known, ids[first]

    def locate(self, wanted: Hashes) -> tuple[Ids, Ids]:
        """The indices of the known ones among `wanted`, rising, and their ids."""
        both = _places(wanted, self._shift)
        places = np.where(self._hashes.take(both[0]) == wanted, both[0], both[1])
        (kept,) = (self._hashes.take(places) == wanted).nonzero()
        return kept, self._ids.take(places.take(kept))


_MIXES = np.array([[0xFF51AFD7ED558CCD], [0xC4CEB9FE1A85EC53]], np.uint64)


def _shift(bits: int) -> Hashes:
    """What leaves the highest bits alone; an array, since numpy converts a bare number at every use."""
    return np.array(64 - bits, np.uint64)


def _places(hashes: Hashes, shift: Hashes) -> Ids:
    """Two rows: both places of each hash, its highest bits after mixing."""
    return (hashes * _MIXES >> shift).view(np.int64)


def _settled(both: Ids, size: int) -> Ids | None:
    """Which of its two places each takes, all moving in at once and whoever is evicted moving on; None if they find
    no rest."""
    guests, turns = np.full(size, -1), np.zeros(both.shape[1], np.int64)
    moving = np.arange(both.shape[1])
    for _ in range(200):
        chosen = both[turns[moving], moving]
        evicted = guests[chosen]
        guests[chosen] = moving
        moving = np.unique(np.concatenate([moving[guests[chosen] != moving], evicted[evicted >= 0]]))
        if not len(moving):
            return both[turns, np.arange(len(turns))]
        turns[moving] ^= 1
    return None


@dataclass(frozen=True)
class Lexicon:
    """Cue phrases by hash; several phrases share one cue, so that synonyms count as one."""

    names: tuple[str, ...]
    hashes: Hashes
    cues: Ids

    @classmethod
    def parse(cls, lines: Iterable[str]) -> Lexicon:
        """Lines `name: phrase phrase …`, each phrase of two to six letters, under one name only."""
        names: list[str] = []
        pairs: dict[int, int] = {}
        for line in lines:
            name, _, phrases = line.partition(":")
            names.append(name.strip())
            for phrase in phrases.split():
                if pairs.setdefault(_hash(phrase), len(names) - 1) != len(names) - 1:
                    raise ValueError(f"cue {phrase!r} stands under {names[-1]} and an earlier name")
        order = sorted(pairs)
        cues = [pairs[key] for key in order]
        return cls(tuple(names), np.array(order, np.uint64), np.array(cues, np.int64))


def _hash(phrase: str) -> int:
    signs = letters(normalise(phrase))
    if not 2 <= len(signs) <= LONGEST or (signs == CUT).any():
        raise ValueError(f"cue {phrase!r} is not two to six letters")
    return int(runs(signs)[len(signs) - 1, 0])


@cache
def lexicon() -> Lexicon:
    """The shipped cues."""
    return Lexicon.parse(read_words("cues.txt"))
