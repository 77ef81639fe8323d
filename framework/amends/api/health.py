"""Probes: `/healthz` says the process answers, `/readyz` that it can work. No key needed."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from starlette.responses import Response

from amends.api.desk import Desk, answers, as_json
from amends.errors import AmendsError

if TYPE_CHECKING:
    from amends.lab import Lab

log = logging.getLogger("amends")


def routes(desk: Desk) -> APIRouter:
    """The addresses a load balancer asks."""
    router = APIRouter(tags=["probes"])

    @router.get(
        "/healthz",
        summary="The process answers",
        responses={200: answers("It does.", {"status": "ok"})},
    )
    async def healthy() -> Response:
        return as_json({"status": "ok"})

    @router.get(
        "/readyz",
        summary="Database open and migrated, experiments loaded",
        responses={
            200: answers("Ready.", {"status": "ready", "experiments": 7, "problems": 0}),
            503: answers("Not ready; the reason is in the log.", {"status": "not ready"}),
        },
    )
    async def ready() -> Response:
        body = await desk.run(readiness, desk.lab)
        return as_json(body, status=200 if body["status"] == "ready" else 503)

    return router


def readiness(lab: Lab) -> dict[str, Any]:
    """Whether experiments can be read and the database answers. Reasons go to the log: anybody may ask."""
    try:
        found = lab.discover()
        lab.store.experiments()
    except AmendsError as error:
        log.warning("not ready: %s", error)
        return {"status": "not ready"}
    return {"status": "ready", "experiments": len(found.experiments), "problems": len(found.problems)}
