"""An experiment's life: new, check, start, pause, stop, ramp."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from amends.cli import output
from amends.cli.opening import open_lab
from amends.settings import settings_aside

if TYPE_CHECKING:
    from amends.design.experiment import Experiment
    from amends.lab import Lab

Key = Annotated[str, typer.Argument(metavar="KEY", help="The experiment's key: its file name without .py.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]


def new(key: Key) -> None:
    """Write a complete, runnable experiment file to edit.

    \b
    Example:
      amends new late_refund
    """
    from amends.design.checks import check_key
    from amends.design.template import template

    folder = settings_aside().experiments
    check_key(key)
    path = folder / f"{key}.py"
    if path.exists():
        output.refuse(f"{path} exists already; nothing was written. Choose another key, or edit that file.")
    folder.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8") as file:
        file.write(template(key))
    output.say(f"Wrote {path}")
    output.say(f"Next: edit its texts, then run: amends check {key}")


def check(
    key: Annotated[
        str | None, typer.Argument(metavar="[KEY]", help="One experiment; all of them without.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read the experiment files: arms, planned sample and its assumptions, warnings, problems.

    Exits with 1 when a file is broken, or a started experiment was edited.

    \b
    Example:
      amends check
      amends check late_parcel --json
    """
    from amends.errors import AmendsError

    with open_lab() as lab:
        found = lab.discover()
        problems = [
            {"file": str(item.path), "message": item.message}
            for item in found.problems
            if key is None or Path(item.path).stem == key
        ]
        if key is not None and key not in found.experiments and not problems:
            _refuse_without_file(lab, key)
        wanted = (
            found.experiments if key is None else {k: e for k, e in found.experiments.items() if k == key}
        )
        checked: list[dict[str, Any]] = []
        for name, experiment in wanted.items():
            try:
                checked.append(_checked(lab, experiment))
            except AmendsError as error:
                problems.append({"file": f"{name}.py", "message": str(error)})
        for entry in checked:
            if entry["changed"]:
                problems.append({"file": f"{entry['key']}.py", "message": _changed(entry)})
    if as_json:
        output.say_json({"experiments": checked, "problems": problems})
    else:
        _print_checked(checked, problems)
    if problems:
        raise typer.Exit(output.PROBLEMS)


def _refuse_without_file(lab: Lab, key: str) -> NoReturn:
    state = lab.store.experiment(key)
    if state is None:
        raise lab.unknown(key)
    output.refuse(f"{key} is {state.status}, but its file is gone; the definition frozen at start goes on.")


def _checked(lab: Lab, experiment: Experiment) -> dict[str, Any]:
    """What `check` says of one readable file."""
    from amends.design.plan import plan

    key = str(experiment.key)
    planned = plan(experiment)
    return {
        "key": key,
        "question": experiment.question,
        "status": lab.status(key),
        "arms": [arm.name for arm in experiment.arms],
        "plan": planned.to_dict(),
        "assumptions": list(planned.assumptions["en"]),
        "warnings": list(experiment.warnings),
        "changed": list(lab.changed(key)),
    }


def _changed(entry: dict[str, Any]) -> str:
    fields = ", ".join(entry["changed"])
    return (
        f"{entry['key']} is {entry['status']}, and its file was edited since it started: {fields}. "
        "Undo the edit, or copy the file under a new key for a new experiment."
    )


def _print_checked(checked: list[dict[str, Any]], problems: list[dict[str, str]]) -> None:
    for entry in checked:
        output.say(f"{entry['key']} ({entry['status']}): {entry['question']}")
        output.say(f"  arms: {', '.join(entry['arms'])}")
        per_arm = ", ".join(f"{arm} {n:,}" for arm, n in entry["plan"]["per_arm"].items())
        output.say(f"  planned sample: {entry['plan']['total']:,} assigned ({per_arm})")
        for line in entry["assumptions"]:
            output.say(f"    {line}")
        for line in entry["warnings"]:
            output.say(f"  warning: {line}")
        output.say()
    for problem in problems:
        output.notice(f"problem in {problem['file']}: {problem['message']}")
    read = "1 experiment" if len(checked) == 1 else f"{len(checked)} experiments"
    count = "1 problem" if len(problems) == 1 else f"{len(problems) or 'no'} problems"
    output.say(f"{read} read, {count}.")


def start(
    key: Key,
    coverage: Annotated[
        str | None,
        typer.Option(help="Share of the eligible that take part, 0 to 1; raise it later with ramp."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Start without asking.")] = False,
) -> None:
    """Show the pre-launch checklist, then freeze the definition and start assigning.

    \b
    Example:
      amends start late_parcel --coverage 0.1
    """
    with open_lab() as lab:
        _refuse_changed(lab, key)
        status = lab.status(key)
        if status == "running":
            output.say(f"{key} is running already; nothing changed.")
            return
        if status == "stopped":
            lab.start(key)
        ready = True
        output.notice(f"Before {key} starts:")
        for item in lab.checklist(key):
            output.notice(f"  [{'x' if item.ok else ' '}] {item.said.en}")
            ready = ready and item.ok
        if not yes:
            _ask(key, ready)
        state = lab.start(key, coverage=coverage)
    output.say(
        f"{key} is running, coverage {state.coverage}. Definition frozen: SHA-256 {state.fingerprint[:16]}…"
    )


def _ask(key: str, ready: bool) -> None:
    if not output.interactive():
        output.refuse(f"starting {key} needs a yes: there is no terminal to ask at. Run it with --yes.")
    question = f"Start {key}?" if ready else f"Not everything is ticked. Start {key} all the same?"
    if not typer.confirm(question, err=True):
        output.refuse(f"{key} was not started.")


def _refuse_changed(lab: Lab, key: str) -> None:
    from amends.errors import DefinitionChanged

    changed = lab.changed(key)
    if changed:
        entry = {"key": key, "status": lab.status(key), "changed": changed}
        raise DefinitionChanged(_changed(entry), changed=changed)


def pause(key: Key) -> None:
    """Stop taking in new customers; those assigned keep their arm.

    \b
    Example:
      amends pause late_parcel
    """
    with open_lab() as lab:
        lab.pause(key)
    output.say(f"{key} is paused. Go on with: amends start {key}")


def stop(
    key: Key,
    then: Annotated[
        str | None,
        typer.Option("--then", metavar="ARM", help="Send this arm's message to everybody from now on."),
    ] = None,
) -> None:
    """End the experiment for good.

    \b
    Example:
      amends stop late_parcel --then thank_you
    """
    with open_lab() as lab:
        state = lab.stop(key, then=then)
    served = (
        f"everybody gets the message of {state.then_arm}"
        if state.then_arm
        else "everybody gets the usual message"
    )
    output.say(f"{key} has stopped; {served}. See it with: amends report {key}")


def unmask(
    key: Key,
    reason: Annotated[
        str, typer.Option(help="Why the arms must be seen before the stop; the report says it.")
    ],
) -> None:
    """Show the arms of a masked experiment before its stop. Audited, and cannot be undone.

    From then on an early stop is no longer decided by the fixed test, and every report names the unmasking
    as a deviation from the plan.

    \b
    Example:
      amends unmask late_parcel --reason "a complaint about one of the texts"
    """
    with open_lab() as lab:
        entry = lab.unmask(key, reason=reason)
    output.say(f"{key} is unmasked since {entry.at:%Y-%m-%d %H:%M} UTC; its reports name the arms.")


def ramp(
    key: Key, coverage: Annotated[str, typer.Argument(help="New share of the eligible, up to 1.")]
) -> None:
    """Raise the share of eligible customers that take part.

    \b
    Example:
      amends ramp late_parcel 0.5
    """
    with open_lab() as lab:
        state = lab.ramp(key, coverage)
    output.say(f"{key} covers {state.coverage} of the eligible from now on.")
