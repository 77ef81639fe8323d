"""Sealed lists: exact balance in every block, unpredictable order, replay from the seed."""

from collections import Counter

from amends.assignment.blocks import SealedList, default_sizes, integer_weights

ARMS = ["thank_you", "sorry", "silence"]


def dealt(seed: str, stratum: str, n: int, weights=(1, 1, 1), sizes=(6, 9)) -> list[str]:
    envelopes = SealedList(seed, stratum, ARMS, weights, sizes)
    return [envelopes.arm_at(position) for position in range(n)]


def test_the_list_can_be_replayed_from_its_seed_in_any_order():
    envelopes = SealedList("00ff", "north", ARMS, [1, 1, 1], [6, 9])
    backwards = [envelopes.arm_at(position) for position in reversed(range(40))][::-1]
    assert backwards == dealt("00ff", "north", 40)


def test_strata_and_seeds_have_lists_of_their_own():
    assert len({tuple(dealt(seed, stratum, 30)) for seed in ("00", "01") for stratum in ("", "n", "s")}) == 6


def test_every_complete_block_holds_the_arms_in_proportion_to_their_weights():
    for size in (4, 8):
        run = dealt("aa", "", size * 25, weights=(2, 1, 1), sizes=(size,))
        for start in range(0, len(run), size):
            assert Counter(run[start : start + size]) == {
                "thank_you": size // 2,
                "sorry": size // 4,
                "silence": size // 4,
            }


def test_arms_never_drift_apart_by_more_than_the_largest_block_allows():
    counts = Counter()
    for arm in dealt("bb", "", 600):
        counts[arm] += 1
        assert max(counts[name] for name in ARMS) - min(counts[name] for name in ARMS) <= 3


def test_orders_inside_a_block_are_all_used_about_equally():
    seen = Counter(tuple(dealt(f"{seed:04x}", "", 3, sizes=(3,))) for seed in range(6000))
    assert len(seen) == 6
    assert all(abs(n - 1000) < 4 * (6000 * 1 / 6 * 5 / 6) ** 0.5 for n in seen.values())


def test_weights_become_the_smallest_whole_numbers():
    assert integer_weights([0.5, 0.25, 0.25]) == (2, 1, 1)
    assert integer_weights([3, 3]) == (1, 1)
    assert default_sizes([0.5, 0.25, 0.25]) == (8, 12)


def test_the_published_list_of_a_seed_never_changes():
    run = dealt("0123456789abcdef", "site/evening", 12, sizes=(6,))
    assert [ARMS.index(arm) for arm in run] == PUBLISHED


PUBLISHED = [2, 1, 0, 1, 0, 2, 1, 2, 0, 1, 2, 0]
