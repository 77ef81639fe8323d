import copy
import pickle
from datetime import timedelta

import pytest

from amends.design.arm import Arm, silence
from amends.design.eligibility import delayed_by
from amends.design.randomization import Cluster
from amends.design.value import plain


def test_values_of_the_same_content_are_equal_and_hash_alike():
    assert Cluster("party", size=3) == Cluster("party", size=3)
    assert Cluster("party", size=3) != Cluster("party", size=4)
    assert hash(Cluster("party", size=3)) == hash(Cluster("party", size=3))


def test_values_of_different_kinds_are_never_equal():
    assert Cluster("party") != silence()
    assert Cluster("party") != "party"


def test_a_value_cannot_be_changed():
    with pytest.raises(AttributeError, match=r"Cluster.name cannot be changed: make a new Cluster"):
        Cluster("party").name = "table"


def test_an_attribute_of_a_value_cannot_be_removed():
    with pytest.raises(AttributeError, match="cannot be removed"):
        del Cluster("party").name


def test_an_experiment_cannot_be_changed(build):
    with pytest.raises(AttributeError, match=r"Experiment.alpha cannot be changed"):
        build().alpha = 0.2


def test_values_survive_pickling_and_copying(build):
    for value in (Arm("a", en="Hello", id="Halo"), delayed_by(hours=2), build()):
        assert pickle.loads(pickle.dumps(value)) == value
        assert copy.deepcopy(value) == value


def test_a_pickled_experiment_still_gives_the_same_arms(build):
    experiment = build()
    ids = [f"C-{n}" for n in range(50)]
    assert pickle.loads(pickle.dumps(experiment)).arms_of(ids) == experiment.arms_of(ids)


def test_plain_gives_json_types_only():
    assert plain({"a": (timedelta(minutes=1), Cluster("party"))}) == {
        "a": [60.0, {"name": "party", "size": None, "icc": None}]
    }
