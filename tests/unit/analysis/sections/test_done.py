"""What was done, as the report says it: of our own drawing, and of data that were there before."""

from amends import Arm


def done(report):
    return next(section for section in report.sections if section.name == "done")


def test_an_experiment_of_ours_says_how_the_arm_was_drawn_and_what_it_said(two_arms, counts, report_of):
    section = done(report_of(two_arms(), counts))
    assert any("Chance alone drew the arm" in said.en for said in section.said)
    assert "Thank you" in section.tables[0].rows[0][1].en


def test_data_taken_in_later_claim_neither_our_drawing_nor_that_nothing_was_said(two_arms, counts, report_of):
    arms = [Arm("thank_you"), Arm("sorry")]
    section = done(report_of(two_arms(arms=arms), counts, status="stopped", finished_data=True))
    assert not any("hash" in said.en or "hash" in said.id for said in section.said)
    assert any("how the arms were drawn was not recorded here" in said.en for said in section.said)
    assert any("cara kelompok diundi tidak tercatat di sini" in said.id for said in section.said)
    assert section.tables[0].rows[0][1].id == "(tidak ditulis di sini)"


def test_whole_clusters_are_named_in_the_readers_language(two_arms, counts, report_of):
    section = done(report_of(two_arms(cluster="party"), counts))
    assert any("Everyone of one party" in said.en for said in section.said)
    assert any("Semua dalam satu rombongan" in said.id for said in section.said)
