"""(P1) with the penalised objective (31') as a Pyomo model, of one slot or a horizon, and linear relaxations of it.

Servers and positions are variables, and powers where the best one depends on the position. What is known in advance
is not left to the solver: a satellite task's best power, and a UAV task's where it is p^max at every distance.

The squared distance of a UAV to a device is linear in the UAV's position u and its squared norm r: r − 2 u·w + |w|². So
r ≥ |u|², one convex constraint a UAV and slot, is all the geometry there is. The cost of a task rises with the squared
distance as :mod:`skyedge.problem.physics.equations` says; lines below it, and the sets of tasks that can be covered
from one place, keep relaxations tight.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyomo.environ as pyo
from pyomo.core.expr import log

from skyedge.problem import Instance
from skyedge.problem.arrays import AREA_TOLERANCE_M
from skyedge.problem.decision import MOVE_TOLERANCE_M
from skyedge.problem.physics.equations import energy, fixed_part, latency, task_cost, uplink_time
from skyedge.problem.physics.links import TOLERANCE, request_of, uav_link
from skyedge.solvers.machinery.minlp.pairs import coverable_sets, freedom_m, satellite_pairs, uav_pairs

UNIT_M = 100.0  # the model's unit of length, so that its numbers are near 1
DIRECTIONS = 16  # of the polygon around the disc of moves
TANGENT_M = 25.0  # between the points where a square has tangents


class PyomoArrays:
    """Pyomo as the array namespace of :mod:`skyedge.problem.physics.equations`."""

    @staticmethod
    def log1p(value: Any) -> Any:
        """Return log(1 + value) of a number or a Pyomo expression."""
        return log(1 + value)


def assignment_model(instance: Instance) -> Any:
    """Build the linear relaxation without positions: who serves whom, each UAV a set that it can cover from one place.

    Every task costs what it would at the least distance, and UAVs jump between slots.

    Parameters
    ----------
    instance : Instance

    Returns
    -------
    pyomo.environ.ConcreteModel
        Its binary variables: ``on_uav[i]`` of pair i of ``model.uav_pairs`` and ``on_satellite[j]`` of pair j of
        ``model.satellite_pairs``. The objective ``cost`` is a lower bound of (31').
    """
    model = _assignment(instance)
    model.cost = pyo.Objective(expr=model.at_best)
    return model


def linear_model(instance: Instance) -> Any:
    """Build the linear relaxation with positions: tangents in place of squares, a polygon for moves, lines for costs.

    Its variables besides those of :func:`assignment_model`, lengths in ``UNIT_M``: ``offset[t, m, axis]``, a UAV's
    position relative to its start, and ``squared_norm[t, m]`` of that; ``squared_distance[i]``; ``rise[i]``, the
    cost of a pair above that at the least distance.
    """
    return _model_with_positions(instance, _add_tangents)


def exact_model(instance: Instance) -> Any:
    """Build the exact model: squared norms, discs of moves, and costs as functions of the squared distance.

    Its variables are those of :func:`linear_model`, and ``power[i]`` [W] where the best may be below p^max.
    """
    return _model_with_positions(instance, _add_norms_and_moves, _add_costs)


def _model_with_positions(instance: Instance, *parts: Callable[[Any, Instance], None]) -> Any:
    """Build a model whose UAVs have positions, with further parts."""
    model = _assignment(instance)
    for add in (_add_positions, _add_distances, *parts):
        add(model, instance)
    model.cost = pyo.Objective(expr=model.at_best + pyo.quicksum(model.rise.values()))
    return model


def positions(model: Any, instance: Instance) -> np.ndarray:
    """Return the UAVs' positions (T, M, 2) [m] of a solved model; the start where the solver left them open."""
    shape = (instance.slots_count, instance.uavs, 2)
    offset = np.array([pyo.value(model.offset[index], exception=False) or 0.0 for index in np.ndindex(shape)])
    return instance.uav_start_xy + UNIT_M * offset.reshape(shape)


def _assignment(instance: Instance) -> Any:
    """Each task on one server at most (31a); capacities (C6); no UAV serves tasks too far apart."""
    model = pyo.ConcreteModel("skyedge")
    model.uav_pairs, model.satellite_pairs = uav_pairs(instance), satellite_pairs(instance)
    aloft, above = model.uav_pairs, model.satellite_pairs
    model.on_uav = pyo.Var(range(len(aloft.slot)), domain=pyo.Binary, initialize=0)
    model.on_satellite = pyo.Var(range(len(above.slot)), domain=pyo.Binary, initialize=0)
    tasks, uavs, satellites = {}, {}, {}  # type: dict[tuple, list], dict[tuple, list], dict[tuple, list]
    for i, (t, k, m) in enumerate(zip(aloft.slot, aloft.device, aloft.uav, strict=True)):
        tasks.setdefault((t, k), []).append(model.on_uav[i])
        uavs.setdefault((t, m), []).append(model.on_uav[i])
    for j, (t, k, n) in enumerate(zip(above.slot, above.device, above.satellite, strict=True)):
        tasks.setdefault((t, k), []).append(model.on_satellite[j])
        satellites.setdefault((t, n), []).append(model.on_satellite[j])
    model.limits = pyo.ConstraintList()
    for variables in tasks.values():
        model.limits.add(sum(variables) <= 1)
    for (_, m), variables in uavs.items():
        model.limits.add(sum(variables) <= int(instance.uav_capacity[m]))
    for (_, n), variables in satellites.items():
        model.limits.add(sum(variables) <= int(instance.sat_capacity[n]))
    _add_coverage(model, instance)
    penalty = instance.unserved_penalty
    model.at_best = pyo.Expression(
        expr=penalty * int(instance.active.sum())
        + sum(float(cost - penalty) * model.on_uav[i] for i, cost in enumerate(aloft.cost))
        + sum(float(cost - penalty) * model.on_satellite[j] for j, cost in enumerate(above.cost))
    )
    return model


def _add_coverage(model: Any, instance: Instance) -> None:
    """Each UAV serves, in a slot, tasks of one of the sets that it can cover from one place."""
    indices = list(np.ndindex(instance.slots_count, instance.uavs))
    sets = [(index, pairs) for index in indices for pairs in coverable_sets(instance, model.uav_pairs, *index)]
    model.covers = pyo.Var(range(len(sets)), bounds=(0.0, 1.0))
    here, serving = {}, {}  # type: dict[tuple, list], dict[int, list]
    for number, (index, pairs) in enumerate(sets):
        here.setdefault(index, []).append(model.covers[number])
        for pair in pairs.tolist():
            serving.setdefault(pair, []).append(model.covers[number])
    for variables in here.values():
        model.limits.add(sum(variables) <= 1)
    for i in model.on_uav:
        model.limits.add(model.on_uav[i] <= sum(serving.get(i, [])))


def _add_positions(model: Any, instance: Instance) -> None:
    """Positions within the area and within what the UAV can have flown since its start."""
    slots, uavs = instance.slots_count, instance.uavs
    free = freedom_m(instance)[..., None]
    start = instance.uav_start_xy
    low = np.maximum(-free, -AREA_TOLERANCE_M - start) / UNIT_M
    high = np.minimum(free, instance.area_m + AREA_TOLERANCE_M - start) / UNIT_M
    furthest = np.sum(np.maximum(-low, high) ** 2, axis=-1)
    model.offset = pyo.Var(
        range(slots),
        range(uavs),
        range(2),
        initialize=0.0,
        bounds=lambda model, *index: (float(low[index]), float(high[index])),
    )
    model.squared_norm = pyo.Var(
        range(slots), range(uavs), initialize=0.0, bounds=lambda model, *index: (0.0, float(furthest[index]))
    )


def _add_distances(model: Any, instance: Instance) -> None:
    """Squared distances of the tasks that a UAV serves, and lines below what they cost."""
    pairs = model.uav_pairs
    near, far, apart = (square / UNIT_M**2 for square in (pairs.near_m2, pairs.far_m2, pairs.apart_m2))
    at = (instance.device_xy[pairs.slot, pairs.device] - instance.uav_start_xy[pairs.uav]) / UNIT_M
    model.squared_distance = pyo.Var(
        range(len(near)),
        bounds=lambda model, i: (float(near[i]), float(far[i])),
        initialize=lambda model, i: float(near[i]),
    )
    model.rise = pyo.Var(range(len(near)), bounds=(0.0, None), initialize=0.0)
    model.distances, model.lines = pyo.ConstraintList(), pyo.ConstraintList()
    for i, (t, m) in enumerate(zip(pairs.slot, pairs.uav, strict=True)):
        inner = sum(float(at[i, axis]) * model.offset[t, m, axis] for axis in range(2))
        squared = model.squared_norm[t, m] - 2 * inner + float(at[i] @ at[i])
        unserved = 1 - model.on_uav[i]
        model.distances.add(squared <= model.squared_distance[i] + float(apart[i] - near[i]) * unserved)
        for slope, offset in zip(pairs.slope[i] * UNIT_M**2, pairs.offset[i], strict=True):
            model.lines.add(model.rise[i] >= float(slope) * model.squared_distance[i] + float(offset))


def _add_tangents(model: Any, instance: Instance) -> None:
    """Relax r ≥ |u|² to tangents along each axis, and the disc of moves to the polygon around it."""
    reach = (instance.reach_m + MOVE_TOLERANCE_M) / UNIT_M
    angle = 2 * np.pi * np.arange(DIRECTIONS) / DIRECTIONS
    directions = np.stack([np.cos(angle), np.sin(angle)], axis=-1).tolist()
    model.squared_offset = pyo.Var(model.offset.index_set(), bounds=(0.0, None))
    model.tangents, model.moves = pyo.ConstraintList(), pyo.ConstraintList()
    for index, offset in model.offset.items():
        low, high = offset.bounds
        points = max(2, int(np.ceil((high - low) * UNIT_M / TANGENT_M)))
        for at in np.linspace(low, high, points).tolist():
            model.tangents.add(model.squared_offset[index] >= 2 * at * offset - at**2)
    for t, m in np.ndindex(instance.slots_count, instance.uavs):
        model.tangents.add(model.squared_norm[t, m] >= model.squared_offset[t, m, 0] + model.squared_offset[t, m, 1])
        move = _move(model, t, m)
        for x, y in directions:
            model.moves.add(x * move[0] + y * move[1] <= float(reach[m]))


def _move(model: Any, t: int, m: int) -> list[Any]:
    """A UAV's displacement in a slot, both axes."""
    return [model.offset[t, m, axis] - (model.offset[t - 1, m, axis] if t else 0.0) for axis in range(2)]


def _add_norms_and_moves(model: Any, instance: Instance) -> None:
    reach = (instance.reach_m + MOVE_TOLERANCE_M) / UNIT_M
    model.norms, model.moves = pyo.ConstraintList(), pyo.ConstraintList()
    for t, m in np.ndindex(instance.slots_count, instance.uavs):
        model.norms.add(model.squared_norm[t, m] >= sum(model.offset[t, m, axis] ** 2 for axis in range(2)))
        model.moves.add(sum(step**2 for step in _move(model, t, m)) <= float(reach[m] ** 2))


def _add_costs(model: Any, instance: Instance) -> None:
    """Exact costs of UAV tasks; where the power is free, its range and the latency limit (C5)."""
    pairs = model.uav_pairs
    most = instance.max_power_w[pairs.device]
    free = np.flatnonzero(pairs.power < most)
    model.power = pyo.Var(
        free.tolist(),
        bounds=lambda model, i: (float(pairs.power[i]), float(most[i])),
        initialize=lambda model, i: float(pairs.power[i]),
    )
    model.costs, model.deadlines = pyo.ConstraintList(), pyo.ConstraintList()
    for i in model.rise:
        power = model.power[i] if i in model.power else float(most[i])
        latency_s, cost = _latency_and_cost(model, instance, i, power)
        model.costs.add(model.rise[i] >= cost - float(pairs.cost[i]))
        if i in model.power:
            limit_s = instance.max_latency_s[pairs.slot[i], pairs.device[i]]
            model.deadlines.add(latency_s <= float(limit_s) * (1 + TOLERANCE))


def _latency_and_cost(model: Any, instance: Instance, i: int, power: Any) -> tuple[Any, Any]:
    """Latency [s] and cost of a UAV task, Eqs. (18), (19) and (31), as expressions."""
    pairs = model.uav_pairs
    t, k, m = int(pairs.slot[i]), int(pairs.device[i]), int(pairs.uav[i])
    request, link = request_of(instance, t, k), uav_link(instance, t, k, m, model.squared_distance[i] * UNIT_M**2)
    fixed = fixed_part(PyomoArrays, request, link)
    uplink_s = uplink_time(PyomoArrays, request, link, power)
    latency_s = latency(uplink_s, fixed.time_s)
    joules = energy(power, uplink_s, fixed.energy_j, instance.device_energy_weight)
    return latency_s, task_cost(instance.latency_weight, instance.energy_weight, latency_s, joules)
