"""Which counts two published percentages may stand for."""

import json
from decimal import ROUND_HALF_UP, Decimal

import pytest

from amends.analysis.possible_counts import possible_counts
from amends.errors import UsageError

UNEQUAL = [(41, 45, 120, 153), (143, 157, 29, 37), (144, 158, 29, 37)]


@pytest.fixture(scope="module")
def found():
    return possible_counts("91.1", "78.4")


def test_59_pairs_round_to_the_published_percentages(found):
    pairs = [(pair.x1, pair.n1, pair.x2, pair.n2) for pair in found.pairs]
    assert len(pairs) == len(set(pairs)) == 59
    assert (51, 56, 40, 51) in pairs
    assert all(pair in pairs for pair in UNEQUAL)
    assert pairs[0] == (41, 45, 29, 37)


def test_every_pair_rounds_half_up_to_the_percentages(found):
    for pair in found.pairs:
        for x, n, shown in ((pair.x1, pair.n1, "91.1"), (pair.x2, pair.n2, "78.4")):
            exact = Decimal(100 * x) / n
            assert exact.quantize(Decimal("0.1"), ROUND_HALF_UP) == Decimal(shown)
        assert pair.total <= 200


def test_no_other_pair_does(found):
    fits = {
        shown: {(x, n) for n in range(1, 200) for x in range(n + 1) if (2000 * x + n) // (2 * n) == target}
        for shown, target in (("first", 911), ("second", 784))
    }
    every = {(x1, n1, x2, n2) for x1, n1 in fits["first"] for x2, n2 in fits["second"] if n1 + n2 <= 200}
    assert every == {(pair.x1, pair.n1, pair.x2, pair.n2) for pair in found.pairs}


def test_p_of_the_z_test_runs_from_011_to_105(found):
    assert [round(p, 3) for p in found.p_z_range] == [0.011, 0.105]


def test_the_known_pairs_have_their_known_p(found):
    by_counts = {(pair.x1, pair.n1, pair.x2, pair.n2): pair for pair in found.pairs}
    assert by_counts[41, 45, 29, 37].z == pytest.approx(1.6233, abs=5e-5)
    assert by_counts[41, 45, 29, 37].p_z == pytest.approx(0.1045, abs=5e-5)
    assert by_counts[72, 79, 58, 74].fisher == pytest.approx(0.0403, abs=5e-5)


def test_decimals_count_as_typed():
    assert len(possible_counts("91", "78", max_n=40).pairs) > len(
        possible_counts("91.0", "78.0", max_n=40).pairs
    )
    assert possible_counts("50.0", "50.0", max_n=4).pairs


def test_the_document_and_the_text_say_that_the_counts_are_unknown():
    few = possible_counts(91.1, 78.4, max_n=96)
    document = few.to_dict()
    json.dumps(document, allow_nan=False)
    assert document["count"] == len(document["pairs"]) == 3
    assert document["pairs"][0]["test"] == "Boschloo exact"
    assert "not known to us" in str(few)
    assert "tidak kami ketahui" in few.to_text(locale="id")


def test_no_fitting_pair_is_said():
    assert "no pairs of counts" in str(possible_counts("91.1", "78.4", max_n=20))


@pytest.mark.parametrize("wrong", ["110", "-1", "many", "nan"])
def test_a_percentage_that_cannot_be_is_refused(wrong):
    with pytest.raises(UsageError, match="a percentage lies between 0 and 100"):
        possible_counts(wrong, "78.4")


@pytest.mark.parametrize("limit", [1, 0, 100_000, True])
def test_a_limit_that_cannot_be_is_refused(limit):
    with pytest.raises(UsageError, match="the largest total"):
        possible_counts("91.1", "78.4", max_n=limit)
