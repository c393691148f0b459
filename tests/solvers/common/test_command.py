"""``python -m skyedge.solvers``: a solver's command."""

import subprocess
import sys

from skyedge.problem import Decision, Scenario, evaluate, generate
from skyedge.solvers import available, solve


def run(*arguments, cwd):
    return subprocess.run(
        [sys.executable, "-m", "skyedge.solvers", *arguments], cwd=cwd, capture_output=True, text=True
    )


def test_it_solves_an_instance_as_the_suites_own_command_does(tmp_path):
    day = generate(Scenario.preset("tiny"), 0)
    day.save(tmp_path / "day.npz")
    solved = run("greedy-mobile", "day.npz", "--sight", "3", "-o", "plan.npz", cwd=tmp_path)
    assert solved.returncode == 0, solved.stderr
    cost = evaluate(day, Decision.load(tmp_path / "plan.npz")).cost
    assert cost == evaluate(day, solve("greedy-mobile[sight=3]", day).decision).cost
    assert f"cost {cost:.6f}" in solved.stdout


def test_it_lists_its_solvers_and_a_mistake_is_one_line(tmp_path):
    assert set(available()) <= set(run("--help", cwd=tmp_path).stdout.split())
    wrong = run("gredy", "day.npz", cwd=tmp_path)
    assert wrong.returncode == 2
    assert wrong.stderr == "skyedge: error: no solver is called 'gredy': did you mean 'greedy'?\n"
