"""Waiting grows with failures and ends at a bound."""

from __future__ import annotations

import pytest

from intake.rules.pace import Pace


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 0), (2, 0), (3, 2), (4, 4), (5, 8), (6, 16), (7, 30), (8, 30), (10**9, 30)]
)
def test_a_wait_doubles_after_the_free_failures_and_never_passes_its_bound(failures, seconds):
    assert Pace(free=3, longest=30).wait(failures) == seconds
