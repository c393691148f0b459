"""Each statistic against a published value, or one worked out another way."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

from skyedge.results.statistics.significance import holm, pairwise, ranks, signed_rank


def test_holm_gives_the_values_of_its_textbook_example():
    # p = 0.01, 0.04, 0.03, 0.005 times 3, 1, 2, 4 in order of size, never falling
    assert holm(np.array([0.01, 0.04, 0.03, 0.005])) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert len(holm(np.array([]))) == 0


def test_the_signed_rank_test_counts_all_signs_of_the_ranks():
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(2, 9))
    difference = second - first
    size = np.abs(difference).argsort().argsort() + 1
    observed = abs((np.sign(difference) * size).sum())
    every = [abs(np.dot(signs, size)) for signs in product([-1, 1], repeat=9)]
    assert signed_rank(first, second) == pytest.approx(np.mean([one >= observed for one in every]))


def test_no_difference_is_no_evidence_and_the_least_p_value_is_two_in_two_to_the_n():
    cost = np.arange(1.0, 8.0)
    assert signed_rank(cost, cost) == 1.0
    assert signed_rank(cost, cost * (1 + 1e-12)) == 1.0, "rounding"
    assert signed_rank(cost, cost + np.arange(1, 8)) == pytest.approx(2 / 2**7)


def test_pairs_are_counted_from_the_first_ones_side():
    costs = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0], "b": [2.0, 2.0, 1.0, 5.0], "c": [9.0, 9.0, 9.0, 9.0]})
    found = pairwise(costs).set_index(["first", "second"])
    assert tuple(found.loc[("a", "b"), ["wins", "ties", "losses"]]) == (2, 1, 1)
    assert len(found) == 3
    assert (found["p_holm"] >= found["p"]).all()


# Demšar 2006, table 6: AUC of C4.5 with m, with cf, with both, and with neither, on 14 data sets.
DEMSAR = """
0.763 0.768 0.771 0.798
0.599 0.591 0.590 0.569
0.954 0.971 0.968 0.967
0.628 0.661 0.654 0.657
0.882 0.888 0.886 0.898
0.936 0.931 0.916 0.931
0.661 0.668 0.609 0.685
0.583 0.583 0.563 0.625
0.775 0.838 0.866 0.875
1.000 1.000 1.000 1.000
0.940 0.962 0.965 0.962
0.619 0.666 0.614 0.669
0.972 0.981 0.9751 0.975
0.957 0.978 0.946 0.970
"""


def demsar() -> pd.DataFrame:
    values = np.array([line.split() for line in DEMSAR.split("\n") if line], dtype=float)
    return pd.DataFrame(-values, columns=["C4.5", "C4.5+m", "C4.5+cf", "C4.5+m+cf"])  # there more is better


def test_ranks_and_critical_difference_are_those_of_demsars_example():
    found = ranks(demsar())
    assert found is not None
    assert found.critical_difference == pytest.approx(1.25, abs=0.005), "2.569 sqrt(4 · 5 / (6 · 14))"
    assert dict(found.mean.round(3)) == pytest.approx(
        {"C4.5": 3.143, "C4.5+m": 2.000, "C4.5+cf": 2.893, "C4.5+m+cf": 1.964}, abs=0.0006
    )
    statistic = 12 * 14 / (4 * 5) * ((found.mean**2).sum() - 4 * 5**2 / 4)
    assert statistic == pytest.approx(9.28, abs=0.005)
    assert 0.01 < found.friedman_p < chi2.sf(statistic, 3), "a correction for ties sharpens it"


def test_nemenyi_p_values_and_the_critical_difference_say_the_same():
    rng = np.random.default_rng(1)
    costs = pd.DataFrame(rng.normal(size=(12, 5)) + np.arange(5), columns=list("abcde"))
    found = ranks(costs)
    assert found is not None
    for one, other in product(costs, repeat=2):
        far = abs(found.mean[one] - found.mean[other]) > found.critical_difference
        assert far == (found.p.loc[one, other] < 0.05), (one, other)


def test_equal_solvers_share_their_ranks_and_do_not_differ():
    found = ranks(pd.DataFrame({name: [3.0, 4.0, 5.0] for name in "abc"}))
    assert found is not None
    assert list(found.mean) == [2, 2, 2]
    assert found.friedman_p == 1


@pytest.mark.parametrize(("instances", "solvers"), [(1, 4), (9, 2)])
def test_too_few_have_no_ranks(instances, solvers):
    assert ranks(pd.DataFrame(np.random.default_rng(2).random((instances, solvers)))) is None
