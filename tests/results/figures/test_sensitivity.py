"""The figures of the robustness campaigns, and where their numbers come from."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from skyedge.problem import InputError, Scenario
from skyedge.results.figures import sensitivity, trade_off
from skyedge.results.statistics.varied import described
from skyedge.solvers import Knowledge
from tests.results.tables.test_comparison import rows

OFFLINE = {"information": "offline"}


def record(told: dict[str, Knowledge], **changes: dict) -> dict:
    """A campaign's record of scenarios of tiny, by label."""
    fields = {
        label: Scenario.preset("tiny").replace(**changes.get(label, {})).model_dump(mode="json") for label in told
    }
    return {"scenarios": fields, "knowledge": {label: one.model_dump() for label, one in told.items()}}


@pytest.fixture
def noisy() -> tuple[pd.DataFrame, dict]:
    """An online and an offline method on three instances, online ones told channels with errors of 4, 0 and 2 dB."""
    told = {f"{size} dB": Knowledge(channel_error_db=size) for size in (4, 0, 2)}
    data = [
        (solver, seed, cost + seed, {"scenario": f"{size} dB", "bound": 90.0} | more)
        for size in (4, 0, 2)
        for solver, cost, more in (("greedy", 120 + size, {}), ("horizon", 100, OFFLINE))
        for seed in range(3)
    ]
    return rows(*data), record(told)


def test_a_sweep_has_every_method_at_every_value_with_its_interval(noisy):
    cells, campaign = noisy
    data = sensitivity.data(cells, described(campaign))
    assert set(data["field"]) == {"channel_error_db"}
    assert set(data["metric"]) == {"gap", "served_fraction", "mean_latency_s", "energy_per_slot_j"}
    gap = data[data["metric"] == "gap"].set_index(["solver", "value"]).sort_index()
    assert list(gap.loc["greedy"].index) == [0, 2, 4]
    for size in (0, 2, 4):
        expected = [1 - 90 / (120 + size + seed) for seed in range(3)]
        assert gap.loc[("greedy", size), "mean"] == pytest.approx(np.mean(expected))
        assert gap.loc[("greedy", size), "low"] < np.mean(expected) < gap.loc[("greedy", size), "high"]
    assert len(set(gap.loc["horizon", "mean"])) == 1


def test_a_bound_holds_for_its_instance_in_every_scenario(noisy):
    cells, campaign = noisy
    once = cells.assign(bound=cells["bound"].where(cells["scenario"] == "2 dB"))
    assert sensitivity.data(once, described(campaign)).equals(sensitivity.data(cells, described(campaign)))


def test_without_all_bounds_the_cost_is_shown(noisy):
    cells, campaign = noisy
    lacking = cells.assign(bound=cells["bound"].mask(cells["instance_seed"] == 1))
    metrics = set(sensitivity.data(lacking, described(campaign))["metric"])
    assert "cost" in metrics
    assert "gap" not in metrics


def test_a_method_that_lacks_a_run_is_left_out_at_that_value_alone(noisy):
    cells, campaign = noisy
    failed = (cells["solver"] == "greedy") & (cells["scenario"] == "2 dB") & (cells["instance_seed"] == 0)
    scores = ["cost", "served_fraction", "mean_latency_s", "energy_per_slot_j"]
    data = sensitivity.data(cells.assign(**{name: cells[name].mask(failed) for name in scores}), described(campaign))
    assert set(data.loc[data["solver"] == "greedy", "value"]) == {0, 4}
    assert set(data.loc[data["solver"] == "horizon", "value"]) == {0, 2, 4}


def test_a_figure_has_a_row_per_sweep_and_names_words_and_numbers_on_its_axis(noisy):
    words = {word: Knowledge(forecast=word) for word in ("exact", "flat", "shuffled")}
    factors = {f"times {factor}": Knowledge(forecast_factor=factor) for factor in (0.1, 2)}
    told = words | factors
    cells = rows(*(("greedy", seed, 100 + seed, {"scenario": label}) for label in told for seed in range(2)))
    figure = sensitivity.draw(sensitivity.data(cells, described(record(told))))
    first = [axes for axes in figure.axes if axes.get_title(loc="left") == "cost"]
    ticks = [[label.get_text() for label in axes.get_xticklabels()] for axes in first]
    assert ticks == [["exact", "flat", "shuffled"], ["0.1", "1", "2"]]
    assert [axes.get_xscale() for axes in first] == ["linear", "log"]
    plt.close(figure)


def test_nothing_to_sweep_is_one_line_that_says_what_to_add(noisy):
    cells, campaign = noisy
    two = {name: {label: one for label, one in part.items() if label != "2 dB"} for name, part in campaign.items()}
    with pytest.raises(InputError, match="needs 3 scenarios that differ in one field"):
        sensitivity.data(cells[cells["scenario"] != "2 dB"], described(two))


@pytest.fixture
def weighed() -> tuple[pd.DataFrame, dict]:
    """One method under two pairs of weights."""
    weights = {"energy": (0.1, 0.02), "latency": (0.9, 0.001)}
    changes = {label: {"latency_weight": one, "energy_weight": other} for label, (one, other) in weights.items()}
    reached = {"energy": (2.0, 100.0), "latency": (1.0, 300.0)}
    cells = rows(
        *(
            ("greedy", seed, 1, {"scenario": label, "mean_latency_s": s + seed, "energy_per_slot_j": j + seed})
            for label, (s, j) in reached.items()
            for seed in range(3)
        )
    )
    return cells, record(dict.fromkeys(weights, Knowledge()), **changes)


def test_a_trade_off_is_latency_and_energy_under_each_pair_of_weights(weighed):
    cells, campaign = weighed
    data = trade_off.data(cells, described(campaign)).set_index("scenario")
    assert data["latency_s"].to_dict() == pytest.approx({"energy": 3, "latency": 2})
    assert data["energy_j"].to_dict() == pytest.approx({"energy": 101, "latency": 301})
    assert (data["latency_s_low"] < data["latency_s"]).all()
    assert (data["energy_j"] < data["energy_j_high"]).all()
    figure = trade_off.draw(data.reset_index())
    assert {text.get_text() for text in figure.axes[0].texts} == {"0.1 : 0.02", "0.9 : 0.001"}
    plt.close(figure)


def test_worlds_that_differ_in_more_than_weights_have_panels_of_their_own(weighed):
    cells, campaign = weighed
    faster = {f"other {label}": one | {"sat_flops": 1e13} for label, one in campaign["scenarios"].items()}
    both = {"scenarios": campaign["scenarios"] | faster}
    doubled = pd.concat([cells, cells.assign(scenario="other " + cells["scenario"])])
    figure = trade_off.draw(trade_off.data(doubled, described(both)))
    flops = Scenario.preset("tiny").sat_flops
    assert [axes.get_title(loc="left") for axes in figure.axes] == [f"sat_flops = {one:g}" for one in (flops, 1e13)]
    plt.close(figure)


def test_one_pair_of_weights_is_no_trade_off(weighed):
    cells, campaign = weighed
    with pytest.raises(InputError, match="two pairs of weights"):
        trade_off.data(cells[cells["scenario"] == "energy"], described(campaign))
