"""The exact evaluator: what a decision costs, which tasks are served, which constraints are broken."""

from dataclasses import dataclass, replace

import numpy as np

from skyedge.problem.arrays import Slots
from skyedge.problem.decision import Decision
from skyedge.problem.instance import Instance
from skyedge.problem.scoring.batteries import Batteries, fly, serving_energy
from skyedge.problem.scoring.kernel import SLOT_CONSTRAINTS, Room, TaskOutcomes, score_tasks, slot_arrays

CONSTRAINTS = (*SLOT_CONSTRAINTS, "C7")


@dataclass(frozen=True)
class SlotScores:
    """What servers and powers give in a batch of slots; ``…`` are the slots' leading axes.

    Attributes
    ----------
    task_cost : array (…, K)
        Each task's share of (31'): ω1 T + ω2 E if served, φ if not, 0 if idle.
    served : bool array (…, K)
    broken : bool array (…, K, 6)
        C1 to C6, what a slot alone can break.
    latency_s, energy_j : array (…, K)
        T and E (with ρ = 1) of offloaded tasks with a link, served or not; NaN elsewhere. At power 0 the latency
        is inf and the energy undefined (NaN).
    server_energy_j : array (…, K)
        What of E is not the device's: that of the UAV, or of the satellites.
    """

    task_cost: np.ndarray
    served: np.ndarray
    broken: np.ndarray
    latency_s: np.ndarray
    energy_j: np.ndarray
    server_energy_j: np.ndarray

    @property
    def cost(self) -> np.ndarray:
        """Cost of each slot, shape (…)."""
        return self.task_cost.sum(axis=-1)


@dataclass(frozen=True)
class Score(SlotScores):
    """The score of a decision on an instance; per-task arrays are (T, K).

    Attributes
    ----------
    active : bool array (T, K)
    by_satellite, by_cloud : bool array (T, K)
        Which tasks a satellite, or the cloud, is to run, served or not.
    batteries : Batteries or None
        What became of them, if UAVs have any; ``broken`` then has a seventh column, C7.
    """

    active: np.ndarray
    by_satellite: np.ndarray
    by_cloud: np.ndarray
    batteries: Batteries | None = None

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
    def satellite_share(self) -> float:
        """Share of the served tasks that satellites run; NaN if none is served."""
        return float(self.by_satellite[self.served].mean()) if self.served.any() else float("nan")

    @property
    def cloud_share(self) -> float:
        """Share of the served tasks that the cloud runs; NaN if none is served."""
        return float(self.by_cloud[self.served].mean()) if self.served.any() else float("nan")

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
        counts = self.broken.sum(axis=(0, 1)).tolist()
        return dict(zip(CONSTRAINTS[: len(counts)], counts, strict=True))


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

    Examples
    --------
    Nobody is served, so each of the requests costs φ = 5:

    >>> from skyedge.problem import Scenario, generate
    >>> instance = generate(Scenario.preset("tiny"), seed=0)
    >>> nobody, silent = np.full(instance.active.shape, -1), np.zeros(instance.active.shape)
    >>> score = evaluate(instance, Decision(nobody, silent, np.tile(instance.uav_start_xy, (2, 1, 1))))
    >>> float(score.cost / instance.active.sum()), score.served_fraction
    (5.0, 0.0)
    """
    decision.check(instance)
    scores = score_slots(instance, decision.server, decision.power, decision.uav_xy)
    by_cloud = decision.server >= instance.servers - instance.clouds
    by_satellite = (decision.server >= instance.uavs) & ~by_cloud
    score = Score(**vars(scores), active=instance.active, by_satellite=by_satellite, by_cloud=by_cloud)
    return _with_batteries(instance, decision, score) if np.any(instance.uav_battery_j) else score


def _with_batteries(instance: Instance, decision: Decision, score: Score) -> Score:
    """Hold a score against the UAVs' batteries: tasks of those that have turned home break C7."""
    server, uavs = decision.server, instance.uavs
    serving_j = serving_energy(server, score.served, score.server_energy_j, uavs)
    batteries = fly(instance, decision.uav_xy, serving_j)
    left = (batteries.home[:, None] & (server[..., None] == np.arange(uavs))).any(axis=-1) & score.active
    return replace(
        score,
        task_cost=np.where(left, instance.unserved_penalty, score.task_cost),
        served=score.served & ~left,
        broken=np.concatenate([score.broken, left[..., None]], axis=-1),
        batteries=batteries,
    )


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
    flat = slots.flattened
    shape = flat.active.shape
    server = np.ascontiguousarray(np.reshape(server, shape), dtype=np.int64)
    power = np.ascontiguousarray(np.reshape(power, shape), dtype=float)
    uav_xy = np.ascontiguousarray(np.reshape(uav_xy, (shape[0], slots.uavs, 2)), dtype=float)
    outcome = TaskOutcomes.empty(*shape)
    score_tasks(slot_arrays(flat), server, power, uav_xy, outcome, Room.of(flat))
    lead = (*slots.leading, slots.devices)
    return SlotScores(
        task_cost=outcome.cost.reshape(lead),
        served=outcome.served.reshape(lead),
        broken=outcome.broken.reshape(*lead, len(SLOT_CONSTRAINTS)),
        latency_s=outcome.latency_s.reshape(lead),
        energy_j=outcome.energy_j.reshape(lead),
        server_energy_j=outcome.server_energy_j.reshape(lead),
    )
