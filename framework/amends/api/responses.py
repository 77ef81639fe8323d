"""Deliveries, survey responses and outcomes that arrive by the company's own way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Header
from starlette.requests import Request
from starlette.responses import Response

from amends.api.bodies import DeliveryRequest, OutcomeRequest, ResponseRequest, parse, read_bytes
from amends.api.desk import Desk, ExperimentKey, answers, as_json, problems, takes
from amends.api.problems import Refused
from amends.lab.assigned import rfc3339
from amends.lab.records import record_response

if TYPE_CHECKING:
    from amends.lab import Lab
    from amends.store import StoredResponse

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        max_length=200,
        description="Makes a retry safe, for 30 days: the same again changes nothing, "
        "another body is a conflict.",
    ),
]
LONGEST_KEY = 200
_PROBLEMS = problems(400, 401, 403, 404, 409, 413, 422, 429, 503)


def routes(desk: Desk) -> APIRouter:
    """The addresses that record what happened after an assignment. Keys need scope `ingest`."""
    router = APIRouter(tags=["record"], prefix="/experiments/{key}")

    @router.post(
        "/responses",
        summary="Record a survey response",
        status_code=201,
        responses=_answers(
            "The response was stored.", "A finished response stands already; it is shown.", RESPONSE_EXAMPLE
        ),
        openapi_extra=takes(ResponseRequest),
    )
    async def respond(
        key: ExperimentKey, request: Request, idempotency_key: IdempotencyKey = None
    ) -> Response:
        await desk.admit(request, scope="ingest")
        body = parse(ResponseRequest, await read_bytes(request))
        stored = await desk.run(respond_body, desk.lab, key, body, idempotency_key=_checked(idempotency_key))
        desk.metrics.recorded("response", new=stored.first)
        return as_json(shown(stored), status=201 if stored.first else 200)

    @router.post(
        "/deliveries",
        summary="Record what became of a message",
        status_code=201,
        responses=_answers("The delivery was stored.", "That status was recorded before."),
        openapi_extra=takes(DeliveryRequest),
    )
    async def deliver(
        key: ExperimentKey, request: Request, idempotency_key: IdempotencyKey = None
    ) -> Response:
        await desk.admit(request, scope="ingest")
        body = parse(DeliveryRequest, await read_bytes(request))
        given = body.model_dump(exclude={"unit_id", "status"})
        new = await desk.run(
            desk.lab.record_delivery,
            key,
            body.unit_id,
            body.status,
            idempotency_key=_checked(idempotency_key),
            **given,
        )
        desk.metrics.recorded("delivery", new=new)
        return as_json({"experiment": key, "unit_id": body.unit_id, "new": new}, status=201 if new else 200)

    @router.post(
        "/outcomes",
        summary="Record an outcome that needs no survey",
        status_code=201,
        responses=_answers("The outcome was stored.", "That outcome was recorded before."),
        openapi_extra=takes(OutcomeRequest),
    )
    async def conclude(
        key: ExperimentKey, request: Request, idempotency_key: IdempotencyKey = None
    ) -> Response:
        await desk.admit(request, scope="ingest")
        body = parse(OutcomeRequest, await read_bytes(request))
        new = await desk.run(
            desk.lab.record_outcome,
            key,
            body.unit_id,
            body.metric,
            body.value,
            at=body.at,
            idempotency_key=_checked(idempotency_key),
        )
        desk.metrics.recorded("outcome", new=new)
        return as_json({"experiment": key, "unit_id": body.unit_id, "new": new}, status=201 if new else 200)

    return router


def respond_body(lab: Lab, key: str, body: ResponseRequest, *, idempotency_key: str | None) -> StoredResponse:
    """The Python call that a body stands for.

    Raises:
        UnknownExperiment, RecordRefused, NeverAssigned: as `Lab.record_response` does.
        Refused: when `satisfaction` stands both beside and among the items.
    """
    items = dict(body.items)
    if body.satisfaction is not None:
        if "satisfaction" in items:
            raise Refused("invalid", "items.satisfaction: given twice. Leave one of the two out.")
        items["satisfaction"] = body.satisfaction
    return record_response(
        lab,
        key,
        body.unit_id,
        token=body.token,
        finished=body.finished,
        at=body.at,
        idempotency_key=idempotency_key,
        items=items,
    )


def shown(stored: StoredResponse) -> dict[str, Any]:
    """A stored response as JSON: what stands, and whether this call brought it. No unit, no arm."""
    return {
        "experiment": stored.experiment,
        "assignment_id": stored.assignment_id,
        "first": stored.first,
        "finished": stored.finished,
        "late": stored.late,
        "started_at": None if stored.started_at is None else rfc3339(stored.started_at),
        "finished_at": None if stored.finished_at is None else rfc3339(stored.finished_at),
        "items": {name: _as_sent(value) for name, value in {**stored.ratings, **stored.answers}.items()},
    }


def _as_sent(value: object) -> object:
    """A whole rating as it was sent: the sums of a tally are kept as decimals."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _checked(idempotency_key: str | None) -> str | None:
    # Handlers are called with the header as it came; an empty one is a client's slip, not a key.
    if idempotency_key is None:
        return None
    if not idempotency_key.strip() or len(idempotency_key) > LONGEST_KEY:
        raise Refused("invalid", f"Idempotency-Key: from 1 to {LONGEST_KEY} characters are needed.")
    return idempotency_key.strip()


RESPONSE_EXAMPLE: dict[str, Any] = {
    "experiment": "late_parcel",
    "assignment_id": "0195f2c4a1d27cc0",
    "first": True,
    "finished": True,
    "late": False,
    "started_at": "2026-03-02T12:00:00Z",
    "finished_at": "2026-03-02T12:00:00Z",
    "items": {"satisfaction": 6, "attention": 5},
}
RECORD_EXAMPLE: dict[str, Any] = {"experiment": "late_parcel", "unit_id": "customer-4711", "new": True}


def _answers(
    new: str, repeat: str, example: dict[str, Any] = RECORD_EXAMPLE
) -> dict[int | str, dict[str, Any]]:
    again = "first" if "first" in example else "new"
    return {
        **_PROBLEMS,
        201: answers(new, example),
        200: answers(repeat, example | {again: False}),
    }
