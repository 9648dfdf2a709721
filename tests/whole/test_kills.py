"""What was acknowledged is there after the server was killed in the middle: a handful of what bench/kills.py does 200 times."""

from __future__ import annotations

import random
import time

from sqlalchemy import Engine

from tests.killing import Reporters, broken_promises, kill_again_and_again
from tests.processes import UNHINDERED, Serving


def test_what_was_acknowledged_is_there_after_kills_at_random_moments(app, database: Engine, database_url, tmp_path):
    serving = Serving({"INSTANCE": tmp_path / "instance", "DATABASE_URL": database_url} | UNHINDERED)
    try:
        assert serving.run("init").returncode == 0
        serving.start()
        reporters = Reporters(serving.url, 2)
        reporters.start()
        assert kill_again_and_again(serving, 3, random.Random(7), time.monotonic() + 120) == 3
        promises = reporters.stop()
        assert promises.failures == []
        assert len(promises.codes) >= 2
        assert sum(promises.tries_again.values()) > 0, "the kills were felt"
        assert broken_promises(serving, database_url, promises) == []
    finally:
        serving.kill()
