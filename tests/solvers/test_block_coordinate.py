"""Block-coordinate descent: each block against what is known to be true, and the descent as a whole."""

import re
import time
from collections import Counter
from itertools import product

import cvxpy as cp
import numpy as np
import pytest
from cvxpy.reductions.solvers.solving_chain import SolvingChain
from hypothesis import given, settings

from skyedge.problem import Decision, InputError, Instance, Scenario, evaluate, generate, score_slots
from skyedge.problem.physics.equations import downlink_time, rate, uplink_time
from skyedge.problem.physics.links import request_of, uav_link
from skyedge.solvers import Budget, configure, get, solve
from skyedge.solvers.block_coordinate import STARTS
from skyedge.solvers.common.flight import flown
from skyedge.solvers.common.plans import assigned, with_path
from skyedge.solvers.machinery.blocks.compiled_problem import BlockFailedError, CompiledProblem
from skyedge.solvers.machinery.blocks.path import PathBlock, lattice_values
from skyedge.solvers.machinery.blocks.power import PowerBlock
from skyedge.solvers.machinery.blocks.trajectory import TrajectoryBlock, longest_growth, rate_tangent, served_tasks
from skyedge.solvers.machinery.placement.lattice import Lattice, area_lattice, best_path, offers, window_lattice
from tests.worlds import change, generators, hand_decision, hand_world, random_world, repeat_slot

PLENTY = Budget()
PRESETS = ("paper", "battery", "congested", "hotspot")


def world(preset: str, seed: int = 0, slots: int = 6, **changes) -> Instance:
    return generate(Scenario.preset(preset).replace(slots=slots, **changes), seed)


def kmeans(instance: Instance) -> Decision:
    return solve("kmeans", instance).decision


def served_cost(instance: Instance, decision: Decision) -> float:
    score = evaluate(instance, decision)
    return float(score.task_cost[score.served].sum())


# --- the power block


@pytest.mark.parametrize("preset", PRESETS)
def test_the_power_block_costs_what_the_closed_form_costs(preset):
    instance = world(preset)
    decision = kmeans(instance)
    power, cost = PowerBlock(instance).solve(decision, PLENTY)
    assert cost == pytest.approx(served_cost(instance, decision), rel=1e-6)
    sent = Decision(decision.server, power, decision.uav_xy)
    assert evaluate(instance, sent).served_fraction == evaluate(instance, decision).served_fraction
    assert served_cost(instance, sent) == pytest.approx(served_cost(instance, decision), rel=1e-6)


def test_on_batteries_powers_to_uavs_are_interior_and_equal_the_closed_form():
    instance = world("battery", slots=10)
    decision = kmeans(instance)
    power, _ = PowerBlock(instance).solve(decision, PLENTY)
    on_uav = (decision.server >= 0) & (decision.server < instance.uavs)
    assert on_uav.sum() > 20
    assert (power[on_uav] < 0.9 * np.broadcast_to(instance.max_power_w, power.shape)[on_uav]).all()
    assert power[on_uav] == pytest.approx(decision.power[on_uav], rel=1e-4)


@settings(max_examples=15, deadline=None)
@given(generators())
def test_the_power_block_meets_the_closed_form_in_random_worlds(rng):
    instance = random_world(rng, devices=6, uavs=2, satellites=2, slots=2)
    plan = assigned(instance, rng.uniform(0, instance.area_m, (2, 2, 2)))
    try:
        _, cost = PowerBlock(instance).solve(plan.decision, PLENTY)
    except BlockFailedError:
        return
    assert cost == pytest.approx(served_cost(instance, plan.decision), rel=1e-6)


def test_a_deadline_that_binds_is_met_to_the_limit():
    instance = change(hand_world(), device_energy_weight=1e4, max_latency_s=np.array([[2.2, 2.2]]))
    plan = assigned(instance, instance.uav_start_xy[None])
    assert evaluate(instance, plan.decision).latency_s.max() == pytest.approx(2.2)
    power, cost = PowerBlock(instance).solve(plan.decision, PLENTY)
    assert cost == pytest.approx(served_cost(instance, plan.decision), rel=1e-6)
    assert power == pytest.approx(plan.decision.power, rel=1e-3)


# --- the trajectory block


@settings(max_examples=50, deadline=None)
@given(generators())
def test_the_tangent_is_below_the_rate_everywhere_and_on_it_at_the_present_distance(rng):
    instance = random_world(rng, devices=4, uavs=2, satellites=1, slots=1)
    t, k, m = np.zeros(4, int), np.arange(4), rng.integers(0, 2, 4)
    squared, power = rng.uniform(0, 500, 4) ** 2, rng.uniform(1e-3, 1, 4)
    link = uav_link(instance, t, k, m, squared)
    altitude_sq = instance.uav_altitude_m[m] ** 2
    tangent = rate_tangent(power, link, squared + altitude_sq, instance.path_loss_exponent)
    other = rng.uniform(0, 700, (200, 4)) ** 2
    true = rate(np, power, uav_link(instance, t, k, m, other).gain, link.bandwidth_hz, link.noise_psd)
    assert (tangent.rate_bps + tangent.slope * (other - squared) <= true * (1 + 1e-9) + 1e-6).all()
    assert tangent.rate_bps == pytest.approx(rate(np, power, link.gain, link.bandwidth_hz, link.noise_psd))
    step = 1e-4 * (squared + altitude_sq)
    ahead, behind = (uav_link(instance, t, k, m, squared + side * step).gain for side in (1, -1))
    rise = rate(np, power, ahead, link.bandwidth_hz, 1e-18) - rate(np, power, behind, link.bandwidth_hz, 1e-18)
    slope = rate_tangent(power, link._replace(noise_psd=1e-18), squared + altitude_sq, instance.path_loss_exponent)
    assert slope.slope == pytest.approx(rise / (2 * step), rel=1e-4)


def test_surrogate_times_are_no_shorter_than_the_true_ones():
    instance = world("paper")
    decision = kmeans(instance)
    tasks = served_tasks(instance, decision, 0)
    t, k = np.nonzero(decision.server == 0)
    squared = np.vecdot(tasks.apart_m, tasks.apart_m)
    for growth in np.linspace(-0.9, 2, 20)[:, None] * squared:
        link = uav_link(instance, t, k, np.zeros_like(t), squared + growth)
        request = request_of(instance, t, k)
        up_s, down_s = uplink_time(np, request, link, decision.power[t, k]), downlink_time(np, request, link)
        assert (tasks.up_s / np.maximum(1 - tasks.up_fall * growth, 1e-9) >= up_s * (1 - 1e-12)).all()
        assert (tasks.down_s / np.maximum(1 - tasks.down_fall * growth, 1e-9) >= down_s * (1 - 1e-12)).all()


def test_the_limit_on_latency_is_a_limit_on_distance():
    instance = world("paper", max_latency_s=2.5)
    tasks = served_tasks(instance, kmeans(instance), 0)
    growth = longest_growth(tasks)
    surrogate_s = tasks.up_s / (1 - tasks.up_fall * growth) + tasks.down_s / (1 - tasks.down_fall * growth)
    assert len(growth) > 3
    assert (tasks.up_fall * growth < 1).all()
    assert surrogate_s == pytest.approx(tasks.left_s)


def twins(slots: int = 1, speed_mps: float = 100.0) -> Instance:
    """Two like devices 80 m apart and a UAV that reaches both; the best place is halfway, by symmetry."""
    instance = hand_world(uav_radius_m=np.array([500.0]), uav_speed_mps=np.array([speed_mps]))
    alike = {name: getattr(instance, name).copy() for name in ("input_bits", "output_words")}
    for array in alike.values():
        array[0, 1] = array[0, 0]
    return repeat_slot(change(instance, **alike, area_m=np.array([400.0, 400.0])), slots)


def test_one_uav_settles_halfway_between_two_like_devices():
    instance = twins()
    block, decision = TrajectoryBlock(instance), hand_decision([0, 0], [0.02, 0.02], (130.0, 50.0))
    for _ in range(30):
        path = block.solve(decision, 0, PLENTY)
        decision = Decision(decision.server, decision.power, path[:, None])
    assert decision.uav_xy[0, 0] == pytest.approx([40.0, 0.0], abs=0.5)
    grid = np.stack(np.meshgrid(np.arange(0, 200, 2.0), np.arange(0, 100, 2.0)), axis=-1).reshape(-1, 1, 2)
    stacked = instance.at(np.zeros(len(grid), int))
    cost = score_slots(stacked, *(np.repeat(part, len(grid), 0) for part in (decision.server, decision.power)), grid)
    assert evaluate(instance, decision).cost <= cost.cost.min() * (1 + 1e-6)


def test_a_uav_out_of_reach_flies_straight_and_at_full_speed():
    instance = change(twins(slots=4, speed_mps=10.0), uav_start_xy=np.array([[300.0, 0.0]]))
    server, power = np.zeros((4, 2), int), np.full((4, 2), 0.02)
    block, path = TrajectoryBlock(instance), np.full((4, 1, 2), [300.0, 0.0])
    for _ in range(3):
        path = block.solve(Decision(server, power, path), 0, PLENTY)[:, None]
    assert path[:, 0] == pytest.approx(np.array([[270.0, 0], [240, 0], [210, 0], [180, 0]]), abs=0.05)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_path_of_the_trajectory_block_is_valid_serves_the_same_tasks_and_is_no_dearer(preset):
    instance = world(preset, slots=10)
    decision = kmeans(instance)
    block = TrajectoryBlock(instance)
    for uav in range(instance.uavs):
        path = block.solve(decision, uav, PLENTY)
        moved = Decision(decision.server, decision.power, with_path(decision.uav_xy, uav, path))
        before, after = evaluate(instance, decision), evaluate(instance, moved)
        assert after.violations == before.violations
        assert after.cost <= before.cost + 1e-9


def test_a_uav_without_tasks_or_speed_stays():
    instance = world("tiny")
    idle = Decision(np.full((6, 4), -1), np.zeros((6, 4)), np.tile(instance.uav_start_xy, (6, 1, 1)))
    assert np.array_equal(TrajectoryBlock(instance).solve(idle, 0, PLENTY), idle.uav_xy[:, 0])
    slow = world("tiny", uav_speed_mps=0)
    decision = kmeans(slow)
    assert np.array_equal(TrajectoryBlock(slow).solve(decision, 0, PLENTY), decision.uav_xy[:, 0])


# --- the path block


@settings(max_examples=25, deadline=None)
@given(generators())
def test_the_value_of_a_point_is_the_least_cost_of_the_slot_with_the_uav_there(rng):
    instance = random_world(rng, devices=8, uavs=2, satellites=2, slots=2)
    uav_xy = rng.uniform(0, instance.area_m, (2, 2, 2))
    uav = int(rng.integers(2))
    lattice = Lattice(rng.uniform(-60, 60, (2, 2)), 60.0, 4, 5)
    values = lattice_values(instance, uav_xy, uav, offers(instance, uav, lattice.points()), PLENTY)
    points = lattice.points()
    inside = np.all((points >= 0) & (points <= instance.area_m), axis=-1)
    for c in range(points.shape[1]):
        plan = assigned(instance, with_path(uav_xy, uav, np.clip(points[:, c], 0, instance.area_m)))
        exact = evaluate(instance, plan.decision).slot_cost
        assert values[inside[:, c], c] == pytest.approx(exact[inside[:, c]], abs=1e-9)
    assert np.isinf(values[~inside]).all()


def test_the_best_path_over_a_lattice_is_that_of_enumeration():
    rng = np.random.default_rng(3)
    for _ in range(8):
        values, corner = rng.random((4, 9)), rng.uniform(-3, 3, (4, 2))
        values[rng.random((4, 9)) < 0.2] = np.inf
        lattice = Lattice(corner, 5.0, 3, 3)
        start, reach = rng.uniform(0, 10, 2), rng.uniform(6, 9)
        points = lattice.points()

        def total(route, values=values, points=points, start=start, reach=reach):
            path = np.vstack([start, points[np.arange(4), route]])
            legs = np.linalg.norm(np.diff(path, axis=0), axis=-1)
            return values[np.arange(4), route].sum() if (legs <= reach).all() else np.inf

        least = min(total(list(route)) for route in product(range(9), repeat=4))
        path = best_path(values, corner, 5.0, 3, start, reach)
        assert total(path) == pytest.approx(least)


def test_of_equal_paths_the_best_is_not_to_move():
    lattice = area_lattice(np.array([500.0, 300.0]), np.array([123.0, 45.0]), 10.0, 5)
    values = np.zeros((5, lattice.rows * lattice.columns))
    path = best_path(values, lattice.corner_xy, 10.0, lattice.columns, np.array([123.0, 45.0]), 60.0)
    assert lattice.points()[np.arange(5), path] == pytest.approx(np.tile([123.0, 45.0], (5, 1)))


def test_lattices_lie_in_the_area_and_contain_their_anchor():
    points = area_lattice(np.array([500.0, 300.0]), np.array([500.0, 7.0]), 10.0, 2).points()
    assert points.min() >= 0
    assert (points <= [500.0, 300.0]).all()
    assert np.linalg.norm(points - [500.0, 7.0], axis=-1).min() == pytest.approx(0, abs=1e-9)
    around = window_lattice(np.array([[3.0, 4.0], [5.0, 6.0]]), 2.0, 1).points()
    assert around[:, 4] == pytest.approx(np.array([[3.0, 4.0], [5.0, 6.0]]))


def test_a_path_of_the_path_block_is_flyable_and_pays():
    instance = world("paper", slots=10)
    here = assigned(instance, STARTS["hover"](instance, None, PLENTY, 0))
    path = PathBlock(instance, 25.0).solve(here.decision.uav_xy, 0, here.cost, PLENTY)
    better = assigned(instance, with_path(here.decision.uav_xy, 0, path))
    assert better.cost < 0.98 * here.cost


def test_what_cannot_be_flown_is_followed_as_closely_as_possible():
    wanted = np.array([[[100.0, 0.0]], [[100.0, 0.0]], [[10.0, 0.0]]])
    followed = flown(wanted, np.zeros((1, 2)), np.array([60.0]), np.array([200.0, 200.0]))
    assert followed[:, 0, 0] == pytest.approx([60.0, 100.0, 40.0])


# --- the descent

COST = re.compile(r"(?:assignment|trajectory|power|path) (\d+\.\d+)")


def traces(log: list[str]) -> dict[str, list[float]]:
    """The cost after each block, for every start."""
    found: dict[str, list[float]] = {}
    for line in log:
        if match := re.fullmatch(r"([a-z-]+): (\d+\.\d+)", line):
            found[match[1]] = [float(match[2])]
        elif match := re.match(r"([a-z-]+), round \d+: assignment", line):
            found[match[1]] += [float(cost) for cost in COST.findall(line)]
    return found


def check_descent(instance: Instance, options: str = "") -> None:
    solution = solve(f"block-coordinate[{options}]", instance)
    cost = evaluate(instance, solution.decision).cost
    found = traces(solution.log)
    assert len(found) == len(STARTS)
    assert all(len(trace) > 3 for trace in found.values())
    assert not any("left out" in line for line in solution.log), solution.log
    for trace in found.values():
        assert (np.diff(trace) <= 1e-6).all()
    assert cost == pytest.approx(min(trace[-1] for trace in found.values()), abs=1e-6)


@pytest.mark.parametrize("preset", PRESETS)
def test_the_exact_cost_never_rises_from_block_to_block(preset):
    check_descent(world(preset), "spacing_m=25")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(50))
def test_the_exact_cost_never_rises_on_fifty_instances(seed):
    preset = (*PRESETS, "tiny")[seed % 5]
    check_descent(world(preset, seed, slots=12), "path=false" if seed % 2 else "spacing_m=20")


def test_the_path_block_and_more_starts_only_help():
    instance = world("paper", slots=10)
    specs = ("starts=hover,path=false", "path=false", "starts=hover", "starts=hover+static")
    cost = {spec: evaluate(instance, solve(f"block-coordinate[{spec}]", instance).decision).cost for spec in specs}
    assert cost["path=false"] <= cost["starts=hover,path=false"]
    assert cost["starts=hover+static"] <= cost["starts=hover"] < cost["starts=hover,path=false"]
    assert cost["starts=hover+static"] < evaluate(instance, kmeans(instance)).cost


def test_problems_are_dpp_and_compiled_once(monkeypatch):
    instance = world("tiny")
    for block in (PowerBlock(instance), TrajectoryBlock(instance)):
        assert block.compiled.problem.is_dpp()
    compiled = Counter()
    original = SolvingChain.apply

    def counted(chain, problem, verbose=False):
        compiled[id(problem)] += 1
        return original(chain, problem, verbose)

    monkeypatch.setattr(SolvingChain, "apply", counted)
    solution = solve("block-coordinate[spacing_m=50]", instance)
    assert sorted(compiled.values()) == [1, 1]
    solves = [int(number) for number in re.findall(r"(\d+) solves", solution.log[-1])]
    assert min(solves) > 4


def test_a_problem_that_would_be_compiled_again_is_refused():
    size = cp.Parameter(nonneg=True)
    with pytest.raises(ValueError, match="not DPP"):
        CompiledProblem(cp.Problem(cp.Minimize(cp.Variable() * size * size)))


@pytest.mark.slow
def test_canonicalisation_is_a_tenth_of_a_round_at_most():
    line = solve("block-coordinate[starts=kmeans]", world("paper", slots=50)).log[-1]
    rounds_s = float(re.match(r"([\d.]+) s in rounds", line)[1])
    assert sum(float(spent) for spent in re.findall(r"canonicalisation ([\d.]+) s", line)) <= 0.1 * rounds_s


@pytest.mark.parametrize("seconds", [1e-9, 0.01, 0.1, 1.0])
def test_out_of_time_the_incumbent_is_kept(seconds):
    instance = world("paper", slots=50)
    shares, started = [], time.perf_counter()
    solution = solve("block-coordinate", instance, seconds=seconds, progress=shares.append)
    assert time.perf_counter() - started < seconds + 5
    assert solution.status == "feasible"
    assert any("out of time" in line for line in solution.log)
    assert shares == sorted(shares)
    if seconds >= 0.01:
        hovering = assigned(instance, np.tile(instance.uav_start_xy, (50, 1, 1)))
        assert evaluate(instance, solution.decision).cost <= hovering.cost + 1e-9


@pytest.mark.parametrize("trouble", ["error", "inaccurate", "limit"])
def test_a_convex_solver_that_fails_is_left_out_and_said_so(monkeypatch, trouble):
    original = cp.Problem.solve

    def failing(problem, **options):
        if trouble == "error":
            raise cp.error.SolverError("Clarabel gave up")
        if trouble == "limit":
            return original(problem, **(options | {"max_iter": 2}))
        value = original(problem, **options)
        monkeypatch.setattr(problem, "_status", cp.OPTIMAL_INACCURATE)
        return value

    monkeypatch.setattr(cp.Problem, "solve", failing)
    instance = world("tiny")
    solution = solve("block-coordinate[spacing_m=50]", instance)
    assert solution.status == "feasible"
    reason = {"error": "Clarabel gave up", "inaccurate": "optimal_inaccurate", "limit": "user_limit"}[trouble]
    assert any("left out" in line and reason in line for line in solution.log), solution.log
    assert evaluate(instance, solution.decision).cost <= evaluate(instance, kmeans(instance)).cost + 1e-9


def test_a_block_without_time_says_so():
    instance = world("tiny")
    decision = kmeans(instance)
    assert (decision.server == 1).any()
    for late in (
        lambda budget: PowerBlock(instance).solve(decision, budget),
        lambda budget: TrajectoryBlock(instance).solve(decision, 1, budget),
        lambda budget: PathBlock(instance, 50).solve(decision.uav_xy, 0, np.inf, budget),
    ):
        with pytest.raises(BlockFailedError, match="out of time"):
            late(Budget(1e-9))


def test_a_number_of_starts_means_the_first_ones():
    solver = get("block-coordinate")
    assert configure(solver, {"starts": "2"}) == configure(solver, {"starts": "kmeans+static"})
    assert configure(solver, {"starts": 4}) == configure(solver, {})
    for number in ("0", "5"):
        with pytest.raises(InputError, match="a number from 1 to 4"):
            configure(solver, {"starts": number})


def test_a_start_that_does_not_exist_is_refused():
    with pytest.raises(InputError, match="did you mean 'kmeans'"):
        solve("block-coordinate[starts=hover+kmean]", world("tiny"))
