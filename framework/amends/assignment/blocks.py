"""The sealed list of a stratum: permuted blocks of random size, position n in the list to arm. Pure.

Hashing is unbalanced in small trials. A blocked design instead works like a pile of sealed
envelopes per stratum, shuffled beforehand: every complete block holds the arms exactly in
proportion to their weights. Anyone who holds the seed can replay the whole list.

Sealed list, version 1. Whole numbers are drawn from the seed as
`r_i = sha256(utf8("amends:1:" + seed + ":block:" + stratum + ":" + block + ":" + i))`, read as an
integer. The size of a block is `sizes[r_0 mod len(sizes)]`; its arms stand in declaration order and
are shuffled by Fisher and Yates: for i = size-1 … 1 swap i with `j = r_(size-i) mod (i+1)`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def integer_weights(weights: Sequence[object]) -> tuple[int, ...]:
    """The smallest whole numbers in proportion to the weights.

    >>> integer_weights([0.1, 0.2, 0.7])
    (1, 2, 7)
    """
    from fractions import Fraction
    from math import gcd, lcm

    exact = [Fraction(str(weight)) for weight in weights]
    scale = lcm(*(weight.denominator for weight in exact))
    whole = [int(weight * scale) for weight in exact]
    common = gcd(*whole)
    return tuple(weight // common for weight in whole)


def default_sizes(weights: Sequence[object]) -> tuple[int, int]:
    """Two block sizes, 2 and 3 times the weights' smallest integer total.

    >>> default_sizes([1, 1, 1])
    (6, 9)
    """
    total = sum(integer_weights(weights))
    return 2 * total, 3 * total


class SealedList:
    """The arms of one stratum in the order in which they are handed out.

    Args:
        seed: The experiment's secret seed, hexadecimal text.
        stratum: The stratum's name ("" where the design has none).
        names: Arm names in declaration order.
        weights: Their weights.
        sizes: Allowed block sizes, each a multiple of the weights' smallest integer total.

    >>> envelopes = SealedList("00ff", "north/evening", ["thank_you", "sorry"], [1, 1], [4])
    >>> sorted(envelopes.arm_at(n) for n in range(4))
    ['sorry', 'sorry', 'thank_you', 'thank_you']
    """

    def __init__(
        self, seed: str, stratum: str, names: Sequence[str], weights: Sequence[object], sizes: Sequence[int]
    ) -> None:
        self._head = f"amends:1:{seed}:block:{stratum}:"
        whole = integer_weights(weights)
        self._total = sum(whole)
        self._one_round = [name for name, weight in zip(names, whole, strict=True) for _ in range(weight)]
        self._sizes = tuple(sizes)
        self._dealt: list[str] = []
        self._block_of: list[int] = []
        self._blocks = 0

    def arm_at(self, position: int) -> str:
        """The arm at a position of the list, counted from 0."""
        self._deal(position)
        return self._dealt[position]

    def block_at(self, position: int) -> int:
        """The block, counted from 0, that holds a position of the list: what was shuffled together.

        >>> envelopes = SealedList("00ff", "", ["thank_you", "sorry"], [1, 1], [4])
        >>> [envelopes.block_at(n) for n in (0, 3, 4)]
        [0, 0, 1]
        """
        self._deal(position)
        return self._block_of[position]

    def _deal(self, position: int) -> None:
        while len(self._dealt) <= position:
            arms = self._block(self._blocks)
            self._dealt += arms
            self._block_of += [self._blocks] * len(arms)
            self._blocks += 1

    def _block(self, number: int) -> list[str]:
        def drawn(index: int) -> int:
            return int(hashlib.sha256(f"{self._head}{number}:{index}".encode()).hexdigest(), 16)

        size = self._sizes[drawn(0) % len(self._sizes)]
        arms = sorted(self._one_round * (size // self._total), key=self._one_round.index)
        for i in range(size - 1, 0, -1):
            j = drawn(size - i) % (i + 1)
            arms[i], arms[j] = arms[j], arms[i]
        return arms
