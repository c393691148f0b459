"""CPU time as ratios: what a call takes over what a reference takes at the same time.

The unit of the page is *one slot of the oracle*: scoring one slot of `paper` by the plain loops of `tests/oracle.py`.
"""

import resource
from collections.abc import Callable
from functools import cache

import numpy as np

from skyedge.problem import Decision, Instance, Scenario, generate
from tests import oracle

Call = Callable[[], object]
PAPER = Scenario.preset("paper")
ROUNDS, BURST_S = 5, 0.05


def cpu_s() -> float:
    """CPU time of this process, and of the processes that it has started and seen end."""
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def per_call_s(call: Call, burst_s: float = BURST_S) -> float:
    """CPU time of a call: the mean over a burst of calls, of one if it takes that long."""
    count, start = 0, cpu_s()
    while not count or cpu_s() - start < burst_s:
        call()
        count += 1
    return (cpu_s() - start) / count


def ratio(call: Call, other: Call, rounds: int = ROUNDS) -> float:
    """The median of the ratios of two calls' times; they take turns, so that a busy machine slows them alike."""
    return float(np.median([per_call_s(call) / per_call_s(other) for _ in range(rounds)]))


def in_slots(call: Call, rounds: int = ROUNDS) -> float:
    """The time of a call in slots of the oracle."""
    return ratio(call, the_oracle, rounds) * PAPER.slots


@cache
def horizon() -> Instance:
    """The instance that the oracle scores."""
    return generate(PAPER, seed=0)


@cache
def decision() -> Decision:
    """Random servers, powers and positions, so that every kind of task is there."""
    rng, instance = np.random.default_rng(0), horizon()
    shape = instance.active.shape
    return Decision(
        server=rng.integers(-1, instance.servers, shape),
        power=rng.uniform(0, 1, shape) * instance.max_power_w,
        uav_xy=rng.uniform(0, instance.area_m, (instance.slots_count, instance.uavs, 2)),
    )


def the_oracle() -> None:
    """Score all slots by plain loops."""
    oracle.evaluate(horizon(), decision())
