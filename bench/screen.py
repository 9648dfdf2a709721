"""How fast a large feed is screened, on one core, beside jieba's own segmentation of the same texts.

    python -m bench.screen FEED.jsonl.gz [--rows 12390] [--model FILE]

FEED has one message a line, {"text": ...} or {"title": ..., "text": ...}. Prints rows a second, the seconds for all of
them, and how many were candidates. Nothing of the feed is written anywhere.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import os
import time
from pathlib import Path

import jieba

from classifier import Classifier
from intake.services.screening import screen
from intake.services.spreadsheet import Sheet


def main() -> None:
    """Measure and print."""
    given = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    given.add_argument("feed", type=Path)
    given.add_argument("--rows", type=int, default=12_390)
    given.add_argument("--model", type=Path, default=Path("instance/models/current.model"))
    chosen = given.parse_args()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    texts = list(itertools.islice(itertools.cycle(_texts(chosen.feed)), chosen.rows))
    classifier = Classifier.load(chosen.model)
    classifier.predict("预热")
    jieba.lcut("预热")
    sheet = Sheet(("内容",), [(text,) for text in texts])
    start = time.perf_counter()
    found = screen(sheet, classifier, column=0, seed=1)
    taken = time.perf_counter() - start
    start = time.perf_counter()
    for text in texts:
        jieba.lcut(text)
    plain = time.perf_counter() - start
    letters = sum(map(len, texts)) / len(texts)
    print(f"{len(texts)} rows of {letters:.0f} characters in the mean, one core: {taken:.1f} s, {len(texts) / taken:.0f} rows a second")
    print(f"  {taken / plain:.2f} x jieba's own segmentation of them ({plain:.1f} s)")
    print(f"  candidates {len(found.candidates)}, of them certain {sum(one.certain for one in found.candidates)}; sample {len(found.sample)} of {found.rest}")


def _texts(path: Path) -> list[str]:
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [f"{row.get('title', '')}\n{row.get('text', '')}".strip() for row in rows]


if __name__ == "__main__":
    main()
