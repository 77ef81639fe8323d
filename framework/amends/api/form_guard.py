"""When a survey form was issued, signed into the form itself instead of into a cookie.

A form that was not issued by us for this very link, or lies open for longer than `GOOD_FOR`, is
shown again with its answers kept, never stored.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

from itsdangerous import BadData, URLSafeSerializer

GOOD_FOR = timedelta(hours=12)


def issue(secret: bytes, token: str, *, at: datetime) -> str:
    """The hidden value of a form shown at a time.

    >>> moment = datetime(2026, 3, 1, tzinfo=UTC)
    >>> is_fresh(b"k" * 32, "AAAA", issue(b"k" * 32, "AAAA", at=moment), at=moment)
    True
    """
    return _serializer(secret, token).dumps(int(at.timestamp()))


def is_fresh(secret: bytes, token: str, issued: str, *, at: datetime) -> bool:
    """Whether we issued this form, for this link, at most `GOOD_FOR` ago.

    A form from the future is taken too: two machines' clocks differ by a little.
    """
    try:
        seconds = _serializer(secret, token).loads(issued)
    except (BadData, UnicodeError):
        return False
    return at - datetime.fromtimestamp(seconds, UTC) <= GOOD_FOR


def _serializer(secret: bytes, token: str) -> URLSafeSerializer:
    # The link is part of the key, so that a form of one link is worth nothing at another.
    salt = b"amends:survey-form:" + token.encode("utf-8", "surrogatepass")
    return URLSafeSerializer(
        secret, salt=salt, signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"}
    )
