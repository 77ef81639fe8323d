"""Several experiments pooled: rows, weights, the average effect, and what a new experiment may show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from amends.analysis.counts import check_choice
from amends.analysis.exported import exported
from amends.analysis.formatting import Sentence
from amends.analysis.heterogeneity import Heterogeneity, tau2_interval
from amends.analysis.meta import Pooled, fixed_effect, random_effects
from amends.analysis.pooled_rows import MEASURES, OF_MEANS, OF_PROPORTIONS, RATIOS, EffectRow, LeftOut
from amends.analysis.result import NotEnough

if TYPE_CHECKING:
    from pandas import DataFrame

PAIR = ("thank_you", "sorry")
I2_DEFINITION = "tau2 / (tau2 + typical sampling variance), Higgins & Thompson 2002, tau2 by REML"


@dataclass(frozen=True, slots=True)
class PooledExperiments:
    """Several finished experiments on one pair of arms and one metric, by random effects.

    Attributes:
        pair: The arms, first minus second.
        metric: What was measured.
        measure: `rd`, `rr`, `or`, `md` or `g`; the figures of `rr` and `or` are logarithms.
        confidence: The level of every interval.
        rows: One an experiment.
        left_out: Experiments that are no row, each with its reason.
        pooled: REML with Knapp–Hartung's interval and the t(k - 2) prediction; `NotEnough` below two rows.
        heterogeneity: tau² and I² with Q-profile intervals.
        fixed: The inverse-variance mean, which takes all effects to be one and the same: for comparison.
        notes: What must be known before believing the average.
        summary: The finding in words.

    Source: Viechtbauer 2005 (REML); Hartung & Knapp 2001, IntHout et al. 2014 (interval); Higgins et al.
    2009 (prediction); Viechtbauer 2007 (Q-profile).
    """

    pair: tuple[str, str]
    metric: str
    measure: str
    confidence: float
    rows: tuple[EffectRow, ...]
    left_out: tuple[LeftOut, ...]
    pooled: Pooled | NotEnough
    heterogeneity: Heterogeneity | NotEnough
    fixed: Pooled | NotEnough
    notes: tuple[Sentence, ...]
    summary: Sentence

    @property
    def k(self) -> int:
        """Rows pooled."""
        return len(self.rows)

    @property
    def weights(self) -> tuple[float | NotEnough, ...]:
        """Every row's share of the average, adding up to 1."""
        if isinstance(self.pooled, NotEnough):
            return (self.pooled,) * len(self.rows)
        return self.pooled.weights

    def to_dict(self) -> dict[str, Any]:
        """Every figure in JSON's own types; what does not exist says why."""
        shares = [exported(weight) for weight in self.weights]
        return {
            "pair": list(self.pair),
            "metric": self.metric,
            "measure": self.measure,
            "scale": "log" if self.measure in RATIOS else "natural",
            "confidence": self.confidence,
            "k": self.k,
            "rows": [
                {**row.to_dict(), "weight": share} for row, share in zip(self.rows, shares, strict=True)
            ],
            "pooled": exported(self.pooled),
            "heterogeneity": exported(self.heterogeneity),
            "i2_definition": I2_DEFINITION,
            "fixed": exported(self.fixed),
            "left_out": [item.to_dict() for item in self.left_out],
            "notes": [note.to_dict() for note in self.notes],
            "summary": self.summary.to_dict(),
        }

    def to_frame(self) -> DataFrame:
        """One row an experiment as a pandas data frame."""
        from pandas import DataFrame

        from amends.analysis.rendering.pooled import frame_rows

        return DataFrame(frame_rows(self))

    def to_text(self, *, locale: str = "en") -> str:
        """Aligned plain text, the finding first."""
        from amends.analysis.rendering.pooled import to_text

        return to_text(self, locale=locale)

    def to_markdown(self, *, locale: str = "en") -> str:
        """Markdown with tables."""
        from amends.analysis.rendering.pooled import to_markdown

        return to_markdown(self, locale=locale)

    def to_html(self, *, locale: str = "en") -> str:
        """One self-contained page with the forest plot: no script, nothing fetched."""
        from amends.analysis.rendering.pooled_page import to_html

        return to_html(self, locale=locale)

    def __str__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        from amends.analysis.rendering.pooled_page import to_fragment

        return to_fragment(self)


def pool_rows(
    rows: Sequence[EffectRow],
    *,
    pair: tuple[str, str] = PAIR,
    metric: str = "completed",
    measure: str = "rd",
    left_out: Sequence[LeftOut] = (),
    confidence: float = 0.95,
) -> PooledExperiments:
    """Pools the rows; experiments count as independent of each other.

    Args:
        rows: One an experiment, all measured alike.
        pair: The arms, first minus second.
        metric: What was measured.
        measure: One of `MEASURES`.
        left_out: Experiments that are no row, to be shown with their reasons.
        confidence: The level of every interval.

    Raises:
        UsageError: An unknown measure, a level outside (0, 1).

    >>> from amends.analysis.study_effects import effect_of_counts
    >>> said, counts = Sentence("completed surveys", "survei selesai"), [(51, 56, 40, 51), (88, 110, 80, 109)]
    >>> found = pool_rows([
    ...     EffectRow(f"e{n}", "own", "completed", said, *PAIR, effect_of_counts(*table))
    ...     for n, table in enumerate(counts)
    ... ])
    >>> found.k, round(found.pooled.value, 4), found.pooled.prediction
    (2, 0.0905, NotEnough(reason='2 experiments; a prediction with k-2 degrees of freedom needs 3'))
    """
    from amends.analysis.pooled_notes import notes
    from amends.analysis.pooled_words import summarize

    check_choice(measure, tuple(MEASURES), "measure")
    estimates = [row.effect.value for row in rows]
    variances = [row.effect.variance for row in rows]
    missing = _reason(rows, measure)
    pooled = missing if missing is not None else random_effects(estimates, variances, confidence=confidence)
    fixed = missing if missing is not None else fixed_effect(estimates, variances, confidence=confidence)
    spread = missing if missing is not None else tau2_interval(estimates, variances, confidence=confidence)
    return PooledExperiments(
        pair=pair,
        metric=metric,
        measure=measure,
        confidence=confidence,
        rows=tuple(rows),
        left_out=tuple(left_out),
        pooled=pooled,
        heterogeneity=spread,
        fixed=fixed,
        notes=notes(rows, pooled, pair=pair, metric=metric),
        summary=summarize(rows, pooled, fixed, pair=pair, metric=metric, measure=measure),
    )


def _reason(rows: Sequence[EffectRow], measure: str) -> NotEnough | None:
    """Why these rows have no average."""
    if not rows:
        return NotEnough("there are no experiments to pool")
    if len(rows) == 1:
        return NotEnough("1 experiment; 2 needed to pool")
    if measure == "md" and len({row.scale for row in rows}) > 1:
        return NotEnough("the experiments use different rating scales; Hedges g can be pooled instead")
    return None


def default_measure(kind: str) -> str:
    """How a proportion or a mean is measured where nothing else is asked: in its own unit.

    >>> default_measure("proportion"), default_measure("mean")
    ('rd', 'md')
    """
    return OF_PROPORTIONS[0] if kind == "proportion" else OF_MEANS[0]
