"""A month's report put together: categories with their comparisons, roll-ups, places, notices and channels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.models import Category, Channel, Notice, Region
from intake.rules.workflow import State
from intake.services import directory, provisions
from intake.services.clues import Viewer, categories
from intake.services.reports import course, queries
from intake.services.reports.counted import COUNTS, condition
from intake.services.reports.months import month_before, year_ago
from intake.services.reports.queries import Asking, Life
from intake.services.reports.rollups import ROLL_UPS, groups
from intake.services.reports.statistics import percent
from intake.services.reports.value import REST, TOTAL, UNDECIDED, Cell, MonthlyReport, Table, digest_of
from intake.tools import Tools

#: By (column, month as `2026-11`, category): how many.
Counts = Counter[tuple[str, str, str]]
COMPARED = ("received", "accepted", "rejected", "closed", "transferred")
COMPARISONS = (
    "now", "before", "change", "change_percent", "year_ago", "year_change", "year_percent",
    "to_date", "to_date_before", "to_date_change", "to_date_percent",
)  # fmt: skip
_ENDS = {State.REJECTED: "rejected", State.MERGED: "merged", State.TRANSFERRED: "transferred", State.CLOSED: "closed"}


def monthly(session: Session, viewer: Viewer, month: date, *, tools: Tools) -> MonthlyReport:
    """The report for the month that begins on `month`, over what `viewer` may see and nothing else."""
    ask = Asking(session, viewer, month, tools)
    known = categories(session)
    lives, arrivals = queries.lives(ask), queries.arrivals(ask)
    counts = _counts(ask, lives)
    slugs = _slugs(known, counts)
    members = {key: groups(known, key, slugs) for key in ROLL_UPS}
    predictions = queries.predictions(ask)
    places, place_names = _places(ask, arrivals, slugs)
    notices, notice_names = _notices(ask)
    tables = (
        _categories(counts, slugs, month),
        _compared("totals", COMPARED, lambda row, m: counts[row, m, TOTAL], month),
        _compared("trend", (*slugs, TOTAL), lambda row, m: counts["received", m, row], month),
        _year(counts, month),
        _reasons(lives, month),
        *(_roll_up(key, members[key], counts, month) for key in ROLL_UPS),
        places,
        notices,
        _channels(arrivals),
        _provisions(ask),
        *course.tables(ask, known, slugs, lives, predictions),
    )
    names = _category_names(known) | place_names | notice_names | provision_names()
    return MonthlyReport(
        month, viewer.office_id, viewer.office_name, viewer.region_code, tools.now(), taxonomy_version(known),
        tuple(sorted({row.model_version for row in predictions})), tuple(names.items()), tables, tuple((key, tuple(rows.items())) for key, rows in members.items()),
    )  # fmt: skip


def _provisions(ask: Asking) -> Table:
    """The provisions that a person confirmed for clues of the month; a clue may touch several."""
    found = {row[0]: row.n for row in queries.provisions(ask)}
    rows = tuple(key for key in provisions.known() if key in found)
    counts = found | {TOTAL: queries.touching_any(ask)}
    return _table("provisions", (*rows, TOTAL), ("received",), lambda row, _: counts[row])


def provision_names() -> dict[str, str]:
    """What each provision is called in a report."""
    return {p.id: f"{p.instrument}{f' 第 {p.item} 条' if p.item else ''}：{p.title}" for p in provisions.known().values()}


def _category_names(known: Sequence[Category]) -> dict[str, str]:
    """Code and name of each category, and its short form under `short:slug`."""
    long = {c.slug: f"{c.code} {c.name}" for c in known}
    return long | {f"short:{c.slug}": f"{c.code} {c.short}" for c in known}


def taxonomy_version(known: Sequence[Category]) -> str:
    """A short digest of the categories in force and what they roll up to."""
    return digest_of([[c.code, c.slug, c.name, dict(c.roll_ups)] for c in known])[:12]


def _counts(ask: Asking, lives: Sequence[Life]) -> Counts:
    counts: Counts = Counter()

    def add(column: str, month: str | None, slug: str, n: int) -> None:
        if month:
            counts[column, month, slug] += n
            counts[column, month, TOTAL] += n

    for one in lives:
        add("received", one.received, one.slug, one.n)
        add("accepted", one.accepted, one.slug, one.n)
        if one.state in _ENDS:
            add(_ENDS[one.state], one.over, one.slug, one.n)
        if one.state is State.CLOSED and one.verdict is not None:
            add(one.verdict.value, one.over, one.slug, one.n)
    for slug, n in queries.late(ask):
        add("overdue", f"{ask.month:%Y-%m}", slug, n)
    return counts


def _slugs(known: Sequence[Category], counts: Counts) -> tuple[str, ...]:
    """All categories, and UNDECIDED where it has anything."""
    undecided = any(slug == UNDECIDED and n for (_, _, slug), n in counts.items())
    return tuple(c.slug for c in known) + ((UNDECIDED,) if undecided else ())


def _categories(counts: Counts, slugs: Sequence[str], month: date) -> Table:
    return _table("categories", (*slugs, TOTAL), COUNTS, lambda row, column: counts[column, f"{month:%Y-%m}", row])


def _compared(key: str, rows: Sequence[str], count: Callable[[str, str], int], month: date) -> Table:
    """Rows against last month, the same month last year, and the year to date."""
    cells = tuple(_comparison(lambda m, row=row: count(row, f"{m:%Y-%m}"), month) for row in rows)  # type: ignore[misc]
    return Table(key, tuple(rows), COMPARISONS, cells)


def _comparison(count: Callable[[date], int], month: date) -> tuple[Cell, ...]:
    now, before, ago = count(month), count(month_before(month)), count(year_ago(month))
    to_date = sum(count(m) for m in _months_to(month))
    to_date_before = sum(count(m) for m in _months_to(year_ago(month)))
    return (
        now, before, now - before, percent(now, before), ago, now - ago, percent(now, ago),
        to_date, to_date_before, to_date - to_date_before, percent(to_date, to_date_before),
    )  # fmt: skip


def _months_to(month: date) -> list[date]:
    return [month.replace(month=n) for n in range(1, month.month + 1)]


def _year(counts: Counts, month: date) -> Table:
    """The year at a glance: each month so far."""
    rows = tuple(f"{m:%Y-%m}" for m in _months_to(month))
    return _table("year", rows, COMPARED, lambda row, column: counts[column, row, TOTAL])


def _reasons(lives: Sequence[Life], month: date) -> Table:
    """Rejections of the month by reason."""
    found: Counter[str] = Counter()
    for one in lives:
        if one.state is State.REJECTED and one.over == f"{month:%Y-%m}":
            found[one.reason or ""] += one.n
            found[TOTAL] += one.n
    known = [row["slug"] for row in directory.referrals()]
    rows = [*known, *sorted(set(found) - {*known, TOTAL}), TOTAL]
    return _table("reasons", rows, ("rejected",), lambda row, _: found[row])


def _roll_up(key: str, members: Mapping[str, Sequence[str]], counts: Counts, month: date) -> Table:
    at = {"now": f"{month:%Y-%m}", "before": f"{month_before(month):%Y-%m}"}
    ways = {
        "received": ("received", "now"),
        "before": ("received", "before"),
        "accepted": ("accepted", "now"),
        "closed": ("closed", "now"),
    }

    def cell(row: str, column: str) -> int:
        what, when = ways[column]
        return sum(counts[what, at[when], slug] for slug in ((TOTAL,) if row == TOTAL else members[row]))

    return _table(key, (*members, TOTAL), tuple(ways), cell)


def _places(ask: Asking, arrivals: queries.Rows, slugs: Sequence[str]) -> tuple[Table, dict[str, str]]:
    """Places one level below the office's own by category; `~code` for what names the office's place only."""
    below = [(r.code, r.name) for r in directory.children(ask.session, ask.viewer.region_code)]
    found: Counter[tuple[str, str]] = Counter()
    for region, slug, _, n in arrivals:
        row = _row_of(region, ask.viewer.region_code, [code for code, _ in below])
        for key in ((row, slug), (row, TOTAL), (TOTAL, slug), (TOTAL, TOTAL)):
            found[key] += n
    own, used = f"~{ask.viewer.region_code}", {row for row, _ in found}
    rows = [
        *(code for code, _ in below if code in used or len(below) <= 30),
        *(row for row in (own, REST) if row in used),
        TOTAL,
    ]
    table = _table("places", rows, (*slugs, TOTAL), lambda row, column: found[row, column])
    region = ask.session.get(Region, ask.viewer.region_code)
    names = dict(below) | {own: region.name if region else ""}
    return table, {row: names[row] for row in rows if row in names}


def _row_of(region: str, own: str, below: Iterable[str]) -> str:
    if region == own:
        return f"~{own}"
    return next((code for code in below if directory.is_within(region, code)), REST)


def _notices(ask: Asking) -> tuple[Table, dict[str, str]]:
    columns = ("received", "accepted", "closed")
    found: Counter[tuple[str, str]] = Counter()
    for column in columns:
        for notice, n in queries.by_notice(ask, condition(column, ask.month, ask.tools)):
            found[f"n{notice}", column] += n
    ids = sorted({int(row[1:]) for row, _ in found})
    titles = {f"n{i}": t for i, t in ask.session.execute(select(Notice.id, Notice.title).where(Notice.id.in_(ids)))}
    return _table("notices", [f"n{i}" for i in ids], columns, lambda row, column: found[row, column]), titles


def _channels(arrivals: queries.Rows) -> Table:
    found: Counter[str] = Counter()
    for _, _, channel, n in arrivals:
        found[channel.value] += n
    rows = [channel.value for channel in Channel]
    cells = tuple((found[row],) for row in rows)
    return Table("channels", (*rows, TOTAL), ("received",), (*cells, (sum(found.values()),)))


def _table(key: str, rows: Sequence[str], columns: Sequence[str], cell: Callable[[str, str], Cell]) -> Table:
    return Table(key, tuple(rows), tuple(columns), tuple(tuple(cell(r, c) for c in columns) for r in rows))
