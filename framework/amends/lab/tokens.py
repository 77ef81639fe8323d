"""Survey links: a short signed token that shows neither the arm nor the customer's id. Pure."""

from __future__ import annotations

import base64
import hmac

_SIGNATURE_BYTES = 9


def sign(secret: bytes, nonce: str) -> str:
    """The token of an assignment's random nonce: the nonce, then its signature.

    >>> sign(b"k" * 32, "AAAAAAAAAAAA")
    'AAAAAAAAAAAAlPE1wvESZyBW'
    """
    return nonce + _signature(secret, nonce)


def unsign(secret: bytes, token: str) -> str | None:
    """The nonce of a token, or None for a forged or damaged one.

    >>> unsign(b"k" * 32, sign(b"k" * 32, "AAAAAAAAAAAA"))
    'AAAAAAAAAAAA'
    >>> unsign(b"k" * 32, "AAAAAAAAAAAAAAAAAAAAAAAA") is None
    True
    """
    nonce, signature = token[:-12], token[-12:]
    genuine = hmac.compare_digest(
        signature.encode("utf-8", "surrogatepass"), _signature(secret, nonce).encode()
    )
    return nonce if nonce and genuine else None


def _signature(secret: bytes, nonce: str) -> str:
    digest = hmac.digest(secret, b"amends:survey:" + nonce.encode("utf-8", "surrogatepass"), "sha256")
    return base64.urlsafe_b64encode(digest[:_SIGNATURE_BYTES]).decode()
