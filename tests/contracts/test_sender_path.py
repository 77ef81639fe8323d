"""A message sender that imports amends, builds an experiment and asks for an arm waits for nothing heavy."""

from __future__ import annotations

import subprocess
import sys

import pytest

DEFINE_AND_ASSIGN = """
from amends import Experiment, Mean, Proportion, delayed_by, silence, sorry, text, thank_you

experiment = Experiment(
    key="late_parcel",
    question="Which message?",
    owner="delivery-cx",
    eligible=delayed_by(hours=24),
    notice=text(en="Hello {first_name}, your parcel is late.", id="Halo Kak {first_name}, paket terlambat."),
    arms=[
        thank_you(en="Thank you for waiting so patiently.", id="Terima kasih sudah sabar menunggu."),
        sorry(en="We are sorry about this delay.", id="Mohon maaf atas keterlambatan ini."),
        silence(),
    ],
    metrics=[
        Proportion("completed", baseline=0.40, detect=0.05),
        Mean("satisfaction", scale=(1, 7), sd=1.4, detect=0.3),
    ],
)
assert experiment.arm_of("customer-1") in {"thank_you", "sorry", "silence"}
"""
HEAVY = [
    "alembic", "altair", "dataclasses", "fastapi", "numpy", "pandas", "pydantic", "scipy", "sqlalchemy",
    "sqlite3", "sqlmodel", "starlette", "statsmodels", "streamlit", "typer",
]  # fmt: skip


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """The modules of a fresh interpreter that has defined an experiment and asked it for an arm."""
    code = f"{DEFINE_AND_ASSIGN}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("module", HEAVY)
def test_asking_for_an_arm_does_not_load(module: str, loaded: set[str]) -> None:
    assert module not in loaded


def test_asking_for_an_arm_loads_the_standard_library_and_amends_only(loaded: set[str]) -> None:
    bare = subprocess.run(
        [sys.executable, "-c", "import sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    roots = {name.split(".")[0] for name in loaded - set(bare.stdout.split())}
    assert roots - sys.stdlib_module_names == {"amends"}
