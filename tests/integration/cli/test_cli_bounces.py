"""`amends bounces`: what came back is found by the letter's own id and counted once; other mail is left."""

import json
import mailbox
from datetime import timedelta

import pytest
from sqlalchemy import text

from amends.cli.opening import open_lab
from amends.store.mail_values import Letter

REPORT = """\
From: MAILER-DAEMON@mx.example.com
To: desk@example.com
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

This is the mail system. I could not deliver to c@example.com.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com
{envelope}
Final-Recipient: rfc822; c@example.com
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 c@example.com unknown

--b
Content-Type: {kind}

{original}

--b--
"""
LETTER = "From: desk@example.com\nTo: c@example.com\nMessage-ID: {}\nSubject: Late\n"


def report(message_id, *, kind="message/rfc822", action="failed", status="5.1.1", by_envelope=False):
    original = "From: desk@example.com\nSubject: Late\n" if by_envelope else LETTER.format(message_id)
    envelope = f"Original-Envelope-Id: {message_id.strip('<>')}\n" if by_envelope else ""
    body = "" if kind == "text/rfc822-headers" else "\n\nHello."
    return REPORT.format(kind=kind, action=action, status=status, original=original + body, envelope=envelope)


@pytest.fixture
def sent(running):
    """Message ids of six people's letters, as the mailer would have left them."""
    ids = []
    with open_lab() as lab:
        for i in range(6):
            answer = lab.assign("late_parcel", f"C-{i}", delay=timedelta(hours=30), first_name="Sari")
            letter = Letter(lab.pseudonym(answer.unit_id), "message")
            ids.append(f"<{i:032x}@example.com>")
            lab.store.claim_mail("late_parcel", letter, message_id=ids[-1], enrolled=True, at=lab.clock())
            lab.store.settle_mail("late_parcel", letter, "sent", at=lab.clock())
    return ids


def box(desk, *messages):
    made = mailbox.mbox(desk.folder / "bounces.mbox")
    for message in messages:
        made.add(message)
    made.close()
    return "bounces.mbox"


def failed():
    with open_lab() as lab:
        assert lab.store.verify() == []
        return sum(arm.failed for arm in lab.tally("late_parcel").arms)


def test_every_way_a_report_names_the_letter_is_read_and_each_counts_once(running, sent):
    name = box(
        running,
        report(sent[0]),
        report(sent[0]),
        report(sent[1], kind="text/rfc822-headers", status="5.2.2"),
        report(sent[2], by_envelope=True, status="4.4.7"),
    )
    assert json.loads(running("bounces", name, "--json").stdout) == {
        "failed": 3,
        "known": 1,
        "strange": 0,
        "delayed": 0,
        "other": 0,
    }
    assert failed() == 3
    failures = running.run(text("SELECT detail FROM delivery WHERE status = 'failed'"))
    details = {detail for (detail,) in failures}
    assert details == {"DSN 5.1.1", "DSN 5.2.2", "DSN 4.4.7"}
    again = running("bounces", name).stdout
    assert "4  came back, known before" in again
    assert failed() == 3


def test_delays_strange_letters_and_other_mail_change_nothing(running, sent):
    name = box(
        running,
        report(sent[0], action="delayed", status="4.4.1"),
        report("<strange@example.org>"),
        report("no id at all"),
        f"From: c@example.com\nSubject: Re: Late\nIn-Reply-To: {sent[1]}\n\nThank you.\n",
        "From: c@example.com\nSubject: Out of office\nAuto-Submitted: auto-replied\n\nAway.\n",
    )
    assert json.loads(running("bounces", name, "--json").stdout) == {
        "failed": 0,
        "known": 0,
        "strange": 2,
        "delayed": 1,
        "other": 2,
    }
    assert failed() == 0


def test_broken_and_hostile_reports_are_other_mail(running, sent):
    name = box(
        running,
        b"Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n\xff\n",
        "Content-Type: message/delivery-status\n\n",
        "Content-Type: multipart/report; boundary=nowhere\n\nnothing\n",
        report(sent[0]).replace("Status: 5.1.1", "Status: "),
        report(sent[1]).replace("Message-ID: <", "Message-ID: <<"),
    )
    found = json.loads(running("bounces", name, "--json").stdout)
    assert found == {"failed": 1, "known": 0, "strange": 1, "delayed": 0, "other": 3}


def test_a_maildir_is_read_too(running, sent):
    made = mailbox.Maildir(running.folder / "returned", create=True)
    made.add(report(sent[0]))
    assert json.loads(running("bounces", "returned", "--json").stdout)["failed"] == 1
    assert len(made) == 1, "the mail stays where it is"


@pytest.mark.parametrize(("name", "content"), [("nowhere.mbox", None), ("notes.txt", "hello\n")])
def test_what_is_no_mailbox_is_refused(running, name, content):
    if content is not None:
        running.file(name, content)
    assert "mailbox" in running.refused("bounces", name).replace("no mbox file", "mailbox")
    assert running("bounces", running.file("empty.mbox", "")).exit_code == 0
