"""The worker scans, paints and reads what was sent; what it cannot do yet waits, and refuses nobody."""

from __future__ import annotations

import io
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from intake import jobs, uploads
from intake.cleaning.previews import PAGES
from intake.db import reading, transaction
from intake.errors import NotFound
from intake.models import Attachment, AttachmentState, AuditEntry, Clue
from intake.services import attachments, clues, preparing, search, triage, vault
from intake.tools import Tools
from tests import factories as make
from tests.cleaning import corpus
from tests.cleaning.corpus import Sent
from tests.conftest import on_sqlite_alone
from tests.services.test_attachments import sealed_bytes


class Clamd(socketserver.StreamRequestHandler):
    """Answers INSTREAM as clamd does (clamd(8)): it finds what looks like the test virus."""

    def handle(self) -> None:
        assert self.rfile.read(10) == b"zINSTREAM\0"
        content = b""
        while length := int.from_bytes(self.rfile.read(4), "big"):
            content += self.rfile.read(length)
        self.wfile.write(b"stream: Eicar-Test FOUND\0" if b"EICAR" in content else b"stream: OK\0")


@pytest.fixture
def clamd(tmp_path) -> Iterator[str]:
    path = str(tmp_path / "clamd.sock")
    with socketserver.ThreadingUnixStreamServer(path, Clamd) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield path
        server.shutdown()


def with_files(database, tools, *sent: Sent, text: str = make.STORY) -> int:
    """The id of a clue with files, triaged."""
    given = make.submission(text=text)
    assert uploads.stage(database, attachments.mark_of(given.key, tools), sent, tools) == []
    with transaction(database) as session:
        filed = clues.submit(session, given, tools=tools)
        assert triage.triage(session, filed.id, tools=tools)
        return filed.id


def scanned_at(tools: Tools, address: str) -> Tools:
    settings = tools.settings
    return Tools(replace(settings, values={**settings.values, "CLAMD": address}), clock=tools.clock)


def test_pages_are_painted_and_sealed_and_the_file_may_be_taken(database, tools):
    clue_id = with_files(
        database, tools, Sent("截图.png", corpus.jpeg()), Sent("a.pdf", corpus.pdf()), Sent("b.amr", corpus.amr())
    )
    assert jobs.prepare_files(database, tools) == 3
    assert jobs.prepare_files(database, tools) == 0
    with reading(database) as session:
        clue = session.get_one(Clue, clue_id)
        files = attachments.with_pages(session, clue)
        assert [(found.format.value, len(pages)) for found, pages in files] == [("jpg", 1), ("pdf", 1), ("amr", 0)]
        (picture, [page]), *_ = files
        assert (page.width, page.height) == (20, 40)
        assert b"".join(vault.opened(page.stored, tools)).startswith(b"RIFF")
        assert attachments.one(session, clue, picture.id).state is AttachmentState.READY
        with pytest.raises(NotFound):
            attachments.one(session, make_other(database, tools), picture.id)
    assert len(list(tools.store.path.glob("??/*"))) == 5
    assert corpus.MARK not in sealed_bytes(tools)


def make_other(database, tools) -> Clue:
    with transaction(database) as session:
        return make.clue(session, tools)


def test_words_in_pictures_are_found_and_hint_at_a_category_where_the_text_is_short(database, tools):
    clue_id = with_files(database, tools, Sent("截图.png", corpus.jpeg()), text="看截图吧。")
    with reading(database) as session:
        [found] = preparing.waiting(session, 5)
        before = session.get_one(Clue, clue_id).category
    prepared = preparing.prepare(found, tools, lambda picture: make.STORY + "红旗桥社区", None)
    with transaction(database) as session:
        assert preparing.settle(session, found.id, prepared, tools=tools) == []
        late = preparing.prepare(found, tools, None, None)
        assert preparing.settle(session, found.id, late, tools=tools) == [late.pages[0][1].name], "another was faster"
    with reading(database) as session:
        clue = session.get_one(Clue, clue_id)
        for words in ("红旗桥", '"红旗桥社区"'):
            assert session.scalars(search.matching(session, words, tools.segmenter()).joined(select(Clue.id))).all() == [
                clue_id
            ]
        snippet = search.snippets(session, [clue], "红旗桥", tools.segmenter())[clue_id]
        assert any(is_hit for _, is_hit in snippet)
        hint = attachments.suggestion(session, clue, tools)
        assert hint is not None and hint.label == "checkins"
        assert clue.category == before, "the clue's own suggestion stays what triage made of the reporter's words"
        clue.text = make.STORY
        assert attachments.suggestion(session, clue, tools) is None


def test_a_file_waits_for_the_scanner_and_an_infected_one_is_put_away(database, tools, clamd):
    infected = b"#!AMR\n" + 2 * (b"\x04" + b"EICAR-LIKE..")
    with_files(database, tools, Sent("a.amr", corpus.amr()), Sent("b.amr", infected))
    for nobody_there in (scanned_at(tools, str(Path(clamd).parent / "none.sock")), scanned_at(tools, "127.0.0.1:9")):
        assert jobs.prepare_files(database, nobody_there) == 0
    with reading(database) as session:
        assert {found.state for found in session.scalars(select(Attachment))} == {AttachmentState.WAITING}
    assert jobs.prepare_files(database, scanned_at(tools, clamd)) == 2
    with reading(database) as session:
        clean, bad = session.scalars(select(Attachment).order_by(Attachment.id)).all()
        assert (clean.state, bad.state) == (AttachmentState.READY, AttachmentState.INFECTED)
        assert session.scalars(select(AuditEntry.keys).where(AuditEntry.action == "file_infected")).one() == {
            "attachment": bad.id
        }
    assert {path.name for path in tools.store.path.glob("??/*")} == {clean.stored}


def test_what_does_not_open_waits_unscanned_and_keeps_nothing_behind_it_waiting(database, tools, clamd, monkeypatch):
    infected = b"#!AMR\n" + 2 * (b"\x04" + b"EICAR-LIKE..")
    with_files(database, tools, Sent("a.amr", infected), Sent("b.amr", corpus.amr()))
    with reading(database) as session:
        away = preparing.waiting(session)[0].stored
    opening = vault.opened

    def open_late(name, at):
        if name == away:
            raise NotFound("the bucket does not answer")
        return opening(name, at)

    with monkeypatch.context() as patched:
        patched.setattr(vault, "opened", open_late)
        assert jobs.prepare_files(database, scanned_at(tools, clamd), most=1) == 1
    with reading(database) as session:
        assert [f.state for f in session.scalars(select(Attachment).order_by(Attachment.id))] == [AttachmentState.WAITING, AttachmentState.READY]
    assert jobs.prepare_files(database, scanned_at(tools, clamd)) == 1
    with reading(database) as session:
        assert session.scalars(select(Attachment.state).order_by(Attachment.id)).first() is AttachmentState.INFECTED


def test_what_cannot_be_painted_is_ready_without_pictures(database, tools, monkeypatch):
    clue_id = with_files(database, tools, Sent("a.pdf", corpus.pdf()))

    def fail(*_):
        raise RuntimeError("no such font")

    monkeypatch.setattr(preparing, "look", fail)
    assert jobs.prepare_files(database, tools) == 1
    with reading(database) as session:
        [(found, pages)] = attachments.with_pages(session, session.get_one(Clue, clue_id))
        assert (found.state, pages) == (AttachmentState.READY, [])


@on_sqlite_alone
def test_a_document_is_painted_through_its_pdf_and_only_its_first_pages(database, tools):
    import pikepdf

    paper = pikepdf.new()
    for _ in range(PAGES + 2):
        paper.add_blank_page(page_size=(300, 400))
    out = io.BytesIO()
    paper.save(out)
    with_files(database, tools, Sent("通知.docx", corpus.docx()))
    with reading(database) as session:
        [found] = preparing.waiting(session, 5)
    asked: list[str] = []
    prepared = preparing.prepare(found, tools, None, lambda content, suffix: asked.append(suffix) or out.getvalue())
    assert (len(prepared.pages), asked) == (PAGES, ["docx"])
    assert prepared.text is None, "blank pages that nobody can read are not read"
    assert preparing.prepare(found, tools, None, None).pages == ()
