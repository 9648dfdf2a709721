"""Files wait under the form's key, go with the clue or the words, and are forgotten when their time is over."""

from __future__ import annotations

import io
import os
import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from intake import filewords, jobs, uploads
from intake.cleaning import Kind, Removal, naming
from intake.cleaning.recognise import _REFUSED, Format
from intake.db import reading, transaction
from intake.errors import FileRefused
from intake.models import Attachment, AuditEntry, Clue
from intake.rules.workflow import State
from intake.services import attachments, clues, reporter, vault
from tests import factories as make
from tests.cleaning import corpus
from tests.cleaning.corpus import MARK, Sent
from tests.conftest import on_sqlite_alone


def sealed_bytes(tools) -> bytes:
    """Every byte in the vault, opened."""
    return b"".join(chunk for path in tools.store.path.glob("??/*") for chunk in vault.opened(path.name, tools))


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("通知.docx", "通知.jpg"), ("C:\\Users\\x\\签到.png", "签到.jpg"), ("../../etc/passwd", "passwd.jpg"),
        ("\u202egpj.exe", "gpj.jpg"), ("a\0b\r\nc.jpg", "abc.jpg"), ("签" * 400 + ".jpg", "签" * 60 + ".jpg"),
        (".jpg", "image.jpg"), ("", "image.jpg"), ("a<b>\"c.jpg", "a b c.jpg"),
    ],
)  # fmt: skip
def test_a_name_is_shown_without_what_misleads(given, shown):
    assert naming.shown(given, Format.JPEG) == shown
    assert len(naming.bare(given)) <= 60


def test_staged_files_go_with_the_clue_and_later_ones_with_the_words(database, tools):
    given = make.submission()
    mark = attachments.mark_of(given.key, tools)
    sent = [Sent("照片.png", corpus.jpeg()), Sent("a.zip", corpus.archive(a=b"x")), Sent("通知.docx", corpus.docx())]
    refused = uploads.stage(database, mark, sent, tools)
    assert refused == [uploads.Refusal("a.zip", "archive")]
    assert MARK not in sealed_bytes(tools)
    with transaction(database) as session:
        clue = clues.submit(session, given, tools=tools)
        assert [found.name for found in attachments.of_clue(session, clue)] == ["照片.jpg", "通知.docx"]
        assert attachments.staged(session, mark) == []
    uploads.stage(database, mark, [Sent("录音", corpus.amr())], tools)
    with transaction(database) as session:
        clue = session.get_one(Clue, clue.id)
        reporter.add_words(session, clue, "补充一段录音", tools=tools)
        last = attachments.of_clue(session, clue)[-1]
        assert (last.name, last.message_id) == ("录音.amr", clues.thread(session, clue)[-1].id)
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "file_attached")).all()
        assert [entry.keys["kind"] for entry in entries] == ["image", "office", "audio"]
        assert entries[-1].keys["hash"] == last.sealed_hash


def test_nine_files_wait_at_most_and_one_taken_back_leaves_nothing(database, tools):
    mark = attachments.mark_of("k" * 32, tools)
    refused = uploads.stage(database, mark, [Sent(f"{n}.gif", corpus.gif(n)) for n in range(11)], tools)
    assert [one.problem for one in refused] == ["too_many", "too_many"]
    with reading(database) as session:
        first, *others = attachments.staged(session, mark)
    uploads.take_back(database, attachments.mark_of("j" * 32, tools), first.id, tools)
    assert len(list(tools.store.path.glob("??/*"))) == 9, "another form's key takes nothing back"
    uploads.take_back(database, mark, first.id, tools)
    uploads.take_back(database, mark, first.id, tools)
    with reading(database) as session:
        assert [one.id for one in attachments.staged(session, mark)] == [one.id for one in others]
    assert {path.name for path in tools.store.path.glob("??/*")} == {one.stored for one in others}


def test_what_was_never_sent_and_what_is_closed_long_enough_is_deleted_with_its_bytes(database, tools, clock):
    given = make.submission()
    uploads.stage(database, attachments.mark_of(given.key, tools), [Sent("a.gif", corpus.gif())], tools)
    with transaction(database) as session:
        clue_id = clues.submit(session, given, tools=tools).id
    uploads.stage(database, attachments.mark_of("k" * 32, tools), [Sent("b.gif", corpus.gif())], tools)
    stray = vault.put(io.BytesIO(b"of a transaction that came to nothing"), tools).name
    os.utime(tools.store.path / stray[:2] / stray, (clock.now.timestamp(),) * 2)
    clock.now += timedelta(hours=25)
    jobs.forget(database, tools)
    with transaction(database) as session:
        kept = session.scalars(select(Attachment)).one()
        assert kept.clue_id == clue_id
        assert [path.name for path in tools.store.path.glob("??/*")] == [kept.stored]
        clue = session.get_one(Clue, clue_id)
        clue.state, clue.reason, clue.closed_at, clue.due_on = State.REJECTED, "consumer", clock.now, None
    clock.now += timedelta(days=366)
    jobs.forget(database, tools)
    with reading(database) as session:
        assert session.scalars(select(Attachment)).all() == []
        assert session.scalars(select(AuditEntry.keys).where(AuditEntry.action == "files_deleted")).one() == {
            "count": 1
        }
    assert list(tools.store.path.glob("??/*")) == []


def test_whatever_breaks_while_cleaning_is_a_reason_and_no_error(tools, monkeypatch):
    def stumble(*_: object) -> None:
        raise AssertionError("a library stumbled")

    monkeypatch.setattr(attachments, "clean", stumble)
    with pytest.raises(FileRefused) as refused:
        attachments.receive(io.BytesIO(b"x"), "a.jpg", tools)
    assert refused.value.problem == "damaged"
    monkeypatch.undo()
    tools.store.path.write_text("a file where the folder should be")
    with pytest.raises(FileRefused) as refused:
        attachments.receive(io.BytesIO(corpus.gif()), "a.gif", tools)
    assert refused.value.problem == "not_stored"


@on_sqlite_alone
def test_who_comes_while_four_files_are_cleaned_is_asked_to_come_again(tools):
    for _ in range(4):
        assert attachments._line.acquire(blocking=False)
    with pytest.raises(FileRefused) as refused:
        attachments.receive(io.BytesIO(corpus.gif()), "a.gif", tools)
    attachments._line.release(4)
    assert refused.value.problem == "busy"
    assert attachments.receive(io.BytesIO(corpus.gif()), "a.gif", tools)


def test_every_refusal_and_every_removal_has_its_words():
    code = "".join(path.read_text("utf-8") for path in Path(attachments.__file__).parent.parent.rglob("*.py"))
    raised = set(re.findall(r'FileRefused\("(\w+)"', code)) | {problem for _, problem in _REFUSED}
    assert raised <= set(filewords.FILE_PROBLEMS)
    assert set(filewords.REMOVED) == set(Removal)
    assert set(filewords.KINDS) == set(Kind)
