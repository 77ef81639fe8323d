"""What every handler needs: the lab, the doorkeeper, threads of its own, and the words that describe it.

The library is synchronous, so each request makes one hop into a thread. The threads are counted
apart from the dashboard's, so that senders never queue behind somebody's file download.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import anyio
import anyio.to_thread
from fastapi import Path
from starlette.requests import Request
from starlette.responses import Response

from amends.api.auth import Doorkeeper
from amends.api.bodies import Body
from amends.api.gathering import Gathering
from amends.api.metrics import Metrics
from amends.api.problems import UNAVAILABLE, Refused, as_members
from amends.api.visit import Visit, visit_of

if TYPE_CHECKING:
    from amends.errors import UsageError
    from amends.lab import Assignment, Lab
    from amends.store import ApiKey

THREADS = 32
T = TypeVar("T")


class Desk:
    """The lab behind the door.

    Attributes:
        lab: The lab that answers.
        doorkeeper: Checks API keys.
        metrics: Counts what is done.
        gathering: Assigns, calls that wait together in one transaction.
    """

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.doorkeeper = Doorkeeper(lab.store, clock=lab.clock, rate=lab.settings.rate)
        self.metrics = Metrics()
        self.gathering = Gathering(self._assign_each)
        self.metrics.watch("assign", self.gathering.waiting)
        self._threads = anyio.CapacityLimiter(THREADS)
        self._renewals: set[asyncio.Task[None]] = set()

    async def run(self, verb: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """Calls a synchronous verb in a thread."""
        return await anyio.to_thread.run_sync(partial(verb, *arguments, **named), limiter=self._threads)

    async def _assign_each(
        self, key: str, calls: Sequence[dict[str, Any]], sender: str
    ) -> list[Assignment | UsageError]:
        return await self.run(self.lab.assign_each, key, calls, sender=sender)

    async def admit(self, request: Request, *, scope: str) -> ApiKey:
        """The caller's key; see `Doorkeeper.admit`. Checked before the body is read."""
        return await self.admit_visit(visit_of(request.scope), scope=scope)

    async def admit_visit(self, visit: Visit, *, scope: str) -> ApiKey:
        """The same, where the visit is at hand."""
        known = self.doorkeeper.remembered(visit, scope=scope)
        if known is None:
            return await self.run(self.doorkeeper.admit, visit, scope=scope)
        if self.doorkeeper.due(visit):
            renewal = asyncio.create_task(self.run(self.doorkeeper.renew, visit))
            self._renewals.add(renewal)
            renewal.add_done_callback(self._renewals.discard)
        return known


def as_json(content: Mapping[str, Any] | list[Any], *, status: int = 200) -> Response:
    """A JSON response; non-ASCII stays readable.

    >>> as_json({"message": "Terima kasih sudah sabar menunggu."}, status=201).status_code
    201
    """
    import json

    raw = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    return Response(raw, status_code=status, media_type="application/json")


def takes(model: type[Body], *, part: tuple[str, type[Body]] | None = None) -> dict[str, Any]:
    """OpenAPI of an address behind a key that takes a JSON body, with the body's example.

    Args:
        model: The body.
        part: A member of the body that is a list, and the model of its items.
    """
    schema = _schema(model)
    if part is not None:
        schema["properties"][part[0]]["items"] = _schema(part[1])
    media = {"schema": schema, "example": model.example}
    return {**BEHIND_A_KEY, "requestBody": {"required": True, "content": {"application/json": media}}}


def answers(description: str, example: dict[str, Any]) -> dict[str, Any]:
    """OpenAPI of a JSON answer: its members by the example, all of them always there.

    >>> answers("The outcome was stored.", {"new": True})["content"]["application/json"]["example"]
    {'new': True}
    """
    schema = {"type": "object", "properties": {name: {} for name in example}, "required": list(example)}
    return {
        "description": description,
        "content": {"application/json": {"schema": schema, "example": example}},
    }


def _schema(model: type[Body]) -> dict[str, Any]:
    return model.model_json_schema(ref_template="#/components/schemas/{model}")


KEY_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "`Authorization: Bearer KEY`"},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}
BEHIND_A_KEY: dict[str, Any] = {"security": [{name: []} for name in KEY_SCHEMES]}
ExperimentKey = Annotated[
    str, Path(description="The experiment's key: the name of its file.", examples=["late_parcel"])
]
KEY_OF_PATH = {
    "name": "key",
    "in": "path",
    "required": True,
    "description": "The experiment's key: the name of its file.",
    "schema": {"type": "string", "title": "Key", "examples": ["late_parcel"]},
}

PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}
"""JSON Schema of a problem; see `amends.api.problems`."""

_DOCUMENTED: dict[int, tuple[str, str, str]] = {
    400: (
        "The body is not JSON.",
        "unreadable-body",
        "EOF while parsing an object at line 1 column 1. Send one JSON object as UTF-8.",
    ),
    401: (
        "No API key, or an unknown one.",
        "unauthorized",
        "This request carries no API key. Send `Authorization: Bearer KEY` or `X-API-Key: KEY`; "
        "`amends keys create --scope assign` prints one.",
    ),
    403: (
        "The API key lacks the scope.",
        "forbidden",
        "The key 'web-shop' has read; this address needs 'assign'. "
        "Make one with `amends keys create --scope assign`.",
    ),
    404: (
        "No experiment has that key; the nearest name is offered.",
        "unknown-experiment",
        "no experiment 'late_parcle'. Did you mean 'late_parcel'? (looked in experiments: 7 experiments)",
    ),
    409: (
        "The record contradicts what is stored, or the unit was never assigned.",
        "never-assigned",
        "unit 'customer-4711' was never assigned in late_parcel: assign it before its response.",
    ),
    413: (
        "The body is too large.",
        "too-large",
        "The body is over 262144 bytes, the most taken here.",
    ),
    422: (
        "The request breaks a rule; the detail names value, rule and remedy.",
        "invalid",
        "unit_id: Field required",
    ),
    429: (
        "The caller comes too often; try again after `Retry-After` seconds.",
        "too-many-requests",
        "The key 'web-shop' may make 1000 requests a second and 2000 at once, in each server process. "
        "Try again in 1 s.",
    ),
    501: (
        "The server lacks a package for this.",
        "not-installed",
        "Counts for Prometheus need a package more on the server: pip install 'amends[metrics]'",
    ),
    503: (
        "The database did not answer; try again after `Retry-After` seconds.",
        "unavailable",
        UNAVAILABLE,
    ),
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI of the problem answers of an address, each with an example.

    >>> sorted(problems(401, 429)[429])
    ['content', 'description', 'headers']
    """
    return {status: _documented(status) for status in statuses}


def example_of(code: str, detail: str) -> dict[str, Any]:
    """A problem as it is answered, for documentation."""
    return as_members(Refused(code, detail))


def _documented(status: int) -> dict[str, Any]:
    description, code, detail = _DOCUMENTED[status]
    example = example_of(code, detail) | {"request_id": "5f0c2a9e41b7d863"}
    found: dict[str, Any] = {
        "description": description,
        "content": {"application/problem+json": {"schema": PROBLEM_SCHEMA, "example": example}},
    }
    if status in (429, 503):
        found["headers"] = {
            "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}, "example": 5}
        }
    return found
