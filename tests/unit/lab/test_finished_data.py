"""Imported data are finished: read whole, at once, against the weights that their definition declares."""

from datetime import timedelta

import pytest

from amends import Experiment, Proportion, sorry, thank_you
from amends.analysis.result import NotEnough
from amends.importing.finished import FinishedRow
from amends.importing.storing import store_finished


@pytest.fixture
def imported(open_lab):
    """Imports 51 of 56 against 40 of 51 into an experiment and gives its report."""

    def make(*, weight=1, **parts):
        experiment = Experiment(
            key="late_parcel",
            notice="Your parcel is late.",
            arms=[thank_you("Thank you for waiting.", weight=weight), sorry("We are sorry for it.")],
            metrics=[Proportion("completed", baseline=0.784, detect=0.127)],
            **parts,
        )
        lab = open_lab(experiment, start=False)
        rows = [
            FinishedRow(line, str(line), "thank_you" if line < 56 else "sorry", done, {})
            for line, done in enumerate([True] * 51 + [False] * 5 + [True] * 40 + [False] * 11)
        ]
        store_finished(lab.store, experiment, rows, at=lab.clock(), units_given=True)
        return lab.analyze("late_parcel")

    return make


@pytest.mark.parametrize("window", [None, timedelta(days=3)])
def test_every_row_counts_at_once_whatever_the_response_window(imported, window):
    found = imported(response_window=window)["completed", "thank_you", "sorry"]
    assert found.n == (56, 51)
    assert found.p_value == pytest.approx(0.0939, abs=5e-5)
    assert found.verdict == "no difference shown"
    assert found.always_valid is None


def test_an_import_writes_no_verdict_that_would_stand(imported):
    assert imported()["completed", "thank_you", "sorry"].decision["stored"] is False


def test_the_split_is_checked_where_the_definition_declares_weights(imported):
    assert imported(weight=2).sample_ratio.p_value == pytest.approx(0.00166, abs=5e-6)


def test_without_declared_weights_there_is_no_split_to_check(imported):
    assert isinstance(imported().sample_ratio.ok, NotEnough)
