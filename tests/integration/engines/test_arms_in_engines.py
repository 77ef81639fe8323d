"""DuckDB, PostgreSQL and Spark draw the arms that Python draws, and refuse the ids that Python refuses."""

from __future__ import annotations

import json
import random
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from amends import Experiment, Holdout, Layer, blocked, bucket, delayed_by, silence, sorry, thank_you
from amends.assignment.hashing import LONGEST_ID, thresholds
from amends.errors import UsageError
from amends.warehouse.assigning import arms_in_table, batches, check_ids
from amends.warehouse.hashing import bucket as bucket_in_engine
from amends.warehouse.hashing import refused_ids

ROOT = Path(__file__).parents[3]
VECTORS = json.loads((ROOT / "tests" / "vectors" / "assignment.json").read_text(encoding="utf-8"))
PAGE = ROOT / "docs" / "how-to" / "assign-in-sql.md"
MANY = 100_000


def experiment(**parts: Any) -> Experiment:
    arms = [thank_you("Thank you so much.", weight=0.1), sorry("We are so sorry.", weight=0.2)]
    given = {"key": "late_parcel", "notice": "Late.", "arms": [*arms, silence(weight=0.7)]}
    return Experiment(**{**given, **parts})


def strange_ids(n: int) -> list[str]:
    """Ids of every script, with combining accents, emoji, control characters and blanks; none twice."""
    draw = random.Random(20261125)
    ranges = [(32, 126), (0xA0, 0x24F), (0x300, 0x36F), (0x627, 0x64A), (0x4E00, 0x9FFF), (1, 31)]
    ranges += [(0x1F300, 0x1FAFF), (0xFF01, 0xFF5E), (0x10000, 0x1F2FF), (0xE000, 0xF8FF)]

    def one() -> Iterator[str]:
        for _ in range(draw.choice((1, 2, 5, 12, 40))):
            yield chr(draw.randint(*draw.choice(ranges)))

    found: dict[str, None] = dict.fromkeys(["é", "e\u0301", "x" * LONGEST_ID, " C-1", "C-1 ", "C-1", "0x1"])
    while len(found) < n:
        found["".join(one())] = None
    return list(found)


def drawn(table: Any, by: Experiment, **how: Any) -> dict[str, tuple[str | None, str]]:
    rows = [row for batch in batches(arms_in_table(table, by, unit="id", **how)) for row in batch.to_pylist()]
    found = {row["unit"]: (row["arm"], row["status"]) for row in rows}
    assert len(found) == len(rows)
    return found


def test_every_published_vector_has_its_bucket_and_its_share(make_table: Any) -> None:
    cases: dict[tuple[str, str], dict[str, int]] = {}
    for case in VECTORS["cases"]:
        cases.setdefault((case["key"], "arm"), {})[case["id"]] = case["bucket"]
    for share in VECTORS["shares"]:
        cases.setdefault((share["salt"], share["purpose"]), {})[share["id"]] = share["bucket"]
    assert {purpose for _, purpose in cases} >= {"arm", "coverage", "layer", "holdout"}
    table = make_table({"id": sorted({one for wanted in cases.values() for one in wanted})})
    asked = list(cases)
    buckets = {
        f"b{place}": bucket_in_engine(table, "id", salt=salt, purpose=purpose)
        for place, (salt, purpose) in enumerate(asked)
    }
    rows = {row["id"]: row for row in table.select("id", **buckets).to_pyarrow().to_pylist()}
    for place, of in enumerate(asked):
        assert {one: rows[one][f"b{place}"] for one in cases[of]} == cases[of]


def test_every_published_vector_has_its_arm(make_table: Any) -> None:
    for key in ("late_parcel", "two", "seven", "uneven"):
        cases = [case for case in VECTORS["cases"] if case["key"] == key]
        names, weights = cases[0]["arms"], cases[0]["weights"]
        arms = [thank_you(f"Thank you {n}.", weight=weight) for n, weight in enumerate(weights)]
        arms = [arm.derived(name=name) for arm, name in zip(arms, names, strict=True)]
        by = Experiment(key=key, notice="Late.", arms=arms)
        assert by.thresholds == thresholds(weights) == tuple(cases[0]["thresholds"])
        table = make_table({"id": [case["id"] for case in cases]})
        assert {unit: arm for unit, (arm, _) in drawn(table, by).items()} == {
            case["id"]: case["arm"] for case in cases
        }


def test_a_hundred_thousand_strange_ids_get_pythons_arms(make_table: Any) -> None:
    ids = strange_ids(MANY)
    table = make_table({"id": ids})
    check_ids(table, unit="id")
    found = drawn(table, experiment())
    assert [found[one] for one in ids] == [(arm, "assigned") for arm in experiment().arms_of(ids)]


def test_layer_holdout_and_coverage_leave_out_whom_a_call_would_leave_out(
    make_table: Any, open_lab: Any
) -> None:
    by = experiment(layer=Layer("delays", 0.1, 0.8), holdout=Holdout("untouched", 0.1))
    ids = [f"C-{n}" for n in range(400)]
    lab = open_lab(by, coverage=0.6)
    called = {one: (a.arm, a.status) for one, a in zip(ids, lab.assign_many(by.key, ids), strict=True)}
    assert drawn(make_table({"id": ids}), by, coverage="0.6") == called
    assert {status for _, status in called.values()} == {"assigned", "not_covered", "holdout"}


@pytest.mark.parametrize(("column", "least"), [("delay_hours", 24), ("delay_minutes", 1440)])
def test_whoever_waited_too_short_has_no_arm(make_table: Any, column: str, least: int) -> None:
    by = experiment(eligible=delayed_by(hours=24))
    waited = {"a": least, "b": least - 0.001, "c": None, "d": 10 * least}
    found = drawn(make_table({"id": list(waited), column: list(waited.values())}), by)
    assert {one: status for one, (_, status) in found.items()} == {
        "a": "assigned",
        "b": "not_eligible",
        "c": "not_eligible",
        "d": "assigned",
    }
    assert found["b"] == (None, "not_eligible")


def test_a_cluster_has_one_arm_that_of_its_id(make_table: Any) -> None:
    by = experiment(cluster="party")
    table = make_table({"id": ["g1", "g2", "g3"], "party": ["p1", "p1", "p2"]})
    found = drawn(table, by, cluster="party")
    assert [found[guest][0] for guest in ("g1", "g2", "g3")] == by.arms_of(["p1", "p1", "p2"])


def test_whole_numbers_are_hashed_in_decimal(make_table: Any) -> None:
    ids = [0, 7, -5, 2**63 - 1, -(2**63)]
    found = drawn(make_table({"id": ids}), experiment())
    assert [found[str(one)][0] for one in ids] == experiment().arms_of(ids)


@pytest.mark.parametrize("engine", ["duckdb", "postgres"], indirect=True)
def test_a_uuid_is_hashed_as_it_is_written(make_table: Any) -> None:
    ids = [str(uuid.UUID(int=n * 7919)) for n in range(50)]
    table = make_table({"id": ids})
    found = drawn(table.select(id=table.id.cast("uuid")), experiment())
    assert [found[one][0] for one in ids] == experiment().arms_of(ids)


def test_what_python_refuses_is_refused_with_a_count_and_an_example(make_table: Any, engine: str) -> None:
    bad = {"no id": [None], "an empty id": [""], "an id of more than 10,000 characters": ["é" * 10_001] * 2}
    if engine != "postgres":  # whose texts hold no NUL
        bad["a NUL character in the id"] = ["C-1\0", "\0", "a\0b"]
    table = make_table({"id": ["C-1", "😀" * LONGEST_ID, *(one for some in bad.values() for one in some)]})
    assert {found.rule: found.rows for found in refused_ids(table, "id")} == {
        rule: len(some) for rule, some in bad.items()
    }
    with pytest.raises(UsageError, match=r"2 with an id of more than 10,000 characters, for instance 'éé"):
        check_ids(table, unit="id")
    for one in (one for some in bad.values() for one in some):
        with pytest.raises(UsageError):
            experiment().arm_of(one)


@pytest.mark.parametrize("engine", ["pyspark"], indirect=True)
def test_bytes_that_are_no_text_are_refused_in_spark(make_table: Any) -> None:
    table = make_table({"raw": [b"C-1", b"\xed\xa0\x80"]})  # the second is a lone surrogate
    broken = table.get_backend().sql("SELECT 'C-1' AS id UNION ALL SELECT CAST(X'EDA080' AS STRING)")
    assert [str(found)[:32] for found in refused_ids(broken, "id")] == ["1 with an id that is not UTF-8, "]


def test_a_unit_twice_is_refused(make_table: Any) -> None:
    with pytest.raises(UsageError, match=r"more than once: 1, for instance 'C-2'"):
        check_ids(make_table({"id": ["C-1", "C-2", "C-2"]}), unit="id")


@pytest.mark.parametrize("engine", ["duckdb"], indirect=True)
@pytest.mark.parametrize(
    ("parts", "how", "said"),
    [
        ({"randomize": blocked()}, {}, "draws its arms in blocks.*amends assign late_parcel customers.csv"),
        ({"cluster": "party"}, {}, "--cluster COLUMN"),
        ({"on_repeat": "new_unit"}, {}, "all of the incidents of a customer"),
        ({}, {"cluster": "id"}, "declares no cluster="),
        ({"eligible": delayed_by(hours=1)}, {}, "exactly one of the columns delay_seconds"),
        ({}, {"unit": "di"}, "no column 'di'. Known columns: amount, id"),
        ({}, {"unit": "amount"}, "'amount' is of type float64: an id is a text"),
    ],
)
def test_what_no_arm_follows_from_is_refused(
    make_table: Any, parts: dict[str, Any], how: dict[str, str], said: str
) -> None:
    table = make_table({"id": ["C-1"], "amount": [1.5]})
    if "randomize" in parts:
        parts = {**parts, "arms": [thank_you("Thanks."), sorry("Sorry.")]}
    with pytest.raises(UsageError, match=re.compile(said, re.DOTALL)):
        arms_in_table(table, experiment(**parts), **{"unit": "id", **how})


def test_another_engine_is_refused() -> None:
    import ibis

    table = ibis.memtable({"id": ["C-1"]})
    lite = ibis.sqlite.connect().create_table("t", table)
    with pytest.raises(UsageError, match="not drawn inside sqlite"):
        arms_in_table(lite, experiment(), unit="id")


def test_the_sql_of_the_page_draws_pythons_arms(make_table: Any, engine: str) -> None:
    titles = {"duckdb": "DuckDB", "postgres": "PostgreSQL", "pyspark": "Spark"}
    page = PAGE.read_text(encoding="utf-8")
    section = page.split(f"## {titles[engine]}\n")[1].split("\n## ")[0]
    (statement,) = re.findall(r"```sql\n(.*?)```", section, re.DOTALL)
    ids = strange_ids(3_000)
    source = make_table({"customer_id": ids})
    name = source.get_name() if engine == "pyspark" else f'"{source.get_name()}"'
    found = _rows(source, statement.replace("late_customers", name))
    even = Experiment(
        key="late_parcel", notice="Late.", arms=[thank_you("Thanks."), sorry("Sorry."), silence()]
    )
    assert {one: arm for one, (arm, _) in found.items()} == dict(zip(ids, even.arms_of(ids), strict=True))
    assert all(
        covered == (bucket("late_parcel", "coverage", one) < 2**51) for one, (_, covered) in found.items()
    )


def _rows(source: Any, statement: str) -> dict[str, tuple[str, bool]]:
    rows = source.get_backend().sql(statement.rstrip().rstrip(";")).to_pyarrow().to_pylist()
    return {row["customer_id"]: (row["arm"], row["covered"]) for row in rows}
