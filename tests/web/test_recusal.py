"""Whoever is recused, by the accused's name or by declaration, finds nothing of the clue at any address."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from sqlalchemy import select

from intake.db import reading, transaction
from intake.models import Clue, Officer, OfficerRecusal, Recusal
from intake.rules.routing import AccusedLevel
from intake.rules.workflow import Action, Role, State
from intake.services import audit, lists, proof
from tests import factories as make
from tests.conftest import on_sqlite_alone
from tests.web.client import Client

STORY = "街道要求社区每天早上八点前在应用里签到，晚一分钟就在群里点名，月底按签到率给社区排名。"
ANSWER = "签到已经取消，谢谢您的反映。"


@pytest.fixture
def under_way(database, tools) -> str:
    """The number of a clue that 丹徒区委网信办 has concluded, with a question asked on the way."""
    with transaction(database) as session:
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        handler = make.viewer(session, tools, Role.HANDLER, "321112", "cyberspace")
        clue = make.clue(session, tools, text=STORY)
        make.act(session, clue, Action.ASSIGN, clerk, tools, category="checkins")
        make.act(session, clue, Action.SIGN, handler, tools)
        make.act(session, clue, Action.ASK, handler, tools, text="请问是哪个应用？")
        make.act(
            session, clue, Action.CONCLUDE, handler, tools, verdict="substantiated", measures="取消", answer=ANSWER
        )
        return clue.number


def addresses(app, number: str) -> list[str]:
    """Every address of the console that can be read, its parameters filled from the clue."""
    fillings = {
        "number": number,
        "action": "note",
        "kind": "csv",
        "month": "2026-11",
        "slug": "zhenjiang",
        "shape": "poster",
        "step": "close",
    }
    found = []
    for rule in app.url_map.iter_rules():
        if "GET" not in rule.methods or not rule.endpoint.startswith("console."):
            continue
        found.append(re.sub(r"<(?:[^<>]*:)?(\w+)>", lambda argument: fillings.get(argument[1], "1"), str(rule)))
    queries = [f"/console/{page}?words=签到" for page in ("queue", "clues")]
    queries += [f"/console/clues?due={due}" for due in lists.WAITING] + [
        f"/console/clues?since=2026-11-01&month=2026-11&counted={c}" for c in ("received", "open")
    ]
    files = [f"/console/report/2026-11.{kind}" for kind in ("xlsx", "csv", "json", "docx")]
    return [*found, *queries, *files]


def seen(client: Client, app, number: str) -> dict[str, bytes]:
    """What each address answers, with what is packed inside of office files taken out."""
    answers = {a: client.raw.get(a, follow_redirects=True) for a in addresses(app, number)}
    return {a: unpacked(answer.get_data()) for a, answer in answers.items() if answer.status_code == 200}


def unpacked(body: bytes) -> bytes:
    if not body.startswith(b"PK"):
        return body
    with zipfile.ZipFile(io.BytesIO(body)) as parts:
        return b"\n".join(parts.read(name) for name in parts.namelist())


def traces(number: str) -> list[bytes]:
    return [t.encode() for t in (number, STORY[:12], ANSWER, "请问是哪个应用")]


@pytest.mark.parametrize(
    ("role", "remit"),
    [
        (Role.HANDLER, "cyberspace"),
        (Role.LEAD, "cyberspace"),
        (Role.CLERK, "task_force"),
        (Role.SUPERVISOR, "task_force"),
    ],
)
def test_a_recused_officer_finds_nothing_at_any_address_and_counts_as_if_it_were_not_there(
    app, desk, database, under_way, role, remit
):
    empty = desk(role, remit=remit)
    before = seen(empty, app, under_way)
    assert any(under_way[5:].encode() in body for body in before.values()), "without recusal it is found"
    with transaction(database) as session:
        officer = session.scalars(select(Officer).order_by(Officer.id.desc())).first()
        session.add(OfficerRecusal(clue_id=1, officer_id=officer.id))
    after = seen(empty, app, under_way)
    assert empty.raw.get(f"/console/clues/{under_way}").status_code == 404
    found = {a: t for a, body in after.items() for t in traces(under_way) if t in body}
    assert found == {}
    assert b"1 \xe6\x9d\xa1" not in after["/console/clues"], "it is not counted"


def test_a_recused_office_finds_nothing_either(app, desk, database, under_way):
    lead, clerk = desk(Role.LEAD, remit="cyberspace"), desk(Role.CLERK)
    page = lead.get(f"/console/clues/{under_way}?do=recuse_office")
    lead.send(page, text="本办领导与被反映单位有亲属关系")
    assert lead.raw.get(f"/console/clues/{under_way}").status_code == 404
    assert {t for body in seen(lead, app, under_way).values() for t in traces(under_way) if t in body} == set()
    page = clerk.get(f"/console/clues/{under_way}")
    assert "镇江市委网信办" in page.text, "the rules now lead one level up"
    with reading(database) as session:
        clue = session.scalars(select(Clue)).one()
        assert (clue.state, clue.office_id, clue.answer) == (State.RECEIVED, None, None)
    clerk.send(page)
    with reading(database) as session:
        assert session.scalars(select(Clue)).one().office.name == "镇江市委网信办"


def test_an_officer_declares_for_himself_and_the_intake_for_others(app, desk, database, tools, under_way):
    handler = desk(Role.HANDLER, remit="cyberspace")
    handler.send(handler.get(f"/console/clues/{under_way}?do=recuse"), text="被反映单位的主任是我爱人")
    assert handler.raw.get(f"/console/clues/{under_way}").status_code == 404
    colleague = desk(Role.HANDLER, remit="cyberspace")
    with reading(database) as session:
        other = session.scalars(select(Officer).order_by(Officer.id.desc())).first().id
    supervisor = desk(Role.SUPERVISOR)
    page = supervisor.get(f"/console/clues/{under_way}?do=recuse")
    assert f"officer-{other}" in page.text
    supervisor.send(page, whom=f"officer-{other}", text="群众反映两人熟识")
    assert colleague.raw.get(f"/console/clues/{under_way}").status_code == 404
    page = supervisor.get(f"/console/clues/{under_way}?do=recuse")
    supervisor.send(page, 422, whom="officer-99999", text="没有这个人")
    with transaction(database) as session:
        assert [e.action for e in audit.of_clue(session, 1)].count("recuse") == 2
        office_id = session.scalars(select(Clue)).one().office_id
        assert "没有人能办" not in page.words
        for officer in session.scalars(select(Officer).where(Officer.office_id == office_id)):
            session.merge(OfficerRecusal(clue_id=1, officer_id=officer.id))
    assert "没有人能办" in supervisor.get(f"/console/clues/{under_way}").words
    with reading(database) as session:
        assert list(proof.check(session, tools=tools)) == []


def test_a_recused_intake_office_hands_the_clue_to_the_one_above(desk, database, under_way):
    supervisor = desk(Role.SUPERVISOR)
    page = supervisor.get(f"/console/clues/{under_way}?do=recuse")
    with reading(database) as session:
        clue = session.scalars(select(Clue)).one()
        intake = clue.intake_office_id
    supervisor.send(page, whom=f"office-{intake}", text="本机制办与被反映单位合署办公")
    assert supervisor.raw.get(f"/console/clues/{under_way}").status_code == 404
    assert under_way in desk(Role.SUPERVISOR, "321100").get(f"/console/clues/{under_way}").text
    with reading(database) as session:
        assert session.get(Recusal, (1, intake))
        assert session.scalars(select(Clue)).one().intake_region == "321100"


@on_sqlite_alone
def test_a_clerk_reads_whom_the_text_alone_names_on_the_clue_and_among_many(desk, database, tools):
    with transaction(database) as session:
        text = "我们区委书记要求每天在群里打卡签到"
        number = make.clue(session, tools, text=text, accused_name="", accused_level=AccusedLevel.UNKNOWN).number
    clerk = desk(Role.CLERK)
    assert "文中写到“区委书记”" in clerk.get(f"/console/clues/{number}").words
    many = clerk.get("/console/bulk?do=assign")
    assert "文中写到“区委书记”" in many.words
    assert many.tree.xpath("//input[@name='pick']") and not many.tree.xpath("//input[@name='pick'][@checked]")
