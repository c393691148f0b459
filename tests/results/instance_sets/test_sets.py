"""Frozen instance sets: they come out the same, decisions are checked against them, and they take in what is better."""

import json
import pickle

import numpy as np
import pytest

from skyedge.problem import Decision, InputError, Scenario, evaluate, generate
from skyedge.results.benchmark import run_campaign
from skyedge.results.campaign.spec import Campaign
from skyedge.results.instance_sets.admin import create, improve, take_in
from skyedge.results.instance_sets.offers import Offer, from_source
from skyedge.results.instance_sets.sets import SETS, InstanceSet, exact_cost, fingerprint
from skyedge.results.instance_sets.verify import verify
from skyedge.solvers import solve
from tests.results.command_line import error_line, skyedge, write_campaign

WORLD = Scenario.preset("tiny")


@pytest.fixture
def folder(tmp_path):
    """A folder with a set of three instances, of which greedy decisions are known."""
    create("mine-v1", WORLD, 3, tmp_path)
    improve(str(tmp_path / "mine-v1.json"), None, "greedy", 5.0)
    return tmp_path


@pytest.fixture
def mine(folder):
    return InstanceSet.load(folder / "mine-v1.json")


@pytest.fixture
def submission(folder):
    """A folder of decisions for two of the instances, one of them better than what is known."""
    there = folder / "submission"
    there.mkdir()
    for seed, solver in ((0, "greedy"), (1, "myopic")):
        solve(solver, generate(WORLD, seed), seed=0).decision.save(there / f"{seed}.npz")
    return there


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_a_set_is_read_as_it_was_written_and_draws_its_instances(mine):
    assert mine.seeds == (0, 1, 2)
    assert [drawn.id for drawn in mine.instances()] == [generate(WORLD, seed).id for seed in range(3)]
    costs = [exact_cost(*pair, "") for pair in zip(mine.instances(), mine.best(), strict=True)]
    assert costs == [known.cost for known in mine.known]
    assert costs == [evaluate(one, solve("greedy", one).decision).cost for one in mine.instances()]
    assert {known.cost_by for known in mine.known} == {"greedy, 5 s"}


def test_a_new_set_knows_no_more_than_to_serve_nobody(tmp_path):
    create("fresh-v1", WORLD, 2, tmp_path)
    fresh = InstanceSet.load(tmp_path / "fresh-v1.json")
    requests = [drawn.active.sum() for drawn in fresh.instances()]
    assert [known.cost for known in fresh.known] == [WORLD.unserved_penalty * count for count in requests]
    assert {known.bound for known in fresh.known} == {0.0}
    before = content(tmp_path)
    with pytest.raises(InputError, match="never changes its instances"):
        create("fresh-v1", WORLD, 3, tmp_path)
    with pytest.raises(InputError, match="instance set 'fresh': name"):
        create("fresh", WORLD, 2, tmp_path)
    assert content(tmp_path) == before


@pytest.mark.parametrize("change", [{"unserved_penalty": 6.0}, {"devices": 5}, {"slots": 3}])
def test_a_fingerprint_follows_every_number_that_matters_and_not_the_last_bit(change):
    one = generate(WORLD, 0)
    assert fingerprint(one) != fingerprint(generate(WORLD.replace(**change), 0))
    assert fingerprint(one) != fingerprint(generate(WORLD, 1))
    nudged = one.__class__(**vars_of(one) | {"sat_gain": np.nextafter(one.sat_gain, np.inf)})
    assert nudged.id != one.id
    assert fingerprint(nudged) == fingerprint(one)


def vars_of(instance):
    return {name: getattr(instance, name) for name in instance.__dataclass_fields__}


def test_instances_that_come_out_differently_are_refused(folder, submission, capsys):
    path = folder / "mine-v1.json"
    said = json.loads(path.read_text())
    said["known"][2]["content"] = "0" * 64
    path.write_text(json.dumps(said))
    for work in (lambda: verify(str(path), submission), lambda: improve(str(path), submission, None, 1.0)):
        with pytest.raises(
            InputError, match=r"instance 2 of mine-v1 comes out as \w{12}…, not 000000000000…: use the version"
        ):
            work()
    assert capsys.readouterr().out == ""


def test_a_submission_is_scored_compared_and_told_what_it_improves(folder, mine, submission, capsys):
    verify(str(folder / "mine-v1.json"), submission)
    title, _, _, _, first, second, _, summary = capsys.readouterr().out.splitlines()
    assert title.startswith("mine-v1: valid decisions")
    assert "as good as the best known" in first
    assert "improves the best known" in second
    cost = [evaluate(generate(WORLD, seed), Decision.load(submission / f"{seed}.npz")).cost for seed in (0, 1)]
    assert f"{cost[1]:.4f}" in second
    assert f"{mine.known[1].cost:.4f}" in second
    best = np.mean([known.cost for known in mine.known[:2]])
    said = f"2 of 3 instances, mean cost {np.mean(cost):.4f} (best known {best:.4f}), 1 improved; missing: 2"
    assert summary.strip() == said


def test_a_set_takes_in_better_decisions_and_no_others(folder, mine, submission, capsys):
    path = folder / "mine-v1.json"
    better = Decision.load(submission / "1.npz")
    improve(str(path), submission, None, 1.0)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("mine-v1 1: cost ")
    now = InstanceSet.load(path)
    assert now.known[0] == mine.known[0]
    assert now.known[1].cost == evaluate(generate(WORLD, 1), better).cost < mine.known[1].cost
    assert now.known[1].cost_by == str(submission / "1.npz")
    assert (now.best()[1].uav_xy == better.uav_xy).all()
    before = content(folder)
    improve(str(path), submission, None, 1.0)
    assert content(folder) == before


def test_what_two_find_at_the_same_time_is_both_taken_in(folder, mine):
    better = [solve("myopic", instance, seed=0).decision for instance in mine.instances()]

    def first():
        yield Offer(0, better[0], None, "first")
        list(take_in(InstanceSet.load(mine.path), [Offer(1, better[1], 0.5, "second")]))
        yield Offer(2, better[2], 0.5, "first")

    assert len(list(take_in(mine, first()))) >= 1
    now = InstanceSet.load(mine.path)
    assert [known.bound_by for known in now.known] == ["costs", "second", "first"]
    costs = [exact_cost(*pair, "") for pair in zip(now.instances(), now.best(), strict=True)]
    assert costs == [known.cost for known in now.known]


def test_a_line_of_what_is_better_is_said_once_it_is_written(mine):
    lines = take_in(mine, [Offer(0, None, 0.5, "someone")])
    next(lines)
    lines.close()  # as when nobody reads on
    assert InstanceSet.load(mine.path).known[0].bound == 0.5


def test_a_set_takes_in_the_higher_bounds_of_a_campaign(folder, mine):
    world = '[[scenarios]]\nset = "mine-v1.json"\n'
    path = write_campaign(folder / "c.toml", ["bound", "greedy"], world, modules=[], seconds=10)
    run_campaign(str(path), folder / "run")
    improve(str(folder / "mine-v1.json"), folder / "run", None, 1.0)
    now = InstanceSet.load(folder / "mine-v1.json")
    for known, before in zip(now.known, mine.known, strict=True):
        assert 0 < known.bound <= known.cost == before.cost
        assert known.bound_by == "bound, 10 s"
    with pytest.raises(InputError, match="no bound of an instance of paper-v1 is stored there"):
        list(from_source(InstanceSet.load("paper-v1"), folder / "run"))


def test_a_bound_above_a_known_cost_is_a_contradiction(folder, mine):
    before = content(folder)
    with pytest.raises(InputError, match=r"instance 1: a cost of .* is below the bound .* please report it"):
        list(take_in(mine, [Offer(1, None, mine.known[1].cost * 1.001, "a wrong solver")]))
    assert content(folder) == before


def test_a_campaign_runs_on_the_instances_of_a_set(folder):
    world = '[[scenarios]]\nset = "mine-v1.json"\n[[scenarios]]\nbase = "tiny"\n'
    cells = Campaign.load(write_campaign(folder / "c.toml", ["greedy"], world, modules=[])).cells()
    assert [(cell.scenario, cell.instance_seed) for cell in cells] == [
        *(("mine-v1.json", seed) for seed in (0, 1, 2)),
        ("tiny", 0),
    ]
    assert cells[0].scenario_json == WORLD.model_dump_json()
    for line, said in (("devices = 5", "taken as it is"), ('base = "tiny"', "either a base or a set")):
        with pytest.raises(InputError, match=said):
            Campaign.load(
                write_campaign(folder / "c.toml", ["greedy"], f'[[scenarios]]\nset = "mine-v1.json"\n{line}\n')
            )


def moved(decision):
    return {"uav_xy": decision.uav_xy + np.array([300.0, 0.0])}


def louder(decision):
    return {"power": decision.power + 10.0}


def shorter(decision):
    return {"server": decision.server[1:]}


@pytest.mark.parametrize(("tamper", "said"), [(moved, "uav_xy"), (louder, "power"), (shorter, "server has shape")])
def test_a_tampered_decision_is_one_line_and_exit_status_2(folder, submission, tamper, said):
    honest = Decision.load(submission / "0.npz")
    parts = {name: getattr(honest, name) for name in ("server", "power", "uav_xy")}
    Decision(**parts | tamper(honest)).save(submission / "0.npz")
    before = content(folder)
    for command in (["verify", "mine-v1.json", "submission"], ["sets", "improve", "mine-v1.json", "submission"]):
        line = error_line(skyedge(*command, cwd=folder))
        assert "submission/0.npz" in line
        assert said in line
    assert content(folder) == before


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("0.npz", b"PK\x03\x04 no archive", "not a readable decision file"),
        ("0.npz", pickle.dumps({"server": 1}), "not a readable decision file"),
        ("0.npz", b"", "not a readable decision file"),
        ("7.npz", b"", "mine-v1 has no instance '7': name decisions after their instances, 0.npz to 2.npz"),
        ("plan.npz", b"", "mine-v1 has no instance 'plan'"),
    ],
)
def test_a_file_that_is_no_decision_of_the_set_is_one_line_and_exit_status_2(folder, submission, name, data, said):
    (submission / name).write_bytes(data)
    assert said in error_line(skyedge("verify", "mine-v1.json", "submission", cwd=folder))


def test_a_decision_for_another_instance_is_refused_or_scored_as_what_it_is(folder, submission):
    (submission / "0.npz").write_bytes((submission / "1.npz").read_bytes())
    assert "submission/0.npz: uav_xy[0, " in error_line(skyedge("verify", "mine-v1.json", "submission", cwd=folder))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda path: path.with_suffix(".npz").unlink(), "mine-v1.npz: no such file"),
        (lambda path: path.with_suffix(".npz").write_bytes(b"x"), "mine-v1.npz: not a readable decisions file"),
        (lambda path: path.write_text("{"), "mine-v1.json: not an instance set"),
        (lambda path: path.write_text(path.read_text().replace('"seed": 1', '"seed": 0')), "lists a seed twice"),
        (lambda path: path.write_text(path.read_text().replace("mine-v1", "other-v1")), "holds the set 'other-v1'"),
        (lambda path: path.write_text(path.read_text().replace('"cost": ', '"cost": 1')), "as the set says"),
    ],
)
def test_damaged_files_of_a_set_are_one_line_and_exit_status_2(folder, submission, damage, said):
    damage(folder / "mine-v1.json")
    assert said in error_line(skyedge("verify", "mine-v1.json", "submission", cwd=folder))


def test_decisions_of_another_state_of_the_set_are_refused(folder, submission):
    older = (folder / "mine-v1.npz").read_bytes()
    improve(str(folder / "mine-v1.json"), submission, None, 1.0)
    (folder / "mine-v1.npz").write_bytes(older)
    with pytest.raises(InputError, match=r"mine-v1.npz: not what mine-v1.json was written for"):
        verify(str(folder / "mine-v1.json"), submission)


def test_on_the_command_line_instances_are_written_solved_and_verified(folder):
    assert skyedge("sets", "instances", "mine-v1.json", "-o", "days", cwd=folder).returncode == 0
    assert {path.name for path in (folder / "days").iterdir()} == {"0.npz", "1.npz", "2.npz"}
    (folder / "plans").mkdir()
    assert skyedge("solve", "greedy", "days/2.npz", "-o", "plans/2.npz", cwd=folder).returncode == 0
    run = skyedge("verify", "mine-v1.json", "plans/2.npz", cwd=folder)
    assert run.returncode == 0, run
    assert "as good as the best known" in run.stdout
    assert "missing: 0, 1" in run.stdout
    assert "did you mean 'paper-v1'" in error_line(skyedge("verify", "paper-v2", "plans", cwd=folder))
    assert "give what may improve" in error_line(skyedge("sets", "improve", "mine-v1.json", cwd=folder))


# ---- the shipped sets ----


@pytest.mark.parametrize("name", InstanceSet.shipped())
def test_a_shipped_set_comes_out_here_and_its_decisions_cost_what_it_says(name):
    shipped = InstanceSet.load(name)
    pairs = zip(shipped.instances(), shipped.best(), shipped.known, strict=True)
    for instance, decision, known in pairs:
        assert exact_cost(instance, decision, name) == pytest.approx(known.cost, rel=1e-9)
        assert 0 < known.bound <= known.cost
    assert all((SETS / f"{name}{suffix}").stat().st_size < 1e6 for suffix in (".json", ".npz"))


def test_the_shipped_sets_are_those_of_the_presets_and_listed(tmp_path):
    assert {name: len(InstanceSet.load(name).known) for name in InstanceSet.shipped()} == {
        "battery-v1": 10,
        "congested-v1": 10,
        "hotspot-v1": 10,
        "paper-v1": 20,
    }
    run = skyedge("sets", cwd=tmp_path)
    assert run.returncode == 0
    assert all(name in run.stdout for name in InstanceSet.shipped())
