"""`POST /api/v1/experiments/{key}/assignments`: a late customer in, an arm and the words to send out."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from amends.api.bodies import AssignmentRequest, parse, read_bytes
from amends.api.desk import Desk, as_json, problems, takes
from amends.api.problems import RETRY_AFTER, Refused
from amends.lab.assigned import STATUSES

if TYPE_CHECKING:
    from amends.lab import Assignment, Lab

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


def routes(desk: Desk) -> APIRouter:
    """The address senders call."""
    router = APIRouter(tags=["assign"])

    @router.post(
        "/experiments/{key}/assignments",
        summary="Assign a unit to an arm",
        description="The record is durable before the words are returned. Calling again gives the same arm. "
        "Needs a key with scope `assign`.",
        status_code=201,
        responses=_answers(),
        openapi_extra=takes(AssignmentRequest),
    )
    async def assign(key: str, request: Request) -> Response:
        caller = await desk.admit(request, scope="assign")
        body = parse(AssignmentRequest, await read_bytes(request))
        given = await desk.run(assign_body, desk.lab, key, body, sender=caller.name)
        return answer(given)

    return router


def assign_body(lab: Lab, key: str, body: AssignmentRequest, *, sender: str) -> Assignment:
    """The Python call that a body stands for.

    Raises:
        UnknownExperiment, UsageError: as `Lab.assign` does.
        Refused: when a slot bears the name of an argument.
    """
    for name in body.slots:
        if name in _TAKEN:
            raise Refused(
                "invalid",
                f"slots.{name}: a member of the body itself, no slot. Put it beside slots.",
            )
    arguments: dict[str, Any] = body.model_dump(
        exclude={"unit_id", "delay_seconds", "slots"}, exclude_defaults=True
    )
    if body.delay_seconds is not None:
        arguments["delay"] = timedelta(seconds=body.delay_seconds)
    return lab.assign_as(sender, key, body.unit_id, **arguments, **body.slots)


def answer(given: Assignment) -> Response:
    """201 for a new assignment, 200 for a repeat or a unit not enrolled, 503 with the usual message."""
    body = given.to_dict()
    if given.status == "error":
        response = as_json(body, status=503)
        response.headers["Retry-After"] = RETRY_AFTER
        return response
    return as_json(body, status=201 if given.status == "assigned" and not given.repeat else 200)


def _answers() -> dict[int | str, dict[str, Any]]:
    content = {"application/json": {"schema": _SCHEMA, "example": EXAMPLE}}
    away = EXAMPLE | {"arm": None, "enrolled": False, "status": "not_eligible", "reason": "delay below 24 h"}
    return {
        **problems(400, 401, 403, 404, 413, 422),
        201: {
            "description": "Newly assigned: send `message`, then `invitation` at `invite_at`.",
            "content": content,
        },
        200: {
            "description": "Assigned before, or not enrolled: `message` is then your usual one.",
            "content": {"application/json": {"schema": _SCHEMA, "example": away}},
        },
        503: {
            "description": "Nothing was recorded; `status` is `error` and `message` your usual one. "
            "Or a problem, when the key could not be checked.",
            "content": {"application/json": {"schema": _SCHEMA}, **problems(503)[503]["content"]},
        },
    }


_TEXTS = ("arm", "message", "notice", "invitation", "survey_url", "locale", "reason", "assignment_id")
_TEXT = {"type": ["string", "null"]}
_TIME = {"type": ["string", "null"], "format": "date-time"}
_SCHEMA = {
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
