"""The exact evaluator: what a decision costs, which tasks are served, which constraints are broken."""

from dataclasses import dataclass

import numpy as np

from problem.decision import Decision
from problem.instance import Instance, Slots
from problem.links import accurate, covered, flatten, in_time, request_of, satellite_link, uav_link
from problem.physics import Link, energy, fixed_part, latency, task_cost, uplink_time

CONSTRAINTS = ("C1", "C2", "C3", "C4", "C5", "C6")
C1, C2, C3, C4, C5, C6 = range(6)


@dataclass(frozen=True)
class SlotScores:
    """What servers and powers give in a batch of slots; ``…`` are the slots' leading axes.

    Attributes
    ----------
    task_cost : array (…, K)
        Each task's share of (31'): ω1 T + ω2 E if served, φ if not, 0 if idle.
    served : bool array (…, K)
    broken : bool array (…, K, 6)
        C1 to C6.
    latency_s, energy_j : array (…, K)
        T and E (with ρ = 1) of offloaded tasks with a link, served or not; NaN elsewhere.
    """

    task_cost: np.ndarray
    served: np.ndarray
    broken: np.ndarray
    latency_s: np.ndarray
    energy_j: np.ndarray

    @property
    def cost(self) -> np.ndarray:
        """Cost of each slot, shape (…)."""
        return self.task_cost.sum(axis=-1)


@dataclass(frozen=True)
class Score(SlotScores):
    """The score of a decision on an instance; per-task arrays are (T, K)."""

    active: np.ndarray

    @property
    def cost(self) -> float:  # type: ignore[override]
        """The penalised objective (31')."""
        return float(self.task_cost.sum())

    @property
    def slot_cost(self) -> np.ndarray:
        """Its share of each slot, shape (T,)."""
        return self.task_cost.sum(axis=-1)

    @property
    def served_fraction(self) -> float:
        """Served over active tasks; 1 if no task is active."""
        active = self.active.sum()
        return float(self.served.sum() / active) if active else 1.0

    @property
    def mean_latency_s(self) -> float:
        """Mean latency of served tasks; NaN if none is."""
        return float(self.latency_s[self.served].mean()) if self.served.any() else float("nan")

    @property
    def energy_per_slot_j(self) -> float:
        """Energy of served tasks (with ρ = 1), per slot."""
        return float(self.energy_j[self.served].sum() / len(self.active))

    @property
    def violations(self) -> dict[str, int]:
        """How many tasks break each constraint."""
        return dict(zip(CONSTRAINTS, self.broken.sum(axis=(0, 1)).tolist(), strict=True))


def evaluate(instance: Instance, decision: Decision) -> Score:
    """Score a decision exactly (Sections 2, 3, 6 and 7 of the formulation).

    Parameters
    ----------
    instance : Instance
    decision : Decision

    Returns
    -------
    Score

    Raises
    ------
    InputError
        If the decision is not valid for the instance; it is never repaired.
    """
    decision.check(instance)
    scores = score_slots(instance, decision.server, decision.power, decision.uav_xy)
    return Score(**vars(scores), active=instance.active)


def score_slots(slots: Slots, server: np.ndarray, power: np.ndarray, uav_xy: np.ndarray) -> SlotScores:
    """Score servers and powers in a batch of slots, exactly; moves and ranges are the caller's to check.

    Parameters
    ----------
    slots : Slots
        With leading axes ``…``.
    server : int array (…, K)
    power : array (…, K)
        Transmit powers [W].
    uav_xy : array (…, M, 2)
        UAV positions during the slot [m].

    Returns
    -------
    SlotScores
    """
    flat = flatten(slots)
    shape = flat.active.shape
    server, power = np.reshape(server, shape), np.reshape(power, shape)
    uav_xy = np.reshape(uav_xy, (shape[0], slots.uavs, 2))
    offloaded = flat.active & (server >= 0)
    scores = _blank(flat)
    scores.broken[..., C1] = flat.active & (server < 0)
    _score_uav_tasks(scores, flat, offloaded & (server < flat.uavs), server, power, uav_xy)
    _score_satellite_tasks(scores, flat, offloaded & (server >= flat.uavs), server, power)
    scores.broken[..., C6] = offloaded & _overloaded(flat, server, offloaded)
    np.logical_and(flat.active, ~scores.broken.any(axis=-1), out=scores.served)
    penalty = np.where(flat.active, flat.unserved_penalty, 0.0)
    scores.task_cost[...] = np.where(scores.served, scores.task_cost, penalty)
    lead = slots.leading
    return SlotScores(**{name: array.reshape(lead + array.shape[1:]) for name, array in vars(scores).items()})


def _blank(flat: Slots) -> SlotScores:
    shape = flat.active.shape
    return SlotScores(
        task_cost=np.zeros(shape),
        served=np.zeros(shape, bool),
        broken=np.moveaxis(np.zeros((len(CONSTRAINTS), *shape), bool), 0, -1),  # constraint by constraint in memory
        latency_s=np.full(shape, np.nan),
        energy_j=np.full(shape, np.nan),
    )


def _score_uav_tasks(
    scores: SlotScores,
    flat: Slots,
    chosen: np.ndarray,
    server: np.ndarray,
    power: np.ndarray,
    uav_xy: np.ndarray,
) -> None:
    t, k = np.nonzero(chosen)
    m = server[t, k]
    apart = flat.device_xy[t, k] - uav_xy[t, m]
    squared_distance = np.vecdot(apart, apart)
    link = uav_link(flat, t, k, m, squared_distance)
    _score_tasks(scores, flat, t, k, link, flat.uav_accuracy[m], power)
    scores.broken[t, k, C3] = ~covered(squared_distance, flat.uav_radius_m[m])


def _score_satellite_tasks(
    scores: SlotScores, flat: Slots, chosen: np.ndarray, server: np.ndarray, power: np.ndarray
) -> None:
    t, k = np.nonzero(chosen)
    n = server[t, k] - flat.uavs
    access = flat.sat_access[t, k, n]
    unreachable = access < 0
    scores.broken[t, k, C2] = ~accurate(flat.sat_accuracy[n], flat.min_accuracy[t, k])
    scores.broken[t, k, C3] = unreachable
    t, k, n, access = (index[~unreachable] for index in (t, k, n, access))
    link = satellite_link(flat, t, k, n, access)
    latency_s = _score_tasks(scores, flat, t, k, link, flat.sat_accuracy[n], power)
    scores.broken[t, k, C4] = ~in_time(latency_s, flat.sat_window_s[t, k, access])


def _score_tasks(
    scores: SlotScores,
    flat: Slots,
    t: np.ndarray,
    k: np.ndarray,
    link: Link,
    accuracy: np.ndarray,
    power: np.ndarray,
) -> np.ndarray:
    """Fill in latency, energy, cost, C2 and C5 of tasks that have a link; return their latency."""
    request, power_w = request_of(flat, t, k), power[t, k]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        uplink_s = uplink_time(np, request, link, power_w)
        fixed = fixed_part(np, request, link)
        latency_s = latency(uplink_s, fixed.time_s)
        weighted_j = energy(power_w, uplink_s, fixed.energy_j, flat.device_energy_weight)
        scores.energy_j[t, k] = energy(power_w, uplink_s, fixed.energy_j)
        scores.task_cost[t, k] = task_cost(flat.latency_weight, flat.energy_weight, latency_s, weighted_j)
    scores.latency_s[t, k] = latency_s
    scores.broken[t, k, C2] = ~accurate(accuracy, flat.min_accuracy[t, k])
    scores.broken[t, k, C5] = ~in_time(latency_s, flat.max_latency_s[t, k])
    return latency_s


def server_load(server: np.ndarray, offloaded: np.ndarray, servers: int) -> np.ndarray:
    """How many active tasks each server got, shape (B, M+N), from servers and offloaded tasks (B, K)."""
    slots = len(server)
    task = np.nonzero(offloaded)
    counted = np.bincount(task[0] * servers + server[task], minlength=slots * servers)
    return counted.reshape(slots, servers)


def _overloaded(flat: Slots, server: np.ndarray, offloaded: np.ndarray) -> np.ndarray:
    """Whether a task's server got more tasks than it admits, bool (B, K) (C6)."""
    excess = server_load(server, offloaded, flat.servers) > flat.server_capacity
    return np.take_along_axis(excess, np.maximum(server, 0), axis=-1)
