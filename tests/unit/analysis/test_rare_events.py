"""Pooling few events: against statsmodels' stratified tables, closed forms and empty experiments."""

from math import log, sqrt

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import StratifiedTable

from amends.analysis.rare_events import mantel_haenszel, peto
from amends.analysis.result import NotEnough
from amends.analysis.study_effects import effect_of_counts
from amends.errors import UsageError

TABLES = [(3, 100, 1, 100), (0, 50, 2, 50), (5, 200, 2, 210), (1, 80, 0, 75)]


def test_pooled_ratios_are_those_of_the_stratified_table():
    strata = [np.array([[a, n1 - a], [c, n2 - c]], dtype=float) for a, n1, c, n2 in TABLES]
    plain = StratifiedTable(strata)
    found = mantel_haenszel(TABLES)
    assert found.value == pytest.approx(plain.logodds_pooled)
    assert found.standard_error == pytest.approx(plain.logodds_pooled_se)
    assert mantel_haenszel(TABLES, measure="RR").ratio.value == pytest.approx(plain.riskratio_pooled)


def test_one_experiment_keeps_its_own_effect():
    for measure in ("OR", "RR", "RD"):
        found = mantel_haenszel([(12, 100, 7, 90)], measure=measure)
        plain = effect_of_counts(12, 100, 7, 90, measure=measure)
        assert found.value == pytest.approx(plain.value)
        assert found.standard_error == pytest.approx(sqrt(plain.variance), rel=0.01)
        assert isinstance(found.q, NotEnough)


def test_peto_is_observed_less_expected_over_its_variance():
    found = peto([(5, 100, 1, 100)])
    assert found.value == pytest.approx((5 - 3) / (100 * 100 * 6 * 194 / (200**2 * 199)))


def test_swapping_the_arms_changes_the_sign():
    back = [(c, n2, a, n1) for a, n1, c, n2 in TABLES]
    for pooled in (mantel_haenszel, peto):
        assert pooled(back).value == pytest.approx(-pooled(TABLES).value)
        assert pooled(back).p_value == pytest.approx(pooled(TABLES).p_value)


def test_an_experiment_without_events_tells_a_ratio_nothing():
    more = [*TABLES, (0, 500, 0, 20)]
    for pooled in (mantel_haenszel, peto):
        assert pooled(more).value == pytest.approx(pooled(TABLES).value)
        assert (pooled(more).k, pooled(more).informative) == (5, 4)
    there, here = (mantel_haenszel(t, measure="RD") for t in (more, TABLES))
    assert abs(there.value) < abs(here.value)


def test_no_half_is_added_to_empty_cells():
    assert mantel_haenszel([(1, 100, 0, 100), (0, 100, 1, 100)]).value == pytest.approx(0)
    assert mantel_haenszel([(2, 100, 0, 100), (1, 100, 1, 100)]).value == pytest.approx(
        log((2 * 100 + 1 * 99) / (1 * 99))
    )


def test_what_has_no_bound_gives_a_reason():
    assert "no bound" in mantel_haenszel([(2, 10, 0, 10)]).reason
    assert "no bound" in mantel_haenszel([(0, 10, 0, 10)], measure="RR").reason
    assert "everybody had" in mantel_haenszel([(10, 10, 10, 10)], measure="RR").reason
    assert "nothing varies" in mantel_haenszel([(0, 10, 0, 10)], measure="RD").reason
    assert "nobody, or everybody" in peto([(0, 10, 0, 10), (9, 9, 9, 9)]).reason
    assert "no experiments" in peto([]).reason
    assert "experiment 2: the first arm" in mantel_haenszel([(1, 2, 1, 2), (0, 0, 1, 2)]).reason


def test_counts_that_cannot_be_are_refused():
    with pytest.raises(UsageError, match="cannot outnumber"):
        peto([(11, 10, 1, 10)])
    with pytest.raises(UsageError, match="measure"):
        mantel_haenszel(TABLES, measure="HR")


def test_the_result_exports_the_ratio_with_its_interval():
    exported = mantel_haenszel(TABLES).to_dict()
    assert exported["ratio"]["interval"]["low"] < exported["ratio"]["value"]
    assert mantel_haenszel(TABLES, measure="RD").to_dict()["ratio"] is None
