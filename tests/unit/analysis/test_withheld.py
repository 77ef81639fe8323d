"""Findings beside the contrasts are put into words once, at the end of a collection that may be trusted."""

import numpy as np
import pytest

from amends import Arm, Mean, Proportion
from amends.analysis.units import unit_frame
from amends.design.survey import Rating, Scale

CLAIMS = ("differ", "did better", "is better", "best arm", "depends on", "interact", "goes with", "Harm:")
DENIALS = ("no difference", "whether", "is judged", "was shown", "would", "may differ", "may disagree")
WITHHELD = {
    "moderators",
    "factorial",
    "mediation",
    "funnel",
    "manipulation_checks",
    "attention_checks",
    "bayes",
}


def crossed(name, message, voucher):
    return Arm(name, f"Words of {name}.", factors={"message": message, "voucher": voucher})


@pytest.fixture
def everything(two_arms):
    """An experiment with every declared analysis whose effects are enormous."""
    return two_arms(
        arms=[
            crossed("thank_voucher", "thank", "yes"),
            crossed("thank_plain", "thank", "no"),
            crossed("sorry_voucher", "sorry", "yes"),
            crossed("sorry_plain", "sorry", "no"),
        ],
        metrics=[
            Proportion("completed"),
            Mean("satisfaction", scale=(1, 7)),
            Proportion("complaint", role="guardrail", better="lower", harm=0.01),
        ],
        survey=[
            Rating("satisfaction"),
            Rating("attention", "Choose 3.", role="attention_check", correct=3),
            Rating("thanked", "Were you thanked?", role="manipulation_check"),
            Scale("esteem", items=["Valued.", "Heard."], role="mediator"),
        ],
        mediators=["esteem"],
        moderators=["orders"],
        sample=4_000,
    )


def shown(experiment, report_of_units, **state):
    rng, n = np.random.default_rng(5), 400
    names = [arm.name for arm in experiment.arms]
    arm = [names[place % 4] for place in range(n)]
    thanked = np.array(["thank" in name for name in arm])
    gift = np.array(["voucher" in name for name in arm])
    orders = rng.integers(0, 9, n).astype(float)
    done = rng.random(n) < np.where(thanked & gift, 0.95, 0.5)
    esteem = 3 + 2 * thanked + rng.normal(0, 0.5, n)
    rating = np.clip(np.round(esteem + (orders - 4) * thanked / 2), 1, 7)
    seen = np.where(done, 1.0, np.nan)
    units = unit_frame(
        {
            "unit": [f"u{place}" for place in range(n)],
            "arm": arm,
            "day": None,
            "started": done,
            "completed": done,
            "covariate.orders": orders,
            "item.satisfaction": rating * seen,
            "item.esteem": esteem * seen,
            "item.esteem_1": np.round(esteem) * seen,
            "item.esteem_2": np.round(esteem) * seen,
            "item.thanked": (np.where(thanked, 5, 1) + rng.integers(0, 3, n)) * seen,
            "item.attention": np.where(thanked, 3, 2) * seen,
            "outcome.complaint": (rng.random(n) < np.where(thanked, 0.6, 0.05)).astype(float),
        }
    )
    return report_of_units(experiment, units, **state)


def claims(report):
    """What is said as a finding, by section."""
    found = {}
    for section in report.sections:
        for said in (*section.said, *section.more):
            clauses = [part for part in said.en.split(";") if not any(word in part for word in DENIALS)]
            if section.name in WITHHELD and any(word in part for part in clauses for word in CLAIMS):
                found.setdefault(section.name, []).append(said.en)
    return found


def test_finished_data_speak(everything, report_of_units):
    assert claims(shown(everything, report_of_units)).keys() == WITHHELD


@pytest.mark.parametrize("status", ["running", "paused", "stopped"])
def test_nothing_is_found_while_collecting_or_after_an_early_stop(everything, report_of_units, status):
    report = shown(everything, report_of_units, status=status, finished_data=False)
    assert claims(report) == {}
    word = "Stopped before the planned sample" if status == "stopped" else "Still collecting"
    for section in report.sections:
        if section.name in WITHHELD:
            assert any(said.en.startswith(word) for said in section.said), section.name


def test_nothing_is_found_where_the_split_cannot_be_trusted(everything, report_of_units):
    report = shown(everything, report_of_units, weights_declared=True)
    assert report.verdict != "not trustworthy"
    lopsided = everything.derived(
        arms=tuple(
            Arm(arm.name, f"Words of {arm.name}.", factors=arm.factors, weight=1 + 3 * (place == 0))
            for place, arm in enumerate(everything.arms)
        )
    )
    report = shown(lopsided, report_of_units)
    assert report.verdict == "not trustworthy"
    assert claims(report) == {}


def test_p_values_of_unfinished_data_are_called_descriptive(everything, report_of_units):
    def described(report):
        return {
            section.name
            for section in report.sections
            if any(note.en.startswith("Each p-value here is what it would be") for note in section.notes)
        }

    running = shown(everything, report_of_units, status="running", finished_data=False)
    assert {"moderators", "factorial", "ordinal", "all_pairs", "randomisation"} <= described(running)
    assert described(shown(everything, report_of_units)) == set()
