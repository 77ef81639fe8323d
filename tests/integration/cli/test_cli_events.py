"""`amends events`: a service desk's export goes in whole or not at all, and those late now come out."""

import csv
import json
from datetime import UTC, datetime, timedelta

import pytest

HEADER = "incident,received_at,answered_at,channel,customer,agent,mailbox,timezone"
GOOD = (
    f"{HEADER}\n"
    "T-1,2026-03-02T09:00:00+07:00,2026-03-02T09:40:00+07:00,email,C-1,anna,help,Asia/Jakarta\n"
    "T-2,2026-03-02T10:00:00+07:00,,email,C-2,,help,\n"
)


def report(desk, *words):
    return json.loads(desk("events", "report", "--json", *words).stdout)


def late_parcels(desk):
    """Three parcels: 30 hours late, 3 hours late, and arrived."""
    now = datetime.now(UTC)
    lines = [
        f"P-1,{(now - timedelta(hours=30)).isoformat()},",
        f"P-2,{(now - timedelta(hours=3)).isoformat()},",
        f"=P-3,{(now - timedelta(hours=90)).isoformat()},",
        f"P-4,{(now - timedelta(hours=30)).isoformat()},{(now - timedelta(hours=1)).isoformat()}",
    ]
    desk.file("parcels.csv", "incident,promised_at,arrived_at\n" + "\n".join(lines) + "\n")
    desk("events", "import", "parcels.csv", "--channel", "parcel")


def test_a_file_is_taken_in_once_however_often_it_is_imported(desk):
    desk.file("tickets.csv", GOOD)
    assert "2 incidents are new" in desk("events", "import", "tickets.csv").stdout
    once = report(desk)
    again = json.loads(desk("events", "import", "tickets.csv", "--json").stdout)
    assert again == {"rows": 2, "new": 0, "ignored": []}
    assert report(desk)["groups"][0]["answered"] == once["groups"][0]["answered"] == 1
    assert desk.rows("service_event") == 2


def test_columns_of_any_name_are_mapped(desk):
    desk.file(
        "desk.csv", "Ticket;Created;First reply;Topic\nT-1;2026-03-02T09:00:00Z;2026-03-02T09:40:00Z;x\n"
    )
    words = ["--column", "incident=Ticket", "--column", "received_at=Created", "--channel", "Email"]
    done = desk("events", "import", "desk.csv", *words, "--column", "answered_at=First reply")
    assert "say nothing about an event: Topic" in done.stderr
    assert report(desk)["groups"][-1]["channel"] == "email"


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (
            "T-3,2026-03-02 09:00,,email,,,,",
            "line 4: received_at: '2026-03-02 09:00' is not a time with its zone",
        ),
        ("T-3,2026-03-02T09:00:00Z,2026-03-02T08:00:00Z,email,,,,", "line 4: answered_at=2026-03-02T08:00"),
        (",2026-03-02T09:00:00Z,,email,,,,", "line 4: incident is blank"),
        ("T-3,,,email,,,,", "line 4: event 'T-3' has no time"),
        ("T-3,2026-03-02T09:00:00Z,,email,,,,Jakarta", "line 4: timezone='Jakarta' is unknown"),
        ("T-3,2026-03-02T09:00:00Z,,email,,,", "line 4: 7 cells, the header has 8"),
        ("T-3,1066-03-02T09:00:00Z,,email,,,,", "line 4: received_at=1066"),
        (f"T-3,2026-03-02T09:00:00Z,,{'e' * 300},,,,", "line 4: channel="),
    ],
)
def test_one_bad_row_keeps_the_whole_file_out_and_is_named_by_its_line(desk, bad, said):
    desk.file("tickets.csv", GOOD + bad + "\n")
    assert said in desk.refused("events", "import", "tickets.csv")
    desk.file("tickets.csv", GOOD)
    assert json.loads(desk("events", "import", "tickets.csv", "--json").stdout)["new"] == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["import", "nowhere.csv"], "nowhere.csv does not exist"),
        (["import", "tickets.csv", "--column", "incident=Ticket"], "no column 'Ticket'"),
        (["import", "tickets.csv", "--column", "recieved_at=x"], "Did you mean 'received_at'?"),
        (["import", "tickets.csv", "--column", "received_at"], "is not NAME=VALUE"),
        (["import", "empty.csv"], "has a header but no rows"),
        (["import", "latin.csv"], "is not UTF-8"),
        (["report", "--timezone", "Jakarta"], "pass an IANA name"),
        (["report", "--locale", "fr"], "--locale fr"),
        (["report", "--agents", "nowhere.txt"], "cannot be read as a text file"),
        (["late", "--by", "soon"], "write 30s, 10m, 2h"),
        (["late", "--ids", "tickets.csv"], "--ids and --out go together"),
        (["late", "--ids", "tickets.csv", "--out", "tickets.csv"], "is the list itself"),
        (["late", "--ids", "tickets.csv", "--out", "no/where.csv"], "is not a file in an existing folder"),
        (["late", "--ids", "tickets.csv", "--out", "late.csv", "--incident", "id"], "no column 'id'"),
        (["targets", "--set", "email=soon"], "--set email: 'soon' is not a length of time"),
        (["targets", "--set", "email=9999d"], "between one second and a year"),
        (["targets", "--set", "email=2h", "--reset", "email"], "contradict each other"),
    ],
)
def test_bad_input_is_refused_with_its_rule_and_remedy(desk, words, said):
    desk.file("tickets.csv", GOOD)
    desk.file("empty.csv", f"{HEADER}\n")
    desk.file("latin.csv", f"{HEADER}\nT-1,\xe9\n".encode("latin-1"))
    assert said in desk.refused("events", *words)
    assert not (desk.folder / "late.csv").exists()


def test_the_report_prints_both_languages_and_one_json_document(desk):
    desk.file("tickets.csv", GOOD)
    desk("events", "import", "tickets.csv")
    assert "half are answered within 40 min" not in desk("events", "report").stdout  # one still waits
    assert "masih menunggu" in desk("events", "report", "--locale", "id").stdout
    document = report(desk, "--timezone", "Asia/Jakarta")
    assert document["incidents"] == 2
    assert document["targets"][1]["published"][0]["seconds"] == 36 * 3600


def test_agents_are_named_from_a_list_of_ids(desk):
    rows = "".join(f"T-{n},2026-03-02T09:00:00Z,2026-03-02T09:30:00Z,email,,anna,,\n" for n in range(30))
    desk.file("tickets.csv", f"{HEADER}\n{rows}")
    desk.file("agents.txt", "anna\nbudi\n")
    desk("events", "import", "tickets.csv")
    assert "anna" not in desk("events", "report").stdout
    assert "anna" in desk("events", "report", "--agents", "agents.txt").stdout


def test_those_of_a_list_who_are_late_are_written_and_can_be_assigned(running):
    late_parcels(running)
    running.file(
        "customers.csv",
        "unit_id,incident,first_name,delay_hours\nC-1,P-1,Sari,1\n-C 2,P-2,Budi,1\n=C-3,=P-3,Rina,1\n"
        "C-4,P-4,Ayu,1\nC-9,P-9,Nia,1\n",
    )
    done = running("events", "late", "--by", "24h", "--ids", "customers.csv", "--out", "late.csv")
    assert "2 of 5 are late now" in done.stdout
    assert "1 incident of the list is not in the log" in done.stderr
    written = list(csv.DictReader((running.folder / "late.csv").open(encoding="utf-8")))
    assert [row["unit_id"] for row in written] == ["C-1", "=C-3"]
    assert list(written[0]) == ["unit_id", "incident", "first_name", "promised_at"]

    running("assign", "late_parcel", "late.csv", "--out", "send.csv")
    running("assign", "late_parcel", "late.csv", "--out", "send.csv")
    assert running.rows("assignment") == 2


def test_who_is_late_now_is_counted_by_channel(desk):
    late_parcels(desk)
    document = json.loads(desk("events", "late", "--by", "24h", "--json").stdout)
    assert [(line["channel"], line["n"], line["overdue"]) for line in document["waiting"]] == [
        ("all", 3, 2),
        ("parcel", 3, 2),
    ]
    assert "Nobody is waiting now." in desk("events", "late", "--channel", "chat").stdout
    assert "Saat ini tidak ada" in desk("events", "late", "--channel", "chat", "--locale", "id").stdout


def test_a_target_is_set_shown_and_reset(desk):
    assert "2 h" in desk("events", "targets", "--set", "email=2h", "--set", "WhatsApp=10m").stdout
    found = json.loads(desk("events", "targets", "--reset", "email", "--json").stdout)["targets"]
    assert {line["channel"]: (line["seconds"], line["default"]) for line in found} == {
        "chat": (30, True),
        "email": (3600, True),
        "social": (3600, True),
        "whatsapp": (600, False),
    }


def test_an_erased_customer_is_gone_from_the_log_and_the_figures_stay(desk):
    desk.file("tickets.csv", GOOD)
    desk("events", "import", "tickets.csv")
    before = report(desk)["groups"]
    desk("erase", "C-1", "--yes")
    assert report(desk)["groups"] == before
    assert json.loads(desk("events", "import", "tickets.csv", "--json").stdout)["new"] == 1  # T-1 is unknown
