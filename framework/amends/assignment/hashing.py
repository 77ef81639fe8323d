"""Which arm a unit gets, by hash. Pure: same input, same arm, in any language.

Hash specification, version 1. For a salt (the experiment's key, or a layer's or holdout's name),
a purpose (`arm`, `coverage`, `layer`, `holdout`; `reminder` was added later) and an id::

    B = first 13 hex digits of sha256(utf8("amends:1:" + salt + ":" + purpose + ":" + id)), as an integer

so that 0 <= B < 2**52. Cumulative weights become integer thresholds
`t_k = floor(2**52 * exact cumulative weight / total)`, the last one 2**52; the arm is the first in
declaration order with `B < t_k`. Shares (coverage, holdout, layer bounds) are read the same way.
The id is taken as given: no trimming, no case folding, no Unicode normalisation.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

from amends.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fractions import Fraction

BUCKETS = 2**52
PURPOSES = ("arm", "coverage", "layer", "holdout", "reminder")
LONGEST_ID = 10_000

Id = str | int


def id_bytes(unit_id: Id) -> bytes:
    """The bytes that are hashed for an id: UTF-8 exactly as given, an int in decimal.

    Raises:
        UsageError: for bool, float, an empty or overlong text, NUL or a lone surrogate.

    >>> id_bytes("C-102"), id_bytes(7)
    (b'C-102', b'7')
    """
    if isinstance(unit_id, int) and not isinstance(unit_id, bool):
        try:
            return b"%d" % unit_id
        except ValueError:  # Python writes out no more than 4,300 digits
            raise UsageError("unit id is a number of thousands of digits: pass the id as text.") from None
    if not isinstance(unit_id, str):
        raise UsageError(
            f"unit id {unit_id!r} is a {type(unit_id).__name__}: an id is a text or a whole number. "
            "Pass the id as it stands in your own system, for instance str(customer.id)."
        )
    if not 0 < len(unit_id) <= LONGEST_ID:
        shown = "an empty text" if not unit_id else f"a text of {len(unit_id):,} characters"
        raise UsageError(f"unit id is {shown}: 1 to {LONGEST_ID:,} characters are allowed.")
    if "\0" in unit_id:
        raise UsageError(f"unit id {unit_id[:40]!r} has a NUL character: remove it before the call.")
    try:
        return unit_id.encode()
    except UnicodeEncodeError:
        raise UsageError(
            f"unit id {unit_id[:40]!r} has a lone surrogate, so it is not valid Unicode: decode it again."
        ) from None


def bucket(salt: str, purpose: str, id: Id) -> int:
    """The position of an id in 0 … 2**52 - 1, by hash specification version 1.

    Args:
        salt: The experiment's key, or the layer's or holdout's name.
        purpose: `arm`, `coverage`, `layer`, `holdout` or `reminder`.
        id: The unit's id (the cluster's where the experiment is clustered).

    Raises:
        UsageError: for an id that is not a text or whole number, or an unknown purpose.

    >>> bucket("late_parcel", "arm", "C-102")
    2734817872324854
    """
    if purpose not in PURPOSES:
        raise UsageError(f"purpose {purpose!r} is unknown. Known purposes: {', '.join(PURPOSES)}.")
    digest = hashlib.sha256(prefix(salt, purpose) + id_bytes(id)).digest()
    return int.from_bytes(digest[:7], "big") >> 4


def prefix(salt: str, purpose: str) -> bytes:
    """The bytes hashed before the id."""
    return f"amends:1:{salt}:{purpose}:".encode()


def share_bound(share: object) -> int:
    """The threshold of a share: an id is within it when its bucket is below `floor(2**52 * share)`.

    The number is read as it is written (0.1 is one tenth, not its nearest double).

    >>> share_bound(0.5) == 2**51, share_bound("0.1") == 2**52 // 10
    (True, True)
    """
    from fractions import Fraction

    return int(BUCKETS * Fraction(str(share)))


def thresholds(weights: Sequence[object]) -> tuple[int, ...]:
    """The integer threshold of each arm, from exact cumulative weights; the last is 2**52.

    >>> [t / 2**52 for t in thresholds([1, 1, 2])]
    [0.25, 0.5, 1.0]
    """
    exact = [_exact(weight) for weight in weights]
    total = sum(exact)
    bounds = []
    reached: int | Fraction = 0
    for weight in exact:
        reached += weight
        bounds.append(BUCKETS * reached // total)
    return (*bounds[:-1], BUCKETS)


def _exact(weight: object) -> int | Fraction:
    """A weight without rounding; whole ones stay integers, which spares a sender loading `fractions`."""
    if isinstance(weight, int):
        return weight
    from fractions import Fraction

    return Fraction(str(weight))


def chooser(salt: str, names: Sequence[str], bounds: Sequence[int]) -> Callable[[Id], str]:
    """A function from id to arm name, with everything that does not depend on the id done beforehand.

    Comparing the first digest bytes with 7-byte thresholds avoids building an integer per call.
    A bucket is the digest's first 52 bits, so `B < t` exactly when the first 56 bits are below `16 * t`.

    Args:
        salt: The experiment's key.
        names: Arm names in declaration order.
        bounds: As from `thresholds`, one per arm.

    >>> chooser("late_parcel", ["thank_you", "sorry"], thresholds([1, 1]))("C-102")
    'sorry'
    """
    head = prefix(salt, "arm")
    sha256 = hashlib.sha256
    last = names[-1]
    cuts = tuple(
        (name, (bound << 4).to_bytes(7, "big")) for name, bound in zip(names[:-1], bounds[:-1], strict=True)
    )

    def general(unit_id: Id) -> str:
        digest = sha256(head + id_bytes(unit_id)).digest()
        for name, cut in cuts:
            if digest < cut:
                return name
        return last

    if len(cuts) > 2:
        return general
    # The customary two and three arms are written out: the loop would cost a fifth of the call.
    first, first_cut = cuts[0]
    second, second_cut = cuts[-1]

    def quick(unit_id: Id) -> str:
        if unit_id.__class__ is str and 0 < len(unit_id) <= LONGEST_ID and "\0" not in unit_id:
            try:
                digest = sha256(head + unit_id.encode()).digest()
            except UnicodeEncodeError:
                return general(unit_id)
            return first if digest < first_cut else second if digest < second_cut else last
        return general(unit_id)

    return quick


def chooser_of_many(
    salt: str, names: Sequence[str], bounds: Sequence[int]
) -> Callable[[Iterable[Id]], list[str]]:
    """Like `chooser`, for many ids in one call: the loop runs inside, which saves a call per id.

    >>> chooser_of_many("late_parcel", ["thank_you", "sorry"], thresholds([1, 1]))(["C-102", "C-103"])
    ['sorry', 'thank_you']
    """
    head = prefix(salt, "arm")
    sha256 = hashlib.sha256
    last = names[-1]
    one = chooser(salt, names, bounds)
    cuts = tuple((bound << 4).to_bytes(7, "big") for bound in bounds[:-1])
    if len(cuts) > 2:
        return lambda ids: [one(unit_id) for unit_id in ids]
    first, second = names[0], names[len(cuts) - 1]
    first_cut, second_cut = cuts[0], cuts[-1]

    def many(ids: Iterable[Id]) -> list[str]:
        chosen = []
        for unit_id in ids:
            if unit_id.__class__ is str and 0 < len(unit_id) <= LONGEST_ID and "\0" not in unit_id:
                try:
                    digest = sha256(head + unit_id.encode()).digest()
                except UnicodeEncodeError:
                    one(unit_id)
                chosen.append(first if digest < first_cut else second if digest < second_cut else last)
            else:
                chosen.append(one(unit_id))
        return chosen

    return many
