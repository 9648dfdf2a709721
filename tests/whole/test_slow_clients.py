"""Clients that take their time keep nobody else waiting: bench/slow.py has the figures."""

from __future__ import annotations

import resource

from tests.conftest import on_sqlite_alone
from tests.dawdlers import Dawdlers
from tests.processes import UNHINDERED, Serving
from tests.reporter import Reporter

COUNT = 900


@on_sqlite_alone
def test_a_reporter_is_done_while_hundreds_are_still_at_their_first_line(app, database_url, tmp_path):
    """Eight threads answer: if the slow ones held any, nobody would be served before they are given up."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4096)), hard))
    serving = Serving({"INSTANCE": tmp_path / "instance", "DATABASE_URL": database_url} | UNHINDERED)
    try:
        serving.start()
        with Dawdlers(serving.port, COUNT) as slow, Reporter(serving.url) as reporter:
            code = reporter.file("填表填到半夜，第二天还要报同一张")
            assert reporter.progress(code)[0] == 200
            assert slow.waiting() == COUNT
    finally:
        serving.kill()
