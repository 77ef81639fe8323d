"""Trying it out: invented customers for one experiment, and the whole loop in a folder of its own."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from amends.cli import output
from amends.cli.define import AsJson, Key
from amends.cli.opening import open_lab
from amends.cli.records import import_finished, pairs
from amends.settings import settings_aside

if TYPE_CHECKING:
    from amends.lab import Lab
    from amends.settings import Settings

FOLDER = Path("demo")
REAL = "email_replies"
"""The experiment that shows real data: Broockman's e-mails to legislators."""


def simulate(
    key: Key,
    n: Annotated[int, typer.Option("--n", help="Number of invented customers.")] = 500,
    seed: Annotated[int, typer.Option(help="The same seed invents the same customers.")] = 7,
    effect: Annotated[
        list[str] | None,
        typer.Option(
            "--effect", metavar="ARM=CHANGE", help="True change in the share completing; repeat it."
        ),
    ] = None,
    rating_effect: Annotated[
        list[str] | None,
        typer.Option(
            "--rating-effect", metavar="ARM=CHANGE", help="True change in the mean rating; repeat it."
        ),
    ] = None,
    database: Annotated[
        Path | None, typer.Option(help="SQLite file to keep the simulation in; thrown away without.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Try an experiment on invented customers with known effects, in a database of their own.

    The real database is never touched, and everything shown says that it is simulated.

    \b
    Example:
      amends simulate late_parcel --n 500 --seed 7 --effect thank_you=0.1
    """
    from amends.cli.playing import Clock, Staging, stage
    from amends.lab import Lab
    from amends.simulation import Effects

    effects = Effects(_changes(effect, "--effect"), _changes(rating_effect, "--rating-effect"))
    staging = Staging(key, n=n, seed=seed, effects=effects, stops=False)
    settings = settings_aside()
    settings.experiments_folder()
    if database is not None:
        if not database.absolute().parent.is_dir():
            output.refuse(f"--database {database} is not in an existing folder.")
        settings = _on(settings, database)
    now = datetime.now(UTC).replace(microsecond=0)
    clock = Clock(now)
    lab = Lab(settings=settings, clock=clock)
    try:
        with output.results_only():
            stage(lab, clock, staging, now=now)
            found = lab.analyze(key)
    finally:
        lab.close()
    if as_json:
        output.say_json(found.to_dict())
    else:
        output.say(str(found))
    if database is not None:
        output.notice(
            f"Kept in {database}. See it with: AMENDS_DATABASE_URL={settings.database_url} amends serve"
        )


def _changes(given: list[str] | None, option: str) -> dict[str, float]:
    from amends.importing.values import number

    changes: dict[str, float] = {}
    for arm, text in pairs(given, option).items():
        try:
            changes[arm] = number(text)
        except ValueError as error:
            output.refuse(f"{option} {arm}: {error}")
    return changes


def _on(base: Settings, database: Path) -> Settings:
    """The settings on another SQLite file, with the secret that belongs to that file."""
    from amends.settings import load_settings, sqlite_url

    own = load_settings({"AMENDS_DATABASE_URL": sqlite_url(database)})
    return replace(base, database_url=own.database_url, secret=own.secret, secret_file=None)


def demo(
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve the dashboard afterwards.")] = True,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the dashboard.")] = 8501,
) -> None:
    """See the whole loop: real data imported, the study designs simulated, reports, dashboard.

    Everything stays in the folder demo/, which can be deleted at any time; a second run keeps it.

    \b
    Example:
      amends demo --no-serve
    """
    base = replace(settings_aside(), public_url=f"http://127.0.0.1:{port}")
    base.experiments_folder()
    if serve:
        from amends.api.serve import listening

        with listening("127.0.0.1", port):
            pass  # a port that is taken is said now, not after the work
    database = FOLDER / "amends.db"
    if database.exists():
        output.notice(f"Keeping {database}; delete the folder {FOLDER} to begin again.")
    else:
        _build(base)
    settings = _on(base, database)
    with open_lab(settings) as lab:
        _print_everything(lab)
    if serve:
        from amends.cli.serving import run

        output.notice(f"Begin with late_parcel: http://127.0.0.1:{port}/?experiment=late_parcel")
        run(settings, host="127.0.0.1", port=port, only=None)


def _build(base: Settings) -> None:
    """Fills a new database aside, and moves it to its place only when it is complete."""
    from amends.cli.playing import STAGED, Clock, stage
    from amends.lab import Lab

    part = FOLDER / "building"
    if part.exists():
        shutil.rmtree(part)
    part.mkdir(parents=True)
    now = datetime.now(UTC).replace(microsecond=0)
    clock = Clock(now)
    lab = Lab(settings=_on(base, part / "amends.db"), clock=clock)
    try:
        known = lab.discover().experiments
        if REAL in known:
            output.notice("Importing Broockman's e-mails (real data) …")
            _import_real(lab)
        for staging in STAGED:
            if staging.key in known:
                output.notice(f"Simulating {staging.n} invented customers of {staging.key} …")
                stage(lab, clock, staging, now=now)
    finally:
        lab.close()
    for file in sorted(part.iterdir(), key=lambda file: file.name == "amends.db"):
        file.replace(FOLDER / file.name)
    part.rmdir()


def _import_real(lab: Lab) -> None:
    """Imports the real data set as `amends import` does; the file stays for the reader to look at."""
    from importlib.resources import files

    from amends.exporting import write_text
    from amends.importing import Columns

    file = FOLDER / "email_replies.csv"
    source = files("amends.studies").joinpath("data", "broockman_email_replies.csv")
    write_text(file, source.read_text(encoding="utf-8"))
    columns = Columns(arm="treat_out", completed="responded")
    import_finished(lab, REAL, file, columns, mapping={"0": "in_district", "1": "out_of_district"})


def _print_everything(lab: Lab) -> None:
    """The reports of all experiments, then what was published, then what two percentages leave open."""
    from amends.cli.playing import STAGED

    known = lab.discover().experiments
    for key in (REAL, *(staging.key for staging in STAGED)):
        if key in known and lab.state(key) is not None:
            _title(key)
            output.say(str(lab.analyze(key)))
            output.say()
    _print_published()


def _print_published() -> None:
    from amends.analysis.possible_counts import possible_counts
    from amends.studies import published

    _title("published studies")
    output.say(str(published()))
    output.say()
    _title("91.1% against 78.4%: which counts fit")
    output.say(str(possible_counts("91.1", "78.4")))


def _title(text: str) -> None:
    output.say(f"{text}\n{'=' * len(text)}")
