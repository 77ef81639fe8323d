"""Standard Webhooks: any sender that signs id, time and body, a company's own service for instance.

https://github.com/standard-webhooks/standard-webhooks, version 1.0.0: HMAC-SHA256 over
`id.timestamp.body`, several signatures in one header while a secret is replaced. Only the symmetric
scheme `v1` is known here.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from amends.importing.vendors.vendor import (
    FORGED,
    SHORTEST_SECRET,
    UNSIGNED,
    Message,
    Vendor,
    json_object,
    moment,
    same,
)

TOLERANCE = timedelta(minutes=5)
"""How far a message's time may be from ours: with older ones somebody may have waited and listened."""
PREFIX = "whsec_"
ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
_SECONDS = re.compile(r"\d{1,12}", re.ASCII)


def doubt(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> str | None:
    """Why a message is not genuine."""
    for name in (ID, TIMESTAMP, SIGNATURE):
        if not headers.get(name):
            return UNSIGNED.format(name)
    identity, timestamp = headers[ID], headers[TIMESTAMP]
    if "." in identity:
        return f"{ID} may not hold a point, for points part what is signed"
    if not _SECONDS.fullmatch(timestamp):
        return f"{TIMESTAMP} must be seconds since 1970"
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        return f"{TIMESTAMP} is more than {TOLERANCE.seconds // 60} minutes from this server's clock"
    signed = f"{identity}.{timestamp}.".encode("utf-8", "surrogatepass") + body
    mac = hmac.digest(_key(secret), signed, "sha256")
    expected = f"v1,{base64.b64encode(mac).decode()}"
    if any(same(expected, one) for one in headers[SIGNATURE].split(" ")):
        return None
    return FORGED.format(SIGNATURE)


def read(headers: Mapping[str, str], body: bytes) -> Message:
    """The message: answers in `data`, or in the body itself where it has no `data`."""
    said = json_object(body)
    data = said.get("data", said)
    if not isinstance(data, dict):
        raise ValueError("data: an object is needed")
    finished = data.get("finished", True)
    if not isinstance(finished, bool):
        raise ValueError("finished: true or false is needed")
    return Message(
        id=headers[ID], finished=finished, at=moment(said.get("timestamp")), hidden=data, answers=data
    )


def check_secret(given: str) -> str:
    """`whsec_` and base64, as senders show it; the prefix may be missing."""
    secret = PREFIX + given.strip().removeprefix(PREFIX)
    try:
        key = _key(secret)
    except (ValueError, binascii.Error):
        key = b""
    if len(key) < SHORTEST_SECRET:
        raise ValueError(f"whsec_… with at least {SHORTEST_SECRET} bytes in base64 is needed")
    return secret


def new_secret(entropy: bytes) -> str:
    """A new secret.

    >>> new_secret(bytes(24))
    'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
    """
    return PREFIX + base64.b64encode(entropy).decode()


def _key(secret: str) -> bytes:
    written = secret.removeprefix(PREFIX)
    return base64.b64decode(written + "=" * (-len(written) % 4), validate=True)


VENDOR = Vendor("standard", "Standard Webhooks", doubt, read, check_secret, new_secret)
