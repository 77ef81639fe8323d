"""Settings from the environment, the one place that reads it.

| variable | meaning | default |
|---|---|---|
| `AMENDS_EXPERIMENTS` | folder of experiment files | `./experiments` |
| `AMENDS_DATABASE_URL` | SQLAlchemy URL | SQLite `amends.db` beside the experiments folder |
| `AMENDS_SECRET` | key of pseudonyms and survey links | for SQLite a file beside the database |
| `AMENDS_PUBLIC_URL` | where customers reach the survey page | `http://127.0.0.1:8501` |
| `AMENDS_TIMEOUT` | seconds a sender waits for the database | 5 |
| `AMENDS_FAIL_OPEN` | while the database is down: `error`, or `spool` (hashed arms go on) | `error` |
| `AMENDS_SPOOL` | the file that `spool` writes | beside the SQLite database, else the experiments |
| `AMENDS_RATE` | requests that an API key may make, where it has no rate of its own | `1000/s` |
| `AMENDS_LOCALE` | language of a customer when the sender names none | `en` |
| `AMENDS_DASHBOARD_PASSWORD` | what opens the dashboard to read it (role viewer) | none: no sign-in |
| `AMENDS_DASHBOARD_ANALYST_PASSWORD` | what opens it to unmask and download as well | none |
| `AMENDS_DASHBOARD_OWNER_PASSWORD` | what opens it to start, pause, ramp and stop as well | none |
| `AMENDS_SMTP_PASSWORD` | password of the user in `amends send --smtp` | none |
"""

from __future__ import annotations

import os
import secrets as randomness
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from amends.errors import ConfigurationError, nearest
from amends.rates import per_second

SHORTEST_SECRET = 16
SHORTEST_PASSWORD = 8
DEFAULT_PORT = 8501
_NAMES = (
    "EXPERIMENTS",
    "DATABASE_URL",
    "SECRET",
    "PUBLIC_URL",
    "TIMEOUT",
    "FAIL_OPEN",
    "SPOOL",
    "RATE",
    "LOCALE",
    "SMTP_PASSWORD",
    "DASHBOARD_PASSWORD",
    "DASHBOARD_ANALYST_PASSWORD",
    "DASHBOARD_OWNER_PASSWORD",
)
_PASSWORDS = {
    "viewer": "AMENDS_DASHBOARD_PASSWORD",
    "analyst": "AMENDS_DASHBOARD_ANALYST_PASSWORD",
    "owner": "AMENDS_DASHBOARD_OWNER_PASSWORD",
}


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are and how patient a sender may be.

    Attributes:
        experiments: Folder of experiment files; it may not exist yet (`experiments_folder` insists).
        database_url: SQLAlchemy URL.
        secret: Key of pseudonyms and survey links.
        public_url: Address of the survey page, without a closing slash.
        timeout: Seconds a call waits for the database.
        locale: Language of a customer when the sender names none.
        rate: Requests a second that an API key may make, where it has no rate of its own.
        fail_open: `error` or `spool`: what senders get while the database is down.
        spool: The file of records that wait for the database; None where it is in memory.
        secret_file: The file the secret was made in just now, else None (so that it is said once).
    """

    experiments: Path
    database_url: str
    secret: bytes
    public_url: str = f"http://127.0.0.1:{DEFAULT_PORT}"
    timeout: float = 5.0
    locale: str = "en"
    rate: float = 1000.0
    fail_open: str = "error"
    spool: Path | None = None
    secret_file: Path | None = None

    def experiments_folder(self) -> Path:
        """The folder of experiment files.

        Raises:
            ConfigurationError: naming the absolute path tried, when it is not a folder.
        """
        return _existing(self.experiments)


def load_settings(
    environ: Mapping[str, str] | None = None, *, port: int = DEFAULT_PORT, experiments_needed: bool = False
) -> Settings:
    """Reads the settings.

    Args:
        environ: The environment; the process's own by default.
        port: Port of the page, for the default public address.
        experiments_needed: Refuse a missing experiments folder before a secret is made beside it.

    Raises:
        ConfigurationError: for a value that cannot work. Wrong configuration is never `status="error"`.
    """
    env = os.environ if environ is None else environ
    _refuse_misspelt(env)
    experiments = Path(env.get("AMENDS_EXPERIMENTS") or "experiments")
    if experiments_needed:
        _existing(experiments)
    url = env.get("AMENDS_DATABASE_URL") or sqlite_url(experiments.absolute().parent / "amends.db")
    secret, made = _secret(env.get("AMENDS_SECRET"), url)
    return Settings(
        experiments=experiments,
        database_url=url,
        secret=secret,
        public_url=_address(env.get("AMENDS_PUBLIC_URL") or f"http://127.0.0.1:{port}"),
        timeout=_seconds(env.get("AMENDS_TIMEOUT") or "5"),
        locale=_language(env.get("AMENDS_LOCALE") or "en"),
        rate=_rate(env.get("AMENDS_RATE") or "1000/s"),
        fail_open=_fail_open(env.get("AMENDS_FAIL_OPEN") or "error", url),
        spool=Path(env["AMENDS_SPOOL"]) if env.get("AMENDS_SPOOL") else _spool_beside(url, experiments),
        secret_file=made,
    )


def smtp_password(environ: Mapping[str, str] | None = None) -> str | None:
    """The password of the mail server's user: never in `Settings`, which may be printed.

    >>> smtp_password({}) is None
    True
    """
    env = os.environ if environ is None else environ
    return env.get("AMENDS_SMTP_PASSWORD") or None


def dashboard_passwords(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The password of each role before the dashboard; empty where it asks for none.

    Raises:
        ConfigurationError: One is too short to keep anybody out, or two roles have the same.

    >>> dashboard_passwords({"AMENDS_DASHBOARD_OWNER_PASSWORD": "correct horse"})
    {'owner': 'correct horse'}
    """
    env = os.environ if environ is None else environ
    found: dict[str, str] = {}
    for role, name in _PASSWORDS.items():
        given = env.get(name)
        if not given:
            continue
        if len(given) < SHORTEST_PASSWORD:
            raise ConfigurationError(
                f"{name} has {len(given)} characters; {SHORTEST_PASSWORD} are needed. "
                "Leave it out where nobody is to sign in with it."
            )
        if given in found.values():
            raise ConfigurationError(
                f"{name} is the password of another role as well: nobody could tell who signs in. "
                "Give each role its own."
            )
        found[role] = given
    return found


def sqlite_url(file: Path) -> str:
    """The URL of a SQLite file; characters that mean something in a URL are escaped.

    >>> sqlite_url(Path("/data/100% late/amends.db"))
    'sqlite:////data/100%25%20late/amends.db'
    """
    return f"sqlite:///{quote(file.as_posix(), safe='/:')}"


def settings_aside() -> Settings:
    """The settings without a database: for what must not touch, or even make, the configured one."""
    kept = {name: value for name, value in os.environ.items() if name != "AMENDS_SECRET"}
    return load_settings({**kept, "AMENDS_DATABASE_URL": "sqlite://"})


def _existing(folder: Path) -> Path:
    if not folder.is_dir():
        raise ConfigurationError(
            f"no experiments folder at {folder.absolute()}. "
            "Run in the folder that has experiments/, set AMENDS_EXPERIMENTS, "
            "or begin with: amends new my_question"
        )
    return folder


def _refuse_misspelt(env: Mapping[str, str]) -> None:
    known = {f"AMENDS_{name}" for name in _NAMES} | {"AMENDS_CHROMIUM"}
    for name in env:
        if name.startswith("AMENDS_") and name not in known:
            raise ConfigurationError(f"unknown setting {name}. {nearest(name, known, what='settings')}")


def _seconds(value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 3600:
        raise ConfigurationError(
            f"AMENDS_TIMEOUT={value!r}: a number of seconds above 0 is needed, for instance 5."
        )
    return seconds


def _fail_open(value: str, url: str) -> str:
    if value not in ("error", "spool"):
        raise ConfigurationError(
            f"AMENDS_FAIL_OPEN={value!r} is unknown. {nearest(value, ('error', 'spool'), what='policies')}"
        )
    if value == "spool" and os.name != "posix":
        raise ConfigurationError(
            "AMENDS_FAIL_OPEN='spool' needs file locks that this system does not have. Set it to error."
        )
    return value


def _spool_beside(url: str, experiments: Path) -> Path | None:
    if not url.startswith("sqlite"):
        return experiments.absolute().parent / "amends.spool"
    database = _database_file(url)
    return database.with_name(database.name + ".spool") if database else None


def _database_file(url: str) -> Path | None:
    name = unquote(url.partition("///")[2].partition("?")[0])
    return Path(name) if name and name != ":memory:" else None


def _rate(value: str) -> float:
    try:
        return per_second(value)
    except ValueError as error:
        raise ConfigurationError(f"AMENDS_RATE: {error}") from None


def _address(value: str) -> str:
    parts = urlsplit(value) if value.isprintable() and " " not in value else urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ConfigurationError(
            f"AMENDS_PUBLIC_URL={value!r}: the address at which customers reach the survey page is needed, "
            "for instance https://survey.example.com."
        )
    return value.rstrip("/")


def _language(value: str) -> str:
    from amends.design.locales import check_locale
    from amends.errors import DefinitionError

    try:
        return check_locale(value)
    except DefinitionError as error:
        raise ConfigurationError(f"AMENDS_LOCALE: {error}") from None


def _secret(given: str | None, url: str) -> tuple[bytes, Path | None]:
    if given:
        if len(given) < SHORTEST_SECRET:
            warnings.warn(
                f"AMENDS_SECRET has {len(given)} characters; use at least {SHORTEST_SECRET}, "
                "for instance the output of: "
                'python -c "import secrets; print(secrets.token_hex(32))"',
                stacklevel=3,
            )
        return given.encode(), None
    if not url.startswith(("sqlite", "postgres")):
        shown = url.partition(":")[0]  # what follows may be a password
        raise ConfigurationError(
            f"AMENDS_DATABASE_URL begins with {shown!r}: it must be the address of a SQLite or PostgreSQL "
            "database. Write sqlite:///amends.db or postgresql://user@host/name."
        )
    if not url.startswith("sqlite"):
        raise ConfigurationError(
            "AMENDS_SECRET is not set. A server database needs it, "
            "so that every machine makes the same pseudonyms. "
            'Make one with: python -c "import secrets; print(secrets.token_hex(32))"'
        )
    database = _database_file(url)
    return (randomness.token_bytes(32), None) if database is None else _secret_beside(database)


def _secret_beside(database: Path) -> tuple[bytes, Path | None]:
    file = database.with_name(database.name + ".secret")
    if not file.exists() and database.exists() and database.stat().st_size:
        raise ConfigurationError(
            f"the database {database.absolute()} exists but its secret {file.name} is missing. "
            "Put the file back or set AMENDS_SECRET: another secret would make other pseudonyms."
        )
    if not file.parent.is_dir():
        raise ConfigurationError(
            f"the folder of the database does not exist: {file.parent.absolute()}. "
            "Make it, or set AMENDS_DATABASE_URL."
        )
    made = False
    try:
        # O_EXCL: of several processes starting at once exactly one writes the secret.
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    except OSError as error:
        raise ConfigurationError(f"the secret file {file.absolute()} cannot be made: {error}.") from None
    else:
        with os.fdopen(descriptor, "w") as handle:
            handle.write(randomness.token_hex(32))
        made = True
    return _read_secret(file), (file if made else None)


def _read_secret(file: Path) -> bytes:
    for _ in range(100):
        try:
            secret = file.read_bytes().strip()
        except OSError as error:
            raise ConfigurationError(
                f"the secret file {file.absolute()} cannot be read ({error.strerror}). "
                "Let this user read it, or set AMENDS_SECRET."
            ) from None
        if secret:
            return secret
        time.sleep(0.01)  # another process, which starts at the same moment, has made it and is writing
    raise ConfigurationError(
        f"the secret file {file.absolute()} is empty. Put the secret back, or set AMENDS_SECRET."
    )
