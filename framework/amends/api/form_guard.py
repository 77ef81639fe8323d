"""When a survey form was issued, signed into the form itself instead of into a cookie.

A form that was not issued by us for this very link, or lies open for longer than `GOOD_FOR`, is
shown again with its answers kept, never stored.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from itsdangerous import BadData, URLSafeSerializer

GOOD_FOR = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Issued:
    """A form that we issued: when, and the random text that makes it unlike any other."""

    at: datetime
    nonce: str


def issue(secret: bytes, token: str, *, at: datetime, nonce: str) -> str:
    """The hidden value of a form shown at a time.

    >>> moment = datetime(2026, 3, 1, tzinfo=UTC)
    >>> opened(b"k" * 32, "AAAA", issue(b"k" * 32, "AAAA", at=moment, nonce="x7"), at=moment).nonce
    'x7'
    """
    return _serializer(secret, token).dumps([int(at.timestamp()), nonce])


def opened(secret: bytes, token: str, issued: str, *, at: datetime) -> Issued | None:
    """The form, where we issued it for this link at most `GOOD_FOR` ago; else None.

    A form from the future is taken too: two machines' clocks differ by a little.
    """
    try:
        seconds, nonce = _serializer(secret, token).loads(issued)
    except (BadData, UnicodeError, TypeError, ValueError):
        return None
    form = Issued(datetime.fromtimestamp(seconds, UTC), nonce)
    return form if at - form.at <= GOOD_FOR else None


def new_nonce() -> str:
    """A random text that no other form has."""
    return secrets.token_urlsafe(12)


def digest(form: Issued, answers: Mapping[str, str]) -> str:
    """What a form with these answers is known by when it is sent again.

    The form's own random text is part of it and stored nowhere, so that no answer can be guessed from it.

    >>> form = Issued(datetime(2026, 3, 1, tzinfo=UTC), "x7")
    >>> digest(form, {"satisfaction": "6"}) == digest(form, {"satisfaction": "5"})
    False
    """
    content = json.dumps([form.nonce, sorted(answers.items())], ensure_ascii=True)
    return hashlib.sha256(content.encode()).hexdigest()[:32]


def _serializer(secret: bytes, token: str) -> URLSafeSerializer:
    # The link is part of the key, so that a form of one link is worth nothing at another.
    salt = b"amends:survey-form:" + token.encode("utf-8", "surrogatepass")
    return URLSafeSerializer(
        secret, salt=salt, signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"}
    )
