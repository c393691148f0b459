"""N environments as one array operation, for stable-baselines3."""

from typing import Any

import numpy as np
from gymnasium import spaces
from stable_baselines3.common.vec_env import VecEnv
from stable_baselines3.common.vec_env.base_vec_env import VecEnvIndices, VecEnvObs, VecEnvStepReturn

from skyedge.problem import Decision, Instance, Scenario
from skyedge.rl.environment.episodes import Episodes, FreshEpisodes
from skyedge.rl.environment.process import Flight, Process, Step


class OffloadingVecEnv(VecEnv):
    """N episodes in lock-step: all begin and end together, so a rollout of T steps is N whole episodes.

    Every ``info`` has the slot's ``cost``. What would be slow to hand out one by one is an attribute:
    ``task_reward`` (N, K) of the last step, and :meth:`finished_episode`.

    Parameters
    ----------
    scenario : str or Scenario
        A preset's name, the path of a TOML file, or a scenario.
    count : int
        N.
    view : str
        ``hybrid`` (of which :meth:`step` takes a dictionary of arrays with a leading axis N), ``packed``,
        ``box`` or ``multi-discrete``.
    track : str
        ``plain`` or ``structured``.
    reward, xi
        See :class:`skyedge.rl.environment.process.Process`.
    episodes : Episodes, optional
        Where episodes come from; fresh ones of ``scenario`` by default.
    seed : int
        Of fresh episodes.
    """

    def __init__(
        self,
        scenario: str | Scenario = "paper",
        count: int = 16,
        view: str = "hybrid",
        track: str = "plain",
        reward: str = "negative",
        xi: float | None = None,
        episodes: Episodes | None = None,
        seed: int = 0,
    ) -> None:
        if episodes is None:
            episodes = FreshEpisodes(scenario if isinstance(scenario, Scenario) else Scenario.load(scenario), seed)
        self.process = Process(episodes, count, view, track, reward, xi)
        self.render_mode: str | None = None
        self.task_reward = np.zeros((count, episodes.scenario.devices))
        self._finished: Flight | None = None
        self._action: Any = None
        super().__init__(count, observation_space(self.process), self.process.view.space)

    def reset(self) -> VecEnvObs:
        """Begin N new episodes; a seed given before takes effect."""
        if self._seeds[0] is not None:
            self.process.episodes.restart(self._seeds[0])
        self._reset_seeds()
        self._reset_options()
        return self.process.reset()

    def step_async(self, actions: Any) -> None:
        """Take N actions."""
        self._action = actions

    def step_wait(self) -> VecEnvStepReturn:
        """Carry them out; after the last slot, begin N new episodes."""
        step = self.process.step(self._action)
        self.task_reward = step.task_reward
        infos: list[dict[str, Any]] = [{"cost": cost} for cost in step.cost.tolist()]
        observation = self._begin_again(step, infos) if step.ended else step.observation
        dones = np.full(self.num_envs, step.ended)
        return observation, step.reward, dones, infos

    def what_if(self, actions: Any) -> np.ndarray:
        """Return the rewards (N,) that other actions would bring now, without carrying them out."""
        return self.process.what_if(actions)[0]

    def _begin_again(self, step: Step, infos: list[dict[str, Any]]) -> np.ndarray:
        for info, last in zip(infos, step.observation, strict=True):
            info["terminal_observation"] = last
        self._finished = self.process.flight
        return self.process.reset()

    def finished_episode(self, number: int) -> tuple[Instance, Decision]:
        """Return the episode that environment ``number`` finished last: its instance and what was decided."""
        assert self._finished is not None, "no episode has ended yet"
        return self._finished.episode(number)

    def close(self) -> None:
        """Nothing is held that needs closing."""

    def get_attr(self, attr_name: str, indices: VecEnvIndices = None) -> list[Any]:
        """Return an attribute of this object, once per environment: they are all one."""
        return [getattr(self, attr_name) for _ in self._get_indices(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: VecEnvIndices = None) -> None:
        """Set an attribute, of all environments at once."""
        setattr(self, attr_name, value)

    def env_method(
        self, method_name: str, *method_args: Any, indices: VecEnvIndices = None, **method_kwargs: Any
    ) -> list[Any]:
        """Call a method of this object, once per environment."""
        return [getattr(self, method_name)(*method_args, **method_kwargs) for _ in self._get_indices(indices)]

    def env_is_wrapped(self, wrapper_class: type, indices: VecEnvIndices = None) -> list[bool]:
        """No environment is wrapped."""
        return [False for _ in self._get_indices(indices)]


def observation_space(process: Process) -> spaces.Box:
    """Return the space of flat observations."""
    return spaces.Box(-np.inf, np.inf, (process.observer.layout.size,), np.float32)
