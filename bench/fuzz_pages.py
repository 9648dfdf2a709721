"""Hostile requests, drawn by hypothesis, to every address, field and parameter, and what must hold for every answer.

Nothing here is kept by hand: addresses and their arguments are those of the url_map, fields with their kinds those of
the form classes, and a survey before the run listens to which names each view asks the request for.
"""

from __future__ import annotations

import gc
import io
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import structlog
from flask import Flask, Request, g, got_request_exception, has_request_context, request
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from lxml import html
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.routing import Rule
from wtforms import BooleanField, DateField, FileField, IntegerField, MultipleFileField, PasswordField, StringField
from wtforms.fields.core import UnboundField

from intake import logs
from intake.access import ACCESS, PUBLIC, SYSTEMS
from intake.db import transaction
from intake.forms import ChineseForm, clean
from intake.rules.workflow import Role
from intake.security import limiter
from intake.services import identity
from tests.factories import PASSWORD

#: Stands in many inputs; never in a log.
MARKER = "密语七七三一"
#: Ends the session of the one who tries, is no view, says 503 where there is no model; the tests try them.
SKIPPED = {"console.sign_out", "static", "public.readyz"}
#: Check a token of their own, give nothing that was not sent, or end the session that asks; any other view that takes a POST without one is a failure.
EXEMPT = {"public.new_clue", "public.receipt_text", "public.leave", "public.query", "public.clue", "public.rate", "public.reopen"}
HEADERS = ("Content-Security-Policy", "Referrer-Policy", "X-Content-Type-Options", "X-Frame-Options", "Permissions-Policy")
#: How Werkzeug shows half a character in UTF-8, which no browser sends.
_HALF = re.compile("%ED%[AB][0-9A-F]%[89AB][0-9A-F]")
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_ENGLISH = re.compile(r"Traceback|Exception|Error:|Internal Server|Not a valid|This field|Invalid |werkzeug|sqlalchemy", re.I)
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
NASTY = (
    "", " ", "0", "-1", "1", "²", "１２", "١", "9" * 20, "9" * 400, "1e9", "NaN", "None", "true", "\x00", "\ud800", "\ufffe",
    "\u202e倒", "😀" * 50, "'", '"', "%", "\\", "' OR 1=1 --", "{{7*7}}", "<script>alert(1)</script>", "../../etc/passwd",
    "//evil.example", "a" * 300, "线" * 11_000, "x" * 100_000, "2026-13-45", "0000-00-00", "9999-12-31", "2026-11",
    "2026-11-0001", "*", "礼金 *", '"礼金', "AND OR NOT", "NEAR(", "a:b", "(", "[", "\r\n", "%00", "%F0%28",
    "=cmd|' /C calc'!A0", "K7PQ3-XWD9H-AAAAA-BBBBB", MARKER, f"{MARKER}\x00<b>", f"\ud800{MARKER}", "-" * 2000, "[]", "a\tb\x0bc\x1b[0m",
)  # fmt: skip
PLAIN = (
    "320000", "321100", "321112", "checkins", "out_of_scope", "queue", "next", "back", "send", "regions", "check", "y", "web", "1",
    "2", "3", "zhenjiang", "township", "citizen", "2026-11-01", "assign", "note", f"街道要求社区每天打卡，太多了。{MARKER}", "xlsx",
    "csv", "png", "verify", "substantiated", "task_force", "cyberspace", "me", "start", "save", "attach", "blur", "clues",
)  # fmt: skip
#: Parameters that url_for would take for orders to itself.
ORDERS = ("endpoint", "values", "self", "_anchor", "_external", "_method", "_scheme")
_TEXT = st.one_of(
    st.sampled_from(PLAIN), st.sampled_from(NASTY), st.text(st.characters(), max_size=30),
    st.tuples(st.sampled_from(PLAIN), st.sampled_from(NASTY)).map("".join), st.sampled_from(("", "每天打卡")).map(MARKER.__add__),
)  # fmt: skip
_NUMBERS = st.one_of(st.integers(-(10**30), 10**30).map(str), st.sampled_from(("1", "30", "12", "1.5", "²", "9" * 400, "")), _TEXT)
_DATES = st.one_of(st.dates().map(str), st.sampled_from(("2026-11-01", "2026-02-30", "0000-00-00", "9999-12-31", "")), _TEXT)


class Asked(ImmutableMultiDict[str, Any]):
    """The parameters of a request, which notes for each view what it asked for."""

    def get(self, key: Any, *given: Any, **named: Any) -> Any:
        _note(key)
        return super().get(key, *given, **named)

    def getlist(self, key: Any, *given: Any, **named: Any) -> Any:
        _note(key)
        return super().getlist(key, *given, **named)

    def __getitem__(self, key: Any) -> Any:
        _note(key)
        return super().__getitem__(key)

    def __contains__(self, key: Any) -> bool:
        _note(key)
        return super().__contains__(key)


def _note(name: Any) -> None:
    if has_request_context() and isinstance(name, str) and "asked" in g and name != "csrf_token":
        g.asked[request.endpoint].add(name)


@dataclass
class Outcome:
    """What was tried and every failure once: where and what → an input that does it."""

    tried: Counter[str] = field(default_factory=Counter)
    answers: Counter[int] = field(default_factory=Counter)
    names: set[str] = field(default_factory=set)
    failed: dict[str, str] = field(default_factory=dict)

    def fail(self, what: str, shown: str) -> None:
        self.failed.setdefault(what, shown[:400])


@dataclass(frozen=True)
class Ask:
    """One request as it was drawn; `body` are pairs of a form, `raw` bytes that stand for none."""

    rule: Rule
    role: Role | None
    method: str
    address: str
    query: str
    body: tuple[tuple[str, str], ...]
    shape: str
    raw: bytes
    with_token: bool

    @property
    def shown(self) -> str:
        return f"{self.role} {self.method} {self.address}?{self.query[:120]} {self.shape} {str(self.body)[:200]}"


def form_classes() -> list[type[ChineseForm]]:
    """Every form of the application that has been imported, and of whoever planted one."""
    found, left = [], [ChineseForm]
    while left:
        found += (below := left.pop().__subclasses__())
        left += below
    return found


def field_kinds() -> dict[str, set[type]]:
    """Every field of every form with the classes that it has there."""
    kinds: dict[str, set[type]] = defaultdict(set)
    for form in form_classes():
        for name in dir(form):
            if isinstance(unbound := getattr(form, name, None), UnboundField):
                kinds[name].add(unbound.field_class)
    return dict(kinds)


def _values(kinds: set[type]) -> st.SearchStrategy[str]:
    if any(issubclass(kind, IntegerField) for kind in kinds):
        return _NUMBERS
    if any(issubclass(kind, DateField) for kind in kinds):
        return _DATES
    if any(issubclass(kind, BooleanField) for kind in kinds):
        return st.one_of(st.sampled_from(("y", "", "false", "n")), _TEXT)
    return _TEXT


class Doors:
    """A browser for the public and one for an officer of each role, signed in again when what was tried ended that."""

    def __init__(self, app: Flask) -> None:
        self._app, self._open = app, {}  # type: ignore[var-annotated]

    def of(self, role: Role | None) -> tuple[Any, str]:
        if role not in self._open:
            self._open[role] = self._enter(role)
        return self._open[role]

    def forget(self, role: Role | None) -> None:
        self._open.pop(role, None)

    def _enter(self, role: Role | None) -> tuple[Any, str]:
        client = self._app.test_client()
        if role is None:
            return client, _token(client.get("/query").text)
        with transaction(self._app.extensions["engine"]) as session:
            officer = identity.by_username(session, f"fuzz-{role.value}")
            officer.active, officer.must_change_password = True, False  # the admin may have closed it, or reset its password
            officer.password_hash = identity.hasher.hash(PASSWORD)
        token = _token(client.get("/console/sign-in").text)
        client.post("/console/sign-in", data={"username": f"fuzz-{role.value}", "password": PASSWORD, "csrf_token": token})
        return client, _token(client.get("/console/password").text)


def _token(page: str) -> str:
    found = _TOKEN.search(page)
    assert found, "no form on a page that has one"
    return found.group(1)


def survey(app: Flask, doors: Doors, rules: list[Rule], most_roles: int = len(Role)) -> dict[str, list[str]]:
    """The names that each view asks the request for, heard while it is opened by (the first `most_roles` of) those who may."""
    asked: dict[str | None, set[str]] = defaultdict(set)

    class Listening(Request):
        parameter_storage_class = Asked

    app.request_class = Listening
    app.before_request_funcs.setdefault(None, []).insert(0, lambda: setattr(g, "asked", asked))
    for rule in rules:
        for role in sorted(ACCESS.get(rule.endpoint, PUBLIC))[:most_roles] or [None]:
            client, token = doors.of(role)
            address = _address(rule, dict.fromkeys(rule.arguments, "1") | _THERE)
            client.get(address)
            if "POST" in (rule.methods or ()):
                answer = client.post(address, data={"csrf_token": token})
                if answer.status_code == 400 or rule.endpoint.startswith("public.") or "sign-in" in answer.headers.get("Location", ""):
                    doors.forget(role)
    return {rule.endpoint: sorted(asked[rule.endpoint]) for rule in rules}


#: Things that are there, as arguments of addresses.
_THERE = {"number": "2026-11-0001", "slug": "zhenjiang", "code": "321112", "action": "assign", "provision_id": "R02", "step": "close"}


def _address(rule: Rule, values: dict[str, str]) -> str:
    return re.sub(r"<(?:[^:>]+:)?(\w+)>", lambda found: quote(values[found.group(1)], safe=""), rule.rule)


def _argument(rule: Rule, name: str) -> st.SearchStrategy[str]:
    if f"int:{name}" in rule.rule:
        return st.sampled_from(("1", "2", "3", "0", "9" * 19, "9" * 40))
    there = st.sampled_from((_THERE.get(name, "1"), *_THERE.values()))
    odd = _TEXT.map(lambda text: re.sub(r"[/\x00]", "_", text.encode("utf-8", "replace").decode())[:200] or "x")
    return st.one_of(there, there, odd)


@st.composite
def asks(draw: Callable[..., Any], rules: list[Rule], asked: dict[str, list[str]], kinds: dict[str, set[type]]) -> Ask:
    """A request to one of `rules`: mostly names that its view asks for, some of any form."""
    rule = draw(st.sampled_from(rules))
    may = sorted(ACCESS.get(rule.endpoint, PUBLIC))
    role = draw(st.one_of(st.sampled_from(may or [None]), st.sampled_from([None, *Role])))
    method = draw(st.sampled_from(sorted((rule.methods or set()) & {"GET", "POST"})))
    address = _address(rule, {name: draw(_argument(rule, name)) for name in sorted(rule.arguments)})
    own = asked[rule.endpoint] or ["q"]
    names = st.one_of(st.sampled_from(own), st.sampled_from(own), st.sampled_from(sorted(kinds) or ["q"]))
    query = draw(st.lists(st.one_of(names, names, st.sampled_from(ORDERS)), max_size=4))
    pairs = tuple((name, draw(_values(kinds.get(name, set())))) for name in query)
    asked_for = "&".join(f"{quote(name)}={_encoded(draw, value)}" for name, value in pairs)
    body, shape, raw = (), "", b""
    if method == "POST":
        several = draw(st.lists(names, max_size=12))
        body = tuple((name, draw(_values(kinds.get(name, set())))) for name in several)
        shape = draw(st.sampled_from(("form", "form", "form", "multipart", "gb18030", "cut", "no boundary", "json", "bytes")))
        raw = draw(st.binary(max_size=60))
    return Ask(rule, role, method, address, asked_for, body, shape, raw, draw(st.integers(0, 9)) > 0)


def _encoded(draw: Callable[..., Any], value: str) -> str:
    """Percent-encoded as UTF-8, or in an encoding that pages never use."""
    value = value[:2000]
    coding = draw(st.sampled_from(("utf-8", "utf-8", "utf-8", "gb18030", "utf-16")))
    return quote(value.encode(coding, "surrogatepass" if coding.startswith("utf") else "replace"))


def _sent(ask: Ask, token: str, files: set[str]) -> dict[str, Any]:
    """The body of a request as the test client takes it."""
    pairs = [*ask.body, *([("csrf_token", token)] if ask.with_token else [])]
    if ask.shape in ("form", "gb18030", "json", "bytes"):
        coding, errors = ("gb18030", "replace") if ask.shape == "gb18030" else ("utf-8", "surrogatepass")
        content = urlencode(pairs, encoding=coding, errors=errors).encode()
        kind = "application/x-www-form-urlencoded"
        if ask.shape == "json":
            content, kind = json.dumps(pairs).encode(), "application/json"
        return {"data": content + (b"&" + ask.raw if ask.shape == "bytes" else b""), "content_type": kind}
    edge = "edge7731"
    parts = b"".join(_part(edge, name, value, ask.raw if name in files else None) for name, value in pairs)
    content = parts + f"--{edge}--\r\n".encode()
    if ask.shape == "cut":
        content = content[: len(content) * 2 // 3]
    limit = "" if ask.shape == "no boundary" else f"; boundary={edge}"
    return {"data": content, "content_type": f"multipart/form-data{limit}"}


def _part(edge: str, name: str, value: str, content: bytes | None) -> bytes:
    told = f'--{edge}\r\nContent-Disposition: form-data; name="{name}"'
    if content is not None:
        named = re.sub(r'["\r\n]', "", value.encode("utf-8", "replace").decode())[:200] or "a.xlsx"
        return f'{told}; filename="{named}"\r\n\r\n'.encode() + content + b"\r\n"
    return f"{told}\r\n\r\n".encode() + value.encode("utf-8", "surrogatepass") + b"\r\n"


@contextmanager
def _listening(app: Flask) -> Iterator[tuple[io.StringIO, list[BaseException]]]:
    """Limits off; what is logged, and what is raised behind a 500, by the way."""
    heard, raised = io.StringIO(), []
    before = structlog.get_config()["logger_factory"]
    structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(heard))
    hear = lambda _, exception, **__: raised.append(exception)  # noqa: E731
    got_request_exception.connect(hear, app)
    limiter.enabled = False
    try:
        yield heard, raised
    finally:
        limiter.enabled = True
        got_request_exception.disconnect(hear, app)
        structlog.configure(logger_factory=before)


def run(
    app: Flask, outcome: Outcome, count: int, number: int = 1, endpoints: set[str] | None = None, most_roles: int = len(Role)
) -> None:
    """Send `count` requests, the same ones for the same `number`, and write down what does not hold."""
    app.config.update(PROPAGATE_EXCEPTIONS=False, TESTING=False)
    rules = sorted((r for r in app.url_map.iter_rules() if r.endpoint not in SKIPPED), key=lambda r: (r.rule, r.endpoint))
    rules = [rule for rule in rules if endpoints is None or rule.endpoint in endpoints]
    kinds, doors = field_kinds(), Doors(app)
    files = {name for name, found in kinds.items() if any(issubclass(k, FileField | MultipleFileField) for k in found)} | {"files"}
    with _listening(app) as (heard, raised):
        asked = survey(app, doors, rules, most_roles)

        @seed(number)
        @settings(max_examples=count, database=None, deadline=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))
        @given(asks(rules, asked, kinds))
        def try_one(ask: Ask) -> None:
            if outcome.tried["requests"] < count:
                _try(ask, doors, outcome, kinds, files, heard, raised)

        while outcome.tried["requests"] < count:  # it stops early where it thinks that it has seen everything
            try_one()
        gc.collect()


def _try(
    ask: Ask, doors: Doors, outcome: Outcome, kinds: dict[str, set[type]], files: set[str], heard: io.StringIO,
    raised: list[BaseException],
) -> None:  # fmt: skip
    client, token = doors.of(ask.role)
    body = _sent(ask, token, files) if ask.method == "POST" else {}
    raised.clear()
    answer = client.open(ask.address, method=ask.method, query_string=ask.query, **body)
    outcome.tried["requests"] += 1
    outcome.answers[answer.status_code] += 1
    outcome.names |= {name for name, _ in ask.body} | set(re.findall(r"(\w+)=", ask.query))
    for problem in (*_problems(ask, answer, raised), *_kept(ask, answer, kinds), *_logged(heard)):
        outcome.fail(f"{ask.rule.endpoint}: {problem}", ask.shown)
    if answer.status_code == 401 or (answer.status_code in (302, 303) and "/console/sign-in" in answer.headers["Location"]):
        doors.forget(ask.role)
    if ask.method == "POST" and (answer.status_code == 400 or not ask.rule.endpoint.startswith("console.")):
        doors.forget(ask.role)


def _problems(ask: Ask, answer: Any, raised: list[BaseException]) -> Iterator[str]:
    """What does not hold for an answer: no 5xx, headers, policy, Chinese, nothing inline, no way past the token."""
    if answer.status_code >= 500:
        yield f"{answer.status_code} {type(raised[-1]).__name__ if raised else ''} {logs.places(raised[-1].__traceback__)[-1:] if raised else ''}"
    yield from (f"no {name}" for name in HEADERS if name not in answer.headers and answer.status_code != 400)
    policy = answer.headers.get("Content-Security-Policy", "default-src 'none'")
    if "default-src 'none'" not in policy or "unsafe" in policy or "*" in policy:
        yield f"policy {policy}"
    if ask.method == "POST" and _is_unguarded(ask) and answer.status_code not in (400, 401, 403, 404, 405, 413):
        yield f"{answer.status_code} without a token"
    if answer.mimetype == "text/html" and answer.status_code not in (301, 302, 303, 308):
        yield from _page_problems(answer)


def _is_unguarded(ask: Ask) -> bool:
    """Whether no token that counts was sent to a view that asks for one; other systems bring one of another kind."""
    return ask.rule.endpoint not in EXEMPT and ask.rule.endpoint not in SYSTEMS and (not ask.with_token or ask.shape in ("json", "no boundary"))


def _page_problems(answer: Any) -> Iterator[str]:
    text = answer.get_data(as_text=True)
    tree = html.document_fromstring(text)
    if tree.xpath("//*[@style] | //style | //script[not(@src)] | //@*[starts-with(name(), 'on')]"):
        yield "something inline"
    told = [" ".join(found.text_content().split()) for found in tree.xpath("//*[@class='message'] | //h1 | //title")]
    yield from (f"not Chinese: {words[:60]}" for words in told if words and not _CHINESE.search(words))
    if answer.status_code >= 400 and (found := _ENGLISH.search(" ".join(told))):
        yield f"English: {found.group()}"
    if "Traceback (most recent call last)" in text:
        yield "a trace in the page"


def _kept(ask: Ask, answer: Any, kinds: dict[str, set[type]]) -> Iterator[str]:
    """Fields of a page that came back with 422 and do not hold what was typed."""
    if answer.status_code != 422 or ask.shape != "form":
        return
    sent = dict(reversed(ask.body))
    form = html.document_fromstring(answer.get_data(as_text=True)).xpath("//main//form[@method='post']")
    for name, value in sent.items():
        found = kinds.get(name, set())
        if not found or not all(issubclass(k, StringField) and not issubclass(k, PasswordField) for k in found):
            continue
        shown = [box for one in form for box in one.xpath(f".//textarea[@name='{name}'] | .//input[@name='{name}'][not(@type='password')]")]
        if shown and not any(_same(value, box.text if box.tag == "textarea" else box.get("value")) for box in shown):
            yield f"lost what was typed in {name}"


def _same(typed: str, shown: str | None) -> bool:
    """Whether a control holds what was typed; what no page can hold may be gone."""
    return _visible(typed) == _visible(shown or "")


def _visible(text: str) -> str:
    text = _HALF.sub("", text)
    return "".join(clean(text.encode("utf-8", "replace").decode()).replace("\ufffd", "").replace("?", "").split())


def _logged(heard: io.StringIO) -> Iterator[str]:
    """What a log line must not hold."""
    lines = heard.getvalue()
    heard.seek(0)
    heard.truncate()
    if MARKER in lines or json.dumps(MARKER)[1:-1] in lines:
        yield "a text in the log"
    for line in lines.splitlines():
        if extra := set(json.loads(line)) - logs.KEYS:
            yield f"keys in the log: {sorted(extra)}"
