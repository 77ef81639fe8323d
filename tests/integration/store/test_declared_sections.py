"""Every declared analysis from the sender's calls to the report, through a real lab on SQLite."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from amends import (
    Arm,
    Experiment,
    Mean,
    Proportion,
    Rating,
    Scale,
    blocked,
    exploratory,
    silence,
    sorry,
    thank_you,
)
from amends.lab import Lab

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SURVEY = [
    Rating("satisfaction"),
    Scale("esteem", items=["I feel valued.", "I feel ignored.", "I matter."], reverse=[2], role="mediator"),
    Rating("severity", "How bad was it?", role="severity"),
]
METRICS = [Proportion("completed"), Mean("satisfaction", scale=(1, 7))]


def run(experiment, *, n=240, **call):
    """Simulated customers: thanks raise esteem, esteem satisfaction; one in five gets no message."""
    lab = Lab.in_memory([experiment], clock=lambda: MONDAY + timedelta(days=30))
    rng = np.random.default_rng(6)
    for number in range(n):
        at = MONDAY + timedelta(days=int(rng.integers(0, 7)), minutes=number)
        unit = f"u{number}"
        given = {
            "channel": str(rng.choice(["email", "sms"])),
            "delay": timedelta(hours=float(rng.gamma(3, 8))),
            "covariates": {"orders": int(rng.poisson(3))},
        }
        chosen = {name: value(number) for name, value in call.items()}
        arm = lab.assign(experiment.key, unit, at=at, **given, **chosen).arm
        status = "delivered" if number % 5 else "failed"
        lab.record_delivery(experiment.key, unit, status, at=at + timedelta(minutes=1))
        if rng.random() < 0.7:
            felt = rng.normal(4, 1) + arm.startswith("thank_you")
            first, second, third = (int(np.clip(round(felt + rng.normal(0, 0.7)), 1, 7)) for _ in range(3))
            lab.record_response(
                experiment.key,
                unit,
                satisfaction=int(np.clip(round(1 + 0.8 * felt + rng.normal(0, 1)), 1, 7)),
                esteem_1=first,
                esteem_2=8 - second,
                esteem_3=third,
                severity=int(rng.integers(1, 8)),
                at=at + timedelta(hours=1),
            )
    lab.stop(experiment.key)
    report = lab.analyze(experiment.key)
    lab.close()
    return report


@pytest.fixture(scope="module")
def report():
    return run(
        Experiment(
            key="declared",
            notice="Your parcel is late.",
            arms=[thank_you("Thank you for waiting."), sorry("We are sorry for it."), silence()],
            metrics=METRICS,
            survey=SURVEY,
            mediators=["esteem"],
            moderators=["delay", exploratory("channel"), "weekend", "orders"],
            response_window=timedelta(days=2),
            sample=60,
        )
    )


@pytest.fixture(scope="module")
def crossed():
    cells = [(message, voucher) for voucher in ("no", "yes") for message in ("thank_you", "sorry")]
    arms = [
        Arm(
            f"{message}_{voucher}",
            f"Text {message} {voucher}.",
            factors={"message": message, "voucher": voucher},
        )
        for message, voucher in cells
    ]
    experiment = Experiment(
        key="crossed",
        notice="Your parcel is late.",
        arms=arms,
        metrics=METRICS,
        survey=SURVEY,
        moderators=["site"],
        randomize=blocked(by=("site",)),
        sample=30,
    )
    return run(experiment, strata=lambda number: {"site": "north" if number % 2 else "south"})


def figures(report, name):
    return report.to_dict()["sections"][name]


def test_moderators_reach_the_report_from_the_calls(report):
    found = figures(report, "moderators")["moderators"]
    assert {item["moderator"] for item in found} == {"delay", "channel", "weekend", "orders"}
    assert all("p_value" in item["test"] for item in found)
    assert {item["declared"] for item in found if item["moderator"] == "channel"} == {"exploratory"}
    assert figures(report, "moderators")["severity"]["severity"]["silence"]["n"] > 20


def test_a_stratum_is_a_moderator_by_its_factor(crossed):
    found = figures(crossed, "moderators")["moderators"][0]
    assert [level["level"] for level in found["levels"]] == ["north", "south"]


def test_factors_reach_the_report(crossed):
    found = figures(crossed, "factorial")["metrics"]
    assert [item["metric"] for item in found] == ["completed", "satisfaction"]
    assert found[0]["effects"]["interactions"][0]["test"]["p_value"] > 0


def test_mediation_reaches_the_report(report):
    found = figures(report, "mediation")
    effect = found["effects"][0]
    assert (found["reference"], effect["arm"]) == ("silence", "thank_you")
    assert effect["simple"]["indirect"]["interval"]["low"] > 0
    assert len(found["moderated"]) == 2 * 2 * 4


def test_reliability_compliance_order_and_chances_reach_the_report(report):
    alpha = figures(report, "reliability")["scales"]["esteem"]
    assert all(0 < alpha[arm]["alpha"] < 1 for arm in ("thank_you", "sorry", "silence"))
    effect = figures(report, "compliance")["effects"][0]
    assert effect["compliers"] == pytest.approx(0.8, abs=0.1)
    assert figures(report, "ordinal")["contrasts"][0]["brunner_munzel"]["p_value"] > 0
    assert len(figures(report, "all_pairs")["pairs"]) == 3
    assert sum(figures(report, "bayes")["metrics"][0]["best"]) == pytest.approx(1)


@pytest.mark.parametrize("locale", ["en", "id"])
def test_every_form_holds_every_section_in_either_language(report, crossed, locale):
    for made in (report, crossed):
        texts = made.to_text(locale=locale), made.to_markdown(locale=locale), made.to_html(locale=locale)
        for section in made.sections:
            for text in texts:
                # The terminal's lines break between words.
                assert section.title[locale] in " ".join(text.split())
        assert "nan" not in texts[0].lower().split()


def test_sections_stand_in_their_order(report):
    names = [section.name for section in report.sections]
    ours = ["moderators", "mediation", "ordinal", "reliability", "compliance", "bayes"]
    assert [name for name in names if name in ours] == ours
