"""When a part is out of order there is a sentence, and nothing acknowledged or typed is lost."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from intake.db import reading, transaction
from intake.models import Clue
from intake.rules.workflow import Role
from tests import factories as make
from tests.web.client import Client


def break_table(database, name: str, broken: bool = True) -> None:
    """Take a table away for a while: every statement on it fails as on a damaged database."""
    before, after = (name, f"{name}_away") if broken else (f"{name}_away", name)
    with transaction(database) as session:
        session.execute(text(f"ALTER TABLE {before} RENAME TO {after}"))


@pytest.fixture
def client(app):
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return Client(app)


def last_page(client: Client):
    page = client.send(client.get("/clues/new"), button="next", text=make.STORY)
    page = client.send(page, button="next", place1="320000", listed="320000")
    return client.send(page, button="next", times_a_month="7")


def test_a_database_out_of_order_keeps_what_was_typed_and_takes_it_later(client, database):
    page = last_page(client)
    break_table(database, "clue")
    refused = client.send(page, status=503, button="send")
    assert "您写的还在这里" in refused.h1
    assert refused.form()[1]["text"].strip() == make.STORY
    still = client.send(refused, status=503, button="send")
    break_table(database, "clue", broken=False)
    assert client.send(still, button="send").h1 == "线索已收到"
    with reading(database) as session:
        [clue] = session.query(Clue).all()
        assert (clue.times_a_month, clue.region_code) == (7, "320000")


def test_a_fault_while_the_form_is_filled_in_keeps_it_too(client, database):
    page = client.send(client.get("/clues/new"), button="next", text=make.STORY)
    break_table(database, "region")
    refused = client.send(page, status=503, button="next", place1="320000", listed="320000")
    break_table(database, "region", broken=False)
    assert client.send(refused, button="next").h1 == "还有什么要补充？"


def test_other_pages_say_that_the_database_is_out_of_order(client, database, tools):
    with transaction(database) as session:
        username = make.officer(session, tools, Role.CLERK, "321112").username
    client.sign_in(username, make.PASSWORD)
    break_table(database, "notice")
    assert client.get("/", 503).h1 == "系统暂时不能保存"
    break_table(database, "notice", broken=False)
    break_table(database, "officer")
    assert client.get("/console/queue", 503).h1 == "系统暂时不能保存"


def test_an_unforeseen_error_is_a_page_that_tells_what_became_of_the_clue(client, monkeypatch):
    monkeypatch.setattr("intake.services.notices.open_notices", lambda *_: 1 / 0)
    page = client.get("/", 500)
    assert "已经拿到查询码的线索都保存好了" in page.words


def test_a_request_beyond_every_limit_is_said_in_words(client):
    page = client.post("/clues/new", {"text": "长" * 2_000_000}, 413)
    assert "一万字" in page.words


def test_a_foreign_host_name_is_refused(client):
    answer = client.raw.get("/", headers={"Host": "evil.example"})
    assert answer.status_code == 400
