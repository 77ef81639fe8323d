"""What only a database with several writers does to an export: rows that commit late, sessions elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from amends.store import Enrolment, Store, enrolling
from tests.integration.sync_files import KEY, agree, exported, run


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_row_that_commits_after_later_ones_is_exported_once(
    open_lab: Any, define: Any, late: Any, clock: Any, tmp_path: Path
) -> None:
    lab, folder = open_lab(define()), tmp_path / "sync"
    engine = create_engine(lab.store.url)
    with engine.connect() as connection, connection.begin():
        (early,) = enrolling.enrol(connection, KEY, [Enrolment("f" * 64, "sorry", at=clock())])
        # In another cell of the tally, which is not locked.
        lab.assign(KEY, "C-quick", channel="email", **late)
        run(lab, folder)
        assert len(exported(folder, "assignments")) == 1
    assert early.number == 1
    assert run(lab, folder).written == {"assignments": 1}
    assert run(lab, folder).written == {}
    assert agree(lab, folder)
    assert len(exported(folder, "assignments")) == 2
    engine.dispose()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_session_of_another_time_zone_finds_the_same_marks(
    open_lab: Any, define: Any, late: Any, tmp_path: Path
) -> None:
    lab, folder = open_lab(define()), tmp_path / "sync"
    lab.assign(KEY, "C-1", **late)
    run(lab, folder)
    engine = create_engine(lab.store.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {engine.url.database} SET timezone TO 'Asia/Jakarta'"))
    engine.dispose()
    again = Store.open(lab.store.url, secret=lab.settings.secret)
    with again.snapshot(KEY) as view, lab.store.snapshot(KEY) as before:
        assert view.days() == before.days()
    again.close()
