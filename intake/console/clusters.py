"""What many report at once: the clusters a viewer sees, one of them with its clues, and the alarm of those that grow fast."""

from __future__ import annotations

from collections.abc import Sequence

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from intake.console import blueprint
from intake.console.desk import page_of
from intake.current import engine, tools
from intake.db import reading
from intake.rules.workflow import Role, State
from intake.security import viewer
from intake.services import clusters as service
from intake.services import lists, merging
from intake.services.clues import categories
from intake.services.clusters import Burst


@blueprint.get("/clusters")
def clusters() -> ResponseReturnValue:
    wanted = request.args.get("page", "")
    page = max(1, int(wanted)) if wanted.isdecimal() and len(wanted) < 6 else 1
    with reading(engine()) as database:
        found, more = service.listing(database, viewer(), tools(), page)
        return render_template(
            "console/clusters.html", clusters=found, page=page, more=more, bursts=alarms(database),
            by_slug={c.slug: c for c in categories(database)},
        )  # fmt: skip


@blueprint.get("/clusters/<int:cluster_id>")
def cluster(cluster_id: int) -> ResponseReturnValue:
    with reading(engine()) as database:
        found = service.cluster(database, viewer(), tools(), cluster_id)
        narrowed = {"cluster": str(cluster_id), "after": request.args.get("after", "")}
        page = page_of(database, viewer(), tools(), narrowed, ())
        into = merging.handled_as(database, found.lead, viewer()) or found.lead
        return render_template(
            "console/cluster.html", cluster=found, into=into, **page,
            waiting=lists.count(database, viewer(), lists.Filter((State.RECEIVED,), cluster=cluster_id, to_do=True)),
            wording=service.wording(database, viewer(), cluster_id, [clue.id for clue in page["rows"]]),
        )  # fmt: skip


def alarms(database: Session) -> Sequence[Burst]:
    """The bursts that whoever takes clues in is told of at once."""
    return service.bursting(database, viewer(), tools()) if viewer().role in (Role.CLERK, Role.SUPERVISOR) else ()
