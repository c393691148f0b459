"""UAV batteries as online solvers see them: a UAV that may not last a slot takes no more tasks."""

from dataclasses import replace

import numpy as np

from skyedge.problem import Instance, Slots, score_slots
from skyedge.problem.physics.equations import inference_time
from skyedge.problem.scoring.batteries import Ledger, flight_power, serving_energy


class BatteryWatch:
    """Keeps the batteries of a horizon while a solver decides it slot by slot.

    A UAV whose battery may not last the coming slot (the dearest flight, the dearest tasks, and then the way home
    from a full step further away) is shown with capacity 0, then and in all slots after.

    Parameters
    ----------
    instance : Instance
        As the solver is told that it is.
    """

    def __init__(self, instance: Instance) -> None:
        self._ledger = Ledger(instance, instance.uav_start_xy)
        self._resting = np.zeros(instance.uavs, bool)

    def shown(self, slot: Slots) -> Slots:
        """Return a slot as the solver is to see it."""
        self._resting |= self._ledger.left_j < self._dearest(slot)
        capacity = np.where(self._resting, 0, slot.uav_capacity)
        capacity.flags.writeable = False  # as an instance's arrays are: loops are compiled for these
        return replace(slot, uav_capacity=capacity)

    def book(self, slot: Slots, server: np.ndarray, power: np.ndarray, uav_xy: np.ndarray) -> None:
        """Book what was decided."""
        scores = score_slots(slot, server, power, uav_xy)
        self._ledger.book(uav_xy, serving_energy(server, scores.served, scores.server_energy_j, slot.uavs))

    def _dearest(self, slot: Slots) -> np.ndarray:
        """Return what the slot may take from each battery [J], (M,), the reserve after it included."""
        flight_w = np.maximum(flight_power(slot, 0.0), flight_power(slot, slot.uav_speed_mps))
        infer_s = inference_time(slot.output_words[:, None], slot.uav_flop_per_word, slot.uav_flops)
        answer_s = slot.max_latency_s[:, None] - infer_s  # no downlink that is in time is longer
        task_j = slot.uav_compute_w * infer_s + slot.uav_transmit_w * answer_s
        task_j = np.sort(np.where(slot.active[:, None] & (answer_s > 0), task_j, 0.0), axis=0)[::-1]
        within = np.arange(slot.devices)[:, None] < slot.uav_capacity
        return slot.slot_s * flight_w + np.sum(task_j, axis=0, where=within) + self._ledger.reserve(slot.reach_m)
