import pytest

from amends.design.randomization import Cluster, Holdout, Layer, Randomization, blocked, hashed
from amends.errors import DefinitionError


def test_strata_may_be_one_name_or_several():
    assert blocked("site").by == ("site",)
    assert blocked(by=("site", "shift")).by == ("site", "shift")
    assert blocked().by == ()


@pytest.mark.parametrize("name", ["completed", "responded", "finished"])
def test_balancing_on_completed_surveys_is_refused_with_the_reason(name):
    with pytest.raises(
        DefinitionError, match="The arms change who answers, so balancing on it would hide the effect"
    ):
        blocked(by=name)


@pytest.mark.parametrize("sizes", [(), (1,), (4.0,), (True,), (-4,)])
def test_block_sizes_are_whole_numbers_of_at_least_two(sizes):
    with pytest.raises(DefinitionError, match="must be whole numbers of at least 2"):
        blocked(sizes=sizes)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: blocked(by=("site", "site")), "stratum 'site' is given twice"),
        (lambda: blocked(by="Site"), "stratum 'Site' is not a name"),
        (lambda: blocked(size=4), "Did you mean 'sizes'"),
        (lambda: Cluster("party", sise=3), "Did you mean 'size'"),
        (lambda: Cluster("party", size=0), r"size of cluster 'party' is 0"),
        (
            lambda: Cluster("party", icc=1.2),
            r"icc of cluster 'party' is 1.2; it must be a number in \[0, 1\]",
        ),
        (lambda: Cluster("the party"), "Write 'the_party'"),
        (lambda: Layer("delays", 0.5, 0.5), "the first must be smaller"),
        (lambda: Layer("delays", 0, 1.5), "upper end of layer 'delays' is 1.5"),
        (lambda: Holdout("kept", 0), r"share of holdout 'kept' is 0; it must be a number in \(0, 1\)"),
        (lambda: Holdout("kept", 1), "share of holdout"),
    ],
)
def test_each_part_of_the_draw_has_its_rule(make, said):
    with pytest.raises(DefinitionError, match=said):
        make()


def test_a_design_effect_needs_size_and_icc():
    assert Cluster("party", size=4, icc=0.05).design_effect == pytest.approx(1.15)
    assert Cluster("party", size=4).design_effect is None


def test_the_parts_of_the_draw_are_read_back_from_json():
    for draw in (hashed(), blocked("site", sizes=(4, 6)), blocked()):
        assert Randomization.from_dict(draw.to_dict()) == draw
    for part in (Cluster("party", size=3, icc=0.1), Layer("delays", 0.0, 0.5), Holdout("kept", 0.05)):
        assert type(part).from_dict(part.to_dict()) == part
