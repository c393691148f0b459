"""SHA-256 of what methods decide: ``python -m tests.decisions [-j JOBS] [METHOD ...]`` prints a line for each run.

Only methods whose result depends on no clock: those that end by themselves, horizon with few rounds, the first steps of
the bound, and the policies that are shipped. Versions of the code that print the same lines decide alike, to the bit.
"""

import argparse
import hashlib
from collections.abc import Iterator
from itertools import islice, product

import numpy as np
from joblib import Parallel, delayed

from skyedge.problem import Instance, Scenario, generate
from skyedge.solvers import Budget, solve
from skyedge.solvers.learned import shipped_everywhere
from skyedge.solvers.machinery.lagrangian.ascent import dual_bound

PRESETS = ("paper", "hotspot", "battery", "congested")
INSTANCES = range(10)
CLASSICAL = (
    "random",
    "greedy",
    "greedy-mobile",
    "kmeans",
    "myopic",
    "rolling",
    "block-coordinate",
    "horizon[rounds=1]",
)
ONE_SLOT = "slot-optimum"
BOUND, BOUND_STEPS = "bound", 80  # slot optima of 50 slots, then steps of the first ascent


def runs() -> Iterator[tuple[str, str, int]]:
    """Yield method, preset and seed of every run."""
    for preset in PRESETS:
        learned = shipped_everywhere([Scenario.preset(preset)]) if preset in ("paper", "hotspot") else []
        policies = [method.replace("training_seed=all", "training_seed=0") for method in learned]
        yield from product((*CLASSICAL, ONE_SLOT, BOUND, *policies), (preset,), INSTANCES)


def line(method: str, preset: str, seed: int) -> str:
    """Return what a run comes to, as one line of text."""
    scenario = Scenario.preset(preset)
    instance = generate(scenario.replace(slots=1) if method == ONE_SLOT else scenario, seed)
    arrays = _bound(instance) if method == BOUND else _decision(method, instance)
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype.str}{array.shape}".encode() + np.ascontiguousarray(array).tobytes())
    return f"{method} {preset} {seed} {digest.hexdigest()}"


def _decision(method: str, instance: Instance) -> list[np.ndarray]:
    solution = solve(method, instance, seed=0)
    assert solution.decision is not None, solution.log
    return [solution.decision.server, solution.decision.power, solution.decision.uav_xy]


def _bound(instance: Instance) -> list[np.ndarray]:
    return [np.array([state.bound]) for state in islice(dual_bound(instance, Budget()), BOUND_STEPS)]


def main() -> None:
    """Print the lines of the methods that are asked for, or of all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("methods", nargs="*", metavar="METHOD")
    parser.add_argument("-j", "--jobs", type=int, default=1, help="runs at a time")
    chosen = parser.parse_args()
    wanted = [run for run in runs() if not chosen.methods or run[0] in chosen.methods]
    for text in Parallel(n_jobs=chosen.jobs, return_as="generator")(delayed(line)(*run) for run in wanted):
        print(text, flush=True)


if __name__ == "__main__":
    main()
