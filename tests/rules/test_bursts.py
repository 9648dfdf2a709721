"""What counts as a burst."""

from __future__ import annotations

import pytest

from intake.rules.bursts import chance, is_burst, usual


@pytest.mark.parametrize(
    ("count", "mean", "expected"), [(0, 3, 1.0), (1, 0.5, 0.393469), (5, 0.5, 0.000172), (10, 10, 0.542070)]
)
def test_the_chance_is_that_of_the_poisson_tables(count, mean, expected):
    assert chance(count, mean) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("recent", "before", "burst"),
    [
        (4, 0, False),  # too few, whatever was before
        (5, 0, True),
        (5, 28, False),  # two in two days are usual
        (9, 28, True),
        (100, 1_400, False),  # exactly what is usual
        (140, 1_400, True),
        (3_000, 20_000, True),  # no overflow
    ],
)
def test_a_burst_is_more_than_chance_and_the_usual_explain(recent, before, burst):
    assert is_burst(recent, before) is burst


def test_the_usual_is_scaled_to_the_window_and_never_nothing():
    assert usual(0) == 0.5
    assert usual(140) == 10
