"""Opening what a command works on: the settings, the lab, one experiment."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from amends.cli.output import notice, results_only

if TYPE_CHECKING:
    from amends.lab import Lab
    from amends.settings import Settings


def read_settings(*, port: int | None = None) -> Settings:
    """The settings of this process; says once where a new secret was made."""
    from amends.settings import DEFAULT_PORT, load_settings

    settings = load_settings(port=port or DEFAULT_PORT, experiments_needed=True)
    if settings.secret_file is not None:
        notice(
            f"note: made a secret in {settings.secret_file}. Keep it: the pseudonyms and links depend on it."
        )
    return settings


@contextmanager
def open_lab(settings: Settings | None = None) -> Generator[Lab, None, None]:
    """The lab on the configured database, closed at the end."""
    from amends.lab import Lab
    from amends.store import Store

    settings = settings or read_settings()
    settings.experiments_folder()
    store = Store.open(settings.database_url, secret=settings.secret, timeout=settings.timeout)
    lab = Lab(store=store, settings=settings)
    try:
        with results_only():
            yield lab
    finally:
        lab.close()
