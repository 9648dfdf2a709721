"""A bell in Redis: who has filed a clue rings, and the workers of all machines need not wait for their next round."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

CHANNEL = "songbang-waiting"
#: Seconds that anybody waits for Redis, and for which it is left alone when it did not answer.
SECONDS, REST = 0.3, 30


class Bell:
    """The bell at `address` (redis://…); any other address has none: nobody hears it ring, and waiting takes its time."""

    def __init__(self, address: str) -> None:
        usable = address.startswith(("redis://", "rediss://", "unix://"))
        waits = {"socket_connect_timeout": SECONDS, "socket_timeout": SECONDS}
        self._redis = Redis.from_url(address, **waits) if usable else None
        self._heard: Any = None
        self._silent_until = 0.0

    def ring(self) -> None:
        """Wake whoever waits. Never raises, and takes SECONDS at most: the sweep finds what nobody rang for."""
        if self._redis is None or time.monotonic() < self._silent_until:
            return
        try:
            self._redis.publish(CHANNEL, "")
        except RedisError:
            self._silent_until = time.monotonic() + REST

    def wait(self, stop: threading.Event, seconds: float) -> None:
        """Return when it has rung since the last time, when `stop` is set, or after so many seconds."""
        if self._redis is None:
            stop.wait(seconds)
            return
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not stop.is_set():
            try:
                if self._has_rung(self._redis, min(left, 1)):
                    return
            except (RedisError, OSError):
                self._forget()
                stop.wait(min(left, REST))

    def _has_rung(self, redis: Redis, seconds: float) -> bool:
        if self._heard is None:
            self._heard = redis.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
            self._heard.subscribe(CHANNEL)
        rung = False
        while self._heard.get_message(timeout=0 if rung else seconds):  # several rings are one round
            rung = True
        return rung

    def _forget(self) -> None:
        if self._heard is not None:
            with suppress(RedisError, OSError):
                self._heard.close()
            self._heard = None
