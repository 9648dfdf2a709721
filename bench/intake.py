"""What filing a clue costs beside a bare Flask application that stores one row per POST, on SQLite and PostgreSQL.

    python -m bench.intake [--rounds 5] [--each 25] [--processes 2]

Eight clients on keep-alive connections, each application in so many processes of its own, rounds that alternate
between the applications. What the figures mean stands in bench/README.md.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode, urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # as a script this folder would come first, and its intake.py hide the package

from tests.postgres import Cluster  # noqa: E402
from tests.processes import UNHINDERED, free_port  # noqa: E402

CLIENTS = 8
TICK = os.sysconf("SC_CLK_TCK")


# --- servers ---


class Server:
    """A web server in a process of its own."""

    def __init__(self, command: Sequence[str], port: int, surroundings: dict[str, str]) -> None:
        self.port = port
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  (closed with the server)
        self._process = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=os.environ | surroundings, stdout=self._log, stderr=self._log
        )
        self._await()

    def _await(self) -> None:
        until = time.monotonic() + 120
        while time.monotonic() < until and self._process.poll() is None:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("GET", "/healthz")
                if connection.getresponse().status == 200:
                    return
            except OSError:
                time.sleep(0.1)
            finally:
                connection.close()
        self._log.seek(0)
        said = self._log.read().decode()[-2000:]
        self.close()
        raise RuntimeError(f"a server did not start: {said}")

    def cpu(self) -> float:
        """Seconds of processor time it has taken so far."""
        return _cpu(self._process.pid)

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(20)
        self._log.close()


def _cpu(pid: int) -> float:
    """User and system seconds of a process and of its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / TICK


def _cpu_of_tree(pid: int) -> float:
    """The same for a process and its living children: PostgreSQL works in those."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    total = _cpu(pid)
    for child in children:
        try:
            total += _cpu(int(child))
        except FileNotFoundError:  # ended meanwhile: counted with its parent the next time
            continue
    return total


# --- a visitor ---


class Form(HTMLParser):
    """What a browser would send of a page's form: hidden fields, texts, what is checked and selected."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._inside = False
        self._select = self._area = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = given.get("action", "").endswith("/clues/new")
        elif self._inside and tag == "input":
            self._input(given)
        elif self._inside and tag == "select":
            self._select = given["name"]
            self.fields[self._select] = ""
        elif self._inside and tag == "option" and "selected" in given:
            self.fields[self._select] = given["value"]
        elif self._inside and tag == "textarea":
            self._area = given["name"]
            self.fields[self._area] = ""

    def _input(self, given: dict[str, str]) -> None:
        kind = given.get("type", "text")
        if given.get("name") and (kind not in ("radio", "checkbox", "submit") or "checked" in given):
            self.fields[given["name"]] = given.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "textarea":
            self._area = ""


class Visitor:
    """One keep-alive connection; a fresh cookie jar for every clue."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._connection.connect()
        self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.cookie = ""

    def ask(self, path: str, fields: dict[str, str] | None = None) -> tuple[int, str, str]:
        """(status, body, where it redirects to) of a GET, or of a POST of `fields`."""
        headers = {"Cookie": self.cookie} if self.cookie else {}
        body = None
        if fields is not None:
            body = urlencode(fields)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self._connection.request("GET" if fields is None else "POST", path, body, headers)
        answer = self._connection.getresponse()
        text = answer.read().decode()
        if cookie := answer.headers.get("Set-Cookie"):
            self.cookie = cookie.partition(";")[0]
        return answer.status, text, urlsplit(answer.headers.get("Location", "")).path

    def close(self) -> None:
        self._connection.close()


def walk_to_the_last_page(visitor: Visitor, story: str) -> dict[str, str]:
    """The form filled page by page as a browser without script does it; returns what the last page would send."""
    visitor.cookie = ""
    answers = {
        "story": {"text": story},
        "place": {"place1": "320000", "place2": "321100", "place3": "321112", "accused_level": "township"},
        "burden": {"times_a_month": "22", "minutes_each": "10"},
    }
    _, page, _ = visitor.ask("/clues/new")
    for _ in range(9):  # the second page comes again while it offers a lower division
        form = Form(page).fields
        if form["step"] == "review":
            return form | {"go": "send"}
        offered = {name: value for name, value in answers[form["step"]].items() if name in form}
        status, page, _ = visitor.ask("/clues/new", form | offered | {"go": "next"})
        assert status == 200, f"{status} on step {form['step']}"
    raise AssertionError("the form does not come to its end")


def send(visitor: Visitor, form: dict[str, str]) -> None:
    """The POST that stores the clue."""
    status, page, location = visitor.ask("/clues/new", form)
    assert (status, location) == (303, "/receipt"), f"{status}: {page[:300]}"


def read_receipt(visitor: Visitor) -> None:
    status, page, _ = visitor.ask("/receipt")
    assert status == 200 and re.search(r'id="code"', page), status


# --- measuring ---


@dataclass
class Contestant:
    """One line of the table: its servers, what is done once per clue before the watch runs, and what it times."""

    name: str
    servers: Sequence[Server]
    prepare: Callable[[Visitor, str], object]
    act: Callable[[Visitor, object], None]
    count: Callable[[], int]
    database_cpu: Callable[[], float]
    sent: int = 0
    rounds: list[Round] = field(default_factory=list)

    def cpu(self) -> float:
        return sum(server.cpu() for server in self.servers)


@dataclass(frozen=True)
class Round:
    """One round's figures; times in milliseconds."""

    per_second: float
    p50: float
    p99: float
    cpu: float
    database_cpu: float


def measure(contestant: Contestant, stories: Iterator[str], each: int) -> Round:
    """Eight clients, `each` clues apiece; preparation is done before the watch starts."""
    ports = itertools.cycle([server.port for server in contestant.servers])
    visits = [_Visits(contestant, next(ports), [next(stories) for _ in range(each)]) for _ in range(CLIENTS)]
    _together([v.prepare for v in visits])
    cpu, database_cpu, start = contestant.cpu(), contestant.database_cpu(), time.perf_counter()
    _together([v.act for v in visits])
    spent = time.perf_counter() - start
    count = CLIENTS * each
    contestant.sent += count
    cpu, database_cpu = contestant.cpu() - cpu, contestant.database_cpu() - database_cpu
    waits = sorted(wait for v in visits for wait in v.waits)
    p50, p99 = (1000 * waits[min(count - 1, int(count * part))] for part in (0.50, 0.99))
    return Round(count / spent, p50, p99, 1000 * cpu / count, 1000 * database_cpu / count)


class _Visits:
    """One client's share of a round."""

    def __init__(self, contestant: Contestant, port: int, stories: list[str]) -> None:
        self._contestant, self._stories = contestant, stories
        self._visitor = Visitor(port)
        self._ready: list[tuple[str, object]] = []
        self.waits: list[float] = []

    def prepare(self) -> None:
        for story in self._stories:
            filled = self._contestant.prepare(self._visitor, story)
            self._ready.append((self._visitor.cookie, filled))

    def act(self) -> None:
        for cookie, filled in self._ready:
            self._visitor.cookie = cookie
            start = time.perf_counter()
            self._contestant.act(self._visitor, filled)
            self.waits.append(time.perf_counter() - start)
        self._visitor.close()


def _together(tasks: list[Callable[[], None]]) -> None:
    """Run them in a thread each; the first failure is raised."""
    failures: list[BaseException] = []

    def run(task: Callable[[], None]) -> None:
        try:
            task()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


# --- the contest ---


@dataclass(frozen=True)
class Place:
    """A kind of database: how to copy the seeded one, how to make an empty one, and its own processor time."""

    name: str
    copy: Callable[[], str]
    empty: Callable[[], str]
    cpu: Callable[[], float]


def contestants(place: Place, models: Path, folder: Path, processes: int, closing: ExitStack) -> list[Contestant]:
    """The bare application, and this one with and without the classification inside the request."""

    def start(port: int, surroundings: dict[str, str], *command: str) -> Server:
        server = Server(command, port, surroundings)
        closing.callback(server.close)
        return server

    def application(triage: str) -> tuple[list[Server], str]:
        instance = Path(tempfile.mkdtemp(dir=folder))
        shutil.copytree(models, instance / "models")
        address = place.copy()
        given = {"INSTANCE": str(instance), "DATABASE_URL": address, "TRIAGE": triage} | UNHINDERED
        surroundings = {f"SONGBANG_{name}": value for name, value in given.items()}
        ports = [free_port() for _ in range(processes)]
        serve = ("-m", "flask", "--app", "wsgi", "serve")
        return [start(port, surroundings | {"SONGBANG_PORT": str(port)}, *serve) for port in ports], address

    def line(name: str, triage: str, prepare: Callable, act: Callable) -> Contestant:  # type: ignore[type-arg]
        servers, address = application(triage)
        return Contestant(name, servers, prepare, act, lambda: _count(address), place.cpu)

    address, ports = place.empty(), [free_port() for _ in range(processes)]
    bare = [start(port, {}, "-m", "bench.bare", str(port), _plain(address)) for port in ports]

    def file_bare(visitor: Visitor, story: object) -> None:
        status, page, _ = visitor.ask("/", {"text": str(story)})
        assert status == 201, page[:300]

    def whole_visit(visitor: Visitor, story: object) -> None:
        send(visitor, walk_to_the_last_page(visitor, str(story)))
        read_receipt(visitor)

    return [
        Contestant("bare Flask: one POST, one row", bare, _as_it_is, file_bare, lambda: _count(address), place.cpu),
        line("Songbang: the POST, triage by worker", "worker", walk_to_the_last_page, send),
        line("Songbang: the POST with its triage", "inline", walk_to_the_last_page, send),
        line("Songbang: whole visit with triage", "inline", _as_it_is, whole_visit),
    ]


def _as_it_is(_visitor: Visitor, story: str) -> object:
    return story


def _plain(address: str) -> str:
    """A SQLAlchemy address as the drivers alone read it."""
    return address.removeprefix("sqlite:///").replace("postgresql+psycopg:", "postgresql:")


def _count(address: str) -> int:
    """How many clues a database holds."""
    from sqlalchemy import create_engine, text

    engine = create_engine(address)
    with engine.connect() as connection:
        found = connection.scalar(text("SELECT count(*) FROM clue"))
    engine.dispose()
    return int(found or 0)


def initialise(address: str, instance: Path) -> None:
    """An installation as `flask init` makes it."""
    surroundings = {"SONGBANG_INSTANCE": str(instance), "SONGBANG_DATABASE_URL": address}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "init"]
    subprocess.run(command, cwd=ROOT, env=os.environ | surroundings, check=True, stdout=subprocess.DEVNULL)


def places(folder: Path, cluster: Cluster) -> Iterator[tuple[Place, Path]]:
    """SQLite and PostgreSQL, each initialised, with the folder of the trained model."""
    instance = folder / "instance"
    seed = instance / "songbang.sqlite3"
    names = itertools.count(1)
    initialise(f"sqlite:///{seed}", instance)
    yield (
        Place(
            "SQLite",
            lambda: f"sqlite:///{shutil.copyfile(seed, folder / f'copy{next(names)}.sqlite3')}",
            lambda: f"sqlite:///{folder / f'empty{next(names)}.sqlite3'}",
            lambda: 0.0,
        ),
        instance / "models",
    )
    template = cluster.create()
    initialise(cluster.url(template), instance)
    yield (
        Place(
            f"PostgreSQL {cluster.version}",
            lambda: cluster.url(cluster.create(template)),
            lambda: cluster.url(cluster.create()),
            lambda: _cpu_of_tree(cluster.pid),
        ),
        instance / "models",
    )


def stories() -> Iterator[str]:
    """The corpus's clues round and round, each made a little different."""
    paths = sorted((ROOT / "classifier" / "data" / "corpus").glob("*.jsonl"))
    texts = [json.loads(row)["text"] for path in paths for row in path.read_text("utf-8").splitlines() if row]
    stride = 37  # so that neighbours come from different categories
    for turn in itertools.count(1):
        for at in range(len(texts)):
            yield f"{texts[at * stride % len(texts)]}（第 {turn} 次反映，{at} 号）"


HEAD = ("per s", "spread", "p50 ms", "p99 ms", "CPU ms", "db ms", "rate", "CPU")


def table(place: str, lines: Sequence[Contestant]) -> str:
    """The medians of the rounds, the spread of the rate, and rate and processor time against the first line."""
    return "\n".join([_row(place, HEAD), *(_row(line.name, _figures(line, lines[0])) for line in lines)])


def _figures(line: Contestant, base: Contestant) -> tuple[str, ...]:
    rates = [r.per_second for r in line.rounds]
    others = (f"{_median(line, name):.2f}" for name in ("p50", "p99", "cpu", "database_cpu"))
    rate, cpu = (_median(line, name) / _median(base, name) for name in ("per_second", "cpu"))
    spread = f"{min(rates):.0f}–{max(rates):.0f}"
    return f"{_median(line, 'per_second'):.1f}", spread, *others, f"{rate:.3f}", f"{cpu:.1f}×"


def _row(name: str, cells: Sequence[str]) -> str:
    return f"{name:<36}" + "".join(f"{cell:>10}" for cell in cells)


def _median(line: Contestant, name: str) -> float:
    return statistics.median(getattr(r, name) for r in line.rounds)


def contest(lines: Sequence[Contestant], supply: Iterator[str], rounds: int, each: int) -> None:
    """The rounds, each line taking its turn in every one of them."""
    for line in lines:
        measure(line, supply, 3)  # to warm up; counted as sent, not as measured
    for _ in range(rounds):
        for line in lines:
            line.rounds.append(measure(line, supply, each))


def check_nothing_is_lost(lines: Sequence[Contestant]) -> None:
    """Ends the run unless every clue that was answered for is in its database."""
    lost = [f"{line.name}: sent {line.sent}, stored {line.count()}" for line in lines if line.sent != line.count()]
    if lost:
        sys.exit("LOST: " + "; ".join(lost))
    print("every clue sent is stored\n", flush=True)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--each", type=int, default=25, help="clues a client sends in a round")
    options.add_argument("--processes", type=int, default=2, help="processes of each application")
    chosen = options.parse_args()
    supply = stories()
    extent = f"{CLIENTS} clients × {chosen.each} clues × {chosen.rounds} rounds"
    print(f"{extent}, {chosen.processes} processes each; {os.cpu_count()} cores, shared with the clients\n")
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="sb-bench-")))
        cluster = Cluster(durable=True)
        closing.callback(cluster.close)
        for place, models in places(folder, cluster):
            with ExitStack() as here:
                lines = contestants(place, models, folder, chosen.processes, here)
                contest(lines, supply, chosen.rounds, chosen.each)
                print(table(place.name, lines), flush=True)
                check_nothing_is_lost(lines)


if __name__ == "__main__":
    main()
