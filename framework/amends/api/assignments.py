"""`POST /api/v1/experiments/{key}/assignments`: a late customer in, an arm and the words to send out."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from amends.api.bodies import AssignmentRequest, HandOutRequest, parse, read_bytes
from amends.api.desk import KEY_OF_PATH, Desk, as_json, problems, takes
from amends.api.problems import RETRY_AFTER, Refused
from amends.api.visit import visit_of
from amends.lab.assigned import STATUSES

if TYPE_CHECKING:
    from amends.lab import Assignment

PATH = "/api/v1/experiments/{key}/assignments"

# Names that the call itself uses; no text may have a slot of that name, so a body cannot fill one.
_TAKEN = frozenset(
    [*AssignmentRequest.model_fields, "delay", "key", "sender", "self", "now", "experiment", "default_locale"]
)

EXAMPLE = {
    "experiment": "late_parcel",
    "unit_id": "customer-4711",
    "arm": "thank_you",
    "enrolled": True,
    "message": "Halo Kak Sari, paket dengan nomor resi JX12 terlambat dan diperkirakan tiba Jumat. "
    "Terima kasih sudah sabar menunggu.",
    "notice": "Halo Kak Sari, paket dengan nomor resi JX12 terlambat dan diperkirakan tiba Jumat.",
    "invitation": "Boleh minta waktunya sebentar? Silakan isi survei singkat ini: http://127.0.0.1:8501/s/AAAAAAAAAAAAlPE1wvESZyBW",
    "invite_at": "2026-03-01T09:30:00Z",
    "survey_url": "http://127.0.0.1:8501/s/AAAAAAAAAAAAlPE1wvESZyBW",
    "locale": "id",
    "status": "assigned",
    "reason": None,
    "assignment_id": "0195f2c4a1d27cc0",
    "assigned_at": "2026-03-01T09:30:00Z",
    "repeat": False,
    "sent": False,
}


def route(desk: Desk) -> Route:
    """The address senders call. A route of Starlette's own: this is the one that has to be quick."""
    return Route(PATH, _Assign(desk), methods=["POST"], name="assign")


class _Assign:
    """Key, body, record, answer, with nothing solved or serialised by a framework in between."""

    path = PATH

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        desk = self._desk
        caller = await desk.admit_visit(visit_of(scope), scope="assign")
        body = parse(AssignmentRequest, await read_bytes(Request(scope, receive)))
        key = scope["path_params"]["key"]
        arguments = arguments_of(body)
        given = await desk.lab.assign_as_async(caller.name, key, arguments.pop("unit_id"), **arguments)
        desk.metrics.assigned(given)
        await answer(given)(scope, receive, send)


def arguments_of(body: AssignmentRequest | HandOutRequest) -> dict[str, Any]:
    """A body as the arguments of `assign`, `unit_id` among them; a card's code stands apart.

    Raises:
        Refused: when a slot bears the name of an argument.
    """
    for name in body.slots:
        if name in _TAKEN:
            raise Refused(
                "invalid",
                f"slots.{name}: a member of the body itself, no slot. Put it beside slots.",
            )
    apart = ("delay_seconds", "slots", "code")
    arguments = {name: getattr(body, name) for name in body.model_fields_set if name not in apart}
    if body.delay_seconds is not None:
        arguments["delay"] = timedelta(seconds=body.delay_seconds)
    return arguments | body.slots


def answer(given: Assignment) -> Response:
    """201 for a new assignment, 200 for a repeat or a unit not enrolled, 503 with the usual message."""
    body = given.to_dict()
    if given.status == "error":
        response = as_json(body, status=503)
        response.headers["Retry-After"] = RETRY_AFTER
        return response
    return as_json(body, status=201 if given.status == "assigned" and not given.repeat else 200)


_TEXTS = ("arm", "message", "notice", "invitation", "survey_url", "locale", "reason", "assignment_id")
_TEXT = {"type": ["string", "null"]}
_TIME = {"type": ["string", "null"], "format": "date-time"}
ASSIGNED: dict[str, Any] = {
    "type": "object",
    "required": list(EXAMPLE),
    "properties": {
        **dict.fromkeys(_TEXTS, _TEXT),
        **dict.fromkeys(("invite_at", "assigned_at"), _TIME),
        "experiment": {"type": "string"},
        "unit_id": {"type": "string"},
        "enrolled": {"type": "boolean"},
        "repeat": {"type": "boolean"},
        "sent": {"type": "boolean"},
        "status": {"enum": list(STATUSES)},
    },
}
"""JSON Schema of an assignment's fields."""


def _not_assigned(status: str, reason: str) -> dict[str, Any]:
    empty = dict.fromkeys(("arm", "invitation", "invite_at", "survey_url", "assignment_id", "assigned_at"))
    usual = {"enrolled": False, "message": EXAMPLE["notice"], "status": status, "reason": reason}
    return EXAMPLE | empty | usual


def answers_of_assign(new: str, known: str) -> dict[str, dict[str, Any]]:
    """OpenAPI of every answer of an address that assigns: newly (201), not or not again (200), not at all."""
    answers = problems(400, 401, 403, 404, 413, 422, 429, 503)
    problem = answers[503]["content"]
    away = _not_assigned("not_eligible", "delay below 24 h")
    failed = _not_assigned("error", "the database is unavailable")
    answers |= {
        201: _as_answer(new, EXAMPLE),
        200: _as_answer(known, away),
        503: _as_answer(
            "Nothing was recorded; `status` is `error` and `message` your usual one. "
            "Or a problem, when the key could not be checked.",
            failed,
        ),
    }
    answers[503]["content"] |= problem
    return {str(status): said for status, said in sorted(answers.items(), key=str)}


def _as_answer(description: str, example: dict[str, Any]) -> dict[str, Any]:
    return {
        "description": description,
        "content": {"application/json": {"schema": ASSIGNED, "example": example}},
    }


OPERATION: dict[str, Any] = {
    "tags": ["assign"],
    "summary": "Assign a unit to an arm",
    "description": "The record is durable before the words are returned. Calling again gives the same arm. "
    "Needs a key with scope `assign`.",
    "operationId": "assign",
    "parameters": [KEY_OF_PATH],
    **takes(AssignmentRequest),
    "responses": answers_of_assign(
        "Newly assigned: send `message`, then `invitation` at `invite_at`.",
        "Assigned before, or not enrolled: `message` is then your usual one.",
    ),
}
"""The address in OpenAPI's words; FastAPI, which describes most others, does not know it."""
