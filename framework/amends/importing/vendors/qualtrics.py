"""Qualtrics: a web service task holds answers under a shared secret; an event subscription only tells.

- Web service task: a JSON body that the survey's owner writes, and a header field of their own with the
  secret. Nothing is signed: what keeps it genuine is TLS and the secret.
- Event subscription: form fields `MSG` (JSON) and `HMAC` (hexadecimal HMAC-SHA512 of `MSG` under the
  subscription's `sharedKey`). `MSG` names survey and response; it holds no answers and no link's token.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import parse_qs

from amends.importing.vendors.vendor import Message, Vendor, json_object, long_enough, member, same

SECRET = "x-amends-secret"
MOST_FIELDS = 20
WHY = (
    "an event subscription tells that there is an answer, not what it says nor by which link: "
    "send the answers by a web service task, or import the export with `amends responses`"
)


def doubt(secret: str, headers: Mapping[str, str], body: bytes, _now: datetime) -> str | None:
    """Why a message is not genuine."""
    given = headers.get(SECRET)
    if given:
        return None if same(secret, given) else "the secret in X-Amends-Secret is none of this webhook"
    try:
        message, mac = _signed(body)
    except ValueError:
        return "neither the header X-Amends-Secret nor form fields MSG and HMAC are there"
    expected = hmac.digest(secret.encode(), message.encode(), "sha512").hex()
    return None if same(expected, mac.lower()) else "the signature in HMAC fits none of the secrets"


def read(headers: Mapping[str, str], body: bytes) -> Message:
    """The message: the fields of a task's JSON by their name, or an event that holds no answer."""
    if not headers.get(SECRET):
        said = json_object(_signed(body)[0])
        return Message(id=member(said, "ResponseID", str), why=WHY)
    said = json_object(body)
    identity = said.get("ResponseID")
    if not isinstance(identity, str) or not identity:
        identity = hashlib.sha256(body).hexdigest()
    finished = said.get("finished", True)
    if not isinstance(finished, bool):
        raise ValueError("finished: true or false is needed")
    return Message(id=f"{identity}:{finished}", finished=finished, hidden=said, answers=said)


def _signed(body: bytes) -> tuple[str, str]:
    """The fields `MSG` and `HMAC` of a form, each there once."""
    fields = parse_qs(body.decode("ascii"), strict_parsing=False, errors="strict", max_num_fields=MOST_FIELDS)
    message, mac = fields.get("MSG", []), fields.get("HMAC", [])
    if len(message) != 1 or len(mac) != 1:
        raise ValueError("form fields MSG and HMAC are needed, each once")
    return message[0], mac[0]


def new_secret(entropy: bytes) -> str:
    """A new secret, for the task's header field or the subscription's `sharedKey`.

    >>> len(new_secret(bytes(32)))
    43
    """
    return base64.urlsafe_b64encode(entropy).decode().rstrip("=")


VENDOR = Vendor("qualtrics", "Qualtrics", doubt, read, long_enough, new_secret)
