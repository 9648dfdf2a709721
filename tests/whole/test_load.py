"""Two hundred reporters at eight counters at once, over HTTP."""

from __future__ import annotations

import threading

from sqlalchemy import func, select

from intake.db import reading
from intake.models import Clue
from intake.services import triage
from tests.reporter import Reporter

CLIENTS, EACH = 8, 25


def test_eight_clients_file_two_hundred_and_every_code_opens_its_clue(live_server, database, tools):
    codes: list[tuple[str, str]] = []
    failures: list[BaseException] = []

    def client(number: int) -> None:
        try:
            for n in range(EACH):
                story = f"第 {number} 号窗口第 {n} 个人说：表格又要重填一遍，前天交的不算"
                with Reporter(live_server.url) as reporter:
                    codes.append((reporter.file(story), story))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len({code for code, _ in codes}) == CLIENTS * EACH
    with reading(database) as session:
        assert session.scalar(select(func.count()).select_from(Clue)) == CLIENTS * EACH
        assert triage.pending(session) == []
        by_text = {clue.text: clue.number for clue in session.scalars(select(Clue))}
    for code, story in codes:
        with Reporter(live_server.url) as reporter:
            status, progress = reporter.progress(code)
        assert status == 200
        assert by_text[story] in progress
