"""The report of arms that cross factors: interaction first, then simple effects, then main effects."""

import pytest
import statsmodels.formula.api as smf
from statsmodels.stats.multitest import multipletests

from amends import Arm, Proportion
from amends.analysis.clusters import clustered_difference
from amends.analysis.sections import factorial

ARMS = [
    Arm(
        f"{message}_{voucher}",
        f"Text of {message}, {voucher}.",
        factors={"message": message, "voucher": voucher},
    )
    for voucher in ("no", "yes")
    for message in ("thank_you", "sorry")
]


@pytest.fixture
def shown(experiment_of, material_of, units_of):
    """The section of 200 units an arm with these completed: thanks and apology without, then with voucher."""

    def make(done, *, status="stopped", finished_data=True, arms=None, **parts):
        given = ARMS if arms is None else arms
        arm, completed, rating = [], [], []
        for place, one in enumerate(given):
            arm += [one.name] * 200
            completed += [unit < done[place] for unit in range(200)]
            rating += [float(1 + (unit + place) % 7) if unit < done[place] else None for unit in range(200)]
        units = units_of(arm=arm, completed=completed, item__satisfaction=rating)
        experiment = experiment_of(arms=given, **parts)
        return factorial.section(material_of(experiment, units, status=status, finished_data=finished_data))

    return make


def effects(section, kind, metric=0):
    return section.to_dict()["metrics"][metric]["effects"][kind]


def test_effects_of_shares_are_those_of_the_cells_in_percentage_points(shown):
    section = shown([150, 100, 160, 160])
    (found,) = effects(section, "interactions")
    assert found["value"] == pytest.approx(0.25)
    assert [item["value"] for item in effects(section, "simple_effects")[:2]] == pytest.approx([0.25, 0.0])
    assert effects(section, "main_effects")[0]["value"] == pytest.approx(0.125)


def test_both_scales_are_given_the_log_odds_second(shown):
    section = shown([190, 180, 120, 100])
    odds = section.to_dict()["metrics"][0]["log_odds"]["interactions"][0]
    rows = [
        {"done": float(unit < x), "sorry": float(place % 2), "voucher": float(place // 2)}
        for place, x in enumerate([190, 180, 120, 100])
        for unit in range(200)
    ]
    import pandas as pd

    fit = smf.logit("done ~ sorry * voucher", pd.DataFrame(rows)).fit(disp=0)
    assert odds["value"] == pytest.approx(fit.params["sorry:voucher"], abs=1e-6)
    assert section.tables[0].columns[-1].en == "p on log odds"


@pytest.mark.parametrize("scale", ["effects", "log_odds"])
def test_a_simple_effects_p_has_that_of_its_whole_family_beside_it(shown, words, scale):
    section = shown([150, 100, 160, 130])
    found = section.to_dict()["metrics"][0][scale]
    plain = [effect["test"]["p_value"] for effect in found["simple_effects"]]
    _, expected, *_ = multipletests(plain, method="holm")
    assert [effect["p_adjusted"] for effect in found["simple_effects"]] == pytest.approx(expected, rel=1e-12)
    assert [effect["p_adjusted"] for effect in found["main_effects"]] == [None, None]
    assert "p" not in [column.en for column in section.tables[1].columns]
    assert "beside the one adjusted for all simple effects" in section.notes[1].en


def test_with_an_interaction_main_effects_may_not_be_read_alone(shown, words):
    section = shown([150, 100, 160, 160])
    assert "Completed surveys, message × voucher: the factors interact (p < 0.001)" in words(section)
    assert "Read the simple effects" in words(section)
    assert "no, see interaction" in words(section)
    assert "efek utama saja menyesatkan" in words(section, "id")


def test_without_one_it_is_not_said_that_there_is_none(shown, words):
    section = shown([150, 100, 160, 110])
    assert "no interaction was shown (p = 1.000), which does not show that there is none" in words(section)
    assert "bukan bukti bahwa tidak ada" in words(section, "id")


def test_simple_effects_have_intervals_and_no_p_values_to_set_side_by_side(shown):
    simple = shown([150, 100, 160, 160]).tables[1]
    assert [column.en for column in simple.columns] == [
        "metric",
        "simple effect",
        "at",
        "difference",
        "95% interval",
    ]


def test_ratings_are_labelled(shown, words):
    assert "satisfaction, among those who answered" in words(shown([150, 100, 160, 160]))


def test_arms_that_do_not_fully_cross_say_which_is_missing(shown, words):
    section = shown([150, 100, 160], arms=ARMS[:3], metrics=[Proportion("completed")])
    assert "so the factors do not cross" in words(section)
    assert "kombinasi faktor tidak lengkap" in words(section, "id")


def test_an_empty_arm_says_so_and_the_section_stays(shown, words):
    section = shown([0, 0, 0, 0])
    assert "satisfaction" in words(section).lower()
    assert "no answers" in words(section)


def test_nothing_is_claimed_while_data_are_collected(shown):
    section = shown([150, 100, 160, 160], status="running", finished_data=False)
    assert [said.en for said in section.said] == [factorial.STILL_COLLECTING.en]


def test_it_is_wanted_where_arms_carry_two_factors(experiment_of):
    assert factorial.wanted(experiment_of(arms=ARMS))
    assert not factorial.wanted(experiment_of())


def test_every_effect_is_drawn(shown):
    chart = shown([150, 100, 160, 160]).charts[0]
    assert len(chart.lines) == 6
    assert chart.lines[0].value == pytest.approx(25)


def test_clusters_are_compared_by_errors_that_count_them(
    experiment_of, material_of, units_of, words, parties
):
    names = [arm.name for arm in ARMS]
    units = units_of(**parties(arms=names))
    section = factorial.section(material_of(experiment_of(arms=ARMS, cluster="party"), units))
    (found,) = effects(section, "interactions")
    assert found["test"]["name"] == "Welch–Satterthwaite t"
    assert found["test"]["df"] < 90 - 4
    simple = effects(section, "simple_effects")[0]
    two = units[units["arm"].isin(names[:2])]
    plain = clustered_difference(
        two["completed"].astype(float), list(two["arm"] == names[0]), list(two["cluster"]), method="CR2"
    )
    assert simple["value"] == pytest.approx(plain.value)
    assert simple["standard_error"] == pytest.approx(plain.standard_error)
    assert len(effects(section, "main_effects")) == 2
    assert "log odds ratio, clusters" in section.to_dict()["metrics"][0]["log_odds"]["name"]
    assert "each arm's error counts its clusters" in words(section)
    assert "menghitung gugusnya" in words(section, "id")


def test_few_clusters_say_how_many_are_needed(experiment_of, material_of, units_of, words, parties):
    columns = parties(arms=[arm.name for arm in ARMS], clusters=12)
    section = factorial.section(material_of(experiment_of(arms=ARMS, cluster="party"), units_of(**columns)))
    assert "12 clusters; 15 needed for crossed factors" in words(section)
    assert "gugus masih terlalu sedikit untuk faktor yang bersilang" in words(section, "id")
