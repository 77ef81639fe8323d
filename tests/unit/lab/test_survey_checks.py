"""Manipulation and attention checks on a real store, held against scipy and statsmodels."""

import json
import re

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from amends import Choice, Experiment, Mean, Proportion, Rating, Scale, silence, sorry, thank_you
from amends.design.net_promoter import NetPromoter

KEY = "late_parcel"
COLOUR = Choice("colour", "Tap blue.", options=["red", "blue"], role="attention_check", correct="blue")
FOUR = Rating("tap_four", "Tap 4.", role="attention_check", correct=4)
GRATEFUL = Rating("felt_thanked", "I felt thanked.", role="manipulation_check")
VALUED = Scale("felt_valued", items=["Valued.", "Ignored."], reverse=[2], role="manipulation_check")


@pytest.fixture
def make():
    def experiment(**parts):
        given = {
            "key": KEY,
            "notice": "Your parcel is late.",
            "arms": [thank_you("Thank you for waiting."), sorry("We are sorry for it.")],
            "metrics": [Proportion("completed"), Mean("satisfaction", scale=(1, 7))],
            "survey": [Rating("satisfaction"), GRATEFUL, VALUED, COLOUR, FOUR],
        }
        return Experiment(**{**given, **parts})

    return experiment


def collect(lab, units=80):
    """Everybody answers; returns what was answered, by arm."""
    given = {}
    for n in range(units):
        arm = lab.assign(KEY, f"C-{n}").arm
        thanked = arm == "thank_you"
        answers = {
            "satisfaction": 1 + (n * (3 if thanked else 5) + thanked) % 7,
            "felt_thanked": 4 + n % 4 if thanked else 1 + n % 4,
            "felt_valued_1": 1 + n % 7,
            "felt_valued_2": 1 + n // 3 % 7,
            "colour": "red" if n % (4 if thanked else 7) == 0 else "blue",
            "tap_four": 4 if n % 5 else 2,
        }
        lab.record_response(KEY, f"C-{n}", **answers)
        given.setdefault(arm, []).append(answers)
    return given


def sections(report):
    return {section.name: section for section in report.sections}


def test_a_manipulation_check_is_welchs_test_between_the_arms(open_lab, make):
    lab = open_lab(make())
    given = collect(lab)
    found = sections(lab.analyze(KEY))["manipulation_checks"].to_dict()["contrasts"]
    thanked, sorry_ = ([answers["felt_thanked"] for answers in given[arm]] for arm in ("thank_you", "sorry"))
    expected = stats.ttest_ind(thanked, sorry_, equal_var=False)
    first = found[0]
    assert (first["metric"], first["arm"], first["versus"]) == ("felt_thanked", "thank_you", "sorry")
    assert first["n"] == [len(thanked), len(sorry_)]
    assert first["p_value"] == pytest.approx(expected.pvalue, rel=1e-9)
    assert first["statistic"] == pytest.approx(expected.statistic, rel=1e-9)
    interval = expected.confidence_interval(0.95)
    assert (first["low"], first["high"]) == pytest.approx((interval.low, interval.high), rel=1e-9)


def test_a_scale_is_checked_by_its_score_after_reversing(open_lab, make):
    lab = open_lab(make())
    given = collect(lab)
    found = sections(lab.analyze(KEY))["manipulation_checks"].to_dict()["contrasts"][1]
    scores = {
        arm: [(one["felt_valued_1"] + 8 - one["felt_valued_2"]) / 2 for one in answers]
        for arm, answers in given.items()
    }
    expected = stats.ttest_ind(scores["thank_you"], scores["sorry"], equal_var=False)
    assert found["metric"] == "felt_valued"
    assert found["p_value"] == pytest.approx(expected.pvalue, rel=1e-9)


def test_a_choice_is_checked_by_the_share_of_its_declared_answer(open_lab, make):
    told = Choice(
        "told", "We…", options=["thanked", "apologised"], role="manipulation_check", correct="thanked"
    )
    lab = open_lab(make(survey=[Rating("satisfaction"), told], sample=20))
    counts = {"thank_you": [0, 0], "sorry": [0, 0]}
    for n in range(80):
        arm = lab.assign(KEY, f"C-{n}").arm
        if n % 5 == 0:
            continue
        said = "thanked" if (n % 7 if arm == "thank_you" else n % 3 == 0) else "apologised"
        lab.record_response(KEY, f"C-{n}", satisfaction=5, told=said)
        counts[arm][0] += said == "thanked"
        counts[arm][1] += 1
    lab.stop(KEY)
    section = sections(lab.analyze(KEY))["manipulation_checks"]
    [found] = section.to_dict()["contrasts"]
    (x1, n1), (x2, n2) = counts["thank_you"], counts["sorry"]
    exact = stats.boschloo_exact([[x1, x2], [n1 - x1, n2 - x2]], n=512)
    assert found["n"] == [n1, n2]
    assert found["effect"] == pytest.approx(x1 / n1 - x2 / n2, rel=1e-12)
    assert found["p_value"] == pytest.approx(exact.pvalue, abs=2e-4)
    low, high = confint_proportions_2indep(x1, n1, x2, n2, method="newcomb")
    assert (found["low"], found["high"]) == pytest.approx((low, high), rel=1e-9)
    assert f"told, thank you – sorry: the arms differ ({100 * x1 / n1:.1f}% against" in section.said[0].en
    assert "rata-rata atau porsi" in [column.id for column in section.tables[0].columns]
    assert "share that chose thanked" in lab.preregistration(KEY).to_markdown()


def test_what_a_manipulation_check_found_is_said_in_both_languages(open_lab, make):
    lab = open_lab(make(sample=20))
    collect(lab)
    early = sections(lab.analyze(KEY))["manipulation_checks"]
    assert [said.en.split(":")[0] for said in early.said] == ["Still collecting"]
    lab.stop(KEY)
    section = sections(lab.analyze(KEY))["manipulation_checks"]
    assert "felt thanked, thank you – sorry: the arms differ (" in section.said[0].en
    assert "felt thanked, terima kasih – maaf: kelompoknya berbeda (" in section.said[0].id
    assert "felt valued, thank you – sorry: no difference shown" in section.said[1].en


def test_pass_rates_have_wilsons_interval_and_a_chi_square_over_the_arms(open_lab, make):
    lab = open_lab(make())
    given = collect(lab)
    figures = sections(lab.analyze(KEY))["attention_checks"].to_dict()
    held = {(one["check"], one["arm"]): one for one in figures["checks"]}
    table = []
    for arm, answers in given.items():
        passed, n = sum(one["colour"] == "blue" for one in answers), len(answers)
        one = held["colour", arm]
        assert (one["passed"], one["answered"]) == (passed, n)
        low, high = proportion_confint(passed, n, method="wilson")
        assert (one["low"], one["high"]) == pytest.approx((low, high), rel=1e-9)
        table.append([passed, n - passed])
    expected = stats.chi2_contingency(table, correction=False).pvalue
    assert figures["tests"]["colour"] == pytest.approx(expected, rel=1e-9)
    assert held["tap_four", "sorry"]["passed"] == sum(one["tap_four"] == 4 for one in given["sorry"])


def test_without_a_declared_exclusion_nobody_is_left_out(open_lab, make):
    lab = open_lab(make())
    collect(lab)
    section = sections(lab.analyze(KEY))["attention_checks"]
    assert "contrasts" not in section.figures
    assert section.said[-1].en.startswith("No exclusion by an attention check was declared beforehand")


def test_the_declared_exclusion_stands_beside_the_full_analysis_which_comes_first(open_lab, make):
    lab = open_lab(make(exclusions=["colour", "staff"]))
    given = collect(lab)
    report = lab.analyze(KEY)
    section = sections(report)["attention_checks"]
    (pair,) = section.to_dict()["contrasts"]
    full = report["satisfaction", "thank_you", "sorry"]
    assert (pair["full"]["effect"], pair["full"]["p_value"]) == (full.effect, full.p_value)
    kept = [
        [one["satisfaction"] for one in given[arm] if one["colour"] == "blue"]
        for arm in ("thank_you", "sorry")
    ]
    expected = stats.ttest_ind(*kept, equal_var=False)
    assert pair["without"]["n"] == [len(kept[0]), len(kept[1])]
    assert pair["without"]["p_value"] == pytest.approx(expected.pvalue, rel=1e-9)
    wrong = {arm: sum(one["colour"] == "red" for one in answers) for arm, answers in given.items()}
    assert section.to_dict()["left_out"] == wrong
    assert any("breaks the randomisation" in said.en for said in section.said)
    assert any("merusak pengacakan" in said.id for said in section.said)
    rows = [[cell.en for cell in row] for row in section.tables[1].rows]
    assert [row[2] for row in rows] == ["everyone", "only those who passed"]


def test_with_and_without_are_made_by_the_same_method(open_lab, make):
    metrics = [Mean("satisfaction", scale=(1, 7)), NetPromoter("loyalty", of="recommend")]
    survey = [Rating("satisfaction"), Rating("recommend", scale=(0, 10)), COLOUR]
    lab = open_lab(make(exclusions=["colour"], metrics=metrics, survey=survey, covariates=["orders"]))
    kept = []
    for n in range(90):
        arm = lab.assign(KEY, f"C-{n}", covariates={"orders": n % 5}).arm
        given = {"satisfaction": 1 + n * n % 7, "recommend": n * 7 % 11, "colour": "blue" if n % 4 else "red"}
        lab.record_response(KEY, f"C-{n}", **given)
        if n % 4:
            score = 100 * (given["recommend"] >= 9) - 100 * (given["recommend"] <= 6)
            kept.append((arm == "thank_you", n % 5, given["satisfaction"], score))
    pairs = sections(lab.analyze(KEY))["attention_checks"].to_dict()["contrasts"]
    first, orders, *outcomes = np.array(kept, dtype=float).T
    centred = orders - orders.mean()
    design = np.column_stack([first, centred, first * centred])
    for pair, outcome in zip(pairs, outcomes, strict=True):
        fit = sm.OLS(outcome, sm.add_constant(design)).fit(cov_type="HC2", use_t=True)
        assert pair["without"]["effect"] == pytest.approx(fit.params[1], rel=1e-9)
        assert pair["without"]["p_value"] == pytest.approx(fit.pvalues[1], rel=1e-9)
        assert pair["full"]["df"] - pair["without"]["df"] == 90 - len(kept)


def test_two_declared_checks_leave_out_whoever_failed_either(open_lab, make):
    lab = open_lab(make(exclusions=["colour", "tap_four"]))
    given = collect(lab)
    figures = sections(lab.analyze(KEY))["attention_checks"].to_dict()
    failed = {
        arm: sum(one["colour"] == "red" or one["tap_four"] != 4 for one in answers)
        for arm, answers in given.items()
    }
    assert figures["left_out"] == failed


def test_who_did_not_answer_a_check_is_not_left_out_by_it(open_lab, make):
    lab = open_lab(make(exclusions=["colour"]))
    for n in range(40):
        lab.assign(KEY, f"C-{n}")
        if n % 2:
            lab.record_response(KEY, f"C-{n}", satisfaction=1 + n % 7, **({} if n % 3 else {"colour": "red"}))
    figures = sections(lab.analyze(KEY))["attention_checks"].to_dict()
    assert sum(figures["left_out"].values()) == len([n for n in range(1, 40, 2) if n % 3 == 0])
    assert sum(figures["contrasts"][0]["without"]["n"]) == len([n for n in range(1, 40, 2) if n % 3])


def test_the_contrast_that_decides_is_of_everyone_whatever_is_declared(open_lab, make):
    lab = open_lab(make(exclusions=["colour"]))
    given = collect(lab)
    contrast = lab.analyze(KEY)["satisfaction", "thank_you", "sorry"]
    everyone = [[one["satisfaction"] for one in given[arm]] for arm in ("thank_you", "sorry")]
    assert contrast.n == (len(everyone[0]), len(everyone[1]))
    assert contrast.p_value == pytest.approx(stats.ttest_ind(*everyone, equal_var=False).pvalue, rel=1e-9)


def test_a_check_nobody_answered_is_not_enough_and_the_report_still_appears(open_lab, make, every_form):
    lab = open_lab(make(exclusions=["colour"]))
    lab.assign(KEY, "C-1")
    report = lab.analyze(KEY)
    shown = sections(report)["attention_checks"].to_dict()
    assert shown["checks"][0]["rate"] == {"not_enough": "thank_you has no answers yet"}
    assert shown["contrasts"][0]["without"]["p_value"].keys() == {"not_enough"}
    assert not re.search(r"\bnan\b", every_form(report).lower())
    json.dumps(report.to_dict(), allow_nan=False)


def test_a_check_without_a_right_answer_has_no_pass_rate(open_lab, make):
    asked = Rating("tap", "Tap 4.", role="attention_check")
    lab = open_lab(make(survey=[Rating("satisfaction"), asked]))
    lab.record_response(KEY, lab.assign(KEY, "C-1").unit_id, satisfaction=4, tap=4)
    figures = sections(lab.analyze(KEY))["attention_checks"].to_dict()
    assert figures["checks"][0]["passed"] == {"not_enough": "no right answer is declared: give correct="}


def test_clusters_refuse_tests_that_take_answers_as_independent(open_lab, make):
    lab = open_lab(make(cluster="household", exclusions=["colour"]))
    for n in range(12):
        lab.assign(KEY, f"C-{n}", cluster=f"H-{n // 2}")
        lab.record_response(KEY, f"C-{n}", satisfaction=1 + n % 7, felt_thanked=1 + n % 5, colour="blue")
    found = sections(lab.analyze(KEY))
    assert found["manipulation_checks"].to_dict()["contrasts"][0]["p_value"] == {"not_enough": "clustered"}
    attention = found["attention_checks"].to_dict()
    assert attention["tests"]["colour"] == {"not_enough": "clustered"}
    # Nobody is left out, so by the contrast's own method the figures are the same.
    assert attention["contrasts"][0]["without"] == attention["contrasts"][0]["full"]


def test_masked_checks_are_shown_by_letter(open_lab, make, every_form):
    lab = open_lab(make(masked=True, arms=[thank_you("Thank you!"), silence()]))
    for n in range(20):
        lab.assign(KEY, f"C-{n}")
        lab.record_response(KEY, f"C-{n}", satisfaction=1 + n % 7, colour="blue", tap_four=4)
    report = lab.analyze(KEY)
    shown = sections(report)["attention_checks"].to_dict()["checks"]
    assert {one["arm"] for one in shown} == {"A", "B"}
    assert sum(one["answered"] for one in shown if one["check"] == "colour") == 20
    assert "silence" not in every_form(report)


def test_an_experiment_without_checks_has_no_such_sections(open_lab, make):
    lab = open_lab(make(survey=[Rating("satisfaction")]))
    assert not {"manipulation_checks", "attention_checks"} & sections(lab.analyze(KEY)).keys()
