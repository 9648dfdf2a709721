"""One thing of each kind that an address can name, and the addresses that name them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import product

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from intake.models import Notice, SignIn
from intake.rules.devices import Device
from intake.rules.workflow import Action, Role
from intake.services import arrivals, identity, replies, saved, sign_ins, staffing
from intake.tools import Tools
from tests import factories as make


def make_all(session: Session, tools: Tools, city: str, county: str) -> dict[str, list[str]]:
    """Make them in a city and a county of it; returns the arguments of addresses, each with its values."""
    clerk, lead, other = (make.officer(session, tools, r, city) for r in (Role.CLERK, Role.LEAD, Role.CLERK))
    by = identity.viewer(clerk)
    clue, twin = (make.clue(session, tools, region_code=county) for _ in range(2))
    report = make.draft(session, tools, lead.office_id, date(2026, 10, 1))
    notice = session.scalars(select(Notice).where(Notice.region_code == city)).one()
    batch = arrivals.begin(session, "内容\n每天打卡三次，太多了\n".encode(), "a.csv", by=by, tools=tools)
    wording = replies.add_template(
        session, Action.ASK, "问", "请问", everyone=False, officer=identity.viewer(lead), tools=tools
    )
    kept = saved.keep(session, clerk.id, "我的", {"list": "queue", "q": "打卡"})
    day = tools.today()
    away = staffing.delegate(session, clerk, str(other.id), day, day + timedelta(days=3), by=clerk.id, tools=tools)
    sign_ins.begin(session, clerk, Device.PHONE, tools=tools)
    session.flush()
    return {
        "number": [clue.number], "cluster_id": [str(clue.id)], "report_id": [str(report.id)],
        "slug": [notice.slug], "batch_id": [str(batch.id)], "template_id": [str(wording.id)],
        "filter_id": [str(kept.id)], "delegation_id": [str(away.id)], "other": [twin.number],
        "sign_in_id": [str(session.scalar(select(SignIn.id)))], "provision_id": ["R02"],
        "attachment_id": ["1"], "page": ["1"],
    }  # fmt: skip


def addresses(app: Flask, rule: Rule, known: Mapping[str, list[str]]) -> list[str]:
    """Every address of a rule with what is known to fill it; none if something that it names is not."""
    names = sorted(rule.arguments)
    filled = [dict(zip(names, values, strict=True)) for values in product(*(known.get(name, ()) for name in names))]
    adapter = app.url_map.bind("localhost")
    return [
        adapter.build(rule.endpoint, {n: int(v) if n.endswith("_id") and v.isdigit() else v for n, v in values.items()})
        for values in filled
    ]
