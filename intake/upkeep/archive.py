"""The file a backup is: a tar of sealed members, and a manifest that says what must be in it.

    tables/NAME      one table, a JSON object a line, compressed
    files/PATH       one file of the instance folder (attachments, models)
    keys/NAME        one secret of the instance folder
    manifest.json    in clear: schema, moment, rows and digest of every table, SHA-256 of every member

Nothing unsealed touches the disk while it is written, and the name appears only when everything is on the disk.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from intake import disk
from intake.errors import ArchiveUnusable
from intake.upkeep import sealing
from intake.upkeep.tables import Row, Tally

FORMAT = 1
MANIFEST = "manifest.json"
_BLOCK = 2**20


@dataclass
class Manifest:
    """What an archive holds: revision of the schema, {table: [rows, digest]}, {member: SHA-256}."""

    schema: str
    made_at: str
    tables: dict[str, list[int | str]] = field(default_factory=dict)
    members: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def rows(self) -> int:
        return sum(int(rows) for rows, _ in self.tables.values())


class Writer:
    """Adds sealed members to an archive that is being made."""

    def __init__(self, tar: tarfile.TarFile, folder: Path, recipient: X25519PublicKey, manifest: Manifest) -> None:
        self._tar, self._scratch, self._recipient, self.manifest = tar, folder / "member", recipient, manifest

    def add_table(self, name: str, rows: Iterable[Row]) -> None:
        """All rows of a table; their number and digest go into the manifest."""
        tally = Tally()
        self._add(f"tables/{name}", _packed(tally.count(rows)))
        self.manifest.tables[name] = [tally.rows, tally.digest]

    def add_file(self, name: str, path: Path) -> None:
        """One file under the member name `name`."""
        with path.open("rb") as file:
            self._add(name, _blocks(file))

    def finish(self) -> None:
        """The manifest, last."""
        written = json.dumps(vars(self.manifest), ensure_ascii=False, indent=1).encode()
        entry = tarfile.TarInfo(MANIFEST)
        entry.size = len(written)
        self._tar.addfile(entry, io.BytesIO(written))

    def _add(self, name: str, chunks: Iterable[bytes]) -> None:
        digest = hashlib.sha256()
        with self._scratch.open("wb") as file:
            for piece in sealing.seal(chunks, self._recipient):
                digest.update(piece)
                file.write(piece)
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = self._scratch.stat().st_size, 0o600
        with self._scratch.open("rb") as file:
            self._tar.addfile(entry, file)
        self.manifest.members[name] = digest.hexdigest()


@contextmanager
def writing(target: Path, schema: str, made_at: datetime, recipient: X25519PublicKey) -> Iterator[Writer]:
    """A writer whose archive appears under `target` at the end of the block, or not at all.

    Raises ArchiveUnusable("exists") rather than replacing an archive.
    """
    if target.exists():
        raise ArchiveUnusable("exists")
    folder = target.with_name(f".{target.name}.partial")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    try:
        with (folder / "archive").open("wb") as file:
            with tarfile.open(fileobj=file, mode="w") as tar:
                writer = Writer(tar, folder, recipient, Manifest(schema, made_at.isoformat(timespec="seconds")))
                yield writer
                writer.finish()
            os.fsync(file.fileno())
        (folder / "archive").replace(target)
        disk.sync_folder(target.parent)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Reader:
    """An archive opened with the operator's private key, once every member was found to be what the manifest says."""

    def __init__(self, tar: tarfile.TarFile, key: X25519PrivateKey) -> None:
        self._tar, self._key = tar, key
        self.manifest = _manifest(tar)
        self._verify()

    def names(self, kind: str) -> list[str]:
        """The members under `files/` or `keys/`, without that beginning. Raises ArchiveUnusable for a path that leads out."""
        found = [name.removeprefix(f"{kind}/") for name in self.manifest.members if name.startswith(f"{kind}/")]
        if any(Path(name).is_absolute() or ".." in Path(name).parts for name in found):
            raise ArchiveUnusable("damaged")
        return found

    def rows(self, table: str) -> Iterator[Row]:
        """The rows of a table as they were read. Raises ArchiveUnusable."""
        try:
            for line in _lines(self._open(f"tables/{table}")):
                yield json.loads(line)
        except (ValueError, zlib.error, RecursionError) as error:
            raise ArchiveUnusable("damaged") from error

    def extract(self, name: str, path: Path) -> None:
        """Write a member to `path`, for its owner alone, and see it onto the disk."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        disk.write_new(path, self._open(name))

    def _open(self, name: str) -> Iterator[bytes]:
        return sealing.unseal(self._stored(name), self._key)

    def _stored(self, name: str) -> BinaryIO:
        try:
            file = self._tar.extractfile(name)
        except KeyError as error:
            raise ArchiveUnusable("damaged") from error
        if file is None:
            raise ArchiveUnusable("damaged")
        return file  # type: ignore[return-value]

    def _verify(self) -> None:
        there = set(self._tar.getnames()) - {MANIFEST}
        if there != set(self.manifest.members):
            raise ArchiveUnusable("damaged")
        for name, expected in self.manifest.members.items():
            if hashlib.file_digest(self._stored(name), "sha256").hexdigest() != expected:
                raise ArchiveUnusable("damaged")


@contextmanager
def reading(path: Path, key: X25519PrivateKey) -> Iterator[Reader]:
    """A reader of a verified archive. Raises ArchiveUnusable."""
    with ExitStack() as opened:
        try:
            reader = Reader(opened.enter_context(tarfile.open(path, "r:")), key)
        except (OSError, tarfile.TarError) as error:
            raise ArchiveUnusable("damaged") from error
        yield reader


def _manifest(tar: tarfile.TarFile) -> Manifest:
    try:
        file = tar.extractfile(MANIFEST)
        read = Manifest(**json.load(file)) if file else None
    except (KeyError, ValueError, TypeError) as error:
        raise ArchiveUnusable("damaged") from error
    if read is None or read.format != FORMAT:
        raise ArchiveUnusable("newer")
    return read


def _packed(rows: Iterable[Row]) -> Iterator[bytes]:
    packer = zlib.compressobj(6, wbits=31)
    for row in rows:
        yield packer.compress(json.dumps(row, ensure_ascii=False).encode() + b"\n")
    yield packer.flush()


def _lines(packed: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of a compressed member, unpacked a block at a time however well they were compressed."""
    unpacker = zlib.decompressobj(wbits=31)
    rest = b""
    for chunk in packed:
        while chunk:
            *whole, rest = (rest + unpacker.decompress(chunk, _BLOCK)).split(b"\n")
            yield from whole
            chunk = unpacker.unconsumed_tail
    yield from (rest + unpacker.flush()).split(b"\n")[:-1]


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    return iter(lambda: file.read(_BLOCK), b"")
