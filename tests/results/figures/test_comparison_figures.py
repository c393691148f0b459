"""Profiles, ranks and time against cost: the data behind the figures, and that they show them."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from skyedge.problem import InputError
from skyedge.results.figures import pareto, profiles, ranks
from skyedge.results.figures.point_labels import label_points
from tests.results.tables.test_comparison import learned, rows


@pytest.fixture
def data() -> pd.DataFrame:
    runs = [("good", [10, 20, 30]), ("fair", [11, 19, 33]), ("poor", [20, 40, None])]
    made = rows(*((solver, seed, cost) for solver, costs in runs for seed, cost in enumerate(costs)))
    wall = made["solver"].map({"good": 5.0, "fair": 0.5, "poor": 1.0})
    return made.assign(wall_s=wall, slots=50, bound=np.where(made["instance_seed"] == 2, np.nan, 9.0))


def percent(data: pd.DataFrame, solver: str) -> list[float]:
    return data[data["solver"] == solver].sort_values("instance_seed")["percent"].to_list()


def test_a_performance_profile_is_about_the_least_cost_on_each_instance(data):
    found = profiles.data(data, {}, "excess")
    assert percent(found, "good") == pytest.approx([0, 100 / 19, 0])
    assert percent(found, "fair") == pytest.approx([10, 0, 10])
    assert percent(found, "poor") == pytest.approx([100, 2100 / 19, np.inf]), "a failure is never within reach"


def test_a_gap_profile_is_about_the_instances_that_have_a_bound(data):
    found = profiles.data(data, {}, "gap")
    assert set(found["instance_seed"]) == {0, 1}
    assert percent(found, "good") == pytest.approx([10, 55])
    with pytest.raises(InputError, match="needs lower bounds"):
        profiles.data(data.assign(bound=np.nan), {}, "gap")


def test_training_seeds_are_averaged_before_a_profile_is_drawn(data):
    both = pd.concat([data, learned("ppo[track=plain]", "plain", [[9, 19, 29], [13, 21, 31]])])
    assert percent(profiles.data(both, {}, "excess"), "ppo[track=plain]") == pytest.approx([10, 100 / 19, 0])


def test_a_staircase_rises_to_the_share_that_is_solved(data):
    panel = profiles.draw(profiles.data(data, {}, "excess"), "excess").axes[0]
    stairs = {line.get_color(): line.get_ydata() for line in panel.lines if len(line.get_ydata())}
    assert sorted(values[-1] for values in stairs.values()) == pytest.approx([2 / 3, 1, 1])
    assert all((np.diff(values) >= 0).all() for values in stairs.values())


def test_a_method_looks_the_same_in_all_tracks_and_like_no_other(data):
    both = [learned(f"ppo[track={track}]", track, [[9, 19, 29]]) for track in ("plain", "structured")]
    others = [data[data["solver"] == "good"].assign(solver=f"other-{number}") for number in range(12)]
    drawn = profiles.draw(profiles.data(pd.concat([data, *both, *others]), {}, "excess"), "excess")
    shown = [[(line.get_color(), str(line._unscaled_dash_pattern)) for line in axes.lines] for axes in drawn.axes]
    stairs = [
        [look for look, line in zip(looks, axes.lines, strict=True) if len(line.get_ydata())]
        for looks, axes in zip(shown, drawn.axes, strict=True)
    ]
    assert [len(set(looks)) for looks in stairs] == [16, 16]
    assert set(stairs[0]) == set(stairs[1])
    assert len(drawn.legends[0].get_texts()) == 16


def test_the_front_is_what_none_beats_in_time_and_cost(data):
    cheaper = data.assign(cost=data["cost"] - (data["solver"] == "good"))
    found = pareto.data(cheaper[data["instance_seed"] < 2], {}).set_index("solver")
    assert found["ms_per_slot"].to_dict() == {"good": 100.0, "fair": 10.0, "poor": 20.0}
    assert found["front"].to_dict() == {"good": True, "fair": True, "poor": False}
    panel = pareto.draw(found.reset_index()).axes[0]
    assert {text.get_text() for text in panel.texts} == {"good", "fair", "poor"}


def test_names_of_points_that_crowd_cover_neither_each_other_nor_a_point():
    panel = Figure(figsize=(5, 4)).subplots()
    rng = np.random.default_rng(0)
    points = 0.5 + 0.02 * rng.standard_normal((8, 2))
    panel.set(xlim=(0, 1), ylim=(0, 1))
    label_points(panel, points, [f"solver-{number}" for number in range(8)])
    panel.get_figure().draw_without_rendering()
    boxes = [Text.get_window_extent(text) for text in panel.texts]  # without the lines that lead to them
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    assert not any(box.contains(*place) for box in boxes for place in panel.transData.transform(points))
    assert all(panel.bbox.x0 <= box.x0 and box.x1 <= panel.bbox.x1 for box in boxes)


def test_what_lacks_a_score_is_no_point_of_the_front(data):
    assert set(pareto.data(data, {})["solver"]) == {"good", "fair"}


def test_a_scenario_without_any_score_is_no_hindrance_to_the_front_of_another(data):
    failed = data.assign(scenario="failed", cost=np.nan, status="failed")
    assert len(pareto.draw(pareto.data(pd.concat([data, failed]), {})).axes) == 1
    with pytest.raises(InputError, match="pareto needs a solver with a score on every instance"):
        pareto.data(failed, {})


def test_the_diagram_has_the_mean_ranks_and_needs_three_solvers(data):
    complete = data[data["instance_seed"] < 2]
    found = ranks.data(complete, {}).table.set_index("solver")
    assert found["rank"].to_dict() == {"good": 1.5, "fair": 1.5, "poor": 3.0}
    panel = ranks.draw(ranks.data(complete, {})).axes[0]
    assert {"1.50  fair", "fair  1.50"} & {text.get_text() for text in panel.texts}
    with pytest.raises(InputError, match="three solvers"):
        ranks.data(data, {})
