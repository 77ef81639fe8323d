"""The effect among those whom the message reached, beside the comparison of everyone assigned."""

import pytest

from amends import Proportion, silence, thank_you
from amends.analysis.sections import compliance

TWO = [thank_you("Thank you for waiting."), silence()]


@pytest.fixture
def shown(experiment_of, material_of, units_of):
    """200 units an arm; 160 of the thanked got the message, 120 of these and 20 others completed."""

    def make(*, arms=TWO, said=False, delivered=160, silent=100, **parts):
        arm = ["thank_you"] * 200 + ["silence"] * 200
        done = [unit < 120 or unit >= 180 for unit in range(200)] + [unit < silent for unit in range(200)]
        reached = [unit < delivered for unit in range(200)] + [True] * 200
        columns = {"delivered": reached}
        if said:
            heard = ["thank_you" if unit < delivered else "silence" for unit in range(200)]
            columns = {"said": [*heard, *["silence"] * 190, *["thank_you"] * 10]}
        rating = [5.0 if one else None for one in done]
        units = units_of(arm=arm, completed=done, item__satisfaction=rating, **columns)
        return compliance.section(material_of(experiment_of(arms=arms, **parts), units))

    return make


def test_the_effect_is_the_difference_over_all_divided_by_the_share_reached(shown):
    (found,) = shown().to_dict()["effects"]
    assert found["assigned_effect"] == pytest.approx(0.7 - 0.5)
    assert found["compliers"] == pytest.approx(0.8)
    assert found["value"] == pytest.approx(0.25)
    assert found["non_compliance"] == "one-sided"


def test_the_interval_is_the_set_that_anderson_and_rubin_do_not_reject(shown):
    import numpy as np
    from scipy import stats

    (found,) = shown().to_dict()["effects"]
    first = [unit < 120 or unit >= 180 for unit in range(200)]
    y = np.array([*first, *(unit < 100 for unit in range(200))], float)
    got = np.array([unit < 160 for unit in range(200)] + [False] * 200, float)
    for end in found["interval"]["regions"][0]:
        rest = y - end * got
        test = stats.ttest_ind(rest[:200], rest[200:], equal_var=False)
        assert test.pvalue == pytest.approx(0.05, abs=1e-3)


def test_what_a_person_really_said_counts_before_any_delivery(shown):
    section = shown(said=True)
    (found,) = section.to_dict()["effects"]
    assert section.to_dict()["exposure"] == "said"
    assert found["received"] == [160, 10]
    assert found["non_compliance"] == "two-sided"


def test_everyone_assigned_stays_the_headline(shown, words):
    assert shown().said[0].en.startswith("The comparison of everyone assigned stays the headline")
    assert "“thank you” reached 80.0% of those assigned to it" in words(shown())
    assert "Perbandingan semua yang diundi tetap menjadi temuan utama" in words(shown(), "id")


def test_ratings_are_left_out_because_only_those_who_answered_gave_one(shown):
    assert {item["metric"] for item in shown().to_dict()["effects"]} == {"completed"}


def test_a_weak_instrument_is_warned_of_and_an_open_set_is_written_out(shown, words):
    section = shown(delivered=2)
    (found,) = section.to_dict()["effects"]
    assert found["weak"]
    assert "Read only the interval" in words(section)
    assert "Baca selangnya saja" in words(section, "id")
    assert "∞" in words(section)
    assert "points (" not in words(section)
    assert section.charts == ()


def test_where_everybody_got_what_was_assigned_it_says_just_that(shown, words):
    section = shown(delivered=200)
    assert section.said[0].en.startswith("Everybody received what they were assigned")
    assert len(section.said) == 1


def test_nothing_is_shown_where_no_receipt_was_recorded(experiment_of, material_of, units_of):
    units = units_of(arm=["thank_you", "silence"] * 20, completed=True)
    assert compliance.section(material_of(experiment_of(arms=TWO), units)) is None


def test_where_only_failures_are_recorded_the_others_count_as_reached(experiment_of, material_of, units_of):
    failed = [unit % 4 == 0 for unit in range(40)]
    done = [unit % 3 == 0 for unit in range(40)]
    units = units_of(arm=["thank_you"] * 20 + ["silence"] * 20, completed=done, failed=failed)
    (found,) = compliance.section(material_of(experiment_of(arms=TWO), units)).to_dict()["effects"]
    assert found["received"] == [15, 0]


def test_an_arm_nobody_completed_in_gives_its_reason(shown, words, experiment_of, material_of, units_of):
    units = units_of(arm=["thank_you"] * 20 + ["silence"] * 20, delivered=[True] * 19 + [False] * 21)
    section = compliance.section(
        material_of(experiment_of(arms=TWO, metrics=[Proportion("completed")]), units)
    )
    assert "not enough" in words(section)
