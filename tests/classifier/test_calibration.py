import numpy as np
import pytest

from classifier import calibration


def test_folds_keep_a_voice_together_and_are_even() -> None:
    voices = [f"v{n % 7}" for n in range(140)] + ["officer"] * 9
    folds = calibration.folds(voices)
    assert all(len(set(folds[np.array(voices) == voice])) == 1 for voice in set(voices))
    assert (folds[-9:] == -1).all()
    assert set(np.bincount(folds[folds >= 0])) <= {20, 40}


def test_folds_of_the_corpus_stay_when_officers_decide() -> None:
    voices = ["a"] * 5 + ["b"] * 3 + ["c"] * 2
    assert calibration.folds(voices).tolist() == calibration.folds([*voices, "officer"])[:-1].tolist()


def test_the_threshold_is_the_lowest_with_the_precision() -> None:
    sure = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    right = np.array([True, True, False, True, True])
    assert calibration.threshold(sure, right, 0.97) == 0.8
    assert calibration.threshold(sure, right, 0.75) == 0.5
    assert calibration.threshold(sure, np.zeros(5, bool), 0.5) == 1.0


def test_temperature_makes_confidence_fit_what_is_right() -> None:
    chance = np.random.default_rng(0)
    scores = chance.normal(size=(4000, 3))
    drawn = calibration.softmax(scores * 4)
    labels = np.array([chance.choice(3, p=row) for row in drawn])
    factor = calibration.temperature(scores, labels)
    assert factor == pytest.approx(4, rel=0.1)
    fitted = calibration.softmax(scores * factor)
    right = fitted.argmax(axis=1) == labels
    assert calibration.expected_calibration_error(fitted.max(axis=1), right) < 0.03


def test_a_small_beta_prefers_precision() -> None:
    sure = np.linspace(1, 0, 10)
    right = np.array([1, 1, 0, 1, 0, 1, 0, 0, 1, 0], bool)
    strict, even = (calibration.best_threshold(sure, right, 5, beta) for beta in (0.3, 1.0))
    assert strict > even
