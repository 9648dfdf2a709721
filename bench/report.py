"""A report over very many clues beside the bare SQL aggregates it needs, and the page of a frozen one.

    python -m bench.report [clues]        (1,000,000 unless told otherwise)

Prints for SQLite and PostgreSQL: the report, the same statements without this application, and their ratio (the aim:
at most 2); then size and time of the frozen page (the aim: under 100 kB and 150 ms). Medians of five.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, text

from intake import create_app, db
from intake.rules.workflow import Role
from intake.services import identity, reports
from intake.services.clues import categories
from intake.services.reports import freeze
from intake.tools import Tools
from tests import factories as make
from tests import loading
from tests.conftest import prepare
from tests.postgres import Cluster

ROUNDS = 5
MONTH = date(2026, 10, 1)
REGIONS = ("321102", "321111", "321112", "321181", "321182", "321183")


def main(clues: int) -> None:
    print(f"{clues} clues of 24 months, 19 categories, {len(REGIONS)} places; medians of {ROUNDS}")
    with tempfile.TemporaryDirectory(prefix="bench-report-") as folder:
        measure("SQLite", f"sqlite:///{Path(folder) / 'bench.sqlite3'}", clues, Path(folder) / "sqlite")
        cluster = Cluster()
        try:
            measure("PostgreSQL", cluster.url(cluster.create()), clues, Path(folder) / "postgresql")
        finally:
            cluster.close()


def measure(name: str, url: str, clues: int, instance: Path) -> None:
    """Fill a database, then time the report, its statements alone, and the page."""
    app = create_app({"INSTANCE": str(instance), "DATABASE_URL": url})
    engine: Engine = app.extensions["engine"]
    tools: Tools = app.extensions["tools"]
    tools.clock = lambda: datetime(2026, 11, 2, 4, tzinfo=UTC)
    prepare(engine)
    with db.transaction(engine) as session:
        officer = make.officer(session, tools, Role.SUPERVISOR, "321100")
        fill(session, clues, identity.viewer(officer).office_id)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    viewer = identity.viewer(officer)
    with db.reading(engine) as session:
        with listened(engine) as statements:
            report = reports.monthly(session, viewer, MONTH, tools=tools)
        ours = median(lambda: reports.monthly(session, viewer, MONTH, tools=tools))
        bare = median(lambda: run_bare(session, statements))
    total = report.figure("totals", "received", "to_date")
    print(
        f"{name}: report {ours:.2f} s, bare SQL {bare:.2f} s ({len(statements)} statements), ratio {ours / bare:.2f}; {total} received this year"
    )
    page(name, app, engine, tools, officer)
    engine.dispose()


def fill(session: Any, clues: int, office: int) -> None:
    """The clues, spread evenly over months, categories and places; two thirds are closed."""
    slugs = [c.slug for c in categories(session)]
    months = [(2024 + (n + 10) // 12, (n + 10) % 12 + 1) for n in range(24)]
    each = max(1, clues // (len(slugs) * len(months)))
    where = {"intake_office_id": office, "intake_region": "321100", "office_id": office}
    for m, (year, month) in enumerate(months):
        for s, slug in enumerate(slugs):
            moment = datetime(year, month, 1 + (s + m) % 27, 3, tzinfo=UTC)
            rest = {"state": "handling", "verdict": None, "answer": None, "closed_at": None} if (m + s) % 3 == 0 else {}
            loading.clues(
                session,
                each,
                moment=moment,
                category=slug,
                region_code=REGIONS[(m + s) % len(REGIONS)],
                **where,
                **rest,
            )


@contextmanager
def listened(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    """The statements that are executed meanwhile, with their parameters."""
    found: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        if statement.startswith("SELECT"):
            found.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


def run_bare(session: Any, statements: list[tuple[str, Any]]) -> None:
    """The same SQL through the driver alone, every row fetched."""
    cursor = session.connection().connection.cursor()
    for statement, parameters in statements:
        cursor.execute(statement, parameters)
        cursor.fetchall()
    cursor.close()


def page(name: str, app: Any, engine: Engine, tools: Tools, officer: Any) -> None:
    """The page of an issued report, as a signed-in supervisor gets it."""
    with db.transaction(engine) as session:
        report = make.draft(session, tools, make.office(session, "321100", "task_force").id, MONTH)
        freeze.issue(session, report, "", officer=identity.viewer(officer), tools=tools)
    client = app.test_client()
    form = client.get("/console/sign-in").get_data(as_text=True)
    token = form.split('name="csrf_token" value="')[1].split('"')[0]
    client.post("/console/sign-in", data={"csrf_token": token, "username": officer.username, "password": make.PASSWORD})
    answer = client.get("/console/report?month=2026-10")
    assert answer.status_code == 200, answer.status
    took = median(lambda: client.get("/console/report?month=2026-10"))
    print(f"{name}: frozen page {len(answer.data) / 1000:.0f} kB in {1000 * took:.0f} ms")


def median(call: Callable[[], Any]) -> float:
    """Seconds of a call: the median of ROUNDS."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONHASHSEED", "0")
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
