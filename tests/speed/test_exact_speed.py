"""How fast exact slots are, against SCIP on the same."""

import numpy as np
import pytest

from skyedge.problem import Scenario, evaluate, generate
from tests.speed.growth import number
from tests.speed.measure import PAPER, per_call_s, the_oracle
from tests.speed.solving import prepared, run

ANYWHERE = {"slots": 1, "uav_speed_mps": 1000.0}  # one slot, UAVs free to be anywhere in the area
LARGE = Scenario.preset("large").replace(**ANYWHERE)
PAPER_SLOTS, LARGE_SLOTS, LIMIT_S = 50, 10, 60.0
LEAST_RATIO = 10


def exact(name, instance):
    """CPU time in slots of the oracle, infinite if the slot was not closed to 0.1 % in time; and the cost."""
    seconds, _, solution = run(prepared(name, instance), instance, LIMIT_S)
    slots = PAPER.slots * seconds / per_call_s(the_oracle)
    return slots if solution.status == "optimal" else np.inf, evaluate(instance, solution.decision).cost


def both(instance):
    """The times of both exact solvers; both must be right."""
    (own, own_cost), (scip, scip_cost) = exact("slot-optimum", instance), exact("global-minlp", instance)
    assert own_cost <= scip_cost * (1 + 1.1e-3)
    return own, scip


def say(report, what, times):
    """Report median, maximum, and how many did not end in time."""
    middle, most = (number(value) if np.isfinite(value) else "–" for value in (np.median(times), np.max(times)))
    report.row("exact", what, middle, most, f"{np.isinf(times).sum()} of {len(times)}")


@pytest.mark.timeout(3600)
def test_a_slot_of_paper_takes_a_tenth_of_scips_time(report):
    exact("slot-optimum", generate(PAPER.replace(**ANYWHERE), 2000))  # loads compiled code
    own, scip = np.array([both(generate(PAPER.replace(**ANYWHERE), seed)) for seed in range(PAPER_SLOTS)]).T
    say(report, f"`slot-optimum`, {PAPER_SLOTS} slots of `paper`", own)
    say(report, "SCIP (`global-minlp`), the same", scip)
    say(report, "SCIP over `slot-optimum`, slot by slot", scip / own)
    assert np.median(scip) >= LEAST_RATIO * np.median(own)


@pytest.mark.timeout(3600)
def test_large_slots_close_where_scip_does_not(report):
    times = np.array([exact("slot-optimum", generate(LARGE, seed))[0] for seed in range(LARGE_SLOTS)])
    say(report, f"`slot-optimum`, {LARGE_SLOTS} slots of `large`", times)
    own, scip = both(generate(LARGE.replace(devices=200, uavs=12), 0))
    say(report, "`slot-optimum`, a slot with K = 200, M = 12", np.array([own]))
    say(report, "SCIP, the same", np.array([scip]))
    assert np.median(times) < np.inf
    assert own < scip
