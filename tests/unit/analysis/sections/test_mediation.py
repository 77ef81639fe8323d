"""The report of declared mediators: products with bootstrap intervals, and what they rest on."""

import numpy as np
import pytest
import statsmodels.formula.api as smf

from amends import Mean, Proportion, Rating, silence, thank_you
from amends.analysis import kept
from amends.analysis.sections import mediation

SURVEY = [Rating("satisfaction"), Rating("esteem", "Do you feel valued?", role="mediator")]


@pytest.fixture
def units(units_of):
    """900 units: thanks raise esteem by one, esteem raises satisfaction by half a point."""
    rng = np.random.default_rng(12)
    arm = np.array(["thank_you", "sorry", "silence"] * 300)
    esteem = rng.normal(4, 1, 900) + (arm == "thank_you")
    liked = 2 + 0.5 * esteem + rng.normal(0, 1, 900) + 0.3 * (arm == "sorry")
    done = rng.random(900) < 0.7
    return units_of(
        arm=list(arm),
        completed=list(done),
        item__esteem=list(np.where(done, esteem, np.nan)),
        item__satisfaction=list(np.where(done, liked, np.nan)),
        channel=list(rng.choice(["email", "sms"], 900)),
        covariate__orders=list(rng.poisson(4, 900).astype(float)),
        covariate__region=list(rng.choice(["a", "b", "c"], 900)),
    )


@pytest.fixture
def shown(experiment_of, material_of, units):
    def make(given=None, *, status="stopped", finished_data=True, **parts):
        experiment = experiment_of(**{"survey": SURVEY, "mediators": ["esteem"], **parts})
        material = material_of(
            experiment, units if given is None else given, status=status, finished_data=finished_data
        )
        return mediation.section(material)

    return make


def effect_of(section, arm="thank_you"):
    return next(item for item in section.to_dict()["effects"] if item["arm"] == arm)


def test_paths_are_those_of_two_regressions_against_the_silent_arm(shown, units):
    found = effect_of(shown())["simple"]
    two = units[units["completed"] & units["arm"].isin(["thank_you", "silence"])].rename(
        columns={"item.esteem": "esteem", "item.satisfaction": "liked"}
    )
    two["x"] = (two["arm"] == "thank_you") * 1.0
    a = smf.ols("esteem ~ x", two).fit().params["x"]
    second = smf.ols("liked ~ x + esteem", two).fit().params
    assert found["a"] == pytest.approx(a)
    assert found["indirect"]["value"] == pytest.approx(a * second["esteem"])
    assert found["direct"]["value"] == pytest.approx(second["x"])
    assert (found["resamples"], found["seed"]) == (5000, 0)


def test_arms_are_compared_with_silence_in_the_order_of_the_definition(shown):
    section = shown()
    assert section.to_dict()["reference"] == "silence"
    assert [item["arm"] for item in section.to_dict()["effects"]] == ["thank_you", "sorry"]


def test_all_arms_share_one_effect_of_the_mediator_in_the_relative_model(shown, units):
    given = units[units["completed"]].rename(columns={"item.esteem": "esteem", "item.satisfaction": "liked"})
    fit = smf.ols("liked ~ C(arm, Treatment('silence')) + esteem", given).fit()
    first = smf.ols("esteem ~ C(arm, Treatment('silence'))", given).fit()
    a = first.params["C(arm, Treatment('silence'))[T.thank_you]"]
    assert effect_of(shown())["relative"]["value"] == pytest.approx(a * fit.params["esteem"])


def test_both_sides_add_up_to_the_total(shown):
    found = effect_of(shown())["by_arm"]
    total = found["total"]["value"]
    assert found["indirect_first"]["value"] + found["direct_second"]["value"] == pytest.approx(total)
    assert found["indirect_second"]["value"] + found["direct_first"]["value"] == pytest.approx(total)


def test_findings_are_said_without_calling_the_mediator_a_cause(shown, words):
    said = words(shown())
    assert "part of the effect of “thank you” against “silence” goes with esteem" in said
    assert "no effect of “sorry” against “silence” through esteem was shown" in said
    assert "the step from mediator to outcome is not randomised" in said
    assert "Only those who answered are in it" in said
    assert "full mediation" not in said
    assert "langkah dari mediator ke hasil tidak diacak" in words(shown(), "id")


def test_what_unmeasured_confounding_would_cancel_is_shown(shown, words):
    found = effect_of(shown())
    assert found["sensitivity"]["correlation_at_zero"]["value"] == pytest.approx(
        found["simple"]["correlation_at_zero"]
    )
    assert "rho that cancels it" in words(shown())


def test_declared_moderators_are_read_at_both_steps(shown):
    found = shown(moderators=["orders"]).to_dict()["moderated"]
    assert [(item["arm"], item["stage"]) for item in found] == [
        ("thank_you", "first"),
        ("thank_you", "second"),
        ("sorry", "first"),
        ("sorry", "second"),
    ]
    assert all(len(item["found"]["conditional"]) == 3 for item in found)


def test_two_levels_are_shown_at_these_levels_and_three_say_why_not(shown, words):
    section = shown(moderators=["channel", "region"])
    first = section.to_dict()["moderated"][0]["found"]
    assert (first["moderator_at"][0], first["moderator_at"][2]) == (0, 1)
    assert "'region' has 3 levels" in words(section)
    assert "moderator memiliki lebih dari dua tingkat" in words(section, "id")


def test_two_arms_have_no_relative_model(shown, units):
    two = [thank_you("Thank you for waiting."), silence()]
    kept_units = units[units["arm"] != "sorry"].reset_index(drop=True)
    assert effect_of(shown(kept_units, arms=two))["relative"] is None


def test_completion_has_no_mediator_and_outcomes_without_survey_do(shown, units):
    units["outcome.refund"] = [float(place % 4 == 0) for place in range(900)]
    metrics = [Proportion("completed"), Proportion("refund", source="outcome")]
    effects = shown(metrics=metrics).to_dict()["effects"]
    assert {item["metric"] for item in effects} == {"refund"}


def test_nothing_is_claimed_while_data_are_collected(shown, words):
    section = shown(status="running", finished_data=False)
    assert section.said[0].en.startswith("Still collecting")
    assert "goes with" not in words(section)


def test_a_mediator_that_nobody_answered_says_so(shown, units, words):
    section = shown(units.drop(columns="item.esteem"))
    assert "Esteem: not enough, because mediator 'esteem' has no answers" in words(section)


def test_a_mediator_that_does_not_vary_says_so(shown, units, words):
    units["item.esteem"] = units["item.esteem"] * 0 + 4
    assert "is 4 for every unit" in words(shown())
    assert "nilainya sama untuk semua unit" in words(shown(), "id")


def test_the_same_answers_are_resampled_once(shown, monkeypatch):
    store = kept.Kept()
    monkeypatch.setattr(kept, "PROCESS", store)
    shown()
    made = len(store)
    first = shown()
    assert len(store) == made > 0
    assert first.to_dict() == shown().to_dict()


def test_whole_clusters_are_drawn(shown, units, words):
    names = units.assign(cluster=units["arm"] + (units.groupby("arm").cumcount() % 75).astype(str))
    section = shown(names, cluster="party")
    plain, found = effect_of(shown())["simple"], effect_of(section)["simple"]
    assert found["indirect"]["value"] == pytest.approx(plain["indirect"]["value"])
    assert found["indirect"]["interval"] != plain["indirect"]["interval"]
    assert found["sobel_error"] == {"not_enough": "clustered"}
    assert "every resample draws whole clusters within their arm" in words(section)
    assert "tiap ulangan mengundi seluruh gugus" in words(section, "id")


def test_few_clusters_say_how_many_are_needed(shown, units, words):
    names = units.assign(cluster=units["arm"] + (units.groupby("arm").cumcount() % 12).astype(str))
    section = shown(names, cluster="party")
    assert "24 clusters; 40 needed for indirect effects" in words(section)
    assert "gugus masih terlalu sedikit untuk efek tidak langsung" in words(section, "id")


def test_means_of_other_metrics_do_not_mediate_themselves(shown):
    metrics = [Proportion("completed"), Mean("satisfaction", scale=(1, 7)), Mean("esteem", scale=(1, 7))]
    effects = shown(metrics=metrics).to_dict()["effects"]
    assert {item["metric"] for item in effects} == {"satisfaction"}
