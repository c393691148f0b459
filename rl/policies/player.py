"""A trained policy at work in a scenario: it sees and acts as in training, one slot after the other."""

from typing import Any

import numpy as np
import torch
from pydantic import ValidationError

from skyedge.problem import InputError, Scenario, Slots
from skyedge.problem.arrays import SLOT_SHAPES
from skyedge.problem.common import first_mistake
from skyedge.rl import algorithms
from skyedge.rl.algorithms import AlgorithmConfig
from skyedge.rl.environment.action_views import SlotDecisions
from skyedge.rl.environment.vec_env import OffloadingVecEnv
from skyedge.rl.policies.policy_files import Policy, acting_state
from skyedge.rl.policies.record import RECORD, PolicyRecord, training_command

SIZES = ("devices", "uavs", "satellites")


class PolicyPlayer:
    """The deterministic policy.

    Parameters
    ----------
    policy : Policy
    scenario : Scenario
        Of the instances to come. In the plain track it must have the sizes K, M and N and the options of the model
        that the policy was trained with; in the structured track those that its networks depend on.

    Raises
    ------
    InputError
        If it does not fit the scenario.
    """

    def __init__(self, policy: Policy, scenario: Scenario) -> None:
        torch.set_num_threads(1)
        record = policy.record
        ours, theirs = _traits(scenario), _traits(record.scenario)
        different = [f"{name} = {theirs[name]}, not {ours[name]}" for name in ours if ours[name] != theirs[name]]
        if record.track == "plain" and different:
            raise InputError(_misfit(policy, different))
        entry = algorithms.get(record.algorithm)
        config = _hyperparameters(policy).without_learning()
        env = OffloadingVecEnv(scenario, config.environments, entry.view, record.track)
        self.scenario, self.process = scenario, env.process
        self.model = entry.build(env, config, record.track, record.training.seed)
        own = {name: tensor.shape for name, tensor in acting_state(self.model.policy).items()}
        if own != {name: tensor.shape for name, tensor in policy.weights.items()}:
            raise InputError(_misfit(policy, different))
        self.model.policy.load_state_dict(policy.weights, strict=False)

    def act(self, arrival_rate: np.ndarray, t: int, slot: Slots, uav_xy: np.ndarray) -> SlotDecisions:
        """Decide slot t.

        Parameters
        ----------
        arrival_rate : array (T + 60, K)
            λ_k(t), public in advance.
        t : int
        slot : Slots
            Without leading axis.
        uav_xy : array (M, 2)
            UAV positions before the move [m].

        Returns
        -------
        SlotDecisions
            Without leading axis.
        """
        one = slot.with_slots({name: getattr(slot, name)[None] for name in SLOT_SHAPES})
        observation = self.process.observer.observe(arrival_rate[:, None], t, one, uav_xy[None])
        action, _ = self.model.predict(observation, deterministic=True)
        decided = self.process.view.decode(action, one, uav_xy[None])
        return SlotDecisions(*(part[0] for part in decided))


def _traits(scenario: Scenario) -> dict[str, Any]:
    """Return what observations and actions depend on."""
    sizes = {size: getattr(scenario, size) for size in SIZES}
    return sizes | {"cloud": scenario.cloud is not None, "device_motion": scenario.device_motion}


def _misfit(policy: Policy, different: list[str]) -> str:
    record: PolicyRecord = policy.record
    if not different:
        return f"{policy.directory}: its weights are not those of the networks that {RECORD} describes: train it anew"
    command = training_command(record.algorithm, "NAME|TOML", record.track)
    trained = f"{policy.directory}: this policy was trained with {'; '.join(different)}"
    return f"{trained}: train one for this scenario ({command})"


def _hyperparameters(policy: Policy) -> AlgorithmConfig:
    record = policy.record
    try:
        return algorithms.get(record.algorithm).Config.model_validate(record.hyperparameters)
    except ValidationError as error:
        what = f"hyperparameters.{first_mistake(error)}"
        raise InputError(f"{policy.directory / RECORD}: {what}: train it anew") from None
