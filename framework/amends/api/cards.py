"""`POST /api/v1/experiments/{key}/cards`: a card that a person gives to a customer, for a till or a phone."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from amends.api.assignments import answer, answers_of_assign, arguments_of
from amends.api.bodies import HandOutRequest, parse, read_bytes
from amends.api.desk import KEY_OF_PATH, Desk, takes
from amends.api.visit import visit_of

PATH = "/api/v1/experiments/{key}/cards"


def route(desk: Desk) -> Route:
    """The address at which cards are handed out."""
    return Route(PATH, _HandOut(desk), methods=["POST"], name="hand_out")


class _HandOut:
    path = PATH

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        desk = self._desk
        caller = await desk.admit_visit(visit_of(scope), scope="assign")
        body = parse(HandOutRequest, await read_bytes(Request(scope, receive)))
        key = scope["path_params"]["key"]
        given = await desk.run(desk.lab.hand_out_as, caller.name, key, body.code, **arguments_of(body))
        desk.metrics.assigned(given)
        await answer(given)(scope, receive, send)


OPERATION: dict[str, Any] = {
    "tags": ["assign"],
    "summary": "Hand out a printed card",
    "description": "Records why the customer qualifies and takes the next envelope of the card's stratum, "
    "then shows what to say. The same card again is a retry. Needs a key with scope `assign`.",
    "operationId": "hand_out",
    "parameters": [KEY_OF_PATH],
    **takes(HandOutRequest),
    "responses": answers_of_assign(
        "Recorded: say `message`, then give the card away.",
        "Handed out before, or the customer is not enrolled and the card is unspent.",
    ),
}
"""The address in OpenAPI's words."""
