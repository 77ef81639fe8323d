"""Buckets of tokens: how many come out, and that memory stays bounded."""

import pytest

from amends.api.limits import Buckets, burst


@pytest.fixture
def seconds() -> list[float]:
    return [0.0]


@pytest.fixture
def buckets(seconds) -> Buckets:
    return Buckets(most=100, monotonic=lambda: seconds[0])


def test_over_a_long_time_exactly_the_rate_comes_out_and_the_burst_before_it(buckets, seconds):
    granted = 0
    for step in range(10_000):
        seconds[0] = step / 100
        granted += buckets.take("shop", rate=7).granted

    # 100 s at 7 a second after a burst of two seconds' worth: floor(14 + 7 * 99.99).
    assert granted == 713


def test_a_full_bucket_says_what_is_left_and_when_it_is_full_again(buckets):
    taken = [buckets.take("shop", rate=2) for _ in range(5)]

    assert [one.remaining for one in taken] == [3, 2, 1, 0, 0]
    assert [one.reset for one in taken] == [1, 1, 2, 2, 2]
    assert [one.wait for one in taken] == [0, 0, 0, 0, 0.5]


def test_peeking_takes_nothing(buckets):
    assert [buckets.peek("shop", rate=1, holds=1).granted for _ in range(3)] == [True] * 3
    assert len(buckets) == 0


def test_a_refused_call_does_not_push_the_next_one_further_away(buckets, seconds):
    buckets.take("shop", rate=1, holds=1)
    for _ in range(100):
        assert not buckets.take("shop", rate=1, holds=1).granted
    seconds[0] = 1.0

    assert buckets.take("shop", rate=1, holds=1).granted


def test_ten_thousand_names_take_the_memory_of_a_hundred(buckets):
    for number in range(10_000):
        buckets.take(f"address-{number}", rate=1)

    assert len(buckets) == 100


@pytest.mark.parametrize(("rate", "holds"), [(1000, 2000), (0.5, 1), (1 / 3600, 1), (1.2, 3)])
def test_a_bucket_holds_two_seconds_worth_and_at_least_one(rate, holds):
    assert burst(rate) == holds
