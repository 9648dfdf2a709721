"""What is a whole number and what only looks like one."""

from __future__ import annotations

from datetime import date

import pytest

from intake.rules.numbers import LARGEST, clue_number, counted, in_short, minutes, whole


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


@pytest.mark.parametrize(
    ("text", "number"),
    [("五次", 5), ("22", 22), ("十四个人", 14), ("两百零五", 205), ("一百一十", 110), ("大约 20 次", 20), ("３０人", 30), ("二十三", 23),
     ("两百五", None), ("很多", None), ("", None), ("五六次", None), ("1.5", None), ("几十次", None), ("零", None)],
)  # fmt: skip
def test_times_and_people_are_read_from_words(text, number):
    assert counted(text) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [("两个小时", 120), ("半小时", 30), ("一个半小时", 90), ("1.5小时", 90), ("1小时20分钟", 80), ("十分钟", 10), ("45", 45), ("约40分", 40),
     ("两天", None), ("一会儿", None), ("五次", None), ("1.25小时", None)],
)  # fmt: skip
def test_minutes_are_read_from_words(text, number):
    assert minutes(text) == number
