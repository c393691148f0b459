"""Trained policies as online solvers: they decide as in the environment, and refuse what they are not for."""

import dataclasses
import json
import shutil
import subprocess
import sys

import numpy as np
import pytest

from skyedge import paths
from skyedge.cli import main
from skyedge.problem import InputError, Scenario, evaluate, generate
from skyedge.results.campaign.spec import Campaign
from skyedge.results.execution.cell_process import run_cell
from skyedge.rl import algorithms
from skyedge.rl.environment.episodes import GivenEpisodes
from skyedge.rl.environment.vec_env import OffloadingVecEnv
from skyedge.rl.policies.player import PolicyPlayer
from skyedge.rl.policies.policy_files import Policy
from skyedge.rl.policies.record import RECORD
from skyedge.solvers import available, get, solve
from tests.results.command_line import environment, write_campaign
from tests.rl.untrained import make_policy

WORLD = Scenario.preset("paper").replace(slots=4)
INSTANCE = generate(WORLD, 0)
LEARNED = [(name, track) for name in algorithms.available() for track in algorithms.get(name).tracks]


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A folder like the one of shipped policies, with one of every algorithm in every track for ``WORLD``."""
    root = tmp_path_factory.mktemp("published")
    for algorithm, track in LEARNED:
        make_policy(root / algorithm / WORLD.name / track / "seed-0", algorithm, track, WORLD)
    return root


@pytest.fixture(autouse=True)
def shipped(published, monkeypatch):
    monkeypatch.setattr(paths, "POLICIES", published)


def test_every_learning_algorithm_is_an_online_solver_of_its_own():
    for name in algorithms.available():
        assert name in available()
        assert get(name).information == "online"
        assert get(name).Config().track == algorithms.get(name).tracks[0]
        assert name in get(name).__doc__


@pytest.mark.parametrize(("algorithm", "track"), LEARNED)
def test_it_costs_what_it_costs_in_the_environment(algorithm, track, published):
    decision = solve(f"{algorithm}[track={track}]", INSTANCE).decision
    policy = Policy.load(published / algorithm / WORLD.name / track / "seed-0")
    view = algorithms.get(algorithm).view
    env = OffloadingVecEnv(view=view, track=track, count=1, episodes=GivenEpisodes([INSTANCE]))
    model, observation, cost = PolicyPlayer(policy, WORLD).model, env.reset(), 0.0
    for _ in range(WORLD.slots):
        action, _ = model.predict(observation, deterministic=True)
        observation, _, _, infos = env.step(action)
        cost += infos[0]["cost"]
    assert evaluate(INSTANCE, decision).cost == pytest.approx(cost, rel=1e-9)


@pytest.mark.parametrize(("algorithm", "track"), LEARNED)
def test_it_decides_the_same_whatever_its_seed_and_the_future_and_leaves_idle_devices_alone(algorithm, track):
    spec = f"{algorithm}[track={track}]"
    other = generate(WORLD, 9)
    names = ("device_xy", "active", "input_bits", "output_words", "max_latency_s", "min_accuracy", "uav_fading")
    mixed = {name: np.vstack([getattr(INSTANCE, name)[:2], getattr(other, name)[2:]]) for name in names}
    seen = solve(spec, INSTANCE, seed=0).decision
    changed = solve(spec, dataclasses.replace(INSTANCE, **mixed), seed=1).decision
    for name in ("server", "power", "uav_xy"):
        assert np.array_equal(getattr(seen, name)[:2], getattr(changed, name)[:2])
    assert (seen.server[~INSTANCE.active] == -1).all()
    assert (seen.power[~INSTANCE.active] == 0).all()


@pytest.mark.parametrize(
    ("options", "instance", "message"),
    [
        ({}, generate(WORLD.replace(name="valley"), 0), "no structured policy of ppo comes with skyedge for 'valley'"),
        ({}, generate(WORLD.replace(name="valley"), 0), "skyedge train ppo --scenario valley --track structured"),
        ({"track": "plain"}, generate(WORLD.replace(devices=9), 0), "with devices = 15, not 9"),
        ({"policy": "absent"}, INSTANCE, "absent/policy.safetensors: no such file"),
        ({}, dataclasses.replace(INSTANCE, scenario=None), "needs to know the instance's scenario"),
    ],
)
def test_an_instance_without_a_fitting_policy_is_refused_with_what_to_do(options, instance, message):
    with pytest.raises(InputError) as refused:
        solve("ppo", instance, config=options)
    assert message in str(refused.value)
    assert not get("ppo")(get("ppo").Config(**options)).takes(instance)


@pytest.mark.parametrize(("algorithm", "track"), [("ppo", "plain"), ("ddpg", "structured")])
def test_the_policy_of_another_algorithm_or_track_is_refused(algorithm, track, published):
    directory = published / algorithm / WORLD.name / track / "seed-0"
    with pytest.raises(InputError, match=r"the policy's (algorithm|track) is .*: name the right one"):
        solve("ppo", INSTANCE, config={"policy": str(directory)})


def test_one_solver_serves_instances_of_several_scenarios_in_turn():
    solver = get("ppo")()
    for scenario in (WORLD, WORLD.replace(slots=2), WORLD):
        assert solver.takes(generate(scenario, 1))
        assert solver.player(scenario).scenario == scenario


def test_a_cell_is_another_one_when_its_policy_changes(published, tmp_path, monkeypatch):
    root = shutil.copytree(published, tmp_path / "published")
    monkeypatch.setattr(paths, "POLICIES", root)
    scenarios = '[[scenarios]]\nbase = "paper"\n[[scenarios]]\nbase = "tiny"\n'
    campaign = Campaign.load(write_campaign(tmp_path / "mine.toml", ["ppo", "greedy"], scenarios, modules=[]))

    def keys() -> dict:
        return {(cell.solver, cell.scenario): cell.key for cell in campaign.cells()}

    before = keys()
    make_policy(root / "ppo" / "paper" / "structured" / "seed-0", "ppo", "structured", Scenario.preset("paper"))
    after = keys()
    assert {name for name in before if before[name] != after[name]} == {("ppo", "paper")}
    make_policy(root / "ppo" / "tiny" / "structured" / "seed-0", "ppo", "structured", Scenario.preset("tiny"))
    assert {name for name in after if after[name] != keys()[name]} == {("ppo", "tiny")}, "a first policy, too"


@pytest.fixture
def three_seeds(published, tmp_path, monkeypatch):
    """Shipped policies of ppo in the plain track, trained with seeds 0, 2 and 10."""
    folder = tmp_path / "shipped" / "ppo" / WORLD.name / "plain"
    for seed in (0, 2, 10):
        shutil.copytree(published / "ppo" / WORLD.name / "plain" / "seed-0", folder / f"seed-{seed}")
    monkeypatch.setattr(paths, "POLICIES", tmp_path / "shipped")
    return folder


def test_a_campaign_may_ask_for_all_training_seeds(three_seeds, tmp_path):
    spec = "ppo[track=plain,training_seed=all]"
    campaign = write_campaign(
        tmp_path / "mine.toml", [spec], '[[scenarios]]\nbase = "paper"\n', instances=2, modules=[]
    )
    cells = Campaign.load(campaign).cells()
    assert [(cell.instance_seed, cell.repeat) for cell in cells] == [(n, seed) for n in (0, 1) for seed in (0, 2, 10)]
    assert [json.loads(cell.config)["training_seed"] for cell in cells] == [0, 2, 10] * 2
    assert {(cell.solver, cell.track) for cell in cells} == {(spec, "plain")}
    assert len({cell.key for cell in cells}) == 6
    make_policy(three_seeds / "seed-2", "ppo", "plain", WORLD)
    (three_seeds / "seed-2" / RECORD).write_text((three_seeds / "seed-2" / RECORD).read_text() + " ")
    changed = [one.repeat for one, other in zip(Campaign.load(campaign).cells(), cells, strict=True) if one != other]
    assert changed == [2, 2]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("ppo[training_seed=all]", "no structured policy of ppo comes with skyedge for 'paper': train one"),
        ("ppo[track=plain,policy=mine,training_seed=all]", "policy=mine is one policy, not all training seeds"),
        ("ppo[track=plain,training_seed=-1]", "training_seed"),
        ("greedy[training_seed=all]", "greedy has no option 'training_seed'"),
    ],
)
def test_training_seeds_that_there_are_not_are_refused(spec, message, three_seeds, tmp_path):
    campaign = write_campaign(tmp_path / "mine.toml", [spec], '[[scenarios]]\nbase = "paper"\n', modules=[])
    with pytest.raises(InputError) as refused:
        Campaign.load(campaign).cells()
    assert message in str(refused.value)


def test_a_training_seed_that_is_not_shipped_is_refused_with_those_that_are(three_seeds):
    with pytest.raises(InputError, match=r"with training seed 7 comes with .* choose one of 0, 2, 10"):
        solve("ppo[track=plain,training_seed=7]", INSTANCE)
    assert solve("ppo[track=plain,training_seed=10]", INSTANCE).status == "feasible"


def test_a_row_says_what_training_is_behind_it(three_seeds, tmp_path):
    spec = "ppo[track=plain,training_seed=2]"
    path = write_campaign(tmp_path / "mine.toml", [spec, "greedy"], '[[scenarios]]\nbase = "tiny"\n', modules=[])
    (tmp_path / "shipped" / "ppo" / "tiny").mkdir()
    make_policy(tmp_path / "shipped" / "ppo" / "tiny" / "plain" / "seed-2", "ppo", "plain", Scenario.preset("tiny"))
    row, other = map(run_cell, Campaign.load(path).cells())
    assert (row["track"], row["training_seed"], row["training_slots"], row["error"]) == ("plain", 5, 0, "")
    assert (other["track"], other["error"]) == ("", "")
    assert np.isnan(other["training_seed"])


def test_each_names_its_algorithms_module_which_is_imported_before_cells_run():
    ours = [name for name in algorithms.available() if algorithms.get(name).__module__.startswith("skyedge.rl.")]
    assert ours
    for name in ours:
        assert get(name).code == (algorithms.get(name).__module__,)
        assert set(get(name).code) < set(get(name).preload)


@pytest.mark.parametrize("arguments", [["solvers"], ["solve", "greedy", "--help"], ["solve", "ppo", "--help"]])
def test_commands_that_need_no_policy_import_no_learning_library(arguments, tmp_path):
    code = (
        "import sys\nfrom skyedge.cli import main\n"
        + f"sys.argv = ['skyedge', *{arguments}]\ntry: main()\nfinally: print(*sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment(), capture_output=True, text=True)
    assert "skyedge.solvers.common.base" in run.stdout.split(), run
    assert not {"torch", "stable_baselines3"} & set(run.stdout.split())


def test_the_code_of_a_learned_solver_is_its_own_algorithms_and_what_that_imports():
    from skyedge.problem.common.code_hash import ROOT, _closure

    found = set().union(*(_closure(module) for module in ("skyedge.solvers.learned", *get("hybrid-ppo").code)))
    names = {path.relative_to(ROOT / "skyedge").as_posix() for path in found}
    assert {
        "rl/environment/observation.py",
        "rl/policies/player.py",
        "rl/algorithms/hybrid_ppo.py",
        "rl/networks/set_encoder.py",
    } <= names
    assert not {"rl/algorithms/ddpg.py", "rl/training/train.py"} & names


def run_command(monkeypatch, capsys, *arguments) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["skyedge", *map(str, arguments)])
    with pytest.raises(SystemExit) as left:
        main()
    printed = capsys.readouterr()
    return left.value.code or 0, printed.out, printed.err


def test_a_policy_is_trained_resumed_and_solves_on_the_command_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "valley.toml").write_text('base = "tiny"\nslots = 3\n')
    generate(Scenario.load("valley.toml"), 0).save("day.npz")
    train = ("train", "ppo", "--scenario", "valley.toml", "--track", "plain", "--slots", "800", "-o", "out")
    status, said, _ = run_command(monkeypatch, capsys, *train)
    assert status == 0
    assert said.startswith("ppo, plain, valley, seed 0: 800 slots in ")
    record = json.loads((tmp_path / "out" / RECORD).read_text())
    assert f"held-out cost {record['training']['held_out_cost']:.2f}" in said
    status, _, error = run_command(monkeypatch, capsys, *train)
    assert status == 2
    assert error == "skyedge: error: out holds a finished run: remove it, or choose another folder\n"
    assert run_command(monkeypatch, capsys, *train, "--resume")[:2] == (0, said)
    status, solved, _ = run_command(monkeypatch, capsys, "solve", "ppo[track=plain]", "day.npz", "--policy", "out")
    assert status == 0
    assert solved.startswith("ppo: feasible after")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ppq"], "did you mean 'ppo'"),
        (["ppo", "--scenario", "papr"], "did you mean 'paper'"),
        (["ppo", "--track", "plan"], "--track"),
        (["ppo", "--slots", "0"], "--slots"),
        (["ppo", "--seed", "-1"], "--seed"),
        (["ppo", "-o", "file"], "file"),
        (["ppo", "-o", "file/out"], "cannot be a folder"),
    ],
)
def test_training_that_cannot_begin_is_refused_in_one_line(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    status, said, error = run_command(monkeypatch, capsys, "train", *arguments)
    assert (status, said) == (2, "")
    assert message in error
    assert len(error.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
