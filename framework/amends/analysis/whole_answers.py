"""Which sums of squares a number of whole answers with a given sum can have, on a scale."""

from __future__ import annotations

from functools import lru_cache


def square_limits(n: int, total: int, scale: tuple[int, int]) -> tuple[int, int]:
    """The smallest and the largest sum of squares of `n` answers that add up to `total`.

    >>> square_limits(4, 14, (1, 7))
    (50, 76)
    """
    low, high = scale
    middle, more = divmod(total, n)
    least = (n - more) * middle**2 + more * (middle + 1) ** 2
    # As many as can be at the two ends, and one in between for what is left.
    at_top, left = divmod(total - n * low, high - low)
    most = at_top * high**2 + (n - at_top) * low**2
    if left:
        most += (low + left) ** 2 - low**2
    return least, most


def attainable(n: int, total: int, square: int, scale: tuple[int, int]) -> bool:
    """Whether `n` whole answers on the scale have exactly this sum and this sum of squares.

    >>> attainable(2, 6, 20, (1, 7)), attainable(2, 6, 22, (1, 7))
    (True, False)
    """
    low, high = scale
    # Counted from the lowest answer, so that one search serves every scale of that width.
    moved = square - 2 * low * total + n * low * low
    return _fill(n, total - n * low, moved, high - low)


@lru_cache(maxsize=200_000)
def _fill(n: int, total: int, square: int, highest: int) -> bool:
    """Whether n answers from 0 to `highest` fit, by choosing how many give the highest answer."""
    if not 0 <= total <= n * highest:
        return False
    if n == 0 or highest == 0:
        return square == total == 0
    if (square - total) % 2:
        return False
    least, most = square_limits(n, total, (0, highest))
    if not least <= square <= most:
        return False
    if square in (least, most):
        return True
    if highest == 1:
        return square == total
    if highest == 2:
        twos = (square - total) // 2
        return twos >= 0 and total - 2 * twos >= 0 and n >= total - twos
    largest = min(n, total // highest, square // highest**2)
    fitting = [k for k in range(largest + 1) if _within(n - k, total, square, k, highest)]
    # The middle first: what is left then lies farthest from both limits, where nearly everything fits.
    middle = len(fitting) // 2
    return any(
        _fill(n - k, total - k * highest, square - k * highest**2, highest - 1)
        for k in sorted(fitting, key=lambda k: abs(k - fitting[middle]))
    )


def _within(left: int, total: int, square: int, k: int, highest: int) -> bool:
    """Whether the answers left after k of the highest could have what is left of both sums."""
    rest, rest_square = total - k * highest, square - k * highest**2
    if not left:
        return rest == rest_square == 0
    if rest > left * (highest - 1):
        return False
    least, most = square_limits(left, rest, (0, highest - 1))
    return least <= rest_square <= most
