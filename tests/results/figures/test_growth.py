import numpy as np
import pandas as pd
import pytest

from skyedge.results.benchmark import report, run_campaign
from skyedge.results.campaign.record import read_rows
from skyedge.results.figures import growth

WORLDS = {
    "small": {"devices": 5, "uavs": 3, "slots": 50},
    "usual": {"devices": 15, "uavs": 3, "slots": 50},
    "alone": {"devices": 15, "uavs": 1, "slots": 50},
    "brief": {"devices": 15, "uavs": 3, "slots": 10},
}


@pytest.fixture
def data() -> pd.DataFrame:
    rows = pd.DataFrame(
        [
            {
                "scenario": label,
                "solver": "horizon",
                "instance_seed": seed,
                "cost": 1.0,
                "wall_s": 2.0 + seed,
                "bound": 0.9,
            }
            | {"status": "optimal" if label != "usual" else "feasible"}
            for label in WORLDS
            for seed in range(3)
        ]
    )
    rows.loc[len(rows)] = {"scenario": "small", "solver": "horizon", "instance_seed": 9, "status": "failed"}
    return growth.data(rows, WORLDS)


def test_runs_without_a_decision_are_left_out_and_the_others_know_their_size(data):
    assert len(data) == 12
    assert set(data["devices"]) == {5, 15}
    assert data.loc[data["devices"] == 5, "reached"].all()
    assert not data.loc[(data["devices"] == 15) & (data["uavs"] == 3) & (data["slots"] == 50), "reached"].any()


def test_a_solver_that_proves_nothing_has_no_goal_to_miss(data):
    row = {"scenario": "usual", "solver": "greedy", "instance_seed": 0, "cost": 1.0, "wall_s": 1.0}
    assert growth.data(pd.DataFrame([row | {"status": "feasible", "bound": np.nan}]), WORLDS)["reached"].all()


def test_each_panel_varies_one_size_and_holds_the_commonest_of_the_others(data):
    panels = growth.draw(data).axes
    assert [panel.get_xlabel() for panel in panels] == [
        "devices K (M = 3, T = 50)",
        "UAVs M (K = 15, T = 50)",
        "slots T (K = 15, M = 3)",
    ]
    shown = [np.asarray(panel.lines[0].get_xdata()).tolist() for panel in panels]
    assert shown == [[5, 15], [1, 3], [10, 50]]
    assert np.allclose(panels[0].lines[0].get_ydata(), 3.0)


def test_a_campaign_may_ask_for_the_figure(tmp_path):
    campaign = tmp_path / "sizes.toml"
    campaign.write_text(
        'name = "sizes"\nsolvers = ["greedy"]\ninstances = 2\nseconds = 10\ncell_seconds = 20\nmemory_gb = 2\n'
        'figures = ["growth", "cost"]\n[[scenarios]]\nbase = "tiny"\n[[scenarios]]\nbase = "tiny"\ndevices = 2\n'
    )
    run_campaign(str(campaign), tmp_path / "out")
    report(tmp_path / "out")
    assert len(read_rows(tmp_path / "out")) == 4
    assert {"growth.png", "cost.png"} <= {path.name for path in (tmp_path / "out").iterdir()}


def test_an_unknown_figure_is_refused(tmp_path):
    campaign = tmp_path / "sizes.toml"
    campaign.write_text(
        'name = "sizes"\nsolvers = ["greedy"]\ninstances = 2\nseconds = 10\ncell_seconds = 20\nmemory_gb = 2\n'
        'figures = ["grwth"]\n[[scenarios]]\nbase = "tiny"\n'
    )
    with pytest.raises(ValueError, match="no figure is called 'grwth': did you mean 'growth'"):
        run_campaign(str(campaign), tmp_path / "out")
