"""Figures for Prometheus: requests by route and status, and how long they took."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import prometheus_client as prometheus

BUCKETS_S: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 15)


@dataclass(slots=True)
class Measure:
    """What is known of a request once it is answered."""

    status: int = 500


class Figures:
    """The figures of one process."""

    def __init__(self) -> None:
        self.registry = prometheus.CollectorRegistry()
        self.requests = prometheus.Counter(
            "sanhuan_requests",
            "Requests answered",
            ["route", "status"],
            registry=self.registry,
        )
        self.seconds = prometheus.Histogram(
            "sanhuan_request_seconds",
            "From the request to its answer",
            ["route"],
            buckets=BUCKETS_S,
            registry=self.registry,
        )

    def watch(self, name: str, told: str, read: Callable[[], float]) -> None:
        """A figure that is read when it is asked for."""
        prometheus.Gauge(name, told, registry=self.registry).set_function(read)

    @contextmanager
    def measured(self, route: str) -> Iterator[Measure]:
        """Count and time what happens inside."""
        began = time.perf_counter()
        measure = Measure()
        try:
            yield measure
        finally:
            self.seconds.labels(route).observe(time.perf_counter() - began)
            self.requests.labels(route, measure.status).inc()

    def text(self) -> bytes:
        """All figures in Prometheus' text format."""
        return prometheus.generate_latest(self.registry)


def label(method: str, path: str) -> str:
    """The name of a route in figures and for Litestar."""
    return f"{method} {path}"
