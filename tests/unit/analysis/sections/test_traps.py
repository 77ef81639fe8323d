"""Traps of reading an experiment, each as a whole report meets it (rows 4, 6, 10, 11 and 12 of the list)."""

import json

import numpy as np
import pytest
from scipy import stats

from amends import Mean, Proportion, silence, thank_you

TWO = [thank_you("Thank you for waiting."), silence()]


@pytest.fixture
def report(experiment_of, report_of_units, units_of):
    """A report of two arms with these ratings; completion as given, else everyone."""

    def make(first, second, *, parts=None, **columns):
        units = units_of(
            arm=["thank_you"] * len(first) + ["silence"] * len(second),
            item__satisfaction=[float(value) for value in [*first, *second]],
            **{"completed": True, **columns},
        )
        return report_of_units(experiment_of(**{"arms": TWO, **(parts or {})}), units)

    return make


def test_chances_of_being_best_come_with_the_price_of_stopping_at_them(report):
    made = report([5, 6, 7] * 20, [4, 5, 6] * 20)
    for locale, said in (("en", "no licence to stop early"), ("id", "bukan izin untuk berhenti lebih awal")):
        text = " ".join(made.to_markdown(locale=locale).split())
        assert said in text
    assert made["satisfaction", "thank_you", "silence"].verdict == "difference"


def test_means_with_unequal_spreads_and_sizes_are_compared_by_welch(report):
    first, second = [4, 5] * 30, [1, 7, 6, 7, 2, 7, 7, 1, 7, 7, 7, 7, 6, 2, 7]
    made = report(first, second)
    contrast = made["satisfaction", "thank_you", "silence"]
    welch, student = (stats.ttest_ind(first, second, equal_var=equal).pvalue for equal in (False, True))
    assert contrast.test == "Welch t"
    assert contrast.p_value == pytest.approx(welch)
    assert abs(welch - student) > 0.02


def test_no_difference_between_subgroups_is_claimed_from_their_own_p_values(report):
    # The same difference of half a point by mail and text message, which only 20 units got in either arm.
    rng = np.random.default_rng(31)
    base = np.clip(np.round(rng.normal(4, 1.2, 300)), 2, 6)
    first, second = base + (np.arange(300) % 2), base
    channel = ["sms" if place % 15 == 0 else "email" for place in range(300)] * 2
    made = report(first, second, channel=channel, parts={"moderators": ["channel"]})
    email, sms = (np.array(channel[:300]) == name for name in ("email", "sms"))
    assert stats.ttest_ind(first[email], second[email], equal_var=False).pvalue < 0.05
    assert stats.ttest_ind(first[sms], second[sms], equal_var=False).pvalue > 0.05
    said = " ".join(made.to_text().split())
    assert "depends on channel" not in said
    assert "No declared moderator was shown to change the difference" in said
    assert "p_value" not in json.dumps(
        [level for item in made.to_dict()["sections"]["moderators"]["moderators"] for level in item["levels"]]
    )


def test_an_interaction_of_shares_stands_on_both_scales(report):
    done, channel = [], []
    for x, where in ((50, "email"), (95, "sms"), (40, "email"), (90, "sms")):
        done += [unit < x for unit in range(100)]
        channel += [where] * 100
    made = report([5] * 200, [5] * 200, completed=done, channel=channel, parts={"moderators": ["channel"]})
    found = made.to_dict()["sections"]["moderators"]["moderators"][0]
    assert found["test"]["value"] == pytest.approx(0.05 - 0.10)
    assert found["log_odds"]["value"] == pytest.approx(np.log(19 / 9) - np.log(1.5))


def test_ties_at_the_ceiling_never_get_the_exact_test_that_ignores_them(report):
    first, second = [5] + [6] * 2 + [7] * 38, [3, 4, 5, 5] + [6] * 3 + [7] * 23
    wrong = stats.mannwhitneyu(first, second, method="exact").pvalue
    assert wrong == pytest.approx(0.239, abs=5e-4)
    made = report(first, second)
    contrast = made["satisfaction", "thank_you", "silence"]
    figures = [contrast.p_value, *(test.get("p_value") for test in contrast.tests.values())]
    order = made.to_dict()["sections"]["ordinal"]
    figures += [
        order["contrasts"][0]["brunner_munzel"]["p_value"],
        order["contrasts"][0]["proportional_odds"]["p_value"],
    ]
    assert all(abs(p - wrong) > 0.05 for p in figures if isinstance(p, float))
    assert "more than 60% chose the best answer" in " ".join(made.to_markdown().split())


def test_a_share_of_ratings_is_never_read_as_if_everybody_had_answered(report):
    done = [place % 4 != 0 for place in range(120)]
    csat = Proportion("csat", of="satisfaction", at_least=6, among="answered")
    metrics = [Proportion("completed"), csat, Mean("satisfaction", scale=(1, 7))]
    made = report(
        [5, 6, 7] * 20,
        [4, 5, 6] * 20,
        completed=done,
        channel=["email", "sms"] * 60,
        parts={"metrics": metrics, "moderators": ["channel"]},
    )
    found = made.to_dict()["sections"]["moderators"]["moderators"]
    assert [item["among"] for item in found] == ["randomised", "answered", "answered"]
    text = " ".join(made.to_markdown().split())
    assert "satisfied answers (CSAT), among those who answered" in text
    assert "Satisfied answers (CSAT) (among those who answered): “thank you” is the best arm" in text
