"""What stands in a letter's headers, whatever a list or an option says: one recipient, nothing injected."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from amends.errors import UsageError
from amends.mailing.letter import (
    Letterhead,
    compose,
    message_id,
    read_address,
    read_mailbox,
    read_unsubscribe,
)
from amends.store.mail_values import Letter

HEAD = Letterhead(read_mailbox("--from", "Meja Paket <desk@example.com>"))
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def made(**parts) -> bytes:
    usual = {
        "to": "c@example.com",
        "subject": "Late",
        "text": "Late.",
        "message_id": "<1@example.com>",
        "at": NOON,
        "locale": "id",
    }
    return compose(HEAD, **{**usual, **parts})


@given(st.text(max_size=60) | st.from_regex(r"[^\s@]{1,20}[@<>,;:\r\n\t ]{1,3}[^\s@]{1,20}\.[a-z]{2,3}"))
@example("c@example.com\r\nBcc: all@example.com")
@example("c@example.com, all@example.com")
@example('"c@example.com\r\nRCPT TO:<all@example.com>"@example.com')
@example("c@example.com> NOTIFY=NEVER <")
@example("c@example.com\u2028")
def test_a_cell_is_one_address_or_is_refused(cell):
    try:
        address = read_address(cell)
    except ValueError:
        return
    assert address.isascii()
    assert address.isprintable()
    assert not set(address) & set(' <>,;:"()[]\\')
    letter = message_from_bytes(made(to=address), policy=default)
    assert [str(one) for one in letter.get_all("To")] == [address]
    assert letter["Bcc"] is None


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=200))
def test_any_printable_subject_comes_back_as_it_was_and_adds_no_header(subject):
    raw = made(subject=subject)
    letter = message_from_bytes(raw, policy=default)
    assert len(letter.keys()) == 11
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert "".join(letter["Subject"].split()) == "".join(subject.split())


@given(
    st.text(
        st.characters(
            exclude_categories=["Cs"], exclude_characters="\0\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
        )
    )
)
def test_any_text_arrives_whole_in_lines_that_servers_take(text):
    raw = made(text=text)
    assert message_from_bytes(raw, policy=default).get_content().splitlines() == (text.splitlines() or [""])
    assert raw.isascii()
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("", "is no e-mail address"),
        ("nobody", "is no e-mail address"),
        ("@example.com", "is no e-mail address"),
        ("a b@example.com", "a part before the @"),
        ("a@b@example.com", "a part before the @"),
        (f"{'a' * 65}@example.com", "a part before the @"),
        ("a@localhost", "is no domain"),
        ("a@-x.example.com", "is no domain"),
        ("a@example..com", "is no domain"),
        ("a@[127.0.0.1]", "is no domain"),
        ("a@" + ".".join(["x" * 60] * 5), "longer than 254"),
    ],
)
def test_what_is_no_address_is_refused_with_the_rule(cell, said):
    with pytest.raises(ValueError, match=said):
        read_address(cell)


@pytest.mark.parametrize(
    "given_", ["desk", "Desk <desk>", "Desk\r\nBcc: x@y.example <desk@example.com>", "<>"]
)
def test_a_sender_that_is_none_is_refused_by_its_option(given_):
    with pytest.raises(UsageError, match="--from"):
        read_mailbox("--from", given_)


@pytest.mark.parametrize(
    "given_", ["stop", "http://example.com/stop", "mailto:a@b.example>, <x", "https:///x", ""]
)
def test_a_place_to_opt_out_is_an_address_or_an_encrypted_page(given_):
    with pytest.raises(UsageError, match="--unsubscribe"):
        read_unsubscribe(given_)


def test_an_id_is_the_same_for_ever_and_another_for_every_letter():
    letters = [
        Letter("u1", "message"),
        Letter("u2", "message"),
        Letter("u1", "invitation"),
        Letter("u1", "message", "i1"),
        Letter("u1", "message", "i2"),
    ]
    ids = [message_id(b"secret", "late", letter, "example.com") for letter in letters]
    ids += [
        message_id(b"other", "late", letters[0], "example.com"),
        message_id(b"secret", "tea", letters[0], "example.com"),
    ]
    assert len(set(ids)) == 7
    assert ids[0] == message_id(b"secret", "late", Letter("u1", "message"), "example.com")
