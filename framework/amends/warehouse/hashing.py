"""The hash specification inside an engine: an id's bucket as an Ibis expression, and which ids it refuses.

Version 1 of `amends.assignment.hashing`, for DuckDB, PostgreSQL and Spark: the first 13 hexadecimal digits of
`sha256(utf8("amends:1:" + salt + ":" + purpose + ":" + id))` as an integer. Ibis knows no digest in
hexadecimal, so each engine's own functions are named here. What Python refuses as an id is refused here too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir

from amends.assignment.hashing import LONGEST_ID, PURPOSES, prefix
from amends.errors import UsageError, nearest

if TYPE_CHECKING:
    from ibis.expr.datatypes import DataType

DIGITS = 13
"""Hexadecimal digits of the digest that make a bucket: 52 bits."""


def _builtin(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declares a function that the engine has itself; what the declaration holds is only its types."""
    made: Callable[[Callable[..., Any]], Callable[..., Any]] = ibis.udf.scalar.builtin(name=name)
    return made


@_builtin(name="sha256")
def _duckdb_sha256(text: str) -> str:  # type: ignore[empty-body]
    """Digest of the text's UTF-8 bytes, hexadecimal."""


@_builtin(name="convert_to")
def _utf8(text: str, encoding: str) -> bytes:  # type: ignore[empty-body]
    """The text's bytes in an encoding, whatever the database's own."""


@_builtin(name="sha256")
def _postgres_sha256(data: bytes) -> bytes:  # type: ignore[empty-body]
    """Digest of bytes."""


@_builtin(name="encode")
def _encode(data: bytes, form: str) -> str:  # type: ignore[empty-body]
    """Bytes as text."""


@_builtin(name="varbit")
def _bits(text: str) -> bytes:  # type: ignore[empty-body]
    """A bit string from `x` and hexadecimal digits: PostgreSQL's cast, written as a function."""


@_builtin(name="int8")
def _whole(bits: bytes) -> int:  # type: ignore[empty-body]
    """The whole number of a bit string of at most 64 bits."""


@_builtin(name="sha2")
def _spark_sha2(text: str, bits: int) -> str:  # type: ignore[empty-body]
    """Digest of the text's UTF-8 bytes, hexadecimal."""


@_builtin(name="conv")
def _conv(text: str, base: int, into: int) -> str:  # type: ignore[empty-body]
    """A number's digits in another base."""


@_builtin(name="is_valid_utf8")
def _is_utf8(text: str) -> bool:  # type: ignore[empty-body]
    """Whether the bytes of a text are UTF-8."""


def _duckdb(text: ir.StringValue) -> ir.IntegerValue:
    return (ibis.literal("0x") + _duckdb_sha256(text).left(DIGITS)).cast("int64")


def _postgres(text: ir.StringValue) -> ir.IntegerValue:
    digest = _encode(_postgres_sha256(_utf8(text, "UTF8")), "hex")
    return _whole(_bits(ibis.literal("x") + digest.left(DIGITS)))


def _spark(text: ir.StringValue) -> ir.IntegerValue:
    return _conv(_spark_sha2(text, 256).left(DIGITS), 16, 10).cast("int64")


ENGINES: Mapping[str, Callable[[ir.StringValue], ir.IntegerValue]] = MappingProxyType(
    {"duckdb": _duckdb, "postgres": _postgres, "pyspark": _spark}
)
"""By the name that Ibis gives an engine, what makes a text's bucket there. Each was run against Python's."""


def engine_of(table: ir.Table) -> str:
    """The name of the engine that a table lives in.

    Raises:
        UsageError: Another engine than DuckDB, PostgreSQL or Spark.

    >>> engine_of(ibis.duckdb.connect().create_table("late", ibis.memtable({"customer": ["C-102"]})))
    'duckdb'
    """
    name = str(table.get_backend().name)
    if name not in ENGINES:
        raise UsageError(
            f"arms are not drawn inside {name}: it was not tested against the hash specification. "
            f"{nearest(name, ENGINES, what='engines')} Copy the ids to one of them, or to Parquet."
        )
    return name


def id_text(table: ir.Table, column: str) -> ir.StringColumn:
    """A column of ids as the text that is hashed: exactly as given; whole numbers in decimal.

    A UUID is hashed as it is customarily written, like `str(customer.id)`.

    Raises:
        UsageError: No such column, or one of a type that is no id.

    >>> con = ibis.duckdb.connect()
    >>> id_text(con.create_table("t", ibis.memtable({"number": [7]})), "number").execute().tolist()
    ['7']
    """
    if column not in table.columns:
        raise UsageError(
            f"the table has no column {column!r}. {nearest(column, table.columns, what='columns')}"
        )
    kind: DataType = table[column].type()
    if kind.is_string():
        return table[column]
    if kind.is_integer() or kind.is_uuid():
        return table[column].cast("string")
    raise UsageError(
        f"column {column!r} is of type {kind}: an id is a text, a whole number or a UUID. Cast it to text in "
        "a view, exactly as your own system writes it."
    )


def bucket(table: ir.Table, column: str, *, salt: str, purpose: str) -> ir.IntegerColumn:
    """Where the ids of a column fall in 0 … 2**52 - 1: `amends.bucket`, computed inside the engine.

    Args:
        table: A table in DuckDB, PostgreSQL or Spark.
        column: The column with the ids.
        salt: The experiment's key, or the layer's or holdout's name.
        purpose: `arm`, `coverage`, `layer`, `holdout` or `reminder`.

    Raises:
        UsageError: Another engine, no such column, a column that holds no ids, or an unknown purpose.

    >>> late = ibis.duckdb.connect().create_table("late", ibis.memtable({"customer": ["C-102"]}))
    >>> bucket(late, "customer", salt="late_parcel", purpose="arm").execute().tolist()
    [2734817872324854]
    """
    if purpose not in PURPOSES:
        raise UsageError(f"purpose {purpose!r} is unknown. Known purposes: {', '.join(PURPOSES)}.")
    of_text = ENGINES[engine_of(table)]
    head = ibis.literal(prefix(salt, purpose).decode())
    return of_text(head + id_text(table, column))


@dataclass(frozen=True, slots=True)
class RefusedIds:
    """Rows whose id Python would refuse too, and why.

    Attributes:
        column: The column.
        rule: Which rule they break.
        rows: How many there are.
        example: The beginning of one of them; None where there is nothing to show.
    """

    column: str
    rule: str
    rows: int
    example: str | None = None

    def __str__(self) -> str:
        shown = "" if self.example is None else f", for instance {self.example!r}"
        return f"{self.rows:,} with {self.rule}{shown}"


def refused_ids(table: ir.Table, column: str) -> tuple[RefusedIds, ...]:
    """Counts the rows whose id breaks a rule of the hash specification, in one pass of the engine.

    >>> con = ibis.duckdb.connect()
    >>> ids = con.create_table("t", ibis.memtable({"id": ["C-1", "", None]}))
    >>> [str(refused) for refused in refused_ids(ids, "id")]
    ['1 with no id', '1 with an empty id']
    """
    rules = _rules(table, column)
    given = id_text(table, column)
    figures: dict[str, Any] = {}
    for number, broken in enumerate(rules.values()):
        figures[f"rows_{number}"] = broken.sum()
        figures[f"example_{number}"] = given.left(40).min(where=broken)
    found = table.aggregate(**figures).to_pyarrow().to_pylist()[0]
    return tuple(
        RefusedIds(column, rule, int(found[f"rows_{number}"]), found[f"example_{number}"] or None)
        for number, rule in enumerate(rules)
        if found[f"rows_{number}"]
    )


def _rules(table: ir.Table, column: str) -> dict[str, Any]:
    given = id_text(table, column)
    rules: dict[str, Any] = {"no id": given.isnull()}
    if not table[column].type().is_string():
        return rules
    rules["an empty id"] = given.length() == 0
    rules[f"an id of more than {LONGEST_ID:,} characters"] = given.length() > LONGEST_ID
    engine = engine_of(table)
    if engine == "postgres":  # whose texts hold no NUL
        return rules
    rules["a NUL character in the id"] = given.re_search(r"\x00")
    if engine == "pyspark":  # the others check what they read
        rules["an id that is not UTF-8"] = ~_is_utf8(given)
    return rules
