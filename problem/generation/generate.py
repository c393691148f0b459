"""Draw an instance from a scenario: positions, requests, fading and satellite geometry."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from skyedge.problem.arrays import CONSTANT_SHAPES, FORECAST_SLOTS, World
from skyedge.problem.common import (
    refuse_if,
)
from skyedge.problem.generation.fading import rician_power
from skyedge.problem.generation.mobility import gauss_markov_walk
from skyedge.problem.generation.satellites import satellite_arrays
from skyedge.problem.instance import Horizons, Instance
from skyedge.problem.physics.equations import linear
from skyedge.problem.physics.rotor import Rotor
from skyedge.problem.scenario.demand import Hotspot
from skyedge.problem.scenario.scenario import Scenario
from skyedge.problem.scoring.best_costs import dearest_served_cost


def generate(scenario: Scenario, seed: int) -> Instance:
    """Draw the instance number ``seed`` of a scenario.

    Each random quantity has a stream of its own, so scenarios that differ in one of them (say ``min_accuracy``)
    share all the others.

    Parameters
    ----------
    scenario : Scenario
    seed : int
        At least 0.

    Returns
    -------
    Instance

    Raises
    ------
    InputError
        If the seed is negative, or the scenario's unserved penalty φ is not above the cost of every task that can
        be served.

    Examples
    --------
    >>> instance = generate(Scenario.preset("tiny"), seed=0)
    >>> instance.active.shape  # slots, devices
    (2, 4)
    >>> instance.id == generate(Scenario.preset("tiny"), seed=0).id
    True
    """
    _refuse_bad_seed(seed)
    instance = Instance(**_draw(scenario, _Streams((int(seed),)), ()), scenario=scenario)
    _refuse_low_penalty(instance)
    return instance


def generate_batch(scenario: Scenario, seed: Sequence[int], count: int) -> Horizons:
    """Draw many horizons at once, none of which :func:`generate` draws.

    Its random streams are others: their entropy starts with a hash of 64 bits, where that of an instance starts with
    the seed. Fading is drawn without phases (see :mod:`skyedge.problem.generation.fading`) and has the distribution of
    an instance's. All else is drawn by the same lines: windows agree with an instance's of the same streams to 1e-9 s,
    the rest to the bit.

    Parameters
    ----------
    scenario : Scenario
    seed : sequence of int
        One or more numbers of at least 0; other numbers, other draws.
    count : int
        B, how many horizons.

    Raises
    ------
    InputError
        If a number is negative, or the scenario's unserved penalty φ is too low for the first of the horizons.
    """
    for number in seed:
        _refuse_bad_seed(number)
    horizons = Horizons(**_draw(scenario, _Streams((_word("batch"), *seed)), (count,)), scenario=scenario)
    _refuse_low_penalty(horizons.instance(0))
    return horizons


def _refuse_bad_seed(seed: Any) -> None:
    refuse_if(
        isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0,
        f"seed is {seed!r}: it must be a whole number of at least 0",
    )


def _draw(scenario: Scenario, streams: "_Streams", batch: tuple[int, ...]) -> dict[str, Any]:
    """Draw the arrays of one horizon (``batch`` is empty), or of several, along a second axis."""
    demand = _demand(scenario, streams, batch)
    start = streams("uav start").uniform(*scenario.uav_start, (*batch, scenario.uavs, 2)) * np.array(scenario.area_m)
    if scenario.uav_fleet is not None:
        start = scenario.uav_fleet.placed(start)
    fading = _uav_fading(scenario, streams, batch)
    satellites = satellite_arrays(scenario, demand["device_xy"], streams)
    return _constants(scenario) | demand | satellites | {"uav_start_xy": start, "uav_fading": fading}


def _uav_fading(scenario: Scenario, streams: "_Streams", batch: tuple[int, ...]) -> np.ndarray:
    """Draw |g|² of every link to a UAV, shape (T, …, K, M), or return what is recorded."""
    links, trace = (scenario.slots, *batch, scenario.devices, scenario.uavs), scenario.trace
    if trace is None or trace.uav_fading is None:
        return rician_power(streams("uav fading"), links, linear(scenario.rician_k_db), phased=not batch)
    needed = np.ones((scenario.slots, *links[-2:]), bool)
    recorded = trace.uav_fading.per_slot(needed, scenario.slot_s, trace.devices, scenario.uav_names)
    return _for_each(recorded, batch)


@dataclass(frozen=True)
class _Streams:
    """Independent generators by name: what one quantity draws never shifts another's."""

    entropy: tuple[int, ...]

    def __call__(self, name: str) -> np.random.Generator:
        return np.random.default_rng([*self.entropy, _word(name)])


def _word(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little")


def world_of(scenario: Scenario) -> World:
    """Return what all instances of a scenario have in common."""
    return World(**_constants(scenario))


def _constants(scenario: Scenario) -> dict[str, Any]:
    """Return the world's constants: the scenario's fields of these names, or what is computed from others.

    Lists repeat in turn. A cloud is the last of the satellites, and its radio is never used.
    """
    computed: dict[str, Any] = (scenario.rotor or Rotor()).constants() | {
        "sat_is_cloud": False,
        "reference_gain": linear(scenario.reference_gain_db),
        "noise_psd": linear(scenario.noise_dbm_per_hz) / 1000,
    }
    lengths = {"K": scenario.devices, "M": scenario.uavs, "N": scenario.satellites, "2": 2}
    cloud = scenario.cloud.as_satellite() if scenario.cloud else {}
    world: dict[str, Any] = {}
    for name, field in CONSTANT_SHAPES.items():
        value = computed[name] if name in computed else getattr(scenario, name)
        world[name] = np.resize(np.asarray(value), lengths[field.axes]) if field.axes else value
        if cloud and field.axes == "N":
            world[name] = np.append(world[name], cloud.get(name, world[name][-1]))
    return world


def _demand(scenario: Scenario, streams: _Streams, batch: tuple[int, ...]) -> dict[str, Any]:
    """Draw where devices are and what they ask for; requests of idle devices are all 0."""
    shape = (scenario.slots, *batch, scenario.devices)
    arrival_rate = _arrival_rate(scenario, streams, batch)
    active = streams("arrivals").poisson(arrival_rate[: scenario.slots]) >= 1
    draws = {
        "input_bits": scenario.draw_input_bits(streams("input bits"), shape),
        "output_words": _levels(streams("output words"), scenario.output_words, shape),
        "max_latency_s": _levels(streams("latency limits"), scenario.max_latency_s, shape),
        "min_accuracy": _levels(streams("accuracy floors"), scenario.min_accuracy, shape),
    }
    requests = {name: active * values for name, values in draws.items()}
    drawn = {"active": active, "arrival_rate": arrival_rate} | requests | _ways(scenario, streams, batch)
    if scenario.trace is None or scenario.trace.requests is None:
        return drawn
    recorded = scenario.trace.demand(scenario.slots, scenario.slot_s, FORECAST_SLOTS)
    return drawn | {name: _for_each(array, batch) for name, array in recorded.items()}


def _for_each(array: np.ndarray, batch: tuple[int, ...]) -> np.ndarray:
    """Repeat an array (T, …) for each horizon of a batch, if there is one."""
    return np.repeat(array[:, None], batch[0], axis=1) if batch else array


def _ways(scenario: Scenario, streams: _Streams, batch: tuple[int, ...]) -> dict[str, Any]:
    """Return where devices are: in the middle of their way through each slot, which has a length if they move in it."""
    track = _track(scenario, streams, batch)
    if not scenario.device_motion:
        return {"device_xy": track, "device_walk_m": np.zeros(track.shape[:-1])}
    here, there = track[:-1], track[1:]
    return {"device_xy": (here + there) / 2, "device_walk_m": np.linalg.norm(there - here, axis=-1)}


def _track(scenario: Scenario, streams: _Streams, batch: tuple[int, ...]) -> np.ndarray:
    """Return positions at the start of each slot, and at the last one's end if devices move in slots, (T or T+1, …)."""
    times, trace = scenario.slots + scenario.device_motion, scenario.trace
    if trace is not None and trace.moving:
        return _for_each(trace.tracks(times, scenario.slot_s), batch)
    start, velocity = _device_starts(scenario, streams, batch)
    return gauss_markov_walk(
        streams("mobility"),
        start,
        times,
        scenario.slot_s,
        scenario.device_speed_mps,
        scenario.device_memory,
        np.array(scenario.area_m),
        velocity,
    )


def _levels(rng: np.random.Generator, levels: tuple[float, ...], shape: tuple[int, ...]) -> np.ndarray:
    """Draw evenly from levels; one uniform number decides, so a stream serves lists of any length."""
    return np.asarray(levels)[(rng.random(shape) * len(levels)).astype(int)]


def _arrival_rate(scenario: Scenario, streams: _Streams, batch: tuple[int, ...]) -> np.ndarray:
    """Return λ_k(t) of the horizon and of the public forecast beyond it, shape (T + FORECAST_SLOTS, …, K)."""
    own = streams("arrival rate").uniform(*scenario.arrival_rate, (*batch, scenario.devices))
    slots = np.arange(scenario.slots + FORECAST_SLOTS)
    hotspot = scenario.hotspot
    if hotspot is None:
        return np.repeat(own[None], len(slots), axis=0)
    phase = streams("hotspot phase").integers(2 * hotspot.period_slots, size=batch)
    hot_pair = np.add.outer(slots, phase) // hotspot.period_slots % 2
    pair = np.arange(scenario.devices) % 2  # zones 0, 2 and 1, 3 stand opposite each other
    return own * np.where(hot_pair[..., None] == pair, 1.0, hotspot.quiet_factor)


def _device_starts(
    scenario: Scenario, streams: _Streams, batch: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray | None]:
    """Draw the positions of the first slot, shape (…, K, 2), and on a lane the velocities too."""
    rng, area, shape = streams("device start"), np.array(scenario.area_m), (*batch, scenario.devices)
    if scenario.trace is not None:
        return np.broadcast_to(scenario.trace.starts(), (*shape, 2)), None
    if scenario.lane is not None:
        duration_s = (scenario.slots - 1) * scenario.slot_s
        return scenario.lane.drawn(rng, shape, area, scenario.device_speed_mps, duration_s)
    if scenario.hotspot is not None:
        return _around_zones(scenario.hotspot, rng, streams, area, shape), None
    return rng.random((*shape, 2)) * area, None


def _around_zones(
    hotspot: Hotspot, rng: np.random.Generator, streams: _Streams, area: np.ndarray, shape: tuple[int, ...]
) -> np.ndarray:
    """Draw positions around the zones of a hotspot, shape (…, K, 2)."""
    corners = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]])
    jitter = streams("hotspot zones").uniform(-hotspot.jitter_m, hotspot.jitter_m, (*shape[:-1], 4, 2))
    zones = area / 2 + corners * hotspot.offset_m + jitter
    around = hotspot.spread_m * rng.standard_normal((*shape, 2))
    return np.clip(zones[..., np.arange(shape[-1]) % 4, :] + around, 0, area)


def _refuse_low_penalty(instance: Instance) -> None:
    """Hold φ above every served cost, so that serving a task never costs more than leaving it (Section 7)."""
    dearest = dearest_served_cost(instance)
    refuse_if(
        instance.unserved_penalty <= dearest,
        f"unserved_penalty is {instance.unserved_penalty:g}: it must be above {dearest:.6g}, "
        "the most that a served task of this instance can cost",
    )
