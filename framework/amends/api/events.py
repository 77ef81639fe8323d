"""Service events that arrive by HTTP: one, or a list of them that is stored whole or not at all."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from fastapi import APIRouter
from pydantic import Field, RootModel
from starlette.requests import Request
from starlette.responses import Response

from amends.api.bodies import Body, Identifier, Moment, Short, parse, read_bytes
from amends.api.desk import Desk, answers, as_json, problems, takes
from amends.lab.service_log import record_event, record_events

MOST = 5_000


class EventRequest(Body):
    """What there is to tell of an incident; what a later call leaves open stays."""

    incident: Identifier = Field(description="The mail, chat, parcel or order, by your own id.")
    customer: Identifier | None = Field(None, description="Whose it is, so that an erasure reaches it.")
    channel: Short | None = Field(None, description="email, chat, social, or your own word.")
    received_at: Moment | None = Field(None, description="When the customer wrote.")
    promised_at: Moment | None = Field(None, description="When it was promised.")
    answered_at: Moment | None = Field(None, description="When the first answer went out.")
    arrived_at: Moment | None = Field(None, description="Another word for answered_at, of a parcel.")
    closed_at: Moment | None = Field(None, description="When it was closed without an answer.")
    agent: Identifier | None = Field(None, description="Who answered; stored as a pseudonym.")
    mailbox: Short | None = Field(None, description="A shared mailbox's name, never a person's address.")
    timezone: Short | None = Field(None, description="The customer's IANA zone.")

    example: ClassVar[dict[str, Any]] = {
        "incident": "ticket-20417",
        "customer": "customer-4711",
        "channel": "email",
        "received_at": "2026-03-02T09:30:00+07:00",
        "mailbox": "help@shop.example",
    }


class EventList(RootModel[Annotated[list[EventRequest], Field(min_length=1, max_length=MOST)]]):
    """Several events."""


def routes(desk: Desk) -> APIRouter:
    """The address of the log of delays. Keys need scope `ingest`."""
    router = APIRouter(tags=["record"])

    @router.post(
        "/events",
        summary="Tell the log of delays of one incident, or of a list of them",
        status_code=201,
        responses={
            **problems(400, 401, 403, 413, 422, 429, 503),
            201: _told_back("An incident is new in the log.", new=True),
            200: _told_back("Every incident was known; what is new about it was stored.", new=False),
        },
        openapi_extra=_takes(),
    )
    async def tell(request: Request) -> Response:
        key = await desk.admit(request, scope="ingest")
        raw = await read_bytes(request)
        if raw.lstrip(b" \t\r\n").startswith(b"["):
            rows = [_told(event) for event in parse(EventList, raw).root]
            events, new = await desk.run(record_events, desk.lab, rows, sender=key.name)
            return as_json({"events": events, "new": new}, status=201 if new else 200)
        body = parse(EventRequest, raw)
        facts = _told(body)
        incident = facts.pop("incident")
        first = await desk.run(record_event, desk.lab, incident, facts, sender=key.name)
        return as_json({"incident": body.incident, "new": first}, status=201 if first else 200)

    return router


def _told(event: EventRequest) -> dict[str, Any]:
    return event.model_dump(exclude_none=True)


def _told_back(description: str, *, new: bool) -> dict[str, Any]:
    """OpenAPI of the answer to one event, or to a list of them."""
    one = answers(description, {"incident": "ticket-20417", "new": new})
    several = answers(description, {"events": 2, "new": int(new)})
    schemas = [answer["content"]["application/json"]["schema"] for answer in (one, several)]
    one["content"]["application/json"]["schema"] = {"anyOf": schemas}
    return one


def _takes() -> dict[str, Any]:
    """OpenAPI of a body that is one event or a list of them."""
    one = takes(EventRequest)
    media = one["requestBody"]["content"]["application/json"]
    schema = media["schema"]
    media["schema"] = {"oneOf": [schema, {"type": "array", "items": schema, "minItems": 1, "maxItems": MOST}]}
    return one
