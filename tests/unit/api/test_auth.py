"""Keys at the door: what is remembered, and what happens while the database is away."""

import sqlite3

import pytest
from starlette.datastructures import Headers

from amends.api import auth
from amends.api.auth import Doorkeeper, bare_key
from amends.api.problems import Refused


def headers(key: str) -> Headers:
    return Headers({"x-api-key": key})


@pytest.fixture
def store(open_lab):
    return open_lab().store


@pytest.fixture
def seconds() -> list[float]:
    return [0.0]


@pytest.fixture
def door(store, seconds) -> Doorkeeper:
    return Doorkeeper(store, monotonic=lambda: seconds[0])


@pytest.fixture
def lose_the_database(settings):
    def lose() -> None:
        with sqlite3.connect(settings.database_url.removeprefix("sqlite:///")) as connection:
            connection.execute("DROP TABLE api_key")

    return lose


def test_a_known_key_is_not_asked_for_again_within_its_second(store, door, seconds, lose_the_database):
    key = headers(store.create_key("shop", ["assign"]))
    door.admit(key, scope="assign")
    lose_the_database()

    assert door.remembered(key, scope="assign").name == "shop"
    seconds[0] = 1.0
    assert door.remembered(key, scope="assign") is None


def test_a_known_key_stays_good_while_the_database_is_away(store, door, seconds, lose_the_database):
    key = headers(store.create_key("shop", ["assign"]))
    door.admit(key, scope="assign")
    lose_the_database()
    seconds[0] = 600.0

    assert door.admit(key, scope="assign").name == "shop"


def test_a_key_never_seen_is_answered_503_while_the_database_is_away(store, door, lose_the_database):
    key = headers(store.create_key("shop", ["assign"]))
    lose_the_database()

    with pytest.raises(Refused) as refused:
        door.admit(key, scope="assign")

    assert refused.value.code == "unavailable"


def test_guessed_keys_never_push_out_a_good_one(store, door, monkeypatch):
    monkeypatch.setattr(auth, "REMEMBERED", 3)
    key = headers(store.create_key("shop", ["assign"]))
    door.admit(key, scope="assign")
    for number in range(10):
        with pytest.raises(Refused):
            door.admit(headers(f"guess-{number}"), scope="assign")

    assert door.remembered(key, scope="assign") is not None


def test_the_oldest_of_very_many_good_keys_is_asked_for_again(store, door, monkeypatch):
    monkeypatch.setattr(auth, "REMEMBERED", 3)
    keys = [headers(store.create_key(f"shop-{number}", ["assign"])) for number in range(4)]
    for key in keys:
        door.admit(key, scope="assign")

    assert [door.remembered(key, scope="assign") is not None for key in keys] == [False, True, True, True]


def test_remembering_a_key_does_not_widen_its_scope(store, door):
    key = headers(store.create_key("shop", ["assign"]))
    door.admit(key, scope="assign")

    with pytest.raises(Refused, match="needs 'read'"):
        door.remembered(key, scope="read")


@pytest.mark.parametrize(
    ("sent", "key"),
    [
        ({"authorization": "Bearer abc"}, "abc"),
        ({"authorization": "bearer  abc "}, "abc"),
        ({"x-api-key": " abc "}, "abc"),
        ({"authorization": "Bearer abc", "x-api-key": "other"}, "abc"),
        ({"authorization": "Basic abc", "x-api-key": "other"}, "other"),
        ({"authorization": "Bearer"}, None),
        ({"authorization": ""}, None),
        ({"x-api-key": "  "}, None),
        ({}, None),
    ],
)
def test_a_key_comes_in_either_header(sent, key):
    assert bare_key(Headers(sent)) == key
