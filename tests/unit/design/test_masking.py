import pytest

from amends.design.arm import Arm, silence, thank_you
from amends.design.contrasts import contrast, primary
from amends.design.masking import lettered
from amends.errors import UsageError

LETTERS = {"thank_you": "B", "sorry": "C", "silence": "A"}
EVERY_PAIR = [contrast("thank_you", "sorry"), contrast("thank_you", "silence"), contrast("sorry", "silence")]


def test_masked_is_true_or_false(build, refusal):
    assert "masked is 'yes'; it must be True or False" in refusal(build, masked="yes")


def test_unequal_weights_cannot_be_masked(build, refusal):
    said = refusal(build, masked=True, arms=[thank_you("Thank you."), silence(weight=2)])
    assert "weights 1:2" in said
    assert "Give every arm the same weight" in said


def test_weights_that_are_equal_however_written_can_be_masked(build):
    assert build(masked=True, arms=[thank_you("Thanks.", weight="1/2"), silence(weight=0.5)]).masked


def test_contrasts_that_single_out_an_arm_cannot_be_masked(build, refusal):
    star = [contrast("thank_you", "silence"), contrast("sorry", "silence")]
    assert "2 of 3 contrasts" in refusal(build, masked=True, contrasts=star)
    first = [primary("thank_you", "silence"), *EVERY_PAIR[:1], *EVERY_PAIR[2:]]
    assert "primary contrast" in refusal(build, masked=True, contrasts=first)


def test_every_pair_declared_can_be_masked(build):
    assert build(masked=True, contrasts=EVERY_PAIR).masked


def test_the_only_pair_of_two_arms_may_be_primary(build):
    two = [thank_you("Thank you."), silence()]
    experiment = build(masked=True, arms=two, contrasts=[primary("thank_you", "silence")])
    shown = lettered(experiment, {"thank_you": "B", "silence": "A"})
    assert [(item.pair, item.primary) for item in shown.contrasts] == [(("A", "B"), True)]


def test_silence_is_compared_in_the_order_of_the_letters_like_any_other_arm(build):
    assert lettered(build(masked=True), LETTERS).pairs() == (("A", "B"), ("A", "C"), ("B", "C"))


def test_nothing_in_the_lettered_definition_tells_the_arms_apart(build):
    arms = [
        Arm("thanks", "Thank you.", factors={"voucher": "no"}),
        Arm("pay", "Here is a voucher worth a long sentence of words.", factors={"voucher": "yes"}),
        Arm("silence", factors={"voucher": "none"}),
    ]
    shown = lettered(build(masked=True, arms=arms), {"thanks": "C", "pay": "A", "silence": "B"})
    assert [arm.to_dict() | {"name": ""} for arm in shown.arms] == [
        shown.arms[0].to_dict() | {"name": ""}
    ] * 3
    assert [arm.name for arm in shown.arms] == ["A", "B", "C"]
    assert shown.warnings == ()


def test_a_lettered_definition_gives_nobody_an_arm(build):
    shown = lettered(build(masked=True), LETTERS)
    with pytest.raises(UsageError, match="masked"):
        shown.arm_of("C-1")


def test_the_masked_definition_itself_goes_on_as_before(build):
    experiment = build(masked=True)
    before = experiment.to_dict()
    lettered(experiment, LETTERS)
    assert experiment.to_dict() == before
    assert experiment.arm_of("C-1") == build().arm_of("C-1")
