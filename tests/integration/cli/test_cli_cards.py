"""`amends cards` and `amends hand-out`, as typed."""

import json
import re

import pytest

DEFINITION = '''"""Food is late: thank or apologise?"""

from amends import Experiment, Proportion, blocked, delayed_by, sorry, thank_you

experiment = Experiment(
    owner="restaurants",
    eligible=delayed_by(minutes=30),
    sender="human",
    randomize=blocked(by=("site",)),
    arms=[thank_you("Thank you for waiting."), sorry("We are sorry about it.")],
    metrics=[Proportion("completed", baseline=0.4, detect=0.05)],
)
'''


@pytest.fixture
def table(desk):
    desk.define("restaurant_wait", DEFINITION)
    desk("start", "restaurant_wait", "--yes")
    return desk


@pytest.mark.parametrize("out", ["cards.pdf", "cards.html", "cards.svg"])
def test_cards_are_printed_handed_out_and_counted(table, out):
    printed = table(
        "cards", "restaurant_wait", "--n", "12", "--stratum", "site=Bandung", "--out", out, "--locale", "id"
    )
    assert "cards 1 to 12" in printed.stdout
    assert "AMENDS_PUBLIC_URL" in printed.stderr
    paper = (table.folder / out).read_bytes().decode("latin-1")
    codes = sorted(set(re.findall(r"\b\d+-[A-Z2-7]{8}\b", paper)))
    assert len(codes) == 12
    assert "thank" not in paper.lower()
    assert "sorry" not in paper.lower()

    said = table("hand-out", "restaurant_wait", codes[0], "--delay-minutes", "40")
    assert said.stdout.strip() in ("Thank you for waiting.", "We are sorry about it.")
    again = table("hand-out", "restaurant_wait", codes[0], "--delay-minutes", "40")
    assert again.stdout == said.stdout
    assert "handed out before" in again.stderr

    counted = json.loads(table("cards", "restaurant_wait", "--status", "--json").stdout)
    assert counted == [{"stratum": "Bandung", "printed": 12, "handed_out": 1}]
    assert "Bandung" in table("cards", "restaurant_wait", "--status").stdout


def test_what_cannot_be_printed_or_handed_out_is_refused(table):
    table.file("there.pdf", "")
    for words, told in (
        (("--n", "5"), "--out"),
        (("--n", "5", "--out", "cards.docx"), ".pdf"),
        (("--n", "5", "--out", "there.pdf"), "new file"),
        (("--n", "5", "--out", "c.pdf", "--stratum", "site"), "name=value"),
        (("--n", "5", "--out", "c.pdf", "--locale", "fr"), "Indonesian"),
        (("--n", "5", "--out", "c.pdf"), "stratum site"),
    ):
        assert told in table.refused("cards", "restaurant_wait", *words)
    assert "was not printed" in table.refused("hand-out", "restaurant_wait", "1-AAAAAAAA")
    assert not (table.folder / "c.pdf").exists()


def test_cards_of_one_party_share_its_arm(desk):
    desk.define(
        "restaurant_wait",
        DEFINITION.replace('sender="human",', 'sender="human", cluster=Cluster("party"),')
        .replace('by=("site",)', "")
        .replace("import Experiment", "import Cluster, Experiment"),
    )
    desk("start", "restaurant_wait", "--yes")
    desk("cards", "restaurant_wait", "--n", "4", "--out", "cards.svg")
    codes = sorted(set(re.findall(r"\b\d+-[A-Z2-7]{8}\b", (desk.folder / "cards.svg").read_text())))

    party = ("--cluster", "table 4", "--delay-minutes", "40", "--json")
    given = [json.loads(desk("hand-out", "restaurant_wait", code, *party).stdout) for code in codes]

    assert len({answer["arm"] for answer in given}) == 1
    assert len({answer["assignment_id"] for answer in given}) == 4
    assert "party" in desk("hand-out", "restaurant_wait", codes[0], "--delay-minutes", "40", code=2).stderr
