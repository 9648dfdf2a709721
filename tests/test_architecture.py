"""The house keeps its shape: who may import whom, which folders there are, what may lie in them.

The rules are those of docs/architecture.md. Every one of them is tried on a small planted tree as well: a checker
that finds nothing anywhere shows nothing.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LARGEST = 5 * 2**20  # bytes

#: Floors from the ground up; a module imports from lower floors, from its own room, and from nothing above or beside.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("intake.errors", "intake.disk", "classifier"),
    ("intake.config", "intake.db", "intake.rules", "intake.cleaning", "intake.stores", "intake.bell", "intake.calls"),
    ("intake.models", "intake.labels", "intake.filewords", "intake.tools", "intake.scanner", "intake.channels",
     "intake.sealing", "intake.oidc"),
    ("intake.services",),
    ("intake.documents", "intake.forms", "intake.jobs", "intake.uploads", "intake.security", "intake.access",
     "intake.current", "intake.terminal", "intake.logs", "intake.meters"),
    ("intake.public", "intake.console", "intake.api", "intake.upkeep"),
    ("intake.pages", "intake.cli"),
    ("intake.cli_keys", "intake.cli_systems"),
    ("intake",),
    ("wsgi",),
)
#: Modules of one floor that lean on one another.
BESIDE = {
    ("intake.db", "intake.config"),
    ("intake.stores", "intake.config"),
    ("intake.labels", "intake.models"),
    ("intake.jobs", "intake.documents"),
    ("intake.security", "intake.access"),
    ("intake.access", "intake.security"),
}
#: What a room must not know of, beyond the floors: package prefixes.
FORBIDDEN: Mapping[str, tuple[str, ...]] = {
    "classifier": ("intake", "flask", "sqlalchemy", "werkzeug", "wtforms"),
    "intake.rules": ("classifier", "intake.config", "intake.db"),
    "intake.cleaning": ("classifier", "flask", "sqlalchemy", "werkzeug"),
    "intake.models": ("flask", "wtforms", "classifier"),
    "intake.services": ("flask", "flask_login", "flask_wtf", "wtforms", "werkzeug"),
    "intake.documents": ("flask", "sqlalchemy", "werkzeug"),
    "intake.public": ("intake.console", "intake.api"),
    "intake.console": ("intake.public", "intake.api"),
    "intake.api": ("intake.console", "intake.public"),
}
NO_SUCH_NAMES = {"utils", "util", "helpers", "helper", "core", "common", "misc"}
NO_SUCH_FOLDERS = NO_SUCH_NAMES | {"repositories", "interfaces", "schemas", "plugins", "signals"}
CODE = ("classifier", "intake", "wsgi.py")


def modules(root: Path) -> Iterator[tuple[str, Path]]:
    """(dotted name, path) of every module of the application."""
    for top in CODE:
        for path in sorted((root / top).rglob("*.py")) if not top.endswith(".py") else [root / top]:
            if path.exists() and "migrations" not in path.relative_to(root).parts:
                parts = path.relative_to(root).with_suffix("").parts
                yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imports(name: str, path: Path, known: set[str]) -> Iterator[tuple[int, str]]:
    """(line, dotted name of the module) of every import, wherever in the file it stands."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = name.split(".") if path.stem == "__init__" else name.split(".")[:-1]
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                whole = f"{base}.{alias.name}"
                yield node.lineno, whole if whole in known else base


def room(name: str) -> str:
    """The entry of FLOORS that a module belongs to; "" for one that has no place."""
    entries = [entry for floor in FLOORS for entry in floor if name == entry or name.startswith(f"{entry}.")]
    found = max(entries, key=len, default="")
    return "" if found == "intake" != name else found


def floor(entry: str) -> int:
    return next(height for height, entries in enumerate(FLOORS) if entry in entries)


def wrong_imports(root: Path) -> list[str]:
    """Every import that the rules do not allow, as file:line and what is wrong."""
    found = dict(modules(root))
    return [
        f"{path.relative_to(root)}:{line}: {complaint}"
        for name, path in found.items()
        for line, target in imports(name, path, set(found))
        if (complaint := complain(name, target))
    ]


def complain(name: str, target: str) -> str:
    """What is wrong with `name` importing `target`; "" if nothing is."""
    here, there = room(name), room(target)
    if not here:
        return f"{name} has no place in the house: give it one in FLOORS"
    if any(target == known or target.startswith(f"{known}.") for known in FORBIDDEN.get(here, ())):
        return f"{here} must not know {target}"
    if here == "intake.rules" and there != here:
        return "" if target == "intake.errors" or is_standard(target) else f"rules must not know {target}"
    if not there or here == there or (here, there) in BESIDE:
        return f"{target} has no place in the house" if target.startswith("intake.") and not there else ""
    return "" if floor(there) < floor(here) else f"{here} must not know {there}, which is not below it"


def is_standard(target: str) -> bool:
    return target.split(".")[0] in sys.stdlib_module_names


def circles(root: Path) -> list[str]:
    """The first circle of modules that import one another, module level or not; [] if there is none."""
    found = dict(modules(root))
    edges = {n: {t for _, t in imports(n, p, set(found)) if t in found and t != n} for n, p in found.items()}
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return []
        circle = next((c for t in sorted(edges[name]) if (c := visit(t, (*path, name)))), [])
        done.add(name)
        return circle

    return next((c for name in sorted(edges) if (c := visit(name, ()))), [])


def queries_in_doors(root: Path) -> list[str]:
    """Statements in public/, console/ or api/: they may hold the types Engine and Session, and ask nothing themselves."""
    allowed = {"Engine", "Session", "DBAPIError", "IntegrityError"}
    wrong = []
    for name, path in modules(root):
        if room(name) not in ("intake.public", "intake.console", "intake.api"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = {a.name for a in node.names} if isinstance(node, ast.Import | ast.ImportFrom) else set()
            source = (node.module or "") if isinstance(node, ast.ImportFrom) else " ".join(names)
            if source.startswith("sqlalchemy") and (isinstance(node, ast.Import) or names - allowed):
                wrong.append(f"{path.relative_to(root)}:{node.lineno}: {', '.join(sorted(names - allowed))}")
    return wrong


def wrong_names(root: Path) -> list[str]:
    """Modules and folders called what says nothing."""
    return [
        str(path.relative_to(root))
        for top in ("classifier", "intake", "templates", "tests", "bench")
        for path in sorted((root / top).rglob("*"))
        if (path.is_dir() and path.name in NO_SUCH_FOLDERS) or (path.suffix == ".py" and path.stem in NO_SUCH_NAMES)
    ]


def tracked(root: Path) -> list[Path]:
    """What is in the repository or about to be."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [root / name for name in listed.split("\0") if name and (root / name).is_file()]


def too_large(root: Path) -> list[str]:
    return [str(p.relative_to(root)) for p in tracked(root) if p.stat().st_size >= LARGEST]


_HOME = re.compile(r"(?<![\w.}/])/(?:home|Users|root|work)/[\w.-]+")


def home_paths(root: Path) -> list[str]:
    """Lines with a path that exists on one machine only."""
    wrong = []
    for path in tracked(root):
        if path.suffix in {".png", ".ico", ".csv", ".jsonl", ".lock"}:
            continue
        for number, line in enumerate(path.read_text("utf-8", errors="replace").splitlines(), start=1):
            if _HOME.search(line):
                wrong.append(f"{path.relative_to(root)}:{number}: {line.strip()[:100]}")
    return wrong


@pytest.mark.parametrize(
    "check", [wrong_imports, circles, queries_in_doors, wrong_names, too_large, home_paths], ids=lambda c: c.__name__
)
def test_the_house_is_in_order(check):
    assert check(ROOT) == []


def test_the_checks_see_the_whole_house():
    names = {name for name, _ in modules(ROOT)}
    assert {"wsgi", "intake", "intake.rules.workflow", "intake.public.views", "classifier.model"} <= names
    assert any(target == "intake.services.clues" for _, target in _imports_of("intake.public.views"))


def _imports_of(name: str) -> list[tuple[int, str]]:
    found = dict(modules(ROOT))
    return list(imports(name, found[name], set(found)))


def plant(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    return root


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("classifier/model.py", "import flask"),
        ("classifier/model.py", "from intake.rules import workflow"),
        ("intake/rules/routing.py", "import sqlalchemy"),
        ("intake/rules/routing.py", "import numpy as np"),
        ("intake/rules/routing.py", "from intake.models import Office"),
        ("intake/rules/routing.py", "from classifier import Classifier"),
        ("intake/rules/routing.py", "def late():\n    from intake import db"),
        ("intake/services/clues.py", "from flask import request"),
        ("intake/services/clues.py", "from intake.jobs import sweep"),
        ("intake/services/clues.py", "from ..public import views"),
        ("intake/cleaning/pdf.py", "from intake.config import Settings"),
        ("intake/models/clues.py", "from intake.services import clues"),
        ("intake/documents/xlsx.py", "from sqlalchemy import select"),
        ("intake/public/views.py", "from intake.console import views"),
        ("intake/console/views.py", "from intake.public.forms import ClueForm"),
        ("intake/db.py", "from intake.models import Base"),
        ("intake/jobs.py", "import wsgi"),
        ("intake/newcomer.py", "import json"),
        ("intake/cli.py", "from intake.newcomer import x"),
    ],
)
def test_an_import_against_the_direction_is_found(tmp_path, file, line):
    plant(tmp_path, {file: line + "\n"} | _neighbours(file))
    assert [w.partition(":")[0] for w in wrong_imports(tmp_path)] == [file]


def _neighbours(file: str) -> dict[str, str]:
    names = ("intake/__init__.py", "intake/db.py", "intake/public/views.py", "intake/console/views.py", "wsgi.py")
    return {name: "" for name in names if name != file}


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("intake/rules/routing.py", "import tomllib\nfrom intake.errors import DomainError\nfrom .naming import x"),
        ("intake/services/clues.py", "from sqlalchemy import select\nfrom classifier import Classifier"),
        ("intake/public/views.py", "from sqlalchemy.orm import Session\nfrom intake.services import clues"),
        ("wsgi.py", "from intake import create_app"),
    ],
)
def test_an_import_with_the_direction_is_let_through(tmp_path, file, line):
    plant(tmp_path, {file: line + "\n"} | _neighbours(file))
    assert wrong_imports(tmp_path) == []
    assert queries_in_doors(tmp_path) == []


def test_a_circle_is_found(tmp_path):
    plant(tmp_path, {"classifier/__init__.py": "", "classifier/a.py": "from classifier import b\n"})
    plant(tmp_path, {"classifier/b.py": "def late():\n    import classifier.a\n"})
    assert circles(tmp_path) == ["classifier.a", "classifier.b", "classifier.a"]


@pytest.mark.parametrize(
    "line", ["from sqlalchemy import select", "import sqlalchemy as sa", "from sqlalchemy.orm import joinedload"]
)
def test_a_query_in_a_door_is_found(tmp_path, line):
    plant(tmp_path, {"intake/__init__.py": "", "intake/console/views.py": line + "\n"})
    assert len(queries_in_doors(tmp_path)) == 1


@pytest.mark.parametrize("name", ["intake/utils.py", "intake/core/x.py", "tests/helpers.py", "classifier/plugins/a.py"])
def test_a_name_that_says_nothing_is_found(tmp_path, name):
    assert len(wrong_names(plant(tmp_path, {name: ""}))) == 1


def test_a_large_file_and_a_home_path_are_found(tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    plant(tmp_path, {"intake/a.py": 'PATH = "' + "/home" + '/someone/songbang"\n', "b.bin": "x" * LARGEST})
    assert too_large(tmp_path) == ["b.bin"]
    assert [w.partition(":")[0] for w in home_paths(tmp_path)] == ["intake/a.py"]
