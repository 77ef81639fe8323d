"""A mean compared after adjustment for what was declared to be known before: Lin's regression leads.

Covariates declared with the definition belong to the plan, so the adjusted difference is the contrast's and
Welch's plain one stands among the customary tests. Where a covariate cannot be used the plain difference
stays, and that is said.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from amends.analysis.contrasts import Contrast, Spread, disagreement
from amends.analysis.covariates import Known, known_before
from amends.analysis.formatting import Sentence, amount
from amends.analysis.reasons import explained
from amends.analysis.result import NotEnough
from amends.analysis.units import alike, values_of

if TYPE_CHECKING:
    import numpy as np
    from pandas import DataFrame

    from amends.analysis.adjustment import AdjustedDifference
    from amends.design.experiment import Experiment
    from amends.design.metrics import Metric


@dataclass(frozen=True, slots=True)
class Prepared:
    """The units of a contrast whose value is known, with what was known of them before.

    Attributes:
        values: The metric's values.
        treated: Whether the unit is in the first arm.
        known: The covariates.
        units: The rows.
        alike: Where a row stands for several units, how many, and the sum of their squared distances from
            the value; None where it stands for one.
    """

    values: np.ndarray
    treated: np.ndarray
    known: Known
    units: DataFrame
    alike: tuple[np.ndarray, np.ndarray] | None = None

    def adjusted(self) -> AdjustedDifference | NotEnough:
        """Lin's difference."""
        if self.alike is None:
            from amends.analysis.adjustment import lin

            return lin(self.values, self.treated, self.known.columns)
        from amends.analysis.grouped_adjustment import Groups, lin_of_groups

        return lin_of_groups(Groups(self.values, self.treated, self.known.columns, *self.alike))


def prepared_units(
    experiment: Experiment, metric: Metric, pair: tuple[str, str], units: DataFrame
) -> Prepared | NotEnough:
    """The units of two arms with a value of the metric, and their covariates."""
    mine = units[units["arm"].isin(pair)]
    values = values_of(metric, mine).to_numpy(dtype=float)
    present = values == values
    mine = mine[present]
    if not len(mine):
        return NotEnough("no units have a value yet")
    grouped = alike(metric, mine)
    if grouped is not None:  # of a group's units only those with a value count, here too
        mine = mine.assign(n=grouped[0].astype(int))
    known = known_before(experiment, mine)
    if isinstance(known, NotEnough):
        return known
    return Prepared(values[present], (mine["arm"] == pair[0]).to_numpy(), known, mine, grouped)


def adjusted_contrast(
    experiment: Experiment, metric: Metric, contrast: Contrast, units: DataFrame
) -> Contrast:
    """The contrast of two means with Lin's difference, error and test in the place of Welch's.

    The covariates are centred over the units of both arms. Error and degrees of freedom are those of
    `adjustment.lin`: HC2, up to 50 units HC3. The always-valid interval stays on the plain difference.
    """
    if isinstance(contrast.p_value, NotEnough):
        return contrast
    data = prepared_units(experiment, metric, (contrast.arm, contrast.versus), units)
    found = data if isinstance(data, NotEnough) else data.adjusted()
    if isinstance(found, NotEnough) or isinstance(data, NotEnough):
        reason = found.reason if isinstance(found, NotEnough) else ""
        return replace(contrast, warnings=(*contrast.warnings, _not_adjusted(reason)))
    spread = Spread(found.value, found.standard_error, found.df)
    low, high = spread.limits(contrast.confidence)
    method = found.name.replace("(", "").replace(")", "")
    warning = disagreement(found.p_value, low, high) if contrast.confidence == 0.95 else None
    said = (_adjusted(data.known, contrast), *([warning] if warning else []))
    return replace(
        contrast,
        effect=found.value,
        low=low,
        high=high,
        interval=method,
        test=method,
        statistic=found.statistic,
        df=found.df,
        p_value=found.p_value,
        p_adjusted=found.p_value,
        standard_error=found.standard_error,
        spread=spread,
        warnings=said,
    )


def unadjusted(contrast: Contrast) -> Contrast:
    """The contrast with Welch's plain difference, as the bounds and the weighting know it."""
    from amends.analysis.measure_means import mean_limits
    from amends.analysis.measure_proportions import difference

    if not contrast.test.startswith("Lin"):
        return contrast
    low, high = mean_limits(*contrast.summaries, confidence=contrast.confidence)
    return replace(contrast, effect=difference(*contrast.values), low=low, high=high)


def _adjusted(known: Known, contrast: Contrast) -> Sentence:
    names = ", ".join(known.names)
    plain = [amount(contrast.effect, contrast.kind, locale) for locale in ("en", "id")]
    dropped = _dropped(known)
    return Sentence(
        f"The difference is adjusted for {names}, as declared; without adjustment it is {plain[0]}."
        f"{dropped.en}",
        f"Selisih ini disesuaikan menurut {names} sesuai rencana; tanpa penyesuaian nilainya {plain[1]}."
        f"{dropped.id}",
    )


def _dropped(known: Known) -> Sentence:
    if not known.constant:
        return Sentence("", "")
    names = ", ".join(known.constant)
    return Sentence(
        f" Left out because all units are alike: {names}.",
        f" Tidak dipakai karena sama untuk semua unit: {names}.",
    )


def _not_adjusted(reason: str) -> Sentence:
    why = explained(reason)
    return Sentence(
        f"Not adjusted for the declared covariates, because {why.en}; the plain difference stands.",
        f"Tidak disesuaikan menurut kovariat yang direncanakan, karena {why.id}; yang dipakai adalah selisih "
        "tanpa penyesuaian.",
    )
