"""The contract of every learning algorithm, and how it is found by its name."""

from abc import ABC, abstractmethod
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, PositiveInt
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import VecEnv

from skyedge.problem import InputError, Scenario
from skyedge.problem.common import nearest
from skyedge.rl.environment.episodes import CrowdEpisodes, FreshEpisodes
from skyedge.rl.environment.held_out import HeldOut
from skyedge.rl.environment.process import Process
from skyedge.rl.environment.vec_env import OffloadingVecEnv


class AlgorithmConfig(BaseModel):
    """An algorithm's hyper-parameters.

    Attributes
    ----------
    environments : int
        How many episodes it learns from at a time: make the vectorised environment as large.
    fewest_devices : int, optional
        If given, only some devices ask for anything in an episode, at least so many; for weights that fit every K.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    environments: PositiveInt = 16
    fewest_devices: PositiveInt | None = None

    def without_learning(self) -> Self:
        """Return what builds the same networks, and hardly any memory to learn from."""
        least = {"environments": 1, "n_steps": 2, "batch_size": 2, "buffer_size": 2}
        return self.model_copy(update={name: size for name, size in least.items() if name in type(self).model_fields})

    def arguments(self, *others: str) -> dict[str, Any]:
        """Return what the algorithm itself is given: all fields but those of the environment, and others."""
        return self.model_dump(exclude={*AlgorithmConfig.model_fields, *others})


class Algorithm(ABC):
    """Base of all entries. A subclass sets the class variables and implements :meth:`build`.

    Attributes
    ----------
    name : str
    view : str
        Of the environment, see :data:`skyedge.rl.environment.action_views.VIEWS`.
    tracks : tuple of str
        That it can learn in, the usual one first.
    Config : type of AlgorithmConfig
    """

    name: ClassVar[str]
    view: ClassVar[str]
    tracks: ClassVar[tuple[str, ...]] = ("structured", "plain")
    Config: ClassVar[type[AlgorithmConfig]]

    @classmethod
    def environment(cls, scenario: Scenario, config: AlgorithmConfig, track: str, seed: int) -> OffloadingVecEnv:
        """Return new episodes of a scenario, as the algorithm learns from them."""
        fewest, episodes = config.fewest_devices, FreshEpisodes(scenario, seed)
        if fewest is not None:
            episodes = CrowdEpisodes(scenario, seed, fewest)
        return OffloadingVecEnv(view=cls.view, track=track, count=config.environments, episodes=episodes)

    @classmethod
    def held_out(cls, scenario: Scenario, track: str) -> HeldOut:
        """Return the held-out instances, as the algorithm plays them."""
        return HeldOut(scenario, cls.view, track)

    @staticmethod
    @abstractmethod
    def build(
        vec_env: VecEnv, config: Any, track: str, seed: int, tensorboard_log: str | Path | None = None
    ) -> BaseAlgorithm:
        """Return the algorithm, ready to learn.

        Parameters
        ----------
        vec_env : VecEnv
            An :class:`~skyedge.rl.environment.vec_env.OffloadingVecEnv` of this entry's view and of the track, wrapped
            or not.
        config : AlgorithmConfig
            Of this entry's ``Config``.
        track : str
            ``plain`` or ``structured``.
        seed : int
            Of initial weights and of exploration.
        tensorboard_log : str or Path, optional
            A folder for TensorBoard.
        """


def process_of(vec_env: VecEnv) -> Process:
    """Return the decision process inside a vectorised environment, wrapped or not."""
    process: Process = vec_env.get_attr("process", [0])[0]
    return process


_registry: dict[str, type[Algorithm]] = {}


def register(entry: type[Algorithm]) -> type[Algorithm]:
    """Make an algorithm known by its name (class decorator)."""
    if _registry.setdefault(entry.name, entry) is not entry:
        raise ValueError(f"two algorithms are called {entry.name!r}: {_registry[entry.name]} and {entry}")
    return entry


def available() -> list[str]:
    """Names of all algorithms: those of every module in this package, and those registered elsewhere."""
    import skyedge.rl.algorithms

    for module in iter_modules(skyedge.rl.algorithms.__path__):
        import_module(f"skyedge.rl.algorithms.{module.name}")
    return sorted(_registry)


def get(name: str) -> type[Algorithm]:
    """Return the entry of a name.

    Raises
    ------
    InputError
        If there is none; the error names the nearest.
    """
    if name not in _registry and name not in available():
        raise InputError(f"no learning algorithm is called {name!r}: {nearest(name, _registry)}")
    return _registry[name]
