"""The form in a real browser where things go wrong: reloads, a dead network, a lost answer, eyes that want large print."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from intake.db import reading
from intake.models import Clue, Hold, TextMark
from tests.browser import PHONE, accessibility_problems, overflow
from tests.conftest import on_sqlite_alone
from tests.whole.test_browser import PUBLIC, STORY, press

SMALL = {"width": 360, "height": 740}
pytestmark = on_sqlite_alone


def heading(page) -> str:
    return page.get_by_role("heading", level=1).inner_text()


def choose_place(page) -> None:
    """丹徒区, list by list, with script."""
    page.locator("[name=place1]").select_option("320000")
    page.locator("[name=place2]").select_option("321100")
    page.locator("[name=place3]").select_option("321112")
    page.locator("[name=place4]").wait_for()


def too_small(page, least: int) -> list[str]:
    """What is to be pressed and lower than `least` pixels; the brand and links within a sentence are let off."""
    return page.evaluate(
        """least => [...document.querySelectorAll('button, select, input, summary, nav a, .actions a, .topics a')]
        .filter(e => e.offsetParent && e.type !== 'hidden' && !e.matches('.default, .choices input, .tick input'))
        .filter(e => e.getBoundingClientRect().height < least).map(e => e.outerHTML.slice(0, 120))""",
        least,
    )


def clues_filed(database) -> int:
    with reading(database) as session:
        return session.scalar(select(func.count()).select_from(Clue))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_large_print_asks_one_thing_a_page_and_leaves_nothing_small(live_server, open_context, database, scheme):
    page = open_context(SMALL, javascript=scheme == "dark", scheme=scheme).new_page()
    page.goto(live_server.url)
    page.get_by_role("link", name="大字版").click()
    page.get_by_role("link", name="我要反映").click()
    seen = []
    for _ in range(12):
        page.wait_for_load_state()  # its styles too
        seen.append(heading(page))
        if scheme == "dark":  # axe is a script
            assert accessibility_problems(page) == [], seen[-1]
        assert overflow(page) == [], seen[-1]
        assert too_small(page, 48) == [], seen[-1]
        assert float(page.evaluate("getComputedStyle(document.body).fontSize").removesuffix("px")) >= 1.35 * 18
        if page.locator("#code").count():
            break
        if page.locator("textarea").count():
            page.locator("textarea").fill(f"{STORY}电话 13812345678")
        if page.locator("select[name=place1]").count():
            page.locator("select[name=place1]").select_option("320000")
        press(page, "提交" if page.get_by_role("button", name="提交").count() else "下一步")
    asked = list(dict.fromkeys(seen))
    code = page.locator("#code").inner_text()
    for address in PUBLIC if scheme == "dark" else ():
        page.goto(f"{live_server.url}{address}?big=1")
        assert accessibility_problems(page) == [], address
        assert overflow(page) == [], address
    page.goto(f"{live_server.url}/query?big=1")
    page.get_by_label("查询码").fill(code)
    press(page, "查看")
    assert page.locator(".large").count() == 1
    assert overflow(page) == []
    if scheme == "dark":
        assert accessibility_problems(page) == []
    press(page, "看完了")
    assert len(asked) == 8, asked
    assert asked[-1] == "线索已收到"
    assert page.context.cookies() == []


def test_changing_the_size_on_the_way_loses_nothing(live_server, open_context, database):
    page = open_context(SMALL, javascript=False).new_page()
    page.goto(f"{live_server.url}/clues/new?topic=ledgers")
    assert page.locator("details[open]").inner_text().startswith("例子：台账填表")
    page.locator("textarea").fill(STORY)
    press(page, "换大字版")
    assert page.locator("textarea").input_value() == STORY
    press(page, "下一步")
    page.locator("[name=place1]").select_option("320000")
    press(page, "下一步")
    press(page, "直接去核对")
    press(page, "换回普通字号")
    assert STORY in page.locator("main").inner_text()
    press(page, "提交")
    assert heading(page) == "线索已收到"


def test_a_draft_of_any_page_outlives_a_reload_and_a_dead_network(live_server, open_context, database):
    context = open_context(PHONE)
    page = context.new_page()
    page.goto(f"{live_server.url}/clues/new")
    assert page.get_by_role("button", name="清除草稿").is_hidden()
    page.locator("textarea").fill(STORY)
    page.reload()
    assert page.locator("textarea").input_value() == STORY
    press(page, "下一步")
    choose_place(page)
    page.get_by_label("单位名称").fill("某街道")
    page.locator("[name=accused_level][value=township]").check()
    page.reload()
    page.locator("[name=place4]").wait_for()
    assert page.locator("[name=place3]").input_value() == "321112"
    assert page.get_by_label("单位名称").input_value() == "某街道"
    assert page.locator("[name=accused_level][value=township]").is_checked()
    assert accessibility_problems(page) == []
    press(page, "下一步")
    page.get_by_label("每月几次").fill("22")
    page.get_by_label("我愿意留下").check()
    page.get_by_label("电话或电子邮箱").fill("13800000000")
    assert "13800000000" not in page.evaluate("sessionStorage.getItem('draft')")
    context.set_offline(True)
    press(page, "下一步", leaves=False)
    assert page.get_by_text("现在没有网络").is_visible()
    context.set_offline(False)
    page.goto(f"{live_server.url}/clues/new")
    assert page.locator("textarea").input_value() == STORY
    gone = page.get_by_text("联系方式不存在这台设备上")
    assert gone.is_visible(), "what is back is not all that was typed"
    press(page, "接着写")
    assert page.get_by_label("每月几次").input_value() == "22"
    assert page.get_by_label("电话或电子邮箱").input_value() == ""
    assert gone.is_visible()
    page.get_by_label("电话或电子邮箱").fill("1")
    assert gone.is_hidden()
    page.get_by_label("电话或电子邮箱").fill("")
    page.get_by_label("我愿意留下").uncheck()
    press(page, "下一步")
    assert gone.is_hidden(), "that page was passed without contact data"
    assert "江苏省镇江市丹徒区" in page.locator("main").inner_text()
    page.wait_for_load_state()  # the script that attaches what is chosen is deferred
    page.locator("#choose").set_input_files([{"name": "通知.txt", "mimeType": "text/plain", "buffer": "每天签到三次".encode()}])
    page.get_by_text("通知.txt").first.wait_for()
    assert accessibility_problems(page) == []
    press(page, "提交")
    page.locator("#code").wait_for()
    page.wait_for_load_state()  # the script that forgets is deferred
    assert page.evaluate("sessionStorage.length + localStorage.length") == 0
    with reading(database) as session:
        clue = session.scalars(select(Clue)).one()
    assert (clue.text, clue.region_code, clue.accused_name, clue.times_a_month) == (STORY, "321112", "某街道", 22)


def test_the_place_outlives_an_error_a_reload_and_large_print(live_server, phone, database):
    """Where the page comes back with its lists filled in, the draft takes nothing away from them."""
    phone.goto(f"{live_server.url}/clues/new?notice=zhenjiang")
    phone.locator("textarea").fill(STORY)
    press(phone, "下一步")
    choose_place(phone)
    phone.get_by_label("单位名称").fill("某" * 201)
    phone.locator("[name=accused_level][value=township]").check()
    press(phone, "下一步")
    assert "单位名称最多" in phone.locator("main").inner_text() or phone.locator(".field--error").count()
    assert places(phone) == ["320000", "321100", "321112"]
    phone.reload()
    assert places(phone) == ["320000", "321100", "321112"]
    phone.locator("[name=place4]").wait_for()
    phone.locator("[name=place1]").select_option("330000")
    phone.locator("[name=place2]").wait_for()
    phone.reload()
    phone.locator("[name=place2]").wait_for()
    assert places(phone)[0] == "330000", "what was chosen last counts"
    choose_place(phone)
    phone.get_by_label("单位名称").fill("某街道")
    press(phone, "换大字版")
    assert places(phone) == ["320000", "321100", "321112"]
    press(phone, "下一步")
    press(phone, "直接去核对")
    assert "江苏省镇江市丹徒区" in phone.locator("main").inner_text()
    press(phone, "提交")
    with reading(database) as session:
        assert session.scalars(select(Clue.region_code)).one() == "321112"


def test_the_back_key_leads_through_the_pages_of_the_form_and_loses_nothing(live_server, phone, database):
    phone.goto(f"{live_server.url}/clues/new?notice=zhenjiang")
    phone.locator("textarea").fill(STORY)
    press(phone, "下一步")
    choose_place(phone)
    phone.get_by_label("单位名称").fill("某街道")
    press(phone, "下一步")
    phone.get_by_label("每月几次").fill("22")
    press(phone, "下一步")
    assert STORY in phone.locator("main").inner_text()
    for title, value, field in (("补充", "22", "[name=times_a_month]"), ("在什么地方", "某街道", "[name=accused_name]"), ("", STORY, "textarea")):
        phone.wait_for_load_state()
        phone.go_back()
        phone.locator(f"{field}:visible").wait_for()
        assert title in heading(phone)
        assert phone.locator(field).input_value() == value
    press(phone, "下一步")
    assert places(phone) == ["320000", "321100", "321112"]
    press(phone, "直接核对")
    press(phone, "提交")
    with reading(database) as session:
        clue = session.scalars(select(Clue)).one()
    assert (clue.text, clue.region_code, clue.accused_name, clue.times_a_month) == (STORY, "321112", "某街道", 22)


def places(page) -> list[str]:
    """The codes chosen, from the province down; the page's scripts have run."""
    page.wait_for_load_state("networkidle")
    return [value for n in range(1, 5) if (found := page.locator(f"select[name=place{n}]")).count() and (value := found.input_value())]


def test_a_draft_is_forgotten_on_demand(live_server, phone, database):
    phone.goto(f"{live_server.url}/clues/new?notice=zhenjiang")
    phone.locator("textarea").fill(STORY)
    press(phone, "下一步")
    press(phone, "清除草稿")
    press(phone, "不清除，接着写")
    assert phone.locator("select[name=place1]").is_visible() and STORY in phone.locator("[name=text]").input_value()
    press(phone, "清除草稿")
    assert accessibility_problems(phone) == []
    phone.get_by_role("link", name="清除，重新写").click()
    phone.wait_for_url("**/clues/new?notice=zhenjiang")
    assert phone.locator("textarea").input_value() == ""
    assert phone.evaluate("sessionStorage.length") == 0


def fill_to_the_last_page(live_server, phone) -> None:
    """The story, a place with something below it, and the page where all is read over."""
    phone.goto(f"{live_server.url}/clues/new")
    phone.locator("textarea").fill(STORY)
    press(phone, "下一步")
    phone.locator("[name=place1]").select_option("110000")
    phone.locator("[name=place2]").wait_for()
    press(phone, "直接核对")


@pytest.mark.parametrize("way", ["reload", "a fresh form"])
def test_sending_again_after_a_lost_answer_files_nothing_twice(live_server, phone, database, way):
    fill_to_the_last_page(live_server, phone)

    def cut(route) -> None:
        """The server gets the clue, the phone never hears of it."""
        route.fetch(max_redirects=0)
        route.abort("connectionreset")

    phone.route("**/clues/new", cut)
    press(phone, "提交", leaves=False)
    phone.wait_for_url("chrome-error://**")
    phone.unroute("**/clues/new")
    assert clues_filed(database) == 1
    if way == "reload":
        phone.reload()
    else:
        phone.goto(f"{live_server.url}/clues/new")
        press(phone, "接着写")
        press(phone, "提交")
    assert heading(phone) == "线索已收到"
    assert clues_filed(database) == 1


def test_a_button_pressed_twice_sends_once_and_works_again_after_a_return(live_server, phone, database):
    fill_to_the_last_page(live_server, phone)
    posted = []
    phone.on("request", lambda request: posted.append(request.url) if request.method == "POST" else None)
    phone.get_by_role("button", name="提交", exact=True).last.dblclick(delay=20, no_wait_after=True)
    phone.wait_for_url("**/receipt")
    assert heading(phone) == "线索已收到"
    assert len(posted) == clues_filed(database) == 1
    phone.go_back()
    assert phone.locator("form[data-once] button").count() and not phone.locator("button:disabled").count()


def test_in_a_rush_the_phone_works_while_somebody_reads_and_no_script_is_only_held(
    live_server, open_context, database, tools
):
    tools.settings.values["RUSH_PER_MINUTE"] = 1
    outcomes = []
    for javascript in (True, True, False):
        page = open_context(PHONE, javascript=javascript).new_page()
        page.goto(f"{live_server.url}/clues/new")
        page.locator("textarea").fill(f"{STORY}第 {len(outcomes)} 次。")
        press(page, "下一步")
        page.locator("[name=place1]").select_option("110000")
        if javascript:
            page.locator("[name=place2]").wait_for()
        press(page, "直接核对")
        if not javascript:
            press(page, "直接核对")
        if outcomes and javascript:
            page.locator("[data-puzzle]:not([value=''])").wait_for(state="attached")
            assert accessibility_problems(page) == []
        press(page, "提交")
        assert heading(page) == "线索已收到"
        outcomes.append(page.url)
    with reading(database) as session:
        assert list(session.scalars(select(TextMark.hold).order_by(TextMark.clue_id))) == [None, None, Hold.FLOOD]
