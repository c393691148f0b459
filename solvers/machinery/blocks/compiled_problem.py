"""A CVXPY problem that is compiled once, solved again and again by its parameters, and never raises by surprise."""

import warnings

import cvxpy as cp

from skyedge.solvers.common.base import Budget

LEAST_S = 1e-3  # no solve takes less
STEPS = (0.9, 0.7)  # at Clarabel's own 0.99 one power problem in forty ends "almost solved"; tried in turn


class BlockFailedError(Exception):
    """A block that found nothing to use; its text says why."""


class CompiledProblem:
    """A disciplined parametrised problem and the times spent on it.

    Attributes
    ----------
    compile_s : float
        First canonicalisation, once for a shape.
    update_s : float
        All later ones: parameters into the compiled form.
    solver_s : float
        Inside Clarabel.
    solves : int
        How often it was solved.
    """

    def __init__(self, problem: cp.Problem) -> None:
        if not problem.is_dpp():
            raise ValueError("the problem is not DPP: it would be compiled at every solve")
        self.problem = problem
        self.compile_s = self.update_s = self.solver_s = 0.0
        self.solves = 0

    def solve(self, budget: Budget) -> None:
        """Solve at the present parameters, within what is left of the budget.

        Raises
        ------
        BlockFailedError
            If there is no time, no solution, or only an inaccurate one.
        """
        for step in STEPS:
            self._attempt(budget, step)
            if self.problem.status != cp.OPTIMAL_INACCURATE:
                break
        if self.problem.status != cp.OPTIMAL:
            raise BlockFailedError(f"solver status {self.problem.status}")

    def _attempt(self, budget: Budget, step: float) -> None:
        left_s = budget.seconds - budget.elapsed_s
        if left_s < LEAST_S:
            raise BlockFailedError("out of time")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # an inaccurate solution is a status here
                self.problem.solve(solver=cp.CLARABEL, warm_start=False, time_limit=left_s, max_step_fraction=step)
        except (cp.error.SolverError, ValueError, ArithmeticError) as error:
            raise BlockFailedError(str(error).split("\n")[0]) from None
        self._count()

    def _count(self) -> None:
        if self.solves:
            self.update_s += self.problem.compilation_time
        else:
            self.compile_s = self.problem.compilation_time
        self.solver_s += self.problem.solver_stats.solve_time
        self.solves += 1
