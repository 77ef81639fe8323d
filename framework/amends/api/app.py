"""The web application: assignments, records, reading, probes and the survey page under one roof."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp

from amends.api import (
    assignments,
    batches,
    cards,
    events,
    health,
    metrics,
    ofrep,
    reading,
    responses,
    survey_routes,
    webhooks,
)
from amends.api.answering import answer_errors
from amends.api.desk import KEY_SCHEMES, Desk
from amends.api.entrance import Entrance
from amends.api.visit import name_requests_in_log

if TYPE_CHECKING:
    from amends.lab import Lab

LIGHT = (assignments, batches, cards)
"""What assigns: each module has `route(desk)`, its `PATH`, and an `OPERATION` that describes it."""
VERSIONED = (responses, events, reading, webhooks)
"""What lies under `/api/v1`: each module has `routes(desk)`."""
ELSEWHERE = (survey_routes, ofrep)
"""What has addresses of its own, likewise."""

DESCRIPTION = """\
Give a late customer an arm and the words to send, record what became of it, read the result.

Send `Authorization: Bearer KEY` (or `X-API-Key: KEY`); `amends keys create --scope assign` prints a key.
Errors are RFC 9457 problem details whose `detail` names the value, the rule and the remedy.
Every answer has an `X-Request-ID`: yours where you sent one. `RateLimit-Remaining` says how many requests
your key may make at once; `Retry-After` says how long to wait after a 429 or 503.
Set a short timeout and send your usual message when no answer comes in time."""

TAGS = [
    {"name": "assign", "description": "An arm and the words to send. Keys need scope `assign`."},
    {"name": "record", "description": "What became of it. Keys need scope `ingest`."},
    {"name": "read", "description": "Experiments and reports. Keys need scope `read`."},
    {"name": "webhooks", "description": "What survey vendors send, signed as each of them signs. No key."},
    {"name": "probes", "description": "For load balancers and Prometheus. No key needed."},
]


def create_api(lab: Lab, *, only_probes: bool = False) -> FastAPI:
    """The web application over a lab.

    Args:
        lab: The lab that answers.
        only_probes: Leave out everything but the probes, for a process that shows the dashboard only.
    """
    desk = Desk(lab)
    api = Application(
        desk,
        title="amends",
        version=_release(),
        description=DESCRIPTION,
        openapi_tags=TAGS,
        openapi_url=None if only_probes else "/api/openapi.json",
        docs_url=None,  # the stock page loads its script from another host
        redoc_url=None,
        redirect_slashes=False,
    )
    for probe in (health, metrics):
        api.include_router(probe.routes(desk))
    if not only_probes:
        api.router.routes[:0] = [part.route(desk) for part in LIGHT]
        versioned = APIRouter(prefix="/api/v1")
        for part in VERSIONED:
            versioned.include_router(part.routes(desk))
        api.include_router(versioned)
        for part in ELSEWHERE:
            api.include_router(part.routes(desk))
    answer_errors(api, desk)
    name_requests_in_log()
    return api


class Application(FastAPI):
    """FastAPI behind our own entrance; its description also has keys and the light routes.

    Args:
        desk: Whose metrics count its requests.
        settings: FastAPI's own.
    """

    def __init__(self, desk: Desk, **settings: Any) -> None:
        super().__init__(**settings)
        self._desk = desk

    def build_middleware_stack(self) -> ASGIApp:
        """The layers: our entrance outside of all, the answer to unforeseen errors included."""
        return Entrance(super().build_middleware_stack(), routes=self.routes, metrics=self._desk.metrics)

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document, made once."""
        if self.openapi_schema is None:
            document = super().openapi()
            document.setdefault("components", {})["securitySchemes"] = KEY_SCHEMES
            light = {part.PATH: {"post": part.OPERATION} for part in LIGHT}
            document["paths"] = {**light, **document["paths"]}
            _forget_stock_refusals(document)
        return super().openapi()


def _forget_stock_refusals(document: dict[str, Any]) -> None:
    """FastAPI documents a 422 of its own shape wherever there is a parameter; ours are problems."""
    for name in ("HTTPValidationError", "ValidationError"):
        document["components"].get("schemas", {}).pop(name, None)
    for methods in document["paths"].values():
        for operation in methods.values():
            if "application/json" in operation["responses"].get("422", {}).get("content", {}):
                del operation["responses"]["422"]


def _release() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("amends")
    except PackageNotFoundError:
        return "0"
