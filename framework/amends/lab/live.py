"""The report for a page that is drawn every two seconds: from the counts, whatever the number of units."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amends.lab import reading

if TYPE_CHECKING:
    from amends.analysis.report import Report
    from amends.design.experiment import Experiment
    from amends.lab.lab import Lab


def live(lab: Lab, key: str) -> Report:
    """The report from the counts alone; read `Report.first_look` of it, and nothing takes long.

    Its deciding tests, verdicts and sentences are those of `analyze` on the same counts. Left for later are
    the sections that read units or count rows, and, while the always-valid interval decides and no headline
    turns on it, an exact test that nobody has searched yet: "being computed" stands in its place. Where the
    comparisons themselves read units (clusters, covariates of a mean), it is the whole report.
    """
    return reading.read(lab, key, whole=compares_units(lab.experiment(key)))


def compares_units(experiment: Experiment) -> bool:
    """Whether the contrasts of an experiment are measured on its units and not on its counts.

    >>> from amends import Experiment, Mean, sorry, thank_you
    >>> arms = [thank_you("Thank you for waiting."), sorry("We are sorry.")]
    >>> compares_units(Experiment(key="tea", notice="Your tea is late.", arms=arms))
    False
    >>> compares_units(Experiment(key="tea", notice="Your tea is late.", arms=arms, cluster="party"))
    True
    """
    adjusted = bool(experiment.covariates) and any(item.kind == "mean" for item in experiment.metrics)
    return experiment.clustered or adjusted
