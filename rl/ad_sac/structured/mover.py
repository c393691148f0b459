"""The agent of the moves in the structured track: where UAVs fly. What all such agents do, and the continuous one."""

from abc import ABC, abstractmethod

import numpy as np
import torch
from torch import Tensor, nn

from skyedge.problem import Scenario
from skyedge.rl.ad_sac.batch import Action, Batch
from skyedge.rl.ad_sac.modules import Actors, EntropyWeight
from skyedge.rl.ad_sac.mpo import ContinuousStep
from skyedge.rl.ad_sac.settings import StructuredSettings
from skyedge.rl.ad_sac.structured.critics import DeviceCritic, FutureCostNetwork, PerDevice, shortfall
from skyedge.rl.environment.masks import moved
from skyedge.rl.environment.observation import StructuredObserver
from skyedge.rl.networks.distributions import Gaussian, log_density
from skyedge.rl.networks.track_networks import MOVES, Widths

LOG_STD = -1.2  # of moves, at first
SPREADS = (1.2, 0.4, 0.2)  # how far each round of a decision looks around ℓ's mean
LEARNING_SPREAD = 0.6  # the same, while learning


class Mover(Actors, ABC):
    """Q of where moves lead, V and its target, π and ℓ of the moves.

    Attributes
    ----------
    branches, coordinates : int
        How many options and levels its moves take.
    """

    branches: int
    coordinates: int

    def __init__(self, scenario: Scenario, settings: StructuredSettings, outputs: Widths) -> None:
        super().__init__(settings)
        width = settings.width
        self.q, self.mean_q = (DeviceCritic(scenario, FutureCostNetwork(scenario, width)) for _ in range(2))
        self.value, self.target_value = (DeviceCritic(scenario, PerDevice(scenario, width)) for _ in range(2))
        self.make_policies(scenario, outputs)
        self.observer = StructuredObserver(scenario)
        self.world = self.observer.world

    @abstractmethod
    def moves(self, action: Action) -> Tensor:
        """Return displacements (B, M, 2) in units of the reach."""

    @abstractmethod
    def act(self, observation: Tensor, deterministic: bool) -> Action:
        """Return moves: UAV by UAV, those that Q likes best of what ℓ offers."""

    @abstractmethod
    def drawn(self, observation: Tensor) -> Tensor:
        """Return displacements (B, M, 2) that the old ℓ draws."""

    @abstractmethod
    def improvement(self, observation: Tensor) -> dict[str, Tensor]:
        """Return the losses of π and of ℓ, which judge each UAV's moves while the others keep theirs."""

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Return the losses.

        Nothing random depends on moves: with the UAVs elsewhere, the same devices would have asked for the same. So
        each transition is a sample of many places, which differ in nothing else (Algorithm 1, line 6).
        """
        states, places = len(batch.done) // self.settings.places, self.settings.places
        moves = self.moves(Action(batch.choice[:states], batch.level[:states]))
        now, then = self._elsewhere(batch.observation[:states], batch.following[:states], moves)
        done = batch.done[:states].repeat(places)
        with torch.no_grad():
            future = self.target_value(then) * (1 - done[:, None])
            goal = self.settings.gamma_c * future
            q_there = self.mean_q(self._after(now, self.drawn(now)))
        apart = self.settings.device_rewards
        return {
            "q_c": shortfall(self.q.later(now), goal, apart).mean(),
            "v_c": shortfall(self.value(now), q_there, apart).mean(),
        } | self.improvement(batch.observation[: self.settings.e_states])

    def _elsewhere(self, observation: Tensor, following: Tensor, moves: Tensor) -> tuple[Tensor, Tensor]:
        """Return observations (P·B, size) of this slot and the next with the UAVs where they went, and near there."""
        there = moved(self.observer.positions(observation.numpy()), moves.numpy(), self.world)
        away = torch.rand(self.settings.places, *moves.shape).numpy() * 2 - 1
        away[0] = 0.0
        places = moved(np.broadcast_to(there, away.shape), away, self.world).reshape(-1, *moves.shape[1:])
        now, then = (
            torch.as_tensor(self.observer.with_uavs_at(slot.repeat(len(away), 1).numpy(), places)[0])
            for slot in (observation, following)
        )
        return now, then

    def judge_each(self, observation: Tensor, moves: Tensor, others: Tensor) -> Tensor:
        """Return Q (S, B, M) of moves (B, M, 2) in each of which one UAV moves otherwise, (S, B, M, 2)."""
        samples, count, uavs, _ = others.shape
        joint = moves.expand(samples, uavs, -1, -1, -1).clone()  # (S, M, B, M, 2)
        for uav in range(uavs):
            joint[:, uav, :, uav] = others[:, :, uav]
        repeated = observation.expand(samples * uavs, -1, -1).reshape(samples * uavs * count, -1)
        q = self.judge(repeated, joint.reshape(-1, uavs, 2))
        return q.reshape(samples, uavs, count).transpose(1, 2)

    def judge(self, observation: Tensor, moves: Tensor) -> Tensor:
        """Return Q (B,) of moves (B, M, 2), all devices together, by the mean of recent weights."""
        return self.mean_q(self._after(observation, moves)).sum(1)

    def judge_one(self, observation: Tensor, moves: Tensor, uav: int, tried: Tensor) -> Tensor:
        """Return Q (S, B) of moves (B, M, 2) in which one UAV moves otherwise, (S, B, 2)."""
        joint = moves.expand(len(tried), -1, -1, -1).clone()
        joint[:, :, uav] = tried
        return self.judge(observation.repeat(len(tried), 1), joint.flatten(0, 1)).unflatten(0, tried.shape[:2])

    def _after(self, observation: Tensor, moves: Tensor) -> Tensor:
        return torch.as_tensor(self.observer.after_moves(observation.numpy(), moves.numpy())[0])


class GaussianMover(Mover):
    """Q_c, V_c, π_c and ℓ's moves."""

    branches = 0

    def __init__(self, scenario: Scenario, settings: StructuredSettings) -> None:
        super().__init__(scenario, settings, MOVES._replace(uav=4))  # means and deviations
        self.coordinates = 2 * scenario.uavs
        self.alpha = EntropyWeight(-settings.entropy_c * 2, settings.alpha_c)
        self.step = ContinuousStep(settings.kl_mean, settings.kl_std, settings.e_moves)

    def moves(self, action: Action) -> Tensor:
        """Take the first levels as they are."""
        return action.level[:, : self.coordinates].unflatten(1, (-1, 2))

    def drawn(self, observation: Tensor) -> Tensor:
        """Draw and squash."""
        return self._gaussian(self.before, observation).sample().tanh()

    def improvement(self, observation: Tensor) -> dict[str, Tensor]:
        """Judge samples of the old ℓ and of π."""
        samples = self.settings.e_samples
        policy, half = self._gaussian(self.policy, observation), samples // 2
        with torch.no_grad():
            old = self._gaussian(self.before, observation)
            raw = torch.cat([old.sample(half), policy.sample(samples - half)])  # (S, B, M, 2)
            q = self.judge_each(observation, old.sample().tanh(), raw.tanh())
        log_pi = policy.log_prob(raw[half:])
        gain = q[half:] - self.alpha() * log_pi.detach()
        losses = {
            "pi_c": -(log_pi * (gain - gain.mean(0))).mean(),
            "alpha_c": self.alpha.loss(-log_pi.mean()),
        }
        if self.settings.hybrid_policy:
            new = self._gaussian(self.hybrid, observation)
            losses["l_c"] = self.step(q, raw, new, old, torch.ones(q.shape[1:]))
        return losses

    def act(self, observation: Tensor, deterministic: bool) -> Action:
        """Choose among samples."""
        gaussian = self._gaussian(self.acting, observation)
        raw = self._searched(observation, gaussian, deterministic) if self.settings.hybrid_policy else None
        if raw is None:
            raw = gaussian.mean if deterministic else gaussian.sample()
        level = raw.tanh().flatten(1)
        return Action(level[:, :0].long(), level)

    def _searched(self, observation: Tensor, gaussian: Gaussian, deterministic: bool) -> Tensor:
        """Return the best found moves (B, M, 2), now and then a sample while learning."""
        if deterministic:
            generator = torch.Generator().manual_seed(0)  # the same noise in every slot
            raw = gaussian.mean
            for spread in SPREADS:
                noise = torch.randn(raw.shape[1], self.settings.decide_samples, 1, 2, generator=generator)
                raw = self._best_near(observation, gaussian, raw, spread * noise, self.settings.greed)
            return raw
        noise = torch.randn(gaussian.mean.shape[1], self.settings.act_samples, len(observation), 2)
        raw = self._best_near(observation, gaussian, gaussian.mean, LEARNING_SPREAD * noise, 1.0)
        explores = torch.rand(*raw.shape[:2], 1) < self.settings.explore
        return torch.where(explores, gaussian.sample(), raw)

    def _best_near(self, observation: Tensor, gaussian: Gaussian, raw: Tensor, away: Tensor, greed: float) -> Tensor:
        """Return moves (B, M, 2) that ℓ as the E-step improves it likes as given ones or better, ``away`` from them.

        The latter are (M, S, B or 1, 2).
        """
        best, rows, eta = raw.clone(), torch.arange(len(raw)), greed * self.step.temperature.eta()
        for uav in range(raw.shape[1]):
            tried = best[:, uav] + away[uav]
            tried[0] = best[:, uav]
            q = self.judge_one(observation, best.tanh(), uav, tried.tanh())
            prior = log_density(tried, gaussian.mean[:, uav], gaussian.log_std[:, uav]).sum(-1)
            best[:, uav] = tried[(prior + q / eta).argmax(0), rows]
        return best

    @staticmethod
    def _gaussian(policy: nn.Module, observation: Tensor) -> Gaussian:
        return Gaussian.of(policy(observation).uav, LOG_STD)
