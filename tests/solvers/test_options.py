"""Batteries and a shared air: who takes these options, who refuses, and what they decide with them on."""

import numpy as np
import pytest

from skyedge.problem import Scenario, evaluate, generate, score_slots
from skyedge.solvers import SlotDecision, available, get, solve
from skyedge.solvers.common.contention import settled
from tests.refusals import assert_refused, run

SMALL = Scenario.preset("paper").replace(slots=6, devices=10)
ON = {
    "battery": {"uav_battery_j": 2500.0},
    "shared_bandwidth": {"shared_bandwidth": True},
    "interference": {"interference": True},
    "both on the air": {"shared_bandwidth": True, "interference": True},
    "all": {"uav_battery_j": (2500.0, 0.0), "shared_bandwidth": True, "interference": True},
}
DAYS = {name: generate(SMALL.replace(**changes), 0) for name, changes in ON.items()}
PLANNERS = ("greedy", "greedy-mobile", "kmeans", "myopic", "rolling")


def untaken(day):
    return [name for name in available() if day.options - get(name).takes_options()]


@pytest.mark.parametrize("option", DAYS)
def test_no_decision_costs_less_than_the_bound(option):
    day = DAYS[option]
    bound = solve("bound", day, seconds=4).bound
    for name in (*PLANNERS, "random"):
        solution = solve(name, day, seconds=20)
        assert solution.status == "feasible", solution.log
        assert evaluate(day, solution.decision).cost >= bound > 0, name


@pytest.mark.parametrize("option", DAYS)
def test_every_other_solver_refuses(option):
    day = DAYS[option]
    assert {"horizon", "block-coordinate", "relaxed-minlp", "global-minlp", "adp", "ad-sac-exact"} <= set(untaken(day))
    assert not any(get(name)().takes(day) for name in untaken(day))


@pytest.mark.parametrize("option", ["battery", "shared_bandwidth", "interference"])
def test_a_refusal_is_one_line_with_exit_status_2(option, tmp_path, monkeypatch, capsys):
    DAYS[option].save(tmp_path / "day.npz")
    for name in ("horizon", "block-coordinate"):
        done = run(monkeypatch, capsys, "solve", name, tmp_path / "day.npz", "-o", tmp_path / "plan.npz")
        assert_refused(done, f"{name} does not take the option {option} into account")
    assert not (tmp_path / "plan.npz").exists()


@pytest.mark.parametrize("option", ["battery", "shared_bandwidth", "interference"])
def test_the_exact_model_is_not_exported_without_an_option_that_is_on(option, tmp_path, monkeypatch, capsys):
    DAYS[option].save(tmp_path / "day.npz")
    done = run(monkeypatch, capsys, "export", tmp_path / "day.npz", "-o", tmp_path / "day.nl")
    assert_refused(done, f"the option {option} is not in the model")
    assert not (tmp_path / "day.nl").exists()


@pytest.mark.parametrize("name", PLANNERS)
def test_planners_use_no_uav_that_has_to_turn_home(name):
    day = DAYS["battery"]
    score = evaluate(day, solve(name, day, seconds=20).decision)
    assert score.violations["C7"] == 0
    on_uavs = (score.served & ~score.by_satellite).sum(axis=1)
    assert on_uavs[0] > 0
    assert on_uavs[-1] == 0  # 2500 J last for 4 slots


@pytest.mark.parametrize("name", PLANNERS)
def test_a_battery_that_lasts_changes_no_decision(name):
    paper = SMALL.replace(slots=3)
    days = [generate(paper.replace(**changes), 0) for changes in ({}, {"uav_battery_j": 1e6})]
    plain, lasting = (solve(name, day, seconds=20).decision for day in days)
    for part in ("server", "power", "uav_xy"):
        assert np.array_equal(getattr(plain, part), getattr(lasting, part))


@pytest.mark.parametrize("option", ["shared_bandwidth", "interference", "both on the air"])
def test_a_settled_slot_is_never_dearer_than_one_planned_as_if_alone(option):
    day, gains = DAYS[option], []
    alone = solve("kmeans", generate(SMALL, 0)).decision
    for t in range(day.slots_count):
        slot, planned = day.at(t), SlotDecision(alone.server[t], alone.power[t], alone.uav_xy[t])
        before, after = (score_slots(slot, *one).cost for one in (planned, settled(slot, planned)))
        assert after <= before
        gains.append(before - after)
    assert max(gains) > 0


def test_a_settled_slot_beats_random_servers_and_powers():
    day, rng = DAYS["both on the air"], np.random.default_rng(0)
    for t in range(day.slots_count):
        slot, uav_xy = day.at(t), day.uav_start_xy
        nothing = SlotDecision(np.full(day.devices, -1), np.zeros(day.devices), uav_xy)
        cost = score_slots(slot, *settled(slot, nothing)).cost
        for _ in range(50):
            server = rng.integers(-1, day.servers, day.devices)
            assert score_slots(slot, server, rng.uniform(0, day.max_power_w), uav_xy).cost >= cost


def test_powers_of_a_shared_band_are_the_best_there_are():
    """No other power of a single task makes its slot cheaper, on a dense grid."""
    day = generate(SMALL.replace(shared_bandwidth=True, device_energy_weight=100.0), 0)
    slot = day.at(0)
    decision = solve("kmeans", day).decision
    server, power, uav_xy = (getattr(decision, part)[0] for part in ("server", "power", "uav_xy"))
    cost = score_slots(slot, server, power, uav_xy).cost
    for k in np.flatnonzero(server >= 0):
        for share in np.linspace(0.01, 1, 100):
            other = power.copy()
            other[k] = share * day.max_power_w[k]
            assert score_slots(slot, server, other, uav_xy).cost >= cost * (1 - 1e-12)


def test_without_options_a_decision_is_returned_as_it_is():
    planned = SlotDecision(np.zeros(10, int), np.ones(10), np.zeros((3, 2)))
    assert settled(generate(SMALL, 0).at(0), planned) is planned
