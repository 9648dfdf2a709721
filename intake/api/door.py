"""Who comes in: the token, its scope, its rate; what is sent, read by its shape; and what went wrong, as RFC 9457 writes it."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, TypeVar, cast
from uuid import uuid4

from flask import Response, g, request
from limits import RateLimitItemPerMinute
from pydantic import BaseModel, ValidationError
from sqlalchemy.exc import DBAPIError

from intake import filewords, labels, uploads
from intake.access import OPEN_TO_SYSTEMS, SYSTEMS
from intake.api import blueprint, words
from intake.api.shapes import KEY, Problem, Wrong
from intake.current import engine, tools
from intake.db import reading, transaction
from intake.errors import CalendarUnpublished, DomainError, Forbidden, InvalidInput, NotFound
from intake.logs import log
from intake.security import limiter, source
from intake.services import identity, systems
from intake.services.attachments import Kept
from intake.services.clues import Viewer

Shape = TypeVar("Shape", bound=BaseModel)
#: Tries with a token that does not hold, from one source in a minute.
REFUSED_PER_MINUTE = 30
_STATUS: Mapping[type[DomainError], int] = {InvalidInput: 422, NotFound: 404, Forbidden: 403, CalendarUnpublished: 503}

_FAILURES = {500: "fault", 503: "unavailable"}


@dataclass(frozen=True)
class Caller:
    """The system of this request, and what visibility needs to know of its account."""

    id: int
    viewer: Viewer
    scopes: frozenset[str]


class Refused(Exception):
    """The request is answered with a problem; `name` is a key of words.PROBLEMS."""

    def __init__(self, name: str, status: int, errors: tuple[Wrong, ...] = (), headers: Mapping[str, str] | None = None) -> None:
        super().__init__(name)
        self.name, self.status, self.errors, self.headers = name, status, errors, headers or {}


def caller() -> Caller:
    """The system of this request; only behind `enter`."""
    return cast(Caller, g.caller)


@blueprint.before_request
def enter() -> None:
    """Let in whoever brings a token that holds and has the scope of the view; descriptions are open to all."""
    if request.endpoint in OPEN_TO_SYSTEMS:
        return
    try:
        with reading(engine()) as database:
            system = systems.by_token(database, _token(), tools=tools())
            g.caller = Caller(system.id, identity.viewer(system.officer), frozenset(system.scopes))
            used_on = system.used_on
    except NotFound as error:
        _count(f"refused-{source()}", REFUSED_PER_MINUTE)
        raise Refused("no_token", 401, headers={"WWW-Authenticate": 'Bearer realm="songbang"'}) from error
    _count(f"system-{caller().id}", tools().settings.number("API_PER_MINUTE"))
    if SYSTEMS[request.endpoint or ""].value not in caller().scopes:
        raise Refused("no_scope", 403)
    if used_on != tools().today():
        _see()


def _token() -> str:
    """In the header; or as Open311 sends it, in the body and never in an address."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return token.strip()
    return request.form.get("api_key", "") if request.blueprint == "open311" else ""


def _see() -> None:
    """Remember the day; where nothing can be written, there is still an answer."""
    with suppress(DBAPIError), transaction(engine()) as database:
        systems.see(database, caller().id, tools=tools())


def _count(whose: str, most: int) -> None:
    """Count this request; a store that is out of order lets everybody in."""
    rate, key = RateLimitItemPerMinute(most), ("api", whose)
    try:
        within = limiter.limiter.hit(rate, *key)
        seen = limiter.limiter.get_window_stats(rate, *key)
    except Exception as error:  # every store has errors of its own
        log.warning("rate not counted", error=type(error).__name__)
        return
    wait = min(60, max(1, int(seen.reset_time - time.time())))
    g.rate = {"RateLimit-Limit": most, "RateLimit-Remaining": seen.remaining, "RateLimit-Reset": wait}
    if not within:
        raise Refused("too_often", 429, headers={"Retry-After": str(wait)})


@blueprint.after_request
def tell_rate(response: Response) -> Response:
    """How much of the rate is left (draft-ietf-httpapi-ratelimit-headers)."""
    for name, value in g.get("rate", {}).items():
        response.headers[name] = str(value)
    return response


def sent(shape: type[Shape]) -> Shape:
    """The body of this request. Raises Refused with every field that is wrong."""
    if request.mimetype != "application/json":
        raise Refused("no_json", 415)
    try:
        return shape.model_validate_json(request.get_data(), strict=True)
    except ValidationError as error:
        raise _unfit(error) from error


def formed(shape: type[Shape]) -> Shape:
    """The form of this request, but what is empty in it. Raises Refused."""
    return _read(shape, {name: value for name, value in request.form.items() if value})


def asked(shape: type[Shape]) -> Shape:
    """The query of this request. Raises Refused."""
    return _read(shape, dict(request.args))


def _read(shape: type[Shape], fields: dict[str, str]) -> Shape:
    try:
        return shape.model_validate_strings(fields)
    except ValidationError as error:
        raise _unfit(error) from error


def _unfit(error: ValidationError) -> Refused:
    if any(one["type"] == "json_invalid" for one in error.errors(include_input=False, include_url=False)):
        return Refused("no_json", 400)
    return Refused("unfit", 422, wrong(error))


def wrong(error: ValidationError) -> tuple[Wrong, ...]:
    """Every field that does not fit, and why."""
    return tuple(
        Wrong(field=".".join(str(part) for part in one["loc"]), detail=words.shape_problem(one["type"], one.get("ctx") or {}))
        for one in error.errors(include_input=False, include_url=False)
    )


def files(field: str, *, needed: bool) -> list[Kept]:
    """The cleaned files of this request, all in one field of its form. Raises Refused; nothing is kept then."""
    brought = [one for one in request.files.getlist(field) if one.filename]
    if strange := [name for name in request.files if name != field]:
        raise Refused("unfit", 422, tuple(Wrong(field=name, detail=words.FILES_ELSEWHERE.format(field=field)) for name in strange))
    if needed and not brought:
        raise Refused("unfit", 422, (Wrong(field=field, detail=words.shape_problem("missing", {})),))
    whole_request()  # the files are read for it before they are cleaned, and gone afterwards
    kept, refused = uploads.receive(brought, tools())
    if refused:
        told = tuple(Wrong(field=field, detail=filewords.refusal(one.name, one.problem)) for one in refused)
        raise Refused("unfit", 422, told)
    return kept


def key(*, new: bool = False) -> str:
    """The Idempotency-Key of this request; `new` makes one where it has none. Raises Refused."""
    if new and "Idempotency-Key" not in request.headers:
        g.key = uuid4().hex
    given = str(g.get("key") or request.headers.get("Idempotency-Key", ""))
    if not re.fullmatch(KEY, given):
        raise Refused("unfit", 422, (Wrong(field="Idempotency-Key", detail=words.PROBLEMS["no_key"]),))
    return given


def whole_request() -> bytes:
    """What tells this request from another with the same key: the hash of address and content, made once for all rows of a batch.

    Of a form its fields but the token, and its files: they stay the same whatever the boundary, and its body has been read for them.
    """
    if "mark" not in g:
        fields = sorted(one for one in request.form.items(multi=True) if one[0] != "api_key")
        brought = [[name, _digest(one.stream)] for name, one in request.files.items(multi=True)]
        content = json.dumps([fields, brought] if brought else fields).encode() if fields or brought else request.get_data()
        g.mark = hashlib.sha256(request.path.encode() + b"\0" + content).digest()
    return cast(bytes, g.mark)


def _digest(stream: IO[bytes]) -> str:
    found = hashlib.file_digest(stream, "sha256").hexdigest()
    stream.seek(0)
    return found


def shown(answer: BaseModel, status: int = 200) -> Response:
    return Response(answer.model_dump_json(), status, content_type="application/json")


def problem(name: str, status: int, detail: str, errors: tuple[Wrong, ...] = ()) -> Response:
    """A problem as RFC 9457 writes it; `name` makes the type that programs go by."""
    title = words.PROBLEMS.get(name, detail)
    told = Problem(type=f"urn:songbang:{name.replace('_', '-')}", title=title, status=status, detail=detail, errors=list(errors))
    return Response(told.model_dump_json(), status, content_type="application/problem+json")


def failed(status: int) -> Response:
    """What is answered where no view could."""
    return problem(_FAILURES.get(status, "http"), status, said_of(status))


def said_of(status: int) -> str:
    """What is said where no view could answer."""
    return words.PROBLEMS[_FAILURES.get(status, "http")]


def status_of(error: DomainError) -> int:
    """The status of what a service refuses."""
    return next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 409)


@blueprint.errorhandler(Refused)
def show_refused(error: Refused) -> Response:
    response = problem(error.name, error.status, words.PROBLEMS[error.name], error.errors)
    response.headers.update(error.headers)
    return response


@blueprint.errorhandler(DomainError)
def show_domain_error(error: DomainError) -> Response:
    """What a service refuses, by the class of the error."""
    said = labels.sentence(error)
    errors = (Wrong(field=error.field, detail=said),) if isinstance(error, InvalidInput) else ()
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(error).__name__).lower()
    return problem(name, status_of(error), said, errors)
