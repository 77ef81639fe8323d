"""Which database a URL names: SQLite or PostgreSQL, in a file or in memory."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL, exc, make_url

from amends.errors import ConfigurationError


def readable_url(url: str) -> URL:
    """The URL with the driver we use.

    Raises:
        ConfigurationError: It is no SQLAlchemy URL, of another database, or its folder is missing.
    """
    try:
        parsed = make_url(url)
    except exc.ArgumentError as error:
        raise ConfigurationError(
            f"{url!r} is not a database URL. Write sqlite:///amends.db or postgresql://user@host/name."
        ) from error
    backend = parsed.get_backend_name()
    if backend in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise ConfigurationError(
            f"AMENDS_DATABASE_URL names the database {backend!r}; sqlite and postgresql are known. "
            "Write sqlite:///amends.db or postgresql://user@host/name."
        )
    if not in_memory(parsed) and not (parsed.database or "").startswith("file:"):
        folder = Path(str(parsed.database)).absolute().parent
        if not folder.is_dir():
            raise ConfigurationError(
                f"the folder of the database does not exist: {folder}. Make it, or set AMENDS_DATABASE_URL."
            )
    return parsed


def in_memory(url: URL) -> bool:
    """Whether a SQLite database is gone with its connection."""
    return url.database in (None, "", ":memory:") or url.query.get("mode") == "memory"


def file_of(url: URL) -> Path:
    """The file of a SQLite database."""
    return Path(str(url.database).removeprefix("file:")).absolute()
