"""Read and check the labelled corpus: one JSON object a line, one file a category."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from classifier.similarity import keys, letters, likeness
from classifier.taxonomy import CODES, IN_SCOPE, LEVELS, OUT_OF_SCOPE, REASONS, SLUGS
from classifier.text import DATA

CORPUS = DATA / "corpus"

FLOOR = 200
FLOOR_OUT_OF_SCOPE = 900
FLOOR_PAIRS = 400
NEAR = 0.8
RUN = 12
RUN_LIMIT = 3


class CorpusError(Exception):
    """A line that is no example; the message names file and line."""


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled text. `weight` is 1 for the corpus; an installation's decided clues state their own."""

    text: str
    category: str
    title: str = ""
    secondary: tuple[str, ...] = ()
    reason: str = ""
    level: str = "unknown"
    voice: str = "officer"
    border: str = ""
    pair: str = ""
    weight: float = 1.0
    where: str = ""


def read(folder: Path | None = None) -> list[Example]:
    """Every example of the corpus, in the order of files and lines; CorpusError on the first bad one."""
    return [example for path in files(folder) for example in read_file(path)]


def files(folder: Path | None = None) -> list[Path]:
    """The corpus files in the order of their names."""
    return sorted((folder or CORPUS).glob("*.jsonl"))


def read_file(path: Path) -> Iterator[Example]:
    """The examples of one file; CorpusError names the line that cannot be read."""
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if line.strip():
            yield parse(line, f"{path.name}:{number}")


def parse(line: str, where: str = "") -> Example:
    """One line of the corpus as an example; CorpusError when it is not JSON or its labels are unknown."""
    try:
        row = json.loads(line)
    except ValueError as error:
        raise CorpusError(f"{where}: not JSON: {error}") from None
    try:
        example = _example(row, where)
    except (KeyError, TypeError, AttributeError) as error:
        raise CorpusError(f"{where}: missing or malformed field: {error}") from None
    for problem in _problems(example):
        raise CorpusError(f"{where}: {problem}")
    return example


def _example(row: dict[str, Any], where: str) -> Example:
    return Example(
        text=row["text"],
        category=row["category"],
        title=row.get("title") or "",
        secondary=tuple(row.get("secondary") or ()),
        reason=row.get("reason") or "",
        level=row.get("level") or "unknown",
        voice=row["voice"],
        border=row.get("border") or "",
        pair=row.get("pair") or "",
        where=where,
    )


def _problems(example: Example) -> Iterator[str]:
    if not isinstance(example.text, str) or len(example.text.strip()) < 2:
        yield "no text"
    if example.category not in CODES:
        yield f"unknown category {example.category!r}"
    if len(example.secondary) > 2 or any(slug not in IN_SCOPE for slug in example.secondary):
        yield f"secondary {example.secondary!r} is not up to two categories in scope"
    if example.category in example.secondary:
        yield f"secondary {example.category!r} equals the primary"
    if (example.category == OUT_OF_SCOPE) != (example.reason in REASONS):
        yield f"reason {example.reason!r} does not fit category {example.category!r}"
    if example.level not in LEVELS:
        yield f"unknown level {example.level!r}"
    if example.border and example.border not in SLUGS:
        yield f"unknown border {example.border!r}"


def check(examples: Sequence[Example]) -> list[str]:
    """What is wrong with the corpus as a whole, one sentence each naming file and line; empty when it is sound."""
    return [
        *_near_duplicates(examples),
        *_repeated_runs(examples),
        *_thin_categories(examples),
        *_thin_reasons(examples),
        *_broken_pairs(examples),
    ]


def _near_duplicates(examples: Sequence[Example]) -> Iterator[str]:
    read = [letters(example.title + example.text) for example in examples]
    for first, second in candidates(examples):
        alike = likeness(read[first], read[second])
        if alike > NEAR:
            yield f"{examples[second].where}: near duplicate of {examples[first].where} (likeness {alike:.2f})"


def candidates(examples: Sequence[Example]) -> list[tuple[int, int]]:
    """Pairs of positions whose texts share the four keys that three rare characters make."""
    sharing: dict[int, list[int]] = defaultdict(list)
    for place, example in enumerate(examples):
        for key in keys(example.title + example.text):
            sharing[key].append(place)
    shared = Counter(pair for places in sharing.values() for pair in combinations(places, 2))
    return sorted(pair for pair, count in shared.items() if count >= 4)


def _repeated_runs(examples: Sequence[Example]) -> Iterator[str]:
    texts = ["".join((example.title + example.text).split()) for example in examples]
    seen = Counter(run for text in texts for run in _runs(text))
    for run in sorted(run for run, count in seen.items() if count > RUN_LIMIT):
        where = [example.where for example, text in zip(examples, texts, strict=True) if run in text]
        yield f"{where[0]}: the run {run!r} stands in {seen[run]} texts: {', '.join(where[:5])}"


def _runs(text: str) -> set[str]:
    return {text[at : at + RUN] for at in range(len(text) - RUN + 1)}


def _thin_categories(examples: Sequence[Example]) -> Iterator[str]:
    counts = Counter(example.category for example in examples)
    for slug, code in CODES.items():
        floor = FLOOR_OUT_OF_SCOPE if slug == OUT_OF_SCOPE else FLOOR
        if counts[slug] < floor:
            yield f"{code}_{slug}.jsonl: {counts[slug]} texts, {floor} needed"


def _thin_reasons(examples: Sequence[Example]) -> Iterator[str]:
    present = {example.reason for example in examples}
    for reason in REASONS:
        if reason not in present:
            yield f"{CODES[OUT_OF_SCOPE]}_{OUT_OF_SCOPE}.jsonl: no text with reason {reason}"


def _broken_pairs(examples: Sequence[Example]) -> Iterator[str]:
    pairs: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        if example.pair:
            pairs[example.pair].append(example)
    whole = 0
    for name, members in pairs.items():
        if sorted(member.category for member in members) == [OUT_OF_SCOPE, "perfunctory"]:
            whole += 1
        else:
            yield f"{members[0].where}: pair {name} is not one text of each side"
    if whole < FLOOR_PAIRS:
        yield f"{whole} pairs at the border of 18 and 99, {FLOOR_PAIRS} needed"


def fingerprint_of(folder: Path | None = None) -> str:
    """A hash over the corpus files: what a model was trained on."""
    digest = hashlib.sha256()
    for path in files(folder):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def digest(examples: Iterable[Example]) -> str:
    """A hash over examples from elsewhere; no text can be read from it."""
    hashed = hashlib.sha256()
    for row in examples:
        hashed.update(repr((row.title, row.text, row.category, row.secondary, row.reason, row.weight)).encode())
    return hashed.hexdigest()
