"""Inside a cell's process: draw the instance, run the solver, let the evaluator score its decision."""

import faulthandler
import importlib
import json
from multiprocessing.connection import Connection
from typing import Any

from skyedge.problem import Decision, InputError, Instance, Scenario, evaluate, generate
from skyedge.problem.common import one_line
from skyedge.problem.common.code_hash import hash_with
from skyedge.results.storage import MEANS, Cell, identity, pack


def work(cell: Cell, outcome: Connection) -> None:
    """Run a cell and send its row; the entry point of the cell's process, which prints its stack if it crashes."""
    faulthandler.enable(all_threads=False)
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # for libraries that are loaded already
        outcome.send(run_cell(cell))


def run_cell(cell: Cell) -> dict[str, Any]:
    """Return the row of a cell; whatever the solver raises becomes a row with the status ``failed``."""
    row = cell.blank_row()
    try:
        importlib.import_module(cell.solver_module)
        row |= identity(cell)
        return row | _outcome(cell)
    except Exception as error:
        return row | {"status": "failed", "error": one_line(f"{type(error).__name__}: {error}")}


def _outcome(cell: Cell) -> dict[str, Any]:
    from skyedge.solvers import Knowledge, configure, get, solve

    scenario, config = Scenario.from_json(cell.scenario_json), json.loads(cell.config)
    ready = get(cell.solver_name)(configure(get(cell.solver_name), config))
    known: dict[str, Any] = {f"training_{name}": float(value) for name, value in ready.training(scenario).items()}
    instance = generate(scenario, cell.instance_seed)
    solution = solve(
        cell.solver_name,
        instance,
        seconds=cell.seconds,
        seed=cell.solver_seed,
        config=config,
        knowledge=Knowledge.model_validate_json(cell.knowledge or "{}"),
    )
    if hash_with("", ready.files(scenario)) != cell.files:  # the row would stand under the name of other ones
        raise InputError("its files have changed since the campaign began: the same command runs it with the new ones")
    known |= {
        "instance_id": instance.id,
        "status": solution.status,
        "wall_s": solution.wall_s,
    }
    if solution.bound is not None:
        known["bound"] = solution.bound
    if solution.decision is not None:
        scores = _scores(instance, solution.decision)
        return known | scores | ({"decision": pack(solution.decision)} if "cost" in scores else {})
    if solution.status in ("failed", "timeout"):
        known["error"] = one_line(solution.log[-1] if solution.log else "no decision, and no reason given")
    return known


def _scores(instance: Instance, decision: Decision) -> dict[str, Any]:
    """Score a decision with the one evaluator, which refuses an invalid one."""
    try:
        score = evaluate(instance, decision)
    except InputError as error:
        return {"status": "failed", "error": one_line(f"invalid decision: {error}")}
    return {name: getattr(score, name) for name in ("cost", *MEANS)} | score.violations
