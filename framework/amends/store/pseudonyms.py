"""What stands in the database instead of a customer's id. Pure, standard library only."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from hashlib import sha256
from secrets import token_bytes

from amends.errors import ConfigurationError


def pseudonym(id: str, *, secret: bytes) -> str:
    """HMAC-SHA256 of the id's UTF-8 bytes under the secret, hexadecimal.

    The same id always gets the same pseudonym, and nobody without the secret can try out ids.

    >>> pseudonym("customer-17", secret=b"0123456789abcdef")[:16]
    'a9e5664233e6c9d0'
    """
    return hmac.digest(secret, id.encode("utf-8"), sha256).hex()


def record_ids(key: str, unit: str, *, secret: bytes) -> tuple[str, str]:
    """The public id (32 hexadecimal digits) and link nonce (12 characters) of a unit's assignment.

    Derived, so that two processes that cannot see each other's records give one customer the same
    link. Whoever is erased gets random ones, so nothing leads from a person to an erased record.

    Args:
        key: The experiment's key.
        unit: The unit's pseudonym.

    >>> record_ids("late_parcel", "a9e5664233e6c9d0", secret=b"0123456789abcdef")
    ('39692ebaced7eefda6d9add3c9d2eee0', 'toIOsrjW-LbG')
    """
    digest = hmac.digest(secret, f"amends:record:{key}:{unit}".encode(), sha256)
    return digest[:16].hex(), urlsafe_b64encode(digest[16:25]).decode()


def random_ids(n: int) -> tuple[Iterator[str], Iterator[str]]:
    """As many public ids, and as many link nonces, that nothing leads to: asked of the system all at once.

    >>> public, nonces = random_ids(2)
    >>> [len(id) for id in public], [len(nonce) for nonce in nonces]
    ([32, 32], [12, 12])
    """
    public, nonces = token_bytes(16 * n).hex(), urlsafe_b64encode(token_bytes(9 * n)).decode()
    return _pieces(public, 32), _pieces(nonces, 12)  # 9 bytes are 12 characters, without padding


def _pieces(text: str, size: int) -> Iterator[str]:
    return (text[first : first + size] for first in range(0, len(text), size))


def fingerprint(secret: bytes) -> str:
    """A mark by which the database knows its secret again, and which does not give it away.

    Raises:
        ConfigurationError: The secret is empty.

    >>> fingerprint(b"0123456789abcdef") == fingerprint(b"0123456789abcdeF")
    False
    """
    if not secret:
        raise ConfigurationError("the secret is empty. Set AMENDS_SECRET to at least 16 random characters.")
    return hmac.digest(secret, b"amends:secret-fingerprint:1", sha256).hex()[:32]
