"""Lengths of time are written in two units, rounded once, and read back as people write them."""

import pytest

from amends.analysis.durations import duration, seconds_of


@pytest.mark.parametrize(
    ("seconds", "en", "id_"),
    [
        (0, "0 s", "0 detik"),
        (0.4, "0.4 s", "0,4 detik"),
        (59.7, "1 min", "1 menit"),
        (3599, "59 min 59 s", "59 menit 59 detik"),
        (3599.6, "1 h", "1 jam"),
        (86399, "1 day", "1 hari"),
        (90000, "1 day 1 h", "1 hari 1 jam"),
        (1234 * 86400, "1,234 days", "1.234 hari"),
        (-90, "−1 min 30 s", "−1 menit 30 detik"),
    ],
)
def test_a_length_of_time_is_written_in_its_two_largest_units(seconds, en, id_):
    assert (duration(seconds), duration(seconds, "id")) == (en, id_)


@pytest.mark.parametrize(
    ("written", "seconds"), [("30s", 30), ("10m", 600), ("1h30m", 5400), (" 2 D ", 172800)]
)
def test_a_written_length_of_time_is_read(written, seconds):
    assert seconds_of(written) == seconds


@pytest.mark.parametrize("written", ["", "soon", "2", "h", "2h!", "-2h", "0s", "9999d", "2h 3", "١h"])
def test_what_is_no_length_of_time_is_refused_with_the_way_to_write_it(written):
    with pytest.raises(ValueError, match="write 30s, 10m, 2h|between one second and a year"):
        seconds_of(written)
