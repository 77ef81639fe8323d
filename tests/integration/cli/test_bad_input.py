"""Bad input through the public door: a reason in place of the figure, and the rest of the report stays."""

import json
import re

import pytest

from amends.analysis.reasons import explained
from amends.cli.opening import open_lab

RARE = "data belum cukup"
"""What a reason becomes in Indonesian that nobody has put into words."""

HEADER = "unit,arm,done,score"


def rows(*arms: tuple[str, int, int, str]) -> str:
    """A file's rows: per arm its name, its units, how many completed, and their rating."""
    lines = [HEADER]
    for arm, units, completed, rating in arms:
        for number in range(units):
            done = number < completed
            lines.append(f"{arm}-{number},{arm},{int(done)},{rating if done else ''}")
    return "\n".join(lines) + "\n"


COLUMNS = ("--unit", "unit", "--arm", "arm", "--completed", "done", "--rating", "score")


def reasons(document) -> set[str]:
    """Every reason for a missing figure, wherever it stands in the object."""
    if isinstance(document, dict):
        mine = {document["not_enough"]} if isinstance(document.get("not_enough"), str) else set()
        return mine.union(*(reasons(value) for value in document.values()))
    if isinstance(document, list):
        return set().union(*(reasons(value) for value in document))
    return set()


def sound_everywhere(key: str) -> dict:
    """The report in every form: whole, without NaN or infinity, its reasons in both languages."""
    with open_lab() as lab:
        report = lab.analyze(key)
    document = report.to_dict()
    json.dumps(document, allow_nan=False)
    for locale in ("en", "id"):
        for shown in (
            report.to_text(locale=locale),
            report.to_markdown(locale=locale),
            report.to_html(locale=locale),
        ):
            assert not re.search(r"\b(nan|inf|infinity|traceback)\b|∞", re.sub("<[^>]*>", " ", shown).lower())
            for section in report.sections:
                # Without blanks, since a terminal's lines break anywhere, at hyphens too.
                words = "".join(shown.lower().split()).replace("&#x27;", "'")
                assert "".join(section.title[locale].lower().split()) in words
    report.to_frame()
    report.to_apa()
    untranslated = {reason for reason in reasons(document) if explained(reason).id == RARE}
    assert not untranslated
    return document


def imported(desk, content: str, *words: str) -> dict:
    desk("import", "late_parcel", desk.file("done.csv", content), *COLUMNS, *words)
    shown = desk("analyze", "late_parcel").stdout
    assert "Data checks" in shown
    assert json.loads(desk("analyze", "late_parcel", "--json").stdout)["experiment"] == "late_parcel"
    return sound_everywhere("late_parcel")


def contrast(document, metric="completed", arm="thank_you", versus="sorry"):
    return next(
        item
        for item in document["contrasts"]
        if (item["metric"], item["arm"], item["versus"]) == (metric, arm, versus)
    )


def test_an_empty_arm_leaves_the_other_pairs_standing(desk):
    found = imported(desk, rows(("thank_you", 20, 12, "6"), ("sorry", 20, 10, "5")))
    assert found["arms"]["silence"]["assigned"] == 0
    assert "no units" in contrast(found, versus="silence")["p_value"]["not_enough"]
    assert isinstance(contrast(found)["p_value"], float)


def test_one_response_has_no_spread(desk):
    found = imported(desk, rows(("thank_you", 20, 1, "6"), ("sorry", 20, 10, "5"), ("silence", 9, 3, "4")))
    assert "not_enough" in contrast(found, "satisfaction")["p_value"]
    assert "not_enough" in found["arms"]["thank_you"]["sd"]
    assert isinstance(contrast(found)["p_value"], float)


def test_ratings_that_are_all_alike_have_nothing_to_compare_with(desk):
    found = imported(desk, rows(("thank_you", 20, 12, "6"), ("sorry", 20, 9, "6"), ("silence", 20, 8, "6")))
    assert "alike" in contrast(found, "satisfaction")["p_value"]["not_enough"]
    assert contrast(found, "satisfaction")["effect"] == 0


def test_everyone_completed(desk):
    found = imported(desk, rows(("thank_you", 20, 20, "6"), ("sorry", 20, 20, "5"), ("silence", 9, 9, "4")))
    assert "everybody" in contrast(found)["p_value"]["not_enough"]
    assert contrast(found)["low"] < 0 < contrast(found)["high"]


def test_nobody_completed(desk):
    found = imported(desk, rows(("thank_you", 20, 0, ""), ("sorry", 20, 0, ""), ("silence", 9, 0, "")))
    assert "nobody" in contrast(found)["p_value"]["not_enough"]
    assert "not_enough" in contrast(found, "satisfaction")["effect"]


@pytest.mark.parametrize("score", ["good", "nan", "9", "5.5"])
def test_a_rating_column_of_text_is_refused_by_line_and_nothing_is_stored(desk, score):
    path = desk.file("done.csv", rows(("thank_you", 3, 2, score), ("sorry", 3, 1, "5")))
    said = desk.refused("import", "late_parcel", path, *COLUMNS, code=2)
    assert "line 2: score" in said
    assert "nothing was stored" in said
    assert json.loads(desk("analyze", "late_parcel", "--json").stdout)["status"] == "draft"
    assert sound_everywhere("late_parcel")["arms"]["sorry"]["assigned"] == 0


def test_a_unit_on_two_lines_is_refused(desk):
    content = rows(("thank_you", 3, 2, "6"), ("sorry", 3, 1, "5")) + "sorry-0,sorry,1,4\n"
    said = desk.refused("import", "late_parcel", desk.file("done.csv", content), *COLUMNS)
    assert "'sorry-0' already stands on line 5; each unit counts once" in said
    assert desk.rows("assignment") == 0


def test_a_file_without_unit_ids_says_that_rows_were_taken_as_units(desk):
    path = desk.file("done.csv", rows(("thank_you", 20, 12, "6"), ("sorry", 20, 10, "5")))
    desk("import", "late_parcel", path, "--arm", "arm", "--completed", "done")
    found = sound_everywhere("late_parcel")
    assert any("each row was taken as one" in warning for warning in found["warnings"])


def test_an_arm_that_was_not_invited_is_compared_with_nobody_on_the_survey(desk):
    content = rows(("thank_you", 20, 12, "6"), ("sorry", 20, 9, "5"))
    content += "".join(f"silence-{number},silence,,\n" for number in range(20))
    found = imported(desk, content, "--not-invited", "silence")
    for metric in ("completed", "satisfaction"):
        for arm in ("thank_you", "sorry"):
            refused = contrast(found, metric, arm, "silence")
            assert "was not invited" in refused["p_value"]["not_enough"]
            assert "was not invited" in refused["effect"]["not_enough"]
    assert "was not invited" in found["arms"]["silence"]["rate"]["not_enough"]
    assert isinstance(contrast(found)["p_value"], float)
    # The overall test is of the two arms that were asked.
    assert found["omnibus"][0]["df"] == 1


def test_an_arm_that_was_not_invited_cannot_have_answered(desk):
    path = desk.file("done.csv", rows(("thank_you", 3, 2, "6"), ("silence", 3, 1, "5")))
    said = desk.refused("import", "late_parcel", path, *COLUMNS, "--not-invited", "silence")
    assert "line 5: done: yes, although silence was not invited" in said
    said = desk.refused("import", "late_parcel", path, *COLUMNS, "--not-invited", "silent")
    assert "Did you mean 'silence'?" in said


ADJUSTED = '''"""A parcel is late: thank, apologise, or only state the facts?"""

from amends import Experiment, Mean, Proportion, silence, sorry, thank_you

experiment = Experiment(
    notice="Your parcel is late.",
    arms=[thank_you("Thank you for waiting."), sorry("We are sorry about it."), silence()],
    metrics=[Proportion("completed", baseline=0.4, detect=0.05), Mean("satisfaction", scale=(1, 7), sd=1.4)],
    covariates=["{covariate}"],
    moderators=["{moderator}"],
)
'''


@pytest.fixture
def covered(desk):
    """An experiment that declares a covariate and a moderator, with 40 customers assigned."""

    def make(covariates):
        desk.define("late_parcel", ADJUSTED.format(covariate="orders", moderator="tier"))
        desk("start", "late_parcel", "--yes")
        with open_lab() as lab:
            for number in range(40):
                lab.assign("late_parcel", f"C-{number}", covariates=covariates(number))
                if number % 2:
                    lab.record_response("late_parcel", f"C-{number}", satisfaction=1 + number % 7)
        return sound_everywhere("late_parcel")

    return make


@pytest.mark.parametrize(
    "covariates",
    [
        lambda number: {"orders": number, "tier": "gold"} if number % 3 else {"tier": "gold"},
        lambda number: {"orders": None, "tier": "gold"},
        lambda number: None,
        lambda number: {"orders": "many" if number % 2 else 3, "tier": "gold"},
        lambda number: {"orders": 3, "tier": "gold"},
    ],
    ids=["missing for some", "missing for all", "never told", "text among numbers", "constant"],
)
def test_covariates_and_moderators_that_say_little_stop_no_report(covered, covariates):
    found = covered(covariates)
    assert found["arms"]["sorry"]["assigned"] > 0
    assert contrast(found)["metric"] == "completed"


@pytest.mark.parametrize("name", ["satisfaction", "completed"])
def test_what_is_measured_after_the_message_is_no_covariate(desk, name):
    desk.define("late_parcel", ADJUSTED.format(covariate=name, moderator="tier"))
    said = desk("check", "late_parcel", code=1)
    assert f"covariate '{name}' is measured after the message" in said.stdout + said.stderr


def test_a_covariate_told_after_the_assignment_changes_nothing(covered):
    covered(lambda number: {"orders": number % 4, "tier": "gold"})
    with open_lab() as lab:
        before = lab.analyze("late_parcel").to_dict()["sections"]["checks"]["found"]["balance"]
        lab.assign("late_parcel", "C-1", covariates={"orders": 1_000_000, "tier": "tin"})
        after = lab.analyze("late_parcel").to_dict()["sections"]["checks"]["found"]["balance"]
    assert after == before
