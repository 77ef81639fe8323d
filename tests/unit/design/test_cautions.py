from amends.design.arm import Arm, silence, sorry, thank_you
from amends.design.wording import text


def test_a_sound_definition_has_no_warnings(build):
    assert build().warnings == ()


def test_sentences_that_differ_by_more_than_a_fifth_of_the_longer_are_warned_about(build):
    ten, eight, seven = "1234567890", "12345678", "1234567"
    assert build(arms=[thank_you(ten), sorry(eight)]).warnings == ()
    (warning,) = build(arms=[thank_you(ten), sorry(seven)]).warnings
    assert (
        "arms 'thank_you' and 'sorry' differ in length by more than a fifth (7 and 10 characters)" in warning
    )


def test_lengths_are_compared_within_each_language(build):
    arms = [thank_you(en="Thank you.", id="Terima kasih banyak."), sorry(en="Sorry you.", id="Maaf.")]
    warnings = build(notice=text(en="Late.", id="Terlambat."), arms=arms).warnings
    assert len(warnings) == 1
    assert "in 'id'" in warnings[0]


def test_silence_has_no_length_to_compare(build):
    assert build(arms=[thank_you("Thank you very much."), silence()]).warnings == ()


def test_in_a_crossed_design_a_voucher_may_make_the_message_longer(build):
    def arm(name, words, message, voucher):
        return Arm(name, words, factors={"message": message, "voucher": voucher})

    crossed = [
        arm("a", "Thank you.", "thanks", "no"),
        arm("b", "Thank you. A voucher is in your account.", "thanks", "yes"),
        arm("c", "Sorry, you.", "sorry", "no"),
    ]
    assert build(arms=crossed).warnings == ()
    longer = [*crossed[:2], arm("c", "Sorry, so very sorry.", "sorry", "no")]
    assert "'a' and 'c'" in build(arms=longer).warnings[0]


def test_an_indonesian_request_for_understanding_is_warned_about(build):
    for phrase in ("Mohon pengertiannya.", "Keterlambatan ini mohon dimaklumi."):
        warnings = build(arms=[sorry(phrase), silence()]).warnings
        assert "that is a request, neither thanks nor apology" in warnings[0]


def test_the_notice_is_read_for_requests_too(build):
    assert "notice says 'mohon dimaklumi'" in build(notice="Terlambat, mohon dimaklumi.").warnings[0]


def test_customers_without_any_message_are_warned_about(build):
    assert "gets no message from us" in build(notice=None).warnings[0]
    assert build(notice=None, otherwise="Late.").warnings == ()
