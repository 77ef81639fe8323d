"""The report of declared moderators: interactions first, effects at levels drawn, never a level's own p."""

from datetime import date

import numpy as np
import pytest

from amends import Rating, exploratory, silence, thank_you
from amends.analysis.sections import moderators

TWO = [thank_you("Thank you for waiting."), silence()]


@pytest.fixture
def scripted(units_of):
    """600 units a cell of arm and channel: completion 60% against 40% by mail, `sms` as asked."""

    def make(sms=(0.6, 0.4), size=600, **more):
        arm, channel, done = [], [], []
        for name, place in (("thank_you", 0), ("silence", 1)):
            for where, rate in (("email", (0.6, 0.4)[place]), ("sms", sms[place])):
                arm += [name] * size
                channel += [where] * size
                done += [True] * round(rate * size) + [False] * (size - round(rate * size))
        return units_of(arm=arm, channel=channel, completed=done, **more)

    return make


@pytest.fixture
def shown(experiment_of, material_of):
    def make(units, *, status="stopped", finished_data=True, **parts):
        experiment = experiment_of(**{"arms": TWO, "moderators": ["channel"], **parts})
        material = material_of(experiment, units, status=status, finished_data=finished_data)
        return moderators.section(material)

    return make


def figures(section, metric="completed", moderator="channel"):
    return next(
        item
        for item in section.to_dict()["moderators"]
        if (item["metric"], item["moderator"]) == (metric, moderator)
    )


def test_a_difference_that_is_the_same_everywhere_yields_no_claim(scripted, shown, words):
    # Shown by mail and, of a twentieth of the units, not by text message: no finding in itself.
    units = scripted()
    kept = [place for place in range(2400) if units["channel"][place] == "email" or place % 20 == 0]
    section = shown(units.iloc[kept].reset_index(drop=True))
    found = figures(section)
    email, sms = found["levels"]
    assert email["interval"]["low"] > 0 > sms["interval"]["low"]
    assert found["p_adjusted"] > 0.5
    assert "depends on" not in words(section)
    assert "no proof that the difference is the same" in words(section)


def test_a_difference_that_depends_on_the_channel_is_said_in_both_languages(scripted, shown, words):
    section = shown(scripted(sms=(0.4, 0.6)))
    found = figures(section)
    assert found["test"]["value"] == pytest.approx(-0.4)
    assert found["p_adjusted"] < 1e-6
    assert "the difference between thank you – silence depends on channel (Holm p < 0.001)" in words(section)
    assert "bergantung pada saluran (Holm p < 0,001)" in words(section, "id")


def test_no_level_is_given_a_p_value(scripted, shown):
    section = shown(scripted())
    levels = section.tables[-1]
    assert [column.en for column in levels.columns][-3:] == ["difference", "95% interval", "units"]
    assert not any(column.en == "p" or column.en.startswith("p ") for column in levels.columns)
    assert all(set(level) == {"level", "value", "interval", "ns"} for level in figures(section)["levels"])


def test_both_scales_of_a_share_are_shown_the_difference_first(scripted, shown):
    section = shown(scripted(sms=(0.95, 0.9)))
    found = figures(section)
    assert found["test"]["value"] == pytest.approx(-0.15)
    assert found["log_odds"]["value"] == pytest.approx(np.log(19 / 9) - np.log(1.5 * 1.5))
    assert "log odds" not in section.tables[0].caption.en
    assert "log odds" in section.tables[1].caption.en


def test_every_level_is_drawn_with_its_interval(scripted, shown):
    (chart,) = shown(scripted()).charts[:1]
    assert [line.name.en for line in chart.lines] == ["channel: email", "channel: sms"]
    assert all(line.low < line.value < line.high for line in chart.lines)
    assert chart.lines[0].value == pytest.approx(20)


def test_predicted_moderators_are_adjusted_by_holm_and_explored_ones_apart_by_bh(
    scripted, shown, units_of, words
):
    rng = np.random.default_rng(5)
    units = scripted(sms=(0.55, 0.42), covariate__orders=[int(v) for v in rng.poisson(4, 2400)])
    units["covariate.size"] = [["small", "large"][place % 2] for place in range(2400)]
    section = shown(units, moderators=["channel", "orders", exploratory("size")])
    raw = {
        name: figures(section, moderator=name)["test"]["p_value"] for name in ("channel", "orders", "size")
    }
    adjusted = {name: figures(section, moderator=name)["p_adjusted"] for name in raw}
    low, high = sorted((raw["channel"], raw["orders"]))
    assert min(adjusted["channel"], adjusted["orders"]) == pytest.approx(min(1, 2 * low))
    assert max(adjusted["channel"], adjusted["orders"]) == pytest.approx(max(min(1, 2 * low), high))
    assert adjusted["size"] == pytest.approx(raw["size"])
    assert figures(section, moderator="size")["declared"] == "exploratory"
    assert "exploratory" in words(section)


def test_explored_moderators_are_adjusted_by_benjamini_and_hochberg_for_their_number(scripted, shown):
    from scipy.stats import false_discovery_control

    units, rng = scripted(sms=(0.55, 0.42)), np.random.default_rng(3)
    names = ("channel", "size", "region")
    for name in names[1:]:
        units[f"covariate.{name}"] = rng.choice(["small", "large"], 2400)
    section = shown(units, moderators=[exploratory(name) for name in names])
    raw = [figures(section, moderator=name)["test"]["p_value"] for name in names]
    adjusted = [figures(section, moderator=name)["p_adjusted"] for name in names]
    assert adjusted == pytest.approx(list(false_discovery_control(raw)))


def test_an_explored_finding_says_that_it_must_be_confirmed(scripted, shown, words):
    section = shown(scripted(sms=(0.4, 0.6)), moderators=[exploratory("channel")])
    assert "Explored, to be confirmed by new data: Completed surveys" in words(section)
    assert "perlu diuji dengan data baru" in words(section, "id")


def test_nothing_is_claimed_while_data_are_collected(scripted, shown, words):
    section = shown(scripted(sms=(0.4, 0.6)), status="running", finished_data=False)
    assert "depends on" not in words(section)
    assert section.said[0].en.startswith("Still collecting")


def test_ratings_are_labelled_as_known_of_those_who_answered(scripted, shown, words):
    units = scripted()
    units["item.satisfaction"] = [
        (place * 7) % 5 + 2.0 if done else None for place, done in enumerate(units["completed"])
    ]
    section = shown(units)
    assert figures(section, "satisfaction")["among"] == "answered"
    assert "satisfaction, among those who answered" in words(section)
    assert "di antara yang menjawab" in words(section, "id")


def test_a_constant_or_unknown_moderator_says_why_and_the_rest_appears(scripted, shown, words):
    section = shown(scripted(), moderators=["channel", "locale", "narcissism"])
    assert "language: not enough, because moderator 'locale' is en for every unit" in words(section)
    assert "narcissism: not enough, because moderator 'narcissism' is not known for any unit" in words(
        section
    )
    assert "nilai moderator sama untuk semua unit" in words(section, "id")
    assert figures(section, moderator="locale")["not_enough"]
    assert figures(section)["test"]["p_value"] > 0


def test_units_of_which_the_moderator_is_not_known_are_counted(scripted, shown, words):
    units = scripted()
    units.loc[:99, "channel"] = ""
    section = shown(units)
    assert "Channel is not known for 100 of 2,400 units" in words(section)
    assert "100 dari 2.400 unit" in words(section, "id")
    assert figures(section)["left_out"] == 100


def test_a_level_without_units_in_an_arm_is_named(scripted, shown, words):
    units = scripted()
    units.loc[:4, "channel"] = "post"
    section = shown(units)
    assert "channel post: an arm has 0 units; 2 needed" in words(section)
    assert figures(section)["test"]["df"] == 1


def test_delay_and_weekend_are_told_by_every_call(scripted, shown, words):
    rng = np.random.default_rng(2)
    days = [date(2026, 3, 6), date(2026, 3, 7)] * 1200
    units = scripted(delay_seconds=list(3600 * rng.gamma(4, 8, 2400)), day=days)
    section = shown(units, moderators=["delay", "weekend"])
    assert figures(section, moderator="delay")["kind"] == "numbers"
    assert "mean + 1 sd" in words(section)
    assert "weekend: yes" in words(section)
    assert "akhir pekan: ya" in words(section, "id")


def test_severity_asked_in_the_survey_is_described_and_never_tested(scripted, shown, words):
    units = scripted()
    units["item.hurt"] = [5.0 if done else None for done in units["completed"]]
    asked = [Rating("satisfaction"), Rating("hurt", "How bad was it?", role="severity")]
    section = shown(units, moderators=[], survey=asked)
    assert "measured after the message: descriptive only" in words(section)
    assert "diukur setelah pesan: hanya deskriptif" in words(section, "id")
    assert section.to_dict()["moderators"] == []
    assert section.to_dict()["severity"]["hurt"]["thank_you"] == {"n": 720, "mean": 5.0, "sd": 0.0}


def test_too_few_clusters_are_told_and_not_tested_as_units(scripted, shown, words):
    section = shown(scripted(), cluster="household")
    assert "1 clusters; 15 needed for an interaction" in words(section)
    assert section.tables == ()


def test_clusters_are_tested_by_errors_that_count_them(scripted, shown, words):
    rows = scripted()
    drawn = np.random.default_rng(20260).integers(0, 25, len(rows))
    rows["cluster"] = rows["arm"] + np.char.mod("%d", drawn)

    section = shown(rows, cluster="household")

    found = [item for item in section.figures["moderators"] if "not_enough" not in item]
    assert found
    assert {item["test"].get("name") for item in found} <= {"interaction (CR1)", None}
    assert any("name" in item["test"] for item in found)
    assert "errors that count clusters" in words(section)


def test_every_form_of_the_report_shows_it(scripted, experiment_of, report_of_units):
    report = report_of_units(experiment_of(arms=TWO, moderators=["channel"]), scripted())
    for text in (report.to_text(), report.to_markdown(), report.to_html()):
        assert "For whom the arms differ more" in text
    assert "Pada siapa perbedaan antarkelompok lebih besar" in report.to_html(locale="id")
    assert report.to_dict()["sections"]["moderators"]["moderators"][0]["moderator"] == "channel"
