import pytest

from amends.design.metrics import Mean, Proportion, metric_from_dict
from amends.errors import DefinitionError


def test_a_proportion_without_a_baseline_takes_the_customary_half_and_knows_it():
    metric = Proportion("completed")
    assert (metric.baseline, metric.baseline_assumed) == (0.5, True)
    assert (metric.detect, metric.detect_assumed) == (0.05, True)
    assert Proportion("completed", baseline=0.5).baseline_assumed is False


def test_a_mean_without_an_sd_takes_a_quarter_of_the_scale_and_knows_it():
    metric = Mean("satisfaction", scale=(1, 7))
    assert (metric.sd, metric.sd_assumed) == (1.5, True)
    assert metric.detect == 0.75
    assert metric.centre == 4


def test_completed_comes_from_the_survey_and_every_other_share_is_an_outcome():
    assert Proportion("completed").source == "survey"
    assert Proportion("refund").source == "outcome"


@pytest.mark.parametrize(("name", "source"), [("refund", "survey"), ("completed", "outcome")])
def test_a_share_from_the_wrong_source_is_refused(name, source):
    with pytest.raises(DefinitionError, match=r"Leave source out, or rename the metric"):
        Proportion(name, source=source)


@pytest.mark.parametrize("value", [0, 1, -0.1, 40, "0.4", True, float("nan")])
def test_a_baseline_outside_zero_to_one_is_refused(value):
    with pytest.raises(DefinitionError, match=r"baseline of Proportion\('completed'\) is .*\(0, 1\)"):
        Proportion("completed", baseline=value)


@pytest.mark.parametrize("value", [0, 1, 5, -0.05])
def test_a_detect_outside_zero_to_one_is_refused_with_how_to_write_points(value):
    with pytest.raises(DefinitionError, match="Write 5 percentage points as 0.05"):
        Proportion("completed", detect=value)


def test_a_detect_that_leaves_the_range_on_both_sides_is_refused():
    with pytest.raises(DefinitionError, match="Use a smaller detect"):
        Proportion("completed", baseline=0.5, detect=0.6)


def test_planning_compares_on_the_better_side_unless_it_leaves_the_range():
    assert Proportion("completed", baseline=0.4, detect=0.05).compared == (0.4, 0.45)
    assert Proportion("refund", baseline=0.4, detect=0.05, better="lower").compared == (0.4, 0.35)
    assert Proportion("completed", baseline=0.98, detect=0.05).compared == (0.98, 0.93)
    assert Proportion("refund", baseline=0.02, detect=0.05, better="lower").compared == (0.02, 0.07)


@pytest.mark.parametrize("detect", [0, 6, 7, -1])
def test_a_detect_outside_the_scale_is_refused(detect):
    with pytest.raises(DefinitionError, match=r"detect of Mean\('satisfaction'\) is .*\(0, 6\)"):
        Mean("satisfaction", scale=(1, 7), detect=detect)


@pytest.mark.parametrize("scale", [(7, 1), (1, 1), (1,), (1, 7, 9), (1.5, 7), "17", 7, (0, 500), (True, 7)])
def test_a_scale_that_is_not_two_whole_numbers_in_order_is_refused(scale):
    with pytest.raises(DefinitionError, match="it must be two whole numbers, the lower first"):
        Mean("satisfaction", scale=scale)


@pytest.mark.parametrize("sd", [0, -1, 6, float("inf")])
def test_an_sd_that_the_scale_cannot_have_is_refused(sd):
    with pytest.raises(DefinitionError, match="sd of Mean"):
        Mean("satisfaction", scale=(1, 7), sd=sd)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"role": "main"}, "role of Mean"),
        ({"better": "more"}, "better of Mean"),
        ({"source": "suvey"}, "Did you mean 'survey'"),
        ({"margin": 0}, "margin of Mean"),
        ({"margin": 9}, "margin of Mean"),
        ({"baseline": 8}, "baseline of Mean"),
        ({"detekt": 1}, "Mean has no argument 'detekt'. Did you mean 'detect'"),
    ],
)
def test_every_other_argument_of_a_mean_has_its_rule(wrong, said):
    with pytest.raises(DefinitionError, match=said):
        Mean("satisfaction", scale=(1, 7), **wrong)


def test_an_unknown_argument_of_a_proportion_is_refused_with_the_nearest():
    with pytest.raises(
        DefinitionError, match="Proportion has no argument 'base_line'. Did you mean 'baseline'"
    ):
        Proportion("completed", base_line=0.4)


def test_a_mean_cannot_be_called_completed():
    with pytest.raises(DefinitionError, match=r"Write Proportion\('completed'\)"):
        Mean("completed", scale=(1, 7))


def test_metrics_are_read_back_from_json():
    for metric in (
        Proportion("completed"),
        Proportion("refund", baseline=0.1, detect=0.02, better="lower", margin=0.01, role="guardrail"),
        Mean("satisfaction", scale=(1, 7)),
        Mean("amount", sd=20, detect=5, source="outcome", role="secondary"),
    ):
        again = metric_from_dict(metric.to_dict())
        assert again == metric
        assert (again.baseline_assumed, again.detect_assumed) == (
            metric.baseline_assumed,
            metric.detect_assumed,
        )


def test_a_metric_in_another_role_is_otherwise_the_same():
    metric = Mean("satisfaction", scale=(1, 7)).with_role("guardrail")
    assert (metric.role, metric.sd_assumed, metric.scale) == ("guardrail", True, (1, 7))
