import pytest

from amends.design.arm import Arm, silence, sorry, thank_and_sorry, thank_you
from amends.errors import DefinitionError


def test_the_ready_made_arms_have_their_names():
    made = [thank_you("a"), sorry("b"), thank_and_sorry("c"), silence()]
    assert [arm.name for arm in made] == ["thank_you", "sorry", "thank_and_sorry", "silence"]
    assert [arm.silent for arm in made] == [False, False, False, True]


def test_a_name_that_is_no_name_is_refused_with_one_that_is():
    with pytest.raises(DefinitionError, match=r"arm 'Thank You' is not a name: .* Write 'thank_you'"):
        Arm("Thank You", "Thanks.")


@pytest.mark.parametrize("name", ["", "2nd", "_x", "a" * 65, "é", None, 7])
def test_names_begin_with_a_letter_and_stay_short(name):
    with pytest.raises(DefinitionError, match="is not a name"):
        Arm(name, "Thanks.")


@pytest.mark.parametrize("weight", [0, -1, float("nan"), float("inf"), True, None, "x", "0", "-1/2", "1/0"])
def test_a_weight_that_is_not_positive_is_refused(weight):
    with pytest.raises(DefinitionError, match="weight of arm 'a' is .*; it must be a positive number"):
        Arm("a", "Thanks.", weight=weight)


def test_a_weight_may_be_written_as_a_fraction():
    assert Arm("a", "Thanks.", weight="1/3").weight == "1/3"


def test_a_misspelt_keyword_is_refused_with_the_nearest():
    with pytest.raises(DefinitionError, match="'wieght' is not a language code.* Did you mean 'weight'"):
        Arm("a", "Thanks.", wieght=2)


def test_a_misspelt_language_is_refused_with_the_nearest():
    with pytest.raises(DefinitionError, match="'idn' is not a language code.* Did you mean 'id'"):
        thank_you(en="Thanks.", idn="Terima kasih.")


def test_a_speaking_arm_without_a_text_is_refused_with_silence_as_the_remedy():
    with pytest.raises(DefinitionError, match=r"thank_you\(\) has no text.*silence\(\)"):
        thank_you()


def test_factors_have_names_and_levels():
    assert dict(Arm("a", "x", factors={"voucher": "yes"}).factors) == {"voucher": "yes"}
    with pytest.raises(DefinitionError, match="factor 'Voucher' is not a name"):
        Arm("a", "x", factors={"Voucher": "yes"})


def test_factors_that_are_no_mapping_are_refused():
    with pytest.raises(DefinitionError, match="factors is 'yes'"):
        Arm("a", "x", factors="yes")


def test_arms_are_read_back_from_json():
    for arm in (silence(weight=2), Arm("a", en="x", id="y", weight="1/3", factors={"voucher": "no"})):
        assert Arm.from_dict(arm.to_dict()) == arm
