"""Learning from decisions: officers' categories become training examples, and a better model takes over.

Models lie in instance/models, a folder a version; `current.model` is a copy of the one in service. A candidate
replaces it only when it is better on the frozen folds and on the latest month's decisions, or when told to.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from classifier import Classifier, Example, ModelError, corpus, train
from classifier.evaluate import Comparison, compare
from classifier.taxonomy import OUT_OF_SCOPE, SLUGS
from intake.errors import NotFound
from intake.models import AuditEntry, Clue, Suggestion
from intake.rules.workflow import State
from intake.services import audit
from intake.tools import Tools, segmenter

#: A decided clue counts half of a corpus text: officers agree with one another on 84 % of primary labels.
WEIGHT = 0.5
#: Decisions younger than this judge the candidate and do not train it.
LATEST = timedelta(days=30)
_CANDIDATE = "candidate"
DECIDED = (State.ASSIGNED, State.HANDLING, State.CONCLUDED, State.CLOSED, State.REJECTED)


@dataclass(frozen=True)
class Kept:
    """A model on disk: its version, when it was trained, whether it serves, and its held-out figures."""

    version: str
    trained_at: datetime
    serves: bool
    figures: dict[str, Any]


@dataclass(frozen=True)
class Material:
    """What a training may use: decisions that train the candidate under judgement, and newer ones that judge it."""

    older: tuple[Example, ...]
    latest: tuple[Example, ...]


@dataclass(frozen=True)
class Outcome:
    """What a training came to; `comparison` is None where there was no model to compare with."""

    version: str
    comparison: Comparison | None
    examples: int

    @property
    def better(self) -> bool:
        return self.comparison is None or self.comparison.better


def decided(session: Session, since: datetime | None = None, until: datetime | None = None) -> list[Example]:
    """The clues a person has decided on, as examples: those first triaged in [since, until)."""
    query = select(Clue).where(Clue.state.in_(DECIDED), Clue.category.is_not(None), Clue.triaged_at.is_not(None))
    query = query.where(Clue.created_at >= since) if since else query
    query = query.where(Clue.created_at < until) if until else query
    return [_example(clue) for clue in session.scalars(query.order_by(Clue.id))]


def gather(session: Session, tools: Tools) -> Material:
    """The decisions of this installation, split where the model in service has not seen them."""
    unseen = _unseen_since(session, tools)
    return Material(tuple(decided(session, until=unseen)), tuple(decided(session, since=unseen)))


def train_candidate(material: Material, tools: Tools) -> Outcome:
    """Judge a candidate against the model in service, then train it on everything and keep it under its version.

    Takes a minute or two and needs no transaction; it does not put the candidate in service.
    """
    comparison = _judge(material, tools)
    examples = [*material.older, *material.latest]
    folder = tools.models / _CANDIDATE
    candidate = train(extra=examples, out=folder / "model")
    _keep(folder, candidate.version, tools)
    return Outcome(candidate.version, comparison, len(examples))


def put_in_service(session: Session, version: str, *, tools: Tools, officer_id: int | None = None) -> None:
    """Make the kept model `version` the one in service, with an audit entry.

    Raises NotFound for an unknown one, ModelError for one that cannot be used.
    """
    folder = tools.models / version
    if not version.isalnum() or not (folder / "model").is_file():
        raise NotFound("no such model")
    Classifier.load(folder / "model")
    before = _version(tools.model_path)
    audit.record(session, "model_changed", at=tools.now(), officer_id=officer_id, model=version, previous=before)
    for name, target in (("model", tools.model_path), ("model.json", _card(tools.model_path))):
        fresh = target.with_name(target.name + ".new")
        shutil.copyfile(folder / name, fresh)
        fresh.replace(target)


def kept(tools: Tools) -> list[Kept]:
    """The models on disk whose card can be read, the newest first."""
    serving, cards = _version(tools.model_path), tools.models.glob("*/model.json")
    found = [one for card in cards if (one := _kept(card, serving, tools))]
    return sorted(found, key=lambda model: model.trained_at, reverse=True)


def adopt(tools: Tools) -> None:
    """Keep the model in service under its version too, where it was put there by hand or by the first start."""
    version = _version(tools.model_path)
    if version is None or _version(tools.models / version / "model") == version:
        return
    folder = tools.models / f"{version}.partial"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copyfile(tools.model_path, folder / "model")
    shutil.copyfile(_card(tools.model_path), folder / "model.json")
    _keep(folder, version, tools)


def overrides(session: Session, since: datetime) -> dict[str, tuple[int, int]]:
    """By suggested category: how many clues a person decided since then, and how many got another category."""
    query = select(Suggestion.label, Clue.category, func.count()).join(Clue)
    query = query.where(Clue.created_at >= since, Clue.state.in_(DECIDED)).group_by(Suggestion.label, Clue.category)
    counts: dict[str, tuple[int, int]] = {}
    for label, category, n in session.execute(query):
        seen, changed = counts.get(label, (0, 0))
        counts[label] = (seen + n, changed + n * (category != label))
    return counts


def weekly(session: Session, since: datetime, *, tools: Tools) -> list[tuple[str, int, int, int]]:
    """By ISO week of the installation's time: clues triaged, those abstained on, and those a person gave another category."""
    query = select(Clue.created_at, Suggestion.abstained, Suggestion.label, Clue.category, Clue.state).join(Suggestion)
    weeks: dict[str, list[int]] = {}
    for created, abstained, label, category, state in session.execute(query.where(Clue.created_at >= since)):
        week = weeks.setdefault(f"{tools.local(created):%G-W%V}", [0, 0, 0])
        week[0] += 1
        week[1] += abstained is not None
        week[2] += state in DECIDED and category != label
    return [(week, *counts) for week, counts in sorted(weeks.items())]  # type: ignore[misc]


def leaning_words(tools: Tools, n: int = 12) -> dict[str, list[str]]:
    """The words each category leans on, only such as the shipped corpus has: none can come out of a clue.

    Raises ModelError.
    """
    model, known = tools.classifier(), _corpus_words()
    return {slug: [w for w, _ in model.words_for(slug, 5 * n) if w in known][:n] for slug in SLUGS}


@lru_cache(maxsize=1)
def _corpus_words() -> frozenset[str]:
    words = segmenter()
    return frozenset(word for row in corpus.read() for word in words.search_words(f"{row.title} {row.text}"))


def _unseen_since(session: Session, tools: Tools) -> datetime:
    """From when on decisions can judge fairly: the last month, or less where the model in service is younger."""
    changed = session.scalar(select(func.max(AuditEntry.at)).where(AuditEntry.action == "model_changed"))
    month_ago = tools.now() - LATEST
    return max(month_ago, changed) if changed else month_ago


def _judge(material: Material, tools: Tools) -> Comparison | None:
    try:
        current = Classifier.load(tools.model_path)
    except ModelError:
        return None
    return compare(current, material.older, material.latest)


def _example(clue: Clue) -> Example:
    category = clue.category or ""
    others = () if category == OUT_OF_SCOPE else clue.secondary  # what was assigned once may have been rejected later
    secondary = tuple(slug for slug in others if slug != category)[:2]
    reason = clue.reason or ""
    return Example(clue.text, category, clue.title, secondary, reason, clue.accused_level.value, weight=WEIGHT)


def _keep(folder: Path, version: str, tools: Tools) -> None:
    target = tools.models / version
    if target.exists():
        shutil.rmtree(target)
    folder.rename(target)


def _card(path: Path) -> Path:
    return path.with_name(path.name + ".json")


def _version(model: Path) -> str | None:
    """The version of a model file, None if it cannot be used."""
    try:
        return Classifier.load(model).version
    except ModelError:
        return None


def _kept(card: Path, serving: str | None, tools: Tools) -> Kept | None:
    """What a card says; None where it is half written, or of a model that is not kept yet. Older ones have no moment of training."""
    version = card.parent.name
    try:
        said = json.loads(card.read_text("utf-8"))
        at, figures = said.get("trained_at"), said["figures"]
        trained_at = datetime.fromisoformat(at) if at else datetime.fromtimestamp(card.stat().st_mtime, UTC)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return Kept(version, trained_at, version == serving, figures) if version.isalnum() and version != _CANDIDATE else None
