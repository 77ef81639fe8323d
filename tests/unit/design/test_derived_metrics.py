"""Metrics worked out from a rating, harm rules, reminders: what is accepted, and what stays as it was."""

from datetime import timedelta

import pytest
from statsmodels.stats.power import NormalIndPower, TTestIndPower

from amends import Experiment, Mean, NetPromoter, Proportion, Rating, Reminder, Scale, silence, thank_you
from amends.design.metrics import metric_from_dict
from amends.design.plan import plan
from amends.design.rated import rated
from amends.errors import DefinitionError


def made(*metrics, **parts):
    given = {"key": "tea", "notice": "Late.", "arms": [thank_you("Thank you."), silence()]}
    return Experiment(**{**given, "metrics": metrics, **parts})


SATISFIED = Proportion("satisfied", of="satisfaction", at_least=6, baseline=0.3, detect=0.1)
CSAT = Proportion("csat", of="satisfaction", at_least=6, among="answered")


def test_a_share_of_ratings_is_of_the_survey_and_only_csat_depends_on_who_answered():
    assert (SATISFIED.source, SATISFIED.rating, SATISFIED.selected) == ("survey", "satisfaction", False)
    assert (CSAT.source, CSAT.rating, CSAT.selected) == ("survey", "satisfaction", True)
    assert Proportion("completed").selected is False
    assert Mean("satisfaction", scale=(1, 7)).selected is True
    assert Mean("minutes", source="outcome").selected is False


def test_definitions_without_the_new_fields_are_written_as_before():
    assert set(Proportion("completed").to_dict()) == {
        "kind", "name", "role", "source", "baseline", "detect", "better", "margin",
    }  # fmt: skip
    assert set(Mean("satisfaction", scale=(1, 7)).to_dict()) == {
        "kind", "name", "role", "source", "baseline", "detect", "better", "margin", "scale", "sd",
    }  # fmt: skip
    assert "reminder" not in made(Proportion("completed")).snapshot()


@pytest.mark.parametrize(
    "metric",
    [
        SATISFIED,
        CSAT,
        NetPromoter("recommend", sd=70, detect=8, baseline=20),
        NetPromoter("nps", of="recommend"),
        Proportion("complaint", role="guardrail", harm=0.02, better="lower"),
    ],
)
def test_every_metric_is_read_back_from_what_was_written(metric):
    again = metric_from_dict(metric.to_dict())
    assert again == metric
    assert type(again) is type(metric)


def test_a_frozen_definition_comes_back_with_its_reminder_and_metrics():
    experiment = made(
        SATISFIED,
        CSAT,
        NetPromoter("recommend"),
        response_window=timedelta(days=3),
        reminder=Reminder(share=0.3),
    )
    again = Experiment.from_snapshot(experiment.snapshot())
    assert again == experiment
    assert again.fingerprint() == experiment.fingerprint()
    assert again.reminder == Reminder(share=0.3, within=timedelta(days=7))


def test_the_question_behind_a_metric_is_asked_once_on_its_own_scale():
    experiment = made(SATISFIED, CSAT, NetPromoter("recommend"))
    assert [(item.name, item.scale) for item in experiment.items] == [
        ("satisfaction", (1, 7)),
        ("recommend", (0, 10)),
    ]
    assert rated(experiment) == {"satisfaction": (1, 7), "recommend": (0, 10)}
    assert "recommend us" in experiment.item("recommend").question.get("en")


def test_a_mean_of_the_same_rating_gives_the_scale():
    experiment = made(
        Proportion("satisfied", of="satisfaction", at_least=4), Mean("satisfaction", scale=(1, 5))
    )
    assert [(item.name, item.scale) for item in experiment.items] == [("satisfaction", (1, 5))]
    assert rated(experiment) == {"satisfaction": (1, 5)}


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Proportion("satisfied", of="satisfaction"), "at_least of Proportion"),
        (lambda: Proportion("satisfied", at_least=6), 'Name the question, for instance of="satisfaction"'),
        (lambda: Proportion("satisfied", among="answered"), "among='answered' and no of"),
        (lambda: Proportion("completed", of="satisfaction", at_least=6), "Give a share of ratings a name"),
        (lambda: made(Proportion("top", of="satisfaction", at_least=8)), "must be from 2 to 7"),
        (lambda: made(Proportion("top", of="satisfaction", at_least=1)), "must be from 2 to 7"),
        (lambda: made(Proportion("top", of="mood", at_least=6)), "the question of 'mood' is unknown"),
        (
            lambda: made(NetPromoter("nps", of="satisfaction"), survey=[Rating("satisfaction")]),
            "scale=(0, 10)",
        ),
        (
            lambda: made(
                Proportion("valued", of="esteem", at_least=6),
                survey=[Scale("esteem", items=["I feel valued.", "I feel seen."])],
            ),
            "asked as Scale",
        ),
        (lambda: NetPromoter("recommend", sd=101), "sd of NetPromoter"),
        (lambda: NetPromoter("recommend", detect=0), "Write 10 for ten points"),
        (lambda: NetPromoter("recommend", scale=(0, 10)), "has no argument 'scale'"),
        (lambda: Proportion("complaint", harm=0.02), 'Write role="guardrail"'),
        (lambda: Proportion("complaint", role="guardrail", harm=2), "harm of Proportion"),
        (lambda: Reminder(share=0), "Write three in ten as 0.3"),
        (lambda: Reminder(share=1.5), "share of Reminder"),
        (lambda: made(SATISFIED, reminder=Reminder(share=0.3)), "there is none"),
        (
            lambda: made(
                SATISFIED, reminder=Reminder(share=0.3), response_window=timedelta(days=1), invitation=None
            ),
            "nobody is invited",
        ),
        (lambda: made(SATISFIED, reminder=0.3), "must be made like Reminder"),
    ],
)
def test_what_cannot_be_is_refused_with_a_remedy(make, said):
    with pytest.raises(DefinitionError) as caught:
        make()
    assert said in str(caught.value)


def test_the_composite_is_planned_over_everyone_and_csat_over_those_expected_to_answer():
    over_all = plan(made(SATISFIED))
    assert over_all.completion == 1
    csat = Proportion("csat", of="satisfaction", at_least=6, among="answered", baseline=0.3, detect=0.1)
    among = plan(made(csat, Proportion("completed", baseline=0.4)))
    assert among.completion == 0.4
    assert among.smallest == pytest.approx(over_all.smallest / 0.4, abs=1.5)
    assert any("known only of those who answer" in line for line in among.assumptions["en"])


def test_the_score_is_planned_like_a_mean_in_its_points():
    found = plan(made(NetPromoter("recommend", sd=80, detect=10), Proportion("completed", baseline=0.5)))
    alone = NormalIndPower().solve_power(effect_size=10 / 80, alpha=0.04, power=0.8)
    assert found.smallest == pytest.approx(alone / 0.5, abs=2)
    assert TTestIndPower().solve_power(effect_size=10 / 80, alpha=0.04, power=0.8) == pytest.approx(
        alone, rel=0.01
    )
    customary = plan(made(NetPromoter("recommend")))
    assert any("80" in line and "promoters" in line for line in customary.assumptions["en"])
    assert any("80" in line and "promotor" in line for line in customary.assumptions["id"])
