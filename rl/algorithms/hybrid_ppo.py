"""Hybrid-PPO: proximal policy optimisation whose one policy has categorical and squashed Gaussian heads.

After Fan et al. 2019, with what the structured track adds: moves are seen before servers are chosen, and devices
are credited with their own rewards.
"""

from typing import NamedTuple

import numpy as np
import torch
from pydantic import NonNegativeFloat
from stable_baselines3 import PPO
from stable_baselines3.common.buffers import RolloutBuffer
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.vec_env import VecEnv
from torch import Tensor

from skyedge.rl.algorithms.common.base import Algorithm, OnPolicyConfig
from skyedge.rl.algorithms.common.registry import register
from skyedge.rl.algorithms.hybrid.credit import CREDITS, Outcome, weighted_mean
from skyedge.rl.algorithms.hybrid.policy import HybridPolicy, Sample


class Rollout(NamedTuple):
    """All that was done in a rollout, in rows (T·N, …)."""

    observation: Tensor
    sample: Sample
    log_prob: Tensor
    advantage: Tensor
    outcome: Outcome

    def rows(self, index: Tensor) -> "Rollout":
        """Return some of the rows."""
        sample = Sample(*(column[index] for column in self.sample))
        outcome = Outcome(*(column[index] for column in self.outcome))
        return Rollout(self.observation[index], sample, self.log_prob[index], self.advantage[index], outcome)


class HybridPPO(PPO):
    """stable-baselines3's PPO on packed hybrid actions, by factors (:mod:`skyedge.rl.algorithms.hybrid.credit`).

    Log-probabilities and values of a rollout are computed at its end, all at once: the weights are still the same.
    """

    policy: HybridPolicy  # type: ignore[assignment]

    def collect_rollouts(
        self, env: VecEnv, callback: BaseCallback, rollout_buffer: RolloutBuffer, n_rollout_steps: int
    ) -> bool:
        """Play ``n_rollout_steps`` slots in every environment."""
        rollout_buffer.reset()
        samples, task_rewards = [], []
        callback.on_rollout_start()
        nothing = torch.zeros(env.num_envs)
        for _ in range(n_rollout_steps):
            assert isinstance(self._last_obs, np.ndarray)
            assert self._last_episode_starts is not None
            sample = self.policy.act(torch.as_tensor(self._last_obs))
            action = self.policy.packed(sample).numpy()
            observation, reward, dones, infos = env.step(action)
            assert isinstance(observation, np.ndarray)
            self.num_timesteps += env.num_envs
            callback.update_locals(locals())
            if not callback.on_step():
                return False
            self._update_info_buffer(infos, dones)
            rollout_buffer.add(self._last_obs, action, reward, self._last_episode_starts, nothing, nothing)
            samples.append(sample)
            task_rewards.append(env.get_attr("task_reward", [0])[0])
            self._last_obs, self._last_episode_starts = observation, dones
        self._finish(rollout_buffer, samples, np.stack(task_rewards))
        callback.update_locals(locals())
        callback.on_rollout_end()
        return True

    @torch.no_grad()
    def _finish(self, buffer: RolloutBuffer, samples: list[Sample], task_reward: np.ndarray) -> None:
        """Judge what was done, as the policy did it."""
        rows = buffer.buffer_size * buffer.n_envs
        observation = torch.as_tensor(buffer.observations).reshape(rows, -1)
        sample = Sample(*(torch.cat(column) for column in zip(*samples, strict=True)))
        judged = self.policy.judge(observation, sample)
        buffer.values[:] = judged.value.numpy().reshape(buffer.values.shape)
        last = self.policy.critic(torch.as_tensor(self._last_obs)).joint[:, 0]
        buffer.compute_returns_and_advantage(last, np.asarray(self._last_episode_starts))
        outcome = Outcome(
            task_reward=torch.as_tensor(task_reward, dtype=torch.float32).reshape(rows, -1) * task_reward.shape[-1],
            active=self.policy.observer.layout.part(observation, "active")[..., 0],
            advantage=torch.as_tensor(buffer.advantages).reshape(rows),
            joint_return=torch.as_tensor(buffer.returns).reshape(rows),
        )
        credit = CREDITS[self.policy.track]
        log_prob = credit.factors(judged, outcome.active).log_prob
        self._rollout = Rollout(observation, sample, log_prob, credit.advantages(judged, outcome), outcome)

    def train(self) -> None:
        """Update the policy, ``n_epochs`` times over the rollout."""
        self._update_learning_rate(self.policy.optimizer)
        records: list[dict[str, float]] = []
        for _ in range(self.n_epochs):
            for index in torch.randperm(len(self._rollout.observation)).split(self.batch_size):
                loss, terms = self._loss(self._rollout.rows(index))
                self.policy.optimizer.zero_grad()
                loss.backward()
                torch.nn.utils.clip_grad_norm_(self.policy.parameters(), self.max_grad_norm)
                self.policy.optimizer.step()
                records.append(terms)
        del self._rollout  # what is left are weights, which is what is saved
        self._n_updates += self.n_epochs
        for name in records[0]:
            self.logger.record(f"train/{name}", float(np.mean([terms[name] for terms in records])))
        self.logger.record("train/n_updates", self._n_updates, exclude="tensorboard")

    def _loss(self, rows: Rollout) -> tuple[Tensor, dict[str, float]]:
        judged, credit = self.policy.judge(rows.observation, rows.sample), CREDITS[self.policy.track]
        factors = credit.factors(judged, rows.outcome.active)
        clip = self.clip_range(self._current_progress_remaining)  # type: ignore[operator]
        log_ratio = factors.log_prob - rows.log_prob
        ratio = log_ratio.exp()
        gain = torch.min(ratio * rows.advantage, ratio.clamp(1 - clip, 1 + clip) * rows.advantage)
        policy_loss = -weighted_mean(gain, factors.weight)
        value_loss = credit.value_loss(judged, rows.outcome)
        entropy = weighted_mean(factors.entropy, factors.weight)
        loss = policy_loss + self.vf_coef * value_loss - self.ent_coef * entropy
        with torch.no_grad():
            kl = weighted_mean(ratio - 1 - log_ratio, factors.weight)
        terms = {"policy_loss": policy_loss, "value_loss": value_loss, "entropy": entropy, "approx_kl": kl}
        return loss, {name: float(term.detach()) for name, term in terms.items()}


class HybridPPOConfig(OnPolicyConfig):
    """Hyper-parameters; ``log_std`` is meant before squashing."""

    ent_coef: NonNegativeFloat = 0.003


@register
class HybridPPOEntry(Algorithm):
    """``hybrid-ppo``."""

    name, view = "hybrid-ppo", "packed"
    Config, learner, policy = HybridPPOConfig, HybridPPO, HybridPolicy
    policy_fields = ("width", "log_std")
