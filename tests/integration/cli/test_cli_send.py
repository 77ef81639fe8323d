"""`amends send`: one message and one invitation per person over real SMTP, whatever happens in between."""

import json
import logging
import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text, update

from amends.cli.opening import open_lab
from amends.store.tables import Base, Mail, table
from tests.integration.cli.conftest import DEFINITION
from tests.integration.mail_server import PASSWORD, USER, make_certificate, serving

SILENT = DEFINITION.replace('    notice="Hello {first_name}, your parcel is late.",\n', "")
PEOPLE = 6
FROM = ("--from", "Parcel desk <desk@example.com>")
SUBJECT = ("--subject", "Your parcel, {first_name}")
QUICK = ("--per-minute", "100000", "--attempts", "1")


def command(server, *more, key="late_parcel", subject=SUBJECT):
    """The command that sends."""
    return [*dry(server, *more, key=key, subject=subject), "--yes"]


def dry(server, *more, key="late_parcel", subject=SUBJECT):
    """The command that only says what is due."""
    address = server if isinstance(server, str) else server.url
    return ["send", key, "customers.csv", "--smtp", address, *FROM, *subject, *QUICK, *more]


def listed(desk, n=PEOPLE, name="customers.csv", **cells):
    columns = {
        "unit_id": "C-{}",
        "email": "c{}@example.com",
        "first_name": "Sari",
        "delay_hours": "30",
        **cells,
    }
    rows = [",".join(columns), *(",".join(cell.format(i) for cell in columns.values()) for i in range(n))]
    return desk.file(name, "\n".join(rows) + "\n")


@pytest.fixture
def post():
    with serving() as made:
        yield made


@pytest.fixture
def send(running, post):
    return lambda *words, code=0: running(*command(post, *words), code=code)


def claimed_long_ago(desk):
    mail = table(Mail)
    then = datetime.now(UTC) - timedelta(minutes=11)
    desk.run(update(mail).where(mail.c.state == "sending").values(at=then))


def counts(result):
    return json.loads(result.stdout)["letters"]


def test_everybody_gets_one_message_and_one_invitation_however_often_it_is_run(running, send, post):
    listed(running)
    first = counts(send("--json"))
    assert first == {"message": {"sent": PEOPLE}, "invitation": {"sent": PEOPLE}}
    again = counts(send("--json"))
    assert again == {"message": {"sent before": PEOPLE}, "invitation": {"sent before": PEOPLE}}
    assert len(post.accepted) == 2 * PEOPLE
    assert post.most() == 1


def test_the_arms_differ_by_their_sentence_alone(running, send, post):
    listed(running, 14)
    send()
    with open_lab() as lab:
        experiment = lab.experiment("late_parcel")
        assert lab.tally("late_parcel")["sorry"].sent == lab.tally("late_parcel")["sorry"].assigned > 0
        sentences = {arm.name: arm.text.get("en") if arm.text else "" for arm in experiment.arms}
    seen = set()
    for i in range(14):
        message, invitation = post.letters(f"c{i}@example.com")
        arm = experiment.arm_of(f"C-{i}")
        seen.add(arm)
        expected = f"Hello Sari, your parcel is late. {sentences[arm]}".strip()
        assert message.get_content().strip() == expected
        asked = re.sub(r"/s/\S+", "/s/…", invitation.get_content().strip())
        assert asked.endswith("Please fill in this short survey: http://127.0.0.1:8501/s/…")
        headers = {name: value for name, value in message.items() if name not in ("To", "Message-ID", "Date")}
        assert headers == {
            "From": "Parcel desk <desk@example.com>",
            "Subject": "Your parcel, Sari",
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "OOF, AutoReply",
            "MIME-Version": "1.0",
            "Content-Type": 'text/plain; charset="utf-8"',
            "Content-Transfer-Encoding": "quoted-printable",
            "Content-Language": "en",
        }
        assert invitation["Subject"] == "A short survey"
    assert seen == {"thank_you", "sorry", "silence"}
    ids = [letter["Message-ID"] for _, letter in post.accepted]
    assert len(set(ids)) == 28
    assert all(re.fullmatch(r"<[0-9a-f]{32}@example\.com>", name) for name in ids)


def test_without_yes_nothing_is_sent_nobody_assigned_and_it_says_who_would_be(running, send, post):
    listed(running)
    said = running(*dry(post)).stdout
    assert "due now" in said
    assert "Nothing was sent and nobody was assigned. Add --yes" in said
    assert post.accepted == []
    assert running.rows("assignment") == running.rows("mail") == 0
    send()
    assert counts(running(*dry(post, "--json"))) == {
        "message": {"sent before": PEOPLE},
        "invitation": {"sent before": PEOPLE},
    }


def test_silence_without_a_notice_gets_no_message_and_the_same_invitation(desk, post):
    desk.define("late_parcel", SILENT)
    desk("start", "late_parcel", "--yes")
    listed(desk, 10)
    words = command(post, subject=("--subject", "Late"))
    found = counts(desk(*words, "--json"))
    with open_lab() as lab:
        silent = lab.tally("late_parcel")["silence"]
        withheld = {
            cell["arm"]: cell["withheld"] for cell in lab.store.cells("late_parcel") if cell["withheld"]
        }
        assert withheld == {"silence": silent.assigned} == {"silence": found["message"]["withheld"]}
        assert lab.tally("late_parcel")["thank_you"].sent == lab.tally("late_parcel")["thank_you"].assigned
        assert lab.store.verify() == []
    assert found["invitation"] == {"sent": 10}
    desk(*words)
    assert post.most() == 1
    assert len(post.accepted) == 20 - silent.assigned


def test_whoever_is_not_enrolled_gets_the_usual_message_once_and_stays_out(running, send, post):
    listed(running, 5, delay_hours="3")
    found = counts(send("--json"))
    assert found == {"message": {"sent": 5}}
    assert [letter.get_content().strip() for _, letter in post.accepted] == [
        "Hello Sari, your parcel is late."
    ] * 5
    listed(running, 5, delay_hours="40")
    assert counts(send("--json")) == {"message": {"sent before": 5}}
    assert running.rows("assignment") == 0


@pytest.fixture
def invited_later(desk):
    """The experiment with an invitation two hours after the message; the function lets the time pass."""
    later = DEFINITION.replace("    arms=[", "    invitation=invite(after=timedelta(hours=2)),\n    arms=[")
    later = later.replace("import Experiment,", "import invite, Experiment,")
    desk.define(
        "late_parcel", later.replace("from amends", "from datetime import timedelta\n\nfrom amends", 1)
    )
    desk("start", "late_parcel", "--yes")

    def pass_by():
        desk.run(text("UPDATE assignment SET invite_at = assigned_at"))

    return pass_by


def test_an_invitation_waits_for_its_time_and_a_later_run_sends_it(desk, post, invited_later):
    listed(desk)
    assert counts(desk(*command(post, "--json")))["invitation"] == {"later": PEOPLE}
    invited_later()
    again = counts(desk(*command(post, "--json")))
    assert again == {"message": {"sent before": PEOPLE}, "invitation": {"sent": PEOPLE}}
    assert post.most() == 1


def test_whoever_opts_out_after_the_message_is_not_invited(desk, post, invited_later):
    listed(desk, 3)
    desk(*command(post))
    desk("optout", "C-2")
    invited_later()
    assert counts(desk(*command(post, "--json")))["invitation"] == {"sent": 2, "opted out": 1}
    assert [letter["Subject"] for letter in post.letters("c2@example.com")] == ["Your parcel, Sari"]


def test_a_dead_address_is_a_failed_delivery_and_gets_no_invitation(running, send, post):
    listed(running)
    post.at_rcpt["c3@example.com"] = ["550 5.1.1 c3@example.com does not live here"]
    assert counts(send("--json")) == {
        "message": {"sent": PEOPLE - 1, "failed": 1},
        "invitation": {"sent": PEOPLE - 1},
    }
    with open_lab() as lab:
        assert sum(arm.failed for arm in lab.tally("late_parcel").arms) == 1
    [(detail,)] = running.run(text("SELECT detail FROM delivery WHERE status = 'failed'"))
    assert detail == "RCPT 550 5.1.1"
    assert counts(send("--json"))["message"] == {"failed before": 1, "sent before": PEOPLE - 1}
    assert post.letters("c3@example.com") == []


def test_words_that_are_refused_still_leave_the_invitation_which_is_the_same_in_every_arm(
    running, send, post
):
    listed(running)
    post.at_data["c3@example.com"] = ["554 5.7.1 we do not like these words"]
    found = counts(send("--json"))
    assert found == {"message": {"sent": PEOPLE - 1, "failed": 1}, "invitation": {"sent": PEOPLE}}


def test_what_a_server_puts_off_is_tried_again_in_the_run_and_else_in_the_next(running, send, post):
    listed(running, 3)
    post.at_rcpt["c1@example.com"] = ["451 4.7.1 later, please"]
    found = send("--json")
    assert counts(found) == {"message": {"sent": 2, "put off": 1}, "invitation": {"sent": 2}}
    assert counts(send("--json")) == {
        "message": {"sent": 1, "sent before": 2},
        "invitation": {"sent": 1, "sent before": 2},
    }
    post.at_rcpt["c9@example.com"] = ["451 4.7.1 later, please"]
    running.file("customers.csv", "unit_id,email,first_name,delay_hours\nC-9,c9@example.com,Sari,30\n")
    found = send("--attempts", "2", "--json")
    assert counts(found) == {"message": {"sent": 1}, "invitation": {"sent": 1}}
    assert post.most() == 1


def test_a_letter_without_an_answer_is_not_sent_again_but_listed_for_a_decision(running, send, post):
    listed(running, 4)
    post.at_data["c2@example.com"] = ["lost"]
    result = send("--json")
    assert counts(result)["message"] == {"sent": 3, "unclear": 1}
    assert [(left["unit"], left["letter"]) for left in json.loads(result.stdout)["unclear"]] == [
        ("C-2", "message")
    ]
    shown = send()
    assert "unclear: the message to C-2" in shown.stderr
    assert len(post.letters("c2@example.com")) == 1
    # Young ones may be in the hand of another run, so nobody decides on them yet.
    assert "0 unclear letters" in send("--unclear", "again").stderr
    claimed_long_ago(running)
    assert "1 unclear letters are taken as sent" in send("--unclear", "sent").stderr
    assert [letter["Subject"] for letter in post.letters("c2@example.com")] == [
        "Your parcel, Sari",
        "A short survey",
    ]
    with open_lab() as lab:
        assert sum(arm.sent for arm in lab.tally("late_parcel").arms) == 4


def test_a_letter_that_did_not_go_out_can_be_sent_again_by_hand_under_the_same_id(running, send, post):
    listed(running, 1)
    post.at_data["c0@example.com"] = ["lost"]
    send()
    claimed_long_ago(running)
    send("--unclear", "again")
    first, second, invitation = post.letters("c0@example.com")
    assert first["Message-ID"] == second["Message-ID"] != invitation["Message-ID"]


def test_addresses_are_neither_stored_nor_logged_nor_shown(running, send, post, caplog):
    listed(running)
    post.at_rcpt["c3@example.com"] = ["550 5.1.1 c3@example.com does not live here"]
    post.at_data["c4@example.com"] = ["lost"]
    with caplog.at_level(logging.DEBUG):
        result = send()
        again = send("--json")
    # Without the test server's own log.
    logged = [record.getMessage() for record in caplog.records if record.name != "mail.log"]
    shown = "".join((result.stdout, result.stderr, again.stdout, again.stderr, *logged))
    assert "@example.com" not in shown
    tables = Base.metadata.sorted_tables
    stored = "".join(str(row) for one in tables for row in running.run(select(one)))
    assert "@example.com>" in stored, "ids of letters end like that"
    address = re.compile(r"\bc\d+@example\.com")
    assert address.findall("x c3@example.com"), "an address would be found"
    assert address.findall(stored) == []
    for file in running.folder.glob("amends.db*"):
        assert address.findall(file.read_bytes().decode("latin-1")) == []


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("email", '"c@example.com\nBcc: all@example.com"', "email: has a line break"),
        ("email", "nobody", "email: is no e-mail address"),
        ("email", "", "email: is blank"),
        ("email", "Sari <c@example.com>", "email: has a part before the @"),
        ("email", "sarí@example.com", "email: has a part before the @"),
        ("email", "c@example", "email: has a part after the @"),
        ("email", "C0@EXAMPLE.com", "stands on line 2 too, under another id"),
        ("first_name", '"Sari\r\nBcc: all@example.com"', "subject would hold a line break"),
        ("first_name", "", "first_name is blank"),
        ("delay_hours", "soon", "'soon' is not a number"),
    ],
)
def test_one_bad_row_refuses_the_whole_list_before_anybody_is_assigned(
    running, send, post, column, cell, said
):
    good = {"unit_id": "C-0", "email": "c0@example.com", "first_name": "Sari", "delay_hours": "30"}
    bad = {
        "unit_id": "C-1",
        "email": "c1@example.com",
        "first_name": "Budi",
        "delay_hours": "30",
        column: cell,
    }
    lines = [",".join(row) for row in (good, good.values(), bad.values())]
    running.file("customers.csv", "\n".join(lines) + "\n")
    refused = send(code=2)
    assert "line 3" in refused.stderr
    assert said in refused.stderr
    assert "nothing was stored" in refused.stderr
    assert "all@example.com" not in refused.stderr
    assert post.accepted == []
    assert running.rows("assignment") == running.rows("mail") == 0


def test_subjects_are_per_language_and_every_language_needs_one(running, post, desk):
    both = DEFINITION.replace(
        'notice="Hello {first_name}, your parcel is late."',
        'notice=text(en="{first_name}, late.", id="{first_name}, terlambat.")',
    )
    both = both.replace(
        'thank_you("Thank you for waiting.")', 'thank_you(en="Thank you.", id="Terima kasih.")'
    )
    both = both.replace('sorry("We are sorry about it.")', 'sorry(en="Sorry.", id="Maaf.")').replace(
        "sorry, thank_you", "sorry, text, thank_you"
    )
    desk.define("two", both)
    desk("start", "two", "--yes")
    desk.file(
        "customers.csv",
        "unit_id,email,first_name,delay_hours,locale\nC-1,c1@example.com,Sari,30,id\nC-2,c2@example.com,Ann,30,en_GB\n",
    )
    words = command(post, key="two", subject=("--subject", "en=Late"))
    assert "the message has no subject in 'id'" in desk.refused(*words)
    desk(*words, "--subject", "id=Terlambat, {first_name} — maaf")
    assert [letter["Subject"] for letter in post.letters("c1@example.com")] == [
        "Terlambat, Sari — maaf",
        "Survei singkat",
    ]
    assert [letter["Subject"] for letter in post.letters("c2@example.com")] == ["Late", "A short survey"]
    assert post.letters("c1@example.com")[0]["Content-Language"] == "id"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--smtp", "smtp://desk:secret@127.0.0.1"], "holds a password"),
        (["--smtp", "ftp://127.0.0.1"], "is no address of a mail server"),
        (["--smtp", "smtp://desk@mail.example.com?tls=none"], "unencrypted"),
        (["--smtp", "smtp://desk@127.0.0.1"], "set AMENDS_SMTP_PASSWORD"),
        (["--from", "Desk"], "--from 'Desk': the address"),
        (["--subject", "{first_nam}"], "Did you mean 'first_name'"),
        (["--unsubscribe", "stop"], "--unsubscribe 'stop'"),
        (["--unclear", "maybe"], "list, sent or again"),
        (["--reminders"], "declares no reminder"),
    ],
)
def test_wrong_options_are_refused_with_the_remedy(running, post, words, said):
    listed(running)
    subject = () if words[0] == "--subject" else SUBJECT
    shown = running.refused(*command(post, *words, subject=subject))
    assert said in shown
    assert "secret" not in shown.replace("amends.db.secret", "")
    assert post.accepted == []


def test_a_draft_is_not_sent(desk, post):
    listed(desk)
    words = command(post)
    assert "amends start late_parcel" in desk.refused(*words)


@pytest.mark.parametrize("implicit", [False, True])
def test_letters_and_password_go_encrypted_to_a_server_whose_certificate_is_trusted(
    running, tmp_path, monkeypatch, implicit
):
    listed(running, 2)
    certificate = make_certificate(tmp_path / "server.pem")
    monkeypatch.setenv("AMENDS_SMTP_PASSWORD", PASSWORD)
    with serving(certificate=certificate, implicit=implicit, login=True) as post:
        place = f"{USER}@127.0.0.1:{post.port}"
        address = f"smtps://{place}" if implicit else f"smtp://{place}?tls=starttls"
        words = command(address)
        refused = running(*words, code=2).stderr
        assert "is not trusted" in refused
        assert post.accepted == []
        assert running.rows("mail") == 0, "nobody is claimed for a server that we do not speak to"
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        monkeypatch.setenv("AMENDS_SMTP_PASSWORD", "a wrong one")
        refused = running(*words, code=2).stderr
        assert "does not let 'desk' in (code 535)" in refused
        assert "a wrong one" not in refused
        monkeypatch.setenv("AMENDS_SMTP_PASSWORD", PASSWORD)
        running(*words)
        assert len(post.accepted) == 4
        assert post.encrypted == [True] * 4
        assert post.logged_in == [USER] * 4


def test_a_server_without_starttls_is_not_spoken_to_in_the_clear(running, post):
    listed(running, 2)
    address = f"{post.url}?tls=starttls"
    words = command(address)
    assert "offers no STARTTLS" in running(*words, code=2).stderr
    assert running.rows("mail") == 0


def test_a_server_that_is_away_or_takes_nothing_from_us_leaves_everybody_for_the_next_run(
    running, send, post
):
    listed(running)
    post.at_mail = ["550 5.7.1 we do not know you"]
    refused = send(code=2)
    assert "takes nothing from desk@example.com (MAIL 550 5.7.1)" in refused.stderr
    assert "run the same command again" in refused.stderr
    away = running(*command("smtp://127.0.0.1:9"), code=2).stderr
    assert "127.0.0.1:9 cannot be reached" in away
    assert counts(send("--json")) == {"message": {"sent": PEOPLE}, "invitation": {"sent": PEOPLE}}


def test_in_quiet_hours_nobody_is_written_to_and_nobody_is_lost(desk, post):
    quiet = DEFINITION.replace("delayed_by(hours=24)", "delayed_by(hours=24, quiet_hours=(FROM, TO))")
    hour = datetime.now(UTC).hour
    desk.define("night", quiet.replace("FROM", str(hour)).replace("TO", str((hour + 2) % 24)))
    desk("start", "night", "--yes")
    listed(desk, 3)
    words = command(post, "--json", key="night")
    assert "timezone" in desk.refused(*words)
    assert counts(desk(*words, "--timezone", "UTC")) == {"message": {"quiet hours": 3}}
    assert post.accepted == []
    there = "Etc/GMT-12"  # the same moment twelve hours later on the clock
    assert counts(desk(*words, "--timezone", there)) == {"message": {"sent": 3}, "invitation": {"sent": 3}}


def test_one_opts_out_by_the_letters_own_header(running, send, post):
    listed(running, 1)
    send("--unsubscribe", "stop@example.com", "--reply-to", "help@example.com")
    for letter in post.letters("c0@example.com"):
        assert letter["List-Unsubscribe"] == "<mailto:stop@example.com>"
        assert letter["Reply-To"] == "help@example.com"
