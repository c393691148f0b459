"""The contract of every solver: what it is given and what it returns."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from skyedge.problem import Decision, InputError, Instance, Scenario, Slots
from skyedge.problem.common import nearest
from skyedge.solvers.common.battery_watch import BatteryWatch

Information = Literal["offline", "online"]
Status = Literal["optimal", "feasible", "bound-only", "timeout", "failed"]
Progress = Callable[[float], None]  # called with the share done, 0 to 1
DATA_ALONE = frozenset({"cloud"})  # options of the model that are one more server, and no rule: every method takes them


class SolverConfig(BaseModel):
    """A solver's options; its fields become options of the command line."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True)
class Budget:
    """Wall time that a solver may use, counted from when the budget was made."""

    seconds: float = float("inf")
    started: float = field(default_factory=time.perf_counter)

    @property
    def elapsed_s(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self.started

    @property
    def expired(self) -> bool:
        """Whether the time is used up."""
        return self.elapsed_s >= self.seconds


@dataclass
class Solution:
    """What a solver found. It never states its own cost: :func:`skyedge.problem.evaluate` does.

    Attributes
    ----------
    decision : Decision or None
        The incumbent.
    bound : float or None
        A number that no decision's cost is below.
    status : str
        ``optimal``, ``feasible`` (a decision, with or without a timeout), ``bound-only``, ``timeout``, ``failed``.
    wall_s : float
        Wall time used.
    log : list of str
        What the user should know.
    versions : dict
        Versions of the packages that the solver rests on.
    """

    decision: Decision | None
    bound: float | None = None
    status: Status = "feasible"
    wall_s: float = 0.0
    log: list[str] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)


class Solver(ABC):
    """Base of all solvers. A subclass sets the class variables and implements :meth:`solve`."""

    name: ClassVar[str]
    information: ClassVar[Information] = "offline"
    options: ClassVar[frozenset[str]] = frozenset()  # of the model: those that the method takes into account
    packages: ClassVar[tuple[str, ...]] = ("numpy", "scipy")
    code: ClassVar[tuple[str, ...]] = ()  # modules that it runs and its own module does not import by name
    preload: ClassVar[tuple[str, ...]] = ()  # what it imports when it runs; a campaign imports it once for all cells
    Config: ClassVar[type[SolverConfig]] = SolverConfig
    track: str = ""  # of a method that has learned: plain, structured or model-based; tables never mix them

    def __init__(self, config: Any = None) -> None:
        self.config: Any = self.Config() if config is None else config

    def check(self, instance: Instance) -> None:  # noqa: B027 (most solvers take every instance)
        """Accept an instance silently, or raise :class:`InputError` if the method is not made for such a one."""

    def files(self, scenario: Scenario) -> tuple[Path, ...]:
        """Return the files that decide, beside code and options, what it does in a scenario; some may not exist."""
        return ()

    def training(self, scenario: Scenario) -> Mapping[str, float]:
        """Return ``seed``, ``slots`` and ``seconds`` of the training behind it; nothing for what has not learned."""
        return {}

    def training_seeds(self, scenario: Scenario) -> list[int]:
        """Return the training seeds that there are for a scenario; none for what does not learn."""
        return []

    def takes(self, instance: Instance) -> bool:
        """Whether the method is made for such an instance."""
        try:
            self.accept(instance)
        except InputError:
            return False
        return True

    @classmethod
    def takes_options(cls) -> frozenset[str]:
        """Options of the model that instances may have on."""
        return cls.options | DATA_ALONE

    def accept(self, instance: Instance) -> None:
        """Accept an instance silently, or refuse one that the method is not made for.

        Raises
        ------
        InputError
            If an option of the model is on that the method knows nothing of, or :meth:`check` refuses.
        """
        unknown = sorted(instance.options - self.takes_options())
        if unknown:
            raise InputError(
                f"{self.name} does not take the option {unknown[0]} into account: "
                "switch it off in the scenario, or choose a solver that does (skyedge solvers lists them)"
            )
        self.check(instance)

    @abstractmethod
    def solve(self, instance: Instance, budget: Budget, seed: int, progress: Progress) -> Solution:
        """Find a decision, a bound, or both, within the budget."""


@dataclass(frozen=True)
class Observation:
    """What an online solver sees in slot t: the past's result, the present, and what is public of the future.

    Channels and arrival rates are what it is told, see :class:`~skyedge.solvers.common.knowledge.Knowledge`.

    Attributes
    ----------
    t : int
        The slot, of ``horizon`` slots.
    slot : Slots
        This slot's data, without leading axis.
    uav_xy : array (M, 2)
        UAV positions before this slot's move [m].
    arrival_rate : array (T + 60, K)
        λ_k(t), public.
    scenario : Scenario or None
        The distributions of everything that is drawn.
    """

    t: int
    horizon: int
    slot: Slots
    uav_xy: np.ndarray
    arrival_rate: np.ndarray
    scenario: Scenario | None


class SlotDecision(NamedTuple):
    """Servers (K,), powers (K,) [W] and UAV positions (M, 2) [m] of one slot."""

    server: np.ndarray
    power: np.ndarray
    uav_xy: np.ndarray


class OnlineSolver(Solver):
    """A solver that decides slot by slot; ``act`` is never given the instance, so it cannot see the future."""

    information = "online"

    def start(self, seed: int) -> None:
        """Begin an episode: forget the one before."""

    @abstractmethod
    def act(self, observation: Observation) -> SlotDecision:
        """Decide one slot."""

    def solve(self, instance: Instance, budget: Budget, seed: int, progress: Progress) -> Solution:
        """Walk the horizon; when the time is up, the rest of the slots is left unserved, UAVs hovering.

        Where UAVs have batteries, those that may not last a slot are shown with capacity 0 from there on.
        """
        slots, devices = instance.slots_count, instance.devices
        server, power = np.full((slots, devices), -1), np.zeros((slots, devices))
        uav_xy, log = np.empty((slots, instance.uavs, 2)), []
        here = instance.uav_start_xy
        watch = BatteryWatch(instance) if "battery" in instance.options else None
        self.start(seed)
        for t in range(slots):
            if budget.expired:
                log.append(f"out of time after slot {t} of {slots}: the rest is not served")
                uav_xy[t:] = here
                break
            slot = instance.at(t)
            shown = watch.shown(slot) if watch else slot
            seen = Observation(t, slots, shown, here, instance.arrival_rate, instance.scenario)
            server[t], power[t], here = self.act(seen)
            if watch:
                watch.book(slot, server[t], power[t], here)
            uav_xy[t] = here
            progress((t + 1) / slots)
        return Solution(Decision(server, power, uav_xy), log=log)


def configure(solver: type[Solver], options: Mapping[str, Any]) -> SolverConfig:
    """Validate options as a solver's configuration.

    Raises
    ------
    InputError
        Naming the first option that is unknown or has a bad value.
    """
    known = solver.Config.model_fields
    try:
        return solver.Config.model_validate({name.replace("-", "_"): value for name, value in options.items()})
    except ValidationError as error:
        first = error.errors()[0]
        option = ".".join(map(str, first["loc"]))
        if first["type"] == "extra_forbidden":
            hint = nearest(option, known) if known else "it has no options"
            raise InputError(f"{solver.name} has no option {option!r}: {hint}") from None
        raise InputError(f"option {option!r} of {solver.name} is {first['input']!r}: {first['msg']}") from None
