from dataclasses import replace

import pytest

from classifier import Classifier, Example, evaluate
from classifier.evaluate import Comparison


@pytest.fixture(scope="module")
def compared(small: Classifier, examples: list[Example]) -> Comparison:
    decided = [replace(row, voice="officer", weight=2.0) for row in examples[1::8]]
    return evaluate.compare(small, decided, examples[3::40], shipped=examples[::4])


def test_candidate_and_current_are_judged_on_the_same_texts(
    compared: Comparison, small: Classifier, examples: list[Example]
) -> None:
    assert compared.latest == len(examples[3::40])
    assert compared.current_frozen == small.figures["accuracy"]
    assert compared.candidate_frozen != compared.current_frozen


def test_more_decisions_help_on_the_frozen_folds(compared: Comparison) -> None:
    assert compared.candidate_frozen > compared.current_frozen
    assert compared.candidate.figures["texts"] == compared.current_texts


@pytest.mark.parametrize(
    ("candidate", "current", "latest_candidate", "latest_current", "better"),
    [
        (0.82, 0.81, None, None, True),
        (0.81, 0.81, None, None, False),
        (0.80, 0.81, None, None, False),
        (0.81, 0.81, 0.9, 0.8, True),
        (0.808, 0.81, 0.9, 0.8, True),  # within the noise of the folds
        (0.80, 0.81, 0.9, 0.8, False),
        (0.82, 0.81, 0.7, 0.8, False),
        (0.81, 0.81, 0.8, 0.8, False),
    ],
)
def test_a_model_is_replaced_only_by_a_better_one(
    small: Classifier,
    candidate: float,
    current: float,
    latest_candidate: float | None,
    latest_current: float | None,
    better: bool,
) -> None:
    found = Comparison(small, candidate, current, latest_candidate, latest_current, 10, 10)
    assert found.better is better


def test_the_figures_cover_every_category_and_add_up(small: Classifier, examples: list[Example]) -> None:
    figures = small.figures
    assert figures["texts"] == len(examples[::4])
    assert sum(row["texts"] for row in figures["categories"].values()) == figures["texts"]
    assert sum(number for _, _, number in figures["reliability"]) == figures["texts"]
    assert 0 < figures["routed"] <= figures["coverage"] <= 1
    assert figures["precision"] >= 0.97


def test_each_reliability_bin_is_the_mean_predicted_the_share_right_and_a_count(small: Classifier) -> None:
    bins = small.figures["reliability"]
    assert all(len(row) == 3 and 0 <= row[0] <= 1 and 0 <= row[1] <= 1 and row[2] > 0 for row in bins)
    assert [row[0] for row in bins] == sorted(row[0] for row in bins)


def test_the_report_is_chinese_and_names_every_category(small: Classifier) -> None:
    said = evaluate.report(small.figures)
    assert "准确率" in said
    assert all(slug in said for slug in small.figures["categories"])


def test_accuracy_of_no_examples_is_none(small: Classifier) -> None:
    assert evaluate.accuracy(small, []) is None
