"""Search over everything a clue's page says, for whom may see the clue, by the index."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from intake.db import transaction
from intake.models import CoHandler
from intake.rules.workflow import Action, Role
from intake.services import lists, reporter, search
from tests import factories as make


@pytest.fixture
def session(database):
    with transaction(database) as opened:
        yield opened


@pytest.fixture
def clue(session, tools):
    """A clue with words of every kind on it."""
    clerk = make.viewer(session, tools, Role.CLERK, "321112")
    contact = {"name": "阿依古丽", "way": "13800000000"}
    found = make.clue(session, tools, title="签到排名", accused_name="谷阳街道", contact=contact)
    make.clue(session, tools, text="礼金要登记三张表格，还要拍照上传到工作群里，每周都查一遍。")
    make.act(session, found, Action.ASK, clerk, tools, text="哪个软件？")
    reporter.add_words(session, found, "叫做平安通。<b>", tools=tools)
    make.act(session, found, Action.NOTE, clerk, tools, text="与网格员核对")
    return found


def found_by(session, tools, query: str, region: str = "321112") -> list[int]:
    viewer = make.viewer(session, tools, Role.CLERK, region)
    wanted = lists.Filter(words=search.matching(session, query, tools.segmenter()))
    return [one.id for one in lists.listing(session, viewer, wanted).rows]


@pytest.mark.parametrize(
    ("query", "hit"),
    [
        ("签到", True),
        ("社区 应用", True),
        ("应用 社区", True),
        ("谷阳街道", True),
        ("软件", True),
        ("平安", True),
        ("网格员", True),
        ("“在应用里签到”", True),
        ('"签到 在应用里"', False),
        ("签到 “在群里点名”", True),
        ("“百分%之”", False),
        ("礼金", False),
        ("阿依古丽", False),
        ("13800000000", False),
    ],
)
def test_a_clue_is_found_by(session, tools, clue, query, hit):
    assert (clue.id in found_by(session, tools, query)) is hit
    assert found_by(session, tools, query, region="430700") == []


OTHERWISE = "工作群里有1,200人，２０２６年度臺賬要填三遍，每天打卡，群眾有怨言。"
SAME = "工作群里有1200人，2026年度台账要填三遍，每天打卡，群众有怨言。"


@pytest.mark.parametrize("query", ["1200", "1,200", "１２００ 台账", "台账 1，200", "“台账”", "“臺賬”", "“2026年度”", "“２０２６年度臺賬”", "打卡 群", "群 “台账”", "“群众”"])
def test_one_thing_is_found_however_it_is_written(session, tools, query):
    found = {make.clue(session, tools, text=text).id for text in (OTHERWISE, SAME)}
    make.clue(session, tools, text="有30个网格，台帐天天要补，也要打卡。")
    assert set(found_by(session, tools, query)) == found


def test_a_merged_clue_is_found_by_the_common_answer(session, tools, clue):
    clerk = make.viewer(session, tools, Role.CLERK, "321112")
    office = {role: make.viewer(session, tools, role, "321112", "cyberspace") for role in (Role.HANDLER, Role.LEAD)}
    merged = make.clue(session, tools, text="平安通每天要点名，点三遍，网格员都很累。")
    make.act(session, merged, Action.MERGE, clerk, tools, into=clue.number)
    make.act(session, clue, Action.ASSIGN, clerk, tools, category="checkins")
    make.act(session, clue, Action.SIGN, office[Role.HANDLER], tools)
    answer = {"verdict": "substantiated", "measures": "下架", "answer": "点名功能已经下架。"}
    make.act(session, clue, Action.CONCLUDE, office[Role.HANDLER], tools, **answer)
    assert merged.id not in found_by(session, tools, "下架")
    make.act(session, clue, Action.APPROVE, office[Role.LEAD], tools)
    assert merged.id in found_by(session, tools, "下架")


def test_the_hits_are_marked_where_they_stand(session, tools, clue):
    def marks(query: str) -> list[tuple[str, bool]]:
        return search.snippets(session, [clue], query, tools.segmenter())[clue.id]

    assert ("签到", True) in marks("签到")
    assert "".join(piece for piece, _ in marks("平安")).startswith("叫做平安通。<b>")
    assert search.snippets(session, [clue], "", tools.segmenter()) == {}


def test_the_index_answers_and_no_text_is_scanned_for_words(session, tools, clue):
    if session.get_bind().dialect.name == "sqlite":
        plan = "EXPLAIN QUERY PLAN SELECT rowid FROM clue_words WHERE clue_words MATCH '签到'"
        assert "VIRTUAL TABLE INDEX" in str(session.execute(text(plan)).all())
        return
    session.execute(text("SET LOCAL enable_seqscan = off"))
    plan = "EXPLAIN SELECT clue_id FROM clue_words WHERE words @@ CAST('签到' AS tsquery)"
    assert "ix_clue_words_words" in str(session.execute(text(plan)).all())


def test_whoever_may_see_a_clue_finds_it_wherever_it_goes(session, tools, clue):
    """The marks of PostgreSQL's index follow a clue, and nobody finds more by them than he sees."""
    places = (("321112", "task_force"), ("321112", "cyberspace"), ("321100", "task_force"), ("430700", "task_force"), ("321100", "cyberspace"))
    viewers = [make.viewer(session, tools, role, *place) for place in places for role in (Role.CLERK, Role.HANDLER, Role.SUPERVISOR)]
    wanted = lists.Filter(words=search.matching(session, "平安通", tools.segmenter()))

    def agree() -> int:
        session.flush()
        may = [clue.id in {one.id for one in lists.listing(session, viewer, lists.Filter()).rows} for viewer in viewers]
        found = [clue.id in {one.id for one in lists.listing(session, viewer, wanted).rows} for viewer in viewers]
        assert found == may
        return sum(may)

    offices = {where: make.office(session, *where) for where in places}
    seen = [agree()]
    for office, intake, helper in (
        (("321112", "cyberspace"), ("321112", "task_force"), ("430700", "task_force")),
        (("321100", "cyberspace"), ("321100", "task_force"), None),
        (None, None, ("321112", "cyberspace")),
        (None, ("430700", "task_force"), None),
    ):
        session.execute(text("DELETE FROM co_handler"))
        clue.office_id = offices[office].id if office else None
        clue.intake_office_id, clue.intake_region = (offices[intake].id, offices[intake].region_code) if intake else (None, None)
        if helper:
            session.add(CoHandler(clue_id=clue.id, office_id=offices[helper].id))
        seen.append(agree())
    assert len(set(seen)) > 2 and min(seen) > 0
