"""Two at once: who comes second waits for the first, and finds things as the first left them. On SQLite a transaction alone sees to that."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from intake import config, db, jobs, sealing
from intake.db import reading, transaction
from intake.errors import DomainError, InvalidAction, InvalidInput, StaleClue
from intake.models import AuditEntry, Clue, Contact, MessageKind, Office, Officer, Recusal, Suggestion
from intake.rules.workflow import Action, Role, State
from intake.services import (
    clues,
    contacts,
    directory,
    handling,
    identity,
    keys,
    merging,
    pausing,
    placing,
    reporter,
)
from intake.services.reports import freeze
from intake.tools import Tools
from tests import factories as make
from tests.conftest import CONTACT_PRIVATE

NEXT = "月落乌啼霜满天-江枫渔火"


def at_once(*deeds: Callable[[], object]) -> list[DomainError | None]:
    """Do them side by side; what each was refused with."""
    refused: list[DomainError | None] = [None] * len(deeds)

    def do(at: int) -> None:
        try:
            deeds[at]()
        except DomainError as error:
            refused[at] = error

    threads = [threading.Thread(target=do, args=(at,)) for at in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    return refused


@pytest.fixture
def slowly(monkeypatch):
    """Let a function take so long that whoever does not wait for it is through in the meantime."""

    def patch(module, name):
        quick = getattr(module, name)

        def slow(*args, **kept):
            result = quick(*args, **kept)
            time.sleep(0.4)
            return result

        monkeypatch.setattr(module, name, slow)

    return patch


@pytest.fixture
def desk(database, tools):
    """Two clues of 丹徒区 and two clerks."""
    with transaction(database) as session:
        pair = [make.clue(session, tools) for _ in range(2)]
        clerks = [make.viewer(session, tools, Role.CLERK, "321112") for _ in range(2)]
        return [clue.number for clue in pair], clerks


@pytest.fixture
def step(database, tools):
    """A step of an officer in a transaction of its own, as a page takes it."""

    def step(number, action, officer, **words):
        def do():
            with transaction(database) as session:
                make.act(session, clues.visible(session, officer, number), action, officer, tools, **words)

        return do

    return step


@pytest.fixture
def handled(database, tools):
    """A clue with its handler and its lead, concluded if `concluded`."""

    def begin(concluded=False):
        with transaction(database) as session:
            clue = make.clue(session, tools)
            make.act(session, clue, Action.ASSIGN, make.viewer(session, tools, Role.CLERK, "321112"), tools, category="checkins")
            where = session.get_one(Office, clue.office_id)
            handler, lead = (make.viewer(session, tools, role, where.region_code, where.remit) for role in (Role.HANDLER, Role.LEAD))
            make.act(session, clue, Action.SIGN, handler, tools)
            if concluded:
                make.act(session, clue, Action.CONCLUDE, handler, tools, verdict="substantiated", measures="已停", answer="已经停了。")
            return clue.number, handler, lead

    return begin


def of(session, number) -> Clue:
    return session.scalars(select(Clue).where(Clue.number == number)).one()


def test_two_clues_are_not_merged_into_each_other(database, desk, step, slowly):
    (one, other), (first, second) = desk
    slowly(merging, "target")
    refused = at_once(step(one, Action.MERGE, first, into=other), step(other, Action.MERGE, second, into=one))
    assert sorted(type(error) for error in refused if error)[:1] and sum(error is None for error in refused) == 1
    assert isinstance(next(filter(None, refused)), (StaleClue, InvalidInput, InvalidAction))
    with reading(database) as session:
        assert sorted(of(session, number).state for number in (one, other)) == [State.MERGED, State.RECEIVED]
        assert len(merging.together(session, of(session, one)) + merging.together(session, of(session, other))) == 1


def test_who_merges_into_a_clue_that_is_being_closed_has_its_answer(database, tools, desk, step, slowly, handled):
    (mine, _), (clerk, _) = desk
    target, _, lead = handled(concluded=True)
    slowly(handling, "_say_to_all")
    approve = step(target, Action.APPROVE, lead)

    def merge():
        time.sleep(0.2)
        step(mine, Action.MERGE, clerk, into=target)()

    assert at_once(approve, merge) == [None, None]
    with reading(database) as session:
        assert of(session, mine).state is State.MERGED
        assert [m.kind for m in clues.thread(session, of(session, mine))] == [MessageKind.ANSWER]


def test_no_clue_is_given_to_an_office_that_was_recused_meanwhile(database, tools, desk, step, slowly):
    (number, _), (first, second) = desk
    with transaction(database) as session:
        clue = of(session, number)
        route = placing.route_for(session, clue, "checkins", tools.today())
        office = directory.office(session, route.place.code, route.remit)
        session.get_one(Suggestion, clue.id).office_name = office.name
    slowly(merging, "is_kept_from")
    recuse = step(number, Action.RECUSE, second, whom=f"office-{office.id}", text="有人在那里")

    def later():
        time.sleep(0.2)
        recuse()

    at_once(step(number, Action.ASSIGN, first, category="checkins"), later)
    with reading(database) as session:
        given = of(session, number).office_id
        assert given is None or session.get(Recusal, (of(session, number).id, given)) is None


def test_of_two_who_assign_one_is_told_that_the_other_was_first(database, tools, desk, slowly):
    (number, _), clerks = desk
    with reading(database) as session:
        version = of(session, number).version

    def assign(who):
        def do():
            with transaction(database) as session:
                found = clues.visible(session, who, number)
                time.sleep(0.2)
                handling.act(session, found, Action.ASSIGN, {"category": "checkins"}, officer=who, tools=tools, version=version)

        return do

    refused = at_once(*map(assign, clerks))
    assert [type(error) for error in refused if error] == [StaleClue]


def test_a_reporter_who_asks_twice_at_once_for_a_new_handling_has_it_once(database, tools, handled, step):
    number, _, lead = handled(concluded=True)
    step(number, Action.APPROVE, lead)()

    def reopen():
        with transaction(database) as session:
            found = of(session, number)
            time.sleep(0.2)
            reporter.reopen(session, found, "没有解决", tools=tools)

    assert at_once(reopen, reopen) == [None, None], "who presses twice is told that it is done"
    with reading(database) as session:
        assert len([m for m in clues.thread(session, of(session, number)) if m.kind is MessageKind.REPORTER]) == 1


def test_clocks_that_run_again_are_in_nobody_s_way(database, tools, clock, handled, step, slowly):
    clock.now = datetime(2026, 11, 2, 4, tzinfo=UTC)
    pairs = [handled() for _ in range(2)]
    for number, handler, _ in pairs:
        step(number, Action.ASK, handler, text="哪一天？", pause=True)()
    clock.now += timedelta(days=60)
    slowly(pausing, "record")
    number, handler, _ = pairs[1]

    def ask():
        time.sleep(0.2)
        step(number, Action.ASK_EXTENSION, handler, text="人手不够", days=3)()

    begun = []
    refused = at_once(lambda: begun.append(jobs.resume_overlong(database, tools)), ask)
    assert refused[0] is None
    assert not isinstance(refused[1], StaleClue) or "waited" not in str(refused[1])
    jobs.resume_overlong(database, tools)
    with reading(database) as session:
        assert all(of(session, n).paused_on is None for n, *_ in pairs)


def test_an_issued_report_is_not_drafted_over(database, tools, clock, slowly):
    clock.now = datetime(2026, 10, 20, 4, tzinfo=UTC)
    october = date(2026, 10, 1)
    with transaction(database) as session:
        make.clue(session, tools)
        supervisor = make.viewer(session, tools, Role.SUPERVISOR, "321112")
    clock.now = datetime(2026, 11, 23, 4, tzinfo=UTC)
    with transaction(database) as session:
        make.draft(session, tools, supervisor.office_id, october)
        make.clue(session, tools).created_at = datetime(2026, 10, 21, 4, tzinfo=UTC)
    with reading(database) as session:
        figures = freeze.counted(session, supervisor.office_id, october, tools=tools)

    def issue():
        with transaction(database) as session:
            freeze.issue(session, freeze.of_month(session, supervisor.office_id, october), "", officer=supervisor, tools=tools)

    def draft():
        with transaction(database) as session:
            freeze.draft(session, figures, tools=tools)

    slowly(freeze, "_fill")
    refused = at_once(draft, issue, issue)
    assert [type(error) for error in refused if error].count(InvalidAction) >= 1
    with reading(database) as session:
        report = freeze.of_month(session, supervisor.office_id, october)
        issued = session.scalars(select(AuditEntry).where(AuditEntry.action == "report_issued")).all()
        assert [entry.keys["number"] for entry in issued] == [1] == [report.number]
        assert issued[0].keys["hash"] == report.revisions[0].hash == freeze.latest(report).digest


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_deadlock_is_told_as_somebody_else_s_step(database, desk):
    (one, other), _ = desk

    def hold(first, then):
        def do():
            with transaction(database) as session:
                db.lock(session, of(session, first))
                time.sleep(0.4)
                db.lock(session, of(session, then))

        return do

    refused = at_once(hold(one, other), hold(other, one))
    assert [type(error) for error in refused if error] == [StaleClue]
    assert db._DEADLOCK == "40P01"


def test_contact_data_that_comes_while_the_key_is_changed_is_sealed_to_the_new_one(database, tools, slowly):
    slowly(contacts, "store")
    slowly(contacts, "seal_anew")
    filed, new = [], sealing.new_private()

    def file():
        with transaction(database) as session:
            filed.append(clues.submit(session, make.submission(contact={"name": "王某"}), tools=tools))

    def change():
        with transaction(database) as session:
            keys.rotate(session, CONTACT_PRIVATE, new, tools=tools)

    assert at_once(file, change, file) == [None, None, None]
    with reading(database) as session:
        for clue in filed:
            assert contacts.opened(session.get_one(Contact, clue.id), clue.number, new) == {"name": "王某"}


@pytest.mark.parametrize(("deed", "slow"), [("grant", "private_for"), ("new password", "_resealed")])
def test_a_grant_given_or_moved_while_the_key_is_changed_is_of_the_new_one(database, settings, clock, tools, slowly, deed, slow):
    public, first, second = Tools(config.load(settings | {"CONTACT_KEY_FILE": ""}), clock=clock), bytes(32), bytes(range(1, 33))
    with transaction(database) as session:
        keys.rotate(session, CONTACT_PRIVATE, first, tools=public)
        giver, other = (make.officer(session, public, Role.HANDLER, "321112", "cyberspace") for _ in range(2))
        keys.grant(session, giver.id, first, by=None, tools=public)
    slowly(keys, slow)
    slowly(keys, "put")

    def grant():
        with transaction(database) as session:
            viewer = identity.viewer(session.get_one(Officer, giver.id))
            keys.grant_colleague(session, other.id, make.PASSWORD, by=viewer, tools=public)

    def new_password():
        with transaction(database) as session:
            identity.change_password(session, session.get_one(Officer, giver.id), make.PASSWORD, NEXT, tools=public)

    def change():
        with transaction(database) as session:
            keys.rotate(session, first, second, tools=public)

    assert at_once(grant if deed == "grant" else new_password, change) == [None, None]
    whose, password = (other, make.PASSWORD) if deed == "grant" else (giver, NEXT)
    with reading(database) as session:
        assert keys.private_for(session, whose.id, password, contacts.current_key(session), public) == second
