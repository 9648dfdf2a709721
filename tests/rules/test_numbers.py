"""What is a whole number and what only looks like one."""

from __future__ import annotations

from datetime import date

import pytest

from intake.rules.numbers import LARGEST, clue_number, in_short, whole


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
    assert clue_number(typed, date(2026, 11, 23)) == number


@pytest.mark.parametrize(
    ("today", "typed", "number"),
    [(date(2027, 1, 4), "01-0001", "2027-01-0001"), (date(2027, 1, 4), "12-0001", "2026-12-0001"), (date(2026, 12, 31), "12-0001", "2026-12-0001"),
     (date(2027, 1, 1), "12-0001", "2026-12-0001"), (date(2027, 1, 4), "2026-01-0001", "2026-01-0001")],
)  # fmt: skip
def test_a_number_without_its_year_is_of_the_latest_such_month_and_lists_leave_out_this_year_alone(today, typed, number):
    assert clue_number(typed, today) == number
    assert in_short(number, today) == (number[5:] if number.startswith(str(today.year)) else number)
