"""Worlds for tests: one whose numbers can be checked by hand, and random ones that break things.

The hand-made world has one slot, device 0 at (0, 0), device 1 at (80, 0) and the UAV halfway between them::

    noise of a 1 MHz channel   1e6 Hz * 1e-18 W/Hz                      = 1e-12 W
    distance to the UAV        sqrt(40**2 + 30**2)                      = 50 m
    gain of its link           5e-4 * 0.75 * 50**-3                     = 3e-9
    SNR at 1, 5 and 21 mW      3, 15, 63, so that log2(1 + SNR)         = 2, 4, 6
    SNR of its 85 mW downlink  255                                      -> 8 Mbit/s

    satellite 0                2 MHz, noise 2e-12 W, gain 1e-9
    SNR at 6 and 14 mW         3, 7                                     -> 4, 6 Mbit/s
    SNR of its 254 mW downlink 127                                      -> 14 Mbit/s

    satellite 1                4 MHz, noise 4e-12 W, gain 4e-9
    SNR at 3 and 7 mW          3, 7                                     -> 8, 12 Mbit/s
    SNR of its 511 mW downlink 511                                      -> 36 Mbit/s
"""

import dataclasses
from typing import Any

import numpy as np
from hypothesis import strategies as st

from skyedge.problem import Decision, Instance
from tests.oracle import PER_SLOT

FORECAST_SLOTS = 60
UNASSIGNED = -1


def hand_world(devices: int = 2, **changes: Any) -> Instance:
    """Two devices (or more, all like device 1), one UAV, two satellites, one slot: see the top of this file.

    Device 0 sees both satellites; devices 1, 2, ... see satellite 0 alone and reach satellite 1 through it.
    """
    rest = devices - 1
    arrays = {
        "area_m": [200.0, 100.0],
        "slot_s": 3.0,
        "reference_gain": 5e-4,
        "path_loss_exponent": 3.0,
        "noise_psd": 1e-18,
        "bits_per_word": 40.0,
        "latency_weight": 0.5,
        "energy_weight": 0.02,
        "device_energy_weight": 1.0,
        "unserved_penalty": 9.0,
        "isl_rate_bps": 50e6,
        "isl_power_w": 5.0,
        "max_power_w": [0.021] * devices,
        "device_xy": [[[0.0, 0.0]] + [[80.0, 0.0]] * rest],
        "active": [[True] * devices],
        "input_bits": [[4e6] + [6e6] * rest],
        "output_words": [[100.0] + [200.0] * rest],
        "max_latency_s": [[10.0] * devices],
        "min_accuracy": [[0.5] * devices],
        "uav_start_xy": [[40.0, 0.0]],
        "uav_altitude_m": [30.0],
        "uav_radius_m": [50.0],
        "uav_speed_mps": [20.0],
        "uav_bandwidth_hz": [1e6],
        "uav_flops": [2e12],
        "uav_flop_per_word": [10e9],
        "uav_compute_w": [25.0],
        "uav_transmit_w": [0.085],
        "uav_accuracy": [0.55],
        "uav_capacity": [2],
        "uav_fading": [[[0.75]] * devices],
        "sat_bandwidth_hz": [2e6, 4e6],
        "sat_flops": [4e12, 5e12],
        "sat_flop_per_word": [20e9, 30e9],
        "sat_compute_w": [60.0, 70.0],
        "sat_transmit_w": [0.254, 0.511],
        "sat_accuracy": [0.7, 0.8],
        "sat_capacity": [2, 2],
        "sat_gain": [[[1e-9, 4e-9]] * devices],
        "sat_window_s": [[[100.0, 200.0]] + [[100.0, 0.0]] * rest],
        "sat_access": [[[0, 1]] + [[0, 0]] * rest],
        "isl_hops": [[[0, 2], [3, 0]]],
        "isl_delay_s": [[[0.0, 0.005], [0.007, 0.0]]],
        "arrival_rate": np.ones((1 + FORECAST_SLOTS, devices)),
    }
    arrays = {name: np.array(value) if isinstance(value, list) else value for name, value in arrays.items()}
    return Instance(**(arrays | changes), scenario=None)


def change(instance: Instance, **changes: Any) -> Instance:
    """A copy of the instance with some arrays replaced."""
    return dataclasses.replace(instance, **changes)


def repeat_slot(instance: Instance, slots: int) -> Instance:
    """The first slot of the instance, several times over."""
    repeated = {name: np.repeat(getattr(instance, name)[:1], slots, axis=0) for name in PER_SLOT}
    return change(instance, **repeated, arrival_rate=np.ones((slots + FORECAST_SLOTS, instance.devices)))


def hand_decision(server: list[int], power: list[float], uav_xy: tuple[float, float] = (40.0, 0.0)) -> Decision:
    """The decision of one slot, with one UAV."""
    return Decision(server=np.array([server]), power=np.array([power], dtype=float), uav_xy=np.array([[uav_xy]]))


def random_constants(rng: np.random.Generator, devices: int, uavs: int, satellites: int) -> dict[str, Any]:
    """What stays the same over the slots of a random world: the field's magnitudes, give or take."""

    def around(value: float, size: int | None = None, factor: float = 3.0) -> Any:
        return value * factor ** rng.uniform(-1, 1, size)

    return {
        "area_m": rng.uniform(200, 600, 2),
        "slot_s": around(3.0),
        "reference_gain": around(1e-5),
        "path_loss_exponent": rng.uniform(2.0, 3.0),
        "noise_psd": around(4e-21),
        "bits_per_word": around(32.0),
        "latency_weight": rng.choice([0.0, 0.5, 1.0]),
        "energy_weight": rng.choice([0.0, 0.0125, 0.1]),
        "device_energy_weight": rng.choice([0.0, 1.0, 100.0]),
        "unserved_penalty": rng.uniform(5, 20),
        "isl_rate_bps": around(3e8),
        "isl_power_w": around(5.0),
        "max_power_w": around(0.2, devices),
        "uav_altitude_m": around(100.0, uavs),
        "uav_radius_m": around(250.0, uavs),
        "uav_speed_mps": np.full(uavs, 1e4),  # moves are checked elsewhere
        "uav_bandwidth_hz": around(5e6, uavs),
        "uav_flops": around(3e12, uavs),
        "uav_flop_per_word": around(14e9, uavs),
        "uav_compute_w": around(25.0, uavs),
        "uav_transmit_w": around(1.0, uavs),
        "uav_accuracy": rng.choice([0.45, 0.6, 0.7], uavs),
        "uav_capacity": rng.integers(0, 5, uavs),
        "sat_bandwidth_hz": around(3e6, satellites),
        "sat_flops": around(4e12, satellites),
        "sat_flop_per_word": around(26e9, satellites),
        "sat_compute_w": around(60.0, satellites),
        "sat_transmit_w": around(20.0, satellites),
        "sat_accuracy": rng.choice([0.6, 0.7, 0.8], satellites),
        "sat_capacity": rng.integers(0, 5, satellites),
    }


def random_slots(rng: np.random.Generator, constants: dict[str, Any], slots: int) -> dict[str, Any]:
    """The per-slot arrays of a random world; windows and routes are drawn, no orbit is behind them."""
    devices, uavs = len(constants["max_power_w"]), len(constants["uav_flops"])
    satellites = len(constants["sat_flops"])
    per_device, per_pair = (slots, devices), (slots, satellites, satellites)
    hops = rng.integers(1, 4, per_pair)
    delay_s = hops * rng.uniform(0.003, 0.02, per_pair)
    hops[:, range(satellites), range(satellites)] = 0
    delay_s[:, range(satellites), range(satellites)] = 0.0
    access = rng.integers(-1, satellites, (*per_device, satellites))
    own = np.broadcast_to(np.arange(satellites), access.shape)
    fading = rng.exponential(1.0, (*per_device, uavs)) * (rng.random((*per_device, uavs)) > 0.02)
    return {
        "device_xy": rng.uniform(0, constants["area_m"], (*per_device, 2)),
        "active": rng.random(per_device) < 0.8,
        "input_bits": rng.uniform(1e6, 8e6, per_device),
        "output_words": rng.choice([64.0, 128.0, 240.0], per_device),
        "max_latency_s": rng.uniform(1.0, 8.0, per_device),
        "min_accuracy": rng.choice([0.3, 0.6, 0.7], per_device),
        "uav_fading": fading,
        "sat_gain": 10 ** rng.uniform(-13.5, -12, (*per_device, satellites)),
        "sat_window_s": rng.choice([0.0, 2.0, 4.0, 300.0], (*per_device, satellites)),
        "sat_access": np.where(rng.random(access.shape) < 0.5, own, access),
        "isl_hops": hops,
        "isl_delay_s": delay_s,
    }


def random_world(rng: np.random.Generator, devices: int, uavs: int, satellites: int, slots: int) -> Instance:
    """A random instance, most of whose random decisions break something."""
    return random_horizon(rng, random_constants(rng, devices, uavs, satellites), slots)


def random_horizon(rng: np.random.Generator, constants: dict[str, Any], slots: int) -> Instance:
    """A random horizon of a world given by its constants, so that several can be stacked."""
    devices, uavs = len(constants["max_power_w"]), len(constants["uav_flops"])
    return Instance(
        **constants,
        **random_slots(rng, constants, slots),
        uav_start_xy=rng.uniform(0, constants["area_m"], (uavs, 2)),
        arrival_rate=np.ones((slots + FORECAST_SLOTS, devices)),
        scenario=None,
    )


def random_decision(rng: np.random.Generator, instance: Instance) -> Decision:
    """A valid decision: any server or none, often full power, sometimes none at all."""
    shape = instance.active.shape
    share = rng.choice([0.0, 1.0, np.nan], shape, p=[0.1, 0.5, 0.4])
    share = np.where(np.isnan(share), rng.random(shape), share)
    return Decision(
        server=rng.integers(UNASSIGNED, instance.servers, shape),
        power=share * instance.max_power_w,
        uav_xy=rng.uniform(0, instance.area_m, (instance.slots_count, instance.uavs, 2)),
    )


def generators() -> st.SearchStrategy[np.random.Generator]:
    """Random generators; the arrays come from numpy, since hypothesis would take minutes to fill them."""
    return st.integers(0, 2**32 - 1).map(np.random.default_rng)


class Case:
    """A random world and a random decision in it, printed as what makes them again."""

    def __init__(self, seed: int, devices: int, uavs: int, satellites: int, slots: int) -> None:
        self.recipe = f"Case({seed=}, {devices=}, {uavs=}, {satellites=}, {slots=})"
        rng = np.random.default_rng(seed)
        self.instance = random_world(rng, devices, uavs, satellites, slots)
        self.decision = random_decision(rng, self.instance)

    def __repr__(self) -> str:
        return self.recipe


def cases() -> st.SearchStrategy[Case]:
    """Small worlds with a decision each, some without UAVs or without satellites."""
    sizes = st.tuples(st.integers(0, 3), st.integers(0, 3)).filter(any)
    numbers = st.tuples(st.integers(0, 2**32 - 1), st.integers(1, 6), sizes, st.integers(1, 3))
    return numbers.map(lambda drawn: Case(drawn[0], drawn[1], *drawn[2], drawn[3]))
