"""What was backed up comes back as it was, from and to either database, and nothing is ever left half."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import Engine, func, select, text

from intake import config, db, disk, labels
from intake.errors import ArchiveUnusable
from intake.models import Clue
from intake.rules.workflow import Action, Role
from intake.services import checks, contacts, proof, search
from intake.tools import Tools
from intake.upkeep import backup, sealing
from tests import factories as make
from tests.conftest import on_sqlite_alone
from tests.web.client import Client

ROOT = Path(__file__).resolve().parents[2]
OTHER = {"sqlite": "postgresql", "postgresql": "sqlite"}


@pytest.fixture
def place(tmp_path, request, clock, settings) -> Iterator[Callable[[str], SimpleNamespace]]:
    """Call it for an empty place: an instance folder with new keys, and an empty database of that kind.

    The key file of contact data lies elsewhere and is no part of a backup.
    """
    opened: list[Engine] = []

    def make_place(kind: str) -> SimpleNamespace:
        folder = tmp_path / f"place-{len(opened)}"
        cluster = request.getfixturevalue("cluster") if kind == "postgresql" else None
        url = cluster.url(cluster.create()) if cluster else f"sqlite:///{folder / 'songbang.sqlite3'}"
        its = {"INSTANCE": str(folder), "DATABASE_URL": url, "CONTACT_KEY_FILE": settings["CONTACT_KEY_FILE"]}
        opened.append(db.make_engine(url))
        return SimpleNamespace(
            engine=opened[-1],
            url=url,
            folder=folder,
            settings=its,
            tools=Tools(config.load(its), clock=clock),
        )

    yield make_place
    for engine in opened:
        engine.dispose()


@pytest.fixture
def key(tmp_path, tools) -> X25519PrivateKey:
    backup.make_key(tools.settings.instance, tmp_path / "operator.pem")
    return sealing.read_private(tmp_path / "operator.pem")


@pytest.fixture
def filled(database, tools) -> str:
    """The number of a clue with a contact, merged into a later one, and a file beside it; townships left out for speed."""
    with db.transaction(database) as session:
        session.execute(text("DELETE FROM region WHERE length(code) = 9"))
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        first = make.clue(session, tools, contact={"name": "王小二", "phone": "13800000000"})
        later = make.clue(session, tools)
        session.flush()
        make.act(session, first, Action.MERGE, clerk, tools, into=later.number)
    folder = tools.settings.instance / "attachments" / "ab"
    folder.mkdir(parents=True)
    (folder / "one").write_bytes(os.urandom(3_000_000))
    return first.number


def whole(engine: Engine, tools: Tools, number: str, named: str = "王小二") -> None:
    """The installation is as `filled` left it: chain, sealed contact, search, further filing."""
    with db.transaction(engine) as session:
        clue = session.scalar(select(Clue).where(Clue.number == number))
        assert contacts.from_file(session, clue.id, tools).get("name", "") == named
        assert list(proof.check(session, tools=tools)) == []
        found = session.scalars(search.matching(session, "签到率", tools.segmenter()).joined(select(Clue.number))).all()
        assert number in found
        assert make.clue(session, tools).id > clue.id


def test_what_was_backed_up_comes_back_on_the_other_database(database, tools, filled, key, place, tmp_path):
    manifest = backup.back_up(database, tools, tmp_path / "a.backup")
    assert manifest.tables["clue"][0] == 2
    new = place(OTHER[database.dialect.name])
    backup.restore(new.engine, new.tools, tmp_path / "a.backup", key)
    fresh = Tools(config.load(new.settings), clock=tools.clock)
    whole(new.engine, fresh, filled)
    kept = [path.relative_to(tools.settings.instance) for path in backup._files(tools.settings.instance)]
    assert len(kept) >= 2
    for name in kept:
        assert (new.folder / name).read_bytes() == (tools.settings.instance / name).read_bytes()
    keys = (*config.FIXED_KEYS, *config.CHANGING_KEYS)
    assert {oct((new.folder / name).stat().st_mode & 0o777) for name in keys} == {"0o600"}
    assert not (new.folder / ".restoring").exists()
    backup.back_up(new.engine, fresh, tmp_path / "b.backup")


def test_the_restored_site_can_be_walked(database, tools, filled, key, place, tmp_path):
    from intake import create_app

    with db.transaction(database) as session:
        officer = make.officer(session, tools, Role.CLERK, "321112").username
    backup.back_up(database, tools, tmp_path / "a.backup")
    new = place("sqlite")
    backup.restore(new.engine, new.tools, tmp_path / "a.backup", key)
    app = create_app(new.settings)
    app.testing = True
    client = Client(app)
    assert "征集" in client.get("/").words
    assert client.sign_in(officer, make.PASSWORD).status == 200
    assert filled in client.get("/console/clues").text
    assert make.STORY[:20] in client.get(f"/console/clues/{filled}").words
    app.extensions["engine"].dispose()


def test_a_backup_is_one_moment_while_others_write(database, tools, filled, key, place, tmp_path):
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            with db.transaction(database) as session:
                make.clue(session, tools)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        backup.back_up(database, tools, tmp_path / "a.backup")
    finally:
        stop.set()
        writer.join()
    new = place("sqlite")
    manifest = backup.restore(new.engine, new.tools, tmp_path / "a.backup", key)
    with db.reading(new.engine) as session:
        restored = session.scalar(select(func.count()).select_from(Clue))
        assert restored == manifest.tables["clue"][0]
        assert list(proof.check(session, tools=Tools(config.load(new.settings)))) == []
    with db.reading(database) as session:
        assert session.scalar(select(func.count()).select_from(Clue)) > 2


@on_sqlite_alone
def test_an_archive_tells_nothing_and_every_harm_to_it_is_found(database, tools, filled, key, place, tmp_path):
    archive = tmp_path / "a.backup"
    backup.back_up(database, tools, archive)
    stored = archive.read_bytes()
    assert make.STORY.encode() not in stored
    assert tools.settings.webhook_keys[0] not in stored
    new = place("sqlite")
    with pytest.raises(ArchiveUnusable, match="exists"):
        backup.back_up(database, tools, archive)
    with pytest.raises(ArchiveUnusable, match="key_exists"):
        backup.make_key(tools.settings.instance, tmp_path / "another.pem")
    with pytest.raises(ArchiveUnusable, match="wrong_key"):
        backup.restore(new.engine, new.tools, archive, X25519PrivateKey.generate())
    with tarfile.open(archive) as tar:
        middle = tar.getmember("files/attachments/ab/one").offset_data + 2_000_000
    for harmed in (stored[:middle] + b"?" + stored[middle + 1 :], stored[:middle], b"", b"not a tar" * 1000):
        (tmp_path / "harmed").write_bytes(harmed)
        with pytest.raises(ArchiveUnusable, match="damaged"):
            backup.restore(new.engine, new.tools, tmp_path / "harmed", key)
    assert list(backup._files(new.folder)) == []
    with pytest.raises(ArchiveUnusable, match="not_empty"):
        backup.restore(database, tools, archive, key)
    backup.restore(new.engine, new.tools, archive, key)


@on_sqlite_alone
def test_a_full_disk_is_not_taken_for_a_damaged_archive(database, tools, filled, key, place, tmp_path, monkeypatch):
    backup.back_up(database, tools, tmp_path / "a.backup")
    new = place("sqlite")

    def full(path, chunks):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(disk, "write_new", full)
    with pytest.raises(OSError, match="No space left") as refused:
        backup.restore(new.engine, new.tools, tmp_path / "a.backup", key)
    assert "磁盘满了" in labels.disk_sentence(refused.value)


@on_sqlite_alone
def test_a_row_that_arrives_changed_undoes_everything(database, tools, filled, key, place, tmp_path):
    backup.back_up(database, tools, tmp_path / "a.backup")
    new = place("sqlite")
    db.upgrade(new.engine)
    with db.transaction(new.engine) as session:
        harm = "CREATE TRIGGER harm AFTER INSERT ON counter BEGIN UPDATE counter SET last = last + 1; END"
        session.execute(text(harm))
    with pytest.raises(ArchiveUnusable, match="differs"):
        backup.restore(new.engine, new.tools, tmp_path / "a.backup", key)
    assert not backup._has_rows(new.engine)
    with db.transaction(new.engine) as session:
        session.execute(text("DROP TRIGGER harm"))
    backup.restore(new.engine, new.tools, tmp_path / "a.backup", key)


def test_an_archive_of_an_earlier_schema_is_brought_to_the_present(database, tools, filled, key, place, tmp_path):
    db.downgrade(database, db.revisions()[-3])
    backup.back_up(database, tools, tmp_path / "a.backup")
    new = place(database.dialect.name)
    db.upgrade(new.engine)  # what a restore of a later archive leaves that was stopped
    assert backup.restore(new.engine, new.tools, tmp_path / "a.backup", key).schema == db.revisions()[-3]
    fresh = Tools(config.load(new.settings), clock=tools.clock)
    with db.reading(new.engine) as session:
        assert list(checks.check(session, tools=fresh)) == []
    whole(new.engine, fresh, filled, named="")  # a schema without public keys cannot hold contact data sealed to one


def test_copying_to_another_database_brings_everything(database, tools, filled, place):
    new = place(OTHER[database.dialect.name])
    copied = backup.copy_to(database, new.url)
    assert copied.tables["region"][0] > 300
    whole(new.engine, tools, filled)
    with pytest.raises(ArchiveUnusable, match="not_empty"):
        backup.copy_to(database, new.url)


def test_words_of_any_length_that_an_older_version_indexed_come_along(database, tools, key, place, tmp_path, monkeypatch):
    long = "a" * 3000
    with monkeypatch.context() as older:
        older.setattr(search, "LONGEST", 10_000)
        with db.transaction(database) as session:
            session.execute(text("DELETE FROM region WHERE length(code) = 9"))
            number = make.clue(session, tools, text=f"天天开会 {long}").number
        backup.back_up(database, tools, tmp_path / "a.backup")
    restored, copied = (place(OTHER[database.dialect.name]) for _ in range(2))
    backup.restore(restored.engine, restored.tools, tmp_path / "a.backup", key)
    backup.copy_to(database, copied.url)
    with db.transaction(copied.engine) as session:
        later = make.clue(session, tools, text=f"天天开会 {long}").number
        found = search.matching(session, long, tools.segmenter()).joined(select(Clue.number).order_by(Clue.id))
        assert session.scalars(found).all()[-1] == later
        assert number in session.scalars(search.matching(session, "开会", tools.segmenter()).joined(select(Clue.number))).all()


@pytest.mark.parametrize("wait", [0.0, 0.3])
def test_a_kill_in_the_middle_leaves_nothing_half(database, tools, filled, key, settings, place, tmp_path, wait):
    target = tmp_path / "a.backup"
    killed(settings, ["backup", str(target)], tmp_path / ".a.backup.partial", wait)
    if target.exists():
        target.unlink()
    backup.back_up(database, tools, target)
    assert not (tmp_path / ".a.backup.partial").exists()
    new = place(database.dialect.name)
    words = ["restore", str(target), "--key", str(tmp_path / "operator.pem")]
    killed(new.settings, words, new.folder / ".restoring", wait)
    if not backup._has_rows(new.engine):
        backup.restore(new.engine, new.tools, target, key)
    db.upgrade(new.engine)
    whole(new.engine, Tools(config.load(new.settings), clock=tools.clock), filled)


def killed(settings: dict[str, str], words: list[str], sign: Path, wait: float) -> None:
    """Run a command and kill it `wait` seconds after `sign` appeared."""
    env = os.environ | {f"SONGBANG_{name}": str(value) for name, value in settings.items()}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", *words]
    process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while not (seen := sign.exists()) and process.poll() is None:
        time.sleep(0.002)
    time.sleep(wait)
    process.send_signal(signal.SIGKILL)
    _, said = process.communicate(timeout=60)
    assert seen or process.returncode == 0, said.decode()
