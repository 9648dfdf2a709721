"""How often hostile input makes the application fail: every form and query parameter of every address, and every parser.

    python -m bench.fuzz [--inputs 100000] [--seed 1] [--database URL]

Names of fields and parameters are read from the forms and the source, so that a new one is tried without a word here.
Half of the inputs go to the addresses, as a stranger and as each role, half to the parsers. A failure is an answer of
500 or above, an error that is none of the domain's, or more than SLOW seconds. Prints counts; ends in an error if any fails.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import re
import sys
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl
from flask import Flask, got_request_exception
from wtforms.fields.core import UnboundField

from classifier import corpus
from classifier.text import Segmenter
from intake import create_app, db
from intake.console import forms as console_forms
from intake.db import reading, transaction
from intake.errors import DomainError
from intake.forms import ChineseForm
from intake.models import Clue
from intake.public import forms as public_forms
from intake.rules import disclosures, replies
from intake.rules.codes import parse_code
from intake.rules.devices import device_of
from intake.rules.numbers import whole
from intake.rules.workflow import Role
from intake.security import limiter
from intake.services import directory, identity, search, setup, spreadsheet
from intake.services.clues import Submission, submit

ROOT = Path(__file__).resolve().parent.parent
SLOW = 10.0
PASSWORD = "竹影扫阶尘不动-月穿潭底"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
#: Ends the session of the one who tries, is no view, says 503 where there is no model; the tests try them.
SKIPPED = {"console.sign_out", "static", "public.readyz"}
NASTY = (
    "", " ", "0", "-1", "1", "²", "１２", "١", "9" * 20, "9" * 400, "1e9", "NaN", "None", "true", "\x00", "\ud800", "\ufffe",
    "\u202e倒", "😀" * 50, "'", '"', "%", "\\", "' OR 1=1 --", "{{7*7}}", "<script>alert(1)</script>", "../../etc/passwd",
    "//evil.example", "a" * 300, "线" * 11_000, "2026-13-45", "0000-00-00", "9999-12-31", "2026-11", "2026-11-0001", "*", "礼金 *",
    '"礼金', "AND OR NOT", "NEAR(", "a:b", "(", "[", "\r\n", "%00", "%F0%28", "=cmd|' /C calc'!A0", "K7PQ3-XWD9H-AAAAA-BBBBB",
)  # fmt: skip
PLAIN = (
    "320000", "321100", "321112", "checkins", "out_of_scope", "queue", "next", "back", "send", "regions", "check", "y", "web", "1",
    "2", "3", "zhenjiang", "township", "citizen", "2026-11-01", "assign", "note", "街道要求社区每天打卡，太多了。", "xlsx", "csv", "png",
)  # fmt: skip


@dataclass
class Outcome:
    """What was tried, by kind, and every failure once: where and what → an input that does it."""

    tried: Counter[str] = field(default_factory=Counter)
    failed: dict[str, str] = field(default_factory=dict)
    slowest: float = 0.0

    def run(self, kind: str, shown: str, act: Callable[[], None]) -> None:
        """Count one input; an error of the domain is an answer, any other a failure."""
        begun = time.perf_counter()
        try:
            act()
        except (DomainError, corpus.CorpusError):
            pass
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            self.failed.setdefault(
                f"{kind}: {type(error).__name__} at {Path(where.filename).name}:{where.lineno}", shown[:300]
            )
        spent = time.perf_counter() - begun
        self.slowest = max(self.slowest, spent)
        if spent > SLOW:
            self.failed.setdefault(f"{kind}: slow", shown[:300])
        self.tried[kind] += 1


def text(dice: random.Random) -> str:
    """Something that a field might be sent: plain, nasty, or two of them run together."""
    pick = dice.random()
    if pick < 0.4:
        return dice.choice(PLAIN)
    if pick < 0.9:
        return dice.choice(NASTY)
    return (dice.choice(PLAIN) + dice.choice(NASTY)) * dice.choice((1, 1, 3))


def names() -> tuple[list[str], list[str]]:
    """Names of query parameters and of form fields, as the source and the forms have them."""
    source = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "intake").rglob("*.py")))
    asked = {*re.findall(r'args(?:\.get\(|\.getlist\(|\[)"(\w+)"', source)}
    sent = {*re.findall(r'form(?:\.get\(|\.getlist\(|\[)"(\w+)"', source)}
    kinds = [k for m in (console_forms, public_forms) for k in vars(m).values() if isinstance(k, type)]
    for kind in kinds:
        if issubclass(kind, ChineseForm):
            sent |= {name for name in dir(kind) if isinstance(getattr(kind, name, None), UnboundField)}
    return sorted(asked), sorted(sent)


@contextmanager
def _unlimited() -> Iterator[None]:
    limiter.enabled = False
    try:
        yield
    finally:
        limiter.enabled = True


@_unlimited()
def requests(app: Flask, dice: random.Random, outcome: Outcome, count: int) -> None:
    """Send `count` requests to addresses and fields picked at random, as a stranger or an officer of any role."""
    app.config.update(PROPAGATE_EXCEPTIONS=False, TESTING=False)
    raised: list[BaseException] = []
    got_request_exception.connect(lambda _, exception, **__: raised.append(exception), app, weak=False)
    doors = {role: _door(app, role) for role in (None, *Role)}
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint not in SKIPPED]
    asked, sent = names()
    for _ in range(count):
        rule, role = dice.choice(rules), dice.choice(list(doors))
        method = dice.choice(sorted((rule.methods or set()) & {"GET", "POST"}))
        address = re.sub(r"<[^>]+>", lambda found: _argument(found.group(), dice), rule.rule)
        query = {name: text(dice) for name in dice.sample(asked, dice.randrange(5))}
        body = None
        if method == "POST":
            doors[role], token = _token(app, role, doors[role])
            body = {name: text(dice) for name in dice.sample(sent, dice.randrange(len(sent)))} | {"csrf_token": token}
        if body is not None and rule.endpoint in ("console.imports", "console.screen"):
            body["file"] = (io.BytesIO(sheet(dice)), text(dice).encode("utf-8", "replace").decode() + ".xlsx")  # type: ignore[assignment]
        shown = f"{method} {address} {query} {body}"
        outcome.run(
            "requests", shown, lambda a=address, m=method, q=query, b=body, d=doors[role]: _send(d, a, m, q, b, raised)
        )


def _send(
    client: Any, address: str, method: str, query: Mapping[str, str], body: Any, raised: list[BaseException]
) -> None:
    raised.clear()
    query = {name: value.encode("utf-8", "replace").decode() for name, value in query.items()}
    body = body and {n: v.encode("utf-8", "replace").decode() if isinstance(v, str) else v for n, v in body.items()}
    answer = client.open(address, method=method, query_string=query, data=body)
    if answer.status_code >= 500:
        raise raised[-1] if raised else RuntimeError(f"{answer.status_code} without an error")


def _argument(shown: str, dice: random.Random) -> str:
    """A value for an argument of an address: mostly one that may be there."""
    if "int" in shown:
        return dice.choice(("1", "2", "3", "0", "9" * 19, "9" * 40))
    value = dice.choice(
        ("2026-11-0001", "zhenjiang", "321112", "note", "assign", "R02", "poster", "csv", "close", text(dice))
    )
    return re.sub(r"[\s/?#\\%\x00]", "_", value.encode("utf-8", "replace").decode())[:200] or "x"


def _token(app: Flask, role: Role | None, client: Any) -> tuple[Any, str]:
    """What forms of this browser carry; an officer who was signed out by what was tried is signed in again."""
    page = "/console/password" if role else "/query"
    found = _TOKEN.search(client.get(page).text)
    if found is None:
        client = _door(app, role)
        found = _TOKEN.search(client.get(page).text)
    assert found
    return client, found.group(1)


def _door(app: Flask, role: Role | None) -> Any:
    client = app.test_client()
    if role is not None:
        with transaction(app.extensions["engine"]) as session:
            identity.by_username(session, f"fuzz-{role.value}").active = True  # the admin may have closed it
        found = _TOKEN.search(client.get("/console/sign-in").text)
        fields = {"username": f"fuzz-{role.value}", "password": PASSWORD, "csrf_token": found and found.group(1)}
        client.post("/console/sign-in", data=fields)
        assert client.get("/console/account").status_code == 200, role
    return client


def sheet(dice: random.Random) -> bytes:
    """A workbook or a table of nasty cells, whole or damaged."""
    rows = [[text(dice)[:2000] for _ in range(dice.randrange(1, 5))] for _ in range(dice.randrange(4))]
    if dice.random() < 0.5:
        made = "\n".join(dice.choice(",;\t").join(row) for row in rows).encode(
            dice.choice(("utf-8", "gb18030")), "replace"
        )
    else:
        made = _workbook(rows)
    if dice.random() < 0.6:
        for _ in range(dice.randrange(1, 20)):
            at = dice.randrange(len(made) + 1)
            made = made[:at] + bytes([dice.randrange(256)]) + made[at + dice.randrange(3) :]
    return made


def _workbook(rows: list[list[str]]) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append([re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe]", "", cell) for cell in row])
    book.save(out)
    return out.getvalue()


def parsers(app: Flask, dice: random.Random, outcome: Outcome, count: int) -> None:
    """Give `count` inputs to the parsers in turn."""
    segmenter = Segmenter()
    lines = [line for path in corpus.files()[:3] for line in path.read_text("utf-8").splitlines()[:20]]
    with reading(app.extensions["engine"]) as session:
        tries: dict[str, Callable[[str], Any]] = {
            "query code": parse_code,
            "number": whole,
            "device": device_of,
            "disclosures": lambda t: disclosures.blur(t[:2000], disclosures.find(t[:2000])),
            "reply": lambda t: replies.find(t[:2000]),
            "corpus line": lambda t: corpus.parse(_damaged(dice.choice(lines), t, dice)),
            "search": lambda t: (
                session.query(Clue.id).filter(search.matching(session, t[:500], segmenter)).limit(1).all()
            ),
        }
        for _ in range(count):
            kind = dice.choice([*tries, "spreadsheet"])
            if kind == "spreadsheet":
                content = sheet(dice) if dice.random() < 0.9 else _bomb()
                outcome.run(kind, repr(content[:200]), lambda c=content: spreadsheet.read(c, 5000) and None)
                continue
            given = text(dice)
            outcome.run(kind, repr(given), lambda act=tries[kind], g=given: act(g) and None)


def _damaged(line: str, given: str, dice: random.Random) -> str:
    at = dice.randrange(len(line))
    return dice.choice((line[:at], line[:at] + given + line[at:], json.dumps({"text": given}), given))


def _bomb() -> bytes:
    """A workbook whose one sheet unpacks to 50 MB of nothing."""
    out = io.BytesIO(_workbook([["a"]]))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet2.xml", b" " * 50_000_000)
    return out.getvalue()


def furnish(app: Flask) -> None:
    """Offices, an officer of each role, and three clues."""
    engine, tools = app.extensions["engine"], app.extensions["tools"]
    with transaction(engine) as session:
        office = directory.office(session, "321112", "task_force")
        for role in Role:
            officer, first = identity.create_officer(session, f"fuzz-{role.value}", "李老师", role, office, tools=tools)
            identity.change_password(session, officer, first, PASSWORD, tools=tools)
        for n in range(3):
            submit(
                session,
                Submission(key=f"fuzz-{n:027d}", text="社区每天打卡三次，太多了。", region_code="321112"),
                tools=tools,
            )


def _installation(folder: str, url: str) -> Flask:
    app = create_app({"INSTANCE": folder, "DATABASE_URL": url, "LOG_LEVEL": "ERROR"})
    db.upgrade(app.extensions["engine"])
    with transaction(app.extensions["engine"]) as session:
        setup.seed(session)
        setup.open_regions(session, ("321100",))
    furnish(app)
    return app


def main() -> None:
    """Try, and print what was tried and what failed."""
    given = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    given.add_argument("--inputs", type=int, default=100_000)
    given.add_argument("--seed", type=int, default=1)
    given.add_argument("--database", default="", help="an empty database; a new SQLite file if none is given")
    chosen = given.parse_args()
    outcome, dice = Outcome(), random.Random(chosen.seed)
    with tempfile.TemporaryDirectory() as folder:
        app = _installation(folder, chosen.database)
        parsers(app, dice, outcome, chosen.inputs - chosen.inputs // 2)
        requests(app, dice, outcome, chosen.inputs // 2)
    for kind, count in sorted(outcome.tried.items()):
        print(f"{kind:<14}{count:>8}")
    print(
        f"{'together':<14}{outcome.tried.total():>8}   slowest {outcome.slowest:.2f} s   failures {len(outcome.failed)}"
    )
    for line in _told(outcome):
        print(line)
    sys.exit(bool(outcome.failed))


def _told(outcome: Outcome) -> Iterator[str]:
    for what, shown in sorted(outcome.failed.items()):
        yield f"FAILED {what}\n    {shown!r}"


if __name__ == "__main__":
    main()
