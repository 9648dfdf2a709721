"""The audit log as the auditor reads it: looked through by person, event, clue and days, on a page or in a file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue

from intake import labels
from intake.console import blueprint
from intake.current import engine, tools
from intake.db import reading
from intake.documents import plain
from intake.rules.numbers import clue_number, whole
from intake.security import viewer
from intake.services import audit as audit_log
from intake.services import auditing, proof
from intake.services.auditing import Sought

_FIELDS = ("officer", "action", "number", "since", "until")
PAGE, FILE = 50, 5000


@blueprint.get("/audit")
def audit() -> ResponseReturnValue:
    """A page of what is looked for; a filter that means nothing is said to be wrong, and finds nothing."""
    typed = {name: request.args.get(name, "").strip() for name in _FIELDS}
    sought, wrong = _sought(typed)
    with reading(engine()) as database:
        found = auditing.look(database, viewer(), sought, whole(request.args.get("before", "")) or None, PAGE, tools=tools())
        breaks = list(proof.check(database, tools=tools())) if request.args.get("verify") else None
        return render_template(
            "console/audit.html", found=found, breaks=breaks, typed=typed, wrong=wrong, most=FILE,
            filters={name: text for name, text in typed.items() if text},
            events=sorted({labels.EVENTS[action]: action for action in audit_log.KEYS}.items()),
        )  # fmt: skip


@blueprint.get("/audit.csv")
def audit_file() -> ResponseReturnValue:
    """The newest of what is looked for, FILE rows at most; a last row says so where there is more."""
    sought, _ = _sought(request.args)
    with reading(engine()) as database:
        found = auditing.look(database, viewer(), sought, None, FILE, tools=tools())
        rows: list[Any] = [("序号", "时间", "事项", "人员", "线索", "对象", "摘要"), *map(_row, found.lines)]
    if found.before:
        rows.append((f"只到第 {found.down_to} 条为止；更早的请把“到哪天”改早，再导出一次",))
    answer = Response(plain.table_csv(rows), content_type=plain.CSV_TYPE)
    answer.headers["Content-Disposition"] = "attachment; filename=audit.csv"
    return answer


def _row(line: auditing.Line) -> tuple[Any, ...]:
    entry = line.entry
    who = entry.officer.username if entry.officer else ""
    at = f"{tools().local(entry.at):%Y-%m-%d %H:%M:%S}"
    return entry.id, at, labels.event(entry.action, entry.keys), who, line.number, line.about, entry.hash


def _sought(typed: Mapping[str, str]) -> tuple[Sought, list[str]]:
    """What the fields ask for, and a sentence for each that cannot be read; such a one is looked for as it stands."""
    number, wrong = typed.get("number", "").strip(), []
    since, until = (_day(typed.get(name, "")) for name in ("since", "until"))
    if number and not clue_number(number, tools().today()):
        wrong.append("线索编号请照 2026-11-0001 这样填")
    if (typed.get("since") and not since) or (typed.get("until") and not until):
        wrong.append("日期请照 2026-11-01 这样填")
    number = clue_number(number, tools().today()) or number
    return Sought(typed.get("officer", "").strip(), typed.get("action", ""), number, since, until), wrong


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2999 else None
