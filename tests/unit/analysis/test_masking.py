"""Letters for arms: the figures stay, and nothing in any form tells which arm is which."""

import re
from dataclasses import fields, replace

import pytest

from amends import Mean, Proportion, silence, sorry, thank_you
from amends.analysis.cell_splits import Cell
from amends.analysis.checks.row_counts import RowCounts
from amends.analysis.masking import MASKED, Mask, mask_of
from amends.analysis.split import check_split
from amends.analysis.units import unit_frame

ARMS = ["thank_you", "sorry", "silence"]
MASK = Mask({"thank_you": "C", "sorry": "A", "silence": "B"})
# A whole number of messages, however its thousands are marked.
SENT = r"(?<![\d.])70[,.]?(003|001|211|012|207|013)(?!\d)"


@pytest.fixture
def three(two_arms):
    def make(**parts):
        arms = [thank_you("Thank you for waiting."), sorry("We are sorry for it."), silence()]
        return two_arms(question=None, masked=True, arms=arms, **parts)

    return make


@pytest.fixture
def counted(arm, tally_of):
    return tally_of(
        arm("thank_you", 150, 210, {4: 40, 6: 60, 7: 50}, sent=70_211, delivered=199, failed=70_012),
        arm("sorry", 120, 205, {3: 40, 5: 60, 7: 20}, sent=70_207, delivered=195, failed=70_013),
        arm("silence", 90, 209, {2: 40, 5: 30, 6: 20}, sent=70_003, delivered=203, failed=70_001),
    )


def test_the_letters_of_an_experiment_are_the_same_at_every_look():
    one = mask_of(ARMS, key="late_parcel", secret="5eed")
    assert one == mask_of(ARMS[::-1], key="late_parcel", secret="5eed")
    assert sorted(one.letters.values()) == ["A", "B", "C"]


def test_the_letters_depend_on_the_secret_and_on_the_key():
    def order(key, secret):
        letters = mask_of(ARMS, key=key, secret=secret).letters
        return tuple(letters[arm] for arm in ARMS)

    of_secrets = {order("late", f"{n}") for n in range(100)}
    of_keys = {order(f"late_{n}", "5eed") for n in range(100)}
    assert len(of_secrets) == len(of_keys) == 6


def test_every_arm_gets_every_letter_equally_often():
    drawn = [mask_of(ARMS, key="late", secret=f"{n}").letters["silence"] for n in range(3_000)]
    assert all(abs(drawn.count(letter) - 1_000) < 130 for letter in "ABC")  # five standard deviations


def test_more_arms_than_letters_get_two_letters_each():
    letters = mask_of([f"arm_{n}" for n in range(28)], key="late", secret="5eed").letters
    assert sorted(letters.values())[:2] == ["AA", "AB"]
    assert len(set(letters.values())) == 28


@pytest.mark.parametrize("status", ["running", "paused"])
def test_no_form_of_a_masked_report_names_an_arm_or_says_what_was_sent(
    three, counted, report_of, every_form, status
):
    shown = every_form(report_of(three(), counted, status=status, masked=True, mask=MASK)).lower()
    for told in ("thank", "sorry", "silence", "terima kasih", "maaf", "tanpa pesan"):
        assert told not in shown
    assert not re.search(SENT, shown)


def test_the_search_would_find_what_an_unmasked_report_tells(three, counted, report_of, every_form):
    shown = every_form(report_of(three(), counted)).lower()
    for told in ("thank", "sorry", "silence", "tanpa pesan"):
        assert told in shown
    assert re.search(SENT, shown)
    assert "delivered" in report_of(three(), counted).to_text()
    assert "delivered" not in report_of(three(), counted, masked=True, mask=MASK).to_text()


def test_a_masked_report_has_the_same_figures_turned_where_the_letters_are(three, counted, report_of):
    plain = report_of(three(), counted)
    hidden = report_of(three(), counted, masked=True, mask=MASK)
    assert [item.key for item in hidden.contrasts[:3]] == [
        ("completed", "A", "B"),
        ("completed", "A", "C"),
        ("completed", "B", "C"),
    ]
    same, turned = hidden["completed", "A", "B"], hidden["completed", "A", "C"]
    for name in ("effect", "low", "high", "p_value", "p_adjusted"):
        assert getattr(same, name) == pytest.approx(getattr(plain["completed", "sorry", "silence"], name))
    other = plain["completed", "thank_you", "sorry"]
    assert turned.effect == pytest.approx(-other.effect)
    assert (turned.low, turned.high) == pytest.approx((-other.high, -other.low))
    assert turned.p_adjusted == pytest.approx(other.p_adjusted)
    assert hidden.verdict == plain.verdict


def test_silence_is_not_always_the_arm_that_others_are_compared_with(three, counted, report_of):
    hidden = report_of(three(), counted, masked=True, mask=MASK)
    assert [item.arm for item in hidden.contrasts if "B" in item.key[1:]].count("B") == 2


def test_what_was_sent_is_missing_with_its_reason(three, counted, report_of):
    report = report_of(three(), counted, masked=True, mask=MASK)
    document = report.to_dict()
    assert document["masked"] is True
    assert list(document["arms"]) == ["A", "B", "C"]
    assert document["arms"]["B"]["sent"] == {"not_enough": "masked until the stop"}
    assert document["arms"]["B"]["assigned"] == 209
    assert report.arms["A"].counts["failed"] == MASKED
    assert list(document["progress"]["planned"]) == ["A", "B", "C"]


def test_a_masked_report_says_that_it_is(three, counted, report_of):
    report = report_of(three(), counted, masked=True, mask=MASK)
    assert any(note.en.startswith("The arms are masked until the stop") for note in report.notes)
    assert not any("masked" in note.en for note in report_of(three(), counted, masked=True).notes)


def test_a_loss_of_messages_is_found_although_it_is_not_shown(three, arm, tally_of, report_of, every_form):
    lost = tally_of(
        arm("thank_you", 150, 400, delivered=390),
        arm("sorry", 120, 400, delivered=200),
        arm("silence", 90, 400, delivered=333),
    )
    report = report_of(three(), lost, masked=True, mask=MASK)
    assert report.verdict == "not trustworthy"
    assert "sorry" not in every_form(report).lower()


def test_a_stored_verdict_is_shown_between_letters_with_its_figures_turned(three, counted, report_of):
    made = report_of(three(), counted, status="stopped", masked=True).decisions
    assert made["completed", "thank_you", "silence"]["verdict"] == "difference"
    hidden = report_of(three(), counted, masked=True, mask=MASK, stored_verdicts=made)
    # thank_you is C and silence is B: the pair is turned, so B did worse than C.
    contrast = hidden["completed", "B", "C"]
    kept = made["completed", "thank_you", "silence"]
    assert contrast.verdict == "difference"
    assert contrast.decision["stored"]
    assert contrast.decision["effect"] == -kept["effect"]
    assert (contrast.decision["low"], contrast.decision["high"]) == (-kept["high"], -kept["low"])
    assert contrast.decision["n"] == tuple(kept["n"][::-1])
    assert contrast.decision["values"] == tuple(kept["values"][::-1])
    assert contrast.decision["always_valid"] == tuple(-end for end in kept["always_valid"][::-1])
    assert "“C” did better than “B”" in hidden.headline.en


def test_a_reason_that_names_an_arm_is_not_shown_with_a_stored_verdict():
    kept = {"verdict": "cannot tell", "effect": {"not_enough": "silence has no answers"}, "low": None}
    shown = MASK.verdicts({("satisfaction", "sorry", "silence"): kept})
    assert shown["satisfaction", "A", "B"]["effect"] == {"not_enough": "masked until the stop"}


def test_unit_rows_carry_letters_and_nothing_of_what_was_sent():
    rows = unit_frame(
        {
            "arm": ["sorry", "silence"],
            "sent": [True, False],
            "delivered": [True, False],
            "failed": [False, True],
            "said": ["sorry", None],
            "completed": [True, False],
        }
    )
    hidden = MASK.units(rows)
    assert list(hidden["arm"]) == ["A", "B"]
    assert not hidden[["sent", "delivered", "failed"]].any().any()
    assert hidden["said"].isna().all()
    assert list(hidden["completed"]) == [True, False]
    assert list(rows["arm"]) == ["sorry", "silence"]


def test_arms_that_were_not_invited_are_named_by_letter(three, counted, report_of, every_form):
    report = report_of(three(), counted, masked=True, mask=MASK, not_invited=("silence",))
    assert "B was not invited" in report.to_text()
    assert "silence" not in every_form(report)


def test_every_field_of_a_report_is_looked_through(three, counted, report_of, every_form):
    """What the forms leave out must not carry a name either, nor a field that is added later."""
    report = report_of(three(), counted, masked=True, mask=MASK)
    for field in fields(report):
        assert "silence" not in repr(getattr(report, field.name)), field.name
    assert every_form(replace(report, simulated=True))


def test_a_mean_alone_and_a_lower_better_metric_are_masked_too(three, counted, report_of, every_form):
    metrics = [Mean("satisfaction", scale=(1, 7), better="lower"), Proportion("completed")]
    report = report_of(three(metrics=metrics), counted, masked=True, mask=MASK)
    assert "silence" not in every_form(report).lower()


def test_cells_and_row_counts_carry_letters_and_nothing_that_a_sending_decides(three, counted):
    cells = (Cell("day", "2026-03-01", {"thank_you": 5, "sorry": 6, "silence": 7}),)
    assert MASK.cells(cells)[0].assigned == {"A": 6, "B": 7, "C": 5}
    assert list(MASK.cells(cells)[0].assigned) == ["A", "B", "C"]
    rows = MASK.row_counts(RowCounts(fast={"silence": 2}, early={"thank_you": 3}))
    assert (rows.fast, rows.early) == ({"B": 2}, {})
    split = check_split(
        three(), counted, cells=[*cells, Cell("day", "2026-03-02", {"sorry": 4, "silence": 3})]
    )
    hidden = MASK.split(split)
    assert [cell.p_value for cell in hidden.tested] == [cell.p_value for cell in split.tested]
    assert [set(cell.assigned) for cell in hidden.tested] == [{"A", "B", "C"}, {"A", "B"}]
