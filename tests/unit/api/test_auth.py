"""Keys at the door: what is remembered, how often one may come, what happens while the database is away."""

import sqlite3
from datetime import timedelta

import pytest

from amends.api import auth
from amends.api.auth import Doorkeeper
from amends.api.problems import Refused
from amends.api.visit import Visit


def visit(key: str | None = None, *, address: str = "192.0.2.1") -> Visit:
    headers = [] if key is None else [(b"x-api-key", key.encode())]
    return Visit({"type": "http", "headers": headers, "client": (address, 4711)})


@pytest.fixture
def store(open_lab):
    return open_lab().store


@pytest.fixture
def seconds() -> list[float]:
    return [0.0]


@pytest.fixture
def door(store, seconds, clock) -> Doorkeeper:
    return Doorkeeper(store, clock=clock, rate=1000, monotonic=lambda: seconds[0])


@pytest.fixture
def lose_the_database(settings):
    def lose() -> None:
        with sqlite3.connect(settings.database_url.removeprefix("sqlite:///")) as connection:
            connection.execute("DROP TABLE api_key")

    return lose


def test_a_known_key_is_not_asked_for_again_within_its_second(store, door, seconds, lose_the_database):
    key = store.create_key("shop", ["assign"])
    door.admit(visit(key), scope="assign")
    lose_the_database()

    assert door.remembered(visit(key), scope="assign").name == "shop"
    seconds[0] = 1.0
    assert door.remembered(visit(key), scope="assign") is None


def test_a_known_key_stays_good_while_the_database_is_away(store, door, seconds, lose_the_database):
    key = store.create_key("shop", ["assign"])
    door.admit(visit(key), scope="assign")
    lose_the_database()
    seconds[0] = 600.0

    assert door.admit(visit(key), scope="assign").name == "shop"


def test_a_key_never_seen_is_answered_503_while_the_database_is_away(store, door, lose_the_database):
    key = store.create_key("shop", ["assign"])
    lose_the_database()

    with pytest.raises(Refused) as refused:
        door.admit(visit(key), scope="assign")

    assert refused.value.code == "unavailable"


def test_guessed_keys_never_push_out_a_good_one(store, door, monkeypatch):
    monkeypatch.setattr(auth, "REMEMBERED", 3)
    key = store.create_key("shop", ["assign"])
    door.admit(visit(key), scope="assign")
    for number in range(10):
        with pytest.raises(Refused):
            door.admit(visit(f"guess-{number}"), scope="assign")

    assert door.remembered(visit(key), scope="assign") is not None


def test_the_oldest_of_very_many_good_keys_is_asked_for_again(store, door, monkeypatch):
    monkeypatch.setattr(auth, "REMEMBERED", 3)
    keys = [store.create_key(f"shop-{number}", ["assign"]) for number in range(4)]
    for key in keys:
        door.admit(visit(key), scope="assign")

    there = [door.remembered(visit(key), scope="assign") is not None for key in keys]
    assert there == [False, True, True, True]


def test_remembering_a_key_does_not_widen_its_scope(store, door):
    key = store.create_key("shop", ["assign"])
    door.admit(visit(key), scope="assign")

    with pytest.raises(Refused, match="needs 'read'"):
        door.remembered(visit(key), scope="read")


def test_a_key_that_grows_old_is_renewed_once_before_anybody_waits(store, door, seconds):
    key = store.create_key("shop", ["assign"])
    door.admit(visit(key), scope="assign")
    assert not door.due(visit(key))
    seconds[0] = 0.6
    assert [door.due(visit(key)) for _ in range(3)] == [True, False, False]

    door.renew(visit(key))

    seconds[0] = 1.5
    assert door.remembered(visit(key), scope="assign") is not None
    assert door.due(visit(key))


def test_a_key_revoked_meanwhile_is_gone_at_its_renewal(store, door, seconds):
    key = store.create_key("shop", ["assign"])
    door.admit(visit(key), scope="assign")
    store.revoke_key("shop")
    seconds[0] = 0.6

    door.renew(visit(key))

    assert door.remembered(visit(key), scope="assign") is None


def test_a_renewal_that_fails_is_tried_again(store, door, seconds, lose_the_database):
    key = store.create_key("shop", ["assign"])
    door.admit(visit(key), scope="assign")
    lose_the_database()
    seconds[0] = 0.6
    assert door.due(visit(key))

    door.renew(visit(key))

    assert door.due(visit(key))


def test_a_key_comes_as_often_as_its_rate_allows_then_waits(store, door, seconds):
    key = store.create_key("shop", ["assign"], rate=2)
    answers = []
    for _ in range(6):
        try:
            answers.append(door.admit(visit(key), scope="assign").name)
        except Refused as refused:
            answers.append(refused.headers["Retry-After"])
    assert answers == ["shop"] * 4 + ["1"] * 2, "two seconds' worth at once"

    seconds[0] = 0.5

    assert door.admit(visit(key), scope="assign").name == "shop"
    with pytest.raises(Refused, match="2 requests a second and 4 at once"):
        door.admit(visit(key), scope="assign")


def test_another_key_does_not_pay_for_it(store, door):
    greedy, calm = store.create_key("greedy", ["assign"], rate=0.5), store.create_key("calm", ["assign"])
    door.admit(visit(greedy), scope="assign")
    with pytest.raises(Refused):
        door.admit(visit(greedy), scope="assign")

    assert door.admit(visit(calm), scope="assign").name == "calm"


@pytest.mark.parametrize("guess", ["guess", None])
def test_an_address_that_guesses_is_slowed_down_and_a_known_key_from_it_is_not(store, door, seconds, guess):
    known, new = store.create_key("known", ["assign"]), store.create_key("new", ["assign"])
    door.admit(visit(known), scope="assign")
    codes = []
    for _ in range(auth.STRANGERS_BURST + 5):
        with pytest.raises(Refused) as refused:
            door.admit(visit(guess), scope="assign")
        codes.append(refused.value.code)

    assert codes == ["unauthorized"] * auth.STRANGERS_BURST + ["too-many-requests"] * 5
    seconds[0] = 1.5
    assert door.admit(visit(known), scope="assign").name == "known"
    with pytest.raises(Refused, match="without a known API key"):
        door.admit(visit(new), scope="assign")
    assert door.admit(visit(new, address="192.0.2.2"), scope="assign").name == "new"
    seconds[0] = 4.0
    assert door.admit(visit(new), scope="assign").name == "new"


def test_addresses_of_one_ipv6_network_count_together(door):
    codes = []
    for number in range(auth.STRANGERS_BURST + 1):
        with pytest.raises(Refused) as refused:
            door.admit(visit("guess", address=f"2001:db8::{number:x}"), scope="assign")
        codes.append(refused.value.code)

    assert codes[-1] == "too-many-requests"


def test_an_expired_key_is_refused_and_says_when(store, door, clock):
    key = store.create_key("shop", ["assign"], expires_at=clock() + timedelta(days=1))
    assert door.admit(visit(key), scope="assign").name == "shop"
    clock.pass_by(days=1)

    for ask in (door.admit, door.remembered):
        with pytest.raises(Refused, match="expired on 2026-03-03") as refused:
            ask(visit(key), scope="assign")
        assert refused.value.code == "unauthorized"


def test_the_last_use_is_written_down_once_a_minute_at_most(store, door, clock, seconds):
    key = store.create_key("shop", ["assign"])
    uses = []
    for spell in (0, 30, 31, 5):
        clock.pass_by(seconds=spell)
        seconds[0] += 2
        door.admit(visit(key), scope="assign")
        uses.append((store.keys()[0].last_used_at - clock()).total_seconds())

    assert uses == [0, -30, 0, -5]
