"""The features that a model knows, how much each tells, and what of them a document shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from classifier.features import LONGEST, NONE, Document, Hashes, Ids, Table, intact, lexicon

Floats = npt.NDArray[np.float32]

# Seen in fewer training texts than this, a run or word is chance.
LEAST = 2
# Share of an even spread added to each feature's counts, against weights learnt from two texts.
SMOOTHING = 0.5
# Characters of the body that count as its opening: what the reporter says first.
OPENING = 25
# Of body, title, opening, cues.
_SALTS = np.array([0, 0x9E3779B97F4A7C15, 0xD1B54A32D192ED03, 0xC2B2AE3D27D4EB4F], np.uint64)
LONGEST_RUN, LONGEST_IN_TITLE, LONGEST_IN_OPENING = 3, 3, 2

# The blocks in the order of their ids, each with its length whatever the length of the text (search: docs).
BLOCKS = {
    "single characters": 1.0,
    "pairs": 1.0,
    "triples": 0.5,
    "title": 0.7,
    "opening": 0.8,
    "words": 1.0,
    "cues": 0.2,
}


class Found(NamedTuple):
    """The known features of one document: ids (sorted, each once) with their blocks, and for each occurrence the index
    of its id, where it starts in the joined text, its length."""

    ids: Ids
    blocks: Ids
    indices: Ids
    starts: Ids
    lengths: Ids


class Seen(NamedTuple):
    """What one document shows: what was found, the value of each of its ids, the share of the document's pairs and words
    that is known."""

    found: Found
    values: Floats
    known: float


class Vocabulary:
    """Known features in blocks, ids running through them; `tells_` weighs each by how unevenly labels use it."""

    def __init__(
        self,
        hashes: Sequence[Hashes],
        words: Sequence[str],
        tells: Floats,
        lengths: Mapping[str, float] = BLOCKS,
        counted: bool = False,
    ) -> None:
        """`counted`: a feature met n times weighs 1 + log n times as much, else once and often are the same."""
        self.hashes_ = list(hashes)  # one sorted array for each of the first five blocks
        self.words_ = list(words)
        self.tells_ = tells
        self._counted = counted
        self._lengths = np.array([lengths[name] for name in BLOCKS], np.float64)
        sizes = [*map(len, self.hashes_), len(self.words_), len(lexicon().names)]
        self._first_ids = np.concatenate([[0], np.cumsum(sizes)]).tolist()
        self._block = np.repeat(np.arange(len(BLOCKS)), sizes)
        self._index()

    def _index(self) -> None:
        """One table of all hashes, those of title, opening and cues salted apart: one look-up a text. Never stored:
        Python hashes words otherwise in every process."""
        words = np.array([hash(word.encode()) for word in self.words_], np.int64).view(np.uint64)
        runs = [hashes ^ salt for hashes, salt in zip(self.hashes_, _SALTS[[0, 0, 0, 1, 2]], strict=True)]
        ids = np.concatenate([np.arange(self._first_ids[6]), lexicon().cues + self._first_ids[6]])
        self._table = Table(np.concatenate([*runs, words, lexicon().hashes ^ _SALTS[3]]), ids)

    @classmethod
    def learn(
        cls,
        documents: Sequence[Document],
        labels: Ids,
        lengths: Mapping[str, float] = BLOCKS,
        counted: bool = False,
    ) -> tuple[Vocabulary, list[Found]]:
        """What stands in LEAST documents or more, weighed by the labels, numbers from 0; and what each of them has of it."""
        bodies = [intact(document.all_runs(LONGEST_RUN)) for document in documents]
        titles = [intact(document.title_runs(LONGEST_IN_TITLE)) for document in documents]
        openings = [intact(document.opening_runs(OPENING, LONGEST_IN_OPENING)) for document in documents]
        hashes = [_frequent([row for rows in bodies for row in rows[n : n + 1]]) for n in range(LONGEST_RUN)]
        hashes += [_frequent([row for rows in part for row in rows]) for part in (titles, openings)]
        bare = cls(hashes, _frequent_words(documents), np.zeros(0, np.float32), lengths, counted)
        found = [bare.find(document) for document in documents]
        bare.tells_ = concentration([one.ids for one in found], labels, bare.size)
        return bare, found

    @property
    def size(self) -> int:
        """The number of features."""
        return int(self._first_ids[-1])

    def block(self, name: str) -> slice:
        """The ids of one of BLOCKS."""
        place = list(BLOCKS).index(name)
        return slice(self._first_ids[place], self._first_ids[place + 1])

    def see(self, document: Document) -> Seen:
        """The features of one document."""
        found = self.find(document)
        met = np.bincount(found.blocks.take(found.indices), minlength=len(BLOCKS)).tolist()
        known = (met[1] + met[5]) / max(1, document.letters + len(document.tokens))
        return Seen(found, self.weigh(found), known)

    def weigh(self, found: Found) -> Floats:
        """The value of each id: how much it tells, each block brought to its length."""
        tells = self.tells_.take(found.ids)
        if self._counted:
            tells = tells * (1 + np.log(np.bincount(found.indices, minlength=len(found.ids))))
        norms = np.bincount(found.blocks, tells * tells, len(BLOCKS))
        scale = self._lengths / np.sqrt(np.maximum(norms, 1e-12))
        return (tells * scale.take(found.blocks)).astype(np.float32)

    def find(self, document: Document) -> Found:
        """What is known of one document."""
        plan = _plan(document.runs.shape[1], document.start)
        # As bytes: Python's hash of a string is that of its memory, the same for "ba" and "慢".
        row = [number for word, begin, end in document.tokens for number in (hash(word.encode()), begin, end - begin)]
        words, starts, lengths = np.array(row, np.int64).reshape(-1, 3).T
        runs = document.runs.take(plan.picks) ^ plan.salts
        kept, found = self._table.locate(np.concatenate([runs, words.view(np.uint64)]))
        starts, lengths = np.concatenate([plan.starts, starts]), np.concatenate([plan.lengths, lengths])
        ids, indices = _distinct(found)
        return Found(ids, self._block.take(ids), indices, starts.take(kept), lengths.take(kept))


def _distinct(found: Ids) -> tuple[Ids, Ids]:
    """Each id once, sorted, and the index into them of every one found; a third of the fixed cost of numpy.unique."""
    ranked = np.concatenate([_NO_ID, found])
    ranked.sort()
    rest = ranked[1:]
    ids = rest[rest != ranked[:-1]]
    return ids, ids.searchsorted(found)


_NO_ID = np.array([-1])


@dataclass(frozen=True, slots=True)
class _Plan:
    """Which of a document's runs, row after row, are looked up; how each is salted, its start and length."""

    picks: Ids
    salts: Hashes
    starts: Ids
    lengths: Ids


def _plan(size: int, start: int) -> _Plan:
    """The plan for a text of `size` signs whose body starts at `start`."""
    return _short_plan(size, start) if size <= SHORT else _long_plan(size, start)


def _long_plan(size: int, start: int) -> _Plan:
    parts = (
        _within(0, size, LONGEST_RUN, size),
        _within(0, start - 1, LONGEST_IN_TITLE, size),
        _within(start, start + OPENING, LONGEST_IN_OPENING, size),
        _within(0, size, LONGEST, size)[size:],  # cues: two letters and more
    )
    picks = np.concatenate(parts)
    rows, starts = np.divmod(picks, max(1, size))
    return _Plan(picks, np.repeat(_SALTS, [len(part) for part in parts]), starts, rows + 1)


# Texts of the same few lengths come again and again; 200 plans of this length take some 7 MiB.
SHORT = 120
_short_plan = lru_cache(maxsize=200)(_long_plan)


def _within(start: int, end: int, longest: int, size: int) -> Ids:
    """The places of the runs up to `longest` that lie in [start, end), in rows of `size`."""
    return np.concatenate([np.arange(start, min(end, size) - row) + row * size for row in range(longest)])


def concentration(shown: Sequence[Ids], labels: Ids, size: int) -> Floats:
    """For each feature the root of one minus the evenness of its spread over the labels.

    Evenness is the entropy of the feature's rates in the labels over that of an even spread: a feature of one
    label alone weighs 1, one that all labels use alike nearly 0.
    """
    count = int(labels.max()) + 1 if len(labels) else 1
    rates = np.full((count, size), SMOOTHING / count)
    texts = np.maximum(1, np.bincount(labels, minlength=count))
    for ids, label in zip(shown, labels, strict=True):
        rates[label, ids] += len(labels) / count / texts[label]
    share = rates / rates.sum(axis=0)
    evenness = -(share * np.log(share)).sum(axis=0) / np.log(max(2, count))
    tells: Floats = np.sqrt(np.clip(1 - evenness, 1e-9, 1)).astype(np.float32)
    return tells


def _frequent(sets: Sequence[Hashes]) -> Hashes:
    values, counts = np.unique(np.concatenate([*sets, NONE]), return_counts=True)
    return values[counts >= LEAST]


def _frequent_words(documents: Sequence[Document]) -> list[str]:
    counts: dict[str, int] = {}
    for document in documents:
        for word in set(document.words):
            counts[word] = counts.get(word, 0) + 1
    return sorted(word for word, count in counts.items() if count >= LEAST)
