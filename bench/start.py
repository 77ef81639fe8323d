"""From nothing to the first arm: a fresh interpreter that imports, builds a two-arm experiment and assigns.

Wall time of whole processes, ours, growthbook's and an empty one in turn. Each prints the arm it
gave, so a peer that failed to assign is noticed.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from statistics import median
from time import perf_counter

from interleaved import measure, options, ratio, show

AMENDS = """
from amends import Experiment, Proportion, sorry, thank_you
experiment = Experiment(
    key="late_parcel",
    question="Which message?",
    owner="bench",
    arms=[thank_you("Thank you."), sorry("Sorry.")],
    metrics=[Proportion("completed", baseline=0.4, detect=0.05)],
)
print(experiment.arm_of("customer-1"))
"""
GROWTHBOOK = """
from growthbook import Experiment, GrowthBook
experiment = Experiment(key="late_parcel", variations=["thank_you", "sorry"])
result = GrowthBook(attributes={"id": "customer-1"}).run(experiment)
assert result.inExperiment and result.hashUsed
print(result.value)
"""
HEAVY = ("pandas", "numpy", "scipy", "statsmodels", "streamlit", "sqlmodel")


def fresh(code: str, *, prints: bool) -> Callable[[], float]:
    """Seconds of a new interpreter running `code`."""

    def run() -> float:
        started = perf_counter()
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        taken = perf_counter() - started
        assert not prints or done.stdout.strip() in {"thank_you", "sorry"}, done.stdout
        return taken

    return run


def main() -> None:
    chosen = options(__doc__.splitlines()[0])
    check = f"{AMENDS}\nimport sys; print(*(name for name in {HEAVY} if name in sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert loaded.stdout.split()[1:] == [], f"the sender's path loads {loaded.stdout.split()[1:]}"

    bare, ours, peer = "bare Python", "amends", "growthbook"
    seconds = measure(
        {
            bare: fresh("pass", prints=False),
            ours: fresh(AMENDS, prints=True),
            peer: fresh(GROWTHBOOK, prints=True),
        },
        rounds=chosen.rounds,
    )
    above = median(a - b for a, b in zip(seconds[ours], seconds[bare], strict=True)) * 1000
    show(
        "A fresh interpreter to the first arm",
        seconds,
        [
            ("ms above bare Python", above, "≤", 80),
            ("of growthbook's time", ratio(seconds, ours, peer), "≤", 1 / 8),
        ],
        unit="ms",
        scale=1000,
        as_json=chosen.json,
    )


if __name__ == "__main__":
    main()
