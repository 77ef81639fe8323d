"""The web application: assignments, records, reading, probes and the survey page under one roof."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from amends.api import assignments, events, health, reading, responses, survey_routes
from amends.api.desk import KEY_SCHEMES, Desk
from amends.api.problems import Refused, problem, refusal
from amends.errors import AmendsError

if TYPE_CHECKING:
    from amends.lab import Lab

log = logging.getLogger("amends")

DESCRIPTION = """\
Give a late customer an arm and the words to send, record what became of it, read the result.

Send `Authorization: Bearer KEY` (or `X-API-Key: KEY`); `amends keys create --scope assign` prints a key.
Errors are RFC 9457 problem details whose `detail` names the value, the rule and the remedy.
Set a short timeout and send your usual message when no answer comes in time."""


def create_api(lab: Lab, *, only_probes: bool = False) -> FastAPI:
    """The web application over a lab.

    Args:
        lab: The lab that answers.
        only_probes: Leave out everything but the probes, for a process that shows the dashboard only.
    """
    from importlib.metadata import PackageNotFoundError, version

    try:
        release = version("amends")
    except PackageNotFoundError:
        release = "0"
    api = _Described(
        title="amends",
        version=release,
        description=DESCRIPTION,
        openapi_url=None if only_probes else "/api/openapi.json",
        docs_url=None,  # the stock page loads its script from another host
        redoc_url=None,
        redirect_slashes=False,
    )
    desk = Desk(lab)
    api.include_router(health.routes(desk))
    if not only_probes:
        versioned = APIRouter(prefix="/api/v1")
        for part in (assignments, responses, events, reading):
            versioned.include_router(part.routes(desk))
        api.include_router(versioned)
        api.include_router(survey_routes.routes(desk))
    _answer_errors(api)
    api.add_middleware(PlainHeaders)
    return api


class _Described(FastAPI):
    """FastAPI whose description also says how a key is sent."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document, made once."""
        document = super().openapi()
        document.setdefault("components", {})["securitySchemes"] = KEY_SCHEMES
        return document


def _answer_errors(api: FastAPI) -> None:
    """Maps every error to its problem, in this one place."""

    async def refused(_request: Request, error: Exception) -> Response:
        assert isinstance(error, Refused)
        return problem(error)

    async def known(_request: Request, error: Exception) -> Response:
        assert isinstance(error, AmendsError)
        refusal_ = refusal(error)
        if refusal_.code in ("internal", "misconfigured", "unavailable"):
            log.error("%s: %s", type(error).__name__, error)
        return problem(refusal_)

    async def of_framework(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        code = {404: "not-found", 405: "method-not-allowed"}.get(error.status_code, "invalid")
        detail = {
            "not-found": f"Nothing is at {request.url.path}. The addresses are listed in /api/openapi.json.",
            "method-not-allowed": f"{request.url.path} does not take {request.method}.",
        }.get(code, str(error.detail))
        return problem(Refused(code, detail, headers=error.headers))

    async def of_arguments(_request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        fields = [
            {"field": ".".join(str(part) for part in item["loc"]), "message": str(item["msg"])}
            for item in error.errors()
        ]
        return problem(
            Refused(
                "invalid", "; ".join(f"{item['field']}: {item['message']}" for item in fields), errors=fields
            )
        )

    async def unexpected(_request: Request, _error: Exception) -> Response:
        return problem(
            Refused("internal", "An unexpected error was logged. The same call may be tried again.")
        )

    handlers: list[tuple[type[Exception], Callable[[Request, Exception], Awaitable[Response]]]] = [
        (Refused, refused),
        (AmendsError, known),
        (HTTPException, of_framework),
        (RequestValidationError, of_arguments),
        (Exception, unexpected),
    ]
    for kind, handler in handlers:
        api.add_exception_handler(kind, handler)


class PlainHeaders:
    """Adds to every answer what keeps it from being sniffed, framed or kept."""

    DEFAULTS = (
        ("X-Content-Type-Options", "nosniff"),
        ("Cache-Control", "no-store"),
        ("Referrer-Policy", "no-referrer"),
        ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    )

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request through; headers that are set already stay."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.DEFAULTS:
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, with_headers)
