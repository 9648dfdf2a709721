"""A reporter checks with the code that the clue is still there as it was filed."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from intake import jobs
from intake.db import reading, transaction
from intake.services import proof
from tests import factories as make
from tests.web.client import Client, code_on, file_clue


def test_the_receipt_names_the_link_and_the_code_checks_it(app, database, tools, clock):
    client = Client(app)
    receipt = file_clue(client, make.STORY, ["320000", "321100", "321112"])
    printed = receipt.tree.xpath("string(//code[@class='hash'])")
    assert len(printed) == 64
    assert "还没有公布过" in client.get("/chain").words
    clock.now += timedelta(days=1)
    jobs.publish_head(database, tools)
    with reading(database) as session:
        head = proof.heads(session)[0].hash
    assert head in client.get("/chain").words
    client.send(client.get("/query"), code=code_on(receipt))
    checked = client.get("/clue/proof")
    assert checked.h1 == "线索完好，没有被改动"
    assert printed in checked.words and head in checked.words
    with transaction(database) as session:
        session.execute(text("UPDATE clue SET text = '换成了别的话'"))
    checked = client.get("/clue/proof")
    assert checked.h1 == "核对出了问题"
    assert "线索的内容与提交时不一样" in checked.words


def test_without_a_code_there_is_nothing_to_check(app):
    assert Client(app).get("/clue/proof").h1 == "凭查询码看进展"
