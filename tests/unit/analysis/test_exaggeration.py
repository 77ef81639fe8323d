"""The winner's curse: how far differences that were called overstate the one worth acting on."""

import numpy as np
import pytest
from scipy import integrate, stats

from amends import Mean, Proportion
from amends.analysis.exaggeration import exaggeration_ratio
from amends.errors import UsageError


@pytest.mark.parametrize(
    ("effect", "alpha"), [(0.5, 0.05), (1.0, 0.05), (2.0, 0.04), (2.8, 0.01), (-1.0, 0.05)]
)
def test_it_is_what_experiments_show_that_reject(effect, alpha):
    shown = effect + np.random.default_rng(11).normal(size=4_000_000)
    rejected = np.abs(shown[np.abs(shown) > stats.norm.ppf(1 - alpha / 2)])
    simulated, error = rejected.mean() / abs(effect), rejected.std() / len(rejected) ** 0.5 / abs(effect)
    assert exaggeration_ratio(effect, 1.0, alpha=alpha) == pytest.approx(simulated, abs=4 * error)


@pytest.mark.parametrize("df", [3, 12, 60])
def test_with_a_t_distribution_it_is_the_integral(df):
    effect, error, critical = 0.7, 0.5, stats.t.ppf(0.975, df)
    true = effect / error

    def size(x):
        return abs(x) * stats.t.pdf(x - true, df)

    top = integrate.quad(size, critical, np.inf)[0] + integrate.quad(size, -np.inf, -critical)[0]
    power = stats.t.sf(critical - true, df) + stats.t.cdf(-critical - true, df)
    found = exaggeration_ratio(effect, error, alpha=0.05, df=df)
    assert found == pytest.approx(top / power / true, rel=1e-6)


def test_it_falls_to_one_as_experiments_grow_and_its_sources_example_is_found():
    ratios = [exaggeration_ratio(1.0, 1 / size, alpha=0.05) for size in (0.5, 1, 2, 4, 8)]
    assert ratios == sorted(ratios, reverse=True)
    assert ratios[-1] == pytest.approx(1, abs=1e-6)
    # Gelman & Carlin 2014, sex ratio of children: an effect of 0.1 with an error of 3.3, overstated 77 times.
    assert exaggeration_ratio(0.1, 3.3, alpha=0.05) == pytest.approx(77, abs=1)


@pytest.mark.parametrize(("effect", "error", "df"), [(0.0, 1.0, 9), (1.0, 0.0, 9), (1.0, 1.0, 1)])
def test_what_has_no_ratio_is_refused(effect, error, df):
    with pytest.raises(UsageError, match="difference worth acting on"):
        exaggeration_ratio(effect, error, alpha=0.05, df=df)


def curses(report):
    return [note for note in report.notes if "Probably overstated" in note.en]


@pytest.fixture
def lucky(arm, tally_of):
    return tally_of(arm("thank_you", 44, 50), arm("sorry", 30, 50))


def test_a_difference_called_by_few_data_says_so_in_both_languages(two_arms, lucky, report_of):
    experiment = two_arms(metrics=[Proportion("completed", baseline=0.6, detect=0.05)])
    report = report_of(experiment, lucky, status="stopped", finished_data=True)
    contrast = report["completed", "thank_you", "sorry"]
    assert contrast.verdict == "difference"
    ratio = exaggeration_ratio(0.05, contrast.standard_error, alpha=0.05)
    (note,) = curses(report)
    assert note.en.startswith(
        "Completed surveys: Probably overstated: were the true difference the 5.0 points"
    )
    assert f"would show {ratio:.1f} times as much on average" in note.en
    assert f"{ratio:.1f} kali lipatnya".replace(".", ",") in note.id


def test_enough_data_no_difference_or_no_declared_detect_owe_no_such_note(
    two_arms, lucky, arm, tally_of, report_of
):
    def noted(metric, counted, **state):
        given = {"status": "stopped", "finished_data": True, **state}
        return curses(report_of(two_arms(metrics=[metric]), counted, **given))

    small, large = Proportion("completed", detect=0.05), Proportion("completed", detect=0.3)
    assert noted(small, lucky)
    assert not noted(large, lucky)
    assert not noted(Proportion("completed"), lucky)
    assert not noted(small, lucky, status="running", finished_data=False)
    assert not noted(small, tally_of(arm("thank_you", 30, 50), arm("sorry", 29, 50)))


def test_a_difference_of_an_early_stop_is_judged_by_the_interval_that_called_it(
    two_arms, arm, tally_of, report_of
):
    counted = tally_of(arm("thank_you", 190, 200), arm("sorry", 100, 200))
    experiment = two_arms(metrics=[Proportion("completed", detect=0.1)], sample=800)
    report = report_of(experiment, counted, status="stopped")
    contrast = report["completed", "thank_you", "sorry"]
    assert (contrast.verdict, contrast.decision["rejected_by"]) == ("difference", "always-valid")
    half = (contrast.always_valid["high"] - contrast.always_valid["low"]) / 2
    level = 2 * stats.norm.sf(half / contrast.standard_error)
    ratio = exaggeration_ratio(0.1, contrast.standard_error, alpha=level)
    assert ratio > exaggeration_ratio(0.1, contrast.standard_error, alpha=0.01)
    assert f"would show {ratio:.1f} times" in curses(report)[0].en


@pytest.mark.parametrize("status", ["draft", "running", "stopped"])
def test_observed_power_is_shown_nowhere(two_arms, counts, report_of, every_form, status):
    metrics = [
        Proportion("completed", detect=0.05),
        Mean("satisfaction", scale=(1, 7), detect=0.3, margin=0.2),
    ]
    shown = every_form(report_of(two_arms(metrics=metrics), counts, status=status)).lower()
    for word in ("observed power", "achieved power", "post-hoc power", "post hoc power", "kuasa teramati"):
        assert word not in shown
