"""Errors as RFC 9457 problem details: one place says which error answers with which status.

Every body has `type`, `title`, `status`, `detail` and `request_id`; `detail` names the value, the rule
and the remedy, because the person reading it is the one who can mend the call. Refused bodies also
list `errors`, one entry a field.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from starlette.responses import Response

from amends.api.visit import current_id
from amends.errors import (
    AmendsError,
    ConfigurationError,
    DefinitionError,
    KeyReused,
    NeverAssigned,
    RecordRefused,
    StateError,
    StoreUnavailable,
    UnknownExperiment,
    UsageError,
)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = "5"
UNAVAILABLE = f"The database did not answer in time, and nothing was recorded. Try again in {RETRY_AFTER} s."

TITLES: Mapping[str, tuple[int, str]] = {
    "unreadable-body": (400, "The body is not JSON"),
    "unauthorized": (401, "An API key is needed"),
    "not-genuine": (401, "The message is not known to be the vendor's"),
    "forbidden": (403, "The API key lacks the scope"),
    "not-found": (404, "Nothing is at this address"),
    "unknown-experiment": (404, "No experiment has that key"),
    "method-not-allowed": (405, "The address does not take this method"),
    "conflict": (409, "The record contradicts what is stored"),
    "never-assigned": (409, "The unit was never assigned"),
    "wrong-state": (409, "The experiment's state does not allow it"),
    "too-large": (413, "The body is too large"),
    "address-too-long": (414, "The address is too long"),
    "invalid": (422, "The request breaks a rule"),
    "too-many-requests": (429, "The caller comes too often"),
    "headers-too-large": (431, "The header fields are too large"),
    "internal": (500, "Something broke on our side"),
    "misconfigured": (500, "The server's configuration cannot work"),
    "not-installed": (501, "The server lacks a package for this"),
    "unavailable": (503, "The database did not answer"),
    "busy": (503, "The server has too much to do"),
}

_OF_ERROR: tuple[tuple[type[AmendsError], str], ...] = (
    (UnknownExperiment, "unknown-experiment"),
    (UsageError, "invalid"),
    (NeverAssigned, "never-assigned"),
    (KeyReused, "conflict"),
    (RecordRefused, "invalid"),
    (StateError, "wrong-state"),
    (ConfigurationError, "misconfigured"),
    (DefinitionError, "misconfigured"),
)


class Refused(Exception):
    """A request that ends in a problem. Raised anywhere behind the door, answered at one place.

    Attributes:
        code: One of `TITLES`; decides the status.
        detail: The sentence that names value, rule and remedy.
        errors: One `{"field", "message"}` per refused field.
        headers: Further response headers.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.errors = errors
        self.headers = dict(headers or {})


def problem(refused: Refused) -> Response:
    """The response of a refused request.

    >>> answer = problem(Refused("not-found", "nothing at /api/v2"))
    >>> answer.status_code, answer.media_type
    (404, 'application/problem+json')
    """
    status, _ = TITLES[refused.code]
    headers = {"Retry-After": RETRY_AFTER} if status == 503 else {}
    body = as_members(refused)
    request_id = current_id.get()
    if request_id:
        body["request_id"] = request_id
    return Response(
        json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"),
        status_code=status,
        media_type=MEDIA_TYPE,
        headers=headers | refused.headers,
    )


def as_members(refused: Refused) -> dict[str, Any]:
    """The members of a problem's body, for answers that hold several.

    >>> as_members(Refused("not-found", "nothing at /api/v2"))["status"]
    404
    """
    status, title = TITLES[refused.code]
    body: dict[str, Any] = {
        "type": f"urn:amends:problem:{refused.code}",
        "title": title,
        "status": status,
        "detail": refused.detail,
    }
    if refused.errors:
        body["errors"] = [dict(error) for error in refused.errors]
    return body


def refusal(error: AmendsError) -> Refused:
    """What an error of the library becomes on the wire.

    >>> refusal(UnknownExperiment("no experiment 'late_parcle'. Did you mean 'late_parcel'?")).code
    'unknown-experiment'
    """
    if isinstance(error, StoreUnavailable):  # its own words name the server's files: they are for the log
        return Refused("unavailable", UNAVAILABLE)
    for kind, code in _OF_ERROR:
        if isinstance(error, kind):
            return Refused(code, str(error))
    return Refused("internal", "An unexpected error was logged. Nothing was recorded by this request.")


def refusal_of_body(error: ValidationError) -> Refused:
    """What a body that does not fit its model becomes: 400 when unreadable, else 422 by field."""
    errors = error.errors(include_url=False, include_context=False, include_input=False)
    if errors and errors[0]["type"] == "json_invalid":
        return Refused("unreadable-body", f"{errors[0]['msg']}. Send one JSON object as UTF-8.")
    fields = [
        {"field": _dotted(item["loc"]), "message": item["msg"].removeprefix("Value error, ")}
        for item in errors
    ]
    detail = "; ".join(f"{item['field'] or 'body'}: {item['message']}" for item in fields[:5])
    return Refused("invalid", detail, errors=fields)


def _dotted(location: Iterable[int | str]) -> str:
    return ".".join(str(part) for part in location)
