"""Real worlds: payloads with a long tail, vessels on a lane, and the presets made of them."""

import numpy as np
import pytest

from skyedge.problem import InputError, Scenario, evaluate, generate, generate_batch
from skyedge.results.instance_sets.sets import fingerprint
from skyedge.solvers import solve

PAPER = Scenario.preset("paper")
MARITIME = Scenario.preset("maritime")
KNOWN_IDS = {  # of the releases before: these worlds must stay what they are
    "paper": "4d4c7c4ab5e54858",
    "battery": "4ec6bf0ab5440cf4",
    "congested": "542181fc3de3939d",
    "hotspot": "3973463c6a7b7446",
    "large": "1db76969932dc015",
    "tiny": "a5b7fad48c1bfdfb",
}
KNOWN_NUMBERS = {  # to six digits: the last bits of a sky depend on the processor, through BLAS
    "starlink": "d58b122cb722efcc",
    "iridium": "e3c39e4cec96ef07",
}


@pytest.mark.parametrize("name", KNOWN_IDS)
def test_worlds_from_before_are_the_same_to_the_bit(name):
    assert generate(Scenario.preset(name), 0).id.startswith(KNOWN_IDS[name])


@pytest.mark.parametrize("name", KNOWN_NUMBERS)
def test_skies_from_before_are_the_same_to_six_digits(name):
    assert fingerprint(generate(Scenario.preset(name), 0)).startswith(KNOWN_NUMBERS[name])


def test_log_normal_payloads_have_their_mean_their_median_and_their_ends():
    scenario = PAPER.replace(
        devices=300, slots=100, input_bits=[1e5, 1e9], input_lognormal={"mean_bits": 3.1e6, "sigma": 1.06}
    )
    instance = generate(scenario, 0)
    drawn = instance.input_bits[instance.active]
    assert drawn.mean() == pytest.approx(3.1e6, rel=0.03)
    assert np.median(drawn) == pytest.approx(3.1e6 * np.exp(-(1.06**2) / 2), rel=0.03)
    assert np.log(drawn).std() == pytest.approx(1.06, rel=0.02)
    ends = generate(scenario.replace(input_bits=[2e6, 4e6]), 0)
    assert ends.input_bits[ends.active].min() == 2e6
    assert ends.input_bits[ends.active].max() == 4e6


def test_log_normal_payloads_change_no_other_draw():
    changed = generate(PAPER.replace(input_lognormal={"mean_bits": 5e6, "sigma": 0.1}), 0)
    original = generate(PAPER, 0)
    assert (changed.active == original.active).all()
    assert (changed.sat_gain == original.sat_gain).all()


def test_vessels_sail_straight_at_speeds_of_their_own_in_two_directions():
    instance = generate(MARITIME, 0)
    steps = np.diff(instance.device_xy, axis=0) / MARITIME.slot_s
    assert steps == pytest.approx(np.broadcast_to(steps[:1], steps.shape), abs=1e-9)
    assert (steps[0, ::2, 0] > 0).all()
    assert (steps[0, 1::2, 0] < 0).all()
    assert (steps[..., 1] == 0).all()
    speed = np.abs(steps[0, :, 0])
    assert speed.mean() == pytest.approx(7.2, abs=1.0)
    assert speed.std() > 0.5
    across = instance.device_xy[0, :, 1] - 5e3
    assert across[::2].mean() == pytest.approx(-1852, abs=500)
    assert across[1::2].mean() == pytest.approx(1852, abs=500)


def test_each_of_several_horizons_has_vessels_of_its_own():
    batch = generate_batch(MARITIME.replace(slots=4), [0], 3)
    starts = batch.device_xy[0, :, :, 0]
    assert starts.shape == (3, MARITIME.devices)
    assert not np.isclose(starts[0], starts[1]).any()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"device_memory": 0.5}, "device_memory is 0.5: set it to 1"),
        ({"hotspot": {}}, "hotspot and lane say where devices are"),
        (
            {"lane": {"separation_m": 1, "spread_m": 0, "speed_spread_mps": 0, "width_m": 3}},
            "unknown scenario field 'lane.width_m'",
        ),
        ({"lane": {"separation_m": -1, "spread_m": 0, "speed_spread_mps": 0}}, "'lane.separation_m' is -1"),
        ({"input_lognormal": {"mean_bits": 0, "sigma": 1}}, "'input_lognormal.mean_bits' is 0"),
        ({"input_lognormal": {"mean_bits": 1e6, "sigma": -1}}, "'input_lognormal.sigma' is -1"),
    ],
)
def test_a_lane_or_a_distribution_is_refused(changes, message):
    with pytest.raises(InputError, match=message):
        MARITIME.replace(**changes)


@pytest.mark.parametrize("name", ["orin", "maritime", "disaster", "arctic"])
def test_uavs_and_satellites_both_serve_in_every_real_world(name):
    instance = generate(Scenario.preset(name).replace(slots=10), 1)
    solution = solve("kmeans", instance, seconds=60, seed=0)
    score = evaluate(instance, solution.decision)
    server = solution.decision.server[score.served]
    assert score.served_fraction > 0.3
    assert (server < instance.uavs).any()
    assert (server >= instance.uavs).any()
