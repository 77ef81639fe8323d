"""At which step a letter's way ended decides whether it may be sent again: real sockets, every step."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest

from amends.mailing.handing_over import Outcome, hand_over

LETTER = b"Subject: Late\r\n\r\n.hidden\r\n..two\r\nend"
HANG_UP = b""


@contextmanager
def dialogue(
    answers: dict[str, bytes], *, extensions: tuple[str, ...] = ()
) -> Iterator[tuple[smtplib.SMTP, list[bytes]]]:
    """A server that answers each command as told, 250 by default, or hangs up; and what it heard."""
    usual = {
        "EHLO": b"\r\n".join([b"250-tests", *(f"250-{name}".encode() for name in extensions), b"250 HELP"]),
        "DATA": b"354 go on",
    }
    heard: list[bytes] = []
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listening.accept()
        with connection, connection.makefile("rb") as lines:
            connection.sendall(b"220 tests\r\n")
            for line in lines:
                heard.append(line)
                verb = line.split()[0].decode().upper()
                answer = {**usual, **answers}.get(verb, b"250 fine")
                if verb == "DATA" and answer.startswith(b"354"):
                    connection.sendall(answer + b"\r\n")
                    if answers.get("BODY") == HANG_UP:
                        return
                    for body in lines:
                        heard.append(body)
                        if body == b".\r\n":
                            break
                    answer = answers.get("END", b"250 2.0.0 taken")
                if answer == HANG_UP:
                    return
                connection.sendall(answer + b"\r\n")

    thread = Thread(target=serve)
    thread.start()
    client = smtplib.SMTP("127.0.0.1", listening.getsockname()[1], timeout=10)
    client.ehlo()
    try:
        yield client, heard
    finally:
        client.close()
        thread.join(timeout=10)
        listening.close()


def handed(client: smtplib.SMTP, letter: bytes = LETTER) -> Outcome:
    return hand_over(client, letter, sender="desk@example.com", to="c@example.com", envelope="1@example.com")


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ({}, Outcome("taken")),
        ({"MAIL": b"451 4.3.0 c@example.com later"}, Outcome("put off", "MAIL 451 4.3.0")),
        ({"MAIL": b"550 5.7.1 strangers"}, Outcome("unwelcome", "MAIL 550 5.7.1")),
        ({"MAIL": b"530 5.7.0 log in"}, Outcome("unwelcome", "MAIL 530 5.7.0")),
        ({"MAIL": HANG_UP}, Outcome("put off", "MAIL connection lost", lost=True)),
        ({"RCPT": b"450 4.2.1 greylisted"}, Outcome("put off", "RCPT 450 4.2.1")),
        ({"RCPT": b"550 no such user"}, Outcome("refused", "RCPT 550")),
        ({"RCPT": b"530 5.7.0 log in"}, Outcome("unwelcome", "RCPT 530 5.7.0")),
        ({"RCPT": b"421 4.3.2 closing"}, Outcome("put off", "RCPT 421 4.3.2", lost=True)),
        ({"RCPT": HANG_UP}, Outcome("put off", "RCPT connection lost", lost=True)),
        ({"DATA": b"451 4.3.0 later"}, Outcome("put off", "DATA 451 4.3.0")),
        ({"DATA": b"554 5.5.1 no"}, Outcome("refused", "DATA 554 5.5.1")),
        ({"DATA": HANG_UP}, Outcome("put off", "DATA connection lost", lost=True)),
        ({"END": b"452 4.3.1 disk full"}, Outcome("put off", "DATA 452 4.3.1")),
        ({"END": b"554 5.7.1 spam"}, Outcome("refused", "DATA 554 5.7.1")),
        ({"END": HANG_UP}, Outcome("unknown", "DATA connection lost", lost=True)),
        ({"RCPT": b"550 5.1.1 no", "RSET": HANG_UP}, Outcome("refused", "RCPT 550 5.1.1", lost=True)),
    ],
)
def test_the_step_and_the_code_say_what_became_of_a_letter(answers, outcome):
    with dialogue(answers) as (client, _):
        assert handed(client) == outcome


def test_a_connection_lost_before_the_end_of_a_long_letter_leaves_it_unsent_for_certain():
    long = b"Subject: Late\r\n\r\n" + b"x" * 70 + b"\r\n"
    with dialogue({"BODY": HANG_UP}) as (client, _):
        found = handed(client, long * 400_000)
    assert found == Outcome("put off", "DATA connection lost", lost=True)


def test_a_server_gets_every_line_with_leading_dots_doubled():
    with dialogue({}) as (client, heard):
        handed(client)
    body = heard[heard.index(b"data\r\n") + 1 :]
    assert body == [b"Subject: Late\r\n", b"\r\n", b"..hidden\r\n", b"...two\r\n", b"end\r\n", b".\r\n"]


def test_a_server_that_reports_on_deliveries_is_told_the_letters_id():
    with dialogue({}, extensions=("DSN",)) as (client, heard):
        handed(client)
    assert b"mail FROM:<desk@example.com> RET=HDRS ENVID=1@example.com\r\n" in heard
    assert b"rcpt TO:<c@example.com> NOTIFY=FAILURE\r\n" in heard


def test_the_connection_serves_for_the_next_letter_after_a_refusal():
    with dialogue({"RCPT": b"550 5.1.1 no"}) as (client, heard):
        assert [handed(client).state for _ in range(3)] == ["refused"] * 3
    assert heard.count(b"rset\r\n") == 3
