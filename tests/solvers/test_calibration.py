"""The `paper` preset against the paper's results (formulation, Section 10): slot optima, UAVs free to be anywhere."""

import numpy as np
import pytest

from skyedge.problem import Scenario, generate, score_slots
from skyedge.solvers import Budget
from skyedge.solvers.slot_optimum import optimise_slot

INSTANCES, GAP, SLOT_S = 5, 3e-3, 5.0
PAPER = {0.3: (1.41, 377.0), 0.7: (2.19, 782.0)}  # least accuracy: latency [s], energy per slot [J] (Fig. 7)


def at_slot_optima(instance):
    """Mean latency [s], energy per slot [J] and served fraction."""
    anywhere = np.full(instance.uavs, np.inf)
    decisions = [
        optimise_slot(instance.at(t), instance.uav_start_xy, anywhere, GAP, Budget(SLOT_S)).decision
        for t in range(instance.slots_count)
    ]
    scores = score_slots(instance, *(np.stack(part) for part in zip(*decisions, strict=True)))
    served = scores.served
    energy = np.where(served, scores.energy_j, 0.0).sum() / instance.slots_count
    return np.mean(scores.latency_s[served]), energy, served.sum() / instance.active.sum()


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("min_accuracy", PAPER)
def test_slot_optima_give_the_papers_latency_and_energy(min_accuracy):
    scenario = Scenario.preset("paper").replace(min_accuracy=min_accuracy)
    found = np.mean([at_slot_optima(generate(scenario, seed)) for seed in range(INSTANCES)], axis=0)
    latency_s, energy_j, served = found
    print(f"accuracy {min_accuracy}: {latency_s:.3f} s, {energy_j:.1f} J per slot, served {served:.4f}")
    assert latency_s == pytest.approx(PAPER[min_accuracy][0], rel=0.05)
    assert energy_j == pytest.approx(PAPER[min_accuracy][1], rel=0.05)
    assert served >= 0.99
