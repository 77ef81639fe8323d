"""Cluster-robust errors CR0 to CR3 from sums over clusters, whose cost does not grow with cluster size.

CR2 and CR3 correct a cluster's residuals by a power of I - H_gg, its share of the hat matrix. Written as
I - B B' with B = X_g R and R R' = (X'X)⁻¹, that power needs only the few columns of B: one small matrix per
cluster in place of one as wide as the cluster.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

_WHOLE = 1 - 1e-10
"""A cluster that alone determines a coefficient: its direction is left out, as a generalised inverse does."""


@dataclass(frozen=True, slots=True)
class ClusterSums:
    """What the errors need of a fit.

    Attributes:
        bread: (X'X)⁻¹.
        products: X_g'X_g of every cluster.
        scores: X_g'e_g of every cluster.
        n: Units.
    """

    bread: np.ndarray
    products: np.ndarray
    scores: np.ndarray
    n: int


def cluster_sums(fit: Any, groups: np.ndarray) -> ClusterSums:
    """The sums over clusters of a statsmodels OLS fit."""
    x = fit.model.exog
    order = np.argsort(groups, kind="stable")
    starts = np.searchsorted(groups[order], np.arange(groups.max() + 1))
    sorted_x, residuals = x[order], fit.resid[order]
    return ClusterSums(
        bread=fit.normalized_cov_params,
        products=np.add.reduceat(sorted_x[:, :, None] * sorted_x[:, None, :], starts, axis=0),
        scores=np.add.reduceat(sorted_x * residuals[:, None], starts, axis=0),
        n=len(x),
    )


def _cr0(sums: ClusterSums) -> tuple[float, float]:
    return _error(sums, sums.scores), len(sums.scores) - 1.0


def _cr1(sums: ClusterSums) -> tuple[float, float]:
    error, df = _cr0(sums)
    groups, k = len(sums.scores), len(sums.bread)
    return error * sqrt(groups / (groups - 1) * (sums.n - 1) / (sums.n - k)), df


def _cr2(sums: ClusterSums) -> tuple[float, float]:
    root, shares, vectors = hat_shares(sums)
    power = hat_power(shares, -0.5)
    return _error(sums, corrected_scores(sums, root, vectors, power)), _satterthwaite(
        sums, root, vectors, shares
    )


def _cr3(sums: ClusterSums) -> tuple[float, float]:
    root, shares, vectors = hat_shares(sums)
    return _error(sums, corrected_scores(sums, root, vectors, hat_power(shares, -1.0))), len(
        sums.scores
    ) - 1.0


ROBUST: dict[str, Callable[[ClusterSums], tuple[float, float]]] = {
    "CR0": _cr0,
    "CR1": _cr1,
    "CR2": _cr2,
    "CR3": _cr3,
}
"""By method: the standard error of the arm's coefficient (the second) and its degrees of freedom."""


def _error(sums: ClusterSums, scores: np.ndarray) -> float:
    return sqrt(float(((scores @ sums.bread[1]) ** 2).sum()))


def hat_shares(sums: ClusterSums) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """R with R R' = (X'X)⁻¹, and of every cluster the eigenvalues and vectors of B'B = R'X_g'X_gR."""
    root = np.linalg.cholesky(sums.bread)
    shares, vectors = np.linalg.eigh(root.T @ sums.products @ root)
    return root, np.clip(shares, 0, 1), vectors


def hat_power(shares: np.ndarray, exponent: float) -> np.ndarray:
    """((1 - share)^exponent - 1) / share, what (I - BB')^exponent adds to I in every direction of B."""
    raised = np.where(shares < _WHOLE, (1 - np.minimum(shares, _WHOLE)) ** exponent, 0.0)
    # Near 0 the quotient is its limit; below 1e-8 the two agree to more digits than a float has.
    return np.where(shares > 1e-8, (raised - 1) / np.where(shares > 1e-8, shares, 1), -exponent)


def corrected_scores(
    sums: ClusterSums, root: np.ndarray, vectors: np.ndarray, power: np.ndarray
) -> np.ndarray:
    """X_g'A_g e_g of every cluster."""
    along = np.einsum("gik,gi->gk", vectors, sums.scores @ root)
    back = np.einsum("gik,gk->gi", root @ vectors, power * along)
    result: np.ndarray = sums.scores + np.einsum("gij,gj->gi", sums.products, back)
    return result


def _satterthwaite(sums: ClusterSums, root: np.ndarray, vectors: np.ndarray, shares: np.ndarray) -> float:
    """Degrees of freedom of CR2 for the arm's coefficient, if units were independent and alike in spread.

    With u_g = A_g X_g (X'X)⁻¹c the variance estimate is a sum of squares whose products are
    diag(u'u) - W (X'X)⁻¹ W', W = X_g'u_g; only its trace and its square's are needed.
    """
    contrast = sums.bread[1]
    reached = np.einsum("gij,j->gi", sums.products, contrast)
    along = np.einsum("gik,gi->gk", vectors, reached @ root)
    squared = contrast @ reached.T + (hat_power(shares, -1.0) * along**2).sum(axis=1)
    back = np.einsum("gik,gk->gi", root @ vectors, hat_power(shares, -0.5) * along)
    pulled = reached + np.einsum("gij,gj->gi", sums.products, back)
    overlap = np.einsum("gi,ij,gj->g", pulled, sums.bread, pulled)
    crossed = sums.bread @ (pulled.T @ pulled)
    trace = float((squared - overlap).sum())
    squares = float((squared**2).sum() - 2 * squared @ overlap + np.trace(crossed @ crossed))
    return trace**2 / squares
