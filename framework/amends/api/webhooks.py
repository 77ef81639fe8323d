"""Where survey vendors tell of answers. No key: a message is let in by its signature, before it is read."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from amends.api.auth import FRESH_SECONDS
from amends.api.bodies import LARGEST_BODY, read_bytes
from amends.api.desk import PROBLEM_SCHEMA, Desk, answers, as_json, example_of, problems
from amends.api.problems import Refused
from amends.api.visit import visit_of
from amends.importing.vendors import VENDORS, Unreadable
from amends.lab.webhook_messages import NotGenuine, Received, receive
from amends.store import Webhook

VendorName = Annotated[
    str,
    Path(
        description="Who sends: " + ", ".join(VENDORS) + ".",
        examples=["typeform"],
        json_schema_extra={"enum": list(VENDORS)},
    ),
]


def routes(desk: Desk) -> APIRouter:
    """The addresses that are given to vendors."""
    router = APIRouter(tags=["webhooks"])
    book = Book(desk)

    @router.post(
        "/webhooks/{vendor}",
        summary="Take in what a survey vendor tells",
        responses={
            200: answers("Taken: recorded, known already, or nothing that is recorded.", _shown(TAKEN)),
            **problems(400, 413, 422, 503),
            **_REFUSED,
        },
        openapi_extra={"security": [], "requestBody": _BODY},
    )
    async def take(vendor: VendorName, request: Request) -> Response:
        _check(vendor)
        raw = await read_bytes(request)
        try:
            received = await desk.run(_receive, desk, book, vendor, request, raw)
        except NotGenuine as error:
            desk.doorkeeper.stranger(visit_of(request.scope))
            raise Refused("not-genuine", f"{error}. Nothing was read of it.", headers=CHALLENGE) from None
        except Unreadable as error:
            raise Refused("unreadable-body", str(error)) from None
        if received.recorded:
            desk.metrics.recorded("response", new=not received.repeat)
        return as_json(_shown(received))

    @router.get(
        "/webhooks/{vendor}",
        summary="Say that a vendor's messages are taken here",
        responses={
            200: answers("They are. Vendors ask before they send (HEAD too).", READY),
            404: _REFUSED[404],
        },
        openapi_extra={"security": []},
    )
    async def ready(vendor: VendorName) -> Response:
        _check(vendor)
        return as_json({"vendor": vendor, "takes": "POST"})

    return router


class Book:
    """The webhooks of each vendor, looked up in the store and remembered for one second.

    Args:
        desk: Whose lab is asked.
        monotonic: Seconds that never run backwards.
    """

    def __init__(self, desk: Desk, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._desk = desk
        self._monotonic = monotonic
        self._seen: dict[str, tuple[float, list[Webhook]]] = {}

    def of(self, vendor: str) -> list[Webhook]:
        """A vendor's webhooks; may ask the store."""
        now = self._monotonic()
        seen = self._seen.get(vendor)
        if seen is None or now - seen[0] >= FRESH_SECONDS:
            seen = self._seen[vendor] = (now, self._desk.lab.store.webhooks(vendor))
        return seen[1]


def _receive(desk: Desk, book: Book, vendor: str, request: Request, raw: bytes) -> Received:
    return receive(desk.lab, VENDORS[vendor], book.of(vendor), headers=request.headers, body=raw)


def _check(vendor: str) -> None:
    if vendor not in VENDORS:
        raise Refused("not-found", f"No vendor is called {vendor[:40]!r}. They are: {', '.join(VENDORS)}.")


def _shown(received: Received) -> dict[str, Any]:
    return {"recorded": received.recorded, "repeat": received.repeat, "reason": received.reason}


CHALLENGE = {"WWW-Authenticate": 'Signature realm="amends"'}
TAKEN = Received(recorded=True)
READY = {"vendor": "typeform", "takes": "POST"}
EXAMPLE = {
    "event_id": "LtWXD3crgy",
    "event_type": "form_response",
    "form_response": {
        "form_id": "lT4Z3j",
        "submitted_at": "2026-03-02T12:30:00Z",
        "hidden": {"t": "AAAAAAAAAAAAlPE1wvESZyBW"},
        "answers": [
            {"type": "number", "number": 6, "field": {"id": "k6TP9oLG", "type": "rating", "ref": "satisfied"}}
        ],
    },
}
_BODY = {
    "required": True,
    "description": f"As the vendor writes it, up to {LARGEST_BODY // 1024} KiB.",
    "content": {"application/json": {"schema": {"type": "object"}, "example": EXAMPLE}},
}


def _problem(description: str, code: str, detail: str) -> dict[str, Any]:
    example = example_of(code, detail) | {"request_id": "5f0c2a9e41b7d863"}
    return {
        "description": description,
        "content": {"application/problem+json": {"schema": PROBLEM_SCHEMA, "example": example}},
    }


_REFUSED: dict[int | str, dict[str, Any]] = {
    401: _problem(
        "No secret fits the signature, or the message is too old.",
        "not-genuine",
        "the signature in Typeform-Signature fits none of the secrets. Nothing was read of it.",
    ),
    404: _problem(
        "There is no such vendor.",
        "not-found",
        "No vendor is called 'tally'. They are: standard, typeform, surveymonkey, qualtrics.",
    ),
    429: problems(429)[429],
}
