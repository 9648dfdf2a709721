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
_BASE = np.uint64(0x100000001B3)


@cache
def _signs() -> Hashes:
    """Each code point of the basic plane as the model reads it: every digit 0, all that is no letter CUT."""
    table = np.full(0x10000, CUT, np.uint64)
    for code in range(0xFFFF):
        sign = chr(code)
        if sign.isalnum():
            table[code] = ord("0") if sign.isdigit() else code
    return table


def letters(normalised: str) -> Hashes:
    """The letters of a text in normal form as numbers, digits made equal, anything else CUT."""
    raw = np.frombuffer(normalised.encode("utf-32-le", "replace"), np.uint32)
    return _signs().take(raw, mode="clip")


def runs(signs: Hashes, longest: int = LONGEST) -> list[Hashes]:
    """For each length up to `longest`, or the text's, the hash of the run at every place."""
    found = [signs]
    for length in range(2, min(longest, len(signs)) + 1):
        found.append(found[-1][:-1] * _BASE + signs[length - 1 :])
    return found


class Document(NamedTuple):
    """A text read once. The normal form is that of title, newline and body; the body starts at `start`."""

    normal: Normalised
    title_given: int  # length of title and newline as given
    start: int
    tokens: list[Token]
    runs: list[Hashes]
    letters: int  # how many of its signs are letters

    @property
    def words(self) -> list[str]:
        """The search-mode words of title and body."""
        return [token[0] for token in self.tokens]

    def title_runs(self, longest: int) -> list[Hashes]:
        """The runs that lie in the title."""
        return self._slice(0, self.start - 1, longest) if self.start else []

    def opening_runs(self, size: int, longest: int) -> list[Hashes]:
        """The runs that lie in the first `size` signs of the body."""
        return self._slice(self.start, self.start + size, longest)

    def _slice(self, start: int, end: int, longest: int) -> list[Hashes]:
        return [row[start : max(start, end - place)] for place, row in enumerate(self.runs[:longest])]


def read(text: str, title: str, segmenter: Segmenter) -> Document:
    """The document of a text and its title (may be empty)."""
    given = f"{title}\n{text}" if title else text
    normal = normalise_with_offsets(given)
    before = len(given) - len(text)
    start = before if normal.offsets is None else bisect_left(normal.offsets, before)
    tokens = segmenter.tokens(normal.text)
    signs = letters(normal.text[:READ_LIMIT])
    return Document(normal, before, start, tokens, runs(signs), int(np.count_nonzero(signs != CUT)))


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


def locate(known: Hashes, wanted: Hashes, ids: Ids) -> Ids:
    """The id of each wanted hash, given those of the sorted known ones; -1 where it is not known."""
    places = known.searchsorted(wanted)
    found: Ids = np.where(known.take(places, mode="clip") == wanted, ids.take(places, mode="clip"), -1)
    return found


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
    return int(runs(signs)[-1][0])


@cache
def lexicon() -> Lexicon:
    """The shipped cues."""
    return Lexicon.parse(read_words("cues.txt"))
