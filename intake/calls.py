"""Calls over HTTP that end in time: a socket's timeout begins anew with every byte, and who says one a second never meets it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import urllib3


@contextmanager
def ending(pool: urllib3.HTTPConnectionPool, seconds: float) -> Iterator[urllib3.HTTPConnectionPool]:
    """The pool, closed at the end of the block; after `seconds` its connections are cut off, whatever they are at.

    What is cut off in the block meets an error of urllib3's, or OSError; who took the end for that of an answer, TimeoutError.
    """
    cut = _Cut()
    kind: Any = pool.ConnectionCls

    class Watched(kind):  # type: ignore[misc]
        def _new_conn(self) -> socket.socket:
            return cut.watched(super()._new_conn())

    pool.ConnectionCls = Watched
    timer = threading.Timer(seconds, cut.off)
    timer.daemon = True
    timer.start()
    try:
        with pool:
            yield pool
        if cut.done:
            raise TimeoutError("too slow")
    finally:
        timer.cancel()
        cut.forget()


class _Cut:
    """Second handles of the connections of a call: what TLS makes of the first one does not matter to them."""

    def __init__(self) -> None:
        self.done = False
        self._handles: list[socket.socket] = []
        self._turn = threading.Lock()

    def watched(self, connection: socket.socket) -> socket.socket:
        with self._turn:
            if self.done:
                connection.close()
                raise TimeoutError("too slow")
            self._handles.append(connection.dup())
        return connection

    def off(self) -> None:
        with self._turn:
            self.done = True
            for handle in self._handles:
                with suppress(OSError):
                    handle.shutdown(socket.SHUT_RDWR)

    def forget(self) -> None:
        with self._turn:
            while self._handles:
                self._handles.pop().close()
