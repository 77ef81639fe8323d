"""Typeform: the body signed with HMAC-SHA256, the answers and hidden fields in it.

https://www.typeform.com/developers/webhooks/secure-your-webhooks/. The signature covers no time, so an
old message can be sent again: the id of its event is what tells.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from amends.importing.vendors.vendor import (
    FORGED,
    UNSIGNED,
    Message,
    Vendor,
    json_object,
    long_enough,
    member,
    moment,
    same,
)

SIGNATURE = "typeform-signature"
FINISHED = {"form_response": True, "form_response_partial": False}
"""By kind of event: whether the form was finished."""


def doubt(secret: str, headers: Mapping[str, str], body: bytes, _now: datetime) -> str | None:
    """Why a message is not genuine."""
    given = headers.get(SIGNATURE)
    if not given:
        return UNSIGNED.format("Typeform-Signature")
    mac = hmac.digest(secret.encode(), body, "sha256")
    expected = f"sha256={base64.b64encode(mac).decode()}"
    return None if same(expected, given) else FORGED.format("Typeform-Signature")


def read(_headers: Mapping[str, str], body: bytes) -> Message:
    """The message: hidden fields by name, answers by the field's reference and by its id."""
    said = json_object(body)
    identity, kind = member(said, "event_id", str), member(said, "event_type", str)
    if kind not in FINISHED:
        return Message(id=identity, why="this kind of event holds no answer")
    response = member(said, "form_response", dict)
    hidden = response.get("hidden") or {}
    given = response.get("answers") or []
    if not isinstance(hidden, dict) or not isinstance(given, list):
        raise ValueError("form_response: hidden is an object, answers is a list")
    answers: dict[str, Any] = {}
    for answer in given:
        field, value = _one(answer)
        for name in ("ref", "id"):
            if isinstance(field.get(name), str):
                answers[field[name]] = value
    return Message(
        id=identity,
        finished=FINISHED[kind],
        at=moment(response.get("submitted_at")),
        hidden=hidden,
        answers=answers,
    )


def _one(answer: object) -> tuple[dict[str, Any], Any]:
    """The field that was answered, and with what: of a choice its label."""
    if not isinstance(answer, dict) or not isinstance(answer.get("field"), dict):
        raise ValueError("form_response.answers: each has a field")
    value = answer.get(str(answer.get("type")))
    if isinstance(value, dict) and "label" in value:
        value = value["label"]
    return answer["field"], value


def new_secret(entropy: bytes) -> str:
    """A new secret, to be written into the form's webhook.

    >>> new_secret(bytes(6))
    'AAAAAAAA'
    """
    return base64.urlsafe_b64encode(entropy).decode().rstrip("=")


VENDOR = Vendor("typeform", "Typeform", doubt, read, long_enough, new_secret)
