"""How fast the evaluator, the table of costs and the generator are, in slots of the oracle."""

import tracemalloc

import numpy as np

from skyedge.problem import generate, generate_batch, score_slots, server_costs, stack
from tests import oracle
from tests.speed.growth import number
from tests.speed.measure import PAPER, decision, horizon, in_slots

BATCH = 256
LEAST_RATIO = 100
MOST_GENERATION = 400  # slots of the oracle that generating an instance may cost
LEAST_GENERATION_RATIO = 5
MOST_GROWTH = 1.1


def batch_of(size):
    """The arguments of `score_slots` for a batch of slots."""
    instance, decided = horizon(), decision()
    picks = np.arange(size) % instance.slots_count
    slots = stack([instance.at(t) for t in picks])
    return slots, decided.server[picks], decided.power[picks], decided.uav_xy[picks]


def say(report, what, slots):
    """Report what a slot takes, and how much faster than the oracle that is."""
    report.row("evaluator", what, number(slots), number(1 / slots))


def test_the_batched_evaluator_is_a_hundred_times_faster_than_plain_loops(report):
    batch, alone = batch_of(BATCH), batch_of(1)
    say(report, "evaluator, slot by slot", in_slots(lambda: score_slots(*alone)))
    batched = in_slots(lambda: score_slots(*batch)) / BATCH
    say(report, f"evaluator, {BATCH} slots at once", batched)
    assert 1 / batched >= LEAST_RATIO


def test_the_oracle_spends_its_time_on_arithmetic(report):
    parts = vars(decision()).values()
    plain = [(oracle.plain_slot(horizon(), t), *(part[t].tolist() for part in parts)) for t in range(PAPER.slots)]
    loops = in_slots(lambda: [oracle.score_slot(*slot) for slot in plain]) / PAPER.slots
    say(report, "the oracle's loops, on lists made beforehand", loops)
    assert 1 / 4 < loops < 1.2


def test_the_table_of_costs_is_faster_in_a_batch(report):
    times = {}
    for size in (1, BATCH):
        slots, _, _, uav_xy = batch_of(size)
        times[size] = in_slots(lambda: server_costs(slots, uav_xy)) / size  # noqa: B023 (called here)
    say(report, "table of all servers' best costs, slot by slot", times[1])
    say(report, f"table of all servers' best costs, {BATCH} slots at once", times[BATCH])
    assert times[BATCH] < times[1]


def test_horizons_are_drawn_faster_in_a_batch(report):
    alone = in_slots(lambda: generate(PAPER, seed=0)) / PAPER.slots
    batch = in_slots(lambda: generate_batch(PAPER, (0,), BATCH)) / (BATCH * PAPER.slots)
    say(report, "drawing an instance of 50 slots, per slot", alone)
    say(report, f"drawing {BATCH} horizons at once, per slot", batch)
    assert alone * PAPER.slots <= MOST_GENERATION
    assert alone / batch >= LEAST_GENERATION_RATIO


def test_memory_is_linear_in_the_batch(report):
    peak_bytes = {}
    for size in (BATCH, 2 * BATCH, 4 * BATCH):
        batch = batch_of(size)
        score_slots(*batch)  # whatever is cached on first use is not the batch's
        tracemalloc.start()
        score_slots(*batch)
        peak_bytes[size] = tracemalloc.get_traced_memory()[1] / size
        tracemalloc.stop()
    for size, peak in peak_bytes.items():
        report.row("memory", f"{size} slots at once", f"{peak / peak_bytes[BATCH]:.3f}")
    assert max(peak_bytes.values()) <= MOST_GROWTH * peak_bytes[BATCH]
