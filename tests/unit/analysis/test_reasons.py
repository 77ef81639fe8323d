"""Every reason for a missing figure has words of its own in Indonesian."""

import ast
from pathlib import Path

import pytest

import amends.analysis
from amends.analysis.brant import brant_test
from amends.analysis.compliance import complier_effect
from amends.analysis.double_sampling import Reminded, double_sample
from amends.analysis.factorial import factorial_proportions
from amends.analysis.rare_events import mantel_haenszel
from amends.analysis.reasons import explained
from amends.analysis.reliability import reliability

RARE = "data belum cukup"
# "nobody" or "everybody", each with words of its own.
EITHER = (
    "{…} of {…} had the event, so no difference can be tested",
    "{…} of {…} had the event, so nothing can be adjusted",
)


def reasons() -> set[str]:
    """The literal reasons in the package, a placeholder in place of every value."""
    found = set()
    for path in Path(amends.analysis.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            if named and node.func.id == "NotEnough" and node.args:
                found |= {text for text in written(node.args[0]) if not of_others(text)}
    return found


def of_others(text: str) -> bool:
    """Whether the reason only says where another reason applies."""
    return text in EITHER or text == "{…}" or text.endswith(": {…}")


def written(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant):
        return [str(node.value)]
    if isinstance(node, ast.JoinedStr):
        parts = [part.value if isinstance(part, ast.Constant) else "{…}" for part in node.values]
        return ["".join(map(str, parts))]
    if isinstance(node, ast.IfExp):
        return [*written(node.body), *written(node.orelse)]
    return []


@pytest.mark.parametrize("reason", sorted(reasons()))
def test_reason_is_worded_in_indonesian(reason):
    assert explained(reason).id != RARE


def test_an_unheard_of_reason_is_still_a_sentence():
    assert explained("the moon was full").id == RARE


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("drawn in blocks: checked by replaying the sealed list, not by a test", "bukan dengan uji"),
        ("nobody of 3 and 4 had the event, so there is no ratio", "rasionya"),
        ("nobody of 3 and 4 had the event, so no difference can be tested", "tidak ada satu pun"),
        ("the first arm has 1 answer; 2 needed", "satu jawaban"),
    ],
)
def test_the_gist_says_what_the_reason_says(reason, said):
    assert said in explained(reason).id


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
