"""Numbers and names as people read them."""

import pytest

from amends.analysis import formatting
from amends.analysis.reasons import explained
from amends.analysis.result import NotEnough


def test_percentages_follow_the_language():
    assert formatting.percent(0.784) == "78.4%"
    assert formatting.percent(0.784, "id") == "78,4%"
    assert formatting.percent(NotEnough("no units"), "id") == "–"


@pytest.mark.parametrize(("p", "said"), [(0.0004, "p < 0.001"), (0.001, "p = 0.001"), (0.0671, "p = 0.067")])
def test_p_is_never_printed_as_zero(p, said):
    assert formatting.p_value(p) == said


def test_p_in_indonesian_has_a_comma():
    assert formatting.p_value(0.0004, "id") == "p < 0,001"


def test_a_rounded_zero_has_no_minus():
    assert formatting.number(-0.001, digits=1) == "0.0"
    assert formatting.number(-0.06, digits=1) == "−0.1"


def test_thousands_and_infinity():
    assert formatting.count(344084) == "344,084"
    assert formatting.count(344084, "id") == "344.084"
    assert formatting.number(float("-inf")) == "−∞"


@pytest.mark.parametrize(
    ("arm", "en", "other"),
    [
        ("thank_you", "thank you", "terima kasih"),
        ("sorry", "sorry", "maaf"),
        ("silence", "silence", "tanpa pesan"),
        ("early_voucher", "early voucher", "early voucher"),
    ],
)
def test_arms_have_names_people_use(arm, en, other):
    assert (formatting.arm_name(arm), formatting.arm_name(arm, "id-ID")) == (en, other)


def test_an_unknown_language_falls_back_to_english():
    assert formatting.percent(0.5, "pt_BR") == "50.0%"


def test_an_unknown_unit_is_called_a_unit():
    assert (formatting.unit_names("party"), formatting.unit_names("gadget")) == ("parties", "units")


def test_every_verdict_and_reason_has_both_languages():
    for said in (*formatting.VERDICTS.values(), *formatting.STATUSES.values()):
        assert said.en
        assert said.id
    assert explained("a reason nobody foresaw").id == "data belum cukup"
    assert explained("clustered").en.startswith("units share arms by cluster")
