"""``python -m solvers [NAME …]``: run solvers once on small worlds, which compiles their numerical loops."""

import sys
from collections.abc import Sequence

import numpy as np

from skyedge.problem import Scenario, evaluate, generate
from skyedge.rl.algorithms.common.registry import algorithm_modules
from skyedge.solvers import available, get, solve
from skyedge.solvers.common.warm_up import mark


def run(names: Sequence[str]) -> None:
    """Let solvers decide, and mark them as compiled."""
    for name in names:
        compiling = {"adp": let_values_decide, **dict.fromkeys(algorithm_modules(), let_policy_act)}
        compiling.get(name, solve_tiny)(name)
        mark(name)


def solve_tiny(name: str) -> None:
    """Solve the first of two tiny instances, of two slots or of one, that a solver takes, if there is one."""
    instances = [generate(Scenario.preset("tiny").replace(slots=slots), 0) for slots in (2, 1)]
    solver = get(name)()
    for instance in [one for one in instances if solver.takes(one)][:1]:
        solution = solve(name, instance, seconds=60)
        if solution.decision is not None:
            evaluate(instance, solution.decision)


def let_policy_act(name: str) -> None:
    """Let an untrained policy of a learning algorithm decide a slot: none may be shipped for such worlds."""
    from skyedge.rl import algorithms
    from skyedge.rl.environment.vec_env import OffloadingVecEnv

    entry, config = algorithms.get(name), algorithms.hyperparameters(name, "structured")
    env = OffloadingVecEnv("tiny", config.environments, entry.view, "structured", seed=0)
    model = entry.build(env, config, "structured", seed=0)
    action, _ = model.predict(env.reset())  # type: ignore[arg-type]
    env.step(action)


def let_values_decide(name: str) -> None:
    """Let adp decide a slot with values that nobody has learned."""
    from skyedge.rl.networks.place_value import PlaceValue, PlaceValues
    from skyedge.solvers.machinery.approximate_dp.decision_rule import decide

    instance, values = generate(Scenario.preset("tiny"), 0), PlaceValues(PlaceValue(8), Scenario.preset("tiny"))
    start, rng = instance.uav_start_xy[None], np.random.default_rng(0)
    decide(values, instance.arrival_rate[:, None], 0, instance.at([0]), start, rng)


if __name__ == "__main__":
    run(sys.argv[1:] or available())
