"""Resamples of very many units by their sums alone: what the bootstrap of cross products tends to.

The sum of a product over a resample is a sum of independent draws. Over ten thousand units it is normal to
within the Monte-Carlo error of five thousand resamples, and its mean and covariance follow exactly from all
units; so these are drawn, and a hundred thousand units cost no more than ten thousand.
"""

from __future__ import annotations

import numpy as np

MANY = 10_000
"""Units from which on sums are drawn in place of counts."""


def drawn_moments(data: np.ndarray, *, resamples: int, rng: np.random.Generator) -> np.ndarray:
    """The cross products of resamples, one matrix a resample, from their normal limit.

    Args:
        data: One row a unit, one column a variable.
        resamples: How many.
        rng: Of the draws.

    Source: the multinomial central limit theorem; for the bootstrap of means: Bickel & Freedman 1981.

    >>> from numpy.random import default_rng
    >>> rows = default_rng(1).normal(size=(20_000, 2))
    >>> drawn = drawn_moments(rows, resamples=4000, rng=default_rng(2))
    >>> bool(np.allclose(drawn.mean(axis=0), rows.T @ rows, rtol=0.01, atol=20))
    True
    """
    size = data.shape[1]
    upper = np.triu_indices(size)
    rows = drawn_sums(data[:, upper[0]] * data[:, upper[1]], resamples=resamples, rng=rng)
    moments = np.empty((resamples, size, size))
    moments[:, upper[0], upper[1]] = moments[:, upper[1], upper[0]] = rows
    return moments


def drawn_sums(terms: np.ndarray, *, resamples: int, rng: np.random.Generator) -> np.ndarray:
    """The sums of resamples of rows of terms, one row a resample, from their normal limit.

    Args:
        terms: One row what is resampled (a unit, a cluster), one column a sum.
        resamples: How many.
        rng: Of the draws.
    """
    total = terms.sum(axis=0)
    products = terms - total / len(terms)
    spread = np.sqrt((products**2).sum(axis=0))
    # In units of their own spread, so that no product loses digits beside one of another size.
    scale = np.where(spread > 0, spread, 1.0)
    products /= scale
    values, vectors = np.linalg.eigh(products.T @ products)
    roots = vectors * np.sqrt(np.maximum(values, 0.0))
    found: np.ndarray = total + (rng.standard_normal((resamples, len(total))) @ roots.T) * np.where(
        spread > 0, spread, 0.0
    )
    return found
