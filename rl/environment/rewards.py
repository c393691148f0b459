"""Rewards of a slot, Eq. (34): scalar, in two forms, and per device."""

from collections.abc import Callable

import numpy as np

from skyedge.problem import Scenario

Reward = Callable[[np.ndarray, float], np.ndarray]  # of costs (B,) and ξ


def negative(cost: np.ndarray, xi: float) -> np.ndarray:
    """Return −ξ cost_t: its sum over an episode is the objective."""
    return -xi * cost


def inverse(cost: np.ndarray, xi: float) -> np.ndarray:
    """Return ξ / cost_t, the paper's form; 0 in a slot that costs nothing, since no task is active."""
    return np.divide(xi, cost, out=np.zeros(cost.shape), where=cost > 0)


REWARDS: dict[str, Reward] = {"negative": negative, "inverse": inverse}


def default_xi(scenario: Scenario, reward: str) -> float:
    """Return the ξ that makes rewards about 1 in size: one over the expected number of tasks in a slot, or that."""
    tasks = expected_tasks(scenario)
    return tasks if reward == "inverse" else 1 / tasks


def expected_tasks(scenario: Scenario) -> float:
    """Return the mean number of active devices in a slot: Σ_k 1 − exp(−λ_k), λ_k averaged over its draw."""
    rate = np.linspace(*scenario.arrival_rate, 1001)
    if scenario.hotspot is not None:  # one half of the devices is hot, the other quiet
        rate = np.multiply.outer((1.0, scenario.hotspot.quiet_factor), rate)
    return max(float(scenario.devices * -np.expm1(-rate).mean()), np.finfo(float).tiny)
