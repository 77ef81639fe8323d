"""Opening a database: its schema, its secret, and what is told when it cannot be used."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text

from amends.errors import ConfigurationError, StoreUnavailable
from amends.store import Enrolment, Store, schema
from amends.store.tables import Base

SECRET = b"a secret of the tests"
KEY = "late_parcel"
NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)


def test_an_empty_database_gets_the_schema_of_the_tables(empty_url: str) -> None:
    Store.open(empty_url, secret=SECRET).close()
    engine = create_engine(empty_url)
    with engine.connect() as connection:
        options = {"compare_type": True, "version_table": schema.VERSION_TABLE}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []
        assert schema.version(connection) == schema.HEAD
    engine.dispose()


def test_the_schema_can_be_taken_back_to_nothing(empty_url: str) -> None:
    from alembic import command
    from alembic.config import Config

    Store.open(empty_url, secret=SECRET).close()
    engine = create_engine(empty_url)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(schema.__file__).with_name("migrations")))
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == [schema.VERSION_TABLE]
    engine.dispose()
    Store.open(empty_url, secret=SECRET).close()


def test_the_newest_step_is_the_one_the_code_expects() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).with_name("migrations")))
    assert ScriptDirectory.from_config(config).get_current_head() == schema.HEAD


def test_many_can_open_an_empty_database_at_once(empty_url: str) -> None:
    problems: list[Exception] = []

    def work() -> None:
        try:
            Store.open(empty_url, secret=SECRET, timeout=20).close()
        except Exception as error:
            problems.append(error)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


def test_another_secret_is_refused(url: str) -> None:
    Store.open(url, secret=SECRET).close()
    with pytest.raises(ConfigurationError, match="made with another secret"):
        Store.open(url, secret=b"another secret entirely")
    Store.open(url, secret=SECRET).close()


def test_an_empty_secret_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="the secret is empty"):
        Store.open("sqlite://", secret=b"")


def test_an_older_schema_is_refused_where_it_may_not_be_updated(empty_url: str) -> None:
    with pytest.raises(
        ConfigurationError, match=f"at schema none, this version needs {schema.HEAD}. Run: amends db upgrade"
    ):
        Store.open(empty_url, secret=SECRET, migrate=False)


def test_a_newer_schema_is_refused(sqlite_url: str) -> None:
    Store.open(sqlite_url, secret=SECRET).close()
    engine = create_engine(sqlite_url)
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {schema.VERSION_TABLE} SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(ConfigurationError, match="at schema 9999, which is newer than this version"):
        Store.open(sqlite_url, secret=SECRET)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("amends.db", "is not a database URL"),
        ("mysql://root@host/amends", "names the database 'mysql'; sqlite and postgresql are known"),
        ("sqlite:////no/such/folder/amends.db", "folder of the database does not exist: /no/such/folder"),
    ],
)
def test_a_url_that_cannot_work_is_a_configuration_error(url: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        Store.open(url, secret=SECRET)


def test_a_server_that_is_not_there_is_unavailable_and_the_password_is_not_told(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable) as caught:
        Store.open(f"postgresql://me:hunter2@/amends?host={tmp_path}", secret=SECRET, timeout=1)
    assert "hunter2" not in str(caught.value)


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "amends.db").write_text("This is no database, but a letter to somebody else. " * 50)
    with pytest.raises(StoreUnavailable, match="file is not a database"):
        Store.open(f"sqlite:///{tmp_path / 'amends.db'}", secret=SECRET)


def test_a_damaged_database_is_unavailable(sqlite_url: str, begin: Callable[..., None]) -> None:
    store = Store.open(sqlite_url, secret=SECRET)
    begin(store)
    store.close()
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\x7f" * (len(whole) - 4096))
    with pytest.raises(StoreUnavailable, match="malformed"):
        Store.open(sqlite_url, secret=SECRET).enrol(KEY, [Enrolment("unit", "sorry", at=NOON)])


def test_sqlite_is_in_wal_mode_and_syncs_every_commit(sqlite_url: str) -> None:
    store = Store.open(sqlite_url, secret=SECRET)
    with store._database.read() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    store.close()


def test_a_writer_that_holds_the_lock_too_long_makes_the_store_unavailable(
    sqlite_url: str, begin: Callable[..., None]
) -> None:
    store = Store.open(sqlite_url, secret=SECRET, timeout=0.2)
    begin(store)
    holder = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="database is locked"):
        store.enrol(KEY, [Enrolment("unit", "sorry", at=NOON)])
    assert store.find(KEY, unit="unit") is None  # readers do not wait for writers
    holder.execute("ROLLBACK")
    holder.close()
    assert store.enrol(KEY, [Enrolment("unit", "sorry", at=NOON)])[0].created
    store.close()


def test_a_full_database_is_unavailable_and_keeps_what_it_had(
    sqlite_url: str, begin: Callable[..., None]
) -> None:
    store = Store.open(sqlite_url, secret=SECRET)
    begin(store)
    store.enrol(KEY, [Enrolment("unit", "sorry", at=NOON)])
    with store._database.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreUnavailable, match="full"):
        store.enrol(KEY, [Enrolment(f"unit{n}", "sorry", at=NOON) for n in range(5_000)])
    assert [row["unit"] for row in store.export_rows(KEY).assignments] == ["unit"]
    assert store.verify() == []
    store.close()


def test_a_database_that_may_only_be_read_is_unavailable_for_writing(
    sqlite_url: str, begin: Callable[..., None]
) -> None:
    store = Store.open(sqlite_url, secret=SECRET)
    begin(store)
    with store._database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
    with pytest.raises(StoreUnavailable, match="readonly"):
        store.enrol(KEY, [Enrolment("unit", "sorry", at=NOON)])
    store.close()


def test_an_outage_is_over_when_the_server_is_back(url: str, begin: Callable[..., None]) -> None:
    store = Store.open(url, secret=SECRET)
    begin(store)
    if url.startswith("postgresql"):
        admin = create_engine(url, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        admin.dispose()
    else:
        store._database.dispose()
    assert store.enrol(KEY, [Enrolment("unit", "sorry", at=NOON)])[0].created
    assert store.ping() == schema.HEAD
    store.close()


def test_the_url_hides_the_password() -> None:
    store = Store.open("sqlite://", secret=SECRET)
    assert store.url == "sqlite://"
    store.close()
