"""Whatever the arms are called and whatever was counted, a masked report tells neither names nor sendings."""

import re
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from amends import Arm, Experiment, Mean, Proportion
from amends.analysis.masking import mask_of
from amends.analysis.report import build
from amends.design.plan import plan
from amends.tally import ArmTally, Tally

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
# No word of a report has these letters in a row, so a hit is a leak.
NAMES = st.from_regex(r"zq[a-z0-9]{1,6}(_zq[a-z0-9]{1,6})?", fullmatch=True)


@st.composite
def experiments(draw):
    names = draw(st.lists(NAMES, min_size=2, max_size=4, unique=True))
    silent = draw(st.sampled_from([None, *names]))
    arms = [Arm(name) if name == silent else Arm(name, f"We {name} you.") for name in names]
    return Experiment(
        key="late_parcel",
        notice="Your parcel is late.",
        arms=arms,
        metrics=[Proportion("completed", baseline=0.4, detect=0.2), Mean("satisfaction", scale=(1, 5))],
        masked=True,
    )


@st.composite
def tallies(draw, experiment):
    counted = []
    for place, arm in enumerate(experiment.arms):
        assigned = draw(st.integers(0, 90))
        completed = draw(st.integers(0, assigned))
        ratings: dict[int, int] = {}
        for point in draw(st.lists(st.integers(1, 5), max_size=completed)):
            ratings[point] = ratings.get(point, 0) + 1
        sent = 910_000 + 100 * place
        counted.append(
            ArmTally(
                arm.name,
                assigned=assigned,
                matured=assigned,
                completed=completed,
                started=completed,
                sent=sent,
                delivered=completed,
                failed=sent + 2,
                ratings={"satisfaction": ratings},
            )
        )
    return Tally("late_parcel", tuple(counted))


@given(st.data(), st.sampled_from(["running", "paused"]), st.text(min_size=1, max_size=8))
@settings(max_examples=25, deadline=None)
def test_a_masked_report_tells_neither_a_name_nor_what_was_sent(every_form, data, status, secret):
    experiment = data.draw(experiments())
    tally = data.draw(tallies(experiment))
    names = [arm.name for arm in experiment.arms]
    mask = mask_of(names, key="late_parcel", secret=secret)
    given = {"status": status, "as_of": NOON, "plan": plan(experiment), "masked": True}
    made = build(experiment, tally, **given).decisions
    shown = every_form(build(experiment, tally, mask=mask, stored_verdicts=made, **given)).lower()
    assert "zq" not in shown
    assert not re.search(r"(?<![\d.])910[,.]?[0-3]0[02](?!\d)", shown)
    assert "“a”" in shown or "no units" in shown or "not trustworthy" in shown
