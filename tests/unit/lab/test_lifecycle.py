"""Draft, running, paused, stopped: what each step freezes, allows and refuses."""

import logging

import pytest

from amends import Lab
from amends.errors import (
    ConfigurationError,
    DefinitionChanged,
    DefinitionError,
    StateError,
    UnknownExperiment,
    UsageError,
)
from amends.settings import Settings

FILE = '''"""Is it {question}?"""

from amends import Experiment, silence, sorry

experiment = Experiment(notice="It is late.", arms=[sorry("{sentence}"), silence()])
'''


def write(settings, key="late", *, question="late", sentence="Sorry."):
    path = settings.experiments / f"{key}.py"
    path.write_text(FILE.format(question=question, sentence=sentence))
    return path


@pytest.fixture
def lab(settings, clock):
    write(settings)
    lab = Lab(settings=settings, clock=clock)
    yield lab
    lab.close()


def test_starting_freezes_the_definition_with_its_fingerprint_and_time(lab, clock):
    definition = lab.load("late")
    state = lab.start("late")
    assert (state.status, state.started_at, state.fingerprint) == (
        "running",
        clock.now,
        definition.fingerprint(),
    )
    assert lab.experiment("late") == definition


def test_starting_a_running_experiment_changes_nothing(lab, clock):
    first = lab.start("late", coverage=0.2)
    clock.pass_by(hours=1)
    assert lab.start("late") == first


def test_an_edited_file_is_refused_by_start_naming_what_changed_while_assigning_goes_on(
    lab, settings, caplog
):
    lab.start("late")
    before = lab.assign("late", "C-1")
    lab.pause("late")
    write(settings, sentence="So sorry.")
    assert lab.changed("late") == ("arms",)
    with pytest.raises(DefinitionChanged, match="changed since in: arms") as caught:
        lab.start("late")
    assert caught.value.changed == ("arms",)
    lab.forget_state("late")
    with caplog.at_level(logging.WARNING, logger="amends"):
        again = lab.assign("late", "C-1")
    assert (again.arm, again.message) == (before.arm, before.message)
    assert "differs from the definition frozen at start in arms" in caplog.text


def test_a_draft_follows_its_file(lab, settings):
    assert lab.load("late").arms[0].text.get("en") == "Sorry."
    write(settings, sentence="So sorry.")
    assert lab.load("late").arms[0].text.get("en") == "So sorry."


def test_one_broken_file_never_hides_the_others(lab, settings):
    (settings.experiments / "broken.py").write_text("experiment = 1 +")
    found = lab.discover()
    assert list(found.experiments) == ["late"]
    assert [problem.path.name for problem in found.problems] == ["broken.py"]
    with pytest.raises(DefinitionError, match=r"broken\.py"):
        lab.load("broken")
    assert lab.start("late").status == "running"


def test_stop_is_for_good(lab):
    with pytest.raises(StateError, match="has not started"):
        lab.stop("late")
    lab.start("late")
    stopped = lab.stop("late", then="sorry")
    assert (stopped.status, stopped.then_arm) == ("stopped", "sorry")
    assert lab.stop("late", then="sorry") == stopped
    for verb in (lab.start, lab.pause):
        with pytest.raises(StateError, match="has stopped"):
            verb("late")
    with pytest.raises(StateError, match="has stopped already"):
        lab.stop("late", then="silence")


def test_stop_then_must_name_an_arm(lab):
    lab.start("late")
    with pytest.raises(UsageError, match="then='sory' is not an arm of late. Did you mean 'sorry'"):
        lab.stop("late", then="sory")
    assert lab.status("late") == "running"


def test_ramp_only_raises(lab):
    lab.start("late", coverage=0.1)
    assert lab.ramp("late", 0.5).coverage == "0.5"
    with pytest.raises(UsageError, match="can only be raised"):
        lab.ramp("late", 0.4)
    for wrong in (0, -1, 1.1, "much", "nan", "inf"):
        with pytest.raises(UsageError, match="above 0 and at most 1"):
            lab.ramp("late", wrong)
    assert lab.state("late").coverage == "0.5"


def test_every_step_is_audited(lab):
    lab.start("late", coverage=0.1)
    lab.ramp("late", 0.5)
    lab.pause("late")
    lab.start("late")
    lab.stop("late")
    actions = [entry.action for entry in lab.store.audit_log("late")]
    assert [action.split()[0] for action in actions] == ["start", "ramp", "pause", "resume", "stop"]


def test_another_process_sees_a_status_within_a_second(settings, clock, monkeypatch):
    write(settings)
    one, other = Lab(settings=settings, clock=clock), Lab(settings=settings, clock=clock)
    one.start("late")
    assert other.status("late") == "running"
    one.pause("late")
    ticks = other._in_force["late"].read_at
    monkeypatch.setattr("amends.lab.lab.time.monotonic", lambda: ticks + 0.99)
    assert other.status("late") == "running"
    monkeypatch.setattr("amends.lab.lab.time.monotonic", lambda: ticks + 1.0)
    assert other.status("late") == "paused"
    one.close()
    other.close()


def test_the_checklist_names_plan_languages_and_where_customers_are_led(lab):
    texts = " | ".join(item.said.en for item in lab.checklist("late"))
    assert "planned:" in texts
    assert "AMENDS_PUBLIC_URL" in texts, "a loopback address is no use to customers"


def test_another_secret_on_the_same_database_is_refused(lab, settings):
    lab.start("late")
    other = Settings(
        experiments=settings.experiments, database_url=settings.database_url, secret=b"quite another secret"
    )
    with pytest.raises(ConfigurationError, match="secret"):
        Lab(settings=other)


def test_a_folder_that_is_not_there_is_named_in_full(settings, tmp_path):
    lost = Settings(
        experiments=tmp_path / "nowhere", database_url=settings.database_url, secret=settings.secret
    )
    with pytest.raises(ConfigurationError, match=str(tmp_path / "nowhere")):
        Lab(settings=lost)


def test_an_experiment_known_only_to_the_database_goes_on_when_its_file_is_gone(lab, settings):
    lab.start("late")
    arm = lab.assign("late", "C-1").arm
    (settings.experiments / "late.py").unlink()
    lab.forget_state("late")
    assert lab.assign("late", "C-1").arm == arm
    assert [line.key for line in lab.overview()] == ["late"]


def test_an_unknown_key_is_refused_by_every_verb(lab):
    for verb in (lab.start, lab.pause, lab.stop, lab.status, lab.load, lab.analyze, lab.tally):
        with pytest.raises(UnknownExperiment, match="Did you mean 'late'"):
            verb("lat")
