"""How well items measure one thing: closed forms, algebra, and what is said where nothing can be."""

import numpy as np
import pytest

from amends.analysis.one_factor import omega_total, one_factor
from amends.analysis.reliability import Reliability, reliability, reliability_by_arm
from amends.analysis.result import NotEnough
from amends.errors import UsageError


def simulated(seed, n=120, loadings=(1.0, 0.8, 0.6, 1.2)):
    """Seven-point answers that one invented factor drives; simulated, of nobody."""
    rng = np.random.default_rng(seed)
    factor = rng.normal(size=n)
    return {
        f"item_{place}": np.clip(np.round(4 + load * factor + rng.normal(size=n)), 1, 7).tolist()
        for place, load in enumerate(loadings, start=1)
    }


def test_alpha_is_the_mean_of_all_split_half_coefficients():
    items = simulated(1)
    columns = np.array(list(items.values()))
    halves = []
    for pair in ([0, 1], [0, 2], [0, 3]):
        rest = [place for place in range(4) if place not in pair]
        a, b = columns[pair].sum(axis=0), columns[rest].sum(axis=0)
        halves.append(2 * (1 - (a.var(ddof=1) + b.var(ddof=1)) / (a + b).var(ddof=1)))
    assert reliability(items).alpha == pytest.approx(np.mean(halves))


def test_item_rest_correlation_is_that_with_the_sum_of_the_others():
    items = simulated(2)
    columns = np.array(list(items.values()))
    for place, item in enumerate(reliability(items).items):
        rest = columns.sum(axis=0) - columns[place]
        assert item.item_rest == pytest.approx(np.corrcoef(columns[place], rest)[0, 1])
        others = {name: answers for name, answers in items.items() if name != item.name}
        assert item.alpha_without == pytest.approx(reliability(others).alpha)


def test_alpha_and_omega_agree_where_all_items_are_equally_good():
    covariance = np.full((4, 4), 0.5) + np.diag([0.7] * 4)
    omega = omega_total(covariance, 200)
    assert omega.value == pytest.approx(16 * 0.5 / covariance.sum(), rel=1e-6)


def test_three_items_have_their_factor_in_closed_form():
    correlation = np.array([[1, 0.56, 0.48], [0.56, 1, 0.42], [0.48, 0.42, 1]])
    loadings, unique = one_factor(correlation, 100)
    assert loadings == pytest.approx([0.8, 0.7, 0.6], abs=1e-6)
    assert unique == pytest.approx([0.36, 0.51, 0.64], abs=1e-6)


def test_omega_does_not_fall_below_alpha_where_items_differ_in_worth():
    found = reliability(simulated(3, n=2000))
    assert found.omega.value > found.alpha


def test_omegas_interval_covers_the_truth_as_often_as_it_says():
    loadings = np.array([0.8, 0.7, 0.6, 0.5])
    truth = loadings.sum() ** 2 / (loadings.sum() ** 2 + (1 - loadings**2).sum())
    rng, covered = np.random.default_rng(4), 0
    for _ in range(300):
        factor = rng.normal(size=(150, 1))
        answers = factor * loadings + rng.normal(size=(150, 4)) * np.sqrt(1 - loadings**2)
        covered += truth in omega_total(np.cov(answers, rowvar=False), 150).interval
    assert 0.91 < covered / 300 <= 0.99


def test_omega_is_the_same_to_the_last_digit_in_every_report():
    covariance = np.cov(np.random.default_rng(3).multivariate_normal([0, 0, 0, 0], np.eye(4) + 0.9, 60).T)
    assert len({omega_total(covariance, 60).value for _ in range(6)}) == 1


def test_reversed_items_are_turned_round_and_forgotten_ones_are_named():
    items = simulated(5)
    turned = {**items, "item_2": [8 - answer for answer in items["item_2"]]}
    assert reliability(turned).against == ("item_2",)
    there = reliability(turned, reverse=["item_2"], scale=(1, 7))
    plain = reliability(items)
    assert there.alpha == pytest.approx(plain.alpha)
    assert [item.mean for item in there.items] == pytest.approx([item.mean for item in plain.items])
    assert there.against == ()


def test_arms_are_never_pooled():
    first, second = simulated(6, n=60), simulated(7, n=60)
    both = {name: first[name] + [answer + 3 for answer in second[name]] for name in first}
    found = reliability_by_arm(both, ["thank_you"] * 60 + ["sorry"] * 60)
    assert list(found) == ["thank_you", "sorry"]
    assert found["thank_you"].alpha == pytest.approx(reliability(first).alpha)
    assert found["sorry"].alpha == pytest.approx(reliability(second).alpha)
    # Pooling would have claimed more than either arm shows.
    assert reliability(both).alpha > max(arm.alpha for arm in found.values())


def test_units_without_every_answer_are_left_out_and_counted():
    items = simulated(8)
    holes = {**items, "item_1": [None, *items["item_1"][1:]]}
    found = reliability(holes)
    assert (found.n, found.left_out) == (119, 1)
    assert found.alpha == pytest.approx(reliability({name: a[1:] for name, a in items.items()}).alpha)


def test_two_items_have_an_alpha_but_no_factor():
    items = simulated(9, loadings=(1.0, 1.0))
    found = reliability(items)
    assert isinstance(found, Reliability)
    assert "undetermined" in found.omega.reason
    assert isinstance(found.items[0].alpha_without, NotEnough)


def test_nothing_to_compute_from_is_said():
    assert "0 of 0" in reliability({"a": [], "b": []}).reason
    assert "1 of 2" in reliability({"a": [1, None], "b": [2, 3]}).reason
    assert "same answer from everyone" in reliability({"a": [1, 2, 3], "b": [4, 4, 4]}).reason
    assert "cancel out" in reliability({"a": [1, 2, 3], "b": [3, 2, 1]}).reason
    repeated = reliability({"a": [1, 2, 3, 5, 4], "b": [1, 2, 3, 5, 4], "c": [2, 2, 1, 5, 3]})
    assert "follows from the others" in repeated.omega.reason


def test_a_factor_that_is_one_item_is_refused():
    correlation = np.array([[1, 0.7, 0.7], [0.7, 1, 0.2], [0.7, 0.2, 1]])
    assert "no solution" in omega_total(correlation, 100).reason


@pytest.mark.parametrize(
    ("items", "more", "said"),
    [
        ({"a": [1, 2]}, {}, "two or more"),
        ({"a": [1, 2], "b": [1]}, {}, "unequal length"),
        ({"a": [1, 2], "b": ["good", "bad"]}, {}, "'b' holds an answer that is no number"),
        ({"a": [1, 2], "b": [2, 1]}, {"reverse": ["c"], "scale": (1, 7)}, "no item 'c'"),
        ({"a": [1, 2], "b": [2, 1]}, {"reverse": ["a"]}, "scale="),
    ],
)
def test_items_written_wrongly_are_refused(items, more, said):
    with pytest.raises(UsageError, match=said):
        reliability(items, **more)


def test_the_result_prints_and_exports():
    found = reliability(simulated(10))
    assert str(found).startswith("Cronbach's alpha")
    assert found.to_dict()["omega"]["interval"]["method"] == "delta, logit"
