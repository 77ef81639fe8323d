"""Which moderators a definition declares, and which of them nobody predicted."""

import json

import pytest

from amends import Experiment, blocked, exploratory


def test_a_moderator_is_confirmatory_unless_it_is_called_exploratory(build):
    found = build(moderators=["severity", exploratory("channel")])
    assert found.moderators == ("severity", "channel")
    assert found.exploratory == ("channel",)


def test_a_snapshot_keeps_which_moderators_are_exploratory(build):
    found = build(key="tea", moderators=["severity", exploratory("channel")])
    again = Experiment.from_snapshot(json.loads(json.dumps(found.snapshot())))
    assert (again, again.exploratory) == (found, ("channel",))
    assert again.fingerprint() == found.fingerprint()


def test_plain_names_are_frozen_as_they_always_were(build):
    assert build(key="tea", moderators=["channel"]).snapshot()["moderators"] == ["channel"]


def test_whether_a_moderator_is_exploratory_is_part_of_the_definition(build):
    predicted, explored = build(moderators=["channel"]), build(moderators=[exploratory("channel")])
    assert predicted != explored


@pytest.mark.parametrize("one", ["channel", exploratory("channel")])
def test_a_single_moderator_needs_no_list(build, one):
    assert build(moderators=one).moderators == ("channel",)


def test_a_moderator_is_given_once(refusal, build):
    assert "moderator 'channel' is given twice" in refusal(
        build, moderators=["channel", exploratory("channel")]
    )


def test_what_the_arms_may_have_changed_is_no_moderator(refusal, build):
    assert "measured after the message" in refusal(build, moderators=["delivered"])
    assert "measured after the message" in refusal(build, moderators=[exploratory("completed")])


def test_a_name_that_nothing_declares_is_doubted_and_the_nearest_is_named(build):
    (said,) = [text for text in build(moderators=["chanel"]).warnings if "moderator" in text]
    assert "Did you mean 'channel'?" in said
    assert "channel, delay, locale, weekend" in said


def test_declared_covariates_strata_and_what_every_call_tells_are_not_doubted(build):
    found = build(
        moderators=["orders", "site", "delay", "weekend", "channel", "locale"],
        covariates=["orders"],
        randomize=blocked(by=("site",)),
    )
    assert not [text for text in found.warnings if "moderator" in text]
