"""One arm for one customer: `arm_of(id)` beside growthbook, planout and eppo; `arms_of` beside a bare loop.

The peers are first shown to assign: every call in the experiment, by hash, to all three arms in their
shares. The ratio is taken to whichever of growthbook's paths turns out fastest in the same run. planout
takes ASCII ids only. eppo is a Rust library called from Python, shown as a floor and not as a goal.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from time import thread_time

import eppo_client
import growthbook
from growthbook.core import run_experiment

import amends
from interleaved import measure, options, ratio, show
from planout_peer import planout_paths

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


def eppo_path() -> dict[str, Callable[[str], str]]:
    """Its client over a configuration given beforehand: nothing is fetched, nothing logged."""
    bounds = [0, 3333, 6667, 10_000]
    flag = {
        "key": "late_parcel",
        "enabled": True,
        "variationType": "STRING",
        "variations": {arm: {"key": arm, "value": arm} for arm in ARMS},
        "allocations": [
            {
                "key": "all",
                "rules": [],
                "doLog": False,
                "splits": [
                    {
                        "variationKey": arm,
                        "shards": [{"salt": "late_parcel", "ranges": [{"start": start, "end": end}]}],
                    }
                    for arm, start, end in zip(ARMS, bounds, bounds[1:], strict=False)
                ],
            }
        ],
        "totalShards": bounds[-1],
    }
    known = {
        "createdAt": "2026-01-01T00:00:00.000Z",
        "format": "SERVER",
        "environment": {"name": "bench"},
        "flags": {"late_parcel": flag},
    }
    client = eppo_client.init(
        eppo_client.ClientConfig(
            api_key="none",
            base_url="http://127.0.0.1:9",
            assignment_logger=eppo_client.AssignmentLogger(),
            poll_interval_seconds=None,
            initial_configuration=eppo_client.Configuration(flags_configuration=json.dumps(known).encode()),
        )
    )
    return {
        "eppo (Rust): get_string_assignment": lambda unit_id: client.get_string_assignment(
            "late_parcel", unit_id, {}, "nobody"
        )
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
    peers, eppo = growthbook_paths(), eppo_path()
    for kind, ids in IDS.items():
        check_shares("amends", ours, ids)
        for name, run in peers.items():
            check_peer(name, run, ids)
        others = eppo if kind != "ASCII ids" else {**eppo, **planout_paths("late_parcel", ARMS)}
        for name, arm_of in others.items():
            check_shares(name, arm_of, ids)
        seconds = measure(
            {
                OURS: timed(ours, ids),
                "bare hashlib.sha256 and two comparisons": timed(bare_sha256, ids),
                **{name: timed(run, ids) for name, run in {**peers, **others}.items()},
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
