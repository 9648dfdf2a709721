"""Where sealed files lie: a folder of this machine, or a bucket of an S3-compatible service that several machines share.

What is stored is sealed before it comes here; a service sees random names and bytes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from intake import disk
from intake.config import Settings
from intake.errors import ConfigError

if TYPE_CHECKING:
    from minio import Minio

SECONDS = 10
#: Bytes of a file on its way to a bucket that are kept in memory; what is more waits on the disk, sealed.
_IN_MEMORY = 2**20


class Store(Protocol):
    """What services.vault asks of either."""

    def write(self, name: str, pieces: Iterable[bytes]) -> None:
        """Store under a name that is new. Raises OSError where that is not possible; nothing is left then."""

    def read(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """The bytes under a name. Raises OSError."""

    def delete(self, name: str) -> None:
        """Forget a name, known or not. Raises OSError."""

    def names(self, before: float) -> Iterator[str]:
        """The names last written before a moment (seconds since the epoch). Raises OSError."""


class Folder:
    """A folder of the instance that no web server reaches, with a folder in it for each beginning of a name."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, name: str, pieces: Iterable[bytes]) -> None:
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        disk.write_new(path, pieces)

    def read(self, name: str) -> AbstractContextManager[IO[bytes]]:
        return self._path(name).open("rb")

    def delete(self, name: str) -> None:
        self._path(name).unlink(missing_ok=True)

    def names(self, before: float) -> Iterator[str]:
        return (path.name for path in self.path.glob("??/*") if path.stat().st_mtime < before)

    def _path(self, name: str) -> Path:
        return self.path / name[:2] / name


class Bucket:
    """A bucket at an S3-compatible service (Amazon S3 API 2006-03-01, signed by Signature Version 4)."""

    def __init__(self, client: Minio, bucket: str) -> None:
        self._client, self._bucket = client, bucket

    def write(self, name: str, pieces: Iterable[bytes]) -> None:
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as whole, _as_os_errors():
            whole.writelines(pieces)
            size = whole.tell()
            whole.seek(0)
            self._client.put_object(self._bucket, name, whole, size)  # type: ignore[arg-type]

    @contextmanager
    def read(self, name: str) -> Iterator[IO[bytes]]:
        with _as_os_errors():
            answer = self._client.get_object(self._bucket, name)
            try:
                yield answer  # type: ignore[misc]
            finally:
                answer.close()
                answer.release_conn()

    def delete(self, name: str) -> None:
        with _as_os_errors():
            self._client.remove_object(self._bucket, name)

    def names(self, before: float) -> Iterator[str]:
        with _as_os_errors():
            for one in self._client.list_objects(self._bucket):
                if one.object_name and one.last_modified and one.last_modified.timestamp() < before:
                    yield one.object_name


def opened(settings: Settings) -> Store:
    """The store that the settings name. Raises ConfigError for a bucket that cannot be used like that."""
    if not settings.text("S3_BUCKET"):
        return Folder(settings.instance / "attachments")
    address = urlsplit(settings.text("S3_BUCKET"))
    bucket = address.path.strip("/")
    if address.scheme not in ("http", "https") or not address.netloc or not bucket or "/" in bucket:
        raise ConfigError("SONGBANG_S3_BUCKET 应当是 https://主机/桶名")
    try:
        known, secret = Path(settings.text("S3_KEY_FILE")).read_text("utf-8").split()
    except (OSError, ValueError) as error:
        raise ConfigError("SONGBANG_S3_KEY_FILE 读不出来：应当有两行，访问密钥和私有密钥") from error
    return Bucket(_client(address.netloc, address.scheme == "https", known, secret, settings.text("S3_REGION")), bucket)


def _client(host: str, secure: bool, known: str, secret: str, region: str) -> Minio:
    import urllib3
    from minio import Minio

    timeout = urllib3.Timeout(connect=SECONDS, read=SECONDS)
    pool = urllib3.PoolManager(timeout=timeout, retries=urllib3.Retry(2, backoff_factor=0.2), maxsize=16)
    return Minio(host, known, secret, secure=secure, region=region, http_client=pool)


@contextmanager
def _as_os_errors() -> Iterator[None]:
    """What a service or the way to it refuses, as the OSError that a disk would raise."""
    from minio.error import MinioException
    from urllib3.exceptions import HTTPError

    try:
        yield
    except (MinioException, HTTPError) as error:
        raise OSError(f"object storage: {type(error).__name__}") from error
