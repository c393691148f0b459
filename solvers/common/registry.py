"""Solvers by their names: how one is found, and how it is run."""

import re
from collections.abc import Mapping
from importlib import import_module, metadata
from typing import Any, NamedTuple

from skyedge.problem import InputError, Instance
from skyedge.problem.common import nearest
from skyedge.solvers.common.base import Budget, Information, Progress, Solution, Solver, configure
from skyedge.solvers.common.knowledge import Knowledge

PACKAGE = "skyedge.solvers"
TOLD_THE_TRUTH = Knowledge()


class Method(NamedTuple):
    """What is known of one of the suite's own methods before its module is imported."""

    module: str  # in this package
    information: Information


METHODS = {
    "ad-sac": Method("learned", "online"),
    "ad-sac-c": Method("learned", "online"),
    "ad-sac-d": Method("learned", "online"),
    "ad-sac-exact": Method("learned", "online"),
    "adp": Method("adp", "online"),
    "block-coordinate": Method("block_coordinate", "offline"),
    "bound": Method("bound", "offline"),
    "d3qn": Method("learned", "online"),
    "ddpg": Method("learned", "online"),
    "global-minlp": Method("global_minlp", "offline"),
    "greedy": Method("greedy", "online"),
    "greedy-mobile": Method("greedy_mobile", "online"),
    "horizon": Method("horizon", "offline"),
    "hybrid-ppo": Method("learned", "online"),
    "kmeans": Method("kmeans", "online"),
    "myopic": Method("myopic", "online"),
    "ppo": Method("learned", "online"),
    "random": Method("random", "online"),
    "relaxed-minlp": Method("relaxed_minlp", "offline"),
    "rolling": Method("rolling", "online"),
    "slot-optimum": Method("slot_optimum", "offline"),
}
_registry: dict[str, type[Solver]] = {}  # what has been imported of them, and others' own


def register(solver: type[Solver]) -> type[Solver]:
    """Make a solver known by its name (class decorator).

    Raises
    ------
    ValueError
        If another one has that name, or the table of the suite's own methods says otherwise of it.
    """
    name, entry = solver.name, METHODS.get(solver.name)
    if entry and solver.__module__ != f"{PACKAGE}.{entry.module}":
        raise ValueError(f"two solvers are called {name!r}: that of {PACKAGE}.{entry.module} and {solver}")
    if entry and solver.information != entry.information:
        raise ValueError(f"{solver} is {solver.information}, and {entry.information} in the table of methods")
    if _registry.setdefault(name, solver) is not solver:
        raise ValueError(f"two solvers are called {name!r}: {_registry[name]} and {solver}")
    return solver


def available() -> list[str]:
    """Names of all solvers: the suite's own, and those registered elsewhere."""
    return sorted(METHODS.keys() | _registry.keys())


def get(name: str) -> type[Solver]:
    """Return the solver of a name.

    Raises
    ------
    InputError
        If there is none; the error names the nearest.
    """
    if name not in available():
        raise InputError(f"no solver is called {name!r}: {nearest(name, available())}")
    if name not in _registry:
        import_module(f"{PACKAGE}.{METHODS[name].module}")  # only this one: others may be slow to import
    return _registry[name]


def parse_spec(spec: str) -> tuple[str, dict[str, str]]:
    """Split ``'name[option=value,other=value]'`` into the name and its options.

    Raises
    ------
    InputError
        If the text is not of that form.
    """
    match = re.fullmatch(r"([a-z0-9-]+)(?:\[([^\[\]]*)\])?", spec.strip())
    if not match:
        raise InputError(f"{spec!r} names no solver: write name or 'name[option=value]'")
    options: dict[str, str] = {}
    for part in filter(None, (match[2] or "").split(",")):
        option, equals, value = part.partition("=")
        if not equals or not option.strip():
            raise InputError(f"{part!r} in {spec!r} is no option: write option=value")
        options[option.strip()] = value.strip()
    return match[1], options


def solve(
    name: str,
    instance: Instance,
    seconds: float | None = None,
    seed: int = 0,
    config: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
    knowledge: Knowledge = TOLD_THE_TRUTH,
) -> Solution:
    """Run a solver by its name; a solver's own failure is a status, not an exception.

    Parameters
    ----------
    name : str
        A registered name, or ``'name[option=value]'``.
    instance : Instance
    seconds : float, optional
        Wall-time budget; none by default.
    seed : int
        Of the solver's own randomness.
    config : mapping, optional
        Its options.
    progress : callable, optional
        Called with the share done, 0 to 1.
    knowledge : Knowledge
        What the solver is told, if it is an online one; the truth by default.

    Returns
    -------
    Solution
        Its decision, if there is one, is valid for the instance.

    Raises
    ------
    InputError
        If the name or an option is unknown or not valid, or the solver is not made for such an instance.

    Examples
    --------
    >>> from skyedge.problem import Scenario, generate
    >>> solution = solve("greedy-mobile[sight=3]", generate(Scenario.preset("tiny"), seed=0), seconds=60)
    >>> solution.status, solution.decision.server.shape
    ('feasible', (2, 4))
    """
    bare, options = parse_spec(name)
    solver = get(bare)
    ready = solver(configure(solver, options | dict(config or {})))
    if seconds is not None and not seconds > 0:
        raise InputError(f"seconds is {seconds!r}: give the solver a positive time")
    told = knowledge.of(instance) if ready.information == "online" else instance
    ready.accept(told)
    budget = Budget(float("inf") if seconds is None else seconds)
    try:
        solution = ready.solve(told, budget, seed, progress or (lambda share: None))
        if solution.decision is not None:
            solution.decision.check(instance)
    except Exception as error:
        solution = Solution(None, status="failed", log=[f"{type(error).__name__}: {error}"])
    solution.wall_s = budget.elapsed_s
    solution.versions = {package: metadata.version(package) for package in solver.packages}
    return solution
