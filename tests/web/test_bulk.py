"""Many clues at once: tried on a page, taken one by one, refused one by one."""

from __future__ import annotations

import pytest
from sqlalchemy import event, func, select

from intake.db import reading, transaction
from intake.models import AuditEntry, Clue
from intake.rules.workflow import Action, Role, State
from intake.services import proof
from tests import factories as make


@pytest.fixture
def numbers(database, tools) -> list[str]:
    """Three clues with a category, and one of which the machine is unsure."""
    with transaction(database) as session:
        sure = [make.clue(session, tools) for _ in range(3)]
        unsure = make.clue(session, tools)
        unsure.category = None
        return [clue.number for clue in (*sure, unsure)]


def states(database) -> list[State]:
    with reading(database) as session:
        return list(session.scalars(select(Clue.state).order_by(Clue.id)))


def ticked(page, picks: list[str]) -> tuple[str, dict]:
    action, fields = page.form()
    return action, fields | {"pick": picks}


def offered(page) -> list[str]:
    return page.tree.xpath("//input[@name='pick']/@value")


def test_many_are_assigned_and_who_was_overtaken_is_named(desk, numbers, database, tools):
    clerk = desk(Role.CLERK)
    assert offered(clerk.get("/console/queue")) == numbers
    page = clerk.get("/console/bulk?do=assign&list=queue")
    assert page.h1 == "一起受理并转办 3 条可以办"
    assert "不能一起办：请选择类别" in page.words
    assert page.words.count("转给") == page.words.count("丹徒区委网信办（还没有人能登录，转过去没有人办）") == 3
    desk(Role.HANDLER, remit="cyberspace")
    page = clerk.get("/console/bulk?do=assign&list=queue")
    assert page.words.count("转给丹徒区委网信办") == 3 and "没有人能登录" not in page.words
    assert states(database) == [State.RECEIVED] * 4
    with transaction(database) as session:
        clue = session.scalars(select(Clue).where(Clue.number == numbers[1])).one()
        make.act(session, clue, Action.ASK, make.viewer(session, tools, Role.CLERK, "321112"), tools, text="哪一天？")
    page = clerk.post(*ticked(page, [*offered(page), "2026-11-9999@1"]))
    assert page.h1 == "已经受理并转办 2 条"
    assert f"{numbers[1]}：这条线索刚刚被别人处理过" in page.words
    assert "2026-11-9999：已经不在您的范围内" in page.words
    assert states(database) == [State.ASSIGNED, State.RECEIVED, State.ASSIGNED, State.RECEIVED]
    with reading(database) as session:
        assert session.scalar(select(func.count()).where(AuditEntry.action == "assign")) == 2
        assert list(proof.check(session, tools=tools)) == []


def test_many_are_rejected_with_words_that_are_looked_at(desk, numbers, database):
    clerk = desk(Role.CLERK)
    page = clerk.get(f"/console/bulk?do=reject&list=queue&pick={numbers[0]}&pick={numbers[3]}")
    assert [pick[:12] for pick in offered(page)] == [numbers[0], numbers[3]]
    picks = offered(page)
    action, fields = ticked(page, picks)
    page = clerk.post(action, fields, 422)
    assert "请选择不予受理的理由" in page.errors
    words = {"reason": "litigation", "text": "我们会转告。"}
    page = clerk.post(action, fields | words, 422)
    assert "有承诺，没有日期" in page.words
    page = clerk.post(action, fields | words | {"pick": []}, 422)
    assert "请至少勾选一条" in page.words
    clerk.post(action, fields | words | {"sure": "promise"})
    assert states(database) == [State.REJECTED, State.RECEIVED, State.RECEIVED, State.REJECTED]


def test_what_was_decided_together_is_taken_back_together(desk, numbers, database, tools):
    clerk = desk(Role.CLERK)
    page = clerk.get("/console/bulk?do=assign&list=queue")
    page = clerk.post(*ticked(page, offered(page)))
    with transaction(database) as session:
        clue = session.scalars(select(Clue).where(Clue.number == numbers[1])).one()
        make.act(session, clue, Action.SIGN, make.viewer(session, tools, Role.HANDLER, "321112", "cyberspace"), tools)
    page = clerk.post(*ticked(page, offered(page)))
    assert "撤销了 2 条；另有 1 条后来又有变化，没有撤销" in page.words
    assert states(database) == [State.RECEIVED, State.HANDLING, State.RECEIVED, State.RECEIVED]


def test_a_step_is_taken_back_from_the_next_clue_or_from_its_own_page(desk, numbers, database):
    clerk = desk(Role.CLERK)
    action, fields = clerk.get(f"/console/clues/{numbers[0]}?list=queue").form()
    page = clerk.post(action, fields | {"onward": "y"})
    assert numbers[1] in page.h1 and states(database)[0] is State.ASSIGNED
    back = page.tree.xpath("//div[@class='flash']//form")[0]
    page = clerk.post(back.get("action"), {"csrf_token": fields["csrf_token"]})
    assert f"{numbers[0]} 的“受理并转办”已撤销" in page.words and states(database)[0] is State.RECEIVED
    words = {"reason": "litigation", "text": "请向法院申诉。"}
    action, fields = clerk.get(f"/console/clues/{numbers[0]}?do=reject").form()
    page = clerk.post(action, fields | words)
    assert "半小时内、没有人接着办以前可以撤销" in page.words and "反映人会看到" in page.words
    page = clerk.post(f"/console/clues/{numbers[0]}/undo", {"csrf_token": fields["csrf_token"]})
    assert states(database)[0] is State.RECEIVED
    assert "前面这条说明发错了" in clerk.get(f"/console/clues/{numbers[0]}?tab=thread").words
    assert "没有再撤销" in clerk.post(f"/console/clues/{numbers[0]}/undo", {"csrf_token": fields["csrf_token"]}).words


def test_only_who_takes_in_works_on_many_and_only_where_it_is_safe(desk, numbers):
    desk(Role.HANDLER, remit="cyberspace").get("/console/bulk?do=assign", 404)
    clerk = desk(Role.CLERK)
    clerk.get("/console/bulk?do=merge", 404)
    stranger = desk(Role.CLERK, region="430700")
    assert not offered(stranger.get(f"/console/bulk?do=assign&list=clues&pick={numbers[0]}"))


def test_the_queue_asks_the_database_as_often_for_many_rows_as_for_few(desk, database, tools, numbers):
    """Five of one matter raise the alarm of a burst, which asks on its own: it is there before and after."""
    clerk, asked = desk(Role.CLERK), []
    with transaction(database) as session:
        for _ in range(5):
            make.clue(session, tools)
    event.listen(database, "before_cursor_execute", lambda *_: asked.append(1))
    application = clerk.raw.application.extensions["engine"]
    event.listen(application, "before_cursor_execute", lambda *_: asked.append(1))
    clerk.get("/console/queue")
    few = len(asked)
    with transaction(database) as session:
        for _ in range(20):
            make.clue(session, tools)
    asked.clear()
    page = clerk.get("/console/queue")
    assert len(offered(page)) == 25
    assert 0 < len(asked) <= few


def test_all_that_wait_in_a_list_are_found_behind_others(desk, numbers, monkeypatch):
    clerk = desk(Role.CLERK)
    page = clerk.get(f"/console/bulk?do=assign&list=clues&pick={numbers[0]}")
    clerk.post(*ticked(page, offered(page)))
    monkeypatch.setattr("intake.services.bulk.MOST", 2)
    page = clerk.get("/console/bulk?do=assign&list=clues")
    assert [pick[:12] for pick in offered(page)] == numbers[1:3]
    assert not offered(clerk.get("/console/bulk?do=assign&list=clues&state=assigned"))


def test_what_was_merged_together_is_taken_apart_on_its_clue_and_no_undo_is_offered(desk, numbers, database):
    clerk = desk(Role.CLERK)
    page = clerk.get(f"/console/bulk?do=merge&list=clues&into={numbers[0]}&pick={numbers[1]}&pick={numbers[2]}")
    page = clerk.post(*ticked(page, offered(page)))
    assert states(database)[1:3] == [State.MERGED] * 2
    assert "撤销这" not in page.words and "并错了的" in page.words
    clerk.get(f"/console/clues/{numbers[1]}?do=unmerge")
