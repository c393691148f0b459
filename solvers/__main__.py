"""``python -m solvers [NAME …]``: run solvers once on small worlds, which compiles their numerical loops."""

import sys
from collections.abc import Sequence

from problem import Scenario, evaluate, generate
from rl.names import algorithm_modules
from solvers.base import available, get, solve
from solvers.compiling import mark


def run(names: Sequence[str]) -> None:
    """Let solvers decide, and mark them as compiled."""
    for name in names:
        if name in algorithm_modules():
            let_policy_act(name)
        else:
            solve_tiny(name)
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
    from rl import algorithms
    from rl.vec_env import OffloadingVecEnv

    entry, config = algorithms.get(name), algorithms.hyperparameters(name, "structured")
    env = OffloadingVecEnv("tiny", config.environments, entry.view, "structured", seed=0)
    model = entry.build(env, config, "structured", seed=0)
    action, _ = model.predict(env.reset())  # type: ignore[arg-type]
    env.step(action)


if __name__ == "__main__":
    run(sys.argv[1:] or available())
