"""The decision process of Section 11, many episodes at a time: one slot of all of them is one array operation.

It has no physics of its own: costs are the evaluator's.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from skyedge.problem import Decision, Horizons, InputError, Instance, Scenario, Slots, World, score_slots
from skyedge.problem.common import nearest
from skyedge.rl.environment.action_views import VIEWS, SlotDecisions, View
from skyedge.rl.environment.episodes import Episodes
from skyedge.rl.environment.observation import OBSERVERS, Observer

if TYPE_CHECKING:
    from stable_baselines3.common.vec_env import VecEnv

Reward = Callable[[np.ndarray, float], np.ndarray]  # of costs (B,) and ξ


def negative(cost: np.ndarray, xi: float) -> np.ndarray:
    """Return −ξ cost_t: its sum over an episode is the objective."""
    return -xi * cost


def inverse(cost: np.ndarray, xi: float) -> np.ndarray:
    """Return ξ / cost_t, the paper's form; 0 in a slot that costs nothing, since no task is active."""
    return np.divide(xi, cost, out=np.zeros(cost.shape), where=cost > 0)


REWARDS: dict[str, Reward] = {"negative": negative, "inverse": inverse}


def default_xi(scenario: Scenario, reward: str) -> float:
    """Return the ξ that makes rewards about 1 in size: one over the expected number of tasks in a slot, or that."""
    tasks = expected_tasks(scenario)
    return tasks if reward == "inverse" else 1 / tasks


def expected_tasks(scenario: Scenario) -> float:
    """Return the mean number of active devices in a slot: Σ_k 1 − exp(−λ_k), λ_k averaged over its draw."""
    rate = np.linspace(*scenario.arrival_rate, 1001)
    if scenario.hotspot is not None:  # one half of the devices is hot, the other quiet
        rate = np.multiply.outer((1.0, scenario.hotspot.quiet_factor), rate)
    return max(float(scenario.devices * -np.expm1(-rate).mean()), np.finfo(float).tiny)


Named = TypeVar("Named")

AIR = frozenset({"shared_bandwidth", "interference"})
REFUSED = {"plain": frozenset({"battery"}), "structured": frozenset({"battery"}), "model-based": AIR | {"battery"}}


class Step(NamedTuple):
    """What one slot of B episodes brings.

    Attributes
    ----------
    observation : array (B, size)
        Of the next slot, or after the last.
    reward, cost : array (B,)
    task_reward : array (B, K)
        −ξ cost_{t,k}.
    ended : bool
        Whether that was the last slot, of all.
    """

    observation: np.ndarray
    reward: np.ndarray
    cost: np.ndarray
    task_reward: np.ndarray
    ended: bool


@dataclass
class Flight:
    """B episodes and what was decided in them: servers (T, B, K), powers (T, B, K), UAV positions (T, B, M, 2)."""

    horizons: Horizons
    server: np.ndarray
    power: np.ndarray
    uav_xy: np.ndarray

    @classmethod
    def over(cls, horizons: Horizons) -> "Flight":
        """Return an empty record of horizons."""
        path = np.empty((len(horizons.active), *horizons.uav_start_xy.shape))
        return cls(horizons, np.empty(horizons.active.shape, np.int64), np.empty(horizons.active.shape), path)

    def record(self, t: int, decided: SlotDecisions) -> np.ndarray:
        """Take down what was decided in slot t; returns the UAVs' positions (B, M, 2)."""
        self.server[t], self.power[t], self.uav_xy[t] = decided
        return decided.uav_xy

    def episode(self, number: int) -> tuple[Instance, Decision]:
        """Return one episode as an instance and a decision."""
        parts = (self.server, self.power, self.uav_xy)
        return self.horizons.instance(number), Decision(*(part[:, number] for part in parts))


class Process:
    """B episodes of one scenario in lock-step.

    Parameters
    ----------
    episodes : Episodes
        Where they come from.
    count : int
        B.
    view : str
        ``hybrid``, ``packed``, ``box`` or ``multi-discrete``.
    track : str
        ``plain`` or ``structured``.
    reward : str
        ``negative`` (−ξ cost_t) or ``inverse`` (ξ / cost_t).
    xi : float, optional
        ξ; by default what makes rewards about 1 in size.

    Raises
    ------
    InputError
        If a name is unknown, ξ is not positive, or an option of the model is on that the track cannot learn with.
    """

    def __init__(self, episodes: Episodes, count: int, view: str, track: str, reward: str, xi: float | None) -> None:
        scenario = episodes.scenario
        self.episodes, self.count = episodes, count
        self.observer: Observer = _named("track", track, OBSERVERS)(scenario)
        self.view: View = _named("view", view, VIEWS)(self.observer.world, masked=track == "structured")
        _refuse_options(self.observer.world, track)
        self._reward = _named("reward", reward, REWARDS)
        self.xi = default_xi(scenario, reward) if xi is None else xi
        if not 0 < self.xi < float("inf"):
            raise InputError(f"xi is {xi!r}: it must be a positive number")
        self.flight: Flight | None = None

    @property
    def scenario(self) -> Scenario:
        """The scenario of all episodes."""
        return self.episodes.scenario

    def reset(self, horizons: Horizons | None = None) -> np.ndarray:
        """Begin new episodes, given ones or the next of the source; return their first observations (B, size)."""
        self.flight = Flight.over(self.episodes.draw(self.count) if horizons is None else horizons)
        self.t, self.uav_xy = 0, self.flight.horizons.uav_start_xy
        return self._observe(self.flight)

    def take_up(self, server: np.ndarray, power: np.ndarray, uav_xy: np.ndarray) -> np.ndarray:
        """Go on after slots that are decided already, of episodes just begun; return the observations there.

        Parameters
        ----------
        server, power : array (t, B, K)
        uav_xy : array (t, B, M, 2)
            Of the first t slots, t < T, as :class:`Flight` has them.
        """
        flight = self.flight
        assert flight is not None, "reset comes first"
        self.t = len(server)
        flight.server[: self.t], flight.power[: self.t], flight.uav_xy[: self.t] = server, power, uav_xy
        if self.t:
            self.uav_xy = uav_xy[-1]
        return self._observe(flight)

    def step(self, action: Any) -> Step:
        """Carry out B actions."""
        flight = self.flight
        if flight is None or self.t == self.scenario.slots:
            raise InputError("the episode is over, or has not begun: call reset first")
        decided = self.view.decode(action, self.slot, self.uav_xy)
        cost = score_slots(self.slot, *decided).task_cost
        self.uav_xy = flight.record(self.t, decided)
        self.t += 1
        ended = self.t == self.scenario.slots
        observation = self.observer.at_end(len(self.uav_xy)) if ended else self._observe(flight)
        total = cost.sum(axis=-1)
        return Step(observation, self._reward(total, self.xi), total, -self.xi * cost, ended)

    def what_if(self, action: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return the rewards (B,) and per-device rewards (B, K) that B other actions would bring in this slot."""
        cost = score_slots(self.slot, *self.view.decode(action, self.slot, self.uav_xy)).task_cost
        return self._reward(cost.sum(axis=-1), self.xi), -self.xi * cost

    def _observe(self, flight: Flight) -> np.ndarray:
        self.slot: Slots = flight.horizons.at(self.t)
        return self.observer.observe(flight.horizons.arrival_rate, self.t, self.slot, self.uav_xy)


def process_of(vec_env: "VecEnv") -> Process:
    """Return the decision process inside a vectorised environment, wrapped or not."""
    process: Process = vec_env.get_attr("process", [0])[0]
    return process


def _refuse_options(world: World, track: str) -> None:
    refused = sorted(world.options & REFUSED[track])
    if refused:
        raise InputError(
            f"learning in track {track} does not take the option {refused[0]} into account: "
            "switch it off in the scenario, or choose another method (skyedge solvers lists them)"
        )


def _named(what: str, name: str, known: Mapping[str, Named]) -> Named:
    if name not in known:
        raise InputError(f"no {what} is called {name!r}: {nearest(name, known)}")
    return known[name]
