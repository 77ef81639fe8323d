"""Every page in both languages over a real lab: what it says, and what it does where something is missing."""

from __future__ import annotations

import re
import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from amends import configure
from amends.errors import NeverAssigned
from amends.lab import Lab
from amends.settings import load_settings
from dashboards import data, filling
from dashboards.home import checks_said
from dashboards.sections import named
from dashboards.words import Words

ROOT = Path(__file__).parents[3]
APP = str(ROOT / "dashboards" / "app.py")
BROKEN = '''"""One arm is not an experiment."""

from amends import Experiment, thank_you

experiment = Experiment(notice="It is late.", arms=[thank_you("Thank you.")])
'''


@pytest.fixture(autouse=True)
def main_stays_main() -> Iterator[None]:
    """AppTest puts the page in the place of `__main__`, where processes spawned later would run it."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture
def open_lab(tmp_path: Path) -> Iterator[Any]:
    """Opens a lab on an empty database over a copy of the shipped experiments (or of none)."""
    opened: list[Lab] = []

    def make(*keys: str) -> Lab:
        folder = tmp_path / "experiments"
        folder.mkdir()
        for key in keys:
            shutil.copy(ROOT / "experiments" / f"{key}.py", folder)
        settings = load_settings(
            {
                "AMENDS_EXPERIMENTS": str(folder),
                "AMENDS_DATABASE_URL": f"sqlite:///{tmp_path / 'amends.db'}",
            }
        )
        lab = Lab(settings=settings)
        configure(lab)
        opened.append(lab)
        return lab

    st.cache_data.clear()
    st.cache_resource.clear()
    yield make
    configure(None)
    for lab in opened:
        lab.close()


SLOTS = {"first_name": "Sari", "tracking_number": "JX12", "new_date": "Jumat"}


def collect(lab: Lab, units: int) -> None:
    """Runs `late_parcel` for some customers; two of three finish the survey."""
    from datetime import timedelta

    lab.start("late_parcel")
    rows = [{"unit_id": f"C-{number}", "delay": timedelta(hours=30), **SLOTS} for number in range(units)]
    for number, assignment in enumerate(lab.assign_many("late_parcel", rows)):
        lab.record_delivery("late_parcel", assignment.unit_id, "sent")
        if number % 3:
            lab.record_response("late_parcel", assignment.unit_id, satisfaction=1 + number % 7)


def visit(**query: str) -> AppTest:
    """The page as a visitor with that address gets it."""
    return run(AppTest.from_file(APP, default_timeout=30), **query)


def run(app: AppTest, **query: str) -> AppTest:
    for name, value in query.items():
        app.query_params[name] = value
    return whole(app.run())


PATIENCE = 60.0
"""Seconds in which a page is run anew until its first whole report is there."""


def whole(app: AppTest) -> AppTest:
    """The page with its whole report: on a busy machine the first runs say that it is being computed."""
    from dashboards.words import LANGUAGES, Words

    pending = [Words(language).say("being_computed") for language in LANGUAGES]
    until = monotonic() + PATIENCE
    while monotonic() < until:
        assert not app.exception
        if not any(words in said(app) for words in pending):
            return app
        app.run()
    pytest.fail("the whole report did not come")


def the_studies() -> None:
    from dashboards import frame, studies

    frame.settle_language()
    studies.page()


def the_calculator() -> None:
    from dashboards import calculator, frame

    frame.settle_language()
    calculator.page()


def said(app: AppTest) -> str:
    """All words on the page."""
    found = [item.proto.body for item in app.get("html") if "<style>" not in item.proto.body]
    for kind in (
        "title",
        "header",
        "subheader",
        "markdown",
        "caption",
        "error",
        "warning",
        "info",
        "success",
    ):
        found += [item.value for item in app.get(kind)]
    return "\n".join(found)


RATED = '''"""Which of them is satisfied?"""

from amends import Experiment, NetPromoter, Proportion, silence, thank_you

experiment = Experiment(
    notice="It is late.",
    arms=[thank_you("Thank you."), silence()],
    metrics=[
        Proportion("satisfied", of="satisfaction", at_least=6, baseline=0.3, detect=0.1),
        Proportion("csat", of="satisfaction", at_least=6, among="answered"),
        NetPromoter("recommend"),
    ],
)
'''


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["Finished and satisfied", "Satisfied answers (CSAT)", "Recommendation (NPS)", "could hide"]),
        (
            "id",
            ["Selesai dan puas", "Jawaban puas (CSAT)", "Kesediaan merekomendasikan (NPS)", "tersembunyi"],
        ),
    ],
)
def test_metrics_of_a_rating_are_shown_with_their_own_counts_and_bounds(
    open_lab: Any, language: str, expected: list[str]
) -> None:
    lab = open_lab()
    (lab.experiments_folder / "rated.py").write_text(RATED)
    lab.start("rated")
    for number in range(60):
        lab.assign("rated", f"C-{number}")
        if number % 3:
            lab.record_response("rated", f"C-{number}", satisfaction=1 + number % 7, recommend=number % 11)
    page = said(visit(experiment="rated", lang=language))
    for words in expected:
        assert words.lower() in page.lower()


def test_an_empty_folder_teaches_the_first_step(open_lab: Any) -> None:
    open_lab()
    app = visit(lang="en")
    assert [block.value for block in app.code] == [
        "amends new late_parcel",
        "amends check",
        "amends start late_parcel",
    ]
    assert "Your first experiment" in said(app)
    assert "Eksperimen pertama Anda" in said(visit(lang="id"))


def test_a_broken_file_is_shown_with_its_remedy_beside_the_others(open_lab: Any) -> None:
    lab = open_lab("late_parcel")
    (lab.experiments_folder / "one_arm.py").write_text(BROKEN)
    app = visit(lang="en")
    assert any("one\\_arm.py" in error.value and "arm" in error.value for error in app.error)
    assert "Late parcel" in [heading.value for heading in app.subheader]
    assert "arms berisi 1 kelompok pesan" in "".join(error.value for error in visit(lang="id").error)


def test_the_question_is_asked_in_the_readers_language(open_lab: Any) -> None:
    lab = open_lab("late_parcel")
    lab.start("late_parcel")
    asked = "Paket terlambat: lebih baik berterima kasih kepada pelanggan"
    for page in ({}, {"experiment": "late_parcel"}):
        assert asked in said(visit(lang="id", **page))
        assert asked not in said(visit(lang="en", **page))
    report = lab.analyze("late_parcel")
    for form in (report.to_text, report.to_markdown, report.to_html, report.to_svg):
        assert asked[:20] in form(locale="id")
        assert "A parcel is late" not in form(locale="id")
        assert "A parcel is late" in form(locale="en")
    assert report.to_dict()["questions"]["id"].startswith(asked)
    assert asked in lab.preregistration("late_parcel").to_markdown(locale="id")


def test_a_draft_is_listed_with_the_command_that_starts_it(open_lab: Any) -> None:
    open_lab("late_parcel", "restaurant_wait")
    page = said(visit(lang="en"))
    assert "amends start late_parcel" in page
    assert "Not started yet" in page


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["Still collecting", "of 2,149 planned per arm", "Day 1, since ", "Data checks: "]),
        ("id", ["masih", "dari 2.149 yang direncanakan", "Hari ke-1, sejak ", "Pemeriksaan data: "]),
    ],
)
def test_the_list_gives_status_progress_days_headline_and_health(
    open_lab: Any, language: str, expected: list[str]
) -> None:
    collect(open_lab("late_parcel"), 60)
    page = said(visit(lang=language))
    for words in expected:
        assert words in page
    assert "✓" in page
    assert Words(language).say("checks_coming") not in page, "the list waits for what the checks found"


def test_a_card_says_what_the_data_checks_of_its_experiment_found(open_lab: Any) -> None:
    lab = open_lab("late_parcel")
    collect(lab, 60)
    found = named(lab.analyze("late_parcel").sections, "checks")
    assert found is not None
    page = said(visit(lang="en"))
    assert checks_said(found.figures["counts"], Words("en")) in page
    lab.stop("late_parcel")
    data.forget()
    assert re.search(r"Ran from (.+ 20\d\d) to \1<", said(visit(lang="en")))


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["Still collecting", "Thank you", "completed the survey", "From assigned to finished"]),
        (
            "id",
            [
                "Data masih dikumpulkan",
                "Terima kasih",
                "menyelesaikan survei",
                "Dari penetapan sampai selesai",
            ],
        ),
    ],
)
def test_one_experiment_shows_sentence_counts_and_texts(
    open_lab: Any, language: str, expected: list[str]
) -> None:
    lab = open_lab("late_parcel")
    collect(lab, 60)
    page = said(visit(experiment="late_parcel", lang=language))
    for words in expected:
        assert words in page
    for arm in lab.tally("late_parcel").arms:
        assert f">{arm.assigned}<" in page, "raw counts stand in the table"
    assert "Thank you for waiting so patiently." in page or "Terima kasih sudah sabar menunggu." in page


def test_what_is_still_computed_has_its_place_on_the_page(
    open_lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = open_lab("late_parcel")
    collect(lab, 60)
    analyze, may_end = lab.analyze, threading.Event()

    def slow(key: str) -> Any:
        may_end.wait(60)
        return analyze(key)

    monkeypatch.setattr(lab, "analyze", slow)
    monkeypatch.setattr(filling, "FIRST_WAIT", 0.0)
    app = AppTest.from_file(APP, default_timeout=30)
    app.query_params["experiment"] = "late_parcel"
    early = said(app.run())
    may_end.set()
    assert early.count("am-coming") == 4, "checks, silent, funnel and the chapters"
    assert "am-coming" not in said(visit(experiment="late_parcel"))


def test_one_response_is_shown_as_a_count_and_no_figure_is_made_up(open_lab: Any) -> None:
    lab = open_lab("late_parcel")
    collect(lab, 2)
    app = visit(experiment="late_parcel", lang="en")
    assert not app.error
    assert "1 of" in said(app)


def test_answers_that_were_refused_or_came_again_stop_no_page(open_lab: Any) -> None:
    lab = open_lab("late_parcel")
    collect(lab, 6)
    lab.record_response("late_parcel", "C-1", satisfaction=1)
    with pytest.raises(NeverAssigned):
        lab.record_response("late_parcel", "a stranger", satisfaction=1)
    assert {status for status, _, _ in lab.turned_away("late_parcel")} == {"refused", "repeated"}
    for language, title in (("en", "Data checks"), ("id", "Pemeriksaan data")):
        words = said(visit(experiment="late_parcel", lang=language))
        assert title in words


def test_a_draft_shows_its_texts_and_its_plan(open_lab: Any) -> None:
    open_lab("late_parcel")
    page = said(visit(experiment="late_parcel", lang="id"))
    assert "Mohon maaf atas keterlambatan ini." in page
    assert "2.149 per kelompok" in page


def test_an_unknown_experiment_is_named_with_the_nearest_one(open_lab: Any) -> None:
    open_lab("late_parcel")
    app = visit(experiment="late_parcle", lang="en")
    assert any("late\\_parcle" in error.value and "late\\_parcel" in error.value for error in app.error)


def test_simulated_customers_are_labelled_on_both_pages(open_lab: Any) -> None:
    lab = open_lab("late_parcel")
    lab.start("late_parcel", simulated=True)
    for query in ({}, {"experiment": "late_parcel"}):
        assert "Pelanggan simulasi" in said(visit(lang="id", **query))


def test_an_edited_definition_is_said(open_lab: Any) -> None:
    lab = open_lab("late_parcel")
    lab.start("late_parcel")
    file = lab.experiments_folder / "late_parcel.py"
    file.write_text(file.read_text().replace("so patiently", "so very patiently"))
    app = visit(experiment="late_parcel", lang="en")
    assert any(
        "edited after the start" in warning.value and "arms" in warning.value for warning in app.warning
    )


def test_the_language_switch_changes_the_page_and_the_address(open_lab: Any) -> None:
    open_lab("late_parcel")
    app = visit(lang="en")
    app.segmented_control(key="lang").set_value("id").run()
    assert app.query_params["lang"] == "id"
    assert "Belum dimulai" in said(app)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["not known to us", "59 pairs", "0.011 to 0.105", "household ids", "Frederick", "✓ agrees"]),
        (
            "id",
            [
                "tidak kami ketahui",
                "59 pasangan",
                "0,011 sampai 0,105",
                "rumah tangga",
                "Broockman",
                "✓ cocok",
            ],
        ),
    ],
)
def test_published_studies_stand_beside_what_we_get(
    open_lab: Any, language: str, expected: list[str]
) -> None:
    open_lab()
    page = said(run(AppTest.from_function(the_studies, default_timeout=30), lang=language))
    for words in expected:
        assert words in page


@pytest.mark.parametrize(
    ("language", "average", "mixed", "left_out"),
    [
        ("en", "Across 2 comparisons", "mixes different questions", "ggl2008"),
        ("id", "Dari 2 perbandingan", "mencampur pertanyaan", "you2020"),
    ],
)
def test_published_comparisons_are_pooled_with_a_warning_that_they_ask_other_questions(
    open_lab: Any, language: str, average: str, mixed: str, left_out: str
) -> None:
    open_lab("late_parcel")
    page = said(run(AppTest.from_function(the_studies, default_timeout=30), lang=language))
    for words in (average, mixed, left_out, "frederick2009", "late_parcel"):
        assert words in page


def test_without_the_published_ones_an_empty_lab_has_nothing_to_pool(open_lab: Any) -> None:
    open_lab("late_parcel")
    app = run(AppTest.from_function(the_studies, default_timeout=30), lang="en")
    app.toggle(key="pooled_published").set_value(False).run()
    assert not app.exception
    assert "there is nothing to pool" in said(app)


def test_an_unpublished_p_value_is_a_dash_on_the_page_of_studies(open_lab: Any) -> None:
    open_lab()
    app = run(AppTest.from_function(the_studies, default_timeout=30), lang="en")
    tables = [item.proto.body for item in app.get("html") if "Civic Duty versus" in item.proto.body]
    assert tables
    assert "0.000" not in tables[0]
    assert "–" in tables[0]


def test_the_calculator_compares_the_counts_in_the_address() -> None:
    app = run(
        AppTest.from_function(the_calculator, default_timeout=30),
        lang="id",
        x1="51",
        n1="56",
        x2="40",
        n2="51",
    )
    page = said(app)
    assert "91,1%" in page
    assert "78,4%" in page
    assert "0,094" in page


def test_the_calculator_refuses_more_than_everybody() -> None:
    app = run(AppTest.from_function(the_calculator, default_timeout=30), lang="en", x1="60", n1="56")
    assert any("60 cannot complete of 56" in error.value for error in app.error)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["5.90", "0.50", "Hedges", "does not lie within ±0.30"]),
        ("id", ["5,90", "0,50", "g Hedges", "tidak seluruhnya di dalam ±0,30"]),
    ],
)
def test_the_calculator_compares_the_means_in_the_address(language: str, expected: list[str]) -> None:
    app = run(
        AppTest.from_function(the_calculator, default_timeout=30),
        lang=language,
        kind="means",
        margin="0.3",
        mean1="5.9",
        sd1="0.9",
        rated1="51",
        mean2="5.4",
        sd2="1.1",
        rated2="40",
    )
    page = said(app)
    for words in [*expected, "0.023" if language == "en" else "0,023"]:
        assert words in page
    assert app.query_params["mean1"] == "5.9", "the address holds what is compared"
    app.number_input(key="mean2").set_value(6.4).run()
    assert app.query_params["mean2"] == "6.4"


def test_the_calculator_says_what_one_answer_cannot_show() -> None:
    app = run(AppTest.from_function(the_calculator, default_timeout=30), lang="en", kind="means", rated1="1")
    assert "We cannot tell" in said(app)


def test_an_address_with_nonsense_is_read_as_the_example() -> None:
    app = run(
        AppTest.from_function(the_calculator, default_timeout=30),
        lang="en",
        kind="means",
        mean1="nan",
        sd1="-4",
        rated1="<b>",
        margin="lots",
    )
    assert app.number_input(key="mean1").value == 5.9
    assert app.number_input(key="sd1").value == 0.0
    assert app.number_input(key="rated1").value == 51
    assert not app.error


@pytest.mark.parametrize(
    ("segment", "expected"), [("channel", "sms"), ("delay_band", "24–48 h"), ("weekend", "Weekend: ")]
)
def test_the_segment_in_the_address_is_shown(open_lab: Any, segment: str, expected: str) -> None:
    from datetime import UTC, datetime, timedelta

    lab = open_lab("late_parcel")
    lab.start("late_parcel")
    saturday = datetime(2026, 3, 7, 9, tzinfo=UTC)
    rows = [
        {
            "unit_id": f"C-{number}",
            "delay": timedelta(hours=30 + 24 * (number % 2)),
            "channel": ("email", "sms")[number % 2],
            "at": saturday + timedelta(hours=24 * (number % 4)),
            **SLOTS,
        }
        for number in range(120)
    ]
    for number, assignment in enumerate(lab.assign_many("late_parcel", rows)):
        if number % 3:
            lab.record_response("late_parcel", assignment.unit_id, satisfaction=1 + number % 7)
    app = visit(experiment="late_parcel", segment=segment, lang="en")
    assert app.selectbox(key="segment").value == segment
    assert expected in said(app)
    assert "in which segment the arms differ more is judged when" in said(app)
    whole(app.selectbox(key="segment").set_value("locale").run())
    assert app.query_params["segment"] == "locale"
    assert "all customers so far are alike" in said(app)


def test_a_segment_that_does_not_exist_opens_the_first(open_lab: Any) -> None:
    lab = open_lab("late_parcel")
    lab.start("late_parcel")
    app = visit(experiment="late_parcel", segment="shoe_size", lang="en")
    assert app.selectbox(key="segment").value == "channel"


def test_the_database_being_away_is_said_and_nothing_is_made_up(open_lab: Any, tmp_path: Path) -> None:
    open_lab("late_parcel").close()
    database = tmp_path / "amends.db"
    for file in tmp_path.glob("amends.db*"):
        file.unlink()
    database.mkdir()  # where the file was there is now something that no database opens
    page = said(visit(experiment="late_parcel", lang="en"))
    assert "database does not answer" in page


def test_a_mean_that_is_the_primary_metric_is_the_large_figure_on_the_cards(open_lab: Any) -> None:
    lab = open_lab("low_reward")
    lab.start("low_reward")
    for number in range(24):
        unit = f"P-{number}"
        lab.assign("low_reward", unit, first_name="Sari")
        lab.record_response("low_reward", unit, satisfaction=6)
    app = visit(experiment="low_reward", lang="id")
    cards = next(item.proto.body for item in app.get("html") if "am-cards" in item.proto.body)
    assert '<p class="am-big">6,00</p>' in cards
    assert "rata-rata nilai dari" in cards


def test_a_report_is_made_again_only_when_its_counts_have_changed(open_lab: Any) -> None:
    from dashboards import data

    lab = open_lab("late_parcel")
    collect(lab, 6)
    first = data.report("late_parcel")
    data._report.clear()
    again = data.report("late_parcel")
    assert again.contrasts is first.contrasts
    assert again.as_of >= first.as_of
    lab.record_response("late_parcel", "C-0", satisfaction=4)
    data._report.clear()
    assert data.report("late_parcel").contrasts is not first.contrasts


def test_the_downloads_hold_the_counts_of_the_page(open_lab: Any) -> None:
    import csv
    import io
    import json

    from dashboards import data

    lab = open_lab("late_parcel")
    collect(lab, 30)
    tally = lab.tally("late_parcel")
    rows = {row["arm"]: row for row in csv.DictReader(io.StringIO(data.counts_as_csv("late_parcel")))}
    for arm in tally.arms:
        assert int(rows[arm.arm]["assigned"]) == arm.assigned
        assert int(rows[arm.arm]["completed"]) == arm.completed
        assert int(rows[arm.arm]["satisfaction_7"]) == arm.ratings["satisfaction"].get(7, 0)
    assert json.loads(data.as_json("late_parcel"))["arms"]["sorry"]["assigned"] == tally["sorry"].assigned
    assert len(list(csv.DictReader(io.StringIO(data.comparisons_as_csv("late_parcel"))))) == 6


def test_parquet_holds_what_csv_holds_with_its_types(open_lab: Any) -> None:
    import io

    import pandas as pd

    from dashboards import data

    lab = open_lab("late_parcel")
    collect(lab, 30)
    tally, report = lab.tally("late_parcel"), lab.analyze("late_parcel")
    counts = pd.read_parquet(io.BytesIO(data.counts_as_parquet("late_parcel"))).set_index("arm")
    for arm in tally.arms:
        assert counts.loc[arm.arm, "assigned"] == arm.assigned
        assert counts.loc[arm.arm, "satisfaction_7"] == arm.ratings["satisfaction"].get(7, 0)
    assert (counts.dtypes == "int64").all()
    rows = pd.read_parquet(io.BytesIO(data.comparisons_as_parquet("late_parcel")))
    assert list(rows["effect"]) == [item.effect for item in report.contrasts]
    assert list(rows["metric"]) == [item.metric for item in report.contrasts]


MASKED = '''"""An order is late: what to say?"""

from amends import Experiment, Mean, Proportion, silence, sorry, thank_you

experiment = Experiment(
    notice="Your order is late.",
    arms=[thank_you("Thank you for waiting."), sorry("We are sorry about it."), silence()],
    metrics=[Proportion("completed", baseline=0.4, detect=0.05), Mean("satisfaction", scale=(1, 7))],
    masked=True,
)
'''


@pytest.mark.parametrize("language", ["en", "id"])
def test_masked_arms_are_letters_on_every_page_until_they_are_unmasked(open_lab: Any, language: str) -> None:
    from dashboards.words import Words

    lab = open_lab()
    (lab.experiments_folder / "late_order.py").write_text(MASKED)
    lab.start("late_order")
    for number, assignment in enumerate(lab.assign_many("late_order", [f"C-{n}" for n in range(60)])):
        lab.record_delivery("late_order", assignment.unit_id, "sent")
        if number % 3:
            lab.record_response("late_order", assignment.unit_id, satisfaction=1 + number % 7)

    def shown(**query: str) -> str:
        app = visit(lang=language, **query)
        return said(app) + "".join(chart.proto.spec for chart in app.get("arrow_vega_lite_chart"))

    pages = shown() + shown(experiment="late_order")
    told = ("Thank you", "Sorry", "Silence", "thank_you", "sorry", "silence", "Terima kasih", "Tanpa pesan")
    assert [word for word in told if word in pages] == []
    assert ">A<" in pages
    sent = f">{Words(language).say('sent')}<"
    assert sent not in pages
    lab.unmask("late_order", reason="Board.")
    st.cache_resource.clear()
    named = shown(experiment="late_order")
    assert sent in named
    assert {"en": "Silence", "id": "Tanpa pesan"}[language] in named


def test_the_counts_of_masked_arms_are_downloaded_without_what_was_sent(open_lab: Any) -> None:
    lab = open_lab()
    (lab.experiments_folder / "late_order.py").write_text(MASKED)
    lab.start("late_order")
    lab.assign("late_order", "C-1")
    from dashboards import data

    head, *rows = data.counts_as_csv("late_order").splitlines()
    assert head.startswith("arm,assigned,started,")
    assert [row.split(",")[0] for row in rows] == ["A", "B", "C"]


def the_waiting_times() -> None:
    from dashboards import frame, waiting

    frame.settle_language()
    waiting.page()


@pytest.mark.parametrize(
    ("language", "words"), [("en", "The log of delays is empty"), ("id", "masih kosong")]
)
def test_an_empty_log_of_delays_teaches_how_to_fill_it(open_lab: Any, language: str, words: str) -> None:
    open_lab()
    app = run(AppTest.from_function(the_waiting_times, default_timeout=30), lang=language)
    assert words in said(app)
    assert "amends events import" in app.code[0].value


@pytest.mark.parametrize("language", ["en", "id"])
def test_waiting_times_say_who_waits_and_who_is_late_enough_for_a_running_experiment(
    open_lab: Any, language: str
) -> None:
    from datetime import timedelta

    from amends.lab.service_log import record_events

    lab = open_lab("late_parcel")
    lab.start("late_parcel")
    now = lab.clock()
    rows = [
        {"incident": f"T-{n}", "received_at": now - timedelta(hours=30 * n), "channel": "email"}
        for n in range(1, 6)
    ]
    rows.append({"incident": "T-9", "received_at": now, "answered_at": now, "channel": "chat"})
    record_events(lab, rows)
    app = run(AppTest.from_function(the_waiting_times, default_timeout=30), lang=language)
    log = lab.service_log()
    assert log.said[0][language] in said(app)
    assert "Late parcel" in said(app)
    assert "T-1" not in said(app)
    assert len(app.get("vega_lite_chart") + app.get("arrow_vega_lite_chart")) == 2
