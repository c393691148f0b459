"""The models of (P1) in Pyomo, their relaxations, and the two solvers on top of them."""

import os
import signal
import time

import numpy as np
import pyomo.environ as pyo
import pytest
from pyomo.core.expr.visitor import identify_variables
from pyscipopt import Model

from skyedge.problem import Decision, InputError, Scenario, evaluate, generate, server_costs
from skyedge.results.describe.export import export
from skyedge.solvers import Budget, solve
from skyedge.solvers.common.plans import assigned
from skyedge.solvers.machinery.minlp.model import UNIT_M, assignment_model, exact_model, linear_model
from skyedge.solvers.machinery.minlp.pairs import coverable_sets, satellite_pairs, uav_pairs
from skyedge.solvers.machinery.minlp.repair import covering_path
from skyedge.solvers.machinery.minlp.solve import solve_model

PRESETS = ("paper", "battery", "congested", "hotspot")


def world(preset="paper", seed=0, **changes):
    """A short horizon of a preset."""
    return generate(Scenario.preset(preset).replace(**({"slots": 1} | changes)), seed)


def put(model, instance, decision):
    """Give the variables of a model the values of a decision."""
    aloft, above = model.uav_pairs, model.satellite_pairs
    server, offset = decision.server, (decision.uav_xy - instance.uav_start_xy) / UNIT_M
    for i in model.on_uav:
        model.on_uav[i].value = int(server[aloft.slot[i], aloft.device[i]] == aloft.uav[i])
    for j in model.on_satellite:
        chosen = server[above.slot[j], above.device[j]] == instance.uavs + above.satellite[j]
        model.on_satellite[j].value = int(chosen)
    for index in model.offset:
        model.offset[index].value = offset[index]
    for index in model.squared_norm:
        model.squared_norm[index].value = float(offset[index] @ offset[index])
    for i, (t, k, m) in enumerate(zip(aloft.slot, aloft.device, aloft.uav, strict=True)):
        apart = decision.uav_xy[t, m] - instance.device_xy[t, k]
        served = model.on_uav[i].value
        model.squared_distance[i].value = float(apart @ apart) / UNIT_M**2 if served else aloft.near_m2[i] / UNIT_M**2
        if i in model.power:
            model.power[i].value = decision.power[t, k] if served else aloft.power[i]
    for constraint in model.costs.values():  # the least rise that the constraint allows, body being cost − rise
        rise = next(v for v in identify_variables(constraint.body) if v.parent_component() is model.rise)
        rise.value = 0.0
        excess = pyo.value(constraint.body) - (pyo.value(constraint.upper) or 0.0)
        rise.value = max(0.0, excess)


def broken(model, tolerance=1e-7):
    """Names of constraints and variables' bounds that the present values break, those of ``covers`` left out."""
    found = []
    for constraint in model.component_data_objects(pyo.Constraint, active=True):
        if any(v.parent_component() is model.covers for v in identify_variables(constraint.body)):
            continue
        if constraint.slack() < -tolerance:
            found.append(constraint.name)
    for variable in model.component_data_objects(pyo.Var):
        if variable.parent_component() is not model.covers and not (
            (variable.lb is None or variable.value >= variable.lb - tolerance)
            and (variable.ub is None or variable.value <= variable.ub + tolerance)
        ):
            found.append(variable.name)
    return found


@pytest.mark.parametrize("preset", PRESETS)
def test_the_exact_model_holds_every_good_decision_at_its_exact_cost(preset):
    for seed in range(3):
        instance = world(preset, seed, slots=3)
        model, decision = exact_model(instance), solve("rolling", instance).decision
        put(model, instance, decision)
        assert broken(model) == []
        assert pyo.value(model.cost) == pytest.approx(evaluate(instance, decision).cost, rel=1e-9)


def test_the_battery_presets_powers_are_variables_and_those_of_paper_are_not():
    assert len(exact_model(world("battery")).power) > 0
    assert len(exact_model(world("paper")).power) == 0


def test_a_move_too_far_or_a_task_out_of_coverage_breaks_the_exact_model():
    instance = world(slots=2)
    decision = solve("rolling", instance).decision
    t, k = np.argwhere((decision.server >= 0) & (decision.server < instance.uavs))[0]
    uav_xy = decision.uav_xy.copy()
    uav_xy[t, decision.server[t, k]] += [130.0, 0.0]
    model = exact_model(instance)
    put(model, instance, Decision(decision.server, decision.power, uav_xy))
    names = " ".join(broken(model))
    assert "moves" in names
    assert "squared_distance" in names


@pytest.mark.parametrize("preset", PRESETS)
def test_lines_stay_below_the_rise_of_the_cost(preset):
    instance = world(preset, slots=2)
    pairs = uav_pairs(instance)
    share = np.linspace(0, 1, 50)
    for i in range(len(pairs.slot)):
        xy = instance.device_xy[pairs.slot[i], pairs.device[i]]
        distance = np.sqrt(pairs.near_m2[i]) + share * (np.sqrt(pairs.far_m2[i]) - np.sqrt(pairs.near_m2[i]))
        places = np.tile(xy, (50, instance.uavs, 1))
        places[:, pairs.uav[i], 0] += distance
        exact = server_costs(instance.at(pairs.slot[i]), places).cost[:, pairs.device[i], pairs.uav[i]]
        lines = pairs.slope[i] * distance[:, None] ** 2 + pairs.offset[i]
        assert (lines.max(axis=1) <= exact - pairs.cost[i] + 1e-12).all()
        assert (exact >= pairs.cost[i] - 1e-12).all()


@pytest.mark.parametrize("seed", range(6))
def test_what_is_covered_from_any_place_is_part_of_a_coverable_set(seed):
    instance = world(PRESETS[seed % 4], seed, min_accuracy=0.3)
    pairs = uav_pairs(instance)
    rng = np.random.default_rng(seed)
    for m in range(instance.uavs):
        here = np.flatnonzero(pairs.uav == m)
        sets = [set(found.tolist()) for found in coverable_sets(instance, pairs, 0, m)]
        assert not any(one < other for one in sets for other in sets)
        angle, share = rng.uniform(0, 2 * np.pi, 3000), np.sqrt(rng.uniform(0, 1, 3000))
        away = instance.reach_m[m] * share[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
        place = np.clip(instance.uav_start_xy[m] + away, 0, instance.area_m)
        apart = np.linalg.norm(place[:, None] - instance.device_xy[0, pairs.device[here]], axis=-1)
        covers = np.unique(apart**2 <= pairs.far_m2[here], axis=0)
        for covered in covers:
            assert any(set(here[covered].tolist()) <= one for one in sets) or not covered.any()


def test_a_coverable_set_can_be_covered():
    instance = world(min_accuracy=0.3, uav_speed_mps=300)
    pairs, axis = uav_pairs(instance), np.linspace(0, 500, 401)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    for found in coverable_sets(instance, pairs, 0, 0):
        apart = np.linalg.norm(grid[:, None] - instance.device_xy[0, pairs.device[found]], axis=-1)
        assert (apart <= np.sqrt(pairs.far_m2[found]) + 1.0).all(axis=1).any()


def test_satellite_pairs_are_those_cheaper_than_leaving_the_task():
    instance = world(slots=2)
    pairs = satellite_pairs(instance)
    costs = server_costs(instance, np.tile(instance.uav_start_xy, (2, 1, 1))).cost[:, :, instance.uavs :]
    assert len(pairs.slot) == (costs < instance.unserved_penalty).sum()
    assert np.array_equal(costs[pairs.slot, pairs.device, pairs.satellite], pairs.cost)


@pytest.mark.parametrize("preset", PRESETS)
def test_relaxations_are_ordered(preset):
    """Without positions ≤ exact, and linear ≤ exact."""
    instance = world(preset, 1, slots=2, devices=8)
    bound = {
        "assignment": solve_model(assignment_model(instance), "highs", 1e-6, Budget(), {}).bound,
        "linear": solve_model(linear_model(instance), "highs", 1e-6, Budget(), {}).bound,
    }
    exact = solve("global-minlp", instance, seconds=60)
    assert max(bound.values()) <= evaluate(instance, exact.decision).cost + 1e-9
    assert min(bound.values()) > 0.8 * exact.bound


def test_repair_moves_uavs_back_over_what_they_serve():
    instance = world(slots=2)
    model = linear_model(instance)
    solve_model(model, "highs", 1e-3, Budget(), {})
    path = covering_path(model, instance)
    pairs = model.uav_pairs
    for i in model.on_uav:
        if model.on_uav[i].value > 0.5:
            apart = path[pairs.slot[i], pairs.uav[i]] - instance.device_xy[pairs.slot[i], pairs.device[i]]
            assert apart @ apart <= pairs.far_m2[i]


def test_relaxed_minlp_is_near_its_own_bound_and_near_block_coordinate():
    instance = world(slots=6)
    relaxed, bcd = (solve(name, instance) for name in ("relaxed-minlp", "block-coordinate"))
    cost = evaluate(instance, relaxed.decision).cost
    assert relaxed.bound <= min(cost, evaluate(instance, bcd.decision).cost)
    assert cost - relaxed.bound <= 0.1 * cost
    assert cost <= 1.02 * evaluate(instance, bcd.decision).cost


def test_out_of_time_relaxed_minlp_keeps_a_decision_and_a_valid_bound():
    instance = world(slots=50)
    hurried = solve("relaxed-minlp", instance, seconds=2)
    assert hurried.status == "feasible"
    assert any("out of time" in line for line in hurried.log)
    assert hurried.wall_s < 20
    assert hurried.bound <= evaluate(instance, solve("block-coordinate[starts=kmeans]", instance).decision).cost


def test_out_of_time_global_minlp_keeps_a_decision_and_a_valid_bound():
    instance = world(slots=1, devices=60, uavs=6, uav_speed_mps=300)
    hurried = solve("global-minlp", instance, seconds=1.5)
    assert hurried.status == "feasible"
    assert "out of time" in hurried.log[0]
    assert 0 < hurried.bound <= evaluate(instance, solve("slot-optimum", instance).decision).cost


@pytest.mark.parametrize("name", ["relaxed-minlp", "global-minlp"])
def test_a_solver_that_breaks_leaves_the_incumbent_and_says_so(monkeypatch, name):
    class Broken:
        def solve(self, *arguments, **options):
            raise RuntimeError("no licence")

    monkeypatch.setattr("skyedge.solvers.machinery.minlp.solve.SolverFactory", lambda solver: Broken())
    instance = world(slots=2)
    solution = solve(name, instance)
    assert solution.status == "feasible"
    assert solution.bound == 0.0
    assert "failed: RuntimeError: no licence" in solution.log[0]
    hovering = assigned(instance, np.tile(instance.uav_start_xy, (2, 1, 1)))
    assert evaluate(instance, solution.decision).cost == pytest.approx(hovering.cost)


def test_a_solver_that_crashes_leaves_the_incumbent_and_says_so(monkeypatch):
    def crash(*arguments):
        os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr("skyedge.solvers.machinery.minlp.solve.solve_model", crash)
    solution = solve("global-minlp", world(slots=2))
    assert (solution.status, solution.bound) == ("feasible", 0.0)
    assert solution.log == ["scip_direct crashed (SIGKILL)"]


def test_a_solver_that_never_ends_is_stopped(monkeypatch):
    monkeypatch.setattr("skyedge.solvers.machinery.minlp.solve.solve_model", lambda *arguments: time.sleep(60))
    monkeypatch.setattr("skyedge.solvers.machinery.minlp.solve.GRACE_S", 0.1)
    solution = solve("global-minlp", world(slots=2), seconds=0.5)
    assert solution.log == ["scip_direct did not end in time"]
    assert solution.wall_s < 5


def test_global_minlp_refuses_long_horizons():
    with pytest.raises(InputError, match="10 slots at most, this instance has 50"):
        solve("global-minlp", world(slots=50))


@pytest.mark.parametrize("suffix", [".nl", ".gms", ".bar"])
def test_an_exported_model_is_written_in_every_format(tmp_path, suffix):
    world(slots=3).save(tmp_path / "day.npz")
    written = export(tmp_path / "day.npz", "1:3", tmp_path / f"model{suffix}")
    assert written.stat().st_size > 1000
    assert sorted(path.name for path in tmp_path.iterdir()) == ["day.npz", written.name]


@pytest.mark.parametrize("preset", ["paper", "battery"])
def test_another_solver_reads_the_exported_model_and_finds_the_same_optimum(tmp_path, preset):
    instance = world(preset, 2, slots=3, devices=8)
    instance.save(tmp_path / "day.npz")
    path = export(tmp_path / "day.npz", "1", None)
    scip = Model()
    scip.hideOutput()
    scip.readProblem(str(path))
    scip.setParam("limits/gap", 1e-4)
    scip.optimize()
    optimum = solve("slot-optimum[gap=1e-4]", instance.window(1, 2, instance.uav_start_xy))
    assert scip.getPrimalbound() >= optimum.bound * (1 - 1e-6)
    assert scip.getDualbound() <= evaluate(instance.window(1, 2, instance.uav_start_xy), optimum.decision).cost * (
        1 + 1e-6
    )


def test_a_window_is_scored_as_the_slots_it_was_cut_from():
    instance = world(slots=5)
    decision = solve("greedy-mobile", instance).decision
    whole = evaluate(instance, decision)
    window = instance.window(2, 4, decision.uav_xy[1])
    part = Decision(decision.server[2:4], decision.power[2:4], decision.uav_xy[2:4])
    assert np.array_equal(evaluate(window, part).slot_cost, whole.slot_cost[2:4])
    assert window.scenario is None
