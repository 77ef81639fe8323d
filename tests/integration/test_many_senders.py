"""Many processes assigning the same units at once: one arm and one row each, nobody gets an error."""

import multiprocessing
from collections import defaultdict

import pytest

from amends import Experiment, Lab, blocked, silence, sorry, thank_you
from amends.settings import Settings

UNITS = 2_000
PROCESSES = 8
THREADS = 16


def definition(randomize=None) -> Experiment:
    parts = {"randomize": randomize} if randomize else {}
    return Experiment(
        key="storm",
        notice="It is late.",
        arms=[thank_you("Thank you."), sorry("Sorry."), silence()],
        **parts,
    )


def assign_all(settings: Settings, randomize, worker: int, answers) -> None:
    from concurrent.futures import ThreadPoolExecutor

    lab = Lab([definition(randomize)], settings=settings)
    # Every process begins elsewhere in the list, so that the same units collide at different moments.
    order = [(unit + worker * UNITS // PROCESSES) % UNITS for unit in range(UNITS)]

    def part(thread: int) -> list[tuple[int, str | None, str, str | None]]:
        found = []
        for unit in order[thread::THREADS]:
            answer = lab.assign("storm", unit)
            found.append((unit, answer.arm, answer.status, answer.assignment_id))
        return found

    with ThreadPoolExecutor(THREADS) as pool:
        answers.put([row for rows in pool.map(part, range(THREADS)) for row in rows])
    lab.close()


def storm(settings: Settings, randomize, method: str) -> list[tuple[int, str, str, str]]:
    context = multiprocessing.get_context(method)
    answers = context.Queue()
    workers = [
        context.Process(target=assign_all, args=(settings, randomize, worker, answers))
        for worker in range(PROCESSES)
    ]
    for worker in workers:
        worker.start()
    rows = [row for _ in workers for row in answers.get(timeout=300)]
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    return rows


def check(lab: Lab, rows: list[tuple[int, str, str, str]]) -> None:
    """Every answer is an assignment, every unit has one arm and one row, the tally equals a recount."""
    assert {status for _, _, status, _ in rows} == {"assigned"}
    seen = defaultdict(set)
    for unit, arm, _, assignment_id in rows:
        seen[unit].add((arm, assignment_id))
    assert len(seen) == UNITS
    assert all(len(pairs) == 1 for pairs in seen.values())
    for unit, pairs in seen.items():
        stored = lab.store.find("storm", unit=lab.store.pseudonym(str(unit)))
        assert {(stored.arm, stored.assignment_id)} == pairs
    assert sum(arm.assigned for arm in lab.tally("storm").arms) == UNITS
    assert lab.store.verify() == []


@pytest.mark.parametrize(
    ("method", "randomize"),
    [("spawn", None), ("fork", blocked(sizes=[3]))],
    ids=["hashed-spawn", "blocked-fork"],
)
def test_eight_processes_assigning_the_same_units_leave_one_arm_and_one_row_each(settings, method, randomize):
    lab = Lab([definition(randomize)], settings=settings)
    lab.start("storm")
    rows = storm(settings, randomize, method)
    check(lab, rows)
    if randomize:
        counts = [arm.assigned for arm in lab.tally("storm").arms]
        assert max(counts) - min(counts) <= 1, "the sealed list was dealt without gap or repeat"
    lab.close()
