"""Results that take long are made once for the same data, and the store never grows without bound."""

import numpy as np

from amends.analysis.kept import Kept, digest


def test_a_result_is_made_once():
    store, made = Kept(), []
    for _ in range(3):
        assert store.result("key", lambda: made.append(1) or "figure") == "figure"
    assert made == [1]


def test_the_result_longest_unused_goes_first():
    store = Kept(most=2)
    for key in ("a", "b", "a", "c"):
        store.result(key, lambda key=key: key)
    assert len(store) == 2
    assert store.result("a", lambda: "new") == "a"
    assert store.result("b", lambda: "new") == "new"


def test_any_change_of_data_or_setting_gives_another_digest():
    data = np.array([1.0, 2.0, 3.0])
    first = digest("mediation", data, 5000, 0)
    assert first == digest("mediation", data.copy(), 5000, 0)
    others = [
        digest("mediation", data, 5000, 1),
        digest("mediation", data + 1e-15 * np.array([0, 1, 0]) + np.array([0, 0, 1e-9]), 5000, 0),
        digest("mediation", data[::-1], 5000, 0),
        digest("mediation", data.reshape(3, 1), 5000, 0),
        digest("moderated", data, 5000, 0),
    ]
    assert first not in others


def test_names_in_a_list_count_one_by_one():
    assert digest(["ab", "c"]) != digest(["a", "bc"])
    assert digest(np.array(["ab", None], dtype=object)) == digest(["ab", None])
