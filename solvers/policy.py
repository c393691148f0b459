"""Policies that learning algorithms have trained, one solver per algorithm: all are made here."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from problem import InputError, Instance, Scenario
from rl import algorithms
from rl.actor import Actor, training_command
from rl.policies import RECORD, WEIGHTS, Policy
from solvers.base import Observation, OnlineSolver, SlotDecision, SolverConfig, register

PUBLISHED = Path(__file__).parents[1] / "results" / "published" / "policies"
SHIPPED = "shipped"


class PolicyConfig(SolverConfig):
    """Options of learned solvers."""

    track: Literal["structured", "plain"] = Field("structured", description="what the policy sees: structured or plain")
    policy: str = Field(SHIPPED, description=f"folder of a trained policy; {SHIPPED!r}: the one for the scenario")


class PolicySolver(OnlineSolver):
    """A trained policy, played deterministically. Subclasses name the algorithm."""

    packages = ("numpy", "torch", "stable-baselines3")
    Config = PolicyConfig
    config: PolicyConfig
    _actor: Actor | None = None

    def check(self, instance: Instance) -> None:
        """Refuse an instance for whose scenario there is no policy, or that the policy does not fit."""
        self._actor_for(instance.scenario)

    def files(self, scenario: Scenario) -> tuple[Path, ...]:
        """The policy's two files."""
        directory = self._directory(scenario)
        return (directory / WEIGHTS, directory / RECORD)

    def act(self, observation: Observation) -> SlotDecision:
        """Ask the policy."""
        actor = self._actor_for(observation.scenario)
        decided = actor.act(observation.arrival_rate, observation.t, observation.slot, observation.uav_xy)
        return SlotDecision(*decided)

    def _directory(self, scenario: Scenario) -> Path:
        if self.config.policy != SHIPPED:
            return Path(self.config.policy)
        return PUBLISHED / self.name / scenario.name / self.config.track / "seed-0"

    def _actor_for(self, scenario: Scenario | None) -> Actor:
        """Return the policy in a scenario; it is read once."""
        if scenario is None:
            raise InputError(f"{self.name} needs to know the instance's scenario: give one that skyedge generated")
        if self._actor is None or self._actor.scenario != scenario:
            self._actor = Actor(self._policy(scenario), scenario)
        return self._actor

    def _policy(self, scenario: Scenario) -> Policy:
        directory = self._directory(scenario)
        if self.config.policy == SHIPPED and not (directory / RECORD).exists():
            command = training_command(self.name, scenario.name, self.config.track)
            what = f"no {self.config.track} policy of {self.name} comes with skyedge for {scenario.name!r}"
            raise InputError(f"{what}: train one ({command}) and name its folder with --policy")
        policy = Policy.load(directory)
        for option, ours, theirs in (
            ("algorithm", self.name, policy.record.algorithm),
            ("track", self.config.track, policy.record.track),
        ):
            if ours != theirs:
                raise InputError(f"{directory}: the policy's {option} is {theirs!r}, not {ours!r}: name the right one")
        return policy


for _name in algorithms.available():
    _entry = algorithms.get(_name)
    register(
        type(
            f"PolicyOf{_entry.__name__}",
            (PolicySolver,),
            {
                "__module__": __name__,
                "__doc__": f"A policy that {_name} has learned: the one shipped for the scenario, or your own.",
                "name": _name,
                "code": (_entry.__module__,),
            },
        )
    )
