"""One parser under coverage-guided fuzzing (atheris); bench/fuzz.py starts one process a target.

    python -m bench.fuzz_parsers TARGET RUNS FOLDER

What is no declared error of the parser, or an output that still holds the secret of its seed, is written to
FOLDER/found-*, its input beside it; libFuzzer itself stops the process for an input of 10 s or 1 GB.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import random
import sys
import tarfile
import tempfile
import traceback
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["classifier.corpus", "intake.cleaning", "intake.rules", "intake.upkeep", "intake.services"]):
    from classifier import corpus as labelled
    from intake import cleaning
    from intake.errors import ArchiveUnusable, ConfigError, FileRefused, InvalidInput
    from intake.rules import codes, devices, naming, numbers
    from intake.services import directory, regions_source, spreadsheet
    from intake.tools import read_calendar
    from intake.upkeep import archive, sealing

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tests.cleaning import corpus as files
from tests.cleaning.test_cleaning import CARRIERS, REFUSED, unpacked

SECONDS, MEGABYTES = 10, 1024
#: Formats whose clean output is looked through for the secret: what a page or a picture shows can hold no copy of it.
_SEARCHED = ("jpeg", "png", "webp", "gif", "heic", "jpeg and zip", "pdf and html")
_ZIPPED = ("docx", "xlsx", "pptx")
_KEY = X25519PrivateKey.from_private_bytes(bytes(range(32)))


class SecretKept(Exception):
    """A cleaned picture or PDF still holds the secret of its seed."""


@dataclass(frozen=True)
class Target:
    """A parser, the errors it declares, and inputs to begin with; `zipped` inputs are changed inside their members.

    `part` is its share of the inputs beside the others: less for a slow one.
    """

    parse: Callable[[bytes], object]
    declared: tuple[type[Exception], ...]
    seeds: Callable[[], list[bytes]]
    zipped: bool = False
    part: float = 1.0


def _clean(content: bytes, searched: bool = False) -> None:
    out = io.BytesIO()
    cleaning.clean(io.BytesIO(content), out)
    if searched and files.MARK in unpacked(out.getvalue()):
        raise SecretKept


def _text(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


def _regions(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for name, part in zip(("provinces", "cities", "areas", "streets"), content.split(b"\n\n", 3), strict=False):
            (folder / f"{name}.csv").write_bytes(part)
        list(regions_source.build(folder))


def _in_file(read: Callable[[Path], object]) -> Callable[[bytes], None]:
    def parse(content: bytes) -> None:
        with tempfile.TemporaryDirectory() as place:
            path = Path(place) / "given"
            path.write_bytes(content)
            read(path)

    return parse


def _archive(content: bytes) -> None:
    """The first byte says what is hostile: the whole file, or what an archive in order holds in its table."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "archive"
        if content[:1] == b"T":
            path.write_bytes(_sealed_table(content[1:]))
        else:
            path.write_bytes(content[1:])
        with archive.reading(path, _KEY) as reader:
            for name in reader.manifest.tables:
                list(reader.rows(name))


def _sealed_table(packed: bytes) -> bytes:
    """An archive whose one table holds `packed`, compressed already or not."""
    member = b"".join(sealing.seal([packed], _KEY.public_key()))
    digest = hashlib.sha256(member).hexdigest()
    manifest = archive.Manifest("0001", "2026-11-01", {"clue": [1, "0"]}, {"tables/clue": digest})
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, held in (("tables/clue", member), (archive.MANIFEST, json.dumps(vars(manifest)).encode())):
            entry = tarfile.TarInfo(name)
            entry.size = len(held)
            tar.addfile(entry, io.BytesIO(held))
    return out.getvalue()


def _archives() -> list[bytes]:
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "archive"
        with archive.writing(path, "0001", datetime(2026, 11, 1, tzinfo=UTC), _KEY.public_key()) as writer:
            writer.add_table("clue", [{"id": 1, "text": "打卡"}])
        rows = zlib.compressobj(6, wbits=31)
        packed = rows.compress(b'{"id": 1}\n') + rows.flush()
        return [b"A" + path.read_bytes(), b"T" + packed, b"T" + packed[:-4]]


def _sheets() -> list[bytes]:
    plain = "内容,地区\n每天打卡三次,321112\n"
    return [files.xlsx(), plain.encode(), plain.encode("gb18030"), plain.encode("utf-16"), plain.replace(",", "\t").encode()]


def _lines() -> list[bytes]:
    return [line.encode() for path in labelled.files() for line in path.read_text("utf-8").splitlines()[:5]]


def _tables() -> list[bytes]:
    return [
        "code,name\n32,江苏省\n\ncode,name,provinceCode\n3211,镇江市,32\n\ncode,name,cityCode,provinceCode\n321112,丹徒区,3211,32\n\n"
        "code,name,areaCode\n321112100,高资街道,321112\n".encode()
    ]


def _regions_csv(content: bytes) -> object:
    return naming.parse_regions(io.StringIO(content.decode("utf-8", "replace"), newline=""))


_CALENDAR = b'[2027]\nholidays = ["2027-01-01"]\nworkdays = ["2027-01-03"]\n'
TARGETS: dict[str, Target] = {
    "corpus": Target(lambda c: labelled.parse(_text(c)), (labelled.CorpusError,), _lines, part=4),
    "code": Target(lambda c: codes.parse_code(_text(c)), (InvalidInput,), lambda: [b"K7PQ3-XWD9H-AAAAA-BBBBB"]),
    "number": Target(lambda c: numbers.whole(_text(c)), (), lambda: [b"12", "²".encode()]),
    "device": Target(lambda c: devices.device_of(_text(c)), (), lambda: [b"Mozilla/5.0 (Linux; Android 14) Mobile"]),
    "spreadsheet": Target(lambda c: spreadsheet.read(c, 5000), (InvalidInput,), _sheets, part=2),
    "workbook": Target(lambda c: spreadsheet.read(c, 5000), (InvalidInput,), lambda: [files.xlsx()], zipped=True),
    "regions": Target(_regions, (ValueError, FileNotFoundError), _tables),
    "regions.csv": Target(_regions_csv, (ValueError, csv.Error), lambda: ["code,name,parent\n320000,江苏省,\n".encode()]),
    "data csv": Target(
        _in_file(directory.read_rows), (ValueError, csv.Error), lambda: [(directory.DATA / "routing.csv").read_bytes()[:2000]]
    ),
    "calendar": Target(_in_file(lambda path: read_calendar(str(path))), (ConfigError,), lambda: [_CALENDAR]),
    "archive": Target(_archive, (ArchiveUnusable,), _archives),
    "refused": Target(
        _clean, (FileRefused,), lambda: [c for c in (make() for make, _ in REFUSED.values()) if len(c) < 100_000]
    ),
    **{
        f"clean {name}": Target(
            lambda c, s=name in _SEARCHED: _clean(c, s), (FileRefused,), lambda m=make: [m()],
            name in _ZIPPED, 0.2 if name in _ZIPPED else 1.0,
        )
        for name, (make, _, _) in CARRIERS.items()
    },
}


def judged(target: Target, content: bytes) -> BaseException | None:
    """What is wrong with the parser's answer to `content`, None if nothing is."""
    try:
        target.parse(content)
    except target.declared:
        return None
    except Exception as error:
        return error
    return None


def mutated_inside(content: bytes, most: int, seed: int) -> bytes:
    """A zip with one of its members mutated, the sums made right again; any other bytes mutated as they are."""
    dice = random.Random(seed)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as old:
            members = {name: old.read(name) for name in old.namelist()}
    except Exception:
        return bytes(atheris.Mutate(content, most))
    if not members or dice.random() < 0.1:
        return bytes(atheris.Mutate(content, most))
    chosen = dice.choice(sorted(members))
    members[chosen] = bytes(atheris.Mutate(members[chosen], len(members[chosen]) + 200))
    made = files.archive(**members)
    return made if len(made) <= most else content[:most]


def seen(target: Target, folder: Path) -> Callable[[bytes], None]:
    """What libFuzzer calls: an undeclared error is kept once for each place it comes from, and the run goes on."""

    def try_one(content: bytes) -> None:
        error = judged(target, content)
        if error is None:
            return
        where = traceback.extract_tb(error.__traceback__)[-1]
        what = f"{type(error).__name__} at {Path(where.filename).name}:{where.lineno}"
        kept = folder / f"found-{hashlib.sha256(what.encode()).hexdigest()[:8]}"
        if not kept.exists() or len(content) < kept.stat().st_size:
            kept.write_bytes(content)
            kept.with_suffix(".txt").write_text(f"{what}: {str(error)[:150]}\n")

    return try_one


def main(name: str, runs: str, place: str) -> None:
    """Run one target; libFuzzer ends the process."""
    target, folder = TARGETS[name], Path(place)
    seeds = folder / "seeds"
    seeds.mkdir(parents=True)
    for number, seed in enumerate(target.seeds()):
        (seeds / str(number)).write_bytes(seed)
    options = [f"-runs={runs}", f"-timeout={SECONDS}", f"-rss_limit_mb={MEGABYTES}", f"-artifact_prefix={folder}/", "-seed=1",
               "-max_len=65536", "-len_control=0", "-print_final_stats=1", str(seeds)]  # fmt: skip
    inside = {"custom_mutator": mutated_inside} if target.zipped else {}
    atheris.Setup([sys.argv[0], *options], seen(target, folder), **inside)
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
