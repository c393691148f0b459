"""Views, samples and comparisons: what is compared with what, and what comes out."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import trim_mean, wilcoxon

from skyedge.results.statistics.comparisons import compared
from skyedge.results.statistics.samples import ALL, Samples, views
from skyedge.results.tables import significance_text as comparison_text
from tests.results.tables.test_comparison import learned, rows

PLAIN, STRUCTURED = "ppo[track=plain,training_seed=all]", "ppo[track=structured,training_seed=all]"
COSTS = {"good": [1, 2, 3, 4, 5, 6], "fair": [2, 3, 4, 5, 6, 8], "poor": [9, 8, 9, 8, 9, 7]}


@pytest.fixture
def data() -> pd.DataFrame:
    return rows(*((solver, seed, cost) for solver, costs in COSTS.items() for seed, cost in enumerate(costs)))


def only(data: pd.DataFrame):
    [one] = compared(data)
    return one


def test_tracks_are_never_in_one_table_and_what_has_not_learned_is_in_each(data):
    both = pd.concat([data, learned(PLAIN, "plain", [[1] * 6]), learned(STRUCTURED, "structured", [[1] * 6])])
    found = {view.title: set(view.rows["solver"]) for view in views(both)}
    assert found == {"paper, track plain": {*COSTS, PLAIN}, "paper, track structured": {*COSTS, STRUCTURED}}
    assert [view.title for view in views(data)] == ["paper"]
    for one in compared(both):
        assert set(one.pairs["first"]) | set(one.pairs["second"]) == found[one.view.title]


def test_solvers_that_lack_a_score_are_left_out_and_named(data):
    lacking = data.assign(cost=data["cost"].mask((data["solver"] == "fair") & (data["instance_seed"] == 3)))
    bound = rows(*(("bound", seed, None, {"status": "bound-only", "bound": 0.5}) for seed in range(6)))
    one = only(pd.concat([lacking, bound]))
    assert set(one.aggregates["solver"]) == {"good", "poor"}
    assert one.left_out == ["fair"], "a bound is no failure"
    assert "Left out, for they lack scores that the others have: fair." in comparison_text.as_markdown([one], "title")


def test_aggregates_are_the_means_that_they_say(data):
    bounded = data.assign(bound=0.5)
    one = only(bounded).aggregates.set_index("solver")
    assert list(one.index) == ["good", "fair", "poor"]
    for solver, costs in COSTS.items():
        assert one.loc[solver, "mean"] == pytest.approx(np.mean(costs))
        assert one.loc[solver, "iqm"] == pytest.approx(trim_mean(costs, 0.25))
        assert one.loc[solver, "gap"] == pytest.approx(np.mean([(cost - 0.5) / cost for cost in costs]))
        for name in ("mean", "iqm", "gap"):
            assert one.loc[solver, f"{name}_low"] < one.loc[solver, name] < one.loc[solver, f"{name}_high"]
    assert one["rank"].to_dict() == {"good": 1.0, "fair": pytest.approx(13 / 6), "poor": pytest.approx(17 / 6)}
    assert one["seconds"].to_list() == pytest.approx([1, 1, 1])


def test_pairs_are_tested_on_the_same_instances(data):
    found = only(data).pairs.set_index(["first", "second"])
    pair = found.loc[("good", "poor")]
    assert pair["p"] == pytest.approx(wilcoxon(COSTS["good"], COSTS["poor"]).pvalue)
    assert pair["difference"] == pytest.approx(np.mean(COSTS["poor"]) - np.mean(COSTS["good"]))
    assert pair["difference_low"] < pair["difference"] < pair["difference_high"]
    assert tuple(pair[["wins", "ties", "losses"]]) == (6, 0, 0)
    least = 2 / 2**6
    assert pair["p_holm"] == pytest.approx(3 * least), "three pairs"
    assert pair["p_holm_cheapest"] == pytest.approx(2 * least), "two with the cheapest"
    assert np.isnan(found.loc[("fair", "poor"), "p_holm_cheapest"])


def test_a_difference_from_a_learned_method_counts_its_training_seeds(data):
    alike = pd.concat([data, learned(PLAIN, "plain", [[7, 8, 9, 9, 8, 7]] * 3)])
    apart = pd.concat([data, learned(PLAIN, "plain", [[n + 7, n + 8, n + 9, n + 9, n + 8, n + 7] for n in (-2, 0, 2)])])
    widths = []
    for one in map(only, (alike, apart)):
        pair = one.pairs.set_index(["first", "second"]).loc[("good", PLAIN)]
        widths.append(pair["difference_high"] - pair["difference_low"])
        assert pair["difference"] == pytest.approx(8 - 3.5)
    assert widths[1] > 2 * widths[0]


def test_over_all_scenarios_costs_are_relative_to_the_least_on_the_instance(data):
    dear = data.assign(scenario="hotspot", cost=1000 * data["cost"])
    *apart, together = compared(pd.concat([data, dear]))
    assert [one.view.title for one in apart] == ["paper", "hotspot"]
    assert together.view.title == ALL
    samples = Samples.of(together.view)
    assert samples.strata.tolist() == [0] * 6 + [1] * 6
    assert together.aggregates.set_index("solver").loc["good", "mean"] == pytest.approx((4 * 1 + 1 + 1) / 6)
    fair = np.mean([f / g for f, g in zip(COSTS["fair"], COSTS["good"], strict=True)])
    assert together.aggregates.set_index("solver").loc["fair", "mean"] == pytest.approx(fair)
    assert together.pairs.set_index(["first", "second"]).loc[("good", "poor"), "wins"] == 12


def test_one_instance_or_one_solver_gives_a_table_without_intervals_or_tests(data):
    one = only(data[data["instance_seed"] == 0])
    assert one.ranks is None
    assert one.aggregates[["mean_low", "iqm_low", "gap_low"]].isna().all(axis=None)
    assert (one.pairs["p"] == 1).all(), "one instance: 2 / 2"
    alone = only(data[data["solver"] == "good"])
    assert alone.pairs.empty
    assert "| good | online | 3.5 [" in comparison_text.as_markdown([alone], "title")


def test_nothing_scored_compares_nothing(data):
    assert compared(data.assign(cost=np.nan)) == []


def test_equal_cells_give_equal_text(data):
    first, second = (comparison_text.as_markdown(compared(data), "title") for _ in range(2))
    assert first == second
    assert "| poor | online | +4.8 [" in first
    assert "Friedman's test gives p = " in first
