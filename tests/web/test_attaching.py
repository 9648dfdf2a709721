"""A reporter attaches files, sees what was taken out of each, takes some back; nothing typed is lost on the way."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import select

from intake import jobs
from intake.access import UPLOADS
from intake.db import reading
from intake.models import Attachment, AuditEntry, Clue, Message
from intake.rules.workflow import Role
from intake.services import attachments, vault
from tests import factories as make
from tests.cleaning import corpus
from tests.cleaning.corpus import MARK, SECRET
from tests.conftest import on_sqlite_alone
from tests.web.client import Client, Page, code_on

PLACES = {"place1": "320000", "place2": "321100", "place3": "321112"}
NASTY = {
    "炸弹.docx": (corpus.bomb, "文档太大"),
    "大图.png": (lambda: corpus.wide_png(30_000, 30_000), "图片的尺寸太大"),
    "宏.docx": (corpus.macros, "文档里有宏"),
    "图.svg": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "不收网页和 SVG"),
    "照片.jpg": (lambda: corpus.archive(a=b"x"), "不收压缩包"),
    "截断.pdf": (lambda: corpus.pdf()[:200], "文件不完整或已损坏"),
    "空.jpg": (lambda: b"", "文件是空的"),
    "\u202egpj.exe": (lambda: b"MZ" + MARK, "不收程序"),
    "签" * 400 + ".doc": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "旧格式的文档"),
}


def last_page(client: Client, **more: str) -> Page:
    """The fourth page of the form with everything filled in."""
    page = client.send(client.get("/clues/new"), button="next", text=make.STORY)
    fields = page.form(button="check")[1] | PLACES | {"accused_level": "township", "listed": "321112"} | more
    page = client.post("/clues/new", fields)
    return page if "核对" in page.h1 else client.send(page, button="check")


def files(*named: tuple[str, bytes]) -> list[tuple[io.BytesIO, str]]:
    return [(io.BytesIO(content), name) for name, content in named]


def listed(page: Page) -> list[str]:
    return [" ".join(item.text_content().split()) for item in page.tree.xpath("//ul[@class='files']/li")]


def test_files_are_seen_through_before_they_are_sent_and_after(app, database, tools):
    client = Client(app)
    page = client.send(
        last_page(client), button="attach", files=files(("群聊.png", corpus.jpeg()), ("通知.docx", corpus.docx()))
    )
    picture, document = listed(page)
    assert picture.startswith("群聊.jpg 图片")
    assert "已去掉：拍摄或录制的地点；拍摄时间、手机或相机的型号" in picture
    assert "批注人的姓名" in document
    assert make.STORY in page.words
    page = client.send(page, drop=page.tree.xpath("//ul[@class='files']//button/@value")[1])
    assert [one[:6] for one in listed(page)] == ["群聊.jpg"]
    receipt = client.send(page, button="send")
    assert receipt.h1 == "线索已收到"
    assert listed(receipt)[0].startswith("群聊.jpg")
    assert "去掉群聊.jpg" not in receipt.words
    page = client.send(client.get("/query"), code=code_on(receipt))
    assert "拍摄或录制的地点" in listed(page)[0]
    page = client.send(page, 422, button="send", text="", files=files(("录音.amr", corpus.amr())))
    assert "请先写下要补充的内容" in page.errors
    page = client.send(page, button="attach", text="还在写", files=files(("a.zip", corpus.archive(a=b"x"))))
    assert page.tree.xpath("string(//textarea)").strip() == "还在写"
    assert "“a.zip”没有附上：不收压缩包" in page.words
    page = client.send(page, button="send", text="录了一段音")
    assert "录音.amr" in page.tree.xpath("//li[@class='mine']")[-1].text_content()
    with reading(database) as session:
        clue = session.scalars(select(Clue)).one()
        said = session.scalars(select(Message)).one()
        assert [one.message_id for one in attachments.of_clue(session, clue)] == [None, said.id]
    opened = b"".join(chunk for path in tools.store.path.glob("??/*") for chunk in vault.opened(path.name, tools))
    assert MARK not in opened
    assert b"Exif" not in opened


def test_no_file_refuses_a_clue_and_the_receipt_says_what_was_not_taken(app, database):
    client = Client(app)
    nasty = [(name, make_file()) for name, (make_file, _) in NASTY.items()]
    receipt = client.send(last_page(client, contact_name=SECRET), button="send", files=files(*nasty))
    assert receipt.h1 == "线索已收到"
    said = receipt.tree.xpath("//div[@class='warn']/p/text()")
    assert [(words in sentence) for sentence, (_, words) in zip(said, NASTY.values(), strict=False)] == [True] * 9
    assert "\u202e" not in receipt.text
    assert max(map(len, said)) < 130
    assert "可以凭查询码打开进展页再补充" in receipt.words
    with reading(database) as session:
        assert session.scalars(select(Attachment)).all() == []
        assert session.scalars(select(Clue)).one().text == make.STORY


def test_a_page_that_is_loaded_again_attaches_nothing_twice(app, database):
    client = Client(app)
    page = last_page(client)
    for name in ("图.jpg", "图.jpg"):
        again = client.send(page, button="attach", files=files((name, corpus.jpeg()), ("通知.docx", corpus.docx())))
        assert len(listed(again)) == 2
    assert "“图.jpg”没有附上：这个文件已经附上了" in again.words
    client.send(again, button="send")
    client.send(page, 422, button="send", files=files(("图.jpg", corpus.jpeg())))  # back from the receipt
    with reading(database) as session:
        assert len(session.scalars(select(Attachment)).all()) == 2


@on_sqlite_alone
def test_one_file_too_many_costs_none_of_the_others(app):
    """The page's script holds back what is too large and names it."""
    client = Client(app)
    sent = files(("a.gif", corpus.gif()), ("b.zip", corpus.archive(a=b"x")), ("c.jpg", corpus.jpeg()))
    page = client.send(last_page(client), button="attach", files=sent, too_large=["大.png", "大.mp4"])
    assert [one.split()[0] for one in listed(page)] == ["a.png", "c.jpg"]
    archive, picture, film, others = page.tree.xpath("//p[@class='message'][@role='alert']/text()")
    assert "不收压缩包" in archive and "剪短" not in picture
    assert picture == "“大.png”没有附上：图片超过 20 MB。请截取要紧的部分，或者截屏后再附上"
    assert "剪短" in film and others == "其余 2 个已附上。"


def test_a_name_in_the_name_of_a_file_is_covered_where_it_is_ticked(app, database):
    client = Client(app)
    sent = files(("通知（张三）.jpg", corpus.jpeg()), ("李明-打卡.gif", corpus.gif()))
    page = client.send(last_page(client), button="attach", files=sent)
    assert "遮住文件名“通知（张三）.jpg”里的“张三”" in page.words
    assert page.tree.xpath("//input[@name='blur']/@value") == ["张三", "李明"]
    receipt = client.send(client.send(page, button="attach", blur=["张三"]), button="send")
    assert [one.split()[0] for one in listed(receipt)] == ["通知（××）.jpg", "李明-打卡.png"]
    assert "张三" not in receipt.text


@on_sqlite_alone
def test_too_much_at_once_is_answered_with_what_to_do(app, monkeypatch):
    client = Client(app)
    page = last_page(client)
    monkeypatch.setitem(UPLOADS, "public.new_clue", 5000)
    page = client.send(page, 413, button="attach", files=files(("large.mp4", bytes(9000))))
    assert page.h1 == "文件太大了"
    assert "您填写的文字都还在那一页" in page.words


@on_sqlite_alone
def test_another_reporter_sees_nothing_of_the_files(app):
    client, other = Client(app), Client(app)
    page = client.send(last_page(client), button="attach", files=files(("a.gif", corpus.gif())))
    theirs = last_page(other)
    assert listed(theirs) == []
    other.send(theirs, drop=page.tree.xpath("//ul[@class='files']//button/@value")[0])
    assert len(listed(client.send(page, button="attach"))) == 1


@pytest.fixture
def filed(app, database, tools) -> str:
    """The number of a clue with a picture and a document, prepared by the worker."""
    client = Client(app)
    sent = files(("群聊 <b>.png", corpus.jpeg()), ("通知.docx", corpus.docx()))
    assert client.send(last_page(client), button="send", files=sent).h1 == "线索已收到"
    with reading(database) as session:
        return session.scalars(select(Clue.number)).one()


def test_officers_see_pictures_and_take_files_and_every_taking_is_audited(filed, desk, database, tools):
    clerk = desk(Role.CLERK)
    assert "正在生成预览" in clerk.get(f"/console/clues/{filed}").words
    assert jobs.prepare_files(database, tools) == 2
    page = clerk.get(f"/console/clues/{filed}")
    [picture] = page.tree.xpath("//section[@id='files']//img[contains(@alt, '群聊')]")
    shown = clerk.raw.get(picture.get("src"))
    assert (shown.status_code, shown.mimetype, shown.data[:4]) == (200, "image/webp", b"RIFF")
    address = page.tree.xpath("//section[@id='files']//a[@download]/@href")[0]
    taken = clerk.raw.get(address)
    assert taken.headers["Content-Disposition"].startswith(f"attachment; filename={filed}-")
    assert "%E7%BE%A4%E8%81%8A" in taken.headers["Content-Disposition"]
    assert taken.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert taken.headers["X-Content-Type-Options"] == "nosniff"
    assert (taken.mimetype, int(taken.headers["Content-Length"])) == ("image/jpeg", len(taken.data))
    assert MARK not in taken.data
    with reading(database) as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "file_opened")).one()
        assert list(entry.keys) == ["attachment"]
        assert entry.officer_id
    assert "下载附件" in clerk.get(f"/console/clues/{filed}").words


def test_who_may_not_see_the_clue_sees_none_of_its_files(filed, app, desk, database, tools):
    jobs.prepare_files(database, tools)
    page = desk(Role.CLERK).get(f"/console/clues/{filed}")
    addresses = [
        *page.tree.xpath("//section[@id='files']//img/@src"),
        *page.tree.xpath("//section[@id='files']//a[@download]/@href"),
    ]
    assert len(addresses) >= 3
    others = [desk(Role.HANDLER, remit="cyberspace"), desk(Role.CLERK, "321111"), desk(Role.ADMIN), desk(Role.AUDITOR)]
    for address in addresses:
        assert [other.raw.get(address).status_code for other in others] == [404] * 4
        assert Client(app).raw.get(address).status_code == 302
    with reading(database) as session:
        assert session.scalars(select(AuditEntry).where(AuditEntry.action == "file_opened")).all() == []


def test_an_officer_puts_evidence_beside_a_note_and_the_reporter_does_not_see_it(app, desk, database, tools):
    client = Client(app)
    receipt = client.send(last_page(client), button="send")
    clerk, number = desk(Role.CLERK), receipt.tree.xpath("string(//main//b)")
    page = clerk.get(f"/console/clues/{number}?do=note")
    refused = clerk.send(
        page, 422, text="走访照片", files=files(("a.zip", corpus.archive(a=b"x")), ("b.gif", corpus.gif()))
    )
    assert refused.errors == ["“a.zip”没有附上：不收压缩包，请解压后一个一个附上"]
    assert refused.tree.xpath("string(//textarea)").strip() == "走访照片"
    assert list(tools.store.path.glob("??/*")) == [], "all or none"
    clerk.send(refused, text="走访照片", files=files(("走访.jpg", corpus.jpeg())))
    page = clerk.get(f"/console/clues/{number}?tab=notes")
    assert "附件：走访.jpg" in page.words
    assert "承办证据" in page.words
    mine = client.send(client.get("/query"), code=code_on(receipt))
    assert "走访" not in mine.words
    with reading(database) as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "file_attached")).one()
        assert entry.officer_id
