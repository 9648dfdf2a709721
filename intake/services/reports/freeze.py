"""Reports that stay as they were: drafts, issuing under a number, corrections as revisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, lazyload

from intake.db import lock
from intake.errors import InvalidAction, InvalidInput, NotFound
from intake.models import Clue, Office, Officer, OfficerRecusal, Report, ReportRevision, ReportState
from intake.rules.deadlines import next_workday
from intake.rules.workflow import Role
from intake.services import audit
from intake.services.clues import Viewer
from intake.services.directory import INTAKE, is_within
from intake.services.reports.figures import monthly
from intake.services.reports.months import month_after, month_before, period, year_ago
from intake.services.reports.public import public_figures
from intake.services.reports.value import MonthlyReport, changes, from_payload, to_payload
from intake.tools import Tools


def office_viewer(office: Office) -> Viewer:
    """The office itself as a viewer: what its supervisor sees, whoever that is."""
    return Viewer(0, "", Role.SUPERVISOR, office.id, office.name, office.region_code, office.remit, office.is_home)


def of_month(session: Session, office_id: int, month: date) -> Report | None:
    """The report of an office for a month, if there is one."""
    return session.scalar(select(Report).where(Report.office_id == office_id, Report.month == f"{month:%Y-%m}"))


def hides_from(session: Session, officer: Viewer, month: date, tools: Tools) -> bool:
    """Whether the office's figures for a month, comparisons with two years and what is overdue from before included, hold
    a clue that is hidden from an officer in person: with what he sees himself they would tell him of it."""
    years = period(year_ago(month).replace(month=1), month, tools)
    latest_step = func.coalesce(Clue.closed_at, Clue.assigned_at, Clue.created_at)
    query = select(OfficerRecusal).join(Clue, Clue.id == OfficerRecusal.clue_id).where(OfficerRecusal.officer_id == officer.id)
    return session.scalar(query.where(or_(Clue.closed_at.is_(None), latest_step >= years.first), Clue.created_at < years.last).limit(1)) is not None


def latest(report: Report) -> MonthlyReport:
    """The figures of a report as they stand after its last revision."""
    return from_payload(report.revisions[-1].figures)


def counted(session: Session, office_id: int, month: date, *, tools: Tools) -> MonthlyReport:
    """The figures of an office's month as they stand, to be kept in a transaction of their own: on SQLite nobody files
    while one is open, and counting takes seconds where the place has many clues."""
    return monthly(session, office_viewer(session.get_one(Office, office_id)), month, tools=tools)


def draft(session: Session, figures: MonthlyReport, *, tools: Tools, officer_id: int | None = None) -> Report:
    """Freeze the figures of a closed month as a draft, or again if it is a draft still.

    Raises InvalidInput while the month runs, InvalidAction for a report that has been issued.
    """
    if month_after(figures.month) > tools.today():
        raise InvalidInput("month", "month_not_over")
    report = of_month(session, figures.office_id, figures.month)
    if report is not None:
        lock(session, report)
    if report is not None and report.state is ReportState.ISSUED:
        raise InvalidAction("the report has been issued")
    report = report or _new(session, figures)
    if report.revisions:
        _fill(report.revisions[0], figures)
    else:
        report.revisions.append(_revision(0, figures, officer_id))
    session.flush()
    audit.record(
        session, "report_drafted", at=tools.now(), officer_id=officer_id, report=report.id, hash=figures.digest
    )
    return report


def issue(session: Session, report: Report, addressee: str, *, officer: Viewer, tools: Tools) -> Report:
    """Give a draft its number of the year and fix what of it is public. Raises NotFound, InvalidAction."""
    _own(session, report, officer)
    if report.state is ReportState.ISSUED:
        raise InvalidAction("the report has been issued")
    figures = latest(report)
    now = tools.now()
    year = tools.local(now).year
    report.public = public_figures(figures)
    report.year, report.number = year, next_number(session, report.office_id, year)
    report.state, report.addressee = ReportState.ISSUED, addressee.strip()
    report.issued_at, report.issued_by_id = now, officer.id
    session.flush()
    audit.record(
        session, "report_issued", at=now, officer_id=officer.id, report=report.id, number=report.number,
        hash=figures.digest,
    )  # fmt: skip
    return report


def next_number(session: Session, office_id: int, year: int) -> int:
    """The number that the next report an office issues in a year gets."""
    last = select(func.max(Report.number)).where(Report.office_id == office_id, Report.year == year)
    return (session.scalar(last) or 0) + 1


def issuer(session: Session, report: Report) -> Officer | None:
    """Who issued a report; None for a draft."""
    return session.get(Officer, report.issued_by_id) if report.issued_by_id else None


def correct(
    session: Session, report: Report, now: MonthlyReport, reason: str, *, officer: Viewer, tools: Tools
) -> ReportRevision:
    """Keep the figures of an issued month, counted again, as a revision that says what changed.

    What is public stays as it was issued: two publications of one month could be subtracted.
    Raises NotFound, InvalidAction for a draft, InvalidInput without a reason or where nothing changed.
    """
    _own(session, report, officer)
    if report.state is not ReportState.ISSUED:
        raise InvalidAction("a draft is counted again, not corrected")
    if not reason.strip():
        raise InvalidInput("reason", "needed")
    before = latest(report)
    if not (found := changes(before, now)):
        raise InvalidInput("reason", "nothing_to_correct")
    revision = _revision(len(report.revisions), now, officer.id)
    revision.changes, revision.reason = [asdict(c) for c in found], reason.strip()[:200]
    report.revisions.append(revision)
    session.flush()
    audit.record(
        session, "report_corrected", at=tools.now(), officer_id=officer.id, report=report.id,
        revision=revision.number, hash=now.digest, previous=before.digest,
    )  # fmt: skip
    return revision


def kept(session: Session, office_id: int) -> Sequence[Report]:
    """The reports of an office, the newest month first."""
    return session.scalars(select(Report).where(Report.office_id == office_id).order_by(Report.month.desc())).all()


def drafts(session: Session) -> Sequence[Report]:
    """Every office's drafts."""
    return session.scalars(select(Report).where(Report.state == ReportState.DRAFT).order_by(Report.id)).all()


def waiting(session: Session, viewer: Viewer) -> Sequence[str]:
    """The months (`2026-11`) whose drafts wait for this supervisor."""
    if viewer.role is not Role.SUPERVISOR:
        return ()
    query = select(Report.month).where(Report.office_id == viewer.office_id, Report.state == ReportState.DRAFT)
    return session.scalars(query.order_by(Report.month)).all()


def due(session: Session, tools: Tools) -> list[int]:
    """The offices whose draft for the month before is due and missing: from the month's first working day on.

    Raises CalendarUnpublished.
    """
    today = tools.today()
    if today < next_workday(today.replace(day=1), tools.calendar):
        return []
    month = month_before(today)
    done = select(Report.office_id).where(Report.month == f"{month:%Y-%m}")
    supervised = select(Officer.office_id).where(Officer.role == Role.SUPERVISOR, Officer.active)
    query = select(Office.id).where(Office.remit == INTAKE, Office.active, Office.id.in_(supervised))
    return list(session.scalars(query.where(Office.id.not_in(done)).order_by(Office.id)))


def published(session: Session) -> Sequence[Report]:
    """The issued reports of home offices, newest first, without their figures; only these are public.

    Of two home offices of which one lies in the other only the outer one's are: no publication holds a part of
    another's sums.
    """
    return session.scalars(_published(session).options(lazyload(Report.revisions))).all()


def published_one(session: Session, report_id: int) -> Report:
    """One of these. Raises NotFound."""
    found = session.scalar(_published(session).where(Report.id == report_id))
    if found is None:
        raise NotFound("no such report")
    return found


def _published(session: Session) -> Select[Report]:
    homes = set(session.scalars(select(Office.region_code).where(Office.is_home)))
    outer = [code for code in homes if not any(other != code and is_within(code, other) for other in homes)]
    query = select(Report).join(Office).where(Report.state == ReportState.ISSUED, Office.is_home)
    query = query.where(Office.region_code.in_(outer))
    return query.order_by(Report.month.desc(), Report.office_id)


def _new(session: Session, figures: MonthlyReport) -> Report:
    office = session.get_one(Office, figures.office_id)
    report = Report(office=office, month=f"{figures.month:%Y-%m}", state=ReportState.DRAFT, revisions=[])
    session.add(report)
    return report


def _revision(number: int, figures: MonthlyReport, officer_id: int | None) -> ReportRevision:
    revision = ReportRevision(number=number, officer_id=officer_id, changes=[], reason="")
    _fill(revision, figures)
    return revision


def _fill(revision: ReportRevision, figures: MonthlyReport) -> None:
    revision.queried_at, revision.hash = figures.made_at, figures.digest
    revision.models, revision.taxonomy = list(figures.models), figures.taxonomy
    revision.figures = to_payload(figures)


def _own(session: Session, report: Report, officer: Viewer) -> None:
    """Raises NotFound for another's report; else nobody else changes it until the transaction ends."""
    lock(session, report)
    if report.office_id != officer.office_id or officer.role is not Role.SUPERVISOR:
        raise NotFound("no such report")
