"""What every handler needs: the lab, the doorkeeper, and threads of its own.

The library is synchronous, so each request makes one hop into a thread. The threads are counted
apart from the dashboard's, so that senders never queue behind somebody's file download.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from amends.api.auth import Doorkeeper
from amends.api.bodies import Body

if TYPE_CHECKING:
    from amends.lab import Lab
    from amends.store import ApiKey

THREADS = 32
T = TypeVar("T")


class Desk:
    """The lab behind the door.

    Attributes:
        lab: The lab that answers.
        doorkeeper: Checks API keys.
    """

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.doorkeeper = Doorkeeper(lab.store)
        self._threads = anyio.CapacityLimiter(THREADS)

    async def run(self, verb: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """Calls a synchronous verb in a thread."""
        return await anyio.to_thread.run_sync(partial(verb, *arguments, **named), limiter=self._threads)

    async def admit(self, request: Request, *, scope: str) -> ApiKey:
        """The caller's key; see `Doorkeeper.admit`. Checked before the body is read."""
        known = self.doorkeeper.remembered(request.headers, scope=scope)
        if known is not None:
            return known
        return await self.run(self.doorkeeper.admit, request.headers, scope=scope)


def as_json(content: Mapping[str, Any] | list[Any], *, status: int = 200) -> Response:
    """A JSON response; non-ASCII stays readable.

    >>> as_json({"message": "Terima kasih sudah sabar menunggu."}, status=201).status_code
    201
    """
    import json

    raw = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    return Response(raw, status_code=status, media_type="application/json")


def takes(model: type[Body]) -> dict[str, Any]:
    """OpenAPI of an address behind a key that takes a JSON body, with the body's example."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    media = {"schema": schema, "example": model.example}
    return {**BEHIND_A_KEY, "requestBody": {"required": True, "content": {"application/json": media}}}


KEY_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}
BEHIND_A_KEY: dict[str, Any] = {"security": [{name: []} for name in KEY_SCHEMES]}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI of the problem answers of an address."""
    return {status: {"description": DESCRIPTIONS[status], "content": _PROBLEM_CONTENT} for status in statuses}


DESCRIPTIONS = {
    400: "The body is not JSON.",
    401: "No API key, or an unknown one.",
    403: "The API key lacks the scope.",
    404: "No experiment has that key; the nearest name is offered.",
    409: "The record contradicts what is stored, or the unit was never assigned.",
    413: "The body is over 256 KiB.",
    422: "The request breaks a rule; the detail names value, rule and remedy.",
    503: "The database did not answer; try again after `Retry-After` seconds.",
}

_PROBLEM_CONTENT = {
    "application/problem+json": {
        "schema": {
            "type": "object",
            "required": ["type", "title", "status", "detail"],
            "properties": {
                "type": {"type": "string", "format": "uri"},
                "title": {"type": "string"},
                "status": {"type": "integer"},
                "detail": {"type": "string"},
                "errors": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
                    },
                },
            },
        }
    }
}
