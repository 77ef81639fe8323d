"""Cards that are handed out by HTTP: recorded before the words, once, and by nobody who guesses."""

import pytest

from amends import blocked

PATH = "/api/v1/experiments/late_parcel/cards"


@pytest.fixture
def lab(define, open_lab):
    return open_lab(define(sender="human", randomize=blocked(by=("site",), sizes=(6,))))


@pytest.fixture
def api(lab, client):
    return client(lab, "assign")


@pytest.fixture
def codes(lab):
    return [card.code for card in lab.print_cards("late_parcel", 8, strata={"site": "north"})]


def card(code: str, **change) -> dict:
    return {"code": code, "delay_seconds": 108_000, "slots": {"first_name": "Sari"}} | change


def test_cards_take_the_sealed_list_and_answer_as_an_assignment_does(lab, api, codes):
    given = [api.post(PATH, json=card(code)) for code in codes]

    assert [answer.status_code for answer in given] == [201] * 8
    draw = lab.in_force("late_parcel").draw
    assert [answer.json()["arm"] for answer in given] == [draw("north", position) for position in range(8)]
    links = {answer.json()["survey_url"] for answer in given}
    assert len(links) == 8
    rows = lab.store.export_rows("late_parcel").assignments
    assert {(row["sender"], row["delay_seconds"]) for row in rows} == {("web-shop", 108_000)}


def test_the_same_card_again_is_a_retry(lab, api, codes):
    first, again = (api.post(PATH, json=card(codes[0])) for _ in range(2))

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json() | {"repeat": True}
    assert sum(arm.assigned for arm in lab.tally("late_parcel").arms) == 1


def test_a_customer_who_does_not_qualify_leaves_the_card_unspent(api, codes):
    early = api.post(PATH, json=card(codes[0], delay_seconds=60))

    assert (early.status_code, early.json()["status"]) == (200, "not_eligible")
    assert api.post(PATH, json=card(codes[0])).status_code == 201


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"code": "1-AAAAAAAA"}, "was not printed"),
        ({"code": ""}, "code"),
        ({"slots": {}}, "first_name"),
        ({"slots": {"first_name": "Sari", "code": "x"}}, "code"),
        ({"strata": {"site": "south"}}, "strata"),
        ({"arm": "sorry", "test": True}, "arm"),
        ({"delay_seconds": None}, "delay"),
    ],
)
def test_what_breaks_a_rule_is_refused_and_spends_nothing(lab, api, codes, change, said):
    answer = api.post(PATH, json=card(codes[0]) | change)

    assert answer.status_code == 422
    assert said in answer.json()["detail"]
    assert sum(arm.assigned for arm in lab.tally("late_parcel").arms) == 0


def test_a_key_that_may_only_read_hands_nothing_out(lab, client, codes):
    assert client(lab, "read").post(PATH, json=card(codes[0])).status_code == 403
