"""The browser's piece of work."""

from __future__ import annotations

import itertools

from intake.rules.puzzle import is_solved


def test_an_answer_is_found_by_trying_and_fits_its_own_challenge_only():
    answer = next(str(n) for n in itertools.count() if is_solved("stamp:key", str(n), 8))
    assert is_solved("stamp:key", answer, 8)
    assert not is_solved("stamp:key", answer, 40)
    assert sum(is_solved(f"stamp:{other}", answer, 8) for other in range(100)) < 10


def test_nothing_is_no_answer_and_no_work_is_always_done():
    assert not is_solved("stamp:key", "", 40)
    assert is_solved("stamp:key", "", 0)
