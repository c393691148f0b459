"""How adp learns: it plays episodes by its own rule, and values places by what they would have saved in them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from gymnasium import spaces
from pydantic import Field, PositiveFloat, PositiveInt
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.type_aliases import MaybeCallback
from stable_baselines3.common.utils import LinearSchedule, update_learning_rate
from stable_baselines3.common.vec_env import VecEnv
from torch import nn

from skyedge.problem import Decision, Horizons, InputError, Instance, Scenario, score_slots
from skyedge.rl.algorithms import Algorithm, AlgorithmConfig, process_of, register
from skyedge.rl.environment.held_out import HeldOut
from skyedge.rl.environment.process import Flight
from skyedge.rl.networks.place_value import PlaceValue, PlaceValues
from skyedge.solvers.common.flight import step_towards
from skyedge.solvers.machinery.approximate_dp.decision_rule import assign, decide
from skyedge.solvers.machinery.approximate_dp.targets import Lesson, Teacher

MAX_GRADIENT_NORM = 5.0
LAST_RATE = 0.1  # of the learning rate, at the end


class AdpHeldOut(HeldOut):
    """Held-out instances for an algorithm whose policy is a :class:`~skyedge.rl.networks.place_value.PlaceValue`."""

    def episodes(self, model: BaseAlgorithm) -> Iterator[tuple[Instance, Decision]]:
        """Play every instance; yields it with what was decided."""
        process = self.env.process
        process.reset()
        assert process.flight is not None
        values = PlaceValues(model.policy, process.scenario)  # type: ignore[arg-type]
        horizons: Horizons = process.flight.horizons
        here, rng = horizons.uav_start_xy, np.random.default_rng(0)
        for t in range(process.scenario.slots):
            decided = decide(values, horizons.arrival_rate, t, horizons.at(t), here, rng)
            here = process.flight.record(t, decided)
        for number in range(self.env.num_envs):
            yield process.flight.episode(number)


class AdpConfig(AlgorithmConfig):
    """Hyper-parameters, by stable-baselines3's names where it has one.

    Attributes
    ----------
    width : int
        Of the value network.
    learning_rate : float
        At first; it falls to a tenth.
    gamma, trace : float
        Discount γ, and λ of the targets.
    exploration : float
        Chance that a UAV flies in a random direction instead.
    gradient_steps : int
        After each round of episodes.
    batch_size, places : int
        States of a gradient step, and places that are valued in each.
    rounds : int
        Of episodes that are remembered.
    """

    width: PositiveInt = 64
    learning_rate: PositiveFloat = 1e-3
    gamma: float = Field(0.95, ge=0, le=1)
    trace: float = Field(0.7, ge=0, le=1)
    exploration: float = Field(0.05, ge=0, le=1)
    gradient_steps: PositiveInt = 150
    batch_size: PositiveInt = 96
    places: PositiveInt = 24
    rounds: PositiveInt = 4


class AdpAlgorithm(BaseAlgorithm):
    """Approximate dynamic programming: a network learns what places are worth to UAVs.

    A round plays whole episodes, one per environment. What one UAV of each would have saved from every place, the
    others flying as they did, gives targets for the network (:mod:`skyedge.solvers.machinery.approximate_dp.targets`).

    Parameters
    ----------
    env : VecEnv
        An :class:`~skyedge.rl.environment.vec_env.OffloadingVecEnv`.
    config : AdpConfig
    seed : int
    """

    policy: PlaceValue  # type: ignore[assignment]
    action_space: spaces.Space[Any]

    def __init__(self, env: VecEnv, config: AdpConfig, seed: int, tensorboard_log: str | Path | None = None) -> None:
        schedule = LinearSchedule(config.learning_rate, LAST_RATE * config.learning_rate, 1.0)
        policy: Any = PlaceValue  # of no gymnasium spaces
        log = None if tensorboard_log is None else str(tensorboard_log)
        super().__init__(policy, env, schedule, tensorboard_log=log, device="cpu", support_multi_env=True, seed=seed)
        self.config = config
        self._setup_model()

    def _setup_model(self) -> None:
        assert self.env is not None
        self._setup_lr_schedule()
        self.set_random_seed(self.seed)
        self.process = process_of(self.env)
        scenario = self.process.scenario
        self.policy = PlaceValue(self.config.width)
        self.optimizer = torch.optim.Adam(self.policy.parameters(), self.config.learning_rate)
        self.values = PlaceValues(self.policy, scenario)
        self.rng = np.random.default_rng(self.seed)
        self.teacher = Teacher(scenario, self.config.gamma, self.config.trace)
        room = self.teacher.blank(self.config.rounds, self.n_envs)
        self.memory_uav, self.memory_device_xy, self.memory_chance, self.memory_others_xy, self.memory_target = room
        self.rounds_played = 0

    def learn(
        self,
        total_timesteps: int,
        callback: MaybeCallback = None,
        log_interval: int = 1,
        tb_log_name: str = "adp",
        reset_num_timesteps: bool = True,
        progress_bar: bool = False,
    ) -> Self:
        """Play and fit, round after round; ``log_interval`` is not used."""
        total, watch = self._setup_learn(total_timesteps, callback, reset_num_timesteps, tb_log_name, progress_bar)
        watch.on_training_start(locals(), globals())
        while self.num_timesteps < total:
            watch.on_rollout_start()
            self._remember(self._play(watch))
            self._update_current_progress_remaining(self.num_timesteps, total)
            self._fit()
            watch.on_rollout_end()
            self.process.reset()
        watch.on_training_end()
        return self

    def predict(self, *_: Any, **__: Any) -> Any:
        """Refuse: the rule needs the slot itself, which an observation does not hold."""
        raise NotImplementedError("adp decides on slots, not on observations: use the solver adp")

    def _play(self, watch: BaseCallback) -> Flight:
        """Play the episodes that the process has drawn to their end."""
        process, flight = self.process, self.process.flight
        assert flight is not None
        horizons, here, slots = flight.horizons, flight.horizons.uav_start_xy, process.scenario.slots
        for t in range(slots):
            slot = horizons.at(t)
            decided = decide(self.values, horizons.arrival_rate, t, slot, here, self.rng)
            if (stray := self.rng.random(here.shape[:2]) < self.config.exploration).any():
                decided = assign(slot, np.where(stray[..., None], self._anywhere(here), decided.uav_xy))
            here = flight.record(t, decided)
            self.num_timesteps += self.n_envs
            cost = score_slots(slot, *decided).task_cost.sum(axis=-1)
            infos = [{"cost": one} for one in cost.tolist()]
            watch.update_locals({"infos": infos, "dones": np.full(self.n_envs, t + 1 == slots)})
            watch.on_step()
        return flight

    def _anywhere(self, here: np.ndarray) -> np.ndarray:
        """Places as far as UAVs reach, in random directions."""
        world = self.process.observer.world
        angle = self.rng.uniform(0, 2 * np.pi, here.shape[:2])
        target = here + world.reach_m[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
        return step_towards(here, target, world.reach_m, world.area_m)

    @property
    def memory(self) -> Lesson:
        """The lessons remembered, in a ring."""
        return Lesson(
            self.memory_uav, self.memory_device_xy, self.memory_chance, self.memory_others_xy, self.memory_target
        )

    def _remember(self, flight: Flight) -> None:
        """Take a lesson from each episode for one of its UAVs."""
        uav = self.rng.integers(self.process.observer.world.uavs, size=self.n_envs)
        lesson = self.teacher.lesson(flight, uav, self.values)
        for room, array in zip(self.memory, lesson, strict=True):
            room[self.rounds_played % len(room)] = array
        self.rounds_played += 1

    def _fit(self) -> None:
        """Fit the network to what is remembered."""
        update_learning_rate(self.optimizer, self.lr_schedule(self._current_progress_remaining))
        losses = [self._step() for _ in range(self.config.gradient_steps)]
        self._n_updates += len(losses)
        self.logger.record("train/loss", float(np.mean(losses)))
        self.logger.record("train/n_updates", self._n_updates, exclude="tensorboard")

    def _step(self) -> float:
        """Take one gradient step on random states and places."""
        memory, size = self.memory, self.config.batch_size
        known = (min(self.rounds_played, len(memory.uav)), *memory.target.shape[1:3])
        r, t, b = (self.rng.integers(count, size=size) for count in known)
        point = self.rng.integers(len(self.teacher.points), size=(size, self.config.places))
        rows = (r, t, b)
        inputs = self.values.inputs(
            memory.uav[r, b],
            self.teacher.points[point],
            memory.device_xy[rows],
            memory.chance[rows],
            memory.others_xy[rows],
        )
        target = torch.from_numpy(np.take_along_axis(memory.target[rows], point, axis=1) / np.float32(self.values.unit))
        loss = nn.functional.mse_loss(self.policy(*inputs), target)
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.policy.parameters(), MAX_GRADIENT_NORM)
        self.optimizer.step()
        return loss.item()

    def _get_torch_save_params(self) -> tuple[list[str], list[str]]:
        return ["policy", "optimizer"], []


@register
class AdpEntry(Algorithm):
    """``adp``; its environment serves as the source of episodes."""

    name = "adp"
    view = "hybrid"
    tracks = ("model-based",)
    Config = AdpConfig

    @classmethod
    def held_out(cls, scenario: Scenario, track: str) -> HeldOut:
        """Return the held-out instances, played by adp's rule."""
        return AdpHeldOut(scenario, cls.view, track)

    @staticmethod
    def build(
        vec_env: VecEnv, config: AdpConfig, track: str, seed: int, tensorboard_log: str | Path | None = None
    ) -> AdpAlgorithm:
        """Return a new one."""
        scenario = process_of(vec_env).scenario
        if not scenario.uavs or scenario.slots < 2:
            raise InputError(f"adp learns where UAVs pay later on: {scenario.name!r} has no UAVs, or a single slot")
        return AdpAlgorithm(vec_env, config, seed, tensorboard_log)
