"""A campaign: scenarios × solvers × instances, read from a TOML file and expanded into cells."""

import importlib
import json
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Annotated, Any, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from skyedge.paths import CAMPAIGNS
from skyedge.problem import InputError, Scenario
from skyedge.problem.common import Strict, located, nearest
from skyedge.problem.common.code_hash import hash_with, source_hash
from skyedge.problem.common.documents import document, find, names
from skyedge.problem.scenario.references import found_in
from skyedge.results.figures.registry import PLOTS
from skyedge.results.instance_sets.sets import InstanceSet
from skyedge.results.storage import Cell, derive_seed
from skyedge.solvers import Knowledge, Solver, configure, get, parse_spec
from skyedge.solvers.learned import shipped_everywhere

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
AtLeastOne = Annotated[int, Field(ge=1)]
Module = Annotated[str, Field(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$")]
MOST_CELLS = 10**6
SEED = "training_seed"  # an option of learned solvers


class CampaignScenario(BaseModel):
    """A scenario of a campaign: a preset or a TOML path, and what differs from it, or a frozen instance set.

    ``knowledge`` says what online solvers are told of its instances, if that is not the truth.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    base: str = ""
    set: str = ""  # of instances, by its name or path
    label: str = ""
    instances: AtLeastOne | None = None  # the campaign's number by default
    knowledge: Knowledge | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if bool(self.base) == bool(self.set):
            raise ValueError("a scenario has either a base or a set")
        if self.set and (self.changes or self.instances):
            raise ValueError("a set is taken as it is: leave its instances and scenario fields out")
        return self

    @property
    def changes(self) -> dict[str, Any]:
        """The scenario fields that differ from the base."""
        return dict(self.model_extra or {})

    @property
    def title(self) -> str:
        """The label, or one made of the base and what differs."""
        differing = self.changes | self.told.model_dump(exclude_defaults=True)
        words = [f"{name}={value}" for name, value in differing.items()]
        return self.label or ", ".join([self.set or self.base, *words])

    @property
    def told(self) -> Knowledge:
        """What online solvers are told."""
        return self.knowledge or Knowledge()

    def beside(self, here: Path) -> Self:
        """Return this one with the files that it names found beside the campaign's own, and its title as it is."""
        found: dict[str, Any] = found_in(here, self.changes)
        if self.base and self.base not in Scenario.presets():
            found["base"] = str(here / self.base)
        if self.set and self.set not in InstanceSet.shipped():
            found["set"] = str(here / self.set)
        moved = any(getattr(self, name) != value for name, value in found.items())
        return self.model_copy(update=found | {"label": self.title}) if moved else self

    def world(self) -> Scenario:
        """Return the scenario.

        Raises
        ------
        InputError
            If it is not valid, or the instances of a set come out differently here.
        """
        if not self.set:
            return Scenario.load(self.base).replace(**self.changes)
        chosen = InstanceSet.load(self.set)
        chosen.instances()
        return chosen.scenario

    def seeds(self, default: int) -> Sequence[int]:
        """Return the seeds of the instances: those of the set, or 0, 1, …, by default so many."""
        return InstanceSet.load(self.set).seeds if self.set else range(self.instances or default)


class Campaign(Strict):
    """What to run. Read one with :meth:`load`."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]
    scenarios: Annotated[tuple[CampaignScenario, ...], Field(min_length=1)]
    solvers: Annotated[tuple[str, ...], Field(min_length=1)]
    shipped_policies: bool = False  # and every algorithm, in every track, shipped for all scenarios; all training seeds
    instances: AtLeastOne  # per scenario, drawn with seeds 0, 1, ...
    repeats: AtLeastOne = 1  # of each solver on each instance, with other solver seeds
    seconds: Positive  # a solver's budget on one instance
    cell_seconds: Positive  # when a cell is killed
    memory_gb: Positive  # and above how much memory
    figures: tuple[str, ...] = ("cost",)
    modules: tuple[Module, ...] = ()  # Python modules to import first: they may register further solvers

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.cell_seconds <= self.seconds:
            raise ValueError("cell_seconds must be above seconds: a solver's budget must end before its cell is killed")
        for what, listed in (("scenarios", [one.title for one in self.scenarios]), ("solvers", self.solvers)):
            twice = [name for name in listed if list(listed).count(name) > 1]
            if twice:
                raise ValueError(f"{what} lists {twice[0]!r} twice: remove one, or give scenarios a label")
        if (
            sum(one.instances or self.instances for one in self.scenarios) * self.repeats * len(self.solvers)
            > MOST_CELLS
        ):
            raise ValueError(f"scenarios x instances x repeats x solvers are over {MOST_CELLS} cells: make it smaller")
        for figure in self.figures:
            if figure not in PLOTS:
                raise ValueError(f"no figure is called {figure!r}: {nearest(figure, PLOTS)}")
        return self

    @classmethod
    def load(cls, source: str | Path) -> Self:
        """Read a shipped campaign by its name, or any from a TOML file.

        Raises
        ------
        InputError
            If there is neither, or the file does not describe a valid campaign.
        """
        path = find(source, CAMPAIGNS, "campaign")
        with document(path) as values:
            campaign = cls.model_validate(values)
        return campaign.model_copy(update={"scenarios": tuple(one.beside(path.parent) for one in campaign.scenarios)})

    def replace(self, **changes: Any) -> Self:
        """Return a campaign that differs in some fields.

        Raises
        ------
        InputError
            If the values are not valid.
        """
        with located(f"campaign {self.name!r}"):
            return type(self).model_validate(self.model_dump() | changes)

    @classmethod
    def shipped(cls) -> list[str]:
        """Names of the campaigns that come with the suite."""
        return names(CAMPAIGNS)

    def worlds(self) -> dict[str, Scenario]:
        """Return the scenarios by label.

        Raises
        ------
        InputError
            If one of them is not valid.
        """
        worlds = {}
        for one in self.scenarios:
            try:
                worlds[one.title] = one.world()
            except InputError as error:
                raise InputError(f"scenario {one.title!r} of campaign {self.name!r}: {error}") from None
        return worlds

    def cells(self) -> list[Cell]:
        """Expand into cells: every solver on every instance of every scenario.

        Raises
        ------
        InputError
            If a scenario, a solver, one of its options or a module does not exist.
        """
        for module in self.modules:
            _import(module)
        worlds = self.worlds()
        learned = shipped_everywhere(worlds.values()) if self.shipped_policies else []
        methods = [_Method(spec) for spec in dict.fromkeys([*self.solvers, *learned])]
        return list(self._expand(worlds, methods))

    def _expand(self, worlds: dict[str, Scenario], methods: list["_Method"]) -> Iterator[Cell]:
        for variant in self.scenarios:
            label, scenario = variant.title, worlds[variant.title]
            scenario_json, knowledge = scenario.model_dump_json(), variant.told.model_dump_json(exclude_defaults=True)
            told = {"online": knowledge if knowledge != "{}" else "", "offline": ""}
            runs = [(method, run) for method in methods for run in method.runs(scenario, self.repeats)]
            for instance_seed, (method, run) in product(variant.seeds(self.instances), runs):
                yield Cell(
                    scenario=label,
                    scenario_json=scenario_json,
                    instance_seed=instance_seed,
                    solver=method.spec,
                    solver_name=method.solver.name,
                    solver_module=method.solver.__module__,
                    information=method.solver.information,
                    track=method.ready.track,
                    config=run.config,
                    repeat=run.repeat,
                    solver_seed=derive_seed(label, instance_seed, method.spec, run.repeat),
                    seconds=self.seconds,
                    sources=run.sources,
                    files=run.files,
                    knowledge=told[method.solver.information],
                )


class _Run(NamedTuple):
    """One of the runs of a method on an instance: its number, all options as JSON, the hashes as in a cell."""

    repeat: int
    config: str
    files: str
    sources: str

    @classmethod
    def of(cls, number: int, solver: Solver, scenario: Scenario) -> Self:
        """Return a run of a solver in a scenario."""
        files = hash_with("", solver.files(scenario))  # before they count in sources: a change in between is then seen
        return cls(number, solver.config.model_dump_json(), files, _sources(solver, scenario))


class _Method:
    """A solver with its options, looked up and checked.

    ``training_seed=all`` means every policy that is shipped for a scenario; the training seed then numbers the runs.
    """

    def __init__(self, spec: str) -> None:
        self.spec = spec
        name, self.options = parse_spec(spec)
        self.solver = get(name)
        self.every_seed = SEED in self.solver.Config.model_fields and self.options.get(SEED) == "all"
        if self.every_seed:
            del self.options[SEED]
        self.ready = self._with({})

    def runs(self, scenario: Scenario, repeats: int) -> list[_Run]:
        """Return the runs on each instance of a scenario."""
        if self.every_seed:
            chosen = [(seed, self._with({SEED: seed})) for seed in self.ready.training_seeds(scenario)]
        else:
            chosen = [(repeat, self.ready) for repeat in range(repeats)]
        return [_Run.of(n, solver, scenario) for n, solver in chosen]

    def _with(self, further: dict[str, Any]) -> Solver:
        return self.solver(configure(self.solver, self.options | further))


def _sources(solver: Solver, scenario: Scenario) -> str:
    """Return the hash of the code and files that decide what a solver does in a scenario."""
    return hash_with(source_hash(type(solver).__module__, *solver.code), solver.files(scenario))


def sources_here(cell: Cell) -> str:
    """Return what ``cell.sources`` would be on this machine."""
    importlib.import_module(cell.solver_module)
    solver = get(cell.solver_name)
    ready = solver(configure(solver, json.loads(cell.config)))
    return _sources(ready, Scenario.from_json(cell.scenario_json))


def _import(module: str) -> None:
    try:
        importlib.import_module(module)
    except ImportError as error:
        raise InputError(f"module {module!r} cannot be imported ({error}): put its folder on PYTHONPATH") from None
