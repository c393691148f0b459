"""``python -m solvers``: run every solver once on small worlds, which compiles all numerical loops."""

from problem import Scenario, evaluate, generate
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


if __name__ == "__main__":
    run_all()
