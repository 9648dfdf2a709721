"""What is loaded once and handed to services by the edges: clock, calendar, terms, keys, classifier."""

from __future__ import annotations

import threading
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

import chinese_calendar

from classifier import Classifier, Segmenter
from classifier.mentions import Gazetteer
from intake import stores
from intake.bell import Bell
from intake.config import ROOT, Settings
from intake.errors import CalendarUnpublished, ConfigError
from intake.rules.deadlines import Calendar, Length, Term, Unit, Warnings
from intake.rules.naming import parse_regions
from intake.stores import Store

DATA = ROOT / "intake" / "data"
#: A file of the instance folder that a finished backup touches.
LAST_BACKUP = "backup.last"


class WorkCalendar:
    """China's working days: the packaged calendar, with dates from a table laid over it.

    The table (TOML, keys `off` and `work`, lists of dates; `published`, list of years) lets an operator enter a
    State Council notice before the package has it.
    """

    def __init__(self, table: Mapping[str, list[object]] | None = None) -> None:
        table = table or {}
        self._off = {d for d in table.get("off", ()) if isinstance(d, date)}
        self._work = {d for d in table.get("work", ()) if isinstance(d, date)}
        self._years = {y for y in table.get("published", ()) if isinstance(y, int)}
        self._known: dict[date, bool] = {}

    def is_workday(self, day: date) -> bool:
        """Whether people work on `day`; raises CalendarUnpublished for a year nobody has published."""
        if (known := self._known.get(day)) is None:  # the package looks for its first and last year each time: 24 µs a day
            known = self._known[day] = self._look_up(day)
        return known

    def _look_up(self, day: date) -> bool:
        if day in self._off or day in self._work:
            return day in self._work
        if day.year in self._years:
            return day.weekday() < 5
        try:
            return bool(chinese_calendar.is_workday(day))
        except NotImplementedError as error:
            raise CalendarUnpublished(day.year) from error

    def day_off(self, day: date) -> str | None:
        """The holiday a day off belongs to, "" for a weekend or a day of the table; None for a working day."""
        if self.is_workday(day):
            return None
        try:
            _, holiday = chinese_calendar.get_holiday_detail(day)
        except NotImplementedError:
            return ""
        return str(chinese_calendar.Holiday(holiday).chinese) if holiday else ""


def read_calendar(path: str) -> WorkCalendar:
    """The calendar with the table at `path` laid over it ("" for none). Raises ConfigError."""
    if not path:
        return WorkCalendar()
    try:
        return WorkCalendar(_only_days(tomllib.loads(Path(path).read_text("utf-8"))))
    except (OSError, ValueError, TypeError, RecursionError) as error:  # no TOML, no UTF-8, or keys of another kind
        raise ConfigError(f"SONGBANG_CALENDAR_FILE 读不懂：{error}") from error


def _only_days(table: Mapping[str, list[object]]) -> Mapping[str, list[object]]:
    """The table as it is. Raises ValueError for a key or a value that would silently be no day off: `"2027-01-01"` in quotes."""
    if unknown := set(table) - {"off", "work", "published"}:
        raise ValueError(f"只认得 off、work、published，不认得 {'、'.join(sorted(unknown))}")
    for key, values in table.items():
        kind = int if key == "published" else date
        if wrong := [value for value in values if type(value) is not kind]:
            raise ValueError(f"{key} 里的 {wrong[0]!r} 不是{'年份' if kind is int else '日期'}：直接写，不加引号")
    return table


def read_terms(path: Path = DATA / "deadlines.toml") -> dict[Term, Length]:
    """The length of every term, from intake/data/deadlines.toml."""
    table = tomllib.loads(path.read_text("utf-8"))
    return {term: Length(row["count"], Unit(row["unit"]), row["source"]) for term, row in ((t, table[t]) for t in Term)}


@dataclass
class Tools:
    """One of these lives in the application; tests hand in their own clock."""

    settings: Settings
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    calendar: Calendar = field(default_factory=WorkCalendar)
    terms: Mapping[Term, Length] = field(default_factory=read_terms)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _loaded: tuple[int, Classifier] | None = field(default=None, repr=False)
    #: Where sealed files lie.
    store: Store = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Raises ConfigError for a bucket that cannot be: at the start, and not with the first file."""
        self.store = stores.opened(self.settings)

    @property
    def models(self) -> Path:
        """The folder of models, one folder a version beside the model in service."""
        return self.settings.instance / "models"

    @property
    def model_path(self) -> Path:
        """The model in service."""
        return self.models / "current.model"

    @cached_property
    def bell(self) -> Bell:
        """What wakes the workers."""
        return Bell(self.settings.text("RATE_STORE"))

    def now(self) -> datetime:
        """The present, aware, in UTC."""
        return self.clock().astimezone(UTC)

    def local(self, moment: datetime) -> datetime:
        """`moment` as the wall clock of the installation shows it."""
        return moment.astimezone(ZoneInfo(self.settings.text("TIMEZONE")))

    def midnight(self, day: date) -> datetime:
        """The moment at which `day` begins where the installation is."""
        return datetime.combine(day, time(), ZoneInfo(self.settings.text("TIMEZONE"))).astimezone(UTC)

    def today(self) -> date:
        """Today's date where the installation is."""
        return self.local(self.now()).date()

    def has_workdays(self, year: int) -> bool:
        """Whether the working days of a year are known."""
        try:
            self.calendar.is_workday(date(year, 1, 2))
        except CalendarUnpublished:
            return False
        return True

    @property
    def warnings(self) -> Warnings:
        """From how many days on a due date is shown yellow and blue."""
        return Warnings(self.settings.number("YELLOW_DAYS"), self.settings.number("BLUE_DAYS"))

    def classifier(self) -> Classifier:
        """The model in service, loaded when first asked for and again when the file is replaced.

        Raises classifier.ModelError if there is none or it does not fit.
        """
        with self._lock:
            stamp = self.model_path.stat().st_mtime_ns if self.model_path.exists() else 0
            if self._loaded is None or self._loaded[0] != stamp:
                self._loaded = (stamp, Classifier.load(self.model_path))
            return self._loaded[1]

    @cached_property
    def gazetteer(self) -> Gazetteer:
        """The names of all divisions, to find places in a text."""
        with (DATA / "regions.csv").open(encoding="utf-8") as lines:
            return Gazetteer((place.code, place.name) for place in parse_regions(lines).values())

    def segmenter(self) -> Segmenter:
        """The word segmenter that indexing and queries share."""
        return segmenter()


_segmenter: Segmenter | None = None
_segmenter_lock = threading.Lock()


def segmenter() -> Segmenter:
    """The process's one segmenter; needs no model."""
    global _segmenter
    with _segmenter_lock:
        if _segmenter is None:
            _segmenter = Segmenter()
        return _segmenter
