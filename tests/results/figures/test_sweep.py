"""What methods do as one number of the world grows."""

import pandas as pd
import pytest

from skyedge.problem import InputError, Scenario
from skyedge.results.figures import sweep
from skyedge.results.figures.sweep import METRICS
from tests.results.tables.test_comparison import rows

WORLD = Scenario.preset("tiny")
DEVICES = {"many": {"devices": 9}, "few": {"devices": 3}, "usual": {}}
LEARNED = "ppo[track=structured,training_seed=all]"


def worlds(**changes: dict) -> dict[str, dict]:
    return {label: WORLD.replace(**one).model_dump(mode="json") for label, one in changes.items()}


@pytest.fixture
def swept():
    """A learned method, one among the references, and one that no figure shows; half of the requests are served."""
    made = []
    for label, latency in (("many", 3.0), ("few", 1.0), ("usual", 2.0)):
        shifts = [(instance, seed) for instance in range(3) for seed in range(2)]
        learned = [
            (LEARNED, i, 9, {"track": "structured", "training_seed": float(s), "mean_latency_s": latency + 0.1 * i})
            for i, s in shifts
        ]
        others = [(name, i, 5, {"mean_latency_s": latency}) for name in ("myopic", "greedy") for i in range(3)]
        made.append(rows(*learned, *others).assign(scenario=label))
    return pd.concat(made, ignore_index=True)


def test_the_data_are_means_with_intervals_at_each_value_of_learned_methods_and_references(swept):
    data = sweep.data(swept, worlds(**DEVICES), "devices")
    assert set(data["solver"]) == {LEARNED, "myopic"}
    assert set(data["metric"]) == set(METRICS)
    latency = data[(data["metric"] == "mean_latency_s") & (data["solver"] == LEARNED)].set_index("value")
    assert latency["mean"].to_dict() == pytest.approx({3: 1.1, 4: 2.1, 9: 3.1})
    assert (latency["low"] < latency["mean"]).all()
    assert (latency["mean"] < latency["high"]).all()
    assert set(data.loc[data["metric"] == "satellite_share", "mean"]) == {0.25}


def test_a_method_that_lacks_a_run_is_left_out_there_and_nowhere_else(swept):
    swept.loc[(swept["solver"] == "myopic") & (swept["scenario"] == "many"), ["cost", *METRICS]] = float("nan")
    data = sweep.data(swept, worlds(**DEVICES), "devices")
    assert set(data.loc[data["solver"] == "myopic", "value"]) == {3, 4}


def test_the_figure_has_a_panel_per_metric_and_a_line_per_method_over_the_swept_values(swept):
    figure = sweep.draw(sweep.data(swept, worlds(**DEVICES), "devices"))
    assert [axes.get_title(loc="left") for axes in figure.axes] == list(METRICS.values())
    for axes in figure.axes:
        assert [label.get_text() for label in axes.get_xticklabels()] == ["3", "4", "9"]
        assert len(axes.containers) == 2
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["ppo", "myopic"]


def test_a_field_that_is_not_swept_or_a_sweep_without_such_methods_is_told_in_one_line(swept):
    with pytest.raises(InputError, match="no three scenarios differ in slots alone"):
        sweep.data(swept, worlds(**DEVICES), "slots")
    with pytest.raises(InputError, match="needs learned solvers, or one of horizon, myopic, random"):
        sweep.data(swept[swept["solver"] == "greedy"], worlds(**DEVICES), "devices")
