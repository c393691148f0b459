"""Whom a reward is credited to: all of an action at once, or each device and UAV for itself."""

from typing import NamedTuple

import torch
from torch import Tensor

from skyedge.rl.algorithms.hybrid.policy import Judgement


class Factors(NamedTuple):
    """Columns, each of which is clipped by itself, with their weights (0 where nothing was decided)."""

    log_prob: Tensor
    entropy: Tensor
    weight: Tensor


class Outcome(NamedTuple):
    """What came of B actions: rewards (B, K) of devices and who was active, joint advantages and returns (B,)."""

    task_reward: Tensor
    active: Tensor
    advantage: Tensor
    joint_return: Tensor


class JointCredit:
    """One probability ratio for the whole action, by the scalar reward (plain track)."""

    def factors(self, judged: Judgement, active: Tensor) -> Factors:
        """Return one column."""
        log_prob = judged.device_log_prob.sum(1, True) + judged.uav_log_prob.sum(1, True)
        entropy = judged.device_entropy.sum(1, True) + judged.uav_entropy.sum(1, True)
        return Factors(log_prob, entropy, torch.ones_like(log_prob))

    def advantages(self, judged: Judgement, outcome: Outcome) -> Tensor:
        """Return the joint advantage, (B, 1)."""
        return standardised(outcome.advantage[:, None], torch.ones(len(outcome.advantage), 1))

    def value_loss(self, judged: Judgement, outcome: Outcome) -> Tensor:
        """Return the squared error of the joint value."""
        return (outcome.joint_return - judged.value).square().mean()


class FactoredCredit(JointCredit):
    """A ratio per device, by its own reward, and one per UAV, by the scalar reward to come (structured track)."""

    def factors(self, judged: Judgement, active: Tensor) -> Factors:
        """Return K + M columns."""
        return Factors(
            torch.cat([judged.device_log_prob, judged.uav_log_prob], dim=1),
            torch.cat([judged.device_entropy, judged.uav_entropy], dim=1),
            torch.cat([active, torch.ones_like(judged.uav_log_prob)], dim=1),
        )

    def advantages(self, judged: Judgement, outcome: Outcome) -> Tensor:
        """Return r_k − V_k of devices and the joint advantage of UAVs, (B, K+M)."""
        own = standardised(outcome.task_reward - judged.device_value, outcome.active)
        joint = super().advantages(judged, outcome)
        return torch.cat([own, joint.expand_as(judged.uav_log_prob)], dim=1)

    def value_loss(self, judged: Judgement, outcome: Outcome) -> Tensor:
        """Return the squared errors of the joint value and of active devices' values."""
        error = (outcome.task_reward - judged.device_value).square()
        return super().value_loss(judged, outcome) + weighted_mean(error, outcome.active)


CREDITS = {"plain": JointCredit(), "structured": FactoredCredit()}


def weighted_mean(values: Tensor, weight: Tensor) -> Tensor:
    """Return Σ w x / Σ w."""
    return (values * weight).sum() / weight.sum().clamp(min=1)


def standardised(values: Tensor, weight: Tensor) -> Tensor:
    """Return the values less their weighted mean, over their weighted standard deviation."""
    centred = values - weighted_mean(values, weight)
    return centred / (weighted_mean(centred.square(), weight).sqrt() + 1e-8)
