"""One environment, for Gymnasium: ``gymnasium.make("skyedge/Offloading-v0", scenario="paper")``."""

from typing import Any

import gymnasium
import numpy as np

from skyedge.problem import InputError, Instance, Scenario, side_by_side
from skyedge.rl.environment.episodes import FreshEpisodes
from skyedge.rl.environment.observation import StructuredObserver
from skyedge.rl.environment.process import Process
from skyedge.rl.environment.vec_env import observation_space


class OffloadingEnv(gymnasium.Env[np.ndarray, Any]):
    """One episode of T slots; a step is a slot. See Section 11 of the formulation.

    Every step's ``info`` has the slot's ``cost`` and ``task_reward`` (K,); the last one's has the ``instance`` and
    the ``decision`` of the whole episode. In the structured track it also has what is ``allowed`` (K, M+N+1) to
    each device from where the UAVs are, as the observation is.

    Parameters
    ----------
    scenario : str or Scenario
        A preset's name, the path of a TOML file, or a scenario.
    view : str
        ``hybrid``, ``packed``, ``box`` or ``multi-discrete``.
    track : str
        ``plain`` or ``structured``.
    reward, xi
        See :class:`skyedge.rl.environment.process.Process`.

    Examples
    --------
    >>> import skyedge.rl
    >>> env = gymnasium.make("skyedge/Offloading-v0", scenario="tiny", view="box", track="plain")
    >>> observation, info = env.reset(seed=0)
    >>> observation, reward, ended, truncated, info = env.step(env.action_space.sample())
    >>> ended, sorted(info)  # tiny has two slots
    (False, ['cost', 'task_reward'])
    """

    def __init__(
        self,
        scenario: str | Scenario = "paper",
        view: str = "hybrid",
        track: str = "plain",
        reward: str = "negative",
        xi: float | None = None,
    ) -> None:
        scenario = scenario if isinstance(scenario, Scenario) else Scenario.load(scenario)
        self.process = Process(FreshEpisodes(scenario, 0), 1, view, track, reward, xi)
        self.observation_space = observation_space(self.process)
        self.action_space = self.process.view.space
        self._seeded = False

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Begin a new episode, or that of ``options={"instance": …}``.

        Without any seed, episodes differ from run to run.

        Raises
        ------
        InputError
            If the instance is of another scenario.
        """
        super().reset(seed=seed)
        if seed is not None or not self._seeded:
            drawn = int(self.np_random.integers(2**63)) if seed is None else seed
            self.process.episodes.restart(drawn)
            self._seeded = True
        observation = self.process.reset(self._given(options))[0]
        return observation, self._masks(observation)

    def _given(self, options: dict[str, Any] | None) -> Any:
        instance: Instance | None = (options or {}).get("instance")
        if instance is None:
            return None
        if instance.scenario != self.process.scenario:
            raise InputError("the instance is of another scenario: make the environment for its scenario")
        return side_by_side([instance])

    def step(self, action: Any) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        """Carry out one slot."""
        step = self.process.step(_alone(action))
        info = {"cost": float(step.cost[0]), "task_reward": step.task_reward[0]} | self._masks(step.observation[0])
        if step.ended:
            assert self.process.flight is not None
            info["instance"], info["decision"] = self.process.flight.episode(0)
        return step.observation[0], float(step.reward[0]), step.ended, False, info

    def _masks(self, observation: np.ndarray) -> dict[str, Any]:
        observer = self.process.observer
        return {"allowed": observer.allowed(observation)} if isinstance(observer, StructuredObserver) else {}


def _alone(action: Any) -> Any:
    """Give an action a leading axis of one environment."""
    if isinstance(action, dict):
        return {name: np.asarray(part)[None] for name, part in action.items()}
    return np.asarray(action)[None]
