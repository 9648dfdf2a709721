"""Terms and due dates: working days with make-up days where the source says so, calendar days elsewhere.

A calendar is anything that answers `is_workday(date)`; it raises CalendarUnpublished for a year whose holidays
are not known. The rules themselves know no holiday.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from intake.errors import CalendarUnpublished


class Calendar(Protocol):
    def is_workday(self, day: date) -> bool:
        """Whether people work on `day`; raises CalendarUnpublished."""

    def day_off(self, day: date) -> str | None:
        """What a day off is called, "" for a plain one; None for a day on which people work."""


class Term(enum.StrEnum):
    """The clocks of a clue; lengths and sources stand in intake/data/deadlines.toml."""

    TRIAGE = "triage"
    OBJECTION = "objection"
    HANDLING = "handling"
    EXTENSION = "extension"
    PAUSE = "pause"
    SUPERVISION = "supervision"
    REOPENING = "reopening"
    ACCEPTANCE_NOTICE = "acceptance_notice"
    RESULT_NOTICE = "result_notice"


class Unit(enum.StrEnum):
    WORKING_DAYS = "working_days"
    DAYS = "days"


class Light(enum.StrEnum):
    """How near a due date is: none, blue (near), yellow (about to end), red (overdue)."""

    NONE = "none"
    BLUE = "blue"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True)
class Length:
    """A term's length in its unit, with the source that sets it (law's article, or a setting)."""

    count: int
    unit: Unit
    source: str


def due_on(start: date, length: Length, calendar: Calendar) -> date:
    """The last day of a term that begins with an event on `start`; the day of the event does not count.

    A term of calendar days that would end on a day off ends on the next working day (民法典 第 203 条), unless that
    year's calendar is not published: then it ends on the calendar day itself.
    Raises CalendarUnpublished for a term of working days that reaches into an unpublished year.
    """
    if length.unit is Unit.WORKING_DAYS:
        return add_working_days(start, length.count, calendar)
    end = start + timedelta(days=length.count)
    try:
        return next_workday(end, calendar)
    except CalendarUnpublished:
        return end


def add_working_days(start: date, count: int, calendar: Calendar) -> date:
    """The `count`-th working day after `start`. Raises CalendarUnpublished."""
    day = start
    while count:
        day += timedelta(days=1)
        count -= calendar.is_workday(day)
    return day


def next_workday(day: date, calendar: Calendar) -> date:
    """`day` itself if people work on it, else the first later day they do. Raises CalendarUnpublished."""
    while not calendar.is_workday(day):
        day += timedelta(days=1)
    return day


def working_days_between(today: date, due: date, calendar: Calendar) -> int:
    """Working days from `today` (not counted) to `due` (counted); negative when `due` has passed.

    Raises CalendarUnpublished.
    """
    if due < today:
        return -working_days_between(due, today, calendar)
    days = ((today + timedelta(days=n)) for n in range(1, (due - today).days + 1))
    return sum(calendar.is_workday(day) for day in days)


def days_left(today: date, due: date, unit: Unit, calendar: Calendar) -> tuple[int, Unit]:
    """How many days of a term's unit are left, 0 on its last day, -1 or less once it has passed; and the unit they are in:
    calendar days where that year's calendar is not published."""
    left = (due - today).days
    if unit is Unit.WORKING_DAYS:
        try:
            left = working_days_between(today, due, calendar)
        except CalendarUnpublished:
            unit = Unit.DAYS
    return (min(left, -1) if due < today else max(left, 1) if due > today else 0), unit


def last_within(today: date, count: int, unit: Unit, calendar: Calendar) -> date:
    """The last due date for which days_left is no more than `count`."""
    try:
        return add_working_days(today, count, calendar) if unit is Unit.WORKING_DAYS else today + timedelta(days=count)
    except CalendarUnpublished:
        return today + timedelta(days=count)


@dataclass(frozen=True)
class Warnings:
    """How many days, of the term's own unit, before a due date its colour turns yellow and blue."""

    yellow: int = 1
    blue: int = 7


def light(left: int, warnings: Warnings) -> Light:
    """The warning colour of a due date by the days left as days_left counts them; red once it has passed."""
    if left < 0:
        return Light.RED
    if left <= warnings.yellow:
        return Light.YELLOW
    return Light.BLUE if left <= warnings.blue else Light.NONE
