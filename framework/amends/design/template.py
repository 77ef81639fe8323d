"""The file that `amends new KEY` writes: complete, runnable, and explained line by line."""

from __future__ import annotations

from collections.abc import Sequence

from amends.design.checks import check_key

_FILE = '''"""Something is late: thank the customer for waiting, apologise, or only state the facts?

Put your own question in the first line above. Experiment: {key}.
"""

from amends import {names}

experiment = Experiment(
    # The team that answers for this experiment.
    owner="your-team",
    # Who takes part: customers who have waited at least this long. everyone() for all.
    eligible=delayed_by(hours=24),
    # The facts, the same for everybody. Words in braces are filled in by the program that sends.
    notice=text(
        en="Hello {{first_name}}, your order is late. It should arrive on {{new_date}}.",
        id="Halo Kak {{first_name}}, pesanan Anda terlambat dan diperkirakan tiba {{new_date}}.",
    ),
    # Only this sentence differs. Silence gets the facts alone, and the same survey invitation.
    arms=[
{arms}
    ],
    # What is measured; the first sets the plan. baseline: today's rate. detect: the smallest
    # difference worth acting on (0.05 is 5 percentage points). Others to choose from:
    # Proportion("satisfied", of="satisfaction", at_least=6) of everyone assigned, answered or not;
    # Proportion("complaint", role="guardrail", better="lower", harm=0.02) for what must not get worse.
    metrics=[
{metrics}
    ],
{more})
'''
ARMS = (
    'thank_you(en="Thank you for waiting so patiently.", id="Terima kasih sudah sabar menunggu."),',
    'sorry(en="We are sorry about this delay.", id="Mohon maaf atas keterlambatan ini."),',
    "silence(),",
)
"""The arms of a new file, a line each."""

METRICS = (
    'Proportion("completed", baseline=0.40, detect=0.05),',
    'Mean("satisfaction", scale=(1, 7), sd=1.4, detect=0.3),',
)
"""Its metrics, a line each."""


def template(
    key: str,
    *,
    names: Sequence[str] = (),
    arms: Sequence[str] = ARMS,
    metrics: Sequence[str] = METRICS,
    more: Sequence[str] = (),
) -> str:
    """The text of a new experiment file.

    Args:
        key: The experiment's key.
        names: What the file imports from amends beside the customary names.
        arms: The arms, a line of Python each.
        metrics: The metrics, a line each; the first sets the plan.
        more: Further arguments of the experiment, a line each.

    Raises:
        DefinitionError: The key is no name.

    >>> template("late_refund").splitlines()[2]
    'Put your own question in the first line above. Experiment: late_refund.'
    """
    customary = {"Experiment", "Mean", "Proportion", "delayed_by", "silence", "sorry", "text", "thank_you"}
    return _FILE.format(
        key=check_key(key),
        names=", ".join(sorted(customary | set(names), key=lambda name: (name[0].islower(), name))),
        arms="\n".join(f"        {line}" for line in arms),
        metrics="\n".join(f"        {line}" for line in metrics),
        more="".join(f"    {line}\n" for line in more),
    )
