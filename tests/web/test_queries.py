"""No page asks the database once a row."""

from __future__ import annotations

from itertools import chain, islice

import pytest
from sqlalchemy import Engine, event

from classifier import corpus
from intake.access import ACCESS, PUBLIC
from intake.db import transaction
from intake.rules.workflow import Role
from intake.services import clues, triage
from tests import factories as make
from tests.web.client import Client

FEW, MANY = 10, 200
#: Of the roles that may enter a page, the one for which it is the longest.
BY_LENGTH = (Role.SUPERVISOR, Role.CLERK, Role.ADMIN, Role.AUDITOR, Role.LEAD, Role.HANDLER)
#: Whole files: made once and handed out, not pages.
FILES = {"console.report_file", "console.sign_out"}


@pytest.fixture
def texts():
    """One text twice, so that a few clues have a cluster as many have, then each of the corpus."""
    return chain([make.STORY, make.STORY], (row.text for row in corpus.read()))


@pytest.fixture
def fill(database, tools, texts):
    """Have so many more clues of 丹徒区 filed and triaged, each with words of its own."""

    def file(count: int) -> str:
        for text in islice(texts, count):
            with transaction(database) as session:
                filed = clues.submit(session, make.submission(text=text, minutes_each=10), tools=tools)
                triage.triage(session, filed.id, tools=tools)
        return filed.number

    return file


class Asked:
    """How many statements an engine was asked, since the last look."""

    def __init__(self, engine: Engine) -> None:
        self.count = 0
        event.listen(engine, "before_cursor_execute", self._one)

    def _one(self, *_: object) -> None:
        self.count += 1

    def by(self, client: Client, address: str) -> int:
        """By one request; the first is not counted: what is kept for the life of the process is read then."""
        client.raw.get(address)
        before = self.count
        client.raw.get(address)
        return self.count - before


def pages(app, number: str) -> dict[str, str]:
    """The address of every page that takes no argument, and those of one clue, by endpoint."""
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in rule.methods and rule.arguments <= {"number"}]
    return {
        rule.endpoint: rule.rule.replace("<number>", number) for rule in rules if rule.endpoint not in FILES | {"static"}
    }


def test_no_page_asks_more_of_the_database_for_200_clues_than_for_10(app, desk, database, fill):
    number = fill(FEW)
    clients = {role: desk(role) for role in Role} | {PUBLIC: Client(app)}
    asked, found = Asked(database), pages(app, number)
    doors = {
        endpoint: clients[PUBLIC if ACCESS[endpoint] is PUBLIC else next(r for r in BY_LENGTH if r in ACCESS[endpoint])]
        for endpoint in found
    }
    few = {endpoint: asked.by(doors[endpoint], address) for endpoint, address in found.items()}
    fill(MANY - FEW)
    many = {endpoint: asked.by(doors[endpoint], address) for endpoint, address in found.items()}
    assert len(few) > 30 and sum(few.values()) > len(few), "pages were reached and asked"
    more = {endpoint: (few[endpoint], count) for endpoint, count in many.items() if count > few[endpoint]}
    assert more == {}
