"""Figures for Prometheus, in a registry of our own. Labels hold kinds and outcomes, never anything of a customer."""

from collections.abc import Mapping
from functools import cache, partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """Counts since this process began, and backlogs as last reported."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)  # memory, CPU and open files, as Prometheus names them
        counter = partial(Counter, registry=self._registry)
        self._events = counter("winback_events", "Webhook deliveries by what became of them.", ("outcome",))
        self._effects = counter("winback_effects", "Effects that were settled.", ("kind", "outcome"))
        self._job_failures = counter(
            "winback_job_failures", "Looks of a job that failed and are tried again.", ("job",)
        )
        self._set_aside = counter("winback_events_set_aside", "Events that could not be handled.", ("type",))
        labels = ("method", "path", "status")
        self._requests = Histogram(
            "winback_http_seconds", "Time to answer a request.", labels, buckets=_SECONDS, registry=self._registry
        )
        # On the way of every webhook: a label's series is looked up once, not under a lock each time.
        self._event_series = cache(self._events.labels)
        self._request_series = cache(self._requests.labels)
        self._checks = Gauge("winback_check", "1 for what /statusz finds well.", ("check",), registry=self._registry)
        self._backlog = Gauge("winback_backlog", "Rows that wait.", ("queue",), registry=self._registry)

    def event(self, outcome: str) -> None:
        """Count a webhook delivery: `stored`, `dropped` (known or of no concern), `rejected` or `unavailable`."""
        self._event_series(outcome).inc()

    def event_set_aside(self, event_type: str) -> None:
        """Count an event that was set aside after several tries."""
        self._set_aside.labels(event_type).inc()

    def effect(self, kind: str, outcome: str) -> None:
        """Count an effect that was settled: `done`, `dead` or `unclear`."""
        self._effects.labels(kind, outcome).inc()

    def job_failure(self, job: str) -> None:
        """Count a failed run of a job: `poll_events`, `drain_inbox`, and so on."""
        self._job_failures.labels(job).inc()

    def request(self, *, method: str, path: str, status: int, seconds: float) -> None:
        """Record how long a request took; `path` is the route's template, never the path that was asked for."""
        self._request_series(method, path, status).observe(seconds)

    def backlogs(self, rows: Mapping[str, int]) -> None:
        """Set how many rows wait in each queue; a queue that is not named has no figure any more."""
        self._backlog.clear()
        for queue, count in rows.items():
            self._backlog.labels(queue).set(count)

    def checks(self, found: Mapping[str, bool]) -> None:
        """Set which checks of /statusz are all right; one that is not named has no figure any more."""
        self._checks.clear()
        for name, ok in found.items():
            self._checks.labels(name).set(ok)

    def exposition(self) -> bytes:
        """Write all figures in Prometheus' text format."""
        return generate_latest(self._registry)
