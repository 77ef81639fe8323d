"""The store's values: times in UTC, and what prints."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone

import pytest

from amends.errors import UsageError
from amends.store.pseudonyms import fingerprint, pseudonym
from amends.store.reading import about
from amends.store.statements import chunks
from amends.store.values import as_utc, utc_now
from amends.tally import Moments


def test_any_zone_becomes_utc() -> None:
    wib = timezone(timedelta(hours=7))
    assert as_utc(datetime(2025, 3, 1, 3, tzinfo=wib)) == datetime(2025, 2, 28, 20, tzinfo=UTC)
    assert as_utc(datetime(2025, 3, 1, 3, tzinfo=wib)).tzinfo is UTC
    assert utc_now().tzinfo is UTC


def test_a_naive_time_is_refused_with_the_remedy() -> None:
    with pytest.raises(UsageError, match=r"2025-03-01T00:00:00 has no time zone.*datetime\.now\(UTC\)"):
        as_utc(datetime(2025, 3, 1))


def test_a_pseudonym_depends_on_every_byte_of_id_and_secret() -> None:
    ids = ["customer-1", "customer-2", "Customer-1", "customer-1 ", "\u00e9", "e\u0301", "1"]
    pseudonyms = {pseudonym(one, secret=secret) for one in ids for secret in (b"one secret", b"two secret")}
    assert len(pseudonyms) == 2 * len(ids)
    assert all(len(one) == 64 for one in pseudonyms)


def test_a_pseudonym_is_hmac_sha256() -> None:
    # RFC 4231, test case 2.
    assert pseudonym("what do ya want for nothing?", secret=b"Jefe") == (
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )


def test_a_fingerprint_is_no_pseudonym() -> None:
    secret = b"0123456789abcdef"
    assert fingerprint(secret) not in pseudonym("amends", secret=secret)
    assert fingerprint(secret) != fingerprint(secret + b"0")


def test_moments_about_another_centre_are_those_computed_there() -> None:
    values = [1.5, 2.0, 7.25]

    def moments(centre: float) -> Moments:
        return Moments(3, sum(v - centre for v in values), sum((v - centre) ** 2 for v in values), centre)

    assert about(moments(4.0), centre=-2.0) == moments(-2.0)
    assert about(Moments(), centre=4.0) == Moments(centre=4.0)


def test_chunks_lose_nothing() -> None:
    assert [item for chunk in chunks(range(11), 3) for item in chunk] == list(range(11))
    assert list(chunks([], 3)) == []


def test_the_values_load_without_a_database_library() -> None:
    code = (
        "import sys; from amends.store import Enrolment, Stored;"
        "print([name for name in ('sqlalchemy', 'sqlmodel', 'alembic') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_opening_a_prepared_database_loads_no_alembic(tmp_path: object) -> None:
    code = (
        "import sys; from amends.store import Store;"
        f"Store.open('sqlite:///{tmp_path}/amends.db', secret=b'0123456789abcdef').close();"
        "print('alembic' in sys.modules)"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in "12"
    ]
    assert [run.stdout.strip() for run in runs] == ["True", "False"]
