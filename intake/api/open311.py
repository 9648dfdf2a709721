"""Open311 GeoReport v2 for systems that speak it already: one service, a request filed, how it stands (wiki.open311.org/GeoReport_v2).

Which category a clue is of is decided here, so there is one service. Texts, places and pictures are not given out: a
request shows its dates and a state. The code that opens more is in the notice to whoever filed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from xml.etree import ElementTree  # nosec B405  # to write with, never to read

from flask import Blueprint, Response, json, request, url_for
from sqlalchemy.orm import Session

from intake import labels
from intake.api import door, taking, words
from intake.api.shapes import Contact, Listing, NewClue, ServiceRequest, Wrong
from intake.current import engine, tools
from intake.db import reading
from intake.errors import DomainError
from intake.forms import LONGEST
from intake.models import Clue
from intake.services import merging, systems

SERVICE = "clue"
#: Days that a list goes back where nothing else is said, and the most that it holds (GeoReport v2, GET Service Requests).
DAYS, MOST = 90, 1000
_FORM = "<any(json, xml):form>"
blueprint = Blueprint("open311", __name__, url_prefix="/api/open311/v2")
blueprint.before_request(door.enter)
blueprint.after_request(door.tell_rate)


@blueprint.get(f"/discovery.{_FORM}")
def discovery(form: str) -> Response:
    """Where this is spoken."""
    address = url_for("open311.services", form=form, _external=True).rpartition("/")[0]
    endpoint = {"specification": "http://wiki.open311.org/GeoReport_v2", "url": address, "type": "production", "formats": ["text/xml", "application/json"]}
    contact, key = words.CONTACT, words.KEY
    return _written(form, {"contact": contact, "key_service": key, "endpoints": [endpoint]}, "discovery")


@blueprint.get(f"/services.{_FORM}")
def services(form: str) -> Response:
    """The one thing that can be reported here."""
    told = {
        "service_code": SERVICE, "service_name": words.SERVICE, "description": words.DESCRIPTION,
        "metadata": False, "type": "realtime", "keywords": "", "group": "",
    }  # fmt: skip
    return _written(form, [told], "services")


@blueprint.post(f"/requests.{_FORM}")
def file(form: str) -> Response:
    """A clue, with the pictures that come in the same form. Without an Idempotency-Key, which the standard does not know, every posting is one."""
    given = door.formed(ServiceRequest)
    door.key(new=True)
    contact = {"name": f"{given.last_name}{given.first_name}", "way": given.phone, "mail": given.email}
    place = "、".join(part for part in (given.address_string, _position(given)) if part)
    text = f"{given.description}\n{words.PLACE}{place}" if place else given.description
    if len(text) > LONGEST:
        raise door.Refused("unfit", 422, (Wrong(field="description", detail=words.TOO_LONG.format(most=LONGEST - len(text) + len(given.description))),))
    new = NewClue(text=text, region=given.address_id, contact=Contact(**contact) if given.phone or given.email else None)
    with taking.keeping(door.files("media", needed=False)) as attach:
        filed = taking.take(new, attach, brought=True)
    notice = words.NOTICE.format(code=filed.code)
    return _written(form, [{"service_request_id": filed.number, "service_notice": notice, "account_id": ""}], "service_requests", 201)


@blueprint.get(f"/requests/<number>.{_FORM}")
def one(form: str, number: str) -> Response:
    """How a clue stands that this system's office brought."""
    with reading(engine()) as database:
        shown = [_shown(database, *row) for row in systems.brought(database, door.caller().viewer, numbers=[number])]
    if not shown:
        raise door.Refused("http", 404)
    return _written(form, shown, "service_requests")


@blueprint.get(f"/requests.{_FORM}")
def several(form: str) -> Response:
    """How those stand that this system's office brought, by numbers or by when they were filed, the newest first."""
    wanted = door.asked(Listing)
    last = wanted.end_date or tools().now()
    first = wanted.start_date or last - timedelta(days=DAYS)
    numbers = [one.strip() for one in wanted.service_request_id.split(",") if one.strip()]
    with reading(engine()) as database:
        between = None if numbers else (first, last)
        found = systems.brought(database, door.caller().viewer, numbers=numbers, between=between, most=MOST)
        shown = [_shown(database, *row) for row in found if wanted.service_code in ("", SERVICE)]
    return _written(form, [one for one in shown if not wanted.status or one["status"] in wanted.status.split(",")], "service_requests")


@blueprint.errorhandler(door.Refused)
def refuse(error: door.Refused) -> Response:
    """What the door refuses, as GeoReport writes it."""
    said = [f"{one.field}：{one.detail}" for one in error.errors] or [words.PROBLEMS[error.name]]
    response = _wrong(said, 400 if error.status == 422 else error.status)
    response.headers.update(error.headers)
    return response


@blueprint.errorhandler(DomainError)
def refuse_domain_error(error: DomainError) -> Response:
    status = door.status_of(error)
    return _wrong([labels.sentence(error)], 400 if status == 422 else status)


def failed(status: int) -> Response:
    """What is answered where no view could."""
    return _wrong([door.said_of(status)], status)


def _wrong(said: Sequence[str], status: int) -> Response:
    form = (request.view_args or {}).get("form") or ("json" if request.path.endswith(".json") else "xml")
    return _written(form, [{"code": status, "description": one} for one in said], "errors", status)


def _position(given: ServiceRequest) -> str:
    return f"{given.lat},{given.long}" if given.lat is not None and given.long is not None else ""


def _shown(database: Session, clue: Clue, updated: datetime) -> dict[str, Any]:
    """How a clue stands; a merged one as what it is handled as."""
    lead = merging.lead(database, clue)
    expected, told = taking.dates(clue, lead)["answer_due"], labels.PUBLIC_STATES[merging.shown_state(clue, lead)]
    return {
        "service_request_id": clue.number, "status": "closed" if lead.closed_at else "open", "status_notes": told,
        "service_name": words.SERVICE, "service_code": SERVICE, "requested_datetime": _moment(clue.created_at),
        "updated_datetime": _moment(updated), "expected_datetime": _moment(_end_of(expected)), "address_id": clue.region_code or "",
    }  # fmt: skip


def _end_of(day: date) -> datetime:
    return tools().midnight(day + timedelta(days=1))


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


#: The element of an entry of a list, by the list's.
_ENTRIES = {"services": "service", "service_requests": "request", "errors": "error", "endpoints": "endpoint", "formats": "format"}


def _written(form: str, told: Any, root: str, status: int = 200) -> Response:
    if form == "json":
        return Response(json.dumps(told, ensure_ascii=False), status, content_type="application/json; charset=utf-8")
    content = ElementTree.tostring(_element(root, told), "utf-8", xml_declaration=True)
    return Response(content, status, content_type="text/xml; charset=utf-8")


def _element(name: str, told: Any) -> ElementTree.Element:
    made = ElementTree.Element(name)
    if isinstance(told, Mapping):
        made.extend(_element(key, value) for key, value in told.items())
    elif isinstance(told, list):
        made.extend(_element(_ENTRIES[name], one) for one in told)
    else:
        made.text = str(told).lower() if isinstance(told, bool) else str(told)
    return made
