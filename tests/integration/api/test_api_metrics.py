"""Counts for Prometheus: right, complete, and without anybody's id; the access log likewise."""

import re
import subprocess
import sys

import pytest
from prometheus_client.parser import text_string_to_metric_families

BASE = "/api/v1/experiments/late_parcel"


def counts(api) -> dict[tuple[str, tuple[str, ...]], float]:
    """Every sample as (name, label values in the order of their names) and value."""
    text = api.get("/metrics").text
    return {
        (sample.name, tuple(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def lab(define, open_lab):
    return open_lab(define())


def test_what_was_done_is_counted_by_address_experiment_and_kind(lab, client, late_body):
    api = client(lab, "assign", "ingest")
    for unit in ("A", "B", "A"):
        assert api.post(f"{BASE}/assignments", json=late_body | {"unit_id": unit}).is_success
    rows = {"rows": [late_body | {"unit_id": "D"}, late_body | {"delay_seconds": 1}, {}]}
    api.post(f"{BASE}/assignments:batch", json=rows)
    for _ in range(2):
        api.post(f"{BASE}/responses", json={"unit_id": "A", "satisfaction": 6})
    api.post(f"{BASE}/deliveries", json={"unit_id": "A", "status": "sent"})
    api.get("/nowhere/at/all")
    api.request("BREW", f"{BASE}/assignments")

    found = counts(api)

    route = "/api/v1/experiments/{key}/assignments"
    assert found["amends_requests_total", ("POST", route, "201")] == 2
    assert found["amends_requests_total", ("POST", route, "200")] == 1
    assert found["amends_requests_total", ("POST", f"{route}:batch", "200")] == 1
    assert found["amends_requests_total", ("GET", "none", "404")] == 1
    assert found["amends_requests_total", ("other", route, "405")] == 1
    assert found["amends_request_seconds_count", (route,)] == 4
    assert found["amends_assignments_total", ("late_parcel", "assigned")] == 4
    assert found["amends_assignments_total", ("late_parcel", "not_eligible")] == 1
    assert found["amends_records_total", ("response", "true")] == 1
    assert found["amends_records_total", ("response", "false")] == 1
    assert found["amends_records_total", ("delivery", "true")] == 1
    assert found["amends_waiting", ("assign",)] == 0
    assert found["amends_waiting", ("record",)] == 0


def test_a_survey_that_is_sent_off_counts_as_a_response(lab, client, late_body):
    api = client(lab, "assign")
    url = api.post(f"{BASE}/assignments", json=late_body).json()["survey_url"]
    path = url.removeprefix(lab.settings.public_url)
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', api.get(path).text))

    page = api.post(path, data={**hidden, "satisfaction": "6"})

    assert "We have received your answers" in page.text or "terima" in page.text
    assert counts(api)["amends_records_total", ("response", "true")] == 1


@pytest.mark.sqlite_only("it takes SQLite's file away")
def test_refusals_and_a_failing_database_are_counted(lab, client, late_body, settings):
    import sqlite3

    slow = lab.store.create_key("slow", ["assign"], rate=0.01)
    api = client(lab, "assign")
    assert api.post(f"{BASE}/assignments", json=late_body).status_code == 201
    for _ in range(3):
        api.post(f"{BASE}/assignments", json=late_body, headers={"Authorization": f"Bearer {slow}"})
    for number in range(24):
        api.post(f"{BASE}/assignments", headers={"Authorization": f"Bearer {number}"})
    with sqlite3.connect(settings.database_url.removeprefix("sqlite:///")) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("DROP TABLE experiment")
        connection.execute("DROP TABLE assignment")
    assert api.post(f"{BASE}/assignments", json=late_body).status_code == 503

    found = counts(api)

    assert found["amends_rate_limited_total", ("key",)] == 2
    assert 3 <= found["amends_rate_limited_total", ("address",)] <= 4
    assert found["amends_store_errors_total", ()] == 1
    assert found["amends_assignments_total", ("late_parcel", "error")] == 1


def test_neither_ids_nor_arms_nor_tokens_nor_key_names_are_among_the_counts(lab, client, late_body):
    api = client(lab, "assign", "ingest", name="warehouse-7")
    given = api.post(f"{BASE}/assignments", json=late_body | {"unit_id": "customer-4711"}).json()
    api.get(given["survey_url"].removeprefix(lab.settings.public_url))

    text = api.get("/metrics").text

    assert 'route="/s/{token}"' in text
    for told in ("4711", given["survey_url"][-24:], "thank_you", "sorry", "silence", "warehouse", "Sari"):
        assert told not in text


def test_without_the_extra_the_address_says_what_to_install_and_all_else_works():
    code = """
import sys
sys.modules["prometheus_client"] = None
import asyncio, httpx
from amends import Experiment, Lab, silence, sorry
from amends.api.app import create_api
lab = Lab.in_memory([Experiment(key='late', notice='Late.', arms=[sorry('Sorry.'), silence()])])
key = lab.store.create_key("shop", ["assign"])
async def ask():
    transport = httpx.ASGITransport(create_api(lab))
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as api:
        given = await api.post("/api/v1/experiments/late/assignments", json={"unit_id": "a"},
                               headers={"X-API-Key": key})
        counts = await api.get("/metrics")
    print(given.status_code, counts.status_code, counts.json()["detail"])
asyncio.run(ask())
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True
    )

    assert re.fullmatch(r"201 501 .*pip install 'amends\[metrics\]'\n", done.stdout)
