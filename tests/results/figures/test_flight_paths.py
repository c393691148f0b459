"""The map of decisions: it shows what the stored decisions do."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from skyedge.problem import InputError, Scenario, evaluate, generate
from skyedge.results.figures.flight_paths import CLOUD, METHODS, Play, Played, data, draw
from skyedge.results.storage.store import pack
from skyedge.solvers import solve
from tests.results.tables.test_comparison import rows

WORLD = Scenario.preset("tiny")
LEARNED = {"track": "structured"}
INSTANCE = generate(WORLD, 3)


@pytest.fixture(scope="module")
def cells():
    """Cells of one instance: that of the learned method holds what greedy decides."""
    decisions = {name: solve(name, INSTANCE, seconds=2).decision for name in ("horizon", "greedy")}
    found = rows(
        ("horizon", 3, 1, {"decision": pack(decisions["horizon"])}),
        ("ad-sac[training_seed=all]", 3, 2, LEARNED | {"decision": pack(decisions["greedy"])}),
        ("greedy", 3, 2, {"decision": pack(decisions["greedy"])}),
    )
    return found, decisions


def drawn(cells):
    return data(cells[0], {"paper": WORLD.model_dump(mode="json")})


def test_the_map_is_of_an_instance_that_both_methods_have_decided(cells):
    instance, found = drawn(cells)
    assert instance.id == INSTANCE.id
    assert [play.solver for play in found] == list(METHODS)
    assert found[0].score.cost == evaluate(INSTANCE, cells[1]["horizon"]).cost
    with pytest.raises(InputError, match="needs decisions of horizon and ad-sac"):
        data(cells[0].iloc[1:], {"paper": WORLD.model_dump(mode="json")})


def test_the_data_are_every_place_of_a_uav_and_every_request_with_its_server(cells):
    instance, found = drawn(cells)
    table = drawn(cells).table
    horizon = table[table["solver"] == "horizon"]
    uavs, requests = horizon[horizon["what"] == "UAV"], horizon[horizon["what"] == "request"]
    places = uavs[["x_m", "y_m"]].to_numpy(float).reshape(instance.slots_count, instance.uavs, 2)
    assert np.array_equal(places, cells[1]["horizon"].uav_xy)
    assert requests["server"].tolist() == cells[1]["horizon"].server[instance.active].tolist()
    assert requests["served"].astype(bool).sum() == found[0].score.served.sum()


def test_the_figure_has_a_map_per_method_with_a_link_for_each_request_that_a_uav_serves(cells):
    instance, found = drawn(cells)
    figure = draw(Played(instance, found))
    assert len(figure.axes) == len(found)
    for panel, play in zip(figure.axes, found, strict=True):
        links = sum(len(one.get_segments()) for one in panel.collections if hasattr(one, "get_segments"))
        assert links == (play.score.served & (play.decision.server < instance.uavs)).sum()
        assert f"{play.score.cost:.1f}" in panel.get_title(loc="left")


def test_requests_that_a_cloud_serves_have_a_colour_of_their_own():
    day = generate(Scenario.preset("cloud").replace(slots=4), 0)
    decision = solve("greedy", day).decision
    score = evaluate(day, decision)
    figure = draw(Played(day, [Play("greedy", decision, score)]))
    assert "served by the cloud" in [label.get_text() for label in figure.legends[0].get_texts()]
    filled = [one for one in figure.axes[0].collections if len(one.get_facecolor())]
    dots = [one for one in filled if to_hex(one.get_facecolor()[0]) == CLOUD]
    assert [len(one.get_offsets()) for one in dots] == [(score.served & score.by_cloud).sum()]
    assert score.by_cloud.any()
