"""Hand a Pyomo model to a solver and read back both bounds, whatever happens."""

import contextlib
import math
import multiprocessing
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

import pyomo.environ as pyo
from pyomo.contrib.solver.common.factory import SolverFactory

from skyedge.solvers.common.base import Budget

SAFETY = 1e-6  # solvers' bounds are lowered by it, relative: their tolerance on constraints and reduced costs
LEAST_S = 0.01
GRACE_S = 10.0  # solvers look at the clock between steps that may be long


class CrashedError(Exception):
    """The process ended without an answer."""


def isolated(function: Callable[[], Any], seconds: float | None) -> Any:
    """Return what a function returns, computed in a forked process.

    Parameters
    ----------
    function : callable
        Without arguments; what it returns must be picklable.
    seconds : float, optional
        The process is killed after so long.

    Raises
    ------
    CrashedError
        If the process crashed, or was killed because the time was up.
    """
    context = multiprocessing.get_context("fork")  # inherits the function with all that it holds
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(function, sender))
    process.start()
    sender.close()
    try:
        if not receiver.poll(seconds):
            raise CrashedError("did not end in time")
        with contextlib.suppress(EOFError):
            return receiver.recv()
        process.join()
        raise CrashedError(_ending(process.exitcode))
    finally:
        process.kill()
        process.join()
        receiver.close()


def _answer(function: Callable[[], Any], sender: Connection) -> None:
    sender.send(function())


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        return f"crashed ({signal.Signals(-code).name})"
    return f"ended without an answer (exit status {code})"


class SolverOutcome(NamedTuple):
    """Whether the model's variables hold an incumbent, a number that no solution is below, and what went wrong."""

    found: bool
    bound: float
    trouble: str = ""


def solve_model(model: Any, solver: str, gap: float, budget: Budget, options: dict[str, Any]) -> SolverOutcome:
    """Solve within the budget; the variables take the values of the incumbent.

    Parameters
    ----------
    model : pyomo.environ.ConcreteModel
        Minimises what is never negative.
    solver : str
        Pyomo's name of it.
    gap : float
        Relative gap to stop at.
    budget : Budget
    options : dict
        Of the solver itself.
    """
    left_s = budget.seconds - budget.elapsed_s
    try:
        result = SolverFactory(solver).solve(
            model,
            time_limit=max(left_s, LEAST_S) if math.isfinite(left_s) else None,
            rel_gap=gap,
            threads=1,
            solver_options=options,
            load_solutions=False,
            raise_exception_on_nonoptimal_result=False,
        )
    except Exception as error:  # of whatever type the interface or the solver has: what is known already is kept
        return SolverOutcome(found=False, bound=0.0, trouble=f"{solver} failed: {type(error).__name__}: {error}")
    found = result.incumbent_objective is not None and math.isfinite(result.incumbent_objective)
    if found:
        result.solution_loader.load_vars()
    bound = 0.0 if result.objective_bound is None else float(result.objective_bound)
    return SolverOutcome(found, max(0.0, bound * (1 - SAFETY)))


def solve_apart(model: Any, solver: str, gap: float, budget: Budget, options: dict[str, Any]) -> SolverOutcome:
    """Do as :func:`solve_model` does, in a process of its own: for solvers that may crash."""
    variables = list(model.component_data_objects(pyo.Var))

    def run() -> tuple[SolverOutcome, list[float | None]]:
        outcome = solve_model(model, solver, gap, budget, options)
        return outcome, [variable.value for variable in variables]

    left_s = budget.seconds - budget.elapsed_s
    try:
        outcome, values = isolated(run, left_s + GRACE_S if math.isfinite(left_s) else None)
    except CrashedError as error:
        return SolverOutcome(found=False, bound=0.0, trouble=f"{solver} {error}")
    for variable, value in zip(variables, values, strict=True):
        variable.set_value(value, skip_validation=True)
    return outcome
