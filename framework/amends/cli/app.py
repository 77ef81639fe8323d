"""The table of contents of the command line, and the one place where an error becomes an exit code."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from amends.cli import (
    analyzing,
    auditing,
    cards,
    codes,
    data,
    define,
    demo,
    events,
    mailing,
    outcomes,
    output,
    pooling,
    reading,
    records,
    reminding,
    sending,
    sending_many,
    serving,
    upkeep,
    webhooks,
)
from amends.errors import AmendsError, ImportRefused

FIRST: tuple[Callable[..., None], ...] = (
    define.new,
    define.check,
    define.start,
    sending.assign,
    reading.report,
)
"""The five verbs of an experiment's life, first in the help."""

MORE: tuple[Callable[..., None], ...] = (
    define.pause,
    define.stop,
    define.ramp,
    define.unmask,
    sending_many.assign_many,
    sending.messages,
    mailing.send,
    mailing.bounces,
    reminding.reminders,
    records.responses,
    records.respond,
    records.import_,
    outcomes.import_outcomes,
    reading.preregistration,
    analyzing.analyze,
    reading.compare,
    reading.possible_counts,
    reading.check_figure,
    reading.studies,
    pooling.pool,
    reading.plan,
    demo.simulate,
    demo.demo,
    serving.serve,
    data.export,
    data.erase,
    data.optout,
    data.explain,
    auditing.audit,
    cards.cards,
    cards.hand_out,
    codes.codes,
)


class Commands(TyperGroup):
    """Groups the help by first verbs and the rest, and turns every expected error into exit code 2."""

    def invoke(self, ctx: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("default", UserWarning)
            warnings.showwarning = _as_note
            try:
                return super().invoke(ctx)
            except ImportRefused as error:
                output.refuse(str(error))
            except AmendsError as error:
                output.refuse(f"{_title(error)}: {error}")
            except OSError as error:
                if isinstance(error, BrokenPipeError):
                    raise
                output.refuse(f"{error.filename or 'file'}: {error.strerror or error}")

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        first = [_name(command) for command in FIRST]
        rest = [name for name in self.list_commands(ctx) if name not in first]
        for title, names in (("The five verbs", first), ("And also", rest)):
            commands = [(name, self.get_command(ctx, name)) for name in names]
            width = formatter.width - 6 - max(len(name) for name in names)
            lines = [(name, found.get_short_help_str(width)) for name, found in commands if found is not None]
            with formatter.section(title):
                formatter.write_dl(lines)


def _title(error: AmendsError) -> str:
    """`UnknownExperiment` and the like: the name under which the error is documented."""
    return type(error).__name__


def _as_note(message: Warning | str, *_: object, **__: object) -> None:
    output.notice(f"note: {message}")


def _name(command: Callable[..., None]) -> str:
    return command.__name__.strip("_").replace("_", "-")


app = typer.Typer(
    cls=Commands,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            output.say(f"amends {version('amends')}")
        except PackageNotFoundError:
            output.say("amends (run from its source folder, not installed)")
        raise typer.Exit


@app.callback()
def amends(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Thank, apologise, or stay silent? Run that experiment on delayed-service customers.

    \b
    Example:
      amends new late_parcel        write experiments/late_parcel.py
      amends check                  the planned sample, and what is wrong
      amends start late_parcel      freeze the definition and begin
      amends assign late_parcel customers.csv --out send.csv
      amends report late_parcel     what the arms did
    """


for _command in (*FIRST, *MORE):
    app.command(_name(_command))(_command)
app.add_typer(serving.keys_app, name="keys")
app.add_typer(upkeep.app, name="db")
app.add_typer(events.events_app, name="events")
app.add_typer(webhooks.webhooks_app, name="webhooks")
