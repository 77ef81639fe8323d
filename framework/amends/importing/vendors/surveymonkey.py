"""SurveyMonkey: tells that an answer exists, signed with HMAC-SHA1, and holds neither answer nor token.

https://api.surveymonkey.com/v3/docs, "Webhooks". The key is `client_id&client_secret` of the app. What
comes is counted as a sign of life; the answers themselves come by their export and `amends responses`.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from datetime import datetime

from amends.importing.vendors.vendor import (
    FORGED,
    UNSIGNED,
    Message,
    Vendor,
    json_object,
    long_enough,
    member,
    same,
)

SIGNATURE = "sm-signature"
WHY = (
    "SurveyMonkey tells that there is an answer, not what it says nor by which link: "
    "import its export with `amends responses`"
)


def doubt(secret: str, headers: Mapping[str, str], body: bytes, _now: datetime) -> str | None:
    """Why a message is not genuine."""
    given = headers.get(SIGNATURE)
    if not given:
        return UNSIGNED.format("Sm-Signature")
    mac = hmac.digest(secret.encode(), body, "sha1")
    return None if same(base64.b64encode(mac).decode(), given) else FORGED.format("Sm-Signature")


def read(_headers: Mapping[str, str], body: bytes) -> Message:
    """The message, which holds no answer."""
    return Message(id=member(json_object(body), "event_id", str), why=WHY)


def check_secret(given: str) -> str:
    """The app's id and secret, joined by `&` or on two lines.

    >>> check_secret("the-client-id\\nthe-client-secret\\n")
    'the-client-id&the-client-secret'
    """
    secret = long_enough("&".join(given.split()))
    if not all(secret.partition("&")):
        raise ValueError("CLIENT_ID&CLIENT_SECRET of the app is needed, or the two on lines of their own")
    return secret


VENDOR = Vendor("surveymonkey", "SurveyMonkey", doubt, read, check_secret, None, holds_answers=False)
