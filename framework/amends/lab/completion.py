"""Completion codes for panels: proof that somebody finished, which leads back to no answers.

A code is a number that our signature makes genuine. The number comes from the form that finished the
survey by way of a random text that the customer's page alone holds, so neither the database nor the secret
tells whose it is, while the same form sent again shows the same code. What is stored is which codes were
redeemed: in a table of its own, with nothing that joins it to an assignment.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from amends.errors import DefinitionError

if TYPE_CHECKING:
    from amends.lab.lab import Lab

_BYTES = 5
_LETTERS = 8
_GROUP = 4
_MISTAKEN = str.maketrans("018", "OIB")


@dataclass(frozen=True, slots=True)
class Redeemed:
    """A code that somebody handed in.

    Attributes:
        code: As it came.
        status: `good`, `again` (redeemed before, or a second time in the same list) or `unknown` (not made
            here for this experiment).
    """

    code: str
    status: str


def code_of(secret: bytes, key: str, *, token: str, nonce: str) -> str:
    """The code that a finished form shows.

    Args:
        secret: The installation's.
        key: The experiment's key.
        token: The survey link's token.
        nonce: The form's random text, which is stored nowhere.

    >>> code_of(b"k" * 32, "tea", token="AAAA", nonce="x7")
    '6C5D-RE7S-JNY4-LNAY'
    """
    number = _digest(secret, f"form:{key}:{token}:{nonce}")
    whole = number + _digest(secret, f"code:{key}:{number}")
    return "-".join(whole[start : start + _GROUP] for start in range(0, len(whole), _GROUP))


def is_genuine(secret: bytes, key: str, code: str) -> bool:
    """Whether a code was made here for this experiment, however it was typed.

    >>> is_genuine(b"k" * 32, "tea", " 6c5d re7s jny4 lnay"), is_genuine(b"k" * 32, "tea", "6C5D-RE7S")
    (True, False)
    """
    typed = _plain(code)
    number, signature = typed[:_LETTERS], typed[_LETTERS:]
    genuine = _digest(secret, f"code:{key}:{number}")
    return hmac.compare_digest(signature.encode("utf-8", "replace"), genuine.encode())


def redeem(lab: Lab, key: str, codes: Iterable[str]) -> list[Redeemed]:
    """Takes codes in; each is good once.

    Args:
        lab: The lab.
        key: The experiment's key.
        codes: As participants handed them in.

    Raises:
        UnknownExperiment: naming the nearest key.
        DefinitionError: where the experiment gives no codes.
    """
    if not lab.experiment(key).completion_code:
        raise DefinitionError(f"{key} shows no completion codes: write completion_code=True in its file.")
    given = list(codes)
    secret = lab.settings.secret
    marks = [_mark(code) if is_genuine(secret, key, code) else None for code in given]
    new = lab.store.redeem_codes(key, [mark for mark in marks if mark is not None], at=lab.clock())
    found = []
    for code, mark in zip(given, marks, strict=True):
        status = "unknown" if mark is None else "good" if mark in new else "again"
        new.discard(mark or "")
        found.append(Redeemed(code, status))
    return found


def _plain(code: str) -> str:
    """The letters alone. The alphabet has no 0, 1 and 8: they are read as what they were mistaken for."""
    letters = (letter for letter in code.upper() if letter not in "- \t\u2010\u2011\u2013")
    return "".join(letters).translate(_MISTAKEN)


def _mark(code: str) -> str:
    return hashlib.sha256(_plain(code).encode()).hexdigest()


def _digest(secret: bytes, what: str) -> str:
    digest = hmac.digest(secret, b"amends:completion:" + what.encode("utf-8", "surrogatepass"), "sha256")
    return base64.b32encode(digest[:_BYTES]).decode()
