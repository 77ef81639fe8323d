"""Every error to its problem, in this one place."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from amends.api.entrance import allowed_methods, nothing_at
from amends.api.problems import Refused, problem, refusal
from amends.errors import AmendsError, StoreUnavailable

if TYPE_CHECKING:
    from fastapi import FastAPI

    from amends.api.desk import Desk

log = logging.getLogger("amends")

UNFORESEEN = "An unexpected error was logged. The same call may be tried again."
OURS = ("internal", "misconfigured", "unavailable")

_OF_STATUS = {400: "unreadable-body", 413: "too-large"}


def answer_errors(api: FastAPI, desk: Desk) -> None:
    """Gives an application the answers to all errors that its handlers let through."""

    async def known(_request: Request, error: Exception) -> Response:
        return problem(_refusal(error, desk))

    async def of_framework(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == 405:
            return problem(_other_method(api, request))
        return problem(_of_framework(request, error))

    async def unforeseen(_request: Request, _error: Exception) -> Response:
        return problem(Refused("internal", UNFORESEEN))

    handlers: dict[type[Exception], Callable[[Request, Exception], Awaitable[Response]]] = {
        Refused: known,
        AmendsError: known,
        RequestValidationError: known,
        HTTPException: of_framework,
        Exception: unforeseen,
    }
    for kind, handler in handlers.items():
        api.add_exception_handler(kind, handler)


def _refusal(error: Exception, desk: Desk) -> Refused:
    if isinstance(error, Refused):
        return error
    if isinstance(error, RequestValidationError):
        return _of_arguments(error)
    assert isinstance(error, AmendsError)
    found = refusal(error)
    if isinstance(error, StoreUnavailable):
        desk.metrics.store_failed()
    if found.code in OURS:
        log.error("%s: %s", type(error).__name__, error)
    return found


def _of_arguments(error: RequestValidationError) -> Refused:
    fields = [
        {"field": ".".join(str(part) for part in item["loc"]), "message": str(item["msg"])}
        for item in error.errors()
    ]
    detail = "; ".join(f"{item['field']}: {item['message']}" for item in fields)
    return Refused("invalid", detail, errors=fields)


def _of_framework(request: Request, error: HTTPException) -> Refused:
    if error.status_code == 404:
        return nothing_at(request.url.path)
    return Refused(_OF_STATUS.get(error.status_code, "invalid"), str(error.detail), headers=error.headers)


def _other_method(api: FastAPI, request: Request) -> Refused:
    allowed = ", ".join(allowed_methods(api.routes, request.scope))
    detail = f"{request.url.path} does not take {request.method}; it takes {allowed}."
    return Refused("method-not-allowed", detail, headers={"Allow": allowed})
