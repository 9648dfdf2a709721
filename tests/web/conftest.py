"""Signed-in officers for the tests of pages."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from intake.db import transaction
from intake.rules.workflow import Role
from tests import factories as make
from tests.web.client import Client


@pytest.fixture
def home_region() -> str:
    """Where officers sit unless a test says otherwise; a module may have its own."""
    return "321112"


@pytest.fixture
def desk(app, database, tools, home_region) -> Callable[..., Client]:
    """Call it for the signed-in client of a new officer: desk(Role.HANDLER, remit="cyberspace")."""

    def open_desk(role: Role, region: str = home_region, remit: str = "task_force") -> Client:
        with transaction(database) as session:
            username = make.officer(session, tools, role, region, remit).username
        client = Client(app)
        assert client.sign_in(username, make.PASSWORD).status == 200
        return client

    return open_desk
