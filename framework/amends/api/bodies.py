"""What callers may send: one strict model a body. Nothing is coerced: `0` is no bool, `"1"` no number."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from starlette.requests import ClientDisconnect, Request

from amends.api.problems import Refused, refusal_of_body
from amends.api.visit import visit_of

LARGEST_BODY = 256 * 1024
HUNDRED_YEARS = 3_155_760_000.0


_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def _moment(value: object) -> object:
    # pydantic would read "5" as five seconds after 1970; a sender who writes that has made a mistake.
    if not isinstance(value, str):
        return value
    if not _RFC_3339.fullmatch(value):
        raise ValueError("write a time with its zone as RFC 3339, for instance 2026-03-01T09:30:00Z")
    moment = datetime.fromisoformat(value.upper())
    if not 1970 < moment.year < 2200:
        raise ValueError("a time between the years 1971 and 2199 is needed")
    return moment.astimezone(UTC)


Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="validation"),
]
Identifier = Annotated[str, Field(min_length=1, max_length=10_000)]
Short = Annotated[str, Field(min_length=1, max_length=200)]
Whole = Annotated[int, Field(ge=-1_000_000_000, le=1_000_000_000)]
Number = Whole | Annotated[float, Field(ge=-1e9, le=1e9)]
Words = Annotated[str, Field(max_length=10_000)]
Scalar = Words | bool | Number | None


class Body(BaseModel):
    """A request body: strict types, unknown members refused, finite numbers."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)
    example: ClassVar[dict[str, Any]]


class AssignmentRequest(Body):
    """A late customer, parcel, party or incident, and what the texts need."""

    unit_id: Identifier = Field(description="The customer, parcel, party or incident, as you know it.")
    delay_seconds: float | None = Field(
        None,
        ge=-HUNDRED_YEARS,
        le=HUNDRED_YEARS,
        description="How late the service is; or `promised_at`.",
    )
    promised_at: Moment | None = Field(None, description="When the service was promised.")
    at: Moment | None = Field(None, description="When the call counts; now by default.")
    channel: Short | None = Field(None, description="email, whatsapp, sms, chat …")
    locale: Short | None = Field(None, description="The customer's language, for instance `id` or `en`.")
    timezone: Short | None = Field(None, description="The customer's IANA zone, for the greeting.")
    cluster: Identifier | None = Field(None, description="The cluster's id, where one is declared.")
    strata: dict[str, str | Whole] | None = Field(None, description="Values of the declared strata.")
    covariates: dict[str, Scalar] | None = Field(None, description="What was known before the message.")
    incident: Identifier | None = Field(None, description="Tells a new incident from a retry.")
    test: bool = Field(False, description="True: try it out, never counted.")
    arm: Short | None = Field(None, description="Force an arm; needs `test`.")
    slots: dict[str, Words | Number] = Field(default_factory=dict, description="Values of the texts' slots.")

    example: ClassVar[dict[str, Any]] = {
        "unit_id": "customer-4711",
        "incident": "parcel-JX12",
        "delay_seconds": 108000,
        "channel": "whatsapp",
        "locale": "id",
        "slots": {"first_name": "Sari", "tracking_number": "JX12", "new_date": "Jumat"},
    }


class HandOutRequest(Body):
    """A card that a person gives to a customer, and what made the customer qualify."""

    code: Short = Field(description="What is printed on the card: its number and its letters.")
    delay_seconds: float | None = Field(
        None, ge=-HUNDRED_YEARS, le=HUNDRED_YEARS, description="How long the customer has waited."
    )
    promised_at: Moment | None = Field(None, description="When the service was promised.")
    at: Moment | None = Field(None, description="When the call counts; now by default.")
    channel: Short | None = Field(None, description="Where it is handed out: table, counter …")
    locale: Short | None = Field(None, description="The customer's language, for instance `id` or `en`.")
    timezone: Short | None = Field(None, description="The customer's IANA zone, for the greeting.")
    cluster: Identifier | None = Field(None, description="The cluster's id, where one is declared.")
    covariates: dict[str, Scalar] | None = Field(None, description="What was known before the message.")
    slots: dict[str, Words | Number] = Field(default_factory=dict, description="Values of the texts' slots.")

    example: ClassVar[dict[str, Any]] = {
        "code": "17-K7F2Q9AB",
        "delay_seconds": 108000,
        "locale": "id",
        "slots": {"first_name": "Sari", "tracking_number": "JX12", "new_date": "Jumat"},
    }


class ResponseRequest(Body):
    """A survey answer that arrived by your own way. Name the unit or give the link's token."""

    unit_id: Identifier | None = None
    token: Short | None = Field(None, description="The last part of the survey link.")
    satisfaction: Number | None = Field(None, description="On the declared scale.")
    items: dict[str, Scalar | list[Scalar]] = Field(default_factory=dict, description="Answers by item name.")
    finished: bool = Field(True, description="False for a survey begun but not sent off.")
    at: Moment | None = None

    example: ClassVar[dict[str, Any]] = {
        "unit_id": "customer-4711",
        "satisfaction": 6,
        "items": {"attention": 5},
    }

    @model_validator(mode="after")
    def _one_way_to_name_the_unit(self) -> ResponseRequest:
        if (self.unit_id is None) == (self.token is None):
            raise ValueError("give unit_id or token, one of them")
        return self


class DeliveryRequest(Body):
    """What became of a message."""

    unit_id: Identifier
    status: Literal["sent", "delivered", "failed", "withheld"]
    at: Moment | None = None
    said: Annotated[str, Field(max_length=10_000)] | None = Field(
        None, description="What was said, where a person spoke."
    )
    detail: Annotated[str, Field(max_length=2_000)] | None = Field(
        None, description="For instance the gateway's reason."
    )

    example: ClassVar[dict[str, Any]] = {"unit_id": "customer-4711", "status": "delivered"}


class OutcomeRequest(Body):
    """Something that needs no survey: a complaint, a refund, a repeat visit."""

    unit_id: Identifier
    metric: Short
    value: bool | Number
    at: Moment | None = None

    example: ClassVar[dict[str, Any]] = {"unit_id": "customer-4711", "metric": "complaint", "value": 1}


BodyT = TypeVar("BodyT", bound=BaseModel)


async def read_bytes(request: Request, *, largest: int = LARGEST_BODY) -> bytes:
    """The request's body, refused with 413 as soon as it grows past `largest` bytes."""
    chunks: list[bytes] = []
    size = visit_of(request.scope).length or 0
    if size > largest:  # announced: not a byte of it is read
        raise _too_large(largest)
    size = 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > largest:
                raise _too_large(largest)
            chunks.append(chunk)
    except ClientDisconnect as error:
        raise Refused("unreadable-body", "The connection closed before the whole body came.") from error
    return b"".join(chunks)


def _too_large(largest: int) -> Refused:
    return Refused("too-large", f"The body is over {largest} bytes, the most taken here.")


def parse(model: type[BodyT], raw: bytes) -> BodyT:
    """The body as its model.

    Raises:
        Refused: 400 for what is not JSON, 422 naming each field otherwise.

    >>> parse(DeliveryRequest, b'{"unit_id": "c-1", "status": "sent"}').status
    'sent'
    """
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise refusal_of_body(error) from error


def parse_part(model: type[BodyT], value: object) -> BodyT:
    """A part of a body that was read already, as its own model.

    Raises:
        Refused: 422 naming each field.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise refusal_of_body(error) from error
