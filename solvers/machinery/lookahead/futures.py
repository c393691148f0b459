"""What may come: sampled futures of the demand, and what a UAV would save by serving it."""

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from skyedge.problem import Scenario, Slots, best_cost
from skyedge.problem.generation.mobility import gauss_markov_walk

LINK_FIELDS = ("max_power_w", "device_xy", "device_walk_m", "sat_gain", "sat_window_s", "sat_access")


class Requests(NamedTuple):
    """A pool of Q requests, each from some device; all arrays (Q,)."""

    device: np.ndarray
    input_bits: np.ndarray
    output_words: np.ndarray
    max_latency_s: np.ndarray
    min_accuracy: np.ndarray


class Futures(NamedTuple):
    """S sampled futures of the H slots ahead."""

    active: np.ndarray  # (H, S, K)
    request: np.ndarray  # (H, S, K), index into the pool
    device_xy: np.ndarray  # (H, S, K, 2) [m]


class Savings(NamedTuple):
    """What UAVs save by serving requests, by squared distance; bin b of UAV m starts at ``b · bin_m2[m]``."""

    table: np.ndarray  # (M, Q, B), at least 0
    bin_m2: np.ndarray  # (M,)
    capacity: np.ndarray  # (M,), κ


def drawn_requests(scenario: Scenario, devices: int, count: int, rng: np.random.Generator) -> Requests:
    """Draw requests from the scenario's distributions, the devices taking turns."""
    return Requests(
        device=np.arange(count) % devices,
        input_bits=scenario.draw_input_bits(rng, count),
        output_words=rng.choice(scenario.output_words, count),
        max_latency_s=rng.choice(scenario.max_latency_s, count),
        min_accuracy=rng.choice(scenario.min_accuracy, count),
    )


def seen_requests(slot: Slots) -> Requests:
    """Return the requests of a slot."""
    device = np.flatnonzero(slot.active)
    return Requests(device, *(getattr(slot, name)[device] for name in Requests._fields[1:]))


def pooled(old: Requests | None, new: Requests, most: int) -> Requests:
    """Add requests to a pool, keeping the newest."""
    if old is None:
        return new
    return Requests(*(np.concatenate(pair)[-most:] for pair in zip(old, new, strict=True)))


def sample_futures(
    slot: Slots,
    before_xy: np.ndarray | None,
    arrival_rate: np.ndarray,
    scenario: Scenario | None,
    requests: int,
    samples: int,
    rng: np.random.Generator,
) -> Futures:
    """Sample where devices will be, which will be active, and with which request.

    Parameters
    ----------
    slot : Slots
        The present one, without leading axis.
    before_xy : array (K, 2) or None
        Where devices were a slot ago [m]; None if that is not known.
    arrival_rate : array (H, K)
        λ_k of the slots ahead.
    scenario : Scenario or None
        How devices move; without it they stay.
    requests : int
        Size of the pool.
    samples : int
        S.
    rng : numpy.random.Generator
    """
    shape = (len(arrival_rate), samples, slot.devices)
    active = rng.random(shape) < -np.expm1(-arrival_rate)[:, None]
    start_xy = np.tile(slot.device_xy, (samples, 1, 1))
    speed, memory = (0.0, 0.0) if scenario is None else (scenario.device_speed_mps, scenario.device_memory)
    velocity = None if before_xy is None else (slot.device_xy - before_xy) / slot.slot_s
    walk = gauss_markov_walk(rng, start_xy, 1 + len(arrival_rate), slot.slot_s, speed, memory, slot.area_m, velocity)
    return Futures(active, rng.integers(requests, size=shape), walk[1:])


def savings(slot: Slots, requests: Requests, bins: int) -> Savings:
    """Tabulate what a UAV saves by serving a request that a satellite, or nobody, would serve instead.

    The satellites are those of the present slot, as the request's device sees them; the UAV's fading is its mean.

    Parameters
    ----------
    slot : Slots
        Without leading axis.
    requests : Requests
    bins : int
        B, of equal width in the squared distance, up to the radius of coverage.
    """
    alike = _requesting(slot, requests)
    pool = np.arange(len(requests.device))[:, None]
    on_satellites = best_cost(alike, 0, pool, slot.uavs + np.arange(slot.satellites), 0.0).cost
    otherwise = np.min(on_satellites, axis=1, initial=slot.unserved_penalty)
    bin_m2 = np.maximum(slot.uav_radius_m**2 / bins, 1e-9)
    middle_m2 = bin_m2[:, None, None] * (np.arange(bins) + 0.5)
    on_uavs = best_cost(alike, 0, pool, np.arange(slot.uavs)[:, None, None], middle_m2).cost
    return Savings(np.maximum(otherwise[:, None] - on_uavs, 0.0), bin_m2, slot.uav_capacity)


def _requesting(slot: Slots, requests: Requests) -> Slots:
    """Return a slot with one active device for each request, which is like the device whose request it is."""
    arrays: dict[str, Any] = requests._asdict()
    like = arrays.pop("device")
    arrays |= {name: getattr(slot, name)[like] for name in LINK_FIELDS}
    arrays |= {"active": np.ones(len(like), bool), "uav_fading": np.ones((len(like), slot.uavs))}
    return replace(slot, **arrays).flattened
