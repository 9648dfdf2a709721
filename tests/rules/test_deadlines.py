"""Due dates: working days with make-up days, calendar days where the source says so."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.errors import CalendarUnpublished
from intake.rules.deadlines import (
    Length,
    Light,
    Term,
    Unit,
    Warnings,
    add_working_days,
    days_left,
    due_on,
    last_within,
    light,
    working_days_between,
)
from intake.tools import WorkCalendar, read_terms

CALENDAR = WorkCalendar()
PUBLISHED = st.dates(date(2005, 1, 1), date(2026, 9, 1))


@pytest.mark.parametrize(
    ("start", "count", "due"),
    [
        (date(2026, 11, 20), 5, date(2026, 11, 27)),  # Friday to the Friday after
        (date(2026, 9, 30), 1, date(2026, 10, 8)),  # over the National Day holiday of 2026
        (
            date(2026, 2, 13),
            2,
            date(2026, 2, 24),
        ),  # Saturday 14 February is a make-up working day before Spring Festival
    ],
)
def test_working_days_know_holidays_and_make_up_days(start, count, due):
    assert add_working_days(start, count, CALENDAR) == due


@given(PUBLISHED, st.integers(1, 40), st.sampled_from(Unit))
def test_a_due_date_is_never_a_day_off_and_lies_after_its_start(start, count, unit):
    due = due_on(start, Length(count, unit, ""), CALENDAR)
    assert CALENDAR.is_workday(due)
    assert due > start


@given(PUBLISHED, st.integers(1, 40), st.sampled_from(Unit))
def test_a_due_date_never_moves_back_when_the_start_moves_on(start, count, unit):
    length = Length(count, unit, "")
    assert due_on(start + timedelta(days=1), length, CALENDAR) >= due_on(start, length, CALENDAR)


@given(PUBLISHED, st.integers(1, 40))
def test_counting_back_gives_the_days_that_were_added(start, count):
    assert working_days_between(start, add_working_days(start, count, CALENDAR), CALENDAR) == count


def test_an_unpublished_year_is_an_explicit_error_for_working_days():
    with pytest.raises(CalendarUnpublished) as caught:
        add_working_days(date(2080, 12, 30), 3, CALENDAR)
    assert caught.value.year == 2080


def test_calendar_days_into_an_unpublished_year_stay_on_their_day():
    assert due_on(date(2080, 1, 1), Length(60, Unit.DAYS, ""), CALENDAR) == date(2080, 3, 1)


def test_a_table_of_the_operator_is_laid_over_the_package():
    table = WorkCalendar({"published": [2080], "off": [date(2080, 1, 1)], "work": [date(2080, 1, 6)]})
    assert not table.is_workday(date(2080, 1, 1))
    assert table.is_workday(date(2080, 1, 6))
    assert not table.is_workday(date(2080, 1, 7))


def test_every_term_has_a_length_and_a_source():
    terms = read_terms()
    assert set(terms) == set(Term)
    assert all(length.count > 0 and length.source for length in terms.values())


@pytest.mark.parametrize(
    ("today", "due", "unit", "left", "colour"),
    [
        (date(2026, 11, 20), date(2026, 11, 23), Unit.WORKING_DAYS, 1, Light.YELLOW),  # a Friday, the Monday after
        (date(2026, 11, 20), date(2026, 11, 23), Unit.DAYS, 3, Light.BLUE),
        (date(2026, 11, 21), date(2026, 11, 20), Unit.WORKING_DAYS, -1, Light.RED),  # late on a Saturday already
        (date(2026, 11, 24), date(2026, 11, 20), Unit.WORKING_DAYS, -2, Light.RED),
        (date(2026, 11, 24), date(2026, 11, 20), Unit.DAYS, -4, Light.RED),
        (date(2026, 11, 20), date(2026, 11, 20), Unit.WORKING_DAYS, 0, Light.YELLOW),
        (date(2026, 11, 20), date(2027, 1, 19), Unit.DAYS, 60, Light.NONE),
    ],
)
def test_days_are_counted_in_the_terms_unit_and_the_light_gets_warmer_with_them(today, due, unit, left, colour):
    assert days_left(today, due, unit, CALENDAR) == (left, unit)
    assert light(left, Warnings()) is colour
    assert (due <= last_within(today, 1, unit, CALENDAR)) == (left <= 1), "what is yellow, and what is late"


def test_where_no_calendar_is_published_days_are_calendar_days():
    assert days_left(date(2080, 1, 1), date(2080, 1, 8), Unit.WORKING_DAYS, CALENDAR) == (7, Unit.DAYS)
    assert last_within(date(2080, 1, 1), 2, Unit.WORKING_DAYS, CALENDAR) == date(2080, 1, 3)


def test_the_days_of_the_warnings_are_a_setting():
    colours = [light(n, Warnings(yellow=3, blue=5)) for n in range(8)]
    assert colours == [Light.YELLOW] * 4 + [Light.BLUE] * 2 + [Light.NONE] * 2


def test_december_finds_the_next_year_published():
    today = datetime.now(UTC).date()
    if today.month == 12:
        CALENDAR.is_workday(date(today.year + 1, 1, 4))
    else:
        CALENDAR.is_workday(today)
