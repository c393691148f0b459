"""Policies to test with that take no time to train."""

from pathlib import Path

import torch

from skyedge.problem import Scenario
from skyedge.rl import algorithms
from skyedge.rl.environment.vec_env import OffloadingVecEnv
from skyedge.rl.policies.policy_files import acting_state, save_policy


def make_policy(directory: Path, algorithm: str, track: str, scenario: Scenario) -> dict[str, torch.Tensor]:
    """Write the policy of an algorithm that has not learned anything; return its weights."""
    entry, config = algorithms.get(algorithm), algorithms.hyperparameters(algorithm, track)
    env = OffloadingVecEnv(scenario, config.environments, entry.view, track)
    weights = acting_state(entry.build(env, config, track, 5).policy)
    training = {
        "seed": 5,
        "slots": 0,
        "seconds": 0.0,
        "held_out_seeds": (0, 1),
        "held_out_cost": 1.0,
        "held_out_served_fraction": 1.0,
    }
    described = {"algorithm": algorithm, "track": track, "scenario": scenario, "training": training}
    save_policy(directory, weights, **described, hyperparameters=config.model_dump(mode="json"))
    return weights
