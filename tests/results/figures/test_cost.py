import numpy as np
import pandas as pd
import pytest

from skyedge.problem import Scenario, generate
from skyedge.results.figures import cost, style
from skyedge.results.figures.world_map import world_map
from tests.results.tables.test_comparison import rows


@pytest.fixture
def data() -> pd.DataFrame:
    one = rows(("good", 0, 1), ("good", 1, 2), ("slow", 0, 3), ("slow", 1, 5), ("bad", 0, None), ("bad", 1, None))
    return pd.concat([one, one.assign(scenario="hotspot", cost=one["cost"] * 2)], ignore_index=True)


def draw(data: pd.DataFrame):
    return cost.draw(cost.data(data, {}))


def test_the_cost_figure_shows_every_scored_solver_once_per_scenario(data):
    panels = [axes for axes in draw(data).axes if axes.get_visible()]
    assert [axes.get_title(loc="left") for axes in panels] == ["paper", "hotspot"]
    assert [label.get_text() for label in panels[0].get_yticklabels()] == ["good", "slow"]
    assert [len(points.get_offsets()) for points in panels[0].collections[:1]] == [2]


def test_the_cost_figure_has_the_bound_where_every_instance_has_one(data):
    bounded = data.assign(bound=data["cost"].where(data["scenario"] == "paper") * 0 + 0.9)
    first, second = draw(bounded).axes
    lines = [line for line in first.lines if line.get_linestyle() == "--"]
    assert [line.get_xdata()[0] for line in lines] == [pytest.approx(0.9)]
    assert all(np.isnan(line.get_xdata()[0]) for line in second.lines if line.get_linestyle() == "--")


def test_the_data_behind_the_figure_is_one_line_per_instance(data):
    shown = cost.data(data, {}).table
    assert len(shown) == 2 * 2 * 2
    assert set(shown.columns) == {"scenario", "solver", "instance_seed", "cost", "information"}


def test_equal_data_give_equal_files_byte_for_byte(data, tmp_path):
    written = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        paths = style.write_figure(draw(data), cost.data(data, {}).table, tmp_path / name / "cost")
        assert [path.suffix for path in paths] == [".png", ".pdf", ".csv"]
        written.append([path.read_bytes() for path in paths])
    assert written[0] == written[1]


def test_a_figure_of_one_instance_has_no_interval_and_no_trouble(data):
    one = data[(data["instance_seed"] == 0) & (data["scenario"] == "paper")]
    assert draw(one).axes


@pytest.mark.parametrize("changes", [{}, {"uavs": 0}, {"satellites": 0}, {"slots": 1}, {"area_m": [900.0, 200.0]}])
def test_every_world_has_a_map_that_shows_all_of_the_area(changes):
    world = generate(Scenario.preset("tiny").replace(**changes), seed=0)
    axes = world_map(world).axes[0]
    assert axes.get_xlim()[0] < 0 < world.area_m[0] < axes.get_xlim()[1]
    assert axes.get_ylim()[0] < 0 < world.area_m[1] < axes.get_ylim()[1]
    assert axes.get_xlabel() == "x [m]"
