"""What every survey vendor has: a way to sign, and messages that hold an answer or tell of one."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import TypeAdapter

SHORTEST_SECRET = 16


class Unreadable(ValueError):
    """A body that is not JSON at all."""


@dataclass(frozen=True, slots=True)
class Message:
    """What a genuine message says.

    Attributes:
        id: The vendor's own id of it: the same however often it is sent.
        finished: Whether the survey was finished; None where the message holds no answer.
        why: Why it holds no answer, for whoever reads the vendor's log of deliveries.
        at: When it was answered, where the vendor says so.
        hidden: Where the token of the survey link stands.
        answers: The answers by the vendor's field.
    """

    id: str
    finished: bool | None = None
    why: str = ""
    at: datetime | None = None
    hidden: Mapping[str, Any] = field(default_factory=dict)
    answers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Vendor:
    """A survey vendor.

    Attributes:
        name: Its name in the address.
        called: Its name as it writes it itself.
        doubt: Why a message is not genuine under a secret; None where it is. Called with the secret, the
            header fields by lower-case name, the body, and the time.
        read: The message in a genuine body. Raises ValueError for one that cannot be read.
        check_secret: A secret as the vendor gave it, made ready. Raises ValueError.
        new_secret: A new secret out of 32 random bytes; None where only the vendor makes them.
        holds_answers: Whether any of its messages holds answers.
    """

    name: str
    called: str
    doubt: Callable[[str, Mapping[str, str], bytes, datetime], str | None]
    read: Callable[[Mapping[str, str], bytes], Message]
    check_secret: Callable[[str], str]
    new_secret: Callable[[bytes], str] | None
    holds_answers: bool = True


UNSIGNED = "the header {} is missing"
FORGED = "the signature in {} fits none of the secrets"


def same(expected: str, given: str) -> bool:
    """Whether two signatures are the same, in a time that does not tell how far they agree.

    >>> same("abc", "abc"), same("abc", "abé")
    (True, False)
    """
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogatepass"))


def long_enough(secret: str) -> str:
    """A secret of printable ASCII that is not too short.

    >>> long_enough(" 0123456789abcdef\\n")
    '0123456789abcdef'

    Raises:
        ValueError: For one that is.
    """
    found = secret.strip()
    if len(found) < SHORTEST_SECRET or not found.isascii() or not found.isprintable():
        raise ValueError(f"a secret of at least {SHORTEST_SECRET} printable ASCII characters is needed")
    return found


def json_object(body: bytes | str) -> dict[str, Any]:
    """A body that is one JSON object.

    >>> json_object(b'{"t": "AbC"}')
    {'t': 'AbC'}

    Raises:
        Unreadable: For what is no JSON, too deep, or not UTF-8.
        ValueError: For JSON that is no object.
    """
    from pydantic import ValidationError

    try:
        return _objects().validate_json(body)
    except ValidationError as error:
        [found] = error.errors(include_url=False, include_context=False, include_input=False)
        if found["type"] == "json_invalid":
            raise Unreadable(f"{found['msg']}. Send one JSON object as UTF-8.") from None
        raise ValueError("a JSON object is needed") from None


@cache
def _objects() -> TypeAdapter[dict[str, Any]]:
    from pydantic import TypeAdapter

    return TypeAdapter(dict[str, Any])


def member(holder: Mapping[str, Any], name: str, kind: type) -> Any:
    """A member of the kind wanted.

    >>> member({"event_id": "E-1"}, "event_id", str)
    'E-1'

    Raises:
        ValueError: Where it is missing, empty or of another kind.
    """
    found = holder.get(name)
    if not isinstance(found, kind) or not found:
        raise ValueError(f"{name}: {_CALLED[kind]} is needed")
    return found


_CALLED: Mapping[type, str] = {str: "a text", dict: "an object"}


def within(holder: Mapping[str, Any], path: str) -> Any:
    """What stands under a name, or under names joined by points; None where nothing does.

    >>> within({"data": {"q1": 6}, "a.b": 1}, "data.q1"), within({"a.b": 1}, "a.b"), within({}, "q1.x")
    (6, 1, None)
    """
    if path in holder:
        return holder[path]
    found: Any = holder
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def moment(value: object) -> datetime | None:
    """A time with its zone, where it is one.

    >>> moment("2026-03-02T12:00:00Z"), moment("yesterday")
    (datetime.datetime(2026, 3, 2, 12, 0, tzinfo=datetime.timezone.utc), None)
    """
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo is not None and 1971 < found.year < 2199 else None
