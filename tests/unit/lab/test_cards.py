"""Cards to hand out: no arm on them, no number guessed or given twice, no envelope spent on a lost one."""

from collections import Counter

import pytest
from sqlalchemy import text

from amends.design.randomization import blocked
from amends.errors import DefinitionError, StateError, UnknownExperiment, UsageError
from amends.lab.cards import CardCount, count_cards

KEY = "late_parcel"
NORTH, SOUTH = {"site": "north"}, {"site": "south"}


@pytest.fixture
def lab(define, open_lab):
    return open_lab(define(sender="human", randomize=blocked(by=("site",), sizes=(6,))))


def sealed(lab, stratum: str, n: int) -> list[str]:
    force = lab.in_force(KEY)
    return [force.draw(stratum, position) for position in range(n)]


def test_cards_handed_out_take_the_sealed_list_in_order_whatever_their_numbers(lab, late):
    printed = lab.print_cards(KEY, 20, strata=NORTH)
    handed = [printed[place] for place in (0, 1, 5, 3, 19, 7)]  # some are lost, some come out of order

    arms = [lab.hand_out(KEY, card.code, **late).arm for card in handed]

    assert arms == sealed(lab, "north", 6)
    assert Counter(arms) == dict.fromkeys({arm.name for arm in lab.experiment(KEY).arms}, 2)
    assert lab.store.verify() == []


def test_the_same_card_again_is_a_retry_and_spends_no_envelope(lab, late):
    first, second = lab.print_cards(KEY, 2, strata=NORTH)

    given = [lab.hand_out(KEY, card.code.lower(), **late) for card in (first, first, second)]

    assert [answer.repeat for answer in given] == [False, True, False]
    assert [given[0].arm, given[2].arm] == sealed(lab, "north", 2)
    assert given[0].assignment_id == given[1].assignment_id


def test_a_printed_link_is_the_survey_of_the_card_once_it_is_handed_out(lab, late):
    card = lab.print_cards(KEY, 1, strata=NORTH)[0]
    token = card.url.rpartition("/")[2]
    assert lab.survey(token).state == "waiting"

    given = lab.hand_out(KEY, card.code, **late)

    assert given.survey_url == card.url
    assert lab.survey(token).state == "open"
    assert lab.survey(token).card is None


def test_cards_that_nobody_got_are_never_counted(lab, late):
    printed = [*lab.print_cards(KEY, 6, strata=NORTH), *lab.print_cards(KEY, 4, strata=SOUTH)]
    lab.hand_out(KEY, printed[7].code, **late)

    assert sum(arm.assigned for arm in lab.tally(KEY).arms) == 1
    assert count_cards(lab, KEY) == [CardCount("north", 6, 0), CardCount("south", 4, 1)]


def test_a_card_keeps_the_stratum_it_was_printed_for(lab, late):
    lab.print_cards(KEY, 3, strata=NORTH)
    south = lab.print_cards(KEY, 3, strata=SOUTH)

    assert [card.number for card in south] == [4, 5, 6]
    assert [lab.hand_out(KEY, card.code, **late).arm for card in south] == sealed(lab, "south", 3)


def test_a_party_that_does_not_qualify_leaves_its_card_unspent(lab, late):
    card = lab.print_cards(KEY, 1, strata=NORTH)[0]

    assert lab.hand_out(KEY, card.code, **{**late, "delay": late["delay"] / 10}).status == "not_eligible"
    assert lab.hand_out(KEY, card.code, **late).arm == sealed(lab, "north", 1)[0]


@pytest.mark.parametrize(
    "forge",
    [
        lambda code: code.partition("-")[0],
        lambda code: f"2-{code.partition('-')[2]}",
        lambda code: code[:-1] + ("A" if code[-1] != "A" else "B"),
        lambda code: "café-é",
        lambda code: "",
    ],
)
def test_a_code_that_was_not_printed_is_refused(lab, late, forge):
    card = lab.print_cards(KEY, 2, strata=NORTH)[0]

    with pytest.raises(UsageError, match="was not printed"):
        lab.hand_out(KEY, forge(card.code), **late)


def test_a_card_of_another_experiment_is_refused(lab, define, open_lab, late):
    later = lab.print_cards(KEY, 2, strata=NORTH)[1]
    other = open_lab(define("parcel_two", sender="human", randomize=blocked()))
    other.print_cards("parcel_two", 2)

    with pytest.raises(UsageError, match="was not printed"):
        other.hand_out("parcel_two", later.code, **late)
    with pytest.raises(UnknownExperiment, match="parcel_two"):
        other.hand_out("parcel_tow", later.code, **late)


@pytest.mark.parametrize("taken", [{"test": True}, {"arm": "sorry"}, {"strata": SOUTH}])
def test_a_card_cannot_be_steered(lab, late, taken):
    card = lab.print_cards(KEY, 1, strata=NORTH)[0]

    with pytest.raises(UsageError, match="does not go with a card"):
        lab.hand_out(KEY, card.code, **late, **taken)


def test_cards_that_could_not_work_are_not_printed(lab, define, open_lab):
    for n, strata, words in (
        (0, NORTH, "1 to 5,000"),
        (5_001, NORTH, "1 to 5,000"),
        (5, None, "stratum site"),
        (5, {**NORTH, "shift": "late"}, "stratum shift"),
    ):
        with pytest.raises(UsageError, match=words):
            lab.print_cards(KEY, n, strata=strata)
    lab.stop(KEY)
    with pytest.raises(StateError, match="is stopped"):
        lab.print_cards(KEY, 5, strata=NORTH)
    with pytest.raises(DefinitionError, match="hashes its arms"):
        open_lab(define("hashed_parcel")).print_cards("hashed_parcel", 5)
    with pytest.raises(StateError, match="is draft"):
        open_lab(define("draft_parcel", randomize=blocked()), start=False).print_cards("draft_parcel", 5)


def test_a_card_that_cannot_be_recorded_brings_the_usual_message_and_stays_unspent(lab, late):
    card = lab.print_cards(KEY, 1, strata=NORTH)[0]

    def rename(old: str, new: str) -> None:
        with lab.store._database.engine.begin() as connection:
            connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))

    rename("audit", "away")
    given = lab.hand_out(KEY, card.code, **late)
    with pytest.raises(UsageError, match="first_name"):
        lab.hand_out(KEY, card.code, delay=late["delay"])
    rename("away", "audit")

    assert (given.status, given.arm) == ("error", None)
    assert given.message == "Hello Sari, your parcel is late."
    assert lab.hand_out(KEY, card.code, **late).arm == sealed(lab, "north", 1)[0]


def test_a_card_is_a_unit_and_no_incident(define, open_lab):
    lab = open_lab(define(on_repeat="new_unit", randomize=blocked()))
    with pytest.raises(DefinitionError, match="a card is one already"):
        lab.print_cards(KEY, 5)


def test_a_text_may_have_a_slot_of_any_name(define, open_lab, late):
    lab = open_lab(define(randomize=blocked(), notice="Your voucher is {code}, from the {lab}."))
    card = lab.print_cards(KEY, 1)[0]

    given = lab.hand_out(KEY, card.code, delay=late["delay"], code="X-1", lab="laboratory")

    assert given.message.startswith("Your voucher is X-1, from the laboratory.")
