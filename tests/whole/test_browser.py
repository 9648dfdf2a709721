"""A phone, a desk and a real browser between them."""

from __future__ import annotations

import re
from contextlib import nullcontext

import pytest
from sqlalchemy import select

from intake import labels
from intake.db import reading, transaction
from intake.models import Clue
from intake.rules.workflow import Action, Role
from intake.services import clues, identity, triage
from tests import factories as make
from tests.browser import DESK, PHONE, accessibility_problems, overflow
from tests.cleaning import corpus
from tests.conftest import on_sqlite_alone

PUBLIC = ("/", "/n/zhenjiang", "/query", "/privacy", "/chain", "/figures", "/receipt", "/clues/new")
STORY = "我们社区每天早上七点半前要在平安应用里签到，晚一分钟就在工作群里点名，月底按签到率排名扣绩效。"


def press(page, words: str, *, leaves: bool = True) -> None:
    """Press a button and, where that leaves the page, wait for the next one: a click alone returns before it."""
    button = page.get_by_role("button", name=words, exact=False).last
    with page.expect_navigation() if leaves else nullcontext():
        button.click()


def sign_in(page, url: str, username: str):
    """The page, with what the officer sees first."""
    page.goto(f"{url}/console/")
    page.get_by_label("登录名").fill(username)
    page.get_by_label("密码").fill(make.PASSWORD)
    press(page, "登录")
    assert page.get_by_role("heading", level=1).inner_text() != "工作人员登录"
    return page


def take(page, url: str, number: str, action: Action, **fields: str) -> None:
    page.goto(f"{url}/console/clues/{number}?do={action.value}")
    panel = page.locator("aside")
    for name, value in fields.items():
        field = panel.locator(f"[name={name}]")
        if field.first.get_attribute("type") == "radio":
            panel.locator(f"[name={name}][value={value}]").check()
        else:
            field.fill(value)
    panel.locator("form button.wide").click()
    assert labels.DONE[action] in page.locator(".flash").inner_text()


def follows_category(page, address: str) -> None:
    """The office that the rules give, and the sentence why, go with the category chosen."""
    page.goto(address)
    ruled, why = page.locator("[name=office] option").first, page.locator("#why")
    before = why.inner_text()
    page.locator("[name=other]").select_option("plaques")
    office = ruled.text_content().removeprefix("按规则定：").partition("（")[0]
    assert f"由{office}主办" in why.inner_text() != before


def file_on_phone(page, url: str) -> str:
    """Walk the form without script; returns the query code."""
    page.goto(url)
    page.get_by_role("link", name="我要反映").click()
    page.get_by_label("发生了什么").fill(STORY)
    press(page, "下一步")
    for depth, code in enumerate(("320000", "321100", "321112"), start=1):
        page.locator(f"[name=place{depth}]").select_option(code)
        if depth < 3:
            press(page, "下一步")
    page.locator("[name=accused_level][value=township]").check()
    page.get_by_label("单位名称").fill("某街道办事处")
    press(page, "下一步")
    if page.get_by_role("heading", level=1).inner_text().startswith("在什么地方"):
        press(page, "下一步")
    page.get_by_label("每月几次").fill("22")
    page.get_by_label("每次几分钟").fill("10")
    press(page, "下一步")
    assert STORY in page.locator("main").inner_text()
    press(page, "提交")
    return page.locator("#code").inner_text()


def test_a_clue_goes_from_a_phone_without_script_to_its_answer(live_server, open_context, database, tools):
    with transaction(database) as session:
        names = {
            role: make.officer(session, tools, role, "321112", remit).username
            for role, remit in ((Role.CLERK, "task_force"), (Role.HANDLER, "cyberspace"), (Role.LEAD, "cyberspace"))
        }
    url = live_server.url
    phone = open_context(PHONE, javascript=False).new_page()
    code = file_on_phone(phone, url)
    with reading(database) as session:
        number = session.scalar(select(Clue.number))
    desks = {role: open_context(DESK).new_page() for role in names}
    for role, page in desks.items():
        sign_in(page, url, names[role])
    assert number[5:] in desks[Role.CLERK].locator("main").inner_text()
    assert number[5:] not in desks[Role.HANDLER].locator("main").inner_text()
    follows_category(desks[Role.CLERK], f"{url}/console/clues/{number}?do=assign")
    take(desks[Role.CLERK], url, number, Action.ASSIGN, category="checkins")
    desks[Role.HANDLER].goto(f"{url}/console/queue")
    desks[Role.HANDLER].get_by_role("link", name=re.compile("我们社区")).click()
    assert "丹徒区委网信办" in desks[Role.HANDLER].locator("main").inner_text()
    take(desks[Role.HANDLER], url, number, Action.SIGN)
    take(
        desks[Role.HANDLER], url, number, Action.CONCLUDE, verdict="substantiated", measures="11 月 20 日起取消签到和排名",
        answer="您反映的情况属实。签到要求已取消，被扣的绩效已退回。", educated="1", disciplined="0",
    )  # fmt: skip
    take(desks[Role.LEAD], url, number, Action.APPROVE)
    phone.goto(f"{url}/query")
    phone.get_by_label("查询码").fill(code.lower())
    press(phone, "查看")
    assert phone.get_by_role("heading", level=1).inner_text() == "已办结，答复在下面"
    assert "被扣的绩效已退回" in phone.locator("main").inner_text()


def test_what_axe_finds_is_told_in_chinese(phone):
    phone.set_content("<title>一页</title><html lang=zh><main><h1>标题</h1><img src='data:,'></main>")
    [problem] = accessibility_problems(phone)
    assert problem.startswith("image-alt (critical): ")
    assert "替代文本" in problem


@on_sqlite_alone
@pytest.mark.parametrize("viewport", [PHONE, {"width": 360, "height": 740}, DESK], ids=["375", "360", "1280"])
def test_public_pages_are_accessible_and_fit(live_server, open_context, database_url, viewport):
    page = open_context(viewport).new_page()
    for address in (*PUBLIC, "/clues/new?notice=changde", "/nowhere"):
        page.goto(live_server.url + address)
        assert accessibility_problems(page) == [], address
        assert overflow(page) == [], address


@on_sqlite_alone
def test_public_pages_are_accessible_in_the_dark(live_server, open_context, database_url):
    """The colours of a phone that is set to dark: every contrast that axe measures holds there too."""
    page = open_context(PHONE, scheme="dark").new_page()
    for address in (*PUBLIC, "/nowhere", "/clues/new"):
        page.goto(live_server.url + address)
        assert accessibility_problems(page) == [], address
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 21, 25)"
    press(page, "下一步")  # nothing typed: the page with its errors
    assert accessibility_problems(page) == []
    page.get_by_label("发生了什么").fill(f"{STORY}我的电话是13812345678。")
    press(page, "下一步")
    for depth, code in enumerate(("320000", "321100", "321112"), start=1):
        page.locator(f"[name=place{depth}]").select_option(code)
    assert accessibility_problems(page) == []
    press(page, "直接核对")
    assert page.locator("mark").count() == 1
    assert accessibility_problems(page) == []
    press(page, "提交")
    assert accessibility_problems(page) == []


@on_sqlite_alone
def test_the_form_with_script_lists_divisions_and_attaches_files_at_once(live_server, phone, tmp_path):
    phone.goto(f"{live_server.url}/clues/new")
    phone.get_by_label("发生了什么").fill(STORY)
    press(phone, "下一步")
    phone.locator("[name=place1]").select_option("110000")
    phone.locator("[name=place2]").select_option("110108")
    phone.locator("[name=place3]").select_option(label="万寿路街道")
    assert accessibility_problems(phone) == []
    phone.locator("[name=place1]").select_option("320000")
    phone.locator("[name=place2]").select_option("321100")
    phone.locator("[name=place3]").wait_for()
    press(phone, "下一步")
    assert phone.get_by_role("heading", level=1).inner_text() == "还有什么要补充？"
    assert accessibility_problems(phone) == []
    assert overflow(phone) == []
    press(phone, "下一步")
    assert "江苏省镇江市" in phone.locator("main").inner_text()
    choose = phone.get_by_label("选择文件")
    (tmp_path / "大.mp4").write_bytes(bytes(20 * 2**20 + 1))
    choose.set_input_files(tmp_path / "大.mp4")
    phone.get_by_text("“大.mp4”超过 20 MB").wait_for()
    (tmp_path / "群聊.jpg").write_bytes(corpus.jpeg())
    choose.set_input_files([tmp_path / "大.mp4", tmp_path / "群聊.jpg"])
    phone.get_by_text("已去掉：拍摄或录制的地点").wait_for()
    assert phone.get_by_text("“大.mp4”没有附上").is_visible() and phone.get_by_text("其余 1 个已附上").is_visible()
    assert accessibility_problems(phone) == []
    press(phone, "提交")
    assert accessibility_problems(phone) == []
    assert overflow(phone) == []
    phone.get_by_role("button", name="复制查询码").click()
    phone.get_by_role("button", name="已复制").wait_for()


@on_sqlite_alone
def test_keys_work_on_the_clue_page(live_server, open_context, database, tools):
    with transaction(database) as session:
        username = make.officer(session, tools, Role.CLERK, "321112").username
        number = make.clue(session, tools).number
    page = open_context(DESK).new_page()
    sign_in(page, live_server.url, username)
    page.goto(f"{live_server.url}/console/clues/{number}")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.keyboard.press("r")
    page.wait_for_url("**?do=reject#first")
    decide, words = page.locator("aside form button.wide"), page.locator("aside textarea")
    assert decide.inner_text().startswith("不予受理")
    assert page.evaluate("scrollY") == 0 and decide.bounding_box()["y"] + decide.bounding_box()["height"] <= 800
    assert page.evaluate("document.activeElement.name") == "reason"
    page.locator("[name=reason]").nth(0).check()
    assert "信访局" in words.input_value()
    words.fill(words.input_value() + "请早去。")
    page.locator("[name=reason]").nth(1).check()
    assert "请早去" in words.input_value(), "what somebody wrote stays"
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("link", name="记备注").click()
    assert "do=reject" in page.url and "请早去" in words.input_value()
    page.locator("h1").click()
    page.keyboard.press("?")
    assert page.locator("#keys").get_attribute("open") is not None
    page.keyboard.press("Escape")
    assert page.locator("#keys").get_attribute("open") is None


@on_sqlite_alone
def test_a_phone_without_script_covers_a_number_before_sending(live_server, open_context, database):
    page = open_context(PHONE, javascript=False).new_page()
    page.goto(f"{live_server.url}/clues/new")
    page.get_by_label("发生了什么").fill(f"{STORY}我叫李明，电话13812345678，微信liming_2020。")
    press(page, "下一步")
    page.locator("[name=place1]").select_option("320000")
    for _ in range(3):
        press(page, "下一步")
    assert page.locator(".review mark").all_inner_texts() == ["李明", "13812345678", "liming_2020"]
    assert overflow(page) == []
    page.get_by_label("电话号码").check()
    press(page, "遮住勾上的")
    assert page.locator(".review mark").all_inner_texts() == ["李明", "liming_2020"]
    page.get_by_label("微信号").check()
    press(page, "提交")
    with reading(database) as session:
        [text] = session.scalars(select(Clue.text))
    assert text == f"{STORY}我叫李明，电话{'×' * 11}，微信{'×' * 11}。"


@on_sqlite_alone
def test_a_word_that_never_ends_breaks_no_page(live_server, open_context, database, tools):
    endless = "https://example.cn/" + "averylongaddress" * 12
    given = make.submission(text=f"每天签到三次，见{endless}", title=endless[:60])
    with transaction(database) as session:
        people = {role: make.officer(session, tools, role, "321112", remit) for role, remit in ((Role.CLERK, "task_force"), (Role.LEAD, "cyberspace"))}
        clerk, lead = (identity.viewer(one) for one in people.values())
        clue = clues.submit(session, given, tools=tools)
        triage.triage(session, clue.id, tools=tools)
        twin = make.clue(session, tools, text=f"我们社区也签到，见{endless}")
        make.act(session, twin, Action.MERGE, clerk, tools, into=clue.number)
        make.act(session, clue, Action.ASSIGN, clerk, tools, category="checkins")
        make.act(session, clue, Action.SIGN, lead, tools)
        make.act(session, clue, Action.ASK, lead, tools, text=endless)
        make.act(session, clue, Action.NOTE, lead, tools, text=endless)
    reporter = open_context(PHONE).new_page()
    reporter.goto(f"{live_server.url}/clues/new")
    reporter.locator("textarea").fill(given.text)
    assert overflow(reporter) == []
    reporter.goto(f"{live_server.url}/query")
    reporter.locator("#code").fill(clues.code_of(tools, given.key))
    press(reporter, "查")
    assert endless in reporter.locator("main").inner_text() and overflow(reporter) == []
    for role, addresses in {
        Role.CLERK: ("/console/clues", f"/console/clues/{twin.number}", "/console/clues?words=签到"),
        Role.LEAD: ("/console/queue", *(f"/console/clues/{clue.number}?tab={tab}" for tab in ("thread", "notes", "alike"))),
    }.items():
        page = sign_in(open_context(PHONE).new_page(), live_server.url, people[role].username)
        for address in addresses:
            page.goto(f"{live_server.url}{address}")
            assert overflow(page) == [], address
