import pytest

from amends.design.arm import Arm, silence, sorry, thank_you
from amends.design.contrasts import primary
from amends.design.metrics import Mean, Proportion
from amends.design.plan import plan, two_means, two_proportions
from amends.design.randomization import Cluster

TWO = [thank_you("Thank you."), sorry("Sorry you.")]


@pytest.mark.parametrize(
    ("p1", "p2", "power", "expected"),
    [
        (0.784, 0.911, 0.8, 124.602692054856),
        (0.784, 0.911, 0.9, 166.307626802486),
        (0.5, 0.6, 0.8, 387.338516699036),
        (0.91, 0.92, 0.8, 12207.7534236869),
        (0.02, 0.025, 0.9, 18485.7337027055),
    ],
)
def test_the_formula_gives_the_figures_of_r(p1, p2, power, expected):
    assert two_proportions(p1, p2, level=0.05, power=power) == pytest.approx(expected, rel=1e-9)


def test_the_formula_agrees_with_statsmodels_at_unequal_shares():
    from statsmodels.stats.proportion import samplesize_proportions_2indep_onetail

    ours = two_proportions(0.45, 0.4, level=0.04, power=0.8, ratio=2)
    theirs = samplesize_proportions_2indep_onetail(
        0.05, 0.4, 0.8, ratio=2, alpha=0.04, alternative="two-sided"
    )
    assert ours == pytest.approx(theirs, rel=1e-9)


def test_the_formula_for_means_agrees_with_statsmodels():
    from statsmodels.stats.power import NormalIndPower

    theirs = NormalIndPower().solve_power(effect_size=0.3 / 1.4, alpha=0.04, power=0.8, ratio=2)
    assert two_means(1.4, 0.3, level=0.04, power=0.8, ratio=2) == pytest.approx(theirs, rel=1e-6)


def test_no_difference_needs_endless_units():
    assert two_proportions(0.4, 0.4, level=0.05, power=0.8) == float("inf")


def test_the_level_is_four_fifths_of_alpha_shared_by_the_comparisons(build):
    assert plan(build(arms=TWO)).level == pytest.approx(0.04)
    three = plan(build())
    assert (three.family, three.level) == (3, pytest.approx(0.04 / 3))


def test_a_primary_contrast_is_planned_at_the_whole_level(build):
    planned = plan(build(contrasts=[primary("thank_you", "sorry"), ("thank_you", "silence")]))
    assert (planned.family, planned.level) == (1, pytest.approx(0.04))


def test_equal_arms_get_the_formula_rounded_up(build):
    planned = plan(build(arms=TWO, metrics=[Proportion("completed", baseline=0.784, detect=0.127)]))
    assert planned.per_arm == {"thank_you": 134, "sorry": 134}
    assert (planned.smallest, planned.total, planned.metric) == (134, 268, "completed")


def test_unequal_weights_give_the_smallest_arms_number_and_the_others_in_proportion(build):
    arms = [Arm("a", "Thank you.", weight=1), Arm("b", "Sorry you.", weight=3)]
    planned = plan(build(arms=arms))
    first = two_proportions(0.55, 0.5, level=0.04, power=0.8, ratio=3)
    assert planned.per_arm["a"] == planned.smallest == -int(-first // 1)
    assert planned.per_arm["b"] == 3 * planned.smallest


def test_clusters_multiply_the_number_by_the_design_effect(build):
    alone = plan(build(arms=TWO, metrics=[Proportion("completed", baseline=0.4, detect=0.05)]))
    together = plan(
        build(
            arms=TWO,
            metrics=[Proportion("completed", baseline=0.4, detect=0.05)],
            cluster=Cluster("party", size=3, icc=0.1),
        )
    )
    assert together.design_effect == 1.2
    assert together.smallest == pytest.approx(1.2 * alone.smallest, abs=2)
    assert together.clusters_per_arm == -(-together.smallest // 3)


def test_a_rating_of_those_who_answer_needs_more_assigned_units(build):
    metrics = [Mean("satisfaction", scale=(1, 7), sd=1.4, detect=0.3), Proportion("completed", baseline=0.4)]
    planned = plan(build(arms=TWO, metrics=metrics))
    assert planned.completion == 0.4
    assert planned.smallest == -int(-two_means(1.4, 0.3, level=0.04, power=0.8) / 0.4 // 1)


def test_a_mean_of_outcomes_is_known_of_everybody(build):
    planned = plan(build(arms=TWO, metrics=[Mean("amount", source="outcome", sd=20, detect=5)]))
    assert planned.completion == 1


def test_the_primary_metric_sets_the_plan(build):
    metrics = [Proportion("completed"), Proportion("refund", baseline=0.1, detect=0.01, role="primary")]
    assert plan(build(metrics=metrics)).metric == "refund"


@pytest.mark.parametrize(
    ("base", "sample", "expected"), [(0.784, 56, 0.175247558212416), (0.5, 500, 0.0881450658813169)]
)
def test_a_fixed_sample_shows_the_smallest_difference_it_finds(build, base, sample, expected):
    # alpha such that 4/5 of it is the .05 of the reference figures (R, uniroot on power.prop.test)
    planned = plan(
        build(arms=TWO, alpha=0.0625, sample=sample, metrics=[Proportion("completed", baseline=base)])
    )
    assert planned.per_arm == {"thank_you": sample, "sorry": sample}
    assert planned.detectable == pytest.approx(expected, rel=1e-7)
    assert planned.fixed


def test_the_detectable_difference_of_a_planned_sample_is_about_the_planned_one(build):
    metrics = [Mean("satisfaction", scale=(1, 7), sd=1.4, detect=0.3), Proportion("completed", baseline=0.4)]
    number = plan(build(metrics=metrics)).smallest
    assert plan(build(metrics=metrics, sample=number)).detectable == pytest.approx(0.3, rel=0.01)


def test_a_sample_too_small_for_any_difference_says_so(build):
    planned = plan(build(sample=2, metrics=[Proportion("completed", baseline=0.9)]))
    assert planned.detectable is None
    assert "however large" in planned.assumptions["en"][-1]


def test_a_share_that_should_fall_is_planned_downwards(build):
    lower = plan(build(arms=TWO, metrics=[Proportion("refund", baseline=0.3, detect=0.1, better="lower")]))
    assert lower.smallest == -int(-two_proportions(0.2, 0.3, level=0.04, power=0.8) // 1)


@pytest.mark.parametrize(
    ("parts", "english", "indonesian"),
    [
        (
            {},
            "The customary value 0.5 is used because no baseline was given for 'completed'.",
            "Nilai lazim 0,5 dipakai karena baseline untuk 'completed' tidak diberikan.",
        ),
        (
            {},
            "The customary value 0.05 is used because no detect was given for 'completed'.",
            "Nilai lazim 0,05 dipakai karena detect untuk 'completed' tidak diberikan.",
        ),
        (
            {"metrics": [Mean("satisfaction", scale=(1, 7))]},
            "The customary value 1.5 (a quarter of the scale) is used because no sd was given for "
            "'satisfaction'.",
            "Nilai lazim 1,5 (seperempat skala) dipakai karena sd untuk 'satisfaction' tidak diberikan.",
        ),
        (
            {"metrics": [Mean("satisfaction", scale=(1, 7))]},
            "'satisfaction' is known only of those who answer; the customary 50% is used because "
            "'completed' has "
            "no baseline.",
            "'satisfaction' hanya diketahui dari yang menjawab; nilai lazim 50% dipakai karena "
            "'completed' tidak "
            "punya baseline.",
        ),
        (
            {"metrics": [Proportion("completed", baseline=0.784, detect=0.127)]},
            "'completed' sets the plan: 78.4% in one arm against 91.1% in another, 12.7 percentage "
            "points, is worth "
            "finding.",
            "'completed' menentukan rencana: 78,4% di satu kelompok dibanding 91,1% di kelompok lain, "
            "selisih 12,7 "
            "poin persentase, layak ditemukan.",
        ),
        (
            {"cluster": "party"},
            "Units of one party share an arm, but its size or icc was not given: the number is too small. "
            'Write Cluster("party", size=…, icc=…).',
            "Unit dalam satu party mendapat pesan yang sama, tetapi size atau icc tidak diberikan: "
            "jumlah ini "
            'terlalu kecil. Tulis Cluster("party", size=…, icc=…).',
        ),
    ],
)
def test_what_a_plan_rests_on_is_said_in_both_languages(build, parts, english, indonesian):
    planned = plan(build(**parts))
    assert english in planned.assumptions["en"]
    assert indonesian in planned.assumptions["id"]
    assert len(planned.assumptions["en"]) == len(planned.assumptions["id"])


def test_given_figures_are_not_called_customary(build):
    planned = plan(build(metrics=[Proportion("completed", baseline=0.5, detect=0.05)]))
    assert not any("customary" in sentence for sentence in planned.assumptions["en"])


def test_a_plan_is_json(build):
    import json

    shown = json.loads(json.dumps(plan(build(arms=[*TWO, silence()])).to_dict()))
    assert shown["smallest"] == min(shown["per_arm"].values())
    assert shown["total"] == sum(shown["per_arm"].values())
    assert set(shown["assumptions"]) == {"en", "id"}
