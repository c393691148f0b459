"""Policies that learning algorithms have trained, one solver per algorithm.

Learning libraries take seconds to import: they are imported when a policy is read.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from skyedge import paths
from skyedge.problem import InputError, Instance, Scenario
from skyedge.rl.policies.record import RECORD, WEIGHTS, PolicyRecord, Track, training_command
from skyedge.solvers import Observation, OnlineSolver, SlotDecision, SolverConfig, register

if TYPE_CHECKING:
    from skyedge.rl.policies.policy_files import Policy

SHIPPED = "shipped"
MOTION = frozenset({"device_motion"})
AIR = frozenset({"shared_bandwidth", "interference"})
VARIANT = r"^[a-z0-9-]*$"
HEAVY = ("skyedge.rl.policies.player", "torch._dynamo")  # the latter is imported by torch's first optimiser


def published(algorithm: str, scenario: str, track: str, variant: str = "") -> Path:
    """Return the folder of shipped policies, in which every training seed has one; those of a variant are inside."""
    return paths.POLICIES / algorithm / scenario / track / variant


def shipped_everywhere(scenarios: Collection[Scenario]) -> list[str]:
    """Return what plays the policies that are shipped for each of some scenarios, as a campaign lists solvers.

    One for each algorithm and track, with all training seeds: ``'ppo[track=plain,training_seed=all]'``.

    Raises
    ------
    InputError
        If there is none.
    """
    common = set.intersection(*(_shipped_for(one) for one in scenarios))
    if not common:
        named = " and ".join(sorted({one.name for one in scenarios}))
        raise InputError(f"no policies come with skyedge for {named}: leave shipped_policies out")
    return [f"{algorithm}[track={track},training_seed=all]" for algorithm, track in sorted(common)]


def _shipped_for(scenario: Scenario) -> set[tuple[str, str]]:
    """Return the algorithms and tracks with a policy for a scenario."""
    seeds = [record.parent for record in paths.POLICIES.glob(f"*/{scenario.name}/*/seed-*/{RECORD}")]
    return {(seed.parents[2].name, seed.parent.name) for seed in seeds}


class PolicyConfig(SolverConfig):
    """Options of learned solvers."""

    track: Track = Field("structured", description="what the policy sees: structured or plain")
    training_seed: int = Field(0, ge=0, description="which of the shipped policies: the seed it was trained with")
    variant: str = Field("", pattern=VARIANT, description="which of the shipped policies: learned otherwise")
    policy: str = Field(SHIPPED, description=f"folder of a trained policy; {SHIPPED!r}: the one for the scenario")


class ModelBasedConfig(PolicyConfig):
    """Options of learned solvers with exact optimisation inside."""

    track: Literal["model-based"] = Field("model-based", description="its only one: exact optimisation is part of it")


class PolicySolver(OnlineSolver):
    """A trained policy, played deterministically. Subclasses give the algorithm's name and, as ``code``, its module."""

    options = MOTION | AIR  # policies are trained with exact costs
    packages: ClassVar[tuple[str, ...]] = ("numpy", "torch", "stable-baselines3")
    Config: ClassVar[type[PolicyConfig]] = PolicyConfig
    config: PolicyConfig
    _player: Any = None

    def __init_subclass__(cls) -> None:
        if "preload" not in vars(cls):
            cls.preload = (*cls.code, *HEAVY)

    def __init__(self, config: PolicyConfig | None = None) -> None:
        super().__init__(config)
        self.track = self.config.track

    def check(self, instance: Instance) -> None:
        """Refuse an instance for whose scenario there is no policy, or that the policy does not fit."""
        self.player(instance.scenario)

    def files(self, scenario: Scenario) -> tuple[Path, ...]:
        """The policy's two files."""
        directory = self.directory(scenario)
        return (directory / WEIGHTS, directory / RECORD)

    def training(self, scenario: Scenario) -> Mapping[str, float]:
        """What the policy's record says."""
        trained = PolicyRecord.read(self._existing(scenario)).training
        return {"seed": trained.seed, "slots": trained.slots, "seconds": trained.seconds}

    def training_seeds(self, scenario: Scenario) -> list[int]:
        """Return the seeds of the shipped policies.

        Raises
        ------
        InputError
            If there is none, or the options name a policy of one's own.
        """
        if self.config.policy != SHIPPED:
            raise InputError(f"policy={self.config.policy} is one policy, not all training seeds: leave one option out")
        seeds = self._shipped_seeds(scenario)
        if not seeds:
            raise self._unshipped(scenario)
        return seeds

    def act(self, observation: Observation) -> SlotDecision:
        """Ask the policy."""
        actor = self.player(observation.scenario)
        return SlotDecision(*actor.act(observation.arrival_rate, observation.t, observation.slot, observation.uav_xy))

    def directory(self, scenario: Scenario) -> Path:
        """Return the policy's folder."""
        if self.config.policy != SHIPPED:
            return Path(self.config.policy)
        return self._published(scenario) / f"seed-{self.config.training_seed}"

    def _published(self, scenario: Scenario) -> Path:
        """Return the folder of the policies that are shipped for a scenario, one per training seed."""
        return published(self.name, scenario.name, self.config.track, self.config.variant)

    def player(self, scenario: Scenario | None) -> Any:
        """Return what plays the policy in a scenario; it is read once."""
        if scenario is None:
            raise InputError(f"{self.name} needs to know the instance's scenario: give one that skyedge generated")
        if self._player is None or self._player.scenario != scenario:
            self._player = self._load(self._policy(scenario), scenario)
        return self._player

    def _load(self, policy: "Policy", scenario: Scenario) -> Any:
        from skyedge.rl.policies.player import PolicyPlayer

        return PolicyPlayer(policy, scenario)

    def _policy(self, scenario: Scenario) -> "Policy":
        from skyedge.rl.policies.policy_files import Policy

        directory = self._existing(scenario)
        policy = Policy.load(directory)
        for option, ours, theirs in (
            ("algorithm", self.name, policy.record.algorithm),
            ("track", self.config.track, policy.record.track),
        ):
            if ours != theirs:
                raise InputError(f"{directory}: the policy's {option} is {theirs!r}, not {ours!r}: name the right one")
        return policy

    def _existing(self, scenario: Scenario) -> Path:
        """Return the policy's folder, which must exist if it is to be a shipped one."""
        directory = self.directory(scenario)
        if self.config.policy == SHIPPED and not (directory / RECORD).exists():
            raise self._unshipped(scenario)
        return directory

    def _shipped_seeds(self, scenario: Scenario) -> list[int]:
        records = self._published(scenario).glob(f"seed-*/{RECORD}")
        return sorted(int(path.parent.name.removeprefix("seed-")) for path in records)

    def _unshipped(self, scenario: Scenario) -> InputError:
        """Return the error that says what is not shipped, and what to do."""
        if seeds := self._shipped_seeds(scenario):
            return InputError(
                f"no {self.config.track} policy of {self.name} with training seed {self.config.training_seed} comes "
                f"with skyedge for {scenario.name!r}: choose one of {', '.join(map(str, seeds))}"
            )
        command = training_command(self.name, scenario.name, self.config.track)
        which = f"{self.name}, {self.config.variant}," if self.config.variant else self.name
        what = f"no {self.config.track} policy of {which} comes with skyedge for {scenario.name!r}"
        return InputError(f"{what}: train one ({command}) and name its folder with --policy")


@register
class PolicyOfAdSac(PolicySolver):
    """A policy that ad-sac has learned: the one shipped for the scenario, or your own."""

    name = "ad-sac"
    code = ("skyedge.rl.algorithms.ad_sac",)


@register
class PolicyOfAdSacC(PolicySolver):
    """A policy that ad-sac-c has learned: the one shipped for the scenario, or your own."""

    name = "ad-sac-c"
    code = ("skyedge.rl.algorithms.ad_sac",)


@register
class PolicyOfAdSacD(PolicySolver):
    """A policy that ad-sac-d has learned: the one shipped for the scenario, or your own."""

    name = "ad-sac-d"
    code = ("skyedge.rl.algorithms.ad_sac",)


@register
class PolicyOfAdSacExact(PolicySolver):
    """A policy that ad-sac-exact has learned: the one shipped for the scenario, or your own."""

    name = "ad-sac-exact"
    code = ("skyedge.rl.algorithms.ad_sac",)
    options = MOTION
    Config = ModelBasedConfig


@register
class PolicyOfD3qn(PolicySolver):
    """A policy that d3qn has learned: the one shipped for the scenario, or your own."""

    name = "d3qn"
    code = ("skyedge.rl.algorithms.d3qn",)


@register
class PolicyOfDdpg(PolicySolver):
    """A policy that ddpg has learned: the one shipped for the scenario, or your own."""

    name = "ddpg"
    code = ("skyedge.rl.algorithms.ddpg",)


@register
class PolicyOfHybridPpo(PolicySolver):
    """A policy that hybrid-ppo has learned: the one shipped for the scenario, or your own."""

    name = "hybrid-ppo"
    code = ("skyedge.rl.algorithms.hybrid_ppo",)


@register
class PolicyOfPpo(PolicySolver):
    """A policy that ppo has learned: the one shipped for the scenario, or your own."""

    name = "ppo"
    code = ("skyedge.rl.algorithms.ppo",)
