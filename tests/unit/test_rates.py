"""Rates as people write them."""

import pytest

from amends.rates import per_second


@pytest.mark.parametrize(
    ("written", "rate"),
    [("50", 50), ("50/s", 50), ("600/min", 10), ("3600/h", 1), ("0.5/s", 0.5), (" 1/h ", 1 / 3600)],
)
def test_a_rate_is_read_as_times_a_second(written, rate):
    assert per_second(written) == pytest.approx(rate, rel=1e-15)


@pytest.mark.parametrize(
    "written", ["", "0", "-1", "0/s", "nan", "inf", "1e3", "5/day", "1 000", "2000000", "٥"]
)
def test_what_is_no_rate_is_refused_with_examples(written):
    with pytest.raises(ValueError, match="50/s, 600/min, 10000/h"):
        per_second(written)
