"""One request as the door sees it: its id, who calls from where with which key, what it was allowed.

The id is in every answer, every problem and every line logged meanwhile, so that a sender's complaint
finds our side of the story. It is the caller's own where that is a short plain word.
"""

from __future__ import annotations

import ipaddress
import logging
import re
import secrets
from contextvars import ContextVar
from typing import TYPE_CHECKING

from starlette.types import Scope

if TYPE_CHECKING:
    from amends.api.limits import Taken

PLACE = "amends.visit"
_SANE = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

current_id: ContextVar[str] = ContextVar("amends_request_id", default="")
"""Id of the request that this task or thread works for; empty outside of one."""


class Visit:
    """What is noted about a request while it is answered. One per request, changed only by its own task.

    Attributes:
        request_id: The caller's id, or one made here.
        bare: The API key as it came, None without one.
        length: The announced length of the body, None where it is not announced.
        address: Where it came from, as far as it counts for limits.
        key: Name of the key, once it was admitted.
        taken: What the rate limit said.
        limited: `key` or `address` where the request was refused for coming too often.
    """

    __slots__ = ("address", "bare", "key", "length", "limited", "request_id", "taken")

    def __init__(self, scope: Scope) -> None:
        given = bearer = header = None
        self.length: int | None = None
        for name, value in scope["headers"]:
            if name == b"authorization":
                bearer = _bearer(value)
            elif name == b"x-api-key":
                header = value.strip().decode("latin-1") or None
            elif name == b"content-length":
                self.length = int(value) if value.isdigit() else None
            elif name == b"x-request-id":
                given = value
        self.bare: str | None = bearer or header
        self.request_id = (
            given.decode() if given is not None and _SANE.fullmatch(given) else secrets.token_hex(8)
        )
        self.address = _address(scope)
        self.key = ""
        self.taken: Taken | None = None
        self.limited = ""


def visit_of(scope: Scope) -> Visit:
    """The visit of a request; noted now where nobody did."""
    found: Visit | None = scope.get(PLACE)
    if found is None:
        found = scope[PLACE] = Visit(scope)
    return found


def _bearer(value: bytes) -> str | None:
    kind, _, key = value.partition(b" ")
    return key.strip().decode("latin-1") or None if kind.lower() == b"bearer" else None


def _address(scope: Scope) -> str:
    """The caller's address; of version 6 the network of 64 bits, all of which one caller may use."""
    client = scope.get("client")
    host = str(client[0]) if client else ""
    if ":" not in host:
        return host
    try:
        return str(ipaddress.ip_network((host.partition("%")[0], 64), strict=False))
    except ValueError:
        return host


def name_requests_in_log() -> None:
    """Lets every line of the logger `amends` end with the id of the request it belongs to."""
    log = logging.getLogger("amends")
    if not any(isinstance(known, _NamesRequest) for known in log.filters):
        log.addFilter(_NamesRequest())


def write_access_log() -> None:
    """Lets the lines of the logger `amends.access` go to stderr, as they are: JSON, one a request."""
    log = logging.getLogger("amends.access")
    log.setLevel(logging.INFO)
    log.propagate = False
    if not log.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(message)s"))
        log.addHandler(handler)


class _NamesRequest(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        request_id = current_id.get()
        record.request_id = request_id
        if request_id:
            record.msg = f"{record.getMessage()} (request {request_id})"
            record.args = None
        return True
