"""What a learner sees: the raw state of the paper, or features that hold what the closed forms know.

Both describe slot t before the UAVs move. A structured policy decides in two steps, and asks in between, by
:meth:`StructuredObserver.after_moves`, what the slot looks like from the new positions.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, NamedTuple

import numpy as np

from skyedge.problem import Scenario, ServerCosts, Slots, World, best_cost, server_costs, world_of
from skyedge.problem.physics.equations import mean_squared_distance, snr_per_watt, uav_gain
from skyedge.problem.physics.links import squared_distances
from skyedge.rl.environment.feature_scales import Scales
from skyedge.rl.environment.masks import allowed_choices, moved

LOOK_AHEAD = (0, 3, 6, 9, 12)  # slots ahead at which the public arrival rates are shown


class Group(NamedTuple):
    """Rows of equal meaning: where they start, how many they are, and how wide each is."""

    start: int
    rows: int
    width: int


class Layout:
    """A flat observation as three tables, one after the other: a row per device, a row per UAV, one for the slot.

    Parameters
    ----------
    rows : mapping of str to int
        How many rows each table has.
    columns : mapping of str to mapping of str to int
        The names of each table's columns, and how many columns share a name. Names are unique over all tables.

    Attributes
    ----------
    size : int
        Length of an observation.
    groups : dict of str to Group
    columns : dict of str to slice
        Where a name stands within a row of its table.
    """

    def __init__(self, rows: Mapping[str, int], columns: Mapping[str, Mapping[str, int]]) -> None:
        self.groups: dict[str, Group] = {}
        self.columns: dict[str, slice] = {}
        self._group_of: dict[str, str] = {}
        self.size = 0
        for group, widths in columns.items():
            width = 0
            for name, wide in widths.items():
                self.columns[name] = slice(width, width + wide)
                self._group_of[name] = group
                width += wide
            self.groups[group] = Group(self.size, rows[group], width)
            self.size += rows[group] * width

    def table(self, observation: Any, group: str) -> Any:
        """Return a table (…, rows, width) of observations (…, size); numpy arrays and torch tensors give views."""
        start, rows, width = self.groups[group]
        return observation[..., start : start + rows * width].reshape(*observation.shape[:-1], rows, width)

    def part(self, observation: Any, name: str) -> Any:
        """Return the columns of a name (…, rows, columns) of observations (…, size), as views."""
        return self.table(observation, self._group_of[name])[..., self.columns[name]]


class Observer(ABC):
    """Writes observations of one scenario, many at a time. Features are about 1 in size; idle devices ask for 0.

    Attributes
    ----------
    layout : Layout
        Tables ``device`` (active; D, L, T^max, A^min; x, y; where devices move within slots, how far; and what the
        track adds), ``uav`` (x, y) and ``slot`` (t/T, and what the track adds). Positions run from −1 to 1 over the
        area.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario, self.world, self.scales = scenario, world_of(scenario), Scales.of(scenario)
        device = {"active": 1, "request": 4, "device_xy": 2} | ({"walk": 1} if scenario.device_motion else {})
        columns = {"device": device, "uav": {"uav_xy": 2}, "slot": {"time": 1}}
        for table, more in self._columns().items():
            columns[table] |= more
        self.layout = Layout({"device": self.world.devices, "uav": self.world.uavs, "slot": 1}, columns)

    @abstractmethod
    def _columns(self) -> Mapping[str, Mapping[str, int]]:
        """Columns that the track adds, by table."""

    @abstractmethod
    def _write(self, observation: np.ndarray, rates: np.ndarray, slot: Slots, uav_xy: np.ndarray) -> None:
        """Fill them in; the rates ahead are (B, K, 5)."""

    def observe(self, arrival_rate: np.ndarray, t: int, slot: Slots, uav_xy: np.ndarray) -> np.ndarray:
        """Return observations of slot t.

        Parameters
        ----------
        arrival_rate : array (T + 60, B, K)
            λ_k(t) of B horizons, public in advance.
        t : int
        slot : Slots
            Slot t of all of them, with a leading axis B.
        uav_xy : array (B, M, 2)
            UAV positions before the move [m].

        Returns
        -------
        array (B, size)
        """
        observation = np.empty((len(uav_xy), self.layout.size), np.float32)
        part = self.layout.part
        part(observation, "active")[..., 0] = slot.active
        request = part(observation, "request")
        request[..., 0] = slot.input_bits / self.scales.input_bits
        request[..., 1] = slot.output_words / self.scales.output_words
        request[..., 2] = slot.max_latency_s / self.scales.max_latency_s
        request[..., 3] = slot.min_accuracy
        half = self.world.area_m / 2
        part(observation, "device_xy")[:] = slot.device_xy / half - 1
        part(observation, "uav_xy")[:] = uav_xy / half - 1
        if self.scenario.device_motion:
            part(observation, "walk")[..., 0] = slot.device_walk_m / half.min()
        part(observation, "time")[:] = t / self.scenario.slots
        rates = np.moveaxis(arrival_rate[t + np.array(LOOK_AHEAD)], 0, -1)
        self._write(observation, rates, slot, uav_xy)
        return observation

    def at_end(self, count: int) -> np.ndarray:
        """Return observations (B, size) after the last slot: nothing is asked any more, and t/T is 1."""
        observation = np.zeros((count, self.layout.size), np.float32)
        self.layout.part(observation, "time")[:] = 1.0
        return observation

    def servable(self, observation: np.ndarray) -> np.ndarray:
        """Return which choices could serve each device wherever UAVs were, bool (B, K, M+N+1), as far as is known."""
        return np.ones((len(observation), self.world.devices, self.world.servers + 1), bool)

    def after_moves(self, observation: np.ndarray, moves: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return what a policy may know once UAVs have moved, and what is allowed then, bool (B, K, M+N+1).

        Without closed forms and masks, that is what it knew before, and everything.
        """
        return observation, self.servable(observation)


class PlainObserver(Observer):
    """The state (32) as it is: arrival rates, fading, satellite gains, windows, access satellites and routes."""

    def _columns(self) -> dict[str, dict[str, int]]:
        uavs, satellites = self.world.uavs, self.world.satellites
        links = {"fading": uavs, "gain": satellites, "window": satellites, "access": satellites}
        return {
            "device": {"rate": len(LOOK_AHEAD), **links},
            "slot": {"hops": satellites**2, "delay": satellites**2},
        }

    def _write(self, observation: np.ndarray, rates: np.ndarray, slot: Slots, uav_xy: np.ndarray) -> None:
        part, scales, satellites = self.layout.part, self.scales, self.world.satellites
        part(observation, "rate")[:] = rates / scales.arrival_rate
        part(observation, "fading")[:] = slot.uav_fading
        part(observation, "gain")[:] = slot.sat_gain / scales.sat_gain
        part(observation, "window")[:] = slot.sat_window_s / scales.window_s
        part(observation, "access")[:] = (slot.sat_access + 1) / max(satellites, 1)
        pairs = (len(observation), 1, satellites**2)
        part(observation, "hops")[:] = slot.isl_hops.reshape(pairs) / max(satellites, 1)
        part(observation, "delay")[:] = slot.isl_delay_s.reshape(pairs) / scales.max_latency_s


class StructuredObserver(Observer):
    """Features that hold what the closed forms know: best costs, link qualities, chances of a request to come."""

    def _columns(self) -> dict[str, dict[str, int]]:
        servers = self.world.servers
        return {
            "device": {
                "activity": len(LOOK_AHEAD),  # 1 - exp(-λ_k(t + h))
                "snr": servers,  # ln(1 + SNR) at full power, over that right below the server
                "window": self.world.satellites,
                "cost": servers,  # from -1 to 1, which is φ, and what a server that is no choice has
                "cost_below": self.world.uavs,  # the same, were the UAV straight above
            }
        }

    def _write(self, observation: np.ndarray, rates: np.ndarray, slot: Slots, uav_xy: np.ndarray) -> None:
        part, scales = self.layout.part, self.scales
        part(observation, "activity")[:] = -np.expm1(-rates)
        part(observation, "window")[:] = slot.sat_window_s / scales.window_s
        snr = slot.max_power_w[:, None] * snr_per_watt(slot.sat_gain, slot.sat_bandwidth_hz, slot.noise_psd)
        uavs = self.world.uavs
        part(observation, "snr")[..., uavs:] = np.log1p(snr) / scales.log_snr[uavs:]
        costs = server_costs(slot, uav_xy)
        part(observation, "cost")[..., uavs:] = self._cost_feature(costs.cost[..., uavs:])
        part(observation, "cost_below")[:] = self._cost_feature(self._cost_below(slot))
        self._write_uavs(observation, slot, uav_xy, costs)

    def _write_uavs(self, observation: np.ndarray, slot: Slots, uav_xy: np.ndarray, costs: ServerCosts) -> None:
        """Fill in what depends on the UAVs' positions: their links and costs."""
        uavs = self.world.uavs
        power_w = slot.max_power_w[:, None]
        snr = power_w * slot.uav_fading * self._snr_per_fading(slot.device_xy, slot.device_walk_m, uav_xy)
        self.layout.part(observation, "snr")[..., :uavs] = np.log1p(snr) / self.scales.log_snr[:uavs]
        self.layout.part(observation, "cost")[..., :uavs] = self._cost_feature(costs.cost[..., :uavs])

    def _cost_below(self, slot: Slots) -> np.ndarray:
        """Best costs (B, K, M) on UAVs that are straight above."""
        horizon, device, uav = np.ix_(*(np.arange(size) for size in (*slot.active.shape, self.world.uavs)))
        return best_cost(slot, horizon, device, uav, 0.0).cost

    def _snr_per_fading(self, device_xy: np.ndarray, walk_m: np.ndarray, uav_xy: np.ndarray) -> np.ndarray:
        """SNR per watt of UAV links (…, K, M) whose |g|² is 1."""
        world, squared = self.world, mean_squared_distance(squared_distances(device_xy, uav_xy), walk_m[..., None])
        gain = uav_gain(1.0, squared, world.uav_altitude_m, world.reference_gain, world.path_loss_exponent)
        return snr_per_watt(gain, world.uav_bandwidth_hz, world.noise_psd)

    def _cost_feature(self, cost: np.ndarray) -> np.ndarray:
        penalty = self.world.unserved_penalty
        return np.minimum(cost, penalty) * (2 / penalty) - 1

    def allowed(self, observation: np.ndarray) -> np.ndarray:
        """Return which choices (…, K, M+N+1) can serve each device: accurate, covered, reachable and in time.

        The last choice, "not offloaded", always is; idle devices have no other. Capacities are left to
        :func:`skyedge.rl.environment.masks.assign_in_turn`.
        """
        return allowed_choices(self.layout.part(observation, "cost") < 1)

    def servable(self, observation: np.ndarray) -> np.ndarray:
        """Return the same, were each UAV straight above each device."""
        satellites = self.layout.part(observation, "cost")[..., self.world.uavs :]
        best = np.concatenate([self.layout.part(observation, "cost_below"), satellites], axis=-1)
        return allowed_choices(best < 1)

    def after_moves(self, observation: np.ndarray, moves: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the observations as they are once the UAVs have moved, and what is allowed then.

        Needs no environment: all that the new positions change follows from the observation itself.

        Parameters
        ----------
        observation : array (B, size)
            Before the move.
        moves : array (B, M, 2)
            As in an action: displacements in units of the reach.

        Returns
        -------
        observation : array (B, size)
            Equal to the given one, but for the UAVs' positions, links and costs.
        allowed : bool array (B, K, M+N+1)
        """
        here = self.positions(observation)
        return self.with_uavs_at(observation, moved(here, moves, self.world))

    def positions(self, observation: np.ndarray) -> np.ndarray:
        """Return where the UAVs are [m], (B, M, 2)."""
        return (self.layout.part(observation, "uav_xy").astype(float) + 1) * (self.world.area_m / 2)

    def with_uavs_at(self, observation: np.ndarray, uav_xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the observations as they would be with the UAVs at (B, M, 2) [m], and what is allowed then."""
        observation = np.array(observation, np.float32)
        slot = self._uav_slots(observation, self.positions(observation))
        self.layout.part(observation, "uav_xy")[:] = uav_xy / (self.world.area_m / 2) - 1
        self._write_uavs(observation, slot, uav_xy, server_costs(slot, uav_xy))
        return observation, self.allowed(observation)

    def _uav_slots(self, observation: np.ndarray, uav_xy: np.ndarray) -> Slots:
        """Return the slots behind observations, as far as UAVs are concerned: in a world without satellites."""

        def part(name: str) -> np.ndarray:
            return self.layout.part(observation, name).astype(float)

        lead = (len(observation), self.world.devices)
        request, device_xy, uavs = part("request"), (part("device_xy") + 1) * self.world.area_m / 2, self.world.uavs
        walk_m = part("walk")[..., 0] * self.world.area_m.min() / 2 if self.scenario.device_motion else np.zeros(lead)
        snr = np.expm1(part("snr")[..., :uavs] * self.scales.log_snr[:uavs])
        full = self.world.max_power_w[:, None] * self._snr_per_fading(device_xy, walk_m, uav_xy)
        return Slots(
            **_without_satellites(self.world),
            device_xy=device_xy,
            active=part("active")[..., 0] > 0.5,
            input_bits=request[..., 0] * self.scales.input_bits,
            output_words=request[..., 1] * self.scales.output_words,
            max_latency_s=request[..., 2] * self.scales.max_latency_s,
            min_accuracy=np.round(request[..., 3], 6),  # as it was before it became a float32
            uav_fading=np.divide(snr, full, out=np.zeros(snr.shape), where=full > 0),
            sat_gain=np.zeros((*lead, 0)),
            sat_window_s=np.zeros((*lead, 0)),
            sat_access=np.zeros((*lead, 0), int),
            isl_hops=np.zeros((len(observation), 0, 0), int),
            isl_delay_s=np.zeros((len(observation), 0, 0)),
            device_walk_m=walk_m,
        )


def _without_satellites(world: World) -> dict[str, Any]:
    values = {field.name: getattr(world, field.name) for field in fields(World)}
    return {name: value[:0] if name.startswith("sat_") else value for name, value in values.items()}


OBSERVERS: dict[str, type[Observer]] = {
    "plain": PlainObserver,
    "structured": StructuredObserver,
    "model-based": StructuredObserver,
}
