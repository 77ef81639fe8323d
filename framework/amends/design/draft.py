"""An experiment that is being planned: figures to try, and the file that they make."""

from __future__ import annotations

from typing import NamedTuple

from amends.design.arm import Arm, silence, sorry, thank_you
from amends.design.experiment import Experiment
from amends.design.metrics import COMPLETED, Mean, Proportion
from amends.design.randomization import Cluster
from amends.design.template import ARMS, template

SCALE = (1, 7)


class Draft(NamedTuple):
    """Figures of a plan.

    Attributes:
        arms: Number of arms; the first three are thank you, sorry and silence.
        rated: Whether the mean rating is primary; else the share who complete the survey.
        completion: Expected share who complete the survey.
        sd: Expected spread of ratings.
        detect: Smallest difference worth acting on: a share, or points of the scale where `rated`.
        power: Chance of finding it.
        cluster_size: Customers who share one message; 1 where each has an own.
        icc: How alike the customers of a cluster are, from 0 to 1.
    """

    arms: int = 3
    rated: bool = False
    completion: float = 0.4
    sd: float = 1.4
    detect: float = 0.05
    power: float = 0.8
    cluster_size: int = 1
    icc: float = 0.05

    def experiment(self) -> Experiment:
        """The experiment that these figures plan.

        Raises:
            DefinitionError: A figure out of its range.

        >>> from amends.design.plan import plan
        >>> plan(Draft(arms=2, detect=0.1).experiment()).smallest
        414
        """
        first = [thank_you("Thank you for waiting."), sorry("We are sorry."), silence()]
        others = [Arm(f"wording_{number}", f"Wording {number}.") for number in range(4, self.arms + 1)]
        completed = Proportion(
            COMPLETED, baseline=self.completion, detect=None if self.rated else self.detect
        )
        rating = Mean("satisfaction", scale=SCALE, sd=self.sd, detect=self.detect)
        return Experiment(
            key="draft",
            question="How many are needed?",
            notice="It is late.",
            arms=[*first, *others][: self.arms],
            metrics=[rating, completed] if self.rated else [completed],
            power=self.power,
            cluster=Cluster("group", size=self.cluster_size, icc=self.icc) if self.clustered else None,
        )

    @property
    def clustered(self) -> bool:
        return self.cluster_size > 1

    def source(self, key: str) -> str:
        """The experiment file with these figures, ready to edit.

        Raises:
            DefinitionError: The key is no name.

        >>> print(Draft(arms=2, detect=0.1).source("late_refund").splitlines()[-4].strip())
        Proportion("completed", baseline=0.4, detect=0.1),
        """
        completed = f'Proportion("completed", baseline={self.completion:g}'
        if self.rated:
            metrics = [
                f'Mean("satisfaction", scale={SCALE}, sd={self.sd:g}, detect={self.detect:g}),',
                f"{completed}),",
            ]
        else:
            metrics = [f"{completed}, detect={self.detect:g}),"]
        others = [
            f'Arm("wording_{number}", text(en="Your wording {number}.", id="Kata-kata Anda {number}.")),'
            for number in range(4, self.arms + 1)
        ]
        more = [f"power={self.power:g},"]
        if self.clustered:
            more.append(f'cluster=Cluster("group", size={self.cluster_size}, icc={self.icc:g}),')
        return template(
            key,
            names=[*(["Arm"] if others else []), *(["Cluster"] if self.clustered else [])],
            arms=[*ARMS, *others][: self.arms],
            metrics=metrics,
            more=more,
        )
