"""The time of a solver's run, and how it grows with a world."""

from typing import NamedTuple

from skyedge.problem import Instance, generate
from skyedge.solvers import Budget, Solution, configure, get, parse_spec
from tests.speed.growth import Growth
from tests.speed.measure import PAPER, cpu_s, per_call_s, the_oracle

LIMIT_S = 15.0  # of wall time, for a run
INSTANCES = 3
ENOUGH_S = 3.0  # of CPU time: no further instance of a size after that
LONG_S = 0.5  # of CPU time: what takes less is run again, for a first run may find nothing in caches


class Run(NamedTuple):
    """CPU time in seconds, whether the time budget was used up, and what came out."""

    seconds: float
    filled: bool
    solution: Solution


def prepared(spec: str, instance: Instance):
    """A solver that accepts the instance; a policy has been read."""
    name, options = parse_spec(spec)
    solver = get(name)(configure(get(name), options))
    solver.accept(instance)
    return solver


def run(solver, instance: Instance, limit_s: float = LIMIT_S) -> Run:
    """Let a solver solve once."""
    budget, start = Budget(limit_s), cpu_s()
    solution = solver.solve(instance, budget, 0, lambda share: None)
    return Run(cpu_s() - start, budget.expired, solution)


def grow(spec: str, growth: Growth, world) -> list[Solution]:
    """Measure a solver's time, in slots of the oracle, on instances of ``world(size)`` until one uses up the budget."""
    solutions: list[Solution] = []
    run(prepared(spec, first := generate(world(growth.sizes[0]), INSTANCES)), first)  # what is loaded at first use
    for size in growth.sizes:
        spent_s, seed = 0.0, 0
        while seed < INSTANCES and spent_s < ENOUGH_S and growth.filled is None:
            instance = generate(world(size), seed)
            seconds, filled, solution = measured(spec, instance)
            slot_s = per_call_s(the_oracle) / PAPER.slots
            growth.filled = size if filled else None
            growth.add(size, seconds / slot_s)
            solutions.append(solution)
            spent_s, seed = spent_s + seconds, seed + 1
    return solutions


def measured(spec: str, instance: Instance) -> Run:
    """A run of a solver; where it is short the mean of several, after a first one."""
    solver = prepared(spec, instance)
    first = run(solver, instance)
    if first.seconds > LONG_S:
        return first
    return first._replace(seconds=per_call_s(lambda: run(solver, instance)))
