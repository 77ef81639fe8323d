"""What departs from the plan is named with its meaning, and nothing is named that did not happen."""

import json
from datetime import timedelta

import pytest

from amends import Proportion, everyone, sorry, thank_you

KEY = "late_parcel"


@pytest.fixture
def planned(define):
    def make(**parts):
        given = {
            "eligible": everyone(),
            "notice": "Your parcel is late.",
            "arms": [thank_you("Thank you for waiting."), sorry("We are sorry for it.")],
            "metrics": [Proportion("completed", baseline=0.5, detect=0.3)],
            "sample": 20,
            "hypothesis": "Thanks win.",
        }
        return define(**{**given, **parts})

    return make


def assign(lab, numbers, *, answering=3):
    for number in numbers:
        lab.assign(KEY, f"C-{number}")
        if number % answering:
            lab.record_response(KEY, f"C-{number}")


def named(report):
    return {item.name: item for item in report.deviations}


def section(report, name="planned_and_done"):
    return next(item for item in report.sections if item.name == name)


def test_an_experiment_that_keeps_to_its_plan_has_no_deviation(open_lab, planned):
    lab = open_lab(planned())
    assign(lab, range(30))
    report = lab.analyze(KEY)
    assert report.deviations == ()
    assert section(report).said[0].en == "Nothing departed from the plan so far."


def test_a_draft_has_neither_deviations_nor_a_plan_beside_what_was_done(open_lab, planned):
    report = open_lab(planned(), start=False).analyze(KEY)
    assert report.deviations == ()
    assert not {"planned_and_done", "preregistration"} & {item.name for item in report.sections}


def test_pauses_are_named_with_their_dates(open_lab, planned, clock):
    lab = open_lab(planned())
    clock.pass_by(days=1)
    lab.pause(KEY)
    clock.pass_by(days=2)
    lab.start(KEY)
    lab.pause(KEY)
    found = [item for item in lab.analyze(KEY).deviations if item.name == "paused"]
    assert found[0].what.en == "Paused from 3 March 2026, 12:00 UTC to 5 March 2026, 12:00 UTC."
    assert found[0].what.id == "Dijeda dari 3 Maret 2026 pukul 12.00 UTC sampai 5 Maret 2026 pukul 12.00 UTC."
    assert found[1].what.en == "Paused from 5 March 2026, 12:00 UTC and not resumed yet."


def test_a_stop_ends_a_pause(open_lab, planned, clock):
    lab = open_lab(planned())
    lab.pause(KEY)
    clock.pass_by(days=2)
    lab.stop(KEY)
    assert "to 4 March 2026" in named(lab.analyze(KEY))["paused"]["en"]


def test_raised_coverage_is_named_step_by_step(open_lab, planned):
    lab = open_lab(planned(), coverage="0.1")
    lab.ramp(KEY, "0.25")
    lab.ramp(KEY, "1")
    found = [item["en"] for item in lab.analyze(KEY).deviations if item.name == "coverage_raised"]
    assert "from 10.0% to 25.0%" in found[0]
    assert "from 25.0% to 100.0%" in found[1]
    assert section(lab.analyze(KEY)).figures["lines"]["coverage"] == {
        "planned": 0.1,
        "done": [0.1, 0.25, 1.0],
    }


def test_an_early_stop_says_who_decides(open_lab, planned):
    lab = open_lab(planned())
    assign(lab, range(20))
    lab.stop(KEY)
    found = named(lab.analyze(KEY))["stopped_early"]
    assert "/ 20 planned customers" in found.what.en
    assert "Somebody stopped it, not the rule" in found.meaning.en
    assert "orang, bukan aturan" in found.meaning.id


def test_an_early_stop_of_masked_arms_is_decided_by_the_fixed_test(open_lab, planned):
    lab = open_lab(planned(masked=True))
    assign(lab, range(20))
    lab.stop(KEY)
    assert "The arms were masked" in named(lab.analyze(KEY))["stopped_early"].meaning.en


def test_a_stop_at_95_percent_is_within_the_rule(open_lab, planned):
    lab = open_lab(planned(sample=100))
    number = 0
    while min(arm.assigned for arm in lab.tally(KEY).arms) < 96:
        assign(lab, [number])
        number += 1
    lab.stop(KEY)
    assert "from 95% of the plan on" in named(lab.analyze(KEY))["stopped_early"].meaning.en


def test_more_units_than_planned_are_named(open_lab, planned):
    lab = open_lab(planned())
    assign(lab, range(80))
    assert "/ 20 customers" in named(lab.analyze(KEY))["more_than_planned"].what.en


def test_an_unmasking_is_named_with_its_reason(open_lab, planned):
    lab = open_lab(planned(masked=True))
    lab.unmask(KEY, reason="A complaint about <b>a text</b>.")
    report = lab.analyze(KEY)
    found = named(report)["unmasked"]
    assert "Reason: “A complaint about <b>a text</b>.”" in found.what.en
    assert "<b>a text" not in report.to_html()
    assert section(report).figures["lines"]["masked"] == {"planned": True, "done": False}


def test_an_edited_file_is_named_with_its_fields(settings, clock):
    from amends import Lab

    text = """\"\"\"Late?\"\"\"
from amends import Experiment, silence, sorry
experiment = Experiment(notice="Late.", arms=[sorry("Sorry."), silence()], alpha=ALPHA)
"""
    path = settings.experiments / "late_parcel.py"
    path.write_text(text.replace("ALPHA", "0.05"))
    with_file = Lab(settings=settings, clock=clock)
    with_file.start(KEY)
    path.write_text(text.replace("ALPHA", "0.1"))
    again = Lab(settings=settings, clock=clock)
    found = named(again.analyze(KEY))["edited"]
    assert found.what.en == "The file was edited after the start, in: alpha."
    with_file.close()
    again.close()


def test_a_verdict_made_while_collecting_is_named(open_lab, planned):
    lab = open_lab(planned(sample=400))
    for number in range(160):
        arm = lab.assign(KEY, f"C-{number}").arm
        if (arm == "thank_you") != (number % 11 == 0):
            lab.record_response(KEY, f"C-{number}")
    report = lab.analyze(KEY)
    assert report.verdict == "difference"
    found = named(lab.analyze(KEY))["verdict_made_early"]
    first, second = report["completed", "thank_you", "sorry"].n
    assert f"with {first} and {second} units" in found.what.en
    assert "thank you – sorry" in found.what.en
    assert "terima kasih – maaf" in found.what.id


def test_late_answers_and_an_open_window_are_named(open_lab, planned, clock):
    lab = open_lab(planned(response_window=timedelta(days=2)))
    assign(lab, range(40))
    clock.pass_by(days=5)
    lab.record_response(KEY, "C-0")
    lab.record_response(KEY, "C-3")
    assign(lab, range(100, 104))
    lab.stop(KEY)
    found = named(lab.analyze(KEY))
    assert found["late_answers"].what.en == "2 answers came after the response window."
    lines = section(lab.analyze(KEY)).figures["lines"]
    assert lines["response_window"] == {"planned": 172_800.0, "done": {"late": 2, "waiting": 4}}


def test_a_stop_with_open_windows_says_to_wait_and_does_not_call_the_sample_short(open_lab, planned, clock):
    lab = open_lab(planned(response_window=timedelta(days=2)))
    assign(lab, range(60))
    lab.stop(KEY)
    found = named(lab.analyze(KEY))
    assert "60 units was open" in found["window_still_open"].what.en
    assert not {"stopped_early", "untested"} & found.keys()


def test_test_and_forced_assignments_are_counted_apart(open_lab, planned):
    lab = open_lab(planned())
    lab.assign(KEY, "T-1", test=True)
    lab.assign(KEY, "T-2", test=True, arm="sorry")
    found = named(lab.analyze(KEY))["set_aside"]
    assert found.what.en == "2 test or forced assignments are in the database."
    assert lab.store.set_aside("another") == 0


def test_exclusions_that_nobody_applied_are_named(open_lab, planned):
    lab = open_lab(planned(exclusions=["Staff and their families"]))
    found = named(lab.analyze(KEY))["exclusions_not_applied"]
    assert "“Staff and their families”" in found.what.en
    assert "eligible=" in found.meaning.en


def test_planned_contrasts_without_a_test_are_named_after_the_stop(open_lab, planned):
    lab = open_lab(planned())
    lab.stop(KEY)
    assert "completed surveys (thank you – sorry)" in named(lab.analyze(KEY))["untested"].what.en


def test_imported_data_are_said_to_be_planned_afterwards(open_lab, planned):
    from amends.importing.finished import FinishedRow
    from amends.importing.storing import store_finished

    experiment = planned()
    lab = open_lab(experiment, start=False)
    rows = [FinishedRow(n, f"C-{n}", ("thank_you", "sorry")[n % 2], bool(n % 3), {}) for n in range(40)]
    store_finished(lab.store, experiment, rows, at=lab.clock(), units_given=True)
    lab.forget_state(KEY)
    report = lab.analyze(KEY)
    assert [item.name for item in report.deviations] == ["after_the_fact"]
    said = section(report, "preregistration").said
    assert said[0].en.startswith("Written after the fact, on 2 March 2026")
    assert "Yes. This was written after the fact" in said[1].en
    assert lab.preregistration(KEY).after_the_fact


def test_deviations_are_in_the_json_in_both_languages(open_lab, planned):
    lab = open_lab(planned())
    lab.pause(KEY)
    (found,) = json.loads(json.dumps(lab.analyze(KEY).to_dict()))["deviations"]
    assert found["name"] == "paused"
    assert found["en"].startswith("Paused from")
    assert found["id"].startswith("Dijeda dari")


def test_every_form_of_the_report_shows_the_deviations(open_lab, planned):
    lab = open_lab(planned())
    lab.pause(KEY)
    report = lab.analyze(KEY)
    for form in (report.to_text, report.to_markdown, report.to_html):
        assert "Paused from" in form(locale="en")
        assert "Dijeda dari" in form(locale="id")


def test_the_planned_sample_is_frozen_at_the_start(open_lab, planned):
    lab = open_lab(planned())
    detail = lab.store.audit_log(KEY)[0].detail
    assert detail["planned"] == {"thank_you": 20, "sorry": 20}
    assert lab.analyze(KEY).progress.planned == {"thank_you": 20, "sorry": 20}


def test_an_experiment_started_before_the_plan_was_frozen_is_planned_anew(open_lab, planned):
    experiment = planned()
    lab = open_lab(experiment, start=False)
    lab.store.start(
        KEY,
        snapshot=experiment.snapshot(),
        fingerprint=experiment.fingerprint(),
        seed="5eed",
        coverage="1",
        at=lab.clock(),
    )
    assert lab.analyze(KEY).progress.planned == {"thank_you": 20, "sorry": 20}


def test_a_frozen_plan_wins_over_one_that_this_version_would_make(open_lab, planned):
    experiment = planned()
    lab = open_lab(experiment, start=False)
    lab.store.start(
        KEY,
        snapshot=experiment.snapshot(),
        fingerprint=experiment.fingerprint(),
        seed="5eed",
        coverage="1",
        at=lab.clock(),
        planned={"thank_you": 33, "sorry": 33},
    )
    assert lab.analyze(KEY).progress.planned_per_arm == 33
