"""Backing an installation up while it runs, bringing it back, and moving it to another database."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import Engine

from intake import db, disk
from intake.errors import ArchiveUnusable
from intake.tools import LAST_BACKUP, Tools
from intake.upkeep import archive, sealing
from intake.upkeep.archive import Manifest, Reader
from intake.upkeep.tables import WORDS, Row, Tables, Tally, indexed

#: What of the instance folder is backed up beside the database and the keys.
FOLDERS = ("attachments", "models")
PUBLIC_KEY = "backup.pub"
#: Later than any file, in seconds since 1970.
_EVER = 2.0**40
_STAGE = ".restoring"


def make_key(instance: Path, private: Path) -> None:
    """A pair of keys: the private half into a new file that the operator takes away, the public half stays.

    Raises ArchiveUnusable: "exists" or "key_exists" if either is there.
    """
    if (instance / PUBLIC_KEY).exists():
        raise ArchiveUnusable("key_exists")
    if private.exists():
        raise ArchiveUnusable("exists")
    key = X25519PrivateKey.generate()
    disk.write_new(private, [sealing.private_pem(key)])
    disk.write_new(instance / PUBLIC_KEY, [sealing.public_pem(key)])


def back_up(engine: Engine, tools: Tools, target: Path) -> Manifest:
    """Write one moment of the database, then the files and keys, to `target`; others go on writing meanwhile.

    A file that came after that moment is in the archive without its row, never a row without its file, unless the
    file was deleted in between. Raises ArchiveUnusable: "no_key", "exists", "no_schema".
    """
    instance = tools.settings.instance
    recipient = sealing.read_public(instance / PUBLIC_KEY)
    with db.snapshot(engine) as connection:
        schema = db.schema(connection)
        if schema is None:
            raise ArchiveUnusable("no_schema")
        with archive.writing(target, schema, tools.now(), recipient) as writer:
            tables = Tables(connection)
            for name in tables.names:
                writer.add_table(name, tables.rows(name))
            for path in (*sorted(instance.glob("*.key")), instance / PUBLIC_KEY):
                writer.add_file(f"keys/{path.name}", path)
            for path in _files(instance):
                writer.add_file(f"files/{path.relative_to(instance)}", path)
    (instance / LAST_BACKUP).touch()
    return writer.manifest


def restore(engine: Engine, tools: Tools, source: Path, key: X25519PrivateKey, *, into_bucket: bool = False) -> Manifest:
    """Bring an archive back into an empty place, all of it or nothing, and the schema to the present.

    The rows are committed last: until then the place counts as empty and the command may be given again. A bucket that holds files is
    used only where `into_bucket` says so: what is restored deletes the files in it that it does not know, and they may be somebody
    else's. Raises ArchiveUnusable: "damaged", "wrong_key", "newer", "not_empty", "bucket_in_use", "differs".
    """
    instance = tools.settings.instance
    if not into_bucket and tools.settings.text("S3_BUCKET") and next(tools.store.names(_EVER), None):
        raise ArchiveUnusable("bucket_in_use")
    stage = instance / _STAGE
    with archive.reading(source, key) as reader:
        if reader.manifest.schema not in db.revisions():
            raise ArchiveUnusable("newer")
        _check_empty(engine, instance)
        _stage(reader, stage)
        _make_schema(engine, reader.manifest.schema)
        with db.transaction(engine) as session:
            tables = Tables(session.connection())
            _pour(tables, ((name, reader.rows(name)) for name in reader.manifest.tables), reader.manifest)
            _put_in_place(stage, instance)
        shutil.rmtree(stage)
    db.upgrade(engine)
    return reader.manifest


def copy_to(engine: Engine, url: str) -> Manifest:
    """Copy every row to the empty database at `url`, whatever its kind, and compare both. Raises ArchiveUnusable."""
    target = db.make_engine(url)
    try:
        with db.snapshot(engine) as connection:
            schema = db.schema(connection)
            if schema is None:
                raise ArchiveUnusable("no_schema")
            if _has_rows(target):
                raise ArchiveUnusable("not_empty")
            _make_schema(target, schema)
            source = Tables(connection)
            manifest = Manifest(schema, "", {name: _entry(source.tally(name)) for name in source.names})
            with db.transaction(target) as session:
                _pour(Tables(session.connection()), ((name, source.rows(name)) for name in source.names), manifest)
        return manifest
    finally:
        target.dispose()


def _pour(tables: Tables, contents: Iterable[tuple[str, Iterable[Row]]], expected: Manifest) -> None:
    """Fill the tables and read them back. Raises ArchiveUnusable("differs") if anything is not as expected.

    Older versions indexed words of any length: the search index is as it came, with these cut.
    """
    index = Tally()
    with tables.in_any_order():
        for name, rows in contents:
            tables.fill(name, index.count(map(indexed, rows)) if name == WORDS else rows)
    if {name: _entry(tables.tally(name)) for name in tables.names} != expected.tables | {WORDS: _entry(index)}:
        raise ArchiveUnusable("differs")


def _entry(tally: Tally) -> list[int | str]:
    return [tally.rows, tally.digest]


def _files(instance: Path) -> Iterator[Path]:
    return (path for folder in FOLDERS for path in sorted((instance / folder).rglob("*")) if path.is_file())


def _check_empty(engine: Engine, instance: Path) -> None:
    """What an interrupted restore left behind does not count."""
    unfinished = (instance / _STAGE).exists()
    if _has_rows(engine) or (not unfinished and next(_files(instance), None)):
        raise ArchiveUnusable("not_empty")


def _has_rows(engine: Engine) -> bool:
    with db.snapshot(engine) as connection:
        return db.schema(connection) is not None and not Tables(connection).are_empty()


def _make_schema(engine: Engine, revision: str) -> None:
    """Bring a database without rows to `revision`, also from a later one that an interrupted restore left."""
    with db.snapshot(engine) as connection:
        left = db.schema(connection)
    if left not in (None, revision):
        db.downgrade(engine, "base")
    db.upgrade(engine, revision)


def _stage(reader: Reader, stage: Path) -> None:
    """Unseal files and keys beside where they will lie."""
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir(mode=0o700, parents=True)
    for kind in ("files", "keys"):
        for name in reader.names(kind):
            reader.extract(f"{kind}/{name}", stage / name)


def _put_in_place(stage: Path, instance: Path) -> None:
    """Move what was staged to where it belongs, and see it onto the disk."""
    for path in sorted(stage.iterdir()):
        target = instance / path.name
        if target.is_dir():
            shutil.rmtree(target)
        path.replace(target)
    disk.sync_folder(instance)
