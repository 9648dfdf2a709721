"""A report with every table filled, made without a database: what a format must carry through."""

from __future__ import annotations

from datetime import UTC, date, datetime

from intake.models import Channel, Office, Report, ReportRevision, ReportState
from intake.rules.workflow import State, Verdict
from intake.services.directory import read_rows, referrals
from intake.services.reports import MonthlyReport, Table, to_payload
from intake.services.reports.counted import COUNTS
from intake.services.reports.course import MEASURES
from intake.services.reports.figures import COMPARED, COMPARISONS
from intake.services.reports.rollups import LEVELS, ROLL_UPS
from intake.services.reports.value import REST, Cell
from intake.tools import DATA

CATEGORIES = read_rows(DATA / "categories.csv")
SLUGS = tuple(row["slug"] for row in CATEGORIES)
OFFICE = "镇江市级层面整治形式主义为基层减负专项工作机制办公室"


def table(key: str, rows: tuple[str, ...], columns: tuple[str, ...], start: int = 1) -> Table:
    """Distinct numbers in every cell, so that a figure in the wrong place is seen."""
    cells: list[tuple[Cell, ...]] = []
    for r in range(len(rows)):
        cells.append(tuple(start + r * len(columns) + c for c in range(len(columns))))
    return Table(key, rows, columns, tuple(cells))


def report(**changed: object) -> MonthlyReport:
    """October 2026 of 镇江 with a name that begins like a formula among the notices."""
    places = ("321102", "321111", "321112", "~321100", REST, "total")
    trend = table("trend", (*SLUGS, "total"), COMPARISONS, 2000)
    cells = tuple((*row[:3], 12.5, *row[4:6], None, *row[7:]) for row in trend.cells)
    tables = (
        table("categories", (*SLUGS, "total"), COUNTS, 100),
        table("totals", COMPARED, COMPARISONS, 1000),
        Table("trend", trend.rows, trend.columns, cells),
        table("year", tuple(f"2026-{n:02d}" for n in range(1, 11)), COMPARED, 3000),
        table("reasons", (*(r["slug"] for r in referrals()), "total"), ("rejected",), 20),
        *(table(k, (*rows, REST, "total"), ("received", "before", "accepted", "closed"), 4000) for k, (_, rows) in ROLL_UPS.items()),
        table("places", places, (*SLUGS, "total"), 5000),
        table("notices", ("n7",), ("received", "accepted", "closed"), 6000),
        table("channels", (*(c.value for c in Channel), "total"), ("received",), 6100),
        table("provisions", ("R02", "total"), ("received",), 6150),
        Table("times", ("triage", "close"), ("count", "median", "p90", "term", "within", "late"), ((9, 2.5, 4, 5, 8, 1), (7, None, 41, 60, 7, 0))),
        table("done", ("measures", "educated", "disciplined"), ("now", "to_date"), 6200),
        table("ratings", ("rated_solved", "rated_partly", "rated_unsolved", "rated"), ("now",), 6250),
        table("cases", tuple(f"{p}_{m}" for p in ("now", "year") for m in MEASURES), ("total", *LEVELS, *(f"c{c}" for c in ROLL_UPS["discipline"][1])), 6300),
        table("clusters_sum", ("clusters",), ("count", "reporters", "closed"), 6400),
        Table("clusters", ("2026-10-0007",), ("category", "reporters", "merged", "state", "verdict"), (("checkins", 12, 11, State.CLOSED.value, Verdict.PARTLY.value),)),
        Table("burden", ("checkins", "total"), ("said", "median", "sum"), ((3, 20.0, 1234567.5), (3, 20.0, 1234567.5))),
        Table("classifier", ("total",), ("triaged", "sure", "coverage", "decided", "changed", "changed_percent"), ((80, 60, 75.0, 40, 6, 15.0),)),
    )  # fmt: skip
    names = {row["slug"]: f"{row['code']} {row['name']}" for row in CATEGORIES}
    names |= {f"short:{row['slug']}": f"{row['code']} {row['short']}" for row in CATEGORIES}
    names |= {"321102": "京口区", "321111": "润州区", "321112": "丹徒区", "~321100": "镇江市", "n7": "=1+1 & <公告>", "R02": "若干规定 第 2 条：提升文件质量"}
    values = {
        "month": date(2026, 10, 1), "office_id": 1, "office_name": OFFICE, "region_code": "321100",
        "made_at": datetime(2026, 11, 2, 1, tzinfo=UTC), "taxonomy": "a4f1c20b77e0", "models": ("m1",),
        "names": tuple(names.items()), "tables": tables, "roll_ups": (),
    } | changed  # fmt: skip
    return MonthlyReport(**values)  # type: ignore[arg-type]


def record(figures: MonthlyReport) -> Report:
    """The report issued as number 9 of the year."""
    office = Office(id=1, name=OFFICE, region_code="321100", remit="task_force", is_home=True, active=True)
    revision = ReportRevision(
        number=0, queried_at=figures.made_at, models=["m1"], taxonomy=figures.taxonomy, hash=figures.digest,
        figures=to_payload(figures), changes=[], reason="",
    )  # fmt: skip
    return Report(
        id=1, office_id=1, office=office, month="2026-10", state=ReportState.ISSUED, year=2026, number=9,
        addressee="市委层面整治形式主义为基层减负专项工作机制", issued_at=datetime(2026, 11, 2, 17, tzinfo=UTC), public={},
        revisions=[revision],
    )  # fmt: skip
