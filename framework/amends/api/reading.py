"""What dashboards and reports of other systems read: the experiments, one definition, its report."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from amends.api.desk import BEHIND_A_KEY, Desk, as_json, problems
from amends.lab.assigned import rfc3339

if TYPE_CHECKING:
    from amends.lab import Lab
    from amends.lab.reading import Overview

_PROBLEMS = problems(401, 403, 503)


def routes(desk: Desk) -> APIRouter:
    """The addresses that only read. Keys need scope `read`."""
    router = APIRouter(tags=["read"])

    @router.get(
        "/experiments",
        summary="All experiments with status and progress",
        responses=_PROBLEMS,
        openapi_extra=BEHIND_A_KEY,
    )
    async def experiments(request: Request) -> Response:
        await desk.admit(request, scope="read")
        return as_json(await desk.run(overview, desk.lab))

    @router.get(
        "/experiments/{key}",
        summary="One experiment's definition and state",
        responses=_PROBLEMS | problems(404),
        openapi_extra=BEHIND_A_KEY,
    )
    async def experiment(key: str, request: Request) -> Response:
        await desk.admit(request, scope="read")
        return as_json(await desk.run(definition, desk.lab, key))

    @router.get(
        "/experiments/{key}/report",
        summary="The report as the data stand now",
        responses=_PROBLEMS | problems(404),
        openapi_extra=BEHIND_A_KEY,
    )
    async def report(key: str, request: Request) -> Response:
        await desk.admit(request, scope="read")
        return as_json(await desk.run(lambda: desk.lab.analyze(key).to_dict()))

    return router


def overview(lab: Lab) -> dict[str, Any]:
    """The list of experiments; broken files stand beside the good ones, never in their way."""
    problems_found = [{"path": str(item.path), "message": item.message} for item in lab.discover().problems]
    return {"experiments": [_line(line) for line in lab.overview()], "problems": problems_found}


def definition(lab: Lab, key: str) -> dict[str, Any]:
    """A definition in force with its state; the seed of sealed lists stays secret."""
    state = lab.state(key)
    body: dict[str, Any] = {
        "key": key,
        "status": lab.status(key),
        "definition": lab.experiment(key).snapshot(),
    }
    if state is None:
        return body
    moments = {"started_at": state.started_at, "stopped_at": state.stopped_at}
    return body | {
        "fingerprint": state.fingerprint,
        "coverage": state.coverage,
        "then_arm": state.then_arm,
        "after_the_fact": state.after_the_fact,
        "simulated": state.simulated,
        **{name: None if moment is None else rfc3339(moment) for name, moment in moments.items()},
    }


def _line(line: Overview) -> dict[str, Any]:
    values = {field.name: getattr(line, field.name) for field in fields(line)}
    return {name: rfc3339(value) if isinstance(value, datetime) else value for name, value in values.items()}
