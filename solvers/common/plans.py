"""Plans: decisions of a whole horizon with their exact costs."""

from dataclasses import dataclass

import numpy as np

from skyedge.problem import Decision, Instance, Slots, assigned_power, best_assignment, evaluate, server_costs
from skyedge.solvers.common.base import SlotDecision


@dataclass(frozen=True)
class Plan:
    """A decision and its exact cost."""

    decision: Decision
    cost: float


def cheaper(plan: Plan, other: Plan) -> Plan:
    """Return the cheaper of two plans, the first of equals."""
    return other if other.cost < plan.cost else plan


def scored(instance: Instance, server: np.ndarray, power: np.ndarray, uav_xy: np.ndarray) -> Plan:
    """Return the plan of servers, powers and positions."""
    decision = Decision(server, power, uav_xy)
    return Plan(decision, evaluate(instance, decision).cost)


def served_best(slots: Slots, uav_xy: np.ndarray) -> SlotDecision:
    """Return the best decision of one slot, or of several, at given positions: exact assignment, closed-form power."""
    costs = server_costs(slots, uav_xy)
    server = best_assignment(costs.cost, slots.server_capacity, slots.unserved_penalty)
    return SlotDecision(server, assigned_power(costs, server), uav_xy)


def assigned(instance: Instance, uav_xy: np.ndarray) -> Plan:
    """Return the best plan at given positions."""
    return scored(instance, *served_best(instance, uav_xy))


def hovering(instance: Instance, serve: bool) -> Plan:
    """Return a plan that is always there: UAVs stay, tasks are served at their best from there or not at all."""
    uav_xy = np.tile(instance.uav_start_xy, (instance.slots_count, 1, 1))
    if serve:
        return assigned(instance, uav_xy)
    return scored(instance, np.full(instance.active.shape, -1), np.zeros(instance.active.shape), uav_xy)


def with_path(uav_xy: np.ndarray, uav: int, path: np.ndarray) -> np.ndarray:
    """Return the positions with another path of one UAV."""
    return np.stack([path if m == uav else uav_xy[:, m] for m in range(uav_xy.shape[1])], axis=1)
