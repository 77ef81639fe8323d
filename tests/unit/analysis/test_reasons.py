"""Why a figure is missing, in Indonesian too: every method's own reasons have a wording of their own."""

import pytest

from amends.analysis.brant import brant_test
from amends.analysis.compliance import complier_effect
from amends.analysis.double_sampling import Reminded, double_sample
from amends.analysis.factorial import factorial_proportions
from amends.analysis.rare_events import mantel_haenszel
from amends.analysis.reasons import explained
from amends.analysis.reliability import reliability

Y, ARM = [1.0, 2.0, 3.0, 5.0], [1, 1, 0, 0]
PART = {"a": {"m": "x", "v": "x"}, "b": {"m": "y", "v": "x"}, "c": {"m": "x", "v": "y"}}


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (complier_effect(Y, ARM, [0] * 4), "pesan diterima sama seringnya di kedua kelompok"),
        (complier_effect(Y, ARM, [0, 0, 1, 1]), "pesan justru lebih jarang diterima di kelompok pertama"),
        (complier_effect(Y, ARM, ARM).first_stage_f, "semua menerima pesan sesuai pembagian"),
        (factorial_proportions(dict.fromkeys(PART, (1, 2)), PART), "kombinasi faktor tidak lengkap"),
        (double_sample(Reminded(9, {5: 4}, 0, {}), scale=(1, 7)), "belum ada yang diingatkan"),
        (
            double_sample(Reminded(9, {5: 4}, 2, {}), scale=(1, 7)),
            "terlalu sedikit jawaban setelah pengingat",
        ),
        (reliability({"a": [1, None], "b": [2, 3]}), "terlalu sedikit jawaban yang lengkap"),
        (reliability({"a": [1, 2], "b": [3, 3]}), "semua memberi jawaban yang sama"),
        (mantel_haenszel([(2, 9, 0, 9)]), "besarnya tidak terbatas"),
        (mantel_haenszel([]), "belum ada eksperimen"),
        (brant_test({}, {5: 1}), "belum ada jawaban"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_reason_of_a_method_is_said_in_indonesian(found, said):
    assert explained(found.reason).id == said
    assert explained(found.reason).en == found.reason
