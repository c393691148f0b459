"""The continuous agent of the structured track: where UAVs fly."""

import numpy as np
import torch
from torch import Tensor, nn

from problem import Scenario
from rl.actuators import moved
from rl.ad_sac.agents import Batch, EntropyWeight
from rl.ad_sac.critics import DeviceCritic, PerDevice
from rl.ad_sac.factors import Gaussian
from rl.ad_sac.later import LaterNetwork
from rl.ad_sac.mpo import ContinuousStep
from rl.ad_sac.settings import StructuredSettings
from rl.networks import MOVES, network
from rl.observation import StructuredObserver

SPREADS = (2.0, 0.7, 0.3)  # in how many of ℓ's deviations each round of a decision looks around


class Mover(nn.Module):
    """The continuous agent of the moves: Q_c of where they lead, V_c and its target, π_c and ℓ's moves."""

    def __init__(self, scenario: Scenario, settings: StructuredSettings) -> None:
        super().__init__()
        self.settings, width = settings, settings.width
        self.q, self.mean_q = (DeviceCritic(scenario, LaterNetwork(scenario, width)) for _ in range(2))
        self.value, self.target_value = (DeviceCritic(scenario, PerDevice(scenario, width)) for _ in range(2))
        says = MOVES._replace(uav=4)  # means and deviations
        self.policy, self.hybrid, self.old_hybrid = (
            network(scenario, "structured", says, width=width) for _ in range(3)
        )
        self.alpha = EntropyWeight(-settings.entropy_c * 2, settings.alpha_c)
        self.step = ContinuousStep(settings.kl_mean, settings.kl_std, settings.e_moves)
        self.observer = StructuredObserver(scenario)

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Return the losses.

        Nothing random depends on moves: with the UAVs elsewhere, the same devices would have asked for the same. So
        each transition is a sample of many places, which differ in nothing else (Algorithm 1, line 6).
        """
        states, places = len(batch.done) // self.settings.places, self.settings.places
        now, then = self._elsewhere(batch.observation[:states], batch.following[:states], batch.level[:states])
        done = batch.done[:states].repeat(places)
        with torch.no_grad():
            future = self.target_value(then) * (1 - done[:, None])
            goal = self.settings.gamma_c * future
            move = Gaussian.of(self.old_hybrid(now).uav).sample()
            q_there = self.mean_q(torch.as_tensor(self.observer.after_moves(now.numpy(), move.tanh().numpy())[0]))
        return {
            "q_c": (self.q.later(now) - goal).square().mean(),
            "v_c": (self.value(now) - q_there).square().mean(),
        } | self._improvement(batch.observation[: self.settings.e_states])

    def _elsewhere(self, observation: Tensor, following: Tensor, level: Tensor) -> tuple[Tensor, Tensor]:
        """Return observations (P·B, size) of this slot and the next with the UAVs where they went, and near there."""
        uavs, world = self.observer.world.uavs, self.observer.world
        moves = level[:, : 2 * uavs].unflatten(1, (-1, 2)).numpy()
        there = moved(self.observer.positions(observation.numpy()), moves, world)
        away = torch.rand(self.settings.places, *moves.shape).numpy() * 2 - 1
        away[0] = 0.0
        places = moved(np.broadcast_to(there, away.shape), away, world).reshape(-1, uavs, 2)
        both = (
            self.observer.with_uavs_at(one.repeat(len(away), 1).numpy(), places)[0] for one in (observation, following)
        )
        now, then = (torch.as_tensor(one) for one in both)
        return now, then

    def _improvement(self, observation: Tensor) -> dict[str, Tensor]:
        """Return the losses of π_c and of ℓ's moves, by samples of each UAV's move while the others keep theirs."""
        samples = self.settings.e_samples
        policy = Gaussian.of(self.policy(observation).uav)
        new = Gaussian.of(self.hybrid(observation).uav)
        with torch.no_grad():
            old = Gaussian.of(self.old_hybrid(observation).uav)
            half = samples // 2
            raw = torch.cat([old.sample(half), policy.sample(samples - half)])  # (S, B, M, 2)
            q = self.judge_each(observation, old.sample(), raw)
            alpha = self.alpha()
        own = raw[half:]
        log_pi = policy.log_prob(own)
        gain = q[half:] - alpha * log_pi.detach()
        gain = gain - gain.mean(0)
        return {
            "pi_c": -(log_pi * gain).mean(),
            "alpha_c": self.alpha.loss(-log_pi.mean()),
            "l_c": self.step(q, raw, new, old, torch.ones(q.shape[1:])),
        }

    def judge_each(self, observation: Tensor, raw: Tensor, others: Tensor) -> Tensor:
        """Return Q_c (S, B, M) of moves (B, M, 2) in each of which one UAV moves otherwise, (S, B, M, 2)."""
        samples, count, uavs, _ = others.shape
        joint = raw.expand(samples, uavs, -1, -1, -1).clone()  # (S, M, B, M, 2)
        for uav in range(uavs):
            joint[:, uav, :, uav] = others[:, :, uav]
        repeated = observation.expand(samples * uavs, -1, -1).reshape(samples * uavs * count, -1)
        q = self.judge(repeated, joint.reshape(-1, uavs, 2))
        return q.reshape(samples, uavs, count).transpose(1, 2)

    def judge(self, observation: Tensor, raw: Tensor) -> Tensor:
        """Return Q_c (B,) of moves before squashing (B, M, 2), all devices together, by the mean of recent weights."""
        after, _ = self.observer.after_moves(observation.numpy(), raw.tanh().numpy())
        return self.mean_q(torch.as_tensor(after)).sum(1)

    def act(self, observation: Tensor, deterministic: bool) -> Tensor:
        """Return moves before squashing (B, M, 2): of ℓ's samples, UAV by UAV, those that Q_c likes best."""
        gaussian = Gaussian.of(self.hybrid(observation).uav)
        if deterministic:
            generator = torch.Generator().manual_seed(0)  # the same noise in every slot
            raw, samples = gaussian.mean, self.settings.decide_samples
            for spread in SPREADS:
                raw = self._best_near(observation, raw, spread * gaussian.log_std.exp(), samples, generator)
            return raw
        raw = self._best_near(observation, gaussian.mean, gaussian.log_std.exp(), self.settings.act_samples, None)
        explores = torch.rand(*raw.shape[:2], 1) < self.settings.explore
        return torch.where(explores, gaussian.sample(), raw)

    def _best_near(
        self, observation: Tensor, raw: Tensor, std: Tensor, samples: int, generator: torch.Generator | None
    ) -> Tensor:
        """Return moves (B, M, 2) as good as given ones or better, found near them."""
        best, rows = raw.clone(), torch.arange(len(raw))
        repeated = observation.repeat(samples, 1)
        for uav in range(raw.shape[1]):
            tried = best[:, uav] + std[:, uav] * torch.randn(
                samples, 1 if generator else len(raw), 2, generator=generator
            )
            tried[0] = best[:, uav]
            joint = best.expand(samples, -1, -1, -1).clone()
            joint[:, :, uav] = tried
            q = self.judge(repeated, joint.flatten(0, 1)).reshape(samples, -1)
            best[:, uav] = tried[q.argmax(0), rows]
        return best
