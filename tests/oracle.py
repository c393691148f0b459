"""The reference evaluator: sections 3 to 7 and 12 of the formulation in plain Python loops.

It shares no line with the package. One device after another, one equation after another, nothing vectorised,
nothing clever: where the fast evaluator and this page disagree, read this page against the formulation.
It expects a valid decision; refusing invalid ones is the package's business.
"""

import math
from dataclasses import dataclass, fields
from types import SimpleNamespace
from typing import Any

TOLERANCE = 1e-9  # relative, on C2 to C5 (section 2)
CONSTRAINTS = ("C1", "C2", "C3", "C4", "C5", "C6")
PER_SLOT = {
    "device_xy",
    "active",
    "input_bits",
    "output_words",
    "max_latency_s",
    "min_accuracy",
    "uav_fading",
    "sat_gain",
    "sat_window_s",
    "sat_access",
    "isl_hops",
    "isl_delay_s",
    "device_walk_m",
}
NOT_SCORED = {"uav_start_xy", "arrival_rate", "scenario"}


@dataclass(frozen=True)
class Air:
    """What a task meets on the air: how many share its band, and the interference at its head and at its device."""

    sharing: int = 1
    at_head_w: float = 0.0
    at_device_w: float = 0.0


ALONE = Air()


@dataclass
class Link:
    """What a task meets on its server: Eqs. (12)-(17) on a UAV, (20)-(26) on a satellite."""

    up_s: float
    infer_s: float
    down_s: float
    device_up_j: float  # the only part that rho weighs
    other_j: float  # inference, downlink and inter-satellite links

    @property
    def latency_s(self) -> float:
        """Eq. (18) or (27)."""
        return self.up_s + self.infer_s + self.down_s

    def energy_j(self, device_weight: float) -> float:
        """Eq. (19) or (28)."""
        return device_weight * self.device_up_j + self.other_j


@dataclass
class Task:
    """The outcome of one device in one slot."""

    active: bool
    broken: set[str]
    latency_s: float = math.nan
    energy_j: float = math.nan  # with rho = 1
    server_j: float = math.nan  # of that, what is not the device's
    cost: float = 0.0

    @property
    def served(self) -> bool:
        """A task is served iff it breaks nothing (section 3)."""
        return self.active and not self.broken


@dataclass
class Total:
    """Section 7, with the tasks it sums over, `tasks[t][k]`; the names are those of the package's `Score`."""

    tasks: list[list[Task]]
    slot_cost: list[float]
    cost: float
    served_fraction: float
    satellite_share: float
    cloud_share: float
    mean_latency_s: float
    energy_per_slot_j: float
    violations: dict[str, int]
    left_j: list[list[float]] | None = None  # of the batteries, by slot and UAV

    served = property(lambda self: [[task.served for task in row] for row in self.tasks])
    broken = property(
        lambda self: [[[name in task.broken for name in self.violations] for task in row] for row in self.tasks]
    )
    latency_s = property(lambda self: [[task.latency_s for task in row] for row in self.tasks])
    energy_j = property(lambda self: [[task.energy_j for task in row] for row in self.tasks])
    task_cost = property(lambda self: [[task.cost for task in row] for row in self.tasks])


def evaluate(instance: Any, decision: Any) -> Total:
    """Score a whole horizon, slot by slot."""
    tasks = []
    for t in range(len(instance.active)):
        parts = decision.server[t], decision.power[t], decision.uav_xy[t]
        tasks.append(score_slot(plain_slot(instance, t), *(part.tolist() for part in parts)))

    limited = any(instance.uav_battery_j)
    left_j = spend_batteries(instance, decision, tasks) if limited else None
    active = [task for row in tasks for task in row if task.active]
    served = [task for task in active if task.served]
    aloft = len(instance.uav_radius_m)
    on_satellites = [
        decision.server[t][k] - aloft
        for t, row in enumerate(tasks)
        for k, task in enumerate(row)
        if task.served and decision.server[t][k] >= aloft
    ]
    by_cloud = sum(bool(instance.sat_is_cloud[n]) for n in on_satellites)
    slot_cost = [math.fsum(task.cost for task in row) for row in tasks]
    return Total(
        tasks=tasks,
        slot_cost=slot_cost,
        cost=math.fsum(slot_cost),
        satellite_share=(len(on_satellites) - by_cloud) / len(served) if served else math.nan,
        cloud_share=by_cloud / len(served) if served else math.nan,
        served_fraction=len(served) / len(active) if active else 1.0,
        mean_latency_s=math.fsum(task.latency_s for task in served) / len(served) if served else math.nan,
        energy_per_slot_j=math.fsum(task.energy_j for task in served) / len(tasks),
        violations={
            name: sum(name in task.broken for task in active) for name in (*CONSTRAINTS, *(["C7"] if limited else []))
        },
        left_j=left_j,
    )


def flight_w(instance: Any, speed: float) -> float:
    """Propulsion power of a UAV, (B1)."""
    blade = instance.rotor_blade_w * (1 + 3 * speed**2 / instance.rotor_tip_mps**2)
    ratio = speed**2 / (2 * instance.rotor_hover_mps**2)
    induced = instance.rotor_induced_w * math.sqrt(math.sqrt(1 + ratio**2) - ratio)
    return blade + induced + instance.rotor_drag_kg_per_m * speed**3


def spend_batteries(instance: Any, decision: Any, tasks: list[list[Task]]) -> list[list[float]]:
    """Take flight and service from every battery, (B2)-(B4); tasks of UAVs that have turned home break C7."""
    left_j = [[math.inf] * len(instance.uav_battery_j) for _ in tasks]
    for m, battery_j in enumerate(instance.uav_battery_j):
        if battery_j == 0:
            continue
        home = here = list(instance.uav_start_xy[m])
        speed, left, turned = instance.uav_speed_mps[m], battery_j, False
        per_metre = flight_w(instance, speed) / speed if speed > 0 else 0.0
        for t, row in enumerate(tasks):
            own = [task for k, task in enumerate(row) if task.active and decision.server[t][k] == m]
            if not turned:
                there = list(decision.uav_xy[t][m])
                fly_j = instance.slot_s * flight_w(instance, math.dist(here, there) / instance.slot_s)
                after = left - fly_j - math.fsum(task.server_j for task in own if task.served)
                if after >= math.dist(there, home) * per_metre:
                    left, here = after, there
                else:
                    turned, left = True, left - math.dist(here, home) * per_metre
            if turned:
                for task in own:
                    task.broken.add("C7")
                    task.cost = instance.unserved_penalty
            left_j[t][m] = left
    return left_j


def plain_slot(world: Any, t: int) -> SimpleNamespace:
    """Slot t of an instance as Python lists and numbers."""
    slot = SimpleNamespace()
    for name in {field.name for field in fields(world)} - NOT_SCORED:
        value = getattr(world, name)
        if name in PER_SLOT:
            value = value[t]
        setattr(slot, name, value.tolist() if hasattr(value, "tolist") else value)
    return slot


def score_slot(slot: SimpleNamespace, server: list[int], power: list[float], uav_xy: list[list[float]]) -> list[Task]:
    """Score one slot: every device by itself, but for C6, which counts heads."""
    load = count_load(slot, server)
    air = listen(slot, server, power, uav_xy)
    return [
        score_task(slot, k, server[k], power[k], uav_xy, load, air[k]) if slot.active[k] else Task(False, set())
        for k in range(len(slot.active))
    ]


def listen(slot: SimpleNamespace, server: list[int], power: list[float], uav_xy: list[list[float]]) -> list[Air]:
    """Say what every task meets on the air, (S1) and (I1)-(I2): pair by pair."""
    uavs, tasks = len(slot.uav_capacity), range(len(server))
    head: list[tuple[str, int] | None] = []
    for k in tasks:
        j = server[k]
        if not slot.active[k] or j == -1:
            head.append(None)
        elif j < uavs:
            head.append(("UAV", j))
        else:
            access = slot.sat_access[k][j - uavs]
            head.append(None if access == -1 else ("satellite", access))

    def gain(k: int, at: tuple[str, int]) -> float:
        kind, number = at
        return uav_gain(slot, k, number, uav_xy[number]) if kind == "UAV" else slot.sat_gain[k][number]

    def transmit_w(at: tuple[str, int]) -> float:
        kind, number = at
        return slot.uav_transmit_w[number] if kind == "UAV" else slot.sat_transmit_w[number]

    air = []
    for k in tasks:
        mine, sharing, at_head_w, at_device_w = head[k], 1, 0.0, 0.0
        if mine is not None and slot.shared_bandwidth:
            sharing = sum(other == mine for other in head)
        if mine is not None and slot.interference:
            rivals = [i for i in tasks if head[i] is not None and head[i][0] == mine[0] and head[i] != mine]
            at_head_w = math.fsum(power[i] * gain(i, mine) for i in rivals)
            at_device_w = math.fsum(transmit_w(other) * gain(k, other) for other in {head[i] for i in rivals})
        air.append(Air(sharing, at_head_w, at_device_w))
    return air


def count_load(slot: SimpleNamespace, server: list[int]) -> list[int]:
    """Active tasks assigned to each server, whatever else they break."""
    load = [0] * (len(slot.uav_capacity) + len(slot.sat_capacity))
    for active, j in zip(slot.active, server, strict=True):
        if active and j != -1:
            load[j] += 1
    return load


def score_task(
    slot: SimpleNamespace, k: int, j: int, power: float, uav_xy: list[list[float]], load: list[int], air: Air
) -> Task:
    """Sections 3, 6 and 7 for the active task of device k."""
    if j == -1:
        return Task(True, {"C1"}, cost=slot.unserved_penalty)  # the others are not counted

    uavs = len(slot.uav_capacity)
    if j < uavs:
        accuracy, capacity = slot.uav_accuracy[j], slot.uav_capacity[j]
        link, window_s = uav_link(slot, k, j, power, uav_xy[j], air), math.inf
        distance = math.dist(uav_xy[j], slot.device_xy[k]) + slot.device_walk_m[k] / 2  # section 12
        covered = at_most(distance, slot.uav_radius_m[j])
    else:
        n = j - uavs
        accuracy, capacity = slot.sat_accuracy[n], slot.sat_capacity[n]
        access = slot.sat_access[k][n]
        covered = access != -1
        link = satellite_link(slot, k, n, access, power, air) if covered else None
        window_s = slot.sat_window_s[k][access] if covered else math.inf

    task = Task(True, set())
    if accuracy < slot.min_accuracy[k] * (1 - TOLERANCE):
        task.broken.add("C2")
    if not covered:
        task.broken.add("C3")
    if link is not None:  # without an access satellite there is no latency to hold against C4 and C5
        task.latency_s, task.energy_j, task.server_j = link.latency_s, link.energy_j(1.0), link.other_j
        if not at_most(task.latency_s, window_s):
            task.broken.add("C4")
        if not at_most(task.latency_s, slot.max_latency_s[k]):
            task.broken.add("C5")
    if load[j] > capacity:
        task.broken.add("C6")

    if task.served:
        weighted_j = link.energy_j(slot.device_energy_weight)
        task.cost = slot.latency_weight * task.latency_s + slot.energy_weight * weighted_j  # (31)
    else:
        task.cost = slot.unserved_penalty  # (31')
    return task


def at_most(value: float, limit: float) -> bool:
    """Whether the value respects the limit, within the tolerance."""
    return value <= limit * (1 + TOLERANCE)


def uav_gain(slot: SimpleNamespace, k: int, m: int, q: list[float]) -> float:
    """Power gain between device k and UAV m hovering over q, Eqs. (6)-(7), on average over the device's way."""
    (x, y), (device_x, device_y) = q, slot.device_xy[k]
    squared_range = (x - device_x) ** 2 + (y - device_y) ** 2 + slot.uav_altitude_m[m] ** 2
    squared_range += slot.device_walk_m[k] ** 2 / 12  # section 12
    return slot.reference_gain * slot.uav_fading[k][m] * squared_range ** (-slot.path_loss_exponent / 2)


def uav_link(slot: SimpleNamespace, k: int, m: int, power: float, q: list[float], air: Air = ALONE) -> Link:
    """Device k on UAV m hovering over q, Eqs. (8)-(9) and (12)-(17)."""
    gain, bandwidth = uav_gain(slot, k, m, q), slot.uav_bandwidth_hz[m]
    up_bps = shared_rate(bandwidth, power, gain, slot.noise_psd, air.sharing, air.at_head_w)  # (8)
    down_w = slot.uav_transmit_w[m]
    down_bps = shared_rate(bandwidth, down_w, gain, slot.noise_psd, air.sharing, air.at_device_w)  # (9)

    up_s = duration(slot.input_bits[k], up_bps)  # (12)
    infer_s = slot.output_words[k] * slot.uav_flop_per_word[m] / slot.uav_flops[m]  # (14)
    down_s = duration(slot.bits_per_word * slot.output_words[k], down_bps)  # (16)
    return Link(
        up_s,
        infer_s,
        down_s,
        device_up_j=power * up_s,  # (13); undefined (NaN) for no power during an infinite time
        other_j=slot.uav_compute_w[m] * infer_s + slot.uav_transmit_w[m] * down_s,  # (15), (17)
    )


def satellite_link(slot: SimpleNamespace, k: int, n: int, access: int, power: float, air: Air = ALONE) -> Link:
    """Device k on satellite n, entered through the access satellite, Eqs. (10)-(11) and (20)-(26)."""
    gain, bandwidth = slot.sat_gain[k][access], slot.sat_bandwidth_hz[access]
    up_bps = shared_rate(bandwidth, power, gain, slot.noise_psd, air.sharing, air.at_head_w)  # (10)
    down_w = slot.sat_transmit_w[access]
    down_bps = shared_rate(bandwidth, down_w, gain, slot.noise_psd, air.sharing, air.at_device_w)  # (11)

    radio_up_s = duration(slot.input_bits[k], up_bps)
    radio_down_s = duration(slot.bits_per_word * slot.output_words[k], down_bps)
    infer_s = slot.output_words[k] * slot.sat_flop_per_word[n] / slot.sat_flops[n]  # (23)

    isl_up_s = isl_down_s = delay_s = 0.0
    if access != n:
        hops = slot.isl_hops[access][n]
        delay_s = slot.isl_delay_s[access][n]
        isl_up_s = hops * slot.input_bits[k] / slot.isl_rate_bps
        isl_down_s = hops * slot.bits_per_word * slot.output_words[k] / slot.isl_rate_bps

    return Link(
        up_s=radio_up_s + isl_up_s + delay_s,  # (20)
        infer_s=infer_s,
        down_s=radio_down_s + isl_down_s + delay_s,  # (25)
        device_up_j=power * radio_up_s,  # first part of (22)
        other_j=slot.isl_power_w * (isl_up_s + isl_down_s)  # the rest of (22) and of (26)
        + slot.sat_compute_w[n] * infer_s  # (24)
        + slot.sat_transmit_w[access] * radio_down_s,  # first part of (26)
    )


def shared_rate(
    bandwidth_hz: float, power_w: float, gain: float, noise_psd: float, sharing: int, interference_w: float
) -> float:
    """The rate in one of several equal parts of a band, each with its part of the interference, (S1) and (I3)."""
    part_hz = bandwidth_hz / sharing
    disturbance_w = noise_psd * part_hz + interference_w / sharing
    return part_hz * math.log1p(power_w * gain / disturbance_w) / math.log(2)  # log2(1 + x) loses a small x


def duration(bits: float, bps: float) -> float:
    """Seconds to send the bits; never, at rate 0."""
    return bits / bps if bps > 0 else math.inf
