"""In words: which task failed which constraint, and by how much."""

import numpy as np

from skyedge.problem.decision import Decision
from skyedge.problem.instance import Instance
from skyedge.problem.scoring.evaluate import CONSTRAINTS, Score


def explain(instance: Instance, decision: Decision, score: Score) -> list[str]:
    """Return one line for each constraint that a task breaks, in the order of slots and devices.

    Parameters
    ----------
    instance : Instance
    decision : Decision
    score : Score
        Of that decision on that instance.
    """
    reasons = (_not_offloaded, _inaccurate, _uncovered, _window_closes, _late, _overloaded, _flown_home)
    lines = []
    for t, k, constraint in np.argwhere(score.broken):
        reason = reasons[constraint](instance, decision, score, t, k)
        lines.append(f"slot {t}, device {k}: {CONSTRAINTS[constraint]} {reason}")
    return lines


def server_name(instance: Instance, server: int) -> str:
    """Return what people call a server: ``UAV 0``, ``satellite 3``, ``cloud``."""
    if server < instance.uavs:
        return f"UAV {server}"
    satellite = server - instance.uavs
    return "cloud" if instance.sat_is_cloud[satellite] else f"satellite {satellite}"


def _name(instance: Instance, decision: Decision, t: int, k: int) -> str:
    return server_name(instance, int(decision.server[t, k]))


def _not_offloaded(instance: Instance, decision: Decision, score: Score, t: int, k: int) -> str:
    return "not offloaded: its request was given to no server"


def _inaccurate(instance: Instance, decision: Decision, score: Score, t: int, k: int) -> str:
    offered, wanted = instance.server_accuracy[decision.server[t, k]], instance.min_accuracy[t, k]
    name = _name(instance, decision, t, k)
    return f"accuracy: {name} offers {offered:.3g}, {wanted - offered:.3g} below the {wanted:.3g} asked for"


def _uncovered(instance: Instance, decision: Decision, score: Score, t: int, k: int) -> str:
    server = decision.server[t, k]
    name = _name(instance, decision, t, k)
    if server >= instance.uavs:
        return f"coverage: {name} cannot be reached, no visible satellite leads to it"
    half_walk, radius = instance.device_walk_m[t, k] / 2, instance.uav_radius_m[server]
    distance = np.linalg.norm(decision.uav_xy[t, server] - instance.device_xy[t, k]) + half_walk
    away = f"{'up to ' if half_walk else ''}{distance:.1f} m away"
    return f"coverage: {name} is {away}, {distance - radius:.3g} m beyond its radius of {radius:g} m"


def _window_closes(instance: Instance, decision: Decision, score: Score, t: int, k: int) -> str:
    access = instance.sat_access[t, k, decision.server[t, k] - instance.uavs]
    window = instance.sat_window_s[t, k, access]
    return f"window: satellite {access} sets after {window:.3f} s, {_lateness(score, t, k, window)}"


def _late(instance: Instance, decision: Decision, score: Score, t: int, k: int) -> str:
    limit = instance.max_latency_s[t, k]
    return f"latency: the limit is {limit:.3f} s, {_lateness(score, t, k, limit)}"


def _lateness(score: Score, t: int, k: int, limit_s: float) -> str:
    latency = score.latency_s[t, k]
    if np.isinf(latency):
        return "and at power 0 the request never arrives"
    return f"and the answer takes {latency:.3f} s, {latency - limit_s:.3g} s more"


def _overloaded(instance: Instance, decision: Decision, score: Score, t: int, k: int) -> str:
    server = decision.server[t, k]
    load = np.sum(instance.active[t] & (decision.server[t] == server))
    capacity = instance.server_capacity[server]
    return f"capacity: {_name(instance, decision, t, k)} got {load} tasks, {load - capacity} more than it admits"


def _flown_home(instance: Instance, decision: Decision, score: Score, t: int, k: int) -> str:
    assert score.batteries is not None
    uav = decision.server[t, k]
    turned = int(np.argmax(score.batteries.home[:, uav]))
    return f"battery: {_name(instance, decision, t, k)} turned home in slot {turned}, with what it takes to get there"
