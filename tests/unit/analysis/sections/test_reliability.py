"""Alpha and omega of every declared scale, by arm."""

import numpy as np
import pytest

from amends import Rating, Scale, silence, thank_you
from amends.analysis.sections import reliability

SCALE = Scale("esteem", items=["I feel valued.", "I feel ignored.", "I matter."], reverse=[2])


@pytest.fixture
def units(units_of):
    """120 units: thanks move every item, which would raise a pooled alpha."""

    rng = np.random.default_rng(9)
    arm = np.array(["thank_you", "silence"] * 60)
    true = rng.normal(4, 0.8, 120) + 1.5 * (arm == "thank_you")
    items = [np.clip(np.round(true + rng.normal(0, 0.8, 120)), 1, 7) for _ in range(3)]
    items[1] = 8 - items[1]
    columns = {f"item__esteem_{place}": list(values) for place, values in enumerate(items, 1)}
    return units_of(arm=list(arm), completed=True, **columns)


@pytest.fixture
def shown(experiment_of, material_of, units):
    def make(given=None, scale=SCALE):
        experiment = experiment_of(
            arms=[thank_you("Thank you for waiting."), silence()],
            survey=[Rating("satisfaction"), scale],
            metrics=None,
        )
        return reliability.section(material_of(experiment, units if given is None else given))

    return make


def alpha_of(table):
    k = table.shape[1]
    return k / (k - 1) * (1 - table.var(axis=0, ddof=1).sum() / table.sum(axis=1).var(ddof=1))


def test_alpha_is_the_textbook_formula_within_each_arm_after_reversing(shown, units):
    found = shown().to_dict()["scales"]["esteem"]
    for arm in ("thank_you", "silence"):
        mine = units[units["arm"] == arm]
        table = mine[[f"item.esteem_{place}" for place in (1, 2, 3)]].to_numpy(dtype=float, copy=True)
        table[:, 1] = 8 - table[:, 1]
        assert found[arm]["alpha"] == pytest.approx(alpha_of(table))
        assert found[arm]["n"] == 60


def test_arms_are_never_pooled(shown, units, words):
    section = shown()
    assert set(section.to_dict()["scales"]["esteem"]) == {"thank_you", "silence"}
    assert "within each arm" in words(section)
    assert "di dalam tiap kelompok" in words(section, "id")


def test_who_left_an_item_out_is_counted_as_left_out(shown, units):
    units.loc[0, "item.esteem_3"] = np.nan
    found = shown().to_dict()["scales"]["esteem"]["thank_you"]
    assert (found["n"], found["left_out"]) == (59, 1)


def test_an_item_that_was_not_reversed_is_found(shown, words):
    plain = Scale("esteem", items=["I feel valued.", "I feel ignored.", "I matter."])
    section = shown(scale=plain)
    assert "esteem_2 runs against the other items" in words(section)
    assert "Apakah seharusnya dibalik?" in words(section, "id")


def test_items_and_the_chart_are_shown(shown, words):
    section = shown()
    assert "correlation with the rest" in words(section)
    assert len(section.charts[0].lines) == 2
    assert "95% interval" in words(section)


def test_an_arm_without_answers_says_so_and_the_other_appears(shown, units, words):
    units["completed"] = units["arm"] == "silence"
    section = shown()
    assert "Esteem, thank you: not enough, because scale 'esteem' has no answers" in words(section)
    assert len(section.tables[0].rows) == 1


def test_a_survey_without_scales_has_no_such_section(experiment_of):
    assert not reliability.wanted(experiment_of())
