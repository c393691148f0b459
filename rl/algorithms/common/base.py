"""The contract of every learning algorithm. Importing it needs no learning library."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, NonNegativeFloat, PositiveFloat, PositiveInt

from skyedge.problem import Scenario
from skyedge.problem.common import Size
from skyedge.rl.environment.episodes import CrowdEpisodes, FreshEpisodes
from skyedge.rl.environment.process import process_of

if TYPE_CHECKING:
    from stable_baselines3.common.base_class import BaseAlgorithm
    from stable_baselines3.common.policies import BasePolicy
    from stable_baselines3.common.vec_env import VecEnv

    from skyedge.rl.environment.held_out import HeldOut
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


class OnPolicyConfig(AlgorithmConfig):
    """Of PPO and its kind; ``width`` is that of hidden layers.

    ``log_std`` is ln of the standard deviations of real numbers, at first.
    """

    width: Size = 64
    log_std: float = -0.5
    n_steps: PositiveInt = 50
    batch_size: PositiveInt = 200
    n_epochs: PositiveInt = 6
    learning_rate: PositiveFloat = 1e-3
    gamma: NonNegativeFloat = 0.8
    gae_lambda: NonNegativeFloat = 0.8
    clip_range: PositiveFloat = 0.2
    ent_coef: NonNegativeFloat = 0.0
    max_grad_norm: PositiveFloat = 0.5
    vf_coef: NonNegativeFloat = 0.5


class OffPolicyConfig(AlgorithmConfig):
    """Of algorithms with a replay buffer; ``width`` is that of hidden layers.

    One step of all environments comes before ``gradient_steps`` updates.
    """

    width: Size = 64
    learning_rate: PositiveFloat = 1e-3
    buffer_size: PositiveInt = 10_000
    batch_size: PositiveInt = 128
    learning_starts: PositiveInt = 800
    gradient_steps: PositiveInt = 1
    gamma: NonNegativeFloat = 0.8
    tau: PositiveFloat = 0.01


class Algorithm:
    """Base of all entries. A subclass sets the class variables; :meth:`build` may be one of its own.

    Attributes
    ----------
    name : str
    view : str
        Of the environment, see :data:`skyedge.rl.environment.action_views.VIEWS`.
    tracks : tuple of str
        That it can learn in, the usual one first.
    Config : type of AlgorithmConfig
    learner : type of BaseAlgorithm
        The algorithm itself.
    policy : type of BasePolicy
        It is given the scenario, the track and, of the configuration, ``policy_fields``.
    policy_fields : tuple of str
    """

    name: ClassVar[str]
    view: ClassVar[str]
    tracks: ClassVar[tuple[str, ...]] = ("structured", "plain")
    Config: ClassVar[type[AlgorithmConfig]]
    learner: ClassVar["type[BaseAlgorithm]"]
    policy: ClassVar["type[BasePolicy]"]
    policy_fields: ClassVar[tuple[str, ...]] = ("width",)

    @classmethod
    def environment(cls, scenario: Scenario, config: AlgorithmConfig, track: str, seed: int) -> "OffloadingVecEnv":
        """Return new episodes of a scenario, as the algorithm learns from them."""
        from skyedge.rl.environment.vec_env import OffloadingVecEnv

        fewest, episodes = config.fewest_devices, FreshEpisodes(scenario, seed)
        if fewest is not None:
            episodes = CrowdEpisodes(scenario, seed, fewest)
        return OffloadingVecEnv(view=cls.view, track=track, count=config.environments, episodes=episodes)

    @classmethod
    def held_out(cls, scenario: Scenario, track: str) -> "HeldOut":
        """Return the held-out instances, as the algorithm plays them."""
        from skyedge.rl.environment.held_out import HeldOut

        return HeldOut(scenario, cls.view, track)

    @classmethod
    def build(
        cls, vec_env: "VecEnv", config: Any, track: str, seed: int, tensorboard_log: str | Path | None = None
    ) -> "BaseAlgorithm":
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
        policy = {"scenario": process_of(vec_env).scenario, "track": track}
        return cls.learner(
            cls.policy,
            vec_env,
            policy_kwargs=policy | config.model_dump(include=set(cls.policy_fields)),
            seed=seed,
            tensorboard_log=None if tensorboard_log is None else str(tensorboard_log),
            device="cpu",
            **cls.arguments(vec_env, config, track),
        )

    @classmethod
    def arguments(cls, vec_env: "VecEnv", config: Any, track: str) -> dict[str, Any]:
        """Return what the algorithm is given besides: by default the hyper-parameters that are not its policy's."""
        arguments: dict[str, Any] = config.arguments(*cls.policy_fields)
        return arguments
