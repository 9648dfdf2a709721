"""Draws the pictures of the README from the demonstration clues: `make pictures`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from intake import cli, create_app  # noqa: E402
from intake.db import reading, transaction  # noqa: E402
from intake.rules.workflow import Role  # noqa: E402
from intake.services import demo, directory, identity  # noqa: E402
from tests import system  # noqa: E402
from tests.browser import PHONE, Server, launched  # noqa: E402

OUT = ROOT / "docs" / "pictures"
PASSWORD = "竹影扫阶尘不动-月穿潭底"
STORY = "同一户低保信息，民政要一套、残联要一套、乡村振兴再要一套，格式还不一样。纸质的交上去，电子的还要在两个平台再录一遍。"


def main() -> None:
    """Fill a throw-away installation, open it in a browser, keep two pictures under 150 kB."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app({"INSTANCE": folder})
        username = fill(app)
        server = Server(app)
        try:
            draw(server.url, username)
        finally:
            server.close()


def fill(app) -> str:
    """The demonstration clues and a clerk of 镇江; returns the clerk's user name."""
    engine, tools = app.extensions["engine"], app.extensions["tools"]
    with app.app_context():
        cli.prepare(engine, tools, ())
    with reading(engine) as session:
        stories = list(demo.stories(session))
    for story in stories:
        with transaction(engine) as session:
            demo.tell(session, story, tools=tools)
    with transaction(engine) as session:
        office = directory.office(session, "321100", directory.INTAKE)
        officer, first = identity.create_officer(session, "li", "李老师", Role.CLERK, office, tools=tools)
        identity.change_password(session, officer, first, PASSWORD, tools=tools)
    return "li"


def draw(url: str, username: str) -> None:
    OUT.mkdir(exist_ok=True)
    with launched(system.chromium()) as browser:
        phone = browser.new_context(viewport=PHONE, locale="zh-CN").new_page()
        phone.goto(f"{url}/clues/new?notice=zhenjiang")
        phone.get_by_label("发生了什么").fill(STORY)
        phone.get_by_role("button", name="下一步").last.click()
        phone.locator("[name=place3]").select_option("321112")
        phone.locator("[name=accused_level][value=county_dept]").check()
        phone.mouse.click(5, 400)
        phone.screenshot(path=OUT / "phone.png")
        desk = browser.new_context(viewport={"width": 1180, "height": 620}, locale="zh-CN").new_page()
        desk.goto(f"{url}/console/")
        desk.get_by_label("登录名").fill(username)
        desk.get_by_label("密码").fill(PASSWORD)
        desk.get_by_role("button", name="登录").click()
        desk.screenshot(path=OUT / "queue.png")
    for picture in OUT.glob("*.png"):
        size = picture.stat().st_size
        print(f"{picture.name}: {size // 1024} kB")
        assert size < 150_000, f"{picture.name} is too large for the README"


if __name__ == "__main__":
    main()
