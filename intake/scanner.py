"""ClamAV: a file is streamed to clamd, on a socket of this machine or at host:port, and judged there."""

from __future__ import annotations

import socket
from collections.abc import Iterable

from intake.errors import ScannerUnreachable

_SECONDS = 60


def is_infected(chunks: Iterable[bytes], address: str) -> bool:
    """Whether clamd at `address` (a path, or host:port) finds a virus. Raises ScannerUnreachable without an answer."""
    try:
        with _connected(address) as line:
            line.sendall(b"zINSTREAM\0")
            for chunk in chunks:
                line.sendall(len(chunk).to_bytes(4, "big") + chunk)
            line.sendall(bytes(4))
            answer = _answer(line)
    except OSError as error:
        raise ScannerUnreachable("clamd does not answer") from error
    if answer not in ("OK", "FOUND"):
        raise ScannerUnreachable("clamd could not judge the file")
    return answer == "FOUND"


def _connected(address: str) -> socket.socket:
    if address.startswith("/"):
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(_SECONDS)
        try:
            line.connect(address)
        except OSError:
            line.close()
            raise
        return line
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=_SECONDS)


def _answer(line: socket.socket) -> str:
    """The last word of the answer: OK, FOUND, ERROR."""
    said = b""
    while not said.endswith(b"\0") and (more := line.recv(4096)):
        said += more
    return said.strip(b"\0 \n").decode("utf-8", "replace").rpartition(" ")[2]
