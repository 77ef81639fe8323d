"""OFREP, the protocol by which OpenFeature's clients of any language evaluate a flag at a server.

The protocol's own description is at https://github.com/open-feature/protocol. A single evaluation enrols;
the bulk evaluation never does: it tells the assignments there are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from amends.api.bodies import read_bytes
from amends.api.desk import Desk, as_json
from amends.api.problems import RETRY_AFTER, TITLES, Refused, refusal
from amends.assignment.hashing import Id, id_bytes
from amends.errors import AmendsError, UsageError
from amends.flags import REASONS, arguments_of, metadata_of

if TYPE_CHECKING:
    from amends.lab import Assignment, Lab

FLAGS = "/api/ofrep/v1/evaluate/flags"
LONGEST_KEY = 10_000

_CODES: Mapping[str, tuple[int, str]] = {
    "unknown-experiment": (404, "FLAG_NOT_FOUND"),
    "unreadable-body": (400, "PARSE_ERROR"),
    "invalid": (400, "INVALID_CONTEXT"),
}


class _NoTargetingKey(Exception):
    pass


def routes(desk: Desk) -> APIRouter:
    """The two addresses. Keys need scope `assign`."""
    router = APIRouter(include_in_schema=False)

    @router.post(f"{FLAGS}/{{key}}")
    async def evaluate(key: str, request: Request) -> Response:
        return await _answered(key, _evaluate(desk, key, request))

    @router.post(FLAGS)
    async def evaluate_all(request: Request) -> Response:
        return await _answered(None, _evaluate_all(desk, request))

    return router


async def _answered(key: str | None, work: Any) -> Response:
    """The answer, or the protocol's error: every one has `errorCode` and `errorDetails`."""
    try:
        answer: Response = await work
        return answer
    except _NoTargetingKey:
        details = "context.targetingKey is needed: the unit's id, a text of 1 to 10,000 characters."
        return _error(key, 400, "TARGETING_KEY_MISSING", details)
    except (Refused, AmendsError) as error:
        refused = error if isinstance(error, Refused) else refusal(error)
        status, code = _CODES.get(refused.code, (TITLES[refused.code][0], "GENERAL"))
        return _error(key, status, code, refused.detail, headers=refused.headers)


def _error(
    key: str | None, status: int, code: str, details: str, *, headers: Mapping[str, str] | None = None
) -> Response:
    body = {"errorCode": code, "errorDetails": details}
    answer = as_json(body if key is None else {"key": key, **body}, status=status)
    if status == 503:
        answer.headers["Retry-After"] = RETRY_AFTER
    answer.headers.update(headers or {})
    return answer


async def _evaluate(desk: Desk, key: str, request: Request) -> Response:
    caller = await desk.admit(request, scope="assign")
    unit, context = _context(await read_bytes(request))
    await desk.run(desk.lab.definition, key)  # an unknown flag is told before a wrong context is
    given = await desk.lab.assign_as_async(caller.name, key, unit, **arguments_of(context))
    desk.metrics.assigned(given)
    if given.status == "error":
        return _error(key, 503, "GENERAL", given.reason or "the database is unavailable")
    return as_json(flag(given))


def flag(given: Assignment) -> dict[str, Any]:
    """An assignment as the protocol's evaluation: no value for a unit that is not assigned."""
    told: dict[str, Any] = {"key": given.experiment, "reason": REASONS[given.status], "variant": None}
    if given.status == "assigned":
        told |= {"value": given.arm, "variant": given.arm}
    return {**told, "metadata": metadata_of(given)}


async def _evaluate_all(desk: Desk, request: Request) -> Response:
    await desk.admit(request, scope="assign")
    unit, context = _context(await read_bytes(request))
    flags = await desk.run(existing, desk.lab, unit, context.get("incident"))
    answer = as_json({"flags": flags})
    mark = f'"{sha256(answer.body).hexdigest()[:32]}"'
    if _has(request.headers.get("if-none-match", ""), mark):
        return Response(status_code=304, headers={"ETag": mark})
    answer.headers["ETag"] = mark
    return answer


def _has(condition: str, mark: str) -> bool:
    """Whether `If-None-Match` names an entity tag: weakly compared, in a list, or `*` (RFC 9110, 13.1.2).

    A proxy that compresses makes the tag weak, and the client sends it back so.
    """
    tags = [tag.strip().removeprefix("W/") for tag in condition.split(",")]
    return mark in tags or tags == ["*"]


def existing(lab: Lab, unit_id: str, incident: Id | None = None) -> list[dict[str, Any]]:
    """A unit's assignments in every started experiment, as evaluations. Stores nothing.

    Where each incident is a unit, the incident's assignment; none without an incident.

    Raises:
        UsageError: for an id that is none.
    """
    unit = lab.pseudonym(id_bytes(unit_id).decode())
    of_incident = None if incident is None else lab.pseudonym(id_bytes(incident).decode())
    flags = []
    for state in lab.store.experiments():
        by_incident = lab.in_force(state.key).experiment.on_repeat == "new_unit"
        asked = of_incident if by_incident else unit
        stored = None if asked is None else lab.store.find(state.key, unit=asked)
        if stored is None:
            continue
        told: dict[str, Any] = {"key": state.key, "reason": "DISABLED", "variant": None}
        if state.status != "stopped":
            told |= {"reason": "SPLIT", "value": stored.arm, "variant": stored.arm}
        flags.append({**told, "metadata": {"assignment_id": stored.assignment_id}})
    return flags


def _context(raw: bytes) -> tuple[str, Mapping[str, Any]]:
    """The unit and the rest of an evaluation context.

    Raises:
        Refused: for what is not a JSON object.
        UsageError: for a context that is no object.
    """
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise Refused("unreadable-body", "The body is not JSON. Send one JSON object as UTF-8.") from None
    if not isinstance(body, dict):
        raise Refused("unreadable-body", 'One JSON object is needed: {"context": {"targetingKey": …}}.')
    context = body.get("context") or {}
    if not isinstance(context, dict):
        raise UsageError("context: an object is needed.")
    unit = context.get("targetingKey")
    if not isinstance(unit, str) or not 0 < len(unit) <= LONGEST_KEY:
        raise _NoTargetingKey
    return unit, context
