import pytest

from amends.design.template import template
from amends.discovery import load_file
from amends.errors import DefinitionError


def test_the_file_for_a_new_experiment_loads_as_it_is(tmp_path):
    path = tmp_path / "late_refund.py"
    path.write_text(template("late_refund"), encoding="utf-8")
    experiment = load_file(path)
    assert experiment.key == "late_refund"
    assert experiment.locales == ("en", "id")
    assert experiment.slots == {"first_name", "new_date"}
    assert experiment.warnings == ()


def test_a_key_that_is_no_name_gets_no_file():
    with pytest.raises(DefinitionError, match="Write 'late_refund'"):
        template("Late refund")
