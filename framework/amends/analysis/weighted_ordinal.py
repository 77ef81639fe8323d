"""statsmodels' proportional-odds model on counted answers. Heavy to import, so only `ordinal` does."""

from __future__ import annotations

import numpy as np
from statsmodels.miscmodels.ordinal_model import OrderedModel


class CountedOrderedModel(OrderedModel):  # type: ignore[misc]
    """The logit model where every row stands for as many units as gave that answer.

    The library has no frequency weights; with them 100,000 ratings are fitted as the few rows they differ in.
    """

    def __init__(self, answers: np.ndarray, design: np.ndarray, times: np.ndarray) -> None:
        super().__init__(answers, design, distr="logit")
        self.times = times

    def loglike(self, params: np.ndarray) -> float:
        """The log likelihood over all units."""
        return float((self.times * self.loglikeobs(params)).sum())

    @property
    def start_params(self) -> np.ndarray:
        """No effect, and the thresholds that the shares of the answers give."""
        shares = np.bincount(self.endog, self.times) / self.times.sum()
        thresholds = self.distr.ppf(np.clip(shares.cumsum(), 0, 1))
        return np.concatenate([np.zeros(self.k_vars), self.transform_reverse_threshold_params(thresholds)])
