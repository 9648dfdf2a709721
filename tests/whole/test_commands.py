"""The commands an operator types, in processes of their own."""

from __future__ import annotations

import csv
import io
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from sqlalchemy import func, select

from intake import db
from intake.db import reading
from intake.errors import ConfigError
from intake.models import Officer
from intake.rules.workflow import Role
from tests.conftest import on_sqlite_alone
from tests.processes import ROOT, command, environment, free_port


@pytest.fixture
def run(settings):
    """Run `flask --app wsgi …` on this test's installation; returns the finished process."""

    def run(*words: str, code: int = 0, **more: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            command(*words), cwd=ROOT, env=environment(settings, **more),
            capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    return run


def test_init_makes_first_accounts_once_and_is_quiet_afterwards(run):
    first = run("init").stdout
    assert len(re.findall(r"(?:\w{4}-){3}\w{4}", first)) == 6
    second = run("init").stdout
    assert "首批账号" not in second
    assert "新开" not in second


def test_of_several_that_start_at_once_on_an_empty_database_one_prepares_it(settings, database):
    db.downgrade(database, "base")
    database.dispose()
    words, place = command("init"), {"cwd": ROOT, "env": environment(settings)}
    begun = [subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **place) for _ in range(2)]
    said = [one.communicate(timeout=300) for one in begun]
    assert [one.returncode for one in begun] == [0, 0], said
    assert sum("首批账号" in out for out, _ in said) == 1
    with reading(database) as session:
        assert session.scalar(select(func.count()).select_from(Officer)) == len(Role)


def test_a_region_can_be_opened_with_everything_below_it(run):
    assert "新开" in run("init", "--region", "3301").stdout
    assert (
        "杭州市委网信办"
        in run("create-officer", "hz", "--role", "handler", "--region", "3301", "--remit", "cyberspace").stdout
    )


@on_sqlite_alone
def test_create_officer_refuses_a_name_that_is_taken(run):
    run("create-officer", "wang", "--role", "clerk", "--region", "321100")
    assert "已经有人用了" in run("create-officer", "wang", "--role", "clerk", "--region", "321100", code=1).stderr


def test_route_writes_the_expected_offices_without_a_database(tmp_path):
    given = ROOT / "tests" / "data" / "routing_expected.csv"
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "route", str(given)]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | {"SONGBANG_INSTANCE": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert len(rows) == 50
    for row in rows:
        assert (row["office"], row["remit"], row["region"]) == (
            row["expected_office"],
            row["expected_remit"],
            row["expected_region"],
        )
        assert row["reason"].endswith("。")
    assert not list(tmp_path.glob("*.sqlite3"))


@on_sqlite_alone
def test_config_lists_every_setting_and_hides_the_password_of_the_database(run):
    from intake.config import SETTINGS

    shown = run("config", SONGBANG_DATABASE_URL="postgresql+psycopg://u:topsecret@127.0.0.1/x").stdout
    assert all(f"SONGBANG_{setting.name} = " in shown for setting in SETTINGS)
    assert "topsecret" not in shown


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("redis://:topsecret@10.0.0.5:6379/0", "redis://:***@10.0.0.5:6379/0"),
        ("rediss://u:top/sec@ret@h/0?ssl_cert_reqs=none", "rediss://u:***@h/0?ssl_cert_reqs=none"),
        ("postgresql:///x?host=db&user=u&password=topsecret", "postgresql:///x?host=db&user=u&password=***"),
        ("postgresql://u@h:5432/x", "postgresql://u@h:5432/x"),
        ("memory://", "memory://"),
        ("admin@a.example", "admin@a.example"),
    ],
)
def test_an_address_is_shown_without_its_password(address, shown):
    from intake.cli import _masked

    assert _masked("RATE_STORE", address) == shown


@on_sqlite_alone
def test_what_operators_mistake_is_said_in_a_sentence(app, tools, tmp_path):
    def output(words: str, code: int = 1) -> str:
        done = app.test_cli_runner().invoke(args=words.format(there=tmp_path).split())
        assert done.exit_code == code, (words, done.output, done.exception)
        return done.output

    (tmp_path / "gbk.csv").write_bytes("内容,category,region,accused\n天天开会,meetings,321112,某街道\n".encode("gb18030"))
    assert "文件夹要先建好" in output("backup-key {there}/nowhere/a.pem")
    output("backup-key {there}/a.pem", code=0)
    assert "文件夹要先建好" in output("backup {there}/nowhere/a.backup")
    for address in ("{there}/new.sqlite3", "postgres://u:p@127.0.0.1/x", "mysql://u:p@127.0.0.1/x"):
        assert "数据库地址读不懂" in output(f"copy-to {address}")
    assert "数据库用不了" in output("copy-to postgresql+psycopg://u:p@127.0.0.1:1/x")
    assert "文件夹要先建好" in output("screen {there}/gbk.csv --out {there}/nowhere/a.xlsx")
    assert "没有 press 这个职能" in output("create-officer wang --role clerk --region 3211 --remit press", code=2)
    (tmp_path / "short.csv").write_text("内容,region\n天天开会,321112\n", "utf-8")
    assert "缺少这几列：category" in output("route {there}/short.csv")
    tools.model_path.unlink()
    assert "请运行 flask train" in output("screen {there}/gbk.csv --out {there}/a.xlsx")
    [row] = csv.DictReader(io.StringIO(output("route {there}/gbk.csv", code=0)))
    assert row["office"]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("HOST", "0.0.0.0", "SONGBANG_PUBLIC_URL"), ("PORT", "abc", "整数"), ("TRIAGE", "later", "inline"),
        ("INSTANCE", "/proc/nowhere", "不能写入"), ("METRICS_TOKEN_FILE", "/proc/self/mem", "SONGBANG_METRICS_TOKEN_FILE 写的文件 /proc/self/mem 读不了"),
        ("S3_KEY_FILE", "/nowhere/key", "No such file"), ("THREADS", "0", "至少是 1"), ("S3_BUCKET", "s3.example.cn/a", "https://主机/桶名"),
    ],
)  # fmt: skip
def test_an_unsafe_or_broken_setting_stops_the_start_with_one_sentence(tmp_path, name, value, sentence):
    env = os.environ | {"SONGBANG_INSTANCE": str(tmp_path), f"SONGBANG_{name}": value}
    done = subprocess.run(
        command("serve"),
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode != 0
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_root_makes_no_files_in_the_folder_of_another_user_and_is_told_how_to_run_the_command(tmp_path):
    os.chown(tmp_path, 65534, 65534)
    done = subprocess.run(command("config"), cwd=ROOT, env=os.environ | {"SONGBANG_INSTANCE": str(tmp_path)}, capture_output=True, text=True)
    assert (done.returncode != 0, "sudo -E -u 'nobody'" in done.stderr, list(tmp_path.iterdir())) == (True, True, []), done.stderr


@on_sqlite_alone
def test_a_key_file_that_cannot_be_read_is_not_made_anew(run, settings):
    run("config")
    key = Path(str(settings["INSTANCE"])) / "pepper.key"
    key.unlink()
    key.mkdir()
    assert f"密钥文件 {key} 读不了" in run("config", code=1).stderr


@on_sqlite_alone
def test_secrets_are_made_once_with_mode_0600(run, settings):
    run("config")
    keys = [Path(str(settings["INSTANCE"])) / name for name in ("secret.key", "pepper.key", "webhook.key")]
    before = [key.read_bytes() for key in keys]
    assert all(oct(key.stat().st_mode)[-3:] == "600" for key in keys)
    run("config")
    assert [key.read_bytes() for key in keys] == before


@on_sqlite_alone
def test_a_database_that_cannot_be_reached_is_said_in_one_sentence(run):
    for words in (("init",), ("worker", "--once")):
        done = run(*words, code=1, SONGBANG_DATABASE_URL="postgresql+psycopg://u@127.0.0.1:1/x")
        assert "数据库用不了" in done.stderr


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_database_that_cannot_hold_chinese_is_refused_in_one_sentence(database):
    with database.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql("DROP DATABASE IF EXISTS latin")
        connection.exec_driver_sql("CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    engine = db.make_engine(database.url.set(database="latin").render_as_string(hide_password=False))
    with pytest.raises(ConfigError, match=r"LATIN1.*createdb -E UTF8"):
        db.upgrade(engine)
    engine.dispose()


@on_sqlite_alone
def test_serve_answers_and_ends_cleanly_and_a_taken_port_says_what_to_do(run, settings):
    run("init")
    port = free_port()
    env = environment(
        settings, SONGBANG_PORT=str(port), SONGBANG_PROXIES="1", SONGBANG_PUBLIC_URL="https://a.example", PYTHONUNBUFFERED="1"
    )
    server = subprocess.Popen(
        command("serve"), cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True
    )
    try:
        page = _get(f"http://127.0.0.1:{port}/", server)
        assert "告诉我们" in page
        through = urllib.request.Request(f"http://127.0.0.1:{port}/", headers={"X-Forwarded-Proto": "https"})
        with urllib.request.urlopen(through, timeout=5) as answer:
            assert "Strict-Transport-Security" in answer.headers
        assert "SONGBANG_PORT" in run("serve", code=1, SONGBANG_PORT=str(port)).stderr
    finally:
        server.send_signal(signal.SIGINT)
        out, _ = server.communicate(timeout=30)
    assert "已停止" in out
    assert server.returncode == 0


def _get(address: str, server: subprocess.Popen[str]) -> str:
    for _ in range(300):
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                return answer.read().decode()
        except OSError:
            assert server.poll() is None
            time.sleep(0.1)
    raise AssertionError("the server did not come up")


def test_the_worker_does_what_the_web_left(run, database, tools):
    from intake.db import reading, transaction
    from intake.services import clues, triage
    from tests import factories as make

    with transaction(database) as session:
        clues.submit(session, make.submission(), tools=tools)
    assert "处理了 1 条" in run("worker", "--once").stdout
    with reading(database) as session:
        assert triage.pending(session) == []


def test_recluster_and_recuse_go_through_all_clues(run, database, tools):
    from intake.db import transaction
    from tests import factories as make

    with transaction(database) as session:
        last = [make.clue(session, tools).id for _ in range(2)][-1]
    assert f"序号是 {last}" in run("recluster").stdout
    assert "0 条线索多了要回避的机构" in run("recuse").stdout


def test_audit_verify_speaks_and_returns_what_it_found(run, database, tools):
    from sqlalchemy import text

    from intake.db import transaction
    from tests import factories as make

    with transaction(database) as session:
        make.clue(session, tools)
    assert "完整" in run("audit", "verify").stdout
    drop = (
        "DROP TRIGGER audit_no_update" if database.dialect.name == "sqlite" else "ALTER TABLE audit DISABLE TRIGGER ALL"
    )
    with transaction(database) as session:
        session.execute(text(drop))
        session.execute(text("UPDATE audit SET action = 'note' WHERE action = 'filed'"))
    assert "被改动" in run("audit", "verify", code=1).stdout


@on_sqlite_alone
def test_an_operator_backs_up_checks_mends_and_restores(run, database, tmp_path):
    from sqlalchemy import text

    from intake.db import transaction

    run("init")
    archive, private = tmp_path / "a.backup", tmp_path / "operator.pem"
    assert "flask backup-key" in run("backup", str(archive), code=1).stderr
    run("backup-key", str(private))
    assert "SHA-256" in run("backup", str(archive)).stdout
    assert "一切正常" in run("check").stdout
    with transaction(database) as session:
        session.execute(text("INSERT INTO counter VALUES ('2026-11', 0)"))
        session.execute(text("DELETE FROM alembic_version"))
    assert "flask upgrade" in run("check", code=1).stdout
    place = {"SONGBANG_INSTANCE": str(tmp_path / "new"), "SONGBANG_DATABASE_URL": ""}
    assert "打不开" in run("restore", str(archive), "--key", str(archive), code=1, **place).stderr
    assert "已恢复" in run("restore", str(archive), "--key", str(private), **place).stdout
    assert "一切正常" in run("check", **place).stdout
    assert "处理了 0 处" in run("mend", **place).stdout
    assert "已经有数据" in run("copy-to", f"sqlite:///{tmp_path}/new/songbang.sqlite3", code=1, **place).stderr


def test_the_demonstration_fills_every_state_and_leaves_a_whole_chain(run, database):
    from sqlalchemy import func, select

    from intake.db import reading
    from intake.models import Clue
    from intake.rules.workflow import State
    from intake.services import audit

    told = run("demo").stdout
    assert "没有装入" not in told
    with reading(database) as session:
        states = dict(session.execute(select(Clue.state, func.count()).group_by(Clue.state)).all())
        assert set(states) == set(State)
        assert sum(states.values()) >= 200
        assert list(audit.verify(session)) == []
    assert "新装入 0 条" in run("demo").stdout


@on_sqlite_alone
def test_an_operator_resets_a_password(run):
    run("create-officer", "zhao", "--role", "admin", "--region", "321100")
    assert re.search(r"zhao 的新首次密码 (?:\w{4}-){3}\w{4}，", run("reset-password", "zhao").stdout)
    assert run("reset-password", "nobody", code=1).stderr
