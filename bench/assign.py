"""One arm for one customer: `experiment.arm_of(id)` beside growthbook's paths; `arms_of` beside a bare loop.

The peer is first shown to assign: every call in the experiment, by hash, to all three arms in their
shares. The ratio is taken to whichever of its paths turns out fastest in the same run.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from time import thread_time

import growthbook
from growthbook.core import run_experiment

import amends
from interleaved import measure, options, ratio, show

ARMS = ["thank_you", "sorry", "silence"]
IDS = {
    "ASCII ids": [f"customer-{number:07d}" for number in range(20_000)],
    "non-ASCII ids": [f"pelanggan-ñ-雪-{number:07d}" for number in range(20_000)],
}
GOAL = 12
OURS = "amends: experiment.arm_of"
LOOP, OF_MANY, GOAL_OF_MANY = "a bare loop of hashlib.sha256", "amends: experiment.arms_of", 0.8


def experiment() -> amends.Experiment:
    return amends.Experiment(
        key="late_parcel",
        question="Which message?",
        owner="bench",
        arms=[amends.thank_you("Thank you."), amends.sorry("Sorry."), amends.silence()],
        metrics=[amends.Proportion("completed", baseline=0.4, detect=0.05)],
    )


def growthbook_paths() -> dict[str, Callable[[str], growthbook.Result]]:
    """Its documented calls, and the function below them with the context built once."""
    experiment = growthbook.Experiment(key="late_parcel", variations=ARMS)
    client = growthbook.GrowthBook()
    context = growthbook.GrowthBook(attributes={"id": "nobody"})._get_eval_context()

    def reused_client(unit_id: str) -> growthbook.Result:
        client.set_attributes({"id": unit_id})
        return client.run(experiment)

    def bare_function(unit_id: str) -> growthbook.Result:
        context.user.attributes = {"id": unit_id}
        return run_experiment(experiment=experiment, evalContext=context)

    return {
        "growthbook: a GrowthBook per customer": lambda unit_id: growthbook.GrowthBook(
            attributes={"id": unit_id}
        ).run(experiment),
        "growthbook: one GrowthBook, set_attributes+run": reused_client,
        "growthbook: core.run_experiment alone": bare_function,
    }


def bare_sha256(unit_id: str) -> str:
    digest = hashlib.sha256(b"amends:1:late_parcel:arm:" + unit_id.encode()).digest()
    return "thank_you" if digest < b"\x55" else "sorry" if digest < b"\xaa" else "silence"


def bare_loop(ids: list[str]) -> list[str]:
    """The same arms with nothing checked: the limit of what a loop over `hashlib` can do."""
    sha256, head, chosen = hashlib.sha256, b"amends:1:late_parcel:arm:", []
    first, second = ((2**52 * k // 3 << 4).to_bytes(7, "big") for k in (1, 2))
    for unit_id in ids:
        digest = sha256(head + unit_id.encode()).digest()
        chosen.append("thank_you" if digest < first else "sorry" if digest < second else "silence")
    return chosen


def check_shares(name: str, arm_of: Callable[[str], str], ids: list[str]) -> None:
    """Refuses to time a candidate that does not spread the ids over the arms, the same way twice."""
    arms = [arm_of(unit_id) for unit_id in ids]
    assert arms == [arm_of(unit_id) for unit_id in ids], f"{name} changed its mind"
    shares = {arm: count / len(ids) for arm, count in Counter(arms).items()}
    assert set(shares) == set(ARMS), f"{name} gave {shares}"
    assert all(0.31 < share < 0.36 for share in shares.values()), f"{name} gave {shares}"


def check_peer(name: str, run: Callable[[str], growthbook.Result], ids: list[str]) -> None:
    results = [run(unit_id) for unit_id in ids]
    assert all(result.inExperiment and result.hashUsed for result in results), f"{name} does not assign"
    check_shares(name, lambda unit_id: run(unit_id).value, ids)


def timed(call: Callable[[str], object], ids: list[str]) -> Callable[[], float]:
    """Seconds of this thread's CPU for one call."""

    def run() -> float:
        started = thread_time()
        for unit_id in ids:
            call(unit_id)
        return (thread_time() - started) / len(ids)

    return run


def timed_whole(call: Callable[[list[str]], object], ids: list[str]) -> Callable[[], float]:
    """Seconds of this thread's CPU for an id, all of them in one call."""

    def run() -> float:
        started = thread_time()
        call(ids)
        return (thread_time() - started) / len(ids)

    return run


def main() -> None:
    chosen = options(__doc__.splitlines()[0])
    ours, of_many = experiment().arm_of, experiment().arms_of
    peers = growthbook_paths()
    for kind, ids in IDS.items():
        check_shares("amends", ours, ids)
        for name, run in peers.items():
            check_peer(name, run, ids)
        seconds = measure(
            {
                OURS: timed(ours, ids),
                "bare hashlib.sha256 and two comparisons": timed(bare_sha256, ids),
                **{name: timed(run, ids) for name, run in peers.items()},
            },
            rounds=chosen.rounds,
        )
        fastest = min(peers, key=lambda name: min(seconds[name]))
        show(
            f"One arm for one customer, {kind}",
            seconds,
            [("times as fast as growthbook's fastest path", ratio(seconds, fastest, OURS), "≥", GOAL)],
            unit="µs of CPU a call",
            scale=1e6,
            as_json=chosen.json,
        )
        assert of_many(ids) == bare_loop(ids) == [ours(unit_id) for unit_id in ids]
        seconds = measure(
            {LOOP: timed_whole(bare_loop, ids), OF_MANY: timed_whole(of_many, ids)}, rounds=chosen.rounds
        )
        share = ratio(seconds, LOOP, OF_MANY)
        show(
            f"{len(ids):,} arms in one call, {kind}",
            seconds,
            [("of the bare loop's pace", share, "≥", GOAL_OF_MANY)],
            unit="µs of CPU an id",
            scale=1e6,
            as_json=chosen.json,
        )


if __name__ == "__main__":
    main()
