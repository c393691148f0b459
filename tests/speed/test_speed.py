"""How fast the evaluator and the generator are, as ratios within one run: no absolute time is asserted."""

import time
import tracemalloc
from itertools import product

import numpy as np
import pytest

from problem import Decision, Instance, Scenario, generate, score_slots, server_costs, stack
from tests import oracle

BATCH = 256
LEAST_RATIO = 100
MOST_GENERATION = 400  # slots of the oracle that generating an instance may cost
MOST_GROWTH = 1.1


@pytest.fixture(scope="module")
def horizon() -> Instance:
    return generate(Scenario.preset("paper"), seed=0)


@pytest.fixture(scope="module")
def decision(horizon) -> Decision:
    """Random servers, powers and positions, so that every kind of task is there."""
    rng = np.random.default_rng(0)
    shape = horizon.active.shape
    return Decision(
        server=rng.integers(-1, horizon.servers, shape),
        power=rng.uniform(0, 1, shape) * horizon.max_power_w,
        uav_xy=rng.uniform(0, horizon.area_m, (horizon.slots_count, horizon.uavs, 2)),
    )


def batch_of(size, horizon, decision):
    """The arguments of `score_slots` for a batch of slots."""
    picks = np.arange(size) % horizon.slots_count
    slots = stack([horizon.at(t) for t in picks])
    return slots, decision.server[picks], decision.power[picks], decision.uav_xy[picks]


def fastest_s(*calls, rounds=10, burst_s=0.02):
    """The least time of each call; they take turns in bursts, so that a busy machine slows them alike."""
    times = np.full((rounds, len(calls)), np.inf)
    for row, (column, call) in product(range(rounds), enumerate(calls)):
        ends = time.perf_counter() + burst_s
        while (start := time.perf_counter()) < ends:
            call()
            times[row, column] = min(times[row, column], time.perf_counter() - start)
    return times.min(axis=0)


def test_the_batched_evaluator_is_a_hundred_times_faster_than_plain_loops(horizon, decision, report):
    batch, alone = batch_of(BATCH, horizon, decision), batch_of(1, horizon, decision)
    plain = [
        (oracle.plain_slot(horizon, t), *(part[t].tolist() for part in vars(decision).values()))
        for t in range(horizon.slots_count)
    ]
    batched_s, one_s, oracle_s, loops_s = fastest_s(
        lambda: score_slots(*batch),
        lambda: score_slots(*alone),
        lambda: oracle.evaluate(horizon, decision),
        lambda: [oracle.score_slot(*slot) for slot in plain],
    ) / (BATCH, 1, horizon.slots_count, horizon.slots_count)
    report(f"evaluator, {BATCH} slots at once", f"{1 / batched_s:,.0f} slots/s")
    report("the oracle, slot by slot", f"{1 / oracle_s:,.0f} slots/s")
    report(f"ratio (at least {LEAST_RATIO})", f"{oracle_s / batched_s:.0f}")
    report("ratio to the oracle's arithmetic alone, on lists made beforehand", f"{loops_s / batched_s:.0f}")
    report("ratio to the evaluator called slot by slot", f"{one_s / batched_s:.0f}")
    assert oracle_s / batched_s >= LEAST_RATIO


def test_an_instance_is_generated_in_little_time(horizon, decision, report):
    scenario = Scenario.preset("paper")
    generate_s, oracle_s = fastest_s(lambda: generate(scenario, seed=0), lambda: oracle.evaluate(horizon, decision))
    report(f"one `paper` instance, {horizon.slots_count} slots", f"{1000 * generate_s:.1f} ms")
    ratio = generate_s / (oracle_s / horizon.slots_count)
    report(f"ratio to one slot of the oracle (at most {MOST_GENERATION})", f"{ratio:.0f}")
    assert ratio <= MOST_GENERATION


def test_memory_is_linear_in_the_batch(horizon, decision, report):
    peak_bytes = {}
    for size in (BATCH, 2 * BATCH, 4 * BATCH):
        batch = batch_of(size, horizon, decision)
        score_slots(*batch)  # whatever is cached on first use is not the batch's
        tracemalloc.start()
        score_slots(*batch)
        peak_bytes[size] = tracemalloc.get_traced_memory()[1] / size
        tracemalloc.stop()
    for size, peak in peak_bytes.items():
        report(f"peak memory, {size} slots at once", f"{peak / 1024:.2f} KiB/slot")
    assert max(peak_bytes.values()) <= MOST_GROWTH * peak_bytes[BATCH]


@pytest.mark.parametrize("size", [1, BATCH])
def test_time_of_the_evaluator(benchmark, horizon, decision, size):
    benchmark(score_slots, *batch_of(size, horizon, decision))


@pytest.mark.parametrize("size", [1, BATCH])
def test_time_of_the_cost_table(benchmark, horizon, decision, size):
    slots, _, _, uav_xy = batch_of(size, horizon, decision)
    benchmark(server_costs, slots, uav_xy)


def test_time_of_the_oracle(benchmark, horizon, decision):
    benchmark(oracle.evaluate, horizon, decision)


def test_time_of_the_generator(benchmark):
    benchmark(generate, Scenario.preset("paper"), seed=0)
