"""What a cell's process gives back, run in this one."""

import numpy as np

from skyedge.problem import Scenario, evaluate, generate
from skyedge.results.execution.cell_process import run_cell
from skyedge.results.storage.store import unpack
from skyedge.solvers import Knowledge, solve
from tests.results.storage.test_cells import cell


def test_a_cell_of_wrong_channels_is_decided_on_them_and_scored_on_the_true_ones():
    scenario, told = Scenario.preset("paper").replace(slots=10), Knowledge(channel_error_db=8)
    noisy = {"scenario_json": scenario.model_dump_json(), "knowledge": told.model_dump_json(exclude_defaults=True)}
    row, instance = run_cell(cell(seconds=600.0, **noisy)), generate(scenario, 0)  # the loops may have to be compiled
    decision = unpack(row["decision"])
    assert np.array_equal(decision.server, solve("greedy", told.of(instance)).decision.server)
    assert row["instance_id"] == instance.id
    assert row["cost"] == evaluate(instance, decision).cost
    assert row["cost"] > evaluate(instance, solve("greedy", instance).decision).cost
    assert row["C5"] > 0
