"""The model on disk: arrays in one file, and beside it a card that says what they are and proves them whole."""

from __future__ import annotations

import hashlib
import io
import json
import platform
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from classifier import corpus

FORMAT = 2
LIBRARIES = ("numpy", "scikit-learn", "jieba", "rjieba", "opencc")
MEND = "python -m classifier train --out {path}"


class ModelError(Exception):
    """A model that cannot be used. problem: "missing", "corrupt" or "stale"; the message names what mends it."""

    def __init__(self, problem: str, path: Path, why: str) -> None:
        self.problem = problem
        command = MEND.format(path=path)
        super().__init__(f"model {path} is {problem}: {why}; mend it with `{command}` (or `flask train`)")


def versions() -> dict[str, str]:
    """The versions that a model depends on."""
    return {"python": platform.python_version()} | {name: _version(name) for name in LIBRARIES}


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "none"


def card_path(path: Path) -> Path:
    """Where the card of a model lies."""
    return path.with_name(path.name + ".json")


def save(path: Path, arrays: dict[str, npt.NDArray[Any]], card: dict[str, Any]) -> None:
    """Write both files, each by renaming a finished one, the card last."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    raw = buffer.getvalue()
    full = {"format": FORMAT, "libraries": versions(), "sha256": hashlib.sha256(raw).hexdigest()} | card
    path.parent.mkdir(parents=True, exist_ok=True)
    _replace(path, raw)
    _replace(card_path(path), json.dumps(full, ensure_ascii=False, indent=1).encode())


def _replace(path: Path, raw: bytes) -> None:
    fresh = path.with_name(path.name + ".new")
    fresh.write_bytes(raw)
    fresh.replace(path)


def load(path: Path, labels: list[str], cues: list[str]) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
    """Arrays and card of a saved model; ModelError where it is missing, damaged or made for something else."""
    if not path.is_file() or not card_path(path).is_file():
        raise ModelError("missing", path, "there is no such file")
    card = _read_card(path)
    for why in _stale(card, labels, cues):
        raise ModelError("stale", path, why)
    raw = path.read_bytes()
    if hashlib.sha256(raw).hexdigest() != card.get("sha256"):
        raise ModelError("corrupt", path, "its sha256 is not the recorded one")
    with np.load(io.BytesIO(raw), allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}, card


def _read_card(path: Path) -> dict[str, Any]:
    try:
        card = json.loads(card_path(path).read_text("utf-8"))
    except ValueError:
        card = None
    if not isinstance(card, dict):
        raise ModelError("corrupt", path, "its card is not JSON")
    return card


def _stale(card: dict[str, Any], labels: list[str], cues: list[str]) -> list[str]:
    checks = [
        ("the format", card.get("format"), FORMAT),
        ("the labels", card.get("labels"), labels),
        ("the cue lexicon", card.get("cues"), cues),
        *((f"the version of {name}", card.get("libraries", {}).get(name), now) for name, now in versions().items()),
    ]
    if card.get("corpus_shipped"):
        checks.append(("the corpus", card.get("corpus"), corpus.fingerprint_of()))
    return [f"{what} was {then}, now it is {now}" for what, then, now in checks if then != now]
