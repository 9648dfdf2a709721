"""Train on the shipped corpus, and on an installation's decided clues."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from classifier import corpus
from classifier.corpus import Example
from classifier.model import Classifier

DEFAULT_MODEL = Path("instance/models/current.model")


def fit(examples: Iterable[Example], **parameters: Any) -> Classifier:
    """A classifier fitted on examples, their weights observed."""
    rows = list(examples)
    return Classifier(**parameters).fit(
        [row.text for row in rows],
        [row.title for row in rows],
        [row.category for row in rows],
        [row.secondary for row in rows],
        [row.reason for row in rows],
        [row.voice for row in rows],
        [row.weight for row in rows],
    )


def train(
    corpus_dir: Path | None = None, extra: Iterable[Example] = (), out: str | Path | None = DEFAULT_MODEL
) -> Classifier:
    """Fit on the corpus and the extra examples, with held-out figures; saved to `out` unless that is None."""
    more = list(extra)
    model = fit([*corpus.read(corpus_dir), *more])
    if out is not None:
        save(model, out, corpus_dir, more)
    return model


def save(model: Classifier, out: str | Path, corpus_dir: Path | None = None, extra: Iterable[Example] = ()) -> None:
    """Save with the hash of the corpus, so that a later corpus makes the model stale, and the moment."""
    more = list(extra)
    model.save(
        out,
        {
            "corpus": corpus.fingerprint_of(corpus_dir),
            "corpus_shipped": corpus_dir is None,
            "extra": len(more),
            "extra_hash": corpus.digest(more),
            "trained_at": datetime.now(UTC).isoformat(timespec="seconds"),
        },
    )
