"""`amends pool`: finished experiments together, in words, as a page, as one JSON document."""

import json

import pytest


def rows(completed, of, other, other_of):
    arms = (("thank_you", completed, of), ("sorry", other, other_of), ("silence", 10, 40))
    lines = [f"{arm},{int(place < done)}" for arm, done, n in arms for place in range(n)]
    return "arm,done\n" + "\n".join(lines) + "\n"


@pytest.fixture
def two_finished(desk):
    """Two imported experiments beside the draft `late_parcel`."""
    for key, counts in (("first", (51, 56, 40, 51)), ("second", (88, 110, 80, 109))):
        desk.define(key)
        desk("import", key, desk.file(f"{key}.csv", rows(*counts)), "--arm", "arm", "--completed", "done")
    return desk


def test_finished_experiments_are_pooled_in_words(two_finished):
    shown = two_finished("pool").stdout
    assert "Across 2 experiments" in shown
    assert "too few to say what a new one may show" in shown
    assert "late_parcel: it has not started" in shown


def test_published_comparisons_are_added_where_asked_for(two_finished):
    found = json.loads(two_finished("pool", "--published", "--measure", "or", "--json").stdout)
    assert [row["name"] for row in found["rows"]] == ["first", "second", "frederick2009", "broockman2013"]
    assert (found["k"], found["measure"], found["scale"]) == (4, "or", "log")
    assert found["pooled"]["prediction"]["low"] < found["pooled"]["value"]


def test_the_pair_is_taken_in_the_order_in_which_it_is_asked(two_finished):
    there, back = (
        json.loads(two_finished("pool", "--pair", pair, "--json").stdout)["pooled"]["value"]
        for pair in ("thank_you,sorry", "sorry,thank_you")
    )
    assert there == pytest.approx(-back)


def test_the_page_and_the_markdown_are_written(two_finished):
    told = two_finished("pool", "--html", "pooled.html", "--markdown", "pooled.md")
    assert told.stdout == ""
    assert 'class="diamond"' in (two_finished.folder / "pooled.html").read_text(encoding="utf-8")
    assert "| first |" in (two_finished.folder / "pooled.md").read_text(encoding="utf-8")


def test_it_speaks_indonesian_where_asked_to(two_finished):
    assert "Dari 2 eksperimen" in two_finished("pool", "--locale", "id").stdout


def test_nothing_finished_is_said_and_no_error(desk):
    assert "there is nothing to pool" in desk("pool").stdout
    document = json.loads(desk("pool", "--json").stdout)
    assert document["pooled"] == {"not_enough": "there are no experiments to pool"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("pool", "nowhere"), "Known experiments: late_parcel"),
        (("pool", "--pair", "thank_you"), "two arms with a comma"),
        (("pool", "--pair", "thank_you,voucher"), "Known arms: silence, sorry, thank_you"),
        (("pool", "--metric", "joy"), "Known metrics: completed, satisfaction"),
        (("pool", "--measure", "hr"), "Choose one of: rd, rr, or, md, g"),
        (("pool", "--locale", "fr"), "en (English) or id (Indonesian)"),
        (("pool", "--metric", "satisfaction", "--measure", "rr"), "Allowed: md, g"),
    ],
)
def test_bad_input_is_refused_with_what_is_allowed(desk, words, said):
    assert said in desk.refused(*words)
