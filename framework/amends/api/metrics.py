"""`/metrics` for Prometheus: how much was asked, answered and refused, never for whom or in which arm.

The counts are this process's own and begin at 0 with it. They need the extra `metrics`; without it
nothing is counted and the address says what to install.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from starlette.responses import Response

from amends.api.problems import Refused

if TYPE_CHECKING:
    from amends.api.desk import Desk
    from amends.lab import Assignment

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
MISSING = "Counts for Prometheus need a package more on the server: pip install 'amends[metrics]'"

EXAMPLE = """\
# HELP amends_assignments_total Answers to senders by experiment and status.
# TYPE amends_assignments_total counter
amends_assignments_total{experiment="late_parcel",status="assigned"} 4711.0
"""


class Metrics:
    """The counters of one process."""

    def __init__(self) -> None:
        self._registry: Any = None
        try:
            from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
        except ImportError:
            return
        self._registry = CollectorRegistry()
        at = {"registry": self._registry}
        self._requests = Counter(
            "amends_requests", "Requests by address, method and status.", ["route", "method", "status"], **at
        )
        self._seconds = Histogram(
            "amends_request_seconds",
            "Seconds until the whole answer was out.",
            ["route"],
            buckets=SECONDS,
            **at,
        )
        self._assignments = Counter(
            "amends_assignments",
            "Answers to senders by experiment and status.",
            ["experiment", "status"],
            **at,
        )
        self._records = Counter("amends_records", "Records taken, by kind.", ["kind", "new"], **at)
        self._limited = Counter("amends_rate_limited", "Refused for coming too often, by what.", ["by"], **at)
        self._store_errors = Counter("amends_store_errors", "Calls that the database did not answer.", **at)
        self._waiting = Gauge("amends_waiting", "Calls and records not yet in the database.", ["where"], **at)
        self._of_route: dict[tuple[str, str, int], tuple[Any, Any]] = {}

    @property
    def kept(self) -> bool:
        """Whether anything is counted."""
        return self._registry is not None

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """A request was answered. `route` is the address's template, so that no id becomes a label."""
        if self._registry is None:
            return
        place = (route, method, status)
        pair = self._of_route.get(place)
        if pair is None:
            pair = self._requests.labels(route, method, str(status)), self._seconds.labels(route)
            self._of_route[place] = pair
        pair[0].inc()
        pair[1].observe(seconds)

    def assigned(self, given: Assignment) -> None:
        """A sender was answered."""
        if self._registry is not None:
            self._assignments.labels(given.experiment, given.status).inc()
            if given.status == "error":
                self._store_errors.inc()

    def recorded(self, kind: str, *, new: bool = True) -> None:
        """A record was taken: `response`, `delivery`, `outcome`, `event` and the like."""
        if self._registry is not None:
            self._records.labels(kind, "true" if new else "false").inc()

    def limited(self, by: str) -> None:
        """A request was refused for coming too often; `by` is `key` or `address`."""
        if self._registry is not None:
            self._limited.labels(by).inc()

    def store_failed(self) -> None:
        """The database did not answer a call."""
        if self._registry is not None:
            self._store_errors.inc()

    def watch(self, where: str, depth: Callable[[], int]) -> None:
        """Shows how much waits somewhere, asked whenever the counts are read."""
        if self._registry is not None:
            self._waiting.labels(where).set_function(depth)

    def exposition(self) -> bytes:
        """The counts in Prometheus's text format.

        Raises:
            Refused: 501 without the extra.
        """
        if self._registry is None:
            raise Refused("not-installed", MISSING)
        from prometheus_client import generate_latest

        return generate_latest(self._registry)


def routes(desk: Desk) -> APIRouter:
    """The address that Prometheus asks."""
    from amends.api.desk import problems

    router = APIRouter(tags=["probes"])

    @router.get(
        "/metrics",
        summary="Counts for Prometheus",
        description="Requests, assignments, records and refusals of this process; no ids, no arms. "
        "No key needed, as for the probes: let only your own network reach it.",
        response_class=Response,
        responses={
            200: {
                "description": "Prometheus's text format.",
                "content": {"text/plain": {"schema": {"type": "string"}, "example": EXAMPLE}},
            },
            **problems(501),
        },
    )
    async def counts() -> Response:
        media = "text/plain; version=0.0.4; charset=utf-8"
        return Response(await desk.run(desk.metrics.exposition), media_type=media)

    return router
