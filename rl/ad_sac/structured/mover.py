"""The agent of the moves in the structured track: where UAVs fly. Its critics, and what every such agent does."""

from abc import ABC, abstractmethod

import numpy as np
import torch
from torch import Tensor

from skyedge.problem import Scenario
from skyedge.rl.ad_sac.parts import Batch, Said
from skyedge.rl.ad_sac.settings import StructuredSettings
from skyedge.rl.ad_sac.structured.actors import Actors
from skyedge.rl.ad_sac.structured.critics import DeviceCritic, PerDevice, shortfall
from skyedge.rl.ad_sac.structured.future_costs import LaterNetwork
from skyedge.rl.environment.action_views import moved
from skyedge.rl.environment.observation import StructuredObserver
from skyedge.rl.networks.track_networks import Widths, network


class Mover(Actors, ABC):
    """Q of where moves lead, V and its target, π and ℓ of the moves.

    Attributes
    ----------
    branches, coordinates : int
        How many options and levels its moves are said by.
    """

    branches: int
    coordinates: int

    def __init__(self, scenario: Scenario, settings: StructuredSettings, says: Widths) -> None:
        super().__init__()
        self.settings, width = settings, settings.width
        self.q, self.mean_q = (DeviceCritic(scenario, LaterNetwork(scenario, width)) for _ in range(2))
        self.value, self.target_value = (DeviceCritic(scenario, PerDevice(scenario, width)) for _ in range(2))
        self.policy, self.hybrid, self.old_hybrid = (
            network(scenario, "structured", says, width=width) for _ in range(3)
        )
        self.observer = StructuredObserver(scenario)
        self.world = self.observer.world

    @abstractmethod
    def moves(self, said: Said) -> Tensor:
        """Return displacements (B, M, 2) in units of the reach."""

    @abstractmethod
    def act(self, observation: Tensor, deterministic: bool) -> Said:
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
        moves = self.moves(Said(batch.choice[:states], batch.level[:states]))
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
        both = (
            self.observer.with_uavs_at(one.repeat(len(away), 1).numpy(), places)[0] for one in (observation, following)
        )
        now, then = (torch.as_tensor(one) for one in both)
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
