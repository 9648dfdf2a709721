"""Who takes his time: clients with heads and bodies a byte at a time, connections on which nothing is said, and a server of the kind."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import cycle

_HEAD = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: " + b"a" * 5000
_BODY = (
    b"POST /clues/new HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 5000\r\n\r\n" + b"text=" + b"a" * 4995
)


class Dawdlers:
    """`count` connections to a port, a third of each kind; each says one more byte every `pause` seconds until close()."""

    def __init__(self, port: int, count: int, pause: float = 0.5) -> None:
        self._stop, self._pause = threading.Event(), pause
        self._open = [(socket.create_connection(("127.0.0.1", port)), words) for _, words in zip(range(count), _kinds(), strict=False)]
        for one, (at_once, _) in self._open:
            one.sendall(at_once)
        self._thread = threading.Thread(target=self._dawdle)

    def __enter__(self) -> Dawdlers:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        for one, _ in self._open:
            one.close()

    def waiting(self) -> int:
        """How many are still connected and have had no answer."""
        return sum(_is_waiting(one) for one, _ in self._open)

    def _dawdle(self) -> None:
        at = 0
        while not self._stop.wait(self._pause):
            for one, (_, slowly) in self._open:
                try:
                    one.send(slowly[at : at + 1])
                except OSError:
                    continue
            at += 1


def _kinds() -> Iterator[tuple[bytes, bytes]]:
    """What is said at once, and what byte by byte."""
    return cycle(((b"", _HEAD), (_BODY.partition(b"text=")[0], _BODY.partition(b"\r\n\r\n")[2]), (b"", b"")))


def _is_waiting(one: socket.socket) -> bool:
    one.setblocking(False)
    try:
        one.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        one.setblocking(True)
    return False


@contextmanager
def dripping(pause: float = 0.05) -> Iterator[str]:
    """The origin of a server on loopback whose head comes a byte every `pause` seconds, without end."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        stop, dripper = threading.Event(), threading.Thread(target=lambda: _drip(server, stop, pause))
        dripper.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        stop.set()
        dripper.join()


def _drip(server: socket.socket, stop: threading.Event, pause: float) -> None:
    caller, _ = server.accept()
    with caller, suppress(OSError):
        caller.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not stop.wait(pause):
            caller.send(b"a")
