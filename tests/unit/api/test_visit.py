"""What is noted of a request: its id, its key, its length and where it came from."""

import logging

import pytest

from amends.api.visit import Visit, current_id, name_requests_in_log, visit_of


def visit(*headers: tuple[str, str], client=("192.0.2.1", 4711)) -> Visit:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    return Visit({"type": "http", "headers": raw, "client": client})


@pytest.mark.parametrize(
    ("sent", "key"),
    [
        ({"authorization": "Bearer abc"}, "abc"),
        ({"authorization": "bearer  abc "}, "abc"),
        ({"x-api-key": " abc "}, "abc"),
        ({"authorization": "Bearer abc", "x-api-key": "other"}, "abc"),
        ({"x-api-key": "other", "authorization": "Bearer abc"}, "abc"),
        ({"authorization": "Basic abc", "x-api-key": "other"}, "other"),
        ({"authorization": "Bearer"}, None),
        ({"authorization": ""}, None),
        ({"x-api-key": "  "}, None),
        ({}, None),
    ],
)
def test_a_key_comes_in_either_header(sent, key):
    assert visit(*sent.items()).bare == key


@pytest.mark.parametrize("given", ["a", "0195f2c4-a1d2-7cc0-9f00-0a1b2c3d4e5f", "x" * 64, "job_7.retry-2"])
def test_a_sane_id_is_kept(given):
    assert visit(("x-request-id", given)).request_id == given


@pytest.mark.parametrize(
    "given", ["", "x" * 65, "a b", "a\tb", "sari@example.com", "é", '"}', "-a", "a\r\nX-Injected: 1", "<b>"]
)
def test_an_id_that_is_no_short_plain_word_is_replaced_by_one_of_ours(given):
    first, second = (visit(("x-request-id", given)).request_id for _ in range(2))

    assert given not in first or given == ""
    assert len(first) == 16
    assert first != second


@pytest.mark.parametrize(
    ("sent", "length"), [("12", 12), ("-1", None), ("1x", None), ("", None), ("1e3", None)]
)
def test_the_announced_length_is_read_where_it_is_a_number(sent, length):
    assert visit(("content-length", sent)).length == length


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("odd:one", "odd:one"),
    ],
)
def test_an_address_of_version_6_counts_as_its_network(host, address):
    assert visit(client=(host, 1)).address == address


def test_without_an_address_all_count_together():
    assert visit(client=None).address == ""


def test_a_request_is_noted_once():
    scope = {"type": "http", "headers": [], "client": None}

    assert visit_of(scope) is visit_of(scope)


def test_every_line_logged_meanwhile_names_the_request(caplog):
    name_requests_in_log()
    name_requests_in_log()
    log = logging.getLogger("amends")
    before = current_id.set("req-1")
    with caplog.at_level(logging.INFO, logger="amends"):
        log.info("50%% of %s", "something")
        current_id.reset(before)
        log.info("outside")

    assert [record.getMessage() for record in caplog.records] == [
        "50% of something (request req-1)",
        "outside",
    ]
