"""The reporter's door, page by page, on both databases."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from urllib.parse import unquote

import pytest
from sqlalchemy import func, select

from bench import fuzz_pages
from intake.db import reading, transaction
from intake.models import Clue, Contact, Message, Notice
from intake.public.filing import NOTICE_OVER
from intake.public.forms import LONGEST
from intake.services import audit, clues
from tests import factories as make
from tests.web.client import Client, code_on, file_clue

DANTU = ["320000", "321100", "321112"]
STORY = make.STORY


@pytest.fixture
def client(app):
    return Client(app)


def stored(database) -> list[Clue]:
    with reading(database) as session:
        return list(session.scalars(select(Clue).order_by(Clue.id)))


def last_page(client, text=STORY):
    """The form's last page, at the shortest way."""
    page = client.send(client.get("/clues/new"), button="next", text=text)
    page = client.send(page, button="next", place1="320000", listed="320000")
    return client.send(page, button="next")


def test_every_public_page_can_be_opened(client):
    for address in ("/", "/clues/new", "/query", "/privacy", "/receipt", "/n/zhenjiang", "/clues/new?notice=zhenjiang"):
        client.get(address)


ORDERS = "&".join(f"{name}=x" for name in fuzz_pages.ORDERS)


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/", 200), ("/clues/new", 200), ("/query", 200), ("/privacy", 200), ("/receipt", 200), ("/n/zhenjiang", 200),
        ("/figures", 200), ("/chain", 200), ("/n/nowhere", 404), ("/nowhere", 404),
    ],
)  # fmt: skip
def test_no_parameter_steers_the_link_to_the_other_size_or_breaks_a_page(client, address, status):
    page = client.get(f"{address}?{ORDERS}&a=1&a=2", status)
    for link in page.tree.xpath("//header//a[.='大字版']/@href"):
        assert link == f"{address}?{ORDERS}&a=1&a=2&big=1"
        large = client.get(link, status)
        assert large.tree.xpath("//header//a[.='普通字号']/@href") == [link.removesuffix("&big=1")]


def test_the_home_page_says_who_runs_the_site(client, app):
    assert "主办：内蒙古自治区、镇江市、孝感市、常德市的" in client.get("/").tree.xpath("string(//footer)")
    app.extensions["tools"].settings.values["OPERATOR"] = "镇江市委机制办，电话 0511-00000000"
    assert "主办：镇江市委机制办，电话" in client.get("/").tree.xpath("string(//footer)")


def test_the_home_page_names_the_open_notices(client):
    page = client.get("/")
    assert len(page.links("/n/")) == 4
    for link in page.links("/n/"):
        assert "征集哪些问题" in client.get(link).words


def test_a_clue_is_filed_and_its_code_opens_it(client, database):
    receipt = file_clue(
        client,
        STORY,
        DANTU,
        accused_level="township",
        accused_name="某街道",
        times_a_month="二十二次",
        minutes_each="1 小时",
        people="14",
    )
    assert receipt.h1 == "线索已收到"
    [clue] = stored(database)
    assert (clue.text, clue.region_code, clue.times_a_month, clue.minutes_each, clue.people) == (STORY, "321112", 22, 60, 14)
    assert clue.number in receipt.words
    progress = client.send(client.get("/query"), code=code_on(receipt).lower().replace("-", " "))
    assert clue.number in progress.words
    assert "已收到" in progress.h1


def test_the_code_is_shown_once(client):
    file_clue(client, STORY, DANTU)
    page = client.get("/receipt")
    assert page.h1 == "这里没有可以显示的回执"
    assert "页面已经空了的，请重新写一条" in page.words
    assert "可能没有提交成功" in page.words and "会得到同一张回执" in page.words


def test_sending_twice_gives_the_same_receipt_and_one_clue(client, database):
    page = client.send(client.get("/clues/new"), button="next", text=STORY)
    page = client.send(page, button="next", place1="320000", listed="320000")
    page = client.send(page, button="next")
    first = code_on(client.send(page, button="send"))
    client.get("/clues/new")
    action, fields = page.form(button="send")
    fields["csrf_token"] = client.get("/clues/new").form()[1]["csrf_token"]
    second = client.post(action, fields)
    assert code_on(second) == first
    assert len(stored(database)) == 1


def test_what_was_edited_after_a_lost_answer_is_added_and_the_receipt_says_so(client, database):
    review = last_page(client)
    code = code_on(client.send(review, button="send"))
    again, fields = review.form(button="send")
    edited = f"{STORY}另外还要求晚上十点再签一次。"
    for more, said in ((edited, True), (STORY, False)):
        token = {"csrf_token": client.get("/clues/new").form()[1]["csrf_token"]}
        receipt = client.post(again, fields | token | {"text": more})
        assert code_on(receipt) == code
        assert ("作为补充加在它后面" in receipt.words) == said and "没有加进去" not in receipt.words
    token = {"csrf_token": client.get("/clues/new").form()[1]["csrf_token"]}
    receipt = client.post(again, fields | token | {"accused_name": "某街道办"})
    assert "刚才改的地区、单位或者其他栏没有加进去" in receipt.words
    assert [clue.text for clue in stored(database)] == [STORY]
    with reading(database) as session:
        assert session.scalars(select(Message.text)).all() == [edited]


def test_contact_data_that_comes_with_the_second_sending_is_kept_and_said(client, database):
    review = last_page(client)
    again, fields = review.form(button="send")
    client.post(again, fields)
    contact = {"named": "y", "contact_name": "王某", "contact_way": "13800000000"}
    for said in (True, False):
        token = {"csrf_token": client.get("/clues/new").form()[1]["csrf_token"]}
        receipt = client.post(again, fields | token | contact)
        assert ("当时没有留联系方式" in receipt.words) is said
    with reading(database) as session:
        assert session.scalars(select(Clue.named)).all() == [True]
        assert len(session.scalars(select(Contact)).all()) == 1
        assert list(audit.verify(session)) == []


def test_pressing_twice_at_once_gives_the_same_receipt_and_one_clue(client, app, database, monkeypatch):
    """Both look before either has committed: on PostgreSQL the second one's insert waits, and fails on the key."""
    action, fields = last_page(client).form(button="send")
    cookie = client.raw.get_cookie("songbang").value
    together, number = threading.Barrier(2), clues._next_number

    def slowly(*given):
        if database.dialect.name == "postgresql":
            with suppress(threading.BrokenBarrierError):
                together.wait(5)
        return number(*given)

    def press() -> str:
        browser = app.test_client()
        browser.set_cookie("songbang", cookie)
        return browser.post(action, data=fields).headers.get("Location", "")

    monkeypatch.setattr(clues, "_next_number", slowly)
    with ThreadPoolExecutor(2) as pool:
        assert [one.result() for one in [pool.submit(press) for _ in range(2)]] == ["/receipt"] * 2
    assert len(stored(database)) == 1


def test_the_receipt_can_be_kept_as_text(client, app, database):
    receipt = file_clue(client, STORY, DANTU)
    action, fields = receipt.form()
    answer = client.raw.post(action, data=fields)
    assert code_on(receipt) in answer.text
    assert "查询网址：http://localhost/query\n" in answer.text
    named = answer.headers["Content-Disposition"]
    assert named.startswith("attachment") and unquote(named).endswith(f"线索回执-{stored(database)[0].number}.txt")
    settings = app.extensions["tools"].settings
    settings.values["PUBLIC_URL"] = "https://jf.example.cn/"
    assert "查询网址：https://jf.example.cn/query\n" in client.raw.post(action, data=fields).text


def test_the_four_pages_go_back_and_forth_without_loss(client):
    page = client.send(client.get("/clues/new"), button="next", text=STORY)
    page = client.send(page, button="regions", place1="320000")
    page = client.send(
        page, button="next", place2="321100", listed="321100", accused_name="某局", accused_level="city_dept"
    )
    page = client.send(page, button="back", reporter_kind="teacher", times_a_month="3")
    assert page.h1.startswith("在什么地方")
    page = client.send(page, button="back")
    assert page.form()[1]["text"].strip() == STORY
    page = client.send(page, button="next")
    page = client.send(page, button="next")
    assert page.form()[1]["times_a_month"] == "3"
    page = client.send(page, button="next")
    for word in (STORY, "江苏省镇江市", "某局", "市直部门", "教师"):
        assert word in page.words


def test_clearing_is_asked_about_first_and_taking_it_back_loses_nothing(client):
    page = client.get("/clues/new?notice=zhenjiang")
    assert "没有提交的文字就没有了" in page.words
    page = client.send(client.send(page, button="next", text=STORY), button="next")
    before = page.form()[1] | {"csrf_token": ""}
    asked = client.send(page, button="forget", people="7")
    assert asked.h1 == "真的要清除，重新写吗？"
    assert asked.links("/clues/new") == ["/clues/new?notice=zhenjiang"]
    back = client.send(asked, button="burden")
    assert back.form()[1] | {"csrf_token": ""} == before | {"people": "7"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "请填写事情经过"),
        ("  \n ", "请填写事情经过"),
        ("\x00\x00", "请填写事情经过"),
        ("太多", "请再多写几个字"),
        ("长" * 100_000, f"最多 {LONGEST} 字"),
    ],
)
def test_a_bad_text_gets_a_sentence_beside_it_and_is_not_lost(client, database, text, sentence):
    page = client.send(client.get("/clues/new"), status=422, button="next", text=text)
    assert any(sentence in error for error in page.errors)
    assert page.form()[1]["text"].strip() == text.replace("\x00", "").strip()
    assert stored(database) == []


@pytest.mark.parametrize("text", ["打\x00卡\x07太多了真的", "打\u202e卡太多了真的\u2066", "\ud800打卡太多了真的"])
def test_invisible_characters_are_taken_out_and_the_clue_is_kept(client, database, text):
    try:
        receipt = file_clue(client, text, ["320000"])
    except UnicodeEncodeError:
        raw = "text=" + "%ED%A0%80" + "打卡太多了真的"
        answer = client.raw.post("/clues/new", data=raw.encode(), content_type="application/x-www-form-urlencoded")
        assert answer.status_code in (200, 422)
        return
    assert receipt.h1 == "线索已收到"
    assert stored(database)[0].text == "打卡太多了真的"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"place1": "999999"}, "请从列表里选择地区"),
        ({"place1": "320000'; DROP TABLE clue"}, "请从列表里选择地区"),
        ({}, "请选择事情发生的地区"),
        ({"place1": "320000", "listed": "320000", "accused_level": "moon"}, "请选择单位属于哪一级"),
        ({"place1": "320000", "listed": "320000", "accused_name": "局" * 201}, "单位名称最多 200 字"),
    ],
)
def test_a_forged_place_or_level_gets_a_sentence(client, database, fields, sentence):
    page = client.send(client.get("/clues/new"), button="next", text=STORY)
    page = client.send(page, status=422, button="next", **fields)
    assert any(sentence in error for error in page.errors)
    assert page.form()[1]["text"] == STORY
    assert stored(database) == []


def test_without_script_the_next_list_is_asked_for_in_words(client):
    page = client.send(client.get("/clues/new"), button="next", text=STORY)
    assert "请接着选" not in page.words
    page = client.send(page, button="next", place1="320000")
    assert page.tree.xpath("//p[@role='status']/text()")[0].startswith("已选江苏省，请接着选市")
    assert "请接着选" not in client.send(page, button="next").words


def test_a_city_of_another_province_is_not_taken(client, database):
    page = client.send(client.get("/clues/new"), button="next", text=STORY)
    page = client.send(page, button="next", place1="320000", place2="430700", listed="430700")
    assert page.h1.startswith("在什么地方")
    page = client.send(page, button="next")
    page = client.send(page, button="next")
    client.send(page, button="send")
    assert stored(database)[0].region_code == "320000"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"since": "2999-01-01"}, "这个日期还没有到"),
        ({"since": "去年"}, "请按“年-月-日”填写"),
        ({"since": "1880-01-01"}, "请核对年份"),
        ({"times_a_month": "很多"}, "请填整数"),
        ({"people": "9" * 400}, "请填整数"),
        ({"times_a_month": "-1"}, "请填 1 到 3000 之间的整数"),
        ({"minutes_each": "99999999999999999999"}, "请填 1 到 44640 之间的整数"),
        ({"people": "0"}, "请填 1 到 100 万之间的整数"),
        ({"named": "y"}, "请填写电话或电子邮箱"),
        ({"named": "y", "contact_way": "1" * 121}, "联系方式最多 120 字"),
        ({"reporter_kind": "king"}, "请从列表里选择"),
    ],
)
def test_a_bad_detail_gets_a_sentence_and_everything_stays(client, database, fields, sentence):
    page = client.send(client.get("/clues/new"), button="next", text=STORY)
    page = client.send(page, button="next", place1="320000", listed="320000")
    page = client.send(page, status=422, button="next", **fields)
    assert any(sentence in error for error in page.errors)
    sent = page.form()[1]
    assert sent["text"] == STORY
    assert all(sent.get(name) == value for name, value in fields.items() if name != "reporter_kind")
    assert stored(database) == []


def test_errors_planted_in_hidden_fields_lead_back_to_their_page(client, database):
    page = client.send(client.get("/clues/new"), button="next", text=STORY)
    page = client.send(page, button="next", place1="320000", listed="320000")
    page = client.send(page, button="next")
    page = client.send(page, status=422, button="send", text="")
    assert page.h1 == "发生了什么？"
    assert stored(database) == []


@pytest.mark.parametrize("button", ["check", "review"])
def test_who_jumps_to_the_last_page_is_led_to_what_is_wrong_before_it(client, button):
    page = client.send(client.get("/clues/new"), button="next", text=STORY)
    places = dict(zip(("place1", "place2", "place3"), DANTU, strict=True))
    action, fields = page.form()
    page = client.post(action, fields | places | {"step": "story", "accused_level": "kaiser", "go": button}, 422)
    assert page.h1 == "在什么地方，反映哪个单位？" and page.errors


def test_a_form_of_a_notice_that_is_over_begins_as_any_other_and_a_forged_one_is_a_404(client, database):
    client.get("/n/nowhere", 404)
    client.get("/clues/new?notice=nowhere", 404)
    with transaction(database) as session:
        notice = session.scalar(select(Notice).where(Notice.slug == "changde"))
        notice.opens_on = notice.closes_on = notice.opens_on.replace(year=2020)
    assert "征集时间已过" in client.get("/n/changde").words
    page = client.get("/clues/new?notice=changde")
    assert NOTICE_OVER in page.words and "notice" not in page.form()[1]
    with transaction(database) as session:
        notice = session.scalar(select(Notice).where(Notice.slug == "changde"))
        notice.opens_on = notice.closes_on = notice.opens_on.replace(year=2099)
    client.get("/clues/new?notice=changde", 404)


@pytest.mark.parametrize(
    ("places", "looks"),
    [(DANTU, ""), (["320000"], "江苏省"), (["440000", "440100"], "孝感市、常德市的专班先看，可能转给当地")],
)
def test_which_places_are_served_is_said_and_no_place_is_refused(client, database, places, looks):
    page = client.send(client.get("/clues/new"), button="next", text=STORY)
    assert "本站已开通：内蒙古自治区、镇江市、孝感市、常德市。" in page.words
    chosen = {f"place{n}": code for n, code in enumerate(places, 1)}
    page = client.send(client.send(page, button="next", listed=places[-1], **chosen), button="check")
    warned = page.tree.xpath("string(//p[@class='warn'])")
    assert ("还没有开通" in warned) == bool(looks) and looks in warned
    assert client.send(page, button="send").h1 == "线索已收到"


def test_a_clue_under_a_notice_belongs_to_it_and_its_place_is_preset(client, database):
    page = client.get("/clues/new?notice=zhenjiang")
    page = client.send(page, button="next", text=STORY)
    assert page.form()[1]["place2"] == "321100"
    page = client.send(page, button="next")
    page = client.send(page, button="next")
    client.send(page, button="send")
    with reading(database) as session:
        assert session.scalar(select(Notice.slug).join(Clue, Clue.notice_id == Notice.id)) == "zhenjiang"


def test_a_lost_session_loses_nothing_typed(client, app):
    page = client.send(client.get("/clues/new"), button="next", text=STORY)
    page = client.send(page, button="next", place1="320000", listed="320000")
    page = client.send(page, button="next")
    other = Client(app)
    page = other.send(page, status=422, button="send")
    assert "请再点一次“提交”" in page.words
    assert STORY in page.words
    assert other.send(page, button="send").h1 == "线索已收到"


def test_a_form_in_another_tab_and_a_return_after_the_receipt_just_work(client, database):
    """The receipt clears the session, and every form open beside it loses its token."""
    first, other = (last_page(client, text) for text in (STORY, f"另一件：{STORY}"))
    code = code_on(client.send(first, button="send"))
    for page, seen in ((other, "线索已收到"), (first, code)):
        action, fields = page.form(button="send")
        foreign = client.raw.post(action, data=fields, headers={"Sec-Fetch-Site": "cross-site"})
        assert (foreign.status_code, "您刚在别的页面提交过" in foreign.text) == (422, True)
        client.raw.delete_cookie("songbang")
        answer = client.raw.post(action, data=fields, headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=True)
        assert (answer.status_code, seen in answer.text) == (200, True)
    assert len(stored(database)) == 2


def test_contact_data_is_kept_apart(client, database):
    file_clue(client, STORY, DANTU, named="y", contact_name="王某", contact_way="13800000000")
    with reading(database) as session:
        assert session.scalar(select(func.count()).select_from(Contact)) == 1
        assert session.scalars(select(Clue)).one().named


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("", "请填写查询码"),
        ("2026-11-0095", "这是编号，不是查询码"),
        ("K7PQ", "4 组、每组 5 个字符"),
        ("2" * 19 + "3", "第 4 组不对"),
        ("22222" * 4, "没有这个查询码"),
    ],
)
def test_a_wrong_code_says_what_is_wrong(client, code, sentence):
    page = client.send(client.get("/query"), status=422, code=code)
    assert any(sentence in error for error in page.errors)


def test_the_reporter_can_add_words_and_leave(client):
    receipt = file_clue(client, STORY, DANTU)
    progress = client.send(client.get("/query"), code=code_on(receipt))
    progress = client.send(progress, text="补充一句：上个月又加了一项")
    assert "上个月又加了一项" in progress.words
    file_clue(client, f"另一件：{STORY}", DANTU)  # its receipt clears the session of every tab
    assert client.post("/leave", {}).h1
    assert client.get("/clue").h1 == "凭查询码看进展"


def test_no_cookie_before_the_form_and_none_after_the_receipt(client):
    for address in ("/", "/n/zhenjiang", "/privacy"):
        assert "Set-Cookie" not in client.raw.get(address).headers
    file_clue(client, STORY, DANTU)
    assert client.raw.get_cookie("songbang") is None


def test_contact_data_without_the_tick_is_not_dropped_in_silence(app, database):
    client = Client(app)
    page = client.send(client.get("/clues/new"), button="next", text=make.STORY)
    page = client.send(page, button="next", place1="320000", accused_level="township")
    page = client.send(page, button="next")  # the cities are offered once
    refused = client.send(page, 422, button="next", contact_way="13800000000")
    assert refused.errors == ["没有勾选“我愿意留下联系方式”，填了也不会保存：要留就勾上，不想留就清空"]
    review = client.send(refused, button="next", contact_way="", people="7")
    assert "涉及 7 人" in review.words and "匿名，不留联系方式" in review.words


@pytest.mark.parametrize("path", ["/n/%00", "/regions/%00", "/clues/new?notice=%00", "/figures?%00=1", "/api/open311/v2/requests/%00.json", "/console/clues/%00"])
def test_a_nul_in_an_address_names_nothing(app, path):
    assert app.test_client().get(path).status_code == 404
