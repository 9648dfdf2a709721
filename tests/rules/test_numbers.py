"""What is a whole number and what only looks like one."""

from __future__ import annotations

import pytest

from intake.rules.numbers import LARGEST, clue_number, whole


@pytest.mark.parametrize(
    ("text", "number"),
    [("7", 7), ("007", 7), (str(LARGEST), LARGEST), (str(LARGEST + 1), 0), ("9" * 5000, 0), ("", 0), ("²", 0), ("١", 0),
     ("７", 0), ("-1", 0), ("1.0", 0), (" 1", 0), ("1_0", 0)],
)  # fmt: skip
def test_only_ascii_digits_that_a_column_can_hold_are_a_number(text, number):
    assert whole(text) == number


@pytest.mark.parametrize(
    ("typed", "number"),
    [("2026-11-0382", "2026-11-0382"), (" 11-0382 ", "2026-11-0382"), ("２０２６－１１－０３８２", "2026-11-0382"),
     ("2025-01-12345", "2025-01-12345"), ("2026-11", ""), ("打卡", ""), ("1-2", ""), ("2026-11-0382 打卡", "")],
)  # fmt: skip
def test_a_clue_s_number_is_read_as_people_type_it(typed, number):
    assert clue_number(typed, 2026) == number
