"""What a reporter is shown of how others could put it."""

from __future__ import annotations

import pytest

from intake.db import reading
from intake.services import clues, examples
from tests.conftest import on_sqlite_alone
from tests.web.client import Client

pytestmark = on_sqlite_alone


def test_every_category_has_an_example_of_its_own_and_says_what_helps(database):
    with reading(database) as session:
        every = examples.every(session)
        assert [one.slug for one in every] == [category.slug for category in clues.categories(session)]
    assert len(every) == 19
    assert len({one.text for one in every}) == len({one.useful for one in every}) == 19
    assert all(20 <= len(one.text) <= 60 for one in every)


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ("/clues/new", ["强制打卡", "台账填表", "检查重复", "创建造势"]),
        ("/clues/new?notice=changde", ["强制打卡", "点赞摊派", "应用群过滥", "台账填表"]),
        ("/clues/new?notice=zhenjiang", ["强制打卡", "台账填表", "检查重复", "创建造势"]),
        ("/clues/new?topic=vanity", ["面子工程"]),
        ("/clues/new?topic=moon", ["强制打卡", "台账填表", "检查重复", "创建造势"]),
    ],
)
def test_the_form_shows_what_fits_the_topic_or_a_narrow_notice(app, address, names):
    page = Client(app).get(address)
    assert page.tree.xpath("//details/summary/text()") == [f"例子：{name}" for name in names]
    assert len(page.tree.xpath("//details[@open]")) == (len(names) == 1)


def test_a_topic_of_the_home_page_stays_chosen_when_one_comes_back_to_the_text(app):
    client = Client(app)
    [address] = client.get("/?big=1").links("topic=visits")
    page = client.send(client.get(address), status=422, button="next", text="")
    assert page.tree.xpath("//details/summary/text()") == ["例子：调研走过场"]
    assert page.tree.get("class") == "large"
