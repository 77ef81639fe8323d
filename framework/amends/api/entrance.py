"""What every request passes first and every answer last: id, limits of size, HEAD, OPTIONS, headers, counts.

It stands outside of the framework's own layers, so that its headers are on every answer, that to an
unforeseen error included.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from amends.api.problems import Refused, problem
from amends.api.visit import PLACE, Visit, current_id

if TYPE_CHECKING:
    from amends.api.metrics import Metrics

access = logging.getLogger("amends.access")

LARGEST_OF_ALL = 8 * 1024 * 1024
"""Bytes of a body beyond which nothing reads on; every address has a lower limit of its own."""
LONGEST_ADDRESS = 8 * 1024
LARGEST_HEADERS = 16 * 1024
MOST_HEADERS = 100
SLOWEST_REST = 10.0
"""Seconds that the rest of a body too large may take to come in, unread, before the connection ends."""
MOST_AT_ONCE = 1000
"""Requests under way at once; more are told to come back, so that memory stays bounded."""

PLAIN = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
"""What keeps an answer from being sniffed, framed, kept or read by other sites."""

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


class Entrance:
    """The outermost layer of the web application.

    Args:
        app: What answers.
        routes: Its routes, for OPTIONS.
        metrics: Where requests are counted.
    """

    def __init__(self, app: ASGIApp, *, routes: Sequence[BaseRoute], metrics: Metrics) -> None:
        self._app = app
        self._routes = routes
        self._metrics = metrics
        self._inside = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        visit = scope[PLACE] = Visit(scope)
        current_id.set(visit.request_id)
        body = _Body(receive)
        answer = _Answer(send, visit, body, head=scope["method"] == "HEAD")
        began = time.perf_counter()
        self._inside += 1
        try:
            await self._let_in(scope, body, answer)
        finally:
            self._inside -= 1
            self._note(scope, visit, answer, time.perf_counter() - began)

    async def _let_in(self, scope: Scope, receive: _Body, answer: _Answer) -> None:
        refused = _refused_at_once(scope, answer.visit, inside=self._inside)
        if refused is not None:
            await problem(refused)(scope, receive, answer)
        elif scope["method"] == "OPTIONS":
            await self._options(scope)(scope, receive, answer)
        elif scope["method"] == "HEAD":
            # The same as GET without a body; what is matched and noted goes into the scope given here.
            as_get = {**scope, "method": "GET"}
            await self._app(as_get, receive, answer)
            scope.update(
                {name: as_get[name] for name in ("route", "endpoint", "path_params") if name in as_get}
            )
        else:
            await self._app(scope, receive, answer)

    def _options(self, scope: Scope) -> Response:
        allowed = allowed_methods(self._routes, scope)
        if not allowed:
            return problem(nothing_at(scope["path"]))
        return Response(status_code=204, headers={"Allow": ", ".join([*allowed, "OPTIONS"])})

    def _note(self, scope: Scope, visit: Visit, answer: _Answer, seconds: float) -> None:
        route = template(scope)
        method = scope["method"] if scope["method"] in (*METHODS, "OPTIONS") else "other"
        self._metrics.request(route, method, answer.status, seconds)
        if visit.limited:
            self._metrics.limited(visit.limited)
        if access.isEnabledFor(logging.INFO):
            line = {
                "request_id": visit.request_id,
                "method": method,
                "route": route,
                "status": answer.status,
                "ms": round(seconds * 1000, 1),
                "key": visit.key or None,
            }
            access.info("%s", json.dumps(line, ensure_ascii=False))


class _Body:
    """A request's body as it comes in, ended where it grows past all limits, whoever reads it."""

    __slots__ = ("ended", "receive", "size")

    def __init__(self, receive: Receive) -> None:
        self.receive = receive
        self.size = 0
        self.ended = False

    async def __call__(self) -> Message:
        message = await self.receive()
        self.size += len(message.get("body", b""))
        self.ended = not message.get("more_body", False)
        if self.size > LARGEST_OF_ALL:
            raise HTTPException(
                413, f"The body is over {LARGEST_OF_ALL} bytes, the most taken anywhere here."
            )
        return message

    async def pour_away(self) -> None:
        """Reads the rest to nowhere, in bounds: closing upon a sender could destroy the answer on its way."""
        with suppress(TimeoutError, HTTPException):
            async with asyncio.timeout(SLOWEST_REST):
                while not self.ended:
                    await self()


class _Answer:
    """Sends an answer on, with the headers that every answer has."""

    __slots__ = ("body", "head", "send", "status", "visit")

    def __init__(self, send: Send, visit: Visit, body: _Body, *, head: bool) -> None:
        self.send = send
        self.visit = visit
        self.body = body
        self.head = head
        self.status = 500  # an answer that never begins is a broken one

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message.get("headers", ()), *self._further(message.get("headers", ()))]
        elif self.head and message["type"] == "http.response.body":
            message = {**message, "body": b""}
        elif self.status == 413 and not self.body.ended and not message.get("more_body", False):
            # The sender hears of it while it sends; then the connection ends.
            await self.send({**message, "more_body": True})
            await self.body.pour_away()
            message = {"type": "http.response.body", "body": b""}
        await self.send(message)

    def _further(self, headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        there = {name.lower() for name, _ in headers}
        further = [pair for pair in PLAIN if pair[0] not in there]
        further.append((b"x-request-id", self.visit.request_id.encode()))
        if self.visit.taken is not None:
            further += self.visit.taken.headers()
        if self.status == 413 and not self.body.ended:
            further.append((b"connection", b"close"))
        return further


def template(scope: Scope) -> str:
    """The address that answered, with names in place of values; `none` where nothing did.

    >>> from starlette.routing import Route
    >>> template({"path": "/s/AbC", "route": Route("/s/{token}", lambda request: None)})
    '/s/{token}'
    """
    own: str | None = getattr(scope.get("route") or scope.get("endpoint"), "path", None)
    if own is None:
        return "none"
    # A route may know its own part alone: what stands before it in the address is the same for all.
    segments = scope["path"].split("/")
    return "/".join(segments[: len(segments) - own.count("/")]) + own


def allowed_methods(routes: Sequence[BaseRoute], scope: Scope) -> list[str]:
    """The methods that an address takes, none where nothing is there; HEAD wherever there is GET."""
    found = [
        method
        for method in METHODS
        if any(route.matches({**scope, "method": method})[0] is Match.FULL for route in routes)
    ]
    if "GET" in found and "HEAD" not in found:
        found.insert(1, "HEAD")
    return found


def nothing_at(path: str) -> Refused:
    """The refusal of an address where nothing is."""
    return Refused("not-found", f"Nothing is at {path}. The addresses are listed in /api/openapi.json.")


def _refused_at_once(scope: Scope, visit: Visit, *, inside: int) -> Refused | None:
    if inside > MOST_AT_ONCE:
        return Refused("busy", f"{MOST_AT_ONCE} requests are under way already. Try again in a few seconds.")
    if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > LONGEST_ADDRESS:
        return Refused(
            "address-too-long", f"The address is over {LONGEST_ADDRESS} bytes, the most taken here."
        )
    headers = scope["headers"]
    if (
        len(headers) > MOST_HEADERS
        or sum(len(name) + len(value) for name, value in headers) > LARGEST_HEADERS
    ):
        return Refused(
            "headers-too-large",
            f"The request has more than {MOST_HEADERS} header fields or {LARGEST_HEADERS} bytes of them.",
        )
    if visit.length is not None and visit.length > LARGEST_OF_ALL:
        return Refused("too-large", f"The body is over {LARGEST_OF_ALL} bytes, the most taken anywhere here.")
    return None
