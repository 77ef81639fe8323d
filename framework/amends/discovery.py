"""Finds the experiments of a folder: one file each, and a broken one never hides the others."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from types import ModuleType

from amends.design.checks import check_key
from amends.design.experiment import Experiment
from amends.design.value import Value
from amends.errors import AmendsError, ConfigurationError, DefinitionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class Problem(Value):
    """A file that could not be read as an experiment.

    Attributes:
        path: The file.
        message: What is wrong in it, with the remedy.
    """

    __slots__ = ("message", "path")
    _fields = ("path", "message")
    path: Path
    message: str

    def __init__(self, path: Path, message: str) -> None:
        self._fill(path=path, message=message)


class Discovery(Value):
    """What a folder holds.

    Attributes:
        experiments: By key, in alphabetical order.
        problems: The files that could not be read.
    """

    __slots__ = ("experiments", "problems")
    _fields = ("experiments", "problems")
    experiments: Mapping[str, Experiment]
    problems: tuple[Problem, ...]

    def __init__(self, experiments: Mapping[str, Experiment], problems: tuple[Problem, ...] = ()) -> None:
        self._fill(experiments=experiments, problems=problems)


_Mark = tuple[int, int, int]
_read: dict[Path, tuple[_Mark, Experiment | Problem]] = {}
_reading = Lock()


def discover(folder: Path) -> Discovery:
    """Every experiment of a folder; a file is read again only when it has changed.

    Files whose name begins with `_` are left alone.

    Raises:
        ConfigurationError: There is no such folder.
    """
    root = Path(folder).resolve()
    if not root.is_dir():
        raise ConfigurationError(
            f"no experiments folder at {root}. Create it with `amends new KEY`, or set "
            "AMENDS_EXPERIMENTS to the folder."
        )
    found: dict[str, Experiment] = {}
    problems: list[Problem] = []
    for path in sorted(root.glob("*.py")):
        if path.name.startswith("_") or path.is_dir():
            continue
        outcome = _read_once(path)
        if isinstance(outcome, Problem):
            problems.append(outcome)
        else:
            found[path.stem] = outcome
    return Discovery(found, tuple(problems))


def _read_once(path: Path) -> Experiment | Problem:
    try:
        state = path.stat()
    except OSError as error:
        return Problem(path, _unreadable(path, error))
    mark = (state.st_mtime_ns, state.st_size, state.st_ino)
    # One thread runs a file at a time: a page that refreshes while another does must not run it twice.
    with _reading:
        held = _read.get(path)
        if held is not None and held[0] == mark:
            return held[1]
        outcome: Experiment | Problem
        try:
            outcome = load_file(path)
        except DefinitionError as error:
            outcome = Problem(path, str(error))
        _read[path] = (mark, outcome)
        return outcome


def load_file(path: Path) -> Experiment:
    """The experiment of one file, bound to the file's name.

    Args:
        path: A Python file that defines `experiment = Experiment(…)` under a docstring whose first
            line is the question.

    Raises:
        DefinitionError: The file cannot be read or run, or its definition breaks a rule.
    """
    path = Path(path)
    try:
        key = check_key(path.stem)
    except DefinitionError as error:
        raise DefinitionError(f"{path.name}: the file's name is the key, and {error}") from error
    module = _run(path)
    experiment = getattr(module, "experiment", None)
    if not isinstance(experiment, Experiment):
        raise DefinitionError(f"{path.name}: {_nothing_found(module)}")
    question = (module.__doc__ or "").strip().partition("\n")[0].strip()
    if not question and experiment.question is None:
        raise DefinitionError(
            f"{path.name}: it has no question. Write it as the file's first line, between triple double "
            "quotes."
        )
    try:
        return experiment.bind(key, question)
    except DefinitionError as error:
        raise DefinitionError(f"{path.name}: {error}") from error


def _run(path: Path) -> ModuleType:
    """Runs a file as a module of its own, leaving nothing behind in the interpreter.

    The source is compiled here, not imported: Python's cache of compiled files tells two edits within
    one second apart by size only, and would leave a folder of its own among the user's files.
    """
    import sys

    name = f"_amends_experiment_{path.stem}"
    module = ModuleType(name)
    module.__file__ = str(path)
    try:
        code = compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
    except OSError as error:
        raise DefinitionError(_unreadable(path, error)) from error
    except SyntaxError as error:
        where = f", line {error.lineno}" if error.lineno else ""
        raise DefinitionError(
            f"{path.name}{where}: this is not valid Python: {error.msg}. Look for a missing comma, quote or "
            "bracket there or just above."
        ) from error
    except ValueError as error:
        raise DefinitionError(
            f"{path.name}: this is not a text file in UTF-8 ({error}). Save it as UTF-8."
        ) from error
    sys.modules[name] = module
    try:
        exec(code, module.__dict__)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise DefinitionError(f"{path.name}{_line_of(error, path)}: {_told(error)}") from error
    finally:
        sys.modules.pop(name, None)
    return module


def _told(error: BaseException) -> str:
    """What went wrong while a file ran, with the remedy."""
    if isinstance(error, AmendsError):
        return str(error)
    if isinstance(error, SystemExit):
        return "it ends the program (sys.exit or exit). Take that out: a definition only defines."
    if isinstance(error, ImportError):
        return f"{error}. Correct the name, or install what is missing beside amends."
    return f"{type(error).__name__}: {error}. Correct that line; it stops the file from being read."


def _line_of(error: BaseException, path: Path) -> str:
    line = 0
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    return f", line {line}" if line else ""


def _nothing_found(module: ModuleType) -> str:
    others = [name for name, value in vars(module).items() if isinstance(value, Experiment)]
    if others:
        return f"its experiment is called {others[0]!r}. Call it `experiment`: experiment = Experiment(…)."
    return (
        "it defines no `experiment`. Write experiment = Experiment(…), or let the file's name begin with _."
    )


def _unreadable(path: Path, error: OSError) -> str:
    return f"{path.name}: it cannot be read ({error.strerror}). Check the file and its permissions."
