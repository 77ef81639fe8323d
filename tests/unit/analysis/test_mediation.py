"""How much of an effect passes through a mediator."""

import json

import numpy as np
import pytest

from amends.analysis.mediation import mediation, mediation_by_arm
from amends.analysis.moderated_mediation import moderated_mediation
from amends.analysis.relative_mediation import mediation_of_arms
from amends.analysis.resampling import as_they_are, resampled
from amends.analysis.result import NotEnough
from amends.errors import UsageError


def drawn(seed, n=120, a=0.5, b=0.6):
    rng = np.random.default_rng(seed)
    treated = np.arange(n) % 2 == 0
    m = 3 + a * treated + rng.normal(0, 1, n)
    return 4 + 0.2 * treated + b * m + rng.normal(0, 1, n), treated, m, rng.normal(3, 0.7, n)


def fitted(y, *columns):
    return np.linalg.lstsq(np.column_stack([np.ones(len(y)), *columns]), y, rcond=None)[0]


@pytest.mark.parametrize("seed", range(3))
def test_indirect_and_direct_make_up_the_total(seed) -> None:
    y, treated, m, _ = drawn(seed)
    found = mediation(y, treated, m, resamples=1000)
    assert found.indirect.value + found.direct.value == pytest.approx(found.total.value, rel=1e-9)
    assert found.total.value == pytest.approx(y[treated].mean() - y[~treated].mean(), rel=1e-9)
    assert found.indirect.value == pytest.approx(found.a * found.b, rel=1e-9)
    assert found.b == pytest.approx(fitted(y, treated, m)[2], rel=1e-9)


def test_resamples_by_counts_are_regressions_on_repeated_units() -> None:
    y, treated, m, _ = drawn(4, n=30)
    data = {"one": np.ones(30), "x": treated.astype(float), "m": m, "y": y}
    counts = np.random.default_rng(1).multinomial(30, np.full(30, 1 / 30))
    table = np.column_stack(list(data.values()))
    weighted = type(as_they_are(data))(data, ((table * counts[:, None]).T @ table)[None])
    repeated = np.repeat(np.arange(30), counts)
    expected = fitted(y[repeated], treated[repeated], m[repeated])
    assert weighted.regression("y", ["one", "x", "m"])[0] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("distinct", [True, False])
def test_bootstrap_agrees_with_a_loop_of_fits(distinct) -> None:
    y, treated, m, _ = drawn(5)
    if not distinct:
        # Ratings: few different rows, which are drawn by their counts.
        y, m = np.clip(np.round(y), 1, 7), np.clip(np.round(m), 1, 5)
    found, rng = mediation(y, treated, m, resamples=4000, seed=3).indirect, np.random.default_rng(6)
    loop = []
    for _ in range(4000):
        again = rng.integers(0, len(y), len(y))
        a, b = fitted(m[again], treated[again])[1], fitted(y[again], treated[again], m[again])[2]
        loop.append(a * b)
    assert found.standard_error == pytest.approx(np.std(loop, ddof=1), rel=0.06)
    low, high = np.quantile(loop, [0.025, 0.975])
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high), abs=0.04)


def test_same_seed_gives_the_same_interval() -> None:
    y, treated, m, _ = drawn(7)
    one, same, other = (mediation(y, treated, m, resamples=1000, seed=seed) for seed in (1, 1, 2))
    assert one == same
    assert one.indirect.interval != other.indirect.interval
    assert one.indirect.value == other.indirect.value


def test_where_nothing_passes_through_the_interval_holds_zero_as_often_as_it_should() -> None:
    for a, b in ((0, 0), (0, 0.4), (0.4, 0)):
        missed = 0
        for seed in range(80):
            y, treated, m, _ = drawn(seed, n=100, a=a, b=b)
            missed += 0 not in mediation(y, treated, m, resamples=1000, seed=seed).indirect.interval
        assert missed / 80 <= 0.06 + 3 * np.sqrt(0.06 * 0.94 / 80)


def test_correlation_at_zero_takes_the_indirect_effect_away() -> None:
    y, treated, m, _ = drawn(8)
    found = mediation(y, treated, m, resamples=1000)
    reduced, step = y - np.column_stack([np.ones(len(y)), treated]) @ fitted(y, treated), fitted(m, treated)
    residual = m - np.column_stack([np.ones(len(y)), treated]) @ step
    assert found.correlation_at_zero == pytest.approx(np.corrcoef(reduced, residual)[0, 1], rel=1e-9)


def test_by_arm_without_interaction_is_the_simple_model() -> None:
    y, treated, m, _ = drawn(9, n=4000)
    simple, by_arm = mediation(y, treated, m, resamples=1000), mediation_by_arm(y, treated, m, resamples=1000)
    assert by_arm.indirect.value == pytest.approx(simple.indirect.value, abs=0.01)
    assert by_arm.indirect_first.value + by_arm.direct_second.value == pytest.approx(by_arm.total.value)
    assert by_arm.indirect_second.value + by_arm.direct_first.value == pytest.approx(by_arm.total.value)


@pytest.mark.parametrize("stage", ["first", "second"])
def test_index_is_the_slope_of_the_conditional_effects(stage) -> None:
    y, treated, m, w = drawn(10)
    found = moderated_mediation(y, treated, m, w, stage=stage, resamples=1000)
    low, _, high = (effect.value for effect in found.conditional)
    width = found.moderator_at[2] - found.moderator_at[0]
    assert (high - low) / width == pytest.approx(found.index.value, rel=1e-9)
    if stage == "first":
        a, b = fitted(m, treated, w, treated * w), fitted(y, treated, m)
        assert found.index.value == pytest.approx(a[3] * b[2], rel=1e-9)
    else:
        a, b = fitted(m, treated), fitted(y, treated, m, w, m * w)
        assert found.index.value == pytest.approx(a[1] * b[4], rel=1e-9)


def test_several_arms_of_which_two_are_there_are_the_simple_model() -> None:
    y, treated, m, _ = drawn(11)
    names = np.where(treated, "thank_you", "silence")
    several = mediation_of_arms(y, names, m, control="silence", resamples=1000)
    simple = mediation(y, treated, m, resamples=1000).indirect
    assert several["thank_you"].value == pytest.approx(simple.value, rel=1e-9)


def test_relative_effects_of_three_arms_are_their_regressions() -> None:
    y, _, m, _ = drawn(12, n=90)
    names = np.tile(["silence", "sorry", "thank_you"], 30)
    sorry, thanks = names == "sorry", names == "thank_you"
    a, b = fitted(m, sorry, thanks), fitted(y, sorry, thanks, m)
    found = mediation_of_arms(y, names, m, control="silence", resamples=1000)
    assert [effect.value for effect in found.values()] == pytest.approx([a[1] * b[3], a[2] * b[3]], rel=1e-9)


def test_offset_and_unit_of_the_mediator_do_not_matter() -> None:
    y, treated, m, _ = drawn(13)
    found, moved = (mediation(y, treated, given, resamples=1000) for given in (m, 1e5 + 100 * m))
    assert moved.indirect.value == pytest.approx(found.indirect.value, rel=1e-6)
    assert moved.b == pytest.approx(found.b / 100, rel=1e-6)


def test_what_allows_no_mediation_gives_a_reason() -> None:
    y, treated, m, w = drawn(14, n=40)
    cases = {
        "the second arm has no units": (y, np.ones(40), m),
        "covariate 'mediator' is missing for 1 of 40": (y, treated, [None, *m[1:]]),
        "covariate 'mediator' is 3 for every unit": (y, treated, np.full(40, 3.0)),
        "leaves no error": (y, treated, treated * 1.0),
        "regression of the outcome": (2 * m, treated, m),
    }
    for said, given in cases.items():
        for analysis in (mediation, mediation_by_arm):
            assert said in analysis(*given).reason
        assert said in moderated_mediation(*given, w).reason
    few = mediation([1, 2, 3, 5], [1, 0, 0, 0], [2, 1, 3, 3])
    assert "resamples hold both arms" in few.reason
    assert isinstance(mediation_of_arms(y, ["a", "b"] * 20, np.ones(40), control="a"), NotEnough)


def test_bad_input_is_refused() -> None:
    y, treated, m, w = drawn(15, n=40)
    with pytest.raises(UsageError, match="resamples 100"):
        mediation(y, treated, m, resamples=100)
    with pytest.raises(UsageError, match="stage 'third'"):
        moderated_mediation(y, treated, m, w, stage="third")
    with pytest.raises(UsageError, match="control 'hush'"):
        mediation_of_arms(y, ["a", "b"] * 20, m, control="hush")
    with pytest.raises(UsageError, match="is no number"):
        mediation(y, treated, ["high", *m[1:]])


def test_result_exports_its_nested_effects() -> None:
    y, treated, m, w = drawn(16)
    found = moderated_mediation(y, treated, m, w, resamples=1000).to_dict()
    assert found["conditional"][1]["name"] == "at mean"
    assert found["index"]["interval"]["method"] == "percentile bootstrap"
    json.dumps(found, allow_nan=False)


def test_resample_without_an_arm_has_no_solution() -> None:
    data = {"one": np.ones(3), "x": np.array([1.0, 0.0, 0.0]), "y": np.array([1.0, 2.0, 3.0])}
    slopes = resampled(data, resamples=1000, seed=0).regression("y", ["one", "x"])[:, 1]
    assert 0.2 < np.isnan(slopes).mean() < 0.45
