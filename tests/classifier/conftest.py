"""One small classifier for the whole run: fitted on every fourth text of the corpus, so that fitting takes seconds."""

from pathlib import Path

import pytest

from classifier import Classifier, Example, corpus, training


@pytest.fixture(scope="session")
def examples() -> list[Example]:
    return corpus.read()


@pytest.fixture(scope="session")
def small(examples: list[Example]) -> Classifier:
    return training.fit(examples[::4])


@pytest.fixture(scope="session")
def saved(small: Classifier, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "current.model"
    small.save(path)
    return path
