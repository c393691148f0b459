"""adp: its targets against enumeration, its learning, and the solvers that use what it has learned."""

import json
import shutil
import sys

import numpy as np
import pandas as pd
import pytest

from skyedge import paths
from skyedge.cli import main
from skyedge.problem import InputError, Scenario, best_assignment, evaluate, generate, server_costs
from skyedge.problem.physics.links import squared_distances
from skyedge.rl.policies.policy_files import WEIGHTS
from skyedge.rl.policies.record import CURVE
from skyedge.rl.training.train import train
from skyedge.solvers import get, solve
from skyedge.solvers.common.learners import learner, learner_modules
from skyedge.solvers.machinery.approximate_dp.targets import Teacher, returns, savings_at
from skyedge.solvers.machinery.placement.lattice import area_lattice
from skyedge.solvers.machinery.placement.move_search import SlotMoves

PAPER = Scenario.preset("paper")
WORLD = Scenario.preset("hotspot").replace(name="valley", slots=6, devices=8, uavs=2)
SHORT = {"environments": 4, "gradient_steps": 3, "batch_size": 8, "rounds": 2}


def short(directory, **changes):
    """A run of three rounds."""
    learner("adp")
    fields = {"track": "model-based", "seed": 1, "slots": 72, "evaluate_every": 48, "checkpoint_every": 20}
    return train("adp", WORLD, directory, options=SHORT, **fields | changes)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The folder of a finished run."""
    folder = tmp_path_factory.mktemp("adp")
    short(folder)
    return folder


@pytest.fixture
def shipped(trained, tmp_path, monkeypatch):
    """The finished run as a policy that is shipped, with training seeds 0 and 1."""
    for seed in (0, 1):
        shutil.copytree(trained, tmp_path / "adp" / "valley" / "model-based" / f"seed-{seed}")
    monkeypatch.setattr(paths, "POLICIES", tmp_path)


def slot_cost(slot, uav_xy) -> float:
    """Exact cost of a slot with the UAVs at a place."""
    cost = server_costs(slot, uav_xy).cost
    server = best_assignment(cost, slot.server_capacity, slot.unserved_penalty)
    served = np.take_along_axis(cost, np.maximum(server, 0)[:, None], axis=1)[:, 0]
    return float(np.where(server >= 0, served, slot.unserved_penalty * slot.active).sum())


# --- the search within a slot


@pytest.mark.parametrize("seed", range(4))
def test_a_lone_uav_goes_where_the_exact_cost_less_the_value_is_least(seed):
    slot = generate(PAPER.replace(uavs=1, slots=1, devices=25), seed).at(0)
    moves, rng = SlotMoves(slot, np.array([[250.0, 250.0]])), np.random.default_rng(seed)
    to_go = rng.random((1, moves.places.shape[1]))
    totals = [slot_cost(slot, place[None]) - worth for place, worth in zip(moves.places[0], to_go[0], strict=True)]
    found = moves.best(to_go, [np.array([-1]), np.array([0])], rng)
    assert found[0] == pytest.approx(moves.places[0, np.argmin(totals)])


@pytest.mark.parametrize("seed", range(4))
def test_no_uav_gains_by_moving_alone(seed):
    slot = generate(PAPER.replace(slots=1, devices=25), seed).at(0)
    rng = np.random.default_rng(seed)
    moves = SlotMoves(slot, rng.uniform(100, 400, (3, 2)))
    to_go = rng.random(moves.places.shape[:2])
    found = moves.best(to_go, [np.full(3, -1)], rng)
    chosen = moves.nearest(found)
    total = slot_cost(slot, found) - to_go[np.arange(3), chosen].sum()
    for uav in range(3):
        for candidate, place in enumerate(moves.places[uav]):
            other = found.copy()
            other[uav] = place
            change = to_go[uav, candidate] - to_go[uav, chosen[uav]]
            assert slot_cost(slot, other) - to_go[np.arange(3), chosen].sum() - change >= total - 1e-9


# --- targets


@pytest.mark.parametrize("seed", range(3))
def test_savings_are_what_the_exact_assignment_gains_by_the_uav(seed):
    slot = generate(PAPER.replace(slots=1, devices=20), seed).at(0)
    rng = np.random.default_rng(seed)
    uav_xy, points = rng.uniform(0, 500, (3, 2)), rng.uniform(0, 500, (30, 2))
    found = savings_at(slot, server_costs(slot, uav_xy).cost, 1, points)
    absent = np.where(np.arange(3)[:, None] == 1, np.inf, uav_xy)
    for point, saved in zip(points, found, strict=True):
        there = np.where(np.arange(3)[:, None] == 1, point, uav_xy)
        assert saved == pytest.approx(slot_cost(slot, absent) - slot_cost(slot, there), abs=1e-9)
    assert found.max() > 0


def test_targets_are_the_returns_of_one_who_flies_greedily():
    lattice = area_lattice(np.array([40.0, 30.0]), np.array([20.0, 15.0]), 10.0, 1)
    points, rng = lattice.points()[0], np.random.default_rng(0)
    savings, values = rng.random((4, len(points))), rng.random((4, len(points)))
    values[-1] = 0.0
    near = squared_distances(points, points) <= 15.0**2 + 1e-9

    def target(t: int, c: int) -> float:
        if t == 3:
            return 0.0
        there = max(np.flatnonzero(near[c]), key=lambda point: savings[t + 1, point] + values[t + 1, point])
        after = 0.4 * values[t + 1, there] + 0.6 * target(t + 1, there)
        return 0.9 * (savings[t + 1, there] + after)

    found = returns(savings, values, lattice, 15.0, 0.9, 0.6)
    expected = [[target(t, c) for c in range(len(points))] for t in range(4)]
    assert found == pytest.approx(np.array(expected))


@pytest.mark.parametrize("changes", [{}, {"uav_speed_mps": 0.0}, {"uav_speed_mps": 500.0}, {"uav_radius_m": 5.0}])
def test_the_lattice_is_never_too_large_and_lets_a_uav_go_to_a_neighbour(changes):
    scenario = PAPER.replace(**changes)
    teacher = Teacher(scenario, 0.9, 0.5)
    assert 1 <= len(teacher.points) <= 2700
    assert ((teacher.points >= 0) & (teacher.points <= 500)).all()


# --- learning


def test_a_run_that_stops_goes_on_from_its_checkpoint_and_ends_with_the_same_weights(trained, tmp_path):
    class Killed(BaseException):
        pass

    def stop(slots: int) -> None:
        if slots >= 60:
            raise Killed

    with pytest.raises(Killed):
        short(tmp_path, progress=stop)
    seen: list[int] = []
    short(tmp_path, resume=True, progress=seen.append)
    assert min(seen) == 48 + 4, "it does not begin anew"
    assert (tmp_path / WEIGHTS).read_bytes() == (trained / WEIGHTS).read_bytes()
    ours, theirs = (pd.read_parquet(folder / CURVE) for folder in (tmp_path, trained))
    pd.testing.assert_frame_equal(ours.drop(columns="seconds"), theirs.drop(columns="seconds"))


def test_another_seed_gives_other_weights(trained, tmp_path):
    short(tmp_path, seed=2)
    assert (tmp_path / WEIGHTS).read_bytes() != (trained / WEIGHTS).read_bytes()


def test_its_record_says_what_the_curve_ends_with(trained):
    curve, record = pd.read_parquet(trained / CURVE), json.loads((trained / "policy.json").read_text())
    assert curve["slots"].tolist() == [0, 48, 72]
    assert record["training"]["held_out_cost"] == curve["cost"].iloc[-1]
    assert (record["algorithm"], record["track"]) == ("adp", "model-based")


@pytest.mark.parametrize(
    ("algorithm", "track", "scenario", "message"),
    [
        ("adp", "structured", WORLD, "adp has no track 'structured': choose 'model-based'"),
        ("ppo", "model-based", WORLD, "ppo has no track 'model-based': choose 'structured' or 'plain'"),
        ("adp", "model-based", WORLD.replace(uavs=0), "has no UAVs, or a single slot"),
        ("adp", "model-based", WORLD.replace(slots=1), "has no UAVs, or a single slot"),
    ],
)
def test_what_cannot_be_learned_is_refused(algorithm, track, scenario, message, tmp_path):
    learner("adp")
    with pytest.raises(InputError, match=message):
        train(algorithm, scenario, tmp_path / "run", track)


def test_every_learner_is_known_by_its_name():
    assert {name: learner(name).__module__ for name in learner_modules()} == learner_modules()
    with pytest.raises(InputError, match="did you mean 'adp'"):
        learner("apd")


@pytest.mark.slow
def test_it_soon_beats_myopic_where_demand_moves(tmp_path):
    learner("adp")
    scenario = Scenario.preset("hotspot").replace(name="valley", slots=40, devices=12, uavs=2)
    train("adp", scenario, tmp_path, "model-based", 0, slots=2560, evaluate_every=10**6)
    instances = [generate(scenario, seed) for seed in range(40, 50)]
    total = {
        spec: sum(evaluate(instance, solve(spec, instance).decision).cost for instance in instances)
        for spec in ("myopic", f"adp[policy={tmp_path}]")
    }
    assert total[f"adp[policy={tmp_path}]"] < 0.97 * total["myopic"]


# --- the solvers


def test_it_assigns_exactly_and_moves_as_it_must(trained):
    instance = generate(WORLD, 3)
    decision = solve(f"adp[policy={trained}]", instance).decision
    exact = sum(slot_cost(instance.at(t), decision.uav_xy[t]) for t in range(WORLD.slots))
    assert evaluate(instance, decision).cost == pytest.approx(exact, abs=1e-9)


def test_it_does_in_training_what_it_does_as_a_solver(trained):
    from skyedge.rl.environment.held_out import HELD_OUT_SEEDS

    recorded = json.loads((trained / "policy.json").read_text())["training"]["held_out_cost"]
    instances = [generate(WORLD, seed) for seed in HELD_OUT_SEEDS]
    costs = [evaluate(instance, solve(f"adp[policy={trained}]", instance).decision).cost for instance in instances]
    assert np.mean(costs) == pytest.approx(recorded, rel=0.02), "equal but for the order in which UAVs take turns"


def test_the_last_slot_is_decided_for_itself(trained):
    instance = generate(WORLD, 4).window(5, 6, np.full((2, 2), 250.0))
    instance = type(instance)(**{**vars(instance), "scenario": WORLD.replace(slots=1)})
    adp, rolling = (solve(spec, instance).decision for spec in (f"adp[policy={trained}]", "rolling"))
    assert evaluate(instance, adp).cost == pytest.approx(evaluate(instance, rolling).cost, rel=0.01)


@pytest.mark.parametrize("spec", ["adp", "rolling[terminal=adp]"])
def test_shipped_policies_are_found_by_their_training_seeds(spec, shipped):
    name, _, options = spec.rstrip("]").partition("[")
    config = dict([options.split("=")]) if options else {}
    solver = get(name)(get(name).Config(**config))
    assert solver.takes(generate(WORLD, 0))
    assert not solver.takes(generate(WORLD.replace(name="hill"), 0))
    assert solver.track == "model-based"
    assert solver.training_seeds(WORLD) == [0, 1]
    assert solver.training(WORLD)["slots"] == 72
    assert all(path.exists() for path in solver.files(WORLD))


@pytest.mark.parametrize("spec", ["adp", "rolling[terminal=adp,slots-ahead=2]"])
def test_no_policy_for_the_scenario_is_said_with_what_to_do(spec):
    with pytest.raises(InputError, match=r"train one .skyedge train adp --scenario valley --track model-based"):
        solve(spec, generate(WORLD, 0))


def test_an_instance_of_no_scenario_is_refused(trained):
    instance = generate(WORLD, 0).window(0, 3, np.full((2, 2), 250.0))
    with pytest.raises(InputError, match="needs to know the instance's scenario"):
        solve(f"adp[policy={trained}]", instance)


def test_rolling_without_slots_ahead_but_with_learned_values_decides_like_adp(trained):
    instances = [generate(WORLD, seed) for seed in range(6)]
    costs = [
        sum(evaluate(instance, solve(spec, instance).decision).cost for instance in instances)
        for spec in (f"adp[policy={trained}]", f"rolling[terminal=adp,slots-ahead=0,policy={trained}]")
    ]
    assert costs[0] == pytest.approx(costs[1], rel=0.02)


def test_learned_values_change_rolling_only_while_slots_are_left_beyond_those_ahead(trained):
    learned = {"terminal": "adp", "policy": str(trained)}

    def same(slots_ahead: int) -> list[bool]:
        """Whether the first moves are those without learned values, in each of some instances."""
        instances, config = [generate(WORLD, seed) for seed in range(8)], {"slots_ahead": slots_ahead}
        pairs = [[solve("rolling", one, config=config | more) for more in ({}, learned)] for one in instances]
        return [np.array_equal(plain.decision.uav_xy[0], other.decision.uav_xy[0]) for plain, other in pairs]

    assert not all(same(1))
    assert all(same(WORLD.slots))


def run(monkeypatch, capsys, *arguments) -> tuple[int, str, str]:
    """Run a command in this process."""
    monkeypatch.setattr(sys, "argv", ["skyedge", *arguments])
    with pytest.raises(SystemExit) as left:
        main()
    printed = capsys.readouterr()
    return left.value.code or 0, printed.out, printed.err


def test_it_trains_and_solves_on_the_command_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "valley.toml").write_text('base = "tiny"\nslots = 3\n')
    assert run(monkeypatch, capsys, "generate", "valley.toml", "-o", "day.npz")[0] == 0
    status, out, _ = run(monkeypatch, capsys, "train", "adp", "--scenario", "valley.toml", "--slots", "48", "-o", "run")
    assert (status, out.split(",")[:2]) == (0, ["adp", " model-based"])
    assert run(monkeypatch, capsys, "solve", "adp", "day.npz", "--policy", "run", "-o", "plan.npz")[0] == 0
    assert run(monkeypatch, capsys, "score", "day.npz", "plan.npz")[0] == 0
