"""The monthly figures: what they count, that they stay, and that they are those of the real tables."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from intake import jobs
from intake.db import reading, transaction
from intake.errors import InvalidAction, InvalidInput, NotFound
from intake.models import AuditEntry, Clue, Notice, OfficerRecusal, Rating, Recusal, Report, ReportRevision, ReportState
from intake.rules.routing import AccusedLevel
from intake.rules.workflow import Action, Role
from intake.services import clues, lists, reporter, reports
from intake.services.lists import Filter
from intake.services.reports import Counted, freeze
from intake.services.reports.counted import COUNTS
from intake.services.reports.statistics import median, percent, quantile
from intake.services.reports.value import changes
from tests import factories as make
from tests import loading

OCTOBER = date(2026, 10, 1)


def at(clock, *moment: int) -> None:
    """Set the clock to a local time in China."""
    clock.now = datetime(*moment, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def autumn(database, tools, clock):
    """Clues of 丹徒区 in September and October 2026 at every stage; the clock stands on 2 November."""
    with transaction(database) as session:
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        handler = make.viewer(session, tools, Role.HANDLER, "321112", "cyberspace")
        lead = make.viewer(session, tools, Role.LEAD, "321112", "cyberspace")
        at(clock, 2026, 9, 7, 10)
        make.clue(session, tools)
        at(clock, 2026, 10, 9, 10)
        closed = make.clue(session, tools, times_a_month=20, minutes_each=30, people=4)
        rejected = make.clue(session, tools, text="小区停水三天没人管，请问找谁")
        root = make.clue(session, tools, times_a_month=10, minutes_each=60)
        twin = make.clue(session, tools)
        make.clue(session, tools, text="工资拖欠半年，老板不见了", region_code="321112101")
        bribe = make.clue(session, tools, text="科长验收前要红包")
        at(clock, 2026, 10, 12, 10)
        make.act(session, closed, Action.ASSIGN, clerk, tools, category="checkins")
        make.act(session, rejected, Action.REJECT, clerk, tools, reason="public_service", text="请打 12345")
        make.act(session, twin, Action.MERGE, clerk, tools, into=root.number)
        make.act(session, closed, Action.SIGN, handler, tools)
        make.act(session, bribe, Action.TRANSFER, clerk, tools, text="涉嫌索贿")
        at(clock, 2026, 10, 26, 10)
        words = {
            "verdict": "substantiated",
            "measures": "停用签到",
            "answer": "已停用",
            "educated": 2,
            "disciplined": 1,
        }
        make.act(session, closed, Action.CONCLUDE, handler, tools, **words)
        make.act(session, closed, Action.APPROVE, lead, tools)
    at(clock, 2026, 11, 2, 10)
    return clerk


def test_the_figures_of_a_month_count_what_happened_in_it(database, tools, autumn):
    with reading(database) as session:
        report = reports.monthly(session, autumn, OCTOBER, tools=tools)
    total = {column: report.figure("categories", "total", column) for column in COUNTS}
    assert total == {
        "received": 6, "accepted": 1, "rejected": 1, "merged": 1, "transferred": 1, "closed": 1, "substantiated": 1, "partly": 0,
        "unsubstantiated": 0, "unverifiable": 0, "overdue": 3,
    }  # fmt: skip
    assert report.figure("trend", "total", "before") == 1
    assert report.figure("trend", "total", "to_date") == 7
    assert report.table("trend").at("total", "change_percent") == 500.0
    assert report.table("trend").at("total", "year_percent") is None
    assert report.figure("reasons", "public_service", "rejected") == report.figure("reasons", "total", "rejected") == 1
    assert report.figure("done", "educated", "now") == 2
    assert report.figure("done", "disciplined", "now") == 1
    assert report.figure("cases", "now_people", "total") == 3
    assert report.figure("cases", "now_problems", "township_rank") == 1
    assert report.table("times").cells[0][:2] == (4, 2.0)  # Friday to Monday, over a Saturday that is worked
    assert report.table("times").cells[1] == (1, 14.0, 14, 60, 1, 0)
    assert report.table("burden").at("total", "sum") == 50.0
    assert report.table("burden").at("total", "median") == 25.0
    assert report.figure("clusters_sum", "clusters", "count") == 1
    assert report.figure("classifier", "total", "triaged") == 6
    assert report.figure("places", "321112101", "total") == 1
    assert report.figure("places", "~321112", "total") == 5


def test_what_reporters_say_of_an_answer_counts_in_the_month_of_the_answer_also_where_they_joined(database, tools, autumn, clock):
    with transaction(database) as session:
        closed = session.scalars(select(Clue).where(Clue.state == "closed")).one()
        late, silent = make.clue(session, tools), make.clue(session, tools)
        for joined in (late, silent):
            make.act(session, joined, Action.MERGE, autumn, tools, into=closed.number)
        reporter.rate(session, closed, Rating.SOLVED, tools=tools)
        reporter.rate(session, late, Rating.UNSOLVED, tools=tools)
    with reading(database) as session:
        october, november = (reports.monthly(session, autumn, month, tools=tools) for month in (OCTOBER, date(2026, 11, 1)))
        assert october.table("ratings").cells == ((1,), (0,), (1,), (2,))
        assert november.figure("ratings", "rated", "now") == 0
        for row in october.table("ratings").rows:
            condition = reports.behind(session, Counted(row, OCTOBER), tools)
            assert lists.count(session, autumn, Filter(counted=condition)) == october.figure("ratings", row, "now"), row


def test_every_table_that_adds_up_does(database, tools, autumn):
    with reading(database) as session:
        report = reports.monthly(session, autumn, OCTOBER, tools=tools)
    for key in ("categories", "six", "discipline", "places", "channels", "reasons"):
        table = report.table(key)
        for column in table.columns:
            if column == "category":
                continue
            parts = [table.number(row, column) for row in table.rows if row != "total"]
            assert sum(parts) == table.number("total", column), (key, column)
    for row, _ in report.table("places"):
        cells = report.table("places").cells[report.table("places").rows.index(row)]
        assert sum(cells[:-1]) == cells[-1]


def test_behind_every_number_stand_as_many_clues(database, tools, autumn):
    with reading(database) as session:
        report = reports.monthly(session, autumn, OCTOBER, tools=tools)

        def listed(question: Counted) -> int:
            """What the page lists, and what it says was transferred."""
            wanted = Filter(counted=reports.behind(session, question, tools))
            return lists.count(session, autumn, wanted) + lists.moved_on(session, autumn, wanted)

        for row in report.table("categories").rows:
            for column in COUNTS:
                question = Counted(column, OCTOBER, "" if row == "total" else row)
                assert listed(question) == report.figure("categories", row, column), (row, column)
        for row in report.table("places").rows:
            if row not in ("total", "rest"):
                assert listed(Counted("received", OCTOBER, region=row)) == report.figure("places", row, "total"), row


def test_the_lists_of_what_was_in_time_and_late_are_as_long_as_the_figures_say(database, tools, clock):
    """Every length of triage up to 11 days and of handling from 50 to 110, with and without extension and a notice's term."""
    zone = ZoneInfo("Asia/Shanghai")
    at(clock, 2026, 11, 2, 10)
    with transaction(database) as session:
        viewer = make.viewer(session, tools, Role.SUPERVISOR, "321112")
        notice = session.scalars(select(Notice)).first()
        notice.handling_days = 35
        where = {"intake_office_id": viewer.office_id, "intake_region": "321112", "office_id": viewer.office_id}
        for n in range(12):
            end = datetime(2026, 10, 20, 12, tzinfo=zone)
            given = {"created_at": end - timedelta(days=n), "assigned_at": end, "category": "ledgers"}
            open_one = {"state": "handling", "closed_at": None, "verdict": None, "answer": None}
            loading.clues(session, 1, moment=end, region_code="321112", **where, **given, **open_one)
        for days in range(50, 110, 3):
            closed = datetime(2026, 10, 28, 12, tzinfo=zone)
            given = {"created_at": closed - timedelta(days=days), "assigned_at": closed - timedelta(days=days)}
            loading.clues(session, 3, moment=closed, category="likes", region_code="321112", **where, **given)
        for n, clue in enumerate(session.scalars(select(Clue).where(Clue.category == "likes").order_by(Clue.id))):
            clue.extended, clue.notice_id = n % 3 == 1, notice.id if n % 3 == 2 else None
    with reading(database) as session:
        times = reports.monthly(session, viewer, OCTOBER, tools=tools).table("times")
        for row, column in product(times.rows, ("within", "late")):
            question = Counted(f"{row}_{column}", OCTOBER)
            condition = reports.behind(session, question, tools)
            assert lists.count(session, viewer, Filter(counted=condition)) == times.number(row, column) > 2, (
                row,
                column,
            )


def test_what_was_overdue_at_the_end_of_a_month_stays_so_whatever_came_after(database, tools, clock):
    with transaction(database) as session:
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        at(clock, 2026, 10, 9, 10)
        late, answered, moved, fresh = (make.clue(session, tools) for _ in range(4))
        session.scalars(select(Notice).where(Notice.slug == "zhenjiang")).one().handling_days = 3
        make.act(session, fresh, Action.ASSIGN, clerk, tools, category="checkins")
        at(clock, 2026, 10, 26, 10)
        hurried = make.clue(session, tools, notice_slug="zhenjiang")
        make.act(session, hurried, Action.ASSIGN, clerk, tools, category="checkins")
        handler = make.viewer(session, tools, Role.HANDLER, "321112", "cyberspace")
        at(clock, 2026, 10, 12, 10)
        make.act(session, answered, Action.REJECT, clerk, tools, reason="other", text="请打 12345")
    at(clock, 2026, 11, 2, 10)

    def overdue() -> int:
        with reading(database) as session:
            return reports.monthly(session, clerk, OCTOBER, tools=tools).figure("categories", "total", "overdue")

    assert overdue() == 3  # late, moved, and fresh, which nobody has signed for
    with transaction(database) as session:
        make.act(session, session.get_one(Clue, moved.id), Action.ASSIGN, clerk, tools, category="checkins")
        make.act(
            session, session.get_one(Clue, late.id), Action.REJECT, clerk, tools, reason="other", text="请打 12345"
        )
        signed = make.act(session, session.get_one(Clue, hurried.id), Action.SIGN, handler, tools)
        assert signed.due_on == date(2026, 10, 29), "the term runs from the acceptance, but nobody knew in October"
    assert overdue() == 3
    at(clock, 2026, 12, 20, 10)
    assert overdue() == 3


def test_who_is_recused_from_an_old_clue_that_is_still_open_gets_no_figure_it_is_in(database, tools, clock):
    at(clock, 2026, 11, 2, 10)
    with transaction(database) as session:
        supervisor = make.viewer(session, tools, Role.SUPERVISOR, "321112")
        old = make.clue(session, tools)
        old.created_at, old.due_on = datetime(2024, 12, 1, 4, tzinfo=UTC), date(2024, 12, 9)
        session.add(OfficerRecusal(clue_id=old.id, officer_id=supervisor.id))
        session.flush()
        assert freeze.hides_from(session, supervisor, OCTOBER, tools)


def test_a_clue_the_office_must_not_see_is_in_no_figure(database, tools, clock):
    with transaction(database) as session:
        at(clock, 2026, 10, 9, 10)
        viewer = make.viewer(session, tools, Role.SUPERVISOR, "321112")
        clue = make.clue(session, tools, times_a_month=20, minutes_each=30)
        twin = make.clue(session, tools)
        at(clock, 2026, 11, 2, 10)
        before = reports.monthly(session, viewer, OCTOBER, tools=tools)
        session.add(Recusal(clue_id=clue.id, office_id=viewer.office_id))
        session.flush()
        after = reports.monthly(session, viewer, OCTOBER, tools=tools)
        assert clue.number not in str(reports.to_payload(after)) and twin.id
    assert before.figure("categories", "total", "received") == 2
    assert after.figure("categories", "total", "received") == 1
    assert before.figure("clusters_sum", "clusters", "count") == 1
    assert after.figure("clusters_sum", "clusters", "count") == 0
    assert after.figure("burden", "total", "said") == 0


def test_no_table_is_sorted_by_size_or_is_about_a_unit(database, tools, autumn):
    with reading(database) as session:
        report = reports.monthly(session, autumn, OCTOBER, tools=tools)
    places = [row for row in report.table("places").rows if row[0].isdigit()]
    assert places == sorted(places)
    numbers = report.table("clusters").rows
    assert list(numbers) == sorted(numbers)
    assert not {t.key for t in report.tables} & {"offices", "units"}


def test_the_same_data_give_the_same_digest_at_any_time(database, tools, autumn, clock):
    with reading(database) as session:
        first = reports.monthly(session, autumn, OCTOBER, tools=tools)
    at(clock, 2026, 12, 24, 3)
    with reading(database) as session:
        second = reports.monthly(session, autumn, OCTOBER, tools=tools)
    assert first.made_at != second.made_at
    assert first.digest == second.digest
    assert reports.from_payload(reports.to_payload(first)) == first


def test_an_issued_report_stays_and_a_correction_says_what_changed(database, tools, autumn, clock):
    with transaction(database) as session:
        supervisor = make.viewer(session, tools, Role.SUPERVISOR, "321112")
        office = make.office(session, "321112", "task_force")
        report = make.draft(session, tools, office.id, OCTOBER)
        assert freeze.waiting(session, supervisor) == ["2026-10"]

        def again():
            return freeze.counted(session, office.id, OCTOBER, tools=tools)

        freeze.issue(session, report, "市机制办", officer=supervisor, tools=tools)
        assert (report.year, report.number, report.state) == (2026, 1, ReportState.ISSUED)
        frozen, published = freeze.latest(report), report.public
        with pytest.raises(InvalidInput, match="nothing_to_correct"):
            freeze.correct(session, report, again(), "核对", officer=supervisor, tools=tools)
        with pytest.raises(InvalidAction):
            make.draft(session, tools, office.id, OCTOBER)
        clue = session.scalars(select(Clue).where(Clue.number.startswith("2026-10"), Clue.state == "received")).first()
        clue.created_at -= timedelta(days=60)
        session.flush()
        revision = freeze.correct(session, report, again(), "日期登记错误", officer=supervisor, tools=tools)
        assert revision.number == 1 and revision.hash != frozen.digest
        changed = {(c["table"], c["row"], c["column"]): (c["old"], c["new"]) for c in revision.changes}
        assert changed["categories", "total", "received"] == (6, 5)
        assert freeze.latest(report) != frozen
        assert report.public == published
    with reading(database) as session:
        stored = session.scalars(select(ReportRevision).order_by(ReportRevision.number)).all()
        assert [r.number for r in stored] == [0, 1]
        assert reports.from_payload(stored[0].figures).digest == stored[0].hash == frozen.digest
        actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
        assert [a for a in actions if a.startswith("report_")] == [
            "report_drafted",
            "report_issued",
            "report_corrected",
        ]


def test_a_column_that_a_later_version_counts_is_no_correction_until_it_counts_something(database, tools, autumn):
    with reading(database) as session:
        now = reports.monthly(session, autumn, OCTOBER, tools=tools)
    categories = now.table("categories")
    place = categories.columns.index("transferred")
    older = replace(
        categories, columns=categories.columns[:place] + categories.columns[place + 1 :],
        cells=tuple(row[:place] + row[place + 1 :] for row in categories.cells),
    )  # fmt: skip
    before = replace(now, tables=tuple(older if t.key == "categories" else t for t in now.tables))
    found = changes(before, now)
    assert {(c.table, c.column, c.old, c.new) for c in found} == {("categories", "transferred", None, 1)}
    assert [c.row == "total" for c in found] == [False, True], "the clue's own category and all together"


def test_a_running_month_is_not_frozen_and_others_do_not_issue(database, tools, autumn):
    with transaction(database) as session:
        office = make.office(session, "321112", "task_force")
        with pytest.raises(InvalidInput, match="month_not_over"):
            make.draft(session, tools, office.id, date(2026, 11, 1))
        report = make.draft(session, tools, office.id, OCTOBER)
        for role, region in ((Role.SUPERVISOR, "321100"), (Role.CLERK, "321112")):
            with pytest.raises(NotFound):
                freeze.issue(session, report, "", officer=make.viewer(session, tools, role, region), tools=tools)


@pytest.mark.parametrize(
    ("now", "drafts"), [((2026, 10, 1, 9), 0), ((2026, 10, 7, 23), 0), ((2026, 10, 8, 0), 1), ((2026, 10, 20, 9), 1)]
)
def test_drafts_are_made_from_the_first_working_day_on_once(database, tools, clock, now, drafts):
    """1 to 7 October 2026 are holidays."""
    with transaction(database) as session:
        make.officer(session, tools, Role.SUPERVISOR, "321112")
    at(clock, *now)
    assert jobs.daily(database, tools) == drafts
    assert jobs.daily(database, tools) == 0
    with reading(database) as session:
        assert [r.month for r in session.scalars(select(Report))] == ["2026-09"] * drafts


#: domain.md 4.1: what the central commission published; levels are ministers, bureaus, counties, townships.
PUBLISHED = {
    "october": ((1, 96, 1354, 23865), 25316, 32544, 22741),
    "year": ((18, 1196, 16368, 273170), 290752, 375604, 261788),
}
LEVELS = (AccusedLevel.PROVINCE, AccusedLevel.CITY, AccusedLevel.COUNTY, AccusedLevel.TOWNSHIP)


def test_the_published_table_of_the_central_commission_comes_out_of_its_counts(database, tools, clock):
    at(clock, 2026, 1, 5, 10)
    october, total, people, disciplined = PUBLISHED["october"]
    year, year_total, year_people, year_disciplined = PUBLISHED["year"]
    with transaction(database) as session:
        viewer = make.viewer(session, tools, Role.SUPERVISOR, "321100")
        where = {
            "intake_office_id": viewer.office_id,
            "intake_region": "321100",
            "region_code": "321112",
            "office_id": viewer.office_id,
        }
        rest = tuple(y - o for y, o in zip(year, october, strict=True))
        for moment, counts, dealt, punished in (
            (datetime(2025, 10, 15, tzinfo=UTC), october, people - disciplined, disciplined),
            (
                datetime(2025, 3, 15, tzinfo=UTC),
                rest,
                year_people - year_disciplined - people + disciplined,
                year_disciplined - disciplined,
            ),
        ):
            categories = ("ledgers", "vanity", "quotas", "checkins")
            for level, category, count in zip(LEVELS, categories, counts, strict=True):
                educated, done = min(count, dealt), min(count, punished)
                dealt, punished = dealt - educated, punished - done
                loading.clues(
                    session,
                    count,
                    moment=moment,
                    category=category,
                    accused_level=level.value,
                    educated=educated,
                    disciplined=done,
                    **where,
                )
            assert dealt == punished == 0
        report = reports.monthly(session, viewer, date(2025, 10, 1), tools=tools)
    columns = ("total", "province_rank", "city_rank", "county_rank", "township_rank")
    table = report.table("cases")
    assert tuple(table.number("now_problems", c) for c in columns) == (total, *october)
    assert tuple(table.number("year_problems", c) for c in columns) == (year_total, *year)
    assert sum(october) == total and sum(year) == year_total
    assert (table.number("now_people", "total"), table.number("now_disciplined", "total")) == (people, disciplined)
    assert (table.number("year_people", "total"), table.number("year_disciplined", "total")) == (
        year_people,
        year_disciplined,
    )
    kinds = [table.number("year_problems", c) for c in ("c1", "c2", "c3", "c4", "cother")]
    assert kinds == [year[1], year[2], 0, year[0], year[3]]
    assert sum(kinds) == year_total


@pytest.mark.parametrize(
    ("counts", "middle", "ninetieth"),
    [({}, None, None), ({3: 1}, 3, 3), ({1: 1, 2: 1}, 1.5, 2), ({1: 9, 100: 1}, 1, 1), ({1: 8, 100: 2}, 1, 100)],
)
def test_median_and_percentile_of_a_histogram(counts, middle, ninetieth):
    assert median(counts) == middle
    assert quantile(counts, 0.9) == ninetieth


def test_a_change_from_nothing_has_no_per_cent():
    assert percent(3, 0) is None
    assert percent(3, 4) == -25.0


def test_nobody_waits_to_file_while_a_draft_is_counted(database, tools, clock, monkeypatch):
    with transaction(database) as session:
        make.officer(session, tools, Role.SUPERVISOR, "321112")
    at(clock, 2026, 10, 8, 9)
    filed, counting = [], freeze.monthly

    def file():
        with transaction(database) as session:
            filed.append(clues.submit(session, make.submission(), tools=tools).number)

    def count(*args, **kept):
        reporter = threading.Thread(target=file)
        reporter.start()
        reporter.join(5)
        assert filed, "counting holds the lock"
        return counting(*args, **kept)

    monkeypatch.setattr(freeze, "monthly", count)
    assert jobs.daily(database, tools) == 1
    with reading(database) as session:
        assert session.scalars(select(Clue).where(Clue.number.in_(filed))).one().triaged_at, "and what came in meanwhile was not kept waiting"


def test_a_worker_leaves_what_another_has_drafted(database, tools, clock, monkeypatch):
    with transaction(database) as session:
        office_id = make.officer(session, tools, Role.SUPERVISOR, "321112").office_id
    at(clock, 2026, 10, 8, 9)
    assert jobs.daily(database, tools) == 1
    monkeypatch.setattr(freeze, "due", lambda *_: [office_id])  # as it was asked before the other was done
    assert jobs.daily(database, tools) == 0
    with reading(database) as session:
        assert len(session.scalars(select(AuditEntry).where(AuditEntry.action == "report_drafted")).all()) == 1
