"""`POST /api/v1/experiments/{key}/assignments:batch`: many late customers in one call and one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from amends.api.assignments import ASSIGNED, EXAMPLE, arguments_of
from amends.api.assignments import PATH as SINGLE_PATH
from amends.api.bodies import AssignmentRequest, Body, parse, parse_part, read_bytes
from amends.api.desk import KEY_OF_PATH, PROBLEM_SCHEMA, Desk, as_json, example_of, problems, takes
from amends.api.problems import Refused, as_members, refusal
from amends.api.visit import visit_of
from amends.errors import UsageError
from amends.lab.assigned import STATUSES

if TYPE_CHECKING:
    from amends.lab import Assignment, Lab

PATH = f"{SINGLE_PATH}:batch"
LARGEST_BATCH = 4 * 1024 * 1024
MOST_ROWS = 1_000


class BatchRequest(Body):
    """Units to assign. Each row is what a single call sends; a row that breaks a rule harms no other."""

    rows: list[dict[str, Any]] = Field(
        min_length=1, max_length=MOST_ROWS, description=f"From 1 to {MOST_ROWS} bodies of single calls."
    )

    example: ClassVar[dict[str, Any]] = {
        "rows": [AssignmentRequest.example, {"unit_id": "customer-4712", "delay_seconds": 90000}]
    }


def route(desk: Desk) -> Route:
    """The address for mass mailings, beside that for single calls."""
    return Route(PATH, _AssignMany(desk), methods=["POST"], name="assign_many")


class _AssignMany:
    path = PATH

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        desk = self._desk
        caller = await desk.admit_visit(visit_of(scope), scope="assign")
        body = parse(BatchRequest, await read_bytes(Request(scope, receive), largest=LARGEST_BATCH))
        key = scope["path_params"]["key"]
        answers = await desk.run(assign_batch, desk.lab, key, body.rows, sender=caller.name)
        for given in answers:
            if not isinstance(given, Refused):
                desk.metrics.assigned(given)
        rows = [shown(given, row) for given, row in zip(answers, body.rows, strict=True)]
        await as_json({"rows": rows})(scope, receive, send)


def assign_batch(
    lab: Lab, key: str, rows: Sequence[dict[str, Any]], *, sender: str
) -> list[Assignment | Refused]:
    """Assigns the rows that can be, in one transaction; the others come back as their own refusal.

    Raises:
        UnknownExperiment: naming the nearest key.
    """
    read: list[dict[str, Any] | Refused] = []
    for row in rows:
        try:
            read.append(arguments_of(parse_part(AssignmentRequest, row)))
        except Refused as refused:
            read.append(refused)
    good = [row for row in read if not isinstance(row, Refused)]
    given = iter(lab.assign_each(key, good, sender=sender))
    return [row if isinstance(row, Refused) else _judged(next(given)) for row in read]


def _judged(given: Assignment | UsageError) -> Assignment | Refused:
    return refusal(given) if isinstance(given, UsageError) else given


def shown(given: Assignment | Refused, row: dict[str, Any]) -> dict[str, Any]:
    """A row's answer as JSON."""
    if not isinstance(given, Refused):
        return given.to_dict()
    unit = row.get("unit_id")
    return {
        "unit_id": unit if isinstance(unit, str) else None,
        "status": "refused",
        "problem": as_members(given),
    }


_REFUSED_EXAMPLE = {
    "unit_id": "customer-4712",
    "status": "refused",
    "problem": example_of("invalid", "late_parcel needs first_name=…, new_date=…, tracking_number=…: …"),
}


def _answers() -> dict[int | str, dict[str, Any]]:
    refused = {
        "type": "object",
        "required": ["unit_id", "status", "problem"],
        "properties": {
            "unit_id": {"type": ["string", "null"]},
            "status": {"const": "refused"},
            "problem": PROBLEM_SCHEMA,
        },
    }
    rows = {"type": "array", "items": {"oneOf": [ASSIGNED, refused]}}
    schema = {"type": "object", "required": ["rows"], "properties": {"rows": rows}}
    return {
        **problems(400, 401, 403, 404, 413, 422, 429, 503),
        200: {
            "description": f"One answer a row; `status` is one of {', '.join(STATUSES)}, refused.",
            "content": {
                "application/json": {"schema": schema, "example": {"rows": [EXAMPLE, _REFUSED_EXAMPLE]}}
            },
        },
    }


OPERATION: dict[str, Any] = {
    "tags": ["assign"],
    "summary": "Assign many units",
    "description": "One answer a row, in order: the fields of a single call's answer, or `status` `refused` "
    "with the row's own `problem`. All rows that can be assigned are recorded in one transaction. "
    f"Calling again gives the same arms. At most {MOST_ROWS} rows and {LARGEST_BATCH // 2**20} MiB; "
    "the rate limit counts it as one request. Needs a key with scope `assign`.",
    "operationId": "assign_many",
    "parameters": [KEY_OF_PATH],
    **takes(BatchRequest, part=("rows", AssignmentRequest)),
    "responses": {str(status): answer for status, answer in sorted(_answers().items(), key=str)},
}
"""The address in OpenAPI's words."""
