"""A masked experiment on a real store: letters while it runs, names after the stop, the cost of unmasking."""

import pandas
import pytest

from amends import analyze_table, everyone
from amends.analysis.masking import mask_of
from amends.errors import StateError, UsageError
from amends.lab import masking

NAMES = ("thank", "sorry", "silence", "terima kasih", "maaf", "tanpa pesan")
KEY = "late_parcel"


@pytest.fixture
def masked(define):
    def make(**parts):
        return define(
            question=None, eligible=everyone(), notice="Your parcel is late.", masked=True, sample=40, **parts
        )

    return make


def collect(lab, numbers, *, answering=("thank_you", "sorry", "silence"), contrary=None, key=KEY):
    """Assigns customers and sends to all but those in silence; units of the arms named answer.

    Every `contrary`-th customer does the opposite.
    """
    for number in numbers:
        arm = lab.assign(key, f"C-{number}").arm
        if arm != "silence":
            lab.record_delivery(key, f"C-{number}", "sent")
        if (arm in answering) != (contrary is not None and number % contrary == 0):
            lab.record_response(key, f"C-{number}", satisfaction=1 + number % 7)


def leaks(shown: str) -> list[str]:
    return [name for name in NAMES if name in shown.lower()]


@pytest.mark.parametrize("status", ["running", "paused"])
def test_no_form_of_a_running_or_paused_experiment_names_an_arm(open_lab, masked, every_form, status):
    lab = open_lab(masked())
    collect(lab, range(60))
    if status == "paused":
        lab.pause(KEY)
    report = lab.analyze(KEY)
    assert report.status == status
    assert list(report.arms) == ["A", "B", "C"]
    assert report.to_dict()["masked"] is True
    assert leaks(every_form(report)) == []
    checks = report.to_dict()["sections"]["checks"]["found"]
    assert list(checks["split"]["assigned"]) == ["A", "B", "C"]
    assert "early_answers" not in checks
    assert lab.overview()[0].arms == ("A", "B", "C")


def test_a_table_that_is_read_as_groups_names_no_arm_either(open_lab, masked, every_form):
    experiment = masked(moderators=["city"])
    lab = open_lab(experiment)
    arms, cities = ["thank_you", "sorry", "silence"], ["Solo", "Ubud"]
    table = pandas.DataFrame(
        [(arm, n % 3 > 0, city) for n in range(30) for arm in arms for city in cities],
        columns=["arm", "done", "city"],
    )
    report = analyze_table(KEY, table, arm="arm", completed="done", moderators="city", most_units=0, lab=lab)
    asked = report.to_dict()["sections"]["moderators"]["moderators"]
    assert {item["arm"] for item in asked} == {"A", "B"}
    assert any("not_enough" not in item for item in asked)
    assert leaks(every_form(report)) == []


def test_a_draft_and_a_stopped_experiment_name_their_arms(open_lab, masked):
    lab = open_lab(masked(), start=False)
    assert list(lab.analyze(KEY).arms) == ["thank_you", "sorry", "silence"]
    lab.start(KEY)
    collect(lab, range(60))
    lab.stop(KEY)
    report = lab.analyze(KEY)
    assert list(report.arms) == ["thank_you", "sorry", "silence"]
    assert report.arms["thank_you"].counts["sent"] == report.arms["thank_you"].counts["assigned"]
    assert report.masked
    assert lab.overview()[0].arms == ("thank_you", "sorry", "silence")


def test_each_letter_has_the_counts_of_its_arm(open_lab, masked):
    lab = open_lab(masked())
    collect(lab, range(90), answering=("sorry",))
    seed = lab.store.experiment(KEY).seed
    letters = mask_of(["thank_you", "sorry", "silence"], key=KEY, secret=seed).letters
    shown, counted = lab.analyze(KEY), lab.tally(KEY)
    for arm, letter in letters.items():
        assert shown.arms[letter].counts["assigned"] == counted[arm].assigned
        assert shown.arms[letter].counts["completed"] == counted[arm].completed
    assert [name for name, arm in shown.arms.items() if arm.counts["completed"]] == [letters["sorry"]]


def test_every_experiment_draws_its_letters_anew(open_lab, masked):
    lab = open_lab(*[masked(key=f"late_{n}") for n in range(30)])
    orders = {tuple(masking.mask(lab, f"late_{n}").letters.items()) for n in range(30)}
    assert len({tuple(sorted(order)) for order in orders}) > 1


def test_an_experiment_that_is_not_masked_shows_its_arms(open_lab, define):
    lab = open_lab(define())
    assert not lab.hides_arms(KEY)
    assert lab.analyze(KEY).masked is False
    assert list(lab.analyze(KEY).arms) == ["thank_you", "sorry", "silence"]


def test_a_verdict_made_while_masked_is_kept_between_the_arms_and_shown_between_letters(
    open_lab, masked, every_form
):
    lab = open_lab(masked())
    collect(lab, range(240), answering=("thank_you", "sorry"), contrary=9)
    shown = lab.analyze(KEY)
    assert shown.verdict == "difference"
    entries = [entry.detail for entry in lab.store.audit_log(KEY) if entry.action == "verdict"]
    kept = {(entry["arm"], entry["versus"]): entry["decision"]["effect"] for entry in entries}
    assert kept["thank_you", "silence"] > 0
    assert kept["sorry", "silence"] > 0
    assert leaks(every_form(shown)) == []
    assert leaks(every_form(lab.analyze(KEY))) == []
    assert len([entry for entry in lab.store.audit_log(KEY) if entry.action == "verdict"]) == len(entries)
    lab.stop(KEY)
    told = lab.analyze(KEY)["completed", "thank_you", "silence"]
    assert told.decision["stored"]
    assert told.decision["effect"] == kept["thank_you", "silence"]


def test_at_an_early_stop_the_fixed_test_decides_because_nobody_saw_the_arms(open_lab, masked):
    lab = open_lab(masked())
    collect(lab, range(60))
    lab.stop(KEY)
    report = lab.analyze(KEY)
    assert report.progress.reached < 38
    assert report.rule.method == "fixed"
    assert "with the arms masked until then" in report.rule.note.en


def test_an_unmasked_experiment_names_its_arms_and_loses_the_fixed_test_at_an_early_stop(open_lab, masked):
    lab = open_lab(masked())
    collect(lab, range(60))
    lab.unmask(KEY, reason="The safety board asked for it.")
    report = lab.analyze(KEY)
    assert (report.status, report.masked) == ("running", False)
    assert list(report.arms) == ["thank_you", "sorry", "silence"]
    lab.stop(KEY)
    assert lab.analyze(KEY).rule.method == "always-valid"


def test_an_unmasking_is_audited_once_with_its_reason(open_lab, masked, clock):
    lab = open_lab(masked())
    first = lab.unmask(KEY, reason="  The safety board asked for it. ")
    clock.pass_by(hours=1)
    assert lab.unmask(KEY, reason="Once more.") == first
    entries = [entry for entry in lab.store.audit_log(KEY) if entry.action == "unmask"]
    assert [entry.detail for entry in entries] == [{"reason": "The safety board asked for it."}]


def test_an_unmasked_experiment_stays_so_after_a_restart(open_lab, masked):
    experiment = masked()
    open_lab(experiment).unmask(KEY, reason="Board.")
    assert not open_lab(experiment, start=False).hides_arms(KEY)


def test_unmasking_is_refused_where_there_is_nothing_to_unmask(open_lab, masked, define):
    lab = open_lab(masked(), define(key="open_parcel"), start=False)
    with pytest.raises(StateError, match="has not started"):
        lab.unmask(KEY, reason="Board.")
    lab.start("open_parcel")
    with pytest.raises(StateError, match="open_parcel is not masked"):
        lab.unmask("open_parcel", reason="Board.")
    lab.start(KEY)
    for empty in ("", "   ", "x" * 1001):
        with pytest.raises(UsageError, match="from 1 to 1,000 are needed"):
            lab.unmask(KEY, reason=empty)
    lab.stop(KEY)
    with pytest.raises(StateError, match="has stopped"):
        lab.unmask(KEY, reason="Board.")


def test_the_checklist_says_that_the_arms_are_masked(open_lab, masked, define):
    lab = open_lab(masked(), define(key="open_parcel"), start=False)
    said = [item.said.en for item in lab.checklist(KEY)]
    assert "arms: masked, reports show letters until the stop" in said
    assert not any("masked" in item.said.en for item in lab.checklist("open_parcel"))


def test_imported_data_are_never_masked(open_lab, masked):
    from amends.importing.finished import FinishedRow
    from amends.importing.storing import store_finished

    experiment = masked()
    lab = open_lab(experiment, start=False)
    rows = [
        FinishedRow(n, f"C-{n}", ("thank_you", "sorry", "silence")[n % 3], bool(n % 2), {}, None)
        for n in range(12)
    ]
    store_finished(lab.store, experiment, rows, at=lab.clock(), units_given=True)
    lab.forget_state(KEY)
    assert lab.analyze(KEY).masked is False
