"""Addresses of mail servers: encrypted unless said otherwise, and never with a password in them."""

import pytest

from amends.errors import UsageError
from amends.mailing.server import Server, read_server


@pytest.mark.parametrize(
    ("address", "server"),
    [
        ("smtp://mail.example.com", Server("mail.example.com", 587, None, "starttls")),
        (
            "smtp://desk%40example.com@mail.example.com:25",
            Server("mail.example.com", 25, "desk@example.com", "starttls"),
        ),
        ("smtps://desk@mail.example.com", Server("mail.example.com", 465, "desk", "tls")),
        ("smtp://localhost:1025", Server("localhost", 1025, None, "none")),
        ("smtp://[::1]:1025", Server("::1", 1025, None, "none")),
        ("smtp://127.0.0.1?tls=starttls", Server("127.0.0.1", 587, None, "starttls")),
        ("smtp://10.0.0.5:25?tls=none", Server("10.0.0.5", 25, None, "none")),
        ("smtp://desk@localhost", Server("localhost", 587, "desk", "none")),
    ],
)
def test_what_an_address_says(address, server):
    assert read_server(address) == server


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("smtp://desk:hunter2@mail.example.com", "set AMENDS_SMTP_PASSWORD"),
        ("smtp://desk:@mail.example.com", "set AMENDS_SMTP_PASSWORD"),
        ("mail.example.com", "is no address of a mail server"),
        ("http://mail.example.com", "is no address of a mail server"),
        ("smtp://", "is no address of a mail server"),
        ("smtp://mail.example.com/inbox", "is no address of a mail server"),
        ("smtp://mail.example.com:port", "no address of a mail server"),
        ("smtp://mail.example.com:99999", "no address of a mail server"),
        ("smtp://desk@10.0.0.5?tls=none", "unencrypted"),
        ("smtp://mail.example.com?tls=maybe", "starttls"),
        ("smtp://mail.example.com?ssl=1", "Only tls=… may stand there"),
        ("smtps://mail.example.com?tls=none", "encrypted from the first byte"),
    ],
)
def test_what_cannot_be_is_refused_and_no_password_is_repeated(address, said):
    with pytest.raises(UsageError) as refused:
        read_server(address)
    assert said in str(refused.value)
    assert "hunter2" not in str(refused.value)
