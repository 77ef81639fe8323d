"""Acting from a page: only for the role that may, audited with who, never over what somebody else did."""

import pytest

from amends import Lab
from amends.errors import DefinitionChanged, NotAllowed, StateError, UsageError
from amends.lab import acting
from amends.lab.roles import LEAST, Actor, Role
from tests.unit.lab.test_lifecycle import write

OWNER, ANALYST, VIEWER = (Actor(role) for role in (Role.OWNER, Role.ANALYST, Role.VIEWER))
MASKED = '''"""Is it late?"""

from amends import Experiment, silence, sorry

experiment = Experiment(notice="It is late.", arms=[sorry("Sorry."), silence()], masked=True)
'''


@pytest.fixture
def lab(settings, clock):
    write(settings)
    lab = Lab(settings=settings, clock=clock)
    yield lab
    lab.close()


def seen(lab) -> str:
    return lab.experiment("late").fingerprint()


def began(lab) -> None:
    acting.start(lab, "late", actor=OWNER, seen=seen(lab), coverage="0.5")


ACTS = {
    "start": lambda lab, actor: acting.start(lab, "late", actor=actor, seen=seen(lab)),
    "pause": lambda lab, actor: acting.pause(lab, "late", actor=actor),
    "resume": lambda lab, actor: acting.resume(lab, "late", actor=actor),
    "ramp": lambda lab, actor: acting.ramp(lab, "late", "1", actor=actor),
    "stop": lambda lab, actor: acting.stop(lab, "late", actor=actor),
    "unmask": lambda lab, actor: acting.unmask(lab, "late", actor=actor, reason="Board."),
    "export": lambda lab, actor: acting.take_figures(lab, "late", actor=actor, detail={"format": "csv"}),
}


def test_every_act_has_a_least_role():
    assert set(ACTS) == set(LEAST)


@pytest.mark.parametrize("act", ACTS)
def test_a_lesser_role_is_refused_before_anything_happens(lab, act):
    if act != "start":
        lab.start("late")
    before = lab.store.audit_log("late"), lab.status("late")
    for actor in (VIEWER, ANALYST):
        if actor.role < LEAST[act]:
            with pytest.raises(NotAllowed, match=f"to {act} needs the role {LEAST[act].word}"):
                ACTS[act](lab, actor)
    assert (lab.store.audit_log("late"), lab.status("late")) == before


def test_a_whole_life_is_audited_with_who_did_it(lab):
    began(lab)
    acting.pause(lab, "late", actor=Actor(Role.OWNER, "9f2c"))
    acting.resume(lab, "late", actor=OWNER)
    acting.ramp(lab, "late", "1", actor=OWNER)
    acting.take_figures(lab, "late", actor=ANALYST, detail={"format": "csv"})
    acting.stop(lab, "late", actor=OWNER, then="sorry")
    assert [(entry.action, entry.detail["by"]) for entry in lab.store.audit_log("late")] == [
        *(("start", "owner"), ("pause", "owner 9f2c"), ("resume", "owner"), ("ramp", "owner")),
        *(("export", "analyst"), ("stop", "owner")),
    ]
    assert lab.state("late").then_arm == "sorry"


def test_what_the_command_line_does_names_nobody(lab):
    lab.start("late")
    assert "by" not in lab.store.audit_log("late")[0].detail


def test_a_start_is_of_the_definition_whose_checklist_was_shown(lab, settings):
    shown = seen(lab)
    write(settings, sentence="Sorry!")
    with pytest.raises(DefinitionChanged, match="Read the list again"):
        acting.start(lab, "late", actor=OWNER, seen=shown)
    assert lab.status("late") == "draft"


@pytest.mark.parametrize("act", ["start", "resume"])
def test_what_somebody_else_did_meanwhile_is_not_done_again(lab, act):
    began(lab)
    with pytest.raises(StateError, match="late is running by now: somebody else was quicker"):
        ACTS[act](lab, OWNER)
    lab.stop("late")
    for late in ("pause", "resume", "stop"):
        with pytest.raises(StateError, match="late is stopped by now"):
            ACTS[late](lab, OWNER)


def test_coverage_is_only_raised(lab):
    began(lab)
    with pytest.raises(UsageError, match="it can only be raised"):
        acting.ramp(lab, "late", "0.2", actor=OWNER)
    assert acting.ramp(lab, "late", "0.8", actor=OWNER).coverage == "0.8"


def test_unmasking_from_the_page_is_recorded_with_reason_and_who(settings, clock):
    (settings.experiments / "late.py").write_text(MASKED)
    lab = Lab(settings=settings, clock=clock)
    lab.start("late")
    acting.unmask(lab, "late", actor=ANALYST, reason="a complaint")
    entry = lab.store.audit_log("late")[-1]
    assert (entry.action, dict(entry.detail)) == ("unmask", {"reason": "a complaint", "by": "analyst"})
    lab.close()


def test_figures_of_masked_arms_may_be_taken_as_letters_but_no_rows(settings, clock):
    from amends.lab.exports import begin_export

    (settings.experiments / "late.py").write_text(MASKED)
    lab = Lab(settings=settings, clock=clock)
    lab.start("late")
    acting.take_figures(lab, "late", actor=ANALYST, detail={"format": "csv"})
    with pytest.raises(StateError, match="masked until its stop"):
        begin_export(lab, "late", detail={"format": "csv"})
    assert [entry.action for entry in lab.store.audit_log("late")] == ["start", "export"]
    lab.close()


@pytest.mark.parametrize(("masked", "decides"), [(False, "always-valid interval"), (True, "fixed test")])
def test_what_an_early_stop_means_is_said_as_the_report_says_it_afterwards(settings, clock, masked, decides):
    if masked:
        (settings.experiments / "late.py").write_text(MASKED)
    else:
        write(settings)
    lab = Lab(settings=settings, clock=clock)
    lab.start("late")
    lab.assign("late", "C-1")
    foretold = acting.if_stopped_now(lab, "late")
    lab.stop("late")
    assert foretold.early
    assert decides in foretold.said[-1].en
    assert [said.to_dict() for said in foretold.said] == [
        said for said in lab.analyze("late").to_dict()["notes"] if said["en"].startswith("Stopped at")
    ]
    lab.close()
