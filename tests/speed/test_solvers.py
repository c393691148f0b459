"""How fast exact slots and online decisions are: medians side by side, measured in one run."""

import time

import numpy as np
import pytest

from problem import Scenario, evaluate, generate
from solvers import solve

ANYWHERE = {"slots": 1, "uav_speed_mps": 1000.0}  # one slot, UAVs free to be anywhere in the area
PAPER_SLOTS, LARGE_SLOTS, LIMIT_S = 50, 10, 60.0
LEAST_RATIO = 10


def solve_both(instance, exact_s, scip_s):
    """Time both exact solvers on a slot, to 0.1 %; both must be right."""
    costs = {}
    for name, times in (("slot-optimum", exact_s), ("global-minlp", scip_s)):
        solution = solve(name, instance, seconds=LIMIT_S)
        costs[name] = evaluate(instance, solution.decision).cost
        times.append(solution.wall_s if solution.status == "optimal" else np.inf)
    assert costs["slot-optimum"] <= costs["global-minlp"] * (1 + 1.1e-3)


def in_words(times):
    """Median, maximum, and how many did not end in time."""
    unfinished = np.isinf(times).sum()
    late = f", {unfinished} of {len(times)} not in {LIMIT_S:.0f} s" if unfinished else ""
    return f"median {np.median(times):.3f} s, max {np.max(times):.3f} s{late}"


@pytest.mark.timeout(3600)
def test_a_slot_of_paper_takes_a_tenth_of_scips_time(report):
    solve("slot-optimum", generate(Scenario.preset("paper").replace(**ANYWHERE), 2000))  # loads compiled code
    exact_s, scip_s = [], []
    for seed in range(PAPER_SLOTS):
        solve_both(generate(Scenario.preset("paper").replace(**ANYWHERE), seed), exact_s, scip_s)
    report("slot-optimum on 50 paper slots", in_words(exact_s))
    report("SCIP on the same", in_words(scip_s))
    report("median ratio", f"{np.median(np.array(scip_s) / exact_s):.1f}")
    report("ratio of medians", f"{np.median(scip_s) / np.median(exact_s):.1f}")
    report("ratio of totals", f"{np.sum(scip_s) / np.sum(exact_s):.1f}")
    assert np.median(scip_s) >= LEAST_RATIO * np.median(exact_s)


@pytest.mark.timeout(3600)
def test_large_slots_close_where_scip_does_not(report):
    exact_s, scip_s = [], []
    for seed in range(LARGE_SLOTS):
        instance = generate(Scenario.preset("large").replace(**ANYWHERE), seed)
        solution = solve("slot-optimum", instance, seconds=LIMIT_S)
        exact_s.append(solution.wall_s if solution.status == "optimal" else np.inf)
    report("slot-optimum on 10 large slots", in_words(exact_s))
    largest_s = []
    solve_both(generate(Scenario.preset("large").replace(**ANYWHERE, devices=200, uavs=12), 0), largest_s, scip_s)
    report("slot-optimum at K=200, M=12", in_words(largest_s))
    report("SCIP on the same", in_words(scip_s))
    assert np.median(exact_s) < np.inf
    assert largest_s[0] < scip_s[0]


@pytest.mark.parametrize("name", ["kmeans", "myopic", "rolling"])
def test_online_decisions(name, report):
    instance = generate(Scenario.preset("paper"), 0)
    solve(name, instance)
    started = time.process_time()
    solution = solve(name, instance)
    report(f"{name}, a slot of paper", f"{1000 * (time.process_time() - started) / instance.slots_count:.1f} ms")
    assert evaluate(instance, solution.decision).served_fraction > 0.99
