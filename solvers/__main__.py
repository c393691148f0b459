"""``python -m solvers``: run every solver once on small worlds, which compiles all numerical loops."""

from problem import Scenario, evaluate, generate
from rl import algorithms
from rl.vec_env import OffloadingVecEnv
from solvers.base import available, get, solve


def run_all() -> None:
    """Solve the first of two tiny instances, of two slots or of one, that each solver takes, if there is one."""
    instances = [generate(Scenario.preset("tiny").replace(slots=slots), 0) for slots in (2, 1)]
    for name in available():
        solver = get(name)()
        for instance in [one for one in instances if solver.takes(one)][:1]:
            solution = solve(name, instance, seconds=60)
            if solution.decision is not None:
                evaluate(instance, solution.decision)


def let_policies_act() -> None:
    """Let untrained policies of every learning algorithm decide a slot: no policy may be shipped for such worlds."""
    for name in algorithms.available():
        entry, config = algorithms.get(name), algorithms.hyperparameters(name, "structured")
        env = OffloadingVecEnv("tiny", config.environments, entry.view, "structured", seed=0)
        model = entry.build(env, config, "structured", seed=0)
        action, _ = model.predict(env.reset())  # type: ignore[arg-type]
        env.step(action)


if __name__ == "__main__":
    run_all()
    let_policies_act()
