"""AD-SAC as an algorithm of stable-baselines3, for any environment with a hybrid action."""

from typing import Any, ClassVar

import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3.common.buffers import DictReplayBuffer, ReplayBuffer
from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.preprocessing import get_flattened_obs_dim
from stable_baselines3.common.torch_layers import CombinedExtractor, FlattenExtractor
from stable_baselines3.common.type_aliases import PyTorchObs, Schedule
from stable_baselines3.common.utils import polyak_update
from torch import Tensor

from skyedge.rl.ad_sac.agents import Agents
from skyedge.rl.ad_sac.batch import Batch
from skyedge.rl.ad_sac.flat.agents import HybridAgents
from skyedge.rl.ad_sac.hybrid_actions import HybridActions
from skyedge.rl.ad_sac.settings import AdSacSettings


class AdSacPolicy(BasePolicy):
    """Acts by ℓ; holds both agents too."""

    def __init__(
        self,
        observation_space: spaces.Space,
        action_space: spaces.Space,
        lr_schedule: Schedule,
        settings: AdSacSettings,
    ) -> None:
        parts = isinstance(observation_space, spaces.Dict)
        super().__init__(observation_space, action_space, CombinedExtractor if parts else FlattenExtractor)
        self.settings = settings
        self.flatten = self.make_features_extractor()
        self.actions = HybridActions(action_space)
        self.agents = self.make_agents(get_flattened_obs_dim(observation_space))
        critics = [weight for part in self.agents.critics() for weight in part.parameters()]
        known = set(critics)
        actors = [weight for weight in self.agents.parameters() if weight.requires_grad and weight not in known]
        groups = [
            {"params": critics, "lr": settings.critic_learning_rate},
            {"params": actors, "lr": settings.actor_learning_rate},
        ]
        self.optimizer = torch.optim.Adam(groups, fused=True)

    def make_agents(self, size: int) -> Agents:
        """Return new agents for flat observations."""
        return HybridAgents(size, self.actions, self.settings)

    def rows(self, observation: Any, deterministic: bool = False) -> np.ndarray:
        """Return packed actions of observations with a leading axis."""
        seen = self.features(self.obs_to_tensor(observation)[0])
        return self.agents.act(seen, deterministic).numpy()

    def set_training_mode(self, mode: bool) -> None:
        """No layer behaves differently while learning, so only say so."""
        self.training = mode

    def acting_state(self) -> dict[str, Tensor]:
        """Return the weights that decisions depend on, by their names."""
        kept = {weight for part in self.agents.acting() for weight in part.parameters()}
        named = dict(self.named_parameters())
        return {name: weight for name, weight in named.items() if weight in kept}

    def features(self, observation: PyTorchObs) -> Tensor:
        """Return observations as flat rows."""
        return self.extract_features(observation, self.flatten)

    def _predict(self, observation: PyTorchObs, deterministic: bool = False) -> Tensor:
        return self.agents.act(self.features(observation), deterministic)

    def predict(
        self,
        observation: Any,
        state: tuple[np.ndarray, ...] | None = None,
        episode_start: np.ndarray | None = None,
        deterministic: bool = False,
    ) -> tuple[Any, tuple[np.ndarray, ...] | None]:
        """Return actions of the environment's space: a list of them where the space has parts."""
        actions = self.actions.unpack(self.rows(observation, deterministic))
        return actions if self.obs_to_tensor(observation)[1] else actions[0], state

    def _get_constructor_parameters(self) -> dict[str, Any]:
        known = {"observation_space": self.observation_space, "action_space": self.action_space}
        return known | {"lr_schedule": self._dummy_schedule, "settings": self.settings}


class AdSac(OffPolicyAlgorithm):
    """Soft actor–critic with a discrete and a continuous agent and a hybrid policy ℓ.

    Parameters
    ----------
    policy : str or type of AdSacPolicy
        ``MlpPolicy``.
    env : gymnasium.Env, VecEnv or str
        Its action may be ``Discrete``, ``MultiDiscrete``, ``MultiBinary`` or ``Box``, or a ``Dict`` or ``Tuple`` of
        such. To ask for counterfactuals it must be vectorised and have a method ``what_if(rows)``.
    buffer_size, batch_size, learning_starts, train_freq, gradient_steps, tau
        As for stable-baselines3's SAC.
    settings
        The fields of :class:`~skyedge.rl.ad_sac.settings.AdSacSettings`.
    """

    policy: AdSacPolicy
    settings_class: ClassVar[type[AdSacSettings]] = AdSacSettings
    policy_aliases: ClassVar[dict[str, type[BasePolicy]]] = {"MlpPolicy": AdSacPolicy}

    def __init__(
        self,
        policy: str | type[AdSacPolicy],
        env: Any,
        buffer_size: int = 10_000,
        batch_size: int = 128,
        learning_starts: int = 800,
        train_freq: int = 1,
        gradient_steps: int = 1,
        tau: float = 0.01,
        policy_kwargs: dict[str, Any] | None = None,
        tensorboard_log: str | None = None,
        verbose: int = 0,
        device: str = "cpu",
        seed: int | None = None,
        _init_setup_model: bool = True,
        **settings: Any,
    ) -> None:
        self.settings = self.settings_class(**settings)
        super().__init__(
            policy,
            env,
            self.settings.critic_learning_rate,
            buffer_size=buffer_size,
            batch_size=batch_size,
            learning_starts=learning_starts,
            train_freq=train_freq,
            gradient_steps=gradient_steps,
            tau=tau,
            policy_kwargs=(policy_kwargs or {}) | {"settings": self.settings},
            tensorboard_log=tensorboard_log,
            verbose=verbose,
            device=device,
            support_multi_env=True,
            seed=seed,
            sde_support=False,
        )
        if _init_setup_model:
            self._setup_model()

    def _setup_model(self) -> None:
        self.actions = HybridActions(self.action_space)
        self.replay_buffer = self._make_buffer()
        super()._setup_model()

    def _make_buffer(self) -> ReplayBuffer:
        """Return a buffer of packed actions, each with its counterfactuals behind it."""
        more = 2 * len(self.actions.options) * self.settings.counterfactuals
        stored = spaces.Box(-np.inf, np.inf, (self.actions.width + more,), np.float32)
        arguments = (self.buffer_size, self.observation_space, stored, self.device, self.n_envs)
        parts = isinstance(self.observation_space, spaces.Dict)
        return DictReplayBuffer(*arguments) if parts else ReplayBuffer(*arguments)  # type: ignore[arg-type]

    def _sample_action(self, learning_starts: int, action_noise: Any = None, n_envs: int = 1) -> tuple[Any, np.ndarray]:
        """Return actions for the environment, drawn evenly at first and then by ℓ, and what is stored of them."""
        early = self.num_timesteps < learning_starts
        rows = self._warm_up(n_envs) if early else self.policy.rows(self._last_obs)
        return self.actions.unpack(rows), np.concatenate([rows, self._counterfactuals(rows)], axis=1)

    def _warm_up(self, count: int) -> np.ndarray:
        return self.actions.sample(count, self.action_space.np_random)

    def _counterfactuals(self, rows: np.ndarray) -> np.ndarray:
        """Return other options of each branch and the rewards that each alone would bring (Algorithm 1, line 6).

        Per row: the options of n branches, c each, and then as many rewards.
        """
        branches, count = len(self.actions.options), self.settings.counterfactuals
        if not count:
            return np.zeros((len(rows), 0))
        assert self.env is not None
        drawn = [self.actions.sample(len(rows), self.action_space.np_random)[:, :branches] for _ in range(count)]
        options = np.stack(drawn, axis=-1)  # (N, n, c)
        rewards = np.empty(options.shape)
        for branch, which in np.ndindex(branches, count):
            others = rows.copy()
            others[:, branch] = options[:, branch, which]
            actions = self.actions.unpack(others)
            rewards[:, branch, which] = self.env.env_method("what_if", actions, indices=[0])[0]
        return np.concatenate([part.reshape(len(rows), -1) for part in (options, rewards)], axis=1)

    def train(self, gradient_steps: int, batch_size: int = 100) -> None:
        """Update all networks, ``gradient_steps`` times."""
        self.policy.set_training_mode(True)
        records: list[dict[str, float]] = []
        for _ in range(gradient_steps):
            assert self.replay_buffer is not None
            losses = self.policy.agents.losses(self._batch(batch_size))
            self.policy.optimizer.zero_grad()
            torch.stack(list(losses.values())).sum().backward()
            torch.nn.utils.clip_grad_norm_(self.policy.agents.parameters(), self.settings.max_grad_norm)
            self.policy.optimizer.step()
            self._follow()
            records.append({name: float(loss.detach()) for name, loss in losses.items()})
        for name in records[0]:
            self.logger.record(f"train/{name}", float(np.mean([record[name] for record in records])))
        self.logger.record("train/n_updates", self._n_updates, exclude="tensorboard")

    def _batch(self, batch_size: int) -> Batch:
        assert self.replay_buffer is not None
        sample = self.replay_buffer.sample(batch_size)
        branches, count = len(self.actions.options), self.settings.counterfactuals
        sizes = (branches, self.actions.coordinates, branches * count, branches * count)
        choice, level, instead, reward = sample.actions.split(sizes, dim=1)
        return Batch(
            observation=self.policy.features(sample.observations),
            choice=choice.long(),
            level=level,
            reward=self._reward(sample),
            following=self.policy.features(sample.next_observations),
            done=sample.dones[:, 0],
            instead=instead.long().unflatten(1, (branches, count)),
            instead_reward=reward.unflatten(1, (branches, count)),
        )

    def _reward(self, sample: Any) -> Tensor:
        reward: Tensor = sample.rewards[:, 0]
        return reward

    def _follow(self) -> None:
        """Let targets follow, and now and then the old ℓ."""
        agents = self.policy.agents
        for source, target in agents.pairs():
            polyak_update(source.parameters(), target.parameters(), self.tau)
        self._n_updates += 1
        if self._n_updates % self.settings.refresh == 0:
            for new, old in agents.old_pairs():
                old.load_state_dict(new.state_dict())

    def _get_torch_save_params(self) -> tuple[list[str], list[str]]:
        return ["policy", "policy.optimizer"], []
