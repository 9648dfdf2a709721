"""Lists put together from several indexes are what one plain query over everything would give; counts say where they stop."""

from __future__ import annotations

import itertools
from itertools import product

import pytest
from sqlalchemy import event, func, select

from intake.db import reading, transaction
from intake.models import Clue, CoHandler, Recusal
from intake.models.clues import FAR
from intake.rules.workflow import Action, Role, State
from intake.services import lists, search
from intake.services.clues import HELD, visible_to
from intake.services.lists import Filter
from tests import factories as make

OFFICES = ("task_force", "cyberspace", "education")


@pytest.fixture
def people(database, tools):
    """Clues of two counties and a city in every state but those of files, some shared, some recused; and officers who see some of them."""
    with transaction(database) as session:
        who = {
            "clerk": make.viewer(session, tools, Role.CLERK, "321112"), "city": make.viewer(session, tools, Role.SUPERVISOR, "321100"),
            "handler": make.viewer(session, tools, Role.HANDLER, "321112", "cyberspace"), "school": make.viewer(session, tools, Role.LEAD, "321100", "education"),
            "elsewhere": make.viewer(session, tools, Role.CLERK, "430702"), "admin": make.viewer(session, tools, Role.ADMIN, "321100"),
        }  # fmt: skip
        ways = itertools.cycle(itertools.product(("321112", "321111", "430702"), range(4)))
        for n, (region, fate) in enumerate(itertools.islice(ways, 36)):
            clue = make.clue(session, tools, region_code=region, text=f"{make.STORY}第{n}次，{'水费也要截图' if n % 3 else '接龙'}。")
            _fare(session, tools, clue, fate, who, n)
    return who


def _fare(session, tools, clue, fate, who, n) -> None:
    """Let a clue of 丹徒 come to one of four fates; those of other places wait."""
    if clue.region_code == "321112" and fate:
        office = make.office(session, "321112", "cyberspace")
        make.act(session, clue, Action.ASSIGN, who["clerk"], tools, category="checkins", office_id=str(office.id))
        session.add(CoHandler(clue_id=clue.id, office_id=who["school"].office_id))
    if clue.region_code == "321112" and fate == 2:
        make.act(session, clue, Action.SIGN, who["handler"], tools)
    if fate == 3 and n % 2:
        session.add(Recusal(clue_id=clue.id, office_id=who["city"].office_id))
    session.flush()


def plainly(session, viewer, *conditions) -> list[int]:
    """The whole list by one query over everything."""
    query = select(Clue.id).where(visible_to(viewer), *conditions)
    return list(session.scalars(query.order_by(func.coalesce(Clue.due_on, FAR), Clue.id)))


def walked(session, viewer, wanted: Filter) -> list[int]:
    """The whole list, five clues at a time."""
    found, after = [], ""
    while True:
        page = lists.listing(session, viewer, wanted, after, size=5)
        found += [clue.id for clue in page.rows]
        if not (after := page.after):
            return found


FILTERS = {
    "all": (Filter(), ()),
    "received": (Filter((State.RECEIVED,)), (Clue.state == State.RECEIVED,)),
    "work": (Filter((State.ASSIGNED, State.HANDLING)), (Clue.state.in_((State.ASSIGNED, State.HANDLING)),)),
    "category": (Filter(category="checkins"), (Clue.category == "checkins",)),
    "region": (Filter(region="321112"), (Clue.region_code == "321112",)),
    "to_do": (Filter(tuple(State), to_do=True), (~HELD, Clue.taken_over_at.is_(None))),
}


def test_a_list_is_what_one_query_over_everything_gives_for_everybody(database, people):
    with reading(database) as session:
        for which, (wanted, conditions) in FILTERS.items():
            found = {name: plainly(session, viewer, *conditions) for name, viewer in people.items()}
            assert sum(map(bool, found.values())) >= 3, f"{which} is worth asking"
            assert found["admin"] == []
            for name, viewer in people.items():
                assert walked(session, viewer, wanted) == found[name], (which, name)
                assert lists.count(session, viewer, wanted) == len(found[name]), (which, name)


def test_the_opened_list_is_its_page_and_its_count(database, tools, people, monkeypatch):
    with reading(database) as session:
        searched = Filter(words=search.matching(session, "截图", tools.segmenter()))
        for wanted, most in product([searched, *(one for one, _ in FILTERS.values())], (3, 20, 100)):
            monkeypatch.setattr(lists, "MOST_LOOKED_AT", most)
            for name, viewer in people.items():
                after = ""
                for _ in range(2):
                    page, total = lists.opened(session, viewer, wanted, after, size=4)
                    assert page == lists.listing(session, viewer, wanted, after, size=4), (wanted, name)
                    assert str(total) == str(lists.count(session, viewer, wanted)), (wanted, name)
                    after = page.after


def test_the_place_of_a_clue_and_its_neighbours(database, people):
    with reading(database) as session:
        whole = plainly(session, people["city"])
        number = dict(session.execute(select(Clue.id, Clue.number)).all())
        for at, one in enumerate(whole):
            place = lists.beside(session, people["city"], Filter(), session.get_one(Clue, one))
            around = [whole[i] if 0 <= i < len(whole) else 0 for i in (at - 1, at + 1)]
            assert (place.at, place.total) == (at + 1, len(whole))
            assert (place.before, place.after) == tuple(number.get(i, "") for i in around)


def test_a_search_gives_the_newest_first_however_it_is_read(database, tools, people, monkeypatch):
    with reading(database) as session:
        words = search.matching(session, "截图", tools.segmenter())
        for few, (name, viewer) in product([0, 500], people.items()):
            monkeypatch.setattr(lists, "FEW", few)
            hits = sorted(plainly(session, viewer, Clue.text.contains("截图")), reverse=True)
            assert walked(session, viewer, Filter(words=words)) == hits, (few, name)
        for few in (0, 500):
            monkeypatch.setattr(lists, "FEW", few)
            page = lists.listing(session, people["city"], Filter(words=words), size=3)
            middle = page.rows[1]
            place = lists.beside(session, people["city"], Filter(words=words), middle)
            assert (place.at, place.before, place.after) == (2, page.rows[0].number, page.rows[2].number)


def test_a_count_says_where_it_stopped(database, people, monkeypatch):
    monkeypatch.setattr(lists, "MOST", 4)
    monkeypatch.setattr(lists, "MOST_LOOKED_AT", 2)
    with reading(database) as session:
        counted = lists.count(session, people["city"], Filter())
        assert (counted, str(counted), f"{lists.count(session, people['city'], Filter(category='checkins'))}") == (4, "4+", "2+")
        assert str(lists.count(session, people["admin"], Filter())) == "0"
        last = plainly(session, people["city"])[-1]
        place = lists.beside(session, people["city"], Filter(), session.get_one(Clue, last))
        assert (str(place.at), str(place.total)) == ("4+", "4+")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_list_reads_or_sorts_the_whole_table(database, people):
    """The planner's own words on SQLite, which goes by rules here and not by how few clues there are."""
    asked = []
    with reading(database) as session:
        event.listen(session.connection(), "before_cursor_execute", lambda c, cur, statement, given, *_: asked.append((statement, given)))
        for wanted, _ in FILTERS.values():
            lists.listing(session, people["city"], wanted)
            lists.count(session, people["city"], wanted)
        plans = [session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given).all() for statement, given in list(asked)]
    assert len(plans) == 2 * len(FILTERS)
    for plan in plans:
        ways = {parent for _, parent, _, said in plan if "INDEX ix_clue_office (" in said or "INDEX ix_clue_intake" in said}
        assert len(ways) >= 2
        assert not [said for _, _, _, said in plan if said.startswith("SCAN clue") and "ix_clue_unplaced" not in said]
        assert not [said for _, parent, _, said in plan if parent in ways and "TEMP B-TREE" in said]
