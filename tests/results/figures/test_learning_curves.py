"""Learning curves: they are those of the policies that a campaign plays, averaged over training seeds."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from skyedge import paths
from skyedge.problem import InputError, Scenario
from skyedge.results.figures import learning_curves
from skyedge.results.figures.learning_curves import BOUND, curves_of, summarise
from skyedge.rl.policies.record import CURVE
from tests.results.tables.test_comparison import rows
from tests.rl.untrained import make_policy

WORLD = Scenario.preset("paper")
LABELS = {"paper": WORLD.model_dump(mode="json"), "more": WORLD.replace(devices=20).model_dump(mode="json")}


def write_curve(folder, algorithm, track, seed, costs):
    slots = [0, 800, 1600][: len(costs)]
    table = {"algorithm": algorithm, "scenario": "paper", "track": track, "seed": seed, "slots": slots, "cost": costs}
    pd.DataFrame(table).to_parquet(folder / CURVE)


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """Shipped policies of ppo in the plain track with their curves; training seed 1 has one point less."""
    root = tmp_path_factory.mktemp("published")
    for seed, costs in enumerate([[20, 10, 8], [24, 14], [22, 12, 10]]):
        folder = root / "ppo" / "paper" / "plain" / f"seed-{seed}"
        make_policy(folder, "ppo", "plain", WORLD)
        write_curve(folder, "ppo", "plain", seed, costs)
    return root


@pytest.fixture
def cells(published, monkeypatch):
    """Rows of a campaign over all training seeds, in two scenarios."""
    monkeypatch.setattr(paths, "POLICIES", published)
    spec = "ppo[track=plain,training_seed=all]"
    options = [{"track": "plain", "config": f'{{"track":"plain","training_seed":{seed}}}'} for seed in range(3)]
    here = rows(*((spec, 0, 9, option) for option in options), ("greedy", 0, 6), ("greedy", 1, 8), ("random", 0, 50))
    return pd.concat([here, here.assign(scenario="more", cost=here["cost"] * 2)], ignore_index=True)


def test_the_curves_are_those_of_the_policies_and_the_references_of_their_scenario(cells):
    data = learning_curves.data(cells, LABELS)
    learned = data[data["slots"].notna()]
    assert learned.groupby("seed")["cost"].apply(list).to_dict() == {0: [20, 10, 8], 1: [24, 14], 2: [22, 12, 10]}
    references = data[data["slots"].isna()]
    assert references[["scenario", "algorithm", "cost"]].to_numpy().tolist() == [["paper", "greedy", 7.0]]


def test_the_mean_lower_bound_is_a_reference_where_every_instance_has_one(cells):
    bounded = pd.concat([cells, rows(("bound", 0, None, {"bound": 5.0}), ("bound", 1, None, {"bound": 6.0}))])
    data = learning_curves.data(bounded, LABELS)
    assert data.loc[data["algorithm"] == BOUND, "cost"].tolist() == [5.5]
    half = learning_curves.data(bounded.iloc[:-1], LABELS)
    assert BOUND not in set(half["algorithm"])


def test_chosen_curves_are_of_the_tracks_that_have_them_all_beside_myopic_and_the_bound(cells):
    data = learning_curves.data(cells, LABELS)
    other = data.assign(algorithm=data["algorithm"].replace("ppo", "ddpg"))
    structured = data[data["slots"].notna()].assign(track="structured")
    myopic = data.tail(1).assign(algorithm="myopic")
    every = pd.concat([data, other, structured, myopic], ignore_index=True)
    chosen = curves_of(every, {"ppo": "ppo", "ddpg": "the other"})
    assert set(chosen["track"].dropna()) == {"plain"}
    assert set(chosen["algorithm"]) == {"ppo", "the other", "myopic"}
    with pytest.raises(InputError, match="no track has the curves of all of ppo; d3qn"):
        curves_of(every, {"ppo": "ppo", "d3qn": "d3qn"})


def test_a_closer_look_frames_each_track_by_what_comes_after_the_first_slots(cells):
    data = learning_curves.data(cells, LABELS)
    other = data[data["slots"].notna()].assign(track="structured", cost=lambda frame: frame["cost"] / 2)
    plain, structured = learning_curves.draw(pd.concat([data, other]), closer=True).axes
    assert structured.get_ylim()[1] < plain.get_ylim()[1] < 22, "22 is what the first point costs"


def test_a_line_is_the_mean_over_seeds_with_students_interval_where_all_seeds_are(cells):
    data = learning_curves.data(cells, LABELS)
    found = summarise(data[data["slots"].notna()])
    assert found["slots"].tolist() == [0, 800]
    assert found["cost"].tolist() == [22, 12]
    half = 4.302653 * 2 / np.sqrt(3)  # Student's quantile for two degrees of freedom
    assert found["high"].tolist() == pytest.approx([22 + half, 12 + half])
    assert found["low"].tolist() == pytest.approx([22 - half, 12 - half])


def test_one_seed_has_a_line_and_no_band(cells):
    data = learning_curves.data(cells.iloc[:1], LABELS)
    found = summarise(data[data["slots"].notna()])
    assert found["low"].isna().all()
    assert learning_curves.draw(data).axes


def test_the_figure_has_a_panel_per_track_and_a_line_per_algorithm_and_reference(cells):
    data = learning_curves.data(cells, LABELS)
    other = data[data["slots"].notna()].assign(track="structured", cost=lambda frame: frame["cost"] / 2)
    axes = learning_curves.draw(pd.concat([data, other])).axes
    assert [axis.get_title(loc="left") for axis in axes] == ["paper, plain", "paper, structured"]
    assert list(axes[0].lines[0].get_ydata()) == [22, 12]
    assert list(axes[1].lines[0].get_ydata()) == [11, 6]
    assert [text.get_text() for text in axes[0].texts] == ["greedy"]
    assert axes[0].get_ylim() == axes[1].get_ylim()


def test_names_of_references_stand_beside_the_panel_and_apart(cells):
    data = learning_curves.data(cells, LABELS)
    close = [
        {"scenario": "paper", "algorithm": name, "cost": cost} for name, cost in (("myopic", 7.05), ("horizon", 7.1))
    ]
    figure = learning_curves.draw(pd.concat([data, pd.DataFrame(close)]))
    figure.draw_without_rendering()
    axis = figure.axes[0]
    boxes = [text.get_window_extent() for text in axis.texts]
    assert [text.get_text() for text in axis.texts] == ["greedy", "myopic", "horizon"]
    assert all(box.x0 > axis.bbox.x1 for box in boxes)
    assert all(lower.y1 <= upper.y0 for lower, upper in pairwise(boxes))


def test_no_two_algorithms_look_alike(cells):
    data = learning_curves.data(cells, LABELS)
    many = [data[data["slots"].notna()].assign(algorithm=f"a{number}") for number in range(12)]
    lines = learning_curves.draw(pd.concat(many)).axes[0].lines
    assert len({(line.get_color(), line.get_linestyle()) for line in lines}) == len(lines) == 12


def test_a_campaign_without_learned_solvers_or_curves_is_told_so(cells, published, monkeypatch, tmp_path):
    with pytest.raises(InputError, match="needs learned solvers"):
        learning_curves.data(rows(("greedy", 0, 6)), LABELS)
    monkeypatch.setattr(paths, "POLICIES", tmp_path)
    make_policy(tmp_path / "ppo" / "paper" / "plain" / "seed-0", "ppo", "plain", WORLD)
    with pytest.raises(InputError, match=r"seed-0/curve.parquet: no such file"):
        learning_curves.data(cells.iloc[:1], LABELS)
