"""AD-SAC in the structured track: UAVs move first, then devices choose servers and powers at the new positions.

Networks are over sets, critics are per device, and a device's reward is its own. Servers and powers decide nothing
beyond their slot, so that one critic of the slot's reward, without any bootstrapping, is exact for both; only moves
have a future.
"""

import numpy as np
import torch
from torch import Tensor, nn

from problem import Scenario
from rl.ad_sac.agents import Batch, EntropyWeight, follow, frozen
from rl.ad_sac.factors import Gaussian
from rl.ad_sac.mpo import ContinuousStep, DiscreteStep, mean
from rl.ad_sac.settings import StructuredSettings
from rl.actuators import moved
from rl.masks import assign_in_turn
from rl.networks import MOVES, Widths, network
from rl.observation import OBSERVERS


SPREADS = (2.0, 0.7, 0.3)  # in how many of ℓ's deviations each round of a decision looks around


class ChoiceCritic(nn.Module):
    """Q_d of each device's choices: less what the closed form says they cost, and what the network says besides."""

    def __init__(self, scenario: Scenario, width: int) -> None:
        super().__init__()
        self.network = network(scenario, "structured", Widths(choice=1), Widths(device=1), width)
        self.penalty = scenario.unserved_penalty

    def forward(self, after: Tensor, level: Tensor) -> Tensor:
        """Return Q (B, K, M+N+1) of observations after the moves and power levels (B, K)."""
        layout = self.network.layout
        cost = (layout.part(after, "cost") + 1) * (self.penalty / 2)
        none = self.penalty * layout.part(after, "active")
        result: Tensor = self.network(after, level).choice - torch.cat([cost, none], dim=-1)
        return result


class DeviceCritic(nn.Module):
    """V_c of each device: less what it costs if devices choose in turn, and what the network says besides."""

    def __init__(self, scenario: Scenario, width: int) -> None:
        super().__init__()
        self.network = network(scenario, "structured", Widths(device=1), width=width)
        self.observer = OBSERVERS["structured"](scenario)
        self.penalty = scenario.unserved_penalty

    def forward(self, observation: Tensor) -> Tensor:
        """Return values (B, K)."""
        result: Tensor = self.network(self.seen(observation)).device[..., 0]
        return result - torch.as_tensor(self.cost(observation.numpy()))

    def seen(self, observation: Tensor) -> Tensor:
        """Return what the network sees of observations."""
        return observation

    def cost(self, observation: np.ndarray) -> np.ndarray:
        """Return what devices cost, (B, K), if they choose in turn the cheapest server that is not full."""
        layout, capacity = self.observer.layout, self.observer.world.server_capacity
        active = layout.part(observation, "active")
        cost = (layout.part(observation, "cost") + 1) * (self.penalty / 2)
        cost = np.concatenate([cost, self.penalty * active], axis=-1)
        choice, _ = assign_in_turn(-cost, self.observer.allowed(observation), capacity)
        chosen: np.ndarray = np.take_along_axis(cost, choice[..., None], axis=-1)[..., 0]
        return chosen


class MoveCritic(DeviceCritic):
    """Q_c of each device at the positions after the moves.

    Requests of other slots are drawn anew, so what comes later depends on places alone, and the network sees no more:
    what it does not see cannot make it prefer a place by mistake.
    """

    def later(self, observation: Tensor) -> Tensor:
        """Return what the network says of later slots alone, (B, K)."""
        said: Tensor = self.network(self.seen(observation)).device[..., 0]
        return said

    def seen(self, observation: Tensor) -> Tensor:
        """Return observations without requests, costs and fading."""
        blank, part = observation.clone(), self.observer.layout.part
        part(blank, "active")[:] = 1.0
        for name in ("request", "cost", "snr"):
            part(blank, name)[:] = 0.0
        return blank


class Offloader(nn.Module):
    """The discrete agent, with the powers: Q_d, π_d and ℓ's servers and powers, at the positions after the moves."""

    def __init__(self, scenario: Scenario, settings: StructuredSettings) -> None:
        super().__init__()
        self.settings, width = settings, settings.width
        self.q = ChoiceCritic(scenario, width)
        says = Widths(choice=1, device=2)
        self.policy = network(scenario, "structured", says, width=width)
        self.hybrid, self.old_hybrid = (network(scenario, "structured", says, width=width) for _ in range(2))
        self.alpha = EntropyWeight(settings.entropy_d, settings.alpha_d)
        self.alpha_power = EntropyWeight(-settings.entropy_c, settings.alpha_c)
        self.choice_step = DiscreteStep(settings.kl_discrete, settings.e_discrete)
        self.power_step = ContinuousStep(settings.kl_mean, settings.kl_std, settings.e_continuous)

    def losses(self, after: Tensor, allowed: Tensor, batch: Batch, active: Tensor) -> dict[str, Tensor]:
        """Return the losses of rows after the moves; devices that ask for nothing do not count."""
        chosen = self.q(after, batch.level).gather(-1, batch.choice[..., None])[..., 0]
        log_pi, power = self._apart(self.policy(after), allowed)
        raw = power.sample()
        judged = frozen(self.q, after, raw[..., 0].tanh())
        pi = log_pi.exp()
        expected = (pi * judged).sum(-1)
        entropy = -(pi * log_pi).sum(-1)
        power_entropy = -power.log_prob(raw)
        log_l, new = self._apart(self.hybrid(after), allowed)
        with torch.no_grad():
            log_old, old = self._apart(self.old_hybrid(after), allowed)
            log_prior = torch.logaddexp(log_old, log_pi) - torch.log(torch.tensor(2.0))
        soft = expected + self.alpha() * entropy + self.alpha_power() * power_entropy
        return {
            "q_d": mean((chosen - batch.reward).square(), active),
            "pi_d": -mean(soft, active),
            "alpha_d": self.alpha.loss(mean(entropy, active)),
            "alpha_p": self.alpha_power.loss(mean(power_entropy, active)),
            "l_d": self.choice_step(judged.detach(), log_prior, log_l, log_old, active),
            "l_p": self._power_improvement(after, active, log_old.exp(), power, new, old),
        }

    def _power_improvement(
        self, after: Tensor, active: Tensor, chosen: Tensor, policy: Gaussian, new: Gaussian, old: Gaussian
    ) -> Tensor:
        """Return the loss of ℓ's powers on some rows, by samples; ``chosen`` are probabilities of choices."""
        few, samples = self.settings.e_states, self.settings.e_samples
        after, active, chosen = after[:few], active[:few], chosen[:few]
        policy, new, old = (Gaussian(one.mean[:few], one.log_std[:few]) for one in (policy, new, old))
        with torch.no_grad():
            half = samples // 2
            powers = torch.cat([old.sample(half), policy.sample(samples - half)])  # (S, B, K, 1)
            rows = (samples * len(after), -1)
            outcome = self.q(after.expand(samples, -1, -1).reshape(rows), powers.tanh().reshape(rows))
            q = (outcome.unflatten(0, (samples, -1)) * chosen).sum(-1)
        return self.power_step(q, powers, new, old, active)

    def act(self, after: Tensor, deterministic: bool) -> tuple[Tensor, Tensor]:
        """Return logits of choices (B, K, choices), those of the E-step's improvement of ℓ, and power levels (B, K)."""
        said = self.hybrid(after)
        power = Gaussian.of(said.device)
        level = (power.mean if deterministic else power.sample())[..., 0].tanh()
        return said.choice.log_softmax(-1) + self.q(after, level) / self.choice_step.temperature.eta(), level

    @staticmethod
    def _apart(said, allowed: Tensor) -> tuple[Tensor, Gaussian]:
        log_p = said.choice.masked_fill(~allowed, -1e9).log_softmax(-1)
        return log_p, Gaussian.of(said.device)


class Mover(nn.Module):
    """The continuous agent of the moves: Q_c of where they lead, V_c and its target, π_c and ℓ's moves."""

    def __init__(self, scenario: Scenario, settings: StructuredSettings) -> None:
        super().__init__()
        self.settings, width = settings, settings.width
        self.q, self.mean_q = MoveCritic(scenario, width), MoveCritic(scenario, width)
        self.value, self.target_value = DeviceCritic(scenario, width), DeviceCritic(scenario, width)
        says = MOVES._replace(uav=4)  # means and deviations
        self.policy, self.hybrid, self.old_hybrid = (
            network(scenario, "structured", says, width=width) for _ in range(3)
        )
        self.alpha = EntropyWeight(-settings.entropy_c * 2, settings.alpha_c)
        self.step = ContinuousStep(settings.kl_mean, settings.kl_std, settings.e_moves)
        self.observer = OBSERVERS["structured"](scenario)

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
        both = (self.observer.with_uavs_at(one.repeat(len(away), 1).numpy(), places)[0] for one in (observation, following))
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
            tried = best[:, uav] + std[:, uav] * torch.randn(samples, len(raw), 2, generator=generator)
            tried[0] = best[:, uav]
            joint = best.expand(samples, -1, -1, -1).clone()
            joint[:, :, uav] = tried
            q = self.judge(repeated, joint.flatten(0, 1)).reshape(samples, -1)
            best[:, uav] = tried[q.argmax(0), rows]
        return best


class MovingAgents(nn.Module):
    """The continuous agent of the moves alone, where the environment decides servers and powers exactly."""

    def __init__(self, scenario: Scenario, settings: StructuredSettings) -> None:
        super().__init__()
        self.settings, self.observer = settings, OBSERVERS["structured"](scenario)
        self.mover, self.uavs = Mover(scenario, settings), scenario.uavs
        follow(*self.pairs(), *self.old_pairs())

    def pairs(self) -> list[tuple[nn.Module, nn.Module]]:
        """Return values and their targets."""
        return [(self.mover.value, self.mover.target_value), (self.mover.q, self.mover.mean_q)]

    def old_pairs(self) -> list[tuple[nn.Module, nn.Module]]:
        """Return ℓ and the old ℓ."""
        return [(self.mover.hybrid, self.mover.old_hybrid)]

    def critics(self) -> list[nn.Module]:
        """Return what learns at the critics' rate."""
        return [self.mover.q, self.mover.value]

    @torch.no_grad()
    def act(self, observation: Tensor, deterministic: bool) -> Tensor:
        """Return packed rows: moves (M, 2)."""
        return self.mover.act(observation, deterministic).tanh().flatten(1)

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Return all losses of a batch whose rewards are per device, (B, K)."""
        return self.mover.losses(batch)

    def _after(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return observations after the moves that were made, and what was allowed then."""
        moves = batch.level[:, : 2 * self.uavs].unflatten(1, (-1, 2))
        after, allowed = self.observer.after_moves(batch.observation.numpy(), moves.numpy())
        return torch.as_tensor(after), torch.as_tensor(allowed)


class StructuredAgents(MovingAgents):
    """Both agents."""

    def __init__(self, scenario: Scenario, settings: StructuredSettings) -> None:
        super().__init__(scenario, settings)
        self.offloader, self.capacity = Offloader(scenario, settings), self.observer.world.server_capacity
        follow((self.offloader.hybrid, self.offloader.old_hybrid))

    def old_pairs(self) -> list[tuple[nn.Module, nn.Module]]:
        """Return the parts of ℓ and of the old ℓ."""
        offloader = getattr(self, "offloader", None)
        return super().old_pairs() + ([(offloader.hybrid, offloader.old_hybrid)] if offloader else [])

    def critics(self) -> list[nn.Module]:
        """Return what learns at the critics' rate."""
        return [*super().critics(), self.offloader.q]

    @torch.no_grad()
    def act(self, observation: Tensor, deterministic: bool) -> Tensor:
        """Return packed rows: servers (K,), then moves (M, 2) and power levels (K,)."""
        moves = self.mover.act(observation, deterministic).tanh()
        after, allowed = self.observer.after_moves(observation.numpy(), moves.numpy())
        logits, level = self.offloader.act(torch.as_tensor(after), deterministic)
        noise = None if deterministic else -torch.empty_like(logits).exponential_().log().numpy()
        server, _ = assign_in_turn(logits.numpy(), allowed, self.capacity, noise)
        return torch.cat([torch.as_tensor(server).float(), moves.flatten(1), level], dim=1)

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Return all losses of a batch whose rewards are per device, (B, K)."""
        after, allowed = self._after(batch)
        active = self.observer.layout.part(after, "active")[..., 0]
        few, power = slice(self.settings.choice_rows), batch.level[:, 2 * self.uavs :]
        choices = Batch(*(column[few] for column in batch._replace(level=power)))
        offloading = self.offloader.losses(after[few], allowed[few], choices, active[few])
        return offloading | self.mover.losses(batch)
