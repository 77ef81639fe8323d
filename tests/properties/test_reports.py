"""What holds for every report, whatever the counts, and whatever small experiment it is about."""

import json
import re
from datetime import UTC, datetime, timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st

from amends import Arm, Cluster, Experiment, Mean, Proportion, blocked, hashed, silence, sorry, thank_you
from amends.analysis.compare import compare_counts
from amends.analysis.reasons import explained
from amends.analysis.report import build
from amends.analysis.result import NotEnough
from amends.analysis.verdict import VERDICT_ORDER
from amends.design.plan import plan
from amends.design.survey import Rating, Scale
from amends.lab import Lab
from amends.settings import load_settings
from amends.tally import ArmTally, Tally

EXPERIMENT = Experiment(
    key="late_parcel",
    notice="Your parcel is late.",
    arms=[thank_you("Thank you for waiting."), sorry("We are sorry for it.")],
    metrics=[Proportion("completed", margin=0.1), Mean("satisfaction", scale=(1, 5))],
)
PLAN = plan(EXPERIMENT)
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@st.composite
def arms(draw, name, most=24):
    """An arm with any number of units, of which any number answered and any of those gave a rating."""
    assigned = draw(st.integers(0, most))
    completed = draw(st.integers(0, assigned))
    ratings: dict[int, int] = {}
    for point in draw(st.lists(st.integers(1, 5), max_size=completed)):
        ratings[point] = ratings.get(point, 0) + 1
    return ArmTally(
        name, assigned=assigned, matured=assigned, completed=completed, ratings={"satisfaction": ratings}
    )


@st.composite
def counts(draw, most=2000):
    n1, n2 = draw(st.integers(1, most)), draw(st.integers(1, most))
    return draw(st.integers(0, n1)), n1, draw(st.integers(0, n2)), n2


def opposite(value):
    return value if isinstance(value, NotEnough) else -value


@given(arms("thank_you"), arms("sorry"), st.sampled_from(["running", "stopped"]), st.booleans())
@settings(max_examples=60, deadline=None)
def test_every_report_is_json_with_a_known_verdict_and_both_languages(first, second, status, finished):
    tally = Tally("late_parcel", (first, second))
    found = build(EXPERIMENT, tally, status=status, as_of=NOON, plan=PLAN, finished_data=finished)
    json.dumps(found.to_dict(), allow_nan=False)
    assert found.summary.en
    assert found.summary.id
    for contrast in found.contrasts:
        assert contrast.verdict in VERDICT_ORDER
        assert (contrast.verdict == "still collecting") <= (status == "running" and not finished)
        if not isinstance(contrast.low, NotEnough):
            assert contrast.low <= contrast.effect <= contrast.high
            assert contrast.low_adjusted <= contrast.low <= contrast.high <= contrast.high_adjusted
    for form in (found.to_text, found.to_markdown, found.to_html, found.to_apa):
        assert not re.search(r"\bnan\b", form().lower())


@given(counts(most=60))
@settings(max_examples=60, deadline=None)
def test_swapping_the_arms_changes_the_sign_and_nothing_else(table):
    x1, n1, x2, n2 = table
    one, other = compare_counts(x1, n1, x2, n2).contrast, compare_counts(x2, n2, x1, n1).contrast
    assert one.effect == opposite(other.effect)
    assert abs(one.low + other.high) < 1e-9
    assert one.verdict == other.verdict
    if isinstance(one.p_value, NotEnough):
        assert isinstance(other.p_value, NotEnough)
    else:
        assert abs(one.p_value - other.p_value) < 1e-6


# Either side of .05, once with the interval alike and once without: chance rarely comes so near.
@example((189, 302, 206, 374))
@example((114, 241, 150, 381))
@example((51, 218, 107, 345))
@example((157, 345, 130, 242))
@given(counts())
@settings(max_examples=200, deadline=None)
def test_a_test_and_an_interval_that_disagree_are_always_reported(table):
    found = compare_counts(*table).contrast
    if isinstance(found.p_value, NotEnough):
        return
    disagree = (found.p_value <= 0.05) != (found.low > 0 or found.high < 0)
    assert disagree == any("disagree" in warning.en for warning in found.warnings)


@given(counts())
@settings(max_examples=100, deadline=None)
def test_no_verdict_of_a_finished_comparison_contradicts_its_test(table):
    found = compare_counts(*table).contrast
    if isinstance(found.p_value, NotEnough):
        assert found.verdict == "cannot tell"
    else:
        assert found.verdict == ("difference" if found.p_value <= 0.05 else "no difference shown")


ARMS = (
    thank_you("Thank you for waiting."),
    sorry("We are sorry for it."),
    Arm("both", "Thank you and sorry."),
    silence(),
)
ESTEEM = Scale("esteem", items=["I feel valued.", "I feel ignored.", "I feel heard."], reverse=[2])


@st.composite
def small_experiments(draw):
    """A definition of two to four arms with anything that changes how its data are read."""
    clustered, sealed = draw(st.booleans()), draw(st.booleans())
    return Experiment(
        key="late_parcel",
        notice="Your parcel is late.",
        arms=ARMS[: draw(st.integers(2, 4))],
        metrics=[
            Proportion("completed", margin=draw(st.sampled_from([None, 0.1]))),
            Mean("satisfaction", scale=(1, 7)),
            *draw(st.sampled_from([[], [Proportion("complaint", source="outcome", better="lower")]])),
        ],
        survey=[Rating("satisfaction"), *draw(st.sampled_from([[], [ESTEEM]]))],
        cluster=Cluster("household", size=2, icc=0.1) if clustered else None,
        randomize=blocked() if sealed else hashed(),
        response_window=draw(st.sampled_from([None, timedelta(days=2)])),
        covariates=draw(st.sampled_from([[], ["orders"]])),
        sample=draw(st.sampled_from([None, 4])),
    )


@st.composite
def customers(draw):
    """What one customer was, and did with the survey."""
    return {
        "household": draw(st.integers(0, 3)),
        "day": draw(st.integers(0, 9)),
        "channel": draw(st.sampled_from([None, "email", "sms"])),
        "orders": draw(st.sampled_from([None, 0, 3, 1e6])),
        "delivered": draw(st.booleans()),
        "answer": draw(st.sampled_from(["none", "begun", "finished", "finished", "late"])),
        "rating": draw(st.integers(1, 7)),
        "complaint": draw(st.booleans()),
    }


def lived(experiment, crowd, *, stops):
    """The lab after every customer has been assigned and has done what they do."""
    now = [NOON]
    in_memory = load_settings({"AMENDS_DATABASE_URL": "sqlite://"})
    lab = Lab([experiment], settings=in_memory, clock=lambda: now[0])
    # Under a known seed, so that a sealed list that fails is dealt again when the test is.
    lab.store.start(
        "late_parcel",
        snapshot=experiment.snapshot(),
        fingerprint=experiment.fingerprint(),
        seed="5eed",
        coverage="1",
        at=NOON,
    )
    for number, customer in enumerate(crowd):
        _live(lab, experiment, f"C-{number}", customer, at=NOON + timedelta(days=customer["day"]))
    now[0] = NOON + timedelta(days=30)
    if stops:
        lab.stop("late_parcel")
    return lab


def _live(lab, experiment, unit, customer, *, at):
    given = {"cluster": f"H-{customer['household']}"} if experiment.clustered else {}
    if experiment.covariates:
        given["covariates"] = {"orders": customer["orders"]}
    lab.assign("late_parcel", unit, at=at, channel=customer["channel"], **given)
    if customer["delivered"]:
        lab.record_delivery("late_parcel", unit, "delivered", at=at + timedelta(minutes=1))
    if customer["complaint"] and any(metric.name == "complaint" for metric in experiment.metrics):
        lab.record_outcome("late_parcel", unit, "complaint", 1, at=at + timedelta(hours=5))
    if customer["answer"] == "none":
        return
    items = {item.name: customer["rating"] for item in ESTEEM.ratings if item in experiment.items}
    spell = timedelta(days=5) if customer["answer"] == "late" else timedelta(hours=2)
    lab.record_response(
        "late_parcel",
        unit,
        finished=customer["answer"] != "begun",
        at=at + spell,
        satisfaction=customer["rating"],
        **items,
    )


def missing(found):
    """Every reason in an object of JSON's own types, wherever it stands."""
    if isinstance(found, dict):
        mine = [found["not_enough"]] if isinstance(found.get("not_enough"), str) else []
        return [*mine, *(reason for value in found.values() for reason in missing(value))]
    return [reason for value in found for reason in missing(value)] if isinstance(found, list) else []


def hardly_received(document):
    """Whether the report says that the arms moved too little what was received to bound its effect."""
    said = document["sections"].get("compliance", {}).get("said", ())
    return any("Read only the interval" in sentence["en"] for sentence in said)


@given(small_experiments(), st.lists(customers(), max_size=16), st.booleans())
@settings(max_examples=40, deadline=None)
def test_every_small_experiment_is_reported_whole_in_every_form(experiment, crowd, stops):
    lab = lived(experiment, crowd, stops=stops)
    try:
        report = lab.analyze("late_parcel")
    finally:
        lab.close()
    document = report.to_dict()
    json.dumps(document, allow_nan=False)
    assert {"checks", "done"} <= set(document["sections"])
    for reason in missing(document):
        assert explained(reason).id != "data belum cukup", reason
    for locale in ("en", "id"):
        for shown in (
            report.to_text(locale=locale),
            report.to_markdown(locale=locale),
            report.to_html(locale=locale),
        ):
            words = re.sub("<style>.*?</style>|<[^>]*>", " ", shown, flags=re.DOTALL).lower()
            assert not re.search(r"\b(nan|inf|infinity|notenough)\b", words)
            assert "∞" not in words or hardly_received(document)
            for section in report.sections:
                # Without blanks, since a terminal's lines break anywhere, at hyphens too.
                assert "".join(section.title[locale].lower().split()) in "".join(shown.lower().split())
    assert not re.search(r"\bnan\b", report.to_apa().lower())
    assert len(report.to_frame()) == len(report.contrasts)
