"""Who is reminded: a share, whatever the arm, and the same whenever it is asked."""

from hashlib import sha256

import pytest

from amends.assignment.hashing import bucket
from amends.assignment.reminding import needs_reminder

UNITS = [sha256(str(number).encode()).hexdigest() for number in range(20_000)]


@pytest.mark.parametrize("share", [0.1, 0.3, 1])
def test_the_declared_share_is_drawn(share):
    drawn = sum(needs_reminder("tea", unit, share) for unit in UNITS)
    assert abs(drawn / len(UNITS) - share) < 0.01


def test_being_drawn_says_nothing_about_the_arm_nor_about_another_experiment():
    arm = [bucket("tea", "arm", unit) < 2**51 for unit in UNITS]
    drawn = [needs_reminder("tea", unit, 0.5) for unit in UNITS]
    other = [needs_reminder("coffee", unit, 0.5) for unit in UNITS]
    for held in (arm, other):
        both = sum(a and b for a, b in zip(held, drawn, strict=True))
        assert abs(both / len(UNITS) - 0.25) < 0.01


def test_any_language_can_recompute_it():
    unit = UNITS[0]
    digits = sha256(f"amends:1:tea:reminder:{unit}".encode()).hexdigest()[:13]
    assert needs_reminder("tea", unit, 0.3) == (int(digits, 16) < 2**52 * 3 // 10)
