"""How an arm is drawn and for whom: by hash or in blocks, per cluster, in a layer, outside a holdout."""

from __future__ import annotations

from amends.design.checks import check_list, check_name, check_names, check_number, refuse_unknown
from amends.design.value import Value
from amends.errors import DefinitionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

AFTER_ASSIGNMENT = (
    "completed",
    "delivered",
    "finished",
    "rated",
    "replied",
    "responded",
    "response",
    "started",
)


class Randomization(Value):
    """Make it with `hashed()` or `blocked(…)`.

    Attributes:
        kind: `"hashed"` (any machine can recompute the arm) or `"blocked"` (equal counts at any time).
        by: Strata, each with blocks of its own.
        sizes: Block sizes as declared; None means twice and three times the weights' smallest total.
    """

    __slots__ = ("by", "kind", "sizes")
    _fields = ("kind", "by", "sizes")

    kind: str
    by: tuple[str, ...]
    sizes: tuple[int, ...] | None

    def __init__(self, kind: str, *, by: tuple[str, ...] = (), sizes: tuple[int, ...] | None = None) -> None:
        self._fill(kind=kind, by=by, sizes=sizes)

    @property
    def blocked(self) -> bool:
        return self.kind == "blocked"

    @classmethod
    def from_dict(cls, data: Any) -> Randomization:
        sizes = data["sizes"]
        return cls(data["kind"], by=tuple(data["by"]), sizes=None if sizes is None else tuple(sizes))


def hashed() -> Randomization:
    """The arm follows from the id alone: nothing to coordinate, shares even out as numbers grow.

    >>> hashed().kind
    'hashed'
    """
    return Randomization("hashed")


def blocked(
    by: str | tuple[str, ...] = (), *, sizes: tuple[int, ...] | None = None, **unknown: object
) -> Randomization:
    """Permuted blocks of random size in each stratum: equal counts even among few units.

    Args:
        by: Names of the strata, for instance `("site", "shift")`; a call gives their values.
        sizes: Block sizes, each a multiple of the weights' smallest integer total.

    Raises:
        DefinitionError: A name or size breaks its rule, or blocks would balance on what is known
            only after the message.

    >>> blocked(by=("site", "shift")).by
    ('site', 'shift')
    """
    refuse_unknown("blocked", unknown, ("by", "sizes"))
    names = check_names(by, "stratum")
    for name in names:
        if name in AFTER_ASSIGNMENT:
            raise DefinitionError(
                f"blocked(by={name!r}) would balance on what happens after the message. The arms change who "
                "answers, so balancing on it would hide the effect. Name only what is known before, "
                "such as 'site'."
            )
    if sizes is not None:
        given = check_list(sizes, "block sizes", "(4, 6)")
        if not given or any(
            isinstance(size, bool) or not isinstance(size, int) or size < 2 for size in given
        ):
            raise DefinitionError(
                f"block sizes {sizes!r} must be whole numbers of at least 2, such as (4, 6)."
            )
        sizes = given
    return Randomization("blocked", by=names, sizes=sizes)


class Cluster(Value):
    """Units that share one arm, such as the guests of one table.

    Args:
        name: What the cluster is called; a call gives its id by `cluster=`.
        size: Expected units per cluster, for planning.
        icc: Expected intracluster correlation, 0 to 1, for planning.

    >>> Cluster("party", size=3, icc=0.1).design_effect
    1.2
    """

    __slots__ = ("icc", "name", "size")
    _fields = ("name", "size", "icc")

    name: str
    size: float | None
    icc: float | None

    def __init__(
        self, name: str, *, size: float | None = None, icc: float | None = None, **unknown: object
    ) -> None:
        refuse_unknown("Cluster", unknown, ("size", "icc"))
        check_name(name, "cluster")
        if size is not None:
            check_number(size, f"size of cluster {name!r}", low=1, high=1e9, closed=True)
        if icc is not None:
            check_number(icc, f"icc of cluster {name!r}", low=0, high=1, closed=True)
        self._fill(name=name, size=size, icc=icc)

    @property
    def design_effect(self) -> float | None:
        """How many times more units are needed: 1 + (size − 1)·icc (Kish 1965); None where not given."""
        return None if self.size is None or self.icc is None else 1 + (self.size - 1) * self.icc

    @classmethod
    def from_dict(cls, data: Any) -> Cluster:
        return cls(data["name"], size=data["size"], icc=data["icc"])


class Layer(Value):
    """A slice of customers kept for this experiment, so that experiments of one layer never meet.

    Args:
        name: The layer; experiments of the same name divide its customers.
        low: Lower end of the slice, 0 to 1.
        high: Upper end, above `low`.

    >>> Layer("delays", 0.0, 0.5).high
    0.5
    """

    __slots__ = ("high", "low", "name")
    _fields = ("name", "low", "high")

    name: str
    low: float
    high: float

    def __init__(self, name: str, low: float, high: float) -> None:
        check_name(name, "layer")
        check_number(low, f"lower end of layer {name!r}", low=0, high=1, closed=True)
        check_number(high, f"upper end of layer {name!r}", low=0, high=1, closed=True)
        if not low < high:
            raise DefinitionError(f"layer {name!r} runs from {low!r} to {high!r}: the first must be smaller.")
        self._fill(name=name, low=low, high=high)

    @classmethod
    def from_dict(cls, data: Any) -> Layer:
        return cls(data["name"], data["low"], data["high"])


class Holdout(Value):
    """A share of customers that no experiment with this holdout touches.

    Args:
        name: The holdout; experiments of the same name leave the same customers alone.
        share: Its share, above 0 and below 1.

    >>> Holdout("untouched", 0.05).share
    0.05
    """

    __slots__ = ("name", "share")
    _fields = ("name", "share")

    name: str
    share: float

    def __init__(self, name: str, share: float) -> None:
        check_name(name, "holdout")
        check_number(share, f"share of holdout {name!r}", low=0, high=1)
        self._fill(name=name, share=share)

    @classmethod
    def from_dict(cls, data: Any) -> Holdout:
        return cls(data["name"], data["share"])
