"""Opening what a command works on: the settings, the lab, one experiment."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from amends.cli.output import notice, results_only

if TYPE_CHECKING:
    from amends.lab import Lab
    from amends.settings import Settings


def read_settings(*, port: int | None = None) -> Settings:
    """The settings of this process; says once where a new secret was made."""
    from amends.settings import load_settings

    settings = load_settings() if port is None else load_settings(port=port)
    if settings.secret_file is not None:
        notice(
            f"note: made a secret in {settings.secret_file}. Keep it: the pseudonyms and links depend on it."
        )
    return settings


def read_settings_aside() -> Settings:
    """The settings without a database: for what must not touch, or even make, the configured one."""
    from amends.settings import load_settings

    own = {"AMENDS_DATABASE_URL": "sqlite://"}
    kept = {name: value for name, value in os.environ.items() if name not in ("AMENDS_SECRET", *own)}
    return load_settings({**kept, **own})


@contextmanager
def open_lab(settings: Settings | None = None) -> Generator[Lab, None, None]:
    """The lab on the configured database, closed at the end."""
    from amends.lab import Lab

    settings = settings or read_settings()
    settings.experiments_folder()
    lab = Lab(settings=settings)
    try:
        with results_only():
            yield lab
    finally:
        lab.close()
