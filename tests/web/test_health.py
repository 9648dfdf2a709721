"""What machines are told: ready or why not, figures behind a token, logs without anything of a person."""

from __future__ import annotations

import json
import logging
import re
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from sqlalchemy import text

from intake import logs
from intake.db import transaction
from intake.rules.workflow import Role
from intake.services import clues
from tests import factories as make
from tests.conftest import on_sqlite_alone
from tests.web.client import Client

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def scrape(app, tools, tmp_path):
    """The metrics as Prometheus would read them: {name with labels: value}."""
    (tmp_path / "token").write_text("s3cret\n")
    tools.settings.values["METRICS_TOKEN_FILE"] = str(tmp_path / "token")

    def scrape() -> dict[str, float]:
        answer = app.test_client().get("/metrics", headers={"Authorization": "Bearer s3cret"})
        assert answer.status_code == 200
        lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}

    return scrape


def ready(app) -> tuple[int, list[str]]:
    answer = app.test_client().get("/readyz")
    return answer.status_code, [line for line in answer.text.splitlines() if not line.endswith(" ok")]


def test_ready_until_something_is_missing_which_is_then_named(app, database, tools, clock):
    assert app.test_client().get("/healthz").text == "ok\n"
    assert ready(app) == (200, [])
    with transaction(database) as session:
        clues.submit(session, make.submission(), tools=tools)
    clock.now += timedelta(seconds=800)
    assert ready(app) == (200, [])
    clock.now += timedelta(seconds=101)
    assert ready(app) == (503, ["backlog not ready: oldest waits 901 s"])
    clock.now = clock.now.replace(year=2031)
    tools.model_path.unlink()
    _, reasons = ready(app)
    assert reasons[1:] == ["model not ready: missing", "calendar not ready: no working days of 2031"]
    with transaction(database) as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0003'"))
    assert ready(app)[1][0].startswith("schema not ready: at 0003, wanted ")


@on_sqlite_alone
def test_a_database_that_does_not_answer_is_named(app, database, tools, scrape, tmp_path):
    database.dispose()
    (tmp_path / "songbang.sqlite3").write_bytes(b"not a database at all, not by far" * 100)
    assert ready(app) == (503, ["database not ready: unreachable"])
    assert scrape()['songbang_ready{need="database"}'] == 0
    assert app.test_client().get("/healthz").status_code == 200


def test_metrics_count_what_happens_and_say_nothing_of_anybody(app, database, tools, clock, scrape):
    before = scrape()
    assert before['songbang_ready{need="model"}'] == 1
    assert "songbang_backup_age_seconds" not in before
    with transaction(database) as session:
        number = make.clue(session, tools).number
        clues.submit(session, make.submission(), tools=tools)
    (tools.settings.instance / "backup.last").touch()
    clock.now += timedelta(days=120)
    Client(app).get("/")
    after = scrape()
    assert after["songbang_clues_filed_total"] == before["songbang_clues_filed_total"] + 2
    assert (after["songbang_triage_waiting"], after["songbang_clues_overdue"]) == (1, 1)
    assert after["songbang_triage_oldest_seconds"] == 120 * 86400
    assert after["songbang_backup_age_seconds"] > 0
    assert after['songbang_request_seconds_count{status="200",view="public.home"}'] == 1
    assert after["songbang_disk_free_bytes"] > 0
    assert not any(number in name or "127.0.0.1" in name for name in after)


@pytest.mark.parametrize("given", ["", "Bearer ", "Bearer s3cret2", "Basic s3cret", "Bearer s3cret\xe9"])
@on_sqlite_alone
def test_without_the_token_there_are_no_metrics(app, tools, scrape, given):
    assert app.test_client().get("/metrics", headers={"Authorization": given}).status_code == 404
    tools.settings.values["METRICS_TOKEN_FILE"] = ""
    assert app.test_client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_every_metric_that_an_alert_or_the_dashboard_names_exists(database, tools, app, scrape):
    with transaction(database) as session:
        make.clue(session, tools)
        session.execute(text("INSERT INTO chain_head VALUES ('2026-11-22', 1, 'x')"))
    (tools.settings.instance / "backup.last").touch()
    Client(app).get("/")
    known = {re.split(r"[{ ]", name)[0] for name in scrape()}
    rules = yaml.safe_load((ROOT / "docs" / "alerts.yml").read_text("utf-8"))
    alerts = [rule for group in rules["groups"] for rule in group["rules"]]
    assert all(rule["annotations"]["summary"] and rule["annotations"]["action"] for rule in alerts)
    dashboard = json.loads((ROOT / "docs" / "grafana.json").read_text("utf-8"))
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    asked += [rule["expr"] for rule in alerts]
    assert len(asked) > 12
    named = {name for expression in asked for name in re.findall(r"songbang_\w+", expression)}
    assert named <= known


@on_sqlite_alone
def test_logs_are_json_with_a_request_id_and_nothing_of_a_person(app, database, tools, capsys, monkeypatch):
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with transaction(database) as session:
        username = make.officer(session, tools, Role.CLERK, "321112").username
        number = make.clue(session, tools).number
    client = Client(app)
    client.sign_in(username, make.PASSWORD)

    def fail(*_: object, **__: object) -> None:
        raise ValueError(make.STORY)

    monkeypatch.setattr("intake.services.clues.visible", fail)
    page = client.get(f"/console/clues/{number}?word=王小二", 500)
    with transaction(database) as session:
        session.execute(text("ALTER TABLE notice RENAME TO notice_away"))
    client.get("/?word=王小二", 503)
    logging.getLogger("waitress").warning("cannot serve %s to %s", "/clue?code=ABCDE", "10.0.0.7")
    logs.log.warning("odd", text=make.STORY, clue_id=7)
    written = capsys.readouterr().err
    lines = [json.loads(line) for line in written.splitlines()]
    failed, broken, library, odd = lines[-4:]
    assert (failed["event"], failed["error"], failed["view"]) == ("request failed", "ValueError", "console.clue")
    assert failed["request_id"] == page.headers["X-Request-Id"]
    assert any(place.startswith("intake/console/") for place in failed["where"])
    assert (broken["event"], broken["error"], broken["view"]) == ("database failed", "OperationalError", "public.home")
    assert (library["event"], library["logger"]) == ("cannot serve %s to %s", "waitress")
    assert set(odd) - {"request_id", "view"} == {"at", "level", "event", "clue_id"}
    for secret in (make.STORY[:10], "王小二", number, "ABCDE", "10.0.0.7", "127.0.0.1", username):
        assert secret not in written


@on_sqlite_alone
def test_the_reporters_answers_carry_no_request_id(app):
    assert "X-Request-Id" not in Client(app).get("/").headers
