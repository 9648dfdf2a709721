"""How often each view was asked and how long it took, counted in this process; and the text Prometheus reads.

Each process is a target of its own for Prometheus; what is read from the database is the same from all of them.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from intake.rules.faults import Need
from intake.services.health import Figure

_SECONDS = (0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Meters:
    """The counts of one process; labels are names of views and status codes, never an address."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Histogram(
            "songbang_request_seconds",
            "Time taken for an answer",
            ("view", "status"),
            buckets=_SECONDS,
            registry=self._registry,
        )

    def count(self, view: str, status: int, seconds: float) -> None:
        self._requests.labels(view, str(status)).observe(seconds)

    def exposition(self, figures: Iterable[Figure], missing: Mapping[Need, str]) -> bytes:
        """Everything in the text format, together with the figures of the installation."""
        together = CollectorRegistry()
        together.register(_Given([*(_family(figure) for figure in figures), _ready(missing)]))
        return generate_latest(self._registry) + generate_latest(together)


class _Given:
    """A collector of what it was given."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        yield from self._families


def _family(figure: Figure) -> Metric:
    kind = CounterMetricFamily if figure.rises else GaugeMetricFamily
    return kind(figure.name, figure.meaning, value=figure.value)


def _ready(missing: Mapping[Need, str]) -> Metric:
    family = GaugeMetricFamily("songbang_ready", "1 where what is needed is there", labels=["need"])
    for need in Need:
        family.add_metric([need.value], need not in missing)
    return family


def install(app: Flask) -> None:
    """Count every request of `app`."""
    meters = app.extensions["meters"] = Meters()

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        meters.count(
            request.endpoint or "none", response.status_code, time.perf_counter() - g.get("began", time.perf_counter())
        )
        return response
