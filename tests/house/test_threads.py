"""The same numbers with any number of threads: of numba, of BLAS and OpenMP, of torch."""

import json
import os
import subprocess
import sys

import pytest

from tests import ROOT

VARIABLES = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
SOLVERS = ("greedy", "kmeans", "myopic", "rolling", "block-coordinate[starts=1]", "ppo", "ad-sac[track=plain]")
PROGRAM = f"""
import json
import torch
from skyedge.problem import Scenario, evaluate, generate
from skyedge.rl.environment.gym_env import OffloadingEnv
from skyedge.solvers import solve

torch.set_num_threads(THREADS)
instance = generate(Scenario.preset("paper").replace(slots=4), 0)
numbers = [float(instance.uav_fading.sum()), float(instance.sat_gain.sum()), float(instance.sat_window_s.sum())]
for solver in {SOLVERS!r}:
    score = evaluate(instance, solve(solver, instance).decision)
    numbers += [score.cost, *score.task_cost.ravel().tolist(), score.energy_per_slot_j]
env = OffloadingEnv(instance.scenario, track="structured")
observation, _ = env.reset(seed=0)
numbers += observation.astype(float).tolist()
print(json.dumps(numbers))
"""


def numbers(threads):
    """What a fresh process computes with so many threads."""
    environment = os.environ | dict.fromkeys(VARIABLES, str(threads))
    program = PROGRAM.replace("THREADS", str(threads), 1)
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
def test_one_two_and_four_threads_give_the_same_numbers_to_a_billionth():
    alone = numbers(1)
    for threads in (2, 4):
        assert numbers(threads) == pytest.approx(alone, rel=1e-9)
