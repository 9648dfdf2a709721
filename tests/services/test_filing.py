"""Filing: nothing is lost, nothing is stored twice, nothing that can fail refuses a reporter."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError

from classifier import ModelError
from intake import jobs
from intake.db import reading, transaction
from intake.errors import InvalidCode, NotFound
from intake.models import AuditEntry, Clue, Contact, Office
from intake.rules.codes import parse_code
from intake.rules.routing import AccusedLevel
from intake.rules.workflow import Action, Role, State
from intake.services import audit, clues, contacts, placing, triage
from tests import factories as make


def test_the_same_form_key_gives_the_same_clue(database, tools):
    given = make.submission()
    with transaction(database) as session:
        first = clues.submit(session, given, tools=tools).number
    with transaction(database) as session:
        assert clues.submit(session, given, tools=tools).number == first
        assert session.scalar(select(func.count()).select_from(Clue)) == 1


def test_the_code_opens_the_clue_and_is_stored_nowhere(database, tools):
    given = make.submission()
    with transaction(database) as session:
        number = clues.submit(session, given, tools=tools).number
    code = clues.code_of(tools, given.key)
    with reading(database) as session:
        assert clues.by_code(session, parse_code(code.lower()), tools.settings.pepper).number == number
        stored = str(session.execute(text("SELECT * FROM clue")).mappings().one())
        assert code not in stored
        assert code.replace("-", "") not in stored
        assert given.key not in stored
        with pytest.raises(NotFound):
            clues.by_code(session, clues.code_of(tools, "another key"), tools.settings.pepper)
    with pytest.raises(InvalidCode):
        parse_code(code[:-1])


def test_eight_clients_at_once_lose_nothing(database, tools):
    keys = [[f"client{c}-{n:024d}" for n in range(25)] for c in range(8)]
    failures: list[Exception] = []

    def client(own: list[str]) -> None:
        for key in own:
            try:
                with transaction(database) as session:
                    clue_id = clues.submit(session, make.submission(key=key), tools=tools).id
                jobs.after_filing(database, clue_id, tools)
            except Exception as error:
                failures.append(error)

    threads = [threading.Thread(target=client, args=(own,)) for own in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with reading(database) as session:
        numbers = {
            clues.by_code(session, clues.code_of(tools, key), tools.settings.pepper).number
            for own in keys
            for key in own
        }
        assert len(numbers) == 200
        assert numbers == {f"2026-11-{n:04d}" for n in range(1, 201)}
        assert triage.pending(session) == []
        assert list(audit.verify(session)) == []
        assert session.scalar(select(func.count()).where(AuditEntry.action == "triaged")) == 200


def test_triage_done_twice_is_done_once(database, tools):
    with transaction(database) as session:
        clue = make.clue(session, tools)
        assert not triage.triage(session, clue.id, tools=tools)
        assert session.scalar(select(func.count()).where(AuditEntry.action == "triaged")) == 1


def test_without_a_model_the_clue_waits_and_a_clerk_still_sees_it(database, tools, monkeypatch):
    def broken():
        raise ModelError("missing", tools.model_path, "no model")

    with transaction(database) as session:
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        clue_id = clues.submit(session, make.submission(), tools=tools).id
    with monkeypatch.context() as patch:
        patch.setattr(tools, "classifier", broken)
        jobs.after_filing(database, clue_id, tools)
    with reading(database) as session:
        found = session.get_one(Clue, clue_id)
        assert (found.triaged_at, found.triage_attempts, found.state) == (None, 1, State.RECEIVED)
        assert clues.visible(session, clerk, found.number)
        assert triage.pending(session) == [clue_id]
    assert jobs.sweep(database, tools) == 1


def test_what_people_decided_while_the_model_was_missing_stands(database, tools, monkeypatch):
    def broken():
        raise ModelError("missing", tools.model_path, "no model")

    with transaction(database) as session:
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        handler = make.viewer(session, tools, Role.HANDLER, "321112", "supervision")
        ids = [clues.submit(session, make.submission(key=key), tools=tools).id for key in ("m1", "m2")]
    with monkeypatch.context() as patch:
        patch.setattr(tools, "classifier", broken)
        for clue_id in ids:
            jobs.after_filing(database, clue_id, tools)
        with transaction(database) as session:
            taken, refused = (session.get_one(Clue, clue_id) for clue_id in ids)
            make.act(session, taken, Action.ASSIGN, clerk, tools, category="inspections")
            make.act(session, taken, Action.SIGN, handler, tools)
            make.act(session, refused, Action.REJECT, clerk, tools, reason="consumer", text="请拨打 12315")
            due, intake = taken.due_on, taken.intake_office_id
        assert jobs.sweep(database, tools) == 0
    assert jobs.sweep(database, tools) == 2
    with reading(database) as session:
        taken, refused = (session.get_one(Clue, clue_id) for clue_id in ids)
        assert (taken.state, taken.category, taken.due_on, taken.intake_office_id) == (State.HANDLING, "inspections", due, intake)
        assert (refused.state, refused.due_on) == (State.REJECTED, None)
        assert taken.suggestion and refused.suggestion and not triage.pending(session)


@pytest.mark.parametrize("accused", ["镇江市委", "镇江市网信办", "省委"])
def test_nobody_inside_or_below_the_accused_takes_a_clue_in_that_nothing_is_sure_of(database, tools, accused):
    vague = "上面的人说话不算数，让我们很难办，大家都有意见，希望有人管一管。"
    with transaction(database) as session:
        clue = make.clue(session, tools, text=vague, accused_name=accused, accused_level=AccusedLevel.UNKNOWN)
        assert clue.category is None and clue.intake_region != "321112"
        assert accused != "镇江市委" or clue.intake_region == "320000"


def test_whatever_breaks_in_triage_the_reporter_never_notices(database, tools, monkeypatch):
    with transaction(database) as session:
        clue_id = clues.submit(session, make.submission(), tools=tools).id
    with monkeypatch.context() as patch:
        patch.setattr(placing, "rules", lambda session, on: 1 / 0)
        jobs.after_filing(database, clue_id, tools)
    with reading(database) as session:
        assert triage.pending(session) == [clue_id]
    assert jobs.sweep(database, tools) == 1


def test_contact_data_is_sealed_and_bound_to_its_clue(database, tools):
    with transaction(database) as session:
        clue = make.clue(session, tools, contact={"name": "王某", "way": "wang@example.com"})
        sealed = session.get_one(Contact, clue.id).sealed
        assert "王某".encode() not in sealed
        assert b"wang@" not in sealed
        assert contacts.from_file(session, clue.id, tools)["way"] == "wang@example.com"
        clue.number = "2026-11-9999"
        assert contacts.from_file(session, clue.id, tools) == {}


def test_the_worker_sweeps_and_does_the_days_work_until_it_is_stopped(database, tools, clock):
    with transaction(database) as session:
        over = make.clue(session, tools, contact={"name": "a", "way": "b"})
        over.state, over.reason, over.closed_at, over.due_on = State.REJECTED, "consumer", clock.now, None
        waiting = clues.submit(session, make.submission(), tools=tools).id
    clock.now += timedelta(days=181)
    stop = threading.Event()
    jobs.run(database, tools, stop, lambda done: stop.set() if done else None)
    with reading(database) as session:
        assert triage.pending(session) == []
        assert session.get_one(Clue, waiting).triaged_at
        assert session.get(Contact, over.id) is None


def test_contact_data_is_deleted_when_its_time_is_over(database, tools, clock):
    with transaction(database) as session:
        kept = make.clue(session, tools, contact={"name": "a", "way": "b"})
        over = make.clue(session, tools, contact={"name": "a", "way": "b"})
        over.state, over.reason, over.closed_at, over.due_on = State.REJECTED, "consumer", clock.now, None
        session.flush()
        clock.now += timedelta(days=181)
        assert contacts.delete_expired(session, tools=tools) == 1
        assert session.get(Contact, over.id) is None
        assert session.get(Contact, kept.id)


def test_contact_data_of_a_merged_clue_stays_until_its_lead_is_over(database, tools, clock):
    with transaction(database) as session:
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        lead = make.clue(session, tools)
        merged = make.clue(session, tools, contact={"name": "a", "way": "b"})
        make.act(session, merged, Action.MERGE, clerk, tools, into=lead.number)
        clock.now += timedelta(days=181)
        assert contacts.delete_expired(session, tools=tools) == 0
        make.act(session, lead, Action.REJECT, clerk, tools, reason="consumer", text="请拨打 12315")
        clock.now += timedelta(days=181)
        assert contacts.delete_expired(session, tools=tools) == 1


@pytest.mark.parametrize(
    "statement", ["UPDATE audit SET action = 'note' WHERE id = 1", "DELETE FROM audit WHERE id = 1"]
)
def test_the_database_refuses_to_change_the_audit_log(database, tools, statement):
    with transaction(database) as session:
        make.clue(session, tools)
    with pytest.raises(DatabaseError), transaction(database) as session:
        session.execute(text(statement))


def test_tampering_behind_the_trigger_is_found(database, tools):
    with transaction(database) as session:
        make.clue(session, tools)
        make.clue(session, tools)
    drop = (
        "DROP TRIGGER audit_no_update" if database.dialect.name == "sqlite" else "ALTER TABLE audit DISABLE TRIGGER ALL"
    )
    with transaction(database) as session:
        session.execute(text(drop))
        session.execute(text("UPDATE audit SET action = 'note' WHERE id = (SELECT min(id) + 1 FROM audit)"))
    with reading(database) as session:
        assert [found.problem for found in audit.verify(session)] == ["entry_changed"]


def test_no_words_of_a_clue_enter_the_audit_log(database, tools):
    with transaction(database) as session:
        make.clue(session, tools, accused_name="某某街道办", text="独一无二的八个字眼在这里")
        log = " ".join(str(e.keys) for e in session.scalars(select(AuditEntry)))
        assert "独一无二" not in log
        assert "某某街道" not in log
        with pytest.raises(ValueError, match="does not declare"):
            audit.record(session, "filed", at=tools.now(), text="漏出来")


def test_offices_are_made_once_and_named_after_their_place(database):
    with reading(database) as session:
        names = set(session.scalars(select(Office.name).where(Office.region_code == "321112")))
        assert {"丹徒区委网信办", "丹徒区数据局", "丹徒区教育局"} <= names


def test_a_closed_office_takes_in_nothing_under_its_notice(database, tools):
    with transaction(database) as session:
        found = [make.clue(session, tools, region_code=None, accused_level=AccusedLevel.UNKNOWN, accused_name="", notice_slug="zhenjiang")]
        office = found[0].intake_office
        assert office is not None and office == found[0].notice.office
        office.active = False
        found.append(make.clue(session, tools, region_code=None, accused_level=AccusedLevel.UNKNOWN, accused_name="", notice_slug="zhenjiang"))
        assert found[1].intake_office_id != office.id
